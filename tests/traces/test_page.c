/* The page of a report in a real browser: that everything is drawn, that it can be read 1280 and 400 pixels wide, and a
 * picture of both.  Needs Chromium; says so where there is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/traces/shell.h"

#define TRACE AIE_BIN_DIRECTORY "/aie-trace "
#define RUN   AIE_BIN_DIRECTORY "/aie-run "
#define CHROMIUM                                                                                                       \
	"timeout 120 chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --allow-file-access-from-files " \
	"--user-data-dir=\"$PWD/profile\" "

static int set_up(void **state)
{
	(void)state;
	if (shell_open())
		return -1;
	/* Eight workers, small enough to be quick under sanitizers; and a capture of the same. */
	if (shell_run(RUN "gemv-int4 -M 256 -K 2048 --cols 8 --device sim --profile --json > run.json") ||
	    shell_run(TRACE "report run.json --html page.html >/dev/null") ||
	    shell_run(RUN "gemv-int4 -M 256 -K 2048 --cols 8 --device sim --trace run.trace >/dev/null") ||
	    shell_run(TRACE "report run.trace --html trace.html >/dev/null"))
		return -1;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return shell_close();
}

static void need_browser(void)
{
	if (shell_run("command -v chromium >/dev/null 2>&1") == 0)
		return;
	print_message("no chromium here: the page was written but not looked at in a browser\n");
	skip();
}

/* What the page must not do at any width, and what it must show.  Counts:
 *  wide      elements that reach beyond the page and do not scroll for themselves
 *  small     texts below 10 pixels, svg texts below 8 units of height
 *  clipped   names of lanes that do not fit their place
 *  hidden    scrolling places that do not show all they hold
 *  over      labels of one picture that lie on one another
 *  flat      lanes whose picture has no room
 *  fetched   files that the page asked for */
static const char probe[] =
        "<!DOCTYPE html><body><script>\n"
        "const look=(d,w)=>{const box=e=>e.getBoundingClientRect(),all=q=>[...d.querySelectorAll(q)],n=a=>a.length;\n"
        "const own=e=>[...e.childNodes].some(c=>c.nodeType==3&&c.data.trim());\n"
        "const wide=all('body *').filter(e=>box(e).width&&!e.closest('.scroll')&&box(e).right>w+0.5);\n"
        "const small=all('body *').filter(e=>own(e)&&!e.closest('svg')&&!e.closest('.slots')&&"
        "parseFloat(getComputedStyle(e).fontSize)<10).concat(all('svg text').filter(e=>box(e).height<8));\n"
        "const clipped=all('.lane .n').filter(e=>e.scrollWidth>e.clientWidth+1);\n"
        "const hidden=all('.scroll').filter(e=>e.scrollWidth>e.clientWidth+1);\n"
        "let over=0;for(const s of all('svg')){const t=[...s.querySelectorAll('text')].map(box);t.forEach((a,i)=>"
        "t.slice(i+1).forEach(b=>{if(a.left<b.right-2&&b.left<a.right-2&&a.top<b.bottom-2&&b.top<a.bottom-2)over++}))}"
        "\n"
        "const flat=all('.lane svg').filter(e=>box(e).width<80||box(e).height<10);\n"
        "const drawn=q=>n(all(q).filter(e=>box(e).width>1&&box(e).height>1));\n"
        "return `width=${w} wide=${n(wide)} scroll=${d.documentElement.scrollWidth>w?1:0} small=${n(small)} "
        "clipped=${n(clipped)} hidden=${n(hidden)} over=${over} flat=${n(flat)} "
        "fetched=${d.defaultView.performance.getEntriesByType("
        "'resource').length} scripts=${n(all('script'))} figures=${n(all('#figures div'))} says=${n(all('#verdict "
        "p'))} "
        "tiles=${drawn('#map rect.frame')} busy=${drawn('#map rect.issue')} stalls=${drawn('#stalls .lane svg')} "
        "timeline=${drawn('#timeline path.issue')} buffers=${drawn('#buffers .lane svg')} "
        "dma=${drawn('#dma path')} point=${drawn('#roofline circle')} roofs=${n(all('#roofline line:not(.axis)'))} "
        "bundles=${n(all('#loop tr'))} sources=${n(all('#loop code.src'))} locks=${n(all('#locks tr'))} "
        "trace=${drawn('#trace .lane svg')} kernels=${n(all('#intervals tr'))};`};\n"
        "const widths=[1280,400],out=[];let left=widths.length;for(const w of widths){const f=document.createElement("
        "'iframe');f.style=`border:0;width:${w}px;height:800px`;f.src=location.hash.slice(1);f.onload=()=>{out.push("
        "look(f.contentDocument,w));if(!--left){const p=document.createElement('pre');p.textContent=out.sort().join("
        "'\\n');document.body.replaceChildren(p)}};document.body.append(f)}</script></body>";

/* One line a width, without what the browser adds. */
static void look(const char *page)
{
	assert_int_equal(shell_run(CHROMIUM "--virtual-time-budget=20000 --dump-dom \"file://$PWD/probe.html#%s\" "
	                                    "2>/dev/null",
	                           page),
	                 0);
	assert_non_null(strstr(shell_output, "width=1280 "));
	assert_non_null(strstr(shell_output, "width=400 "));
}

static unsigned count(const char *width, const char *what)
{
	char key[40];
	const char *line = strstr(shell_output, width), *at;

	snprintf(key, sizeof key, " %s=", what);
	assert_non_null(line);
	at = strstr(line, key);
	assert_non_null(at);
	return (unsigned)strtoul(at + strlen(key), NULL, 10);
}

static void expect_readable(const char *width)
{
	static const char *const faults[] = { "wide", "scroll", "small",   "clipped", "hidden",
		                              "over", "flat",   "fetched", "scripts" };

	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
		if (count(width, faults[i]))
			fail_msg("%s: %s is %u, not 0", width, faults[i], count(width, faults[i]));
}

static void the_report_of_a_run_is_drawn(void **state)
{
	static const char *const widths[] = { "width=1280 ", "width=400 " };

	(void)state;
	need_browser();
	shell_store_text("probe.html", probe);
	look("page.html");
	for (size_t i = 0; i < 2; i++) {
		expect_readable(widths[i]);
		assert_true(count(widths[i], "figures") >= 6);
		assert_true(count(widths[i], "says") >= 3);
		assert_int_equal(count(widths[i], "tiles"), 48);
		assert_int_equal(count(widths[i], "busy"), 8);
		assert_int_equal(count(widths[i], "stalls"), 8);
		assert_int_equal(count(widths[i], "timeline"), 8);
		assert_int_equal(count(widths[i], "buffers"), 24); /* three FIFOs a worker */
		assert_true(count(widths[i], "dma") >= 17);        /* DDR, eight channels out, eight in */
		assert_int_equal(count(widths[i], "point"), 1);
		assert_int_equal(count(widths[i], "roofs"), 4); /* compute, this loop, DDR, shim */
		assert_int_equal(count(widths[i], "bundles"), 7);
		assert_int_equal(count(widths[i], "sources"), 6); /* every bundle beside its source line */
		assert_int_equal(count(widths[i], "locks"), 9);
	}
}

static void the_report_of_a_capture_is_drawn(void **state)
{
	static const char *const widths[] = { "width=1280 ", "width=400 " };

	(void)state;
	need_browser();
	shell_store_text("probe.html", probe);
	look("trace.html");
	for (size_t i = 0; i < 2; i++) {
		expect_readable(widths[i]);
		assert_true(count(widths[i], "says") >= 2);
		assert_int_equal(count(widths[i], "busy"), 8);
		assert_int_equal(count(widths[i], "stalls"), 8);
		assert_int_equal(count(widths[i], "timeline"), 8);
		assert_true(count(widths[i], "trace") >= 40);
		assert_int_equal(count(widths[i], "kernels"), 9);
	}
}

/* The page of a run of eight workers is small, and its pictures are what they should be: PNG files of the right size
 * that are not empty.  They stay in the build tree. */
static void pictures_are_taken(void **state)
{
	static const struct {
		unsigned width, window, height;
	} pictures[] = { { 1280, 1280, 2600 }, { 400, 500, 5000 } }; /* a window is at least 500 wide */

	(void)state;
	assert_int_equal(shell_run("wc -c < page.html"), 0);
	assert_true(strtoul(shell_output, NULL, 10) > 50000 && strtoul(shell_output, NULL, 10) < 2000000);
	need_browser();
	for (size_t i = 0; i < 2; i++) {
		const unsigned char *head;

		assert_int_equal(
		        shell_run("echo '<body style=margin:0><iframe src=page.html style=\"border:0;width:%upx;"
		                  "height:%upx\"></iframe>' > frame.html && " CHROMIUM
		                  "--window-size=%u,%u --screenshot=\"$PWD/page.png\" "
		                  "\"file://$PWD/frame.html\" >/dev/null 2>&1 && cp page.png " AIE_PICTURES
		                  "/report-%u.png && cat page.png",
		                  pictures[i].width, pictures[i].height, pictures[i].window, pictures[i].height,
		                  pictures[i].width),
		        0);
		assert_true(shell_output_size > 40000);
		head = (const unsigned char *)shell_output;
		assert_memory_equal(head, "\x89PNG\r\n\x1a\n", 8);
		assert_int_equal(head[18] << 8 | head[19], pictures[i].window);
		assert_int_equal(head[22] << 8 | head[23], pictures[i].height);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_report_of_a_run_is_drawn),
		cmocka_unit_test(the_report_of_a_capture_is_drawn),
		cmocka_unit_test(pictures_are_taken),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

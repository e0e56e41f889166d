/* Whole programs under the preload: our tool, a client that has nothing of ours, what is left behind, the order of
 * calls. */
#define _GNU_SOURCE
#include "tests/preload/rig.h"

#include <dirent.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char node[] = "/dev/accel/accel7";
/* Fixed, so that the tests say which node they mean also on a machine with a real one. */
static const char *const environment[] = { "AIETWIN_ACCEL=7", NULL };

#define GEMV AIE_RUN, "gemv-int4", "-M", "64", "-K", "1024", "--cols", "2"

static int setup(void **state)
{
	struct run run;

	(void)state;
	/* The image and its result, made without the preload: what the others are compared with. */
	rig_run(&run, false, NULL, GEMV, "--device", "sim", "--save", rig_file("g"), "--out", rig_file("y"), NULL);
	return run.status;
}

static int teardown(void **state)
{
	(void)state;
	rig_cleanup();
	return 0;
}

/* The beginning of the object, up to the end of "check": everything that is no time and no profile. */
static void cut_check(char *json)
{
	char *check = strstr(json, "\"check\":{"), *end;

	assert_non_null(check);
	end = strchr(check, '}');
	assert_non_null(end);
	end[1] = 0;
}

static void test_run_on_node(void **state)
{
	static struct run simulated, preloaded;

	(void)state;
	rig_run(&simulated, false, NULL, GEMV, "--json", "--device", "sim", NULL);
	rig_run(&preloaded, true, environment, GEMV, "--json", "--device", node, NULL);
	assert_int_equal(simulated.status, 0);
	assert_int_equal(preloaded.status, 0);
	/* The profile is beside the ioctls: a node does not have it. */
	assert_non_null(strstr(simulated.text, "\"cycles\""));
	assert_null(strstr(preloaded.text, "\"cycles\""));
	cut_check(simulated.text);
	cut_check(preloaded.text);
	assert_string_equal(simulated.text, preloaded.text);
}

static void test_output_equal(void **state)
{
	struct run run;

	(void)state;
	rig_run(&run, true, environment, GEMV, "--device", node, "--out", rig_file("y2"), NULL);
	assert_int_equal(run.status, 0);
	rig_run(&run, false, NULL, "/usr/bin/cmp", rig_file("y"), rig_file("y2"), NULL);
	assert_int_equal(run.status, 0);
}

/* The trace set-up is ordinary register writes: the node gives the packets that the model in the process gives.  What
 * only the model can do is refused by name. */
static void test_trace_on_node(void **state)
{
	char xclbin[512], insts[512], weights[512], x[512], y[512], sim[512];
	struct run run;

	(void)state;
	snprintf(xclbin, sizeof xclbin, "%s", rig_file("g.xclbin"));
	snprintf(insts, sizeof insts, "%s", rig_file("g.insts.bin"));
	snprintf(weights, sizeof weights, "%s", rig_file("g.weights.bin"));
	snprintf(x, sizeof x, "%s", rig_file("g.x.bin"));
	snprintf(y, sizeof y, "%s:128", rig_file("y3"));
	snprintf(sim, sizeof sim, "%s", rig_file("sim.trace"));
#define IMAGE AIE_RUN, "--xclbin", xclbin, "--insts", insts, "--in", weights, "--in", x, "--out", y
	rig_run(&run, false, NULL, IMAGE, "--device", "sim", "--trace", sim, NULL);
	assert_int_equal(run.status, 0);
	rig_run(&run, true, environment, IMAGE, "--device", node, "--trace", rig_file("node.trace"), NULL);
	assert_int_equal(run.status, 0);
	rig_run(&run, false, NULL, AIE_TRACE, "diff", rig_file("node.trace"), sim, NULL);
	assert_int_equal(run.status, 0);
	assert_non_null(strstr(run.text, "verdict: the same"));
	/* operators run once without the trace before */
	rig_run(&run, true, environment, GEMV, "--device", node, "--trace", rig_file("node.trace"), NULL);
	assert_int_equal(run.status, 0);
	assert_non_null(strstr(run.text, "us of host time without the trace"));
	rig_run(&run, true, environment, GEMV, "--device", node, "--json", "--trace", rig_file("all.trace"),
	        "--trace-events", "all", NULL);
	assert_int_equal(run.status, 3);
	assert_non_null(strstr(run.text, "--trace-events all: "));
	assert_non_null(strstr(run.text, "only the model can record everything"));
#undef IMAGE
}

static void test_auto_finds_it(void **state)
{
	const char *log = rig_file("auto.log");
	char variable[512];
	const char *const with_log[] = { "AIETWIN_ACCEL=7", variable, NULL };
	struct run run;
	char *text;

	(void)state;
	snprintf(variable, sizeof variable, "AIETWIN_LOG=%s", log);
	rig_run(&run, true, with_log, GEMV, "--json", "--device", "auto", NULL);
	assert_int_equal(run.status, 0);
	text = rig_read(log);
	assert_non_null(strstr(text, " open /dev/accel/accel7 = "));
	assert_non_null(strstr(text, " EXEC_CMD "));
	free(text);
}

/* libdrm, system calls and the published structures are enough. */
static void test_independent_client(void **state)
{
	struct run run;

	(void)state;
	rig_run(&run, true, environment, RAW_CLIENT, node, rig_file("g"), rig_file("y"), NULL);
	assert_string_equal(run.text, "equal\n");
	assert_int_equal(run.status, 0);
	/* And it does compare: x for y. */
	rig_run(&run, true, environment, RAW_CLIENT, node, rig_file("g"), rig_file("g.insts.bin"), NULL);
	assert_int_not_equal(run.status, 0);
	/* Without the library there is no such node. */
	rig_run(&run, false, NULL, RAW_CLIENT, node, rig_file("g"), rig_file("y"), NULL);
	assert_int_equal(run.status, 3);
}

static void test_bad_settings(void **state)
{
	const char *const unknown[] = { "AIETWIN_ACCEL=7", "AIETWIN_DEVICE=npu9", NULL };
	const char *const option[] = { "AIETWIN_ACCEL=7", "AIETWIN_DEVICE=npu4,no_such_number=1", NULL };
	const char *const number[] = { "AIETWIN_ACCEL=seven", NULL };
	struct run run;

	(void)state;
	rig_run(&run, true, unknown, RAW_CLIENT, node, rig_file("g"), rig_file("y"), NULL);
	assert_int_equal(run.status, 3);
	rig_run(&run, true, option, RAW_CLIENT, node, rig_file("g"), rig_file("y"), NULL);
	assert_int_equal(run.status, 3);
	rig_run(&run, true, number, RAW_CLIENT, node, rig_file("g"), rig_file("y"), NULL);
	assert_int_equal(run.status, 3);
	/* A program that has nothing to do with it is not disturbed by any of them. */
	rig_run(&run, true, number, "/bin/echo", "hello", NULL);
	assert_string_equal(run.text, "hello\n");
	assert_int_equal(run.status, 0);
}

/* Two processes at once have a device each: both get the first context, and the right result. */
static void test_two_processes(void **state)
{
	const char *const argument[] = { RAW_CLIENT, node, rig_file("g"), rig_file("y"), "20", NULL };
	const char *log = rig_file("two.log");
	char variable[512], *text;
	const char *const with_log[] = { "AIETWIN_ACCEL=7", variable, NULL };
	static struct run run[2];
	unsigned first = 0;

	(void)state;
	snprintf(variable, sizeof variable, "AIETWIN_LOG=%s", log);
	for (unsigned i = 0; i < 2; i++)
		rig_start(&run[i], true, argument, with_log);
	for (unsigned i = 0; i < 2; i++) {
		rig_finish(&run[i]);
		assert_int_equal(run[i].status, 0);
		assert_non_null(strstr(run[i].text, "equal\n"));
	}
	text = rig_read(log);
	for (const char *at = text; (at = strstr(at, "CREATE_HWCTX")); at++)
		first += fnmatch("CREATE_HWCTX [0-9]* tiles=8 handle=1 syncobj=1 = 0\n*", at, 0) == 0;
	assert_int_equal(first, 2);
	free(text);
}

/* ---- killed in mid-run ---------------------------------------------------------------------- */

/* The target of a link below /proc; false when there is none. */
static bool link_of(pid_t pid, const char *kind, const char *name, char target[4096])
{
	char path[512];
	ssize_t length;

	snprintf(path, sizeof path, "/proc/%d/%s/%.100s", (int)pid, kind, name);
	length = readlink(path, target, 4095);
	if (length < 0)
		return false;
	target[length] = 0;
	return true;
}

/* What CTest and the shell handed down is open here as well. */
static bool inherited(const char *target)
{
	char own[4096], name[16];

	for (int fd = 0; fd < 64; fd++) {
		snprintf(name, sizeof name, "%d", fd);
		if (link_of(getpid(), "fd", name, own) && !strcmp(own, target))
			return true;
	}
	return false;
}

/* Names in places for temporary files of what the process has open or mapped: they would outlive it. */
static unsigned count_names(pid_t pid, const char *kind)
{
	char path[64], target[4096];
	struct dirent *entry;
	unsigned count = 0;
	DIR *directory;

	snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, kind);
	directory = opendir(path);
	while (directory && (entry = readdir(directory))) {
		if (!link_of(pid, kind, entry->d_name, target) ||
		    (strncmp(target, P_tmpdir "/", sizeof P_tmpdir) != 0 && strncmp(target, "/dev/shm/", 9) != 0))
			continue;
		/* The programs themselves, if they were built there. */
		if (strstr(target, "(deleted)") || strstr(target, "/bin/") || strstr(target, "/lib/") ||
		    inherited(target))
			continue;
		fprintf(stderr, "%s %s\n", kind, target);
		count++;
	}
	if (directory)
		closedir(directory);
	return count;
}

static void test_killed(void **state)
{
	const char *const argument[] = { RAW_CLIENT, node, rig_file("g"), rig_file("y"), "1000000", NULL };
	unsigned names = 0;
	char path[64];
	struct run run;
	char word[6] = "";
	ssize_t got;

	(void)state;
	rig_start(&run, true, argument, environment);
	got = read(run.out, word, sizeof word);
	if (got == sizeof word)
		names = count_names(run.pid, "fd") + count_names(run.pid, "map_files");
	kill(run.pid, SIGKILL);
	rig_finish(&run);
	assert_int_equal(got, sizeof word);
	assert_memory_equal(word, "ready\n", sizeof word);
	assert_int_equal(names, 0);
	assert_int_equal(run.status, 128 + SIGKILL);
	snprintf(path, sizeof path, "/proc/%d", (int)run.pid);
	assert_int_not_equal(access(path, F_OK), 0);
	/* Nor is anything held: the next one runs at once. */
	rig_run(&run, true, environment, RAW_CLIENT, node, rig_file("g"), rig_file("y"), NULL);
	assert_int_equal(run.status, 0);
}

/* ---- the order of calls ----------------------------------------------------------------------------------------- */

/* The minimal program of the interface's description, step by step; {FD} has been taken out.  The library's log stands
 * for strace: it has the calls on the node in the order in which the program makes them through the C library, and
 * those on an imitated node never reach the kernel. */
static const char *const begin[] = {
	"open /dev/accel/accel7 = *",                        /* 2 */
	"VERSION = 0",                                       /* 3 */
	"CREATE_BO type=2 size=67108864 handle=1 = 0",       /* 4: heap */
	"GET_BO_INFO handle=1 = 0",                          /* 5 */
	"mmap offset=0x[0-9a-f]* length=67108864 fixed = 0", /* 6: at 64 MiB, by MAP_FIXED */
	"GET_INFO param=1 = 0",                              /* 7: metadata */
	"CREATE_HWCTX tiles=8 handle=1 syncobj=1 = 0",       /* 8: 2 columns x 4 core rows */
	"CREATE_BO type=3 size=* handle=2 = 0",              /* 9: the PDI */
	"GET_BO_INFO handle=2 = 0",
	"CONFIG_HWCTX handle=1 type=0 = 0",     /* 10 */
	"CREATE_BO type=3 size=* handle=3 = 0", /* 11: instructions */
	"GET_BO_INFO handle=3 = 0",
	"CREATE_BO type=1 size=36864 handle=4 = 0", /* 12: weights */
	"GET_BO_INFO handle=4 = 0",
	"mmap offset=0x[0-9a-f]* length=36864 = 0",
	"GET_BO_INFO handle=4 = 0",
	"CREATE_BO type=1 size=2048 handle=5 = 0", /* x */
	"GET_BO_INFO handle=5 = 0",
	"mmap offset=0x[0-9a-f]* length=2048 = 0",
	"GET_BO_INFO handle=5 = 0",
	"CREATE_BO type=1 size=128 handle=6 = 0", /* y */
	"GET_BO_INFO handle=6 = 0",
	"mmap offset=0x[0-9a-f]* length=128 = 0",
	"GET_BO_INFO handle=6 = 0",
	"CREATE_BO type=4 size=4096 handle=7 = 0", /* 13: packet */
	"GET_BO_INFO handle=7 = 0",
	"mmap offset=0x[0-9a-f]* length=4096 = 0",
	"EXEC_CMD context=1 packet=7 args=4 seq=0 = 0", /* 15 */
	"SYNCOBJ_TIMELINE_WAIT = 0",                    /* 16 */
};

/* 19: context and syncobj; buffers; heap; node.  Device buffers have no mapping of their own. */
static const char *const end[] = {
	"DESTROY_HWCTX handle=1 = 0", "SYNCOBJ_DESTROY handle=1 = 0", "GEM_CLOSE handle=2 = 0",
	"munmap length=4096 = 0",     "GEM_CLOSE handle=7 = 0",       "munmap length=36864 = 0",
	"GEM_CLOSE handle=4 = 0",     "munmap length=2048 = 0",       "GEM_CLOSE handle=5 = 0",
	"munmap length=128 = 0",      "GEM_CLOSE handle=6 = 0",       "GEM_CLOSE handle=3 = 0",
	"munmap length=67108864 = 0", "GEM_CLOSE handle=1 = 0",       "close = 0",
};

enum { BEGIN = sizeof begin / sizeof begin[0], END = sizeof end / sizeof end[0], MAX_LINES = 256 };

/* "PID.THREAD NAME FD REST": only NAME REST. */
static void normalise(char *line)
{
	char *name = strchr(line, ' '), *after, *number;

	assert_non_null(name);
	memmove(line, name + 1, strlen(name + 1) + 1);
	if (!strncmp(line, "open ", 5))
		return;
	after = strchr(line, ' ');
	assert_non_null(after);
	number = after + 1;
	if (*number >= '0' && *number <= '9') {
		number += strspn(number, "0123456789");
		memmove(after, number, strlen(number) + 1);
	}
}

static unsigned read_log(const char *path, char *lines[MAX_LINES], char **text)
{
	unsigned count = 0;
	char *save = NULL;

	*text = rig_read(path);
	for (char *line = strtok_r(*text, "\n", &save); line && count < MAX_LINES; line = strtok_r(NULL, "\n", &save)) {
		normalise(line);
		lines[count++] = line;
	}
	return count;
}

static void expect(const char *const *pattern, char *const *line, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (fnmatch(pattern[i], line[i], 0) != 0)
			fail_msg("call %u: '%s', expected '%s'", i, line[i], pattern[i]);
}

static void run_logged(const char *log, const char *const *argument)
{
	char variable[512];
	const char *const with_log[] = { "AIETWIN_ACCEL=7", variable, NULL };
	struct run run;

	snprintf(variable, sizeof variable, "AIETWIN_LOG=%s", log);
	rig_start(&run, true, argument, with_log);
	rig_finish(&run);
	assert_int_equal(run.status, 0);
}

/* The library's calls in the numbered order, from the first to the last and no others. */
static void test_sequence(void **state)
{
	const char *const argument[] = { ORDERED_CLIENT, node, rig_file("g"), "128", NULL };
	const char *log = rig_file("ordered.log");
	char *lines[MAX_LINES], *text;
	unsigned count;

	(void)state;
	run_logged(log, argument);
	count = read_log(log, lines, &text);
	assert_int_equal(count, BEGIN + END);
	expect(begin, lines, BEGIN);
	expect(end, lines + BEGIN, END);
	free(text);
}

/* Our tool begins the same way; it may tidy up in its own order, but does so completely, heap and node last. */
static void test_tool_sequence(void **state)
{
	const char *const argument[] = { GEMV, "--device", node, "--json", NULL };
	const char *log = rig_file("tool.log");
	char *lines[MAX_LINES], *text;
	unsigned count;

	(void)state;
	run_logged(log, argument);
	count = read_log(log, lines, &text);
	assert_int_equal(count, BEGIN + END);
	expect(begin, lines, BEGIN);
	expect(end + END - 3, lines + count - 3, 3);
	for (unsigned i = 0; i < END; i++) {
		unsigned found = 0;

		for (unsigned j = BEGIN; j < count; j++)
			found += fnmatch(end[i], lines[j], 0) == 0;
		if (found != 1)
			fail_msg("'%s' happens %u times at the end", end[i], found);
	}
	free(text);
}

/* ---- other programs --------------------------------------------------------------------------------------------- */

static void test_shell_tools(void **state)
{
	static struct run run, plain;

	(void)state;
	rig_run(&run, true, environment, "/bin/ls", "/dev/accel", NULL);
	assert_non_null(strstr(run.text, "accel7\n"));
	rig_run(&run, true, environment, "/bin/cat", "/sys/class/accel/accel7/device/device", NULL);
	assert_string_equal(run.text, "0x17f0\n");
	rig_run(&run, true, environment, "/bin/readlink", "-f", "/sys/dev/char/261:7/device/driver", NULL);
	assert_string_equal(run.text, "/sys/bus/pci/drivers/amdxdna\n");
	rig_run(&run, true, environment, "/usr/bin/stat", "-c", "%F %t:%T", node, NULL);
	assert_string_equal(run.text, "character special file 105:7\n");
	/* A shell starts other programs by fork and exec; they find the node as well. */
	rig_run(&run, true, environment, "/bin/sh", "-c",
	        "(test -c /dev/accel/accel7 && cat /sys/class/accel/accel7/dev) | cat", NULL);
	assert_string_equal(run.text, "261:7\n");
	rig_run(&plain, false, NULL, "/bin/cat", "/etc/passwd", NULL);
	rig_run(&run, true, environment, "/bin/cat", "/etc/passwd", NULL);
	assert_string_equal(run.text, plain.text);
}

static void test_info(void **state)
{
	static struct run run;

	(void)state;
	rig_run(&run, false, NULL, AIE_INFO, "--json", NULL);
	assert_int_equal(run.status, 0);
	assert_non_null(strstr(run.text, "\"name\":\"sim\",\"simulated\":true,\"usable\":true"));
	/* A machine has an NPU that can be used, or it is told what is missing. */
	if (!strstr(run.text, "\"real_npu_usable\":true"))
		assert_non_null(strstr(run.text, "\"real_npu_usable\":false,\"missing\":[\""));
	rig_run(&run, true, environment, AIE_INFO, "--json", NULL);
	assert_int_equal(run.status, 0);
	assert_non_null(strstr(run.text, "\"name\":\"/dev/accel/accel7\",\"simulated\":false,\"usable\":true"));
	assert_non_null(strstr(run.text, "\"family\":\"npu4 (Strix)\",\"imitated\":true"));
	assert_non_null(strstr(run.text, "\"columns\":8,\"rows\":6,\"core_rows\":4"));
	rig_run(&run, true, environment, AIE_INFO, "--device", node, NULL);
	assert_int_equal(run.status, 0);
	assert_non_null(strstr(run.text, "contexts     0 in use of 16"));
	rig_run(&run, true, environment, AIE_INFO, "--device", "7", NULL);
	assert_int_equal(run.status, 0);
	assert_non_null(strstr(run.text, "1022:17f0 revision 10: npu4 (Strix)"));
	rig_run(&run, false, NULL, AIE_INFO, "--device", "/dev/null", NULL);
	assert_int_equal(run.status, 3);
	rig_run(&run, false, NULL, AIE_INFO, "--device", "sim:npu9", NULL);
	assert_int_equal(run.status, 2);
	rig_run(&run, false, NULL, AIE_INFO, "--nonsense", NULL);
	assert_int_equal(run.status, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_run_on_node),        cmocka_unit_test(test_output_equal),
		cmocka_unit_test(test_trace_on_node),      cmocka_unit_test(test_auto_finds_it),
		cmocka_unit_test(test_independent_client), cmocka_unit_test(test_bad_settings),
		cmocka_unit_test(test_two_processes),      cmocka_unit_test(test_killed),
		cmocka_unit_test(test_sequence),           cmocka_unit_test(test_tool_sequence),
		cmocka_unit_test(test_shell_tools),        cmocka_unit_test(test_info),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

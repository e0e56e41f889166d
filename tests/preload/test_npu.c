/* The procedure for a real NPU (docs/real-npu.md) up to the ioctl boundary: on the node of libaietwin-drm.so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

enum { TEXT_BYTES = 1 << 16 };

static char directory[] = "/tmp/aie-npu-XXXXXX", text[TEXT_BYTES];

/* Run the script; its whole output goes to `text`.  Returns its exit status. */
static int run(const char *arguments)
{
	char command[1024];
	size_t size;
	int status;
	FILE *pipe;

	snprintf(command, sizeof command, "%s --bin %s --out %s/out %s 2>&1", SCRIPT, BIN, directory, arguments);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	size = fread(text, 1, sizeof text - 1, pipe);
	text[size] = 0;
	status = pclose(pipe);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static void says(const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in: %s", part, text);
}

/* The first of a stored file. */
static void begins(const char *name, const char *start)
{
	char path[128], head[64] = { 0 };
	FILE *file;

	snprintf(path, sizeof path, "%s/out/%s", directory, name);
	file = fopen(path, "rb");
	if (!file)
		fail_msg("%s is not there", path);
	assert_true(fread(head, 1, sizeof head - 1, file) > 0);
	fclose(file);
	assert_memory_equal(head, start, strlen(start));
}

static void whole_procedure(void **state)
{
	int status;

	(void)state;
	status = run("--quick --repeat 2 --device /dev/accel/accel63 --preload " PRELOAD);
	if (status)
		fail_msg("exit status %d: %s", status, text);
	says("device /dev/accel/accel63, kernel ");
	says("small-double: results: npu done, bit by bit the model's");
	says(" us from submission to completion, model ");
	says("small-double: trace: model against a band of 2 runs: verdict: ");
	says("exit status 0");
	begins("machine.json", "{\"machine\":{");
	begins("device.json", "{");
	begins("summary.txt", "device /dev/accel/accel63");
	begins("npu-small-double.json", "{\"operator\":\"gemv-int4\",\"status\":\"done\"");
	begins("sim-small-double.json", "{\"operator\":\"gemv-int4\",\"status\":\"done\"");
	begins("npu-small-double.1.trace", "AIETRACE");
	begins("npu-small-double.2.trace", "AIETRACE");
	begins("sim-small-double.trace", "AIETRACE");
	begins("diff-small-double.txt", "(0,");
}

static void no_such_node(void **state)
{
	(void)state;
	assert_int_equal(run("--quick --device /dev/accel/accel62"), 3);
	says("/dev/accel/accel62");
	says("npu: /dev/accel/accel62 cannot be asked");
}

/* The model is no NPU, not even when it looks like one: auto wants a real one. */
static void an_imitation_is_no_npu(void **state)
{
	(void)state;
	if (access("/dev/accel/accel0", F_OK) == 0)
		skip(); /* a real one */
	assert_int_equal(run("--quick --preload " PRELOAD), 3);
	says("npu: no usable NPU on this machine:");
	says("  - ");
}

static void usage(void **state)
{
	static const struct {
		const char *arguments, *part;
	} cases[] = {
		{ "--speed 3", "--speed: there is no such option" },
		{ "--device", "--device: a value is missing" },
		{ "--device sim", "--device sim" },
		{ "--repeat 0", "--repeat 0" },
		{ "--repeat x", "--repeat x" },
		{ "--bin /nonexistent", "/nonexistent/aie-run is not there" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(run(cases[i].arguments), 2);
		says(cases[i].part);
	}
}

static int setup(void **state)
{
	(void)state;
	return setenv("AIETWIN_ACCEL", "63", 1) || !mkdtemp(directory) ? -1 : 0;
}

static int teardown(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof command, "rm -r %s", directory);
	return system(command) ? -1 : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_procedure),
		cmocka_unit_test(no_such_node),
		cmocka_unit_test(an_imitation_is_no_npu),
		cmocka_unit_test(usage),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

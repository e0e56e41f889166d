/* drm_conformance [NODE] [--only TEXT] [--list]: run the cases on the software device in this process, or on a node.
 *
 * The node is given as argument or in the environment (AIETWIN_NODE).  Prints TAP, the same lines whatever the device.
 * Exit status: 0 all hold, 1 one does not, 2 bad usage, 3 no device.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "driver/client/client.h"
#include "sim/drm/drm.h"
#include "tests/drm/conformance/conformance.h"

extern const struct conf_case *const __start_conf_cases[], *const __stop_conf_cases[];

static int open_model(void *user, struct aie_transport *transport)
{
	return aie_drm_transport_open(user, transport);
}

static int open_node(void *user, struct aie_transport *transport)
{
	struct aie_error error;

	if (!aie_node_open(user, transport, &error))
		return 0;
	errno = error.sys_errno ? error.sys_errno : EIO;
	return -1;
}

static void set_up(struct conf *conf, enum conf_need need)
{
	struct conf_file *f = conf_open(conf);

	if (need == PLAIN)
		return;
	EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV_HEAP, AMDXDNA_HEAP_CHUNK, &f->heap), 0);
	EXPECT_IS(conf_map_heap(f), 0);
	if (need == PROGRAM)
		conf_program(f, &conf->program);
}

static void tear_down(struct conf *conf)
{
	conf_restore(conf);
	for (unsigned i = 0; i < CONF_FILES; i++)
		conf_close(&conf->file[i]);
	while (conf->mapping_count) {
		conf->mapping_count--;
		munmap(conf->mapping[conf->mapping_count].data, conf->mapping[conf->mapping_count].size);
	}
}

static bool run_case(struct conf *conf, const struct conf_case *test)
{
	conf->failure[0] = 0;
	conf->skipped = NULL;
	if (!setjmp(conf->escape)) {
		set_up(conf, test->need);
		test->run(conf);
	}
	tear_down(conf);
	return !conf->failure[0];
}

static int compare(const void *left, const void *right)
{
	const struct conf_case *a = *(const struct conf_case *const *)left,
	                       *b = *(const struct conf_case *const *)right;
	int order = strcmp(a->group, b->group);

	return order ? order : (a->line > b->line) - (a->line < b->line);
}

/* The linker's order is not that of the sources. */
static const struct conf_case **sorted_cases(size_t *count)
{
	const struct conf_case **cases;

	*count = (size_t)(__stop_conf_cases - __start_conf_cases);
	cases = malloc(*count * sizeof(const struct conf_case *));
	if (!cases)
		abort();
	for (size_t i = 0; i < *count; i++)
		cases[i] = __start_conf_cases[i];
	qsort(cases, *count, sizeof(const struct conf_case *), compare);
	return cases;
}

static int run_all(struct conf *conf, const char *only, bool list)
{
	unsigned number = 0, failed = 0;
	size_t count;
	const struct conf_case **cases = sorted_cases(&count);

	for (size_t i = 0; i < count; i++) {
		const struct conf_case *test = cases[i];
		char name[128];
		bool good;

		snprintf(name, sizeof name, "%s.%s", test->group, test->name);
		if (only && !strstr(name, only))
			continue;
		if (list) {
			printf("%s: %s\n", name, test->rule);
			continue;
		}
		good = run_case(conf, test);
		failed += !good;
		printf("%s %u - %s: %s%s%s\n", good ? "ok" : "not ok", ++number, name, test->rule,
		       conf->skipped ? " # SKIP " : "", conf->skipped ? conf->skipped : "");
		if (!good)
			printf("# %s\n", conf->failure);
		fflush(stdout);
	}
	free(cases);
	if (list)
		return 0;
	printf("1..%u\n# %u of %u hold\n", number, number - failed, number);
	return failed ? 1 : 0;
}

int main(int argc, char **argv)
{
	static struct conf conf;
	struct aie_drm_device *device = NULL;
	struct aie_transport probe;
	const char *only = NULL;
	char *node = getenv("AIETWIN_NODE");
	struct aie_error error;
	bool list = false;
	int status;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--list") == 0) {
			list = true;
			continue;
		}
		if (strcmp(argv[i], "--only") == 0 && i + 1 < argc) {
			only = argv[++i];
		} else if (argv[i][0] != '-') {
			node = argv[i];
		} else {
			fprintf(stderr, "drm_conformance: %s: expected [NODE] [--only TEXT] [--list]\n", argv[i]);
			return 2;
		}
	}
	if (list)
		return run_all(&conf, only, true);
	conf.open = open_node;
	conf.user = node;
	if (!node) {
		device = aie_drm_device_create("", &error);
		if (!device) {
			fprintf(stderr, "drm_conformance: %s\n", error.text);
			return 3;
		}
		conf.open = open_model;
		conf.user = device;
	} else if (aie_node_open(node, &probe, &error)) {
		fprintf(stderr, "drm_conformance: %s\n", error.text);
		return 3;
	} else {
		probe.close(probe.user);
	}
	status = run_all(&conf, only, false);
	aie_drm_device_destroy(device);
	return status;
}

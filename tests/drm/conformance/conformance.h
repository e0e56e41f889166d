/* The ioctl conformance suite: what an amdxdna device answers, one case a rule, through any open file of one.
 *
 * A case sees a device through struct aie_transport only, so the same cases run in-process on the software device, on a
 * node path (under the preload form, or on a real NPU), and must answer the same.  A case starts with one open file of
 * its own and ends at the first expectation that does not hold; whatever it opened and mapped is released after it.
 * Cases register themselves: there is no list to keep.
 */
#ifndef AIE_TESTS_DRM_CONFORMANCE_H
#define AIE_TESTS_DRM_CONFORMANCE_H

#include <errno.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "driver/client/amdxdna_uapi.h"
#include "driver/image/operation.h"
#include "driver/transport.h"

#define ONES UINT64_MAX

struct conf;

/* An open file of the device. */
struct conf_file {
	struct conf *conf;
	struct aie_transport transport;
	bool open;
	uint32_t heap;
	uint8_t *heap_data;
};

/* A context with one CU whose image does nothing, a stream that does nothing, a packet that runs it. */
struct conf_program {
	struct amdxdna_create_hwctx context;
	uint32_t pdi, instructions, packet_handle;
	uint64_t instructions_npu;
	uint32_t instruction_bytes;
	uint32_t *packet;
};

enum { CONF_FILES = 4, CONF_MAPPINGS = 4096, CONF_FAILURE = 512 };

struct conf {
	struct conf_file file[CONF_FILES];
	struct conf_program program; /* of file[0], for cases that ask for it */
	struct {
		void *data;
		size_t size;
	} mapping[CONF_MAPPINGS];
	size_t mapping_count;
	jmp_buf escape;
	char failure[CONF_FAILURE];
	const char *skipped;   /* why */
	uint64_t capabilities; /* to be given back */
	/* Where files come from. */
	int (*open)(void *user, struct aie_transport *transport);
	void *user;
};

enum conf_need { PLAIN, HEAP, PROGRAM };

struct conf_case {
	const char *group, *name, *rule;
	int line; /* cases of a group run in the order of their file */
	enum conf_need need;
	void (*run)(struct conf *conf);
};

/* CASE(name, need, "rule") { body, with `conf` and `f` = its first file } */
#define CASE(name, need, rule)                                                                                         \
	static void name(struct conf *conf, struct conf_file *f);                                                      \
	static void run_##name(struct conf *conf)                                                                      \
	{                                                                                                              \
		name(conf, &conf->file[0]);                                                                            \
	}                                                                                                              \
	static const struct conf_case case_##name = { GROUP, #name, rule, __LINE__, need, run_##name };                \
	static const struct conf_case *const pointer_##name __attribute__((section("conf_cases"), used)) =             \
	        &case_##name;                                                                                          \
	static void name(struct conf *conf __attribute__((unused)), struct conf_file *f __attribute__((unused)))

/* Main thread only. */
void conf_fail(struct conf *conf, const char *file, int line, const char *format, ...)
        __attribute__((noreturn, format(printf, 4, 5)));
void conf_skip(struct conf *conf, const char *why) __attribute__((noreturn));
void conf_expect_value(struct conf *conf, const char *file, int line, const char *what, long long value,
                       long long expected);
#define EXPECT(condition)                                                                                              \
	do {                                                                                                           \
		if (!(condition))                                                                                      \
			conf_fail(conf, __FILE__, __LINE__, "%s does not hold", #condition);                           \
	} while (0)
#define EXPECT_IS(value, expected)                                                                                     \
	conf_expect_value(conf, __FILE__, __LINE__, #value, (long long)(value), (long long)(expected))

/* Take a capability (CAP_...) from this thread, if it has it, until the case ends: the rule for others than the
 * superuser. */
void conf_without(struct conf *conf, unsigned capability);
void conf_restore(struct conf *conf); /* done after each case */

/* ---- calls: 0 or a negative errno unless they say otherwise ----------------------------------------------------- */

/* Another open file of the device, released after the case. */
struct conf_file *conf_open(struct conf *conf);
void conf_close(struct conf_file *f);
int conf_ioctl(struct conf_file *f, unsigned long request, void *argument);
/* NULL with *result. */
void *conf_mmap(struct conf_file *f, void *address, size_t length, int protection, int flags, uint64_t offset,
                int *result);
int conf_munmap(struct conf_file *f, void *address, size_t length);
/* Memory of the program, page aligned, released after the case. */
void *conf_memory(struct conf *conf, size_t size);
/* Address space on a multiple of 64 MiB. */
uint8_t *conf_reserve(struct conf *conf, size_t size);

int conf_create(struct conf_file *f, uint32_t type, uint64_t size, uint32_t *handle);
int conf_gem_close(struct conf_file *f, uint32_t handle);
int conf_info(struct conf_file *f, uint32_t handle, struct amdxdna_get_bo_info *info);
/* Map a whole buffer; NULL when it cannot be. */
void *conf_map(struct conf_file *f, uint32_t handle, size_t size, int *result);
/* A mapped buffer; the case ends when that fails. */
uint32_t conf_share(struct conf_file *f, size_t size, void *data); /* data: address of a pointer */
int conf_map_heap(struct conf_file *f);
uint32_t conf_dev(struct conf_file *f, const void *data, size_t size, uint64_t *npu);

int conf_context(struct conf_file *f, unsigned columns, struct amdxdna_create_hwctx *context);
int conf_destroy_context(struct conf_file *f, uint32_t handle);
int conf_configure(struct conf_file *f, uint32_t context, uint32_t cu_bo);
void conf_program(struct conf_file *f, struct conf_program *program);
/* A context running this image and this stream. */
void conf_program_of(struct conf_file *f, const struct aie_bytes *pdi, const struct aie_bytes *stream,
                     struct conf_program *program);
uint32_t conf_packet(struct conf_file *f, uint32_t **packet);
void conf_start_cu(uint32_t *packet, const struct conf_program *program, const uint64_t *arguments, unsigned count);
int conf_submit(struct conf_file *f, uint32_t context, uint32_t packet, const uint32_t *arguments, uint32_t count,
                uint64_t *seq);
int conf_wait(struct conf_file *f, uint32_t syncobj, uint64_t point, int ms, uint32_t flags);
/* Submit the program's packet and wait for it. */
int conf_run(struct conf_file *f, const struct conf_program *program);
static inline unsigned conf_state(const uint32_t *packet)
{
	return __atomic_load_n(packet, __ATOMIC_ACQUIRE) & AMDXDNA_PACKET_STATE_MASK;
}
int64_t conf_deadline(int ms);

int conf_get_info(struct conf_file *f, uint32_t param, void *buffer, uint32_t size, uint32_t *returned);
int conf_get_array(struct conf_file *f, uint32_t param, void *buffer, uint32_t size, uint32_t count,
                   struct amdxdna_get_array *returned);
int conf_set_state(struct conf_file *f, uint32_t param, unsigned value);

#endif

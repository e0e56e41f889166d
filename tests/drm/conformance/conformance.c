/* What the cases share: files, buffers, contexts, commands. */
#define _GNU_SOURCE
#include "tests/drm/conformance/conformance.h"
#include "tests/drm/program.h"

#include <linux/capability.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

void conf_fail(struct conf *conf, const char *file, int line, const char *format, ...)
{
	const char *base = strrchr(file, '/');
	va_list arguments;
	int used = snprintf(conf->failure, sizeof conf->failure, "%s:%d: ", base ? base + 1 : file, line);

	va_start(arguments, format);
	vsnprintf(conf->failure + used, sizeof conf->failure - (size_t)used, format, arguments);
	va_end(arguments);
	longjmp(conf->escape, 1);
}

void conf_skip(struct conf *conf, const char *why)
{
	conf->skipped = why;
	longjmp(conf->escape, 1);
}

void conf_expect_value(struct conf *conf, const char *file, int line, const char *what, long long value,
                       long long expected)
{
	if (value != expected)
		conf_fail(conf, file, line, "%s is %lld (0x%llx), expected %lld (0x%llx)", what, value,
		          (unsigned long long)value, expected, (unsigned long long)expected);
}

/* ---- privileges -------------------------------------------------------------------------------------------------- */

/* The effective capabilities, changed; those that were there before. */
static uint64_t change_capabilities(uint64_t drop, uint64_t raise)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };
	uint64_t before;

	if (syscall(SYS_capget, &header, data))
		return 0;
	before = (uint64_t)data[1].effective << 32 | data[0].effective;
	for (unsigned i = 0; i < 2; i++) {
		data[i].effective &= (uint32_t) ~(drop >> 32 * i);
		data[i].effective |= (uint32_t)(raise >> 32 * i);
	}
	syscall(SYS_capset, &header, data);
	return before;
}

void conf_without(struct conf *conf, unsigned capability)
{
	const uint64_t mask = UINT64_C(1) << capability;

	conf->capabilities |= change_capabilities(mask, 0) & mask;
	if (change_capabilities(0, 0) & mask)
		conf_skip(conf, "the capability cannot be given up");
}

void conf_restore(struct conf *conf)
{
	if (conf->capabilities)
		change_capabilities(0, conf->capabilities);
	conf->capabilities = 0;
}

/* ---- files and memory ------------------------------------------------------------------------------------------- */

struct conf_file *conf_open(struct conf *conf)
{
	for (unsigned i = 0; i < CONF_FILES; i++) {
		struct conf_file *f = &conf->file[i];

		if (f->open)
			continue;
		*f = (struct conf_file){ .conf = conf };
		if (conf->open(conf->user, &f->transport))
			conf_fail(conf, __FILE__, __LINE__, "open of the device: %s", strerror(errno));
		f->open = true;
		return f;
	}
	conf_fail(conf, __FILE__, __LINE__, "more than %d files", CONF_FILES);
}

void conf_close(struct conf_file *f)
{
	if (f->open)
		f->transport.close(f->transport.user);
	f->open = false;
}

int conf_ioctl(struct conf_file *f, unsigned long request, void *argument)
{
	return f->transport.ioctl(f->transport.user, request, argument) ? -errno : 0;
}

static void keep(struct conf *conf, void *data, size_t size)
{
	if (conf->mapping_count == CONF_MAPPINGS)
		conf_fail(conf, __FILE__, __LINE__, "more than %d mappings", CONF_MAPPINGS);
	conf->mapping[conf->mapping_count].data = data;
	conf->mapping[conf->mapping_count++].size = size;
}

void *conf_mmap(struct conf_file *f, void *address, size_t length, int protection, int flags, uint64_t offset,
                int *result)
{
	void *data = f->transport.mmap(f->transport.user, address, length, protection, flags, (off_t)offset);

	*result = data == MAP_FAILED ? -errno : 0;
	if (data == MAP_FAILED)
		return NULL;
	if (!(flags & MAP_FIXED)) /* else the reservation below is released */
		keep(f->conf, data, length);
	return data;
}

int conf_munmap(struct conf_file *f, void *address, size_t length)
{
	struct conf *conf = f->conf;

	for (size_t i = 0; i < conf->mapping_count; i++)
		if (conf->mapping[i].data == address && conf->mapping[i].size == length)
			conf->mapping[i] = conf->mapping[--conf->mapping_count];
	return f->transport.munmap(f->transport.user, address, length) ? -errno : 0;
}

void *conf_memory(struct conf *conf, size_t size)
{
	void *data = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (data == MAP_FAILED)
		conf_fail(conf, __FILE__, __LINE__, "no memory");
	keep(conf, data, size);
	return data;
}

uint8_t *conf_reserve(struct conf *conf, size_t size)
{
	const size_t reserved = size + AMDXDNA_HEAP_CHUNK;
	uint8_t *space = mmap(NULL, reserved, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (space == MAP_FAILED)
		conf_fail(conf, __FILE__, __LINE__, "no address space");
	keep(conf, space, reserved);
	return space + (AMDXDNA_HEAP_CHUNK - (uintptr_t)space % AMDXDNA_HEAP_CHUNK) % AMDXDNA_HEAP_CHUNK;
}

/* ---- buffers ---------------------------------------------------------------------------------------------------- */

int conf_create(struct conf_file *f, uint32_t type, uint64_t size, uint32_t *handle)
{
	struct amdxdna_create_bo create = { .size = size, .type = type };
	int result = conf_ioctl(f, AMDXDNA_IOCTL_CREATE_BO, &create);

	if (handle)
		*handle = create.handle;
	return result;
}

int conf_gem_close(struct conf_file *f, uint32_t handle)
{
	struct drm_gem_close close = { .handle = handle };

	return conf_ioctl(f, DRM_IOCTL_GEM_CLOSE, &close);
}

int conf_info(struct conf_file *f, uint32_t handle, struct amdxdna_get_bo_info *info)
{
	*info = (struct amdxdna_get_bo_info){ .handle = handle };
	return conf_ioctl(f, AMDXDNA_IOCTL_GET_BO_INFO, info);
}

void *conf_map(struct conf_file *f, uint32_t handle, size_t size, int *result)
{
	struct amdxdna_get_bo_info info;
	int status = conf_info(f, handle, &info);
	void *data = NULL;

	if (!status)
		data = conf_mmap(f, NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, info.map_offset, &status);
	if (result)
		*result = status;
	return data;
}

uint32_t conf_share(struct conf_file *f, size_t size, void *data)
{
	struct conf *conf = f->conf;
	uint32_t handle;
	void *mapped;

	EXPECT_IS(conf_create(f, AMDXDNA_BO_SHARE, size, &handle), 0);
	mapped = conf_map(f, handle, size, NULL);
	EXPECT(mapped);
	memcpy(data, &mapped, sizeof mapped);
	return handle;
}

int conf_map_heap(struct conf_file *f)
{
	struct amdxdna_get_bo_info info;
	int result = conf_info(f, f->heap, &info);

	if (result)
		return result;
	f->heap_data = conf_mmap(f, conf_reserve(f->conf, AMDXDNA_HEAP_CHUNK), AMDXDNA_HEAP_CHUNK,
	                         PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, info.map_offset, &result);
	return result;
}

uint32_t conf_dev(struct conf_file *f, const void *data, size_t size, uint64_t *npu)
{
	struct conf *conf = f->conf;
	struct amdxdna_get_bo_info info;
	uint32_t handle;

	EXPECT_IS(conf_create(f, AMDXDNA_BO_DEV, size, &handle), 0);
	EXPECT_IS(conf_info(f, handle, &info), 0);
	memcpy((void *)(uintptr_t)info.vaddr, data, size);
	if (npu)
		*npu = info.xdna_addr;
	return handle;
}

/* ---- contexts and commands -------------------------------------------------------------------------------------- */

int conf_context(struct conf_file *f, unsigned columns, struct amdxdna_create_hwctx *context)
{
	const struct amdxdna_qos qos = { .priority = AMDXDNA_PRIORITY_NORMAL,
		                         .user_start_col = AMDXDNA_QOS_NO_START_COLUMN };

	*context = (struct amdxdna_create_hwctx){
		.qos_p = (uintptr_t)&qos,
		.max_opc = AMDXDNA_CLIENT_MAX_OPC,
		.num_tiles = columns * 4,
	};
	return conf_ioctl(f, AMDXDNA_IOCTL_CREATE_HWCTX, context);
}

int conf_destroy_context(struct conf_file *f, uint32_t handle)
{
	struct amdxdna_destroy_hwctx destroy = { .handle = handle };

	return conf_ioctl(f, AMDXDNA_IOCTL_DESTROY_HWCTX, &destroy);
}

int conf_configure(struct conf_file *f, uint32_t context, uint32_t cu_bo)
{
	struct {
		uint16_t num_cus, pad[3];
		struct amdxdna_cu cu[1];
	} block = { .num_cus = 1, .cu = { { .cu_bo = cu_bo } } };
	struct amdxdna_config_hwctx config = {
		.handle = context,
		.param_type = AMDXDNA_CONFIG_CU,
		.param_val = (uintptr_t)&block,
		.param_val_size = sizeof block,
	};

	return conf_ioctl(f, AMDXDNA_IOCTL_CONFIG_HWCTX, &config);
}

void conf_program_of(struct conf_file *f, const struct aie_bytes *pdi, const struct aie_bytes *stream,
                     struct conf_program *program)
{
	struct conf *conf = f->conf;

	EXPECT_IS(conf_context(f, 8, &program->context), 0);
	program->pdi = conf_dev(f, pdi->data, pdi->size, NULL);
	program->instructions = conf_dev(f, stream->data, stream->size, &program->instructions_npu);
	program->instruction_bytes = (uint32_t)stream->size;
	EXPECT_IS(conf_configure(f, program->context.handle, program->pdi), 0);
	program->packet_handle = conf_packet(f, &program->packet);
	conf_start_cu(program->packet, program, NULL, 0);
}

void conf_program(struct conf_file *f, struct conf_program *program)
{
	struct aie_bytes pdi, stream;

	program_noop_pdi(&pdi);
	program_noop_stream(&stream, 8);
	conf_program_of(f, &pdi, &stream, program);
	aie_bytes_free(&pdi);
	aie_bytes_free(&stream);
}

uint32_t conf_packet(struct conf_file *f, uint32_t **packet)
{
	struct conf *conf = f->conf;
	uint32_t handle;

	EXPECT_IS(conf_create(f, AMDXDNA_BO_CMD, AMDXDNA_CMD_BO_BYTES, &handle), 0);
	*packet = conf_map(f, handle, AMDXDNA_CMD_BO_BYTES, NULL);
	EXPECT(*packet);
	return handle;
}

void conf_start_cu(uint32_t *packet, const struct conf_program *program, const uint64_t *arguments, unsigned count)
{
	const uint32_t words = AMDXDNA_KERNEL_BYTES / 4;

	memset(packet + 1, 0, (1 + words) * 4);
	packet[1] = 1;
	packet[2] = AMDXDNA_KERNEL_OPCODE_TRANSACTION;
	packet[4] = (uint32_t)program->instructions_npu;
	packet[5] = (uint32_t)(program->instructions_npu >> 32);
	packet[6] = program->instruction_bytes / 4;
	for (unsigned i = 0; i < count; i++) {
		packet[7 + 2 * i] = (uint32_t)arguments[i];
		packet[8 + 2 * i] = (uint32_t)(arguments[i] >> 32);
	}
	__atomic_store_n(packet,
	                 AMDXDNA_STATE_NEW | (1 + words) << AMDXDNA_PACKET_COUNT_SHIFT |
	                         (uint32_t)AMDXDNA_PACKET_TYPE_CU << AMDXDNA_PACKET_TYPE_SHIFT,
	                 __ATOMIC_RELEASE);
}

int conf_submit(struct conf_file *f, uint32_t context, uint32_t packet, const uint32_t *arguments, uint32_t count,
                uint64_t *seq)
{
	struct amdxdna_exec_cmd exec = {
		.hwctx = context,
		.cmd_handles = packet,
		.args = (uintptr_t)arguments,
		.cmd_count = 1,
		.arg_count = count,
	};
	int result = conf_ioctl(f, AMDXDNA_IOCTL_EXEC_CMD, &exec);

	if (seq)
		*seq = exec.seq;
	return result;
}

int64_t conf_deadline(int ms)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec + (int64_t)ms * 1000000;
}

int conf_wait(struct conf_file *f, uint32_t syncobj, uint64_t point, int ms, uint32_t flags)
{
	struct drm_syncobj_timeline_wait wait = {
		.handles = (uintptr_t)&syncobj,
		.points = (uintptr_t)&point,
		.timeout_nsec = conf_deadline(ms),
		.count_handles = 1,
		.flags = flags,
	};

	return conf_ioctl(f, DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT, &wait);
}

int conf_run(struct conf_file *f, const struct conf_program *program)
{
	uint64_t seq;
	int result = conf_submit(f, program->context.handle, program->packet_handle, NULL, 0, &seq);

	return result ? result : conf_wait(f, program->context.syncobj_handle, seq, 60000, 0);
}

/* ---- queries ---------------------------------------------------------------------------------------------------- */

int conf_get_info(struct conf_file *f, uint32_t param, void *buffer, uint32_t size, uint32_t *returned)
{
	struct amdxdna_get_info args = { param, size, (uintptr_t)buffer };
	int result = conf_ioctl(f, AMDXDNA_IOCTL_GET_INFO, &args);

	if (returned)
		*returned = args.buffer_size;
	return result;
}

int conf_get_array(struct conf_file *f, uint32_t param, void *buffer, uint32_t size, uint32_t count,
                   struct amdxdna_get_array *returned)
{
	struct amdxdna_get_array args = { param, size, count, 0, (uintptr_t)buffer };
	int result = conf_ioctl(f, AMDXDNA_IOCTL_GET_ARRAY, &args);

	if (returned)
		*returned = args;
	return result;
}

int conf_set_state(struct conf_file *f, uint32_t param, unsigned value)
{
	uint8_t block[8] = { (uint8_t)value };
	struct amdxdna_get_info args = { param, sizeof block, (uintptr_t)block };

	return conf_ioctl(f, AMDXDNA_IOCTL_SET_STATE, &args);
}

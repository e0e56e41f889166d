/* The ioctl entry of the software device: a script of requests, mappings, packets and pokes, read from the input.
 *
 * Every input starts with the same state (a heap, a configured context, a program, a packet) on a file of its own and
 * goes on with up to MAX_STEPS steps.  Places in the requests that are pointers get addresses the model may write to,
 * or ones that nobody may: an arbitrary number could be the address of the fuzzer's own memory, which the kernel would
 * write to as well.  Times of waits are in the past, so that nothing blocks.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "driver/client/amdxdna_uapi.h"
#include "driver/transport.h"
#include "sim/drm/drm.h"
#include "tests/drm/program.h"
#include "tests/fuzz/fuzz.h"

enum {
	MAX_STEPS = 48,
	SCRATCH_BYTES = 1 << 16,
	MAX_MAPPINGS = 64,
	MAX_MAPPED_BYTES = 1 << 20,
	ARGUMENT_BYTES = 64,
};

struct script {
	const uint8_t *data;
	size_t size, at;
};

static struct {
	struct aie_drm_device *device;
	struct aie_transport file;
	uint8_t *scratch, *heap;
	struct {
		uint8_t *data;
		size_t size;
	} mapping[MAX_MAPPINGS];
	unsigned mapping_count;
	struct aie_bytes pdi, stream;
	uint32_t context, syncobj, packet, instructions;
	uint32_t *packet_words;
} fuzz;

static uint64_t take(struct script *script, size_t bytes)
{
	uint64_t value = 0;

	for (size_t i = 0; i < bytes && script->at < script->size; i++)
		value |= (uint64_t)script->data[script->at++] << 8 * i;
	return value;
}

static void take_bytes(struct script *script, uint8_t *to, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		to[i] = (uint8_t)take(script, 1);
}

static int call(unsigned long request, void *argument)
{
	return fuzz.file.ioctl(fuzz.file.user, request, argument);
}

/* ---- the state an input starts with ----------------------------------------------------------------------------- */

static void must(bool good, const char *what)
{
	if (good)
		return;
	perror(what);
	abort();
}

static uint32_t create(uint32_t type, uint64_t size)
{
	struct amdxdna_create_bo create = { .size = size, .type = type };

	must(!call(AMDXDNA_IOCTL_CREATE_BO, &create), "CREATE_BO");
	return create.handle;
}

static void *map(uint32_t handle, size_t size, void *at)
{
	struct amdxdna_get_bo_info info = { .handle = handle };
	void *data;

	if (call(AMDXDNA_IOCTL_GET_BO_INFO, &info) || fuzz.mapping_count == MAX_MAPPINGS)
		return NULL;
	data = fuzz.file.mmap(fuzz.file.user, at, size, PROT_READ | PROT_WRITE, MAP_SHARED | (at ? MAP_FIXED : 0),
	                      (off_t)info.map_offset);
	if (data == MAP_FAILED)
		return NULL;
	if (!at) {
		fuzz.mapping[fuzz.mapping_count].data = data;
		fuzz.mapping[fuzz.mapping_count++].size = size;
	}
	return data;
}

static uint32_t device_buffer(const struct aie_bytes *bytes, uint64_t *npu)
{
	struct amdxdna_get_bo_info info = { .handle = create(AMDXDNA_BO_DEV, bytes->size) };

	must(!call(AMDXDNA_IOCTL_GET_BO_INFO, &info), "GET_BO_INFO");
	memcpy(fuzz.heap + (info.xdna_addr - AMDXDNA_HEAP_BASE), bytes->data, bytes->size);
	*npu = info.xdna_addr;
	return info.handle;
}

static void prepare(void)
{
	static const struct amdxdna_qos qos = { .priority = AMDXDNA_PRIORITY_NORMAL };
	struct amdxdna_create_hwctx context = { .qos_p = (uintptr_t)&qos, .num_tiles = 4 };
	struct {
		uint16_t num_cus, pad[3];
		struct amdxdna_cu cu[1];
	} cus = { .num_cus = 1 };
	struct amdxdna_config_hwctx config = { .param_val = (uintptr_t)&cus, .param_val_size = sizeof cus };
	uint64_t npu;
	uint32_t *packet;

	must(!aie_drm_transport_open(fuzz.device, &fuzz.file), "open");
	must(map(create(AMDXDNA_BO_DEV_HEAP, AMDXDNA_HEAP_CHUNK), AMDXDNA_HEAP_CHUNK, fuzz.heap), "mmap of the heap");
	must(!call(AMDXDNA_IOCTL_CREATE_HWCTX, &context), "CREATE_HWCTX");
	fuzz.context = context.handle;
	fuzz.syncobj = context.syncobj_handle;
	cus.cu[0].cu_bo = device_buffer(&fuzz.pdi, &npu);
	config.handle = context.handle;
	must(!call(AMDXDNA_IOCTL_CONFIG_HWCTX, &config), "CONFIG_HWCTX");
	fuzz.instructions = device_buffer(&fuzz.stream, &npu);
	fuzz.packet = create(AMDXDNA_BO_CMD, AMDXDNA_CMD_BO_BYTES);
	packet = fuzz.packet_words = map(fuzz.packet, AMDXDNA_CMD_BO_BYTES, NULL);
	must(packet, "mmap of the packet");
	packet[0] = AMDXDNA_STATE_NEW | 16 << AMDXDNA_PACKET_COUNT_SHIFT | 3U << AMDXDNA_PACKET_TYPE_SHIFT;
	packet[1] = 1;
	packet[2] = AMDXDNA_KERNEL_OPCODE_TRANSACTION;
	packet[4] = (uint32_t)npu;
	packet[6] = (uint32_t)fuzz.stream.size / 4;
	for (unsigned i = 0; i < 2; i++) {
		uint64_t address = (uintptr_t)map(create(AMDXDNA_BO_SHARE, 8192), 8192, NULL);

		packet[7 + 2 * i] = (uint32_t)address;
		packet[8 + 2 * i] = (uint32_t)(address >> 32);
	}
}

static void finish(void)
{
	fuzz.file.close(fuzz.file.user);
	while (fuzz.mapping_count) {
		fuzz.mapping_count--;
		munmap(fuzz.mapping[fuzz.mapping_count].data, fuzz.mapping[fuzz.mapping_count].size);
	}
	/* What the heap was mapped over becomes reserved space again. */
	mmap(fuzz.heap, AMDXDNA_HEAP_CHUNK, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
}

/* ---- requests --------------------------------------------------------------------------------------------------- */

enum kind {
	POINTER, /* 64 bits */
	BUFFER,  /* a handle, 32 bits: mostly of something that is there */
	CONTEXT,
	SYNC,
	PAST,  /* a time, 64 bits */
	ZERO,  /* 32 bits */
	SMALL, /* 32 bits below 32 */
	SIZE,  /* 32 bits: a size that something has, or nearly */
};

struct place {
	uint8_t offset, kind;
};

static const struct request {
	unsigned long request;
	struct place place[6];
	unsigned places;
} requests[] = {
	{ AMDXDNA_IOCTL_CREATE_HWCTX, { { 16, POINTER } }, 1 },
	{ AMDXDNA_IOCTL_DESTROY_HWCTX, { { 0, CONTEXT } }, 1 },
	{ AMDXDNA_IOCTL_CONFIG_HWCTX, { { 0, CONTEXT }, { 4, SMALL }, { 8, POINTER }, { 16, SIZE } }, 4 },
	{ AMDXDNA_IOCTL_CREATE_BO, { { 8, POINTER }, { 16, SIZE }, { 24, SMALL } }, 3 },
	{ AMDXDNA_IOCTL_GET_BO_INFO, { { 16, BUFFER } }, 1 },
	{ AMDXDNA_IOCTL_SYNC_BO, { { 0, BUFFER } }, 1 },
	{ AMDXDNA_IOCTL_EXEC_CMD, { { 16, CONTEXT }, { 24, BUFFER }, { 32, POINTER }, { 44, SMALL } }, 4 },
	{ AMDXDNA_IOCTL_GET_INFO, { { 0, SMALL }, { 4, SIZE }, { 8, POINTER } }, 3 },
	{ AMDXDNA_IOCTL_SET_STATE, { { 0, SMALL }, { 4, SIZE }, { 8, POINTER } }, 3 },
	{ AMDXDNA_IOCTL_GET_ARRAY, { { 0, SMALL }, { 4, SIZE }, { 8, SMALL }, { 16, POINTER } }, 4 },
	{ AMDXDNA_IOCTL_WAIT_CMD, { { 0, CONTEXT } }, 1 },
	{ DRM_IOCTL_VERSION, { { 24, POINTER }, { 40, POINTER }, { 56, POINTER } }, 3 },
	{ DRM_IOCTL_GEM_CLOSE, { { 0, BUFFER } }, 1 },
	{ DRM_IOCTL_GET_CAP, { { 0, SMALL } }, 1 },
	{ DRM_IOCTL_SYNCOBJ_CREATE, { { 0, SMALL } }, 1 },
	{ DRM_IOCTL_SYNCOBJ_DESTROY, { { 0, SYNC } }, 1 },
	{ DRM_IOCTL_SYNCOBJ_WAIT, { { 0, POINTER }, { 8, PAST }, { 16, SMALL }, { 20, SMALL } }, 4 },
	{ DRM_IOCTL_SYNCOBJ_RESET, { { 0, POINTER }, { 8, SMALL } }, 2 },
	{ DRM_IOCTL_SYNCOBJ_SIGNAL, { { 0, POINTER }, { 8, SMALL } }, 2 },
	{ DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT,
	  { { 0, POINTER }, { 8, POINTER }, { 16, PAST }, { 24, SMALL }, { 28, SMALL } },
	  5 },
	{ DRM_IOCTL_SYNCOBJ_QUERY, { { 0, POINTER }, { 8, POINTER }, { 16, SMALL }, { 20, SMALL } }, 4 },
	{ DRM_IOCTL_SYNCOBJ_TIMELINE_SIGNAL, { { 0, POINTER }, { 8, POINTER }, { 16, SMALL } }, 3 },
	/* The flag that waits for a submission would wait for ever. */
	{ DRM_IOCTL_SYNCOBJ_TRANSFER, { { 0, SYNC }, { 4, SYNC }, { 24, ZERO } }, 3 },
	/* Descriptors are made and closed at once by other steps. */
};

static uint64_t pointer(struct script *script)
{
	static const uint64_t bad[] = { 0, 8, 4096, UINT64_MAX, UINT64_MAX - 7, UINT64_C(1) << 63 };
	unsigned choice = (unsigned)take(script, 1);

	if (choice < 32)
		return bad[choice % (sizeof bad / sizeof bad[0])];
	/* Near the end too, so that an array runs out of memory half way. */
	return (uintptr_t)fuzz.scratch +
	       (choice < 64 ? SCRATCH_BYTES - 4 * (choice % 16) : 256 * (size_t)(choice % 128));
}

static uint64_t place_value(struct script *script, enum kind kind)
{
	static const uint32_t sizes[] = { 0,   1,   8,    16,   24,    32,    64,      80,
		                          160, 168, 4096, 8192, 32768, 65536, 1 << 26, UINT32_MAX };
	uint64_t byte;

	switch (kind) {
	case POINTER:
		return pointer(script);
	case BUFFER:
		byte = take(script, 1);
		return byte < 64 ? fuzz.packet : byte < 96 ? fuzz.instructions : byte % 16;
	case CONTEXT:
		byte = take(script, 1);
		return byte < 192 ? fuzz.context : fuzz.context + byte % 4 - 1;
	case SYNC:
		byte = take(script, 1);
		return byte < 128 ? fuzz.syncobj : byte % 8;
	case SMALL:
		return take(script, 1) % 32;
	case SIZE:
		byte = take(script, 1);
		return sizes[byte % 16] + (byte < 128 ? 0 : byte % 3 - 1);
	default:
		return 0;
	}
}

static size_t place_bytes(enum kind kind)
{
	return kind == POINTER || kind == PAST ? 8 : 4;
}

/* User memory must be the fuzzer's scratch: make the table that a pointer may lead to so. */
static void tame_tables(void)
{
	for (size_t at = 0; at + 24 <= SCRATCH_BYTES; at += 256) {
		struct amdxdna_va_entry entry;

		for (size_t i = at + 8; i + sizeof entry <= at + 256; i += sizeof entry) {
			memcpy(&entry, fuzz.scratch + i, sizeof entry);
			entry.vaddr = entry.vaddr % 16 ? (uintptr_t)fuzz.scratch + entry.vaddr % 32 * 2048
			                               : entry.vaddr % 65536;
			entry.len = entry.len % 65536;
			memcpy(fuzz.scratch + i, &entry, sizeof entry);
		}
	}
}

static void do_request(struct script *script)
{
	const struct request *request = &requests[take(script, 1) % (sizeof requests / sizeof requests[0])];
	uint8_t argument[ARGUMENT_BYTES] = { 0 };
	unsigned given = (unsigned)take(script, 1);
	unsigned long number = request->request;

	/* Mostly zeros with a few bytes of the input: what must be zero is, most of the time. */
	for (unsigned i = given % 8; i; i--) {
		uint8_t at = (uint8_t)(take(script, 1) % ARGUMENT_BYTES);

		argument[at] = (uint8_t)take(script, 1);
	}
	for (unsigned i = 0; i < request->places; i++) {
		uint64_t value = place_value(script, (enum kind)request->place[i].kind);

		memcpy(argument + request->place[i].offset, &value, place_bytes((enum kind)request->place[i].kind));
	}
	if (number == AMDXDNA_IOCTL_EXEC_CMD && given < 224)
		argument[40] = 1; /* one command */
	if (number == AMDXDNA_IOCTL_CREATE_BO && take(script, 1) < 192)
		memset(argument + 8, 0, 8);
	if (number == AMDXDNA_IOCTL_CREATE_BO)
		tame_tables();
	if (given >= 240) /* another size than ours */
		number = (number & ~((unsigned long)_IOC_SIZEMASK << _IOC_SIZESHIFT)) |
		         (unsigned long)(given % ARGUMENT_BYTES) << _IOC_SIZESHIFT;
	call(number, argument);
}

/* Descriptors: exported, imported, closed. */
static void do_descriptor(struct script *script)
{
	struct drm_prime_handle prime = { .handle = (uint32_t)place_value(script, BUFFER),
		                          .flags = DRM_CLOEXEC | DRM_RDWR };
	struct drm_syncobj_handle sync = { .handle = (uint32_t)place_value(script, SYNC) };

	prime.flags ^= (uint32_t)take(script, 1) & 3;
	if (!call(DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime)) {
		struct amdxdna_va_table table = { .dmabuf_fd = prime.fd };
		struct amdxdna_create_bo create = { .vaddr = (uintptr_t)&table, .type = AMDXDNA_BO_SHARE };

		call(DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime);
		call(AMDXDNA_IOCTL_CREATE_BO, &create);
		close(prime.fd);
	}
	sync.flags = (uint32_t)take(script, 1) % 3;
	if (!call(DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, &sync)) {
		sync.flags = (uint32_t)take(script, 1) % 3;
		call(DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE, &sync);
		close(sync.fd);
	}
}

static void do_mapping(struct script *script)
{
	uint64_t byte = take(script, 1);
	struct amdxdna_get_bo_info info = { .handle = (uint32_t)place_value(script, BUFFER) };
	unsigned index;

	if (byte < 160) {
		map(info.handle, (size_t)(1 + take(script, 2) * 16) % MAX_MAPPED_BYTES, NULL);
		return;
	}
	if (!fuzz.mapping_count)
		return;
	index = (unsigned)take(script, 1) % fuzz.mapping_count;
	if ((uint32_t *)(void *)fuzz.mapping[index].data == fuzz.packet_words)
		return; /* the steps below write there */
	fuzz.file.munmap(fuzz.file.user, fuzz.mapping[index].data, fuzz.mapping[index].size);
	fuzz.mapping[index] = fuzz.mapping[--fuzz.mapping_count];
}

static void do_poke(struct script *script)
{
	uint64_t where = take(script, 1), at = take(script, 2);
	uint32_t value = (uint32_t)take(script, 4);

	if (where < 128)
		fuzz.packet_words[at % 64] = value;
	else if (where < 224) /* image and instructions stand at the bottom of the heap, behind the rings */
		memcpy(fuzz.heap + 4 * 0x8000 + at % 0x10000 / 4 * 4, &value, sizeof value);
	else
		memcpy(fuzz.scratch + at % (SCRATCH_BYTES - 4), &value, sizeof value);
}

static void do_submit(struct script *script)
{
	struct amdxdna_exec_cmd exec = { .hwctx = fuzz.context, .cmd_handles = fuzz.packet, .cmd_count = 1 };
	uint64_t point = 0;
	struct drm_syncobj_timeline_wait wait = { .handles = (uintptr_t)&fuzz.syncobj,
		                                  .points = (uintptr_t)&point,
		                                  .timeout_nsec = INT64_MAX,
		                                  .count_handles = 1 };

	if (call(AMDXDNA_IOCTL_EXEC_CMD, &exec) || take(script, 1) < 64)
		return;
	/* A command comes to an end, whatever it does. */
	point = exec.seq;
	call(DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT, &wait);
}

/* A table of the fuzzer's own pages, good or a little wrong. */
static void do_user_memory(struct script *script)
{
	struct {
		struct amdxdna_va_table head;
		struct amdxdna_va_entry entry[3];
	} table = { .head = { .num_entries = 1 + (uint32_t)take(script, 1) % 3 } };
	struct amdxdna_create_bo create = { .vaddr = (uintptr_t)&table, .type = AMDXDNA_BO_SHARE };
	uint64_t at = take(script, 1) % 12 * 4096;

	for (unsigned i = 0; i < 3; i++) {
		uint64_t pages = take(script, 1);

		table.entry[i] = (struct amdxdna_va_entry){ (uintptr_t)fuzz.scratch + at, pages % 3 * 4096 };
		if (pages >= 192)
			table.entry[i].len += pages;
		at += table.entry[i].len;
		if (pages >= 224)
			at += 4096;
	}
	call(AMDXDNA_IOCTL_CREATE_BO, &create);
}

/* The packet becomes a list of copies of what it was, or of whatever the handles are. */
static void do_chain(struct script *script)
{
	uint32_t first = create(AMDXDNA_BO_CMD, AMDXDNA_CMD_BO_BYTES), *words = map(first, AMDXDNA_CMD_BO_BYTES, NULL);
	unsigned count = 1 + (unsigned)take(script, 1) % 40;

	if (!words)
		return;
	memcpy(words, fuzz.packet_words, 256);
	fuzz.packet_words[0] = AMDXDNA_STATE_NEW | (6 + 2 * count) << AMDXDNA_PACKET_COUNT_SHIFT |
	                       (uint32_t)AMDXDNA_OPCODE_CHAIN << AMDXDNA_PACKET_OPCODE_SHIFT;
	memset(fuzz.packet_words + 1, 0, 6 * sizeof(uint32_t));
	fuzz.packet_words[1] = count;
	for (unsigned i = 0; i < count; i++) {
		uint64_t byte = take(script, 1);

		fuzz.packet_words[7 + 2 * i] = byte < 240 ? first : (uint32_t)byte % 8;
		fuzz.packet_words[8 + 2 * i] = 0;
	}
}

static void start(void)
{
	struct aie_error error;
	uint8_t *space;

	program_loop_pdi(&fuzz.pdi, PROGRAM_GOOD);
	program_loop_stream(&fuzz.stream, PROGRAM_BUFFER_WORDS);
	/* A short watchdog: hangs are made by the thousand here. */
	fuzz.device = aie_drm_device_create(":npu4,firmware_watchdog_us=50", &error);
	must(fuzz.device, "device");
	fuzz.scratch = mmap(NULL, SCRATCH_BYTES + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must(fuzz.scratch != MAP_FAILED && !munmap(fuzz.scratch + SCRATCH_BYTES, 4096), "scratch memory");
	space = mmap(NULL, 2 * AMDXDNA_HEAP_CHUNK, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	must(space != MAP_FAILED, "address space");
	fuzz.heap = space + (AMDXDNA_HEAP_CHUNK - (uintptr_t)space % AMDXDNA_HEAP_CHUNK) % AMDXDNA_HEAP_CHUNK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct script script = { data, size, 0 };

	if (!fuzz.device)
		start();
	prepare();
	take_bytes(&script, fuzz.scratch, 64);
	for (unsigned i = 0; i < MAX_STEPS && script.at < size; i++) {
		uint64_t step = take(&script, 1);

		if (step < 128)
			do_request(&script);
		else if (step < 144)
			do_descriptor(&script);
		else if (step < 160)
			do_mapping(&script);
		else if (step < 168)
			do_user_memory(&script);
		else if (step < 172)
			do_chain(&script);
		else if (step < 224)
			do_poke(&script);
		else
			do_submit(&script);
	}
	finish();
	return 0;
}

/* Scripts: submissions; every request once; pokes into packet and image with submissions between them. */
size_t aie_fuzz_seed(unsigned index, uint8_t *data, size_t capacity)
{
	size_t size = 0;

	if (index > 4 || capacity < 512)
		return 0;
	memset(data, 0, 512);
	size = 64;
	for (unsigned i = 0; i < 40; i++) {
		if (index == 1) {
			data[size] = 1; /* a request */
			data[size + 1] = (uint8_t)i;
			memset(data + size + 3, 0x50, 5);
			size += 8;
		} else if (index == 4) {
			data[size] = 1; /* every query and setting */
			data[size + 1] = i < 16 ? 7 : i < 32 ? 9 : 8;
			data[size + 3] = (uint8_t)(i % 16);
			data[size + 4] = i < 16 ? 11 : 8; /* size: 8192, 160 */
			data[size + 5] = i < 16 ? 0x50 : 1;
			data[size + 6] = 0x50;
			size += i < 16 || i >= 32 ? 6 : 7;
		} else if (index == 3 && i % 3) {
			data[size] = i % 3 == 1 ? 165 : 170; /* user memory, a list */
			data[size + 1] = 1;
			data[size + 2] = (uint8_t)(i % 10);
			data[size + 3] = 1;
			size += i % 3 == 1 ? 6 : 4;
		} else if (index == 2 && i % 2) {
			data[size] = 180;                       /* a poke */
			data[size + 1] = (uint8_t)(i % 4 * 60); /* packet or heap */
			data[size + 2] = (uint8_t)i;
			size += 8;
		} else {
			data[size] = 255; /* a submission, waited for */
			data[size + 1] = 255;
			size += 2;
		}
	}
	return size;
}

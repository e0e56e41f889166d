/* An independent client of the amdxdna interface: libdrm, system calls, and structures written down here from the
 * published description, nothing of this project.
 *
 *   raw_client NODE PREFIX Y [REPEAT]
 *
 * runs the GEMV image that `aie-run gemv-int4 --save PREFIX --out Y` left (PREFIX.xclbin, PREFIX.insts.bin,
 * PREFIX.weights.bin, PREFIX.x.bin) on NODE and compares the result with Y.  REPEAT runs it that many times and prints
 * "ready" after the first.  Exit status: 0 equal, 1 different, 3 anything else.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <xf86drm.h>

/* ---- the interface -------------------------------------------------------------------------- */

struct create_hwctx {
	uint64_t ext, ext_flags, qos;
	uint32_t umq_bo, log_bo, max_opc, num_tiles, mem_size, doorbell, handle, syncobj;
};
struct destroy_hwctx {
	uint32_t handle, pad;
};
struct config_hwctx {
	uint32_t handle, type;
	uint64_t value;
	uint32_t size, pad;
};
struct create_bo {
	uint64_t flags, vaddr, size;
	uint32_t type, handle;
};
struct bo_info {
	uint64_t ext, ext_flags;
	uint32_t handle, pad;
	uint64_t map_offset, vaddr, npu;
};
struct exec_cmd {
	uint64_t ext, ext_flags;
	uint32_t hwctx, type;
	uint64_t cmd, args;
	uint32_t cmd_count, arg_count;
	uint64_t seq;
};
struct get_info {
	uint32_t param, size;
	uint64_t buffer;
};
struct metadata {
	uint32_t col_size;
	uint16_t cols, rows;
	uint32_t major, minor;
	struct {
		uint16_t row_count, row_start, channels, locks, events, pad[3];
	} core, mem, shim;
};
struct cu_block {
	uint16_t count, pad[3];
	uint32_t bo;
	uint8_t function, pad1[3];
};

#define CREATE_HWCTX  0xC0386440UL
#define DESTROY_HWCTX 0xC0086441UL
#define CONFIG_HWCTX  0xC0186442UL
#define CREATE_BO     0xC0206443UL
#define GET_BO_INFO   0xC0306444UL
#define EXEC_CMD      0xC0386446UL
#define GET_INFO      0xC0106447UL
#define HEAP_BYTES    0x4000000UL
#define ALL_ONES      UINT64_MAX

enum { BO_SHARE = 1, BO_HEAP, BO_DEV, BO_CMD };

/* ---- errors and files ----------------------------------------------------------------------- */

static _Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

static _Noreturn void fail(const char *format, ...)
{
	va_list arguments;

	fputs("raw_client: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	exit(3);
}

struct file {
	uint8_t *data;
	size_t size;
};

static struct file read_file(const char *prefix, const char *suffix)
{
	struct file file = { 0 };
	struct stat status;
	char path[4096];
	FILE *stream;

	snprintf(path, sizeof path, "%s%s", prefix, suffix);
	stream = fopen(path, "rb");
	if (!stream || fstat(fileno(stream), &status))
		fail("%s: %s", path, strerror(errno));
	file.size = (size_t)status.st_size;
	file.data = malloc(file.size + 1);
	if (!file.data || fread(file.data, 1, file.size, stream) != file.size)
		fail("%s: cannot read", path);
	fclose(stream);
	return file;
}

static uint64_t get(const struct file *file, size_t offset, unsigned bytes)
{
	uint64_t value = 0;

	if (offset > file->size || bytes > file->size - offset)
		fail("file of %zu bytes has nothing at %zu", file->size, offset);
	for (unsigned i = 0; i < bytes; i++)
		value |= (uint64_t)file->data[offset + i] << 8 * i;
	return value;
}

/* The first PDI of the AIE_PARTITION section (kind 32), and the partition's columns. */
static struct file find_pdi(const struct file *xclbin, unsigned *columns)
{
	unsigned sections = (unsigned)get(xclbin, 0x1C0, 4);

	if (memcmp(xclbin->data, "xclbin2", 8) != 0)
		fail("not an xclbin");
	for (unsigned i = 0; i < sections; i++) {
		size_t header = 0x1C8 + 40 * (size_t)i;
		struct file section, pdi;
		size_t entry;

		if (get(xclbin, header, 4) != 32)
			continue;
		section.data = xclbin->data + get(xclbin, header + 24, 8);
		section.size = get(xclbin, header + 32, 8);
		if (get(xclbin, header + 24, 8) > xclbin->size ||
		    section.size > xclbin->size - get(xclbin, header + 24, 8))
			fail("AIE_PARTITION outside the file");
		*columns = (unsigned)get(&section, 0x20, 2);
		entry = get(&section, 0x7C, 4);
		pdi.size = get(&section, entry + 0x10, 4);
		pdi.data = section.data + get(&section, entry + 0x14, 4);
		if (get(&section, entry + 0x14, 4) + pdi.size > section.size)
			fail("PDI outside its section");
		return pdi;
	}
	fail("no AIE_PARTITION");
}

/* ---- device --------------------------------------------------------------------------------- */

static int node;

static void call(unsigned long request, void *argument, const char *name)
{
	int result;

	do
		result = ioctl(node, request, argument);
	while (result && errno == EINTR);
	if (result)
		fail("%s: %s", name, strerror(errno));
}

struct buffer {
	uint32_t handle;
	uint64_t npu;
	uint8_t *data;
	size_t size;
};

static uint8_t *heap_data;
static uint64_t heap_npu;

static struct bo_info info_of(uint32_t handle)
{
	struct bo_info info = { .handle = handle };

	call(GET_BO_INFO, &info, "GET_BO_INFO");
	return info;
}

static uint32_t create_heap(void)
{
	struct create_bo create = { .size = HEAP_BYTES, .type = BO_HEAP };
	struct bo_info info;
	uintptr_t space, start;

	call(CREATE_BO, &create, "CREATE_BO heap");
	info = info_of(create.handle);
	space = (uintptr_t)mmap(NULL, 2 * HEAP_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	start = (space + HEAP_BYTES - 1) & ~(HEAP_BYTES - 1);
	heap_data = mmap((void *)start, HEAP_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, node,
	                 (off_t)info.map_offset);
	if (heap_data == MAP_FAILED)
		fail("mmap heap: %s", strerror(errno));
	heap_npu = info.npu;
	return create.handle;
}

static struct buffer create_buffer(uint32_t type, const void *data, size_t size)
{
	struct create_bo create = { .size = size, .type = type };
	struct buffer buffer = { .size = size };
	struct bo_info info;

	call(CREATE_BO, &create, "CREATE_BO");
	buffer.handle = create.handle;
	info = info_of(create.handle);
	if (type == BO_DEV) {
		buffer.npu = info.npu;
		buffer.data = heap_data + (info.npu - heap_npu);
	} else {
		buffer.data = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, node, (off_t)info.map_offset);
		if (buffer.data == MAP_FAILED)
			fail("mmap: %s", strerror(errno));
		info = info_of(create.handle);
		buffer.npu = info.npu == ALL_ONES ? (uintptr_t)buffer.data : info.npu;
	}
	if (data)
		memcpy(buffer.data, data, size);
	return buffer;
}

static void destroy_buffer(const struct buffer *buffer, int mapped)
{
	if (mapped && munmap(buffer->data, buffer->size))
		fail("munmap: %s", strerror(errno));
	if (drmCloseBufferHandle(node, buffer->handle))
		fail("GEM_CLOSE: %s", strerror(errno));
}

static void put_address(uint32_t *word, uint64_t address)
{
	word[0] = (uint32_t)address;
	word[1] = (uint32_t)(address >> 32);
}

static int64_t in_seconds(int seconds)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return ((int64_t)now.tv_sec + seconds) * 1000000000 + now.tv_nsec;
}

static void run(uint32_t context, uint32_t syncobj, const struct buffer *packet, const struct buffer *instructions,
                const struct buffer *argument, unsigned arguments)
{
	uint32_t *word = (uint32_t *)(void *)packet->data, handles[4], first;
	struct exec_cmd exec = { .hwctx = context, .cmd = packet->handle, .args = (uintptr_t)handles, .cmd_count = 1 };
	const uint32_t payload = 15;

	handles[exec.arg_count++] = instructions->handle;
	memset(word, 0, 4096);
	word[1] = 1;
	put_address(word + 2, 3);
	put_address(word + 4, instructions->npu);
	word[6] = (uint32_t)(instructions->size / 4);
	for (unsigned i = 0; i < arguments; i++) {
		put_address(word + 7 + 2 * i, argument[i].npu);
		handles[exec.arg_count++] = argument[i].handle;
	}
	word[0] = 1 | (1 + payload) << 12 | 3U << 28;
	call(EXEC_CMD, &exec, "EXEC_CMD");
	if (drmSyncobjTimelineWait(node, &syncobj, &exec.seq, 1, in_seconds(60), 0, &first))
		fail("wait: %s", strerror(errno));
	if ((word[0] & 15) != 4)
		fail("command ended in state %u", word[0] & 15);
}

static void check_driver(void)
{
	drmVersionPtr version = drmGetVersion(node);

	if (!version || strcmp(version->name, "amdxdna_accel_driver") != 0)
		fail("not the amdxdna driver");
	drmFreeVersion(version);
}

int main(int argc, char **argv)
{
	struct file xclbin, insts, weights, x, expected, pdi;
	uint32_t qos[8] = { [5] = 0x200, [6] = 0xFF }, heap;
	struct metadata metadata = { 0 };
	struct get_info info = { .param = 1, .size = sizeof metadata, .buffer = (uintptr_t)&metadata };
	struct create_hwctx context = { .qos = (uintptr_t)qos, .max_opc = 2048 };
	struct destroy_hwctx destroy = { 0 };
	struct buffer image, instructions, packet, argument[3];
	struct cu_block cus = { .count = 1 };
	struct config_hwctx config = { .value = (uintptr_t)&cus, .size = sizeof cus };
	long repeat = argc > 4 ? strtol(argv[4], NULL, 10) : 1;
	unsigned columns = 0;
	int different = 0;

	if (argc < 4)
		fail("usage: raw_client NODE PREFIX Y [REPEAT]");
	xclbin = read_file(argv[2], ".xclbin");
	insts = read_file(argv[2], ".insts.bin");
	weights = read_file(argv[2], ".weights.bin");
	x = read_file(argv[2], ".x.bin");
	expected = read_file(argv[3], "");
	pdi = find_pdi(&xclbin, &columns);

	node = open(argv[1], O_RDWR | O_CLOEXEC);
	if (node < 0)
		fail("%s: %s", argv[1], strerror(errno));
	check_driver();
	heap = create_heap();
	call(GET_INFO, &info, "GET_INFO");
	context.num_tiles = columns * metadata.core.row_count;
	call(CREATE_HWCTX, &context, "CREATE_HWCTX");
	image = create_buffer(BO_DEV, pdi.data, pdi.size);
	cus.bo = image.handle;
	config.handle = context.handle;
	call(CONFIG_HWCTX, &config, "CONFIG_HWCTX");
	instructions = create_buffer(BO_DEV, insts.data, insts.size);
	argument[0] = create_buffer(BO_SHARE, weights.data, weights.size);
	argument[1] = create_buffer(BO_SHARE, x.data, x.size);
	argument[2] = create_buffer(BO_SHARE, NULL, expected.size);
	packet = create_buffer(BO_CMD, NULL, 4096);

	for (long i = 0; i < repeat; i++) {
		memset(argument[2].data, 0xA5, expected.size);
		run(context.handle, context.syncobj, &packet, &instructions, argument, 3);
		if (memcmp(argument[2].data, expected.data, expected.size) != 0)
			different = 1;
		if (!i && repeat > 1) {
			puts("ready");
			fflush(stdout);
		}
	}

	destroy.handle = context.handle;
	call(DESTROY_HWCTX, &destroy, "DESTROY_HWCTX");
	if (drmSyncobjDestroy(node, context.syncobj))
		fail("SYNCOBJ_DESTROY: %s", strerror(errno));
	for (unsigned i = 0; i < 3; i++)
		destroy_buffer(&argument[i], 1);
	destroy_buffer(&packet, 1);
	destroy_buffer(&instructions, 0);
	destroy_buffer(&image, 0);
	if (munmap(heap_data, HEAP_BYTES) || drmCloseBufferHandle(node, heap) || close(node))
		fail("closing: %s", strerror(errno));
	free(xclbin.data);
	free(insts.data);
	free(weights.data);
	free(x.data);
	free(expected.data);
	puts(different ? "different" : "equal");
	return different;
}

#include "tests/image/samples.h"

#include <stdlib.h>
#include <string.h>

#include "driver/image/control_elf.h"
#include "driver/image/core_elf.h"
#include "driver/image/pdi.h"
#include "driver/image/registers.h"
#include "driver/image/txn.h"
#include "driver/image/xclbin.h"

const char *sample_name(enum sample sample)
{
	static const char *const names[SAMPLES] = {
		[SAMPLE_CDO] = "sample.cdo",
		[SAMPLE_PDI] = "sample.pdi",
		[SAMPLE_XCLBIN] = "sample.xclbin",
		[SAMPLE_TXN] = "insts.bin",
		[SAMPLE_TXN_SHORT] = "insts-1.0.bin",
		[SAMPLE_TXN_TEXT] = "insts.txt",
		[SAMPLE_CORE_ELF] = "core_0_2.elf",
		[SAMPLE_CONTROL_ELF] = "insts.elf",
		[SAMPLE_CONTROL_ELF_FULL] = "full.elf",
	};

	return names[sample];
}

static void need(int result)
{
	if (result)
		abort();
}

static void make_core_elf(struct aie_bytes *bytes)
{
	static const uint8_t code[40] = { 0, 0, 1, 2, 3 }, data[13] = { 9, 8, 7 };
	static const struct aie_core_elf_segment segments[] = {
		{ 0, code, sizeof code, sizeof code },
		{ 0x70405, data, sizeof data, 36 },
		{ 0x6FFF8, data, sizeof data, sizeof data },
	};
	struct aie_error error;

	need(aie_core_elf_write(segments, 3, bytes, &error));
}

static void make_cdo(struct aie_bytes *bytes)
{
	static const uint32_t words[260] = { 1, 2, 3 };
	struct aie_cdo_builder builder;
	struct aie_core_elf elf;
	struct aie_error error;
	struct aie_bytes core;

	make_core_elf(&core);
	need(aie_core_elf_open(&elf, core.data, core.size, false, &error));
	aie_cdo_begin(&builder);
	need(aie_core_elf_to_cdo(&elf, 0, 2, 2, &builder, &error));
	aie_cdo_core_reset(&builder, 0, 2);
	aie_cdo_write32(&builder, aie_tile_address(0, 2, AIE_MEM_LOCK_VALUE), 1);
	aie_cdo_block_write(&builder, aie_tile_address(1, 1, 0x1000), words, 260);
	aie_cdo_core_enable(&builder, 0, 2);
	need(aie_cdo_finish(&builder, bytes, &error));
	aie_core_elf_close(&elf);
	aie_bytes_free(&core);
}

static void make_pdi(struct aie_bytes *bytes)
{
	struct aie_error error;
	struct aie_bytes cdo;

	make_cdo(&cdo);
	need(aie_pdi_write(cdo.data, cdo.size, bytes, &error));
	aie_bytes_free(&cdo);
}

static void make_xclbin(struct aie_bytes *bytes)
{
	struct aie_xclbin_new_kernel kernel = { 0 };
	struct aie_xclbin_new request = {
		.columns = 2, .time_stamp = 1, .pdi_count = 1, .kernel = &kernel, .kernel_count = 1
	};
	struct aie_error error;
	struct aie_bytes pdi;

	make_pdi(&pdi);
	request.pdi = &pdi;
	need(aie_xclbin_write(&request, bytes, &error));
	aie_bytes_free(&pdi);
}

static void make_txn(struct aie_bytes *bytes, enum aie_txn_version version)
{
	static const uint32_t descriptor[8] = { 0x800, 0, 0, 0, 0x80000000, 0x02000000, 0, 0x02000000 };
	static const uint32_t registers[2] = { 0x1D220, 0 };
	static const struct aie_operation others[] = {
		{ .kind = AIE_OPERATION_NOP },
		{ .kind = AIE_OPERATION_PREEMPT, .value = 1 },
		{ .kind = AIE_OPERATION_LOAD_PDI, .value = 1, .pdi_size = 4096, .pdi_address = 0x4000000 },
		{ .kind = AIE_OPERATION_LOAD_PM, .value = 5, .count = 1 },
		{ .kind = AIE_OPERATION_UPDATE_REG, .index = 4, .function = 2, .value = 8, .address = 0x1D004 },
		{ .kind = AIE_OPERATION_READ_REGS, .count = 1, .words = registers },
		{ .kind = AIE_OPERATION_MERGE_SYNC, .value = 4, .columns = 2 },
	};
	struct aie_txn_builder builder;
	struct aie_error error;

	aie_txn_begin(&builder, version, AIE_TXN_NPU2, 2);
	aie_txn_block_write(&builder, 0x1D000, descriptor, 8);
	aie_txn_ddr_patch(&builder, 0x1D004, 0, 64);
	aie_txn_mask_write32(&builder, 0x1D200, 0x1F00, 0x0F00);
	aie_txn_write32(&builder, 0x1D204, 0x80000000);
	aie_txn_sync(&builder, 0, 0, false, 0, 1, 1);
	aie_txn_mask_poll(&builder, aie_tile_address(0, 2, AIE_CORE_CORE_STATUS), 1 << 20, 1 << 20);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		aie_txn_append(&builder, &others[i]);
	need(aie_txn_finish(&builder, bytes, &error));
}

static void make_control_elf(struct aie_bytes *bytes, bool full)
{
	static const uint32_t descriptor[8] = { 0x800, 0, 0, 0, 0x80000000, 0x02000000, 0, 0x02000000 };
	static const struct aie_operation load = { .kind = AIE_OPERATION_LOAD_PDI, .pdi_size = 64 };
	static const char *const names[1] = { "run" };
	struct aie_control_elf_new request = { .instance_count = 1, .columns = 2 };
	struct aie_txn_builder builder;
	struct aie_bytes stream, pdi;
	struct aie_error error;

	make_pdi(&pdi);
	aie_txn_begin(&builder, AIE_TXN_V0_1, AIE_TXN_NPU2, 2);
	if (full)
		aie_txn_append(&builder, &load);
	aie_txn_block_write(&builder, 0x1D000, descriptor, 8);
	aie_txn_ddr_patch(&builder, 0x1D004, 0, 64);
	aie_txn_write32(&builder, 0x1D204, 0x80000000);
	need(aie_txn_finish(&builder, &stream, &error));
	request.stream = &stream;
	if (full) {
		request.kernel = "main";
		request.instance = names;
		request.argument_count = 3;
		request.pdi = &pdi;
		request.pdi_count = 1;
	}
	need(aie_control_elf_write(&request, bytes, &error));
	aie_bytes_free(&stream);
	aie_bytes_free(&pdi);
}

void sample_make(enum sample sample, struct aie_bytes *bytes)
{
	struct aie_error error;
	struct aie_bytes binary;

	switch (sample) {
	case SAMPLE_CDO:
		make_cdo(bytes);
		break;
	case SAMPLE_PDI:
		make_pdi(bytes);
		break;
	case SAMPLE_XCLBIN:
		make_xclbin(bytes);
		break;
	case SAMPLE_TXN:
		make_txn(bytes, AIE_TXN_V0_1);
		break;
	case SAMPLE_TXN_SHORT:
		make_txn(bytes, AIE_TXN_V1_0);
		break;
	case SAMPLE_TXN_TEXT:
		make_txn(&binary, AIE_TXN_V0_1);
		need(aie_txn_to_text(binary.data, binary.size, bytes, &error));
		aie_bytes_free(&binary);
		break;
	case SAMPLE_CORE_ELF:
		make_core_elf(bytes);
		break;
	case SAMPLE_CONTROL_ELF:
	case SAMPLE_CONTROL_ELF_FULL:
		make_control_elf(bytes, sample == SAMPLE_CONTROL_ELF_FULL);
		break;
	case SAMPLES:
		abort();
	}
}

/* Touch everything an operation points to, as a user would. */
static uint32_t touch(const struct aie_operation *operation)
{
	uint32_t sum = operation->value,
	         words = operation->kind == AIE_OPERATION_READ_REGS ? 2 * operation->count : operation->count;
	char text[256];

	if (operation->words)
		for (uint32_t i = 0; i < words; i++)
			sum += operation->words[i];
	return sum + (uint32_t)aie_operation_print(operation, text, sizeof text);
}

static volatile uint32_t sink;

static void walk_cdo(const struct aie_cdo *cdo)
{
	struct aie_cdo_cursor cursor = { 0 };
	struct aie_operation operation;
	size_t count = 0;

	while (aie_cdo_next(cdo, &cursor, &operation)) {
		sink += touch(&operation);
		count++;
	}
	if (count != cdo->operations) /* what was checked is what is walked */
		abort();
}

static int read_pdi(const void *data, size_t size, unsigned columns, struct aie_error *error)
{
	struct aie_pdi pdi;

	if (aie_pdi_open(&pdi, data, size, columns, error))
		return -1;
	walk_cdo(&pdi.cdo);
	aie_pdi_close(&pdi);
	return 0;
}

static int read_xclbin(const void *data, size_t size, struct aie_error *error)
{
	struct aie_xclbin xclbin;
	int result = 0;

	if (aie_xclbin_open(&xclbin, data, size, 8, error))
		return -1;
	for (uint32_t i = 0; i < xclbin.kernel_count; i++) {
		const struct aie_xclbin_kernel *kernel = &xclbin.kernel[i];

		if (kernel->pdi >= xclbin.pdi_count)
			abort();
		for (uint32_t j = 0; j < kernel->argument_count; j++)
			if (kernel->argument[j].offset + kernel->argument[j].size > kernel->register_map_bytes)
				abort();
	}
	for (uint32_t i = 0; i < xclbin.pdi_count && !result; i++)
		result = read_pdi(xclbin.pdi[i].data, xclbin.pdi[i].size, xclbin.columns, error);
	aie_xclbin_close(&xclbin);
	return result;
}

static int read_txn(const void *data, size_t size, struct aie_error *error)
{
	struct aie_operation operation;
	size_t position = 0;
	uint32_t count = 0;
	struct aie_bytes bytes;
	struct aie_txn txn;
	int result;

	if (aie_txn_from_file(data, size, &bytes, error))
		return -1;
	result = aie_txn_open(&txn, bytes.data, bytes.size, NULL, error);
	aie_bytes_free(&bytes);
	if (result)
		return -1;
	while (aie_txn_next(&txn, &position, &operation)) {
		sink += touch(&operation);
		count++;
	}
	if (count != txn.operations)
		abort();
	aie_txn_close(&txn);
	return 0;
}

static int read_core_elf(const void *data, size_t size, struct aie_error *error)
{
	struct aie_cdo_builder builder;
	struct aie_core_elf elf;
	struct aie_bytes cdo;

	if (aie_core_elf_open(&elf, data, size, true, error))
		return -1;
	aie_cdo_begin(&builder);
	if (aie_core_elf_to_cdo(&elf, 1, 3, 2, &builder, error)) {
		aie_cdo_abandon(&builder);
		aie_core_elf_close(&elf);
		return -1;
	}
	aie_core_elf_close(&elf);
	if (aie_cdo_finish(&builder, &cdo, error))
		return -1;
	aie_bytes_free(&cdo);
	return 0;
}

static int read_control_elf(const void *data, size_t size, struct aie_error *error)
{
	struct aie_control_elf elf;
	uint8_t *copy;

	if (aie_control_elf_open(&elf, data, size, error))
		return -1;
	for (uint32_t i = 0; i < elf.patch_count; i++) {
		const struct aie_control_elf_section *section = &elf.section[elf.patch[i].section];

		copy = malloc(section->size);
		if (!copy)
			abort();
		memcpy(copy, section->data, section->size);
		aie_control_elf_apply(&elf.patch[i], UINT64_C(0x123456789ABC), copy);
		sink += copy[0];
		free(copy);
	}
	aie_control_elf_close(&elf);
	return 0;
}

int sample_read(enum sample sample, const void *data, size_t size, struct aie_error *error)
{
	struct aie_cdo cdo;

	switch (sample) {
	case SAMPLE_CDO:
		if (aie_cdo_open(&cdo, data, size, 2, error))
			return -1;
		walk_cdo(&cdo);
		aie_cdo_close(&cdo);
		return 0;
	case SAMPLE_PDI:
		return read_pdi(data, size, 2, error);
	case SAMPLE_XCLBIN:
		return read_xclbin(data, size, error);
	case SAMPLE_TXN:
	case SAMPLE_TXN_SHORT:
	case SAMPLE_TXN_TEXT:
		return read_txn(data, size, error);
	case SAMPLE_CORE_ELF:
		return read_core_elf(data, size, error);
	case SAMPLE_CONTROL_ELF:
	case SAMPLE_CONTROL_ELF_FULL:
		return read_control_elf(data, size, error);
	case SAMPLES:
		break;
	}
	abort();
}

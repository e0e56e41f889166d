#include "tests/tools/foreign.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- bytes ------------------------------------------------------------------------------------------------------- */

void bytes_add(struct bytes *bytes, const void *data, size_t size)
{
	if (bytes->size + size > bytes->room) {
		bytes->room = 2 * (bytes->size + size);
		bytes->data = realloc(bytes->data, bytes->room);
		assert_non_null(bytes->data);
	}
	if (data)
		memcpy(bytes->data + bytes->size, data, size);
	else
		memset(bytes->data + bytes->size, 0, size);
	bytes->size += size;
}

void bytes_add32(struct bytes *bytes, uint32_t value)
{
	bytes_add(bytes, &value, sizeof value);
}

void bytes_align(struct bytes *bytes, size_t alignment)
{
	while (bytes->size % alignment)
		bytes_add(bytes, "", 1);
}

void bytes_set32(struct bytes *bytes, size_t at, uint32_t value)
{
	assert_true(at + sizeof value <= bytes->size);
	memcpy(bytes->data + at, &value, sizeof value);
}

void bytes_set64(struct bytes *bytes, size_t at, uint64_t value)
{
	assert_true(at + sizeof value <= bytes->size);
	memcpy(bytes->data + at, &value, sizeof value);
}

void bytes_free(struct bytes *bytes)
{
	free(bytes->data);
	*bytes = (struct bytes){ 0 };
}

static void add_words(struct bytes *bytes, const uint32_t *words, size_t count)
{
	bytes_add(bytes, words, 4 * count);
}
#define ADD(bytes, ...)                                                                                                \
	add_words((bytes), (const uint32_t[]){ __VA_ARGS__ }, sizeof((const uint32_t[]){ __VA_ARGS__ }) / 4)

static uint32_t inverted_sum(const uint8_t *data, size_t words)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < words; i++) {
		uint32_t word;

		memcpy(&word, data + 4 * i, 4);
		sum += word;
	}
	return ~sum;
}

/* ---- the design -------------------------------------------------------------------------------------------------- */

const char foreign_core_source[] = "	movxm	p0, #0x71000\n"
                                   "	movxm	p1, #0x72000\n"
                                   "	movxm	p2, #0x71400\n"
                                   "	movxm	p3, #0x72400\n"
                                   "	mova	r24, #-1\n"
                                   "	mova	r25, #1\n"
                                   "	movxm	r5, #FACTOR\n"
                                   "	.p2align 4\n"
                                   "next:\n"
                                   "	acq	#49, r24\n" /* a full input */
                                   "	acq	#50, r24\n" /* an empty output */
                                   "	mova	r0, #63\n"
                                   "	mov	p4, p0\n"
                                   "	mov	p5, p1\n"
                                   "	nop\n	nop\n"
                                   "	.p2align 4\n"
                                   "word:\n"
                                   "	lda	r4, [p4], #4\n"
                                   "	nop\n	nop\n	nop\n	nop\n	nop\n	nop\n	nop\n"
                                   "	mul	r4, r4, r5\n"
                                   "	nop\n	nop\n"
                                   "	jnz	r0, #word\n"
                                   "	st	r4, [p5], #4\n"
                                   "	add	r0, r0, #-1\n"
                                   "	nop\n	nop\n	nop\n"
                                   "	nop\n	nop\n	nop\n	nop\n	nop\n	nop\n"
                                   "	rel	#48, r25\n" /* the input is empty */
                                   "	rel	#51, r25\n" /* the output is full */
                                   "	mov	p4, p0\n"
                                   "	mov	p0, p2\n"
                                   "	mov	p2, p4\n"
                                   "	mov	p4, p1\n"
                                   "	mov	p1, p3\n"
                                   "	j	#next\n"
                                   "	mov	p3, p4\n"
                                   "	nop\n	nop\n	nop\n	nop\n";

/* Port numbers count along a switch's registers: compute tile, memory tile and shim in their own order. */
enum {
	SWITCH = 0x3F000,
	MEMORY_SWITCH = 0xB0000,
	SLAVES = 0x100,
	SHIM_FROM_DMA = 5, /* slave South3 */
	SHIM_TO_DMA = 4,   /* master South2 */
	SHIM_UP = 12,      /* master North0 */
	SHIM_FROM_ABOVE = 14,
	MEMORY_FROM_BELOW = 7,
	MEMORY_UP = 11,
	MEMORY_DOWN = 7,
	MEMORY_FROM_ABOVE = 13,
	CORE_FROM_BELOW = 5,
	CORE_DOWN = 5,
	CORE_DMA = 1,
};

static uint32_t tile(unsigned column, unsigned row, uint32_t offset)
{
	return column << 25 | row << 20 | offset;
}

static void write32(struct bytes *body, uint32_t address, uint32_t value)
{
	ADD(body, 0x00020103, address, value);
}

static void mask_write(struct bytes *body, uint32_t address, uint32_t mask, uint32_t value)
{
	ADD(body, 0x00030102, address, mask, value);
}

/* NOPs bring the data to 16 bytes, as the vendor's writer does it; from 253 words on the long form. */
static void block_write(struct bytes *body, uint32_t address, const uint32_t *words, size_t count)
{
	const bool long_form = count > 252;

	while ((body->size / 4 + (long_form ? 4 : 3)) % 4)
		ADD(body, 0x00000111);
	if (long_form)
		ADD(body, 0x00FF0105, (uint32_t)count + 2, 0, address);
	else
		ADD(body, ((uint32_t)count + 2) << 16 | 0x0105, 0, address);
	add_words(body, words, count);
}

static void route(struct bytes *body, uint32_t base, unsigned slave, unsigned master)
{
	write32(body, base + SLAVES + 4 * slave, 0x80000000);
	write32(body, base + 4 * master, 0x80000000 | slave);
}

/* Two descriptors that follow each other for ever; lock values -1 (0x7F) and +1. */
static void core_fifo(struct bytes *body, unsigned column, unsigned first, uint32_t address, unsigned acquire,
                      unsigned release)
{
	for (unsigned i = 0; i < 2; i++) {
		const uint32_t words[6] = { (address + 0x400 * i) / 4 << 14 | FOREIGN_BLOCK_WORDS,
			                    0,
			                    0,
			                    0,
			                    0,
			                    (first + 1 - i) << 27 | 1U << 26 | 1U << 25 | 1U << 18 | release << 13 |
			                            1U << 12 | 0x7FU << 5 | acquire };

		block_write(body, tile(column, 2, 0x1D000 + 0x20 * (first + i)), words, 6);
	}
}

/* The same in a memory tile: own memory and locks stand in the middle of three tiles'.  `reorder`: even words first. */
static void memory_fifo(struct bytes *body, unsigned column, unsigned first, uint32_t address, unsigned acquire,
                        unsigned release, bool reorder)
{
	for (unsigned i = 0; i < 2; i++) {
		const uint32_t words[8] = { FOREIGN_BLOCK_WORDS,
			                    (first + 1 - i) << 20 | 1U << 19 | (0x80000 + address + 0x400 * i) / 4,
			                    reorder ? 32U << 17 | 1U : 0,
			                    0,
			                    0,
			                    0,
			                    0,
			                    1U << 31 | 1U << 24 | (64 + release) << 16 | 1U << 15 | 0x7FU << 8 |
			                            (64 + acquire) };

		block_write(body, tile(column, 1, 0xA0000 + 0x20 * (first + i)), words, 8);
	}
}

static void column_body(struct bytes *body, unsigned column, const uint32_t *program, size_t program_words)
{
	const uint32_t core = tile(column, 2, 0), memory = tile(column, 1, 0), shim = tile(column, 0, 0);

	mask_write(body, core + 0x32000, 1, 0);
	for (unsigned i = 0; i < 4; i++) /* channels held in reset while the memories are filled */
		mask_write(body, core + 0x1DE00 + 8 * i, 2, 2);
	block_write(body, core + 0x20000, program, program_words);
	for (unsigned i = 0; i < 4; i++)
		mask_write(body, core + 0x1DE00 + 8 * i, 2, 0);
	mask_write(body, core + 0x32000, 2, 2);
	mask_write(body, core + 0x32000, 2, 0);
	/* Locks: empty buffers (2) and full ones (0) of both FIFOs. */
	for (unsigned i = 0; i < 4; i++) {
		write32(body, core + 0x1F000 + 0x10 * i, i % 2 ? 0 : 2);
		write32(body, memory + 0xC0000 + 0x10 * i, i % 2 ? 0 : 2);
	}
	mask_write(body, shim + 0x1F000, 0xC00, 0x400);
	mask_write(body, shim + 0x1F004, 0x30, 0x10);
	route(body, shim + SWITCH, SHIM_FROM_DMA, SHIM_UP);
	route(body, memory + MEMORY_SWITCH, MEMORY_FROM_BELOW, 0);
	route(body, memory + MEMORY_SWITCH, 0, MEMORY_UP);
	route(body, core + SWITCH, CORE_FROM_BELOW, CORE_DMA);
	route(body, core + SWITCH, CORE_DMA, CORE_DOWN);
	route(body, memory + MEMORY_SWITCH, MEMORY_FROM_ABOVE, 1);
	route(body, memory + MEMORY_SWITCH, 1, MEMORY_DOWN);
	route(body, shim + SWITCH, SHIM_FROM_ABOVE, SHIM_TO_DMA);
	core_fifo(body, column, 0, 0x1000, 0, 1);
	core_fifo(body, column, 2, 0x2000, 3, 2);
	/* Even descriptors of a memory tile belong to even channels (0..23), odd channels take 24..47. */
	memory_fifo(body, column, 0, 0x0000, 0, 1, false);
	memory_fifo(body, column, 2, 0x0000, 1, 0, true);
	memory_fifo(body, column, 24, 0x8000, 2, 3, false);
	memory_fifo(body, column, 26, 0x8000, 3, 2, false);
	write32(body, core + 0x1DE04, 0);
	write32(body, core + 0x1DE14, 2);
	write32(body, memory + 0xA0604, 0);  /* S2MM 0 */
	write32(body, memory + 0xA060C, 24); /* S2MM 1 */
	write32(body, memory + 0xA0634, 2);  /* MM2S 0 */
	write32(body, memory + 0xA063C, 26); /* MM2S 1 */
}

/* A way for packets of stream id 1: shim MM2S 1 to the control port of the memory tile above, through arbiter 0. */
static void control_route(struct bytes *body)
{
	enum { SHIM_FROM_DMA_1 = 9, SHIM_UP_1 = 13, MEMORY_FROM_BELOW_1 = 8, MEMORY_CONTROL = 6, SLOTS = 0x200 };
	const uint32_t slot = 1U << 24 | 0x1FU << 16 | 1U << 8;

	mask_write(body, tile(0, 0, 0x1F000), 0xC000, 0x4000);
	write32(body, tile(0, 0, SWITCH + SLAVES + 4 * SHIM_FROM_DMA_1), 0xC0000000);
	write32(body, tile(0, 0, SWITCH + SLOTS + 0x10 * SHIM_FROM_DMA_1), slot);
	write32(body, tile(0, 0, SWITCH + 4 * SHIM_UP_1), 0xC0000008);
	write32(body, tile(0, 1, MEMORY_SWITCH + SLAVES + 4 * MEMORY_FROM_BELOW_1), 0xC0000000);
	write32(body, tile(0, 1, MEMORY_SWITCH + SLOTS + 0x10 * MEMORY_FROM_BELOW_1), slot);
	write32(body, tile(0, 1, MEMORY_SWITCH + 4 * MEMORY_CONTROL), 0xC0000008);
}

/* Stream header for id 1; control header: write of one word at 0xC0000.  Both with an odd number of ones. */
void foreign_packets(struct bytes *packets)
{
	ADD(packets, 0x00000001, 0x800C0000, 2);
}

void foreign_hold(struct bytes *cdo)
{
	size_t at = 20;

	for (;; at += 4) {
		uint32_t words[2];

		assert_true(at + 12 <= cdo->size);
		memcpy(words, cdo->data + at, sizeof words);
		if (words[0] == 0x00020103 && words[1] == tile(0, 1, 0xC0000))
			break;
	}
	bytes_set32(cdo, at + 8, 0);
}

void foreign_cdo(struct bytes *cdo, const uint32_t *program, size_t program_words)
{
	struct bytes body = { 0 };

	ADD(&body, 0x00000111);
	control_route(&body);
	for (unsigned column = 0; column < FOREIGN_COLUMNS; column++)
		column_body(&body, column, program, program_words);
	for (unsigned column = 0; column < FOREIGN_COLUMNS; column++)
		mask_write(&body, tile(column, 2, 0x32000), 1, 1);
	ADD(cdo, 4, 0x004F4443, 0x200, (uint32_t)body.size / 4, 0);
	bytes_set32(cdo, 16, inverted_sum(cdo->data, 4));
	bytes_add(cdo, body.data, body.size);
	bytes_free(&body);
}

void foreign_pdi(struct bytes *pdi, const struct bytes *cdo)
{
	const uint32_t padded = (uint32_t)(cdo->size + 15) / 16 * 4;

	ADD(pdi, 0x000000DD, 0x11223344, 0x55667788, 0x99AABBCC);
	bytes_add(pdi, NULL, 0x150 - 16);
	bytes_set32(pdi, 0x10, 0x00040000);
	bytes_set32(pdi, 0x14, 1);
	bytes_set32(pdi, 0x18, 0x24);
	bytes_set32(pdi, 0x1C, 1);
	bytes_set32(pdi, 0x20, 0x34);
	bytes_set32(pdi, 0x28, 0x14CA8093);
	bytes_set32(pdi, 0x38, 0x50504449);
	bytes_set32(pdi, 0x3C, 0x00201020);
	bytes_set32(pdi, 0x40, 0x30);
	bytes_set32(pdi, 0x54, 1);
	bytes_set32(pdi, 0x8C, 0x9AC12A78); /* of exactly these values, as every built file has it */
	bytes_set32(pdi, 0x90, 0x34);
	bytes_set32(pdi, 0x94, 1);
	memcpy(pdi->data + 0xA0, "aie_image", 9);
	bytes_set32(pdi, 0xB0, 0x1C000000);
	bytes_set32(pdi, 0xCC, inverted_sum(pdi->data + 0x90, 15));
	bytes_set32(pdi, 0xD0, padded);
	bytes_set32(pdi, 0xD4, (uint32_t)cdo->size / 4);
	bytes_set32(pdi, 0xD8, padded);
	bytes_set64(pdi, 0xE8, UINT64_MAX);
	bytes_set32(pdi, 0xF0, 0x54);
	bytes_set32(pdi, 0xF4, 0x02000006);
	bytes_set32(pdi, 0xF8, 1);
	bytes_set32(pdi, 0x14C, inverted_sum(pdi->data + 0xD0, 31));
	bytes_add(pdi, cdo->data, cdo->size);
	bytes_align(pdi, 16);
}

/* ---- xclbin ------------------------------------------------------------------------------------------------------ */

static void partition(struct bytes *out, unsigned columns, const struct bytes *pdis, size_t pdi_count,
                      const struct foreign_kernel *kernels, size_t kernel_count)
{
	size_t image[8], group[8], entries, text;

	bytes_add(out, NULL, 0xD0); /* head, name at 0xB8, commit id at 0xC0, start column 0 at 0xC8 */
	memcpy(out->data + 0xB8, "QoS", 3);
	bytes_set32(out, 0x04, 0xB8);
	bytes_set32(out, 0x08, 2048);
	bytes_set64(out, 0x10, 23423);
	bytes_set64(out, 0x18, 12345);
	bytes_set32(out, 0x20, columns);
	bytes_set32(out, 0x28, 1);
	bytes_set32(out, 0x2C, 0xC8);
	bytes_set32(out, 0x80, 0xC0);
	for (size_t i = 0; i < pdi_count; i++) {
		bytes_align(out, 16);
		image[i] = out->size;
		bytes_add(out, pdis[i].data, pdis[i].size);
	}
	text = out->size;
	bytes_add(out, "DPU\0\0\0\0", 8);
	for (size_t i = 0; i < pdi_count; i++) {
		const size_t ids = out->size;
		uint32_t count = 0;

		for (size_t j = 0; j < kernel_count; j++)
			if (kernels[j].pdi == i) {
				ADD(out, kernels[j].id, 0);
				count++;
			}
		ADD(out, 0xC1, 0);
		group[i] = out->size;
		ADD(out, (uint32_t)text, 1, (uint32_t)i + 1, 0, count, (uint32_t)ids, 1, (uint32_t)group[i] - 8);
		bytes_add(out, NULL, 64);
	}
	entries = out->size;
	for (size_t i = 0; i < pdi_count; i++) {
		ADD(out, 0x12345678, 0x9ABC, 0xDEF0, (uint32_t)i);
		ADD(out, (uint32_t)pdis[i].size, (uint32_t)image[i], 1, (uint32_t)group[i]);
		bytes_add(out, NULL, 64);
	}
	bytes_set32(out, 0x78, (uint32_t)pdi_count);
	bytes_set32(out, 0x7C, (uint32_t)entries);
}

static void print(struct bytes *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void print(struct bytes *out, const char *format, ...)
{
	char text[512];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	assert_in_range(length, 0, sizeof text - 1);
	bytes_add(out, text, (size_t)length);
}

static void metadata(struct bytes *out, const struct foreign_kernel *kernels, size_t kernel_count)
{
	static const struct {
		const char *name, *type;
		unsigned qualifier, size, offset;
	} arguments[] = {
		{ "opcode", "uint64_t", 0, 8, 0x00 }, { "instr", "char *", 1, 8, 0x08 },
		{ "ninstr", "uint32_t", 0, 4, 0x10 }, { "bo0", "void*", 1, 8, 0x14 },
		{ "bo1", "void*", 1, 8, 0x1C },       { "bo2", "void*", 1, 8, 0x24 },
		{ "bo3", "void*", 1, 8, 0x2C },       { "bo4", "void*", 1, 8, 0x34 },
	};

	print(out,
	      "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<project name=\"\">\n  <platform vendor=\"\" boardid=\"\" "
	      "name=\"\">\n    <device name=\"fpga0\">\n      <core name=\"OCL_REGION_0\" type=\"clc_region\">\n");
	for (size_t i = 0; i < kernel_count; i++) {
		print(out, "        <kernel name=\"%s\" language=\"c\" type=\"dpu\">\n", kernels[i].name);
		print(out, "          <extended-data subtype=\"DPU\" functional=\"DPU\" dpu_kernel_id=\"0x%x\"/>\n",
		      kernels[i].id);
		for (unsigned a = 0; a < sizeof arguments / sizeof arguments[0]; a++)
			print(out,
			      "          <arg name=\"%s\" addressQualifier=\"%u\" id=\"%u\" size=\"0x%x\" "
			      "offset=\"0x%02x\" hostOffset=\"0x0\" hostSize=\"0x%x\" type=\"%s\"/>\n",
			      arguments[a].name, arguments[a].qualifier, a, arguments[a].size, arguments[a].offset,
			      arguments[a].size, arguments[a].type);
		print(out, "          <instance name=\"MLIRAIE\"/>\n        </kernel>\n");
	}
	print(out, "      </core>\n    </device>\n  </platform>\n</project>\n");
}

static void layout(struct bytes *out, const struct foreign_kernel *kernels, size_t kernel_count)
{
	ADD(out, (uint32_t)kernel_count, 0);
	for (size_t i = 0; i < kernel_count; i++) {
		char name[64] = { 0 };

		snprintf(name, sizeof name, "%s:MLIRAIE", kernels[i].name);
		ADD(out, 7, kernels[i].id << 16 | 1, UINT32_MAX, UINT32_MAX);
		bytes_add(out, name, sizeof name);
	}
}

static void memories(struct bytes *out)
{
	static const char tags[2][16] = { "HOST", "SRAM" };

	ADD(out, 2, 0);
	for (unsigned i = 0; i < 2; i++) {
		ADD(out, 0x0102, 0, i ? 0xC000 : 0x10000, 0, 0x4000000, 0);
		bytes_add(out, tags[i], 16);
	}
}

static void connections(struct bytes *out, size_t kernel_count, unsigned times)
{
	ADD(out, (uint32_t)(6 * times * kernel_count));
	for (unsigned time = 0; time < times; time++)
		for (uint32_t kernel = 0; kernel < kernel_count; kernel++) {
			ADD(out, 1, kernel, 1);
			for (uint32_t argument = 3; argument <= 7; argument++)
				ADD(out, argument, kernel, 0);
		}
}

void foreign_xclbin(struct bytes *xclbin, unsigned columns, const struct bytes *pdis, size_t pdi_count,
                    const struct foreign_kernel *kernels, size_t kernel_count)
{
	static const uint32_t kinds[7] = { 6, 32, 2, 8, 7, 27, 26 };
	static const char *const names[7] = { "", "main_aie_partit", "", "", "", "", "" };

	bytes_add(xclbin, "xclbin2", 8);
	ADD(xclbin, UINT32_MAX);
	bytes_add(xclbin, NULL, 0x1C0 - 12);
	memset(xclbin->data + 0x0C, 0xFF, 28 + 256);
	bytes_set64(xclbin, 0x128, 1700000000);
	bytes_set64(xclbin, 0x138, 1700000000);
	bytes_set32(xclbin, 0x148, 21U << 24 | 2U << 16 | 75);
	memset(xclbin->data + 0x1A0, 0x5A, 16);
	ADD(xclbin, 7, 0);
	bytes_add(xclbin, NULL, 7 * 40);
	for (unsigned i = 0; i < 7; i++) {
		const size_t header = 0x1C8 + 40 * (size_t)i;
		struct bytes section = { 0 };

		switch (kinds[i]) {
		case 2:
			metadata(&section, kernels, kernel_count);
			break;
		case 6:
		case 26:
			memories(&section);
			break;
		case 7:
		case 27:
			connections(&section, kernel_count, kinds[i] == 27 ? 2 : 1);
			break;
		case 8:
			layout(&section, kernels, kernel_count);
			break;
		default:
			partition(&section, columns, pdis, pdi_count, kernels, kernel_count);
		}
		bytes_align(xclbin, 8);
		bytes_set32(xclbin, header, kinds[i]);
		memcpy(xclbin->data + header + 4, names[i], strlen(names[i]));
		bytes_set64(xclbin, header + 24, xclbin->size);
		bytes_set64(xclbin, header + 32, section.size);
		bytes_add(xclbin, section.data, section.size);
		bytes_free(&section);
	}
	bytes_align(xclbin, 8);
	print(xclbin, "XCLBIN_MIRROR_DATA_START{\"schema_version\":{}}XCLBIN_MIRROR_DATA_END");
	bytes_set64(xclbin, 0x130, xclbin->size);
}

/* ---- instructions ------------------------------------------------------------------------------------------------ */

struct stream {
	struct bytes *out;
	enum foreign_form form;
	uint32_t operations;
};

static void stream_write(struct stream *stream, uint32_t address, uint32_t value)
{
	if (stream->form == FOREIGN_V10)
		ADD(stream->out, 0, address, value);
	else
		ADD(stream->out, 0, 0, address, 0, value, 24);
	stream->operations++;
}

static void stream_mask(struct stream *stream, uint32_t address, uint32_t mask, uint32_t value)
{
	if (stream->form == FOREIGN_V10)
		ADD(stream->out, 3, address, value, mask);
	else if (stream->form == FOREIGN_V01_PADDED)
		ADD(stream->out, 3, 0, address, 0, value, mask, 32, 0);
	else
		ADD(stream->out, 3, 0, address, 0, value, mask, 28);
	stream->operations++;
}

/* Returns where the data stand. */
static size_t stream_block(struct stream *stream, uint32_t address, const uint32_t *words, uint32_t count)
{
	size_t at;

	if (stream->form == FOREIGN_V10)
		ADD(stream->out, 1, address, 12 + 4 * count);
	else
		ADD(stream->out, 1, 0, address, 16 + 4 * count);
	at = stream->out->size;
	add_words(stream->out, words, count);
	stream->operations++;
	return at;
}

static void stream_patch(struct stream *stream, uint32_t address, uint32_t argument, uint32_t addend)
{
	if (stream->form == FOREIGN_V10)
		ADD(stream->out, 129, 24, address, argument, addend, 0);
	else
		ADD(stream->out, 129, 48, 0, 0, 0, 0, address, 0, argument, 0, addend, 0);
	stream->operations++;
}

static void stream_wait(struct stream *stream, unsigned columns)
{
	ADD(stream->out, 128, 16, 0, columns << 16 | 1U << 8); /* S2MM 0 of the shims from column 0 */
	stream->operations++;
}

static void stream_new_code(struct stream *stream, uint32_t word)
{
	ADD(stream->out, word);
	stream->operations++;
}

void foreign_stream(struct bytes *out, enum foreign_form form, size_t descriptor[FOREIGN_DESCRIPTORS])
{
	const uint32_t half = 4 * FOREIGN_BLOCKS * FOREIGN_BLOCK_WORDS;
	const size_t start = out->size;
	struct stream stream = { .out = out, .form = form };

	/* Version, device generation (aie-rt's number for Strix B0 with its long records), six rows. */
	ADD(out,
	    form == FOREIGN_V10          ? 0x06040001
	    : form == FOREIGN_V01_PADDED ? 0x06090100
	                                 : 0x06040100,
	    0x100 | FOREIGN_COLUMNS, 0, 0);
	if (form == FOREIGN_FULL_ELF) {
		ADD(out, 8, 0, 0, 0); /* LOAD_PDI of id 0; size and address come later */
		stream.operations++;
	}
	if (form == FOREIGN_CONTROL) {
		const uint32_t words[8] = { 3, 0, 0, 0, 0x80000000, 0x02000000, 0, 0x02000000 };
		const size_t at = stream_block(&stream, 0x1D100, words, 8); /* BD 8 */

		if (descriptor)
			descriptor[FOREIGN_DESCRIPTORS - 1] = at - start;
		stream_write(&stream, 0x1D21C, 8); /* MM2S 1 */
	}
	for (unsigned column = 0; column < FOREIGN_COLUMNS; column++) {
		for (unsigned i = 0; i < 2; i++) {
			const uint32_t words[8] = { half / 4, 0, 0, 0, 0x80000000, 0x02000000, 0, 0x02000000 };
			const size_t at = stream_block(&stream, tile(column, 0, 0x1D000 + 0x20 * i), words, 8);

			if (descriptor)
				descriptor[2 * column + i] = at - start;
			stream_patch(&stream, tile(column, 0, 0x1D004 + 0x20 * i), i, column * half);
		}
		if (form == FOREIGN_NEW_CODES)
			stream_new_code(&stream, 0x00000005); /* NOOP */
		stream_mask(&stream, tile(column, 0, 0x1D200), 0xF00, 0xF00);
		stream_write(&stream, tile(column, 0, 0x1D204), 0x80000001); /* S2MM 0, with a token */
		stream_write(&stream, tile(column, 0, 0x1D214), 0);          /* MM2S 0 */
		if (form == FOREIGN_NEW_CODES)
			stream_new_code(&stream, 0x00000106); /* PREEMPT at level 1 */
	}
	stream_wait(&stream, FOREIGN_COLUMNS);
	if (form == FOREIGN_V01_PADDED)
		ADD(out, 0, 0, 0);
	bytes_set32(out, start + 8, stream.operations);
	bytes_set32(out, start + 12, (uint32_t)(out->size - start));
}

void foreign_text(struct bytes *text, const struct bytes *stream)
{
	for (size_t i = 0; i < stream->size; i += 4) {
		uint32_t word;

		memcpy(&word, stream->data + i, 4);
		print(text, "%08X\n", word);
	}
}

/* ---- control-code ELF -------------------------------------------------------------------------------------------- */

enum {
	SHT_PROGBITS_ = 1,
	SHT_SYMTAB_ = 2,
	SHT_STRTAB_ = 3,
	SHT_RELA_ = 4,
	SHT_NOTE_ = 7,
	SHT_DYNSYM_ = 11,
	SHT_GROUP_ = 17
};

struct elf {
	struct bytes *out, headers, names;
	uint32_t sections;
};

/* Append a section; returns its number. */
static uint32_t section(struct elf *elf, const char *name, uint32_t type, const struct bytes *data, uint32_t link,
                        uint32_t info, uint32_t entry)
{
	bytes_align(elf->out, 16);
	ADD(&elf->headers, (uint32_t)elf->names.size, type, 2, 0, (uint32_t)elf->out->size, (uint32_t)data->size, link,
	    info, 16, entry);
	bytes_add(&elf->names, name, strlen(name) + 1);
	bytes_add(elf->out, data->data, data->size);
	return elf->sections++;
}

static void symbol(struct bytes *table, struct bytes *names, const char *name, uint32_t size, uint32_t info,
                   uint32_t index)
{
	ADD(table, (uint32_t)names->size, 0, size, info | index << 16);
	bytes_add(names, name, strlen(name) + 1);
}

static void note(struct bytes *out, uint32_t type, const void *data, uint32_t size)
{
	ADD(out, 4, size, type);
	bytes_add(out, "XRT", 4);
	bytes_add(out, data, size);
}

/* Kernel, instance, group and column count of the full form. */
static void full_form(struct elf *elf, uint32_t text, uint32_t pdi)
{
	const uint32_t columns = FOREIGN_COLUMNS;
	struct bytes table = { 0 }, names = { 0 }, group = { 0 }, configuration = { 0 };
	uint32_t strings;

	bytes_add(&names, "", 1);
	bytes_add(&table, NULL, 16);
	symbol(&table, &names, "_Z4mainPcPc", 0, 1 << 4 | 2, 0); /* function */
	symbol(&table, &names, "sequence", 0, 1 << 4 | 1, 1);    /* object: of symbol 1 */
	ADD(&group, 1, text, pdi);
	note(&configuration, 6, &columns, sizeof columns);
	strings = section(elf, ".strtab", SHT_STRTAB_, &names, 0, 0, 0);
	section(elf, ".symtab", SHT_SYMTAB_, &table, strings, 1, 16);
	section(elf, ".group.0", SHT_GROUP_, &group, strings + 1, 2, 4);
	section(elf, ".note.xrt.configuration", SHT_NOTE_, &configuration, 0, 0, 0);
	bytes_free(&table);
	bytes_free(&names);
	bytes_free(&group);
	bytes_free(&configuration);
}

/* A relocation of schema 5 (shim DMA, from word 0 of the descriptor) or 8 (address) for a new symbol of a section. */
static void patch(struct bytes *table, struct bytes *names, struct bytes *rela, const char *name, uint32_t section,
                  size_t offset, uint32_t schema)
{
	symbol(table, names, name, 0, 1 << 4 | 1, section);
	ADD(rela, (uint32_t)offset, ((uint32_t)table->size / 16 - 1) << 8 | schema, 0);
}

struct sections {
	uint32_t text, pdi, save, restore;
};

static void relocations(struct elf *elf, const struct foreign_elf *request, const struct sections *sections)
{
	const uint32_t half = 4 * FOREIGN_BLOCKS * FOREIGN_BLOCK_WORDS;
	struct bytes table = { 0 }, names = { 0 }, rela = { 0 };
	uint32_t strings, symbols;

	bytes_add(&names, "", 1);
	bytes_add(&table, NULL, 16);
	symbol(&table, &names, request->pdi ? "0" : "3", 0, 1 << 4 | 1, sections->text);
	symbol(&table, &names, request->pdi ? "1" : "4", 0, 1 << 4 | 1, sections->text);
	for (uint32_t i = 0; i < 2 * FOREIGN_COLUMNS; i++)
		ADD(&rela, (uint32_t)request->descriptor[i], (1 + i % 2) << 8 | 5, i / 2 * half);
	if (request->packets)
		patch(&table, &names, &rela, "control-packet", sections->text,
		      request->descriptor[FOREIGN_DESCRIPTORS - 1], 5);
	if (request->pdi)
		patch(&table, &names, &rela, ".pdi.0", sections->text, 16 + 8, 8); /* the address in LOAD_PDI */
	if (request->preemptible) {
		patch(&table, &names, &rela, "scratch-pad-mem", sections->save, 32, 5);
		patch(&table, &names, &rela, "scratch-pad-mem", sections->restore, 32, 5);
	}
	strings = section(elf, ".dynstr", SHT_STRTAB_, &names, 0, 0, 0);
	symbols = section(elf, ".dynsym", SHT_DYNSYM_, &table, strings, 1, 16);
	section(elf, ".rela.dyn", SHT_RELA_, &rela, symbols, 0, 12);
	bytes_free(&table);
	bytes_free(&names);
	bytes_free(&rela);
}

/* A stream that only describes the scratch memory, with a descriptor that nothing uses. */
static uint32_t scratch_stream(struct elf *elf, const char *name)
{
	const uint32_t words[8] = { 64, 0, 0, 0, 0x80000000, 0x02000000, 0, 0x02000000 };
	struct bytes out = { 0 };
	struct stream stream = { .out = &out, .form = FOREIGN_V01 };
	uint32_t number;

	ADD(&out, 0x06040100, 0x100 | FOREIGN_COLUMNS, 1, 64);
	stream_block(&stream, 0x1D1E0, words, 8);
	number = section(elf, name, SHT_PROGBITS_, &out, 0, 0, 0);
	bytes_free(&out);
	return number;
}

void foreign_elf(struct bytes *out, const struct foreign_elf *request)
{
	const uint8_t ident[16] = { 0x7F, 'E', 'L', 'F', 1, 1, 1, 69, request->pdi ? 0x10 : 0x02 };
	struct elf elf = { .out = out, .sections = 1 };
	struct bytes unique = { 0 }, copy = { 0 };
	struct sections sections = { 0 };

	bytes_add(out, ident, sizeof ident);
	ADD(out, 2 | 1U << 16, 1, 0, 52, 0, 0, 52 | 32U << 16, 2 | 40U << 16, 0);
	ADD(out, 6, 0, 0, 0, 0, 0, 4, 4); /* PT_PHDR without a range, as the assembler leaves it */
	ADD(out, 1, 0, 0, 0, 0, 0, 5, 16);
	bytes_add(&elf.headers, NULL, 40);
	bytes_add(&elf.names, "", 1);
	bytes_add(&copy, request->stream->data, request->stream->size);
	if (request->pdi)
		bytes_set32(&copy, 16 + 4, (uint32_t)request->pdi->size);
	sections.text = section(&elf, request->pdi ? ".ctrltext.0" : ".ctrltext", SHT_PROGBITS_, &copy, 0, 0, 0);
	if (request->pdi)
		sections.pdi = section(&elf, ".pdi.0", SHT_PROGBITS_, request->pdi, 0, 0, 0);
	if (request->packets)
		section(&elf, ".ctrldata", SHT_PROGBITS_, request->packets, 0, 0, 0);
	if (request->preemptible) {
		sections.save = scratch_stream(&elf, ".preempt_save");
		sections.restore = scratch_stream(&elf, ".preempt_restore");
	}
	relocations(&elf, request, &sections);
	if (request->pdi)
		full_form(&elf, sections.text, sections.pdi);
	note(&unique, 4, "0123456789abcdef", 16);
	section(&elf, ".note.xrt.UID", SHT_NOTE_, &unique, 0, 0, 0);
	bytes_align(out, 16);
	/* The table of names holds its own name, too. */
	ADD(&elf.headers, (uint32_t)elf.names.size, SHT_STRTAB_, 0, 0, (uint32_t)out->size,
	    (uint32_t)elf.names.size + (uint32_t)sizeof ".shstrtab", 0, 0, 1, 0);
	bytes_add(&elf.names, ".shstrtab", sizeof ".shstrtab");
	bytes_add(out, elf.names.data, elf.names.size);
	bytes_align(out, 16);
	bytes_set32(out, 32, (uint32_t)out->size);
	bytes_set32(out, 48, (elf.sections + 1) | elf.sections << 16);
	bytes_add(out, elf.headers.data, elf.headers.size);
	bytes_free(&elf.headers);
	bytes_free(&elf.names);
	bytes_free(&unique);
	bytes_free(&copy);
}

/* ---- the host's side --------------------------------------------------------------------------------------------- */

void foreign_expected(uint32_t out[FOREIGN_WORDS], const uint32_t in[FOREIGN_WORDS], uint32_t factor)
{
	for (unsigned i = 0; i < FOREIGN_WORDS; i++) {
		const unsigned word = i % FOREIGN_BLOCK_WORDS, block = i - word;

		out[i] = factor * in[block + 2 * (word % 32) + word / 32];
	}
}

size_t foreign_program(const uint8_t *elf, size_t size, uint32_t *words, size_t room)
{
	uint32_t first;
	uint16_t count;

	assert_true(size > 52);
	memcpy(&first, elf + 28, 4);
	memcpy(&count, elf + 44, 2);
	for (unsigned i = 0; i < count; i++) {
		uint32_t header[8];

		assert_true(first + 32 * (i + 1) <= size);
		memcpy(header, elf + first + 32 * (size_t)i, sizeof header);
		if (header[0] != 1 || header[3] != 0)
			continue;
		assert_true(header[4] <= 4 * room && header[1] + header[4] <= size);
		memset(words, 0, 4 * room);
		memcpy(words, elf + header[1], header[4]);
		return (header[4] + 3) / 4;
	}
	fail_msg("the ELF has no program at address 0");
	return 0;
}

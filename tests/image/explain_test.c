/* What dump says beyond numbers: descriptors as sentences, ports behind circuit numbers, control packets, JSON. */
#include "tests/image/testing.h"

#include <stdio.h>

#include "driver/image/control_packet.h"
#include "driver/image/explain.h"
#include "driver/tools/image_tool.h"
#include "tests/image/samples.h"

static void sentence(unsigned row, uint32_t offset, const uint32_t *words, uint32_t count, const char *expected)
{
	const struct aie_operation block = {
		.kind = AIE_OPERATION_BLOCK_WRITE, .address = row << 20 | offset, .words = words, .count = count
	};
	unsigned number = 99;
	char text[512];

	if (aie_descriptor_explain(&block, 0, &number, text, sizeof text) != count)
		fail_msg("no descriptor at 0x%05x: %s", offset, expected);
	assert_int_equal(number, offset / 0x20 % 0x20);
	assert_string_equal(text, expected);
}

/* The layouts of the three kinds of tiles, fields set one by one by their bit numbers. */
static void descriptors(void **state)
{
	(void)state;
	sentence(2, 0x1D060,
	         (const uint32_t[6]){ 0x400 << 14 | 64, 1U << 31 | 1U << 30 | 5U << 19 | 2U << 16, 3U << 13 | 1,
	                              4U << 21 | 8U << 13 | 15, 2U << 19 | 7U << 13 | 9,
	                              1U << 31 | 12U << 27 | 1U << 26 | 1U << 25 | 0x7FU << 18 | 3U << 13 | 1U << 12 |
	                                      2U << 5 | 1 },
	         6,
	         "64 words at 0x1000 as [8:+2, 4:+4, rest:+16], iteration 2 of 8 by +10, compressed, packet id 5 type "
	         "2, "
	         "no TLAST, acquires lock 1 == 2, releases lock 3 by -1, then BD 12");
	sentence(1, 0xA0000,
	         (const uint32_t[8]){ 100, 3U << 26 | 0x20040, 10U << 17, 1U << 27 | 2U << 17 | 9, 0, 4U << 17, 0,
	                              1U << 31 | 1U << 24 | 130U << 16 | 1U << 15 | 0x7EU << 8 | 63 },
	         8,
	         "100 words at 0x100 as [10:+1, 2:+10, rest:+1], D0 padded by 3 and 4, D1 padded by 1 and 0, "
	         "acquires west lock 63 >= 2, releases east lock 2 by +1");
	sentence(1, 0xA0020, (const uint32_t[8]){ 4, 0x40001, 0, 0, 0, 0, 0, 1U << 31 }, 8, "4 words at east 0x4");
	sentence(0, 0x1D1E0, (const uint32_t[8]){ 0x800, 0x1000, 0x1234, 0, 0x80000000, 0x02000000, 0, 0 }, 8,
	         "2048 words at system address 0x123400001000, not valid");
}

static void no_descriptor(void **state)
{
	static const uint32_t words[8];
	struct aie_operation block = { .kind = AIE_OPERATION_BLOCK_WRITE, .words = words, .count = 8 };
	char text[64];
	unsigned number;

	(void)state;
	block.address = 0x1D004; /* from its second word */
	assert_int_equal(aie_descriptor_explain(&block, 0, &number, text, sizeof text), 0);
	block.address = 0x1D200; /* behind the last */
	assert_int_equal(aie_descriptor_explain(&block, 0, &number, text, sizeof text), 0);
	block.address = 0x1D000;
	assert_int_equal(aie_descriptor_explain(&block, 0, &number, text, sizeof text), 8);
	assert_int_equal(aie_descriptor_explain(&block, 1, &number, text, sizeof text), 0);
	block.count = 7;
	assert_int_equal(aie_descriptor_explain(&block, 0, &number, text, sizeof text), 0);
	assert_string_equal(text, "");
}

/* Fields of a register in a dump line. */
static void fields(unsigned row, uint32_t offset, uint32_t value, const char *part)
{
	const struct aie_operation write = { .kind = AIE_OPERATION_WRITE,
		                             .address = row << 20 | offset,
		                             .value = value };
	char text[1024];

	aie_operation_print(&write, text, sizeof text);
	if (!strstr(text, part))
		fail_msg("'%s' is not in: %s", part, text);
}

/* Slave numbers count along the registers of each switch (documented: port table). */
static void circuits(void **state)
{
	(void)state;
	fields(2, 0x3F004, 0x80000005, "Configuration=5(South0)");
	fields(2, 0x3F014, 0x80000018, "Configuration=0x18(Trace1)");
	fields(2, 0x3F004, 0x80000019, "Configuration=0x19");
	fields(1, 0xB002C, 0x80000000, "Configuration=0(DMA0)");
	fields(1, 0xB0000, 0x8000000D, "Configuration=0xd(North0)");
	fields(0, 0x3F030, 0x80000005, "Configuration=5(South3)");
	fields(0, 0x3F030, 0xC0000019, "Configuration=0x19(arbiter 1, ways 0x3)");
	fields(0, 0x1F000, 0x00000600, "South3=1(DMA) South2=2(NoC)");
	fields(0, 0x1F004, 0x00000010, "South2=1(DMA)");
}

static void control_packets(void **state)
{
	/* Each header has an odd number of ones. */
	static const uint32_t words[] = {
		0x80000003, 0x0011D000, 0xAAAA, 0xBBBB, /* write of two words, stream id 3 */
		0x00000001, 0x05432004,                 /* read of one word, response id 5 */
		0x80000001, 0x05432004,                 /* an even number of ones */
	};
	struct aie_control_packet packet;
	size_t position = 0;

	(void)state;
	assert_true(aie_control_packet_next((const uint8_t *)words, sizeof words, &position, &packet));
	assert_int_equal(packet.stream_id, 3);
	assert_int_equal(packet.operation, AIE_CONTROL_PACKET_WRITE);
	assert_int_equal(packet.address, 0x1D000);
	assert_int_equal(packet.beats, 2);
	assert_int_equal(packet.data_words, 2);
	assert_int_equal(packet.data[1], 0xBBBB);
	assert_int_equal(position, 16);
	assert_false(aie_control_packet_next((const uint8_t *)words, 12, &(size_t){ 0 }, &packet)); /* cut */
	assert_false(aie_control_packet_next((const uint8_t *)words, 4, &(size_t){ 0 }, &packet));
	assert_true(aie_control_packet_next((const uint8_t *)words, sizeof words, &position, &packet));
	assert_int_equal(packet.operation, AIE_CONTROL_PACKET_READ);
	assert_int_equal(packet.address, 0x32004);
	assert_int_equal(packet.response_id, 5);
	assert_int_equal(packet.data_words, 0);
	assert_false(aie_control_packet_next((const uint8_t *)words, sizeof words, &position, &packet));
	assert_int_equal(position, 24);
}

/* Brackets outside of strings pair up, and there is one outermost value. */
static void expect_paired(const char *json)
{
	char open[64];
	unsigned depth = 0;
	bool string = false;

	for (const char *c = json; *c; c++) {
		if (string && *c == '\\')
			c++;
		else if (*c == '"')
			string = !string;
		else if (!string && (*c == '{' || *c == '[')) {
			assert_true(depth < sizeof open);
			open[depth++] = *c == '{' ? '}' : ']';
		} else if (!string && (*c == '}' || *c == ']')) {
			assert_true(depth > 0 && open[--depth] == *c);
			if (depth == 0)
				assert_string_equal(c + 1, "");
		}
	}
	assert_int_equal(depth, 0);
}

static void json_of_every_sample(void **state)
{
	static const char *const parts[SAMPLES] = {
		[SAMPLE_CDO] = "\"register\":\"Core_Control\",\"fields\":{\"Enable\":1}",
		[SAMPLE_PDI] = "\"operation\":\"WRITE\"",
		[SAMPLE_XCLBIN] = "\"name\":\"MLIR_AIE\",\"instance\":\"MLIRAIE\",\"id\":2305",
		[SAMPLE_TXN] = "\"argument\":0,\"addend\":64",
		[SAMPLE_TXN_SHORT] = "\"version\":\"1.0\"",
		[SAMPLE_TXN_TEXT] = "\"direction\":\"s2mm\",\"channel\":0",
		[SAMPLE_CORE_ELF] = "\"memory\":\"own data\",\"offset\":1029,\"size\":13",
		[SAMPLE_CONTROL_ELF] = "\"schema\":\"shim DMA 48\",\"symbol\":\"3\",\"addend\":64",
		[SAMPLE_CONTROL_ELF_FULL] = "\"kernel\":\"main\",\"name\":\"run\",\"arguments\":3",
	};
	const struct aie_image_dump_options options = { .data = true };

	(void)state;
	for (int i = 0; i < SAMPLES; i++) {
		struct aie_error error = { 0 };
		struct aie_bytes bytes;
		struct aie_json json;
		size_t length;
		char *text;
		FILE *stream = open_memstream(&text, &length);

		assert_non_null(stream);
		sample_make((enum sample)i, &bytes);
		aie_json_init(&json, stream);
		if (aie_image_dump_json(&json, "name", bytes.data, bytes.size, &options, &error))
			fail_msg("%s: %s", sample_name((enum sample)i), error.text);
		fclose(stream);
		expect_paired(text);
		if (!strstr(text, parts[i]))
			fail_msg("'%s' is not in: %s", parts[i], text);
		free(text);
		aie_bytes_free(&bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(descriptors),     cmocka_unit_test(no_descriptor),        cmocka_unit_test(circuits),
		cmocka_unit_test(control_packets), cmocka_unit_test(json_of_every_sample),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

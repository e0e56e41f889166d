/* Captures and configurations: written and read back, taken from images, refused when they make no sense. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "driver/image/cdo.h"
#include "driver/image/registers.h"
#include "driver/image/txn.h"
#include "traces/capture.h"

static struct aie_trace_unit_config *add_unit(struct aie_trace_config *config, unsigned column, unsigned row,
                                              unsigned module)
{
	struct aie_trace_unit_config *unit = &config->unit[config->unit_count++];

	*unit = (struct aie_trace_unit_config){ .column = (uint8_t)column,
		                                .row = (uint8_t)row,
		                                .module = (uint8_t)module,
		                                .packet_type = (uint8_t)aie_trace_module_type(module),
		                                .packet_id = 1,
		                                .known = true };
	return unit;
}

static void fill(struct aie_trace_capture *capture, const uint32_t *words, size_t count)
{
	struct aie_error error = { 0 };
	const struct aie_trace_command command = { 1000, 251000, 422475 };
	struct aie_trace_unit_config *unit;

	memset(capture, 0, sizeof *capture);
	strcpy(capture->title, "gemv \"test\" 2048x8192");
	strcpy(capture->device, "npu4");
	strcpy(capture->note[capture->note_count++], "a note");
	capture->simulated = true;
	capture->columns = 8;
	capture->rows = 6;
	unit = add_unit(&capture->config, 0, 2, AIE_EVENT_MODULE_CORE);
	unit->start = AIE_EVENT_CORE_BROADCAST_15;
	unit->stop = AIE_EVENT_CORE_BROADCAST_14;
	unit->slot[0] = AIE_EVENT_CORE_INSTR_EVENT_0;
	unit->slot[3] = AIE_EVENT_CORE_LOCK_STALL;
	unit = add_unit(&capture->config, 0, 1, AIE_EVENT_MODULE_MEMTILE);
	unit->slot[7] = AIE_EVENT_MEMTILE_USER_EVENT_1; /* number 160: more than seven bits */
	capture->config.first_column = 2;
	assert_int_equal(aie_trace_add_clock(&capture->config, "array", 1800000000, &error), 0);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(aie_capture_add_command(capture, &command, &error), 0);
	/* SHA-256 of "abc" (FIPS 180-4, example). */
	assert_int_equal(aie_capture_add_image(capture, "xclbin", "abc", 3, &error), 0);
	capture->words = words;
	capture->word_count = count;
}

static void a_capture_comes_back(void **state)
{
	static const uint32_t words[] = { 1, 2, 3, 0xFFFFFFFF };
	struct aie_trace_capture in, out;
	struct aie_error error = { 0 };
	void *data;
	size_t size;

	(void)state;
	fill(&in, words, 4);
	assert_int_equal(aie_capture_write(&in, &data, &size, &error), 0);
	assert_memory_equal(data, "AIETRACE", 8);
	assert_int_equal(aie_capture_read(&out, data, size, &error), 0);
	assert_string_equal(out.title, in.title);
	assert_string_equal(out.device, "npu4");
	assert_true(out.simulated && !out.check_failed && !out.missing_bytes);
	assert_int_equal(out.columns, 8);
	assert_int_equal(out.rows, 6);
	assert_int_equal(out.note_count, 1);
	assert_string_equal(out.note[0], "a note");
	assert_int_equal(out.image_count, 1);
	assert_string_equal(out.image[0].sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_int_equal(out.command_count, 3);
	assert_int_equal(out.command[2].cycles, 422475);
	assert_int_equal(out.config.first_column, 2);
	assert_int_equal(aie_trace_array_hz(&out.config), 1800000000);
	assert_int_equal(out.config.unit_count, 2);
	assert_memory_equal(out.config.unit, in.config.unit, 2 * sizeof in.config.unit[0]);
	assert_int_equal(out.word_count, 4);
	assert_memory_equal(out.words, words, sizeof words);
	aie_capture_close(&in);
	aie_capture_close(&out);
	free(data);
}

static void damaged_captures(void **state)
{
	static const uint32_t words[64] = { 7 };
	struct aie_trace_capture in, out;
	struct aie_error error = { 0 };
	unsigned char *copy;
	void *data;
	size_t size;

	(void)state;
	fill(&in, words, 64);
	assert_int_equal(aie_capture_write(&in, &data, &size, &error), 0);
	copy = malloc(size);
	assert_non_null(copy);
	/* Cut off anywhere: refused, or read with the raw part's loss counted. */
	for (size_t length = 0; length < size; length++) {
		memcpy(copy, data, length);
		if (aie_capture_read(&out, copy, length, &error) == 0) {
			assert_int_equal(out.missing_bytes, size - length);
			aie_capture_close(&out);
		} else {
			assert_int_equal(error.category, AIE_ERROR_INPUT);
			assert_true(length < size - sizeof words);
		}
	}
	/* Any changed bit: refused in the header, noticed in the raw part. */
	for (size_t i = 0; i < size; i++) {
		memcpy(copy, data, size);
		copy[i] ^= 0x10;
		if (aie_capture_read(&out, copy, size, &error) == 0) {
			assert_true(out.check_failed || out.missing_bytes);
			aie_capture_close(&out);
		}
	}
	aie_capture_close(&in);
	free(copy);
	free(data);
}

static void a_newer_version_is_refused(void **state)
{
	struct aie_trace_capture in, out;
	struct aie_error error = { 0 };
	void *data;
	size_t size;

	(void)state;
	fill(&in, NULL, 0);
	assert_int_equal(aie_capture_write(&in, &data, &size, &error), 0);
	((unsigned char *)data)[8] = 2;
	assert_int_equal(aie_capture_read(&out, data, size, &error), -1);
	assert_non_null(strstr(error.text, "version 2"));
	aie_capture_close(&in);
	free(data);
}

static void raw_buffers_in_both_forms(void **state)
{
	static const char text[] = "80020001\n0xF0000000\r\n 12345\n";
	static const char bad[] = "80020001\nF00000000\n";
	static const uint32_t binary[] = { 0x80020001, 5 };
	struct aie_trace_capture capture;
	struct aie_error error = { 0 };

	(void)state;
	assert_int_equal(aie_capture_read_raw(&capture, text, sizeof text - 1, &error), 0);
	assert_int_equal(capture.word_count, 3);
	assert_int_equal(capture.words[0], 0x80020001);
	assert_int_equal(capture.words[2], 0x12345);
	aie_capture_close(&capture);
	assert_int_equal(aie_capture_read_raw(&capture, bad, sizeof bad - 1, &error), -1);
	assert_non_null(strstr(error.text, "line 2"));
	assert_int_equal(aie_capture_read_raw(&capture, binary, sizeof binary, &error), 0);
	assert_int_equal(capture.word_count, 2);
	assert_int_equal(aie_capture_read_raw(&capture, binary, 6, &error), -1);
}

/* ---- configuration ---- */

static int read_config(struct aie_trace_config *config, const char *text, struct aie_error *error)
{
	struct aie_json_document *document = aie_json_parse(text, strlen(text), error);
	int status;

	assert_non_null(document);
	status = aie_trace_config_read(config, aie_json_root(document), error);
	aie_json_free(document);
	return status;
}

static void configuration_from_json(void **state)
{
	struct aie_trace_config config;
	struct aie_error error = { 0 };

	(void)state;
	assert_int_equal(
	        read_config(&config,
	                    "{\"units\":[{\"column\":1,\"row\":3,\"module\":\"mem\",\"packet_id\":5,"
	                    "\"start\":\"BROADCAST_15\",\"events\":[null,\"DMA_S2MM_0_START_TASK\",\"NONE\",31]}]}",
	                    &error),
	        0);
	assert_int_equal(config.unit_count, 1);
	assert_int_equal(config.unit[0].packet_type, 1); /* conventional */
	assert_int_equal(config.unit[0].start, 122);
	assert_int_equal(config.unit[0].slot[0], 0);
	assert_int_equal(config.unit[0].slot[1], 19);
	assert_int_equal(config.unit[0].slot[3], 31);
}

static void wrong_configurations(void **state)
{
	static const struct {
		const char *text, *says;
	} bad[] = {
		{ "{\"units\":[{\"column\":1,\"row\":3,\"module\":\"mem\",\"packet_id\":5,\"events\":[\"LOCK_STALL\"]}]"
		  "}",
		  "LOCK_STALL" },
		{ "{\"units\":[{\"column\":1,\"row\":3,\"module\":\"memory\",\"packet_id\":5}]}", "memory" },
		{ "{\"units\":[{\"column\":1,\"row\":3,\"module\":\"mem\"}]}", "packet_id" },
		{ "{\"units\":[{\"column\":1,\"row\":3,\"module\":\"mem\",\"packet_id\":32}]}", "31" },
		{ "{\"units\":[{\"column\":1,\"row\":3,\"module\":\"mem\",\"packet_id\":1,\"slots\":[]}]}", "slots" },
		{ "{\"units\":[{\"column\":1,\"row\":3,\"module\":\"mem\",\"packet_id\":1,\"events\":[1,1,1,1,1,1,1,1,"
		  "1]}]}",
		  "8 slots" },
		{ "{\"units\":[{\"column\":1,\"row\":3,\"module\":\"mem\",\"packet_id\":1},"
		  "{\"column\":1,\"row\":3,\"module\":\"core\",\"packet_type\":1,\"packet_id\":1}]}",
		  "both send" },
		{ "{\"units\":[{\"column\":1,\"row\":3,\"module\":\"core\",\"packet_id\":1,\"mode\":\"trace\"}]}",
		  "mode" },
		{ "{\"units\":{}}", "array" },
		{ "{\"clocks\":[{\"name\":\"a name that is too long\",\"hz\":1}]}", "clock" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct aie_trace_config config;
		struct aie_error error = { 0 };

		assert_int_equal(read_config(&config, bad[i].text, &error), -1);
		assert_int_equal(error.category, AIE_ERROR_INPUT);
		assert_non_null(strstr(error.text, bad[i].says));
	}
}

/* Register addresses and fields of the four modules as their description has them: control 0xD0 and 0xD4, events 0xE0
 * and 0xE4 in the windows 0x34000 (core, shim), 0x14000 (memory module), 0x94000 (memory tile). */
static void configuration_from_a_transaction_stream(void **state)
{
	struct aie_trace_config config = { .unit_count = 0 };
	struct aie_txn_builder builder;
	struct aie_bytes bytes;
	struct aie_error error = { 0 };
	static const uint32_t events[] = { 0x1A2B2221, 0x4B };

	(void)state;
	aie_txn_begin(&builder, AIE_TXN_V0_1, AIE_TXN_NPU2, 2);
	aie_txn_write32(&builder, 1U << 25 | 2U << 20 | 0x340D0, 121U << 24 | 122U << 16 | 1); /* event-PC */
	aie_txn_write32(&builder, 1U << 25 | 2U << 20 | 0x340D4, 0U << 12 | 9);
	aie_txn_block_write(&builder, 1U << 25 | 2U << 20 | 0x340E0, events, 2);
	aie_txn_write32(&builder, 0U << 25 | 1U << 20 | 0x940D0, 156U << 24 | 157U << 16);
	aie_txn_mask_write32(&builder, 0U << 25 | 1U << 20 | 0x940D4, 0x701F, 3U << 12 | 4);
	aie_txn_write32(&builder, 0U << 25 | 1U << 20 | 0x940E4, 0xA0000000);
	aie_txn_write32(&builder, 0U << 25 | 0U << 20 | 0x340D4, 2U << 12 | 3); /* a shim that records nothing */
	aie_txn_write32(&builder, 1U << 25 | 2U << 20 | 0x340E0, 0);            /* switched off afterwards */
	assert_int_equal(aie_txn_finish(&builder, &bytes, &error), 0);
	assert_int_equal(aie_trace_config_image(&config, bytes.data, bytes.size, &error), 0);
	aie_bytes_free(&bytes);
	aie_trace_config_prune(&config);
	assert_int_equal(config.unit_count, 2);
	assert_int_equal(config.unit[0].module, AIE_EVENT_MODULE_CORE);
	assert_int_equal(config.unit[0].column, 1);
	assert_int_equal(config.unit[0].row, 2);
	assert_int_equal(config.unit[0].start, 122);
	assert_int_equal(config.unit[0].stop, 121);
	assert_int_equal(config.unit[0].mode, AIE_TRACE_EVENT_PC);
	assert_int_equal(config.unit[0].packet_id, 9);
	assert_int_equal(config.unit[0].slot[0], AIE_EVENT_CORE_INSTR_EVENT_0);
	assert_int_equal(config.unit[0].slot[3], AIE_EVENT_CORE_LOCK_STALL);
	assert_int_equal(config.unit[0].slot[4], AIE_EVENT_CORE_PORT_RUNNING_0);
	assert_false(config.unit[0].changed);
	assert_int_equal(config.unit[1].module, AIE_EVENT_MODULE_MEMTILE);
	assert_int_equal(config.unit[1].start, 157);
	assert_int_equal(config.unit[1].stop, 156);
	assert_int_equal(config.unit[1].packet_type, 3);
	assert_int_equal(config.unit[1].packet_id, 4);
	assert_int_equal(config.unit[1].slot[7], 160);
}

static void configuration_from_a_cdo(void **state)
{
	struct aie_trace_config config = { .unit_count = 0 };
	struct aie_cdo_builder builder;
	struct aie_bytes bytes;
	struct aie_error error = { 0 };

	(void)state;
	aie_cdo_begin(&builder);
	aie_cdo_write32(&builder, 3U << 20 | 0x140D0, 122U << 16);
	aie_cdo_write32(&builder, 3U << 20 | 0x140E0, 19);
	aie_cdo_write32(&builder, 3U << 20 | 0x140E0, 20); /* another event later */
	assert_int_equal(aie_cdo_finish(&builder, &bytes, &error), 0);
	assert_int_equal(aie_trace_config_image(&config, bytes.data, bytes.size, &error), 0);
	aie_bytes_free(&bytes);
	assert_int_equal(config.unit_count, 1);
	assert_int_equal(config.unit[0].module, AIE_EVENT_MODULE_MEM);
	assert_int_equal(config.unit[0].slot[0], 20);
	assert_true(config.unit[0].changed);
	assert_int_equal(aie_trace_config_image(&config, "nonsense", 8, &error), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_capture_comes_back),
		cmocka_unit_test(damaged_captures),
		cmocka_unit_test(a_newer_version_is_refused),
		cmocka_unit_test(raw_buffers_in_both_forms),
		cmocka_unit_test(configuration_from_json),
		cmocka_unit_test(wrong_configurations),
		cmocka_unit_test(configuration_from_a_transaction_stream),
		cmocka_unit_test(configuration_from_a_cdo),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

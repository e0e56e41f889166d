/* aie-image dump --script and build: descriptions give the image back; several PDIs, kernels and instances. */
#include "tests/image/testing.h"

#include <stdio.h>

#include "driver/image/control_elf.h"
#include "driver/image/txn.h"
#include "driver/image/xclbin.h"
#include "tests/image/building.h"
#include "tests/image/samples.h"

static char *script(const void *data, size_t size, struct aie_error *error)
{
	size_t length;
	char *text;
	FILE *stream = open_memstream(&text, &length);
	int result;

	assert_non_null(stream);
	result = aie_image_script(stream, data, size, error);
	fclose(stream);
	if (!result)
		return text;
	free(text);
	return NULL;
}

static void build(const char *text, struct aie_bytes *bytes)
{
	struct aie_error error = { 0 };

	if (aie_image_build(text, strlen(text), ".", bytes, &error))
		fail_msg("%s in:\n%s", error.text, text);
}

/* Build it, describe it, build that again: the same bytes. */
static void expect_round_trip(const void *data, size_t size, const char *name)
{
	struct aie_error error = { 0 };
	struct aie_bytes again;
	char *text = script(data, size, &error);

	if (!text)
		fail_msg("%s: %s", name, error.text);
	build(text, &again);
	if (again.size != size || memcmp(again.data, data, size))
		fail_msg("%s: another image from:\n%s", name, text);
	aie_bytes_free(&again);
	free(text);
}

static void every_sample(void **state)
{
	(void)state;
	for (int i = 0; i < SAMPLES; i++) {
		struct aie_bytes bytes;

		if (i == SAMPLE_CORE_ELF)
			continue;
		sample_make((enum sample)i, &bytes);
		expect_round_trip(bytes.data, bytes.size, sample_name((enum sample)i));
		aie_bytes_free(&bytes);
	}
}

static const char every_operation[] = "columns 4\n"
                                      "generation 9\n"
                                      "write 3 2 MEM.Lock3_value 2\n"
                                      "write 0 0 0x90000 7\n" /* no register there */
                                      "mask 0 2 CORE.Core_Control 1 1\n"
                                      "block 0 0 SHIM.DMA_BD0_0 1 2 3 4 5 6 7 8\n"
                                      "patch 0 0 SHIM.DMA_BD0_1 1 0x1000\n"
                                      "nop\n"
                                      "poll 0 2 CORE.Core_Status 0x100000 0x100000\n"
                                      "poll_busy 0 2 CORE.Core_Status 1 0\n"
                                      "preempt 2\n"
                                      "load_pdi 7 4096 0x123456789a\n"
                                      "load_pm 2 5\n"
                                      "nop\n"
                                      "nop\n"
                                      "scratchpad 0 64 0x1000\n"
                                      "state 3 increment 0x4\n"
                                      "state 1 2 MEM.Lock3_value 4 decrement 0x5\n"
                                      "update_scratch\n"
                                      "wait 0 1 mm2s 5 2 1\n"
                                      "read 0x200000 0x232004\n"
                                      "timer 77\n"
                                      "merge_sync 3 4\n";

static void streams_of_every_operation(void **state)
{
	static const char *const kinds[] = { "txn", "txn-1.0", "txn-text" };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct aie_error error = { 0 };
		struct aie_bytes bytes;
		char text[2048], *again;

		snprintf(text, sizeof text, "image %s\n%s", kinds[i], every_operation);
		build(text, &bytes);
		again = script(bytes.data, bytes.size, &error);
		assert_non_null(again);
		for (const char *line = every_operation; *line; line += strcspn(line, "\n") + 1) {
			char verb[24];

			snprintf(verb, sizeof verb, "%.*s", (int)strcspn(line, " \n"), line);
			if (!strstr(again, verb))
				fail_msg("%s is not in:\n%s", verb, again);
		}
		expect_round_trip(bytes.data, bytes.size, kinds[i]);
		aie_bytes_free(&bytes);
		free(again);
	}
}

/* Kernels in their order, not in that of the PDIs. */
static void several_pdis(void **state)
{
	static const char text[] = "image xclbin\ncolumns 3\ntime 12\n"
	                           "kernel second:one 0x77 2 1\n"
	                           "pdi\nkernel first 0x901\nkernel third 0x903 7\nwrite 0 2 MEM.Lock0_value 1\n"
	                           "pdi\nwrite 1 2 MEM.Lock1_value 2\n";
	struct aie_error error = { 0 };
	struct aie_xclbin xclbin;
	struct aie_bytes bytes;

	(void)state;
	build(text, &bytes);
	if (aie_xclbin_open(&xclbin, bytes.data, bytes.size, 8, &error))
		fail_msg("%s", error.text);
	assert_int_equal(xclbin.pdi_count, 2);
	assert_int_equal(xclbin.kernel_count, 3);
	assert_string_equal(xclbin.kernel[0].name, "second");
	assert_string_equal(xclbin.kernel[0].instance, "one");
	assert_int_equal(xclbin.kernel[0].pdi, 1);
	assert_int_equal(xclbin.kernel[1].pdi, 0);
	assert_int_equal(xclbin.kernel[2].argument_count, 3 + 7);
	aie_xclbin_close(&xclbin);
	expect_round_trip(bytes.data, bytes.size, "three kernels");
	aie_bytes_free(&bytes);
}

/* load_pdi finds the size of the PDI above. */
static void full_elf(void **state)
{
	static const char text[] = "image full-elf\ncolumns 2\nkernel main 2\n"
	                           "pdi\nwrite 0 2 MEM.Lock0_value 1\n"
	                           "instance one\nload_pdi 0\nblock 0 0 SHIM.DMA_BD0_0 1 2 3 4 5 6 7 8\n"
	                           "patch 0 0 SHIM.DMA_BD0_1 1 64\n"
	                           "instance two\nload_pdi 0\nwait 0 0 s2mm 0\n";
	struct aie_error error = { 0 };
	struct aie_control_elf elf;
	struct aie_bytes bytes;
	struct aie_operation operation;
	struct aie_txn txn;
	size_t position = 0;

	(void)state;
	build(text, &bytes);
	if (aie_control_elf_open(&elf, bytes.data, bytes.size, &error))
		fail_msg("%s", error.text);
	assert_true(elf.full);
	assert_int_equal(elf.columns, 2);
	assert_int_equal(elf.instance_count, 2);
	assert_string_equal(elf.instance[1].name, "two");
	assert_int_equal(elf.instance[0].argument_count, 2);
	assert_int_equal(aie_txn_open(&txn, elf.section[elf.instance[0].text].data,
	                              elf.section[elf.instance[0].text].size, NULL, &error),
	                 0);
	assert_true(aie_txn_next(&txn, &position, &operation));
	assert_int_equal(operation.kind, AIE_OPERATION_LOAD_PDI);
	assert_int_equal(operation.pdi_size, 0x150 + 48); /* headers; NOP, WRITE: 9 words, padded to 12 */
	aie_txn_close(&txn);
	aie_control_elf_close(&elf);
	expect_round_trip(bytes.data, bytes.size, "full ELF");
	aie_bytes_free(&bytes);
}

static void refusals(void **state)
{
	static const struct bad_description cases[] = {
		{ "image xclbin\nkernel :x\nnop\n", "line 2: kernel: a name" },
		{ "image xclbin\nkernel a 1 2 3 4\nnop\n", "line 2: kernel: '4' is too much" },
		{ "image xclbin\nkernel a 1 2 1\nnop\n", "no kernel uses PDI 0" },
		{ "image xclbin\nkernel a 1\nkernel b 1\nnop\n", "same name or id" },
		{ "image xclbin\nkernel a\npdi\nnop\npdi\nnop\n", "no kernel uses PDI 1" },
		{ "image xclbin\ninstance a\n", "line 2: instance: only a full ELF" },
		{ "image txn\npdi\n", "line 2: pdi: only an xclbin" },
		{ "image full-elf\nnop\n", "line 2: nop: 'pdi' or 'instance NAME'" },
		{ "image full-elf\npdi\nnop\n", "needs a 'kernel NAME ARGUMENTS'" },
		{ "image full-elf\nkernel a 1\nkernel b 1\n", "line 3: kernel: a full ELF of this tool has one" },
		{ "image full-elf\nkernel a 1\npdi\nnop\n", "0 instances" },
		{ "image full-elf\nkernel a 1\ninstance b\nload_pdi 0\n", "line 4: load_pdi: there is no PDI 0" },
		{ "image full-elf\nkernel a 1\ninstance b\nload_pdi 3 16\n", "LOAD_PDI of id 3, there are 0" },
		{ "image full-elf\ninstance\n", "line 2: instance: a name" },
		{ "image cdo\npreempt 1\n", "line 2: preempt: only a transaction stream" },
		{ "image txn\npreempt 4\n", "line 2: '4'" },
		{ "image txn\nload_pm 1 0\n", "LOAD_PM of 1 operations, 0 follow" },
		{ "image txn\nstate 1 divide 2\n", "line 2: state: 'divide'" },
		{ "image txn\nstate 1\n", "line 2: state: word 4 is missing" },
		{ "image txn\nread 0x200001\n", "aligned" },
		{ "image txn\ntimer\n", "line 2: timer: word 2 is missing" },
		{ "image txn\nmerge_sync 1 2 3\n", "too much" },
	};

	(void)state;
	assert_not_built(cases, sizeof cases / sizeof *cases);
}

/* Fields by number, negative number and the names that dump shows. */
static void field_values(void **state)
{
	static const struct {
		const char *line;
		uint32_t value;
	} cases[] = {
		{ "write 0 2 MEM.DMA_BD3_5 Lock_Acq_Value=-1,Lock_Acq_ID=2", 0x7F << 5 | 2 },
		{ "write 0 2 MEM.DMA_BD3_5 Lock_Acq_Value=-64", 0x40 << 5 },
		{ "write 0 0 Stream_Switch_Master_Config_North0 Master_Enable=1,Configuration=South3", 0x80000005 },
		{ "write 0 2 CORE.Stream_Switch_Master_Config_DMA0 Master_Enable=1,Configuration=Trace1", 0x80000018 },
		{ "write 0 0 Mux_Config South3=DMA,South7=NoC", 1 << 10 | 2 << 14 },
		{ "write 0 2 CORE.Trace_Event0 Trace_Event1=INSTR_VECTOR", 37 << 8 },
	};
	static const struct bad_description bad[] = {
		{ "image cdo\nwrite 0 2 MEM.DMA_BD3_5 Lock_Acq_Value=-65\n",
		  "Lock_Acq_Value=-65: no number that fits" },
		{ "image cdo\nwrite 0 2 MEM.DMA_BD3_5 Lock_Acq_Value=-\n", "Lock_Acq_Value=-: no number" },
		{ "image cdo\nwrite 0 2 MEM.DMA_BD3_5 Lock_Acq_Value=\n", "Lock_Acq_Value=: no number" },
		{ "image cdo\nwrite 0 2 MEM.DMA_BD3_5 Lock_Acq_Value\n", "its value is missing" },
		{ "image cdo\nwrite 0 0 Mux_Config South3=Mars\n", "South3=Mars: no number, and no value" },
		{ "image cdo\nwrite 0 1 Stream_Switch_Master_Config_DMA0 Master_Enable=1,Configuration=East0\n",
		  "East0" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct aie_error error = { 0 };
		char text[256], expected[32], *again;
		struct aie_bytes bytes;

		snprintf(text, sizeof text, "image cdo\n%s\n", cases[i].line);
		build(text, &bytes);
		again = script(bytes.data, bytes.size, &error);
		assert_non_null(again);
		snprintf(expected, sizeof expected, " 0x%x\n", cases[i].value);
		if (!strstr(again, expected))
			fail_msg("%s: no %s in %s", cases[i].line, expected, again);
		free(again);
		aie_bytes_free(&bytes);
	}
	assert_not_built(bad, sizeof bad / sizeof *bad);
}

static void no_description(void **state)
{
	struct aie_error error = { 0 };
	struct aie_bytes bytes;

	(void)state;
	sample_make(SAMPLE_CORE_ELF, &bytes);
	assert_null(script(bytes.data, bytes.size, &error));
	assert_int_equal(error.category, AIE_ERROR_UNIMPLEMENTED);
	aie_bytes_free(&bytes);
	assert_null(script("nothing", 7, &error));
	assert_refused(&error, "none of the formats");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_sample),   cmocka_unit_test(streams_of_every_operation),
		cmocka_unit_test(several_pdis),   cmocka_unit_test(full_elf),
		cmocka_unit_test(refusals),       cmocka_unit_test(field_values),
		cmocka_unit_test(no_description),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

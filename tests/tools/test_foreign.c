/* Other people's images, from files made outside of our writers (foreign.h): run without conversion, explained, refused
 * by name when they are for another device. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/tools/foreign.h"
#include "tests/tools/spawn.h"

static const char *const forms[FOREIGN_FORMS] = { "v01.bin", "padded.bin", "v10.bin",
	                                          "new.bin", "elf.bin",    "control.bin" };
static char *directory;

/* Run and expect an exit status; the caller frees. */
static void run(struct spawn_result *result, int status, const char *tool, const char *arguments)
{
	spawn_tool(result, directory, tool, "%s", arguments);
	if (result->status != status)
		fail_msg("%s %s: exit %d instead of %d: %s%s", tool, arguments, result->status, status, result->err,
		         result->out);
}

/* All of the words (separated by '|') in what a run printed; of bad input one line on stderr and nothing else. */
static void expect(int status, const char *words, const char *tool, const char *arguments)
{
	struct spawn_result result;
	char copy[512];

	run(&result, status, tool, arguments);
	snprintf(copy, sizeof copy, "%s", words);
	for (char *word = strtok(copy, "|"); word; word = strtok(NULL, "|"))
		if (!strstr(status > 1 ? result.err : result.out, word))
			fail_msg("%s %s: \"%s\" is not in: %s%s", tool, arguments, word, result.err, result.out);
	if (status > 1) {
		assert_string_equal(result.out, "");
		assert_ptr_equal(strchr(result.err, '\n'), result.err + strlen(result.err) - 1);
	}
	spawn_free(&result);
}

static void write_bytes(const char *name, struct bytes *bytes)
{
	write_file(directory, name, bytes->data, bytes->size);
	bytes_free(bytes);
}

static void make_pdi(struct bytes *pdi, unsigned factor, bool hold)
{
	uint32_t program[1024], words;
	struct spawn_result result;
	struct bytes cdo = { 0 };
	uint8_t elf[8192];
	char line[128];
	size_t size;
	FILE *file;

	write_file(directory, "core.s", foreign_core_source, strlen(foreign_core_source));
	snprintf(line, sizeof line, "core.s --defsym FACTOR=%u -o core.elf", factor);
	run(&result, 0, "aie-as", line);
	spawn_free(&result);
	snprintf(line, sizeof line, "%s/core.elf", directory);
	file = fopen(line, "rb");
	assert_non_null(file);
	size = fread(elf, 1, sizeof elf, file);
	fclose(file);
	words = (uint32_t)foreign_program(elf, size, program, 1024);
	foreign_cdo(&cdo, program, words);
	if (hold)
		foreign_hold(&cdo);
	foreign_pdi(pdi, &cdo);
	bytes_free(&cdo);
}

static int setup(void **state)
{
	static const struct foreign_kernel kernels[] = {
		{ "SCALE3", 0x901, 0 },
		{ "SCALE5", 0x902, 1 },
		{ "AGAIN3", 0x903, 0 },
	};
	static const struct foreign_kernel only = { "MLIR_AIE", 0x901, 0 };
	static uint32_t in[FOREIGN_WORDS], out[FOREIGN_WORDS];
	size_t descriptor[FOREIGN_DESCRIPTORS];
	struct bytes pdis[2] = { 0 }, bytes = { 0 }, stream = { 0 }, held = { 0 }, packets = { 0 };

	(void)state;
	directory = make_directory();
	make_pdi(&pdis[0], 3, false);
	make_pdi(&pdis[1], 5, false);
	make_pdi(&held, 3, true);
	foreign_xclbin(&bytes, FOREIGN_COLUMNS, pdis, 2, kernels, 3);
	write_bytes("three.xclbin", &bytes);
	foreign_xclbin(&bytes, FOREIGN_COLUMNS, pdis, 1, &only, 1);
	write_bytes("one.xclbin", &bytes);
	foreign_xclbin(&bytes, FOREIGN_COLUMNS, &held, 1, &only, 1);
	write_bytes("held.xclbin", &bytes);
	bytes_free(&held);
	foreign_packets(&packets);
	for (enum foreign_form form = 0; form < FOREIGN_FORMS; form++) {
		foreign_stream(&stream, form, descriptor);
		if (form == FOREIGN_V01) {
			foreign_text(&bytes, &stream);
			write_bytes("insts.txt", &bytes);
			foreign_elf(&bytes, &(struct foreign_elf){ .stream = &stream, .descriptor = descriptor });
			write_bytes("plain.elf", &bytes);
			stream.data[2] = 3; /* NPU1 */
			write_file(directory, "npu1.bin", stream.data, stream.size);
			foreign_elf(&bytes, &(struct foreign_elf){ .stream = &stream, .descriptor = descriptor });
			write_bytes("npu1.elf", &bytes);
			stream.data[2] = 4;
		}
		if (form == FOREIGN_NEW_CODES) {
			foreign_elf(&bytes, &(struct foreign_elf){
			                            .stream = &stream, .descriptor = descriptor, .preemptible = true });
			write_bytes("preempt.elf", &bytes);
		}
		if (form == FOREIGN_CONTROL) {
			foreign_elf(&bytes, &(struct foreign_elf){
			                            .stream = &stream, .descriptor = descriptor, .packets = &packets });
			write_bytes("control.elf", &bytes);
		}
		if (form == FOREIGN_FULL_ELF) {
			foreign_elf(&bytes, &(struct foreign_elf){
			                            .stream = &stream, .descriptor = descriptor, .pdi = &pdis[1] });
			write_bytes("full.elf", &bytes);
		}
		write_bytes(forms[form], &stream);
	}
	for (uint32_t i = 0; i < FOREIGN_WORDS; i++)
		in[i] = i * 0x9E3779B9U + 7;
	write_file(directory, "in.bin", in, sizeof in);
	foreign_expected(out, in, 3);
	write_file(directory, "want3.bin", out, sizeof out);
	foreign_expected(out, in, 5);
	write_file(directory, "want5.bin", out, sizeof out);
	out[100] ^= 1;
	out[200] ^= 1;
	write_file(directory, "wrong5.bin", out, sizeof out);
	bytes_free(&packets);
	bytes_free(&pdis[0]);
	bytes_free(&pdis[1]);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	remove_directory(directory);
	return 0;
}

#define BUFFERS(want) " --in in.bin:i32 --out out.bin:3K:i32 --expect " want " --device sim"
_Static_assert(4 * FOREIGN_WORDS == 3 * 1024, "the size in BUFFERS");

/* Both versions, both sizes of mask records, padding behind the end, newer records, the text form: the same run. */
static void every_form_of_instructions(void **state)
{
	static const char *const files[] = { "v01.bin", "padded.bin", "v10.bin", "new.bin", "insts.txt" };

	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		char line[256];

		snprintf(line, sizeof line, "--xclbin one.xclbin --insts %s" BUFFERS("want3.bin"), files[i]);
		expect(0, "correct: 768 elements of out.bin, 0 differ from want3.bin", "aie-run", line);
	}
}

/* CUs come in the order of the kernels, and each has its own PDI. */
static void kernels_by_name(void **state)
{
	(void)state;
	expect(0, "correct", "aie-run", "--xclbin three.xclbin --insts v01.bin --kernel SCALE3" BUFFERS("want3.bin"));
	expect(0, "correct", "aie-run", "--xclbin three.xclbin --insts v01.bin --kernel SCALE5" BUFFERS("want5.bin"));
	expect(0, "correct", "aie-run",
	       "--xclbin three.xclbin --insts v01.bin --kernel AGAIN3:MLIRAIE" BUFFERS("want3.bin"));
	expect(2, "three.xclbin|SCALE3|SCALE5|AGAIN3", "aie-run",
	       "--xclbin three.xclbin --insts v01.bin" BUFFERS("want3.bin"));
	expect(2, "three.xclbin|SCALE7|SCALE3", "aie-run",
	       "--xclbin three.xclbin --insts v01.bin --kernel SCALE7" BUFFERS("want3.bin"));
}

static void control_code_elf(void **state)
{
	(void)state;
	expect(0, "correct", "aie-run", "--elf plain.elf --xclbin one.xclbin" BUFFERS("want3.bin"));
	expect(0, "correct", "aie-run", "--elf plain.elf --xclbin three.xclbin --kernel SCALE5" BUFFERS("want5.bin"));
	expect(0, "correct", "aie-run", "--elf full.elf" BUFFERS("want5.bin"));
	expect(0, "correct", "aie-run", "--elf full.elf --kernel main:sequence" BUFFERS("want5.bin"));
	expect(0, "correct", "aie-run", "--elf preempt.elf --xclbin one.xclbin" BUFFERS("want3.bin"));
	expect(0, "section '.preempt_restore'|shim DMA 48 with scratch-pad-mem +0|BD 15: 64 words", "aie-image",
	       "dump preempt.elf");
	expect(2, "full.elf|'other'", "aie-run", "--elf full.elf --kernel other" BUFFERS("want5.bin"));
	expect(2, "plain.elf|give its --xclbin", "aie-run", "--elf plain.elf" BUFFERS("want3.bin"));
	expect(2, "full.elf|one.xclbin is too much", "aie-run",
	       "--elf full.elf --xclbin one.xclbin" BUFFERS("want5.bin"));
}

/* Configuration that comes as control packets through the array's own streams: without them the design waits for ever.
 */
static void control_packets(void **state)
{
	struct spawn_result result;

	(void)state;
	run(&result, 3, "aie-run", "--elf plain.elf --xclbin held.xclbin" BUFFERS("want3.bin"));
	assert_non_null(strstr(result.err, "TIMEOUT"));
	spawn_free(&result);
	expect(0, "correct", "aie-run", "--elf control.elf --xclbin held.xclbin" BUFFERS("want3.bin"));
	expect(0, "packet of stream id 1 type 0: write 1 words at 0xc0000: 00000002|with control-packet +0",
	       "aie-image", "dump control.elf");
}

/* Exit status 1, the number of differences and the first one, in text and JSON. */
static void comparison(void **state)
{
	struct spawn_result result;

	(void)state;
	expect(1, "WRONG: 768 elements of out.bin, 2 differ from wrong5.bin|first at element 100: got ", "aie-run",
	       "--elf full.elf" BUFFERS("wrong5.bin"));
	expect(1, "WRONG: 3072 elements|first at element 400: got ", "aie-run",
	       "--elf full.elf --in in.bin --out out.bin:3072 --expect wrong5.bin --device sim");
	run(&result, 1, "aie-run", "--elf full.elf --json" BUFFERS("wrong5.bin"));
	assert_true(json_has_string(result.out, "status", "wrong"));
	assert_true(json_has_string(result.out, "expected_file", "wrong5.bin"));
	assert_true(json_number(result.out, "mismatches", 0) == 2);
	assert_true(json_number(result.out, "first", 0) == 100);
	assert_string_equal(result.err, "");
	spawn_free(&result);
	expect(2, "core.s|the output out.bin has 3072", "aie-run", "--elf full.elf" BUFFERS("core.s"));
}

/* An --out that is shorter than what the run writes is told, as far as its last page shows it. */
static void short_output(void **state)
{
	struct spawn_result result;

	(void)state;
	expect(0, "note      the run wrote behind the 3000 bytes of out.bin", "aie-run",
	       "--elf full.elf --in in.bin --out out.bin:3000 --device sim");
	run(&result, 0, "aie-run", "--elf full.elf --in in.bin --out out.bin:3000 --device sim --json");
	assert_non_null(strstr(result.out, "\"written_behind\":[\"out.bin\"]"));
	spawn_free(&result);
	run(&result, 0, "aie-run", "--elf full.elf --in in.bin --out out.bin:3072 --device sim --json");
	assert_non_null(strstr(result.out, "\"written_behind\":[]"));
	spawn_free(&result);
}

static void options_are_checked(void **state)
{
	static const struct {
		const char *words, *arguments;
	} cases[] = {
		{ "in.bin:i7|i7|bf16", "--elf full.elf --in in.bin:i7" },
		{ "--in -", "--elf full.elf --in -" },
		{ "a value is missing", "--elf full.elf --in" },
		{ "out.bin|FILE:SIZE", "--elf full.elf --out out.bin" },
		{ "out.bin:i32|FILE:SIZE", "--elf full.elf --out out.bin:i32" },
		{ "'12x'", "--elf full.elf --out out.bin:12x" },
		{ "'12K5'", "--elf full.elf --out out.bin:12K5:i8" },
		{ "'5G'", "--elf full.elf --out out.bin:5G" },
		{ "'-4'", "--elf full.elf --out out.bin:-4" },
		{ "7 bytes are not whole elements of type i32", "--elf full.elf --out out.bin:7:i32" },
		{ "behind an --out", "--elf full.elf --in in.bin --expect want3.bin" },
		{ "behind an --out", "--elf full.elf --out a:4 --expect want3.bin --expect want3.bin" },
		{ "has type i32", "--elf full.elf --out a:4:i32 --expect want3.bin:u8" },
		{ "--tolerance -1", "--elf full.elf --tolerance -1" },
		{ "--tolerance nan", "--elf full.elf --tolerance nan" },
		{ "--insts v01.bin|own instructions", "--elf full.elf --insts v01.bin" },
		{ "--elf", "--elf" },
		{ "missing.elf", "--elf missing.elf" },
		{ "v01.bin|ELF", "--elf v01.bin" },
		{ "full.elf|--elf", "--xclbin one.xclbin --insts full.elf" },
		{ "in.bin: offset 0x0", "--xclbin in.bin --insts v01.bin --in in.bin --in in.bin --device sim" },
		{ "argument buffers, the kernel takes 2", "--elf full.elf --in in.bin --device sim" },
		{ "6 argument buffers, the kernel takes 5",
		  "--xclbin one.xclbin --insts v01.bin --in in.bin --in in.bin --in in.bin --in in.bin --in in.bin "
		  "--in in.bin --device sim" },
		{ "argument 1, the command has 1", "--xclbin one.xclbin --insts v01.bin --in in.bin --device sim" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		expect(2, cases[i].words, "aie-run", cases[i].arguments);
}

/* For the older NPU: explained, but not run. */
static void npu1_is_refused_by_name(void **state)
{
	(void)state;
	expect(0, "generation 3 (NPU1, AIE2)|WRITE (1,0) SHIM.DMA_MM2S_0_Task_Queue", "aie-image", "dump npu1.bin");
	expect(0, "generation 3 (NPU1, AIE2)", "aie-image", "dump npu1.elf");
	expect(3, "npu1.bin|NPU1 (AIE2)|NPU4 (AIE2P)", "aie-run",
	       "--xclbin one.xclbin --insts npu1.bin" BUFFERS("want3.bin"));
	expect(3, "npu1.elf|.ctrltext|NPU1 (AIE2)", "aie-run",
	       "--elf npu1.elf --xclbin one.xclbin" BUFFERS("want3.bin"));
}

static void explained_and_compared(void **state)
{
	(void)state;
	expect(0,
	       "xclbin of|kernel 1: 'SCALE5:MLIRAIE', id 0x902, functional 0, PDI 1|argument 3: 'bo0', buffer|"
	       "PDI 1:|BLOCK_WRITE (1,2) MEM.DMA_BD3_0|MEM.Lock2_value = 0x00000002|CORE.Core_Control",
	       "aie-image", "dump three.xclbin");
	expect(0, "version 1.0|DDR_PATCH (1,0) SHIM.DMA_BD1_1 = argument 1 + 0x600|token of S2MM0 on (0,0) .. (1,0)",
	       "aie-image", "dump v10.bin");
	expect(0, "PREEMPT level 1|NOP", "aie-image", "dump new.bin");
	expect(0, "plain, PDI from an xclbin|shim DMA 48 with 4 +1536", "aie-image", "dump plain.elf");
	expect(0, "partition of 2 columns|instance 'main:sequence', 2 arguments|address 64 with .pdi.0|LOAD_PDI",
	       "aie-image", "dump full.elf");
	expect(0, "", "aie-image", "diff v01.bin insts.txt");
	expect(1, "+   PREEMPT level 1", "aie-image", "diff v01.bin new.bin");
	expect(1, "CORE.Program_Memory[0x0]", "aie-image", "diff one.xclbin three.xclbin");
}

/* Trace units, ways and buffer are put into every form of instructions; memory tiles take part. */
static void traced(void **state)
{
	static const char *const files[] = { "v01.bin", "padded.bin", "v10.bin", "new.bin", "insts.txt" };

	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		char line[256];

		snprintf(line, sizeof line, "--xclbin one.xclbin --insts %s" BUFFERS("want3.bin") " --trace %s.trace",
		         files[i], files[i]);
		expect(0, "correct: 768 elements of out.bin, 0 differ from want3.bin|packets of 8 units", "aie-run",
		       line);
		snprintf(line, sizeof line, "decode --strict %s.trace", files[i]);
		expect(0,
		       "(0,0) shim|(1,0) shim|(0,1) memtile|(0,2) core|(1,2) mem|DMA_MM2S_SEL0_FINISHED_BD|LOCK_STALL",
		       "aie-trace", line);
	}
	expect(0, "the same", "aie-trace", "diff padded.bin.trace v01.bin.trace");
	expect(2, "--trace|not into a control-code ELF", "aie-run", "--elf full.elf --trace t" BUFFERS("want5.bin"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_of_instructions),
		cmocka_unit_test(kernels_by_name),
		cmocka_unit_test(control_code_elf),
		cmocka_unit_test(control_packets),
		cmocka_unit_test(comparison),
		cmocka_unit_test(short_output),
		cmocka_unit_test(options_are_checked),
		cmocka_unit_test(npu1_is_refused_by_name),
		cmocka_unit_test(explained_and_compared),
		cmocka_unit_test(traced),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

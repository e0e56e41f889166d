/* aie-image's parts: what dump says of known images, that every refused image prints nothing, build's language, diff.
 */
#include "tests/image/testing.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "driver/image/core_elf.h"
#include "driver/image/txn.h"
#include "isa/file.h"
#include "tests/image/building.h"
#include "tests/image/samples.h"

static char *dump(const void *data, size_t size, struct aie_error *error)
{
	struct aie_image_dump_options options = { 0 };
	size_t length;
	char *text;
	FILE *stream = open_memstream(&text, &length);
	int result;

	assert_non_null(stream);
	result = aie_image_dump(stream, data, size, &options, error);
	fclose(stream);
	if (!result)
		return text;
	assert_int_equal(length, 0); /* nothing half done */
	free(text);
	return NULL;
}

static void contains(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in:\n%s", part, text);
}

static char *build_and_dump(const char *description)
{
	struct aie_error error = { 0 };
	struct aie_bytes bytes;
	char *text;

	if (aie_image_build(description, strlen(description), ".", &bytes, &error))
		fail_msg("%s", error.text);
	text = dump(bytes.data, bytes.size, &error);
	if (!text)
		fail_msg("%s", error.text);
	aie_bytes_free(&bytes);
	return text;
}

static void dump_explains_every_sample(void **state)
{
	static const char *const parts[SAMPLES] = {
		[SAMPLE_CDO] = "MASK_WRITE (0,2) CORE.Core_Control & 0x00000001 = 0x00000001 Enable=1",
		[SAMPLE_PDI] = "WRITE (0,2) MEM.Lock0_value = 0x00000001 Lock_value=1",
		[SAMPLE_XCLBIN] = "kernel 0: 'MLIR_AIE:MLIRAIE', id 0x901",
		[SAMPLE_TXN] = "DDR_PATCH (0,0) SHIM.DMA_BD0_1 = argument 0 + 0x40",
		[SAMPLE_TXN_SHORT] = "DMA_BD0_4 = 0x80000000 Burst_Length=2",
		[SAMPLE_TXN_TEXT] = "WAIT token of S2MM0 on (0,0)",
		[SAMPLE_CORE_ELF] = "own data 0x00405: 13 bytes",
		[SAMPLE_CONTROL_ELF] = "patch 0x00020: shim DMA 48 with 3 +64",
		[SAMPLE_CONTROL_ELF_FULL] = "instance 'main:run', 3 arguments",
	};

	(void)state;
	for (int i = 0; i < SAMPLES; i++) {
		struct aie_error error = { 0 };
		struct aie_bytes bytes;
		char *text;

		sample_make((enum sample)i, &bytes);
		text = dump(bytes.data, bytes.size, &error);
		if (!text)
			fail_msg("%s: %s", sample_name((enum sample)i), error.text);
		contains(text, parts[i]);
		free(text);
		for (size_t at = 0; at < bytes.size; at += 13) { /* damaged ones: explained or refused whole */
			bytes.data[at] ^= 0x5A;
			free(dump(bytes.data, bytes.size, &error));
			bytes.data[at] ^= 0x5A;
		}
		aie_bytes_free(&bytes);
	}
}

static void dump_names_events(void **state)
{
	char *text = build_and_dump("image cdo\nwrite 0 2 CORE.Trace_Event0 Trace_Event0=37\n");

	(void)state;
	contains(text, "Trace_Event0=0x25(INSTR_VECTOR)");
	free(text);
}

static void dump_refuses_unknown_bytes(void **state)
{
	struct aie_error error = { 0 };

	(void)state;
	assert_null(dump("", 0, &error));
	assert_refused(&error, "none of the formats");
	assert_null(dump("no image at all", 15, &error));
	assert_refused(&error, "none of the formats");
	assert_null(dump("\177ELF\2\1\1", 7, &error));
	assert_refused(&error, "none of the formats");
}

static const char stream_text[] = "image txn   # the one-core example\n"
                                  "columns 1\n"
                                  "\n"
                                  "block 0 0 DMA_BD0_0 0x800 0 0 0 Burst_Length=2 AxCache=2 0 Valid_BD=1\n"
                                  "patch 0 0 DMA_BD0_1 0\n"
                                  "write 0 0 DMA_MM2S_0_Task_Queue 0\n"
                                  "block 0 0 0x1D020 0x800 0 0 0 0x80000000 0x02000000 0 0x02000000\n"
                                  "patch 0 0 DMA_BD1_1 1 0\n"
                                  "write 0 0 DMA_MM2S_1_Task_Queue Start_BD_ID=1\n"
                                  "block 0 0 0x1D040 0x800 0 0 0 0x80000000 0x02000000 0 0x02000000\n"
                                  "patch 0 0 DMA_BD2_1 2\n"
                                  "mask 0 0 SHIM.DMA_S2MM_0_Ctrl 0x1F00 Controller_ID=15\n"
                                  "write 0 0 DMA_S2MM_0_Task_Queue Enable_Token_Issue=1,Start_BD_ID=2\n"
                                  "wait 0 0 s2mm 0\n";

/* The description of the published example gives its 420 bytes. */
static void build_stream(void **state)
{
	static const uint32_t descriptor[8] = { 0x800, 0, 0, 0, 0x80000000, 0x02000000, 0, 0x02000000 };
	struct aie_txn_builder builder;
	struct aie_error error = { 0 };
	struct aie_bytes built, made;

	(void)state;
	assert_int_equal(aie_image_build(stream_text, sizeof stream_text - 1, ".", &built, &error), 0);
	aie_txn_begin(&builder, AIE_TXN_V0_1, AIE_TXN_NPU2, 1);
	for (unsigned i = 0; i < 2; i++) {
		aie_txn_block_write(&builder, 0x1D000 + 0x20 * i, descriptor, 8);
		aie_txn_ddr_patch(&builder, 0x1D004 + 0x20 * i, i, 0);
		aie_txn_write32(&builder, 0x1D214 + 8 * i, i);
	}
	aie_txn_block_write(&builder, 0x1D040, descriptor, 8);
	aie_txn_ddr_patch(&builder, 0x1D044, 2, 0);
	aie_txn_mask_write32(&builder, 0x1D200, 0x1F00, 0x0F00);
	aie_txn_write32(&builder, 0x1D204, 0x80000002);
	aie_txn_sync(&builder, 0, 0, false, 0, 1, 1);
	assert_int_equal(aie_txn_finish(&builder, &made, &error), 0);
	assert_int_equal(built.size, 420);
	assert_memory_equal(built.data, made.data, 420);
	aie_bytes_free(&built);
	aie_bytes_free(&made);
}

static void build_every_kind(void **state)
{
	static const struct {
		const char *text, *part;
	} cases[] = {
		{ "image cdo\nwrite 1 2 Lock3_value 2\n", "WRITE (1,2) MEM.Lock3_value = 0x00000002" },
		{ "image pdi\nenable 0 3\nreset 0 3\n", "CORE.Core_Control & 0x00000002 = 0x00000002 Reset=1" },
		{ "image xclbin\ncolumns 3\ntime 5\nkernel mine 0x77 2\nnop\n", "kernel 0: 'mine:MLIRAIE', id 0x77" },
		{ "image xclbin\ncolumns 3\nnop\n", "partition '': 3 columns" },
		{ "image txn-1.0\npoll 0 2 Core_Status 0x100000 Core_Done=1\n", "version 1.0" },
		{ "image txn-text\ngeneration 9\nwait 1 1 mm2s 5 2 1\n", "token of MM2S5 on (1,1) .. (2,1)" },
		{ "image elf\nblock 0 0 DMA_BD0_0 1 2 3 4 5 6 7 8\npatch 0 0 DMA_BD0_1 1 4096\n", "with 4 +4096" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *text = build_and_dump(cases[i].text);

		contains(text, cases[i].part);
		free(text);
	}
}

static void build_refuses(void **state)
{
	static const struct bad_description cases[] = {
		{ "", "no operation" },
		{ "image cdo\n", "no operation" },
		{ "write 0 2 0 0\n", "line 1: the first statement" },
		{ "image blob\n", "line 1: image" },
		{ "image cdo\nimage cdo\n", "line 2: image" },
		{ "image cdo\nfoo\n", "line 2: unknown statement 'foo'" },
		{ "image cdo\n\n# x\nwrite 0 2 Nothing 0\n", "line 4: a compute tile has no register 'Nothing'" },
		{ "image cdo\nwrite 8 2 0 0\n", "line 2: '8'" },
		{ "image cdo\nwrite 0 6 0 0\n", "'6'" },
		{ "image cdo\nwrite 0 2 0x100000 0\n", "0x100000" },
		{ "image cdo\nwrite 0 2 2 0\n", "aligned" },
		{ "image cdo\nwrite 0 2 0\n", "missing" },
		{ "image cdo\nwrite 0 2 0 1 2\n", "too much" },
		{ "image cdo\nwrite 0 2 Core_Control Enable=2\n", "fits the 1 bits" },
		{ "image cdo\nwrite 0 2 Core_Control Speed=1\n", "no such field" },
		{ "image cdo\nwrite 0 2 Core_Control 0x1ffffffff\n", "no number" },
		{ "image cdo\nwrite 0 2 Core_Control 1x\n", "no number" },
		{ "image cdo\npatch 0 0 DMA_BD0_1 0\n", "only a transaction stream" },
		{ "image cdo\nwait 0 0 s2mm 0\n", "only a transaction stream" },
		{ "image txn\nload 0 2 x\n", "in a CDO" },
		{ "image cdo\nload 0 2 does-not-exist.elf\n", "does-not-exist.elf" },
		{ "image cdo\nenable 0 1\n", "no compute tile" },
		{ "image txn\npatch 0 0 DMA_BD0_1 0\n", "no earlier record" },
		{ "image txn\nwait 0 0 up 0\n", "s2mm or mm2s" },
		{ "image txn\nwait 0 0 s2mm 2\n", "channel 2" },
		{ "image cdo\nnop\ncolumns 4\n", "settings come before" },
		{ "image cdo\ncolumns 0\nnop\n", "at least one" },
	};

	(void)state;
	assert_not_built(cases, sizeof cases / sizeof *cases);
}

/* load and include read files beside the description. */
static void build_from_files(void **state)
{
	static const char text[] = "image pdi\ncolumns 2\nload 0 2 core.elf\ninclude part.cdo\nenable 0 2\n";
	char directory[] = "/tmp/aie_image_test_XXXXXX", path[64];
	static const char *const names[3] = { "core.elf", "part.cdo", "insts.txt" };
	static const enum sample samples[3] = { SAMPLE_CORE_ELF, SAMPLE_CDO, SAMPLE_TXN_TEXT };
	struct aie_error error = { 0 };
	struct aie_bytes bytes;
	char *explained;

	(void)state;
	assert_non_null(mkdtemp(directory));
	for (int i = 0; i < 3; i++) {
		sample_make(samples[i], &bytes);
		snprintf(path, sizeof path, "%s/%s", directory, names[i]);
		assert_int_equal(aie_file_write(path, bytes.data, bytes.size, &error), 0);
		aie_bytes_free(&bytes);
	}
	if (aie_image_build(text, sizeof text - 1, directory, &bytes, &error))
		fail_msg("%s", error.text);
	explained = dump(bytes.data, bytes.size, &error);
	assert_non_null(explained);
	contains(explained, "CORE.Program_Memory[0x0] 10 words");
	contains(explained, "BLOCK_WRITE (1,1) MEMTILE.DataMemory[0x1000] 260 words");
	free(explained);
	aie_bytes_free(&bytes);
	/* The sample reaches into the northern neighbour: not from the top row. */
	assert_int_equal(aie_image_build("image cdo\nload 0 5 core.elf\n", 28, directory, &bytes, &error), -1);
	assert_refused(&error, "no such neighbour");
	assert_int_equal(aie_image_build("image cdo\ninclude insts.txt\n", 28, directory, &bytes, &error), -1);
	assert_refused(&error, "cannot hold");
	if (aie_image_build("image txn-1.0\ncolumns 2\ninclude insts.txt\n", 42, directory, &bytes, &error))
		fail_msg("%s", error.text);
	aie_bytes_free(&bytes);
	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof path, "%s/%s", directory, names[i]);
		unlink(path);
	}
	rmdir(directory);
}

static char *compare(const char *one, const char *two, bool *equal)
{
	size_t length;
	char *text;
	FILE *stream = open_memstream(&text, &length);

	assert_non_null(stream);
	*equal = aie_image_diff(stream, one, two);
	fclose(stream);
	return text;
}

static void diff(void **state)
{
	bool equal;
	char *text;

	(void)state;
	text = compare("a\nb\n", "a\nb\n", &equal);
	assert_true(equal);
	assert_string_equal(text, "");
	free(text);
	text = compare("a\nb\nc\nd\n", "a\nx\nc\ny\nd\n", &equal);
	assert_false(equal);
	assert_string_equal(text, "- b\n+ x\n+ y\n");
	free(text);
	text = compare("a\n", "", &equal);
	assert_false(equal);
	assert_string_equal(text, "- a\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dump_explains_every_sample), cmocka_unit_test(dump_names_events),
		cmocka_unit_test(dump_refuses_unknown_bytes), cmocka_unit_test(build_stream),
		cmocka_unit_test(build_every_kind),           cmocka_unit_test(build_refuses),
		cmocka_unit_test(build_from_files),           cmocka_unit_test(diff),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

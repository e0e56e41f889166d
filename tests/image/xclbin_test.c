/* xclbin: layout as in built files, kernels and arguments, bad input X1-X8. */
#include "tests/image/testing.h"

#include "driver/image/pdi.h"
#include "driver/image/registers.h"
#include "driver/image/xclbin.h"

static void make_pdi(struct aie_bytes *pdi, uint32_t value)
{
	struct aie_error error = { 0 };
	struct aie_cdo_builder builder;
	struct aie_bytes cdo;

	aie_cdo_begin(&builder);
	aie_cdo_write32(&builder, aie_tile_address(0, 2, 0x1F000), value);
	assert_int_equal(aie_cdo_finish(&builder, &cdo, &error), 0);
	assert_int_equal(aie_pdi_write(cdo.data, cdo.size, pdi, &error), 0);
	aie_bytes_free(&cdo);
}

static void make_xclbin(struct aie_bytes *bytes)
{
	struct aie_xclbin_new_kernel kernel = { 0 };
	struct aie_xclbin_new request = {
		.columns = 4, .time_stamp = 1700000000, .pdi_count = 1, .kernel = &kernel, .kernel_count = 1
	};
	struct aie_error error = { 0 };
	struct aie_bytes pdi;

	make_pdi(&pdi, 1);
	request.pdi = &pdi;
	assert_int_equal(aie_xclbin_write(&request, bytes, &error), 0);
	aie_bytes_free(&pdi);
}

/* Place of the header of the section of a kind. */
static size_t section_header(const uint8_t *file, uint32_t kind)
{
	for (uint32_t i = 0; i < get32(file, 0x1C0); i++)
		if (get32(file, 0x1C8 + 40 * (size_t)i) == kind)
			return 0x1C8 + 40 * (size_t)i;
	fail_msg("section %u is missing", kind);
	return 0;
}

static size_t section(const uint8_t *file, uint32_t kind)
{
	return (size_t)get64(file, section_header(file, kind) + 24);
}

static void file_layout(void **state)
{
	static const uint32_t order[7] = { 6, 32, 2, 8, 7, 27, 26 };
	struct aie_bytes bytes, again;
	const uint8_t *f, *p;
	uint64_t end = 0x2E0;

	(void)state;
	make_xclbin(&bytes);
	f = bytes.data;
	assert_memory_equal(f, "xclbin2\0", 8);
	assert_int_equal(get32(f, 8), 0xFFFFFFFF);
	for (size_t i = 0xC; i < 0x128; i++)
		assert_int_equal(f[i], 0xFF);
	assert_true(get64(f, 0x130) == bytes.size);
	assert_true(get64(f, 0x138) == 1700000000);
	assert_true(get64(f, 0x128) == get64(f, 0x138));
	assert_int_equal(get32(f, 0x1C0), 7);
	for (unsigned i = 0; i < 7; i++) {
		size_t at = 0x1C8 + 40 * i;

		assert_int_equal(get32(f, at), order[i]);
		assert_true(get64(f, at + 24) == end); /* each starts 8-aligned behind the one before */
		end = (end + get64(f, at + 32) + 7) & ~UINT64_C(7);
	}
	assert_true(end == bytes.size);

	p = f + section(f, 32);
	assert_int_equal(get32(p, 0x04), 0xB8);
	assert_int_equal(get32(p, 0x08), 2048);
	assert_true(get64(p, 0x10) == 23423);
	assert_true(get64(p, 0x18) == 12345);
	assert_int_equal(p[0x20], 4);
	assert_int_equal(get32(p, 0x28), 1);
	assert_int_equal(get32(p, 0x2C), 0xC8);
	assert_int_equal(get32(p, 0x78), 1);
	assert_int_equal(get32(p, get32(p, 0x7C) + 0x14), 0xD0); /* first PDI image */
	assert_memory_equal(p + 0xD0 + 0xA0, "aie_image", 9);

	p = f + section(f, 8);
	assert_int_equal(get32(p, 0), 1);
	assert_int_equal(get32(p, 8), 7);
	assert_int_equal(get32(p, 12), 0x09010001);
	assert_true(get64(p, 16) == UINT64_MAX);
	assert_string_equal((const char *)p + 24, "MLIR_AIE:MLIRAIE");
	p = f + section(f, 6);
	assert_int_equal(get32(p, 0), 2);
	assert_int_equal(p[8], 2);
	assert_true(get64(p, 16) == 0x10000);
	assert_true(get64(p, 24) == 0x4000000);
	assert_string_equal((const char *)p + 32, "HOST");
	assert_string_equal((const char *)p + 72, "SRAM");
	p = f + section(f, 7);
	assert_int_equal(get32(p, 0), 6);
	assert_int_equal(get32(p, 4), 1); /* argument 1, the instructions, to memory 1 */
	assert_int_equal(get32(p, 12), 1);
	assert_int_equal(get32(p, 16), 3);
	assert_int_equal(get32(p, 24), 0);
	assert_int_equal(get32(f + section(f, 27), 0), 12);

	make_xclbin(&again); /* equal input, equal file */
	assert_int_equal(again.size, bytes.size);
	assert_memory_equal(again.data, bytes.data, bytes.size);
	aie_bytes_free(&again);
	aie_bytes_free(&bytes);
}

static void read_back(void **state)
{
	static const uint32_t offsets[8] = { 0, 8, 0x10, 0x14, 0x1C, 0x24, 0x2C, 0x34 };
	const struct aie_xclbin_kernel *kernel;
	struct aie_error error = { 0 };
	struct aie_xclbin xclbin;
	struct aie_bytes bytes;
	struct aie_pdi pdi;

	(void)state;
	make_xclbin(&bytes);
	assert_true(aie_xclbin_recognise(bytes.data, bytes.size));
	assert_int_equal(aie_xclbin_open(&xclbin, bytes.data, bytes.size, 8, &error), 0);
	assert_int_equal(xclbin.columns, 4);
	assert_int_equal(xclbin.start_count, 1);
	assert_int_equal(xclbin.pdi_count, 1);
	assert_int_equal(xclbin.pdi[0].group_count, 1);
	assert_string_equal(xclbin.pdi[0].group[0].name, "DPU");
	assert_true(aie_xclbin_group_id(&xclbin.pdi[0].group[0], 0) == 0x901);
	kernel = aie_xclbin_find_kernel(&xclbin, NULL, &error);
	assert_non_null(kernel);
	assert_ptr_equal(kernel, aie_xclbin_find_kernel(&xclbin, "MLIR_AIE", &error));
	assert_ptr_equal(kernel, aie_xclbin_find_kernel(&xclbin, "MLIR_AIE:MLIRAIE", &error));
	assert_null(aie_xclbin_find_kernel(&xclbin, "OTHER", &error));
	assert_refused(&error, "MLIR_AIE");
	assert_int_equal(kernel->id, 0x901);
	assert_int_equal(kernel->functional, 0);
	assert_string_equal(kernel->instance, "MLIRAIE");
	assert_int_equal(kernel->argument_count, 8);
	assert_int_equal(kernel->register_map_bytes, 60); /* 15 words */
	for (unsigned i = 0; i < 8; i++) {
		assert_int_equal(kernel->argument[i].id, i);
		assert_int_equal(kernel->argument[i].offset, offsets[i]);
		assert_int_equal(kernel->argument[i].size, i == 2 ? 4 : 8);
		assert_int_equal(kernel->argument[i].qualifier, i == 0 || i == 2 ? 0 : 1);
		assert_int_equal(kernel->argument[i].memory, i == 0 || i == 2 ? -1 : i == 1 ? 1 : 0);
	}
	assert_string_equal(kernel->argument[7].name, "bo4");
	assert_int_equal(aie_pdi_open(&pdi, xclbin.pdi[0].data, xclbin.pdi[0].size, xclbin.columns, &error), 0);
	aie_pdi_close(&pdi);
	aie_xclbin_close(&xclbin);
	aie_bytes_free(&bytes);
}

/* Several kernels, of which two share a PDI. */
static void several_kernels(void **state)
{
	struct aie_xclbin_new_kernel kernels[3] = {
		{ .name = "first", .id = 0x10, .pdi = 1, .buffers = 2 },
		{ .name = "second", .id = 0x11, .pdi = 0, .buffers = 8 },
		{ .name = "third", .id = 0x12, .pdi = 1 },
	};
	struct aie_xclbin_new request = { .columns = 8, .pdi_count = 2, .kernel = kernels, .kernel_count = 3 };
	const struct aie_xclbin_kernel *kernel;
	struct aie_error error = { 0 };
	struct aie_bytes pdis[2], bytes;
	struct aie_xclbin xclbin;

	(void)state;
	make_pdi(&pdis[0], 1);
	make_pdi(&pdis[1], 2);
	request.pdi = pdis;
	assert_int_equal(aie_xclbin_write(&request, &bytes, &error), 0);
	assert_int_equal(aie_xclbin_open(&xclbin, bytes.data, bytes.size, 8, &error), 0);
	assert_int_equal(xclbin.kernel_count, 3);
	assert_null(aie_xclbin_find_kernel(&xclbin, NULL, &error));
	assert_refused(&error, "first second third");
	kernel = aie_xclbin_find_kernel(&xclbin, "second", &error);
	assert_non_null(kernel);
	assert_int_equal(kernel->pdi, 0);
	assert_int_equal(kernel->argument_count, 11);
	assert_int_equal(kernel->argument[10].memory, 0);
	kernel = aie_xclbin_find_kernel(&xclbin, "third", &error);
	assert_int_equal(kernel->pdi, 1);
	assert_memory_equal(xclbin.pdi[1].data, pdis[1].data, pdis[1].size);
	assert_memory_not_equal(xclbin.pdi[0].uuid, xclbin.pdi[1].uuid, 16);
	aie_xclbin_close(&xclbin);
	aie_bytes_free(&bytes);
	aie_bytes_free(&pdis[0]);
	aie_bytes_free(&pdis[1]);
}

static void make_three(struct aie_bytes *bytes)
{
	struct aie_xclbin_new_kernel kernels[3] = {
		{ .name = "first", .id = 0x10, .buffers = 2 },
		{ .name = "second", .id = 0x11, .buffers = 8 },
		{ .name = "third", .id = 0x12 },
	};
	struct aie_xclbin_new request = { .columns = 8, .pdi_count = 1, .kernel = kernels, .kernel_count = 3 };
	struct aie_error error = { 0 };
	struct aie_bytes pdi;

	make_pdi(&pdi, 1);
	request.pdi = &pdi;
	assert_int_equal(aie_xclbin_write(&request, bytes, &error), 0);
	aie_bytes_free(&pdi);
}

/* Connections count all IPs, also those that are no DPU kernels. */
static void other_ips_are_passed_over(void **state)
{
	struct aie_error error = { 0 };
	struct aie_xclbin xclbin;
	struct aie_bytes bytes;

	(void)state;
	make_three(&bytes);
	put32(bytes.data, section(bytes.data, 8) + 8, 1); /* the first one: another type */
	assert_int_equal(aie_xclbin_open(&xclbin, bytes.data, bytes.size, 8, &error), 0);
	assert_int_equal(xclbin.kernel_count, 2);
	assert_string_equal(xclbin.kernel[0].name, "second");
	assert_int_equal(xclbin.kernel[0].argument_count, 11);
	assert_int_equal(xclbin.kernel[0].argument[10].memory, 0);
	assert_int_equal(xclbin.kernel[1].argument_count, 8);
	aie_xclbin_close(&xclbin);
	aie_bytes_free(&bytes);
}

/* Two instances of one kernel have the same arguments. */
static void instances_share_arguments(void **state)
{
	const struct aie_xclbin_kernel *kernel;
	struct aie_error error = { 0 };
	struct aie_xclbin xclbin;
	struct aie_bytes bytes;

	(void)state;
	make_three(&bytes);
	memcpy(bytes.data + section(bytes.data, 8) + 8 + 80 + 16, "first:two\0\0\0\0\0\0\0", 16);
	assert_int_equal(aie_xclbin_open(&xclbin, bytes.data, bytes.size, 8, &error), 0);
	kernel = aie_xclbin_find_kernel(&xclbin, "first:two", &error);
	assert_non_null(kernel);
	assert_int_equal(kernel->id, 0x11);
	assert_int_equal(kernel->argument_count, 5);
	aie_xclbin_close(&xclbin);
	aie_bytes_free(&bytes);
}

static void writer_refuses(void **state)
{
	struct aie_xclbin_new_kernel good = { 0 }, kernels[2] = { { 0 }, { 0 } };
	struct aie_error error = { 0 };
	struct aie_bytes pdi, bytes;
	struct aie_xclbin_new request;

	(void)state;
	make_pdi(&pdi, 1);
	for (int i = 0; i < 8; i++) {
		request = (struct aie_xclbin_new){
			.columns = 4, .pdi = &pdi, .pdi_count = 1, .kernel = kernels, .kernel_count = 1
		};
		kernels[0] = kernels[1] = good;
		switch (i) {
		case 0:
			request.columns = 0;
			break;
		case 1:
			request.kernel_count = 0;
			break;
		case 2:
			request.kernel_count = 2; /* the same name and id twice */
			break;
		case 3:
			kernels[0].pdi = 1;
			break;
		case 4:
			kernels[0].id = 0x1000;
			break;
		case 5:
			kernels[0].name = "a\"b";
			break;
		case 6:
			kernels[0].buffers = 33;
			break;
		case 7:
			kernels[0].name = "a_name_that_is_much_too_long_for_the_field_of_sixty_four_bytes";
			break;
		}
		assert_int_equal(aie_xclbin_write(&request, &bytes, &error), -1);
		assert_int_equal(error.category, AIE_ERROR_INPUT);
		assert_null(bytes.data);
	}
	aie_bytes_free(&pdi);
}

/* ---- bad input --------------------------------------------------------------------------------------------------- */

static void refuse_file(const uint8_t *file, size_t size, const char *part)
{
	struct aie_error error = { 0 };
	struct aie_xclbin xclbin;
	uint8_t *copy = copy_of(file, size);

	assert_int_equal(aie_xclbin_open(&xclbin, copy, size, 8, &error), -1);
	assert_refused(&error, part);
	assert_null(xclbin.section);
	free(copy);
}

/* Refuse the sample with one 32-bit value changed. */
static void refuse_change(const struct aie_bytes *bytes, size_t at, uint32_t value, const char *part)
{
	uint8_t *copy = copy_of(bytes->data, bytes->size);

	put32(copy, at, value);
	refuse_file(copy, bytes->size, part);
	free(copy);
}

static void bad_X1_magic(void **state)
{
	struct aie_bytes bytes;

	(void)state;
	make_xclbin(&bytes);
	refuse_file(bytes.data, 0, "too few");
	refuse_file(bytes.data, 0x1EF, "too few");
	bytes.data[6] = '1';
	refuse_file(bytes.data, bytes.size, "magic");
	aie_bytes_free(&bytes);
}

static void bad_X2_length(void **state)
{
	struct aie_bytes bytes;

	(void)state;
	make_xclbin(&bytes);
	refuse_file(bytes.data, bytes.size - 8, "total length");
	refuse_change(&bytes, 0x130, (uint32_t)bytes.size - 8, "total length");
	refuse_change(&bytes, 0x134, 1, "total length");
	aie_bytes_free(&bytes);
}

static void bad_X3_section_count(void **state)
{
	struct aie_bytes bytes;

	(void)state;
	make_xclbin(&bytes);
	refuse_change(&bytes, 0x1C0, 0xFFFFFFFF, "sections");
	refuse_change(&bytes, 0x1C0, 10001, "sections");
	refuse_change(&bytes, 0x1C0, 10000, "do not fit");
	aie_bytes_free(&bytes);
}

static void bad_X4_section_place(void **state)
{
	struct aie_bytes bytes;
	uint8_t *copy;
	size_t at;

	(void)state;
	make_xclbin(&bytes);
	at = section_header(bytes.data, 32);
	refuse_change(&bytes, at + 24, (uint32_t)bytes.size, "leave the file");
	refuse_change(&bytes, at + 28, 0xFFFFFFFF, "leave the file");
	copy = copy_of(bytes.data, bytes.size);
	put64(copy, at + 32, UINT64_MAX - get64(copy, at + 24) + 1); /* sums up to 2^64 */
	refuse_file(copy, bytes.size, "leave the file");
	free(copy);
	refuse_change(&bytes, section_header(bytes.data, 27), 32, "second AIE_PARTITION");
	aie_bytes_free(&bytes);
}

static void bad_X5_partition_missing(void **state)
{
	struct aie_bytes bytes;

	(void)state;
	make_xclbin(&bytes);
	refuse_change(&bytes, section_header(bytes.data, 32), 18, "no AIE_PARTITION");
	refuse_change(&bytes, section_header(bytes.data, 32) + 32, 183, "183 bytes");
	aie_bytes_free(&bytes);
}

static void bad_X6_references(void **state)
{
	struct aie_bytes bytes;
	size_t partition, pdi, group;
	uint32_t size;

	(void)state;
	make_xclbin(&bytes);
	partition = section(bytes.data, 32);
	size = get32(bytes.data, section_header(bytes.data, 32) + 32);
	pdi = partition + get32(bytes.data, partition + 0x7C);
	group = partition + get32(bytes.data, pdi + 0x1C);
	refuse_change(&bytes, partition + 0x78, 0x05555556, "PDI entries"); /* x 96 passes 2^32 */
	refuse_change(&bytes, partition + 0x7C, size, "PDI entries");
	refuse_change(&bytes, partition + 0x28, 0x80000001, "start columns");
	refuse_change(&bytes, partition + 0x2C, size, "start columns");
	refuse_change(&bytes, pdi + 0x14, size - 1, "PDI image");
	refuse_change(&bytes, pdi + 0x18, 0x05555556, "CDO groups");
	refuse_change(&bytes, pdi + 0x1C, 0xFFFFFFFF, "CDO groups");
	refuse_change(&bytes, group + 0x10, 0x20000001, "DPU kernel ids");
	refuse_change(&bytes, group + 0x14, size, "DPU kernel ids");
	refuse_change(&bytes, group + 0x1C, size, "pre CDO groups");
	aie_bytes_free(&bytes);
}

static void bad_X7_contents(void **state)
{
	struct aie_error error = { 0 };
	struct aie_xclbin xclbin;
	struct aie_bytes bytes;
	size_t partition, pdi;

	(void)state;
	make_xclbin(&bytes);
	partition = section(bytes.data, 32);
	pdi = partition + get32(bytes.data, partition + 0x7C);
	refuse_change(&bytes, partition + 0x78, 0, "no PDI");
	refuse_change(&bytes, pdi + 0x10, 0, "0 bytes");
	refuse_change(&bytes, partition + 0x20, 0, "0 columns");
	refuse_change(&bytes, partition + 0x20, 9, "the device has 8");
	refuse_change(&bytes, section(bytes.data, 8) + 12, 0x09020001, "0x902");
	assert_int_equal(aie_xclbin_open(&xclbin, bytes.data, bytes.size, 3, &error), -1);
	assert_refused(&error, "the device has 3");
	aie_bytes_free(&bytes);
}

/* One PDI has at most 128 MiB (documented: runtime's loader); here it is one byte longer. */
static void bad_X7_large_pdi(void **state)
{
	const uint32_t limit = 134217728;
	struct aie_bytes bytes;
	size_t partition, size;
	uint8_t *file;

	(void)state;
	make_xclbin(&bytes);
	partition = section(bytes.data, 32);
	size = partition + limit + 4096;
	file = calloc(1, size);
	assert_non_null(file);
	memcpy(file, bytes.data, bytes.size);
	put64(file, 0x130, size);
	put64(file, section_header(file, 32) + 32, size - partition);
	put32(file, partition + get32(file, partition + 0x7C) + 0x10, limit + 1);
	refuse_file(file, size, "134217729 bytes, 1 to 134217728 are allowed");
	free(file);
	aie_bytes_free(&bytes);
}

static void bad_X8_strings(void **state)
{
	struct aie_bytes bytes;
	size_t partition, pdi, group, end;
	uint8_t *copy;

	(void)state;
	make_xclbin(&bytes);
	partition = section(bytes.data, 32);
	end = partition + get32(bytes.data, section_header(bytes.data, 32) + 32);
	pdi = partition + get32(bytes.data, partition + 0x7C);
	group = partition + get32(bytes.data, pdi + 0x1C);
	copy = copy_of(bytes.data, bytes.size);
	copy[end - 1] = 'x';
	put32(copy, group, (uint32_t)(end - 1 - partition));
	refuse_file(copy, bytes.size, "no end");
	free(copy);
	refuse_change(&bytes, partition + 4, 0xFFFFFFFF, "outside");
	aie_bytes_free(&bytes);
}

static void bad_tables_and_xml(void **state)
{
	static const char *const broken[] = {
		"<project><kernel",
		"<a></b>",
		"<a b=c/>",
		"<a>",
		"plain",
		"<!-- never ends",
		"<a/><b/>",
		"</a>",
		"<a b='",
		"<project><kernel name=\"MLIR_AIE\"><arg name=\"x\" id=\"zz\"/></kernel></project>",
		"<project><kernel name=\"MLIR_AIE\"><arg name=\"x\" id=\"0\" addressQualifier=\"0\" size=\"8\" "
		"offset=\"99999999999999999999999\"/></kernel></project>",
	};
	struct aie_bytes bytes;
	size_t at, text;

	(void)state;
	make_xclbin(&bytes);
	refuse_change(&bytes, section(bytes.data, 8), 2, "IP_LAYOUT");
	refuse_change(&bytes, section(bytes.data, 6), 0x7FFFFFFF, "MEM_TOPOLOGY");
	refuse_change(&bytes, section(bytes.data, 7), 0xFFFFFFFF, "CONNECTIVITY");
	refuse_change(&bytes, section(bytes.data, 7) + 12, 2, "memory 2");
	at = section_header(bytes.data, 2);
	text = section(bytes.data, 2);
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
		uint8_t *copy = copy_of(bytes.data, bytes.size);

		memcpy(copy + text, broken[i], strlen(broken[i]));
		put64(copy, at + 32, strlen(broken[i]));
		refuse_file(copy, bytes.size, "EMBEDDED_METADATA");
		free(copy);
	}
	aie_bytes_free(&bytes);
}

/* Only the partition is indispensable: without names the kernel ids of the groups remain. */
static void partition_alone(void **state)
{
	const struct aie_xclbin_kernel *kernel;
	struct aie_error error = { 0 };
	struct aie_xclbin xclbin;
	struct aie_bytes bytes;

	(void)state;
	make_xclbin(&bytes);
	for (uint32_t kind = 2; kind <= 8; kind++)
		if (kind < 3 || kind > 5)
			put32(bytes.data, section_header(bytes.data, kind), 900 + kind);
	assert_int_equal(aie_xclbin_open(&xclbin, bytes.data, bytes.size, 8, &error), 0);
	kernel = aie_xclbin_find_kernel(&xclbin, NULL, &error);
	assert_non_null(kernel);
	assert_int_equal(kernel->id, 0x901);
	assert_int_equal(kernel->argument_count, 0);
	aie_xclbin_close(&xclbin);
	aie_bytes_free(&bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(file_layout),
		cmocka_unit_test(read_back),
		cmocka_unit_test(several_kernels),
		cmocka_unit_test(writer_refuses),
		cmocka_unit_test(other_ips_are_passed_over),
		cmocka_unit_test(instances_share_arguments),
		cmocka_unit_test(bad_X1_magic),
		cmocka_unit_test(bad_X2_length),
		cmocka_unit_test(bad_X3_section_count),
		cmocka_unit_test(bad_X4_section_place),
		cmocka_unit_test(bad_X5_partition_missing),
		cmocka_unit_test(bad_X6_references),
		cmocka_unit_test(bad_X7_contents),
		cmocka_unit_test(bad_X7_large_pdi),
		cmocka_unit_test(bad_X8_strings),
		cmocka_unit_test(bad_tables_and_xml),
		cmocka_unit_test(partition_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

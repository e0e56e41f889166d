/* Control-code ELF: both forms, patch points, patching arithmetic, bad input E1 and E2. */
#include "tests/image/testing.h"

#include <elf.h>

#include "driver/image/control_elf.h"
#include "driver/image/pdi.h"
#include "driver/image/registers.h"
#include "driver/image/txn.h"

static void make_stream(struct aie_bytes *bytes, bool load_pdi)
{
	static const uint32_t descriptor[8] = {
		0x800, 0x12345672, 0x40008001, 0, 0x80000000, 0x02000000, 0, 0x02000000
	};
	struct aie_operation load = { .kind = AIE_OPERATION_LOAD_PDI, .value = 0, .pdi_size = 64 };
	struct aie_error error = { 0 };
	struct aie_txn_builder builder;

	aie_txn_begin(&builder, AIE_TXN_V0_1, AIE_TXN_NPU2, 4);
	if (load_pdi)
		aie_txn_append(&builder, &load);
	aie_txn_block_write(&builder, 0x1D000, descriptor, 8);
	aie_txn_ddr_patch(&builder, 0x1D004, 1, 0x100);
	aie_txn_write32(&builder, 0x1D214, 0);
	aie_txn_sync(&builder, 0, 0, false, 0, 1, 1);
	assert_int_equal(aie_txn_finish(&builder, bytes, &error), 0);
}

static void make_pdi(struct aie_bytes *pdi)
{
	struct aie_error error = { 0 };
	struct aie_cdo_builder builder;
	struct aie_bytes cdo;

	aie_cdo_begin(&builder);
	aie_cdo_write32(&builder, aie_tile_address(0, 2, 0x1F000), 1);
	assert_int_equal(aie_cdo_finish(&builder, &cdo, &error), 0);
	assert_int_equal(aie_pdi_write(cdo.data, cdo.size, pdi, &error), 0);
	aie_bytes_free(&cdo);
}

static void make_plain(struct aie_bytes *elf)
{
	struct aie_error error = { 0 };
	struct aie_bytes stream;

	make_stream(&stream, false);
	assert_int_equal(aie_control_elf_write(
	                         &(struct aie_control_elf_new){ .stream = &stream, .instance_count = 1, .columns = 4 },
	                         elf, &error),
	                 0);
	aie_bytes_free(&stream);
}

static void make_full(struct aie_bytes *elf)
{
	static const char *const names[2] = { "first", "second" };
	struct aie_bytes streams[2], pdi;
	struct aie_control_elf_new request = { .stream = streams,
		                               .instance_count = 2,
		                               .kernel = "main",
		                               .instance = names,
		                               .argument_count = 3,
		                               .columns = 4,
		                               .pdi = &pdi,
		                               .pdi_count = 1 };
	struct aie_error error = { 0 };

	make_stream(&streams[0], true);
	make_stream(&streams[1], false);
	make_pdi(&pdi);
	assert_int_equal(aie_control_elf_write(&request, elf, &error), 0);
	aie_bytes_free(&streams[0]);
	aie_bytes_free(&streams[1]);
	aie_bytes_free(&pdi);
}

static void plain_form(void **state)
{
	struct aie_error error = { 0 };
	struct aie_control_elf elf;
	struct aie_bytes bytes;
	uint8_t *copy;

	(void)state;
	make_plain(&bytes);
	assert_memory_equal(bytes.data, "\177ELF\1\1\1\x45\x02", 9);
	assert_int_equal(aie_control_elf_open(&elf, bytes.data, bytes.size, &error), 0);
	assert_false(elf.full);
	assert_int_equal(elf.columns, 0);
	assert_int_equal(elf.section_count, 1);
	assert_string_equal(elf.section[0].name, ".ctrltext");
	assert_int_equal(elf.instance_count, 1);
	assert_int_equal(elf.instance[0].text, 0);
	assert_int_equal(elf.instance[0].argument_count, 2);
	assert_int_equal(elf.patch_count, 1);
	assert_string_equal(elf.patch[0].name, "4"); /* argument 1, counted from the fixed three */
	assert_int_equal(elf.patch[0].index, 1);
	assert_int_equal(elf.patch[0].schema, AIE_SCHEMA_SHIM_DMA_48);
	assert_int_equal(elf.patch[0].addend, 0x100);
	assert_int_equal(elf.patch[0].offset, 16 + 16); /* header, record head: word 0 of the descriptor */
	/* The address in the descriptor is cleared but for its two low bits; word 2 keeps its upper half. */
	assert_int_equal(get32(elf.section[0].data, 36), 2);
	assert_int_equal(get32(elf.section[0].data, 40), 0x40000000);
	copy = copy_of(elf.section[0].data, elf.section[0].size);
	aie_control_elf_apply(&elf.patch[0], UINT64_C(0x123456789ABC), copy);
	/* 2 + 0x123456789ABC + 0x100 + 0x80000000 = 0x1234D6789BBE */
	assert_int_equal(get32(copy, 36), 0xD6789BBC);
	assert_int_equal(get32(copy, 40), 0x40001234);
	free(copy);
	aie_control_elf_close(&elf);
	aie_bytes_free(&bytes);
}

static void full_form(void **state)
{
	const struct aie_control_elf_instance *instance;
	struct aie_error error = { 0 };
	struct aie_control_elf elf;
	struct aie_bytes bytes;
	struct aie_pdi pdi;
	uint8_t *copy;

	(void)state;
	make_full(&bytes);
	assert_int_equal(bytes.data[8], 0x21);
	assert_int_equal(aie_control_elf_open(&elf, bytes.data, bytes.size, &error), 0);
	assert_true(elf.full);
	assert_int_equal(elf.columns, 4);
	assert_int_equal(elf.section_count, 3);
	assert_int_equal(elf.instance_count, 2);
	assert_int_equal(elf.patch_count, 3);
	instance = aie_control_elf_find(&elf, "main:second", &error);
	assert_non_null(instance);
	assert_int_equal(instance->argument_count, 3);
	assert_string_equal(elf.section[instance->text].name, ".ctrltext.1");
	assert_int_equal(instance->section_count, 2); /* with the shared PDI */
	assert_null(aie_control_elf_find(&elf, "main", &error));
	assert_refused(&error, "several");
	assert_null(aie_control_elf_find(&elf, "other", &error));
	assert_refused(&error, "other");
	/* LOAD_PDI gets the PDI's address. */
	assert_int_equal(elf.patch[0].value, AIE_CONTROL_VALUE_PDI);
	assert_int_equal(elf.patch[0].index, 0);
	copy = copy_of(elf.section[0].data, elf.section[0].size);
	aie_control_elf_apply(&elf.patch[0], UINT64_C(0x104000000), copy);
	assert_true(get64(copy, 24) == UINT64_C(0x104000000));
	free(copy);
	assert_int_equal(elf.patch[1].index, 1); /* argument 1 counts from 0 here */
	for (uint32_t i = 0; i < elf.section_count; i++) {
		if (elf.section[i].kind == AIE_CONTROL_PDI) {
			assert_int_equal(aie_pdi_open(&pdi, elf.section[i].data, elf.section[i].size, 4, &error), 0);
			aie_pdi_close(&pdi);
		}
	}
	aie_control_elf_close(&elf);
	aie_bytes_free(&bytes);
}

/* The arithmetic of each schema, by hand. */
static void patching(void **state)
{
	struct aie_control_elf_patch patch = { .offset = 4, .schema = AIE_SCHEMA_SCALAR_32, .mask = 0x0001FFFF };
	uint8_t words[24];

	(void)state;
	memset(words, 0xFF, sizeof words);
	aie_control_elf_apply(&patch, 0xABCDE, words);
	assert_int_equal(get32(words, 0), 0xFFFFFFFF);
	assert_int_equal(get32(words, 4), 0xFFFEBCDE);
	patch.mask = 0; /* nothing */
	aie_control_elf_apply(&patch, 1, words);
	assert_int_equal(get32(words, 4), 0xFFFEBCDE);

	memset(words, 0, sizeof words);
	put32(words, 12, 0x10);
	put32(words, 16, 0xABCD9001); /* twelve bits of it count as address */
	patch.schema = AIE_SCHEMA_CONTROL_PACKET_48;
	patch.addend = 0x20;
	aie_control_elf_apply(&patch, 0x90000004, words);
	/* 0x1_00000010 + 0x90000004 + 0x20 + 0x80000000 = 0x2_10000034; bits 15..12 are replaced, too */
	assert_int_equal(get32(words, 12), 0x10000034);
	assert_int_equal(get32(words, 16), 0xABCD0002);

	memset(words, 0xFF, sizeof words);
	patch.schema = AIE_SCHEMA_ADDRESS_64;
	patch.addend = 0;
	aie_control_elf_apply(&patch, UINT64_C(0x0123456789ABCDEF), words);
	assert_true(get64(words, 4) == UINT64_C(0x0123456789ABCDEF));
}

/* ---- bad input --------------------------------------------------------------------------------------------------- */

static void refuse_file(const uint8_t *data, size_t size, enum aie_error_category category, const char *part)
{
	struct aie_error error = { 0 };
	struct aie_control_elf elf;
	uint8_t *copy = copy_of(data, size);

	assert_int_equal(aie_control_elf_open(&elf, copy, size, &error), -1);
	assert_int_equal(error.category, category);
	if (!strstr(error.text, part))
		fail_msg("'%s' does not mention '%s'", error.text, part);
	assert_null(elf.section);
	free(copy);
}

static void refuse(const struct aie_bytes *bytes, size_t at, const void *value, size_t width, const char *part)
{
	uint8_t *copy = copy_of(bytes->data, bytes->size);

	memcpy(copy + at, value, width);
	refuse_file(copy, bytes->size, AIE_ERROR_INPUT, part);
	free(copy);
}

static void refuse32(const struct aie_bytes *bytes, size_t at, uint32_t value, const char *part)
{
	refuse(bytes, at, &value, 4, part);
}

/* Place of the header of a section. */
static size_t section_header(const struct aie_bytes *bytes, const char *name)
{
	Elf32_Ehdr header;
	Elf32_Shdr section, names;

	memcpy(&header, bytes->data, sizeof header);
	memcpy(&names, bytes->data + header.e_shoff + header.e_shstrndx * sizeof names, sizeof names);
	for (unsigned i = 0; i < header.e_shnum; i++) {
		memcpy(&section, bytes->data + header.e_shoff + i * sizeof section, sizeof section);
		if (strcmp((const char *)bytes->data + names.sh_offset + section.sh_name, name) == 0)
			return header.e_shoff + i * sizeof section;
	}
	fail_msg("no section %s", name);
	return 0;
}

static size_t section_data(const struct aie_bytes *bytes, const char *name)
{
	return get32(bytes->data, section_header(bytes, name) + 16);
}

static void bad_E1_headers_and_relocations(void **state)
{
	static const uint8_t others[] = { 0x40, 0x46, 0x4B, 0x56, 0x69 };
	struct aie_bytes bytes;
	size_t rela, symbols, table;

	(void)state;
	make_plain(&bytes);
	rela = section_data(&bytes, ".rela.dyn");
	symbols = section_data(&bytes, ".dynsym");
	table = get32(bytes.data, 32);
	refuse_file(bytes.data, 51, AIE_ERROR_INPUT, "too few");
	refuse(&bytes, 4, "\2", 1, "class 2");
	refuse(&bytes, 7, "\x44", 1, "OS/ABI");
	refuse(&bytes, 8, "\x05", 1, "ABI version 0x05");
	refuse(&bytes, 18, "\3", 1, "machine 3");
	for (size_t i = 0; i < sizeof others; i++) {
		uint8_t *copy = copy_of(bytes.data, bytes.size);

		copy[7] = others[i];
		refuse_file(copy, bytes.size, AIE_ERROR_UNSUPPORTED, "this device is NPU4");
		free(copy);
	}
	refuse32(&bytes, 32, (uint32_t)bytes.size - 8, "section headers");
	refuse(&bytes, 48, "\xFF\xFF", 2, "section headers");
	refuse(&bytes, 50, "\xFF", 1, "names in section");
	refuse32(&bytes, table + 40 + 16, (uint32_t)bytes.size, "leave the file");
	refuse32(&bytes, section_header(&bytes, ".ctrltext") + 20, 0, "empty");
	refuse32(&bytes, section_header(&bytes, ".ctrltext") + 20, 15, "too few");
	refuse32(&bytes, section_header(&bytes, ".rela.dyn") + 20, 13, "multiple of 12");
	refuse32(&bytes, section_header(&bytes, ".rela.dyn") + 24, 1, "not the symbol table");
	refuse32(&bytes, section_header(&bytes, ".dynsym") + 24, 99, "broken");
	refuse32(&bytes, rela, 0xFFFFFFFC, "leaves it");
	refuse32(&bytes, rela, 33, "not aligned");
	refuse32(&bytes, rela, get32(bytes.data, section_header(&bytes, ".ctrltext") + 20) - 8, "leaves it");
	refuse32(&bytes, rela + 4, 1 << 8 | 11, "schema 11");
	refuse32(&bytes, rela + 4, 1 << 8, "schema 0");
	refuse32(&bytes, rela + 4, 99 << 8 | 5, "symbol 99");
	refuse32(&bytes, symbols + 16, 0xFFFF, "outside the strings");
	refuse(&bytes, symbols + 16 + 14, "\xFF\xFF", 2, "section 65535");
	refuse(&bytes, section_data(&bytes, ".dynstr") + 1, "x", 1, "unknown symbol 'x'");
	refuse(&bytes, section_data(&bytes, ".dynstr") + 1, "2", 1, "out of range"); /* below the first buffer */
	refuse(&bytes, section_data(&bytes, ".dynstr") + 2, "x", 1, "not terminated");
	refuse(&bytes, section_data(&bytes, ".shstrtab") + 2, "x", 1, "invalid section");
	put32(bytes.data, rela + 4, 1 << 8 | 2);
	refuse_file(bytes.data, bytes.size, AIE_ERROR_UNSUPPORTED, "another family");
	aie_bytes_free(&bytes);
}

static void bad_E2_groups(void **state)
{
	struct aie_bytes bytes;
	size_t group, names, symbols, text;

	(void)state;
	make_full(&bytes);
	group = section_data(&bytes, ".group.0");
	names = section_data(&bytes, ".strtab");
	symbols = section_data(&bytes, ".symtab");
	text = section_data(&bytes, ".ctrltext.0");
	refuse32(&bytes, group, 0, "group");
	refuse32(&bytes, group + 4, 99, "section 99");
	refuse32(&bytes, group + 8, get32(bytes.data, group + 4), "twice");
	refuse32(&bytes, group + 4, get32(bytes.data, group + 8), "twice");
	refuse32(&bytes, section_header(&bytes, ".group.0") + 20, 8, "no section .pdi.0"); /* the PDI cut off */
	refuse32(&bytes, section_header(&bytes, ".group.0") + 28, 99, "symbol 99");
	refuse32(&bytes, section_header(&bytes, ".group.0") + 28, 1, "no instance");
	refuse(&bytes, symbols + 2 * 16 + 14, "\2", 1, "no kernel"); /* an instance of itself */
	refuse(&bytes, symbols + 2 * 16 + 14, "\x63", 1, "symbol 99");
	refuse(&bytes, names + 1, "X", 1, "well-formed");
	refuse(&bytes, names + 3, "99", 2, "well-formed"); /* longer than the name */
	refuse(&bytes, names + 8, "Px", 2, "well-formed");
	refuse32(&bytes, text + 16, 8 | 5U << 16, ".pdi.5");
	refuse(&bytes, section_data(&bytes, ".note.xrt.configuration") + 8, "\7", 1, "note");
	refuse(&bytes, section_data(&bytes, ".note.xrt.configuration") + 16, "\0", 1, "0 columns");
	refuse(&bytes, 8, "\2", 1, "groups in a plain");
	/* Save without restore: the second stream's section under another name. */
	put32(bytes.data, section_header(&bytes, ".ctrltext.1"), 0);
	refuse_file(bytes.data, bytes.size, AIE_ERROR_INPUT, "invalid section");
	aie_bytes_free(&bytes);
}

static void bad_E2_save_without_restore(void **state)
{
	static const char *const names[2] = { ".preempt_save", ".preempt_restore" };
	struct aie_bytes bytes;

	(void)state;
	for (int i = 0; i < 2; i++) {
		size_t table, header;
		Elf32_Ehdr elf;
		uint8_t *grown;

		/* The plain form with one more section, whose name stands behind the end of the names. */
		make_plain(&bytes);
		grown = calloc(1, bytes.size + 256);
		assert_non_null(grown);
		memcpy(grown, bytes.data, bytes.size);
		memcpy(&elf, grown, sizeof elf);
		table = elf.e_shoff;
		header = table + elf.e_shnum * sizeof(Elf32_Shdr);
		assert_int_equal(header, bytes.size);
		/* New section: the same kind and size as .ctrltext, bytes of its own behind the table. */
		memcpy(grown + header, grown + section_header(&bytes, ".ctrltext"), sizeof(Elf32_Shdr));
		put32(grown, header + 16, (uint32_t)header + 40 + 32);
		put32(grown, header + 20, 16);
		memcpy(grown + header + 40 + 32, grown + section_data(&bytes, ".ctrltext"), 16);
		put32(grown, header + 40 + 32 + 8, 0); /* a stream of no operations */
		put32(grown, header + 40 + 32 + 12, 16);
		elf.e_shnum++;
		memcpy(grown, &elf, sizeof elf);
		/* The names move to where there is room, with the new one behind. */
		{
			size_t old = table + elf.e_shstrndx * sizeof(Elf32_Shdr);
			uint32_t at = get32(grown, old + 16), size = get32(grown, old + 20);
			size_t place = header + 40 + 32 + 16;

			memcpy(grown + place, grown + at, size);
			memcpy(grown + place + size, names[i], strlen(names[i]) + 1);
			put32(grown, old + 16, (uint32_t)place);
			put32(grown, old + 20, size + (uint32_t)strlen(names[i]) + 1);
			put32(grown, header, size);
		}
		refuse_file(grown, bytes.size + 256, AIE_ERROR_INPUT, i ? "no .preempt_save" : "no .preempt_restore");
		free(grown);
		aie_bytes_free(&bytes);
	}
}

/* ABI version 1: the schema stands in the low four bits of the addend. */
static void old_relocations(void **state)
{
	struct aie_error error = { 0 };
	struct aie_control_elf elf;
	struct aie_bytes bytes;
	size_t rela;

	(void)state;
	make_plain(&bytes);
	rela = section_data(&bytes, ".rela.dyn");
	bytes.data[8] = 1;
	put32(bytes.data, rela + 4, 1 << 8);
	put32(bytes.data, rela + 8, 0x40 << 4 | 5);
	assert_int_equal(aie_control_elf_open(&elf, bytes.data, bytes.size, &error), 0);
	assert_int_equal(elf.patch[0].schema, 5);
	assert_int_equal(elf.patch[0].addend, 0x40);
	aie_control_elf_close(&elf);
	aie_bytes_free(&bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_form),
		cmocka_unit_test(full_form),
		cmocka_unit_test(patching),
		cmocka_unit_test(old_relocations),
		cmocka_unit_test(bad_E1_headers_and_relocations),
		cmocka_unit_test(bad_E2_groups),
		cmocka_unit_test(bad_E2_save_without_restore),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

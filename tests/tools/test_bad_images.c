/* Every kind of bad image a loader must reject, from the user's side: aie-image dump and, where the kind of file is one
 * that runs, aie-run print one line that begins with tool and file and says where and why, nothing else, and exit
 * with 2.
 *
 * Cases are named by format: X xclbin, partition; P PDI; C CDO; T transaction stream; E control-code ELF; K core ELF.
 * The good images they are made from are foreign.h's, not our writers'. */
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

/* What a patch's place counts from. */
enum base {
	FILE_START,
	PARTITION,   /* section AIE_PARTITION */
	ENTRY,       /* its PDI entry */
	GROUP,       /* the entry's CDO group */
	LAYOUT,      /* section IP_LAYOUT */
	IMAGE,       /* the PDI */
	CDO,         /* of the PDI; commands begin at 20, a NOP first */
	LAST,        /* the CDO's last command, a MASK_WRITE of four words */
	BLOCK,       /* its first DMA_WRITE */
	RECORDS,     /* of a stream, behind its header */
	FIRST_PATCH, /* DDR_PATCH */
	FIRST_WRITE,
	WAIT,
	TABLE, /* section headers of an ELF */
	TEXT,  /* contents of sections, ELF */
	RELA,
	SYMBOLS, /* .dynsym */
	STRINGS, /* .dynstr */
	GROUPS,
	NAMES,   /* .strtab */
	KERNELS, /* .symtab */
};

enum image { XCLBIN, PDI, STREAM, HEX, PLAIN, FULL, CORE, IMAGES };
static const char *const image_name[IMAGES] = { "x.xclbin", "x.pdi", "x.bin", "x.txt", "x.elf", "x.elf", "x.elf" };

struct patch {
	enum base base;
	uint32_t at, value;
	uint8_t width; /* bytes; 0: no patch */
};

enum { MAX_PATCHES = 10, RUNS = 1, DUMPS = 2, SUMS = 4, ZONE = 8 };
#define ALL (RUNS | DUMPS)

struct bad {
	const char *id, *what;
	enum image image;
	unsigned flags; /* which tools refuse it; SUMS: put the checksums right again; ZONE: `cut` is a command zone's
	                   length */
	size_t cut;     /* 0, or the size to cut the file to */
	struct patch patch[MAX_PATCHES];
	const char *words; /* of the message, by '|' */
};

/* clang-format off */
static const struct bad cases[] = {
	{ "X1", "shorter than the header", XCLBIN, ALL, 0x1EF, { { FILE_START, 0, 0, 0 } }, "offset 0x0" },
	{ "X1", "magic", XCLBIN, ALL, 0, { { FILE_START, 0, 'X', 1 } }, "offset 0x0" },
	{ "X2", "longer than it says", XCLBIN, ALL, 0, { { FILE_START, 0x130, 0x1000, 4 } }, "offset 0x130|total length 4096" },
	{ "X2", "shorter than it says", XCLBIN, ALL, 0, { { FILE_START, 0x132, 0x10, 4 } }, "offset 0x130|total length" },
	{ "X3", "too many sections", XCLBIN, ALL, 0, { { FILE_START, 0x1C0, 10001, 4 } }, "offset 0x1c0|10001 sections" },
	{ "X3", "headers beyond the file", XCLBIN, ALL, 0, { { FILE_START, 0x1C0, 9999, 4 } }, "offset 0x1c0|9999" },
	{ "X4", "section past the end", XCLBIN, ALL, 0, { { FILE_START, 0x1C8 + 32, 0x100000, 4 } }, "offset 0x1c8|leave the file" },
	{ "X4", "offset + size overflow", XCLBIN, ALL, 0, { { FILE_START, 0x1C8 + 36, 0xFFFFFFFF, 4 }, { FILE_START, 0x1C8 + 32, 0xFFFFFF00, 4 } },
	  "offset 0x1c8|leave the file" },
	{ "X4", "two partitions", XCLBIN, ALL, 0, { { FILE_START, 0x1C8, 32, 4 } }, "second AIE_PARTITION" },
	{ "X5", "no partition", XCLBIN, ALL, 0, { { FILE_START, 0x1F0, 31, 4 } }, "no AIE_PARTITION" },
	{ "X5", "partition of 183 bytes", XCLBIN, ALL, 0, { { FILE_START, 0x1F0 + 32, 183, 4 } }, "183 bytes" },
	{ "X6", "PDI entries: count", XCLBIN, ALL, 0, { { PARTITION, 0x78, 0x05555556, 4 } }, "PDI entries" },
	{ "X6", "PDI entries: place", XCLBIN, ALL, 0, { { PARTITION, 0x7C, 0xFFFFFFF0, 4 } }, "PDI entries" },
	{ "X6", "start columns", XCLBIN, ALL, 0, { { PARTITION, 0x28, 0x80000000, 4 } }, "start columns" },
	{ "X6", "PDI image", XCLBIN, ALL, 0, { { ENTRY, 0x14, 0xFFFFFF00, 4 } }, "PDI image" },
	{ "X6", "CDO groups", XCLBIN, ALL, 0, { { ENTRY, 0x18, 0x02AAAAAB, 4 } }, "CDO groups" },
	{ "X6", "kernel ids: count x 8 overflows", XCLBIN, ALL, 0, { { GROUP, 0x10, 0x20000001, 4 } }, "DPU kernel ids" },
	{ "X6", "pre CDO groups", XCLBIN, ALL, 0, { { GROUP, 0x1C, 0x7FFFFFFF, 4 } }, "pre CDO groups" },
	{ "X7", "no PDI entry", XCLBIN, ALL, 0, { { PARTITION, 0x78, 0, 4 } }, "no PDI" },
	{ "X7", "PDI of 0 bytes", XCLBIN, ALL, 0, { { ENTRY, 0x10, 0, 4 } }, "0 bytes" },
	{ "X7", "width 0", XCLBIN, ALL, 0, { { PARTITION, 0x20, 0, 2 } }, "0 columns" },
	{ "X7", "wider than the device", XCLBIN, RUNS, 0, { { PARTITION, 0x20, 9, 2 } }, "9 columns wide, the device has 8" },
	{ "X7", "kernel id in no CDO group", XCLBIN, ALL, 0, { { LAYOUT, 12, 0x09070001, 4 } }, "MLIR_AIE|0x907" },
	{ "X8", "name without an end", XCLBIN, ALL, 0, { { PARTITION, 4, 0, 4 } }, "no end" }, /* completed in apply() */
	{ "X8", "name outside", XCLBIN, ALL, 0, { { PARTITION, 4, 0x10000000, 4 } }, "partition name|outside" },

	{ "P1", "0x90 bytes", PDI, DUMPS, 0x90, { { FILE_START, 0, 0, 0 } }, "144 bytes cannot be a PDI" },
	{ "P1", "too short for a CDO header", PDI, DUMPS, 0x150 + 19, { { FILE_START, 0, 0, 0 } }, "cannot be a PDI" },
	{ "P1", "too short in an xclbin", XCLBIN, ALL, 0, { { ENTRY, 0x10, 0x90, 4 } }, "PDI 0|144 bytes" },
	{ "P2", "header table checksum", XCLBIN, ALL, 0, { { IMAGE, 0x8C, 0, 4 } }, "image header table checksum" },
	{ "P2", "two images", XCLBIN, ALL | SUMS, 0, { { IMAGE, 0x14, 2, 4 } }, "number of images" },
	{ "P2", "no partition", XCLBIN, ALL | SUMS, 0, { { IMAGE, 0x1C, 0, 4 } }, "number of partitions" },
	{ "P3", "image header elsewhere", XCLBIN, ALL | SUMS, 0, { { IMAGE, 0x18, 0x10000, 4 } }, "image header word offset" },
	{ "P3", "partition header elsewhere", XCLBIN, ALL | SUMS, 0, { { IMAGE, 0x20, 0xFFFFFFFF, 4 } }, "partition header word offset" },
	{ "P3", "data elsewhere", XCLBIN, ALL | SUMS, 0, { { IMAGE, 0xF0, 0x40000000, 4 } }, "partition data word offset" },
	{ "P3", "longer than the PDI", XCLBIN, ALL | SUMS, 0, { { IMAGE, 0xD8, 0x01000000, 4 } }, "longer than" },
	{ "P3", "lengths that contradict", XCLBIN, ALL | SUMS, 0, { { IMAGE, 0xD4, 0x01000000, 4 } }, "do not fit together" },
	{ "P3", "partition header checksum", XCLBIN, ALL, 0, { { IMAGE, 0x14C, 0, 4 } }, "partition header checksum" },
	{ "P4", "command zone past the end", XCLBIN, ALL | ZONE, 0x00FFFFFC, { { FILE_START, 0, 0, 0 } }, "command zone" },
	{ "P4", "data past the data zone", XCLBIN, ALL | ZONE, 24,
	  { { CDO, 20, 5, 4 }, { CDO, 24, 1, 4 }, { CDO, 28, 0, 4 }, { CDO, 32, 0x00220000, 4 }, { CDO, 36, 0x10000000, 4 }, { CDO, 40, 2, 4 } }, "data zone" },
	{ "P4", "zone not used up", XCLBIN, ALL | ZONE, 20,
	  { { CDO, 20, 3, 4 }, { CDO, 24, 1, 4 }, { CDO, 28, 0x00232000, 4 }, { CDO, 32, 0, 4 }, { CDO, 36, 2, 4 } }, "exactly" },

	{ "C1", "identification", XCLBIN, ALL | SUMS, 0, { { CDO, 4, 0x584C4E58, 4 } }, "identification" },
	{ "C1", "checksum", XCLBIN, ALL, 0, { { CDO, 16, 0, 4 } }, "checksum" },
	{ "C1", "longer than there is", XCLBIN, ALL | SUMS, 0, { { CDO, 12, 0x00100000, 4 } }, "1048576" },
	{ "C2", "short form past the end", XCLBIN, ALL, 0, { { LAST, 0, 0x00040102, 4 } }, "CDO command 0x02 with 4 payload words|end" },
	{ "C2", "long form past the end", XCLBIN, ALL, 0, { { LAST, 0, 0x00FF0102, 4 } }, "end" },
	{ "C2", "payload too short", XCLBIN, ALL, 0, { { LAST, 0, 0x00020102, 4 } }, "MASK_WRITE|2" },
	{ "C3", "MASK_POLL", XCLBIN, ALL, 0, { { LAST, 0, 0x00030101, 4 } }, "MASK_POLL" },
	{ "C3", "DELAY", XCLBIN, ALL, 0, { { LAST, 0, 0x00030104, 4 } }, "DELAY" },
	{ "C3", "unknown", XCLBIN, ALL, 0, { { LAST, 0, 0x000301EE, 4 } }, "0xee" },
	{ "C4", "outside the columns", XCLBIN, ALL, 0, { { LAST, 4, 2U << 25 | 0x232000, 4 } }, "column 2 of 2" },
	{ "C4", "outside the rows", XCLBIN, ALL, 0, { { LAST, 4, 0x00632000, 4 } }, "row 6" },
	{ "C4", "unaligned", XCLBIN, ALL, 0, { { LAST, 4, 0x00232002, 4 } }, "aligned" },
	{ "C4", "block out of its tile", XCLBIN, ALL, 0, { { BLOCK, 8, 0x002FFFFC, 4 } }, "leave the tile" },

	{ "T1", "15 bytes", STREAM, ALL, 15, { { FILE_START, 0, 0, 0 } }, "offset 0x0|15 bytes" },
	{ "T1", "total size past the end", STREAM, ALL, 0, { { FILE_START, 12, 0x1000, 4 } }, "offset 0xc|4096" },
	{ "T1", "total size below 16", STREAM, ALL, 0, { { FILE_START, 12, 12, 4 } }, "offset 0xc|12 bytes" },
	{ "T2", "record of size 0", STREAM, ALL, 0, { { RECORDS, 12, 0, 4 } }, "operation 0|offset 0x10|0 bytes" },
	{ "T2", "record below its minimum", STREAM, ALL, 0, { { FIRST_PATCH, 4, 44, 4 } }, "DDR_PATCH|44 bytes" },
	{ "T2", "record past the end", STREAM, ALL, 0, { { RECORDS, 12, 0x8000, 4 } }, "offset 0x10|past the end" },
	{ "T2", "one operation too many", STREAM, ALL, 0, { { FILE_START, 8, 16, 4 } }, "operation 15 of 16|ends before" },
	{ "T2", "one operation too few", STREAM, ALL, 0, { { FILE_START, 8, 14, 4 } }, "counts 14 operations, but more follow" },
	{ "T3", "unknown operation", STREAM, ALL, 0, { { RECORDS, 0, 50, 4 } }, "offset 0x10|unknown operation 50" },
	{ "T3", "internal operation 200", STREAM, ALL, 0, { { RECORDS, 0, 200, 4 } }, "unknown operation 200" },
	{ "T4", "argument beyond the command's", STREAM, RUNS, 0, { { FIRST_PATCH, 32, 2, 4 } }, "argument 2, the command has 2" },
	{ "T4", "register of no descriptor", STREAM, ALL, 0, { { FIRST_PATCH, 24, 0x1D204, 4 } }, "not word 1 of a shim descriptor" },
	{ "T4", "no earlier block write", STREAM, ALL, 0, { { FIRST_PATCH, 24, 0x1D084, 4 } }, "no earlier record" },
	{ "T5", "missing tile", STREAM, ALL, 0, { { WAIT, 12, 3U << 16 | 1U << 8, 4 } }, "up to (2,0)|2 columns" },
	{ "T5", "missing channel", STREAM, ALL, 0, { { WAIT, 12, 7U << 24 | 1U << 16 | 1U << 8, 4 } }, "channel 7" },
	{ "T6", "LOAD_PDI at address 0", STREAM, RUNS, 0, { { FIRST_WRITE, 0, 8, 4 }, { FIRST_WRITE, 4, 64, 4 }, { FIRST_WRITE, 8, 0, 4 },
	  { FIRST_WRITE, 12, 0, 4 }, { FIRST_WRITE, 16, 5, 4 }, { FIRST_WRITE, 20, 5, 4 }, { FILE_START, 8, 17, 4 } }, "LOAD_PDI of 64 bytes at 0x0" },
	{ "T6", "LOAD_PDI of 0 bytes", STREAM, RUNS, 0, { { FIRST_WRITE, 0, 8, 4 }, { FIRST_WRITE, 4, 0, 4 }, { FIRST_WRITE, 8, 0x4000000, 4 },
	  { FIRST_WRITE, 12, 0, 4 }, { FIRST_WRITE, 16, 5, 4 }, { FIRST_WRITE, 20, 5, 4 }, { FILE_START, 8, 17, 4 } }, "LOAD_PDI of 0 bytes" },
	{ "T6", "LOAD_PDI outside the heap", STREAM, RUNS, 0, { { FIRST_WRITE, 0, 8, 4 }, { FIRST_WRITE, 4, 64, 4 }, { FIRST_WRITE, 8, 0x10, 4 },
	  { FIRST_WRITE, 12, 0x7F, 4 }, { FIRST_WRITE, 16, 5, 4 }, { FIRST_WRITE, 20, 5, 4 }, { FILE_START, 8, 17, 4 } }, "outside the device heap" },
	{ "T7", "no hex digit", HEX, ALL, 0, { { FILE_START, 27, 'g', 1 } }, "line 4|hex digit" },
	{ "T7", "seven digits", HEX, ALL, 0, { { FILE_START, 34, '\n', 1 } }, "line 4|7 hex digits" },

	{ "E1", "64 bit", PLAIN, ALL, 0, { { FILE_START, 4, 2, 1 } }, "offset 0x4|class 2" },
	{ "E1", "OS/ABI", PLAIN, ALL, 0, { { FILE_START, 7, 3, 1 } }, "offset 0x7|OS/ABI 3" },
	{ "E1", "section table past the end", PLAIN, ALL, 0, { { FILE_START, 32, 0x00FFFFF0, 4 } }, "section headers" },
	{ "E1", "cut", PLAIN, ALL, 200, { { FILE_START, 0, 0, 0 } }, "section headers" },
	{ "E1", "relocation out of range", PLAIN, ALL, 0, { { RELA, 0, 0x00FFFFFC, 4 } }, ".ctrltext|leaves it" },
	{ "E1", "relocation at the end", PLAIN, ALL, 0, { { RELA, 0, 0x234, 4 } }, "leaves it" },
	{ "E1", "relocation unaligned", PLAIN, ALL, 0, { { RELA, 0, 33, 4 } }, "not aligned" },
	{ "E1", "schema", PLAIN, ALL, 0, { { RELA, 4, 1 << 8 | 11, 4 } }, "schema 11" },
	{ "E1", "symbol number", PLAIN, ALL, 0, { { RELA, 4, 77 << 8 | 5, 4 } }, "symbol 77" },
	{ "E1", "symbol name", PLAIN, ALL, 0, { { STRINGS, 1, 'q', 1 } }, "unknown symbol 'q'" },
	{ "E1", "name of a symbol outside", PLAIN, ALL, 0, { { SYMBOLS, 16, 0x7FFF, 4 } }, "outside the strings" },
	{ "E2", "save without restore", PLAIN, ALL, 0, { { FILE_START, 0, 0, 0 } }, ".preempt_restore" }, /* completed in apply() */
	{ "E2", "missing PDI", FULL, ALL, 0, { { RECORDS, 0, 8 | 3 << 16, 4 } }, "id 3|.pdi.3" },
	{ "E2", "group index out of range", FULL, ALL, 0, { { GROUPS, 4, 300, 4 } }, "section 300" },
	{ "E2", "symbol of itself", FULL, ALL, 0, { { KERNELS, 32 + 14, 2, 2 } }, "'sequence' belongs to symbol 2, which is no kernel" },
	{ "E2", "mangled name", FULL, ALL, 0, { { NAMES, 3, '9', 1 } }, "not well-formed" },

	{ "K1", "machine", CORE, DUMPS, 0, { { FILE_START, 18, 62, 2 } }, "offset 0x0" },
	{ "K1", "flags", CORE, DUMPS, 0, { { FILE_START, 36, 9, 4 } }, "flags 9" },
	{ "K1", "between the windows", CORE, DUMPS, 0, { { FILE_START, 52 + 12, 0x10000, 4 } }, "0x10000" },
	{ "K1", "program beyond 16 KiB", CORE, DUMPS, 0, { { FILE_START, 52 + 12, 0x3FF0, 4 } }, "program memory" },
	{ "K2", "program headers elsewhere", CORE, DUMPS, 0, { { FILE_START, 28, 96, 4 } }, "0x60" },
	{ "K2", "memory smaller than the file", CORE, DUMPS, 0, { { FILE_START, 52 + 20, 4, 4 } }, "takes 4 bytes" },
};
/* clang-format on */
enum { CASES = sizeof cases / sizeof cases[0] };

static char *directory;
static struct bytes good[IMAGES];

static uint32_t get(const struct bytes *bytes, size_t at)
{
	uint32_t value;

	assert_true(at + 4 <= bytes->size);
	memcpy(&value, bytes->data + at, 4);
	return value;
}

/* Header of the ELF section with this name. */
static size_t elf_header(const struct bytes *elf, const char *name)
{
	const size_t table = get(elf, 32);
	const uint32_t count = get(elf, 48) & 0xFFFF, names = get(elf, table + 40 * (size_t)(get(elf, 48) >> 16) + 16);

	for (uint32_t i = 1; i < count; i++)
		if (strcmp((const char *)elf->data + names + get(elf, table + 40 * (size_t)i), name) == 0)
			return table + 40 * (size_t)i;
	fail_msg("no section %s", name);
	return 0;
}

static size_t elf_data(const struct bytes *elf, const char *name)
{
	return get(elf, elf_header(elf, name) + 16);
}

/* The first command or record from `at` on whose first word is `word` under `mask`, in steps of one word. */
static size_t find(const struct bytes *bytes, size_t at, uint32_t mask, uint32_t word)
{
	while ((get(bytes, at) & mask) != word)
		at += 4;
	return at;
}

static size_t place(const struct bytes *bytes, enum image image, enum base base)
{
	const size_t partition = image == XCLBIN ? get(bytes, 0x1F0 + 24) : 0;
	const size_t entry = image == XCLBIN ? partition + get(bytes, partition + 0x7C) : 0;
	const size_t pdi = image == XCLBIN ? partition + get(bytes, entry + 0x14) : 0, cdo = pdi + 0x150;
	const size_t stream = image == PLAIN  ? elf_data(bytes, ".ctrltext")
	                      : image == FULL ? elf_data(bytes, ".ctrltext.0")
	                                      : 0;

	switch (base) {
	case FILE_START:
		return 0;
	case PARTITION:
		return partition;
	case ENTRY:
		return entry;
	case GROUP:
		return partition + get(bytes, entry + 0x1C);
	case LAYOUT:
		return get(bytes, 0x1C8 + 3 * 40 + 24);
	case IMAGE:
		return pdi;
	case CDO:
		return cdo;
	case LAST:
		return cdo + 20 + 4 * (size_t)get(bytes, cdo + 12) - 16;
	case BLOCK:
		return find(bytes, cdo + 20, 0xFFFF, 0x0105);
	case RECORDS:
		return stream + 16;
	case FIRST_PATCH:
		return find(bytes, stream + 16, 0xFFFFFFFF, 129);
	case FIRST_WRITE: /* behind the mask write of 28 bytes */
		return find(bytes, stream + 16, 0xFFFFFFFF, 3) + 28;
	case WAIT:
		return bytes->size - 16;
	case TABLE:
		return get(bytes, 32);
	case TEXT:
		return stream;
	case RELA:
		return elf_data(bytes, ".rela.dyn");
	case SYMBOLS:
		return elf_data(bytes, ".dynsym");
	case STRINGS:
		return elf_data(bytes, ".dynstr");
	case GROUPS:
		return elf_data(bytes, ".group.0");
	case NAMES:
		return elf_data(bytes, ".strtab");
	case KERNELS:
		return elf_data(bytes, ".symtab");
	}
	return 0;
}

static void set_sum(struct bytes *bytes, size_t from, unsigned words)
{
	uint32_t sum = 0;

	for (unsigned i = 0; i < words; i++)
		sum += get(bytes, from + 4 * (size_t)i);
	bytes_set32(bytes, from + 4 * (size_t)words, ~sum);
}

static void set_sums(struct bytes *bytes)
{
	const size_t pdi = place(bytes, XCLBIN, IMAGE);

	set_sum(bytes, pdi + 0x10, 31);
	set_sum(bytes, pdi + 0x90, 15);
	set_sum(bytes, pdi + 0xD0, 31);
	set_sum(bytes, pdi + 0x150, 4);
}

/* The PDI as one whose commands and data are separated: type 1, length of the command zone, and the mark made of both.
 */
static void set_zone(struct bytes *bytes, uint32_t length)
{
	const size_t header = place(bytes, XCLBIN, IMAGE) + 0xD0;

	bytes_set32(bytes, header + 0x70, 1);
	bytes_set32(bytes, header + 0x74, length);
	bytes_set32(bytes, header + 0x78, 0x8966 | length << 16 | length >> 16);
}

/* Two cases need more than fixed values: the partition's last byte becomes a name without an end; the plain ELF's
 * unique note becomes an empty save stream. */
static void apply_special(const struct bad *bad, struct bytes *bytes)
{
	if (!strcmp(bad->what, "name without an end")) {
		const size_t partition = place(bytes, XCLBIN, PARTITION), size = get(bytes, 0x1F0 + 32);

		bytes->data[partition + size - 1] = 'x';
		bytes_set32(bytes, partition + 4, (uint32_t)size - 1);
	} else if (!strcmp(bad->what, "save without restore")) {
		const size_t header = elf_header(bytes, ".note.xrt.UID"), names = elf_data(bytes, ".shstrtab");

		memcpy(bytes->data + names + get(bytes, header), ".preempt_save", sizeof ".preempt_save");
		bytes_set32(bytes, header + 4, 1); /* program bits */
		bytes_set32(bytes, header + 20, 16);
		memcpy(bytes->data + get(bytes, header + 16), "\0\1\4\6\2\1\0\0\0\0\0\0\20\0\0\0", 16);
	}
}

static void apply(const struct bad *bad, struct bytes *bytes)
{
	bytes_add(bytes, good[bad->image].data, good[bad->image].size);
	for (unsigned i = 0; i < MAX_PATCHES; i++) {
		const struct patch *patch = &bad->patch[i];

		if (patch->width) {
			const size_t at = place(bytes, bad->image, patch->base) + patch->at;

			assert_true(at + 4 <= bytes->size);
			memcpy(bytes->data + at, &patch->value, patch->width);
		}
	}
	apply_special(bad, bytes);
	if (bad->flags & SUMS)
		set_sums(bytes);
	if (bad->flags & ZONE)
		set_zone(bytes, (uint32_t)bad->cut);
	else if (bad->cut)
		bytes->size = bad->cut;
}

static void expect_refusal(const struct bad *bad, const char *tool, const char *arguments)
{
	struct spawn_result result;
	char words[256], start[64];

	spawn_tool(&result, directory, tool, "%s", arguments);
	snprintf(start, sizeof start, "%s: %s: ", tool, image_name[bad->image]);
	if (result.status != 2 || strncmp(result.err, start, strlen(start)) || result.out[0] ||
	    strchr(result.err, '\n') != result.err + strlen(result.err) - 1)
		fail_msg("%s, %s: %s exits with %d: %s%s", bad->id, bad->what, tool, result.status, result.err,
		         result.out);
	snprintf(words, sizeof words, "%s", bad->words);
	for (char *word = strtok(words, "|"); word; word = strtok(NULL, "|"))
		if (!strstr(result.err, word))
			fail_msg("%s, %s: '%s' is not in: %s", bad->id, bad->what, word, result.err);
	spawn_free(&result);
}

static void run_case(void **state)
{
	static const char *const run[IMAGES] = {
		[XCLBIN] = "--xclbin x.xclbin --insts good.bin --in in.bin --out out.bin:3072 --device sim",
		[STREAM] = "--xclbin good.xclbin --insts x.bin --in in.bin --out out.bin:3072 --device sim",
		[HEX] = "--xclbin good.xclbin --insts x.txt --in in.bin --out out.bin:3072 --device sim",
		[PLAIN] = "--elf x.elf --xclbin good.xclbin --in in.bin --out out.bin:3072 --device sim",
		[FULL] = "--elf x.elf --in in.bin --out out.bin:3072 --device sim",
	};
	const struct bad *bad = *state;
	const char *file = image_name[bad->image];
	struct bytes bytes = { 0 };
	char line[64];

	apply(bad, &bytes);
	write_file(directory, file, bytes.data, bytes.size);
	bytes_free(&bytes);
	snprintf(line, sizeof line, "dump %s", file);
	if (bad->flags & DUMPS)
		expect_refusal(bad, "aie-image", line);
	if (bad->flags & RUNS)
		expect_refusal(bad, "aie-run", run[bad->image]);
}

/* The images that the cases spoil are good ones. */
static void good_ones_are_taken(void **state)
{
	struct spawn_result result;

	(void)state;
	for (unsigned i = 0; i < IMAGES; i++) {
		write_file(directory, image_name[i], good[i].data, good[i].size);
		spawn_tool(&result, directory, "aie-image", "dump %s", image_name[i]);
		if (result.status)
			fail_msg("%s: %s", image_name[i], result.err);
		spawn_free(&result);
	}
}

/* A stream that waits for what never comes ends with a time-out that says what it waited for. */
static void endless_poll_T5(void **state)
{
	struct bytes stream = { 0 }, quiet = { 0 };
	struct spawn_result result;

	(void)state;
	/* The program of these images is no good: the two last commands, which start the cores, do not. */
	bytes_add(&quiet, good[XCLBIN].data, good[XCLBIN].size);
	bytes_set32(&quiet, place(&quiet, XCLBIN, LAST) + 12, 0);
	bytes_set32(&quiet, place(&quiet, XCLBIN, LAST) - 4, 0);
	write_file(directory, "quiet.xclbin", quiet.data, quiet.size);
	bytes_free(&quiet);
	bytes_add(&stream, "\0\1\4\6\2\1\0\0\1\0\0\0\54\0\0\0", 16);
	for (unsigned i = 0; i < 7; i++)
		bytes_add32(&stream, (const uint32_t[]){ 4, 0, 0x0021F000, 0, 0x3F, 0x3F, 28 }[i]);
	write_file(directory, "poll.bin", stream.data, stream.size);
	bytes_free(&stream);
	spawn_tool(&result, directory, "aie-run", "--xclbin quiet.xclbin --insts poll.bin --in in.bin --device sim");
	assert_int_equal(result.status, 3);
	if (!strstr(result.err, "TIMEOUT") || !strstr(result.err, "0x21f000"))
		fail_msg("not explained: %s", result.err);
	spawn_free(&result);
}

/* K1: the windows on neighbours that are not there. */
static void missing_neighbours_K1(void **state)
{
	static const struct {
		uint32_t address;
		unsigned column, row;
		const char *words;
	} neighbours[] = {
		{ 0x40000, 1, 2, "south" },
		{ 0x50000, 0, 3, "west" },
		{ 0x60000, 1, 5, "north" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof neighbours / sizeof neighbours[0]; i++) {
		struct spawn_result result;
		struct bytes elf = { 0 };
		char line[64];

		bytes_add(&elf, good[CORE].data, good[CORE].size);
		bytes_set32(&elf, 52 + 12, neighbours[i].address);
		write_file(directory, "x.elf", elf.data, elf.size);
		bytes_free(&elf);
		snprintf(line, sizeof line, "image cdo\nload %u %u x.elf\n", neighbours[i].column, neighbours[i].row);
		write_file(directory, "load.txt", line, strlen(line));
		spawn_tool(&result, directory, "aie-image", "build load.txt -o load.cdo");
		assert_int_equal(result.status, 2);
		if (!strstr(result.err, "load.txt: line 2: x.elf: ") || !strstr(result.err, neighbours[i].words))
			fail_msg("not explained: %s", result.err);
		spawn_free(&result);
	}
}

static void make_core_elf(struct bytes *elf)
{
	const uint8_t ident[16] = { 0x7F, 'E', 'L', 'F', 1, 1, 1 };

	bytes_add(elf, ident, sizeof ident);
	for (unsigned i = 0; i < 9; i++)
		bytes_add32(elf,
		            (const uint32_t[]){ 2 | 264U << 16, 1, 0, 52, 0, 3, 52 | 32U << 16, 1 | 40U << 16, 0 }[i]);
	for (unsigned i = 0; i < 8; i++)
		bytes_add32(elf, (const uint32_t[]){ 1, 84, 0, 0, 32, 32, 5, 4 }[i]);
	bytes_add(elf, NULL, 32);
}

static int setup(void **state)
{
	static const struct foreign_kernel kernel = { "MLIR_AIE", 0x901, 0 };
	static const uint32_t program[4], in[FOREIGN_WORDS];
	size_t descriptor[FOREIGN_DESCRIPTORS];
	struct bytes cdo = { 0 }, full = { 0 };

	(void)state;
	directory = make_directory();
	foreign_cdo(&cdo, program, 4);
	foreign_pdi(&good[PDI], &cdo);
	foreign_xclbin(&good[XCLBIN], FOREIGN_COLUMNS, &good[PDI], 1, &kernel, 1);
	foreign_stream(&good[STREAM], FOREIGN_V01, descriptor);
	foreign_text(&good[HEX], &good[STREAM]);
	foreign_elf(&good[PLAIN], &(struct foreign_elf){ .stream = &good[STREAM], .descriptor = descriptor });
	foreign_stream(&full, FOREIGN_FULL_ELF, descriptor);
	foreign_elf(&good[FULL], &(struct foreign_elf){ .stream = &full, .descriptor = descriptor, .pdi = &good[PDI] });
	make_core_elf(&good[CORE]);
	write_file(directory, "good.xclbin", good[XCLBIN].data, good[XCLBIN].size);
	write_file(directory, "good.bin", good[STREAM].data, good[STREAM].size);
	write_file(directory, "in.bin", in, sizeof in);
	bytes_free(&cdo);
	bytes_free(&full);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (unsigned i = 0; i < IMAGES; i++)
		bytes_free(&good[i]);
	remove_directory(directory);
	return 0;
}

int main(void)
{
	struct CMUnitTest tests[CASES + 3] = {
		cmocka_unit_test(good_ones_are_taken),
		cmocka_unit_test(endless_poll_T5),
		cmocka_unit_test(missing_neighbours_K1),
	};
	static char names[CASES][96];

	for (unsigned i = 0; i < CASES; i++) {
		snprintf(names[i], sizeof names[i], "%s: %s", cases[i].id, cases[i].what);
		tests[3 + i] = (struct CMUnitTest){ .name = names[i],
			                            .test_func = run_case,
			                            .initial_state = (void *)(uintptr_t)&cases[i] };
	}
	return cmocka_run_group_tests(tests, setup, teardown);
}

#include "driver/image/core_elf.h"

#include <elf.h>
#include <inttypes.h>

#include "driver/image/image_internal.h"

enum {
	HEADER_BYTES = 52,         /* ELF32 header; the program header table must follow directly */
	PROGRAM_HEADER_BYTES = 32, /* one entry of it */
	SEGMENT_FILL = 0x70123463, /* words {address, bytes, metadata, value}: fill data memory */
	MAX_PIECES = 65536,
	WINDOW_SHIFT = 16,
	FIRST_DATA_WINDOW = 4, /* address >> 16 of the southern window */
	LAST_DATA_WINDOW = 7,
};

const char *aie_core_elf_window_name(enum aie_core_elf_window window)
{
	static const char *const names[] = {
		[AIE_WINDOW_PROGRAM] = "program",  [AIE_WINDOW_SOUTH] = "south data", [AIE_WINDOW_WEST] = "west data",
		[AIE_WINDOW_NORTH] = "north data", [AIE_WINDOW_OWN] = "own data",
	};

	return names[window];
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static int check_header(const uint8_t *data, size_t size, bool any_generation, Elf32_Ehdr *header,
                        struct aie_error *error)
{
	if (aie_image_elf_header(header, data, size, error))
		return -1;
	if (header->e_machine != AIE_CORE_ELF_MACHINE)
		return aie_error_set(error, AIE_ERROR_INPUT, "offset 0x12: ELF machine %u instead of %d (AIE)",
		                     header->e_machine, AIE_CORE_ELF_MACHINE);
	if (header->e_type != ET_EXEC)
		return aie_error_set(error, AIE_ERROR_INPUT, "offset 0x10: ELF type %u instead of 2 (executable)%s",
		                     header->e_type,
		                     header->e_type == ET_REL ? "; a relocatable object must be linked first" : "");
	if (header->e_flags != AIE_CORE_ELF_FLAGS_AIE2P &&
	    !(any_generation && header->e_flags >= AIE_CORE_ELF_FLAGS_AIE1 &&
	      header->e_flags <= AIE_CORE_ELF_FLAGS_AIE2P))
		return aie_error_set(error,
		                     header->e_flags == AIE_CORE_ELF_FLAGS_AIE1 ||
		                                     header->e_flags == AIE_CORE_ELF_FLAGS_AIE2
		                             ? AIE_ERROR_UNSUPPORTED
		                             : AIE_ERROR_INPUT,
		                     "offset 0x24: ELF flags %u%s; AIE2P code has %d", header->e_flags,
		                     header->e_flags == AIE_CORE_ELF_FLAGS_AIE1   ? " (AIE1 code)"
		                     : header->e_flags == AIE_CORE_ELF_FLAGS_AIE2 ? " (AIE2 code, another encoding)"
		                                                                  : "",
		                     AIE_CORE_ELF_FLAGS_AIE2P);
	if (header->e_phnum == 0)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0x2c: the ELF has no program headers, nothing to load");
	/* The reference loader looks for the table right behind the header, wherever the header says it is. */
	if (header->e_phoff != HEADER_BYTES || header->e_phentsize != PROGRAM_HEADER_BYTES)
		return aie_error_set(
		        error, AIE_ERROR_INPUT,
		        "offset 0x1c: program header table at 0x%x with entries of %u bytes; it must be at %d with %d",
		        header->e_phoff, header->e_phentsize, HEADER_BYTES, PROGRAM_HEADER_BYTES);
	if (!image_inside(header->e_phoff, (uint64_t)header->e_phnum * PROGRAM_HEADER_BYTES, size))
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0x2c: table of %u program headers leaves the file of %zu bytes",
		                     header->e_phnum, size);
	if (header->e_entry >= AIE_CORE_ELF_PROGRAM_BYTES)
		return aie_error_set(error, AIE_ERROR_INPUT, "offset 0x18: entry 0x%x lies outside program memory",
		                     header->e_entry);
	return 0;
}

static bool overlap(const struct aie_core_elf_piece *one, const struct aie_core_elf_piece *two)
{
	return one->window == two->window && one->offset < two->offset + two->size &&
	       two->offset < one->offset + one->size;
}

static int add_piece(struct aie_core_elf *elf, const struct aie_core_elf_piece *piece, struct aie_error *error)
{
	if (elf->piece_count == MAX_PIECES)
		return aie_error_set(error, AIE_ERROR_INPUT, "offset 0x%zx: more than %d pieces of segments",
		                     piece->file_offset, MAX_PIECES);
	if ((elf->piece_count & (elf->piece_count - 1)) == 0) { /* a power of two is full */
		size_t capacity = elf->piece_count ? 2 * (size_t)elf->piece_count : 1;
		struct aie_core_elf_piece *grown = realloc(elf->piece, capacity * sizeof *grown);

		if (!grown)
			return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for the segments of an ELF");
		elf->piece = grown;
	}
	elf->piece[elf->piece_count++] = *piece;
	if (piece->window == AIE_WINDOW_PROGRAM && piece->offset + piece->size > elf->program_bytes)
		elf->program_bytes = piece->offset + piece->size;
	return 0;
}

/* Bytes [address, address + size) from `data` (NULL: `fill`), cut at the edges of the data windows. */
static int add_range(struct aie_core_elf *elf, uint32_t address, uint32_t size, const uint8_t *data, uint32_t fill,
                     size_t at, struct aie_error *error)
{
	while (size) {
		struct aie_core_elf_piece piece = { .data = data, .fill = fill, .file_offset = at, .size = size };
		uint32_t window = address >> WINDOW_SHIFT;

		if (address < AIE_CORE_ELF_PROGRAM_BYTES) {
			if (size > AIE_CORE_ELF_PROGRAM_BYTES - address)
				return aie_error_set(error, AIE_ERROR_INPUT,
				                     "offset 0x%zx: segment of %u bytes at 0x%05x overflows the "
				                     "program memory of %d",
				                     at, size, address, AIE_CORE_ELF_PROGRAM_BYTES);
			piece.window = AIE_WINDOW_PROGRAM;
			piece.offset = address;
		} else if (window >= FIRST_DATA_WINDOW && window <= LAST_DATA_WINDOW) {
			piece.window = (enum aie_core_elf_window)(AIE_WINDOW_SOUTH + window - FIRST_DATA_WINDOW);
			piece.offset = address & (AIE_CORE_ELF_DATA_BYTES - 1);
			if (piece.size > AIE_CORE_ELF_DATA_BYTES - piece.offset)
				piece.size = AIE_CORE_ELF_DATA_BYTES - piece.offset;
		} else {
			return aie_error_set(
			        error, AIE_ERROR_INPUT,
			        "offset 0x%zx: segment address 0x%05x lies in no memory (program 0-0x3fff, data "
			        "0x40000-0x7ffff)",
			        at, address);
		}
		if (add_piece(elf, &piece, error))
			return -1;
		address += piece.size;
		size -= piece.size;
		if (data)
			data += piece.size;
		else if (piece.size % 4) /* the pattern goes on where it stopped */
			fill = fill >> 8 * (piece.size % 4) | fill << (32 - 8 * (piece.size % 4));
	}
	return 0;
}

static int read_segment(struct aie_core_elf *elf, const uint8_t *data, size_t size, size_t at, struct aie_error *error)
{
	Elf32_Phdr header;

	memcpy(&header, data + at, sizeof header);
	if (header.p_type != PT_LOAD && header.p_type != SEGMENT_FILL)
		return 0; /* debug tables and notes */
	if (!image_inside(header.p_offset, header.p_filesz, size))
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0x%zx: segment of %u bytes at 0x%x leaves the file of %zu bytes", at,
		                     header.p_filesz, header.p_offset, size);
	if (header.p_type == SEGMENT_FILL) {
		uint32_t address, length;

		if (header.p_filesz < 16)
			return aie_error_set(error, AIE_ERROR_INPUT,
			                     "offset 0x%zx: fill segment of %u bytes, 16 are needed", at,
			                     header.p_filesz);
		address = image_load32(data + header.p_offset);
		length = image_load32(data + header.p_offset + 4);
		/* Only data memory is filled; the loader skips anything else. */
		if (address < (uint32_t)FIRST_DATA_WINDOW << WINDOW_SHIFT ||
		    !image_inside(address, length, (uint64_t)(LAST_DATA_WINDOW + 1) << WINDOW_SHIFT))
			return 0;
		return add_range(elf, address, length, NULL, image_load32(data + header.p_offset + 12), at, error);
	}
	if (header.p_memsz < header.p_filesz)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0x%zx: segment takes %u bytes in memory, but has %u in the file", at,
		                     header.p_memsz, header.p_filesz);
	if (header.p_paddr > UINT32_MAX - header.p_memsz)
		return aie_error_set(error, AIE_ERROR_INPUT, "offset 0x%zx: segment of %u bytes at 0x%x wraps around",
		                     at, header.p_memsz, header.p_paddr);
	if (header.p_paddr < AIE_CORE_ELF_PROGRAM_BYTES && header.p_memsz > AIE_CORE_ELF_PROGRAM_BYTES - header.p_paddr)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0x%zx: segment of %u bytes at 0x%05x overflows the program memory of %d",
		                     at, header.p_memsz, header.p_paddr, AIE_CORE_ELF_PROGRAM_BYTES);
	if (add_range(elf, header.p_paddr, header.p_filesz, data + header.p_offset, 0, at, error))
		return -1;
	return add_range(elf, header.p_paddr + header.p_filesz, header.p_memsz - header.p_filesz, NULL, 0, at, error);
}

int aie_core_elf_open(struct aie_core_elf *elf, const void *data, size_t size, bool any_generation,
                      struct aie_error *error)
{
	const uint8_t *bytes = data;
	Elf32_Ehdr header;

	memset(elf, 0, sizeof *elf);
	if (check_header(bytes, size, any_generation, &header, error))
		return -1;
	elf->flags = header.e_flags;
	elf->entry = header.e_entry;
	for (unsigned i = 0; i < header.e_phnum; i++) {
		if (read_segment(elf, bytes, size, HEADER_BYTES + (size_t)i * PROGRAM_HEADER_BYTES, error)) {
			aie_core_elf_close(elf);
			return -1;
		}
	}
	for (uint32_t i = 1; i < elf->piece_count && i < 256; i++) /* a count for a warning, not worth more */
		for (uint32_t j = 0; j < i; j++)
			elf->overlaps += overlap(&elf->piece[j], &elf->piece[i]);
	return 0;
}

void aie_core_elf_close(struct aie_core_elf *elf)
{
	free(elf->piece);
	memset(elf, 0, sizeof *elf);
}

/* ---- where a piece goes ------------------------------------------------------------------------------------------ */

int aie_core_elf_place(const struct aie_core_elf_piece *piece, unsigned column, unsigned row, unsigned columns,
                       uint64_t *address, struct aie_error *error)
{
	unsigned to_column = column, to_row = row;
	uint32_t base = 0;

	if (column >= columns || row < AIE_ROW_FIRST_COMPUTE || row >= AIE_ARRAY_ROWS)
		return aie_error_set(error, AIE_ERROR_INPUT, "(%u,%u) is not a compute tile of an array of %u columns",
		                     column, row, columns);
	switch (piece->window) {
	case AIE_WINDOW_PROGRAM:
		base = AIE_CORE_PROGRAM_MEMORY;
		break;
	case AIE_WINDOW_SOUTH:
		to_row--;
		break;
	case AIE_WINDOW_WEST:
		to_column--;
		break;
	case AIE_WINDOW_NORTH:
		to_row++;
		break;
	case AIE_WINDOW_OWN:
		break;
	}
	if (to_column >= columns || to_row < AIE_ROW_FIRST_COMPUTE || to_row >= AIE_ARRAY_ROWS)
		return aie_error_set(
		        error, AIE_ERROR_INPUT,
		        "offset 0x%zx: segment for the %s memory of core (%u,%u), which has no such neighbour",
		        piece->file_offset, aie_core_elf_window_name(piece->window), column, row);
	*address = aie_tile_address(to_column, to_row, base + piece->offset);
	return 0;
}

/* ---- loading through a CDO --------------------------------------------------------------------------------------- */

static uint8_t piece_byte(const struct aie_core_elf_piece *piece, uint32_t i)
{
	return (uint8_t)(piece->data ? piece->data[i] : piece->fill >> 8 * (i % 4));
}

/* Write the piece to `address`: whole words as blocks, words covered in part with masks.  Program memory is written in
 * whole words only, the last one filled up with zeros, as the reference loader does. */
static int write_piece(const struct aie_core_elf_piece *piece, uint64_t address, struct aie_cdo_builder *builder,
                       struct aie_error *error)
{
	bool program = piece->window == AIE_WINDOW_PROGRAM;
	uint32_t lead = (uint32_t)address & 3, words = (lead + piece->size + 3) / 4, tail = (lead + piece->size) & 3;
	uint32_t *block, full = 0;

	if (piece->size == 0)
		return 0;
	if (program && lead)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "offset 0x%zx: program segment at 0x%05x is not word aligned", piece->file_offset,
		                     piece->offset);
	block = calloc(words, 4);
	if (!block)
		return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for a segment of %u bytes", piece->size);
	for (uint32_t i = 0; i < piece->size; i++)
		block[(lead + i) / 4] |= (uint32_t)piece_byte(piece, i) << 8 * ((lead + i) % 4);
	address -= lead;
	for (uint32_t i = 0; i < words; i++) {
		uint32_t mask = UINT32_MAX;

		if (i == 0)
			mask <<= 8 * lead;
		if (i == words - 1 && tail && !program)
			mask &= UINT32_MAX >> (32 - 8 * tail);
		if (mask != UINT32_MAX) {
			if (i > full)
				aie_cdo_block_write(builder, address + 4 * (uint64_t)full, block + full, i - full);
			aie_cdo_mask_write32(builder, address + 4 * (uint64_t)i, mask, block[i]);
			full = i + 1;
		}
	}
	if (words > full)
		aie_cdo_block_write(builder, address + 4 * (uint64_t)full, block + full, words - full);
	free(block);
	return 0;
}

static void reset_channels(struct aie_cdo_builder *builder, unsigned column, unsigned row, bool on)
{
	static const struct {
		uint32_t offset, stride, count, mask;
	} directions[] = {
		{ AIE_MEM_DMA_S2MM_CTRL, AIE_MEM_DMA_S2MM_CTRL_STRIDE, AIE_MEM_DMA_S2MM_CTRL_COUNT,
		  1U << AIE_MEM_DMA_S2MM_CTRL_RESET_LSB },
		{ AIE_MEM_DMA_MM2S_CTRL, AIE_MEM_DMA_MM2S_CTRL_STRIDE, AIE_MEM_DMA_MM2S_CTRL_COUNT,
		  1U << AIE_MEM_DMA_MM2S_CTRL_RESET_LSB },
	};

	for (size_t i = 0; i < sizeof directions / sizeof directions[0]; i++)
		for (uint32_t channel = 0; channel < directions[i].count; channel++)
			aie_cdo_mask_write32(
			        builder,
			        aie_tile_address(column, row, directions[i].offset + channel * directions[i].stride),
			        directions[i].mask, on ? directions[i].mask : 0);
}

int aie_core_elf_to_cdo(const struct aie_core_elf *elf, unsigned column, unsigned row, unsigned columns,
                        struct aie_cdo_builder *builder, struct aie_error *error)
{
	uint64_t address;

	if (elf->entry)
		return aie_error_set(error, AIE_ERROR_INPUT, "offset 0x18: entry 0x%x; a core always starts at 0",
		                     elf->entry);
	for (uint32_t i = 0; i < elf->piece_count; i++)
		if (aie_core_elf_place(&elf->piece[i], column, row, columns, &address, error))
			return -1;
	aie_cdo_mask_write32(builder, aie_tile_address(column, row, AIE_CORE_CORE_CONTROL),
	                     AIE_FIELD_MASK(AIE_CORE_CORE_CONTROL_ENABLE), 0);
	reset_channels(builder, column, row, true);
	for (uint32_t i = 0; i < elf->piece_count; i++) {
		const struct aie_core_elf_piece *piece = &elf->piece[i];

		if (aie_core_elf_place(piece, column, row, columns, &address, error) ||
		    write_piece(piece, address, builder, error))
			return -1;
	}
	reset_channels(builder, column, row, false);
	return 0;
}

void aie_cdo_core_reset(struct aie_cdo_builder *builder, unsigned column, unsigned row)
{
	uint64_t address = aie_tile_address(column, row, AIE_CORE_CORE_CONTROL);
	uint32_t mask = AIE_FIELD_MASK(AIE_CORE_CORE_CONTROL_RESET);

	aie_cdo_mask_write32(builder, address, mask, mask);
	aie_cdo_mask_write32(builder, address, mask, 0);
}

void aie_cdo_core_enable(struct aie_cdo_builder *builder, unsigned column, unsigned row)
{
	uint32_t mask = AIE_FIELD_MASK(AIE_CORE_CORE_CONTROL_ENABLE);

	aie_cdo_mask_write32(builder, aie_tile_address(column, row, AIE_CORE_CORE_CONTROL), mask, mask);
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

int aie_core_elf_write(const struct aie_core_elf_segment *segment, size_t count, struct aie_bytes *bytes,
                       struct aie_error *error)
{
	struct image_buffer out = { 0 };
	Elf32_Ehdr header = { 0 };

	bytes->data = NULL;
	bytes->size = 0;
	if (count == 0 || count > UINT16_MAX)
		return aie_error_set(error, AIE_ERROR_INPUT, "a core ELF of %zu segments", count);
	memcpy(header.e_ident, ELFMAG, SELFMAG);
	header.e_ident[EI_CLASS] = ELFCLASS32;
	header.e_ident[EI_DATA] = ELFDATA2LSB;
	header.e_ident[EI_VERSION] = EV_CURRENT;
	header.e_type = ET_EXEC;
	header.e_machine = AIE_CORE_ELF_MACHINE;
	header.e_version = EV_CURRENT;
	header.e_phoff = HEADER_BYTES;
	header.e_flags = AIE_CORE_ELF_FLAGS_AIE2P;
	header.e_ehsize = HEADER_BYTES;
	header.e_phentsize = PROGRAM_HEADER_BYTES;
	header.e_phnum = (uint16_t)count;
	aie_image_buffer_append(&out, &header, sizeof header);
	aie_image_buffer_add(&out, count * PROGRAM_HEADER_BYTES);
	for (size_t i = 0; i < count; i++) {
		bool program = segment[i].address < AIE_CORE_ELF_PROGRAM_BYTES;
		Elf32_Phdr entry = { 0 };

		if (segment[i].memory_size < segment[i].size ||
		    segment[i].address > UINT32_MAX - segment[i].memory_size) {
			free(out.data);
			return aie_error_set(error, AIE_ERROR_INPUT, "segment %zu of %u (%u) bytes at 0x%x cannot be",
			                     i, segment[i].size, segment[i].memory_size, segment[i].address);
		}
		aie_image_buffer_align(&out, 16);
		entry.p_type = PT_LOAD;
		entry.p_offset = (uint32_t)out.size;
		entry.p_vaddr = segment[i].address;
		entry.p_paddr = segment[i].address;
		entry.p_filesz = segment[i].size;
		entry.p_memsz = segment[i].memory_size;
		entry.p_flags = PF_R | (program ? PF_X : PF_W);
		entry.p_align = program ? 16 : 1;
		if (!out.failed)
			memcpy(out.data + HEADER_BYTES + i * PROGRAM_HEADER_BYTES, &entry, sizeof entry);
		aie_image_buffer_append(&out, segment[i].data, segment[i].size);
	}
	if (out.failed || out.size > UINT32_MAX) {
		free(out.data);
		return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for a core ELF, or it would exceed 4 GiB");
	}
	bytes->data = out.data;
	bytes->size = out.size;
	return 0;
}

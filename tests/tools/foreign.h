/* Images as other people's tools write them, made here byte by byte from the formats' description: nothing of
 * driver/image is used, so that its readers meet something its writers did not make.
 *
 * The design is a two-column vector scale in the style of mlir-aie: in each column shim -> memory tile -> core ->
 * memory tile
 * -> shim, every hop an object FIFO of depth 2; the memory tile reorders each block of 64 words (even words first), the
 * core multiplies by a factor of its program. */
#ifndef AIE_TESTS_TOOLS_FOREIGN_H
#define AIE_TESTS_TOOLS_FOREIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
	uint8_t *data;
	size_t size, room;
};

void bytes_add(struct bytes *bytes, const void *data, size_t size);
void bytes_add32(struct bytes *bytes, uint32_t value);
void bytes_align(struct bytes *bytes, size_t alignment);
void bytes_set32(struct bytes *bytes, size_t at, uint32_t value);
void bytes_set64(struct bytes *bytes, size_t at, uint64_t value);
void bytes_free(struct bytes *bytes);

enum { FOREIGN_COLUMNS = 2, FOREIGN_BLOCK_WORDS = 64, FOREIGN_BLOCKS = 6 }; /* blocks a column and run */
enum { FOREIGN_DESCRIPTORS = 2 * FOREIGN_COLUMNS + 1 };                     /* the last one: of control packets */
enum { FOREIGN_WORDS = FOREIGN_COLUMNS * FOREIGN_BLOCKS * FOREIGN_BLOCK_WORDS };

/* Source of the core's program; FACTOR is a symbol. */
extern const char foreign_core_source[];
/* Its configuration: a CDO around the program words, and a PDI around a CDO. */
void foreign_cdo(struct bytes *cdo, const uint32_t *program, size_t program_words);
void foreign_pdi(struct bytes *pdi, const struct bytes *cdo);

struct foreign_kernel {
	const char *name;
	uint32_t id;
	unsigned pdi;
};
void foreign_xclbin(struct bytes *xclbin, unsigned columns, const struct bytes *pdis, size_t pdi_count,
                    const struct foreign_kernel *kernels, size_t kernel_count);

/* Forms of the instruction stream. */
enum foreign_form {
	FOREIGN_V01, /* full records, as mlir-aie writes them */
	FOREIGN_V01_PADDED /* mask writes of 32 bytes as aie-rt writes them, zero words behind the last record */,
	FOREIGN_V10,       /* short records */
	FOREIGN_NEW_CODES, /* full records with NOOP and PREEMPT between them */
	FOREIGN_FULL_ELF,  /* full records behind a LOAD_PDI of id 0, for a full control-code ELF */
	FOREIGN_CONTROL, /* full records; first of all control packets go to the memory tile of column 0, for an ELF */
	FOREIGN_FORMS
};
/* The run: argument 0 the input, argument 1 the output, FOREIGN_WORDS words each. `descriptor` (may be NULL) gets the
 * byte offset of each descriptor's first word, in order input, output by column, as the host must patch them in an ELF.
 */
void foreign_stream(struct bytes *stream, enum foreign_form form, size_t descriptor[FOREIGN_DESCRIPTORS]);
/* One word of eight hex digits a line. */
void foreign_text(struct bytes *text, const struct bytes *stream);
/* What the control packets must do for `foreign_hold`: give lock 0 of the memory tile of column 0 its two buffers. */
void foreign_packets(struct bytes *packets);
/* Take that lock's value out of a CDO: the run waits for ever unless somebody sets it. */
void foreign_hold(struct bytes *cdo);
/* Control-code ELF around the stream: plain, or with `pdi` the full form with kernel "main" and instance "sequence". */
struct foreign_elf {
	const struct bytes *stream;
	const size_t *descriptor;    /* from foreign_stream() */
	const struct bytes *pdi;     /* NULL: the plain form */
	const struct bytes *packets; /* control packets, or NULL */
	bool preemptible;            /* with streams that save and restore, and their scratch memory */
};
void foreign_elf(struct bytes *elf, const struct foreign_elf *request);

/* What the run must give. */
void foreign_expected(uint32_t out[FOREIGN_WORDS], const uint32_t in[FOREIGN_WORDS], uint32_t factor);
/* Words of the program segment of a core ELF. Returns their number. */
size_t foreign_program(const uint8_t *elf, size_t size, uint32_t *words, size_t room);

#endif

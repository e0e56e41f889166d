/* Raw trace buffers, as the shim DMA wrote them, cut into packets.
 *
 * A packet is eight 32-bit words: a stream header (bit 31 makes the number of ones odd; 30:28 zero; 27:21 source
 * column, 20:16 source row, 14:12 type, 11:5 zero, 4:0 id) and seven payload words whose bytes count from the most
 * significant (documented AM020/AM027; layout of the buffer from mlir-aie's parser).  Several units' packets are
 * interleaved.
 */
#ifndef AIE_TRACES_PACKET_H
#define AIE_TRACES_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { AIE_TRACE_PACKET_WORDS = 8, AIE_TRACE_PAYLOAD_WORDS = 7 };

/* Type numbers in the header; conventional (mlir-aie), programmable in the hardware. */
enum aie_trace_type { AIE_TRACE_CORE, AIE_TRACE_MEM, AIE_TRACE_SHIM, AIE_TRACE_MEMTILE, AIE_TRACE_TYPES };

struct aie_trace_unit {
	uint8_t column, row, type, id;
};

struct aie_trace_packet {
	struct aie_trace_unit unit;
	const uint32_t *payload; /* AIE_TRACE_PAYLOAD_WORDS words inside the buffer */
	size_t word;             /* index of the header in the buffer */
};

/* What was passed over and why. */
enum aie_trace_skip {
	AIE_TRACE_SKIP_UNWRITTEN, /* zeroes or 0xA5A5A5A5, the fill of a buffer that was not used up */
	AIE_TRACE_SKIP_CORRUPT,   /* words that are no packet header where one must stand */
	AIE_TRACE_SKIP_TRUNCATED, /* the buffer ends inside a packet */
	AIE_TRACE_SKIPS
};
const char *aie_trace_skip_name(enum aie_trace_skip skip);

struct aie_trace_reader {
	const uint32_t *words;
	size_t count, position;
	size_t skipped[AIE_TRACE_SKIPS]; /* words, by reason */
	size_t first_corrupt;            /* word index of the first corrupt word, when there is one */
};

/* `words` in host order (little endian in the file), must outlive the reader. */
void aie_trace_reader_init(struct aie_trace_reader *reader, const uint32_t *words, size_t count);
/* The next packet; false at the end.  Never fails: what is no packet is skipped and counted. */
bool aie_trace_reader_next(struct aie_trace_reader *reader, struct aie_trace_packet *packet);

/* Is `word` a legal header of a trace packet? */
bool aie_trace_header_valid(uint32_t word);

#endif

#include "traces/packet.h"

#include <string.h>

/* Bits that are zero in every header: 30:28, 15 and 11:5; and of the row's five bits NPU arrays use three, so 20:19
 * too. */
#define HEADER_ZERO_BITS UINT32_C(0x70188FE0)
#define FILL_WORD        UINT32_C(0xA5A5A5A5)

const char *aie_trace_skip_name(enum aie_trace_skip skip)
{
	static const char *const names[AIE_TRACE_SKIPS] = {
		[AIE_TRACE_SKIP_UNWRITTEN] = "unwritten",
		[AIE_TRACE_SKIP_CORRUPT] = "corrupt",
		[AIE_TRACE_SKIP_TRUNCATED] = "truncated",
	};

	return names[skip];
}

bool aie_trace_header_valid(uint32_t word)
{
	return (word & HEADER_ZERO_BITS) == 0 && __builtin_parity(word) == 1;
}

void aie_trace_reader_init(struct aie_trace_reader *reader, const uint32_t *words, size_t count)
{
	memset(reader, 0, sizeof *reader);
	reader->words = words;
	reader->count = count;
}

/* A header may be believed after a disturbance when another one stands where the next packet must begin. */
static bool resynchronised(const struct aie_trace_reader *reader, size_t at)
{
	const size_t next = at + AIE_TRACE_PACKET_WORDS;

	if (!aie_trace_header_valid(reader->words[at]))
		return false;
	return next >= reader->count || aie_trace_header_valid(reader->words[next]) || reader->words[next] == 0 ||
	       reader->words[next] == FILL_WORD;
}

static void skip(struct aie_trace_reader *reader, enum aie_trace_skip reason, size_t words)
{
	if (reason == AIE_TRACE_SKIP_CORRUPT && reader->skipped[reason] == 0)
		reader->first_corrupt = reader->position;
	reader->skipped[reason] += words;
	reader->position += words;
}

bool aie_trace_reader_next(struct aie_trace_reader *reader, struct aie_trace_packet *packet)
{
	bool disturbed = false;

	while (reader->position < reader->count) {
		const uint32_t header = reader->words[reader->position];

		if (header == 0 || header == FILL_WORD) {
			skip(reader, AIE_TRACE_SKIP_UNWRITTEN, 1);
		} else if (disturbed ? !resynchronised(reader, reader->position) : !aie_trace_header_valid(header)) {
			skip(reader, AIE_TRACE_SKIP_CORRUPT, 1);
			disturbed = true;
		} else if (reader->count - reader->position < AIE_TRACE_PACKET_WORDS) {
			skip(reader, AIE_TRACE_SKIP_TRUNCATED, reader->count - reader->position);
		} else {
			packet->word = reader->position;
			packet->payload = reader->words + reader->position + 1;
			packet->unit = (struct aie_trace_unit){
				.column = header >> 21 & 0x7F,
				.row = header >> 16 & 0x1F,
				.type = header >> 12 & 7,
				.id = header & 0x1F,
			};
			reader->position += AIE_TRACE_PACKET_WORDS;
			return true;
		}
	}
	return false;
}

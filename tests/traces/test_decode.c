/* Trace packets and frames, against the worked example and the tables of the packet description. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "traces/frame.h"
#include "traces/packet.h"

enum { MAX_RECORDS = 64 };

struct records {
	struct aie_trace_record record[MAX_RECORDS];
	unsigned count;
};

static void keep(void *user, const struct aie_trace_record *record)
{
	struct records *records = user;

	assert_true(records->count < MAX_RECORDS);
	records->record[records->count++] = *record;
}

static void expect(const struct records *records, unsigned index, enum aie_trace_record_kind kind, unsigned mask,
                   uint64_t time, uint64_t cycles)
{
	assert_true(index < records->count);
	assert_int_equal(records->record[index].kind, kind);
	assert_int_equal(records->record[index].mask, mask);
	assert_int_equal(records->record[index].time, time);
	assert_int_equal(records->record[index].cycles, cycles);
}

/* Core (0,2), id 1, start at timer 0x12345; slot 0 at +5; slots 0 and 3 at +30; slot 4 from +100 to +109; slot 1 at
 * +2000. */
static void worked_example(void **state)
{
	static const uint32_t words[] = { 0x80020001, 0xF0000000, 0x00012345, 0x04D02418,
		                          0x904540E8, 0xA40762FE, 0xFEFEFEFE, 0xFEFEFEFE };
	struct aie_trace_reader reader;
	struct aie_trace_packet packet;
	struct aie_trace_frames frames;
	struct records records = { .count = 0 };
	const uint64_t begin = 0x12345;

	(void)state;
	aie_trace_reader_init(&reader, words, 8);
	assert_true(aie_trace_reader_next(&reader, &packet));
	assert_int_equal(packet.unit.column, 0);
	assert_int_equal(packet.unit.row, 2);
	assert_int_equal(packet.unit.type, AIE_TRACE_CORE);
	assert_int_equal(packet.unit.id, 1);
	aie_trace_frames_init(&frames, keep, &records);
	assert_int_equal(aie_trace_frames_feed(&frames, packet.payload, AIE_TRACE_PAYLOAD_WORDS), 0);
	assert_false(aie_trace_reader_next(&reader, &packet));
	assert_int_equal(records.count, 7);
	expect(&records, 0, AIE_TRACE_RECORD_START, 0, begin, 0);
	expect(&records, 1, AIE_TRACE_RECORD_ACTIVE, 0x01, begin + 5, 1);
	expect(&records, 2, AIE_TRACE_RECORD_ACTIVE, 0x09, begin + 30, 1);
	expect(&records, 3, AIE_TRACE_RECORD_ACTIVE, 0x10, begin + 100, 1);
	expect(&records, 4, AIE_TRACE_RECORD_ACTIVE, 0x10, begin + 101, 1);
	expect(&records, 5, AIE_TRACE_RECORD_ACTIVE, 0x10, begin + 102, 8);
	expect(&records, 6, AIE_TRACE_RECORD_ACTIVE, 0x02, begin + 2000, 1);
	assert_int_equal(frames.undefined_bytes, 0);
	assert_int_equal(frames.orphan_frames, 0);
}

static void repeat_keeps_the_gap(void **state)
{
	/* Single0 slot 2 with gap 3, then two repeats: every four cycles. */
	static const uint32_t words[] = { 0xF0000000, 1000, 0x23E2FEFE };
	struct aie_trace_frames frames;
	struct records records = { .count = 0 };

	(void)state;
	aie_trace_frames_init(&frames, keep, &records);
	assert_int_equal(aie_trace_frames_feed(&frames, words, 3), 0);
	assert_int_equal(records.count, 4);
	expect(&records, 1, AIE_TRACE_RECORD_ACTIVE, 4, 1004, 1);
	expect(&records, 2, AIE_TRACE_RECORD_ACTIVE, 4, 1008, 1);
	expect(&records, 3, AIE_TRACE_RECORD_ACTIVE, 4, 1012, 1);
}

static void event_pc_mode(void **state)
{
	/* Mask 0x81 at PC 0x1234: 1100 0110 0000 0100 0001 0010 0011 0100, then Repeat0 2. */
	static const uint32_t words[] = { 0xF1000000, 7, 0xC6041234, 0xE2FEFEFE };
	struct aie_trace_frames frames;
	struct records records = { .count = 0 };

	(void)state;
	aie_trace_frames_init(&frames, keep, &records);
	assert_int_equal(aie_trace_frames_feed(&frames, words, 4), 0);
	assert_int_equal(records.count, 3);
	assert_int_equal(records.record[1].kind, AIE_TRACE_RECORD_PC);
	assert_int_equal(records.record[1].mask, 0x81);
	assert_int_equal(records.record[1].pc, 0x1234);
	assert_int_equal(records.record[2].cycles, 2);
}

static void start_frame_across_packets(void **state)
{
	static const uint32_t first[] = { 0xF0000000 }, second[] = { 500, 0x00FEFEFE };
	struct aie_trace_frames frames;
	struct records records = { .count = 0 };

	(void)state;
	aie_trace_frames_init(&frames, keep, &records);
	assert_int_equal(aie_trace_frames_feed(&frames, first, 1), 0);
	assert_int_equal(aie_trace_frames_feed(&frames, second, 2), 0);
	assert_int_equal(records.count, 2);
	expect(&records, 1, AIE_TRACE_RECORD_ACTIVE, 1, 501, 1);
}

static void sync_counts_the_full_counter(void **state)
{
	static const uint32_t words[] = { 0xF0000000, 0, 0xFF00FEFE };
	struct aie_trace_frames frames;
	struct records records = { .count = 0 };

	(void)state;
	aie_trace_frames_init(&frames, keep, &records);
	assert_int_equal(aie_trace_frames_feed(&frames, words, 3), 0);
	expect(&records, 1, AIE_TRACE_RECORD_ACTIVE, 1, 0x40001, 1);
}

static void execution_mode_is_refused(void **state)
{
	static const uint32_t words[] = { 0xF2000000, 0 };
	struct aie_trace_frames frames;
	struct records records = { .count = 0 };

	(void)state;
	aie_trace_frames_init(&frames, keep, &records);
	assert_int_equal(aie_trace_frames_feed(&frames, words, 2), -1);
}

static void disturbed_buffers_lose_only_what_is_broken(void **state)
{
	uint32_t words[8 * 4 + 3];
	struct aie_trace_reader reader;
	struct aie_trace_packet packet;
	unsigned packets = 0;

	(void)state;
	memset(words, 0xFE, sizeof words);
	for (unsigned i = 0; i < 4; i++)
		words[8 * i] = 0x80020001;
	words[8] ^= 4;          /* the second header loses its parity */
	words[32] = 0x80020001; /* and a fifth packet is cut off */
	aie_trace_reader_init(&reader, words, sizeof words / sizeof words[0]);
	while (aie_trace_reader_next(&reader, &packet))
		packets++;
	assert_int_equal(packets, 3);
	assert_int_equal(reader.skipped[AIE_TRACE_SKIP_CORRUPT], 8);
	assert_int_equal(reader.first_corrupt, 8);
	assert_int_equal(reader.skipped[AIE_TRACE_SKIP_TRUNCATED], 3);
}

static void unwritten_words_are_no_corruption(void **state)
{
	static const uint32_t words[] = { 0, 0, 0xA5A5A5A5, 0x80020001, 1, 2, 3, 4, 5, 6, 7, 0 };
	struct aie_trace_reader reader;
	struct aie_trace_packet packet;

	(void)state;
	aie_trace_reader_init(&reader, words, sizeof words / sizeof words[0]);
	assert_true(aie_trace_reader_next(&reader, &packet));
	assert_int_equal(packet.payload[6], 7);
	assert_false(aie_trace_reader_next(&reader, &packet));
	assert_int_equal(reader.skipped[AIE_TRACE_SKIP_UNWRITTEN], 4);
	assert_int_equal(reader.skipped[AIE_TRACE_SKIP_CORRUPT], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(worked_example),
		cmocka_unit_test(repeat_keeps_the_gap),
		cmocka_unit_test(event_pc_mode),
		cmocka_unit_test(start_frame_across_packets),
		cmocka_unit_test(sync_counts_the_full_counter),
		cmocka_unit_test(execution_mode_is_refused),
		cmocka_unit_test(disturbed_buffers_lose_only_what_is_broken),
		cmocka_unit_test(unwritten_words_are_no_corruption),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

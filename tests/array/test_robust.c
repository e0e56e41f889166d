/* The array under odd use: run in pieces of any size, register writes of every kind, random configurations.  Results
 * must not depend on the pieces, and nothing may crash or hang.
 */
#include "driver/image/ports.h"
#include "sim/array/record.h"
#include "tests/array/rig.h"

enum { MEMORY = 0x10000 };

/* Two columns at work: object FIFOs through compute tiles, a multicast, a strided write, a core that waits for its
 * lock. */
static struct rig *busy_rig(const char *profile)
{
	struct rig *rig = rig_new(profile, MEMORY);

	for (unsigned i = 0; i < MEMORY / 8; i++)
		rig_memory(rig, 0)[i] = i * 2654435761U;
	for (unsigned c = 0; c < 2; c++) {
		rig_route_up(rig, c, 0, 0, 2 + c, 0);
		rig_connect(rig, c, 2 + c, PORT('S', 0), PORT('N', 3));
		rig_connect(rig, c, 3 + c, PORT('S', 3), PORT('D', 1));
		rig_route_down(rig, c, 2 + c, 0, 1, 0);
		rig_set_lock(rig, c, 2 + c, 0, 2);
		for (unsigned i = 0; i < 2; i++) {
			rig_bd(rig, c, 2 + c, i,
			       RIG_BD(.address = i * 0x400, .words = 50, .next = (int)(i ^ 1), .acquire = 0,
			              .acquire_value = -1, .release = 1, .release_value = 1));
			rig_bd(rig, c, 2 + c, 4 + i,
			       RIG_BD(.address = i * 0x400, .words = 50, .next = (int)(4 + (i ^ 1)), .acquire = 1,
			              .acquire_value = -1, .release = 0, .release_value = 1));
		}
		rig_bd(rig, c, 3 + c, 0,
		       RIG_BD(.address = 0x1000, .words = 1000, .step = { 3, 1 }, .wrap = { 100 }, .release = 3,
		              .release_value = 1));
		rig_push(rig, c, 3 + c, false, 1, 0, 1, true);
		rig_push(rig, c, 2 + c, false, 0, 0, 1, false);
		rig_push(rig, c, 2 + c, true, 0, 4, 1, false);
		rig_bd(rig, c, 0, 0, RIG_BD(.address = RIG_MEMORY_BASE + 0x2000 * c, .words = 1000));
		rig_bd(rig, c, 0, 1,
		       RIG_BD(.address = RIG_MEMORY_BASE + 0x8000 + 0x4000 * c, .words = 1000, .step = { 1, 20 },
		              .wrap = { 10 }));
		rig_push(rig, c, 0, true, 0, 0, 1, true);
		rig_push(rig, c, 0, false, 0, 1, 1, true);
		rig_load(rig, c, 3 + c,
		         "mova r1, #-1\nmovxm p0, #0x70000\nnop\nnop\nnop\nnop\nacq #51, r1\nnop\nnop\nnop\nnop\nnop\n"
		         "st r1, [p0, #0]\nnop\nnop\nnop\nnop\nnop\nnop\nnop\ndone\nnop\nnop\nnop\nnop\nnop\n");
		rig_start(rig, c, 3 + c);
	}
	return rig;
}

struct outcome {
	uint64_t cycle;
	struct aie_channel_counters channel[2][5];
	struct aie_core_counters core[2];
	uint64_t token[6][2]; /* who, when */
	uint8_t memory[MEMORY];
};

static void finish(struct rig *rig, struct outcome *outcome)
{
	memset(outcome, 0, sizeof *outcome);
	outcome->cycle = aie_array_cycle(rig->array);
	for (unsigned c = 0; c < 2; c++) {
		outcome->channel[c][0] = *aie_array_channel(rig->array, c, 0, true, 0);
		outcome->channel[c][1] = *aie_array_channel(rig->array, c, 0, false, 0);
		outcome->channel[c][2] = *aie_array_channel(rig->array, c, 2 + c, true, 0);
		outcome->channel[c][3] = *aie_array_channel(rig->array, c, 2 + c, false, 0);
		outcome->channel[c][4] = *aie_array_channel(rig->array, c, 3 + c, false, 1);
		outcome->core[c] = *aie_core_counters(aie_array_core(rig->array, c, 3 + c));
	}
	for (unsigned i = 0; i < 6; i++) {
		struct aie_token token;

		if (!rig_take_token(rig, &token))
			fail_msg("token %u is missing", i);
		outcome->token[i][0] = (uint64_t)token.column << 24 | (uint64_t)token.row << 16 |
		                       (uint64_t)token.channel << 8 | token.mm2s;
		outcome->token[i][1] = token.cycle;
	}
	memcpy(outcome->memory, rig->memory, MEMORY);
	rig_free(rig);
}

static struct outcome whole, pieces;

/* Pieces of 1, 7, 64 and 1000 cycles give the same cycles, counters, tokens and memory as one run. */
static void test_pieces(void **state)
{
	static const unsigned sizes[] = { 1, 7, 64, 1000 };
	struct rig *rig = busy_rig("npu4");

	(void)state;
	rig_run(rig, 100000);
	assert_int_equal(rig_word(rig, 1, 4, 0), 0xFFFFFFFF);
	finish(rig, &whole);
	for (unsigned i = 0; i < 1000; i++)
		assert_memory_equal(whole.memory + 0x8000 + 4 * (i % 10 + i / 10 * 20), whole.memory + 4 * i, 4);
	for (unsigned n = 0; n < sizeof sizes / sizeof sizes[0]; n++) {
		enum aie_array_stop stop;

		rig = busy_rig("npu4");
		do
			stop = aie_array_run(rig->array, aie_array_cycle(rig->array) + sizes[n], false);
		while (stop == AIE_ARRAY_DEADLINE);
		assert_int_equal(stop, AIE_ARRAY_IDLE);
		finish(rig, &pieces);
		assert_memory_equal(&pieces, &whole, sizeof whole);
	}
}

/* Every parameter at its least and at its largest: slower or faster, the same words arrive. */
static void test_extreme_parameters(void **state)
{
	(void)state;
	for (unsigned largest = 0; largest < 2; largest++) {
		char profile[4096] = "npu4";
		struct rig *rig;

		for (unsigned i = 0; i < aie_array_timing_count(); i++) {
			const struct aie_timing_row *row = aie_array_timing_row(i);

			snprintf(profile + strlen(profile), sizeof profile - strlen(profile), ",%s=%u", row->name,
			         largest ? row->maximum : row->minimum);
		}
		rig = busy_rig(profile);
		rig_run(rig, 1000000000);
		aie_array_advance(rig->array, aie_array_cycle(rig->array) + 100000); /* tokens on their way */
		finish(rig, &pieces);
		assert_memory_equal(pieces.memory, whole.memory, MEMORY);
	}
}

static uint32_t random_state = 1;

static uint32_t random_word(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state;
}

/* Any value at any register: an error or an effect, never a crash; waits can always be listed. */
static void test_random_writes(void **state)
{
	struct rig *rig = rig_new("npu4", MEMORY);

	(void)state;
	for (unsigned round = 0; round < 60; round++) {
		for (unsigned i = 0; i < 500; i++) {
			const struct aie_tile_register *reg = aie_register_at(random_word() % aie_register_count());
			unsigned row = reg->module == AIE_MODULE_SHIM      ? 0
			               : reg->module == AIE_MODULE_MEMTILE ? 1
			                                                   : 2 + random_word() % 4;
			uint32_t first = reg->index_count > 0 ? random_word() % reg->index[0].count : 0;
			uint32_t second = reg->index_count > 1 ? random_word() % reg->index[1].count : 0;
			uint64_t address =
			        aie_tile_address(random_word() % 8, row, aie_register_offset(reg, first, second));
			uint32_t value = random_word() & (random_word() % 4 ? random_word() : UINT32_MAX);

			if (strcmp(reg->name, "Column_Clock_Control") == 0 || strstr(reg->name, "Reset"))
				continue;
			if (aie_array_write32(rig->array, address, value, &rig->error))
				assert_true(rig->error.text[0]);
			if (aie_array_read32(rig->array, address, &value, &rig->error))
				assert_true(rig->error.text[0]);
		}
		if (aie_array_run(rig->array, aie_array_cycle(rig->array) + 300, false) == AIE_ARRAY_FAULT) {
			aie_array_fault(rig->array, &rig->error);
			assert_true(rig->error.text[0]);
		}
		rig_waits(rig);
		if (round % 7 == 6) {
			unsigned column = random_word() % 8;

			assert_int_equal(aie_array_reset_columns(rig->array, column, 8 - column, &rig->error), 0);
			for (unsigned c = column; c < 8; c++)
				rig_write(rig, c, 0, 0xFFF20, 1);
		}
	}
	rig_free(rig);
}

/* Random routes and descriptors that are all valid by themselves. */
static struct rig *random_rig(void)
{
	struct rig *rig = rig_new("npu4", MEMORY);

	for (unsigned i = 0; i < 40; i++) {
		unsigned c = random_word() % 8, row = random_word() % 6, tile = row < 2 ? row : 2,
		         k = random_word() % 2;
		static const char bundles[3][8] = { "SNWEF", "DSN", "CDSNWEF" };
		char a = bundles[tile][random_word() % (unsigned)strlen(bundles[tile])];
		char b = bundles[tile][random_word() % (unsigned)strlen(bundles[tile])];
		struct rig_port from = PORT(a, a == 'C' || a == 'F' ? 0 : k);
		struct rig_port to = PORT(b, b == 'C' || b == 'F' ? 0 : k);

		if (aie_ports_joinable(aie_tile_kind_of_row(row), rig_slave_index(row, from),
		                       rig_master_index(row, to)))
			rig_connect(rig, c, row, from, to);
	}
	return rig;
}

static void random_tasks(struct rig *rig)
{
	for (unsigned c = 0; c < 8; c++)
		for (unsigned row = 0; row < 6; row++)
			for (unsigned k = 0; k < 2; k++) {
				unsigned id = row == 1 ? 24 * k : k;

				if (row == 0)
					rig_shim_mux(rig, c);
				rig_bd(rig, c, row, id,
				       RIG_BD(.address = row ? 0x100 : RIG_MEMORY_BASE, .words = random_word() % 400,
				              .step = { 1 + random_word() % 3, 1 + random_word() % 8 },
				              .wrap = { random_word() % 6 }, .burst = random_word() % 4,
				              .acquire = (int)(random_word() % 4),
				              .acquire_value = (int)(random_word() % 3) - 1,
				              .release = (int)(random_word() % 4), .release_value = 1));
				rig_push(rig, c, row, false, k, id, 1 + random_word() % 3, random_word() % 2);
				rig_push(rig, c, row, true, k, id, 1 + random_word() % 3, random_word() % 2);
			}
}

/* Everything ends in idle, with waits where it hangs; a packet or control port on the way stops with a fault.  A record
 * (sim/array/record.h) of it all changes nothing. */
static void test_random_traffic(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 40; round++) {
		const uint32_t seed = random_state;
		enum aie_array_stop stop[2];
		uint64_t cycle[2];

		for (unsigned recorded = 0; recorded < 2; recorded++) {
			struct rig *rig;

			random_state = seed;
			rig = random_rig();
			if (recorded)
				assert_int_equal(aie_array_record(rig->array, AIE_RECORD_ALL, 1 << 20, &rig->error), 0);
			random_tasks(rig);
			stop[recorded] = aie_array_run(rig->array, 2000000, false);
			cycle[recorded] = aie_array_cycle(rig->array);
			assert_int_not_equal(stop[recorded], AIE_ARRAY_DEADLINE);
			rig_waits(rig);
			if (recorded) {
				const struct aie_record *records;
				bool complete;

				assert_true(aie_array_records(rig->array, &records, &complete) > 100);
				assert_true(complete);
			}
			rig_free(rig);
		}
		assert_int_equal(stop[0], stop[1]);
		assert_int_equal(cycle[0], cycle[1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_extreme_parameters),
		cmocka_unit_test(test_random_writes),
		cmocka_unit_test(test_random_traffic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

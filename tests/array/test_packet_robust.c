/* Packet traffic under odd use: random switches, slots, merges, channel modes and control packets.  Nothing may crash
 * or hang, the end of a run does not depend on the pieces it is run in, and no packet that a switch lets through is
 * lost.
 */
#include "tests/array/rig.h"

enum { MEMORY = 0x8000 };

static uint32_t seed;

static uint32_t random_word(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed;
}

static void try_write(struct rig *rig, unsigned column, unsigned row, uint32_t offset, uint32_t value)
{
	aie_array_write32(rig->array, aie_tile_address(column, row, offset), value, &rig->error); /* may be refused */
}

/* Packet-mode ports with few ids, arbiters and selects, so that much of it meets. */
static void random_switch(struct rig *rig, unsigned column, unsigned row)
{
	static const unsigned slaves[] = { 23, 18, 25 }, masters[] = { 22, 17, 23 };
	unsigned kind = row < 2 ? row : 2;
	uint32_t base = row == 1 ? 0xB0000 : 0x3F000;

	for (unsigned i = 0; i < slaves[kind]; i++) {
		try_write(rig, column, row, base + 0x100 + 4 * i, random_word() % 8 ? 0xC0000000 : 0x80000000);
		for (unsigned k = 0; k < 4; k++)
			try_write(rig, column, row, base + 0x200 + 0x10 * i + 4 * k,
			          random_word() % 4 << 24 | random_word() % 8 << 16 | (random_word() % 4 ? 1 << 8 : 0) |
			                  random_word() % 4 << 4 | random_word() % 4);
	}
	for (unsigned i = 0; i < masters[kind]; i++)
		try_write(rig, column, row, base + 4 * i,
		          random_word() % 16
		                  ? 0xC0000000 | random_word() % 2 << 7 | random_word() % 16 << 3 | random_word() % 4
		                  : 0x80000000 | random_word() % 25);
	for (unsigned i = 0; i < 2; i++) {
		try_write(rig, column, row, base + 0x800 + 0x10 * i, random_word() & 0x03FF03FF);
		try_write(rig, column, row, base + 0x804 + 0x10 * i, random_word() & 0x03FF03FF);
		try_write(rig, column, row, base + 0x808 + 0x10 * i, random_word() % 8 == 0);
	}
}

static void random_channels(struct rig *rig, unsigned column, unsigned row)
{
	static const uint32_t control[] = { 0x1D200, 0xA0600, 0x1DE00 };

	for (unsigned k = 0; k < 2; k++) {
		unsigned bd = row == 1 ? 24 * k : 4 * k;

		if (random_word() % 2)
			try_write(rig, column, row, control[row < 2 ? row : 2] + 8 * k,
			          random_word() % 4 << 16 | (random_word() % 4 ? 0U : 1U << 3) |
			                  (random_word() % 4 ? 0U : 1U << 4));
		for (unsigned i = 0; i < 3; i++)
			rig_bd(rig, column, row, bd + i,
			       RIG_BD(.address = row ? 0x100 * i : RIG_MEMORY_BASE + 0x1000 * i,
			              .words = 1 + random_word() % 60, .packet = random_word() % 4 != 0,
			              .packet_id = random_word() % 4, .packet_type = random_word() % 8,
			              .packet_bd = random_word() % 5, .tlast_suppress = random_word() % 8 == 0,
			              .compression = random_word() % 2, .next = i < 2 ? (int)(bd + i + 1) : -1,
			              .burst = random_word() % 4));
		rig_push(rig, column, row, false, k, bd, 1 + random_word() % 4, true);
		rig_push(rig, column, row, true, k, bd, 1 + random_word() % 4, true);
	}
}

static struct rig *random_rig(uint32_t number)
{
	struct rig *rig = rig_new("npu4", MEMORY);

	seed = number * 2654435761U | 1;
	for (unsigned i = 0; i < MEMORY / 4; i++)
		rig_memory(rig, 0)[i] = random_word() % 4 ? random_word() % 64 : random_word();
	for (unsigned column = 0; column < 3; column++) {
		rig_shim_mux(rig, column);
		for (unsigned row = 0; row < 6; row++)
			random_switch(rig, column, row);
	}
	for (unsigned column = 0; column < 3; column++)
		for (unsigned row = 0; row < 6; row++)
			random_channels(rig, column, row);
	return rig;
}

struct outcome {
	enum aie_array_stop stop;
	uint64_t cycle;
	uint64_t bytes;
	char fault[AIE_ERROR_TEXT];
	uint8_t memory[MEMORY];
};

static void finish(struct rig *rig, enum aie_array_stop stop, struct outcome *outcome)
{
	memset(outcome, 0, sizeof *outcome);
	outcome->stop = stop;
	outcome->cycle = aie_array_cycle(rig->array);
	for (unsigned column = 0; column < 3; column++)
		for (unsigned row = 0; row < 6; row++)
			for (unsigned k = 0; k < 4; k++)
				outcome->bytes = outcome->bytes * 31 +
				                 aie_array_channel(rig->array, column, row, k / 2, k % 2)->bytes;
	memcpy(outcome->memory, rig->memory, MEMORY);
	if (stop == AIE_ARRAY_FAULT) {
		aie_array_fault(rig->array, &rig->error);
		memcpy(outcome->fault, rig->error.text, sizeof outcome->fault);
	}
	rig_waits(rig);
}

/* Random configurations come to rest or stop with a fault; in one go and in pieces the same. */
static void test_random(void **state)
{
	struct outcome whole, pieces;
	unsigned moved = 0;

	(void)state;
	for (uint32_t number = 1; number <= 120; number++) {
		struct rig *rig = random_rig(number);
		enum aie_array_stop stop = aie_array_run(rig->array, 200000, false);
		uint64_t step = 1 + number % 7;

		finish(rig, stop, &whole);
		/* wiping the columns and starting over works at any point */
		assert_int_equal(aie_array_reset_columns(rig->array, 0, 3, &rig->error), 0);
		assert_int_equal(rig_waits(rig), 0);
		rig_free(rig);
		if (stop == AIE_ARRAY_DEADLINE) /* a packet goes round in a ring for ever */
			continue;
		moved += whole.bytes != 0;
		rig = random_rig(number);
		do {
			stop = aie_array_run(rig->array, aie_array_cycle(rig->array) + step, false);
			rig_waits(rig);
		} while (stop == AIE_ARRAY_DEADLINE);
		finish(rig, stop, &pieces);
		rig_free(rig);
		assert_int_equal(whole.cycle, pieces.cycle);
		assert_int_equal(whole.bytes, pieces.bytes);
		assert_int_equal(whole.stop, pieces.stop);
		assert_string_equal(whole.fault, pieces.fault);
		assert_memory_equal(whole.memory, pieces.memory, MEMORY);
	}
	assert_true(moved > 60);
}

/* Random words into the control port of a tile. */
static void test_random_control(void **state)
{
	(void)state;
	for (uint32_t number = 1; number <= 300; number++) {
		struct rig *rig = rig_new("npu4", MEMORY);
		unsigned words = 1 + random_word() % 24;

		seed = number * 2246822519U | 1;
		rig_shim_mux(rig, 0);
		rig_connect(rig, 0, 0, PORT('S', 3), PORT('N', 0));
		rig_connect(rig, 0, 1, PORT('S', 0), number % 3 ? PORT('N', 0) : PORT('T', 0));
		if (number % 3)
			rig_connect(rig, 0, 2, PORT('S', 0), PORT('T', 0));
		for (unsigned i = 0; i < words; i++) {
			uint32_t word = random_word();

			/* mostly writes and reads with good parity, near registers that do something */
			if (random_word() % 4)
				word = (random_word() % 2) << 22 | (random_word() % 4) << 20 |
				       (random_word() % 2 ? 0x1D000 + random_word() % 0x1000 : random_word() % 0xFFFFF);
			if (random_word() % 8 && !__builtin_parity(word))
				word ^= 0x80000000;
			rig_memory(rig, 0)[i] = word;
		}
		rig_bd(rig, 0, 0, 0, RIG_BD(.address = RIG_MEMORY_BASE, .words = words));
		rig_push(rig, 0, 0, true, 0, 0, 1 + number % 4, false);
		assert_int_not_equal(aie_array_run(rig->array, 100000, false), AIE_ARRAY_DEADLINE);
		rig_waits(rig);
		rig_free(rig);
	}
}

/* Every packet arrives once and whole: eight senders in two columns, one shim; lengths, gaps and receiver pauses vary.
 */
static void test_all_arrive(void **state)
{
	enum { SENDERS = 8, PACKETS = 5 };

	(void)state;
	for (uint32_t number = 1; number <= 20; number++) {
		struct rig *rig = rig_new("npu4", MEMORY);
		unsigned length[SENDERS], seen[SENDERS] = { 0 }, total = 0;
		const uint32_t *at;

		seed = number * 374761393U | 1;
		rig_shim_mux(rig, 1);
		for (unsigned column = 0; column < 2; column++)
			for (unsigned row = 2; row < 6; row++) {
				/* column 0 goes east, column 1 south */
				struct rig_port out = column ? PORT('S', 0) : PORT('E', 1);

				rig_packet_slot(rig, column, row, PORT('D', 1), 0, 0, 0, 3, 0);
				rig_packet_master(rig, column, row, out, 3, 1, false);
				if (column) {
					rig_packet_slot(rig, column, row, PORT('W', 1), 0, 0, 0, 3, 0);
					if (row < 5)
						rig_packet_slot(rig, column, row, PORT('N', 0), 0, 0, 0, 3, 0);
				}
			}
		rig_connect(rig, 1, 1, PORT('N', 0), PORT('S', 0));
		rig_connect(rig, 1, 0, PORT('N', 0), PORT('S', 3));
		for (unsigned i = 0; i < SENDERS; i++) {
			unsigned column = i / 4, row = 2 + i % 4;

			length[i] = 1 + random_word() % 70;
			total += (length[i] + 1) * PACKETS;
			rig_fill(rig, column, row, 0, i << 16, length[i] * PACKETS);
			rig_bd(rig, column, row, 0,
			       RIG_BD(.words = length[i], .packet = true, .packet_id = i, .iteration_step = length[i],
			              .iteration_wrap = PACKETS));
			rig_push(rig, column, row, true, 1, 0, PACKETS, false);
		}
		rig_bd(rig, 1, 0, 0, RIG_BD(.address = RIG_MEMORY_BASE, .words = total));
		if (number % 2)
			rig_run(rig, 5000);
		rig_push(rig, 1, 0, false, 1, 0, 1, false);
		rig_run(rig, 20000);
		assert_int_equal(rig_waits(rig), 0);
		at = rig_memory(rig, 0);
		for (unsigned p = 0; p < SENDERS * PACKETS; p++) {
			unsigned id = *at++ & 0x1F;

			assert_in_range(id, 0, SENDERS - 1);
			for (unsigned k = 0; k < length[id]; k++)
				assert_int_equal(*at++, (id << 16) + seen[id] * length[id] + k);
			seen[id]++;
		}
		for (unsigned i = 0; i < SENDERS; i++)
			assert_int_equal(seen[i], PACKETS);
		rig_free(rig);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_random_control),
		cmocka_unit_test(test_all_arrive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

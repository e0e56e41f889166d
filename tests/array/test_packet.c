/* Packet switching: slots, arbiters, master selects, drop header, multicast, deterministic merge, blocked headers, and
 * the packets that MM2S channels and trace units make.  Everything by register writes.
 */
#include "tests/array/rig.h"

#include "sim/array/internal.h"

enum { MEMORY = 0x10000, OUT = 0x8000 };

/* A BD of a compute tile that sends `words` from `address` as a packet. */
static void packet_bd(struct rig *rig, unsigned column, unsigned row, unsigned bd, uint32_t address, unsigned words,
                      unsigned id)
{
	rig_bd(rig, column, row, bd, RIG_BD(.address = address, .words = words, .packet = true, .packet_id = id));
}

static void send_packet(struct rig *rig, unsigned column, unsigned row, unsigned channel, unsigned bd, uint32_t address,
                        unsigned words, unsigned id)
{
	packet_bd(rig, column, row, bd, address, words, id);
	rig_push(rig, column, row, true, channel, bd, 1, false);
}

static void receive(struct rig *rig, unsigned column, unsigned row, unsigned channel, uint32_t address, unsigned words)
{
	unsigned bd = row == 1 && channel % 2 ? 24 + 8 + channel : 8 + channel;

	rig_bd(rig, column, row, bd, RIG_BD(.address = address, .words = words));
	rig_push(rig, column, row, false, channel, bd, 1, false);
}

/* Words to OUT of system memory by shim S2MM 0. */
static void drain(struct rig *rig, unsigned column, unsigned words)
{
	rig_bd(rig, column, 0, 1, RIG_BD(.address = RIG_MEMORY_BASE + OUT, .words = words));
	rig_push(rig, column, 0, false, 0, 1, 1, true);
}

/* Odd parity in bit 31, counted here bit by bit. */
static uint32_t with_parity(uint32_t word)
{
	unsigned ones = 0;

	for (unsigned i = 0; i < 31; i++)
		ones += word >> i & 1;
	return ones % 2 ? word : word | 0x80000000;
}

static uint32_t header(unsigned column, unsigned row, unsigned type, unsigned bd, unsigned id)
{
	return with_parity(column << 21 | row << 16 | type << 12 | bd << 5 | id);
}

/* streams.md 5, dma.md 6: the header that MM2S makes, in all kinds of tile: source, type, BD id, id, odd parity.  The
 * DMA master of the receiver keeps it, and an in-order S2MM stores it as data. */
static void test_header(void **state)
{
	struct rig *rig = rig_new("npu4", MEMORY);

	(void)state;
	/* compute (3,4) to itself, the words written out as documented */
	rig_packet_slot(rig, 3, 4, PORT('D', 0), 0, 9, 0x1F, 5, 2);
	rig_packet_master(rig, 3, 4, PORT('D', 0), 5, 1 << 2, false);
	rig_fill(rig, 3, 4, 0, 0x70, 8);
	rig_bd(rig, 3, 4, 0, RIG_BD(.words = 3, .packet = true, .packet_id = 9, .packet_type = 5, .packet_bd = 0x2A));
	rig_push(rig, 3, 4, true, 0, 0, 1, false);
	receive(rig, 3, 4, 0, 0x100, 4);
	/* memory tile (2,1) to itself */
	rig_packet_slot(rig, 2, 1, PORT('D', 3), 3, 31, 0x1F, 7, 3);
	rig_packet_master(rig, 2, 1, PORT('D', 3), 7, 1 << 3, false);
	rig_bd(rig, 2, 1, 24, RIG_BD(.words = 2, .packet = true, .packet_id = 31, .packet_type = 3, .packet_bd = 0x3F));
	rig_push(rig, 2, 1, true, 3, 24, 1, false);
	receive(rig, 2, 1, 3, 0x100, 3);
	/* shim (7,0) up to memory tile (7,1) */
	rig_shim_mux(rig, 7);
	rig_packet_slot(rig, 7, 0, PORT('S', 3), 0, 1, 0x1F, 0, 0);
	rig_packet_master(rig, 7, 0, PORT('N', 2), 0, 1, false);
	rig_connect(rig, 7, 1, PORT('S', 2), PORT('D', 0));
	rig_bd(rig, 7, 0, 0, RIG_BD(.address = RIG_MEMORY_BASE, .words = 4, .packet = true, .packet_id = 1));
	rig_memory(rig, 0)[3] = 0xABCD;
	rig_push(rig, 7, 0, true, 0, 0, 1, false);
	receive(rig, 7, 1, 0, 0x200, 5);
	rig_run(rig, 5000);
	assert_int_equal(rig_waits(rig), 0);
	/* 3 << 21 | 4 << 16 | 5 << 12 | 0x2A << 5 | 9: ten ones, so the parity bit is set */
	assert_int_equal(rig_word(rig, 3, 4, 0x100), 0x80645549);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(rig_word(rig, 3, 4, 0x104 + 4 * i), 0x70 + i);
	assert_int_equal(rig_word(rig, 2, 1, 0x100), header(2, 1, 3, 0x3F, 31));
	assert_int_equal(rig_word(rig, 7, 1, 0x200), header(7, 0, 0, 0, 1));
	assert_int_equal(rig_word(rig, 7, 1, 0x210), 0xABCD);
	rig_free(rig);
}

/* dma.md 6: the header does not leave before the lock is held. */
static void test_header_after_lock(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	rig_packet_slot(rig, 0, 2, PORT('D', 0), 0, 1, 0x1F, 0, 0);
	rig_packet_master(rig, 0, 2, PORT('D', 0), 0, 1, false);
	rig_bd(rig, 0, 2, 0, RIG_BD(.words = 4, .packet = true, .packet_id = 1, .acquire = 3, .acquire_value = -1));
	rig_push(rig, 0, 2, true, 0, 0, 1, false);
	receive(rig, 0, 2, 0, 0x100, 5);
	rig_run(rig, 5000);
	assert_int_equal(aie_array_channel(rig->array, 0, 2, true, 0)->bytes, 0);
	rig_expect_wait(rig, "compute (0,2) DMA MM2S 0", "lock 3 >= 1", NULL);
	rig_set_lock(rig, 0, 2, 3, 1);
	rig_run(rig, 5000);
	assert_int_equal(aie_array_channel(rig->array, 0, 2, true, 0)->bytes, 20);
	assert_int_equal(rig_word(rig, 0, 2, 0x100), header(0, 2, 0, 0, 1));
	rig_free(rig);
}

/* Two producers share the way down to one shim S2MM, as mlir-aie's packet flows do: ids are kept in the data. */
static void route_two_producers(struct rig *rig, bool drop)
{
	rig_shim_mux(rig, 0);
	rig_packet_slot(rig, 0, 3, PORT('D', 0), 0, 2, 0x1F, 0, 0);
	rig_packet_master(rig, 0, 3, PORT('S', 1), 0, 1, false);
	rig_packet_slot(rig, 0, 2, PORT('D', 0), 0, 1, 0x1F, 2, 1);
	rig_packet_slot(rig, 0, 2, PORT('N', 1), 0, 2, 0x1F, 2, 1);
	rig_packet_master(rig, 0, 2, PORT('S', 3), 2, 1 << 1, false);
	rig_connect(rig, 0, 1, PORT('N', 3), PORT('S', 3));         /* a circuit between two packet switches */
	rig_packet_slot(rig, 0, 0, PORT('N', 3), 0, 0, 0x1C, 0, 0); /* ids 0 to 3 */
	rig_packet_master(rig, 0, 0, PORT('S', 2), 0, 1, drop);
}

static void test_two_producers(void **state)
{
	enum { PACKETS = 6, WORDS = 7 };
	struct rig *rig = rig_new("npu4", MEMORY);
	unsigned seen[2] = { 0, 0 };
	struct aie_token token;

	(void)state;
	route_two_producers(rig, false);
	for (unsigned i = 0; i < 2; i++) {
		rig_fill(rig, 0, 2 + i, 0, 0x1000 * (i + 1), PACKETS * WORDS);
		rig_bd(rig, 0, 2 + i, 0,
		       RIG_BD(.words = WORDS, .packet = true, .packet_id = 1 + i, .iteration_step = WORDS,
		              .iteration_wrap = PACKETS));
		rig_push(rig, 0, 2 + i, true, 0, 0, PACKETS, false);
	}
	drain(rig, 0, 2 * PACKETS * (WORDS + 1));
	rig_run(rig, 10000);
	assert_true(rig_take_token(rig, &token));
	for (unsigned p = 0; p < 2 * PACKETS; p++) {
		const uint32_t *packet = rig_memory(rig, OUT) + p * (WORDS + 1);
		unsigned source = (packet[0] & 0x1F) - 1;

		assert_in_range(source, 0, 1);
		assert_int_equal(packet[0], header(0, 2 + source, 0, 0, source + 1));
		for (unsigned k = 0; k < WORDS; k++)
			assert_int_equal(packet[1 + k], 0x1000 * (source + 1) + seen[source] * WORDS + k);
		seen[source]++;
	}
	assert_int_equal(seen[0], PACKETS);
	assert_int_equal(seen[1], PACKETS);
	rig_free(rig);
}

/* streams.md 2: a master with Drop_Header leaves the header out, the rest is unchanged. */
static void test_drop_header(void **state)
{
	struct rig *rig = rig_new("npu4", MEMORY);

	(void)state;
	route_two_producers(rig, true);
	rig_fill(rig, 0, 2, 0, 0x500, 32);
	send_packet(rig, 0, 2, 0, 0, 0, 9, 1);
	drain(rig, 0, 9 + 4);
	rig_run(rig, 5000);
	send_packet(rig, 0, 3, 0, 0, 0x400, 4, 2);
	rig_run(rig, 5000);
	for (unsigned i = 0; i < 9; i++)
		assert_int_equal(rig_memory(rig, OUT)[i], 0x500 + i);
	assert_int_equal(rig_waits(rig), 0);
	rig_free(rig);
}

/* streams.md 2: the id alone picks slot and master: one channel sends to three places; the first slot that fits counts.
 */
static void test_select_by_id(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	rig_packet_slot(rig, 1, 3, PORT('D', 0), 0, 4, 0x1F, 1, 0);
	rig_packet_slot(rig, 1, 3, PORT('D', 0), 1, 4, 0x1C, 1, 1); /* 4 to 7: without 4, which slot 0 has */
	rig_packet_slot(rig, 1, 3, PORT('D', 0), 2, 0, 0x00, 1, 2); /* all others */
	rig_packet_master(rig, 1, 3, PORT('D', 0), 1, 1 << 0, true);
	rig_packet_master(rig, 1, 3, PORT('N', 0), 1, 1 << 1, true);
	rig_packet_master(rig, 1, 3, PORT('E', 0), 1, 1 << 2, true);
	rig_packet_master(rig, 1, 3, PORT('W', 0), 2, 0xF, true); /* other arbiter */
	rig_connect(rig, 1, 4, PORT('S', 0), PORT('D', 0));
	rig_connect(rig, 2, 3, PORT('W', 0), PORT('D', 0));
	rig_fill(rig, 1, 3, 0, 1, 6);
	packet_bd(rig, 1, 3, 0, 0, 1, 7);
	packet_bd(rig, 1, 3, 1, 4, 1, 4);
	packet_bd(rig, 1, 3, 2, 8, 1, 9);
	packet_bd(rig, 1, 3, 3, 12, 1, 4);
	packet_bd(rig, 1, 3, 4, 16, 1, 5);
	for (unsigned i = 0; i < 5; i++) {
		rig_push(rig, 1, 3, true, 0, i, 1, false);
		if (i == 2)
			rig_run(rig, 1000); /* the queue holds four */
	}
	receive(rig, 1, 3, 0, 0x100, 2);
	receive(rig, 1, 4, 0, 0x100, 2);
	receive(rig, 2, 3, 0, 0x100, 1);
	rig_run(rig, 1000);
	assert_int_equal(rig_waits(rig), 0);
	assert_int_equal(rig_word(rig, 1, 3, 0x100), 2);
	assert_int_equal(rig_word(rig, 1, 3, 0x104), 4);
	assert_int_equal(rig_word(rig, 1, 4, 0x100), 1);
	assert_int_equal(rig_word(rig, 1, 4, 0x104), 5);
	assert_int_equal(rig_word(rig, 2, 3, 0x100), 3);
	rig_free(rig);
}

/* streams.md 2: a header without a slot blocks its port until a slot fits; other ports go on. */
static void test_no_slot(void **state)
{
	struct rig *rig = rig_new("npu4", MEMORY);

	(void)state;
	route_two_producers(rig, true);
	send_packet(rig, 0, 3, 0, 0, 0, 8, 3);
	drain(rig, 0, 8);
	rig_run(rig, 5000);
	rig_expect_wait(rig, "tile (0,3) slave port DMA0 packet with id 3", "fits no slot", NULL);
	rig_expect_wait(rig, "shim (0,0) DMA S2MM 0", "waits for words", NULL);
	rig_fill(rig, 0, 2, 0x40, 0x900, 8);
	send_packet(rig, 0, 2, 0, 0, 0x40, 8, 1);
	rig_fill(rig, 0, 3, 0, 0x700, 8);
	rig_run(rig, 5000);
	assert_int_equal(rig_memory(rig, OUT)[7], 0x907);
	/* now the slots: ids 2 and 3 in both switches */
	drain(rig, 0, 8);
	rig_packet_slot(rig, 0, 2, PORT('N', 1), 0, 2, 0x1E, 2, 1);
	rig_packet_slot(rig, 0, 3, PORT('D', 0), 1, 3, 0x1F, 0, 3);
	rig_run(rig, 5000);
	rig_expect_wait(rig, "tile (0,3) slave port DMA0 packet with id 3", "no master port listens", "arbiter 0",
	                NULL);
	rig_packet_slot(rig, 0, 3, PORT('D', 0), 1, 3, 0x1F, 0, 0);
	rig_run(rig, 5000);
	assert_int_equal(rig_waits(rig), 0);
	rig_free(rig);
}

/* streams.md 2: the grant is held from header to TLAST.  A packet of two descriptors (the first without TLAST) is not
 * broken up by a competitor that has been waiting. */
static void test_grant_until_tlast(void **state)
{
	struct rig *rig = rig_new("npu4", MEMORY);

	(void)state;
	route_two_producers(rig, true);
	rig_fill(rig, 0, 2, 0, 0x100, 64);
	rig_fill(rig, 0, 3, 0, 0x200, 16);
	rig_bd(rig, 0, 2, 0, RIG_BD(.words = 20, .packet = true, .packet_id = 1, .tlast_suppress = true, .next = 1));
	rig_bd(rig, 0, 2, 1, RIG_BD(.address = 80, .words = 20, .acquire = 0, .acquire_value = -1));
	rig_push(rig, 0, 2, true, 0, 0, 1, false);
	drain(rig, 0, 40 + 16);
	rig_run(rig, 5000);
	send_packet(rig, 0, 3, 0, 0, 0, 16, 2);
	rig_run(rig, 5000);
	rig_expect_wait(rig, "tile (0,2) slave port North1 packet with id 2", "waits for arbiter 2", "port DMA0 has",
	                NULL);
	rig_expect_wait(rig, "tile (0,2) slave port DMA0 packet with id 1", "waits for words from compute (0,2)", NULL);
	rig_set_lock(rig, 0, 2, 0, 1);
	rig_run(rig, 5000);
	assert_int_equal(rig_waits(rig), 0);
	for (unsigned i = 0; i < 40; i++)
		assert_int_equal(rig_memory(rig, OUT)[i], 0x100 + i);
	for (unsigned i = 0; i < 16; i++)
		assert_int_equal(rig_memory(rig, OUT)[40 + i], 0x200 + i);
	rig_free(rig);
}

/* Slave ports that contend for an arbiter take turns. */
static void test_round_robin(void **state)
{
	enum { PACKETS = 8, SOURCES = 3 };
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	/* (4,3) DMA0 and DMA1 and its west neighbour, into the DMA of the east neighbour */
	rig_packet_slot(rig, 4, 3, PORT('D', 0), 0, 0, 0x1F, 3, 0);
	rig_packet_slot(rig, 4, 3, PORT('D', 1), 0, 1, 0x1F, 3, 0);
	rig_packet_slot(rig, 4, 3, PORT('W', 2), 0, 2, 0x1F, 3, 0);
	rig_packet_master(rig, 4, 3, PORT('E', 1), 3, 1, false);
	rig_connect(rig, 5, 3, PORT('W', 1), PORT('D', 0));
	rig_connect(rig, 3, 3, PORT('D', 0), PORT('E', 2));
	for (unsigned i = 0; i < SOURCES; i++) {
		unsigned column = i == 2 ? 3 : 4;

		packet_bd(rig, column, 3, i, 0, 4, i);
		rig_push(rig, column, 3, true, i == 1, i, PACKETS, false);
	}
	rig_run(rig, 5000); /* all of them wait behind the closed receiver */
	receive(rig, 5, 3, 0, 0x400, PACKETS * SOURCES * 5);
	rig_run(rig, 5000);
	assert_int_equal(rig_waits(rig), 0);
	for (unsigned p = SOURCES; p < PACKETS * SOURCES; p++) {
		uint32_t id = rig_word(rig, 5, 3, 0x400 + p * 20) & 0x1F;

		assert_int_equal(id, (rig_word(rig, 5, 3, 0x400 + (p - 1) * 20) + 1) % 32 % SOURCES);
	}
	rig_free(rig);
}

/* streams.md 2: arbiters work in parallel: two flows through one switch take no longer than one. */
static void test_parallel_arbiters(void **state)
{
	uint64_t cycles[2];

	(void)state;
	for (unsigned both = 0; both < 2; both++) {
		struct rig *rig = rig_new("npu4", 0);

		for (unsigned i = 0; i <= both; i++) {
			rig_packet_slot(rig, 0, 2, PORT('D', i), 0, i, 0x1F, i, 0);
			rig_packet_master(rig, 0, 2, PORT('E', i), i, 1, true);
			rig_connect(rig, 1, 2, PORT('W', i), PORT('D', i));
			receive(rig, 1, 2, i, 0x4000 * i, 512);
			send_packet(rig, 0, 2, i, i, 0x4000 * i + 32 * i, 512, i);
		}
		cycles[both] = rig_run(rig, 5000);
		rig_free(rig);
	}
	assert_in_range(cycles[1], cycles[0], cycles[0] + 16);
}

/* A packet takes the time of a circuit and the arbiter's decision more: one hop, 16 words behind the header. */
static void test_latency(void **state)
{
	uint64_t cycles[2];

	(void)state;
	for (unsigned packet = 0; packet < 2; packet++) {
		struct rig *rig = rig_new("npu4", 0);

		if (packet) {
			rig_packet_slot(rig, 0, 2, PORT('D', 0), 0, 0, 0, 0, 0);
			rig_packet_master(rig, 0, 2, PORT('N', 0), 0, 1, true);
		} else {
			rig_connect(rig, 0, 2, PORT('D', 0), PORT('N', 0));
		}
		rig_connect(rig, 0, 3, PORT('S', 0), PORT('D', 0));
		receive(rig, 0, 3, 0, 0, 16);
		rig_bd(rig, 0, 2, 0, RIG_BD(.words = 16, .packet = packet));
		rig_push(rig, 0, 2, true, 0, 0, 1, false);
		cycles[packet] = rig_run(rig, 1000);
		/* one more beat, the header, and the arbiter */
		if (packet)
			assert_int_equal(cycles[1] - cycles[0],
			                 1 + aie_array_timing_of(rig->array)->stream_arbiter_cycles);
		rig_free(rig);
	}
}

/* A packet to several masters reaches all of them; Drop_Header is a matter of each master. */
static void test_multicast(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	rig_packet_slot(rig, 2, 2, PORT('D', 0), 1, 21, 0x1F, 6, 3);
	rig_packet_master(rig, 2, 2, PORT('N', 0), 6, 0xF, false);
	rig_packet_master(rig, 2, 2, PORT('E', 0), 6, 1 << 3, true);
	rig_packet_master(rig, 2, 2, PORT('D', 0), 6, 1 << 3 | 1, true);
	rig_packet_master(rig, 2, 2, PORT('W', 0), 6, 7, true); /* not select 3 */
	rig_connect(rig, 2, 3, PORT('S', 0), PORT('D', 0));
	rig_connect(rig, 3, 2, PORT('W', 0), PORT('D', 0));
	rig_fill(rig, 2, 2, 0, 0x40, 301);
	receive(rig, 2, 2, 0, 0x4000, 301);
	receive(rig, 2, 3, 0, 0x4000, 302);
	send_packet(rig, 2, 2, 0, 0, 0, 301, 21);
	rig_run(rig, 5000);
	/* one receiver is missing: the others do not get far */
	assert_in_range(aie_array_channel(rig->array, 2, 3, false, 0)->bytes, 8, 8 * 64);
	rig_expect_wait(rig, "tile (2,2) slave port DMA0 packet with id 21", "behind master port East0",
	                "held by compute (3,2) DMA S2MM 0 (idle)", NULL);
	receive(rig, 3, 2, 0, 0x4000, 301);
	rig_run(rig, 5000);
	assert_int_equal(rig_waits(rig), 0);
	assert_int_equal(rig_word(rig, 2, 3, 0x4000), header(2, 2, 0, 0, 21));
	for (unsigned i = 0; i < 301; i++) {
		assert_int_equal(rig_word(rig, 2, 2, 0x4000 + 4 * i), 0x40 + i);
		assert_int_equal(rig_word(rig, 2, 3, 0x4004 + 4 * i), 0x40 + i);
		assert_int_equal(rig_word(rig, 3, 2, 0x4000 + 4 * i), 0x40 + i);
	}
	rig_free(rig);
}

/* streams.md 2: branches of one packet that meet again at an arbiter further on do not deadlock. */
static void test_reconvergent(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	rig_packet_slot(rig, 2, 2, PORT('D', 0), 0, 3, 0x1F, 0, 0);
	rig_packet_master(rig, 2, 2, PORT('N', 0), 0, 1, false);
	rig_packet_master(rig, 2, 2, PORT('N', 1), 0, 1, false);
	rig_packet_slot(rig, 2, 3, PORT('S', 0), 0, 3, 0x1F, 4, 0);
	rig_packet_slot(rig, 2, 3, PORT('S', 1), 0, 3, 0x1F, 4, 0);
	rig_packet_master(rig, 2, 3, PORT('D', 0), 4, 1, true);
	rig_fill(rig, 2, 2, 0, 0x40, 32);
	receive(rig, 2, 3, 0, 0x4000, 3 * 2 * 32);
	packet_bd(rig, 2, 2, 0, 0, 32, 3);
	rig_push(rig, 2, 2, true, 0, 0, 3, false);
	rig_run(rig, 5000);
	assert_int_equal(rig_waits(rig), 0);
	for (unsigned i = 0; i < 6 * 32; i++)
		assert_int_equal(rig_word(rig, 2, 3, 0x4000 + 4 * i), 0x40 + i % 32);
	rig_free(rig);
}

/* streams.md 2: deterministic merge takes count packets of each position in order; positions with count 0 are skipped.
 * Who is not there is waited for. */
static void test_merge(void **state)
{
	static const uint8_t order[] = { 1, 1, 0, 2, 2, 2, 1, 1, 0, 2, 2, 2 };
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	rig_packet_slot(rig, 4, 3, PORT('D', 0), 0, 0, 0x1F, 1, 0);
	rig_packet_slot(rig, 4, 3, PORT('D', 1), 0, 1, 0x1F, 1, 0);
	rig_packet_slot(rig, 4, 3, PORT('W', 2), 0, 2, 0x1F, 1, 0);
	rig_packet_master(rig, 4, 3, PORT('E', 1), 1, 1, false);
	rig_connect(rig, 5, 3, PORT('W', 1), PORT('D', 0));
	rig_connect(rig, 3, 3, PORT('D', 0), PORT('E', 2));
	/* slave 2 (DMA1) twice, slave 5 not at all, slave 1 (DMA0) once, slave 13 (West2) three times */
	rig_write(rig, 4, 3, 0x3F810, 2 | 2 << 8 | 5 << 16 | 0 << 24);
	rig_write(rig, 4, 3, 0x3F814, 1 | 1 << 8 | 13 << 16 | 3 << 24);
	rig_write(rig, 4, 3, 0x3F818, 1);
	assert_int_equal(rig_read(rig, 4, 3, 0x3F818), 1);
	packet_bd(rig, 4, 3, 0, 0, 5, 0);
	packet_bd(rig, 4, 3, 1, 0, 5, 1);
	packet_bd(rig, 3, 3, 2, 0, 5, 2);
	receive(rig, 5, 3, 0, 0x400, 12 * 6);
	rig_push(rig, 4, 3, true, 0, 0, 2, false);
	rig_push(rig, 3, 3, true, 0, 2, 6, false);
	rig_run(rig, 5000);
	assert_int_equal(aie_array_channel(rig->array, 5, 3, false, 0)->bytes, 0);
	rig_expect_wait(rig, "tile (4,3) slave port DMA0", "deterministic merge is at slave port DMA1, packet 1 of 2",
	                NULL);
	rig_push(rig, 4, 3, true, 1, 1, 4, false);
	rig_run(rig, 5000);
	assert_int_equal(rig_waits(rig), 0);
	for (unsigned i = 0; i < 12; i++)
		assert_int_equal(rig_word(rig, 5, 3, 0x400 + 24 * i) & 0x1F, order[i]);
	/* all counts 0: nobody ever gets it */
	rig_write(rig, 4, 3, 0x3F810, 0);
	rig_write(rig, 4, 3, 0x3F814, 0);
	rig_push(rig, 4, 3, true, 0, 0, 1, false);
	rig_run(rig, 5000);
	rig_expect_wait(rig, "tile (4,3) slave port DMA0", "all packet counts", NULL);
	rig_write(rig, 4, 3, 0x3F818, 0);
	receive(rig, 5, 3, 0, 0x400, 6);
	rig_run(rig, 5000);
	assert_int_equal(rig_waits(rig), 0);
	rig_free(rig);
}

/* A core writes a packet word by word: header, data, TLAST. */
static void test_core_packet(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	rig_packet_slot(rig, 2, 2, PORT('C', 0), 0, 12, 0x1F, 0, 0);
	rig_packet_master(rig, 2, 2, PORT('D', 0), 0, 1, false);
	rig_load(rig, 2, 2,
	         "mova r0, #12\nmova r1, #77\nmova r2, #78\nnop\nnop\nnop\nnop\nnop\nmov ms, r0\nmov ms, r1\n"
	         "mov.tlast ms, r2\nmov ms, r0\nmov.tlast ms, "
	         "r1\nnop\nnop\nnop\nnop\nnop\nnop\ndone\nnop\nnop\nnop\nnop\nnop\n");
	rig_start(rig, 2, 2);
	receive(rig, 2, 2, 0, 0x100, 5);
	rig_run(rig, 1000);
	assert_int_equal(rig_waits(rig), 0);
	assert_int_equal(rig_word(rig, 2, 2, 0x100), 12);
	assert_int_equal(rig_word(rig, 2, 2, 0x104), 77);
	assert_int_equal(rig_word(rig, 2, 2, 0x108), 78);
	assert_int_equal(rig_word(rig, 2, 2, 0x110), 77);
	rig_free(rig);
}

/* mov.ph: the core's header names the core's tile and routes like any other. */
static void test_core_header(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	rig_packet_slot(rig, 6, 4, PORT('C', 0), 0, 12, 0x1F, 0, 0);
	rig_packet_master(rig, 6, 4, PORT('D', 0), 0, 1, false);
	rig_load(rig, 6, 4,
	         "mova r0, #12\nmova r1, #77\nnop\nnop\nnop\nnop\nnop\nmov.ph ms, r0, #3\nmov.tlast ms, r1\n"
	         "nop\nnop\nnop\nnop\nnop\nnop\ndone\nnop\nnop\nnop\nnop\nnop\n");
	rig_start(rig, 6, 4);
	receive(rig, 6, 4, 0, 0x100, 2);
	rig_run(rig, 1000);
	assert_int_equal(rig_waits(rig), 0);
	assert_int_equal(rig_word(rig, 6, 4, 0x100), header(6, 4, 3, 0, 12));
	assert_int_equal(rig_word(rig, 6, 4, 0x104), 77);
	rig_free(rig);
}

/* Header and data that share a beat, as when both are data of a buffer: dropping leaves half a beat.  A packet of one
 * word leaves nothing. */
static void test_header_in_data(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	rig_packet_slot(rig, 2, 2, PORT('D', 0), 0, 6, 0x1F, 0, 0);
	rig_packet_master(rig, 2, 2, PORT('D', 0), 0, 1, true);
	rig_fill(rig, 2, 2, 0, 6, 8); /* the first word says id 6 */
	rig_bd(rig, 2, 2, 0, RIG_BD(.words = 8));
	rig_bd(rig, 2, 2, 1, RIG_BD(.words = 1));
	rig_push(rig, 2, 2, true, 0, 1, 2, false);
	rig_push(rig, 2, 2, true, 0, 0, 2, false);
	receive(rig, 2, 2, 0, 0x100, 14);
	rig_run(rig, 1000);
	assert_int_equal(rig_waits(rig), 0);
	for (unsigned i = 0; i < 14; i++)
		assert_int_equal(rig_word(rig, 2, 2, 0x100 + 4 * i), 7 + i % 7);
	rig_free(rig);
}

/* Trace units send through their slave ports: packets of eight words by packet switching to a shim S2MM. */
static void test_trace_port(void **state)
{
	struct rig *rig = rig_new("npu4", MEMORY);
	struct aie_route *route;
	unsigned sent[2] = { 0, 0 };

	(void)state;
	route_two_producers(rig, false);
	rig_packet_slot(rig, 0, 2, PORT('R', 0), 0, 3, 0x1F, 2, 1); /* core */
	rig_packet_slot(rig, 0, 2, PORT('R', 1), 0, 0, 0x1F, 2, 1); /* memory module */
	drain(rig, 0, 16);
	aie_array_run(rig->array, 10, false);
	route = aie_array_tile(rig->array, 0, 2)->trace_route;
	for (unsigned cycle = 0; sent[0] + sent[1] < 16; cycle++) {
		assert_true(cycle < 100);
		for (unsigned unit = 0; unit < 2; unit++) {
			uint32_t value = sent[unit] ? 0x100 * unit + sent[unit] : header(0, 2, unit, 0, unit ? 0 : 3);

			/* the one whose packet has to wait finds its port full for a while */
			if (sent[unit] < 8 && aie_route_send_word(rig->array, &route[unit], value, sent[unit] == 7))
				sent[unit]++;
		}
		aie_array_advance(rig->array, aie_array_cycle(rig->array) + 1);
	}
	rig_run(rig, 5000);
	assert_int_equal(rig_waits(rig), 0);
	for (unsigned p = 0; p < 2; p++) {
		const uint32_t *packet = rig_memory(rig, OUT) + 8 * p;
		unsigned unit = packet[0] >> 12 & 7;

		assert_int_equal(packet[0], header(0, 2, unit, 0, unit ? 0 : 3));
		for (unsigned i = 1; i < 8; i++)
			assert_int_equal(packet[i], 0x100 * unit + i);
	}
	/* not routed: no room */
	assert_false(aie_route_send_word(rig->array, &aie_array_tile(rig->array, 1, 2)->trace_route[0], 1, true));
	rig_free(rig);
}

/* Packets through both FIFOs of a switch's FIFO port, and along a ring of packet switches that a packet leaves after
 * one round. */
static void test_fifo(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	rig_packet_slot(rig, 2, 2, PORT('D', 0), 0, 6, 0x1F, 0, 0);
	rig_packet_master(rig, 2, 2, PORT('F', 0), 0, 1, false);
	rig_packet_slot(rig, 2, 2, PORT('F', 0), 0, 6, 0x1F, 1, 0);
	rig_packet_master(rig, 2, 2, PORT('N', 0), 1, 1, false);
	rig_packet_slot(rig, 2, 3, PORT('S', 0), 0, 6, 0x1F, 0, 0);
	rig_packet_master(rig, 2, 3, PORT('S', 0), 0, 1, false);
	rig_packet_slot(rig, 2, 2, PORT('N', 0), 0, 6, 0x1F, 2, 0);
	rig_packet_master(rig, 2, 2, PORT('D', 0), 2, 1, true);
	rig_fill(rig, 2, 2, 0, 50, 100);
	send_packet(rig, 2, 2, 0, 0, 0, 100, 6);
	receive(rig, 2, 2, 0, 0x400, 100);
	rig_run(rig, 1000);
	assert_int_equal(rig_waits(rig), 0);
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(rig_word(rig, 2, 2, 0x400 + 4 * i), 50 + i);
	rig_free(rig);
}

static void expect_fault(struct rig *rig, enum aie_error_category category, const char *text)
{
	assert_int_equal(aie_array_run(rig->array, 10000, false), AIE_ARRAY_FAULT);
	aie_array_fault(rig->array, &rig->error);
	assert_int_equal(rig->error.category, category);
	if (!strstr(rig->error.text, text))
		fail_msg("'%s' does not say '%s'", rig->error.text, text);
}

/* Mixed modes, streams to the management processor, packets without data: refused by name. */
static void test_refused(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	rig_packet_slot(rig, 0, 2, PORT('D', 0), 0, 1, 0x1F, 0, 0);
	rig_write(rig, 0, 2, 0x3F000 + 4, 0x80000000 | 1); /* DMA0 takes from DMA0 as a circuit */
	send_packet(rig, 0, 2, 0, 0, 0, 8, 1);
	expect_fault(rig, AIE_ERROR_UNIMPLEMENTED,
	             "a master port in circuit mode takes from a slave port in packet mode");
	rig_free(rig);

	rig = rig_new("npu4", MEMORY);
	rig_shim_mux(rig, 0);
	rig_packet_slot(rig, 0, 0, PORT('S', 3), 0, 1, 0x1F, 0, 0);
	rig_packet_master(rig, 0, 0, PORT('S', 0), 0, 1, false);
	rig_bd(rig, 0, 0, 0, RIG_BD(.address = RIG_MEMORY_BASE, .words = 4, .packet = true, .packet_id = 1));
	rig_push(rig, 0, 0, true, 0, 0, 1, false);
	expect_fault(rig, AIE_ERROR_UNIMPLEMENTED, "management processor");
	rig_free(rig);

	rig = rig_new("npu4", 0);
	send_packet(rig, 0, 2, 0, 0, 0, 0, 1);
	expect_fault(rig, AIE_ERROR_UNSUPPORTED, "Buffer_Length 0");
	rig_free(rig);
}

/* Ports cannot be configured anew while a packet passes them. */
static void test_reconfigure(void **state)
{
	struct rig *rig = rig_new("npu4", MEMORY);

	(void)state;
	route_two_producers(rig, true);
	rig_bd(rig, 0, 2, 0, RIG_BD(.words = 20, .packet = true, .packet_id = 1, .tlast_suppress = true));
	rig_push(rig, 0, 2, true, 0, 0, 1, false);
	drain(rig, 0, 20);
	rig_run(rig, 5000);
	rig_write_fails(rig, 0, 2, 0x3F104, 0, AIE_ERROR_UNSUPPORTED, "slave port DMA0 is configured anew");
	rig_write_fails(rig, 0, 2, 0x3F000 + 4 * 8, 0, AIE_ERROR_UNSUPPORTED, "master port South3 is configured anew");
	rig_write_fails(rig, 0, 0, 0x3F000 + 4 * 4, 0, AIE_ERROR_UNSUPPORTED, "master port South2 is configured anew");
	/* others can, and the packet goes on */
	rig_write(rig, 0, 2, 0x3F108, 0xC0000000);
	rig_bd(rig, 0, 2, 0, RIG_BD(.words = 20));
	rig_push(rig, 0, 2, true, 0, 0, 1, false);
	drain(rig, 0, 20);
	rig_run(rig, 5000);
	rig_write(rig, 0, 2, 0x3F104, 0);
	rig_write(rig, 0, 2, 0x3F000 + 4 * 8, 0);
	/* a column reset forgets packets that are half way through */
	route_two_producers(rig, true);
	rig_bd(rig, 0, 2, 0, RIG_BD(.words = 20, .packet = true, .packet_id = 1, .tlast_suppress = true));
	rig_push(rig, 0, 2, true, 0, 0, 1, false);
	rig_run(rig, 5000);
	assert_int_equal(aie_array_reset_columns(rig->array, 0, 1, &rig->error), 0);
	assert_int_equal(rig_waits(rig), 0);
	rig_open_column(rig, 0);
	assert_int_equal(rig_read(rig, 0, 2, 0x3F210), 0);
	route_two_producers(rig, true);
	rig_fill(rig, 0, 3, 0, 0x60, 8);
	send_packet(rig, 0, 3, 0, 0, 0, 8, 2);
	drain(rig, 0, 8);
	rig_run(rig, 5000);
	assert_int_equal(rig_memory(rig, OUT)[7], 0x67);
	rig_free(rig);
}

/* streams.md 1: slot registers of all tiles: 0x10 for each slave port, 4 for each slot. */
static void test_slot_registers(void **state)
{
	static const struct {
		unsigned row, ports;
		uint32_t base;
	} tiles[] = { { 0, 23, 0x3F200 }, { 1, 18, 0xB0200 }, { 2, 25, 0x3F200 } };
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	for (unsigned t = 0; t < 3; t++) {
		for (unsigned i = 0; i < tiles[t].ports * 4; i++)
			rig_write(rig, 1, tiles[t].row, tiles[t].base + 4 * i, i << 24 | 1);
		for (unsigned i = 0; i < tiles[t].ports * 4; i++) {
			assert_int_equal(rig_read(rig, 1, tiles[t].row, tiles[t].base + 4 * i), i << 24 | 1);
			assert_int_equal(aie_array_tile(rig->array, 1, tiles[t].row)->packet->slave[i / 4].slot[i % 4],
			                 i << 24 | 1);
		}
	}
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_header_after_lock),
		cmocka_unit_test(test_two_producers),
		cmocka_unit_test(test_drop_header),
		cmocka_unit_test(test_select_by_id),
		cmocka_unit_test(test_no_slot),
		cmocka_unit_test(test_grant_until_tlast),
		cmocka_unit_test(test_round_robin),
		cmocka_unit_test(test_parallel_arbiters),
		cmocka_unit_test(test_latency),
		cmocka_unit_test(test_multicast),
		cmocka_unit_test(test_reconvergent),
		cmocka_unit_test(test_merge),
		cmocka_unit_test(test_core_packet),
		cmocka_unit_test(test_core_header),
		cmocka_unit_test(test_header_in_data),
		cmocka_unit_test(test_trace_port),
		cmocka_unit_test(test_fifo),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_reconfigure),
		cmocka_unit_test(test_slot_registers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

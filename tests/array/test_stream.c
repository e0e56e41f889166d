/* Stream switches: routes, latency, storage, multicast, back-pressure, FIFOs, multiplexers, dead ends, refusals. */
#include "tests/array/rig.h"

#include "sim/array/internal.h"

enum { MEMORY = 0x8000 };

/* The compute MM2S 0 of (0,2) sends `words` from address 0. */
static void send_words(struct rig *rig, unsigned column, unsigned row, unsigned words)
{
	rig_bd(rig, column, row, 0, RIG_BD(.words = words));
	rig_push(rig, column, row, true, 0, 0, 1, false);
}

static void receive(struct rig *rig, unsigned column, unsigned row, unsigned channel, unsigned words)
{
	rig_bd(rig, column, row, 8, RIG_BD(.address = 0x8000, .words = words));
	rig_push(rig, column, row, false, channel, row == 1 && channel % 2 ? 24 : 8, 1, false);
}

/* Cycles from the push to the end of a 16-word transfer. */
static uint64_t transfer_time(void (*route)(struct rig *rig), unsigned column, unsigned row)
{
	struct rig *rig = rig_new("npu4", 0);
	uint64_t cycle;

	route(rig);
	rig_fill(rig, 0, 2, 0, 500, 16);
	receive(rig, column, row, 0, 16);
	send_words(rig, 0, 2, 16);
	cycle = rig_run(rig, 1000);
	assert_int_equal(rig_word(rig, column, row, 0x8000 + 60), 515);
	rig_free(rig);
	return cycle;
}

static void route_local(struct rig *rig)
{
	rig_connect(rig, 0, 2, PORT('D', 0), PORT('D', 0));
}

static void route_one_hop(struct rig *rig)
{
	rig_connect(rig, 0, 2, PORT('D', 0), PORT('N', 5));
	rig_connect(rig, 0, 3, PORT('S', 5), PORT('D', 0));
}

static void route_three_hops(struct rig *rig)
{
	rig_connect(rig, 0, 2, PORT('D', 0), PORT('N', 0));
	rig_connect(rig, 0, 3, PORT('S', 0), PORT('E', 3));
	rig_connect(rig, 1, 3, PORT('W', 3), PORT('S', 2));
	rig_connect(rig, 1, 2, PORT('N', 2), PORT('D', 0));
}

static void route_fifo(struct rig *rig)
{
	rig_connect(rig, 0, 2, PORT('D', 0), PORT('F', 0));
	rig_connect(rig, 0, 2, PORT('F', 0), PORT('D', 0));
}

/* streams.md 7: local to local 3 cycles, local to external 4, external to external 4, external to local 3. */
static void test_latency(void **state)
{
	uint64_t local = transfer_time(route_local, 0, 2);

	(void)state;
	assert_int_equal(transfer_time(route_one_hop, 0, 3) - local, 4 + 3 - 3);
	assert_int_equal(transfer_time(route_three_hops, 1, 2) - local, 4 + 4 + 4 + 3 - 3);
	assert_true(transfer_time(route_fifo, 0, 2) > local);
}

/* streams.md 7: the example, shim MM2S 0 to a compute tile in row 2: 4 + 4 + 3 = 11 cycles. */
static void test_shim_to_row_two(void **state)
{
	struct rig *rig = rig_new("npu4", 64);
	const struct aie_array_timing *timing = aie_array_timing_of(rig->array);
	const struct aie_route *route;

	(void)state;
	rig_route_up(rig, 0, 0, 0, 2, 1);
	aie_array_run(rig->array, 1, false);
	assert_int_equal(aie_streams_trace(rig->array), 0);
	route = &rig->array->tile[0].channel[2].route;
	assert_int_equal(route->target_count, 1);
	assert_int_equal(route->target[0].latency - timing->dma_mm2s_latency - timing->dma_s2mm_latency, 11);
	/* 8 + 8 + 6 beats of storage in three switches */
	assert_int_equal(route->target[0].storage, 22);
	rig_free(rig);
}

/* streams.md 2: a slave may feed any number of masters; all of them get every word. */
static void test_multicast(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	rig_connect(rig, 3, 2, PORT('D', 0), PORT('N', 0));
	rig_connect(rig, 3, 2, PORT('D', 0), PORT('E', 0));
	rig_connect(rig, 3, 2, PORT('D', 0), PORT('D', 0));
	rig_connect(rig, 3, 3, PORT('S', 0), PORT('D', 1));
	rig_connect(rig, 4, 2, PORT('W', 0), PORT('D', 0));
	rig_fill(rig, 3, 2, 0, 900, 300);
	receive(rig, 3, 2, 0, 300);
	receive(rig, 3, 3, 1, 300);
	receive(rig, 4, 2, 0, 300);
	send_words(rig, 3, 2, 300);
	rig_run(rig, 2000);
	for (unsigned i = 0; i < 300; i++) {
		assert_int_equal(rig_word(rig, 3, 2, 0x8000 + 4 * i), 900 + i);
		assert_int_equal(rig_word(rig, 3, 3, 0x8000 + 4 * i), 900 + i);
		assert_int_equal(rig_word(rig, 4, 2, 0x8000 + 4 * i), 900 + i);
	}
	rig_free(rig);
}

/* streams.md 2: the slowest consumer stalls the multicast: the one that takes gets no further than what the other's
 * branch holds, and goes on when the other one does. */
static void test_multicast_slowest(void **state)
{
	struct rig *rig = rig_new("npu4", 0);
	uint64_t got;

	(void)state;
	rig_connect(rig, 3, 2, PORT('D', 0), PORT('N', 0));
	rig_connect(rig, 3, 2, PORT('D', 0), PORT('E', 0));
	rig_connect(rig, 3, 3, PORT('S', 0), PORT('D', 0));
	rig_connect(rig, 4, 2, PORT('W', 0), PORT('D', 0));
	receive(rig, 3, 3, 0, 1024);
	send_words(rig, 3, 2, 1024);
	rig_run(rig, 5000);
	got = aie_array_channel(rig->array, 3, 3, false, 0)->bytes / 8;
	/* beats behind the fork: master 4, slave 4, local master 2, and 16 in the idle channel */
	assert_true(got >= 4 + 4 + 2 && got <= 4 + 4 + 2 + 16);
	rig_expect_wait(rig, "compute (3,2) DMA MM2S 0", "held by compute (4,2) DMA S2MM 0 (idle)", NULL);
	rig_expect_wait(rig, "compute (3,3) DMA S2MM 0", "waits for words from compute (3,2) DMA MM2S 0", NULL);
	receive(rig, 4, 2, 0, 1024);
	rig_run(rig, 5000);
	assert_int_equal(aie_array_channel(rig->array, 3, 3, false, 0)->bytes, 4096);
	assert_int_equal(aie_array_channel(rig->array, 4, 2, false, 0)->bytes, 4096);
	rig_free(rig);
}

/* Back-pressure: without a receiver, the sender stops when switches and FIFOs are full. */
static void test_back_pressure(void **state)
{
	struct rig *rig = rig_new("npu4", 0);
	uint64_t sent;

	(void)state;
	route_one_hop(rig);
	send_words(rig, 0, 2, 1024);
	rig_run(rig, 5000);
	sent = aie_array_channel(rig->array, 0, 2, true, 0)->bytes / 8;
	/* 8 + 6 in the switches, 16 behind the port, up to 12 in front */
	assert_true(sent >= 14 + 16 && sent <= 14 + 16 + 12);
	assert_int_equal(rig_status(rig, 0, 2, true, 0) & 0x3F, 1 << 4 | 2); /* Stalled_Stream, running */
	rig_expect_wait(rig, "compute (0,2) DMA MM2S 0 BD 0", "held by compute (0,3) DMA S2MM 0 (idle)", NULL);
	receive(rig, 0, 3, 0, 1024);
	rig_run(rig, 5000);
	assert_int_equal(rig_waits(rig), 0);
	rig_free(rig);
}

/* A sender without a route, a route that ends nowhere, a receiver without a sender. */
static void test_dead_ends(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	send_words(rig, 0, 2, 64);
	receive(rig, 5, 5, 1, 64);
	rig_connect(rig, 7, 2, PORT('D', 0), PORT('E', 0));
	send_words(rig, 7, 2, 64);
	rig_connect(rig, 2, 2, PORT('D', 0), PORT('N', 1));
	rig_write(rig, 2, 3, 0x3F114 + 4, 0x80000000); /* slave South1 on, but no master takes from it */
	send_words(rig, 2, 2, 64);
	rig_run(rig, 5000);
	rig_expect_wait(rig, "compute (0,2) DMA MM2S 0", "dead end", "slave port DMA0", "not enabled", NULL);
	rig_expect_wait(rig, "compute (5,5) DMA S2MM 1", "nothing is routed to it", "master port DMA1", NULL);
	rig_expect_wait(rig, "compute (7,2) DMA MM2S 0", "master port East0: nothing is there", NULL);
	rig_expect_wait(rig, "compute (2,2) DMA MM2S 0", "(2,3) slave port South1: no master port takes", NULL);
	rig_free(rig);
}

/* A ring of switches feeds a receiver that nobody sends to. */
static void test_ring(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	rig_connect(rig, 0, 3, PORT('S', 0), PORT('S', 0));
	rig_connect(rig, 0, 2, PORT('N', 0), PORT('N', 0));
	rig_connect(rig, 0, 3, PORT('S', 0), PORT('D', 0));
	receive(rig, 0, 3, 0, 16);
	rig_run(rig, 5000);
	rig_expect_wait(rig, "compute (0,3) DMA S2MM 0", "its route is a ring", NULL);
	rig_free(rig);
}

/* streams.md 4: the shim multiplexer decides what hangs on South 3 and 7, 2 and 3; reset selects PL. */
static void test_shim_multiplexers(void **state)
{
	struct rig *rig = rig_new("npu4", MEMORY);

	(void)state;
	rig_connect(rig, 0, 0, PORT('S', 3), PORT('N', 0));
	rig_connect(rig, 0, 1, PORT('S', 0), PORT('D', 0));
	rig_bd(rig, 0, 0, 0, RIG_BD(.address = RIG_MEMORY_BASE, .words = 8));
	rig_bd(rig, 0, 1, 8, RIG_BD(.words = 8));
	rig_push(rig, 0, 1, false, 0, 8, 1, false);
	rig_push(rig, 0, 0, true, 0, 0, 1, false);
	rig_run(rig, 5000);
	rig_expect_wait(rig, "shim (0,0) DMA MM2S 0", "Mux_Config does not put it behind South3", NULL);
	rig_write(rig, 0, 0, 0x1F000, 1 << 10);
	rig_run(rig, 5000);
	assert_int_equal(rig_waits(rig), 0);
	assert_int_equal(rig_read(rig, 0, 0, 0x1F000), 1 << 10);
	/* out of the array: demultiplexer left at PL */
	rig_connect(rig, 0, 1, PORT('D', 0), PORT('S', 0));
	rig_connect(rig, 0, 0, PORT('N', 0), PORT('S', 2));
	rig_bd(rig, 0, 1, 9, RIG_BD(.words = 256));
	rig_push(rig, 0, 1, true, 0, 9, 1, false);
	rig_run(rig, 5000);
	rig_expect_wait(rig, "memory (0,1) DMA MM2S 0", "Demux_Config selects PL", NULL);
	rig_free(rig);
}

/* Both channels of a shim in both directions at once, to the four DMA ports of one memory tile. */
static void test_all_shim_channels(void **state)
{
	struct rig *rig = rig_new("npu4", MEMORY);

	(void)state;
	for (unsigned k = 0; k < 2; k++) {
		rig_route_up(rig, 6, k, 4 + k, 1, 2 + k);
		rig_route_down(rig, 6, 1, 4 + k, 2 + k, k);
		for (unsigned i = 0; i < 256; i++)
			rig_memory(rig, 0x1000 * k)[i] = 0x100 * k + i;
		rig_bd(rig, 6, 1, 24 * k,
		       RIG_BD(.address = 0x400 * k, .words = 256, .release = (int)k, .release_value = 1));
		rig_bd(rig, 6, 1, 24 * k + 1,
		       RIG_BD(.address = 0x400 * k, .words = 256, .acquire = (int)k, .acquire_value = -1));
		rig_push(rig, 6, 1, false, 2 + k, 24 * k, 1, false);
		rig_push(rig, 6, 1, true, 4 + k, 24 * k + 1, 1, false);
		rig_bd(rig, 6, 0, k, RIG_BD(.address = RIG_MEMORY_BASE + 0x1000 * k, .words = 256));
		rig_bd(rig, 6, 0, 4 + k, RIG_BD(.address = RIG_MEMORY_BASE + 0x4000 + 0x1000 * k, .words = 256));
		rig_push(rig, 6, 0, true, k, k, 1, false);
		rig_push(rig, 6, 0, false, k, 4 + k, 1, false);
	}
	rig_run(rig, 10000);
	for (unsigned k = 0; k < 2; k++)
		assert_memory_equal(rig_memory(rig, 0x4000 + 0x1000 * k), rig_memory(rig, 0x1000 * k), 1024);
	rig_free(rig);
}

/* Re-routing while words are on their way is refused; when the way is empty it is allowed. */
static void test_reroute(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	route_one_hop(rig);
	send_words(rig, 0, 2, 64);
	aie_array_run(rig->array, 40, false);
	rig_write_fails(rig, 0, 3, 0x3F000 + 4 * 1, 0, AIE_ERROR_UNSUPPORTED, "while data is on its way");
	rig_write_fails(rig, 0, 2, 0x3F104, 0, AIE_ERROR_UNSUPPORTED, "while data is on its way");
	/* the same value again changes nothing */
	route_one_hop(rig);
	receive(rig, 0, 3, 0, 64);
	rig_run(rig, 1000);
	rig_connect(rig, 0, 3, PORT('S', 5), PORT('D', 1));
	rig_write(rig, 0, 3, 0x3F000 + 4 * 1, 0);
	receive(rig, 0, 3, 1, 64);
	send_words(rig, 0, 2, 64);
	rig_run(rig, 1000);
	assert_int_equal(aie_array_channel(rig->array, 0, 3, false, 1)->bytes, 256);
	rig_free(rig);
}

/* Shim ports that lead out of the array to anything but the DMA can be configured, but data that would run into them is
 * refused by name. */
static void test_refused_ends(void **state)
{
	static const struct {
		unsigned south;
		const char *text;
	} ends[] = { { 0, "management processor" }, { 4, "NoC" } };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct rig *rig = rig_new("npu4", 0);

		rig_connect(rig, 0, 2, PORT('D', 0), PORT('S', 0));
		rig_connect(rig, 0, 1, PORT('N', 0), PORT('S', 0));
		rig_connect(rig, 0, 0, PORT('N', 0), PORT('S', ends[i].south));
		rig_write(rig, 0, 0, 0x1F004, 2 << 8); /* South4 to the NoC */
		send_words(rig, 0, 2, 64);
		assert_int_equal(aie_array_run(rig->array, 1000, false), AIE_ARRAY_FAULT);
		aie_array_fault(rig->array, &rig->error);
		assert_int_equal(rig->error.category, AIE_ERROR_UNIMPLEMENTED);
		assert_non_null(strstr(rig->error.text, ends[i].text));
		rig_free(rig);
	}
}

/* A circuit master must name a slave port that exists: memory tiles have 18, shims 23. */
static void test_bad_configuration(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	rig_write_fails(rig, 0, 1, 0xB0000, 0x80000000 | 18, AIE_ERROR_INPUT, "slave port");
	rig_write_fails(rig, 0, 0, 0x3F000, 0x80000000 | 23, AIE_ERROR_INPUT, "slave port");
	rig_write_fails(rig, 0, 2, 0x3F000, 0x80000000 | 25, AIE_ERROR_INPUT, "slave port");
	rig_write(rig, 0, 2, 0x3F000, 0xC0000000 | 0x7F); /* packet mode: other meaning */
	rig_free(rig);
}

/* streams.md 1: port counts and order of the config registers. */
static void test_port_tables(void **state)
{
	(void)state;
	assert_int_equal(aie_switch_masters(AIE_TILE_COMPUTE), 23);
	assert_int_equal(aie_switch_slaves(AIE_TILE_COMPUTE), 25);
	assert_int_equal(aie_switch_masters(AIE_TILE_MEMORY), 17);
	assert_int_equal(aie_switch_slaves(AIE_TILE_MEMORY), 18);
	assert_int_equal(aie_switch_masters(AIE_TILE_SHIM), 22);
	assert_int_equal(aie_switch_slaves(AIE_TILE_SHIM), 23);
	assert_int_equal(aie_switch_find_slave(AIE_TILE_SHIM, (struct aie_port){ AIE_PORT_SOUTH, 7 }), 9);
	assert_int_equal(aie_switch_find_master(AIE_TILE_SHIM, (struct aie_port){ AIE_PORT_SOUTH, 3 }), 5);
	assert_int_equal(aie_switch_find_master(AIE_TILE_COMPUTE, (struct aie_port){ AIE_PORT_EAST, 3 }), 22);
	assert_int_equal(aie_switch_find_slave(AIE_TILE_MEMORY, (struct aie_port){ AIE_PORT_NORTH, 3 }), 16);
	assert_int_equal(aie_switch_find_master(AIE_TILE_MEMORY, (struct aie_port){ AIE_PORT_WEST, 0 }), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_latency),
		cmocka_unit_test(test_shim_to_row_two),
		cmocka_unit_test(test_multicast),
		cmocka_unit_test(test_multicast_slowest),
		cmocka_unit_test(test_back_pressure),
		cmocka_unit_test(test_dead_ends),
		cmocka_unit_test(test_ring),
		cmocka_unit_test(test_shim_multiplexers),
		cmocka_unit_test(test_all_shim_channels),
		cmocka_unit_test(test_reroute),
		cmocka_unit_test(test_refused_ends),
		cmocka_unit_test(test_bad_configuration),
		cmocka_unit_test(test_port_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

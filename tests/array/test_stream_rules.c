/* Rules of streams that test_stream.c, test_packet.c and test_control_packet.c do not show one by one: every wire
 * between tiles, the crossbar of every switch, cascade links, and isolation.
 */
#include "tests/array/event_rig.h"

#define NOPS4 "nop\nnop\nnop\nnop\n"
#define NOPS  NOPS4 NOPS4

enum { WORDS = 6 };

/* ---- wires ------------------------------------------------------------------------------------------------------- */

/* streams.md 1: master North k of a tile is slave South k of the one above, and so on around. */
static void test_wires(void **state)
{
	static const struct {
		char out, in;
		unsigned count;
		int column, row;
	} sides[] = { { 'N', 'S', 6, 0, 1 }, { 'S', 'N', 4, 0, -1 }, { 'E', 'W', 4, 1, 0 }, { 'W', 'E', 4, -1, 0 } };

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		for (unsigned k = 0; k < sides[i].count; k++) {
			struct rig *rig = rig_new("npu4", 0);
			unsigned column = (unsigned)(3 + sides[i].column), row = (unsigned)(4 + sides[i].row);

			rig_fill(rig, 3, 4, 0, 100 * i + k, WORDS);
			rig_connect(rig, 3, 4, PORT('D', 0), PORT(sides[i].out, k));
			rig_connect(rig, column, row, PORT(sides[i].in, k), PORT('D', 1));
			rig_bd(rig, 3, 4, 0, RIG_BD(.words = WORDS));
			rig_bd(rig, column, row, 1, RIG_BD(.address = 0x100, .words = WORDS));
			rig_push(rig, 3, 4, true, 0, 0, 1, false);
			rig_push(rig, column, row, false, 1, 1, 1, false);
			rig_run(rig, 1000);
			for (unsigned w = 0; w < WORDS; w++)
				assert_int_equal(rig_word(rig, column, row, 0x100 + 4 * w), 100 * i + k + w);
			rig_free(rig);
		}
}

/* streams.md 1: six streams up and four down through the memory tile; shim tiles have four to each side. */
static void test_wires_of_a_column(void **state)
{
	struct rig *rig = rig_new("npu4", 1 << 12);

	(void)state;
	for (unsigned k = 0; k < 6; k++) {
		rig_shim_mux(rig, k);
		rig_connect(rig, k, 0, PORT('S', 3), PORT('N', k));
		rig_connect(rig, k, 1, PORT('S', k), PORT('N', k));
		rig_connect(rig, k, 2, PORT('S', k), PORT('D', 0));
		rig_memory(rig, 64)[k] = 7 * k + 1;
		rig_bd(rig, k, 0, 0, RIG_BD(.address = RIG_MEMORY_BASE + 64 + 4 * k, .words = 1));
		rig_bd(rig, k, 2, 0, RIG_BD(.words = 1, .release = 0, .release_value = 1));
		rig_push(rig, k, 0, true, 0, 0, 1, false);
		rig_push(rig, k, 2, false, 0, 0, 1, false);
		if (k >= 4)
			continue;
		/* down again, and sideways through the shim row to the next column's memory tile by South k */
		rig_connect(rig, k, 2, PORT('D', 1), PORT('S', k));
		rig_connect(rig, k, 1, PORT('N', k), PORT('S', k));
		rig_connect(rig, k, 0, PORT('N', k), PORT('E', k));
		rig_connect(rig, k + 1, 0, PORT('W', k), PORT('S', 2));
		rig_bd(rig, k, 2, 1, RIG_BD(.words = 1, .acquire = 0, .acquire_value = -1));
		rig_bd(rig, k + 1, 0, 1, RIG_BD(.address = RIG_MEMORY_BASE + 256 + 4 * k, .words = 1));
		rig_push(rig, k, 2, true, 1, 1, 1, false);
		rig_shim_mux(rig, k + 1);
		rig_push(rig, k + 1, 0, false, 0, 1, 1, false);
	}
	rig_run(rig, 5000);
	for (unsigned k = 0; k < 6; k++)
		assert_int_equal(rig_word(rig, k, 2, 0), 7 * k + 1);
	for (unsigned k = 0; k < 4; k++)
		assert_int_equal(rig_memory(rig, 256)[k], 7 * k + 1);
	rig_free(rig);
}

/* ---- the crossbar ------------------------------------------------------------------------------------------------ */

struct ways {
	unsigned row;
	char slave;
	const char *masters; /* bundles; '=': of the one before it only the port with the slave's number, 0 or 5: that
	                        one */
};

/* streams.md 3 */
static const struct ways ways[] = {
	{ 2, 'C', "DTFSWNE" },   { 2, 'D', "CTFSWNED=" }, { 2, 'T', "CFSWNE" },    { 2, 'F', "CDTFSWNE" },
	{ 2, 'S', "CDTFWNES=" }, { 2, 'W', "CDTFSNEW=" }, { 2, 'N', "CDTFSWEN=" }, { 2, 'E', "CDTFSWNE=" },
	{ 2, 'R', "D0FS" },      { 1, 'D', "TSND=" },     { 1, 'T', "D5SN" },      { 1, 'S', "DTN=S=" },
	{ 1, 'N', "DTS=N=" },    { 1, 'R', "D5S" },       { 0, 'T', "FSWNE" },     { 0, 'F', "TFSWNE" },
	{ 0, 'S', "TFSWNE" },    { 0, 'W', "TFSNEW=" },   { 0, 'N', "TFSWEN=" },   { 0, 'E', "TFSWNE=" },
	{ 0, 'R', "FSW0E0" },
};

static bool is_way(const struct ways *way, unsigned number, struct rig_port master)
{
	const char *at = strchr(way->masters, master.bundle);

	if (!at)
		return false;
	if (at[1] == '=')
		return master.number == number;
	return at[1] != '0' && at[1] != '5' ? true : master.number == (unsigned)(at[1] - '0');
}

static unsigned ports_of(unsigned row, char bundle, bool master)
{
	switch (bundle) {
	case 'C':
	case 'T':
	case 'F':
		return 1;
	case 'D':
		return row == 1 ? 6 : 2;
	case 'R':
		return row < 2 ? 1 : 2;
	case 'S':
		return master ? (row == 0 ? 6 : 4) : (row == 0 ? 8 : 6);
	case 'N':
		return master ? 6 : 4;
	default:
		return 4;
	}
}

/* streams.md 3: every pair of a slave and a master port: a circuit is taken where the crossbar has the wires, an error
 * that names both ports elsewhere. */
static void test_crossbar(void **state)
{
	static const char *const masters[] = { "TFSWNE", "DTSN", "CDTFSWNE" };
	struct rig *rig = rig_new("npu4", 0);
	unsigned taken = 0, refused = 0;

	(void)state;
	for (unsigned i = 0; i < sizeof ways / sizeof ways[0]; i++)
		for (unsigned s = 0; s < ports_of(ways[i].row, ways[i].slave, false); s++)
			for (const char *to = masters[ways[i].row]; *to; to++)
				for (unsigned m = 0; m < ports_of(ways[i].row, *to, true); m++) {
					unsigned row = ways[i].row,
					         slave = rig_slave_index(row, PORT(ways[i].slave, s));
					uint32_t at = (row == 1 ? 0xB0000U : 0x3F000U) +
					              4 * rig_master_index(row, PORT(*to, m));

					if (is_way(&ways[i], s, PORT(*to, m))) {
						rig_write(rig, 3, row, at, 0x80000000 | slave);
						rig_write(rig, 3, row, at, 0);
						taken++;
					} else {
						rig_write_fails(rig, 3, row, at, 0x80000000 | slave, AIE_ERROR_INPUT,
						                "the switch has no way from slave port");
						refused++;
					}
				}
	assert_true(taken > 500 && refused > 200);
	rig_free(rig);
}

/* The same for packets, when one wants to go there. */
static void test_crossbar_of_packets(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	rig_packet_slot(rig, 2, 1, PORT('N', 1), 0, 5, 0x1F, 0, 0);
	rig_packet_master(rig, 2, 1, PORT('S', 3), 0, 1, false);
	rig_connect(rig, 2, 2, PORT('D', 0), PORT('S', 1));
	rig_bd(rig, 2, 2, 0, RIG_BD(.words = 4, .packet = true, .packet_id = 5));
	rig_push(rig, 2, 2, true, 0, 0, 1, false);
	assert_int_equal(aie_array_run(rig->array, 1000, false), AIE_ARRAY_FAULT);
	aie_array_fault(rig->array, &rig->error);
	assert_int_equal(rig->error.category, AIE_ERROR_INPUT);
	assert_non_null(strstr(rig->error.text,
	                       "tile (2,1): packet with id 5: the switch has no way from slave port North1 "
	                       "to master port South3"));
	rig_free(rig);
}

/* ---- cascade ----------------------------------------------------------------------------------------------------- */

static const char writes_cascade[] = "vmov mcd, bmll0\n" NOPS "vmov mcd, bmll0\n" NOPS "vmov mcd, bmll0\n" NOPS
                                     "vmov mcd, bmll0\n" NOPS "vmov mcd, bmll0\n" NOPS "done\n" NOPS;
static const char reads_cascade[] = "vmov bmll1, scd\n" NOPS "done\n" NOPS;

/* streams.md 8: two words at each end: four are in flight, the fifth waits until one is read. */
static void test_cascade_depth(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	rig_load(rig, 4, 4, writes_cascade);
	rig_start(rig, 4, 4);
	rig_run(rig, 1000);
	rig_expect_wait(rig, "core (4,4)", "waits for room in its cascade output to core (4,3)", NULL);
	assert_int_equal(rig_read(rig, 4, 4, 0x32004) >> 15 & 1, 1); /* Cascade_Stall_MCD */
	rig_load(rig, 4, 3, reads_cascade);
	rig_start(rig, 4, 3);
	rig_run(rig, 1000);
	assert_int_equal(rig_waits(rig), 0);
	rig_free(rig);
}

/* streams.md 8: row 2 has no output to the south, row 5 no input from the north, column 0 none from the west, column 7
 * none to the east: reads never arrive, writes never drain. */
static void test_cascade_edges(void **state)
{
	static const struct {
		unsigned column, row, control;
		bool writes;
	} edges[] = { { 3, 2, 0, true }, { 3, 5, 0, false }, { 0, 3, 1, false }, { 7, 3, 2, true } };

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct rig *rig = rig_new("npu4", 0);

		rig_write(rig, edges[i].column, edges[i].row, 0x36060, edges[i].control);
		rig_load(rig, edges[i].column, edges[i].row, edges[i].writes ? writes_cascade : reads_cascade);
		rig_start(rig, edges[i].column, edges[i].row);
		rig_run(rig, 1000);
		rig_expect_wait(rig, "core (", "cascade", "which leads outside the array", NULL);
		rig_free(rig);
	}
}

/* ---- isolation --------------------------------------------------------------------------------------------------- */

static void isolate(struct rig *rig, unsigned column, unsigned row, unsigned sides)
{
	rig_write(rig, column, row, row == 0 ? 0xFFF40 : row == 1 ? 0xFFF20 : 0x60020, sides);
}

enum { SOUTH = 1, WEST = 2, NORTH = 4, EAST = 8 };

/* address_map.md 5: at reset every tile is isolated from all its neighbours. */
static void test_isolated_at_reset(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	assert_int_equal(aie_array_reset_columns(rig->array, 2, 1, &rig->error), 0);
	rig_write(rig, 2, 0, 0xFFF20, 1);
	for (unsigned row = 0; row < 6; row++)
		assert_int_equal(rig_read(rig, 2, row, row == 0 ? 0xFFF40 : row == 1 ? 0xFFF20 : 0x60020), 0xF);
	rig_free(rig);
}

/* Isolated from one side or from the other: no word crosses, and the report says why. */
static void test_isolation_of_streams(void **state)
{
	(void)state;
	for (unsigned other = 0; other < 2; other++) {
		struct rig *rig = rig_new("npu4", 0);

		rig_connect(rig, 3, 3, PORT('D', 0), PORT('E', 2));
		rig_connect(rig, 4, 3, PORT('W', 2), PORT('D', 0));
		rig_bd(rig, 3, 3, 0, RIG_BD(.words = 200));
		rig_bd(rig, 4, 3, 0, RIG_BD(.words = 200));
		if (other)
			isolate(rig, 4, 3, WEST);
		else
			isolate(rig, 3, 3, EAST);
		rig_push(rig, 3, 3, true, 0, 0, 1, false);
		rig_push(rig, 4, 3, false, 0, 0, 1, false);
		rig_run(rig, 1000);
		assert_int_equal(aie_array_channel(rig->array, 4, 3, false, 0)->bytes, 0);
		rig_expect_wait(rig, "compute (3,3) DMA MM2S 0", "master port East2", "isolated (Tile_Control)", NULL);
		rig_expect_wait(rig, "compute (4,3) DMA S2MM 0", "an isolated tile by slave port West2", NULL);
		rig_free(rig);
	}
}

/* It cannot be changed under words on their way. */
static void test_isolation_of_busy_streams(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	rig_connect(rig, 3, 3, PORT('D', 0), PORT('E', 2));
	rig_connect(rig, 4, 3, PORT('W', 2), PORT('D', 0));
	rig_bd(rig, 3, 3, 0, RIG_BD(.words = 200));
	rig_push(rig, 3, 3, true, 0, 0, 1, false);
	rig_run(rig, 1000);
	rig_write_fails(rig, 3, 3, 0x60020, EAST, AIE_ERROR_UNSUPPORTED, "while data is on its way");
	rig_free(rig);
}

/* dma.md 5: a memory tile's channel that reaches for an isolated neighbour hangs with error bit 9 (memory) or 8 (lock).
 */
static void test_isolation_of_memory_tiles(void **state)
{
	(void)state;
	for (unsigned lock = 0; lock < 2; lock++)
		for (unsigned east = 0; east < 2; east++) {
			struct rig *rig = rig_new("npu4", 0);
			/* words 0, 1 and 7 of a descriptor; windows west 0, own 0x20000, east 0x40000 (words) */
			uint32_t words[8] = { 4, lock ? 0x20000 : east ? 0x40000 : 0 };

			words[7] = 1U << 31;
			if (lock)
				words[7] |= 1 << 15 | 1 << 8 | (east ? 128 : 0); /* acquire == 1 */
			isolate(rig, 3, 1, east ? EAST : WEST);
			rig_connect(rig, 3, 1, PORT('D', 0), PORT('D', 0));
			aie_array_write_block(rig->array, aie_tile_address(3, 1, 0xA0000), words, 8, &rig->error);
			rig_push(rig, 3, 1, true, 0, 0, 1, false);
			rig_run(rig, 1000);
			assert_int_equal(rig_status(rig, 3, 1, true, 0) >> 8 & 3, lock ? 1 : 2);
			rig_free(rig);
		}
}

/* Memory and locks of an isolated neighbour are out of a core's reach; events 66 and 67 say so, 60 that nothing is
 * there (address_map.md 2, locks.md 4). */
static void test_isolation_of_cores(void **state)
{
	static const struct {
		const char *program, *report;
		unsigned isolation, event;
	} cases[] = {
		{ "movxm p0, #0x60010\n" NOPS "lda r0, [p0, #0]\n" NOPS "done\n" NOPS, "north neighbour memory", NORTH,
		  66 },
		{ "movxm p0, #0x50010\n" NOPS "st r0, [p0, #0]\n" NOPS "done\n" NOPS, "west neighbour memory", WEST,
		  66 },
		{ "mova r24, #-1\n" NOPS "acq #2, r24\n" NOPS "done\n" NOPS, "south neighbour", SOUTH, 67 },
		{ "movxm p0, #0x10010\n" NOPS "lda r0, [p0, #0]\n" NOPS "done\n" NOPS, "no memory there", 0, 60 },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++)
		for (unsigned isolated = 0; isolated < 2; isolated++) {
			struct rig *rig = rig_new("npu4", 0);

			rig_set_lock(rig, 3, 3, 2, 1);
			isolate(rig, 3, 4, isolated ? cases[i].isolation : 0);
			rig_load(rig, 3, 4, cases[i].program);
			count_event(rig, MODULE(3, 4), 0, cases[i].event);
			rig_start(rig, 3, 4);
			if (!isolated && cases[i].isolation) {
				rig_run(rig, 1000);
				assert_int_equal(counted(rig, MODULE(3, 4), 0), 0);
			} else {
				assert_int_equal(aie_array_run(rig->array, 1000, false), AIE_ARRAY_FAULT);
				aie_array_fault(rig->array, &rig->error);
				assert_non_null(strstr(rig->error.text, cases[i].report));
				assert_non_null(strstr(rig->error.text, "core (3,4)"));
				assert_int_equal(counted(rig, MODULE(3, 4), 0), 1);
			}
			rig_free(rig);
		}
}

/* Cascade links and broadcasts end at an isolated side. */
static void test_isolation_of_cascade_and_events(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	isolate(rig, 4, 3, NORTH);
	rig_load(rig, 4, 4, writes_cascade);
	rig_load(rig, 4, 3, reads_cascade);
	rig_start(rig, 4, 4);
	rig_start(rig, 4, 3);
	rig_run(rig, 1000);
	rig_expect_wait(rig, "core (4,3)", "waits for its cascade input", NULL);
	rig_expect_wait(rig, "core (4,4)", "waits for room in its cascade output", NULL);
	/* column 0 is cut off from column 1 everywhere, and its row 4 from what lies below */
	for (unsigned row = 0; row < 6; row++)
		isolate(rig, 0, row, EAST);
	isolate(rig, 0, 3, NORTH | EAST);
	event_write(rig, MODULE(0, 0), EVENT_BROADCAST + 4 * 3, AIE_EVENT_SHIM_USER_EVENT_0);
	count_event(rig, MODULE(0, 3), 0, AIE_EVENT_CORE_BROADCAST_3);
	count_event(rig, MODULE(0, 4), 0, AIE_EVENT_CORE_BROADCAST_3);
	count_event(rig, MODULE(1, 3), 0, AIE_EVENT_CORE_BROADCAST_3);
	event_write(rig, MODULE(0, 0), EVENT_GENERATE, AIE_EVENT_SHIM_USER_EVENT_0);
	aie_array_advance(rig->array, aie_array_cycle(rig->array) + 200);
	assert_int_equal(counted(rig, MODULE(0, 3), 0), 1);
	assert_int_equal(counted(rig, MODULE(0, 4), 0), 0);
	assert_int_equal(counted(rig, MODULE(1, 3), 0), 0);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wires),
		cmocka_unit_test(test_wires_of_a_column),
		cmocka_unit_test(test_crossbar),
		cmocka_unit_test(test_crossbar_of_packets),
		cmocka_unit_test(test_cascade_depth),
		cmocka_unit_test(test_cascade_edges),
		cmocka_unit_test(test_isolated_at_reset),
		cmocka_unit_test(test_isolation_of_streams),
		cmocka_unit_test(test_isolation_of_busy_streams),
		cmocka_unit_test(test_isolation_of_memory_tiles),
		cmocka_unit_test(test_isolation_of_cores),
		cmocka_unit_test(test_isolation_of_cascade_and_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

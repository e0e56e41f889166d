/* Monitored stream ports: idle, running, stalled, last word at every port of a way, with and without back-pressure,
 * behind forks and packet switches.
 */
#include "tests/array/event_rig.h"

enum { IDLE, RUNNING, STALLED, TLAST };
enum { MASTER = 0x20 };

/* Events of monitor `port` of a tile's switch. */
static unsigned port_event(unsigned row, unsigned port, unsigned what)
{
	static const unsigned first[] = { AIE_EVENT_SHIM_PORT_IDLE_0, AIE_EVENT_MEMTILE_PORT_IDLE_0,
		                          AIE_EVENT_CORE_PORT_IDLE_0 };

	return first[row < 2 ? row : 2] + 4 * port + what;
}

/* Event_Port_Selection: byte i of two registers: port index, bit 5 = master. */
static void select_port(struct rig *rig, unsigned column, unsigned row, unsigned monitor, unsigned port)
{
	uint32_t address = (row == 1 ? 0xB0F00U : 0x3FF00U) + monitor / 4 * 4;
	uint32_t word = rig_read(rig, column, row, address) & ~(0xFFU << monitor % 4 * 8);

	rig_write(rig, column, row, address, word | port << monitor % 4 * 8);
}

/* Count what monitor 0 sees with counters 0 to 1 (all tiles have two). */
static void watch(struct rig *rig, unsigned column, unsigned row, unsigned port, unsigned first, unsigned second)
{
	select_port(rig, column, row, 0, port);
	count_event(rig, MODULE(column, row), 0, port_event(row, 0, first));
	count_event(rig, MODULE(column, row), 1, port_event(row, 0, second));
}

static void send(struct rig *rig, unsigned column, unsigned row, unsigned words)
{
	rig_bd(rig, column, row, 0, RIG_BD(.words = words));
	rig_push(rig, column, row, true, 0, 0, 1, false);
}

static void receive(struct rig *rig, unsigned column, unsigned row, unsigned words)
{
	rig_bd(rig, column, row, 8, RIG_BD(.address = 0x8000, .words = words));
	rig_push(rig, column, row, false, 0, 8, 1, false);
}

static void three_tiles(struct rig *rig)
{
	rig_connect(rig, 0, 2, PORT('D', 0), PORT('N', 2));
	rig_connect(rig, 0, 3, PORT('S', 2), PORT('E', 1));
	rig_connect(rig, 1, 3, PORT('W', 1), PORT('D', 0));
}

/* streams.md 9: PORT_RUNNING cycles = beats, at every port of the way; TLAST once. */
static void test_running_cycles_are_beats(void **state)
{
	static const struct {
		unsigned column, row;
		struct rig_port port;
		bool master;
	} way[] = {
		{ 0, 2, { 'D', 0 }, false }, { 0, 2, { 'N', 2 }, true },  { 0, 3, { 'S', 2 }, false },
		{ 0, 3, { 'E', 1 }, true },  { 1, 3, { 'W', 1 }, false }, { 1, 3, { 'D', 0 }, true },
	};

	(void)state;
	for (unsigned words = 1; words <= 4096; words = words * 4 + 3)
		for (unsigned i = 0; i < sizeof way / sizeof way[0]; i++) {
			struct rig *rig = rig_new("npu4", 0);
			unsigned port = way[i].master ? rig_master_index(way[i].row, way[i].port) | MASTER
			                              : rig_slave_index(way[i].row, way[i].port);

			three_tiles(rig);
			watch(rig, way[i].column, way[i].row, port, RUNNING, TLAST);
			receive(rig, 1, 3, words);
			send(rig, 0, 2, words);
			rig_run(rig, 10000);
			assert_int_equal(counted(rig, MODULE(way[i].column, way[i].row), 0), (words + 1) / 2);
			assert_int_equal(counted(rig, MODULE(way[i].column, way[i].row), 1), 1);
			rig_free(rig);
		}
}

/* mlir-aie issue 2657: 16 KiB through a port are 2048 running cycles, here through the memory tile. */
static void test_sixteen_kilobytes(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	rig_connect(rig, 2, 2, PORT('D', 0), PORT('S', 0));
	rig_connect(rig, 2, 1, PORT('N', 0), PORT('D', 0));
	watch(rig, 2, 1, rig_slave_index(1, PORT('N', 0)), RUNNING, STALLED);
	receive(rig, 2, 1, 4096);
	send(rig, 2, 2, 4096);
	rig_run(rig, 10000);
	assert_int_equal(counted(rig, MODULE(2, 1), 0), 2048);
	assert_int_equal(counted(rig, MODULE(2, 1), 1), 0);
	rig_free(rig);
}

/* Trace of monitor 0 of a core's tile. */
static uint64_t first_beat(unsigned column, unsigned row, unsigned port, uint64_t *last)
{
	struct rig *rig = rig_new("npu4", 0);
	struct event_trace trace = { .module = MODULE(column, row),
		                     .start = 124,
		                     .stop = 125,
		                     .slot = { (uint8_t)port_event(row, 0, RUNNING) },
		                     .channel = 1,
		                     .packets = 16,
		                     .address = 0x4000 };
	struct trace_records records;
	uint64_t first = 0;

	three_tiles(rig);
	select_port(rig, column, row, 0, port);
	trace_start(rig, &trace);
	event_at(rig, trace.module, 0, 124);
	aie_array_advance(rig->array, 50);
	receive(rig, 1, 3, 100);
	send(rig, 0, 2, 100);
	aie_array_advance(rig->array, 1000);
	event_write(rig, trace.module, EVENT_GENERATE, 125);
	rig_run(rig, 1000);
	trace_decode(rig, &trace, &records);
	assert_int_equal(trace_slot_cycles(&records, 0, &first, last), 50);
	rig_free(rig);
	return first;
}

/* streams.md 7: the beats of a transfer that nothing holds cross the ports 4 cycles apart, into the local port 3. */
static void test_latency_between_ports(void **state)
{
	uint64_t last, before, first;

	(void)state;
	before = first_beat(0, 2, rig_slave_index(2, PORT('D', 0)), &last);
	first = first_beat(0, 3, rig_slave_index(3, PORT('S', 2)), &last);
	assert_int_equal(first - before, 4);
	assert_int_equal(first_beat(0, 2, rig_master_index(2, PORT('N', 2)) | MASTER, &last), first);
	assert_int_equal(last - first, 49);
	before = first;
	first = first_beat(1, 3, rig_slave_index(3, PORT('W', 1)), &last);
	assert_int_equal(first - before, 4);
	assert_int_equal(first_beat(1, 3, rig_master_index(3, PORT('D', 0)) | MASTER, &last) - first, 3);
}

/* streams.md 9: a port is idle, running or stalled in each cycle; a receiver that does not take stalls the ports one
 * after the other, and beats stay beats. */
static void test_back_pressure(void **state)
{
	static const struct {
		unsigned column, row;
		char bundle;
		unsigned number;
	} ports[] = { { 0, 2, 'D', 0 }, { 0, 3, 'S', 2 }, { 1, 3, 'W', 1 } };
	uint32_t before = UINT32_MAX;

	(void)state;
	for (unsigned i = 3; i--;) {
		struct rig *rig = rig_new("npu4", 0);
		unsigned row = ports[i].row, port = rig_slave_index(row, PORT(ports[i].bundle, ports[i].number));
		struct event_module module = MODULE(ports[i].column, row);
		uint32_t sum = 0;

		three_tiles(rig);
		select_port(rig, module.column, row, 0, port);
		for (unsigned k = 0; k < 3; k++)
			count_event(rig, module, k, port_event(row, 0, k));
		/* the lock comes after 400 cycles */
		rig_bd(rig, 1, 3, 8, RIG_BD(.address = 0x8000, .words = 600, .acquire = 2, .acquire_value = -1));
		rig_push(rig, 1, 3, false, 0, 8, 1, false);
		send(rig, 0, 2, 600);
		aie_array_advance(rig->array, 400);
		rig_set_lock(rig, 1, 3, 2, 1);
		aie_array_advance(rig->array, 2000);
		assert_int_equal(counted(rig, module, RUNNING), 300);
		for (unsigned k = 0; k < 3; k++)
			sum += counted(rig, module, k);
		assert_int_equal(sum, 2000);
		/* nearer to the receiver a port stands still earlier */
		assert_true(counted(rig, module, STALLED) > 300 && counted(rig, module, STALLED) < 400);
		if (before != UINT32_MAX)
			assert_true(counted(rig, module, STALLED) < before);
		before = counted(rig, module, STALLED);
		rig_free(rig);
	}
}

/* streams.md 2: in front of a fork the slowest branch holds all; the other branch runs dry. */
static void test_fork(void **state)
{
	struct rig *rig = rig_new("npu4", 0);
	uint32_t sender, fast;

	(void)state;
	rig_connect(rig, 3, 3, PORT('D', 0), PORT('N', 0));
	rig_connect(rig, 3, 3, PORT('D', 0), PORT('E', 0));
	rig_connect(rig, 3, 4, PORT('S', 0), PORT('D', 0));
	rig_connect(rig, 4, 3, PORT('W', 0), PORT('D', 0));
	watch(rig, 3, 3, rig_slave_index(3, PORT('D', 0)), RUNNING, STALLED);
	watch(rig, 3, 4, rig_slave_index(4, PORT('S', 0)), RUNNING, STALLED);
	watch(rig, 4, 3, rig_master_index(3, PORT('D', 0)) | MASTER, RUNNING, STALLED);
	receive(rig, 3, 4, 200);
	rig_bd(rig, 4, 3, 8, RIG_BD(.address = 0x8000, .words = 200, .acquire = 0, .acquire_value = -1));
	rig_push(rig, 4, 3, false, 0, 8, 1, false);
	send(rig, 3, 3, 200);
	aie_array_advance(rig->array, 500);
	fast = counted(rig, MODULE(3, 4), 0);
	/* the branch of the slow receiver is full: its FIFO, three ports and the fork's slave port */
	assert_true(fast < 40);
	assert_true(counted(rig, MODULE(3, 3), 1) > 400);
	assert_int_equal(counted(rig, MODULE(3, 4), 1), 0);
	assert_true(counted(rig, MODULE(4, 3), 1) > 400);
	sender = counted(rig, MODULE(3, 3), 0);
	assert_true(sender >= fast && sender <= fast + 4);
	rig_set_lock(rig, 4, 3, 0, 1);
	rig_run(rig, 1000);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(counted(rig, MODULE(i == 2 ? 4 : 3, i == 1 ? 4 : 3), 0), 100);
	rig_free(rig);
}

/* Ports of a packet switch: header and data cross the slave port and a master that keeps the header. */
static void test_packet_ports(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	rig_packet_slot(rig, 0, 2, PORT('D', 0), 0, 5, 0x1F, 0, 0);
	rig_packet_master(rig, 0, 2, PORT('N', 0), 0, 1, false);
	rig_connect(rig, 0, 3, PORT('S', 0), PORT('D', 0));
	select_port(rig, 0, 2, 0, 1);
	select_port(rig, 0, 2, 5, 13 | MASTER);
	count_event(rig, MODULE(0, 2), 0, port_event(2, 0, RUNNING));
	count_event(rig, MODULE(0, 2), 1, port_event(2, 5, RUNNING));
	count_event(rig, MODULE(0, 2), 2, port_event(2, 5, TLAST));
	watch(rig, 0, 3, rig_slave_index(3, PORT('S', 0)), RUNNING, TLAST);
	receive(rig, 0, 3, 65);
	rig_bd(rig, 0, 2, 0, RIG_BD(.words = 64, .packet = true, .packet_id = 5));
	rig_push(rig, 0, 2, true, 0, 0, 1, false);
	rig_run(rig, 1000);
	/* 65 words: 33 beats if the header shares one with data, 34 when it does not */
	assert_in_range(counted(rig, MODULE(0, 2), 0), 33, 34);
	assert_int_equal(counted(rig, MODULE(0, 2), 1), counted(rig, MODULE(0, 2), 0));
	assert_int_equal(counted(rig, MODULE(0, 3), 0), counted(rig, MODULE(0, 2), 0));
	assert_int_equal(counted(rig, MODULE(0, 2), 2), 1);
	assert_int_equal(counted(rig, MODULE(0, 3), 1), 1);
	rig_free(rig);
}

/* A core's 32-bit port: one word a beat; the shim's ports. */
static void test_core_and_shim(void **state)
{
	struct rig *rig = rig_new("npu4", 4096);

	(void)state;
	rig_connect(rig, 6, 2, PORT('C', 0), PORT('S', 0));
	rig_connect(rig, 6, 1, PORT('N', 0), PORT('S', 0));
	rig_connect(rig, 6, 0, PORT('N', 0), PORT('S', 2));
	rig_shim_mux(rig, 6);
	watch(rig, 6, 2, 0, RUNNING, TLAST);
	watch(rig, 6, 0, rig_master_index(0, PORT('S', 2)) | MASTER, RUNNING, TLAST);
	rig_load(rig, 6, 2,
	         "mova r0, #7\nnop\nmov ms, r0\nmov ms, r0\nmov ms, r0\nnop\nmov.tlast ms, "
	         "r0\nnop\nnop\nnop\nnop\ndone\n");
	rig_start(rig, 6, 2);
	rig_bd(rig, 6, 0, 0, RIG_BD(.address = RIG_MEMORY_BASE, .words = 4));
	rig_push(rig, 6, 0, false, 0, 0, 1, false);
	rig_run(rig, 10000);
	assert_int_equal(*rig_memory(rig, 12), 7);
	assert_int_equal(counted(rig, MODULE(6, 2), 0), 4);
	assert_int_equal(counted(rig, MODULE(6, 2), 1), 1);
	assert_int_equal(counted(rig, MODULE(6, 0), 0), 4);
	assert_int_equal(counted(rig, MODULE(6, 0), 1), 1);
	rig_free(rig);
}

/* A port that nothing flows through is idle; one that is not there too. */
static void test_idle_ports(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	watch(rig, 0, 4, 31, IDLE, RUNNING);
	watch(rig, 0, 5, 20 | MASTER, IDLE, STALLED);
	aie_array_advance(rig->array, 100);
	for (unsigned row = 4; row < 6; row++) {
		assert_int_equal(counted(rig, MODULE(0, row), 0), 100);
		assert_int_equal(counted(rig, MODULE(0, row), 1), 0);
	}
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_running_cycles_are_beats),
		cmocka_unit_test(test_sixteen_kilobytes),
		cmocka_unit_test(test_latency_between_ports),
		cmocka_unit_test(test_back_pressure),
		cmocka_unit_test(test_fork),
		cmocka_unit_test(test_packet_ports),
		cmocka_unit_test(test_core_and_shim),
		cmocka_unit_test(test_idle_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

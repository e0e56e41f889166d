/* Hangs as data (sim/array/wait_graph.h): the ring of those who wait for each other, or the partner that is missing. */
#include "sim/array/wait_graph.h"
#include "tests/array/rig.h"

#define NOPS4 "nop\nnop\nnop\nnop\n"
#define NOPS  NOPS4 NOPS4
#define DONE  "done\n" NOPS4 "nop\n"
/* Wait for a lock (as the core numbers them), then give one. */
#define ACQ(id) "mova r24, #-1\nmova r25, #1\n" NOPS "acq #" #id ", r24\n" NOPS
#define REL(id) "rel #" #id ", r25\n" NOPS

static struct aie_wait_graph *hang(struct rig *rig, const struct aie_token *awaited)
{
	struct aie_wait_graph *graph;

	rig_run(rig, 20000);
	graph = aie_array_hang(rig->array, AIE_HANG_DEADLOCK, awaited);
	assert_non_null(graph);
	assert_int_equal(graph->cycle, aie_array_cycle(rig->array));
	for (unsigned i = 0; i < graph->edge_count; i++) {
		assert_true(graph->edge[i].from < graph->node_count);
		assert_true(graph->edge[i].to < graph->node_count);
	}
	return graph;
}

static void expect_cause(const struct aie_wait_graph *graph, const char *first, const char *second)
{
	for (unsigned i = 0; i < graph->cause_count; i++)
		if (strstr(graph->cause[i].text, first) && strstr(graph->cause[i].text, second))
			return;
	for (unsigned i = 0; i < graph->cause_count; i++)
		print_error("cause: %s\n", graph->cause[i].text);
	fail_msg("no cause says '%s' and '%s'", first, second);
}

static const struct aie_wait_node *node_of(const struct aie_wait_graph *graph, enum aie_wait_unit unit, unsigned column,
                                           unsigned row, unsigned number)
{
	for (unsigned i = 0; i < graph->node_count; i++) {
		const struct aie_wait_node *node = &graph->node[i];

		if (node->unit == unit && node->column == column && node->row == row && node->number == number)
			return node;
	}
	fail_msg("node %d of (%u,%u) number %u is not in the graph", unit, column, row, number);
	return NULL;
}

/* Two cores, each of which gives the other's lock only after it got its own. */
static void test_ring_of_cores(void **state)
{
	struct rig *rig = rig_new("npu4", 0);
	struct aie_wait_graph *graph;

	(void)state;
	rig_load(rig, 3, 2, ACQ(48) REL(33) DONE);
	rig_load(rig, 3, 3, ACQ(49) REL(0) DONE);
	rig_start(rig, 3, 2);
	rig_start(rig, 3, 3);
	graph = hang(rig, NULL);
	assert_int_equal(graph->cause_count, 0);
	assert_int_equal(graph->ring_count, 4);
	for (unsigned i = 0; i < 4; i++) {
		unsigned from = graph->ring[i], to = graph->ring[(i + 1) % 4];
		bool found = false;

		assert_true(graph->node[from].in_ring);
		for (unsigned k = 0; k < graph->edge_count; k++)
			found |= graph->edge[k].from == from && graph->edge[k].to == to;
		assert_true(found);
	}
	assert_int_equal(node_of(graph, AIE_WAIT_CORE, 3, 2, 0)->state, AIE_WAIT_WAITS);
	assert_true(node_of(graph, AIE_WAIT_LOCK, 3, 2, 0)->in_ring);
	assert_true(node_of(graph, AIE_WAIT_LOCK, 3, 3, 1)->in_ring);
	aie_wait_graph_destroy(graph);
	rig_free(rig);
}

/* A core waits for a lock that nobody has an instruction or a descriptor for. */
static void test_nobody_gives(void **state)
{
	struct rig *rig = rig_new("npu4", 0);
	struct aie_wait_graph *graph;

	(void)state;
	rig_load(rig, 0, 2, ACQ(49) DONE);
	rig_start(rig, 0, 2);
	graph = hang(rig, NULL);
	assert_int_equal(graph->ring_count, 0);
	assert_int_equal(graph->cause_count, 1);
	expect_cause(graph, "nobody gives lock 1 of tile (0,2)", "no program in reach");
	assert_int_equal(graph->node[graph->cause[0].node].unit, AIE_WAIT_LOCK);
	aie_wait_graph_destroy(graph);
	/* a descriptor names it, but no task was pushed */
	rig_bd(rig, 0, 2, 3, RIG_BD(.words = 4, .release = 1, .release_value = 1));
	graph = hang(rig, NULL);
	expect_cause(graph, "nobody gives lock 1 of tile (0,2)", "descriptor 3 would, but no channel has it to do");
	aie_wait_graph_destroy(graph);
	/* a neighbour's program gives it, but has ended */
	rig_load(rig, 0, 3, "movxm r0, #1\n" NOPS "jnz r0, #end\n" NOPS4 "nop\n" REL(1) ".p2align 4\nend: " DONE);
	rig_start(rig, 0, 3);
	graph = hang(rig, NULL);
	expect_cause(graph, "nobody gives lock 1 of tile (0,2) any more", "core (0,3) has ended");
	aie_wait_graph_destroy(graph);
	rig_free(rig);
}

/* A receiver without a sender: no task, or no route. */
static void test_no_sender(void **state)
{
	struct rig *rig = rig_new("npu4", 64);
	const struct aie_token awaited = { .column = 1, .row = 2, .channel = 0, .mm2s = false };
	struct aie_wait_graph *graph;

	(void)state;
	rig_bd(rig, 1, 2, 0, RIG_BD(.words = 16));
	rig_push(rig, 1, 2, false, 0, 0, 1, true);
	graph = hang(rig, &awaited);
	expect_cause(graph, "compute (1,2) DMA S2MM 0 BD 0", "nothing is routed to it");
	assert_int_equal(graph->node[0].unit, AIE_WAIT_CONTROLLER);
	assert_int_equal(graph->edge[0].from, 0);
	assert_int_equal(graph->edge[0].reason, AIE_WAIT_FOR_TASK);
	assert_int_equal(graph->node[graph->edge[0].to].unit, AIE_WAIT_CHANNEL);
	aie_wait_graph_destroy(graph);
	rig_route_up(rig, 1, 0, 0, 2, 0);
	graph = hang(rig, &awaited);
	expect_cause(graph, "compute (1,2) DMA S2MM 0 BD 0", "shim (1,0) DMA MM2S 0 has no task");
	aie_wait_graph_destroy(graph);
	rig_free(rig);
}

/* The chain from a blocked sender to the missing release: shim MM2S - full way - S2MM - lock - nobody. */
static void test_chain_of_channels(void **state)
{
	struct rig *rig = rig_new("npu4", 4096);
	const struct aie_token awaited = { .column = 2, .row = 0, .channel = 0, .mm2s = true };
	struct aie_wait_graph *graph;
	unsigned at = 0;

	(void)state;
	rig_route_up(rig, 2, 0, 0, 2, 0);
	rig_bd(rig, 2, 2, 0, RIG_BD(.words = 16, .acquire = 4, .acquire_value = -1));
	rig_bd(rig, 2, 0, 0, RIG_BD(.address = RIG_MEMORY_BASE, .words = 1024));
	rig_push(rig, 2, 2, false, 0, 0, 1, false);
	rig_push(rig, 2, 0, true, 0, 0, 1, true);
	graph = hang(rig, &awaited);
	expect_cause(graph, "nobody gives lock 4 of tile (2,2)", "");
	assert_int_equal(graph->cause_count, 1);
	assert_true(graph->cause[0].reached);
	static const enum aie_wait_reason way[] = { AIE_WAIT_FOR_TASK, AIE_WAIT_FOR_ROOM, AIE_WAIT_FOR_LOCK };
	for (unsigned step = 0; step < 3; step++) {
		unsigned k = 0;

		while (k < graph->edge_count && graph->edge[k].from != at)
			k++;
		assert_true(k < graph->edge_count);
		assert_int_equal(graph->edge[k].reason, way[step]);
		at = graph->edge[k].to;
	}
	assert_int_equal(at, graph->cause[0].node);
	aie_wait_graph_destroy(graph);
	/* another hang, to which the controller's wait does not lead, comes behind it */
	rig_load(rig, 0, 2, ACQ(49) DONE);
	rig_start(rig, 0, 2);
	graph = hang(rig, &awaited);
	assert_int_equal(graph->cause_count, 2);
	assert_true(graph->cause[0].reached && !graph->cause[1].reached);
	assert_non_null(strstr(graph->cause[0].text, "lock 4 of tile (2,2)"));
	assert_non_null(strstr(graph->cause[1].text, "lock 1 of tile (0,2)"));
	aie_wait_graph_destroy(graph);
	/* a channel that has finished what the controller waits for has no task */
	rig_set_lock(rig, 2, 2, 4, 1);
	rig_bd(rig, 2, 2, 0, RIG_BD(.words = 1008));
	rig_push(rig, 2, 2, false, 0, 0, 1, false);
	graph = hang(rig, &awaited);
	expect_cause(graph, "the controller waits for tile (2,0) MM2S 0", "has no task");
	aie_wait_graph_destroy(graph);
	rig_free(rig);
}

/* Locks between DMA channels and a core: the core takes what only the DMA gives, which waits for the core's lock. */
static void test_ring_of_dma_and_core(void **state)
{
	struct rig *rig = rig_new("npu4", 4096);
	struct aie_wait_graph *graph;

	(void)state;
	rig_route_up(rig, 4, 0, 0, 2, 0);
	rig_bd(rig, 4, 2, 0,
	       RIG_BD(.words = 16, .acquire = 0, .acquire_value = -1, .release = 1, .release_value = 1, .next = 0));
	rig_push(rig, 4, 2, false, 0, 0, 1, false);
	rig_load(rig, 4, 2, ACQ(49) REL(48) DONE);
	rig_start(rig, 4, 2);
	graph = hang(rig, NULL);
	assert_int_equal(graph->ring_count, 4);
	assert_true(node_of(graph, AIE_WAIT_CORE, 4, 2, 0)->in_ring);
	assert_true(node_of(graph, AIE_WAIT_CHANNEL, 4, 2, 0)->in_ring);
	assert_true(node_of(graph, AIE_WAIT_LOCK, 4, 2, 0)->in_ring);
	assert_true(node_of(graph, AIE_WAIT_LOCK, 4, 2, 1)->in_ring);
	assert_int_equal(graph->cause_count, 0);
	aie_wait_graph_destroy(graph);
	rig_free(rig);
}

/* A channel in an error state is a cause by itself. */
static void test_halted(void **state)
{
	struct rig *rig = rig_new("npu4", 0);
	struct aie_wait_graph *graph;

	(void)state;
	rig_bd(rig, 0, 2, 5, RIG_BD(.words = 16, .invalid = true));
	rig_push(rig, 0, 2, true, 1, 5, 1, false);
	graph = hang(rig, NULL);
	expect_cause(graph, "compute (0,2) DMA MM2S 1 BD 5", "Valid_BD is 0");
	assert_int_equal(node_of(graph, AIE_WAIT_CHANNEL, 0, 2, 1)->state, AIE_WAIT_HALTED);
	aie_wait_graph_destroy(graph);
	rig_free(rig);
}

/* A packet whose header fits no slot blocks its port, and the sender behind it. */
static void test_packet_without_slot(void **state)
{
	struct rig *rig = rig_new("npu4", 0);
	struct aie_wait_graph *graph;
	const struct aie_wait_node *port;

	(void)state;
	/* slave port DMA0 (index 1): enabled, packet mode */
	rig_write(rig, 6, 2, 0x3F100 + 4 * rig_slave_index(2, PORT('D', 0)), 0xC0000000);
	rig_bd(rig, 6, 2, 0, RIG_BD(.words = 256, .packet = true));
	rig_push(rig, 6, 2, true, 0, 0, 1, false);
	graph = hang(rig, NULL);
	port = node_of(graph, AIE_WAIT_PORT, 6, 2, rig_slave_index(2, PORT('D', 0)));
	assert_int_equal(port->state, AIE_WAIT_HALTED);
	expect_cause(graph, "tile (6,2) slave port DMA0", "fits no slot");
	assert_int_equal(graph->cause_count, 1);
	assert_int_equal(graph->edge_count, 1);
	assert_int_equal(graph->edge[0].reason, AIE_WAIT_FOR_ROOM);
	aie_wait_graph_destroy(graph);
	rig_free(rig);
}

/* A master port waits only for slave ports whose slots lead to it: the tile's own MM2S, which waits for the S2MM and
 * goes elsewhere, makes no ring. */
static void test_packets_without_ring(void **state)
{
	struct rig *rig = rig_new("npu4", 0);
	const struct aie_token awaited = { .column = 6, .row = 2, .channel = 0, .mm2s = false };
	struct aie_wait_graph *graph;

	(void)state;
	rig_packet_slot(rig, 6, 2, PORT('S', 0), 0, 1, 0x1F, 0, 0);
	rig_packet_master(rig, 6, 2, PORT('D', 0), 0, 1, true);
	rig_packet_slot(rig, 6, 2, PORT('D', 0), 0, 2, 0x1F, 1, 0);
	rig_packet_master(rig, 6, 2, PORT('S', 0), 1, 1, true);
	rig_bd(rig, 6, 2, 0, RIG_BD(.words = 8, .release = 4, .release_value = 1));
	rig_bd(rig, 6, 2, 1, RIG_BD(.words = 8, .packet = true, .acquire = 4, .acquire_value = -1));
	rig_push(rig, 6, 2, false, 0, 0, 1, true);
	rig_push(rig, 6, 2, true, 0, 1, 1, false);
	graph = hang(rig, &awaited);
	assert_int_equal(graph->ring_count, 0);
	expect_cause(graph, "tile (6,2) slave port South0", "waits for a packet");
	aie_wait_graph_destroy(graph);
	rig_free(rig);
}

/* A packet that fits no slot stands in a port that leads to the receiver: that is the first cause. */
static void test_wrong_packet_id(void **state)
{
	struct rig *rig = rig_new("npu4", 0);
	const struct aie_token awaited = { .column = 6, .row = 2, .channel = 0, .mm2s = false };
	struct aie_wait_graph *graph;

	(void)state;
	rig_packet_slot(rig, 6, 2, PORT('D', 0), 0, 1, 0x1F, 0, 0);
	rig_packet_slot(rig, 6, 2, PORT('S', 0), 0, 1, 0x1F, 0, 0);
	rig_packet_master(rig, 6, 2, PORT('D', 0), 0, 1, true);
	rig_bd(rig, 6, 2, 0, RIG_BD(.words = 8));
	rig_bd(rig, 6, 2, 1, RIG_BD(.words = 8, .packet = true)); /* id 0 */
	rig_push(rig, 6, 2, false, 0, 0, 1, true);
	rig_push(rig, 6, 2, true, 0, 1, 1, false);
	graph = hang(rig, &awaited);
	assert_true(graph->cause_count > 0 && graph->cause[0].reached);
	assert_non_null(strstr(graph->cause[0].text, "tile (6,2) slave port DMA0 packet with id 0"));
	assert_non_null(strstr(graph->cause[0].text, "fits no slot"));
	aie_wait_graph_destroy(graph);
	rig_free(rig);
}

/* Something moves: no deadlock.  The report says where the core goes round. */
static void test_no_progress(void **state)
{
	struct rig *rig = rig_new("npu4", 0);
	const struct aie_wait_node *node;
	struct aie_wait_graph *graph;

	(void)state;
	rig_load(rig, 5, 3, "movxm r0, #1\n" NOPS ".p2align 4\nloop: j #loop\n" NOPS4 "nop\n");
	rig_load(rig, 5, 2, ACQ(48) DONE);
	rig_start(rig, 5, 3);
	rig_start(rig, 5, 2);
	assert_int_equal(aie_array_run(rig->array, 5000, false), AIE_ARRAY_DEADLINE);
	graph = aie_array_hang(rig->array, AIE_HANG_NO_PROGRESS, NULL);
	assert_non_null(graph);
	assert_int_equal(graph->ring_count, 0);
	node = node_of(graph, AIE_WAIT_CORE, 5, 3, 0);
	assert_int_equal(node->state, AIE_WAIT_MOVES);
	assert_true(node->pc_low >= 0x10 && node->pc_low < node->pc_high && node->pc_high < 0x50);
	assert_non_null(strstr(node->text, "core (5,3) runs between pc 0x"));
	expect_cause(graph, "nobody gives lock 0 of tile (5,2)", "");
	aie_wait_graph_destroy(graph);
	rig_free(rig);
}

static void watcher(void *user, const struct aie_wait_graph *graph)
{
	unsigned *seen = user;

	*seen += graph->node_count;
}

/* Quotes are even, brackets pair up, nothing stands behind the object. */
static void expect_json(const char *text)
{
	int depth = 0;
	bool quoted = false;

	for (const char *at = text; *at; at++) {
		if (quoted && *at == '\\' && at[1])
			at++;
		else if (*at == '"')
			quoted = !quoted;
		else if (!quoted && (*at == '{' || *at == '['))
			depth++;
		else if (!quoted && (*at == '}' || *at == ']'))
			assert_true(--depth > 0 || !at[1]);
	}
	assert_int_equal(depth, 0);
	assert_false(quoted);
}

/* The lock's giver is there, but its core was never enabled. */
static void test_core_not_enabled(void **state)
{
	struct rig *rig = rig_new("npu4", 0);
	struct aie_wait_graph *graph;

	(void)state;
	rig_load(rig, 0, 2, ACQ(49) DONE);
	rig_start(rig, 0, 2);
	rig_load(rig, 0, 3, REL(1) DONE);
	graph = hang(rig, NULL);
	assert_int_equal(graph->cause_count, 1);
	expect_cause(graph, "nobody gives lock 1 of tile (0,2)", "core (0,3) would, but it is not enabled");
	aie_wait_graph_destroy(graph);
	rig_free(rig);
}

/* A channel in an error state is a cause even where the controller's wait leads elsewhere: to the lock that its next
 * descriptor would have given. */
static void test_halted_beside(void **state)
{
	struct rig *rig = rig_new("npu4", 64);
	const struct aie_token awaited = { .column = 1, .row = 2, .channel = 0, .mm2s = true };
	struct aie_wait_graph *graph;
	bool reached = false;

	(void)state;
	rig_bd(rig, 1, 2, 0, RIG_BD(.words = 16, .acquire = 4, .acquire_value = -1));
	rig_bd(rig, 1, 2, 1, RIG_BD(.words = 16, .release = 4, .release_value = 1));
	rig_push(rig, 1, 2, true, 0, 0, 1, true);
	rig_push(rig, 1, 2, false, 0, 7, 1, false); /* 7 was never written: not valid */
	graph = hang(rig, &awaited);
	expect_cause(graph, "nobody gives lock 4 of tile (1,2)", "descriptor 1 would");
	expect_cause(graph, "compute (1,2) DMA S2MM 0 BD 7 hangs", "not valid");
	for (unsigned i = 0; i < graph->cause_count; i++)
		reached |= graph->cause[i].reached && strstr(graph->cause[i].text, "BD 7 hangs");
	assert_true(reached);
	aie_wait_graph_destroy(graph);
	rig_free(rig);
}

/* Multiplexers of the shim that do not lead to the DMA are named, on both sides of the stream. */
static void test_shim_multiplexers(void **state)
{
	struct rig *rig = rig_new("npu4", 4096);
	struct aie_wait_graph *graph;

	(void)state;
	rig_route_up(rig, 2, 1, 0, 2, 0);
	rig_write(rig, 2, 0, 0x1F000, 0);
	rig_bd(rig, 2, 2, 0, RIG_BD(.words = 16));
	rig_bd(rig, 2, 0, 0, RIG_BD(.address = RIG_MEMORY_BASE, .words = 16));
	rig_push(rig, 2, 2, false, 0, 0, 1, false);
	rig_push(rig, 2, 0, true, 1, 0, 1, true);
	graph = hang(rig, NULL);
	expect_cause(graph, "compute (2,2) DMA S2MM 0", "Mux_Config of tile (2,0) does not put the DMA behind South7");
	expect_cause(graph, "shim (2,0) DMA MM2S 1", "Mux_Config does not put it behind South7");
	aie_wait_graph_destroy(graph);
	rig_free(rig);

	rig = rig_new("npu4", 4096);
	rig_route_down(rig, 2, 2, 0, 0, 1);
	rig_write(rig, 2, 0, 0x1F004, 0);
	rig_bd(rig, 2, 0, 0, RIG_BD(.address = RIG_MEMORY_BASE, .words = 16));
	rig_push(rig, 2, 0, false, 1, 0, 1, true);
	graph = hang(rig, NULL);
	expect_cause(graph, "shim (2,0) DMA S2MM 1", "Demux_Config does not lead South3 to it");
	aie_wait_graph_destroy(graph);
	rig_free(rig);
}

/* The callback sees the same graph; as JSON it has nodes, edges, ring and causes. */
static void test_callback_and_json(void **state)
{
	struct rig *rig = rig_new("npu4", 0);
	struct aie_wait_graph *graph;
	unsigned seen = 0;
	char *text;

	(void)state;
	aie_array_set_hang_watcher(rig->array, watcher, &seen);
	rig_load(rig, 0, 2, ACQ(49) DONE);
	rig_start(rig, 0, 2);
	graph = hang(rig, NULL);
	assert_int_equal(seen, graph->node_count);
	text = aie_wait_graph_text(graph);
	assert_non_null(text);
	expect_json(text);
	assert_non_null(strstr(text, "\"kind\":\"deadlock\""));
	assert_non_null(strstr(text, "\"unit\":\"core\",\"state\":\"waits\",\"column\":0,\"row\":2"));
	assert_non_null(strstr(text, "\"edges\":[{\"from\":0,\"to\":1,\"for\":\"lock\"}]"));
	assert_non_null(strstr(text, "\"ring\":[]"));
	assert_non_null(strstr(text, "\"causes\":[{\"node\":1,"));
	free(text);
	aie_wait_graph_destroy(graph);
	aie_wait_graph_destroy(NULL);
	/* nothing waits: an empty graph */
	rig_set_lock(rig, 0, 2, 1, 1);
	graph = hang(rig, NULL);
	assert_int_equal(graph->node_count + graph->edge_count + graph->ring_count + graph->cause_count, 0);
	aie_wait_graph_destroy(graph);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ring_of_cores),
		cmocka_unit_test(test_nobody_gives),
		cmocka_unit_test(test_no_sender),
		cmocka_unit_test(test_chain_of_channels),
		cmocka_unit_test(test_ring_of_dma_and_core),
		cmocka_unit_test(test_halted),
		cmocka_unit_test(test_packet_without_slot),
		cmocka_unit_test(test_packets_without_ring),
		cmocka_unit_test(test_wrong_packet_id),
		cmocka_unit_test(test_no_progress),
		cmocka_unit_test(test_core_not_enabled),
		cmocka_unit_test(test_halted_beside),
		cmocka_unit_test(test_shim_multiplexers),
		cmocka_unit_test(test_callback_and_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* A wait graph as JSON. */
#include <stdio.h>
#include <stdlib.h>

#include "sim/array/wait_graph.h"

const char *aie_hang_kind_name(enum aie_hang_kind kind)
{
	return kind == AIE_HANG_DEADLOCK ? "deadlock" : "no progress";
}

static void write_node(const struct aie_wait_node *node, unsigned number, struct aie_json *json)
{
	static const char *const units[AIE_WAIT_UNITS] = {
		[AIE_WAIT_CORE] = "core",
		[AIE_WAIT_CHANNEL] = "channel",
		[AIE_WAIT_LOCK] = "lock",
		[AIE_WAIT_PORT] = "port",
		[AIE_WAIT_CONTROL] = "control",
		[AIE_WAIT_TRACE] = "trace",
		[AIE_WAIT_CONTROLLER] = "controller",
	};
	static const char *const states[] = {
		[AIE_WAIT_WAITS] = "waits", [AIE_WAIT_MOVES] = "moves",   [AIE_WAIT_IDLE] = "idle",
		[AIE_WAIT_ENDED] = "ended", [AIE_WAIT_HALTED] = "halted",
	};

	aie_json_begin_object(json, NULL);
	aie_json_u64(json, "id", number);
	aie_json_string(json, "unit", units[node->unit]);
	aie_json_string(json, "state", states[node->state]);
	if (node->unit != AIE_WAIT_CONTROLLER) {
		aie_json_u64(json, "column", node->column);
		aie_json_u64(json, "row", node->row);
	}
	switch (node->unit) {
	case AIE_WAIT_CORE:
		aie_json_u64(json, "pc_low", node->pc_low);
		aie_json_u64(json, "pc_high", node->pc_high);
		break;
	case AIE_WAIT_CHANNEL:
		aie_json_string(json, "direction", node->mm2s ? "MM2S" : "S2MM");
		aie_json_u64(json, "channel", node->number);
		if (node->state != AIE_WAIT_IDLE)
			aie_json_u64(json, "descriptor", node->descriptor);
		break;
	case AIE_WAIT_LOCK:
		aie_json_u64(json, "lock", node->number);
		aie_json_u64(json, "value", node->value);
		break;
	case AIE_WAIT_PORT:
		aie_json_u64(json, "port", node->number);
		break;
	default:
		break;
	}
	aie_json_bool(json, "in_ring", node->in_ring);
	aie_json_string(json, "text", node->text);
	aie_json_end_object(json);
}

void aie_wait_graph_write(const struct aie_wait_graph *graph, struct aie_json *json, const char *key)
{
	static const char *const reasons[] = {
		[AIE_WAIT_FOR_LOCK] = "lock",       [AIE_WAIT_FOR_GIVE] = "give", [AIE_WAIT_FOR_TAKE] = "take",
		[AIE_WAIT_FOR_WORDS] = "words",     [AIE_WAIT_FOR_ROOM] = "room", [AIE_WAIT_FOR_CASCADE] = "cascade",
		[AIE_WAIT_FOR_ARBITER] = "arbiter", [AIE_WAIT_FOR_TASK] = "task",
	};

	aie_json_begin_object(json, key);
	aie_json_string(json, "kind", aie_hang_kind_name(graph->kind));
	aie_json_u64(json, "cycle", graph->cycle);
	aie_json_begin_array(json, "nodes");
	for (unsigned i = 0; i < graph->node_count; i++)
		write_node(&graph->node[i], i, json);
	aie_json_end_array(json);
	aie_json_begin_array(json, "edges");
	for (unsigned i = 0; i < graph->edge_count; i++) {
		aie_json_begin_object(json, NULL);
		aie_json_u64(json, "from", graph->edge[i].from);
		aie_json_u64(json, "to", graph->edge[i].to);
		aie_json_string(json, "for", reasons[graph->edge[i].reason]);
		aie_json_end_object(json);
	}
	aie_json_end_array(json);
	aie_json_begin_array(json, "ring");
	for (unsigned i = 0; i < graph->ring_count; i++)
		aie_json_u64(json, NULL, graph->ring[i]);
	aie_json_end_array(json);
	aie_json_begin_array(json, "causes");
	for (unsigned i = 0; i < graph->cause_count; i++) {
		aie_json_begin_object(json, NULL);
		aie_json_u64(json, "node", graph->cause[i].node);
		aie_json_bool(json, "reached", graph->cause[i].reached);
		aie_json_string(json, "text", graph->cause[i].text);
		aie_json_end_object(json);
	}
	aie_json_end_array(json);
	aie_json_end_object(json);
}

char *aie_wait_graph_text(const struct aie_wait_graph *graph)
{
	struct aie_json json;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	aie_json_init(&json, out);
	aie_wait_graph_write(graph, &json, NULL);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

/* --trace-events: which events of which tiles. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "driver/tools/tracing.h"

/* What shows the life of a kernel at small cost: its own marks, stalls, and when descriptors, tasks and ports work. */
static const char *const defaults[AIE_EVENT_MODULES] = {
	[AIE_EVENT_MODULE_CORE] = "INSTR_EVENT_0,INSTR_EVENT_1,LOCK_STALL,MEMORY_STALL,STREAM_STALL,CASCADE_STALL,"
	                          "PORT_RUNNING_0@master:DMA0,PORT_RUNNING_2@slave:DMA0",
	[AIE_EVENT_MODULE_MEM] = "DMA_S2MM_0_FINISHED_BD,DMA_S2MM_0_STALLED_LOCK,DMA_S2MM_1_FINISHED_BD,"
	                         "DMA_S2MM_1_STALLED_LOCK,DMA_MM2S_0_FINISHED_BD,DMA_MM2S_0_STALLED_LOCK,"
	                         "DMA_MM2S_1_FINISHED_BD,DMA_MM2S_1_STALLED_LOCK",
	[AIE_EVENT_MODULE_MEMTILE] = "DMA_S2MM_SEL0_FINISHED_BD,DMA_S2MM_SEL0_STALLED_LOCK,DMA_S2MM_SEL1_FINISHED_BD,"
	                             "DMA_S2MM_SEL1_STALLED_LOCK,DMA_MM2S_SEL0_FINISHED_BD,DMA_MM2S_SEL0_STALLED_LOCK,"
	                             "DMA_MM2S_SEL1_FINISHED_BD,DMA_MM2S_SEL1_STALLED_LOCK",
	[AIE_EVENT_MODULE_SHIM] = "DMA_MM2S_0_START_TASK,DMA_MM2S_0_FINISHED_TASK,DMA_MM2S_1_START_TASK,"
	                          "DMA_MM2S_1_FINISHED_TASK,DMA_S2MM_0_START_TASK,DMA_S2MM_0_FINISHED_TASK,"
	                          "DMA_S2MM_1_START_TASK,DMA_S2MM_1_FINISHED_TASK",
};

/* A piece of a longer text. */
struct piece {
	const char *text;
	size_t size;
};

/* The next piece up to one of `separators`; false at the end. */
static bool next_piece(struct piece *rest, const char *separators, struct piece *piece)
{
	if (!rest->text)
		return false;
	piece->text = rest->text;
	piece->size = 0;
	while (piece->size < rest->size && !strchr(separators, piece->text[piece->size]))
		piece->size++;
	if (piece->size == rest->size) {
		rest->text = NULL;
	} else {
		rest->text += piece->size + 1;
		rest->size -= piece->size + 1;
	}
	return true;
}

static bool equal(struct piece piece, const char *word)
{
	return strlen(word) == piece.size && !strncasecmp(piece.text, word, piece.size);
}

static int bad(struct aie_error *error, struct piece piece, const char *what)
{
	return aie_error_set(error, AIE_ERROR_INPUT, "--trace-events: '%.*s': %s",
	                     (int)(piece.size < 60 ? piece.size : 60), piece.text, what);
}

static bool number(struct piece piece, unsigned limit, unsigned *value)
{
	*value = 0;
	if (!piece.size || piece.size > 4)
		return false;
	for (size_t i = 0; i < piece.size; i++) {
		if (piece.text[i] < '0' || piece.text[i] > '9')
			return false;
		*value = 10 * *value + (unsigned)(piece.text[i] - '0');
	}
	return *value < limit;
}

/* An event by name (any case) or number of the module. */
static const struct aie_event_row *find_event(unsigned module, struct piece name)
{
	unsigned value;

	for (unsigned i = 0; i < aie_event_count(); i++)
		if (aie_event(i)->module == module && equal(name, aie_event(i)->name))
			return aie_event(i);
	return number(name, 256, &value) ? aie_event_by_number((enum aie_event_module)module, value) : NULL;
}

/* The port monitor that an event belongs to, or -1. */
static int monitor_of(const struct aie_event_row *event)
{
	const char *name = event->name;
	const size_t size = strlen(name);

	return strncmp(name, "PORT_", 5) != 0 || size < 2 || name[size - 2] != '_' ? -1 : name[size - 1] - '0';
}

static enum aie_tile_kind kind_of(unsigned module)
{
	return module == AIE_EVENT_MODULE_SHIM      ? AIE_TILE_SHIM
	       : module == AIE_EVENT_MODULE_MEMTILE ? AIE_TILE_MEMORY
	                                            : AIE_TILE_COMPUTE;
}

/* "master:DMA0", "slave:South3". */
static int parse_port(struct aie_tracing_port *port, unsigned module, struct piece text, struct aie_error *error)
{
	struct piece rest = text, side, name;
	unsigned index;

	*port = (struct aie_tracing_port){ .given = true };
	if (!next_piece(&rest, ":", &side) || (!equal(side, "master") && !equal(side, "slave")) ||
	    !next_piece(&rest, ":", &name))
		return bad(error, text, "expected master:PORT or slave:PORT, such as master:DMA0");
	port->master = equal(side, "master");
	for (unsigned bundle = 0; bundle < AIE_PORT_BUNDLES; bundle++) {
		const char *word = aie_port_bundle_name((enum aie_port_bundle)bundle);
		const struct aie_port_range range =
		        aie_switch_ports(kind_of(module), port->master, (enum aie_port_bundle)bundle);
		struct piece digits = { name.text + strlen(word), name.size - strlen(word) };

		if (name.size < strlen(word) || strncasecmp(name.text, word, strlen(word)) != 0)
			continue;
		if (!digits.size && range.count == 1)
			index = 0;
		else if (!number(digits, range.count, &index))
			continue;
		port->bundle = (uint8_t)bundle;
		port->index = (uint8_t)index;
		return 0;
	}
	return bad(error, text, "the switch has no such port");
}

/* Where ports are not named: the DMA's, as mlir-aie does; in shim tiles those that lead into the array. */
static struct aie_tracing_port usual_port(unsigned module, unsigned monitor)
{
	static const struct aie_tracing_port usual[][AIE_TRACING_PORTS] = {
		[AIE_TILE_COMPUTE] = { { true, true, AIE_BUNDLE_DMA, 0 },
		                       { true, true, AIE_BUNDLE_DMA, 1 },
		                       { true, false, AIE_BUNDLE_DMA, 0 },
		                       { true, false, AIE_BUNDLE_DMA, 1 },
		                       { true, true, AIE_BUNDLE_CORE, 0 },
		                       { true, false, AIE_BUNDLE_CORE, 0 },
		                       { true, true, AIE_BUNDLE_SOUTH, 0 },
		                       { true, false, AIE_BUNDLE_SOUTH, 0 } },
		[AIE_TILE_MEMORY] = { { true, true, AIE_BUNDLE_DMA, 0 },
		                      { true, true, AIE_BUNDLE_DMA, 1 },
		                      { true, true, AIE_BUNDLE_DMA, 2 },
		                      { true, true, AIE_BUNDLE_DMA, 3 },
		                      { true, false, AIE_BUNDLE_DMA, 0 },
		                      { true, false, AIE_BUNDLE_DMA, 1 },
		                      { true, false, AIE_BUNDLE_DMA, 2 },
		                      { true, false, AIE_BUNDLE_DMA, 3 } },
		[AIE_TILE_SHIM] = { { true, false, AIE_BUNDLE_SOUTH, 3 },
		                    { true, false, AIE_BUNDLE_SOUTH, 7 },
		                    { true, true, AIE_BUNDLE_SOUTH, 2 },
		                    { true, true, AIE_BUNDLE_SOUTH, 3 },
		                    { true, true, AIE_BUNDLE_NORTH, 0 },
		                    { true, true, AIE_BUNDLE_NORTH, 1 },
		                    { true, true, AIE_BUNDLE_NORTH, 2 },
		                    { true, true, AIE_BUNDLE_NORTH, 3 } },
	};

	return usual[kind_of(module)][monitor];
}

/* The channel selection that an event of a memory tile's DMA belongs to, or -1. */
static int selection_of(const struct aie_event_row *event)
{
	static const char *const names[AIE_TRACING_SELECTIONS] = { "DMA_S2MM_SEL0_", "DMA_S2MM_SEL1_", "DMA_MM2S_SEL0_",
		                                                   "DMA_MM2S_SEL1_" };

	for (int i = 0; i < AIE_TRACING_SELECTIONS; i++)
		if (!strncmp(event->name, names[i], strlen(names[i])))
			return i;
	return -1;
}

static int parse_channel(struct aie_tracing_module *list, int selection, struct piece text, struct piece where,
                         struct aie_error *error)
{
	unsigned channel;

	if (!number(where, AIE_MEMTILE_DMA_S2MM_START_QUEUE_COUNT, &channel))
		return bad(error, text, "expected @ and a DMA channel from 0 to 5");
	if (list->selected[selection] && list->channel[selection] != channel)
		return bad(error, text, "this selection has another DMA channel already");
	list->selected[selection] = true;
	list->channel[selection] = (uint8_t)channel;
	return 0;
}

static int parse_event(struct aie_tracing_module *list, unsigned module, struct piece text, struct aie_error *error)
{
	struct piece rest = text, name = { "", 0 }, where = { NULL, 0 };
	const struct aie_event_row *event;
	struct aie_tracing_port port;
	int monitor;

	next_piece(&rest, "@", &name);
	if (rest.text)
		where = rest;
	event = find_event(module, name);
	if (!event)
		return aie_error_set(error, AIE_ERROR_INPUT, "--trace-events: the %s module has no event '%.*s'",
		                     aie_event_module_name((enum aie_event_module)module),
		                     (int)(name.size < 60 ? name.size : 60), name.text);
	if (list->count == AIE_TRACING_SLOTS)
		return bad(error, text, "a unit records eight events, this is the ninth");
	monitor = monitor_of(event);
	if (where.text && selection_of(event) >= 0 && parse_channel(list, selection_of(event), text, where, error))
		return -1;
	if (where.text && monitor < 0 && selection_of(event) < 0)
		return bad(error, text, "only port events look at a port");
	if (monitor >= 0) {
		port = usual_port(module, (unsigned)monitor);
		if (where.text && parse_port(&port, module, where, error))
			return -1;
		if (list->port[monitor].given && where.text && memcmp(&list->port[monitor], &port, sizeof port) != 0)
			return bad(error, text, "this port monitor looks at another port already");
		if (!list->port[monitor].given || where.text)
			list->port[monitor] = port;
	}
	list->event[list->count++] = event->number;
	return 0;
}

static int parse_events(struct aie_tracing_module *list, unsigned module, struct piece text, struct aie_error *error)
{
	struct piece event;

	memset(list, 0, sizeof *list);
	list->given = true;
	list->channel[1] = list->channel[3] = 1; /* the first two channels, unless named */
	while (next_piece(&text, ",", &event))
		if (parse_event(list, module, event, error))
			return -1;
	return 0;
}

void aie_tracing_wish_default(struct aie_tracing_wish *wish)
{
	struct aie_error error = { 0 };

	memset(wish, 0, sizeof *wish);
	for (unsigned module = 0; module < AIE_EVENT_MODULES; module++)
		parse_events(&wish->module[module], module,
		             (struct piece){ defaults[module], strlen(defaults[module]) }, &error);
}

/* "0,2+1,2". */
static int parse_tiles(struct aie_tracing_wish *wish, struct piece text, struct aie_error *error)
{
	struct piece tile, coordinate;
	unsigned column, row;

	while (next_piece(&text, "+", &tile)) {
		struct piece rest = tile;

		if (!next_piece(&rest, ",", &coordinate) || !number(coordinate, AIE_TRACING_MAX_COLUMNS, &column) ||
		    !next_piece(&rest, ",", &coordinate) || !number(coordinate, AIE_ARRAY_ROWS, &row) || rest.text)
			return bad(error, tile, "expected COLUMN,ROW of a tile, several joined by +");
		if (wish->tile_count == AIE_TRACING_MAX_TILES)
			return bad(error, tile, "too many tiles");
		wish->tile[wish->tile_count].column = (uint8_t)column;
		wish->tile[wish->tile_count++].row = (uint8_t)row;
	}
	return 0;
}

static void name_module(struct aie_tracing_wish *wish)
{
	if (wish->any_module)
		return;
	wish->any_module = true;
	for (unsigned module = 0; module < AIE_EVENT_MODULES; module++)
		wish->module[module].given = false;
}

static int parse_part(struct aie_tracing_wish *wish, struct piece part, struct aie_error *error)
{
	struct piece value = part, key;

	if (equal(part, "all")) {
		wish->everything = true;
		return 0;
	}
	next_piece(&value, "=", &key);
	if (equal(key, "tiles") && value.text)
		return parse_tiles(wish, value, error);
	if (equal(key, "mode") && value.text) {
		if (!equal(value, "event-time") && !equal(value, "event-pc"))
			return bad(error, part,
			           "the modes are event-time and event-pc (execution trace is not published)");
		wish->event_pc = equal(value, "event-pc");
		return 0;
	}
	for (unsigned module = 0; module < AIE_EVENT_MODULES; module++) {
		if (!equal(key, aie_event_module_name((enum aie_event_module)module)))
			continue;
		name_module(wish);
		if (value.text)
			return parse_events(&wish->module[module], module, value, error);
		wish->module[module].given = true; /* the usual events of this module */
		return 0;
	}
	return bad(error, part, "expected core, mem, memtile or shim (=EVENT,...), tiles=, mode= or all");
}

int aie_tracing_wish_parse(struct aie_tracing_wish *wish, const char *text, struct aie_error *error)
{
	struct piece rest = { text, strlen(text) }, part;

	while (next_piece(&rest, "; ", &part))
		if (part.size && parse_part(wish, part, error))
			return -1;
	if (wish->everything && (wish->any_module || wish->event_pc || wish->tile_count))
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "--trace-events: 'all' records everything and takes no other part");
	return 0;
}

const char *aie_tracing_wish_help(void)
{
	return "  --trace FILE   configure the trace units, run, and store a capture for aie-trace\n"
	       "  --trace-events PARTS\n"
	       "                 what to record, parts separated by ';' or given one by one:\n"
	       "                   core=EVENT,...  mem=...  memtile=...  shim=...   up to eight events of a module;\n"
	       "                     a module without a list has its usual ones, modules not named are left out\n"
	       "                   PORT_RUNNING_0@master:DMA0   a port event and the port it looks at (slave: into\n"
	       "                     the switch, master: out of it); DMA_S2MM_SEL0_...@3: a memory tile's channel\n"
	       "                   tiles=0,2+1,2   these tiles only (default: all in use)\n"
	       "                   mode=event-pc   cores record program counters in place of times\n"
	       "                   all             everything, beside the trace units (model only)\n"
	       "  --trace-size N bytes of the trace buffer, K and M allowed (default: 1M)\n";
}

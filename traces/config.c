#include "traces/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Packet types by module, conventional (mlir-aie). */
static const uint8_t conventional_type[AIE_EVENT_MODULES] = {
	[AIE_EVENT_MODULE_CORE] = AIE_TRACE_CORE,
	[AIE_EVENT_MODULE_MEM] = AIE_TRACE_MEM,
	[AIE_EVENT_MODULE_SHIM] = AIE_TRACE_SHIM,
	[AIE_EVENT_MODULE_MEMTILE] = AIE_TRACE_MEMTILE,
};

static const char *const mode_names[] = { "event-time", "event-PC", "execution", "unknown" };

unsigned aie_trace_module_type(enum aie_event_module module)
{
	return conventional_type[module];
}

enum aie_event_module aie_trace_type_module(unsigned type)
{
	unsigned module = 0;

	while (module < AIE_EVENT_MODULES && conventional_type[module] != type)
		module++;
	return (enum aie_event_module)module;
}

const char *aie_trace_mode_name(enum aie_trace_mode mode)
{
	return mode_names[mode];
}

const char *aie_trace_slot_name(const struct aie_trace_unit_config *unit, unsigned slot, char text[16])
{
	const struct aie_event_row *row;

	if (unit->known && !unit->slot[slot])
		return NULL;
	row = unit->known ? aie_event_by_number(unit->module, unit->slot[slot]) : NULL;
	if (row)
		return row->name;
	if (unit->known)
		snprintf(text, 16, "event %u", unit->slot[slot]);
	else
		snprintf(text, 16, "slot %u", slot);
	return text;
}

enum aie_event_kind aie_trace_slot_kind(const struct aie_trace_unit_config *unit, unsigned slot)
{
	const struct aie_event_row *row = unit->known ? aie_event_by_number(unit->module, unit->slot[slot]) : NULL;

	return row && row->kind == AIE_EVENT_PULSE ? AIE_EVENT_PULSE : AIE_EVENT_LEVEL;
}

uint64_t aie_trace_array_hz(const struct aie_trace_config *config)
{
	for (unsigned i = 0; i < config->clock_count; i++)
		if (!strcmp(config->clock[i].name, "array"))
			return config->clock[i].hz;
	return 0;
}

int aie_trace_add_clock(struct aie_trace_config *config, const char *name, uint64_t hz, struct aie_error *error)
{
	struct aie_trace_clock *clock = NULL;

	for (unsigned i = 0; i < config->clock_count; i++)
		if (!strcmp(config->clock[i].name, name))
			clock = &config->clock[i];
	if (!clock && config->clock_count < AIE_TRACE_MAX_CLOCKS)
		clock = &config->clock[config->clock_count++];
	if (!clock)
		return aie_error_set(error, AIE_ERROR_INPUT, "more than %d clocks", AIE_TRACE_MAX_CLOCKS);
	if (strlen(name) >= sizeof clock->name || !*name)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "a clock's name has 1 to %zu characters, \"%.40s\" does not",
		                     sizeof clock->name - 1, name);
	memcpy(clock->name, name, strlen(name) + 1);
	clock->hz = hz;
	return 0;
}

/* ---- JSON ---- */

/* An event: its number, its name in the module, or null. */
static int read_event(const struct aie_json_value *value, unsigned module, uint8_t *number, struct aie_error *error)
{
	const struct aie_event_row *row = NULL;

	*number = 0;
	if (!value || value->type == AIE_JSON_NULL)
		return 0;
	if (value->type == AIE_JSON_NUMBER && value->whole && value->integer < 256) {
		row = aie_event_by_number(module, (unsigned)value->integer);
		if (!row)
			return aie_error_set(error, AIE_ERROR_INPUT, "line %u: the %s module has no event %u",
			                     value->line, aie_event_module_name(module), (unsigned)value->integer);
	} else if (value->type == AIE_JSON_STRING) {
		row = aie_event_by_name(module, value->string);
		if (!row)
			return aie_error_set(error, AIE_ERROR_INPUT, "line %u: the %s module has no event \"%.60s\"",
			                     value->line, aie_event_module_name(module), value->string);
	} else {
		return aie_error_set(error, AIE_ERROR_INPUT, "line %u: an event is a name, a number below 256 or null",
		                     value->line);
	}
	*number = row->number;
	return 0;
}

static int read_module(const struct aie_json_value *value, uint8_t *module, struct aie_error *error)
{
	const char *name = NULL;

	if (aie_json_read_string(value, "module", &name, error))
		return -1;
	if (!name)
		return aie_error_set(error, AIE_ERROR_INPUT, "line %u: \"module\" is missing", value->line);
	for (unsigned i = 0; i < AIE_EVENT_MODULES; i++) {
		if (!strcmp(aie_event_module_name(i), name)) {
			*module = (uint8_t)i;
			return 0;
		}
	}
	return aie_error_set(error, AIE_ERROR_INPUT, "line %u: there is no module \"%.40s\"", value->line, name);
}

static int read_mode(const struct aie_json_value *value, uint8_t *mode, struct aie_error *error)
{
	const char *name = mode_names[AIE_TRACE_EVENT_TIME];

	if (aie_json_read_string(value, "mode", &name, error))
		return -1;
	for (unsigned i = 0; i < AIE_TRACE_MODE_UNKNOWN; i++) {
		if (!strcmp(mode_names[i], name)) {
			*mode = (uint8_t)i;
			return 0;
		}
	}
	return aie_error_set(error, AIE_ERROR_INPUT, "line %u: there is no trace mode \"%.40s\"", value->line, name);
}

static int read_unit(struct aie_trace_unit_config *unit, const struct aie_json_value *value, struct aie_error *error)
{
	static const char *const known[] = { "column", "row",   "module", "packet_type", "packet_id",
		                             "mode",   "start", "stop",   "events",      NULL };
	uint64_t column = UINT64_MAX, row = UINT64_MAX, type, id = UINT64_MAX;
	const struct aie_json_value *event;
	unsigned slot = 0;

	memset(unit, 0, sizeof *unit);
	if (aie_json_check_members(value, known, error) || aie_json_read_u64(value, "column", 127, &column, error) ||
	    aie_json_read_u64(value, "row", 31, &row, error) || read_module(value, &unit->module, error) ||
	    read_mode(value, &unit->mode, error))
		return -1;
	type = conventional_type[unit->module];
	if (aie_json_read_u64(value, "packet_type", 7, &type, error) ||
	    aie_json_read_u64(value, "packet_id", 31, &id, error) ||
	    read_event(aie_json_find(value, "start"), unit->module, &unit->start, error) ||
	    read_event(aie_json_find(value, "stop"), unit->module, &unit->stop, error) ||
	    aie_json_read_list(value, "events", AIE_JSON_ARRAY, &event, error))
		return -1;
	if (column == UINT64_MAX || row == UINT64_MAX || id == UINT64_MAX)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "line %u: a unit needs \"column\", \"row\" and \"packet_id\"", value->line);
	for (; event; event = event->next) {
		if (slot == AIE_TRACE_SLOTS)
			return aie_error_set(error, AIE_ERROR_INPUT, "line %u: a unit has %d slots", event->line,
			                     AIE_TRACE_SLOTS);
		if (read_event(event, unit->module, &unit->slot[slot++], error))
			return -1;
	}
	unit->column = (uint8_t)column;
	unit->row = (uint8_t)row;
	unit->packet_type = (uint8_t)type;
	unit->packet_id = (uint8_t)id;
	unit->known = true;
	return 0;
}

int aie_trace_config_read(struct aie_trace_config *config, const struct aie_json_value *object, struct aie_error *error)
{
	const struct aie_json_value *value;
	uint64_t first_column = 0;

	memset(config, 0, sizeof *config);
	if (aie_json_read_u64(object, "first_column", 127, &first_column, error) ||
	    aie_json_read_list(object, "clocks", AIE_JSON_ARRAY, &value, error))
		return -1;
	config->first_column = (unsigned)first_column;
	for (; value; value = value->next) {
		static const char *const known[] = { "name", "hz", NULL };
		const char *name = "";
		uint64_t hz = 0;

		if (aie_json_check_members(value, known, error) || aie_json_read_string(value, "name", &name, error) ||
		    aie_json_read_u64(value, "hz", 1000000000000, &hz, error) ||
		    aie_trace_add_clock(config, name, hz, error))
			return -1;
	}
	if (aie_json_read_list(object, "units", AIE_JSON_ARRAY, &value, error))
		return -1;
	for (; value; value = value->next) {
		if (config->unit_count == AIE_TRACE_MAX_UNITS)
			return aie_error_set(error, AIE_ERROR_INPUT, "line %u: more than %d units", value->line,
			                     AIE_TRACE_MAX_UNITS);
		if (read_unit(&config->unit[config->unit_count], value, error))
			return -1;
		config->unit_count++;
	}
	return aie_trace_config_check(config, error);
}

int aie_trace_config_check(const struct aie_trace_config *config, struct aie_error *error)
{
	for (unsigned i = 0; i < config->unit_count; i++) {
		const struct aie_trace_unit_config *a = &config->unit[i];

		if (a->column + config->first_column > 127)
			return aie_error_set(error, AIE_ERROR_INPUT, "column %u from %u on lies beyond column 127",
			                     a->column, config->first_column);
		for (unsigned j = 0; j < i; j++) {
			const struct aie_trace_unit_config *b = &config->unit[j];

			if (a->column != b->column || a->row != b->row)
				continue;
			if (a->module == b->module)
				return aie_error_set(error, AIE_ERROR_INPUT, "tile (%u,%u): two units of the %s module",
				                     a->column, a->row, aie_event_module_name(a->module));
			if (a->packet_type == b->packet_type && a->packet_id == b->packet_id)
				return aie_error_set(
				        error, AIE_ERROR_INPUT,
				        "tile (%u,%u): units of the %s and the %s module both send packets of "
				        "type %u and id %u",
				        a->column, a->row, aie_event_module_name(b->module),
				        aie_event_module_name(a->module), a->packet_type, a->packet_id);
		}
	}
	return 0;
}

static void write_event(struct aie_json *json, const char *key, unsigned module, unsigned number)
{
	const struct aie_event_row *row = aie_event_by_number(module, number);

	if (row)
		aie_json_string(json, key, row->name);
	else
		aie_json_u64(json, key, number);
}

static void write_unit(struct aie_json *json, const struct aie_trace_unit_config *unit)
{
	aie_json_begin_object(json, NULL);
	aie_json_u64(json, "column", unit->column);
	aie_json_u64(json, "row", unit->row);
	aie_json_string(json, "module", aie_event_module_name(unit->module));
	aie_json_u64(json, "packet_type", unit->packet_type);
	aie_json_u64(json, "packet_id", unit->packet_id);
	aie_json_string(json, "mode", mode_names[unit->mode]);
	write_event(json, "start", unit->module, unit->start);
	write_event(json, "stop", unit->module, unit->stop);
	aie_json_begin_array(json, "events");
	for (unsigned i = 0; i < AIE_TRACE_SLOTS; i++)
		write_event(json, NULL, unit->module, unit->slot[i]);
	aie_json_end_array(json);
	aie_json_end_object(json);
}

void aie_trace_config_write(struct aie_json *json, const struct aie_trace_config *config)
{
	aie_json_begin_array(json, "clocks");
	for (unsigned i = 0; i < config->clock_count; i++) {
		aie_json_begin_object(json, NULL);
		aie_json_string(json, "name", config->clock[i].name);
		aie_json_u64(json, "hz", config->clock[i].hz);
		aie_json_end_object(json);
	}
	aie_json_end_array(json);
	aie_json_u64(json, "first_column", config->first_column);
	aie_json_begin_array(json, "units");
	for (unsigned i = 0; i < config->unit_count; i++)
		if (config->unit[i].known)
			write_unit(json, &config->unit[i]);
	aie_json_end_array(json);
}

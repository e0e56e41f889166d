/* What a core tells its event module: stalls, activity, the program counter, and the kinds of instructions it issues.
 */
#include <stdlib.h>
#include <string.h>

#include "sim/array/internal.h"
#include "sim/core/bind.h"

/* Events of the core fit into the first word of a set, up to INSTR_LOCK_RELEASE_REQ. */
#define BIT(event) (UINT64_C(1) << AIE_EVENT_CORE_##event)
#define LEVELS                                                                                                         \
	(BIT(MEMORY_STALL) | BIT(STREAM_STALL) | BIT(CASCADE_STALL) | BIT(LOCK_STALL) | BIT(ACTIVE) | BIT(DISABLED))
#define PC_EVENTS (BIT(PC_0) | BIT(PC_1) | BIT(PC_2) | BIT(PC_3) | BIT(PC_RANGE_0_1) | BIT(PC_RANGE_2_3))
#define INSTRUCTIONS                                                                                                   \
	(BIT(INSTR_CALL) | BIT(INSTR_RETURN) | BIT(INSTR_VECTOR) | BIT(INSTR_LOAD) | BIT(INSTR_STORE) |                \
	 BIT(INSTR_STREAM_GET) | BIT(INSTR_STREAM_PUT) | BIT(INSTR_CASCADE_GET) | BIT(INSTR_CASCADE_PUT) |             \
	 BIT(INSTR_LOCK_ACQUIRE_REQ) | BIT(INSTR_LOCK_RELEASE_REQ))

/* A bundle's instruction events, less the number of the first one; and the mark of a bundle that was looked at. */
enum { CLASS_FIRST = AIE_EVENT_CORE_INSTR_CALL, CLASS_KNOWN = 1 << 15, CLASS_SLOTS = AIE_CORE_PROGRAM_BYTES / 2 };

/* ---- instructions ------------------------------------------------------------------------------------------------ */

static uint64_t events_of_instruction(const struct aie_insn *insn)
{
	const struct aie_opcode_description *opcode = aie_isa_opcode(insn->opcode);
	const struct aie_binding *binding = aie_binding_of(insn->opcode);
	uint64_t events = 0;

	if (opcode->flags & AIE_OPCODE_NOP)
		return 0;
	if (opcode->slot == AIE_SLOT_VEC)
		events |= BIT(INSTR_VECTOR);
	if (opcode->flags & AIE_OPCODE_STORE)
		events |= BIT(INSTR_STORE);
	else if (opcode->flags & AIE_OPCODE_LOAD)
		events |= BIT(INSTR_LOAD);
	switch (binding->engine ? binding->engine->kind : AIE_ENGINE_NONE) {
	case AIE_ENGINE_JUMP:
		if (binding->engine->variant == AIE_JUMP_LINK)
			events |= BIT(INSTR_CALL);
		if (binding->engine->variant == AIE_JUMP_RETURN)
			events |= BIT(INSTR_RETURN);
		break;
	case AIE_ENGINE_ACQUIRE:
		events |= BIT(INSTR_LOCK_ACQUIRE_REQ);
		break;
	case AIE_ENGINE_RELEASE:
		events |= BIT(INSTR_LOCK_RELEASE_REQ);
		break;
	case AIE_ENGINE_STREAM_READ:
		events |= BIT(INSTR_STREAM_GET);
		break;
	case AIE_ENGINE_STREAM_WRITE:
		events |= BIT(INSTR_STREAM_PUT);
		break;
	case AIE_ENGINE_CASCADE_READ:
	case AIE_ENGINE_CASCADE_BODY:
		events |= BIT(INSTR_CASCADE_GET);
		break;
	case AIE_ENGINE_CASCADE_WRITE:
		events |= BIT(INSTR_CASCADE_PUT);
		break;
	default:
		break;
	}
	return events;
}

static uint64_t events_of_bundle(const struct aie_core *core, uint32_t pc)
{
	uint8_t bytes[AIE_BUNDLE_MAX_BYTES];
	size_t size = AIE_CORE_PROGRAM_BYTES - pc < sizeof bytes ? AIE_CORE_PROGRAM_BYTES - pc : sizeof bytes;
	struct aie_bundle bundle;
	struct aie_error ignored; /* the bundle has just been issued: it can be read and decoded */
	uint64_t events = 0;

	if (aie_core_program_read(core, pc, bytes, size, &ignored) || aie_isa_decode(bytes, size, &bundle, &ignored))
		return 0;
	for (unsigned i = 0; i < bundle.count; i++)
		events |= events_of_instruction(&bundle.insn[i]);
	return events;
}

static void raise_all(struct aie_event_unit *unit, uint64_t events)
{
	for (events &= unit->wanted.word[0]; events; events &= events - 1)
		aie_event_pulse(unit, (unsigned)__builtin_ctzll(events));
}

static void issued(void *user, uint64_t cycle, uint32_t pc)
{
	struct aie_tile *tile = user;
	struct aie_event_unit *unit = tile->event[0];
	uint64_t events;

	(void)cycle;
	if (tile->core.watched & AIE_WATCH_INSTRUCTIONS) {
		uint16_t *class = &tile->core.classes[pc / 2 % CLASS_SLOTS];

		if (!*class)
			*class = (uint16_t)(CLASS_KNOWN | events_of_bundle(tile->core.core, pc) >> CLASS_FIRST);
		events = (uint64_t)(*class & ~CLASS_KNOWN) << CLASS_FIRST;
		if (events & unit->wanted.word[0])
			raise_all(unit, events);
	}
	if (tile->core.watched & AIE_WATCH_PC)
		for (unsigned i = 0; i < AIE_CORE_PC_EVENT_COUNT; i++)
			if (tile->core.pc_event[i] == (pc | AIE_FIELD_MASK(AIE_CORE_PC_EVENT_VALID)))
				aie_event_raise(unit, AIE_EVENT_CORE_PC_0 + i);
}

void aie_event_program_changed(struct aie_tile *tile)
{
	if (tile->core.classes)
		memset(tile->core.classes, 0, CLASS_SLOTS * sizeof *tile->core.classes);
}

void aie_event_core_instruction(struct aie_tile *tile, unsigned number)
{
	static const uint8_t event[] = { AIE_EVENT_CORE_INSTR_EVENT_0, AIE_EVENT_CORE_INSTR_EVENT_1,
		                         AIE_EVENT_CORE_INSTR_WARNING, AIE_EVENT_CORE_INSTR_ERROR };

	if (number < sizeof event)
		aie_event_raise(tile->event[0], event[number]);
}

/* ---- levels ------------------------------------------------------------------------------------------------------ */

static void set_levels(struct aie_event_unit *unit, uint64_t mask, uint64_t levels)
{
	for (uint64_t changed = (unit->level.word[0] ^ levels) & mask; changed; changed &= changed - 1) {
		unsigned event = (unsigned)__builtin_ctzll(changed);

		aie_event_level(unit, event, levels >> event & 1);
	}
}

static uint64_t core_levels(struct aie_tile *tile)
{
	struct aie_event_unit *unit = tile->event[0];
	uint32_t control = tile->core.control;
	enum aie_core_status status = aie_core_status(tile->core.core);
	uint64_t levels = unit->memory_stall ? BIT(MEMORY_STALL) : 0;

	if (!AIE_FIELD_GET(control, AIE_CORE_CORE_CONTROL_ENABLE) ||
	    AIE_FIELD_GET(control, AIE_CORE_CORE_CONTROL_RESET))
		return levels | BIT(DISABLED);
	if (status == AIE_CORE_RUNNING)
		return levels | BIT(ACTIVE);
	if (status != AIE_CORE_STALLED)
		return levels;
	levels |= BIT(ACTIVE);
	switch (aie_core_stall(tile->core.core, NULL, NULL)) {
	case AIE_STALL_LOCK:
		return levels | BIT(LOCK_STALL);
	case AIE_STALL_STREAM:
		return levels | BIT(STREAM_STALL);
	case AIE_STALL_CASCADE:
		return levels | BIT(CASCADE_STALL);
	default:
		return levels;
	}
}

/* Addresses of a range event: both comparators valid and the address between them, ends included. */
static bool in_range(const uint32_t *pair, uint32_t pc)
{
	uint32_t low = AIE_FIELD_GET(pair[0], AIE_CORE_PC_EVENT_PC_ADDRESS);
	uint32_t high = AIE_FIELD_GET(pair[1], AIE_CORE_PC_EVENT_PC_ADDRESS);

	return AIE_FIELD_GET(pair[0], AIE_CORE_PC_EVENT_VALID) && AIE_FIELD_GET(pair[1], AIE_CORE_PC_EVENT_VALID) &&
	       pc >= low && pc <= high;
}

static uint64_t range_levels(const struct aie_tile *tile, uint32_t pc)
{
	uint64_t levels = 0;

	if (aie_core_status(tile->core.core) == AIE_CORE_RESET || aie_core_status(tile->core.core) == AIE_CORE_DONE)
		return 0;
	if (in_range(&tile->core.pc_event[0], pc))
		levels |= BIT(PC_RANGE_0_1);
	if (in_range(&tile->core.pc_event[2], pc))
		levels |= BIT(PC_RANGE_2_3);
	return levels;
}

void aie_event_core_stepped(struct aie_tile *tile, uint32_t pc)
{
	struct aie_event_unit *unit = tile->event[0];

	if (tile->core.watched & AIE_WATCH_PC) {
		if (unit->pc != pc) {
			aie_event_settle(unit);
			unit->pc = pc;
			aie_event_due(unit);
		}
		set_levels(unit, BIT(PC_RANGE_0_1) | BIT(PC_RANGE_2_3), range_levels(tile, pc));
	}
	if (unit->recorded)
		unit->pc = pc; /* with watched addresses it is the same */
	if (tile->core.watched & AIE_WATCH_LEVELS) {
		set_levels(unit, LEVELS, core_levels(tile));
		unit->memory_stall = aie_core_stall(tile->core.core, NULL, NULL) == AIE_STALL_MEMORY;
	}
}

void aie_event_core_control(struct aie_tile *tile)
{
	if (!tile->core.watched)
		return;
	set_levels(tile->event[0], LEVELS, core_levels(tile));
	set_levels(tile->event[0], BIT(PC_RANGE_0_1) | BIT(PC_RANGE_2_3),
	           range_levels(tile, aie_core_pc(tile->core.core)));
}

int aie_event_core_watch(struct aie_event_unit *unit, struct aie_error *error)
{
	struct aie_tile *tile = unit->tile;
	struct aie_core_side *side = &tile->core;
	uint64_t wanted = unit->wanted.word[0];
	const struct aie_core_observer observer = { .user = tile, .issued = issued };
	bool before = side->watched != 0;

	side->watched = 0;
	for (unsigned i = 0; i < AIE_CORE_PC_EVENT_COUNT; i++)
		side->pc_event[i] = aie_registers_get(tile, AIE_CORE_PC_EVENT + AIE_CORE_PC_EVENT_STRIDE * i);
	if (wanted & LEVELS)
		side->watched |= AIE_WATCH_LEVELS;
	if ((wanted & PC_EVENTS) || (unit->listening && unit->trace.mode == AIE_TRACE_MODE_PC))
		side->watched |= AIE_WATCH_PC;
	if (wanted & INSTRUCTIONS) {
		if (!side->classes)
			side->classes = calloc(CLASS_SLOTS, sizeof *side->classes);
		if (!side->classes)
			return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for instruction events");
		side->watched |= AIE_WATCH_INSTRUCTIONS;
	}
	aie_core_set_observer(side->core, side->watched & (AIE_WATCH_PC | AIE_WATCH_INSTRUCTIONS) ? &observer : NULL);
	if (side->watched && !before) {
		unit->memory_stall = false;
		unit->pc = aie_core_pc(side->core);
	}
	aie_event_core_control(tile);
	return 0;
}

/* The pipeline: one call of aie_core_step() is one clock cycle.
 *
 * A step has four phases: results land, deferred work of older bundles runs (late samples, bodies, cascade reads),
 * memory is accessed, the next bundle issues.  When an access has to wait the pipeline clock stands still and the step
 * resumes in the same phase in the next cycle, so that nothing happens twice.  A structural hazard only delays the
 * issue; results go on.
 */
#include <stdarg.h>
#include <stdio.h>

#include "isa/generated/aie2p_resources.h"
#include "sim/core/choices.h"
#include "sim/core/pipeline.h"

/* ---- faults and stalls ------------------------------------------------------------------------------------------- */

void aie_core_fail(struct aie_core *core, const struct aie_op *op, const struct aie_error *reason)
{
	struct aie_core_fault *fault = &core->fault;
	if (core->faulted)
		return;
	core->faulted = true;
	core->status = AIE_CORE_FAULT;
	memset(fault, 0, sizeof(*fault));
	fault->pc = op != NULL ? op->pc : core->pc;
	fault->error = *reason;
	if (op != NULL)
		snprintf(fault->instruction, sizeof(fault->instruction), "%s", op->arguments.description->mnemonic);
	if (fault->pc < AIE_CORE_PROGRAM_BYTES) {
		struct aie_bundle bundle;
		struct aie_error ignored;
		aie_error_clear(&ignored);
		if (aie_isa_decode(core->program + fault->pc, AIE_CORE_PROGRAM_BYTES - fault->pc, &bundle, &ignored) ==
		    0)
			aie_isa_print_bundle(&bundle, fault->bundle, sizeof(fault->bundle));
	}
}

void aie_core_failf(struct aie_core *core, const struct aie_op *op, enum aie_error_category category,
                    const char *format, ...)
{
	struct aie_error error;
	va_list arguments;
	aie_error_clear(&error);
	va_start(arguments, format);
	aie_error_setv(&error, category, format, arguments);
	va_end(arguments);
	aie_core_fail(core, op, &error);
}

enum aie_port_result aie_core_wait(struct aie_core *core, enum aie_core_stall cause, unsigned lock, int value)
{
	core->stall = cause;
	core->stall_lock = lock;
	core->stall_value = value;
	core->outside = cause == AIE_STALL_LOCK || cause == AIE_STALL_STREAM || cause == AIE_STALL_CASCADE;
	return AIE_PORT_STALL;
}

/* Account `cycles` cycles to the present stall. */
static void account_stall(struct aie_core *core, uint64_t cycles)
{
	core->status = AIE_CORE_STALLED;
	if (core->draining)
		return; /* the program has ended */
	core->counters.cycles += cycles;
	core->counters.stall[core->stall] += cycles;
	if (core->stall == AIE_STALL_LOCK)
		core->counters.lock_wait[core->stall_lock % AIE_CORE_LOCK_IDS] += cycles;
	if (core->profile != NULL)
		core->profile[core->pc / 2 % AIE_PROGRAM_SLOTS].stalled += cycles;
}

void aie_core_skip(struct aie_core *core, uint64_t cycles)
{
	if (core->status == AIE_CORE_STALLED) {
		core->clock += cycles;
		account_stall(core, cycles);
	}
}

/* ---- results ----------------------------------------------------------------------------------------------------- */

void *aie_landing_overflow(struct aie_core *core)
{
	aie_core_failf(core, NULL, AIE_ERROR_INTERNAL, "more results land in one cycle than the model has room for");
	return core->scratch[0];
}

static void scatter(struct aie_core *core, unsigned id, const uint8_t *bytes)
{
	const struct aie_register *r = aie_isa_register(id);
	for (unsigned i = 0; i < r->piece_count; i++) {
		aie_copy(core->image + r->piece[i].offset, bytes, r->piece[i].size);
		bytes += r->piece[i].size;
	}
}

static void gather(const uint8_t *image, unsigned id, uint8_t *bytes)
{
	const struct aie_register *r = aie_isa_register(id);
	for (unsigned i = 0; i < r->piece_count; i++) {
		aie_copy(bytes, image + r->piece[i].offset, r->piece[i].size);
		bytes += r->piece[i].size;
	}
}

static void observe_landings(struct aie_core *core, const struct aie_landing_slot *slot)
{
	for (uint32_t i = 0; i < slot->count; i++) {
		uint8_t value[AIE_REGISTER_MAX_BYTES];
		gather(core->image, slot->entry[i].head.id, value);
		core->observer.landed(core->observer.user, core->clock, slot->entry[i].head.id, value);
	}
}

static void land(struct aie_core *core, struct aie_landing_slot *slot)
{
	for (uint32_t i = 0; i < slot->count; i++) {
		const struct aie_landing *entry = &slot->entry[i];
		uint8_t *to = core->image + entry->head.offset;
		uint32_t word, old;
		switch ((enum aie_landing_kind)entry->head.kind) {
		case AIE_LANDING_WORD:
			memcpy(&word, entry->value, 4);
			word &= entry->head.mask;
			memcpy(to, &word, 4);
			break;
		case AIE_LANDING_LONG:
			memcpy(to, entry->value, 8);
			break;
		case AIE_LANDING_STICKY:
			memcpy(&word, entry->value, 4);
			memcpy(&old, to, 4);
			word = old | (word & entry->head.mask);
			memcpy(to, &word, 4);
			break;
		case AIE_LANDING_BLOCK:
			aie_copy(to, slot->bytes + entry->data, entry->head.size);
			break;
		case AIE_LANDING_PIECES:
			scatter(core, entry->head.id, slot->bytes + entry->data);
			break;
		}
	}
	if (aie_unlikely(core->observer.landed != NULL))
		observe_landings(core, slot);
	slot->count = 0;
	slot->used = 0;
	memset(slot->bypasses, 0, sizeof(slot->bypasses));
}

/* ---- operands ---------------------------------------------------------------------------------------------------- */

/* Put the parts of `entry` that overlap the register `id` over its value. */
static void overlay(const struct aie_landing_slot *slot, const struct aie_landing *entry, unsigned id, uint8_t *value)
{
	const struct aie_register *to = aie_isa_register(id), *from = aie_isa_register(entry->head.id);
	uint8_t word[8];
	const uint8_t *data = slot->bytes + entry->data;
	if (entry->head.kind <= AIE_LANDING_STICKY) {
		uint32_t masked;
		memcpy(word, entry->value, 8);
		if (entry->head.kind == AIE_LANDING_WORD) {
			memcpy(&masked, word, 4);
			masked &= entry->head.mask;
			memcpy(word, &masked, 4);
		}
		data = word;
	}
	unsigned to_base = 0;
	for (unsigned t = 0; t < to->piece_count; t++) {
		unsigned from_base = 0;
		for (unsigned f = 0; f < from->piece_count; f++) {
			unsigned low = to->piece[t].offset > from->piece[f].offset ? to->piece[t].offset
			                                                           : from->piece[f].offset;
			unsigned to_end = to->piece[t].offset + to->piece[t].size;
			unsigned from_end = from->piece[f].offset + from->piece[f].size;
			unsigned high = to_end < from_end ? to_end : from_end;
			if (low < high)
				memcpy(value + to_base + low - to->piece[t].offset,
				       data + from_base + low - from->piece[f].offset, high - low);
			from_base += from->piece[f].size;
		}
		to_base += to->piece[t].size;
	}
}

/* Registers of one piece overlap or not by their bytes; the rest is found out piece by piece. */
static inline bool may_overlap(const struct aie_landing *entry, const struct aie_op_input *input)
{
	if (entry->head.kind == AIE_LANDING_PIECES || input->kind == AIE_INPUT_PIECES)
		return true;
	return entry->head.offset < input->offset + input->size &&
	       input->offset < entry->head.offset + entry->head.size;
}

/* A result that lands one step later is forwarded when its producer is older and of the same bypass class. */
static void forward(const struct aie_core *core, const struct aie_op_input *input, uint32_t issue, uint8_t *value)
{
	const struct aie_landing_slot *slot = &core->landings[(core->now + 1) & AIE_RING_MASK];
	for (uint32_t i = 0; i < slot->count; i++) {
		const struct aie_landing *entry = &slot->entry[i];
		if (entry->head.bypass == input->bypass && (int32_t)(entry->head.issue - issue) < 0 &&
		    may_overlap(entry, input))
			overlay(slot, entry, input->id, value);
	}
}

static inline bool forwards(const struct aie_core *core, const struct aie_op_input *input, uint32_t issue)
{
	const struct aie_landing_slot *slot = &core->landings[(core->now + 1) & AIE_RING_MASK];
	if (input->bypass == AIE_BYPASS_NONE || slot->bypasses[input->bypass] == 0)
		return false;
	for (uint32_t i = 0; i < slot->count; i++) {
		const struct aie_landing *entry = &slot->entry[i];
		if (entry->head.bypass == input->bypass && (int32_t)(entry->head.issue - issue) < 0 &&
		    may_overlap(entry, input))
			return true;
	}
	return false;
}

static inline void sample(struct aie_core *core, const struct aie_op_input *input, uint32_t issue, void *value)
{
	if (aie_likely(input->kind == AIE_INPUT_WHOLE))
		aie_copy(value, core->image + input->offset, input->size);
	else
		gather(core->image, input->id, value);
	if (forwards(core, input, issue))
		forward(core, input, issue, value);
}

void aie_input_sample(struct aie_core *core, const struct aie_op_input *input, uint32_t issue, void *value)
{
	sample(core, input, issue, value);
}

/* ---- bodies ------------------------------------------------------------------------------------------------------ */

static bool refuse(struct aie_core *core, const struct aie_op *op)
{
	if (core->body_error.category == AIE_ERROR_NONE)
		aie_error_set(&core->body_error, AIE_ERROR_UNSUPPORTED, "refused");
	aie_core_fail(core, op, &core->body_error);
	return false;
}

static inline bool run_body(struct aie_core *core, struct aie_op *op, uint32_t issue)
{
	struct aie_body_arguments *arguments = &op->arguments;
	for (unsigned i = 0; i < op->input_count; i++) {
		const struct aie_op_input *input = &op->input[i];
		void *value;
		if (input->stage < op->final_stage) {
			value = aie_instance_of(core, op, issue)->bytes + input->save;
		} else if (input->kind == AIE_INPUT_WHOLE && !forwards(core, input, issue)) {
			value = core->image + input->offset;
		} else {
			value = core->scratch[input->argument];
			sample(core, input, issue, value);
		}
		arguments->a[input->argument] = value;
	}
	for (unsigned i = 0; i < op->output_count; i++)
		arguments->a[op->output[i].argument] = aie_landing_raw(core, &op->output[i], issue);
	if (op->data_argument != AIE_NO_ARGUMENT)
		arguments->a[op->data_argument] = aie_instance_of(core, op, issue)->bytes + op->data;
	return aie_likely(op->body(arguments) == 0) || refuse(core, op);
}

bool aie_run_body(struct aie_core *core, struct aie_op *op, uint32_t issue)
{
	return run_body(core, op, issue);
}

void aie_issue_refused(struct aie_core *core, struct aie_op *op)
{
	aie_core_failf(core, op, op->refusal_category, "%s", op->refusal);
}

void aie_issue_body(struct aie_core *core, struct aie_op *op)
{
	run_body(core, op, core->now);
}

static inline void sample_early(struct aie_core *core, struct aie_op *op, uint32_t issue, unsigned stage)
{
	for (unsigned i = 0; i < op->input_count; i++) {
		const struct aie_op_input *input = &op->input[i];
		if (input->stage == stage && stage < op->final_stage)
			sample(core, input, issue, aie_instance_of(core, op, issue)->bytes + input->save);
	}
}

void aie_issue_staged(struct aie_core *core, struct aie_op *op)
{
	sample_early(core, op, core->now, 0);
	if (op->final_stage == 0 && !run_body(core, op, core->now))
		return;
	for (unsigned i = 0; i < op->stage_count; i++)
		aie_action_add(core, op, core->now, op->stage[i]);
}

enum aie_port_result aie_action_staged(struct aie_core *core, struct aie_op *op, uint32_t issue, unsigned stage)
{
	sample_early(core, op, issue, stage);
	if (stage == op->final_stage && !op->body_at_request && !run_body(core, op, issue))
		return AIE_PORT_FAULT;
	return AIE_PORT_DONE;
}

/* ---- rings ------------------------------------------------------------------------------------------------------- */

void aie_action_add(struct aie_core *core, struct aie_op *op, uint32_t issue, unsigned stage)
{
	struct aie_action_slot *slot = &core->actions[(issue + stage) & AIE_RING_MASK];
	if (aie_unlikely(slot->count >= AIE_ACTIONS)) {
		aie_core_failf(core, op, AIE_ERROR_INTERNAL,
		               "more work waits for one cycle than the model has room for");
		return;
	}
	slot->entry[slot->count++] = (struct aie_action){ .op = op, .issue = issue, .stage = stage };
}

void aie_request_add(struct aie_core *core, struct aie_op *op, uint32_t issue, unsigned stage, bool store)
{
	struct aie_request_slot *slot = &core->requests[(issue + stage) & AIE_RING_MASK];
	if (aie_unlikely(slot->count >= AIE_REQUESTS)) {
		aie_core_failf(core, op, AIE_ERROR_INTERNAL,
		               "more accesses wait for one cycle than the model has room for");
		return;
	}
	slot->entry[slot->count++] =
	        (struct aie_request){ .op = op, .issue = issue, .stage = (uint16_t)stage, .store = store };
	slot->left++;
	if (store && (int32_t)(issue + stage - core->last_store) > 0)
		core->last_store = issue + stage;
}

bool aie_pipeline_empty(const struct aie_core *core)
{
	for (unsigned i = 0; i < AIE_RING; i++) {
		if (core->landings[i].count != 0 || core->actions[i].count != 0 || core->requests[i].count != 0 ||
		    core->releases[i].count != 0)
			return false;
	}
	return true;
}

/* ---- the phases -------------------------------------------------------------------------------------------------- */

static enum aie_port_result run_actions(struct aie_core *core)
{
	struct aie_action_slot *slot = &core->actions[core->now & AIE_RING_MASK];
	while (core->action_next < slot->count) {
		const struct aie_action *action = &slot->entry[core->action_next];
		enum aie_port_result result = action->op->action(core, action->op, action->issue, action->stage);
		if (aie_unlikely(result != AIE_PORT_DONE))
			return result;
		core->action_next++;
	}
	slot->count = 0;
	core->action_next = 0;
	return AIE_PORT_DONE;
}

/* A store must not overtake a load of its own cycle that still waits for the same bytes: stalls change time, not
 * results. */
static bool overtakes(struct aie_core *core, const struct aie_request_slot *slot, const struct aie_request *store)
{
	uint32_t from = aie_instance_of(core, store->op, store->issue)->address;
	for (uint32_t i = 0; i < slot->count; i++) {
		const struct aie_request *load = &slot->entry[i];
		if (load->finished || load->store)
			continue;
		if (load->op->kind == AIE_ENGINE_LOOKUP) /* several addresses */
			return true;
		uint32_t address = aie_instance_of(core, load->op, load->issue)->address;
		if (address < from + store->op->access_bytes && from < address + load->op->access_bytes)
			return true;
	}
	return false;
}

static enum aie_port_result run_requests(struct aie_core *core)
{
	struct aie_request_slot *slot = &core->requests[core->now & AIE_RING_MASK];
	bool waits = false;
	for (unsigned store = 0; store < 2 && slot->left != 0; store++) {
		for (uint32_t i = 0; i < slot->count; i++) {
			struct aie_request *request = &slot->entry[i];
			if (request->finished || request->store != store)
				continue;
			if (aie_unlikely(waits) && request->store && overtakes(core, slot, request))
				continue;
			enum aie_port_result result =
			        request->op->request(core, request->op, request->issue, request->stage);
			if (aie_unlikely(result == AIE_PORT_FAULT))
				return result;
			if (aie_likely(result == AIE_PORT_DONE)) {
				request->finished = true;
				slot->left--;
			} else {
				waits = true;
			}
		}
	}
	if (slot->left != 0)
		return aie_core_wait(core, AIE_STALL_MEMORY, 0, 0);
	slot->count = 0;
	return core->releases[core->now & AIE_RING_MASK].count != 0 ? aie_releases_run(core) : AIE_PORT_DONE;
}

/* The pipeline clock ticks. */
static inline void advance(struct aie_core *core)
{
	unsigned slot = core->now & AIE_RING_MASK;
	core->busy_required[slot] = 0;
	core->busy_reserved[slot] = 0;
	core->now++;
	core->phase = AIE_PHASE_LAND;
}

static enum aie_core_stall hazard_cause(uint64_t conflict)
{
	if (conflict & (1ull << AIE_RESOURCE_PART_WORD_STORE))
		return AIE_STALL_PARTWORD;
	if (conflict & (1ull << AIE_RESOURCE_LCKREQ))
		return AIE_STALL_LOCK;
	return AIE_STALL_RESOURCE;
}

/* Required use conflicts with every use of an older bundle, reserved use with required use only. */
static inline uint64_t hazards(const struct aie_core *core, const struct aie_decoded *decoded)
{
	uint64_t conflict = 0;
	for (unsigned i = 0; i < decoded->hazard_count; i++) {
		const struct aie_hazard *hazard = &decoded->hazard[i];
		unsigned slot = (core->now + hazard->offset) & AIE_RING_MASK;
		conflict |= hazard->required & (core->busy_required[slot] | core->busy_reserved[slot]);
		conflict |= hazard->reserved & core->busy_required[slot];
	}
	return conflict;
}

/* The next bundle's address: pending transfer, loop end, or simply the next one. */
static void next_pc(struct aie_core *core, uint32_t delay_left, uint32_t size)
{
	uint32_t pc = core->pc, next = pc + size;
	if (aie_unlikely(pc == aie_word_get(core, core->le))) {
		uint32_t count = aie_word_get(core, core->lc);
		if (core->delay_left != 0 && core->taken) {
			aie_core_failf(core, NULL, AIE_ERROR_UNDEFINED,
			               "the end of a zero-overhead loop lies in the delay slots of a taken transfer");
			return;
		}
		if (count != 0) {
			aie_word_put(core, core->lc, --count);
			if (core->observer.landed != NULL)
				core->observer.landed(core->observer.user, core->clock, core->lc_id, &count);
			if (count != 0)
				next = aie_word_get(core, core->ls);
		}
	}
	if (delay_left != 0) {
		core->delay_left = delay_left - 1;
		if (core->delay_left == 0 && core->taken)
			next = core->target;
	}
	core->pc = next;
}

static enum aie_core_status drain(struct aie_core *core)
{
	advance(core);
	core->status = aie_pipeline_empty(core) ? AIE_CORE_DONE : AIE_CORE_RUNNING;
	if (core->status == AIE_CORE_DONE)
		core->finished = true;
	return core->status;
}

static enum aie_core_status stall_running(struct aie_core *core, enum aie_core_stall cause,
                                          const struct aie_decoded *decoded)
{
	aie_core_wait(core, cause, cause == AIE_STALL_LOCK ? aie_lock_of(core, decoded) : 0, 0);
	core->outside = false;
	account_stall(core, 1);
	advance(core);
	return core->status;
}

/* Status flags that an instruction sets in a way that no source establishes stay unknown until a move overwrites them;
 * reading one stops the program.  So does reading core_id while nobody has said what it holds. */
static bool move_flags(struct aie_core *core, const struct aie_decoded *decoded)
{
	for (unsigned i = 0; i < decoded->op_count; i++) {
		const struct aie_op *op = &decoded->op[i];
		if ((op->flags_read & core->flags_unknown) != 0) {
			aie_core_failf(core, op, AIE_ERROR_UNSUPPORTED, "what stands in %s here is not established",
			               aie_status_flag_name(op->flags_read & core->flags_unknown));
			return false;
		}
	}
	if ((int32_t)(core->now - core->flags_settled) < 0)
		return true; /* flags on their way land after the move */
	for (unsigned i = 0; i < decoded->op_count; i++)
		core->flags_unknown &= (uint16_t)~decoded->op[i].flags_written;
	return true;
}

static enum aie_core_status issue(struct aie_core *core)
{
	if (aie_unlikely(core->draining))
		return drain(core);
	uint32_t pc = core->pc;
	if (aie_unlikely(pc >= AIE_CORE_PROGRAM_BYTES || (pc & 1) != 0)) {
		aie_core_failf(core, NULL, AIE_ERROR_FAULT, "the program counter 0x%x is %s", pc,
		               pc & 1 ? "odd" : "outside program memory");
		return core->status;
	}
	struct aie_decoded *decoded = core->cache[pc / 2];
	if (aie_unlikely(decoded == NULL)) {
		decoded = aie_core_decode(core);
		if (decoded == NULL)
			return core->status;
	}
	uint64_t conflict = hazards(core, decoded);
	if (aie_unlikely(conflict != 0))
		return stall_running(core, hazard_cause(conflict), decoded);
	if (aie_unlikely(decoded->before_count != 0)) {
		/* lock operations of one core keep their order */
		if (decoded->locks && core->releases_pending != 0)
			return stall_running(core, AIE_STALL_LOCK, decoded);
		for (unsigned i = 0; i < decoded->before_count; i++) {
			if (core->before_done & (1u << i))
				continue;
			enum aie_port_result result = decoded->before[i]->before(core, decoded->before[i]);
			if (result == AIE_PORT_STALL)
				account_stall(core, 1);
			if (result != AIE_PORT_DONE)
				return core->status;
			core->before_done |= 1u << i;
		}
		core->before_done = 0;
		core->lock_paid = 0;
	}
	for (unsigned i = 0; i < decoded->hazard_count; i++) {
		const struct aie_hazard *hazard = &decoded->hazard[i];
		unsigned slot = (core->now + hazard->offset) & AIE_RING_MASK;
		core->busy_required[slot] |= hazard->required;
		core->busy_reserved[slot] |= hazard->reserved;
	}
	if (aie_unlikely(core->observer.issued != NULL))
		core->observer.issued(core->observer.user, core->clock, pc);
	if (aie_unlikely(decoded->flags_moved) && !move_flags(core, decoded))
		return core->status;
	if (decoded->flags_unknown != 0) {
		core->flags_unknown |= decoded->flags_unknown;
		core->flags_settled = core->now + decoded->flags_cycle;
	}
	uint32_t delay_left = core->delay_left;
	for (unsigned i = 0; i < decoded->op_count; i++)
		decoded->op[i].issue(core, &decoded->op[i]);
	if (aie_unlikely(core->faulted))
		return core->status;
	core->status = AIE_CORE_RUNNING;
	core->stall = AIE_STALL_NONE;
	if (aie_unlikely(decoded->done)) {
		advance(core);
		return core->status;
	}
	core->counters.cycles++;
	core->counters.bundles++;
	if (core->profile != NULL)
		core->profile[pc / 2].issued++;
	next_pc(core, delay_left, decoded->size);
	advance(core);
	return core->status;
}

static inline enum aie_core_status step(struct aie_core *core)
{
	enum aie_port_result result;
	core->clock++;
	switch (core->phase) {
	case AIE_PHASE_LAND: {
		struct aie_landing_slot *slot = &core->landings[core->now & AIE_RING_MASK];
		if (slot->count != 0)
			land(core, slot);
		core->phase = AIE_PHASE_ACTIONS;
	}
		/* fall through */
	case AIE_PHASE_ACTIONS:
		if (core->actions[core->now & AIE_RING_MASK].count != 0) {
			result = run_actions(core);
			if (aie_unlikely(result != AIE_PORT_DONE))
				break;
		}
		core->phase = AIE_PHASE_MEMORY;
		/* fall through */
	case AIE_PHASE_MEMORY:
		if (core->requests[core->now & AIE_RING_MASK].count != 0 ||
		    core->releases[core->now & AIE_RING_MASK].count != 0) {
			result = run_requests(core);
			if (aie_unlikely(result != AIE_PORT_DONE))
				break;
		}
		core->phase = AIE_PHASE_ISSUE;
		/* fall through */
	case AIE_PHASE_ISSUE:
	default:
		return issue(core);
	}
	if (result == AIE_PORT_STALL)
		account_stall(core, 1);
	return core->status;
}

enum aie_core_status aie_core_step(struct aie_core *core)
{
	if (core->status != AIE_CORE_RUNNING && core->status != AIE_CORE_STALLED)
		return core->status;
	return step(core);
}

enum aie_core_status aie_core_run(struct aie_core *core, uint64_t cycles)
{
	while (cycles-- != 0) {
		if (core->status != AIE_CORE_RUNNING && core->status != AIE_CORE_STALLED)
			break;
		step(core);
		if (aie_unlikely(core->status == AIE_CORE_STALLED) && core->outside)
			break;
	}
	return core->status;
}

/* Life of a core: creation, reset, registers, program memory. */
#include "sim/core/core.h"

#include <stdlib.h>

#include "isa/generated/aie2p_registers.h"
#include "sim/core/pipeline.h"

const char *aie_core_stall_name(enum aie_core_stall stall)
{
	static const char *const names[AIE_STALL_COUNT] = {
		[AIE_STALL_NONE] = "none",         [AIE_STALL_LOCK] = "lock",       [AIE_STALL_MEMORY] = "memory",
		[AIE_STALL_STREAM] = "stream",     [AIE_STALL_CASCADE] = "cascade", [AIE_STALL_PARTWORD] = "partword",
		[AIE_STALL_RESOURCE] = "resource", [AIE_STALL_FETCH] = "fetch",
	};
	return (unsigned)stall < AIE_STALL_COUNT ? names[stall] : "unknown";
}

/* ---- ports that a tile may leave out ----------------------------------------------------------------------------- */

static enum aie_port_result absent(struct aie_error *error, const char *what)
{
	aie_error_set(error, AIE_ERROR_FAULT, "this core has no %s", what);
	return AIE_PORT_FAULT;
}

static enum aie_port_result no_load(void *user, uint32_t address, unsigned size, void *data, struct aie_error *error)
{
	(void)user, (void)address, (void)size, (void)data;
	return absent(error, "data memory");
}

static enum aie_port_result no_store(void *user, uint32_t address, unsigned size, const void *data,
                                     struct aie_error *error)
{
	(void)user, (void)address, (void)size, (void)data;
	return absent(error, "data memory");
}

static enum aie_port_result no_lock(void *user, unsigned id, int value, struct aie_error *error)
{
	(void)user, (void)id, (void)value;
	return absent(error, "locks");
}

static enum aie_port_result no_stream_read(void *user, uint32_t *word, bool *tlast, struct aie_error *error)
{
	(void)user, (void)word, (void)tlast;
	return absent(error, "input stream");
}

static enum aie_port_result no_stream_write(void *user, uint32_t word, bool tlast, struct aie_error *error)
{
	(void)user, (void)word, (void)tlast;
	return absent(error, "output stream");
}

static enum aie_port_result no_cascade_read(void *user, uint8_t word[64], struct aie_error *error)
{
	(void)user, (void)word;
	return absent(error, "cascade input");
}

static enum aie_port_result no_cascade_write(void *user, const uint8_t word[64], struct aie_error *error)
{
	(void)user, (void)word;
	return absent(error, "cascade output");
}

static enum aie_port_result no_register_read(void *user, uint32_t offset, uint32_t *value, struct aie_error *error)
{
	(void)user, (void)offset, (void)value;
	return absent(error, "processor bus");
}

static enum aie_port_result no_register_write(void *user, uint32_t offset, uint32_t value, struct aie_error *error)
{
	(void)user, (void)offset, (void)value;
	return absent(error, "processor bus");
}

static void complete_port(struct aie_core_port *port)
{
	if (port->load == NULL)
		port->load = no_load;
	if (port->store == NULL)
		port->store = no_store;
	if (port->lock_acquire == NULL)
		port->lock_acquire = no_lock;
	if (port->lock_release == NULL)
		port->lock_release = no_lock;
	if (port->stream_read == NULL)
		port->stream_read = no_stream_read;
	if (port->stream_write == NULL)
		port->stream_write = no_stream_write;
	if (port->cascade_read == NULL)
		port->cascade_read = no_cascade_read;
	if (port->cascade_write == NULL)
		port->cascade_write = no_cascade_write;
	if (port->register_read == NULL)
		port->register_read = no_register_read;
	if (port->register_write == NULL)
		port->register_write = no_register_write;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

/* Register values after reset where they are not zero (documented: reset values of CR1, CR2, CR3 and LE). */
static const struct {
	uint16_t id;
	uint32_t value;
} reset_values[] = {
	{ AIE_REG_LE, 0xFFFFF },
	{ AIE_REG_SRSSIGN1, 1 },
	{ AIE_REG_UPSSIGN1, 1 },
	{ AIE_REG_PACKSIGN1, 1 },
	{ AIE_REG_UNPACKSIGN1, 1 },
	{ AIE_REG_VADDSIGN1, 1 },
	{ AIE_REG_CRSCDEN, 1 },
	{ AIE_REG_CRMCDEN, 1 },
	{ AIE_REG_CRFPMASK, 0x1F },
	{ AIE_REG_CRF2IMASK, 0x1D },
	{ AIE_REG_CRF2FMASK, 0x1F },
	{ AIE_REG_CRF2BMASK, 1 },
	{ AIE_REG_CRFPNLFMASK, 0xFF },
	{ AIE_REG_CRFPCNVFX2FLMASK, 0x21 },
	{ AIE_REG_CRFPCNVFL2FXMASK, 0x65 },
};

static uint16_t image_offset(unsigned id)
{
	return aie_isa_register(id)->piece[0].offset;
}

struct aie_core *aie_core_create(const struct aie_core_port *port, struct aie_error *error)
{
	size_t image = (aie_isa_register_image_size() + 127) & ~(size_t)63;
	struct aie_core *core = aligned_alloc(64, (sizeof(*core) + 63) & ~(size_t)63);
	if (core != NULL) {
		memset(core, 0, sizeof(*core));
		core->image = aligned_alloc(64, image);
	}
	if (core == NULL || core->image == NULL) {
		free(core);
		aie_error_set(error, AIE_ERROR_MEMORY, "no memory for a core");
		return NULL;
	}
	memset(core->image, 0, image);
	core->port = *port;
	complete_port(&core->port);
	core->le = image_offset(AIE_REG_LE);
	core->ls = image_offset(AIE_REG_LS);
	core->lc = image_offset(AIE_REG_LC);
	core->lc_id = AIE_REG_LC;
	core->flags_unknown = aie_status_flag(AIE_REG_CORE_ID);
	aie_core_reset(core);
	return core;
}

void aie_core_destroy(struct aie_core *core)
{
	if (core == NULL)
		return;
	aie_core_decode_free(core);
	free(core->profile);
	free(core->image);
	free(core);
}

static void empty_pipeline(struct aie_core *core)
{
	memset(core->busy_required, 0, sizeof(core->busy_required));
	memset(core->busy_reserved, 0, sizeof(core->busy_reserved));
	for (unsigned i = 0; i < AIE_RING; i++) {
		core->landings[i].count = core->landings[i].used = 0;
		memset(core->landings[i].bypasses, 0, sizeof(core->landings[i].bypasses));
		core->actions[i].count = 0;
		core->requests[i].count = core->requests[i].left = 0;
		core->releases[i].count = 0;
	}
}

void aie_core_reset(struct aie_core *core)
{
	uint32_t identity = aie_word_get(core, image_offset(AIE_REG_CORE_ID)); /* wired, not stored */
	empty_pipeline(core);
	memset(core->image, 0, aie_isa_register_image_size());
	aie_word_put(core, image_offset(AIE_REG_CORE_ID), identity);
	for (size_t i = 0; i < sizeof(reset_values) / sizeof(reset_values[0]); i++)
		aie_word_put(core, image_offset(reset_values[i].id), reset_values[i].value);
	core->now = 0;
	core->pc = 0;
	core->phase = AIE_PHASE_LAND;
	core->action_next = core->before_done = core->lock_paid = core->delay_left = 0;
	core->taken = core->draining = core->finished = core->faulted = core->outside = false;
	core->last_store = core->now - 1;
	core->releases_pending = 0;
	core->flags_unknown &= aie_status_flag(AIE_REG_CORE_ID);
	core->flags_settled = 0;
	core->clock = core->clock_at_zero = 0;
	core->stall = AIE_STALL_NONE;
	memset(&core->fault, 0, sizeof(core->fault));
	core->status = core->enabled ? AIE_CORE_RUNNING : AIE_CORE_RESET;
}

void aie_core_set_enable(struct aie_core *core, bool enable)
{
	core->enabled = enable;
	if (core->faulted)
		core->status = AIE_CORE_FAULT;
	else if (core->finished)
		core->status = AIE_CORE_DONE;
	else if (!enable)
		core->status = AIE_CORE_RESET;
	else if (core->status == AIE_CORE_RESET)
		core->status = AIE_CORE_RUNNING;
}

void aie_core_set_pc(struct aie_core *core, uint32_t pc)
{
	core->pc = pc;
	core->delay_left = 0;
}

uint32_t aie_core_pc(const struct aie_core *core)
{
	return core->pc;
}

enum aie_core_status aie_core_status(const struct aie_core *core)
{
	return core->status;
}

enum aie_core_stall aie_core_stall(const struct aie_core *core, unsigned *detail, int *value)
{
	if (detail != NULL)
		*detail = core->stall_lock;
	if (value != NULL)
		*value = core->stall_value;
	return core->status == AIE_CORE_STALLED ? core->stall : AIE_STALL_NONE;
}

const struct aie_core_counters *aie_core_counters(const struct aie_core *core)
{
	return &core->counters;
}

void aie_core_clear_counters(struct aie_core *core)
{
	memset(&core->counters, 0, sizeof(core->counters));
}

const struct aie_core_fault *aie_core_fault(const struct aie_core *core)
{
	return &core->fault;
}

void aie_core_set_observer(struct aie_core *core, const struct aie_core_observer *observer)
{
	static const struct aie_core_observer none;
	core->observer = observer == NULL ? none : *observer;
}

/* ---- program memory ---------------------------------------------------------------------------------------------- */

static int check_range(uint32_t offset, size_t size, struct aie_error *error)
{
	if (offset <= AIE_CORE_PROGRAM_BYTES && size <= AIE_CORE_PROGRAM_BYTES - offset)
		return 0;
	return aie_error_set(error, AIE_ERROR_INPUT, "%zu bytes at 0x%x do not lie in the %u bytes of program memory",
	                     size, offset, (unsigned)AIE_CORE_PROGRAM_BYTES);
}

int aie_core_program_write(struct aie_core *core, uint32_t offset, const void *data, size_t size,
                           struct aie_error *error)
{
	if (check_range(offset, size, error) != 0)
		return -1;
	if (size == 0)
		return 0;
	memcpy(core->program + offset, data, size);
	aie_core_decode_forget(core, offset, offset + (uint32_t)size);
	return 0;
}

int aie_core_program_read(const struct aie_core *core, uint32_t offset, void *data, size_t size,
                          struct aie_error *error)
{
	if (check_range(offset, size, error) != 0)
		return -1;
	if (size != 0)
		memcpy(data, core->program + offset, size);
	return 0;
}

/* ---- registers --------------------------------------------------------------------------------------------------- */

/* Architectural width of a piece of a composite register: that of the register that is exactly this piece. */
static unsigned piece_bits(const struct aie_register_piece *piece)
{
	if (piece->size != 4)
		return piece->size * 8u;
	for (unsigned id = 0; id < aie_isa_register_count(); id++) {
		const struct aie_register *r = aie_isa_register(id);
		if (r->piece_count == 1 && r->piece[0].offset == piece->offset && r->piece[0].size == piece->size)
			return r->bits;
	}
	return 32;
}

/* Copy `bits` bits between bit positions of two byte blocks. */
static void copy_bits(uint8_t *to, unsigned to_bit, const uint8_t *from, unsigned from_bit, unsigned bits)
{
	for (; bits != 0; bits--, to_bit++, from_bit++) {
		unsigned bit = from[from_bit / 8] >> from_bit % 8 & 1;
		to[to_bit / 8] = (uint8_t)((to[to_bit / 8] & ~(1u << to_bit % 8)) | bit << to_bit % 8);
	}
}

/* The block has no gaps: the 20-bit fields of a d register follow each other. */
static bool has_gaps(const struct aie_register *r)
{
	unsigned size = 0;
	for (unsigned i = 0; i < r->piece_count; i++)
		size += r->piece[i].size;
	return r->piece_count > 1 && size != (r->bits + 7u) / 8u;
}

void aie_core_register_read(const struct aie_core *core, unsigned id, void *data)
{
	const struct aie_register *r = aie_isa_register(id);
	uint8_t *to = data;
	if (id == AIE_REG_TILE_CNTR) {
		uint64_t count = aie_cycle_counter(core);
		memcpy(to, &count, sizeof(count));
		return;
	}
	if (r->piece_count == 1) {
		memcpy(to, core->image + r->piece[0].offset, (r->bits + 7u) / 8u);
		return;
	}
	bool gaps = has_gaps(r);
	unsigned bit = 0;
	memset(to, 0, (r->bits + 7u) / 8u);
	for (unsigned i = 0; i < r->piece_count; i++) {
		unsigned bits = gaps ? piece_bits(&r->piece[i]) : r->piece[i].size * 8u;
		if (gaps)
			copy_bits(to, bit, core->image + r->piece[i].offset, 0, bits);
		else
			memcpy(to + bit / 8, core->image + r->piece[i].offset, r->piece[i].size);
		bit += bits;
	}
}

bool aie_core_register_known(const struct aie_core *core, unsigned id)
{
	return (core->flags_unknown & aie_status_flag(id)) == 0;
}

void aie_core_register_write(struct aie_core *core, unsigned id, const void *data)
{
	const struct aie_register *r = aie_isa_register(id);
	const uint8_t *from = data;
	core->flags_unknown &= (uint16_t)~aie_status_flag(id);
	if (id == AIE_REG_TILE_CNTR) {
		memcpy(&core->clock_at_zero, from, sizeof(core->clock_at_zero));
		core->clock_at_zero = core->clock - core->clock_at_zero;
		return;
	}
	if (r->piece_count == 1) {
		memcpy(core->image + r->piece[0].offset, from, (r->bits + 7u) / 8u);
		if (r->piece[0].size == 4)
			aie_word_put(core, r->piece[0].offset,
			             aie_word_get(core, r->piece[0].offset) & aie_register_mask(id));
		return;
	}
	bool gaps = has_gaps(r);
	unsigned bit = 0;
	for (unsigned i = 0; i < r->piece_count; i++) {
		unsigned bits = gaps ? piece_bits(&r->piece[i]) : r->piece[i].size * 8u;
		if (gaps)
			copy_bits(core->image + r->piece[i].offset, 0, from, bit, bits);
		else
			memcpy(core->image + r->piece[i].offset, from + bit / 8, r->piece[i].size);
		bit += bits;
	}
}

/* ---- profile ----------------------------------------------------------------------------------------------------- */

int aie_core_set_profile(struct aie_core *core, bool on, struct aie_error *error)
{
	free(core->profile);
	core->profile = NULL;
	if (!on)
		return 0;
	core->profile = calloc(AIE_PROGRAM_SLOTS, sizeof(*core->profile));
	return core->profile != NULL ? 0 : aie_error_set(error, AIE_ERROR_MEMORY, "no memory for a profile");
}

const struct aie_core_profile *aie_core_profile(const struct aie_core *core)
{
	return core->profile;
}

/* aie-core: run the program of one core alone.
 *
 * The core sits in a compute tile whose own data memory is at 0x70000; the windows of its three neighbours (0x40000,
 * 0x50000, 0x60000) hold memory too, so that a program can be tried without neighbours.  Its memory has the banks of
 * the tile: one access a bank and cycle, the loser waits a cycle.  Locks start at 0 (or as --lock says) and nobody else
 * touches them; streams and cascade have no other end.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/image/core_elf.h"
#include "isa/backtrace.h"
#include "isa/file.h"
#include "isa/json.h"
#include "sim/core/core.h"
#include "sim/core/tools/fidelity.h"

enum {
	MEMORY_BASE = 0x40000,
	MEMORY_BYTES = 0x40000,
	WINDOW_BYTES = 0x10000,
	INPUT_LIMIT = 256 << 20, /* far above any core ELF, even with debug data */
	MAX_DUMPS = 64,
	EXIT_INPUT = 2,
	EXIT_FAULT = 3,
};
static const uint64_t DEFAULT_MAX_CYCLES = 100000000;

struct dump {
	uint32_t address, length;
};

struct machine {
	uint8_t memory[MEMORY_BYTES];
	uint8_t banks[MEMORY_BYTES / WINDOW_BYTES]; /* physical banks used in this cycle, by window */
	int lock[AIE_CORE_LOCK_IDS];
	bool blocked; /* something outside was asked and said no: alone, it always will */
	struct aie_core *core;
	FILE *trace;
};

struct options {
	const char *file;
	bool json, regs, trace, fidelity;
	uint64_t max_cycles;
	struct dump dump[MAX_DUMPS];
	unsigned dump_count;
};

static struct machine machine;

/* ---- the tile ---------------------------------------------------------------------------------------------------- */

/* Eight banks of 8 KiB in pairs that interleave at 32 bytes; a 64-byte access takes both of its pair (documented
 * AM027). */
static uint8_t banks_of(uint32_t address, unsigned size)
{
	unsigned pair = address >> 14 & 3;
	return (uint8_t)(size > 32 ? 3u << 2 * pair : 1u << (2 * pair + (address >> 5 & 1)));
}

static enum aie_port_result reach(uint32_t address, unsigned size, uint8_t **bytes, struct aie_error *error)
{
	if (address < MEMORY_BASE || address - MEMORY_BASE > MEMORY_BYTES - size) {
		aie_error_set(error, AIE_ERROR_FAULT, "0x%05x is outside the data memory windows 0x40000..0x7ffff",
		              address);
		return AIE_PORT_FAULT;
	}
	uint8_t *used = &machine.banks[(address - MEMORY_BASE) / WINDOW_BYTES], wanted = banks_of(address, size);
	if (*used & wanted)
		return AIE_PORT_STALL;
	*used |= wanted;
	*bytes = machine.memory + (address - MEMORY_BASE);
	return AIE_PORT_DONE;
}

static enum aie_port_result load(void *user, uint32_t address, unsigned size, void *data, struct aie_error *error)
{
	uint8_t *bytes;
	(void)user;
	enum aie_port_result result = reach(address, size, &bytes, error);
	if (result == AIE_PORT_DONE)
		memcpy(data, bytes, size);
	return result;
}

static enum aie_port_result store(void *user, uint32_t address, unsigned size, const void *data,
                                  struct aie_error *error)
{
	uint8_t *bytes;
	(void)user;
	enum aie_port_result result = reach(address, size, &bytes, error);
	if (result == AIE_PORT_DONE)
		memcpy(bytes, data, size);
	return result;
}

static enum aie_port_result lock_acquire(void *user, unsigned id, int value, struct aie_error *error)
{
	int *lock = &machine.lock[id];
	(void)user;
	(void)error;
	if (value < 0 ? *lock < -value : *lock != value) {
		machine.blocked = true;
		return AIE_PORT_STALL;
	}
	*lock = value < 0 ? *lock + value : 0;
	return AIE_PORT_DONE;
}

static enum aie_port_result lock_release(void *user, unsigned id, int value, struct aie_error *error)
{
	int sum = machine.lock[id] + value;
	(void)user;
	if (sum < 0 || sum > 63) {
		aie_error_set(error, AIE_ERROR_FAULT, "release by %d takes lock %u from %d beyond 0..63", value, id,
		              machine.lock[id]);
		return AIE_PORT_FAULT;
	}
	machine.lock[id] = sum;
	return AIE_PORT_DONE;
}

static enum aie_port_result wait_forever(void)
{
	machine.blocked = true;
	return AIE_PORT_STALL;
}

static enum aie_port_result stream_read(void *user, uint32_t *word, bool *tlast, struct aie_error *error)
{
	(void)user, (void)word, (void)tlast, (void)error;
	return wait_forever();
}

static enum aie_port_result stream_write(void *user, uint32_t word, bool tlast, struct aie_error *error)
{
	(void)user, (void)word, (void)tlast, (void)error;
	return wait_forever();
}

static enum aie_port_result cascade_read(void *user, uint8_t word[64], struct aie_error *error)
{
	(void)user, (void)word, (void)error;
	return wait_forever();
}

static enum aie_port_result cascade_write(void *user, const uint8_t word[64], struct aie_error *error)
{
	(void)user, (void)word, (void)error;
	return wait_forever();
}

/* ---- input ------------------------------------------------------------------------------------------------------- */

/* Whatever is wrong with arguments and files is bad input, code of another generation too. */
static int complain(const struct aie_error *error)
{
	fprintf(stderr, "aie-core: %s\n", error->text);
	return error->category == AIE_ERROR_UNSUPPORTED ? EXIT_INPUT : aie_error_exit_status(error);
}

static int load_elf(const char *name, struct aie_error *error)
{
	struct aie_core_elf elf = { 0 };
	size_t size = 0;
	uint8_t *bytes;
	if (aie_file_read(name, INPUT_LIMIT, &bytes, &size, error))
		return -1;
	if (aie_core_elf_open(&elf, bytes, size, false, error) != 0) {
		free(bytes);
		return aie_error_prefix(error, "%s", name);
	}
	int status = 0;
	for (uint32_t i = 0; i < elf.piece_count && status == 0; i++) {
		const struct aie_core_elf_piece *piece = &elf.piece[i];
		uint8_t *filled = NULL;
		const uint8_t *from = piece->data;
		if (from == NULL) {
			filled = malloc(piece->size + 1u);
			if (filled == NULL) {
				status = aie_error_set(error, AIE_ERROR_MEMORY, "%s: no memory", name);
				break;
			}
			for (uint32_t b = 0; b < piece->size; b++)
				filled[b] = (uint8_t)(piece->fill >> 8 * (b % 4));
			from = filled;
		}
		if (piece->window == AIE_WINDOW_PROGRAM)
			status = aie_core_program_write(machine.core, piece->offset, from, piece->size, error);
		else
			memcpy(machine.memory + (size_t)(piece->window - AIE_WINDOW_SOUTH) * WINDOW_BYTES +
			               piece->offset,
			       from, piece->size);
		free(filled);
	}
	if (status == 0)
		aie_core_set_pc(machine.core, elf.entry);
	aie_core_elf_close(&elf);
	free(bytes);
	return status == 0 ? 0 : aie_error_prefix(error, "%s", name);
}

static bool parse_number(const char *text, const char *end, uint64_t *number)
{
	char copy[32], *stop;
	size_t length = (size_t)(end - text);
	if (length == 0 || length >= sizeof(copy) || text[0] == '-' || text[0] == '+' || text[0] == ' ')
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	errno = 0;
	*number = strtoull(copy, &stop, 0);
	return *stop == '\0' && errno == 0;
}

/* Names that only group or declare something, without a value of their own. */
static bool has_value(const struct aie_register *r)
{
	return strcmp(r->name, "pe2_ads") != 0;
}

static int set_register(const char *text, struct aie_error *error)
{
	const char *equals = strchr(text, '=');
	char name[32];
	uint8_t value[AIE_REGISTER_MAX_BYTES] = { 0 };
	if (equals == NULL || (size_t)(equals - text) >= sizeof(name))
		return aie_error_set(error, AIE_ERROR_INPUT, "--set %s: REG=HEX is wanted", text);
	memcpy(name, text, (size_t)(equals - text));
	name[equals - text] = '\0';
	unsigned id = aie_isa_register_find(name);
	if (id == AIE_REGISTER_NONE)
		return aie_error_set(error, AIE_ERROR_INPUT, "--set %s: there is no register '%s'", text, name);
	if (!has_value(aie_isa_register(id)))
		return aie_error_set(error, AIE_ERROR_INPUT, "--set %s: '%s' holds no value that could be set", text,
		                     name);
	const char *digits = equals + 1;
	if (digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X'))
		digits += 2;
	size_t count = strlen(digits), bits = aie_isa_register(id)->bits;
	if (count == 0 || strspn(digits, "0123456789abcdefABCDEF") != count)
		return aie_error_set(error, AIE_ERROR_INPUT, "--set %s: the value is not hexadecimal", text);
	for (size_t i = 0; i < count; i++) {
		char c = digits[count - 1 - i];
		unsigned digit = c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a' + 10);
		for (unsigned b = 0; b < 4; b++) {
			if ((digit >> b & 1) == 0)
				continue;
			if (i * 4 + b >= bits)
				return aie_error_set(error, AIE_ERROR_INPUT, "--set %s: %s has %zu bits", text, name,
				                     bits);
			value[(i * 4 + b) / 8] |= (uint8_t)(1u << (i * 4 + b) % 8);
		}
	}
	aie_core_register_write(machine.core, id, value);
	return 0;
}

static int load_memory(const char *text, struct aie_error *error)
{
	const char *equals = strchr(text, '=');
	uint64_t address;
	size_t size = 0;
	if (equals == NULL || !parse_number(text, equals, &address))
		return aie_error_set(error, AIE_ERROR_INPUT, "--load %s: ADDR=FILE is wanted", text);
	uint8_t *bytes;
	if (aie_file_read(equals + 1, INPUT_LIMIT, &bytes, &size, error))
		return -1;
	int status = 0;
	if (address < MEMORY_BASE || address > MEMORY_BASE + MEMORY_BYTES ||
	    size > MEMORY_BASE + MEMORY_BYTES - address)
		status = aie_error_set(error, AIE_ERROR_INPUT,
		                       "--load %s: %zu bytes do not fit into the data memory 0x40000..0x7ffff", text,
		                       size);
	else
		memcpy(machine.memory + (address - MEMORY_BASE), bytes, size);
	free(bytes);
	return status;
}

static int add_dump(struct options *options, const char *text, struct aie_error *error)
{
	const char *colon = strchr(text, ':');
	uint64_t address, length;
	if (colon == NULL || !parse_number(text, colon, &address) ||
	    !parse_number(colon + 1, text + strlen(text), &length))
		return aie_error_set(error, AIE_ERROR_INPUT, "--dump %s: ADDR:LEN is wanted", text);
	if (address < MEMORY_BASE || address > MEMORY_BASE + MEMORY_BYTES ||
	    length > MEMORY_BASE + MEMORY_BYTES - address)
		return aie_error_set(error, AIE_ERROR_INPUT, "--dump %s: not inside the data memory 0x40000..0x7ffff",
		                     text);
	for (unsigned i = 0; i < options->dump_count; i++) {
		struct dump *dump = &options->dump[i];
		if (dump->address == address) { /* one member of "mem" an address */
			dump->length = dump->length < length ? (uint32_t)length : dump->length;
			return 0;
		}
	}
	if (options->dump_count >= MAX_DUMPS)
		return aie_error_set(error, AIE_ERROR_INPUT, "--dump: at most %d ranges", MAX_DUMPS);
	options->dump[options->dump_count++] = (struct dump){ (uint32_t)address, (uint32_t)length };
	return 0;
}

static int set_lock(const char *text, struct aie_error *error)
{
	const char *equals = strchr(text, '=');
	uint64_t id, value;
	if (equals == NULL || !parse_number(text, equals, &id) ||
	    !parse_number(equals + 1, text + strlen(text), &value) || id >= AIE_CORE_LOCK_IDS || value > 63)
		return aie_error_set(error, AIE_ERROR_INPUT, "--lock %s: ID=VALUE is wanted, both 0..63", text);
	machine.lock[id] = (int)value;
	return 0;
}

static const char usage[] =
        "usage: aie-core FILE.elf [--set REG=HEX] [--load ADDR=FILE] [--lock ID=VALUE] [--regs] [--dump ADDR:LEN]\n"
        "                [--max-cycles N] [--trace] [--json]\n"
        "       aie-core --fidelity [--json]\n"
        "Runs the program of one AIE2P core until `done`. --set, --load, --lock and --dump may repeat.\n"
        "  --set REG=HEX      register before the start\n"
        "  --load ADDR=FILE   bytes of a file into data memory, 0x40000..0x7ffff (own memory from 0x70000)\n"
        "  --lock ID=VALUE    lock before the start; ids as the core counts them: 0 south, 16 west, 32 north, 48 own\n"
        "  --regs             every register at the end (with --json always)\n"
        "  --dump ADDR:LEN    data memory at the end\n"
        "  --max-cycles N     give up then (default 100000000)\n"
        "  --trace            cycle, address, bundle and each register write as it lands (with --json on stderr)\n"
        "  --json             one object on standard output\n"
        "  --fidelity         each instruction: executed or refused, tested, where its rule comes from\n"
        "Exit status: 0 done, 2 bad input, 3 fault, cycle limit or deadlock.\n";

/* Arguments that change the machine are applied after the ELF is loaded: they win over it. */
static int apply(int argc, char **argv, struct options *options, bool first, struct aie_error *error)
{
	for (int i = 1; i < argc; i++) {
		const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;
		bool takes = strcmp(name, "--set") == 0 || strcmp(name, "--load") == 0 || strcmp(name, "--dump") == 0 ||
		             strcmp(name, "--lock") == 0 || strcmp(name, "--max-cycles") == 0;
		if (takes && value == NULL)
			return aie_error_set(error, AIE_ERROR_INPUT, "%s needs a value", name);
		i += takes;
		int status = 0;
		if (takes && first && strcmp(name, "--dump") == 0)
			status = add_dump(options, value, error);
		else if (takes && first && strcmp(name, "--max-cycles") == 0)
			status =
			        parse_number(value, value + strlen(value), &options->max_cycles)
			                ? 0
			                : aie_error_set(error, AIE_ERROR_INPUT, "--max-cycles %s: not a number", value);
		else if (takes && !first && strcmp(name, "--set") == 0)
			status = set_register(value, error);
		else if (takes && !first && strcmp(name, "--load") == 0)
			status = load_memory(value, error);
		else if (takes && !first && strcmp(name, "--lock") == 0)
			status = set_lock(value, error);
		else if (strcmp(name, "--json") == 0)
			options->json = true;
		else if (strcmp(name, "--regs") == 0)
			options->regs = true;
		else if (strcmp(name, "--trace") == 0)
			options->trace = true;
		else if (strcmp(name, "--fidelity") == 0)
			options->fidelity = true;
		else if (!takes && name[0] == '-' && name[1] != '\0')
			return aie_error_set(error, AIE_ERROR_INPUT, "unknown option %s", name);
		else if (!takes && first && options->file != NULL)
			return aie_error_set(error, AIE_ERROR_INPUT, "one ELF file only, not '%s' too", name);
		else if (!takes)
			options->file = name;
		if (status != 0)
			return -1;
	}
	if (first && !options->fidelity && options->file == NULL)
		return aie_error_set(error, AIE_ERROR_INPUT, "no ELF file (try --help)");
	return 0;
}

/* ---- output ------------------------------------------------------------------------------------------------------ */

static void register_name(const struct aie_register *r, char name[32])
{
	size_t i = 0;
	for (; r->name[i] != '\0' && i < 31; i++)
		name[i] = (char)(r->name[i] >= 'A' && r->name[i] <= 'Z' ? r->name[i] + ('a' - 'A') : r->name[i]);
	name[i] = '\0';
}

static void hex_of_value(const uint8_t *value, unsigned bits, char *text)
{
	unsigned digits = (bits + 3) / 4;
	for (unsigned i = 0; i < digits; i++) {
		unsigned nibble = digits - 1 - i;
		text[i] = "0123456789abcdef"[value[nibble / 2] >> 4 * (nibble % 2) & 15];
	}
	text[digits] = '\0';
}

/* Digits that show a register: its declared width.  The four shift registers are declared with 32 bits and have six. */
static unsigned shown_bits(const struct aie_register *r)
{
	return r->bits < 20 ? 32 : r->bits;
}

static void hex_of_register(unsigned id, char text[2 * AIE_REGISTER_MAX_BYTES + 1])
{
	uint8_t value[AIE_REGISTER_MAX_BYTES] = { 0 };
	aie_core_register_read(machine.core, id, value);
	hex_of_value(value, shown_bits(aie_isa_register(id)), text);
}

static char *hex_of_memory(const struct dump *dump)
{
	char *text = malloc((size_t)dump->length * 2 + 1);
	if (text == NULL)
		return NULL;
	for (uint32_t i = 0; i < dump->length; i++)
		snprintf(text + 2 * (size_t)i, 3, "%02x", machine.memory[dump->address - MEMORY_BASE + i]);
	text[(size_t)dump->length * 2] = '\0';
	return text;
}

static void observe_issue(void *user, uint64_t cycle, uint32_t pc)
{
	uint8_t bytes[AIE_BUNDLE_MAX_BYTES] = { 0 };
	struct aie_bundle bundle;
	struct aie_error error;
	char text[512] = "?";
	size_t available = AIE_CORE_PROGRAM_BYTES - pc < sizeof(bytes) ? AIE_CORE_PROGRAM_BYTES - pc : sizeof(bytes);
	(void)user;
	aie_error_clear(&error);
	if (aie_core_program_read(machine.core, pc, bytes, available, &error) == 0 &&
	    aie_isa_decode(bytes, available, &bundle, &error) == 0)
		aie_isa_print_bundle(&bundle, text, sizeof(text));
	fprintf(machine.trace, "%8" PRIu64 " %04x  %s\n", cycle, pc, text);
}

static void observe_landing(void *user, uint64_t cycle, unsigned id, const void *value)
{
	const struct aie_register *r = aie_isa_register(id);
	char name[32], text[2 * AIE_REGISTER_MAX_BYTES + 1];
	uint8_t bytes[AIE_REGISTER_MAX_BYTES] = { 0 };
	(void)user;
	register_name(r, name);
	memcpy(bytes, value, (r->bits + 7u) / 8u);
	hex_of_value(bytes, shown_bits(r), text);
	fprintf(machine.trace, "%8" PRIu64 "       %s = %s\n", cycle, name, text);
}

static void print_stall_reason(FILE *out, enum aie_core_stall stall, unsigned detail, int value)
{
	if (stall == AIE_STALL_LOCK)
		fprintf(out, "lock %u with value %d", detail, value);
	else
		fprintf(out, "%s", aie_core_stall_name(stall));
}

static void print_text(const struct options *options, const char *status, enum aie_core_stall stall, unsigned detail,
                       int value)
{
	const struct aie_core_counters *counters = aie_core_counters(machine.core);
	const struct aie_core_fault *fault = aie_core_fault(machine.core);
	printf("status: %s\ncycles: %" PRIu64 "\nbundles: %" PRIu64 "\nstalls:", status, counters->cycles,
	       counters->bundles);
	for (unsigned i = AIE_STALL_LOCK; i < AIE_STALL_COUNT; i++)
		printf(" %s %" PRIu64, aie_core_stall_name((enum aie_core_stall)i), counters->stall[i]);
	putchar('\n');
	if (strcmp(status, "fault") == 0) {
		printf("fault: pc 0x%x, %s: %s\n", fault->pc,
		       fault->instruction[0] != '\0' ? fault->instruction : "no instruction", fault->error.text);
		if (fault->bundle[0] != '\0')
			printf("bundle: %s\n", fault->bundle);
	}
	if (strcmp(status, "deadlock") == 0) {
		printf("waits: pc 0x%x, ", aie_core_pc(machine.core));
		print_stall_reason(stdout, stall, detail, value);
		putchar('\n');
	}
	for (unsigned id = 0; options->regs && id < aie_isa_register_count(); id++) {
		char name[32], text[2 * AIE_REGISTER_MAX_BYTES + 1];
		if (!has_value(aie_isa_register(id)))
			continue;
		register_name(aie_isa_register(id), name);
		hex_of_register(id, text);
		printf("%s %s%s\n", name, text, aie_core_register_known(machine.core, id) ? "" : " (not established)");
	}
	for (unsigned i = 0; i < options->dump_count; i++) {
		char *text = hex_of_memory(&options->dump[i]);
		printf("0x%05x %s\n", options->dump[i].address, text != NULL ? text : "");
		free(text);
	}
}

/* Registers whose digits mean nothing, because an instruction set flags in them whose rule is not established.  core_id
 * is not among them: no instruction changes it, and a program that reads it before --set has given it a value stops. */
static void write_unknown(struct aie_json *json)
{
	bool any = false;
	char name[32];
	for (unsigned id = 0; id < aie_isa_register_count(); id++) {
		if (aie_core_register_known(machine.core, id) || strcmp(aie_isa_register(id)->name, "core_id") == 0)
			continue;
		if (!any)
			aie_json_begin_array(json, "unknown");
		any = true;
		register_name(aie_isa_register(id), name);
		aie_json_string(json, NULL, name);
	}
	if (any)
		aie_json_end_array(json);
}

static void print_json(const struct options *options, const char *status, enum aie_core_stall stall, unsigned detail,
                       int value)
{
	const struct aie_core_counters *counters = aie_core_counters(machine.core);
	const struct aie_core_fault *fault = aie_core_fault(machine.core);
	struct aie_json json;
	char name[32], text[2 * AIE_REGISTER_MAX_BYTES + 1];
	aie_json_init(&json, stdout);
	aie_json_begin_object(&json, NULL);
	aie_json_string(&json, "status", status);
	aie_json_u64(&json, "cycles", counters->cycles);
	aie_json_u64(&json, "bundles", counters->bundles);
	aie_json_begin_object(&json, "stalls");
	for (unsigned i = AIE_STALL_LOCK; i < AIE_STALL_COUNT; i++)
		aie_json_u64(&json, aie_core_stall_name((enum aie_core_stall)i), counters->stall[i]);
	aie_json_end_object(&json);
	aie_json_begin_object(&json, "regs");
	for (unsigned id = 0; id < aie_isa_register_count(); id++) {
		if (!has_value(aie_isa_register(id)))
			continue;
		register_name(aie_isa_register(id), name);
		hex_of_register(id, text);
		aie_json_string(&json, name, text);
	}
	aie_json_end_object(&json);
	write_unknown(&json);
	aie_json_begin_object(&json, "mem");
	for (unsigned i = 0; i < options->dump_count; i++) {
		char *bytes = hex_of_memory(&options->dump[i]);
		snprintf(name, sizeof(name), "0x%05x", options->dump[i].address);
		aie_json_string(&json, name, bytes != NULL ? bytes : "");
		free(bytes);
	}
	aie_json_end_object(&json);
	if (strcmp(status, "fault") == 0) {
		aie_json_begin_object(&json, "fault");
		snprintf(name, sizeof(name), "0x%x", fault->pc);
		aie_json_string(&json, "pc", name);
		aie_json_string(&json, "instruction", fault->instruction);
		aie_json_string(&json, "bundle", fault->bundle);
		aie_json_string(&json, "category", aie_error_category_name(fault->error.category));
		aie_json_string(&json, "reason", fault->error.text);
		aie_json_end_object(&json);
	}
	if (strcmp(status, "deadlock") == 0) {
		aie_json_begin_object(&json, "waits");
		snprintf(name, sizeof(name), "0x%x", aie_core_pc(machine.core));
		aie_json_string(&json, "pc", name);
		aie_json_string(&json, "for", aie_core_stall_name(stall));
		if (stall == AIE_STALL_LOCK) {
			aie_json_u64(&json, "lock", detail);
			aie_json_i64(&json, "value", value);
		}
		aie_json_end_object(&json);
	}
	aie_json_end_object(&json);
	aie_json_finish(&json);
}

/* ---- the run ----------------------------------------------------------------------------------------------------- */

static int run(const struct options *options)
{
	const char *status = "limit";
	enum aie_core_stall stall = AIE_STALL_NONE;
	unsigned detail = 0;
	int value = 0;
	aie_core_set_enable(machine.core, true);
	while (aie_core_counters(machine.core)->cycles < options->max_cycles) {
		memset(machine.banks, 0, sizeof(machine.banks));
		machine.blocked = false;
		enum aie_core_status now = aie_core_step(machine.core);
		if (now == AIE_CORE_DONE || now == AIE_CORE_FAULT) {
			status = now == AIE_CORE_DONE ? "done" : "fault";
			break;
		}
		if (now == AIE_CORE_STALLED && machine.blocked) {
			status = "deadlock";
			stall = aie_core_stall(machine.core, &detail, &value);
			break;
		}
	}
	if (options->json)
		print_json(options, status, stall, detail, value);
	else
		print_text(options, status, stall, detail, value);
	return strcmp(status, "done") == 0 ? 0 : EXIT_FAULT;
}

/* What could not be written is a failure too. */
static int finish(int status)
{
	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return status;
	fprintf(stderr, "aie-core: standard output: %s\n", strerror(errno));
	return EXIT_FAULT;
}

int main(int argc, char **argv)
{
	struct options options = { .max_cycles = DEFAULT_MAX_CYCLES };
	struct aie_error error;
	static const struct aie_core_port port = {
		.load = load,
		.store = store,
		.lock_acquire = lock_acquire,
		.lock_release = lock_release,
		.stream_read = stream_read,
		.stream_write = stream_write,
		.cascade_read = cascade_read,
		.cascade_write = cascade_write,
	};
	aie_error_clear(&error);
	aie_install_crash_handler();
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			fputs(usage, stdout);
			return 0;
		}
	}
	if (apply(argc, argv, &options, true, &error) != 0)
		return complain(&error);
	if (options.fidelity) {
		aie_fidelity_print(options.json);
		return finish(0);
	}
	machine.core = aie_core_create(&port, &error);
	if (machine.core == NULL)
		return complain(&error);
	int status;
	if (load_elf(options.file, &error) != 0 || apply(argc, argv, &options, false, &error) != 0) {
		status = complain(&error);
	} else {
		if (options.trace) {
			static const struct aie_core_observer observer = { .issued = observe_issue,
				                                           .landed = observe_landing };
			machine.trace = options.json ? stderr : stdout;
			aie_core_set_observer(machine.core, &observer);
		}
		status = run(&options);
	}
	aie_core_destroy(machine.core);
	return status == EXIT_INPUT ? status : finish(status);
}

/* What reaches outside the core, and control: locks, streams, the cascade, events, transfers, the cycle counter. */
#include "tests/core/rules.h"

#include <string.h>

/* acq: a negative value waits for that many and takes them, another one waits for equality and takes all; rel adds. The
 * conditional forms act when r26 is not zero. */
static bool lock(struct rule *rule)
{
	const bool acquire = rule_begins(rule, "acq");
	const int value = (int)(int32_t)rule_word(rule, "s1");

	rule->lock = rule_word(rule, "id");
	if (rule_shows(rule, "r26") && rule_word(rule, "r26") == 0)
		return true;
	rule->lock_changed = true;
	rule->lock_value = rule->rig->lock[rule->lock];
	if (acquire)
		rule->lock_value = value < 0 ? rule->lock_value + value : 0;
	else
		rule->lock_value += value;
	return true;
}

/* Headers of packets, whose fields stand in the manual of the array; bit 31 makes the number of ones odd. */
static uint32_t header(const struct rule *rule)
{
	const struct {
		uint64_t value;
		unsigned at;
	} packet[] = { { rule_word(rule, "id"), 0 },
		       { rule_has(rule, "pcktType") ? (uint64_t)rule_immediate(rule, "pcktType") : 0, 12 },
		       { RIG_ROW, 16 },
		       { RIG_COLUMN, 21 } },
	  control[] = { { rule_has(rule, "addr") ? rule_word(rule, "addr") : 0, 0 },
		        { rule_has(rule, "nw") ? (uint64_t)rule_immediate(rule, "nw") : 0, 20 },
		        { rule_has(rule, "op") ? (uint64_t)rule_immediate(rule, "op") : 0, 22 },
		        { rule_word(rule, "id"), 24 } };
	uint64_t word = 0;
	unsigned ones = 0;

	for (unsigned i = 0; i < 4; i++)
		word += rule_begins(rule, "mov.ph") ? packet[i].value << packet[i].at
		                                    : control[i].value << control[i].at;
	for (unsigned bit = 0; bit < 31; bit++)
		ones += (unsigned)(word >> bit & 1);
	return (uint32_t)(word + (ones % 2 == 0 ? UINT64_C(1) << 31 : 0));
}

static bool stream(struct rule *rule)
{
	if (rule_shows(rule, ", ss")) {
		rule_put(rule, "dst", rule->rig->in[0]);
		rule_put(rule, "srSS0", rule->rig->in_last[0] ? 3 : 2);
		rule->stream_taken = 1;
		return true;
	}
	rule->stream_given = true;
	rule->stream_word = rule_has(rule, "id") ? header(rule) : rule_word(rule, "src");
	rule->stream_last = strstr(rule->d->mnemonic, ".tlast") != NULL ||
	                    (rule_shows(rule, "r28") && rule_word(rule, "r28") % 2 == 1);
	rule_put(rule, "srMS0", 1); /* the rig has room: the word is sent */
	return true;
}

/* The word that comes from the cascade, or zeroes when crSCDEn is 0. */
static void cascade_word(struct rule *rule, uint8_t word[64])
{
	memset(word, 0, 64);
	if (rule_word(rule, "crSCDEn") % 2 == 0)
		return;
	memcpy(word, rule->rig->cascade_in[0], 64);
	rule->cascade_taken = 1;
}

static bool cascade(struct rule *rule)
{
	uint8_t word[64], wide[RULE_BYTES] = { 0 };
	uint32_t quarter = 0;

	if (rule_shows(rule, "mcd")) {
		const struct rule_value source = rule_read(rule, "src");

		rule->cascade_given = rule_word(rule, "crMCDEn") % 2 == 1;
		memcpy(rule->cascade_word, &source, 64);
		return true;
	}
	cascade_word(rule, word);
	if (rule->d->mnemonic[4] == '.')
		quarter = (uint32_t)(rule->d->mnemonic[5] - '0');
	if (rule_shows(rule, "r31"))
		quarter = rule_word(rule, "r31") % 4;
	if (rule_shows(rule, "r31++"))
		rule_put(rule, "r31", rule_word(rule, "r31") + 1);
	memcpy(wide + (size_t)quarter * 64, word, 64);
	rule_write(rule, "dst", wide);
	return true;
}

static bool event(struct rule *rule)
{
	rule->event = rule_is(rule, "event.error")     ? 4
	              : rule_is(rule, "event.warning") ? 3
	              : rule_shows(rule, "#1")         ? 2
	                                               : 1;
	return true;
}

/* The bundle after the fifth delay slot: the bundles there are nops of two bytes. */
static uint32_t after_slots(const struct rule *rule)
{
	struct aie_bundle bundle = { .count = 1, .insn = { *rule->insn } };
	uint8_t bytes[AIE_BUNDLE_MAX_BYTES];
	struct aie_error error;

	if (aie_isa_encode(&bundle, bytes, &error) != 0)
		return 0;
	return bundle.size + 5 * 2;
}

static bool transfer(struct rule *rule)
{
	const uint32_t condition = rule_has(rule, "s0") ? rule_word(rule, "s0") : 0;

	rule->taken = rule_is(rule, "jz") ? condition == 0 : rule_begins(rule, "jnz") ? condition != 0 : true;
	rule->target = rule_is(rule, "ret") ? rule_word(rule, "lr") : rule_word(rule, rule_has(rule, "a") ? "a" : "i");
	if (rule_is(rule, "jl"))
		rule_put(rule, "lr", after_slots(rule));
	if (rule_is(rule, "jnzd")) {
		rule_put(rule, "d0", condition - 1);
		rule_put(rule, "srCarry", condition != 0); /* of condition - 1: no borrow */
	}
	return true;
}

bool rule_port(struct rule *rule)
{
	static const char *const transfers[] = { "j", "jl", "jz", "jnz", "jnzd", "ret" };
	for (size_t i = 0; i < sizeof(transfers) / sizeof(transfers[0]); i++) {
		if (rule_is(rule, transfers[i]))
			return transfer(rule);
	}
	if (rule_begins(rule, "acq") || rule_begins(rule, "rel"))
		return lock(rule);
	if (rule_begins(rule, "event"))
		return event(rule);
	if (rule_is(rule, "done"))
		return true;
	if (rule_begins(rule, "vmov") && (rule_shows(rule, "scd") || rule_shows(rule, "mcd")))
		return cascade(rule);
	if (!rule_begins(rule, "mov") || rule_begins(rule, "mov.d") || rule_begins(rule, "movx"))
		return false;
	if (rule_shows(rule, "cntr")) { /* counts every cycle, the one of the instruction too */
		const struct rule_value before = rule_read(rule, "tile_cntr");
		uint64_t count;

		memcpy(&count, &before, sizeof(count));
		count++;
		rule_write(rule, "dst", &count);
		return true;
	}
	return rule_shows(rule, "ss") || rule_shows(rule, "ms") ? stream(rule) : false;
}

/* Why an inner loop takes as many bundles as it does: the issue slots it fills, and the longest chain of instructions
 * each of which waits for the one before.
 *
 * The pipeline has no interlocks, so the loop's program itself shows the waiting: an instruction that stands in the
 * very first bundle in which its input can be read is bound by its producer.  Memory dependences are not seen.
 */
#ifndef AIE_TRACES_LOOP_H
#define AIE_TRACES_LOOP_H

#include "isa/isa.h"
#include "traces/run_profile.h"

enum { AIE_LOOP_MAX_CHAIN = 24, AIE_LOOP_MNEMONIC = 24 };

struct aie_loop_link {
	unsigned bundle; /* index in the loop */
	char mnemonic[AIE_LOOP_MNEMONIC];
	unsigned latency; /* bundles until the next link can be issued; 0 for the last */
};

struct aie_loop_analysis {
	unsigned bundles;
	uint32_t address[AIE_RUN_MAX_BUNDLES];
	uint8_t used[AIE_RUN_MAX_BUNDLES]; /* of each bundle: bit i = slot i does something */
	unsigned occupied[AIE_SLOT_COUNT]; /* bundles in which the slot does something */
	enum aie_slot busiest;
	unsigned empty;       /* bundles that do nothing at all */
	unsigned chain_count; /* within a pass */
	struct aie_loop_link chain[AIE_LOOP_MAX_CHAIN];
	unsigned chain_cycles; /* from the first link to the last */
	bool recurrent;        /* instructions wait for themselves of an earlier pass: those named next */
	unsigned recurrence_count;
	char recurrence[AIE_LOOP_MAX_CHAIN][AIE_LOOP_MNEMONIC];
};
const char *aie_slot_name(enum aie_slot slot);

/* Analyse profile->code.  AIE_ERROR_INPUT when it is no program. */
int aie_loop_analyse(const struct aie_run_profile *profile, struct aie_loop_analysis *analysis,
                     struct aie_error *error);

enum aie_loop_limit {
	AIE_LOOP_SLOT,  /* a slot is full in every bundle, or, when nothing else bounds the loop, in three of four */
	AIE_LOOP_CHAIN, /* the chain takes three quarters of the pass or more: passes do not overlap */
	AIE_LOOP_RECURRENCE, /* a chain from pass to pass without a bundle to spare: no pass can begin earlier */
	AIE_LOOP_OPEN,       /* none of these */
};
enum aie_loop_limit aie_loop_limit(const struct aie_loop_analysis *analysis);

#endif

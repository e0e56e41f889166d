/* The semaphore locks of a tile: 16 (compute, shim) or 64 (memory tile) counters of 0..63.
 *
 * A lock carries out one operation a cycle; its effect is seen from the next cycle on (assumed: a release and an
 * acquire of one cycle act in this order).  Operands are 7-bit signed: an acquire with n < 0 waits for count >= -n, one
 * with n >= 0 for count == n; both then subtract (documented for AIE-ML, equal form: AIE_LOCK_EQUAL_SUBTRACTS).
 */
#ifndef AIE_SIM_TILE_LOCK_H
#define AIE_SIM_TILE_LOCK_H

#include <stdbool.h>
#include <stdint.h>

enum { AIE_LOCK_MAX = 63, AIE_LOCK_COUNT_MAX = 64 };

/* An acquire for equality takes the value away, leaving 0 (locks are documented as subtracting in both forms; one other
 * source leaves the count alone; programs made by open tools do not depend on it). */
enum { AIE_LOCK_EQUAL_SUBTRACTS = 1 };

enum aie_lock_result {
	AIE_LOCK_DONE,
	AIE_LOCK_BUSY, /* another operation on this lock had the cycle */
	AIE_LOCK_WAIT, /* the condition does not hold (acquire), or the result leaves 0..63 (release) */
};

struct aie_lock {
	uint64_t used;  /* the cycle of the last operation */
	uint64_t turn;  /* the cycle that is kept for `owner`, who lost the last one */
	uint32_t owner; /* requester */
	uint8_t value;
};

/* `requester` names who asks, any number that is unique in the array. */
enum aie_lock_result aie_lock_acquire(struct aie_lock *lock, uint64_t now, uint32_t requester, int value);
enum aie_lock_result aie_lock_release(struct aie_lock *lock, uint64_t now, uint32_t requester, int value);
void aie_lock_reset(struct aie_lock *lock);

/* Would an acquire with `value` find its condition? */
static inline bool aie_lock_condition(const struct aie_lock *lock, int value)
{
	return value < 0 ? (int)lock->value >= -value : (int)lock->value == value;
}

/* The number in a 7-bit lock field. */
static inline int aie_lock_operand(uint32_t field)
{
	return (int)(field & 0x7F) - (field & 0x40 ? 0x80 : 0);
}

#endif

#include "sim/tile/lock.h"

static bool has_turn(struct aie_lock *lock, uint64_t now, uint32_t requester)
{
	if (lock->used != now && (lock->turn != now || lock->owner == requester))
		return true;
	if (lock->turn != now + 1) {
		lock->turn = now + 1;
		lock->owner = requester;
	}
	return false;
}

enum aie_lock_result aie_lock_acquire(struct aie_lock *lock, uint64_t now, uint32_t requester, int value)
{
	/* A request whose condition does not hold takes no turn from others. */
	if (lock->used != now && !aie_lock_condition(lock, value))
		return AIE_LOCK_WAIT;
	if (!has_turn(lock, now, requester))
		return AIE_LOCK_BUSY;
	lock->used = now;
	if (value < 0)
		lock->value = (uint8_t)(lock->value + value);
	else if (AIE_LOCK_EQUAL_SUBTRACTS)
		lock->value = 0;
	return AIE_LOCK_DONE;
}

enum aie_lock_result aie_lock_release(struct aie_lock *lock, uint64_t now, uint32_t requester, int value)
{
	int result = lock->value + value;

	if (lock->used != now && (result < 0 || result > AIE_LOCK_MAX))
		return AIE_LOCK_WAIT;
	if (!has_turn(lock, now, requester))
		return AIE_LOCK_BUSY;
	lock->used = now;
	lock->value = (uint8_t)result;
	return AIE_LOCK_DONE;
}

void aie_lock_reset(struct aie_lock *lock)
{
	*lock = (struct aie_lock){ .used = UINT64_MAX, .turn = UINT64_MAX };
}

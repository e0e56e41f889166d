/* Locks: semantics, arbitration, and the register side (value registers, request window, sticky flags). */
#include "tests/array/rig.h"

#include "sim/tile/lock.h"

static struct aie_lock lock_with(unsigned value)
{
	struct aie_lock lock;

	aie_lock_reset(&lock);
	lock.value = (uint8_t)value;
	return lock;
}

/* locks.md 3: acquire n < 0 waits for >= |n| and subtracts. */
static void test_acquire_greater_equal(void **state)
{
	struct aie_lock lock = lock_with(2);

	(void)state;
	assert_int_equal(aie_lock_acquire(&lock, 0, 1, -3), AIE_LOCK_WAIT);
	assert_int_equal(lock.value, 2);
	assert_int_equal(aie_lock_acquire(&lock, 1, 1, -2), AIE_LOCK_DONE);
	assert_int_equal(lock.value, 0);
}

/* locks.md 3: acquire n >= 0 waits for == n, leaving 0. */
static void test_acquire_equal(void **state)
{
	struct aie_lock lock = lock_with(3);

	(void)state;
	assert_int_equal(aie_lock_acquire(&lock, 0, 1, 2), AIE_LOCK_WAIT);
	assert_int_equal(aie_lock_acquire(&lock, 1, 1, 4), AIE_LOCK_WAIT);
	assert_int_equal(aie_lock_acquire(&lock, 2, 1, 3), AIE_LOCK_DONE);
	assert_int_equal(lock.value, 0);
	assert_int_equal(aie_lock_acquire(&lock, 3, 1, 0), AIE_LOCK_DONE);
	assert_int_equal(lock.value, 0);
}

/* locks.md 3: the count stays within 0..63; a release may be negative. */
static void test_release_range(void **state)
{
	struct aie_lock lock = lock_with(60);

	(void)state;
	assert_int_equal(aie_lock_release(&lock, 0, 1, 3), AIE_LOCK_DONE);
	assert_int_equal(lock.value, 63);
	assert_int_equal(aie_lock_release(&lock, 1, 1, 1), AIE_LOCK_WAIT);
	assert_int_equal(aie_lock_release(&lock, 2, 1, -64), AIE_LOCK_WAIT);
	assert_int_equal(aie_lock_release(&lock, 3, 1, -63), AIE_LOCK_DONE);
	assert_int_equal(lock.value, 0);
}

/* locks.md 5: one grant a lock and cycle; release first, the acquire succeeds in the next cycle; the loser comes next.
 */
static void test_one_grant_a_cycle(void **state)
{
	struct aie_lock lock = lock_with(0);

	(void)state;
	assert_int_equal(aie_lock_release(&lock, 10, 1, 1), AIE_LOCK_DONE);
	assert_int_equal(aie_lock_acquire(&lock, 10, 2, -1), AIE_LOCK_BUSY);
	assert_int_equal(aie_lock_release(&lock, 11, 1, 1), AIE_LOCK_BUSY); /* requester 2 lost before */
	assert_int_equal(aie_lock_acquire(&lock, 11, 2, -1), AIE_LOCK_DONE);
	assert_int_equal(aie_lock_release(&lock, 12, 1, 1), AIE_LOCK_DONE);
	assert_int_equal(lock.value, 1);
}

/* locks.md 1: value registers of the three tile kinds; reset value 0; 6 bits. */
static void test_value_registers(void **state)
{
	static const struct {
		unsigned row, count;
		uint32_t base;
	} kinds[] = { { 0, 16, 0x14000 }, { 1, 64, 0xC0000 }, { 2, 16, 0x1F000 } };
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	for (unsigned k = 0; k < 3; k++) {
		for (unsigned i = 0; i < kinds[k].count; i++) {
			assert_int_equal(rig_read(rig, 4, kinds[k].row, kinds[k].base + 0x10 * i), 0);
			rig_write(rig, 4, kinds[k].row, kinds[k].base + 0x10 * i, i % 64);
		}
		for (unsigned i = 0; i < kinds[k].count; i++)
			assert_int_equal(rig_read(rig, 4, kinds[k].row, kinds[k].base + 0x10 * i), i % 64);
		rig_write_fails(rig, 4, kinds[k].row, kinds[k].base, 64, AIE_ERROR_INPUT, "Lock0_value");
	}
	rig_free(rig);
}

/* locks.md 3: the request window; the read is the operation, once; the published addresses. */
static void test_request_window(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	rig_set_lock(rig, 1, 2, 3, 1);
	assert_int_equal(rig_read(rig, 1, 2, 0x40FFC), 1); /* lock 3: acquire >= 1 */
	assert_int_equal(rig_lock(rig, 1, 2, 3), 0);
	assert_int_equal(rig_read(rig, 1, 2, 0x40FFC), 0); /* fails: 0 */
	assert_int_equal(rig_lock(rig, 1, 2, 3), 0);
	assert_int_equal(rig_read(rig, 1, 2, 0x40C04), 1); /* lock 3: release 1 */
	assert_int_equal(rig_lock(rig, 1, 2, 3), 1);
	assert_int_equal(rig_read(rig, 1, 2, 0x40000 + (3 << 10) + (1 << 9) + (1 << 2)), 1); /* acquire == 1 */
	assert_int_equal(rig_lock(rig, 1, 2, 3), 0);
	/* memory tile lock 40, shim lock 15 */
	assert_int_equal(rig_read(rig, 1, 1, 0xD0000 + (40 << 10) + (5 << 2)), 1);
	assert_int_equal(rig_lock(rig, 1, 1, 40), 5);
	assert_int_equal(rig_read(rig, 1, 0, 0x40000 + (15 << 10) + (2 << 2)), 1);
	assert_int_equal(rig_lock(rig, 1, 0, 15), 2);
	rig_write_fails(rig, 1, 2, 0x40FFC, 1, AIE_ERROR_INPUT, "read-only");
	rig_free(rig);
}

/* locks.md 1, 3: overflow and underflow are sticky bits, cleared by writing 1; the count stays. */
static void test_sticky_flags(void **state)
{
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	rig_set_lock(rig, 0, 2, 7, 63);
	assert_int_equal(rig_read(rig, 0, 2, 0x40000 + (7 << 10) + (1 << 2)), 0);
	assert_int_equal(rig_lock(rig, 0, 2, 7), 63);
	assert_int_equal(rig_read(rig, 0, 2, 0x1F120), 1 << 7);
	assert_int_equal(rig_read(rig, 0, 2, 0x40000 + (6 << 10) + (0x7F << 2)), 0); /* release -1 */
	assert_int_equal(rig_read(rig, 0, 2, 0x1F128), 1 << 6);
	rig_write(rig, 0, 2, 0x1F120, 1 << 7);
	rig_write(rig, 0, 2, 0x1F128, 1 << 5);
	assert_int_equal(rig_read(rig, 0, 2, 0x1F120), 0);
	assert_int_equal(rig_read(rig, 0, 2, 0x1F128), 1 << 6);
	/* a failed acquire sets nothing */
	assert_int_equal(rig_read(rig, 0, 2, 0x40000 + (5 << 10) + (1 << 9) + (0x7F << 2)), 0);
	assert_int_equal(rig_read(rig, 0, 2, 0x1F128), 1 << 6);
	/* memory tile: two words each */
	rig_set_lock(rig, 0, 1, 33, 63);
	assert_int_equal(rig_read(rig, 0, 1, 0xD0000 + (33 << 10) + (1 << 2)), 0);
	assert_int_equal(rig_read(rig, 0, 1, 0xC0420), 0);
	assert_int_equal(rig_read(rig, 0, 1, 0xC0424), 1 << 1);
	rig_free(rig);
}

/* A register write to a lock sets it at once, and who waits for it goes on. */
static void test_write_wakes(void **state)
{
	struct rig *rig = rig_new("npu4", 4096);

	(void)state;
	rig_route_up(rig, 2, 0, 0, 2, 0);
	rig_bd(rig, 2, 2, 0, RIG_BD(.words = 16, .acquire = 4, .acquire_value = -2, .release = 5, .release_value = 3));
	rig_bd(rig, 2, 0, 0, RIG_BD(.address = RIG_MEMORY_BASE, .words = 16));
	rig_memory(rig, 0)[15] = 77;
	rig_push(rig, 2, 2, false, 0, 0, 1, false);
	rig_push(rig, 2, 0, true, 0, 0, 1, false);
	rig_run(rig, 5000);
	rig_expect_wait(rig, "compute (2,2) DMA S2MM 0 BD 0", "lock 4 >= 2, value 0", NULL);
	assert_int_equal(rig_status(rig, 2, 2, false, 0) & 0x3C, 1 << 2); /* Stalled_Lock_Acq */
	rig_set_lock(rig, 2, 2, 4, 1);
	rig_run(rig, 5000);
	assert_int_equal(rig_word(rig, 2, 2, 60), 0);
	rig_set_lock(rig, 2, 2, 4, 2);
	rig_run(rig, 5000);
	assert_int_equal(rig_word(rig, 2, 2, 60), 77);
	assert_int_equal(rig_lock(rig, 2, 2, 4), 0);
	assert_int_equal(rig_lock(rig, 2, 2, 5), 3);
	assert_int_equal(rig_waits(rig), 0);
	rig_free(rig);
}

/* locks.md 7: n readers: the writer acquires n at once, each reader gives 1; and as an object FIFO of depth 2. */
static void test_fan_out(void **state)
{
	enum { READERS = 3, ROUNDS = 4, WORDS = 128, FREE = 0 };
	struct rig *rig = rig_new("npu4", 0);

	(void)state;
	rig_set_lock(rig, 3, 1, FREE, READERS);
	/* writer: S2MM 4 of the memory tile; readers: MM2S 0, 1, 2, each behind a lock of its own */
	rig_connect(rig, 3, 1, PORT('N', 0), PORT('D', 4));
	rig_connect(rig, 3, 2, PORT('D', 0), PORT('S', 0));
	rig_bd(rig, 3, 2, 0, RIG_BD(.words = WORDS));
	rig_push(rig, 3, 2, true, 0, 0, ROUNDS, false);
	/* a chain of three gives each reader its lock after the buffer is full */
	rig_bd(rig, 3, 1, 0,
	       RIG_BD(.words = WORDS, .acquire = FREE, .acquire_value = -READERS, .release = 1, .release_value = 1,
	              .next = 1));
	rig_bd(rig, 3, 1, 1, RIG_BD(.words = 0, .release = 2, .release_value = 1, .next = 2));
	rig_bd(rig, 3, 1, 2, RIG_BD(.words = 0, .release = 3, .release_value = 1));
	rig_push(rig, 3, 1, false, 4, 0, ROUNDS, false);
	for (unsigned i = 0; i < READERS; i++) {
		unsigned id = i % 2 ? 24 : 4 + i;

		rig_connect(rig, 3, 1, PORT('D', i), PORT('D', i));
		rig_bd(rig, 3, 1, id,
		       RIG_BD(.words = WORDS, .acquire = (int)i + 1, .acquire_value = -1, .release = FREE,
		              .release_value = 1));
		rig_push(rig, 3, 1, true, i, id, ROUNDS, false);
		rig_bd(rig, 3, 1, id + 8, RIG_BD(.address = 0x4000 * (i + 1), .words = WORDS * ROUNDS));
		if (i < READERS - 1)
			rig_push(rig, 3, 1, false, i, id + 8, 1, false);
	}
	/* the last reader has nowhere to go: it keeps its part of the lock, and the writer waits with the second buffer
	 */
	rig_run(rig, 5000);
	assert_int_equal(rig_lock(rig, 3, 1, FREE), READERS - 1);
	assert_int_equal(aie_array_channel(rig->array, 3, 1, false, 4)->descriptors, 3);
	rig_push(rig, 3, 1, false, 2, 14, 1, false);
	rig_run(rig, 5000);
	assert_int_equal(rig_lock(rig, 3, 1, FREE), READERS);
	for (unsigned i = 0; i < READERS; i++) {
		assert_int_equal(aie_array_channel(rig->array, 3, 1, true, i)->bytes, 4 * WORDS * ROUNDS);
		assert_int_equal(rig_lock(rig, 3, 1, i + 1), 0);
	}
	rig_free(rig);
}

/* A DMA release that does not fit waits in Stalled_Lock_Rel and sets the sticky flag. */
static void test_dma_release_overflow(void **state)
{
	struct rig *rig = rig_new("npu4", 4096);

	(void)state;
	rig_route_up(rig, 2, 0, 0, 2, 0);
	rig_bd(rig, 2, 2, 0, RIG_BD(.words = 16, .release = 5, .release_value = 3));
	rig_bd(rig, 2, 0, 0, RIG_BD(.address = RIG_MEMORY_BASE, .words = 16));
	rig_set_lock(rig, 2, 2, 5, 62);
	rig_push(rig, 2, 2, false, 0, 0, 1, false);
	rig_push(rig, 2, 0, true, 0, 0, 1, false);
	rig_run(rig, 5000);
	assert_int_equal(rig_status(rig, 2, 2, false, 0) & 0x3C, 1 << 3);
	assert_int_equal(rig_read(rig, 2, 2, 0x1F120), 1 << 5);
	rig_expect_wait(rig, "S2MM 0 BD 0", "lock 5 to take a release of +3, value 62", NULL);
	rig_set_lock(rig, 2, 2, 5, 60);
	rig_run(rig, 5000);
	assert_int_equal(rig_lock(rig, 2, 2, 5), 63);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_acquire_greater_equal),
		cmocka_unit_test(test_acquire_equal),
		cmocka_unit_test(test_release_range),
		cmocka_unit_test(test_one_grant_a_cycle),
		cmocka_unit_test(test_value_registers),
		cmocka_unit_test(test_request_window),
		cmocka_unit_test(test_sticky_flags),
		cmocka_unit_test(test_write_wakes),
		cmocka_unit_test(test_fan_out),
		cmocka_unit_test(test_dma_release_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

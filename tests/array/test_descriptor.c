/* Buffer descriptors as pure data: register words to fields, and fields to addresses. */
#include "tests/array/rig.h"

#include "sim/tile/descriptor.h"

/* dma.md 11, first example: 64 words at byte 0x400, acquire >= 1 on lock 1, release +1 on lock 0, next BD 1. */
static void test_compute_example(void **state)
{
	const uint32_t words[6] = { 0x00400040, 0, 0, 0, 0, 0x0E041FE1 };
	struct aie_descriptor d;

	(void)state;
	aie_descriptor_decode(AIE_TILE_COMPUTE, words, &d);
	assert_int_equal(d.base, 0x100);
	assert_int_equal(d.length, 64);
	assert_int_equal(d.step[0], 1);
	assert_int_equal(d.wrap[0], 0);
	assert_true(d.valid && d.use_next && d.acquire && !d.packet && !d.tlast_suppress);
	assert_int_equal(d.next, 1);
	assert_int_equal(d.acquire_lock, 1);
	assert_int_equal(d.acquire_value, -1);
	assert_int_equal(d.release_lock, 0);
	assert_int_equal(d.release_value, 1);
}

/* dma.md 11, second example: 8 rows of 8 words, row pitch 16. */
static void test_compute_rows_example(void **state)
{
	const uint32_t words[6] = { 0x00400040, 0, 0x0001E000, 0x00010000, 0, 0x02000000 };
	struct aie_descriptor d;
	struct aie_walk walk;
	bool pad;

	(void)state;
	aie_descriptor_decode(AIE_TILE_COMPUTE, words, &d);
	aie_walk_start(&walk, &d, false);
	for (unsigned row = 0; row < 8; row++) {
		assert_int_equal(walk.address, 0x100 + 16 * row);
		assert_int_equal(aie_walk_run(&walk, 100, &pad), 8);
		aie_walk_advance(&walk, 8);
	}
	assert_int_equal(walk.left, 0);
}

/* dma.md 11, shim example: 1024 words at system address 0x0000_8000_1000, bursts of 256 bytes, AxCache 2. */
static void test_shim_example(void **state)
{
	const uint32_t words[8] = { 0x400, 0x80001000, 0, 0, 0x80000000, 0x02000000, 0, 0x02000000 };
	struct aie_descriptor d;

	(void)state;
	aie_descriptor_decode(AIE_TILE_SHIM, words, &d);
	assert_int_equal(d.base * 4, 0x80001000);
	assert_int_equal(d.length, 1024);
	assert_int_equal(d.burst_bytes, 256);
	assert_true(d.valid && !d.use_next && !d.acquire);
	assert_int_equal(d.release_value, 0);
}

/* dma.md 11, memory tile example: own window buffer at 0x1000 is base 0x20400, own lock 5 is id 69. */
static void test_memory_example(void **state)
{
	const uint32_t words[8] = { 16, 0x20400, 0, 0, 0, 0, 0, 0x80000000 | 1 << 15 | 0x7F << 8 | 69 };
	struct aie_descriptor d;

	(void)state;
	aie_descriptor_decode(AIE_TILE_MEMORY, words, &d);
	assert_int_equal(d.base * 4, 0x80000 + 0x1000);
	assert_int_equal(d.acquire_lock, 69);
	assert_int_equal(d.acquire_value, -1);
	assert_true(d.valid);
}

/* dma.md 2.3: burst codes 0..3 are 64, 128, 256, 512 bytes. */
static void test_burst_codes(void **state)
{
	(void)state;
	for (uint32_t code = 0; code < 4; code++) {
		uint32_t words[8] = { [4] = code << 30 };
		struct aie_descriptor d;

		aie_descriptor_decode(AIE_TILE_SHIM, words, &d);
		assert_int_equal(d.burst_bytes, 64 << code);
	}
}

/* dma.md 2: field positions, each field alone all ones. */
static void test_field_positions(void **state)
{
	struct aie_descriptor d;
	uint32_t compute[6] = { 0 }, memory[8] = { 0 }, shim[8] = { 0 };

	(void)state;
	compute[2] = 0x1FFFU << 13;
	aie_descriptor_decode(AIE_TILE_COMPUTE, compute, &d);
	assert_int_equal(d.step[1], 8192);
	assert_int_equal(d.step[0], 1);
	compute[3] = 0xFFU << 21 | 0x12U << 13 | 0x1FFF;
	aie_descriptor_decode(AIE_TILE_COMPUTE, compute, &d);
	assert_int_equal(d.wrap[1], 255);
	assert_int_equal(d.wrap[0], 0x12);
	assert_int_equal(d.step[2], 8192);
	compute[4] = 63U << 19 | 5U << 13 | 7;
	aie_descriptor_decode(AIE_TILE_COMPUTE, compute, &d);
	assert_int_equal(d.iteration_current, 63);
	assert_int_equal(d.iteration_wrap, 6);
	assert_int_equal(d.iteration_step, 8);
	memory[1] = 63U << 26;
	memory[3] = 31U << 27;
	memory[4] = 15U << 27 | 1023U << 17;
	memory[5] = 15U << 28 | 31U << 23 | 63U << 17 | 0x1FFFF;
	aie_descriptor_decode(AIE_TILE_MEMORY, memory, &d);
	assert_int_equal(d.pad_before[0], 63);
	assert_int_equal(d.pad_before[1], 31);
	assert_int_equal(d.pad_before[2], 15);
	assert_int_equal(d.wrap[2], 1023);
	assert_int_equal(d.pad_after[2], 15);
	assert_int_equal(d.pad_after[1], 31);
	assert_int_equal(d.pad_after[0], 63);
	assert_int_equal(d.step[3], 0x20000);
	shim[3] = 1023U << 20 | 0xFFFFF;
	shim[2] = 0xFFFF;
	shim[1] = 0xFFFFFFFC;
	aie_descriptor_decode(AIE_TILE_SHIM, shim, &d);
	assert_int_equal(d.wrap[0], 1023);
	assert_int_equal(d.step[0], 0x100000);
	assert_true(d.base == UINT64_C(0xFFFFFFFFFFFC) / 4);
	/* lock values are 7-bit two's complement */
	compute[5] = 0x40U << 18 | 1U << 12 | 0x3FU << 5;
	aie_descriptor_decode(AIE_TILE_COMPUTE, compute, &d);
	assert_int_equal(d.release_value, -64);
	assert_int_equal(d.acquire_value, 63);
}

/* dma.md 3: word k of a descriptor; the formula, written down a second time. */
static uint64_t formula(const struct aie_descriptor *d, unsigned dimensions, uint32_t k)
{
	uint64_t address = d->base + (uint64_t)d->iteration_current * d->iteration_step;
	uint32_t rest = k;

	for (unsigned i = 0; i < dimensions; i++) {
		uint32_t index = rest;

		if (i + 1 < dimensions && d->wrap[i]) {
			index = rest % d->wrap[i];
			rest /= d->wrap[i];
		} else {
			rest = 0;
		}
		address += (uint64_t)index * d->step[i];
	}
	return address;
}

static uint32_t random_state = 12345;

static uint32_t random_below(uint32_t limit)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % limit;
}

static void check_walk(const struct aie_descriptor *d, unsigned dimensions)
{
	struct aie_walk walk;
	uint32_t k = 0;
	bool pad;

	aie_walk_start(&walk, d, false);
	while (walk.left) {
		uint32_t run = aie_walk_run(&walk, 1 + random_below(9), &pad);

		assert_false(pad);
		assert_true(run >= 1 && run <= walk.left);
		for (uint32_t i = 0; i < run; i++)
			assert_int_equal(walk.address + i, formula(d, dimensions, k + i));
		aie_walk_advance(&walk, run);
		k += run;
	}
	assert_int_equal(k, d->length);
}

static void test_random_walks(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2000; i++) {
		struct aie_descriptor d = { .length = random_below(300), .base = random_below(1000) };
		unsigned dimensions = 3 + (i & 1);

		for (unsigned n = 0; n < dimensions; n++) {
			d.step[n] = 1 + random_below(n == 0 && i % 3 ? 1 : 40);
			d.wrap[n] = n + 1 < dimensions && random_below(4) ? random_below(8) : 0;
		}
		d.iteration_current = (uint8_t)random_below(4);
		d.iteration_step = 1 + random_below(64);
		check_walk(&d, dimensions);
	}
}

/* dma.md 3: the number of words is Buffer_Length; when the wraps run out, the last dimension keeps counting. */
static void test_last_dimension_is_open(void **state)
{
	struct aie_descriptor d = { .length = 10, .step = { 1, 10, 100 }, .wrap = { 2, 2 } };
	struct aie_walk walk;
	bool pad;

	(void)state;
	aie_walk_start(&walk, &d, false);
	for (unsigned i = 0; i < 4; i++)
		aie_walk_advance(&walk, aie_walk_run(&walk, 8, &pad));
	assert_int_equal(walk.address, 200);
}

/* dma.md 3: Iteration_Current counts at each load and goes back to 0 after it has reached the wrap; wrap field 0 keeps
 * it 0. */
static void test_iteration_counts(void **state)
{
	uint32_t compute[6] = { [4] = 2 << 13 }, shim[8] = { [6] = 1 << 20 }, memory[8] = { 0 };
	static const uint32_t expect[7] = { 1, 2, 0, 1, 2, 0, 1 };

	(void)state;
	for (unsigned i = 0; i < 7; i++) {
		aie_descriptor_iterate(AIE_TILE_COMPUTE, compute);
		assert_int_equal(compute[4], expect[i] << 19 | 2 << 13);
		aie_descriptor_iterate(AIE_TILE_SHIM, shim);
		assert_int_equal(shim[6], (i % 2 ? 0U : 1U) << 26 | 1U << 20);
		aie_descriptor_iterate(AIE_TILE_MEMORY, memory);
		assert_int_equal(memory[6], 0);
	}
}

/* dma.md 3.1: a padded 2 x 3 block in a frame: before and after in D0 words and D1 rows. */
static void test_padding(void **state)
{
	/* rows of 1 + 3 + 2, 2 rows, 1 row before and 1 after: 4 rows of 6 */
	static const int expect[24] = { -1, -1, -1, -1, -1, -1, -1, 0,  1,  2,  -1, -1,
		                        -1, 10, 11, 12, -1, -1, -1, -1, -1, -1, -1, -1 };
	struct aie_descriptor d = {
		.length = 24,
		.step = { 1, 10, 100, 1 },
		.wrap = { 3, 2, 0, 0 },
		.pad_before = { 1, 1, 0 },
		.pad_after = { 2, 1, 0 },
	};
	struct aie_walk walk;
	unsigned k = 0;

	(void)state;
	aie_walk_start(&walk, &d, true);
	while (walk.left) {
		bool pad;
		uint32_t run = aie_walk_run(&walk, 8, &pad);

		for (uint32_t i = 0; i < run; i++, k++)
			assert_int_equal(pad ? -1 : (int)(walk.address + i), expect[k]);
		aie_walk_advance(&walk, run);
	}
	assert_int_equal(k, 24);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compute_example),  cmocka_unit_test(test_compute_rows_example),
		cmocka_unit_test(test_shim_example),     cmocka_unit_test(test_memory_example),
		cmocka_unit_test(test_burst_codes),      cmocka_unit_test(test_field_positions),
		cmocka_unit_test(test_random_walks),     cmocka_unit_test(test_last_dimension_is_open),
		cmocka_unit_test(test_iteration_counts), cmocka_unit_test(test_padding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

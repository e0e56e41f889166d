/* The row kernels on the core model against the C statement of their arithmetic, bit for bit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernels/operator.h"
#include "tests/kernels/core_bench.h"

static void run(struct aie_gemv_shape shape, uint64_t seed, unsigned runs, struct core_bench_result *result)
{
	struct aie_error error = { 0 };
	if (aie_gemv_check_shape(&shape, &error))
		fail_msg("%s", error.text);
	uint8_t *packed = malloc(aie_gemv_packed_bytes(&shape));
	uint16_t *x = malloc(2 * shape.k), *expected = malloc(2 * shape.m), *got = malloc(2 * shape.m);
	aie_gemv_generate(&shape, seed, seed & 1 ? AIE_GEMV_UNIFORM : AIE_GEMV_NORMAL, packed, x);
	aie_gemv_reference_exact(&shape, packed, x, expected);
	memset(got, 0, 2 * shape.m);
	core_bench_run(&shape, packed, x, runs, got, result);
	for (uint32_t row = 0; row < shape.m / shape.cols; row++)
		if (got[row] != expected[row])
			fail_msg("K %u tsi %u G %u schedule %d sign %d: row %u is 0x%04x, expected 0x%04x", shape.k,
			         shape.tsi, shape.group, shape.schedule, shape.sign, row, got[row], expected[row]);
	free(packed);
	free(x);
	free(expected);
	free(got);
}

static struct aie_gemv_shape shape_of(uint32_t m, uint32_t k, uint32_t tsi, uint32_t tso, uint32_t group, bool sign,
                                      enum aie_gemv_schedule schedule)
{
	return (struct aie_gemv_shape){
		.m = m, .k = k, .cols = 1, .tsi = tsi, .tso = tso, .group = group, .sign = sign, .schedule = schedule
	};
}

static void test_schedules(void **state)
{
	(void)state;
	static const uint32_t ks[] = { 64, 128, 192, 256, 320, 384, 2048 };
	for (unsigned i = 0; i < sizeof ks / sizeof *ks; i++)
		for (int schedule = AIE_GEMV_SINGLE; schedule <= AIE_GEMV_DOUBLE; schedule++)
			for (int sign = 0; sign < 2; sign++) {
				struct core_bench_result result = { 0 };
				run(shape_of(8, ks[i], 1, 4, 32, sign, (enum aie_gemv_schedule)schedule), 100 + i, 2,
				    &result);
			}
}

static void test_tiles_and_groups(void **state)
{
	(void)state;
	static const struct {
		uint32_t m, k, tsi, tso, group;
	} cases[] = { { 16, 512, 2, 8, 64 }, { 16, 512, 4, 4, 128 }, { 16, 576, 8, 16, 96 },
		      { 6, 320, 1, 2, 160 }, { 4, 8192, 4, 4, 32 },  { 12, 384, 2, 6, 32 } };
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++)
		for (int schedule = AIE_GEMV_SINGLE; schedule <= AIE_GEMV_DOUBLE; schedule++) {
			struct core_bench_result result = { 0 };
			run(shape_of(cases[i].m, cases[i].k, cases[i].tsi, cases[i].tso, cases[i].group, i & 1,
			             (enum aie_gemv_schedule)schedule),
			    i, 3, &result);
		}
}

/* K an odd multiple of 32: rows of nibbles start at odd multiples of 16 bytes, and one group of a row has no other. */
static void test_odd_groups(void **state)
{
	(void)state;
	static const uint32_t ks[] = { 32, 96, 160, 224, 288, 416, 2080 }, tsis[] = { 2, 4, 8 };
	for (unsigned i = 0; i < sizeof ks / sizeof *ks; i++)
		for (unsigned t = 0; t < sizeof tsis / sizeof *tsis; t++)
			for (int schedule = AIE_GEMV_SINGLE; schedule <= AIE_GEMV_DOUBLE; schedule++)
				for (int sign = 0; sign < 2; sign++) {
					struct core_bench_result result = { 0 };
					uint32_t group = t == 1 ? ks[i] : 32; /* one scale a row, or one a group */
					run(shape_of(16, ks[i], tsis[t], 8, group, sign,
					             (enum aie_gemv_schedule)schedule),
					    200 + i, 2, &result);
				}
}

/* Cycles of the inner loop: single-pump 21 for 32 weights (the latency of one chain) or what it is stretched
 * to, double-pump 6 for 64 (what one accumulator allows: a term every 3 cycles).  No bundle waits for a resource, so
 * the schedules are what they seem. */
static void test_cycles(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		enum aie_gemv_schedule schedule;
		const char *loop;
		unsigned cycles, passes, overhead;
	} cases[] = { { "single", AIE_GEMV_SINGLE, "21", 21, 2048 / 32, 64 },
		      { "single", AIE_GEMV_SINGLE, "60", 60, 2048 / 32, 64 },
		      { "single", AIE_GEMV_SINGLE, "512", 512, 2048 / 32, 64 },
		      { "double", AIE_GEMV_DOUBLE, NULL, 6, 2048 / 64 - 4, 128 } };
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct aie_operator *op = aie_operator_find("gemv-int4");
		struct aie_operator_setting settings[] = { { "M", "16" },
			                                   { "K", "2048" },
			                                   { "cols", "1" },
			                                   { "schedule", cases[i].name },
			                                   { "loop", cases[i].loop } };
		struct aie_error error = { 0 };
		struct aie_operator_job *job = op->create(settings, cases[i].loop ? 5 : 4, &error);
		assert_non_null(job);
		struct core_bench_result result = { .loop_begin = op->info(job)->loop[0].begin,
			                            .loop_end = op->info(job)->loop[0].end };
		op->destroy(job);
		struct aie_gemv_shape shape = shape_of(16, 2048, 1, 16, 32, false, cases[i].schedule);
		shape.loop = cases[i].loop ? cases[i].cycles : 0;
		run(shape, 1, 1, &result);
		assert_int_equal(result.loop_passes, 16 * cases[i].passes);
		assert_int_equal(result.loop_cycles, result.loop_passes * cases[i].cycles);
		assert_int_equal(result.counters.stall[AIE_STALL_RESOURCE], 0);
		uint64_t whole = result.counters.cycles - result.counters.stall[AIE_STALL_LOCK] - result.loop_cycles;
		print_message("%s-pump: %u cycles a pass of the loop, %llu cycles a row beside it\n", cases[i].name,
		              cases[i].cycles, (unsigned long long)whole / 16);
		assert_true(whole / 16 < cases[i].overhead);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_schedules),
		cmocka_unit_test(test_tiles_and_groups),
		cmocka_unit_test(test_odd_groups),
		cmocka_unit_test(test_cycles),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

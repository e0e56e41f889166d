/* Pure data movement between system memory and memory tiles: the published bandwidth table of Strix parts (16 MiB a
 * channel, submit to completion; here net of the 65 us launch) must come out of ports, bursts, latency and the shared
 * memory port.
 */
#include "tests/array/rig.h"

enum { CYCLES_PER_US = 1800 };

struct run {
	unsigned columns, channels; /* per column */
	bool write;
	unsigned burst;
	uint32_t bytes; /* per channel */
};

/* GB/s over the whole run. */
static double bandwidth(const char *profile, struct run run)
{
	struct rig *rig = rig_new(profile, (size_t)run.columns * run.channels * run.bytes);
	uint64_t cycles;
	double result;

	for (unsigned c = 0; c < run.columns; c++) {
		for (unsigned k = 0; k < run.channels; k++) {
			size_t at = (size_t)(c * run.channels + k) * run.bytes;
			unsigned loop = k ? 24 : 0; /* odd channels use the upper half of the descriptors */

			if (run.write)
				rig_route_down(rig, c, 1, k, k, k);
			else
				rig_route_up(rig, c, k, k, 1, k);
			rig_bd(rig, c, 1, loop, RIG_BD(.address = k * 0x10000, .words = 0x4000, .next = (int)loop));
			rig_push(rig, c, 1, run.write, k, loop, 1, false);
			rig_bd(rig, c, 0, k,
			       RIG_BD(.address = RIG_MEMORY_BASE + at, .words = run.bytes / 4, .burst = run.burst));
		}
	}
	for (unsigned c = 0; c < run.columns; c++)
		for (unsigned k = 0; k < run.channels; k++)
			rig_push(rig, c, 0, !run.write, k, k, 1, true);
	cycles = rig_run(rig, 100000000);
	for (unsigned i = 0; i < run.columns * run.channels; i++) {
		struct aie_token token;

		assert_true(rig_take_token(rig, &token));
	}
	result = (double)run.columns * run.channels * run.bytes / (double)cycles * CYCLES_PER_US / 1000;
	rig_free(rig);
	return result;
}

static void check(struct run run, double published, double percent)
{
	double got = bandwidth("npu4", run);

	print_message("%ux%u %s burst %u: %.2f GB/s, published %.2f (%+.1f %%)\n", run.columns, run.channels,
	              run.write ? "write" : "read", 64U << run.burst, got, published, (got / published - 1) * 100);
	if (got < published * (1 - percent / 100) || got > published * (1 + percent / 100))
		fail_msg("%ux%u: %.2f GB/s is more than %.0f %% away from %.2f", run.columns, run.channels, got,
		         percent, published);
}

enum { MIB = 1 << 20 };

static void test_reads(void **state)
{
	(void)state;
	check((struct run){ 1, 1, false, 3, 2 * MIB }, 13.4, 5);
	check((struct run){ 1, 2, false, 3, 2 * MIB }, 25.0, 5);
	check((struct run){ 4, 1, false, 3, 2 * MIB }, 46.8, 5);
	check((struct run){ 8, 1, false, 3, 2 * MIB }, 55.6, 5); /* law: min(13.5 n, 55.6) */
	check((struct run){ 8, 2, false, 3, 1 * MIB }, 56.2, 5);
}

static void test_writes(void **state)
{
	(void)state;
	check((struct run){ 1, 1, true, 3, 2 * MIB }, 14.2, 5);
	check((struct run){ 1, 2, true, 3, 2 * MIB }, 28.7, 5);
	check((struct run){ 4, 1, true, 3, 2 * MIB }, 54.3, 5);
	check((struct run){ 8, 2, true, 3, 1 * MIB }, 56.0, 5);
}

static void test_burst_lengths(void **state)
{
	/* 8 columns x 2 channels, net */
	(void)state;
	check((struct run){ 8, 2, false, 0, MIB / 2 }, 43.2, 10);
	check((struct run){ 8, 2, false, 1, MIB / 2 }, 52.9, 10);
	check((struct run){ 8, 2, false, 2, MIB / 2 }, 54.3, 10);
	check((struct run){ 8, 2, true, 0, MIB / 2 }, 26.7, 10);
	check((struct run){ 8, 2, true, 1, MIB / 2 }, 49.0, 10);
	check((struct run){ 8, 2, true, 2, MIB / 2 }, 50.4, 10);
}

/* Reads and writes of all channels at once share the memory port: 57 GB/s were seen on mixed traffic.  The counters say
 * what went by, and that the port was the bound. */
static void test_both_directions(void **state)
{
	enum { BYTES = MIB / 2 };
	struct rig *rig = rig_new("npu4", (size_t)RIG_COLUMNS * 4 * BYTES);
	struct aie_ddr_counters ddr;
	uint64_t cycles;
	double rate;

	(void)state;
	for (unsigned c = 0; c < RIG_COLUMNS; c++) {
		for (unsigned k = 0; k < 2; k++) {
			unsigned loop = k ? 24 : 0;

			rig_route_up(rig, c, k, k, 1, k);
			rig_route_down(rig, c, 1, k, k, k);
			rig_bd(rig, c, 1, loop, RIG_BD(.address = k * 0x10000, .words = 0x4000, .next = (int)loop));
			rig_push(rig, c, 1, true, k, loop, 1, false);
			rig_push(rig, c, 1, false, k, loop, 1, false);
			for (unsigned d = 0; d < 2; d++) {
				size_t at = (size_t)(c * 4 + k * 2 + d) * BYTES;

				rig_bd(rig, c, 0, k * 2 + d,
				       RIG_BD(.address = RIG_MEMORY_BASE + at, .words = BYTES / 4));
				rig_push(rig, c, 0, d, k, k * 2 + d, 1, false);
			}
		}
	}
	cycles = rig_run(rig, 100000000);
	rate = (double)RIG_COLUMNS * 4 * BYTES / (double)cycles * CYCLES_PER_US / 1000;
	print_message("8x2 read and write: %.2f GB/s together, published 57\n", rate);
	assert_true(rate > 57 * 0.95 && rate < 57 * 1.05);
	aie_array_ddr(rig->array, &ddr);
	assert_int_equal(ddr.bytes_read, RIG_COLUMNS * 2 * BYTES);
	assert_int_equal(ddr.bytes_written, RIG_COLUMNS * 2 * BYTES);
	assert_true(ddr.busy > cycles * 9 / 10 && ddr.busy <= cycles);
	aie_array_clear_counters(rig->array);
	aie_array_ddr(rig->array, &ddr);
	assert_int_equal(ddr.bytes_read + ddr.bytes_written + ddr.busy, 0);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads),
		cmocka_unit_test(test_writes),
		cmocka_unit_test(test_burst_lengths),
		cmocka_unit_test(test_both_directions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

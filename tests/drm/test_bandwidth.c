/* Pure shim DMA through the whole dispatch, submission to completion, against the published measurements on a Strix
 * Halo part (native submit without XRT, memory tile as sink or source, best of warm runs): the table of columns and
 * channels and that of queued descriptors, within 5 % in bandwidth, within 10 % in time where a run is mostly launch.
 *
 * A run writes a descriptor, patches its address and pushes a task for every transfer, and waits for one token of each
 * channel.  What the published program did exactly is not known.  (assumed: four channels are four columns; all tasks
 * of a channel move different addresses; channels share a buffer here, which the model's memory does not notice)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/aie.h"
#include "driver/image/pdi.h"
#include "driver/image/registers.h"
#include "driver/image/txn.h"
#include "tests/drm/program.h"
#include "tests/drm/rig.h"

enum {
	KIB = 1 << 10,
	MIB = 1 << 20,
	DIRECTIONS = 2,
	READ = 1,
	WRITE = 2,
	MAX_QUEUE = 4,
	SINK_WORDS = 0x4000,
	SINK_STRIDE = 0x10000,
	MEMORY_OWN = 0x80000, /* where the DMA of a memory tile sees its own memory (documented) */
	ODD_DESCRIPTORS = 24, /* descriptors of the memory tile's odd channels (documented) */
	SHIM_SWITCH = 0x3F000,
	MEMORY_SWITCH = 0xB0000,
	SLAVES = 0x100,
	LAUNCH_US = 65, /* published: 63-69 */
};
#define ENABLE UINT32_C(0x80000000)

struct load {
	unsigned columns, channels; /* a column, each way */
	unsigned direction;         /* READ | WRITE */
	unsigned queue;             /* tasks a channel */
	uint32_t bytes;             /* a task */
};

static void route(struct aie_cdo_builder *cdo, unsigned column, unsigned row, unsigned slave, unsigned master)
{
	uint32_t base = row ? MEMORY_SWITCH : SHIM_SWITCH;

	aie_cdo_write32(cdo, aie_tile_address(column, row, base + SLAVES + 4 * slave), ENABLE);
	aie_cdo_write32(cdo, aie_tile_address(column, row, base + 4 * master), ENABLE | slave);
}

/* A descriptor of the memory tile that follows itself: takes or gives without end. */
static void endless(struct aie_cdo_builder *cdo, unsigned column, unsigned channel, bool mm2s)
{
	unsigned id = (channel & 1) * ODD_DESCRIPTORS + mm2s;
	uint32_t words[8] = { AIE_FIELD(AIE_MEMTILE_DMA_BD_0_BUFFER_LENGTH, SINK_WORDS) };

	words[1] = AIE_FIELD(AIE_MEMTILE_DMA_BD_1_BASE_ADDRESS, (MEMORY_OWN + SINK_STRIDE * (2 * channel + mm2s)) / 4) |
	           AIE_FIELD(AIE_MEMTILE_DMA_BD_1_USE_NEXT_BD, 1) | AIE_FIELD(AIE_MEMTILE_DMA_BD_1_NEXT_BD, id);
	words[7] = AIE_FIELD(AIE_MEMTILE_DMA_BD_7_VALID_BD, 1);
	aie_cdo_block_write(cdo, aie_tile_address(column, 1, AIE_MEMTILE_DMA_BD_0 + AIE_MEMTILE_DMA_BD_0_STRIDE * id),
	                    words, 8);
	aie_cdo_write32(cdo,
	                aie_tile_address(column, 1,
	                                 (mm2s ? AIE_MEMTILE_DMA_MM2S_START_QUEUE : AIE_MEMTILE_DMA_S2MM_START_QUEUE) +
	                                         8 * channel),
	                id);
}

static void configuration(const struct load *load, struct aie_bytes *pdi)
{
	/* Port numbers of the switches (documented register order): shim South 3 and 7 are MM2S 0 and 1. */
	static const unsigned shim_in[] = { 5, 9 };
	enum { SHIM_NORTH_OUT = 12, SHIM_NORTH_IN = 14, SHIM_SOUTH2 = 4, SOUTH_IN = 7, NORTH_IN = 13, SOUTH_OUT = 7 };
	struct aie_cdo_builder cdo;
	struct aie_bytes body;
	struct aie_error error;

	aie_cdo_begin(&cdo);
	for (unsigned c = 0; c < load->columns; c++) {
		aie_cdo_write32(&cdo, aie_tile_address(c, 0, AIE_SHIM_MUX_CONFIG),
		                AIE_FIELD(AIE_SHIM_MUX_CONFIG_SOUTH3, 1) | AIE_FIELD(AIE_SHIM_MUX_CONFIG_SOUTH7, 1));
		aie_cdo_write32(&cdo, aie_tile_address(c, 0, AIE_SHIM_DEMUX_CONFIG),
		                AIE_FIELD(AIE_SHIM_DEMUX_CONFIG_SOUTH2, 1) |
		                        AIE_FIELD(AIE_SHIM_DEMUX_CONFIG_SOUTH3, 1));
		for (unsigned k = 0; k < load->channels; k++) {
			if (load->direction & READ) {
				route(&cdo, c, 0, shim_in[k], SHIM_NORTH_OUT + k);
				route(&cdo, c, 1, SOUTH_IN + k, k);
				endless(&cdo, c, k, false);
			}
			if (load->direction & WRITE) {
				route(&cdo, c, 1, k, SOUTH_OUT + k);
				route(&cdo, c, 0, SHIM_NORTH_IN + k, SHIM_SOUTH2 + k);
				endless(&cdo, c, k, true);
			}
		}
	}
	if (aie_cdo_finish(&cdo, &body, &error) || aie_pdi_write(body.data, body.size, pdi, &error))
		fail_msg("%s", error.text);
	aie_bytes_free(&body);
}

/* Argument 0 is read, argument 1 written. */
static void sequence(const struct load *load, struct aie_bytes *stream)
{
	uint32_t words[8] = { load->bytes / 4 };
	struct aie_txn_builder txn;
	struct aie_error error;

	words[4] = AIE_FIELD(AIE_SHIM_DMA_BD_4_BURST_LENGTH, 3);
	words[5] = AIE_FIELD(AIE_SHIM_DMA_BD_5_AXCACHE, 2);
	words[7] = AIE_FIELD(AIE_SHIM_DMA_BD_7_VALID_BD, 1);
	aie_txn_begin(&txn, AIE_TXN_V0_1, AIE_TXN_NPU2, 8);
	for (unsigned q = 0; q < load->queue; q++)
		for (unsigned c = 0; c < load->columns; c++)
			for (unsigned k = 0; k < load->channels; k++)
				for (unsigned d = 0; d < DIRECTIONS; d++) {
					unsigned id = (q * 2 + k) * DIRECTIONS + d;
					uint32_t at = AIE_SHIM_DMA_BD_0 + AIE_SHIM_DMA_BD_0_STRIDE * id;
					uint32_t queue =
					        (d ? AIE_SHIM_DMA_S2MM_TASK_QUEUE : AIE_SHIM_DMA_MM2S_TASK_QUEUE) +
					        8 * k;

					if (!(load->direction & (d ? WRITE : READ)))
						continue;
					aie_txn_block_write(&txn, aie_tile_address(c, 0, at), words, 8);
					aie_txn_ddr_patch(&txn, aie_tile_address(c, 0, at + 4), d,
					                  (uint64_t)q * load->bytes);
					aie_txn_write32(&txn, aie_tile_address(c, 0, queue),
					                id | (q == load->queue - 1 ? ENABLE : 0));
				}
	for (unsigned d = 0; d < DIRECTIONS; d++)
		for (unsigned c = 0; load->direction & (d ? WRITE : READ) && c < load->columns; c++)
			for (unsigned k = 0; k < load->channels; k++)
				aie_txn_sync(&txn, c, 0, !d, k, 1, 1);
	if (aie_txn_finish(&txn, stream, &error))
		fail_msg("%s", error.text);
}

static void good(bool failed, const struct aie_error *error)
{
	if (failed)
		fail_msg("%s", error->text);
}

/* One run, in microseconds from submission to completion, less loading the configuration: as in a warm run. */
static double microseconds(const struct load *load)
{
	struct aie_profile *profile = calloc(1, sizeof *profile);
	struct aie_buffer *instructions, *argument[2];
	struct aie_bytes pdi, xclbin, stream;
	struct aie_context *context;
	struct aie_command *command;
	struct aie_device *device;
	struct aie_error error;
	double time;

	assert_non_null(profile);
	configuration(load, &pdi);
	program_xclbin(&xclbin, &pdi, 8);
	sequence(load, &stream);
	device = aie_device_open("sim", &error);
	good(!device, &error);
	context = aie_context_create_xclbin(device, xclbin.data, xclbin.size, NULL, &error);
	good(!context, &error);
	instructions = aie_buffer_create(device, stream.size, AIE_BUFFER_INSTRUCTION, &error);
	good(!instructions, &error);
	memcpy(aie_buffer_data(instructions), stream.data, stream.size);
	for (unsigned d = 0; d < DIRECTIONS; d++) {
		argument[d] = aie_buffer_create(device, (size_t)load->queue * load->bytes, AIE_BUFFER_HOST, &error);
		good(!argument[d], &error);
	}
	command = aie_command_create(context, instructions, stream.size, argument, 2, &error);
	good(!command, &error);
	good(aie_command_submit(command, &error) || aie_command_wait(command, -1, &error), &error);
	good(aie_device_profile(device, profile, &error), &error);
	time = (double)(profile->cycles - profile->configure_cycles) / (double)profile->clock_hz * 1e6;
	free(profile);
	aie_command_destroy(command);
	for (unsigned d = 0; d < DIRECTIONS; d++)
		aie_buffer_destroy(argument[d]);
	aie_buffer_destroy(instructions);
	aie_context_destroy(context);
	aie_device_close(device);
	aie_bytes_free(&stream);
	aie_bytes_free(&xclbin);
	aie_bytes_free(&pdi);
	return time;
}

static unsigned failures;

/* `published`: GB/s with the launch inside.  Where the launch is more than half of the time it is the time that counts.
 */
static void check(struct load load, double published)
{
	unsigned ways = (load.direction & READ ? 1 : 0) + (load.direction & WRITE ? 1 : 0);
	double bytes = (double)load.columns * load.channels * ways * load.queue * load.bytes;
	double time = microseconds(&load), rate = bytes / time / 1000, expected = bytes / published / 1000;
	bool small = expected < 2 * LAUNCH_US;
	double off = (small ? time / expected - 1 : rate / published - 1) * 100, percent = small ? 10 : 5;
	bool good_enough = off > -percent && off < percent;

	print_message("%ux%u %s %u x %6u KiB: %8.1f us, published %8.1f; %6.3f GB/s, published %6.3f (%s %+.1f %%)%s\n",
	              load.columns, load.channels,
	              load.direction == (READ | WRITE) ? "both "
	              : load.direction == READ         ? "read "
	                                               : "write",
	              load.queue, load.bytes / KIB, time, expected, rate, published, small ? "time" : "rate", off,
	              good_enough ? "" : "  <-- too far");
	failures += !good_enough;
}

/* Published: 16 MiB a channel, one descriptor. */
static void columns_and_channels(void **state)
{
	static const struct {
		unsigned columns, channels;
		double read, write;
	} published[] = {
		{ 1, 1, 12.77, 13.46 },
		{ 1, 2, 23.83, 27.19 },
		{ 4, 1, 44.79, 51.57 },
		{ 8, 2, 55.47, 55.28 },
	};

	(void)state;
	failures = 0;
	for (unsigned i = 0; i < sizeof published / sizeof published[0]; i++) {
		struct load load = { published[i].columns, published[i].channels, READ, 1, 16 * MIB };

		check(load, published[i].read);
		load.direction = WRITE;
		check(load, published[i].write);
	}
	/* The same table's row for other sizes a channel. */
	check((struct load){ 8, 2, READ, 1, 1 * MIB }, 43.6);
	assert_int_equal(failures, 0);
}

/* Published: GB/s of reads by number of channels and queued tasks, 4 KiB to 1 MiB a task. */
static void queued_descriptors(void **state)
{
	static const uint32_t size[] = { 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, 1024 * KIB };
	static const struct {
		unsigned channels, queue;
		double rate[5];
	} published[] = {
		{ 1, 1, { 0.059, 0.26, 0.99, 3.24, 7.27 } },
		{ 1, 4, { 0.26, 0.99, 3.25, 7.27, 11.19 } },
		{ 4, 1, { 0.25, 1.03, 3.81, 10.90, 26.41 } },
		{ 4, 4, { 0.94, 3.62, 11.20, 25.62, 39.28 } },
	};

	(void)state;
	failures = 0;
	for (unsigned i = 0; i < sizeof published / sizeof published[0]; i++)
		for (unsigned k = 0; k < 5; k++) {
			struct load load = { published[i].channels, 1, READ, published[i].queue, size[k] };

			check(load, published[i].rate[k]);
		}
	assert_int_equal(failures, 0);
}

/* Mixed traffic of large kernels was seen at 57 GB/s (Krackan), net of the launch. */
static void both_ways(void **state)
{
	double bytes = 8.0 * 2 * 2 * 4 * MIB;

	(void)state;
	failures = 0;
	check((struct load){ 8, 2, READ | WRITE, 1, 4 * MIB }, bytes / (bytes / 57e9 + LAUNCH_US * 1e-6) / 1e9);
	assert_int_equal(failures, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(queued_descriptors),
		cmocka_unit_test(both_ways),
		cmocka_unit_test(columns_and_channels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

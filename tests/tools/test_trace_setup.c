/* --trace-events texts, and the plan: units, ways, sinks; what is refused and how it is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "driver/image/pdi.h"
#include "driver/image/txn.h"
#include "driver/image/walk.h"
#include "driver/image/xclbin.h"
#include "driver/tools/tracing.h"
#include "kernels/operator.h"

/* ---- wishes ---- */

static void wish_of(struct aie_tracing_wish *wish, const char *text)
{
	struct aie_error error = { 0 };

	aie_tracing_wish_default(wish);
	if (aie_tracing_wish_parse(wish, text, &error))
		fail_msg("\"%s\": %s", text, error.text);
}

static void defaults_are_whole(void **state)
{
	struct aie_tracing_wish wish;

	(void)state;
	aie_tracing_wish_default(&wish);
	for (unsigned module = 0; module < AIE_EVENT_MODULES; module++) {
		assert_true(wish.module[module].given);
		assert_int_equal(wish.module[module].count, AIE_TRACING_SLOTS);
	}
	assert_int_equal(wish.module[AIE_EVENT_MODULE_CORE].event[0], AIE_EVENT_CORE_INSTR_EVENT_0);
}

static void wishes(void **state)
{
	struct aie_tracing_wish wish;

	(void)state;
	wish_of(&wish, "core=LOCK_STALL,instr_event_0,34;tiles=0,2+1,2;mode=event-pc");
	assert_true(wish.module[AIE_EVENT_MODULE_CORE].given);
	assert_false(wish.module[AIE_EVENT_MODULE_MEM].given);
	assert_false(wish.module[AIE_EVENT_MODULE_SHIM].given);
	assert_int_equal(wish.module[AIE_EVENT_MODULE_CORE].count, 3);
	assert_int_equal(wish.module[AIE_EVENT_MODULE_CORE].event[2], AIE_EVENT_CORE_INSTR_EVENT_1);
	assert_int_equal(wish.module[AIE_EVENT_MODULE_CORE].event[0], AIE_EVENT_CORE_LOCK_STALL);
	assert_int_equal(wish.module[AIE_EVENT_MODULE_CORE].event[1], AIE_EVENT_CORE_INSTR_EVENT_0);
	assert_true(wish.event_pc);
	assert_int_equal(wish.tile_count, 2);
	assert_int_equal(wish.tile[1].column, 1);
	assert_int_equal(wish.tile[1].row, 2);

	/* a module without a list: its usual events; parts may come one by one */
	wish_of(&wish, "shim");
	assert_int_equal(wish.module[AIE_EVENT_MODULE_SHIM].count, AIE_TRACING_SLOTS);
	assert_false(wish.module[AIE_EVENT_MODULE_CORE].given);

	wish_of(&wish, "core=PORT_RUNNING_3@slave:South3,PORT_TLAST_3,PORT_IDLE_0");
	assert_true(wish.module[AIE_EVENT_MODULE_CORE].port[3].given);
	assert_false(wish.module[AIE_EVENT_MODULE_CORE].port[3].master);
	assert_int_equal(wish.module[AIE_EVENT_MODULE_CORE].port[3].bundle, AIE_BUNDLE_SOUTH);
	assert_int_equal(wish.module[AIE_EVENT_MODULE_CORE].port[3].index, 3);
	assert_true(wish.module[AIE_EVENT_MODULE_CORE].port[0].master);
	assert_int_equal(wish.module[AIE_EVENT_MODULE_CORE].port[0].bundle, AIE_BUNDLE_DMA);

	wish_of(&wish, "memtile=DMA_MM2S_SEL0_FINISHED_BD@3,DMA_S2MM_SEL1_FINISHED_BD");
	assert_true(wish.module[AIE_EVENT_MODULE_MEMTILE].selected[2]);
	assert_int_equal(wish.module[AIE_EVENT_MODULE_MEMTILE].channel[2], 3);
	assert_int_equal(wish.module[AIE_EVENT_MODULE_MEMTILE].channel[1], 1);

	wish_of(&wish, "all");
	assert_true(wish.everything);
}

static void bad_wishes(void **state)
{
	static const char *const cases[][2] = {
		{ "core=NO_SUCH", "the core module has no event 'NO_SUCH'" },
		{ "core=400", "has no event '400'" },
		{ "core=1,16,17,18,19,23,24,25,26", "the ninth" },
		{ "tiles=0", "expected COLUMN,ROW" },
		{ "tiles=0,2,3", "expected COLUMN,ROW" },
		{ "tiles=0,2+9,2", "expected COLUMN,ROW" },
		{ "mode=execution", "the modes are event-time and event-pc" },
		{ "kernel=LOCK_STALL", "expected core, mem, memtile or shim" },
		{ "core=LOCK_STALL@master:DMA0", "only port events look at a port" },
		{ "memtile=DMA_S2MM_SEL0_FINISHED_BD@6", "expected @ and a DMA channel from 0 to 5" },
		{ "memtile=DMA_S2MM_SEL0_FINISHED_BD@1,DMA_S2MM_SEL0_START_TASK@2", "has another DMA channel already" },
		{ "core=PORT_RUNNING_0@DMA0", "expected master:PORT or slave:PORT" },
		{ "core=PORT_RUNNING_0@master:DMA2", "the switch has no such port" },
		{ "shim=PORT_RUNNING_0@master:DMA0", "the switch has no such port" },
		{ "core=PORT_RUNNING_0@master:DMA0,PORT_IDLE_0@master:DMA1", "looks at another port already" },
		{ "all;core=LOCK_STALL", "'all' records everything and takes no other part" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct aie_tracing_wish wish;
		struct aie_error error = { 0 };

		aie_tracing_wish_default(&wish);
		assert_int_equal(aie_tracing_wish_parse(&wish, cases[i][0], &error), -1);
		assert_int_equal(error.category, AIE_ERROR_INPUT);
		if (!strstr(error.text, cases[i][1]))
			fail_msg("\"%s\": \"%s\" does not say \"%s\"", cases[i][0], error.text, cases[i][1]);
	}
}

/* ---- plans for the GEMV ---- */

static struct aie_operator_job *gemv(const char *cols, const char *placement)
{
	const struct aie_operator_setting setting[] = {
		{ "M", "64" }, { "K", "512" }, { "cols", cols }, { "placement", placement }
	};
	struct aie_error error = { 0 };
	struct aie_operator_job *job = aie_operator_find("gemv-int4")->create(setting, 4, &error);

	if (!job)
		fail_msg("%s", error.text);
	return job;
}

static int plan_image(struct aie_tracing_plan *plan, struct aie_tracing_survey *survey,
                      const struct aie_operator_image *image, const char *events, struct aie_error *error)
{
	struct aie_tracing_wish wish;

	*error = (struct aie_error){ 0 };
	wish_of(&wish, events);
	if (aie_tracing_survey(survey, image->xclbin, image->xclbin_size, image->instructions, image->instructions_size,
	                       image->columns, error))
		return -1;
	return aie_tracing_plan(plan, &wish, survey, error);
}

struct written {
	const struct aie_tracing_survey *survey;
	unsigned switches, others;
};

/* Writes of the set-up must not touch what the image's own writes have enabled. */
static void look(void *user, const struct aie_operation *operation)
{
	struct written *written = user;
	const unsigned column = aie_address_column(operation->address), row = aie_address_row(operation->address);
	const uint32_t offset = aie_address_offset(operation->address);
	const enum aie_tile_kind kind = aie_tile_kind_of_row(row);
	const uint32_t first = aie_port_master_config(kind, 0);

	if (operation->kind != AIE_OPERATION_WRITE || offset < first ||
	    offset >= first + 4 * AIE_TRACING_SWITCH_WORDS) {
		written->others++;
		return;
	}
	written->switches++;
	assert_int_equal(written->survey->tile[column][row].switches[(offset - first) / 4], 0);
}

/* A stream without operations, as the one to put the set-up into. */
static struct aie_bytes empty_stream(unsigned columns)
{
	struct aie_txn_builder builder;
	struct aie_bytes bytes;
	struct aie_error error = { 0 };

	aie_txn_begin(&builder, AIE_TXN_V0_1, AIE_TXN_NPU2, columns);
	assert_int_equal(aie_txn_finish(&builder, &bytes, &error), 0);
	return bytes;
}

static void gemv_plans(void **state)
{
	static const struct {
		const char *cols, *placement;
		unsigned units;
	} cases[] = {
		{ "1", "packed", 3 },  { "2", "packed", 6 }, { "4", "packed", 12 },
		{ "8", "packed", 24 }, { "1", "spread", 3 }, { "8", "spread", 24 },
	};
	static struct aie_tracing_survey survey;
	static struct aie_tracing_plan plan;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct aie_operator_job *job = gemv(cases[i].cols, cases[i].placement);
		const struct aie_operator *op = aie_operator_find("gemv-int4");
		struct aie_bytes empty, traced;
		struct written written = { .survey = &survey };
		struct aie_error error;

		if (plan_image(&plan, &survey, op->image(job), "", &error))
			fail_msg("%s workers %s: %s", cases[i].cols, cases[i].placement, error.text);
		assert_int_equal(plan.unit_count, cases[i].units);
		assert_string_equal(plan.left_out, "");
		assert_int_equal(plan.sink_count, 1);
		assert_true(plan.sink[0].own_packet);
		/* the sink is a channel that the image never starts */
		assert_false(survey.tile[plan.sink[0].column][0].s2mm >> plan.sink[0].channel & 1);
		assert_int_equal(plan.start_channel, 15);
		assert_int_equal(plan.stop_channel, 14);
		empty = empty_stream(op->image(job)->columns);
		assert_int_equal(aie_tracing_instructions(&plan, empty.data, empty.size, 3, 1 << 16, &traced, &error),
		                 0);
		assert_int_equal(aie_image_walk(traced.data, traced.size, look, &written, &error), 0);
		assert_true(written.switches >= 3 * plan.unit_count);
		aie_bytes_free(&empty);
		aie_bytes_free(&traced);
		op->destroy(job);
	}
}

static void chosen_tiles(void **state)
{
	static struct aie_tracing_survey survey;
	static struct aie_tracing_plan plan;
	struct aie_operator_job *job = gemv("8", "packed");
	const struct aie_operator *op = aie_operator_find("gemv-int4");
	struct aie_error error;

	(void)state;
	assert_int_equal(
	        plan_image(&plan, &survey, op->image(job), "core;mem=DMA_S2MM_0_FINISHED_BD;tiles=0,3+1,5", &error), 0);
	assert_int_equal(plan.unit_count, 4);
	assert_int_equal(plan.unit[3].column, 1);
	assert_int_equal(plan.unit[3].row, 5);
	assert_int_equal(plan.unit[3].module, AIE_EVENT_MODULE_MEM);

	assert_int_equal(plan_image(&plan, &survey, op->image(job), "tiles=0,3+0,3", &error), -1);
	assert_non_null(strstr(error.text, "tile (0,3) is named twice"));
	assert_int_equal(plan_image(&plan, &survey, op->image(job), "memtile", &error), -1);
	assert_non_null(strstr(error.text, "none of the named modules is in use"));
	op->destroy(job);
	job = gemv("1", "packed");
	assert_int_equal(plan_image(&plan, &survey, op->image(job), "tiles=1,2", &error), -1);
	assert_non_null(strstr(error.text, "tile (1,2) lies outside the image's 1 columns"));
	op->destroy(job);
}

/* ---- images that leave too little free ---- */

struct image {
	struct aie_bytes xclbin, stream;
};

/* A core at (0,2), and what `more` adds. */
static void make_image(struct image *image, unsigned columns, void (*more)(struct aie_cdo_builder *))
{
	struct aie_xclbin_new_kernel kernel = { .name = "MLIR_AIE", .pdi = 0 };
	struct aie_bytes cdo, pdi;
	struct aie_cdo_builder builder;
	struct aie_xclbin_new file = {
		.columns = columns, .pdi = &pdi, .pdi_count = 1, .kernel = &kernel, .kernel_count = 1
	};
	struct aie_error error = { 0 };

	aie_cdo_begin(&builder);
	aie_cdo_write32(&builder, aie_tile_address(0, 2, AIE_CORE_CORE_CONTROL),
	                AIE_FIELD(AIE_CORE_CORE_CONTROL_ENABLE, 1));
	more(&builder);
	assert_int_equal(aie_cdo_finish(&builder, &cdo, &error), 0);
	assert_int_equal(aie_pdi_write(cdo.data, cdo.size, &pdi, &error), 0);
	assert_int_equal(aie_xclbin_write(&file, &image->xclbin, &error), 0);
	image->stream = empty_stream(columns);
	aie_bytes_free(&cdo);
	aie_bytes_free(&pdi);
}

static void expect(void (*more)(struct aie_cdo_builder *), const char *events, const char *message)
{
	static struct aie_tracing_survey survey;
	static struct aie_tracing_plan plan;
	struct image image;
	struct aie_operator_image operator_image;
	struct aie_error error;
	int status;

	make_image(&image, 1, more);
	operator_image = (struct aie_operator_image){ .xclbin = image.xclbin.data,
		                                      .xclbin_size = image.xclbin.size,
		                                      .instructions = image.stream.data,
		                                      .instructions_size = image.stream.size,
		                                      .columns = 1 };
	status = plan_image(&plan, &survey, &operator_image, events, &error);
	if (!message) {
		if (status)
			fail_msg("%s", error.text);
	} else if (!status || !strstr(error.text, message)) {
		fail_msg("%s: \"%s\" does not say \"%s\"", events, status ? error.text : "no error", message);
	}
	aie_bytes_free(&image.xclbin);
	aie_bytes_free(&image.stream);
}

static void nothing(struct aie_cdo_builder *cdo)
{
	(void)cdo;
}

static void take_masters(struct aie_cdo_builder *cdo, unsigned row, enum aie_port_bundle bundle)
{
	const enum aie_tile_kind kind = aie_tile_kind_of_row(row);
	const struct aie_port_range range = aie_switch_ports(kind, true, bundle);

	for (unsigned i = 0; i < range.count; i++)
		aie_cdo_write32(cdo, aie_tile_address(0, row, aie_port_master_config(kind, range.first + i)),
		                UINT32_C(1) << 31);
}

static void both_channels(struct aie_cdo_builder *cdo)
{
	aie_cdo_write32(cdo, aie_tile_address(0, 0, AIE_SHIM_DMA_S2MM_TASK_QUEUE), 0);
	aie_cdo_write32(cdo, aie_tile_address(0, 0, AIE_SHIM_DEMUX_CONFIG), AIE_FIELD(AIE_SHIM_DEMUX_CONFIG_SOUTH3, 1));
}

static void all_descriptors(struct aie_cdo_builder *cdo)
{
	for (unsigned i = 0; i < AIE_SHIM_DMA_BD_0_COUNT; i++)
		aie_cdo_write32(cdo, aie_tile_address(0, 0, AIE_SHIM_DMA_BD_0 + i * AIE_SHIM_DMA_BD_0_STRIDE), 0);
}

static void south_of_core(struct aie_cdo_builder *cdo)
{
	take_masters(cdo, 2, AIE_BUNDLE_SOUTH);
}

static void south_of_memory(struct aie_cdo_builder *cdo)
{
	take_masters(cdo, 1, AIE_BUNDLE_SOUTH);
}

static void trace_port(struct aie_cdo_builder *cdo)
{
	aie_cdo_write32(cdo, aie_tile_address(0, 2, AIE_CORE_STREAM_SWITCH_SLAVE_CONFIG_AIE_TRACE), UINT32_C(1) << 31);
}

static void arbiters(struct aie_cdo_builder *cdo)
{
	/* eight masters to the north in packet mode, one for each arbiter: six there are, and two to the west */
	const struct aie_port_range north = aie_switch_ports(AIE_TILE_COMPUTE, true, AIE_BUNDLE_NORTH);
	const struct aie_port_range west = aie_switch_ports(AIE_TILE_COMPUTE, true, AIE_BUNDLE_WEST);

	for (unsigned i = 0; i < AIE_SWITCH_ARBITERS; i++) {
		const unsigned port = i < north.count ? north.first + i : west.first + i - north.count;

		aie_cdo_write32(cdo, aie_tile_address(0, 2, aie_port_master_config(AIE_TILE_COMPUTE, port)),
		                UINT32_C(3) << 30 | 1U << 3 | i);
	}
}

static void monitors(struct aie_cdo_builder *cdo)
{
	aie_cdo_write32(cdo, aie_tile_address(0, 2, AIE_CORE_STREAM_SWITCH_EVENT_PORT_SELECTION_0), 0x21);
}

static void memory_channels(struct aie_cdo_builder *cdo)
{
	aie_cdo_write32(cdo, aie_tile_address(0, 1, AIE_MEMTILE_DMA_S2MM_START_QUEUE), 0);
	aie_cdo_write32(cdo, aie_tile_address(0, 1, AIE_MEMTILE_DMA_EVENT_CHANNEL_SELECTION), 5);
}

static void broadcasts(struct aie_cdo_builder *cdo)
{
	for (unsigned i = 1; i < 16; i++)
		aie_cdo_write32(cdo, aie_tile_address(0, 2, AIE_CORE_EVENT_BROADCAST + 4 * i), 1);
}

static void nothing_free(void **state)
{
	(void)state;
	expect(nothing, "core", NULL);
	expect(both_channels, "core", "no shim S2MM channel is free");
	expect(all_descriptors, "core", "no shim S2MM channel is free");
	expect(south_of_core, "core",
	       "comes as far as tile (0,2), where the image takes South0, South1, South2, South3");
	expect(south_of_memory, "core", "comes as far as tile (0,1), where the image takes South");
	expect(trace_port, "core", "the image uses the trace port of the core module of tile (0,2) itself");
	expect(trace_port, "mem", NULL);
	expect(arbiters, "core", "no port, but arbiters");
	expect(monitors, "core=PORT_RUNNING_0", "uses the port monitors of tile (0,2) itself");
	expect(monitors, "core=LOCK_STALL", NULL);
	expect(memory_channels, "memtile=DMA_S2MM_SEL0_FINISHED_BD@3",
	       "selects the DMA channels for events of tile (0,1)");
	expect(memory_channels, "memtile=DMA_S2MM_SEL0_FINISHED_BD", NULL);
	expect(broadcasts, "core", "uses so many broadcast channels");
}

/* Two columns between which the shim row has no way: each has its own channel and half of the buffer. */
static void apart(struct aie_cdo_builder *cdo)
{
	aie_cdo_write32(cdo, aie_tile_address(1, 2, AIE_CORE_CORE_CONTROL), AIE_FIELD(AIE_CORE_CORE_CONTROL_ENABLE, 1));
	for (unsigned column = 0; column < 2; column++)
		for (unsigned row = 0; row < AIE_ARRAY_ROWS; row++) {
			const enum aie_tile_kind kind = aie_tile_kind_of_row(row);
			const struct aie_port_range sides[] = { aie_switch_ports(kind, true, AIE_BUNDLE_EAST),
				                                aie_switch_ports(kind, true, AIE_BUNDLE_WEST) };

			for (unsigned side = 0; side < 2; side++)
				for (unsigned i = 0; i < sides[side].count; i++)
					aie_cdo_write32(
					        cdo,
					        aie_tile_address(column, row,
					                         aie_port_master_config(kind, sides[side].first + i)),
					        UINT32_C(1) << 31);
		}
}

struct sinks {
	unsigned patches, polls;
	uint64_t addend[4];
};

static void look_for_sinks(void *user, const struct aie_operation *operation)
{
	struct sinks *sinks = user;

	if (operation->kind == AIE_OPERATION_DDR_PATCH) {
		assert_true(sinks->patches < 4);
		assert_int_equal(operation->argument, 2);
		sinks->addend[sinks->patches++] = operation->addend;
	}
	sinks->polls += operation->kind == AIE_OPERATION_MASK_POLL;
}

static void two_sinks(void **state)
{
	static struct aie_tracing_survey survey;
	static struct aie_tracing_plan plan;
	struct sinks sinks = { 0 };
	struct image image;
	struct aie_bytes traced;
	struct aie_operator_image operator_image;
	struct aie_error error;

	(void)state;
	make_image(&image, 2, apart);
	operator_image = (struct aie_operator_image){ .xclbin = image.xclbin.data,
		                                      .xclbin_size = image.xclbin.size,
		                                      .instructions = image.stream.data,
		                                      .instructions_size = image.stream.size,
		                                      .columns = 2 };
	assert_int_equal(plan_image(&plan, &survey, &operator_image, "core", &error), 0);
	assert_int_equal(plan.unit_count, 2);
	assert_int_equal(plan.sink_count, 2);
	assert_int_equal(plan.sink[0].column, 0);
	assert_int_equal(plan.sink[1].column, 1);
	assert_true(plan.sink[1].own_packet);
	/* whole bursts: of 1000 bytes each has 448 */
	assert_int_equal(aie_tracing_part(&plan, 1000), 448);
	assert_int_equal(
	        aie_tracing_instructions(&plan, image.stream.data, image.stream.size, 2, 1000, &traced, &error), 0);
	assert_int_equal(aie_image_walk(traced.data, traced.size, look_for_sinks, &sinks, &error), 0);
	assert_int_equal(sinks.patches, 2);
	assert_int_equal(sinks.addend[0], 0);
	assert_int_equal(sinks.addend[1], 448);
	assert_int_equal(sinks.polls, 3);
	aie_bytes_free(&traced);
	assert_int_equal(aie_tracing_instructions(&plan, image.stream.data, image.stream.size, 2, 100, &traced, &error),
	                 -1);
	assert_non_null(strstr(error.text, "less than a burst of 64 bytes for each of 2"));
	aie_bytes_free(&image.xclbin);
	aie_bytes_free(&image.stream);
}

/* Two streams never share a link: in every switch a slave leads to one master, and each master has its arbiter. */
static void ways_are_trees(void **state)
{
	static struct aie_tracing_survey survey;
	static struct aie_tracing_plan plan;
	struct aie_operator_job *job = gemv("8", "packed");
	const struct aie_operator *op = aie_operator_find("gemv-int4");
	struct aie_error error;

	(void)state;
	assert_int_equal(plan_image(&plan, &survey, op->image(job), "", &error), 0);
	for (unsigned i = 0; i < plan.unit_count; i++) {
		const struct aie_tracing_unit *unit = &plan.unit[i];
		const enum aie_tile_kind kind = aie_tile_kind_of_row(unit->row);
		struct aie_switch_port at = { unit->column, unit->row,
			                      (uint8_t)(aie_switch_ports(kind, false, AIE_BUNDLE_TRACE).first +
			                                (unit->module == AIE_EVENT_MODULE_MEM ? 1 : 0)) };
		unsigned hops = 0;

		for (;; hops++) {
			const struct aie_tracing_switch *own = &plan.switches[at.column][at.row];
			const uint8_t master = own->master[at.port];
			const struct aie_switch_port out = { at.column, at.row, master };

			assert_true(hops < 40);
			assert_int_not_equal(master, AIE_TRACING_NOTHING);
			assert_true(aie_ports_joinable(aie_tile_kind_of_row(at.row), at.port, master));
			assert_true(own->arbiter[master] < AIE_SWITCH_ARBITERS);
			for (unsigned other = 0; other < AIE_SWITCH_PORTS_MAX; other++)
				if (other != master)
					assert_true(own->arbiter[other] != own->arbiter[master]);
			if (!aie_port_follow(plan.columns, out, &at))
				break;
		}
		assert_int_equal(at.column, plan.sink[0].column);
		assert_int_equal(at.row, 0);
	}
	op->destroy(job);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_whole), cmocka_unit_test(wishes),         cmocka_unit_test(bad_wishes),
		cmocka_unit_test(gemv_plans),         cmocka_unit_test(chosen_tiles),   cmocka_unit_test(nothing_free),
		cmocka_unit_test(two_sinks),          cmocka_unit_test(ways_are_trees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

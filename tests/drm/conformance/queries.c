/* GET_INFO, GET_ARRAY, SET_STATE. */
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/drm/conformance/conformance.h"
#include "tests/drm/program.h"

#define GROUP "queries"

CASE(metadata, PLAIN, "8 columns, 6 rows; 4 core rows from row 2 with 16 locks, memory tile row 1 with 64 locks")
{
	struct amdxdna_metadata data;
	uint32_t size;

	EXPECT_IS(conf_get_info(f, AMDXDNA_INFO_METADATA, &data, sizeof data, &size), 0);
	EXPECT_IS(size, sizeof data);
	EXPECT_IS(data.cols, 8);
	EXPECT_IS(data.rows, 6);
	EXPECT_IS(data.core.row_count, 4);
	EXPECT_IS(data.core.row_start, 2);
	EXPECT_IS(data.core.lock_count, 16);
	EXPECT_IS(data.mem.row_start, 1);
	EXPECT_IS(data.mem.lock_count, 64);
	EXPECT_IS(data.shim.row_start, 0);
	EXPECT_IS(data.shim.lock_count, 16);
}

CASE(short_buffer, PLAIN, "as many bytes are copied as the buffer takes")
{
	uint8_t data[16];

	memset(data, 0xaa, sizeof data);
	EXPECT_IS(conf_get_info(f, AMDXDNA_INFO_METADATA, data, 6, NULL), 0);
	EXPECT_IS(data[4], 8);
	EXPECT_IS(data[6], 0xaa);
}

CASE(long_buffer, PLAIN, "a longer buffer keeps its tail")
{
	uint8_t data[128];

	memset(data, 0xaa, sizeof data);
	EXPECT_IS(conf_get_info(f, AMDXDNA_INFO_METADATA, data, sizeof data, NULL), 0);
	EXPECT_IS(data[64], 0xaa);
}

CASE(unknown_param, PLAIN, "an unknown parameter is EOPNOTSUPP")
{
	uint8_t data[64];

	EXPECT_IS(conf_get_info(f, 99, data, sizeof data, NULL), -EOPNOTSUPP);
}

CASE(register_reads, PLAIN, "the out-of-tree driver's register and memory reads are EOPNOTSUPP")
{
	uint8_t data[64] = { 0 };

	EXPECT_IS(conf_get_info(f, AMDXDNA_INFO_READ_MEM, data, sizeof data, NULL), -EOPNOTSUPP);
	EXPECT_IS(conf_get_info(f, AMDXDNA_INFO_READ_REG, data, sizeof data, NULL), -EOPNOTSUPP);
}

CASE(cert_version, PLAIN, "parameter 14 is not for AIE2: EOPNOTSUPP")
{
	uint8_t data[64] = { 0 };

	EXPECT_IS(conf_get_info(f, 14, data, sizeof data, NULL), -EOPNOTSUPP);
}

CASE(unwritable, PLAIN, "an unwritable buffer is EFAULT")
{
	EXPECT_IS(conf_get_info(f, AMDXDNA_INFO_METADATA, (void *)16, 64, NULL), -EFAULT);
}

CASE(clocks, PLAIN, "the clocks are MP-NPU Clock and H Clock; at the top level 1267 and 1800 MHz")
{
	struct amdxdna_clocks data;

	EXPECT_IS(conf_get_info(f, AMDXDNA_INFO_CLOCKS, &data, sizeof data, NULL), 0);
	EXPECT(strcmp(data.mp_npu.name, "MP-NPU Clock") == 0);
	EXPECT(strcmp(data.h.name, "H Clock") == 0);
	EXPECT_IS(data.mp_npu.mhz, 1267);
	EXPECT_IS(data.h.mhz, 1800);
}

CASE(aie_version, PLAIN, "AIE_VERSION is two words")
{
	uint32_t data[3] = { 0, 0, 0x55 };

	EXPECT_IS(conf_get_info(f, AMDXDNA_INFO_AIE_VERSION, data, sizeof data, NULL), 0);
	EXPECT(data[0]);
	EXPECT_IS(data[2], 0x55);
}

CASE(firmware_version, PLAIN, "FIRMWARE_VERSION is four words")
{
	uint32_t data[5] = { 0, 0, 0, 0, 0x55 };

	EXPECT_IS(conf_get_info(f, AMDXDNA_INFO_FIRMWARE_VERSION, data, sizeof data, NULL), 0);
	EXPECT(data[0]);
	EXPECT_IS(data[4], 0x55);
}

CASE(resources, PLAIN, "RESOURCE_INFO: 1800 MHz, 58 TOPS, 16 tasks at most")
{
	struct amdxdna_resources data;

	EXPECT_IS(conf_get_info(f, AMDXDNA_INFO_RESOURCES, &data, sizeof data, NULL), 0);
	EXPECT_IS(data.clock_max, 1800);
	EXPECT_IS(data.tops_max, 58);
	EXPECT_IS(data.tasks_max, 16);
}

CASE(resources_tasks, PROGRAM, "RESOURCE_INFO counts the contexts there are")
{
	struct amdxdna_resources before, after;
	struct amdxdna_create_hwctx context;

	EXPECT_IS(conf_get_info(f, AMDXDNA_INFO_RESOURCES, &before, sizeof before, NULL), 0);
	EXPECT_IS(conf_context(f, 1, &context), 0);
	EXPECT_IS(conf_get_info(f, AMDXDNA_INFO_RESOURCES, &after, sizeof after, NULL), 0);
	EXPECT_IS(after.tasks_now, before.tasks_now + 1);
}

CASE(sensors, PLAIN,
     "SENSORS are 168-byte entries, buffer_size becomes what was written (or there is no platform: EOPNOTSUPP)")
{
	struct amdxdna_sensor data[16];
	unsigned columns = 0;
	uint32_t size;
	int result;

	memset(data, 0, sizeof data);
	result = conf_get_info(f, AMDXDNA_INFO_SENSORS, data, sizeof data, &size);
	if (result == -EOPNOTSUPP)
		return;
	EXPECT_IS(result, 0);
	EXPECT(size && size % 168 == 0);
	for (unsigned i = 0; i < size / 168; i++) {
		if (data[i].type != AMDXDNA_SENSOR_UTILISATION)
			continue;
		columns++;
		EXPECT(strncmp(data[i].label, "Column ", 7) == 0);
		EXPECT(strcmp(data[i].units, "%") == 0);
		EXPECT(data[i].input <= 100);
	}
	EXPECT_IS(columns, 8);
}

CASE(sensors_short, PLAIN, "a buffer for two sensors gets two")
{
	struct amdxdna_sensor data[2];
	uint32_t size;
	int result = conf_get_info(f, AMDXDNA_INFO_SENSORS, data, sizeof data + 100, &size);

	if (result == -EOPNOTSUPP)
		return;
	EXPECT_IS(result, 0);
	EXPECT_IS(size, sizeof data);
}

CASE(telemetry_without_admin, PLAIN, "TELEMETRY without CAP_SYS_ADMIN is EPERM")
{
	uint8_t data[4096] = { 0 };

	conf_without(conf, CAP_SYS_ADMIN);
	EXPECT_IS(conf_get_info(f, AMDXDNA_INFO_TELEMETRY, data, sizeof data, NULL), -EPERM);
}

CASE(telemetry, PLAIN, "TELEMETRY with CAP_SYS_ADMIN: the map has 16 entries")
{
	uint8_t data[4096] = { 0 };
	struct amdxdna_telemetry head;
	int result = conf_get_info(f, AMDXDNA_INFO_TELEMETRY, data, sizeof data, NULL);

	if (result == -EPERM)
		conf_skip(conf, "no CAP_SYS_ADMIN here");
	EXPECT_IS(result, 0);
	memcpy(&head, data, sizeof head);
	EXPECT_IS(head.map_num_elements, 16);
}

/* ---- AIE_STATUS ------------------------------------------------------------------------------------------------- */

static int status(struct conf_file *f, void *buffer, uint32_t size, uint32_t *columns)
{
	struct amdxdna_aie_status block = { .buffer = (uintptr_t)buffer, .buffer_size = size, .cols_filled = 0xdead };
	int result = conf_get_info(f, AMDXDNA_INFO_AIE_STATUS, &block, sizeof block, NULL);

	*columns = block.cols_filled;
	return result;
}

CASE(status_in_use, PROGRAM, "AIE_STATUS dumps the columns that contexts use and names them in a bit map")
{
	struct amdxdna_metadata data;
	uint32_t columns;
	uint8_t *dump;

	EXPECT_IS(conf_get_info(f, AMDXDNA_INFO_METADATA, &data, sizeof data, NULL), 0);
	EXPECT(data.col_size && data.col_size < 1 << 20);
	dump = conf_memory(conf, 8 * (size_t)data.col_size);
	EXPECT_IS(conf_run(f, &conf->program), 0);
	EXPECT_IS(status(f, dump, 8 * data.col_size, &columns), 0);
	EXPECT_IS(columns, 0xff);
}

CASE(status_too_small, PROGRAM, "AIE_STATUS with too small a buffer is EINVAL")
{
	uint8_t data[16];
	uint32_t columns;

	EXPECT_IS(status(f, data, sizeof data, &columns), -EINVAL);
}

CASE(status_unwritable, PROGRAM, "AIE_STATUS into an unwritable buffer is EFAULT")
{
	uint32_t columns;

	EXPECT_IS(status(f, (void *)16, 1 << 20, &columns), -EFAULT);
}

CASE(status_after_hang, HEAP, "AIE_STATUS after a time-out answers")
{
	struct conf_program program;
	struct aie_bytes pdi, stream;
	uint64_t addresses[2];
	uint8_t *data[2];
	uint32_t columns;

	program_loop_pdi(&pdi, PROGRAM_LOCK_NEVER_FREE);
	program_loop_stream(&stream, PROGRAM_BUFFER_WORDS);
	conf_program_of(f, &pdi, &stream, &program);
	aie_bytes_free(&pdi);
	aie_bytes_free(&stream);
	for (unsigned i = 0; i < 2; i++) {
		conf_share(f, 4096, &data[i]);
		addresses[i] = (uintptr_t)data[i];
	}
	conf_start_cu(program.packet, &program, addresses, 2);
	EXPECT_IS(conf_run(f, &program), 0);
	EXPECT_IS(conf_state(program.packet), AMDXDNA_STATE_TIMEOUT);
	EXPECT_IS(status(f, conf_memory(conf, 1 << 20), 1 << 20, &columns), 0);
	EXPECT_IS(columns, 0xff);
}

/* ---- contexts --------------------------------------------------------------------------------------------------- */

CASE(contexts, HEAP, "HW_CONTEXTS returns the given size less what was written, 64 bytes an entry")
{
	struct amdxdna_create_hwctx one, two;
	struct amdxdna_context_info info[32];
	uint32_t size;

	EXPECT_IS(conf_context(f, 1, &one), 0);
	EXPECT_IS(conf_context(f, 8, &two), 0);
	EXPECT_IS(conf_get_info(f, AMDXDNA_INFO_CONTEXTS, info, sizeof info, &size), 0);
	EXPECT((sizeof info - size) / 64 >= 2);
	EXPECT_IS(size % 64, 0);
}

CASE(contexts_entry, HEAP, "with current firmware every context has start column 0; the pid is the creator's")
{
	struct amdxdna_create_hwctx one;
	struct amdxdna_context_info info[32];
	uint32_t size;
	unsigned i = 0;

	EXPECT_IS(conf_context(f, 2, &one), 0);
	EXPECT_IS(conf_get_info(f, AMDXDNA_INFO_CONTEXTS, info, sizeof info, &size), 0);
	while (i < (sizeof info - size) / 64 && (info[i].context_id != one.handle || info[i].pid != getpid()))
		i++;
	EXPECT(i < (sizeof info - size) / 64);
	EXPECT_IS(info[i].start_col, 0);
}

CASE(contexts_counters, PROGRAM, "submissions, completions and errors are counted")
{
	struct amdxdna_context_entry entry = { .context_id = conf->program.context.handle, .pid = getpid() };

	EXPECT_IS(conf_run(f, &conf->program), 0);
	conf->program.packet[1] = 2;
	conf->program.packet[0] = (conf->program.packet[0] & ~15U) | AMDXDNA_STATE_NEW;
	EXPECT_IS(conf_run(f, &conf->program), 0);
	EXPECT_IS(conf_get_array(f, AMDXDNA_ARRAY_CONTEXT_BY_ID, &entry, sizeof entry, 1, NULL), 0);
	EXPECT_IS(entry.submissions, 2);
	EXPECT_IS(entry.completions, 2);
	EXPECT_IS(entry.errors, 1);
}

static int raw_array(struct conf_file *f, uint32_t param, uint32_t size, uint32_t count, uint32_t pad)
{
	static uint8_t data[8192];
	struct amdxdna_get_array args = { param, size, count, pad, (uintptr_t)data };

	return conf_ioctl(f, AMDXDNA_IOCTL_GET_ARRAY, &args);
}

CASE(array_pad, PLAIN, "GET_ARRAY pad must be zero: EINVAL")
{
	EXPECT_IS(raw_array(f, AMDXDNA_ARRAY_CONTEXTS, 160, 1, 1), -EINVAL);
}

CASE(array_no_elements, PLAIN, "GET_ARRAY of 0 elements is EINVAL")
{
	EXPECT_IS(raw_array(f, AMDXDNA_ARRAY_CONTEXTS, 160, 0, 0), -EINVAL);
}

CASE(array_no_size, PLAIN, "GET_ARRAY of elements of size 0 is EINVAL")
{
	EXPECT_IS(raw_array(f, AMDXDNA_ARRAY_CONTEXTS, 0, 1, 0), -EINVAL);
}

CASE(array_large_element, PLAIN, "elements above 4096 bytes are EINVAL")
{
	EXPECT_IS(raw_array(f, AMDXDNA_ARRAY_CONTEXTS, 4097, 1, 0), -EINVAL);
}

CASE(array_many_elements, PLAIN, "more than 1024 elements are EINVAL")
{
	EXPECT_IS(raw_array(f, AMDXDNA_ARRAY_CONTEXTS, 1, 1025, 0), -EINVAL);
}

CASE(array_unknown, PLAIN, "an unknown array is EOPNOTSUPP")
{
	EXPECT_IS(raw_array(f, 99, 16, 1, 0), -EOPNOTSUPP);
}

CASE(array_contexts, HEAP, "HW_CONTEXT_ALL: 160-byte entries with QoS, priority and heap use")
{
	struct amdxdna_context_entry entry[32];
	struct amdxdna_create_hwctx context;
	struct amdxdna_get_array got;
	unsigned i = 0;

	EXPECT_IS(conf_context(f, 2, &context), 0);
	EXPECT_IS(conf_get_array(f, AMDXDNA_ARRAY_CONTEXTS, entry, sizeof entry[0], 32, &got), 0);
	EXPECT_IS(got.element_size, 160);
	while (i < got.num_element && (entry[i].context_id != context.handle || entry[i].pid != getpid()))
		i++;
	EXPECT(i < got.num_element);
	EXPECT_IS(entry[i].priority, AMDXDNA_PRIORITY_NORMAL);
	EXPECT(entry[i].heap_usage >= 4 * 4096);
}

CASE(array_short_element, HEAP, "a smaller element truncates")
{
	struct amdxdna_create_hwctx context;
	struct amdxdna_get_array got;
	uint8_t data[64];

	EXPECT_IS(conf_context(f, 2, &context), 0);
	memset(data, 0xcc, sizeof data);
	EXPECT_IS(conf_get_array(f, AMDXDNA_ARRAY_CONTEXTS, data, 16, 1, &got), 0);
	EXPECT_IS(got.element_size, 16);
	EXPECT_IS(got.num_element, 1);
	EXPECT_IS(data[16], 0xcc);
}

CASE(by_id, PROGRAM, "HW_CONTEXT_BY_ID finds a context by id and pid")
{
	struct amdxdna_context_entry entry = { .context_id = conf->program.context.handle, .pid = getpid() };

	EXPECT_IS(conf_get_array(f, AMDXDNA_ARRAY_CONTEXT_BY_ID, &entry, sizeof entry, 1, NULL), 0);
	EXPECT_IS(entry.context_id, conf->program.context.handle);
	EXPECT_IS(entry.txn_op_idx, UINT32_MAX);
}

CASE(by_id_unknown, PROGRAM, "a context that does not exist is ENOENT")
{
	struct amdxdna_context_entry entry = { .context_id = 1000, .pid = getpid() };

	EXPECT_IS(conf_get_array(f, AMDXDNA_ARRAY_CONTEXT_BY_ID, &entry, sizeof entry, 1, NULL), -ENOENT);
}

CASE(by_id_zero, PROGRAM, "id 0 or pid 0 is EINVAL")
{
	struct amdxdna_context_entry entry = { .context_id = conf->program.context.handle };

	EXPECT_IS(conf_get_array(f, AMDXDNA_ARRAY_CONTEXT_BY_ID, &entry, sizeof entry, 1, NULL), -EINVAL);
	entry = (struct amdxdna_context_entry){ .pid = getpid() };
	EXPECT_IS(conf_get_array(f, AMDXDNA_ARRAY_CONTEXT_BY_ID, &entry, sizeof entry, 1, NULL), -EINVAL);
}

CASE(by_id_two, PROGRAM, "HW_CONTEXT_BY_ID of two elements is EINVAL")
{
	struct amdxdna_context_entry entry[2] = { { .context_id = conf->program.context.handle, .pid = getpid() } };

	EXPECT_IS(conf_get_array(f, AMDXDNA_ARRAY_CONTEXT_BY_ID, entry, sizeof entry[0], 2, NULL), -EINVAL);
}

CASE(by_id_short, PROGRAM, "HW_CONTEXT_BY_ID with less than 24 bytes is EINVAL")
{
	struct amdxdna_context_entry entry = { .context_id = conf->program.context.handle, .pid = getpid() };

	EXPECT_IS(conf_get_array(f, AMDXDNA_ARRAY_CONTEXT_BY_ID, &entry, 23, 1, NULL), -EINVAL);
}

CASE(async_error, PLAIN, "LAST_ASYNC_ERR returns 0 or 1 elements of 24 bytes")
{
	struct amdxdna_async_error entry;
	struct amdxdna_get_array got;

	EXPECT_IS(conf_get_array(f, AMDXDNA_ARRAY_ASYNC_ERROR, &entry, sizeof entry, 1, &got), 0);
	EXPECT(got.num_element <= 1);
	EXPECT_IS(got.element_size, 24);
}

CASE(bo_usage, PLAIN, "BO_USAGE counts the buffers of a process")
{
	struct amdxdna_bo_usage before = { .pid = getpid() }, after = { .pid = getpid() };

	EXPECT_IS(conf_get_array(f, AMDXDNA_ARRAY_BO_USAGE, &before, sizeof before, 1, NULL), 0);
	EXPECT_IS(conf_create(f, AMDXDNA_BO_SHARE, 1 << 20, NULL), 0);
	EXPECT_IS(conf_get_array(f, AMDXDNA_ARRAY_BO_USAGE, &after, sizeof after, 1, NULL), 0);
	EXPECT_IS(after.total - before.total, 1 << 20);
	EXPECT_IS(after.internal - before.internal, 1 << 20);
}

CASE(bo_usage_nobody, PLAIN, "BO_USAGE of a process without files: zeros, success")
{
	struct amdxdna_bo_usage usage = { .pid = INT32_MAX, .total = 7, .heap = 7 };

	EXPECT_IS(conf_get_array(f, AMDXDNA_ARRAY_BO_USAGE, &usage, sizeof usage, 1, NULL), 0);
	EXPECT_IS(usage.total, 0);
	EXPECT_IS(usage.heap, 0);
}

CASE(bo_usage_pid_zero, PLAIN, "BO_USAGE of pid 0 is EINVAL")
{
	struct amdxdna_bo_usage usage = { 0 };

	EXPECT_IS(conf_get_array(f, AMDXDNA_ARRAY_BO_USAGE, &usage, sizeof usage, 1, NULL), -EINVAL);
}

CASE(bo_usage_two, PLAIN, "BO_USAGE of two elements is EINVAL")
{
	struct amdxdna_bo_usage usage[2] = { { .pid = getpid() } };

	EXPECT_IS(conf_get_array(f, AMDXDNA_ARRAY_BO_USAGE, usage, sizeof usage[0], 2, NULL), -EINVAL);
}

/* ---- SET_STATE -------------------------------------------------------------------------------------------------- */

/* Leaves the case when the process may not set anything, after checking that it is told so. */
static void need_admin(struct conf_file *f)
{
	struct conf *conf = f->conf;
	int result = conf_set_state(f, AMDXDNA_SET_POWER_MODE, AMDXDNA_POWER_DEFAULT);

	if (geteuid())
		EXPECT_IS(result, -EACCES);
	if (result == -EACCES)
		conf_skip(conf, "not allowed to set anything");
	EXPECT_IS(result, 0);
}

CASE(set_without_admin, PLAIN, "SET_STATE without CAP_SYS_ADMIN is EACCES")
{
	conf_without(conf, CAP_SYS_ADMIN);
	EXPECT_IS(conf_set_state(f, AMDXDNA_SET_POWER_MODE, AMDXDNA_POWER_DEFAULT), -EACCES);
}

CASE(set_unknown, PLAIN, "SET_STATE of an unknown state is EOPNOTSUPP")
{
	need_admin(f);
	EXPECT_IS(conf_set_state(f, 77, 0), -EOPNOTSUPP);
}

CASE(set_register, PLAIN, "the out-of-tree driver's register writes are EOPNOTSUPP")
{
	need_admin(f);
	EXPECT_IS(conf_set_state(f, 1, 0), -EOPNOTSUPP);
	EXPECT_IS(conf_set_state(f, 2, 0), -EOPNOTSUPP);
}

CASE(set_pad, PLAIN, "the padding of a state must be zero: EINVAL")
{
	uint8_t block[8] = { 0, 1 };
	struct amdxdna_get_info args = { AMDXDNA_SET_POWER_MODE, sizeof block, (uintptr_t)block };

	need_admin(f);
	EXPECT_IS(conf_ioctl(f, AMDXDNA_IOCTL_SET_STATE, &args), -EINVAL);
}

CASE(set_unreadable, PLAIN, "an unreadable state is EFAULT")
{
	struct amdxdna_get_info args = { AMDXDNA_SET_POWER_MODE, 8, 16 };

	need_admin(f);
	EXPECT_IS(conf_ioctl(f, AMDXDNA_IOCTL_SET_STATE, &args), -EFAULT);
}

CASE(power_beyond, PLAIN, "a power mode above 4 is EINVAL")
{
	need_admin(f);
	EXPECT_IS(conf_set_state(f, AMDXDNA_SET_POWER_MODE, 5), -EINVAL);
}

CASE(power_modes, PLAIN, "the power mode is what was set; low, medium and turbo have clock levels 0, 3 and 7")
{
	static const struct {
		unsigned mode, mhz;
	} rows[] = { { AMDXDNA_POWER_LOW, 792 }, { AMDXDNA_POWER_MEDIUM, 1267 }, { AMDXDNA_POWER_TURBO, 1800 } };

	need_admin(f);
	for (unsigned i = 0; i < 3; i++) {
		struct amdxdna_power_mode mode = { 0 };
		struct amdxdna_clocks clocks = { 0 };
		int results[3];

		results[0] = conf_set_state(f, AMDXDNA_SET_POWER_MODE, rows[i].mode);
		results[1] = conf_get_info(f, AMDXDNA_INFO_POWER_MODE, &mode, sizeof mode, NULL);
		results[2] = conf_get_info(f, AMDXDNA_INFO_CLOCKS, &clocks, sizeof clocks, NULL);
		conf_set_state(f, AMDXDNA_SET_POWER_MODE, AMDXDNA_POWER_DEFAULT);
		EXPECT(!results[0] && !results[1] && !results[2]);
		EXPECT_IS(mode.mode, rows[i].mode);
		EXPECT_IS(clocks.h.mhz, rows[i].mhz);
	}
}

CASE(power_keeps_contexts, PROGRAM, "commands run at a lower clock, and again after it is raised")
{
	need_admin(f);
	for (unsigned i = 0; i < 2; i++) {
		int result = conf_set_state(f, AMDXDNA_SET_POWER_MODE, i ? AMDXDNA_POWER_DEFAULT : AMDXDNA_POWER_LOW);

		conf_start_cu(conf->program.packet, &conf->program, NULL, 0);
		if (!result)
			result = conf_run(f, &conf->program);
		if (!i && result)
			conf_set_state(f, AMDXDNA_SET_POWER_MODE, AMDXDNA_POWER_DEFAULT);
		EXPECT_IS(result, 0);
		EXPECT_IS(conf_state(conf->program.packet), AMDXDNA_STATE_COMPLETED);
	}
}

CASE(preemption_states, PLAIN, "the two preemption states are 0 or 1, else EINVAL, and read back")
{
	static const struct {
		uint32_t set, get;
	} rows[] = { { AMDXDNA_SET_FORCE_PREEMPT, AMDXDNA_INFO_FORCE_PREEMPT },
		     { AMDXDNA_SET_FRAME_PREEMPT, AMDXDNA_INFO_FRAME_PREEMPT } };

	need_admin(f);
	for (unsigned i = 0; i < 2; i++) {
		struct amdxdna_preempt_state state = { .state = 9 };
		int result;

		EXPECT_IS(conf_set_state(f, rows[i].set, 2), -EINVAL);
		EXPECT_IS(conf_set_state(f, rows[i].set, 1), 0);
		result = conf_get_info(f, rows[i].get, &state, sizeof state, NULL);
		EXPECT_IS(conf_set_state(f, rows[i].set, 0), 0);
		EXPECT_IS(result, 0);
		EXPECT_IS(state.state, 1);
	}
}

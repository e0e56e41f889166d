/* Benchmarks: how fast the model runs on this host.  Never part of the tests; every line is measured in this run.
 *
 * usage: aie-bench [NAME]...   (all when none is named)
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "driver/aie.h"
#include "driver/image/core_elf.h"
#include "isa/assembler.h"
#include "kernels/operator.h"
#include "sim/core/core.h"
#include "sim/core/vec_lanes.h"
#include "tests/bench/bench_array.h"
#include "tests/bench/bench_trace.h"

enum { DATA_BYTES = 0x40000, DATA_BASE = 0x40000, REPEATS = 5 };

/* A core with 256 KiB of memory, where locks are always free: what remains is the cost of executing bundles. */
struct bench_core {
	struct aie_core *core;
	uint8_t data[DATA_BYTES];
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static enum aie_port_result port_load(void *user, uint32_t address, unsigned size, void *data, struct aie_error *error)
{
	struct bench_core *bench = user;

	if (address < DATA_BASE || address + size > DATA_BASE + DATA_BYTES) {
		aie_error_set(error, AIE_ERROR_FAULT, "load outside the memory");
		return AIE_PORT_FAULT;
	}
	memcpy(data, bench->data + address - DATA_BASE, size);
	return AIE_PORT_DONE;
}

static enum aie_port_result port_store(void *user, uint32_t address, unsigned size, const void *data,
                                       struct aie_error *error)
{
	struct bench_core *bench = user;

	if (address < DATA_BASE || address + size > DATA_BASE + DATA_BYTES) {
		aie_error_set(error, AIE_ERROR_FAULT, "store outside the memory");
		return AIE_PORT_FAULT;
	}
	memcpy(bench->data + address - DATA_BASE, data, size);
	return AIE_PORT_DONE;
}

static enum aie_port_result port_lock(void *user, unsigned id, int value, struct aie_error *error)
{
	(void)user, (void)id, (void)value, (void)error;
	return AIE_PORT_DONE;
}

static void port_event(void *user, unsigned number)
{
	(void)user, (void)number;
}

static void die(const struct aie_error *error)
{
	fprintf(stderr, "aie-bench: %s\n", error->text);
	exit(aie_error_exit_status(error));
}

static void load_elf(struct bench_core *bench, const uint8_t *elf_bytes, size_t elf_size)
{
	const struct aie_core_port port = {
		.user = bench,
		.load = port_load,
		.store = port_store,
		.lock_acquire = port_lock,
		.lock_release = port_lock,
		.event = port_event,
	};
	struct aie_core_elf elf;
	struct aie_error error = { 0 };

	bench->core = aie_core_create(&port, &error);
	if (!bench->core || aie_core_elf_open(&elf, elf_bytes, elf_size, false, &error))
		die(&error);
	for (uint32_t i = 0; i < elf.piece_count; i++) {
		const struct aie_core_elf_piece *piece = &elf.piece[i];

		if (piece->window == AIE_WINDOW_PROGRAM) {
			if (aie_core_program_write(bench->core, piece->offset, piece->data, piece->size, &error))
				die(&error);
		} else if (piece->data) {
			memcpy(bench->data + (piece->window - AIE_WINDOW_SOUTH) * 0x10000 + piece->offset, piece->data,
			       piece->size);
		}
	}
	aie_core_elf_close(&elf);
	aie_core_set_enable(bench->core, true);
}

/* Step until `cycles` have passed; returns bundles per second, the best of REPEATS. */
static double run_core(const uint8_t *elf, size_t size, uint64_t cycles, double *bundles_per_cycle)
{
	double best = 0;

	for (int repeat = 0; repeat < REPEATS; repeat++) {
		struct bench_core *bench = calloc(1, sizeof *bench);
		double start, seconds;

		if (!bench)
			exit(3);
		load_elf(bench, elf, size);
		start = now();
		for (uint64_t i = 0; i < cycles; i++)
			aie_core_step(bench->core);
		seconds = now() - start;
		if (aie_core_status(bench->core) == AIE_CORE_FAULT)
			die(&aie_core_fault(bench->core)->error);
		*bundles_per_cycle = (double)aie_core_counters(bench->core)->bundles / (double)cycles;
		best = fmax(best, (double)aie_core_counters(bench->core)->bundles / seconds);
		aie_core_destroy(bench->core);
		free(bench);
	}
	return best;
}

static void bench_loop(const char *name, const char *source)
{
	const struct aie_asm_source text = { .name = name, .text = source, .size = strlen(source) };
	const struct aie_asm_options options = { 0 };
	struct aie_error error = { 0 };
	uint8_t *elf;
	size_t size;
	double ratio;

	if (aie_assemble(&text, 1, &options, &elf, &size, &error))
		die(&error);
	printf("%-26s %8.2f million bundles per second\n", name, run_core(elf, size, 4000000, &ratio) / 1e6);
	free(elf);
}

static void bench_scalar(void)
{
	bench_loop("core: scalar loop",
	           "movxm r0, #100000000\n.p2align 4\nloop: jnz r0, #loop\nadd r0, r0, #-1\nadd r1, r1, r2\n"
	           "xor r3, r1, r0\nlshl r4, r3, r1\nsub r5, r4, r3\ndone\n");
}

static void bench_memory(void)
{
	bench_loop("core: load/store loop",
	           "movxm r0, #100000000\nmovxm p0, #0x70000\nmovxm p1, #0x60000\n.p2align 4\nloop: jnz r0, #loop\n"
	           "add r0, r0, #-1; vlda x0, [p0, #0]; vldb x1, [p1, #0]\nvlda x2, [p0, #64]; vldb x3, [p1, #64]\n"
	           "vst x0, [p0, #128]\nlda r1, [p0, #4]\nst r1, [p1, #8]\ndone\n");
}

static void bench_integer_vmac(void)
{
	bench_loop("core: int8 8x8x8 vmac loop",
	           "movxm r0, #100000000\nmovxm r1, #776\n.p2align 4\nloop: jnz r0, #loop\nadd r0, r0, #-1; vmac dm0, "
	           "dm0, x0, x1, r1\n"
	           "vmac dm1, dm1, x2, x3, r1\nvmac dm2, dm2, x4, x5, r1\nvmac dm3, dm3, x6, x7, r1\nnop\ndone\n");
}

/* With no more of the host's vector instructions than `level` (vec_lanes.h). */
static void bench_bf16_limited(unsigned level, const char *name)
{
	const unsigned best = aie_vec_level;

	aie_vec_limit(level);
	bench_loop(name,
	           "movxm r0, #100000000\nmovxm r1, #60\n.p2align 4\nloop: jnz r0, #loop\nadd r0, r0, #-1; vmac.f dm0, "
	           "dm0, x0, x1, r1\nvmac.f dm1, dm1, x2, x3, r1\nvmac.f dm2, dm2, x4, x5, r1\n"
	           "vmac.f dm3, dm3, x6, x7, r1\nnop\ndone\n");
	aie_vec_limit(best);
}

static void bench_bf16_vmac(void)
{
	bench_bf16_limited(2, "core: bf16 vmac loop");
}

static void bench_bf16_avx2(void)
{
	bench_bf16_limited(1, "core: bf16 vmac, AVX2");
}

static void bench_bf16_plain(void)
{
	bench_bf16_limited(0, "core: bf16 vmac, no AVX");
}

static const struct aie_operator_setting gemv_settings[] = {
	{ "M", "2048" }, { "K", "8192" }, { "cols", "8" }, { "tsi", "1" }, { "schedule", "double" },
};

static struct aie_operator_job *gemv_job(const struct aie_operator *gemv)
{
	struct aie_error error = { 0 };
	struct aie_operator_job *job =
	        gemv->create(gemv_settings, sizeof gemv_settings / sizeof gemv_settings[0], &error);

	if (!job)
		die(&error);
	return job;
}

static void bench_gemv_core(void)
{
	const struct aie_operator *gemv = aie_operator_find("gemv-int4");
	struct aie_operator_job *job = gemv_job(gemv);
	const struct aie_operator_worker *worker = &gemv->info(job)->worker[0];
	double ratio;
	const double rate = run_core(worker->elf, worker->elf_size, 4000000, &ratio);

	printf("%-26s %8.2f million bundles per second, %.3f bundles per cycle\n", "core: double-pump GEMV", rate / 1e6,
	       ratio);
	gemv->destroy(job);
}

/* The whole way of a command through the driver API on the model. */
static void bench_gemv_array(void)
{
	const struct aie_operator *gemv = aie_operator_find("gemv-int4");
	struct aie_operator_job *job = gemv_job(gemv);
	const struct aie_operator_image *image = gemv->image(job);
	const struct aie_operator_info *info = gemv->info(job);
	struct aie_error error = { 0 };
	struct aie_device *device = aie_device_open("sim", &error);
	struct aie_context *context = NULL;
	struct aie_buffer *instructions = NULL, *argument[8] = { NULL };
	struct aie_command *command = NULL;
	struct aie_profile *profile = calloc(1, sizeof *profile);
	double best = 0;

	if (!device || !profile)
		die(&error);
	context = aie_context_create_xclbin(device, image->xclbin, image->xclbin_size, image->kernel, &error);
	instructions =
	        context ? aie_buffer_create(device, image->instructions_size, AIE_BUFFER_INSTRUCTION, &error) : NULL;
	if (!instructions)
		die(&error);
	memcpy(aie_buffer_data(instructions), image->instructions, image->instructions_size);
	for (size_t i = 0; i < info->argument_count; i++) {
		argument[i] = aie_buffer_create(device, info->argument[i].size, AIE_BUFFER_HOST, &error);
		if (!argument[i] || (info->argument[i].direction == AIE_ARGUMENT_IN &&
		                     gemv->fill(job, i, aie_buffer_data(argument[i]), &error)))
			die(&error);
	}
	command = aie_command_create(context, instructions, image->instructions_size, argument, info->argument_count,
	                             &error);
	if (!command)
		die(&error);
	for (int repeat = 0; repeat < 3; repeat++) {
		double start, seconds;

		aie_device_profile_reset(device, false);
		start = now();
		if (aie_command_submit(command, &error) || aie_command_wait(command, -1, &error))
			die(&error);
		seconds = now() - start;
		if (aie_device_profile(device, profile, &error))
			die(&error);
		best = fmax(best, (double)profile->cycles / seconds);
	}
	printf("%-26s %8.3f million array cycles per second (%lu cycles a run)\n", "array: 8-worker GEMV", best / 1e6,
	       (unsigned long)profile->cycles);
	aie_command_destroy(command);
	for (size_t i = 0; i < info->argument_count; i++)
		aie_buffer_destroy(argument[i]);
	aie_buffer_destroy(instructions);
	aie_context_destroy(context);
	aie_device_close(device);
	free(profile);
	gemv->destroy(job);
}

static void bench_cores(void)
{
	static const struct {
		unsigned cores;
		const char *profile;
		const char *note;
		enum bench_watch watch;
	} runs[] = { { 1, "npu4", "", BENCH_PLAIN },
		     { 8, "npu4", "", BENCH_PLAIN },
		     { 8, "npu4,threads=2", ", 2 threads", BENCH_PLAIN },
		     { 8, "npu4", ", traced", BENCH_TRACED },
		     { 8, "npu4", ", recorded", BENCH_RECORDED },
		     { 32, "npu4", "", BENCH_PLAIN },
		     { 32, "npu4,threads=2", ", 2 threads", BENCH_PLAIN },
		     { 32, "npu4", ", traced", BENCH_TRACED },
		     { 128, "npu4x4", "", BENCH_PLAIN },
		     { 128, "npu4x4,threads=2", ", 2 threads", BENCH_PLAIN },
		     { 256, "npu4x8", ", 64 columns", BENCH_PLAIN } };
	char name[40];

	for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
		snprintf(name, sizeof name, "array: %u core%s%s", runs[i].cores, runs[i].cores > 1 ? "s" : "",
		         runs[i].note);
		printf("%-26s %8.3f million array cycles per second\n", name,
		       bench_array_cores(runs[i].cores, runs[i].profile, runs[i].watch) / 1e6);
		fflush(stdout);
	}
}

static void bench_stream(void)
{
	static const struct {
		unsigned columns;
		const char *profile;
		const char *note;
	} runs[] = { { 1, "npu4", "" }, { 8, "npu4", "" }, { 8, "npu4,threads=2", ", 2 threads" } };
	char name[40];

	for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
		snprintf(name, sizeof name, "array: %u read channels%s", 2 * runs[i].columns, runs[i].note);
		printf("%-26s %8.3f million array cycles per second\n", name,
		       bench_array_stream(runs[i].columns, runs[i].profile) / 1e6);
		fflush(stdout);
	}
}

static const struct {
	const char *name;
	void (*run)(void);
} benchmarks[] = {
	{ "scalar", bench_scalar },       { "memory", bench_memory },         { "vmac", bench_integer_vmac },
	{ "vmacf", bench_bf16_vmac },     { "vmacf-avx2", bench_bf16_avx2 },  { "vmacf-plain", bench_bf16_plain },
	{ "gemv-core", bench_gemv_core }, { "gemv-array", bench_gemv_array }, { "cores", bench_cores },
	{ "stream", bench_stream },       { "trace", bench_trace },
};

static void print_host(void)
{
	char line[256], model[200] = "unknown";
	FILE *file = fopen("/proc/cpuinfo", "r");

	while (file && fgets(line, sizeof line, file))
		if (sscanf(line, "model name : %199[^\n]", model) == 1)
			break;
	if (file)
		fclose(file);
	printf("host: %s\n", model);
}

int main(int argc, char **argv)
{
	const size_t count = sizeof benchmarks / sizeof benchmarks[0];

	for (int i = 1; i < argc; i++) {
		size_t known = 0;

		for (size_t j = 0; j < count; j++)
			known += !strcmp(argv[i], benchmarks[j].name);
		if (!known) {
			fprintf(stderr, "aie-bench: %s: no such benchmark; there are", argv[i]);
			for (size_t j = 0; j < count; j++)
				fprintf(stderr, " %s", benchmarks[j].name);
			fputc('\n', stderr);
			return 2;
		}
	}
	print_host();
	for (size_t j = 0; j < count; j++) {
		bool wanted = argc < 2;

		for (int i = 1; i < argc; i++)
			wanted |= !strcmp(argv[i], benchmarks[j].name);
		if (wanted)
			benchmarks[j].run();
		fflush(stdout);
	}
	return 0;
}

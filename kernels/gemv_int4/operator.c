/* The operator gemv-int4: options, data from generator, files or GGUF, image, check of the results. */
#include "kernels/operator.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libelf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "isa/file.h"
#include "kernels/gemv_int4/gemv_int4.h"
#include "kernels/gemv_int4/sources.h"
#include "kernels/gguf.h"
#include "kernels/program/program.h"

enum { ARGUMENTS = 3 };

struct aie_operator_job {
	struct aie_gemv_shape shape;
	struct aie_program *program;
	struct aie_operator_info info;
	struct aie_operator_argument argument[ARGUMENTS];
	struct aie_operator_loop loop;
	uint8_t *packed;
	uint16_t *x;
	bool biased; /* Q4_0 in an unsigned build: results carry a bias that the host takes off */
	char *out;   /* file for the results, or NULL */
};

static const struct aie_operator_option options[] = {
	{ "M", AIE_OPTION_NUMBER, NULL, "2048", "N", "output rows (with --gguf: from the tensor)", false },
	{ "K", AIE_OPTION_NUMBER, NULL, "8192", "N", "inputs (with --gguf: from the tensor)", false },
	{ "cols", AIE_OPTION_NUMBER, NULL, "8", "N", "workers: 1, 2, 4 or 8", false },
	{ "tsi", AIE_OPTION_NUMBER, NULL, "1", "N", "rows of a packed weight tile: 1, 2, 4 or 8", false },
	{ "tso", AIE_OPTION_NUMBER, NULL, "M/cols", "N", "results of an output object", false },
	{ "G", AIE_OPTION_NUMBER, NULL, "32", "N", "weights that share a scale, a multiple of 32", false },
	{ "schedule", AIE_OPTION_CHOICE, "single|double|copy", "double", "NAME",
	  "core program: single-pump, double-pump, or only moving data", false },
	{ "loop", AIE_OPTION_NUMBER, NULL, "21", "N",
	  "single-pump: cycles an iteration of 32 weights takes (60: as the published v1 build)", false },
	{ "placement", AIE_OPTION_CHOICE, "packed|spread", "packed", "NAME",
	  "workers in columns 0 and 1, rows 2-5, or one a column in row 2", false },
	{ "sign", AIE_OPTION_CHOICE, "unsigned|signed", "unsigned; with --gguf signed", "NAME",
	  "nibbles 0..15 or -8..7 (Q4_0 in an unsigned build: the host takes the bias off)", false },
	{ "seed", AIE_OPTION_NUMBER, NULL, "42", "N", "of generated inputs", false },
	{ "distribution", AIE_OPTION_CHOICE, "normal|uniform", "normal", "NAME", "of the generated x", false },
	{ "gguf", AIE_OPTION_TEXT, NULL, NULL, "FILE", "take the weights from a Q4_0 tensor of a GGUF file", false },
	{ "tensor", AIE_OPTION_TEXT, NULL, NULL, "NAME", "the tensor in it", false },
	{ "in", AIE_OPTION_TEXT, NULL, NULL, "[weights=|x=]FILE",
	  "packed weights (first) or bf16 vector x (second) from a file", true },
	{ "out", AIE_OPTION_TEXT, NULL, NULL, "FILE", "write y (bf16)", false },
	{ "fault", AIE_OPTION_CHOICE, "none|lock", "none", "NAME",
	  "build a deliberately wrong array program, to see a hang report", false },
};

/* ---- files ------------------------------------------------------------------------------------------------------- */

static int read_file(const char *path, void *data, size_t size, const char *what, struct aie_error *error)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	if (file < 0 || fstat(file, &status)) {
		int code = errno;
		if (file >= 0)
			close(file);
		return aie_error_set_errno(error, AIE_ERROR_INPUT, code, "%s: cannot open", path);
	}
	if (S_ISREG(status.st_mode) && (uint64_t)status.st_size != size) {
		close(file);
		return aie_error_set(error, AIE_ERROR_INPUT, "%s: %lld bytes instead of %zu (%s of this shape)", path,
		                     (long long)status.st_size, size, what);
	}
	size_t done = 0;
	while (done < size) {
		ssize_t got = read(file, (char *)data + done, size - done);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		done += (size_t)got;
	}
	close(file);
	if (done != size)
		return aie_error_set(error, AIE_ERROR_INPUT,
		                     "%s: byte %zu: file ends before %zu bytes (%s of this shape)", path, done, size,
		                     what);
	return 0;
}

/* ---- settings ---------------------------------------------------------------------------------------------------- */

struct reading {
	const struct aie_operator_setting *setting;
	size_t count;
	struct aie_error *error;
};

static int read_u32(const struct reading *reading, const char *name, uint32_t *value, bool *given)
{
	uint64_t number = *value;
	if (aie_operator_setting_number(reading->setting, reading->count, name, &number, given, reading->error))
		return -1;
	if (number > UINT32_MAX)
		return aie_error_set(reading->error, AIE_ERROR_INPUT, "option %s: %" PRIu64 " is too large", name,
		                     number);
	*value = (uint32_t)number;
	return 0;
}

static bool setting_is(const struct reading *reading, const char *name, const char *value)
{
	const char *text = aie_operator_setting_text(reading->setting, reading->count, name);
	return text && !strcmp(text, value);
}

static int read_shape(const struct reading *reading, struct aie_gemv_shape *shape, bool *given_m, bool *given_k,
                      bool *given_tso)
{
	bool given_loop;

	*shape = (struct aie_gemv_shape){
		.m = 2048, .k = 8192, .cols = 8, .tsi = 1, .group = 32, .schedule = AIE_GEMV_DOUBLE
	};
	if (read_u32(reading, "M", &shape->m, given_m) || read_u32(reading, "K", &shape->k, given_k) ||
	    read_u32(reading, "cols", &shape->cols, NULL) || read_u32(reading, "tsi", &shape->tsi, NULL) ||
	    read_u32(reading, "tso", &shape->tso, given_tso) || read_u32(reading, "G", &shape->group, NULL))
		return -1;
	if (read_u32(reading, "loop", &shape->loop, &given_loop))
		return -1;
	if (given_loop && shape->loop == 0)
		return aie_error_set(reading->error, AIE_ERROR_INPUT,
		                     "loop = 0: must be %d to %d cycles for 32 weights", AIE_GEMV_LOOP_MIN,
		                     AIE_GEMV_LOOP_MAX);
	if (*given_tso && shape->tso == 0)
		return aie_error_set(reading->error, AIE_ERROR_INPUT, "tso = 0: an output object must have results");
	if (setting_is(reading, "schedule", "single"))
		shape->schedule = AIE_GEMV_SINGLE;
	if (setting_is(reading, "schedule", "copy"))
		shape->schedule = AIE_GEMV_COPY;
	if (setting_is(reading, "placement", "spread"))
		shape->placement = AIE_GEMV_SPREAD;
	if (setting_is(reading, "fault", "lock"))
		shape->fault = AIE_GEMV_FAULT_LOCK;
	shape->sign = aie_operator_setting_text(reading->setting, reading->count, "gguf")
	                      ? !setting_is(reading, "sign", "unsigned")
	                      : setting_is(reading, "sign", "signed");
	return 0;
}

/* Which files --in names: plain values in order (weights, x), or NAME=FILE. */
static int read_inputs(const struct reading *reading, const char **weights, const char **x)
{
	unsigned plain = 0;
	for (size_t i = 0; i < reading->count; i++) {
		if (strcmp(reading->setting[i].name, "in"))
			continue;
		const char *value = reading->setting[i].value, **to;
		if (!strncmp(value, "weights=", 8)) {
			to = weights;
			value += 8;
		} else if (!strncmp(value, "x=", 2)) {
			to = x;
			value += 2;
		} else {
			if (plain > 1)
				return aie_error_set(reading->error, AIE_ERROR_INPUT,
				                     "option in: \"%s\" is one file too many (weights, then x)", value);
			to = plain++ ? x : weights;
		}
		if (*to)
			return aie_error_set(reading->error, AIE_ERROR_INPUT, "option in: %s is given twice",
			                     to == x ? "x" : "weights");
		*to = value;
	}
	return 0;
}

/* ---- data -------------------------------------------------------------------------------------------------------- */

static int use_gguf(struct aie_operator_job *job, const struct reading *reading, bool given_m, bool given_k,
                    struct aie_gguf **gguf, const struct aie_gguf_tensor **tensor)
{
	const char *path = aie_operator_setting_text(reading->setting, reading->count, "gguf");
	const char *name = aie_operator_setting_text(reading->setting, reading->count, "tensor");
	if (!path && name)
		return aie_error_set(reading->error, AIE_ERROR_INPUT, "option tensor is given without gguf");
	if (!path)
		return 0;
	if (!name)
		return aie_error_set(reading->error, AIE_ERROR_INPUT, "option gguf is given without tensor");
	*gguf = aie_gguf_open(path, reading->error);
	if (!*gguf)
		return -1;
	*tensor = aie_gguf_find(*gguf, name, reading->error);
	if (!*tensor)
		return -1;
	if ((*tensor)->type != AIE_GGUF_Q4_0)
		return aie_error_set(reading->error, AIE_ERROR_INPUT,
		                     "%s: tensor %s is of type %s (%" PRIu32 "), only Q4_0 can be used", path, name,
		                     aie_gguf_type_name((*tensor)->type), (*tensor)->type);
	if ((*tensor)->dimension_count != 2 || (*tensor)->size[0] > UINT32_MAX || (*tensor)->size[1] > UINT32_MAX)
		return aie_error_set(reading->error, AIE_ERROR_INPUT,
		                     "%s: tensor %s is no matrix (%" PRIu32 " dimensions)", path, name,
		                     (*tensor)->dimension_count);
	struct aie_gemv_shape *shape = &job->shape;
	uint32_t k = (uint32_t)(*tensor)->size[0], m = (uint32_t)(*tensor)->size[1];
	if ((given_m && shape->m != m) || (given_k && shape->k != k))
		return aie_error_set(reading->error, AIE_ERROR_INPUT,
		                     "%s: tensor %s is %" PRIu32 " x %" PRIu32 ", not M x K as given", path, name, m,
		                     k);
	if (shape->group != AIE_Q4_0_BLOCK)
		return aie_error_set(reading->error, AIE_ERROR_INPUT,
		                     "G = %" PRIu32 ": Q4_0 has a scale for every %d weights", shape->group,
		                     AIE_Q4_0_BLOCK);
	shape->m = m;
	shape->k = k;
	job->biased = !shape->sign;
	return 0;
}

static int load_data(struct aie_operator_job *job, const struct reading *reading, const struct aie_gguf_tensor *tensor)
{
	struct aie_gemv_shape *shape = &job->shape;
	const char *weights = NULL, *x = NULL;
	if (read_inputs(reading, &weights, &x))
		return -1;
	if (weights && tensor)
		return aie_error_set(reading->error, AIE_ERROR_INPUT, "weights are given twice: by in and by gguf");
	size_t packed_bytes = aie_gemv_packed_bytes(shape), x_bytes = 2 * (size_t)shape->k;
	job->packed = malloc(packed_bytes);
	job->x = malloc(x_bytes);
	if (!job->packed || !job->x)
		return aie_error_set(reading->error, AIE_ERROR_MEMORY, "no memory for %zu bytes of weights",
		                     packed_bytes);
	uint64_t seed = 42;
	if (aie_operator_setting_number(reading->setting, reading->count, "seed", &seed, NULL, reading->error))
		return -1;
	aie_gemv_generate(shape, seed,
	                  setting_is(reading, "distribution", "uniform") ? AIE_GEMV_UNIFORM : AIE_GEMV_NORMAL,
	                  job->packed, job->x);
	if (tensor && aie_gemv_repack_q4_0(shape, tensor, job->packed, reading->error))
		return aie_error_prefix(reading->error, "%s",
		                        aie_operator_setting_text(reading->setting, reading->count, "gguf"));
	if (weights && (read_file(weights, job->packed, packed_bytes, "packed weights", reading->error) ||
	                aie_gemv_check_packed(shape, job->packed, weights, reading->error)))
		return -1;
	if (x) {
		if (read_file(x, job->x, x_bytes, "x, bf16,", reading->error))
			return -1;
		const uint8_t *bytes = (const uint8_t *)job->x;
		for (uint32_t k = 0; k < shape->k; k++) /* files are little endian */
			job->x[k] = (uint16_t)(bytes[2 * k] | bytes[2 * k + 1] << 8);
		if (aie_gemv_check_vector(job->x, shape->k, x, reading->error))
			return -1;
	}
	return 0;
}

/* ---- what the job tells ------------------------------------------------------------------------------------------ */

static bool find_symbol(const uint8_t *bytes, size_t size, const char *name, uint32_t *value)
{
	bool found = false;
	if (elf_version(EV_CURRENT) == EV_NONE)
		return false;
	/* libelf takes the image writable but does not write here. */
	Elf *elf = elf_memory((char *)(uintptr_t)bytes, size);
	for (Elf_Scn *section = elf ? elf_nextscn(elf, NULL) : NULL; section && !found;
	     section = elf_nextscn(elf, section)) {
		Elf32_Shdr *header = elf32_getshdr(section);
		if (!header || header->sh_type != SHT_SYMTAB)
			continue;
		Elf_Data *data = elf_getdata(section, NULL);
		const Elf32_Sym *symbol = data ? data->d_buf : NULL;
		for (size_t i = 0; symbol && i < data->d_size / sizeof *symbol && !found; i++) {
			const char *text = elf_strptr(elf, header->sh_link, symbol[i].st_name);
			found = text && !strcmp(text, name);
			if (found)
				*value = symbol[i].st_value;
		}
	}
	elf_end(elf);
	return found;
}

static void describe(struct aie_operator_job *job)
{
	static const char *const schedules[] = { "single-pump", "double-pump", "copy" };
	char loop[32] = "";
	const struct aie_gemv_shape *s = &job->shape;
	struct aie_operator_info *info = &job->info;
	size_t packed = aie_gemv_packed_bytes(s);
	job->argument[0] = (struct aie_operator_argument){ "weights", packed, AIE_ARGUMENT_IN, "packed INT4" };
	job->argument[1] = (struct aie_operator_argument){ "x", 2 * (size_t)s->k, AIE_ARGUMENT_IN, "bf16" };
	job->argument[2] = (struct aie_operator_argument){ "y", 2 * (size_t)s->m, AIE_ARGUMENT_OUT, "bf16" };
	if (s->loop)
		snprintf(loop, sizeof loop, " loop %" PRIu32, s->loop);
	snprintf(info->title, sizeof info->title,
	         "gemv-int4 %" PRIu32 "x%" PRIu32 ", %" PRIu32 " workers %s, tsi %" PRIu32 ", tso %" PRIu32
	         ", G %" PRIu32 ", %s%s, %s",
	         s->m, s->k, s->cols, s->placement == AIE_GEMV_PACKED ? "packed" : "spread", s->tsi, s->tso, s->group,
	         schedules[s->schedule], loop, s->sign ? "signed" : "unsigned");
	info->weights = (uint64_t)s->m * s->k;
	info->macs = s->schedule == AIE_GEMV_COPY ? 0 : info->weights;
	info->useful_bytes = packed + 2 * (uint64_t)s->k + 2 * (uint64_t)s->m;
	info->bytes_read = packed + 2 * (uint64_t)s->k * s->cols;
	info->bytes_written = 2 * (uint64_t)s->m;
	info->read_channels = 2 * s->cols;
	info->write_channels = s->cols;
	info->argument = job->argument;
	info->argument_count = ARGUMENTS;
	info->source = aie_gemv_sources;
	info->source_count = AIE_GEMV_SOURCES;
	aie_program_describe(job->program, info);
	if (s->schedule == AIE_GEMV_COPY || !info->worker_count)
		return;
	job->loop.name = "inner";
	job->loop.unit = "weights";
	/* An odd number of groups: the last one of a row stands behind the loop, unless it is the only one. */
	job->loop.units =
	        s->schedule == AIE_GEMV_SINGLE || s->k == AIE_GEMV_BLOCK ? AIE_GEMV_BLOCK : 2 * AIE_GEMV_BLOCK;
	job->loop.passes = (uint64_t)(s->m / s->cols) * (s->k / job->loop.units);
	if (find_symbol(info->worker[0].elf, info->worker[0].elf_size, "gemv_inner", &job->loop.begin) &&
	    find_symbol(info->worker[0].elf, info->worker[0].elf_size, "gemv_inner_end", &job->loop.end)) {
		info->loop = &job->loop;
		info->loop_count = 1;
	}
}

static void destroy(struct aie_operator_job *job)
{
	if (!job)
		return;
	aie_program_destroy(job->program);
	free(job->packed);
	free(job->x);
	free(job->out);
	free(job);
}

static int build(struct aie_operator_job *job, const struct reading *reading)
{
	bool given_m, given_k, given_tso;
	struct aie_gguf *gguf = NULL;
	const struct aie_gguf_tensor *tensor = NULL;
	int status = read_shape(reading, &job->shape, &given_m, &given_k, &given_tso);
	if (!status)
		status = use_gguf(job, reading, given_m, given_k, &gguf, &tensor);
	if (!status)
		status = aie_gemv_check_shape(&job->shape, reading->error);
	if (!status) {
		job->program = aie_gemv_program(&job->shape, reading->error);
		status = job->program ? 0 : -1;
	}
	if (!status)
		status = load_data(job, reading, tensor);
	aie_gguf_close(gguf);
	const char *out = aie_operator_setting_text(reading->setting, reading->count, "out");
	if (!status && out) {
		job->out = strdup(out);
		if (!job->out)
			status = aie_error_set(reading->error, AIE_ERROR_MEMORY, "no memory");
	}
	if (!status)
		describe(job);
	return status;
}

static struct aie_operator_job *create(const struct aie_operator_setting *setting, size_t count,
                                       struct aie_error *error)
{
	struct reading reading = { setting, count, error };
	if (aie_operator_check_settings(aie_operator_find("gemv-int4"), setting, count, error))
		return NULL;
	struct aie_operator_job *job = calloc(1, sizeof *job);
	if (!job) {
		aie_error_set(error, AIE_ERROR_MEMORY, "no memory for the operator");
		return NULL;
	}
	if (!build(job, &reading))
		return job;
	destroy(job);
	return NULL;
}

static const struct aie_operator_image *image(const struct aie_operator_job *job)
{
	return aie_program_image(job->program);
}

static const struct aie_operator_info *info(const struct aie_operator_job *job)
{
	return &job->info;
}

static int fill(const struct aie_operator_job *job, size_t index, void *data, struct aie_error *error)
{
	if (index == 0) {
		memcpy(data, job->packed, job->argument[0].size);
	} else if (index == 1) {
		uint8_t *bytes = data;
		for (uint32_t k = 0; k < job->shape.k; k++) {
			bytes[2 * k] = (uint8_t)job->x[k];
			bytes[2 * k + 1] = (uint8_t)(job->x[k] >> 8);
		}
	} else {
		return aie_error_set(error, AIE_ERROR_INTERNAL, "argument %zu of gemv-int4 is no input", index);
	}
	return 0;
}

/* ---- results ----------------------------------------------------------------------------------------------------- */

static uint16_t result_bits(const void *data, uint32_t row)
{
	const uint8_t *bytes = (const uint8_t *)data + 2 * (size_t)row;
	return (uint16_t)(bytes[0] | bytes[1] << 8);
}

static void compare_exact(const struct aie_operator_job *job, const void *data, const uint16_t *expected,
                          struct aie_operator_result *result)
{
	result->exact_checked = true;
	for (uint32_t row = 0; row < job->shape.m; row++) {
		uint16_t got = result_bits(data, row);
		if (got == expected[row])
			continue;
		if (!result->exact_mismatches++) {
			result->first_mismatch = row;
			result->got_bits = got;
			result->expected_bits = expected[row];
		}
	}
}

/* The tolerance of the published test: every element |a - b| < max(0.7, 0.07 (|a| + |b|)), equal ones pass at once. */
static void compare_reference(const struct aie_operator_job *job, const void *data, const double *reference,
                              const double *bias, struct aie_operator_result *result)
{
	double dot = 0, norm_a = 0, norm_b = 0;
	result->reference_checked = true;
	snprintf(result->rule, sizeof result->rule, "|a-b| < max(0.7, 0.07*(|a|+|b|))");
	for (uint32_t row = 0; row < job->shape.m; row++) {
		double a = (double)aie_gemv_bf16_value(result_bits(data, row)) - bias[row],
		       b = reference[row] - bias[row];
		double difference = fabs(a - b), size = fabs(a) + fabs(b), limit = fmax(0.7, 0.07 * size);
		dot += a * b;
		norm_a += a * a;
		norm_b += b * b;
		if (a != b && !(difference < limit))
			result->tolerance_failures++;
		if (!(difference <= result->max_error))
			result->max_error = difference;
		if (size > 0 && !(difference / size <= result->max_relative_error))
			result->max_relative_error = difference / size;
	}
	double norm = sqrt(norm_a) * sqrt(norm_b);
	result->cosine = norm > 0 ? dot / norm : norm_a == norm_b ? 1 : 0;
}

static int check(const struct aie_operator_job *job, const void *const *data, struct aie_operator_result *result,
                 struct aie_error *error)
{
	const struct aie_gemv_shape *shape = &job->shape;
	*result = (struct aie_operator_result){ .elements = shape->m, .pass = true };
	if (shape->schedule == AIE_GEMV_COPY) {
		snprintf(result->note, sizeof result->note,
		         "data movement only: nothing is computed, nothing is compared");
		return 0;
	}
	uint16_t *exact = malloc(shape->m * sizeof *exact);
	double *reference = malloc(shape->m * sizeof *reference), *bias = calloc(shape->m, sizeof *bias);
	int status =
	        exact && reference && bias ? 0 : aie_error_set(error, AIE_ERROR_MEMORY, "no memory for the reference");
	if (!status) {
		aie_gemv_reference_exact(shape, job->packed, job->x, exact);
		aie_gemv_reference_double(shape, job->packed, job->x, reference);
		if (job->biased) {
			aie_gemv_q4_0_bias(shape, job->packed, job->x, bias);
			snprintf(result->note, sizeof result->note,
			         "bit comparison before, tolerance after the host took the Q4_0 bias off");
		}
		compare_exact(job, data[2], exact, result);
		compare_reference(job, data[2], reference, bias, result);
		result->pass = result->exact_mismatches == 0 && result->tolerance_failures == 0;
	}
	free(exact);
	free(reference);
	free(bias);
	return status;
}

static int store(const struct aie_operator_job *job, const void *const *data, struct aie_error *error)
{
	const struct aie_gemv_shape *shape = &job->shape;
	if (!job->out)
		return 0;
	if (!job->biased)
		return aie_file_write(job->out, data[2], 2 * (size_t)shape->m, error);
	double *bias = malloc(shape->m * sizeof *bias);
	uint8_t *bytes = malloc(2 * (size_t)shape->m);
	int status = bias && bytes ? 0 : aie_error_set(error, AIE_ERROR_MEMORY, "no memory for the results");
	if (!status) {
		aie_gemv_q4_0_bias(shape, job->packed, job->x, bias);
		for (uint32_t row = 0; row < shape->m; row++) {
			union {
				float value;
				uint32_t bits;
			} word = { .value = (float)((double)aie_gemv_bf16_value(result_bits(data[2], row)) -
				                    bias[row]) };
			uint16_t y = aie_gemv_fp32_to_bf16(word.bits);
			bytes[2 * row] = (uint8_t)y;
			bytes[2 * row + 1] = (uint8_t)(y >> 8);
		}
		status = aie_file_write(job->out, bytes, 2 * (size_t)shape->m, error);
	}
	free(bias);
	free(bytes);
	return status;
}

const struct aie_operator aie_operator_gemv_int4 = {
	.name = "gemv-int4",
	.summary = "fused INT4 dequantise + matrix-vector product, y = W x",
	.option = options,
	.option_count = sizeof options / sizeof *options,
	.create = create,
	.destroy = destroy,
	.image = image,
	.info = info,
	.fill = fill,
	.check = check,
	.store = store,
};

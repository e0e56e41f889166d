/* aie-image build: an image from a description, one statement a line, # begins a comment.
 *
 *   image KIND                  first statement: cdo, pdi, xclbin, txn (version 0.1), txn-1.0, txn-text, elf (plain
 *                               control code), full-elf
 *   columns N                   of the partition (default 8)
 *   time SECONDS                time stamp of an xclbin (default 0)
 *   generation N                device generation of a stream (default 4)
 *   kernel NAME[:INSTANCE] [ID [BUFFERS [PDI]]]
 *                               of an xclbin, once for each (default MLIR_AIE:MLIRAIE 0x901 5 and the PDI it stands
 * in); kernel NAME ARGUMENTS       of a full ELF pdi                         xclbin, full-elf: what follows belongs to
 * the next PDI (0, 1, ...) instance NAME               full-elf: what follows is this instance's stream include FILE
 * all operations of a CDO, PDI or transaction stream load C R FILE               CDO: load a core ELF into a tile reset
 * C R | enable C R      CDO: pulse a core's reset | let it run write C R REGISTER VALUE mask C R REGISTER MASK VALUE
 *   block C R REGISTER WORD...
 *   nop
 * in a stream only:
 *   poll C R REGISTER MASK VALUE          (poll_busy the same)
 *   patch C R REGISTER ARGUMENT [ADDEND]
 *   wait C R s2mm|mm2s CHANNEL [COLUMNS ROWS]
 *   load_pdi ID [SIZE [ADDRESS]]          SIZE: that of the PDI above, when it is left out
 *   preempt LEVEL, timer ID, merge_sync TOKENS COLUMNS, load_pm COUNT ID, update_scratch, read ADDRESS...,
 *   scratchpad USAGE SIZE [ADDRESS], state [C R REGISTER] INDEX multiply|increment|decrement VALUE
 *
 * C and R are column and row.  REGISTER is an offset in the tile or a name as dump prints it (CORE.Core_Control,
 * DMA_BD3_1, DataMemory[0x400]).  A VALUE is a number, or FIELD=X[,FIELD=X...] of the register, where X is a
 * number, a negative one, or the name that dump shows behind it (Configuration=South3, behind Master_Enable=1).
 * aie-image dump --script writes such a description of an image.
 */
#include "driver/tools/image_build.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/image/control_elf.h"
#include "driver/image/pdi.h"
#include "driver/image/registers.h"
#include "driver/image/xclbin.h"
#include "driver/tools/image_tool.h"

enum { DEFAULT_KERNEL_ID = 0x901, DEFAULT_BUFFERS = 5 };

static const char *const kinds[] = {
	[BUILD_CDO] = "cdo", [BUILD_PDI] = "pdi",         [BUILD_XCLBIN] = "xclbin",     [BUILD_FULL_ELF] = "full-elf",
	[BUILD_TXN] = "txn", [BUILD_TXN_1_0] = "txn-1.0", [BUILD_TXN_TEXT] = "txn-text", [BUILD_ELF] = "elf",
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

const char *build_kind_name(enum build_kind kind)
{
	return kinds[kind];
}

int(build_bad)(struct build *build, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	aie_error_setv(build->error, AIE_ERROR_INPUT, format, arguments);
	va_end(arguments);
	return -1;
}

/* ---- parts ------------------------------------------------------------------------------------------------------- */

/* Rules that a single record cannot show, such as a patch without its descriptor. */
static int check_stream(const struct build *build, const struct aie_bytes *stream)
{
	const struct aie_txn_limits limits = { .columns = build->columns };
	struct aie_txn txn;

	if (aie_txn_open(&txn, stream->data, stream->size, &limits, build->error))
		return -1;
	aie_txn_close(&txn);
	return 0;
}

static int close_part(struct build *build)
{
	struct build_part *part;
	struct aie_bytes cdo;
	int result;

	if (!build->open)
		return 0;
	build->open = false;
	part = &build->part[build->parts - 1];
	if (part->stream)
		return aie_txn_finish(&build->txn, &part->bytes, build->error) || check_stream(build, &part->bytes) ? -1
		                                                                                                    : 0;
	if (build->kind == BUILD_CDO)
		return aie_cdo_finish(&build->cdo, &part->bytes, build->error);
	if (aie_cdo_finish(&build->cdo, &cdo, build->error))
		return -1;
	result = aie_pdi_write(cdo.data, cdo.size, &part->bytes, build->error);
	aie_bytes_free(&cdo);
	return result;
}

static int open_part(struct build *build, bool stream, const char *name)
{
	struct build_part *part = &build->part[build->parts];

	if (close_part(build))
		return -1;
	if (build->parts == BUILD_MAX_PARTS)
		return build_bad(build, "more than %d PDIs and instances", BUILD_MAX_PARTS);
	if (strlen(name) >= sizeof part->name)
		return build_bad(build, "'%.80s': a name of at most %zu characters is needed", name,
		                 sizeof part->name - 1);
	build->parts++;
	build->open = true;
	part->stream = stream;
	snprintf(part->name, sizeof part->name, "%s", name);
	if (stream)
		aie_txn_begin(&build->txn, build->kind == BUILD_TXN_1_0 ? AIE_TXN_V1_0 : AIE_TXN_V0_1,
		              build->generation, build->columns);
	else
		aie_cdo_begin(&build->cdo);
	return 0;
}

/* How many PDIs have begun. */
static unsigned pdis(const struct build *build)
{
	unsigned count = 0;

	for (unsigned i = 0; i < build->parts; i++)
		count += !build->part[i].stream;
	return count;
}

/* ---- settings ---------------------------------------------------------------------------------------------------- */

static int set_image(struct build *build)
{
	if (build->kind != BUILD_NONE)
		return build_bad(build, "image: the kind is already told");
	for (unsigned i = 1; build->words == 2 && i < KINDS; i++)
		if (strcmp(build->word[1], kinds[i]) == 0)
			build->kind = (enum build_kind)i;
	if (build->kind == BUILD_NONE)
		return build_bad(build, "image: cdo, pdi, xclbin, full-elf, txn, txn-1.0, txn-text or elf is needed");
	return 0;
}

static int set_kernel(struct build *build)
{
	struct build_kernel *kernel = &build->kernel[build->kernels];
	uint64_t buffers = DEFAULT_BUFFERS, pdi = pdis(build) ? pdis(build) - 1 : 0;
	const char *instance;
	size_t length;

	if (build->kernels == BUILD_MAX_KERNELS)
		return build_bad(build, "kernel: more than %d", BUILD_MAX_KERNELS);
	if (build->words < 2)
		return build_bad(build, "kernel: the name is missing");
	length = strcspn(build->word[1], ":");
	instance = build->word[1][length] ? build->word[1] + length + 1 : "MLIRAIE";
	if (length == 0 || length >= sizeof kernel->name || strlen(instance) >= sizeof kernel->instance)
		return build_bad(build, "kernel: a name of at most %zu characters is needed", sizeof kernel->name - 1);
	*kernel = (struct build_kernel){ .id = DEFAULT_KERNEL_ID };
	memcpy(kernel->name, build->word[1], length);
	snprintf(kernel->instance, sizeof kernel->instance, "%s", instance);
	if (build->kind == BUILD_FULL_ELF) {
		if (build->kernels)
			return build_bad(build, "kernel: a full ELF of this tool has one");
		if (build_number(build, 2, 32, &buffers) || build_at_most(build, 3))
			return -1;
	} else if ((build->words > 2 && build_word(build, 2, &kernel->id)) ||
	           (build->words > 3 && build_number(build, 3, 32, &buffers)) ||
	           (build->words > 4 && build_number(build, 4, BUILD_MAX_PARTS - 1, &pdi)) || build_at_most(build, 5)) {
		return -1;
	}
	kernel->buffers = (unsigned)buffers;
	kernel->pdi = (uint32_t)pdi;
	build->kernels++;
	return 0;
}

static int set_number(struct build *build)
{
	uint64_t number;

	if (build->parts)
		return build_bad(build, "%s: settings come before the operations", build->word[0]);
	if (build_at_most(build, 2))
		return -1;
	if (build->word[0][0] == 't')
		return build_number(build, 1, UINT64_MAX, &build->time_stamp);
	if (build_number(build, 1, build->word[0][0] == 'c' ? 128 : UINT8_MAX, &number))
		return -1;
	if (build->word[0][0] == 'g') {
		build->generation = (unsigned)number;
		return 0;
	}
	if (number == 0)
		return build_bad(build, "columns: at least one");
	build->columns = (unsigned)number;
	return 0;
}

static int begin_pdi(struct build *build)
{
	if (build->kind != BUILD_XCLBIN && build->kind != BUILD_FULL_ELF)
		return build_bad(build, "pdi: only an xclbin and a full ELF have several");
	return build_at_most(build, 1) ? -1 : open_part(build, false, "");
}

static int begin_instance(struct build *build)
{
	if (build->kind != BUILD_FULL_ELF)
		return build_bad(build, "instance: only a full ELF has them");
	if (build->words != 2)
		return build_bad(build, "instance: a name is needed");
	return open_part(build, true, build->word[1]);
}

static const struct {
	const char *name;
	int (*run)(struct build *build);
} settings[] = {
	{ "image", set_image },       { "kernel", set_kernel }, { "columns", set_number },      { "time", set_number },
	{ "generation", set_number }, { "pdi", begin_pdi },     { "instance", begin_instance },
};

static int run_line(struct build *build)
{
	int result;

	if (build->kind == BUILD_NONE && strcmp(build->word[0], "image"))
		return build_bad(build, "the first statement must be 'image KIND'");
	for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
		if (strcmp(build->word[0], settings[i].name) == 0)
			return settings[i].run(build);
	if (!build->open && build->kind == BUILD_FULL_ELF)
		return build_bad(build, "%.40s: 'pdi' or 'instance NAME' must come before", build->word[0]);
	if (!build->open && open_part(build, build->kind >= BUILD_TXN, ""))
		return -1;
	result = build_statement(build);
	if (result == 0)
		return build_bad(build, "unknown statement '%.40s'", build->word[0]);
	return result < 0 ? -1 : 0;
}

/* ---- result ------------------------------------------------------------------------------------------------------ */

static int finish_xclbin(struct build *build, struct aie_bytes *bytes)
{
	struct aie_xclbin_new_kernel kernels[BUILD_MAX_KERNELS] = { { .buffers = DEFAULT_BUFFERS } };
	struct aie_bytes images[BUILD_MAX_PARTS];
	struct aie_xclbin_new request = { .columns = build->columns,
		                          .time_stamp = build->time_stamp,
		                          .pdi = images,
		                          .pdi_count = build->parts,
		                          .kernel = kernels,
		                          .kernel_count = build->kernels ? build->kernels : 1 };

	for (unsigned i = 0; i < build->kernels; i++)
		kernels[i] = (struct aie_xclbin_new_kernel){ .name = build->kernel[i].name,
			                                     .instance = build->kernel[i].instance,
			                                     .id = build->kernel[i].id,
			                                     .pdi = build->kernel[i].pdi,
			                                     .buffers = build->kernel[i].buffers };
	for (unsigned i = 0; i < build->parts; i++)
		images[i] = build->part[i].bytes;
	return aie_xclbin_write(&request, bytes, build->error);
}

static int finish_full_elf(struct build *build, struct aie_bytes *bytes)
{
	struct aie_bytes streams[BUILD_MAX_PARTS], images[BUILD_MAX_PARTS];
	const char *names[BUILD_MAX_PARTS];
	struct aie_control_elf_new elf = { .stream = streams,
		                           .kernel = build->kernel[0].name,
		                           .instance = names,
		                           .argument_count = build->kernel[0].buffers,
		                           .columns = build->columns,
		                           .pdi = images };

	if (!build->kernels)
		return build_bad(build, "a full ELF needs a 'kernel NAME ARGUMENTS'");
	for (unsigned i = 0; i < build->parts; i++) {
		if (build->part[i].stream) {
			names[elf.instance_count] = build->part[i].name;
			streams[elf.instance_count++] = build->part[i].bytes;
		} else {
			images[elf.pdi_count++] = build->part[i].bytes;
		}
	}
	return aie_control_elf_write(&elf, bytes, build->error);
}

static int finish(struct build *build, struct aie_bytes *bytes)
{
	struct aie_bytes *only = &build->part[0].bytes;
	struct aie_control_elf_new elf = { .stream = only, .instance_count = 1, .columns = build->columns };

	if (!build->parts)
		return build_bad(build, "the description has no operation");
	if (close_part(build))
		return -1;
	switch (build->kind) {
	case BUILD_XCLBIN:
		return finish_xclbin(build, bytes);
	case BUILD_FULL_ELF:
		return finish_full_elf(build, bytes);
	case BUILD_TXN_TEXT:
		return aie_txn_to_text(only->data, only->size, bytes, build->error);
	case BUILD_ELF:
		return aie_control_elf_write(&elf, bytes, build->error);
	default:
		*bytes = *only;
		*only = (struct aie_bytes){ 0 };
		return 0;
	}
}

/* Cut a line into words, the comment off. */
static int split(struct build *build, char *line)
{
	char *save = NULL, *comment = strchr(line, '#');

	if (comment)
		*comment = 0;
	build->words = 0;
	for (char *word = strtok_r(line, " \t\r", &save); word; word = strtok_r(NULL, " \t\r", &save)) {
		if (build->words == build->word_room) {
			const unsigned room = build->word_room ? 2 * build->word_room : 64;
			char **grown = realloc(build->word, room * sizeof *grown);

			if (!grown)
				return aie_error_set(build->error, AIE_ERROR_MEMORY, "no memory for a line");
			build->word = grown;
			build->word_room = room;
		}
		build->word[build->words++] = word;
	}
	return 0;
}

static int run_text(struct build *build, char *text, struct aie_bytes *bytes)
{
	unsigned number = 0;

	for (char *line = text, *next; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = 0;
		number++;
		if (split(build, line) || (build->words && run_line(build)))
			return aie_error_prefix(build->error, "line %u", number);
	}
	return finish(build, bytes) ? aie_error_prefix(build->error, "line %u", number) : 0;
}

int aie_image_build(const char *text, size_t size, const char *directory, struct aie_bytes *bytes,
                    struct aie_error *error)
{
	struct build *build = calloc(1, sizeof *build);
	char *copy = malloc(size + 1);
	int result = -1;

	bytes->data = NULL;
	bytes->size = 0;
	if (!build || !copy) {
		aie_error_set(error, AIE_ERROR_MEMORY, "no memory for a description of %zu bytes", size);
		goto out;
	}
	memcpy(copy, text, size);
	copy[size] = 0;
	build->directory = directory;
	build->columns = AIE_NPU4_COLUMNS;
	build->generation = AIE_TXN_NPU2;
	build->error = error;
	if (strlen(copy) != size)
		aie_error_set(error, AIE_ERROR_INPUT, "offset 0x%zx: a zero byte; a description is text", strlen(copy));
	else
		result = run_text(build, copy, bytes);
out:
	if (build) {
		aie_cdo_abandon(&build->cdo);
		aie_txn_abandon(&build->txn);
		for (unsigned i = 0; i < build->parts; i++)
			aie_bytes_free(&build->part[i].bytes);
		free(build->word);
	}
	free(build);
	free(copy);
	return result;
}

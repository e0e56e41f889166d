/* aie-as and aie-objdump as a user runs them: exit status, messages, listings that assemble again, damaged files. */
#include <dirent.h>
#include <elf.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/isa/asm_support.h"
#include "tests/isa/random_insn.h"

static const char *assembler, *objdump, *inputs;
static char folder[] = "aie-tools-XXXXXX";

struct result {
	int status;
	char *out, *err;
};

static const char *in_folder(const char *name)
{
	static char paths[4][512];
	static unsigned next;
	next = (next + 1) % 4;
	snprintf(paths[next], sizeof(paths[next]), "%s/%s", folder, name);
	return paths[next];
}

static char *read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	char *bytes = NULL;
	if (!file)
		return NULL;
	fseek(file, 0, SEEK_END);
	long length = ftell(file);
	rewind(file);
	bytes = calloc(1, (size_t)length + 1);
	assert_non_null(bytes);
	assert_int_equal(fread(bytes, 1, (size_t)length, file), length);
	fclose(file);
	if (size)
		*size = (size_t)length;
	return bytes;
}

static void write_file(const char *path, const void *bytes, size_t size)
{
	FILE *file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	fclose(file);
}

static void write_text(const char *path, const char *text)
{
	write_file(path, text, strlen(text));
}

/* Run a tool; output goes to files in the folder. */
static struct result run(const char *tool, ...)
{
	const char *argv[16] = { tool };
	struct result result = { 0 };
	va_list arguments;
	va_start(arguments, tool);
	for (unsigned i = 1; i < 15; i++)
		if (!(argv[i] = va_arg(arguments, const char *)))
			break;
	va_end(arguments);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		int out = open(in_folder("out"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
		int err = open(in_folder("err"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
		dup2(out, 1);
		dup2(err, 2);
		execv(tool, (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	if (!WIFEXITED(status))
		fail_msg("%s died from signal %d", tool, WTERMSIG(status));
	result.status = WEXITSTATUS(status);
	result.out = read_file(in_folder("out"), NULL);
	result.err = read_file(in_folder("err"), NULL);
	return result;
}

static void release(struct result *result)
{
	free(result->out);
	free(result->err);
}

static void expect_failure(struct result result, const char *message)
{
	char *newline = strchr(result.err, '\n');
	assert_int_equal(result.status, 2);
	assert_string_equal(result.out, "");
	if (!strstr(result.err, message))
		fail_msg("'%s' instead of '%s'", result.err, message);
	/* one line */
	assert_non_null(newline);
	assert_string_equal(newline, "\n");
	release(&result);
}

static void expect_success(struct result result)
{
	if (result.status || result.err[0])
		fail_msg("status %d: %s", result.status, result.err);
	release(&result);
}

/* --source puts every line of the source in front of its bundle, once, as a comment; the listing still assembles. */
static void shows_source(void **state)
{
	char a[256], b[256], heading[300];
	(void)state;
	snprintf(a, sizeof(a), "%s/main.s", inputs);
	snprintf(b, sizeof(b), "%s/sum.s", inputs);
	expect_success(run(assembler, a, b, "-o", in_folder("lines.elf"), "--defsym", "COUNT=4", "--align", NULL));
	struct result listing = run(objdump, "--source", in_folder("lines.elf"), NULL);
	assert_int_equal(listing.status, 0);
	snprintf(heading, sizeof(heading), "// %s:", b);
	const char *heading_at = strstr(listing.out, heading);
	const char *line = strstr(listing.out, "// 1:\tlda\tr2, [p0], #4\n");
	const char *bundle = strstr(listing.out, "\tlda r2, [p0], #4\n");
	const char *next = strstr(listing.out, "// \tadd\tr0, r0, #-1\n");
	assert_non_null(heading_at);
	assert_non_null(line);
	assert_non_null(bundle);
	assert_true(heading_at < line && line < bundle && bundle < next);
	assert_null(strstr(line + 1, "// 1:\tlda"));
	write_text(in_folder("lines.s"), listing.out);
	release(&listing);
	expect_success(run(assembler, in_folder("lines.s"), "-o", in_folder("again.elf"), NULL));
	char *first = read_file(in_folder("lines.elf"), NULL), *second = read_file(in_folder("again.elf"), NULL);
	struct section_view text = find_section((uint8_t *)first, ".text");
	assert_int_equal(find_section((uint8_t *)second, ".text").size, text.size);
	assert_memory_equal(find_section((uint8_t *)second, ".text").bytes, text.bytes, text.size);
	free(first);
	free(second);
	/* a source that is gone: only name and number */
	write_text(in_folder("gone.s"), "done\n");
	expect_success(run(assembler, in_folder("gone.s"), "-o", in_folder("gone.elf"), NULL));
	unlink(in_folder("gone.s"));
	listing = run(objdump, "-S", in_folder("gone.elf"), NULL);
	assert_int_equal(listing.status, 0);
	assert_non_null(strstr(listing.out, "gone.s:1\n     0:\t"));
	release(&listing);
	expect_success(run(assembler, "--obj", b, "-o", in_folder("sum.o"), NULL));
	expect_failure(run(objdump, "-S", in_folder("sum.o"), NULL), "linked programs");
}

static void assembles_and_links(void **state)
{
	struct stat info;
	char a[256], b[256];
	(void)state;
	snprintf(a, sizeof(a), "%s/main.s", inputs);
	snprintf(b, sizeof(b), "%s/sum.s", inputs);
	expect_success(run(assembler, a, b, "-o", in_folder("direct.elf"), "--defsym", "COUNT=4", NULL));
	expect_success(run(assembler, "--obj", b, "-o", in_folder("sum.o"), NULL));
	expect_success(run(assembler, a, in_folder("sum.o"), "-o", in_folder("linked.elf"), "--defsym=COUNT=4", NULL));
	size_t first_size, second_size;
	char *first = read_file(in_folder("direct.elf"), &first_size);
	char *second = read_file(in_folder("linked.elf"), &second_size);
	assert_memory_equal(find_section((uint8_t *)first, ".text").bytes,
	                    find_section((uint8_t *)second, ".text").bytes,
	                    find_section((uint8_t *)first, ".text").size);
	assert_int_equal(symbol_value((uint8_t *)first, "numbers"), 0x70400);
	free(first);
	free(second);
	expect_success(run(assembler, a, b, "-o", in_folder("moved.elf"), "--defsym", "COUNT=4", "--data-base",
	                   "0x72000", NULL));
	first = read_file(in_folder("moved.elf"), &first_size);
	assert_int_equal(symbol_value((uint8_t *)first, "numbers"), 0x72000);
	free(first);
	/* Included files: beside the source, then in -I folders; messages name the included file. */
	write_text(in_folder("i.s"), ".include \"j.s\"\nmova r0, #J\n.incbin \"j.s\", 2, 4\n");
	write_text(in_folder("j.s"), ".set J, 5\n");
	expect_success(run(assembler, in_folder("i.s"), "-o", in_folder("i.elf"), NULL));
	first = read_file(in_folder("i.elf"), &first_size);
	assert_int_equal(find_section((uint8_t *)first, ".text").size, 8);
	assert_memory_equal(find_section((uint8_t *)first, ".text").bytes + 4, "et J", 4);
	free(first);
	write_text(in_folder("j.s"), "\n  what\n");
	expect_failure(run(assembler, in_folder("i.s"), "-o", in_folder("i.elf"), NULL),
	               "j.s:2:3: unknown instruction 'what'");
	write_text(in_folder("i.s"), "nop\n.include \"none.s\"\n");
	expect_failure(run(assembler, "-I", folder, in_folder("i.s"), "-o", in_folder("i.elf"), NULL),
	               "i.s:2:10: 'none.s' is not found");
	/* The check warns on standard error and does not change the status. */
	struct result checked =
	        run(assembler, a, b, "-o", in_folder("checked.elf"), "--defsym", "COUNT=4", "--check", NULL);
	assert_int_equal(checked.status, 0);
	assert_string_equal(checked.err, "");
	release(&checked);
	write_text(in_folder("w.s"), "mova r0, #1\nacq #0, r0\nrel #0, r0\ndone\n");
	checked = run(assembler, in_folder("w.s"), "--check", NULL);
	assert_int_equal(checked.status, 0);
	assert_non_null(
	        strstr(checked.err, "w.s:3: warning: 0x8: 'rel' comes 1 bundle after another lock instruction"));
	release(&checked);
	/* Nothing is left of an output that failed. */
	expect_failure(run(assembler, a, "-o", in_folder("never.elf"), "--defsym", "COUNT=4", NULL),
	               "main.s:8:6: undefined symbol 'sum'");
	assert_int_equal(stat(in_folder("never.elf"), &info), -1);
}

static void bad_usage(void **state)
{
	(void)state;
	write_text(in_folder("bad.s"), "nop\n  bogus r1\n");
	expect_failure(run(assembler, in_folder("bad.s"), "-o", in_folder("x"), NULL),
	               "bad.s:2:3: unknown instruction 'bogus'");
	expect_failure(run(assembler, NULL), "no input file");
	expect_failure(run(assembler, "x.s", NULL), "-o OUT is missing");
	expect_failure(run(assembler, "/nonexistent.s", "-o", "x", NULL), "/nonexistent.s: No such file");
	expect_failure(run(assembler, "--wrong", NULL), "unknown or incomplete option '--wrong'");
	expect_failure(run(assembler, "a.s", "-o", NULL), "unknown or incomplete option '-o'");
	expect_failure(run(assembler, "a.s", "-o", "x", "--defsym", "1", NULL), "--defsym needs NAME=VALUE");
	expect_failure(run(assembler, "a.s", "-o", "x", "--defsym", "a=1x", NULL), "bad number");
	expect_failure(run(assembler, "a.s", "-o", "x", "--data-base", "q", NULL), "bad address");
	expect_failure(run(objdump, NULL), "one FILE or --raw FILE");
	expect_failure(run(objdump, "-q", "x", NULL), "unknown option -q");
	expect_failure(run(objdump, "x", NULL), "what to print?");
	expect_failure(run(objdump, "-d", "/nonexistent", NULL), "/nonexistent: No such file");
	expect_failure(run(objdump, "-d", in_folder("bad.s"), NULL), "not an ELF file");
	struct result help = run(assembler, "--help", NULL);
	assert_int_equal(help.status, 0);
	assert_non_null(strstr(help.out, "usage:"));
	release(&help);
}

/* The line of a listing that begins with the address. */
static void expect_line(const char *listing, const char *line)
{
	if (!strstr(listing, line))
		fail_msg("no line '%s' in:\n%s", line, listing);
}

static void listings(void **state)
{
	static const uint8_t code[] = { 0x84, 0x00, 0x00, 0x18, 0x4b, 0x03, 0x18, 0x00, 0x28, 0x10, 0xc4, 0x01,
		                        0x00, 0x00, 0x08, 0x00, 0x18, 0x39, 0xc0, 0x07, 0x00, 0x00, 0x01 };
	(void)state;
	write_file(in_folder("code.bin"), code, sizeof(code));
	struct result result = run(objdump, "--raw", in_folder("code.bin"), "--base", "0x100", NULL);
	assert_int_equal(result.status, 0);
	expect_line(result.out, "   100:\t84 00 00 18 4b 03                              \tj #0x69630\n");
	expect_line(result.out, "   106:\t18 00 28 10                                    \tret lr\n");
	expect_line(result.out, "   10a:\tc4 01 00 00 08 00                              \tpaddxm [sp], #64\n");
	expect_line(result.out, "   110:\t18 39 c0 07                                    \tlda lr, [sp, #-64]\n");
	expect_line(result.out, "   114:\t00 00                                          \tnop\n");
	expect_line(result.out, "   116:\t01                                             \t.byte 0x01 //");
	release(&result);
	result = run(objdump, "--asm", "--raw", in_folder("code.bin"), NULL);
	expect_line(result.out, "\tret lr\n");
	release(&result);
}

static void views(void **state)
{
	(void)state;
	static const char text[] = "f: jl #g\nnop\n.globl f\n.data\nv: .long f+4\n.bss\n.space 3";
	write_file(in_folder("v.s"), text, sizeof(text) - 1);
	expect_success(run(assembler, "--obj", in_folder("v.s"), "-o", in_folder("v.o"), NULL));
	struct result result = run(objdump, "-htr", in_folder("v.o"), NULL);
	assert_int_equal(result.status, 0);
	expect_line(result.out, " .text                00000000 ");
	expect_line(result.out, "00000000 00000000 global          .text            f\n");
	expect_line(result.out, "00000000 00000000 global          *undefined*      g\n");
	expect_line(result.out, "00000000    1  g\n");
	expect_line(result.out, "00000000   62  f+4\n");
	release(&result);
	result = run(objdump, "-dr", in_folder("v.o"), NULL);
	expect_line(result.out, "f:\n     0:\t04 01 00 00 00 00 ");
	expect_line(result.out, "// relocation 1 at 0x0: g\n");
	release(&result);
	result = run(objdump, "-s", in_folder("v.o"), NULL);
	expect_line(result.out, "// section .data\n");
	release(&result);
	/* A file that was cut off says so, even when nothing but the header is left. */
	size_t size;
	char *object = read_file(in_folder("v.o"), &size);
	for (size_t cut = 52; cut < size; cut += 8) {
		write_file(in_folder("cut.o"), object, cut);
		expect_failure(run(objdump, "-dhtr", in_folder("cut.o"), NULL), "may have been cut off");
		expect_failure(run(assembler, in_folder("cut.o"), "-o", in_folder("cut.elf"), NULL),
		               "no section headers");
	}
	free(object);
}

/* Listing -> aie-as -> the same bytes: random bundles of every format, and any bytes at all. */
static void listing_round_trip(void **state)
{
	struct random random = { .state = 99 };
	static uint8_t code[16000];
	(void)state;
	for (unsigned round = 0; round < 12; round++) {
		size_t used = 0;
		while (used + AIE_BUNDLE_MAX_BYTES < sizeof(code)) {
			const struct aie_format *format = aie_isa_format(random_below(&random, aie_isa_format_count()));
			struct aie_bundle bundle = { 0 };
			struct aie_error error;
			for (unsigned k = 0; round % 3 == 0 && k < format->slot_count; k++) {
				unsigned opcode;
				do
					opcode = random_below(&random, aie_isa_opcode_count());
				while (aie_isa_opcode(opcode)->slot != format->slot[k]);
				random_insn(&random, opcode, &bundle.insn[bundle.count++]);
			}
			if (bundle.count) {
				assert_int_equal(aie_isa_encode(&bundle, code + used, &error), 0);
				used += bundle.size;
			} else {
				uint64_t bytes = random_next(&random);
				memcpy(code + used, &bytes, 6);
				used += round == 1 ? 7 : 6;
			}
		}
		write_file(in_folder("r.bin"), code, used);
		struct result result = run(objdump, "--raw", in_folder("r.bin"), round % 2 ? "--asm" : NULL, NULL);
		assert_int_equal(result.status, 0);
		write_file(in_folder("r.s"), result.out, strlen(result.out));
		release(&result);
		expect_success(run(assembler, in_folder("r.s"), "-o", in_folder("r.elf"), NULL));
		size_t size;
		char *elf = read_file(in_folder("r.elf"), &size);
		struct section_view text = find_section((uint8_t *)elf, ".text");
		assert_int_equal(text.size, used);
		assert_memory_equal(text.bytes, code, used);
		free(elf);
		/* and the ELF's own listing */
		result = run(objdump, "-d", in_folder("r.elf"), NULL);
		write_file(in_folder("r.s"), result.out, strlen(result.out));
		release(&result);
		expect_success(run(assembler, in_folder("r.s"), "-o", in_folder("r2.elf"), NULL));
		elf = read_file(in_folder("r2.elf"), &size);
		text = find_section((uint8_t *)elf, ".text");
		assert_int_equal(text.size, used);
		assert_memory_equal(text.bytes, code, used);
		free(elf);
	}
}

static void damaged_files(void **state)
{
	uint64_t random = 2463534242u;
	size_t size;
	char *good;
	(void)state;
	good = read_file(in_folder("v.o"), &size);
	assert_non_null(good);
	char *copy = malloc(size);
	assert_non_null(copy);
	for (unsigned i = 0; i < 400; i++) {
		memcpy(copy, good, size);
		for (unsigned k = 0; k < 1 + i % 3; k++) {
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			size_t limit = i % 4 == 0 ? 52 : size;
			copy[(random >> 8) % limit] = (char)(random >> 40);
		}
		size_t cut = i % 16 == 0 ? (size_t)(random >> 16) % size : size;
		write_file(in_folder("damaged"), copy, cut);
		struct result result = run(objdump, "-dhtrs", in_folder("damaged"), NULL);
		if (result.status != 0 && result.status != 2)
			fail_msg("status %d: %s", result.status, result.err);
		assert_int_equal(result.status == 2, result.err[0] != 0);
		release(&result);
	}
	struct {
		size_t offset;
		uint8_t value;
		const char *message;
	} cases[] = {
		{ 18, 40, "ELF machine 296 is not AIE" },
		{ 36, 1, "ELF flags 1 are not those of AIE2P" },
		{ 16, 3, "ELF type 3 is neither program nor object" },
		{ 5, 2, "" },
		{ 4, 2, "no 32-bit ELF header" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memcpy(copy, good, size);
		copy[cases[i].offset] = (char)cases[i].value;
		write_file(in_folder("damaged"), copy, size);
		expect_failure(run(objdump, "-d", in_folder("damaged"), NULL), cases[i].message);
	}
	free(copy);
	free(good);
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	DIR *entries = opendir(folder);
	(void)state;
	for (struct dirent *entry; entries && (entry = readdir(entries));)
		unlink(in_folder(entry->d_name));
	if (entries)
		closedir(entries);
	return rmdir(folder);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_source),  cmocka_unit_test(assembles_and_links),
		cmocka_unit_test(bad_usage),     cmocka_unit_test(listings),
		cmocka_unit_test(views),         cmocka_unit_test(listing_round_trip),
		cmocka_unit_test(damaged_files),
	};
	if (argc != 4) {
		fprintf(stderr, "usage: test_asm_tools AIE-AS AIE-OBJDUMP INPUTS\n");
		return 2;
	}
	assembler = argv[1];
	objdump = argv[2];
	inputs = argv[3];
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}

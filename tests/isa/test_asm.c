/* The assembler: syntax, directives, expressions, conditions, macros, and the place every error names. */
#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/isa/asm_support.h"

/* The text section must hold exactly these bytes. */
static void expect_code(const char *text, const uint8_t *bytes, size_t size)
{
	size_t elf_size;
	uint8_t *elf = assemble_text(text, NULL, &elf_size);
	struct section_view code = find_section(elf, ".text");
	if (code.size != size)
		fail_msg("%u bytes instead of %zu: %s", code.size, size, text);
	for (size_t i = 0; i < size; i++)
		if (code.bytes[i] != bytes[i])
			fail_msg("byte %zu is %02x instead of %02x: %s", i, code.bytes[i], bytes[i], text);
	free(elf);
}

#define CODE(text, ...)                                                                                                \
	do {                                                                                                           \
		static const uint8_t bytes_[] = { __VA_ARGS__ };                                                       \
		expect_code(text, bytes_, sizeof(bytes_));                                                             \
	} while (0)

static void expect_data(const char *text, const uint8_t *bytes, size_t size)
{
	size_t elf_size;
	uint8_t *elf = assemble_text(text, NULL, &elf_size);
	struct section_view data = find_section(elf, ".data");
	if (data.size != size || (size && memcmp(data.bytes, bytes, size) != 0))
		fail_msg("other bytes: %s", text);
	free(elf);
}

#define DATA(text, ...)                                                                                                \
	do {                                                                                                           \
		static const uint8_t bytes_[] = { __VA_ARGS__ };                                                       \
		expect_data("\t.data\n" text, bytes_, sizeof(bytes_));                                                 \
	} while (0)

/* Both texts must give the same code. */
static void same_code(const char *first, const char *second)
{
	size_t first_size, second_size;
	uint8_t *a = assemble_text(first, NULL, &first_size), *b = assemble_text(second, NULL, &second_size);
	struct section_view one = find_section(a, ".text"), two = find_section(b, ".text");
	if (one.size != two.size || memcmp(one.bytes, two.bytes, one.size) != 0)
		fail_msg("differ:\n%s\n%s", first, second);
	free(a);
	free(b);
}

/* Bytes of published compiler output (llvm-aie). */
static void compiler_bytes(void **state)
{
	(void)state;
	CODE("j #0x69630", 0x84, 0x00, 0x00, 0x18, 0x4b, 0x03);
	CODE("ret lr", 0x18, 0x00, 0x28, 0x10);
	CODE("paddxm [sp], #64", 0xc4, 0x01, 0x00, 0x00, 0x08, 0x00);
	CODE("lda lr, [sp, #-64]", 0x18, 0x39, 0xc0, 0x07);
	CODE("nop", 0x00, 0x00);
}

static void comments_and_blanks(void **state)
{
	(void)state;
	CODE("// only\n\n  /* a\n  b */ ret lr // x\n# line\n\t#  ret lr\n nop /* c */\r\n", 0x18, 0x00, 0x28, 0x10, 0,
	     0);
	CODE("a: b:\tnop\nc :nop", 0, 0, 0, 0);
	CODE("RET LR\n", 0x18, 0x00, 0x28, 0x10);
	DATA(".ascii \"/*//#\"", '/', '*', '/', '/', '#');
	DATA(".byte '\"', '/', '#', '\\n', '\\''", '"', '/', '#', '\n', '\'');
}

/* Whichever order the instructions stand in, and with nops that the format would have anyway. */
static void bundles(void **state)
{
	(void)state;
	same_code("mova r0, #1; movx r1, #2; mov r2, #3", "mov r2, #3; movx r1, #2 ; mova r0, #1");
	same_code("mova r0, #1;", "mova r0, #1");
	same_code("nopb; mova r0, #1; nops; nopx", "mova r0, #1; nopb; nopx; nops");
	/* mov of a register has forms in several slots: ms is the store slot, a register the move slot. */
	same_code("mov r1, r2; mov ms, r3", "mov ms, r3; mov r1, r2");
	/* 16-bit stores sit in the load slot (semantics: part-word stores read, modify and write). */
	same_code("st.s16 r0, [p0, #2]; st r1, [p1, #4]", "st r1, [p1, #4]; st.s16 r0, [p0, #2]");
}

static void operands(void **state)
{
	(void)state;
	same_code("vmul dm0, x0, x2,r3", "vmul dm0, x0, x2, r3");
	same_code("vlt.8 r5:r4, x0, x1, vaddsign1", "vlt.8 R5:R4, x0, x1, VADDSIGN1");
	same_code("movxm r0, #0xffffffff", "movxm r0, #-1");
	same_code("movxm r0, #'a'", "movxm r0, #97");
	same_code("add r0, r1, #-(3-1)*2", "add r0, r1, #-4");
	same_code("lda r0, [ p0 , # 4 ]", "lda r0, [p0, #4]");
	same_code("invsqrt r1.flt2fx, s3, r2.fx2flt, s2", "invsqrt  r1.flt2fx,s3,r2.fx2flt,s2");
	/* d1 is the 2D group in .2d and the 3D group in .3d. */
	same_code("lda.2d r0, [p0], d1", "lda.2d r0, [p0],d1");
	same_code("lda.3d r0, [p0], d1", "lda.3d r0, [p0],d1");
	assert_string_equal(assembly_error("lda.3d r0, [p0], d4", NULL), "t.s:1:18: 'lda.3d' does not take 'd4' here");
	same_code("event #0", "event #1-1");
}

static void labels(void **state)
{
	(void)state;
	same_code("nop\nx: nop\nj #x", "nop\nnop\nj #2");
	same_code("j #x\nnop\nx:", "j #8\nnop");
	same_code("1: nop\n1: jnz r0, #1b\njz r0, #1f\nnop\n1:", "nop\njnz r0, #2\njz r0, #16\nnop");
	same_code("0: jnz r0, #0b", "jnz r0, #0");
	same_code("j #x+2\nx:", "j #8");
	same_code("movxm p0, #buf+4\n.data\n.long 0\nbuf: .long 0", "movxm p0, #0x70408\n.data\n.long 0,0");
	same_code("movxm p0, #(buf+4)\n.bss\n.space 16\nbuf: .space 8", "movxm p0, #0x70414");
	/* Differences inside a section are numbers, also before they are known. */
	same_code("mova r0, #b-a\na: nop\nnop\nb:", "mova r0, #4\nnop\nnop");
	same_code("add r0, r0, #b-a\na: nop\nnop\nb:", "add r0, r0, #4\nnop\nnop");
	same_code("lda r0, [p0, #b-a]\na: nop\nnop\nb:", "lda r0, [p0, #4]\nnop\nnop");
	same_code("a: movxm r0, #.-a\nj #.", "movxm r0, #0\nj #6");
	same_code(".set alias, y+2\nj #alias\nz: y:", "j #8");
	same_code("\"odd name\": nop\nj #\"odd name\"", "nop\nj #0");
}

static void expressions(void **state)
{
	(void)state;
	DATA(".byte 1+2*3, (1+2)*3, 7/2, -7/2, 7%4, 1<<4|1, 0xff&~0xf, 5^1, !0, !7, -(-1), +3", 7, 9, 3, 0xfd, 3, 17,
	     0xf0, 4, 1, 0, 1, 3);
	DATA(".byte 0b101, 017, 0x1F, 1==1, 1!=1, 1<2, 2<=1, 3>2, 1>=2, 1&&2, 0||0", 5, 15, 31, 0xff, 0, 0xff, 0, 0xff,
	     0, 1, 0);
	/* GNU precedence: & and | bind tighter than + here. */
	DATA(".byte 1+2|4", 7);
	DATA(".byte 6-2&1", 6);
	DATA("x=1\nx=x+1\n.set y, x*10\n.equ z, y+1\n.byte x, y, z", 2, 20, 21);
	/* A variable counts where it is used, not at the end. */
	DATA("x=1\n.byte x+later-later\nx=2\n.byte x\nlater=9", 1, 2);
	DATA(".byte later\n.set later, 9", 9);
	DATA("a: .long b-a, a-b\nb:", 8, 0, 0, 0, 0xf8, 0xff, 0xff, 0xff);
	DATA("a: .long a+4, 0x7fffffff", 0x04, 0x04, 0x07, 0x00, 0xff, 0xff, 0xff, 0x7f);
}

static void data_directives(void **state)
{
	(void)state;
	DATA(".byte 1\n.short 2\n.long 3\n.quad 4", 1, 2, 0, 3, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0);
	DATA(".half 0x1234\n.hword 1\n.2byte 2\n.word 0x12345678\n.4byte 5\n.8byte -2", 0x34, 0x12, 1, 0, 2, 0, 0x78,
	     0x56, 0x34, 0x12, 5, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
	DATA(".ascii \"a\\tb\\x41\\101\"\n.asciz \"c\"\n.string \"\", \"d\"", 'a', 9, 'b', 'A', 'A', 'c', 0, 0, 'd', 0);
	DATA(".byte 1\n.space 2\n.skip 1, 7\n.zero 1\n.fill 2, 2, 0x102", 1, 0, 0, 7, 0, 2, 1, 2, 1);
	DATA(".byte 1\n.p2align 2\n.byte 2\n.balign 8, 0xee\n.byte 3\n.align 1\n.byte 4", 1, 0, 0, 0, 2, 0xee, 0xee,
	     0xee, 3, 0, 4);
	DATA(".byte 1\n.p2align 4, , 3\n.byte 2", 1, 2);
	DATA(".byte 1\n.org 4\n.byte 2\n.org .+1, 9\n.byte 3", 1, 0, 0, 0, 2, 9, 3);
	/* DWARF's own examples of these numbers */
	DATA(".uleb128 2, 127, 128, 129, 12857\n.sleb128 2, -2, 127, -127, 128, -128, -129", 2, 0x7f, 0x80, 1, 0x81, 1,
	     0xb9, 0x64, 2, 0x7e, 0xff, 0, 0x81, 0x7f, 0x80, 1, 0x80, 0x7f, 0xff, 0x7e);
	DATA(".float 1.0, -2.5e0\n.double 0.5", 0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc0, 0, 0, 0, 0, 0, 0, 0xe0, 0x3f);
	DATA(".byte -128, 255\n.short -32768, 65535", 0x80, 0xff, 0, 0x80, 0xff, 0xff);
}

/* Zero bytes decode as 16-bit nops, so alignment in code is safe to run through. */
static void code_alignment(void **state)
{
	(void)state;
	CODE("ret lr\n.p2align 4\nret lr", 0x18, 0x00, 0x28, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x18, 0x00, 0x28,
	     0x10);
}

static void conditions_and_macros(void **state)
{
	struct aie_asm_symbol define = { "N", 3 };
	struct aie_asm_options options = { .define = &define, .define_count = 1 };
	size_t size;
	(void)state;
	DATA(".set n, 2\n.if n == 2\n.byte 1\n.elseif n == 2\n.byte 2\n.else\n.byte 3\n.endif", 1);
	DATA(".if 0\n.byte 1\n.if 1\n.byte 9\n.else\n bad bad\n.endif\n.elseif 1\n.byte 2\n.else\n.byte 3\n.endif", 2);
	DATA(".ifdef q\n.byte 1\n.endif\n.ifndef q\n.byte 2\n.endif\nq=1\n.ifdef q\n.byte 3\n.endif", 2, 3);
	DATA(".macro two a, b=5\n.byte \\a, \\b\n.endm\ntwo 1\ntwo 2, 3\ntwo b=4, a=6", 1, 5, 2, 3, 6, 4);
	DATA(".macro lab\nl\\@: .long l\\@-base\n.endm\nbase:\nlab\nlab", 0, 0, 0, 0, 4, 0, 0, 0);
	DATA(".macro count n\n.if \\n\n.byte \\n\ncount \\n-1\n.endif\n.endm\ncount 3", 3, 2, 1);
	DATA(".rept 3\n.byte 7\n.endr\n.irp x, 1, 2\n.byte \\x\n.endr\n.irpc c, 34\n.byte \\c\n.endr", 7, 7, 7, 1, 2, 3,
	     4);
	DATA("i=0\n.rept 2\n.rept 2\n.byte i\ni=i+1\n.endr\n.endr\n.rept 0\nbad\n.endr", 0, 1, 2, 3);
	DATA(".macro e\n.byte 1\n.exitm\n.byte 2\n.endm\ne\n.byte 3\n.end\nnonsense", 1, 3);
	uint8_t *elf =
	        assemble_text(".data\n.rept N\n.byte N\n.endr\n.ifndef N\n.error \"no N\"\n.endif", &options, &size);
	assert_int_equal(find_section(elf, ".data").size, 3);
	free(elf);
}

/* Everything a compiler writes around its code. */
static void compiler_output(void **state)
{
	size_t size;
	(void)state;
	uint8_t *elf = assemble_text("\t.text\n"
	                             "\t.file\t\"k.c\"\n"
	                             "\t.globl\tk                               // -- Begin function k\n"
	                             "\t.p2align\t4\n"
	                             "\t.type\tk,@function\n"
	                             "k:                                      // @k\n"
	                             "// %bb.0:                               // %entry\n"
	                             "\t\tnopa\t;\t\tnopb\t;\t\tnops\t;\tret\tlr;\t\tnopm\t;\t\tnopv\t\n"
	                             "\tnop\t                                //  Delay Slot 5\n"
	                             ".Lfunc_end0:\n"
	                             "\t.size\tk, .Lfunc_end0-k\n"
	                             "                                        // -- End function\n"
	                             "\t.type\tv,@object                       // @v\n"
	                             "\t.section\t.rodata.v,\"a\",@progbits\n"
	                             "\t.globl\tv\n"
	                             "\t.p2align\t2, 0x0\n"
	                             "v:\n"
	                             "\t.long\t7                               // 0x7\n"
	                             "\t.size\tv, 4\n"
	                             "\t.comm\tc,8,4\n"
	                             "\t.ident\t\"clang version 20.0.0\"\n"
	                             "\t.section\t\".note.GNU-stack\",\"\",@progbits\n"
	                             "\t.addrsig\n"
	                             "\t.addrsig_sym k\n",
	                             NULL, &size);
	assert_int_equal(find_section(elf, ".text").size, 18);
	assert_int_equal(symbol_value(elf, "k"), 0);
	assert_int_equal(symbol_value(elf, "v"), 0x70400);
	assert_int_equal(symbol_value(elf, "c"), 0x70404);
	free(elf);
}

/* The core ELF: machine, flags, table right behind the header, windows (documented layout of core ELFs). */
static void core_elf(void **state)
{
	struct aie_asm_options options = { .data_base = 0x71000 };
	size_t size;
	Elf32_Ehdr header;
	Elf32_Phdr segment[3];
	(void)state;
	uint8_t *elf =
	        assemble_text("nop\n.globl _start\n_start: nop\n.data\n.long 1\n.bss\n.space 12", &options, &size);
	assert_in_range(size, sizeof(header), 4096);
	memcpy(&header, elf, sizeof(header));
	assert_memory_equal(header.e_ident, "\177ELF\1\1\1", 7);
	assert_int_equal(header.e_type, ET_EXEC);
	assert_int_equal(header.e_machine, 0x108);
	assert_int_equal(header.e_flags, 3);
	assert_int_equal(header.e_phoff, 52);
	assert_int_equal(header.e_phnum, 3);
	assert_int_equal(header.e_entry, 2);
	memcpy(segment, elf + 52, sizeof(segment));
	assert_int_equal(segment[0].p_paddr, 0);
	assert_int_equal(segment[0].p_filesz, 4);
	assert_int_equal(segment[0].p_flags, PF_R | PF_X);
	assert_int_equal(segment[1].p_paddr, 0x71000);
	assert_int_equal(segment[1].p_filesz, 4);
	assert_int_equal(segment[2].p_paddr, 0x71004);
	assert_int_equal(segment[2].p_filesz, 0);
	assert_int_equal(segment[2].p_memsz, 12);
	for (unsigned i = 0; i < 2; i++)
		assert_true(segment[i].p_offset + segment[i].p_filesz <= size);
	assert_int_equal(elf[segment[1].p_offset], 1);
	free(elf);
	elf = assemble_text("", NULL, &size);
	memcpy(&header, elf, sizeof(header));
	assert_int_equal(header.e_phnum, 0);
	assert_int_equal(header.e_entry, 0);
	free(elf);
}

/* A listing of aie-objdump -d is a source. */
static void listing(void **state)
{
	(void)state;
	same_code("     0:\t18 00 28 10                                    \tret lr\n"
	          "main:\n"
	          "     4:\t00 00                                          \tnop\n"
	          "     6:\tff ff                                          \t.byte 0xff, 0xff // unknown\n"
	          "    10:\te1 00 00 00 00 00 00 00 00 5b 01 20 00 f0 2c 00\tnop\n",
	          "ret lr\nnop\n.byte 0xff, 0xff\nnop");
	/* Numbered labels look similar and stay labels. */
	same_code("10:\tret lr\nj #10b", "ret lr\nj #0");
}

static void errors(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{ "\n  foo r0, r1", "t.s:2:3: unknown instruction 'foo'" },
		{ "add r0, r1", "t.s:1:11: 'add' needs more operands" },
		{ "add r0, r1, #64", "t.s:1:13: immediate 64 is outside -64..63" },
		{ "mova r0, #2000", "t.s:1:10: immediate 2000 is outside -1024..1023" },
		{ "lda r0, [p0, #3]", "t.s:1:14: immediate 3 is not a multiple of 4" },
		{ "lda r0, [r0, #4]", "t.s:1:10: 'lda' does not take 'r0' here" },
		{ "lda r0, [p0, 4]", "t.s:1:14: 'lda' does not take '4' here" },
		{ "lda r0, [p0, #4", "t.s:1:16: 'lda' needs more operands" },
		{ "ret lr, r0", "t.s:1:7: 'ret' ends before ','" },
		{ "ret lr x", "t.s:1:8: 'ret' ends before 'x'" },
		{ "add r0, r1, r2; sub r3, r4, r5", "t.s:1:17: 'add' and 'sub' both need slot alu" },
		{ "nop; ret lr", "t.s:1:6: no slot or bundle format is left for 'ret' beside the others" },
		{ "mova r0, #1; nopa", "t.s:1:14: 'mova' and 'nopa' both need slot lda" },
		{ "x: nop\nx: nop", "t.s:2:1: 'x' is already defined at t.s:1" },
		{ "x = 1\nx: nop", "t.s:2:1: 'x' is already defined at t.s:1" },
		{ "j #nowhere", "t.s:1:4: undefined symbol 'nowhere'" },
		{ "\n\n lda r0, [p0, #nowhere]", "t.s:3:15: 'lda' cannot take the address of 'nowhere' here" },
		{ "mova r0, #buf\n.data\nbuf:", "t.s:1:10: value 0x70400 of buf does not fit the 11 bits it goes to" },
		{ "j #1f", "t.s:1:4: no label 1: after this" },
		{ "j #1b", "t.s:1:4: no label 1: before this" },
		{ ".if 1\nnop", "t.s:1:1: the condition is not closed by .endif" },
		{ ".else", "t.s:1:6: .else without .if" },
		{ ".if q\n.endif", "t.s:1:5: .if needs a number known here, 'q' is not defined" },
		{ ".rept 2\nnop", "t.s:1:1: the block is not closed by .endr" },
		{ ".macro m\nnop", "t.s:1:1: the block is not closed by .endm" },
		{ ".macro m\nbad\n.endm\n\nm", "t.s:2:1: unknown instruction 'bad'" },
		{ ".frobnicate 1", "t.s:1:1: unknown directive '.frobnicate'" },
		{ ".byte 256", "t.s:1:7: 256 does not fit in 1 bytes" },
		{ ".byte 1/0", "t.s:1:8: division by zero" },
		{ ".byte 1 2", "t.s:1:9: unexpected '2'" },
		{ ".byte (1", "t.s:1:9: ')' expected to close the expression, found the end of the line" },
		{ ".byte 08", "t.s:1:7: bad number '08'" },
		{ ".byte 99999999999999999999", "t.s:1:7: bad number '99999999999999999999'" },
		{ "a=b\nb=a\n.byte a", "t.s:2:3: 'a' is defined by itself" },
		{ ".ascii \"abc", "t.s:1:8: the string does not end on its line" },
		{ ".ascii abc", "t.s:1:8: a string in double quotes expected, found 'abc'" },
		{ "nop /* x\n", "t.s:1:5: the comment is not closed" },
		{ ".p2align 20", "t.s:1:10: alignment 2^20 is too large (bytes are .balign)" },
		{ ".balign 3", "t.s:1:9: alignment 3 is not a power of two up to 65536" },
		{ ".data\nnop", "t.s:2:1: instructions in section .data, which holds no code" },
		{ ".byte 1\nnop", "t.s:2:1: the bundle would start at an odd address (0x1 in .text)" },
		{ ".bss\n.byte 1", "t.s:2:7: section .bss holds no bytes, only space" },
		{ ".section .x,\"q\"", "t.s:1:13: unknown section flag 'q'" },
		{ ".short sym", "t.s:1:8: no relocation puts the address of sym into 2 bytes of data" },
		{ ".float x", "t.s:1:8: a floating-point number expected, found 'x'" },
		{ ".include \"x.s\"", "t.s:1:10: no file can be included here: 'x.s'" },
		{ ".space -1", "t.s:1:8: negative size -1" },
		{ ".org 4\n.org 2", "t.s:2:6: .org goes back from 0x4 to 0x2" },
		{ ".error \"stop\"", "t.s:1:1: .error: stop" },
		{ "5", "t.s:1:1: an instruction expected, found '5'" },
		{ "mova r0, #", "t.s:1:11: a number or symbol expected, found the end of the line" },
		{ "mova r0, #1 ! 2", "t.s:1:13: unexpected '!'" },
		{ "vmac.f dm0, dm1, x0", "t.s:1:20: 'vmac.f' needs more operands" },
		{ ".rept 100000000\nx=1\n.endr", "t.s:2:1: more than 500000 lines" },
		{ ".macro m\nm\n.endm\nm", "t.s" },
		{ ".space 0x5000", "t.s: the code takes 20480 bytes, program memory has 16384" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *error = assembly_error(cases[i].text, NULL);
		if (strncmp(error, cases[i].error, strlen(cases[i].error)) != 0)
			fail_msg("%s\n  gives    %s\n  expected %s", cases[i].text, error, cases[i].error);
		assert_null(strchr(error, '\n'));
	}
}

/* Texts cut anywhere and with bytes changed: an error or a program, nothing else. */
static void damaged_sources(void **state)
{
	static const char text[] = ".macro m a\n.if \\a\nlda r0, [p0, #\\a*4]\n.endif\n.endm\nx: m 1 ; nop\n.rept "
	                           "2\nmova r0, #(x+1)<<2; movx r1, #'a'\n.endr\n"
	                           ".data\n.long x, 1f-., \"q\"\n1: .ascii \"a\\x41\\n\" /* c */\n.section "
	                           ".s,\"aw\",@progbits\n.size x, .-x\n.set y, x+1\n";
	uint64_t random = 88172645463325252u;
	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		char copy[sizeof(text)];
		memcpy(copy, text, sizeof(text));
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		size_t size = sizeof(text) - 1;
		if (random & 1)
			size = (random >> 8) % sizeof(text);
		copy[(random >> 20) % (sizeof(text) - 1)] = (char)(random >> 32);
		copy[(random >> 24) % (sizeof(text) - 1)] = "\n\"'\\#;:,[(.0"[(random >> 40) % 12];
		struct aie_asm_source source = { "t.s", copy, size };
		struct aie_error error = { 0 };
		uint8_t *elf;
		size_t elf_size;
		if (aie_assemble(&source, 1, NULL, &elf, &elf_size, &error)) {
			assert_int_equal(error.category, AIE_ERROR_INPUT);
			assert_true(error.text[0]);
		} else {
			free(elf);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compiler_bytes),
		cmocka_unit_test(comments_and_blanks),
		cmocka_unit_test(bundles),
		cmocka_unit_test(operands),
		cmocka_unit_test(labels),
		cmocka_unit_test(expressions),
		cmocka_unit_test(data_directives),
		cmocka_unit_test(code_alignment),
		cmocka_unit_test(conditions_and_macros),
		cmocka_unit_test(compiler_output),
		cmocka_unit_test(core_elf),
		cmocka_unit_test(listing),
		cmocka_unit_test(errors),
		cmocka_unit_test(damaged_sources),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

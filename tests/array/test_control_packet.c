/* Control packets: words from a shim to the TileCtrl port of tiles read and write their registers and memories. */
#include "tests/array/rig.h"

#include "sim/array/internal.h"

enum { MEMORY = 0x10000, OUT = 0x8000, COLUMN = 1 };
enum { WRITE = 0, READ = 1 };
enum { HANDLER_COMPUTE = 0x3FF30, HANDLER_MEMORY = 0xB0F30 };

static uint32_t with_parity(uint32_t word)
{
	unsigned ones = 0;

	for (unsigned i = 0; i < 31; i++)
		ones += word >> i & 1;
	return ones % 2 ? word : word | 0x80000000;
}

/* streams.md 6: response id, operation, words less one, address. */
static uint32_t control_header(unsigned operation, uint32_t address, unsigned words, unsigned response)
{
	return with_parity(response << 24 | operation << 22 | (words - 1) << 20 | address);
}

/* From shim MM2S 0 of COLUMN up North 0 by packets: id 16 + row goes to the TileCtrl port of that row, ids below 16 to
 * S2MM 0 of row 2. */
static struct rig *new_rig(void)
{
	struct rig *rig = rig_new("npu4", MEMORY);

	rig_shim_mux(rig, COLUMN);
	rig_packet_slot(rig, COLUMN, 0, PORT('S', 3), 0, 16, 0x1F, 1, 0);
	rig_packet_slot(rig, COLUMN, 0, PORT('S', 3), 1, 0, 0x00, 0, 0);
	rig_packet_master(rig, COLUMN, 0, PORT('T', 0), 1, 1, false);
	rig_packet_master(rig, COLUMN, 0, PORT('N', 0), 0, 1, false);
	for (unsigned row = 1; row <= 3; row++) {
		rig_packet_slot(rig, COLUMN, row, PORT('S', 0), 0, 16 + row, 0x1F, 1, 0);
		rig_packet_slot(rig, COLUMN, row, PORT('S', 0), 1, 0, 0x00, 0, 0);
		rig_packet_master(rig, COLUMN, row, PORT('T', 0), 1, 1, false);
		if (row != 2)
			rig_packet_master(rig, COLUMN, row, PORT('N', 0), 0, 1, false);
	}
	/* in row 2 data leaves: ids 0 to 15; what is left goes north */
	rig_packet_slot(rig, COLUMN, 2, PORT('S', 0), 1, 0, 0x10, 0, 0);
	rig_packet_slot(rig, COLUMN, 2, PORT('S', 0), 2, 16, 0x10, 2, 0);
	rig_packet_master(rig, COLUMN, 2, PORT('D', 0), 0, 1, true);
	rig_packet_master(rig, COLUMN, 2, PORT('N', 0), 2, 1, false);
	return rig;
}

/* Send `words` of `text` as one packet with that id. */
static void send(struct rig *rig, unsigned id, const uint32_t *text, unsigned words)
{
	memcpy(rig_memory(rig, 0), text, words * 4);
	rig_bd(rig, COLUMN, 0, 0, RIG_BD(.address = RIG_MEMORY_BASE, .words = words, .packet = true, .packet_id = id));
	rig_push(rig, COLUMN, 0, true, 0, 0, 1, false);
}

static void send_and_run(struct rig *rig, unsigned id, const uint32_t *text, unsigned words)
{
	send(rig, id, text, words);
	rig_run(rig, 10000);
}

/* streams.md 6: operation 0 writes one to four words from the address on, in every kind of tile; memory and registers.
 */
static void test_write(void **state)
{
	struct rig *rig = new_rig();

	(void)state;
	for (unsigned words = 1; words <= 4; words++) {
		uint32_t text[5] = { control_header(WRITE, 0x1240, words, 0) };

		for (unsigned i = 0; i < words; i++)
			text[1 + i] = words << 8 | i;
		send_and_run(rig, 18, text, words + 1);
		send_and_run(rig, 17, text, words + 1);
		for (unsigned i = 0; i < 4; i++) {
			assert_int_equal(rig_word(rig, COLUMN, 2, 0x1240 + 4 * i), i < words ? words << 8 | i : 0);
			assert_int_equal(rig_word(rig, COLUMN, 1, 0x1240 + 4 * i), i < words ? words << 8 | i : 0);
		}
	}
	send_and_run(rig, 16, (uint32_t[]){ control_header(WRITE, 0x1D004, 2, 0), 0x4444, 0x5555 }, 3); /* shim BD 0 */
	assert_int_equal(rig_read(rig, COLUMN, 0, 0x1D004), 0x4444);
	assert_int_equal(rig_read(rig, COLUMN, 0, 0x1D008), 0x5555);
	send_and_run(rig, 18, (uint32_t[]){ control_header(WRITE, 0x1F020, 1, 0), 33 }, 2);
	assert_int_equal(rig_lock(rig, COLUMN, 2, 2), 33);
	assert_int_equal(rig_read(rig, COLUMN, 2, HANDLER_COMPUTE), 0);
	rig_free(rig);
}

/* A tile that the host never touches is programmed by control packets alone: descriptor, lock, start queue; then data
 * flows to it by the same shim channel.  Several control packets stand in one stream packet, as mlir-aie batches them.
 */
static void test_reconfigure(void **state)
{
	struct rig *rig = new_rig();
	uint32_t text[64];
	unsigned count = 0;

	(void)state;
	/* BD 5: 16 words to 0x800, release +1 on lock 4 (six words in two packets) */
	text[count++] = control_header(WRITE, 0x1D0A0, 4, 0);
	text[count++] = 0x800 / 4 << 14 | 16;
	text[count++] = 0;
	text[count++] = 0;
	text[count++] = 0;
	text[count++] = control_header(WRITE, 0x1D0B0, 2, 0);
	text[count++] = 0;
	text[count++] = 1 << 25 | 1 << 18 | 4 << 13;
	text[count++] = control_header(WRITE, 0x1F040, 1, 0); /* lock 4 */
	text[count++] = 7;
	text[count++] = control_header(WRITE, 0x1DE04, 1, 0); /* S2MM 0: BD 5, twice */
	text[count++] = 1 << 16 | 5;
	send_and_run(rig, 18, text, count);
	assert_int_equal(rig_status(rig, COLUMN, 2, false, 0) >> 19 & 1, 1);
	for (unsigned i = 0; i < 32; i++)
		text[i] = 0xD000 + i;
	send_and_run(rig, 3, text, 32);
	assert_int_equal(rig_waits(rig), 0);
	for (unsigned i = 0; i < 16; i++)
		assert_int_equal(rig_word(rig, COLUMN, 2, 0x800 + 4 * i), 0xD010 + i);
	assert_int_equal(rig_lock(rig, COLUMN, 2, 4), 9);
	/* and its switch: what went into its S2MM goes on north from now on */
	send_and_run(rig, 18,
	             (uint32_t[]){ control_header(WRITE, 0x3F000 + 4, 1, 0), 0,        /* master DMA0 off */
	                           control_header(WRITE, 0x3F254, 1, 0), 0x00100102 }, /* slot 1 of South0: arbiter 2 */
	             4);
	rig_packet_slot(rig, COLUMN, 3, PORT('S', 0), 1, 0, 0x10, 5, 0);
	rig_packet_master(rig, COLUMN, 3, PORT('D', 1), 5, 1, true);
	rig_bd(rig, COLUMN, 3, 0, RIG_BD(.address = 0x100, .words = 32));
	rig_push(rig, COLUMN, 3, false, 1, 0, 1, false);
	for (unsigned i = 0; i < 32; i++)
		text[i] = 0xE000 + i;
	send_and_run(rig, 3, text, 32);
	assert_int_equal(rig_waits(rig), 0);
	assert_int_equal(rig_word(rig, COLUMN, 3, 0x100 + 124), 0xE01F);
	rig_free(rig);
}

/* A core is loaded and started by control packets. */
static void test_start_core(void **state)
{
	struct rig *rig = new_rig();
	uint32_t program[64], text[5];

	(void)state;
	/* the program of (3,2), put there by the host, is copied to (COLUMN,3) */
	rig_load(rig, 3, 2,
	         "movxm p0, #0x70040\nmova r0, #11\nnop\nnop\nnop\nnop\nnop\nnop\nst r0, [p0, #0]\nnop\nnop\nnop\nnop\n"
	         "nop\nnop\ndone\nnop\nnop\nnop\nnop\nnop\n");
	for (unsigned i = 0; i < 64; i++)
		program[i] = rig_read(rig, 3, 2, 0x20000 + 4 * i);
	for (unsigned i = 0; i < 64; i += 4) {
		text[0] = control_header(WRITE, 0x20000 + 4 * i, 4, 0);
		memcpy(text + 1, program + i, 16);
		send_and_run(rig, 19, text, 5);
	}
	send_and_run(rig, 19, (uint32_t[]){ control_header(WRITE, 0x32000, 1, 0), 1 }, 2);
	assert_int_equal(rig_word(rig, COLUMN, 3, 0x40), 11);
	rig_free(rig);
}

/* TileCtrl slave port of row 2 down to shim S2MM 0, by packets with any id. */
static void route_responses(struct rig *rig)
{
	rig_packet_slot(rig, COLUMN, 2, PORT('T', 0), 0, 0, 0x00, 6, 0);
	rig_packet_master(rig, COLUMN, 2, PORT('S', 1), 6, 1, false);
	rig_connect(rig, COLUMN, 1, PORT('N', 1), PORT('S', 1));
	rig_connect(rig, COLUMN, 0, PORT('N', 1), PORT('S', 2));
}

/* streams.md 6: operation 1 answers with a packet: stream header with the response id, then the words. */
static void test_read(void **state)
{
	struct rig *rig = new_rig();

	(void)state;
	route_responses(rig);
	rig_fill(rig, COLUMN, 2, 0x300, 0xAA00, 8);
	rig_write(rig, COLUMN, 2, 0x1D020, 0x12345678); /* BD 1 word 0 */
	rig_bd(rig, COLUMN, 0, 1, RIG_BD(.address = RIG_MEMORY_BASE + OUT, .words = 5 + 2 + 3));
	rig_push(rig, COLUMN, 0, false, 0, 1, 1, false);
	send_and_run(rig, 18, (uint32_t[]){ control_header(READ, 0x304, 4, 21) }, 1);
	/* two reads and a write between them in one packet */
	send_and_run(rig, 18,
	             (uint32_t[]){ control_header(READ, 0x1D020, 1, 9), control_header(WRITE, 0x300, 1, 0), 0xBEEF,
	                           control_header(READ, 0x300, 2, 30) },
	             4);
	assert_int_equal(rig_waits(rig), 0);
	{
		const uint32_t expect[] = {
			with_parity(COLUMN << 21 | 2 << 16 | 21),
			0xAA01,
			0xAA02,
			0xAA03,
			0xAA04,
			with_parity(COLUMN << 21 | 2 << 16 | 9),
			0x12345678,
			with_parity(COLUMN << 21 | 2 << 16 | 30),
			0xBEEF,
			0xAA01,
		};

		assert_memory_equal(rig_memory(rig, OUT), expect, sizeof expect);
	}
	rig_free(rig);
}

/* streams.md 6: an answer needs a route from the TileCtrl slave port; it waits there. */
static void test_read_without_route(void **state)
{
	struct rig *rig = new_rig();

	(void)state;
	send_and_run(rig, 18, (uint32_t[]){ control_header(READ, 0x304, 4, 21) }, 1);
	rig_expect_wait(rig, "tile (1,2) answer to a control packet", "no stream is routed from it", NULL);
	rig_bd(rig, COLUMN, 0, 1, RIG_BD(.address = RIG_MEMORY_BASE + OUT, .words = 5));
	rig_push(rig, COLUMN, 0, false, 0, 1, 1, false);
	route_responses(rig);
	rig_run(rig, 5000);
	assert_int_equal(rig_waits(rig), 0);
	assert_int_equal(rig_memory(rig, OUT)[0] & 0x1F, 21);
	rig_free(rig);
}

/* streams.md 6: wrong parity sets the sticky bit of the first or second header and nothing is written; the next packet
 * is good.  The bits are cleared by writing ones. */
static void test_parity(void **state)
{
	struct rig *rig = new_rig();
	uint32_t *memory = rig_memory(rig, 0);

	(void)state;
	send_and_run(rig, 18, (uint32_t[]){ control_header(WRITE, 0x100, 1, 0) ^ 0x80000000, 5, 6, 7 }, 4);
	assert_int_equal(rig_word(rig, COLUMN, 2, 0x100), 0);
	assert_int_equal(rig_read(rig, COLUMN, 2, HANDLER_COMPUTE), 2);
	rig_expect_wait(rig, "tile (1,2) control packets", "control header with wrong parity", NULL);
	rig_write(rig, COLUMN, 2, HANDLER_COMPUTE, 1);
	assert_int_equal(rig_read(rig, COLUMN, 2, HANDLER_COMPUTE), 2);
	rig_write(rig, COLUMN, 2, HANDLER_COMPUTE, 2);
	assert_int_equal(rig_read(rig, COLUMN, 2, HANDLER_COMPUTE), 0);
	/* the stream header as data of the buffer, so that its parity can be wrong */
	memory[0] = with_parity(17) ^ 0x80000000;
	memory[1] = control_header(WRITE, 0x100, 1, 0);
	memory[2] = 8;
	rig_bd(rig, COLUMN, 0, 0, RIG_BD(.address = RIG_MEMORY_BASE, .words = 3));
	rig_push(rig, COLUMN, 0, true, 0, 0, 1, false);
	rig_run(rig, 5000);
	assert_int_equal(rig_word(rig, COLUMN, 1, 0x100), 0);
	assert_int_equal(rig_read(rig, COLUMN, 1, HANDLER_MEMORY), 1);
	memory[0] ^= 0x80000000;
	rig_push(rig, COLUMN, 0, true, 0, 0, 1, false);
	rig_run(rig, 5000);
	assert_int_equal(rig_word(rig, COLUMN, 1, 0x100), 8);
	assert_int_equal(rig_read(rig, COLUMN, 1, HANDLER_MEMORY), 1);
	rig_free(rig);
}

/* streams.md 6: an access where no register is sets SLVERR_On_Access. */
static void test_slave_error(void **state)
{
	struct rig *rig = new_rig();

	(void)state;
	send_and_run(rig, 18,
	             (uint32_t[]){ control_header(WRITE, 0x1C000, 1, 0), 5, control_header(WRITE, 0x100, 1, 0), 9 }, 4);
	assert_int_equal(rig_read(rig, COLUMN, 2, HANDLER_COMPUTE), 4);
	assert_int_equal(rig_word(rig, COLUMN, 2, 0x100), 9);
	rig_write(rig, COLUMN, 2, HANDLER_COMPUTE, 4);
	send_and_run(rig, 18, (uint32_t[]){ control_header(WRITE, 0x102, 1, 0), 5 }, 2); /* not a word's address */
	assert_int_equal(rig_read(rig, COLUMN, 2, HANDLER_COMPUTE), 4);
	rig_free(rig);
}

/* streams.md 6: TLAST inside a control packet: with the check, on after reset, Tlast_Error. */
static void test_tlast(void **state)
{
	struct rig *rig = new_rig();

	(void)state;
	send_and_run(rig, 18, (uint32_t[]){ control_header(WRITE, 0x100, 4, 0), 5, 6 }, 3);
	assert_int_equal(rig_read(rig, COLUMN, 2, HANDLER_COMPUTE), 8);
	send_and_run(rig, 18, (uint32_t[]){ control_header(WRITE, 0x200, 1, 0), 4 }, 2);
	assert_int_equal(rig_word(rig, COLUMN, 2, 0x200), 4);
	rig_write(rig, COLUMN, 2, HANDLER_COMPUTE, 0xF);
	send_and_run(rig, 18, (uint32_t[]){ control_header(WRITE, 0x100, 4, 0) }, 1);
	assert_int_equal(rig_read(rig, COLUMN, 2, HANDLER_COMPUTE), 8);
	rig_free(rig);
}

static void expect_fault(struct rig *rig, enum aie_error_category category, const char *text)
{
	assert_int_equal(aie_array_run(rig->array, aie_array_cycle(rig->array) + 10000, false), AIE_ARRAY_FAULT);
	aie_array_fault(rig->array, &rig->error);
	if (!strstr(rig->error.text, text))
		fail_msg("'%s' does not say '%s'", rig->error.text, text);
	assert_int_equal(rig->error.category, category);
	rig_free(rig);
}

/* What no source establishes is refused by name, and so is what the register itself refuses. */
static void test_refused(void **state)
{
	struct rig *rig;

	(void)state;
	for (unsigned operation = 2; operation <= 3; operation++) {
		char text[32];

		rig = new_rig();
		snprintf(text, sizeof text, "operation %u", operation);
		send(rig, 18, (uint32_t[]){ control_header(operation, 0x100, 1, 0), 1 }, 2);
		expect_fault(rig, AIE_ERROR_UNSUPPORTED, text);
	}
	rig = new_rig();
	rig_write(rig, COLUMN, 2, 0x60000, 0x27); /* Ctrl_Pkt_Tlast_Error_Enable off */
	send(rig, 18, (uint32_t[]){ control_header(WRITE, 0x100, 4, 0), 1 }, 2);
	expect_fault(rig, AIE_ERROR_UNSUPPORTED, "Ctrl_Pkt_Tlast_Error_Enable");
	rig = new_rig();
	route_responses(rig);
	send(rig, 18, (uint32_t[]){ control_header(READ, 0x1C000, 1, 0) }, 1);
	expect_fault(rig, AIE_ERROR_UNSUPPORTED, "read of 0x1C000");
	rig = new_rig();
	send(rig, 18, (uint32_t[]){ control_header(WRITE, 0x1DE00, 1, 0), 2 << 16 }, 2);
	expect_fault(rig, AIE_ERROR_UNSUPPORTED, "control packet: compute (1,2) DMA S2MM 0: refused: FoT_Mode 2");
	rig = new_rig();
	rig_packet_slot(rig, COLUMN, 0, PORT('T', 0), 0, 0, 0, 6, 0);
	rig_packet_master(rig, COLUMN, 0, PORT('S', 0), 6, 1, false);
	send(rig, 16, (uint32_t[]){ control_header(READ, 0x1D000, 1, 0) }, 1);
	expect_fault(rig, AIE_ERROR_UNIMPLEMENTED, "management processor");
}

/* A control packet may reset the switch that brings it: the rest of the packet is lost with the port. */
static void test_reset_by_packet(void **state)
{
	struct rig *rig = new_rig();

	(void)state;
	send(rig, 18,
	     (uint32_t[]){ control_header(WRITE, 0x60010, 1, 0), 0xFFFFFFFF, control_header(WRITE, 0x100, 1, 0), 9 },
	     4);
	aie_array_run(rig->array, 10000, false);
	assert_int_equal(rig_word(rig, COLUMN, 2, 0x100), 0);
	assert_int_equal(rig_read(rig, COLUMN, 2, 0x3F10C), 0);
	rig_waits(rig);
	rig_free(rig);

	/* and the one to the shim its whole column */
	rig = new_rig();
	send(rig, 16, (uint32_t[]){ control_header(WRITE, 0xFFF28, 1, 0), 1 }, 2);
	aie_array_run(rig->array, 10000, false);
	assert_int_equal(rig_read(rig, COLUMN, 2, 0x3F114), 0);
	rig_waits(rig);
	rig_free(rig);
}

/* A core builds both headers itself (mov.ph, mov.cph) and writes two words into the memory of the tile above. */
static void test_core_writes(void **state)
{
	struct rig *rig = new_rig();

	(void)state;
	rig_packet_slot(rig, COLUMN, 2, PORT('C', 0), 0, 16, 0x10, 2, 0);
	rig_load(rig, COLUMN, 2,
	         "mova r0, #19\nmova r1, #0\nmova r2, #77\nmova r3, #78\nmovxm m1, #0x1240\nnop\nnop\nnop\n"
	         "mov.ph ms, r0, #0\nmov.cph ms, m1, #1, #0, r1\nmov ms, r2\nmov.tlast ms, r3\n"
	         "nop\nnop\nnop\nnop\nnop\nnop\ndone\nnop\nnop\nnop\nnop\nnop\n");
	rig_start(rig, COLUMN, 2);
	rig_run(rig, 10000);
	assert_int_equal(rig_word(rig, COLUMN, 3, 0x1240), 77);
	assert_int_equal(rig_word(rig, COLUMN, 3, 0x1244), 78);
	assert_int_equal(rig_word(rig, COLUMN, 3, 0x1248), 0);
	assert_int_equal(rig_read(rig, COLUMN, 3, HANDLER_COMPUTE), 0);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_core_writes),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_reconfigure),
		cmocka_unit_test(test_start_core),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_read_without_route),
		cmocka_unit_test(test_parity),
		cmocka_unit_test(test_slave_error),
		cmocka_unit_test(test_tlast),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_reset_by_packet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Packet switching in the stream switch of one tile: slave ports with slots, arbiters, master ports that belong to an
 * arbiter.
 *
 * The first word that comes to a slave port at rest is a packet header.  Its id selects the first slot of the port
 * that fits; the slot names an arbiter and one of its four master selects, and so all master ports that the packet
 * goes to.  An arbiter lets one packet through at a time, from header to TLAST; different arbiters work side by side.
 * Masters with Drop_Header leave the header out.  (documented, AM020/AM027 and register definitions)
 *
 * Choices where the sources are silent:
 * - slave ports that ask for the same arbiter get it in turns, by rising port number (the usual assumption);
 * - a header that fits no slot, or whose slot selects no master, stays in its port and blocks it;
 * - a packet to several masters has a queue of stream_packet_beats in front of each of them, so that branches that meet
 *   again further on do not block each other, and keeps the arbiter until the slowest queue is empty (silicon passes
 *   such patterns; size from another model);
 * - deterministic merge skips positions with a packet count of 0.
 *
 * The port takes one beat a cycle; latencies and storage are those of the circuit mode, and the arbiter's decision
 * costs stream_arbiter_cycles.
 */
#ifndef AIE_SIM_ARRAY_PACKET_H
#define AIE_SIM_ARRAY_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#include "isa/error.h"
#include "sim/array/stream.h"

struct aie_array;
struct aie_tile;

enum {
	AIE_ARBITERS = AIE_SWITCH_ARBITERS,
	AIE_SLOTS = AIE_SWITCH_SLOTS,
	AIE_MERGES = 2,
	AIE_MERGE_POSITIONS = 4,
	AIE_NO_OWNER = 0xFF
};

/* ---- the header word --------------------------------------------------------------------------------------------- */

enum {
	AIE_PACKET_ID_LSB = 0,
	AIE_PACKET_ID_WIDTH = 5,
	AIE_PACKET_BD_LSB = 5, /* for out-of-order S2MM channels */
	AIE_PACKET_BD_WIDTH = 6,
	AIE_PACKET_TYPE_LSB = 12,
	AIE_PACKET_TYPE_WIDTH = 3,
	AIE_PACKET_ROW_LSB = 16,
	AIE_PACKET_COLUMN_LSB = 21,
};

/* The number of ones in `word` is odd, as in every good header. */
static inline bool aie_parity_odd(uint32_t word)
{
	return __builtin_parity(word) != 0;
}

uint32_t aie_packet_header(const struct aie_tile *source, unsigned id, unsigned type, unsigned descriptor);

/* ---- one switch -------------------------------------------------------------------------------------------------- */

enum aie_packet_state {
	AIE_PACKET_REST,      /* the next word is a header */
	AIE_PACKET_NO_SLOT,   /* the header that waits fits no slot */
	AIE_PACKET_NO_MASTER, /* its slot selects no master port */
	AIE_PACKET_REQUEST,   /* waits for the arbiter */
	AIE_PACKET_PASS,      /* has it */
};

struct aie_packet_slave {
	struct aie_sink sink;
	uint32_t slot[AIE_SLOTS]; /* registers */
	uint32_t header;          /* of the present packet */
	uint32_t targets;         /* bits: master ports of the present packet */
	uint8_t state;            /* enum aie_packet_state */
	uint8_t arbiter;
	bool started; /* the header has passed */
};

/* The packet at a port can never go on, whatever others do. */
static inline bool aie_packet_stuck(const struct aie_packet_slave *slave)
{
	return slave->state == AIE_PACKET_NO_SLOT || slave->state == AIE_PACKET_NO_MASTER;
}

struct aie_arbiter {
	uint8_t owner; /* slave port, AIE_NO_OWNER */
	uint8_t last;  /* slave port that had it last */
	bool draining; /* TLAST has passed, the queues of the masters are not empty */
	uint32_t requests;
	uint64_t granted; /* the packet may move from this cycle on */
};

struct aie_merge {
	uint32_t order[2]; /* registers: positions 0-1, 2-3 */
	bool enable;
	uint8_t position, done; /* packets of the position */
};

struct aie_packet_switch {
	struct aie_packet_slave slave[AIE_SWITCH_PORTS];
	struct aie_route master[AIE_SWITCH_PORTS];
	struct aie_arbiter arbiter[AIE_ARBITERS];
	struct aie_merge merge[AIE_MERGES];
	uint32_t slaves; /* bits: slave ports in packet mode, as last traced */
};

int aie_packet_init(struct aie_array *array, struct aie_tile *tile); /* -1: no memory */
void aie_packet_free(struct aie_tile *tile);
/* Forget packets, slots and merge order. */
void aie_packet_reset(struct aie_array *array, struct aie_tile *tile);
/* A configuration register has changed: headers that wait are looked at again. */
void aie_packet_changed(struct aie_array *array, struct aie_tile *tile);
/* A register write changes that port: refuse when a packet is passing it. */
int aie_packet_check_slave(const struct aie_tile *tile, unsigned slave, struct aie_error *error);
int aie_packet_check_master(const struct aie_tile *tile, unsigned master, struct aie_error *error);
/* Master ports that packets of a slave port can come to by its slots, as bits. */
uint32_t aie_packet_masters(const struct aie_tile *tile, unsigned slave);
/* Slave port and packets of one position of a merge. */
unsigned aie_merge_slave(const struct aie_merge *merge, unsigned position);
unsigned aie_merge_count(const struct aie_merge *merge, unsigned position);

/* One cycle of the tile's switch, packets and control packets; the cycle of the next call, AIE_NEVER when it will be
 * woken. */
uint64_t aie_switch_step(struct aie_array *array, struct aie_tile *tile, uint64_t now);

#endif

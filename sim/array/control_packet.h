/* Control packets: stream packets that reach the TileCtrl master port of a tile's switch and read or write the tile's
 * registers and memories.
 *
 * Words: stream header, then control packets up to TLAST.  A control packet is a header (byte address in the tile,
 * number of words, operation, response id, odd parity) and, when it writes, one to four data words for consecutive
 * words from the address.  A read answers through the TileCtrl slave port with a stream header that carries the
 * response id, and the words read; that port has to be routed.  (documented; several control packets in one stream
 * packet: what open tools send to AIE2P)
 *
 * Choices where the sources are silent:
 * - operation 0 writes consecutive words; 2 and 3, whose difference to it is not public, are refused by name;
 * - a header with wrong parity sets its sticky bit, and the rest of the stream packet is thrown away;
 * - TLAST inside a control packet sets Tlast_Error when Ctrl_Pkt_Tlast_Error_Enable is set, as it is after reset, and
 *   ends the packet; without the check it is refused;
 * - a write to an address without register sets SLVERR_On_Access and goes on; a read from one is refused, since nobody
 *   says what the answer holds;
 * - a response has packet type 0 and the tile's place in its header.
 *
 * The ports are 32 bits wide: one word a cycle in each direction.
 */
#ifndef AIE_SIM_ARRAY_CONTROL_PACKET_H
#define AIE_SIM_ARRAY_CONTROL_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/array/stream.h"

struct aie_array;
struct aie_tile;

enum aie_control_state {
	AIE_CONTROL_STREAM_HEADER,
	AIE_CONTROL_HEADER,
	AIE_CONTROL_WRITE,
	AIE_CONTROL_ANSWER_HEADER,
	AIE_CONTROL_ANSWER,
	AIE_CONTROL_DISCARD, /* up to TLAST */
};

enum { AIE_CONTROL_RESPONSE_TYPE = 0 };

struct aie_control_handler {
	struct aie_sink sink;      /* TileCtrl master */
	struct aie_route response; /* TileCtrl slave */
	uint8_t state;             /* enum aie_control_state */
	uint8_t left;              /* words of the control packet to go */
	uint8_t response_id;
	bool last; /* TLAST came with the header of the read */
	uint32_t address;
	uint32_t status; /* sticky bits of the handler status register */
};

void aie_control_init(struct aie_array *array, struct aie_tile *tile);
void aie_control_reset(struct aie_tile *tile);
/* One cycle; the cycle of the next call, AIE_NEVER when it will be woken. */
uint64_t aie_control_step(struct aie_array *array, struct aie_tile *tile, uint64_t now);
/* A packet is being handled. */
bool aie_control_busy(const struct aie_tile *tile);

#endif

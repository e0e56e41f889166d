/* Control packets: words sent through the array's streams to a tile's control port, which reads or writes registers.
 *
 * A packet is a stream header (where it goes, by stream id), a control header (what to do), and the data of writes.  In
 * memory they stand one behind another, as a shim DMA sends them. */
#ifndef AIE_DRIVER_IMAGE_CONTROL_PACKET_H
#define AIE_DRIVER_IMAGE_CONTROL_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { AIE_CONTROL_PACKET_MAX_DATA = 4 };

enum aie_control_packet_operation {
	AIE_CONTROL_PACKET_WRITE,
	AIE_CONTROL_PACKET_READ,
	AIE_CONTROL_PACKET_WRITE_INCREMENT,
	AIE_CONTROL_PACKET_BLOCK_WRITE,
};
const char *aie_control_packet_operation_name(unsigned operation); /* 0..3 */

struct aie_control_packet {
	uint8_t stream_id, type; /* of the stream header */
	uint8_t source_column, source_row;
	uint8_t operation; /* enum aie_control_packet_operation */
	uint8_t beats;     /* words to read or write, 1..4 */
	uint8_t response_id;
	uint32_t address;    /* byte offset in the tile */
	unsigned data_words; /* that follow: 0 for reads */
	uint32_t data[AIE_CONTROL_PACKET_MAX_DATA];
};

/* The packet at *position (bytes), which moves behind it.  False at the end, and where no packet can be: cut, or with a
 * header of wrong parity (both headers have an odd number of ones; documented). */
bool aie_control_packet_next(const uint8_t *data, size_t size, size_t *position, struct aie_control_packet *packet);

#endif

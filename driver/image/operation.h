/* What an image tells the array to do, decoded: the common alphabet of CDOs and transaction streams.
 *
 * Readers validate a whole image when it is opened and then hand out these operations one by one, in order; walking can
 * no longer fail.  Writers take them apart again.  Addresses are column << 25 | row << 20 | offset (registers.h),
 * column 0 being the first column of the context's partition.
 */
#ifndef AIE_DRIVER_IMAGE_OPERATION_H
#define AIE_DRIVER_IMAGE_OPERATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "isa/error.h"

enum aie_operation_kind {
	/* CDO and transaction stream */
	AIE_OPERATION_WRITE,       /* register[address] = value */
	AIE_OPERATION_MASK_WRITE,  /* bits of mask become those of value */
	AIE_OPERATION_BLOCK_WRITE, /* words[0..count) to rising addresses */
	AIE_OPERATION_NOP,         /* CDO: count payload words of no meaning */
	/* transaction stream only */
	AIE_OPERATION_MASK_POLL,         /* wait until (register & mask) == value */
	AIE_OPERATION_MASK_POLL_BUSY,    /* sense decided by firmware (assumed: as MASK_POLL) */
	AIE_OPERATION_PREEMPT,           /* value: level 0 none, 1 memory tile, 2 core data, 3 with registers */
	AIE_OPERATION_LOAD_PDI,          /* value: PDI id; pdi_address, pdi_size */
	AIE_OPERATION_LOAD_PM,           /* count: following operations that feed program memory; value: id */
	AIE_OPERATION_CREATE_SCRATCHPAD, /* value: usage; pdi_address, pdi_size: the memory */
	AIE_OPERATION_UPDATE_STATE,      /* state[index] = function(state[index], value) */
	AIE_OPERATION_UPDATE_REG,        /* the same, and into the register at address */
	AIE_OPERATION_UPDATE_SCRATCH,
	AIE_OPERATION_WAIT,         /* TCT: wait for task-complete tokens; tile range, mm2s, channel */
	AIE_OPERATION_DDR_PATCH,    /* address: word 1 of a shim descriptor; argument, addend */
	AIE_OPERATION_READ_REGS,    /* count addresses, 8 bytes each, as words[0..2*count) */
	AIE_OPERATION_RECORD_TIMER, /* value: id */
	AIE_OPERATION_MERGE_SYNC,   /* value: tokens; columns */
	AIE_OPERATION_KINDS
};

struct aie_operation {
	uint8_t kind;          /* enum aie_operation_kind */
	bool mm2s;             /* WAIT: direction */
	uint8_t column, row;   /* WAIT: first tile */
	uint8_t columns, rows; /* WAIT: tiles from there; MERGE_SYNC: columns */
	uint8_t channel;       /* WAIT */
	uint8_t index;         /* UPDATE_*: state index */
	uint8_t function;      /* UPDATE_*: 0 multiply, 1 increment, 2 decrement */
	uint8_t argument;      /* DDR_PATCH: host buffer, 0 = first */
	uint32_t value, mask;
	uint64_t address;     /* 0 for operations without one */
	uint64_t addend;      /* DDR_PATCH */
	uint64_t pdi_address; /* LOAD_PDI, CREATE_SCRATCHPAD */
	uint32_t pdi_size;
	uint32_t count;        /* words of a block, payload words, addresses, operations */
	const uint32_t *words; /* little endian, owned by the reader */
	size_t offset, size;   /* where it stands in the image, in bytes */
};

const char *aie_operation_name(enum aie_operation_kind kind); /* "WRITE", "BLOCK_WRITE", ... */

/* Image bytes made by a writer: release with aie_bytes_free(). */
struct aie_bytes {
	uint8_t *data;
	size_t size;
};
void aie_bytes_free(struct aie_bytes *bytes); /* also sets it empty */

/* Text of one operation for dumps and error messages, without newline: kind, tile, register name, value with its fields
 * ("(2,3) CORE Core_Control: mask 0x1 = 0x1 (Enable=1)").  Always terminated; returns the length that was needed. */
size_t aie_operation_print(const struct aie_operation *operation, char *text, size_t size);

/* The fields of a register's value as " NAME=VALUE ..." (hexadecimal above 9), only fields touched by `mask`. */
struct aie_register_location;
size_t aie_register_print_fields(const struct aie_register_location *location, uint32_t value, uint32_t mask,
                                 char *text, size_t size);

#endif

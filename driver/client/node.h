/* Accelerator nodes and the PCI devices behind them, as the machine shows them in /sys and /dev. */
#ifndef AIE_DRIVER_CLIENT_NODE_H
#define AIE_DRIVER_CLIENT_NODE_H

#include <stdbool.h>

#include "driver/aie.h"
#include "driver/transport.h"

enum { AIE_NODE_VENDOR = 0x1022 }; /* AMD's PCI vendor id */

/* An NPU the amdxdna driver takes, by PCI device and revision (documented). */
struct aie_npu_family {
	unsigned device, revision;
	unsigned contexts; /* hardware contexts at most */
	const char *name;
	bool supported; /* executes AIE2P */
};
/* NULL when it is none. */
const struct aie_npu_family *aie_npu_family_find(unsigned device, unsigned revision);
/* Whether some revision of this device is an NPU. */
bool aie_npu_family_has(unsigned device);

/* A hexadecimal number in a file of a directory. */
bool aie_node_read_hex(const char *directory, const char *name, unsigned *value);
/* The number N of the node accelN of a PCI device's directory, -1 when it has none. */
int aie_node_number(const char *directory);

/* Find the node of a supported NPU.  0 with the path in `node`, or -1 with `error` saying what is missing. */
int aie_node_find(char node[AIE_DEVICE_NAME], struct aie_error *error);
/* The system calls on a node. */
int aie_node_open(const char *node, struct aie_transport *transport, struct aie_error *error);

#endif

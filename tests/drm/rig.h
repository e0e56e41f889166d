/* Help for the tests of the software device: raw requests by name, as a client without our library would send them.
 * Functions return 0 or a negative errno. */
#ifndef AIE_TESTS_DRM_RIG_H
#define AIE_TESTS_DRM_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "driver/client/amdxdna_uapi.h"
#include "driver/image/operation.h"
#include "sim/drm/drm.h"

struct rig {
	struct aie_drm_device *device;
	struct aie_drm_file *file;
	uint32_t heap;
	uint8_t *heap_data; /* NULL while the heap is not mapped */
};

/* cmocka set-up and tear-down: a device with one file; and the same with a mapped heap. */
int rig_setup(void **state);
int rig_setup_heap(void **state);
int rig_teardown(void **state);

#define rig_ioctl(rig, request, argument) aie_drm_file_ioctl((rig)->file, request, argument)

int rig_create_bo(struct rig *rig, uint32_t type, uint64_t size, uint32_t *handle);
int rig_close_bo(struct rig *rig, uint32_t handle);
int rig_info(struct rig *rig, uint32_t handle, struct amdxdna_get_bo_info *info);
/* Map a whole buffer; NULL on failure. */
void *rig_map(struct rig *rig, uint32_t handle, size_t size, int *result);
int rig_map_heap(struct rig *rig);
/* A DEV buffer with these bytes; its NPU address. */
uint32_t rig_dev(struct rig *rig, const void *data, size_t size, uint64_t *npu);

int rig_create_context(struct rig *rig, unsigned columns, struct amdxdna_create_hwctx *context);
int rig_destroy_context(struct rig *rig, uint32_t handle);
/* Configure one CU. */
int rig_configure(struct rig *rig, uint32_t context, uint32_t cu_bo);
/* A context with a CU whose image does nothing, and a stream that does nothing. */
struct rig_program {
	struct amdxdna_create_hwctx context;
	uint32_t pdi, instructions;
	uint64_t instructions_npu;
	uint32_t instruction_bytes;
};
void rig_noop_program(struct rig *rig, struct rig_program *program);

/* Fill a mapped packet with START_CU opcode 3 for this stream. */
void rig_start_cu(uint32_t *packet, const struct rig_program *program, const uint64_t *arguments, unsigned count);
/* A CMD buffer, mapped. */
uint32_t rig_packet(struct rig *rig, uint32_t **packet);
int rig_submit(struct rig *rig, uint32_t context, uint32_t packet, const uint32_t *arguments, uint32_t count,
               uint64_t *seq);
/* Wait for a point of a timeline; `ms` from now. */
int rig_wait(struct rig *rig, uint32_t syncobj, uint64_t point, int ms, uint32_t flags);
static inline unsigned rig_state(const uint32_t *packet)
{
	return __atomic_load_n(packet, __ATOMIC_ACQUIRE) & AMDXDNA_PACKET_STATE_MASK;
}

#endif

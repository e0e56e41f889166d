#include "driver/image/walk.h"

#include <string.h>

#include "driver/image/pdi.h"
#include "driver/image/txn.h"
#include "driver/image/xclbin.h"

struct walk {
	void (*one)(void *user, const struct aie_operation *operation);
	void *user;
};

static void walk_cdo(const struct walk *walk, const struct aie_cdo *cdo)
{
	struct aie_cdo_cursor cursor = { 0 };
	struct aie_operation operation;

	while (aie_cdo_next(cdo, &cursor, &operation))
		walk->one(walk->user, &operation);
}

static int walk_pdi(const struct walk *walk, const void *data, size_t size, struct aie_error *error)
{
	struct aie_pdi pdi;

	if (aie_pdi_open(&pdi, data, size, 0, error))
		return -1;
	walk_cdo(walk, &pdi.cdo);
	aie_pdi_close(&pdi);
	return 0;
}

static int walk_xclbin(const struct walk *walk, const void *data, size_t size, struct aie_error *error)
{
	struct aie_xclbin xclbin;
	int status = 0;

	if (aie_xclbin_open(&xclbin, data, size, 0, error))
		return -1;
	for (uint32_t i = 0; i < xclbin.pdi_count && !status; i++) {
		status = walk_pdi(walk, xclbin.pdi[i].data, xclbin.pdi[i].size, error);
		if (status)
			aie_error_prefix(error, "PDI %u", i);
	}
	aie_xclbin_close(&xclbin);
	return status;
}

static int walk_txn(const struct walk *walk, const void *data, size_t size, struct aie_error *error)
{
	struct aie_bytes bytes;
	struct aie_txn txn;
	struct aie_operation operation;
	size_t position = 0;

	if (aie_txn_from_file(data, size, &bytes, error))
		return -1;
	if (aie_txn_open(&txn, bytes.data, bytes.size, NULL, error)) {
		aie_bytes_free(&bytes);
		return -1;
	}
	while (aie_txn_next(&txn, &position, &operation))
		walk->one(walk->user, &operation);
	aie_txn_close(&txn);
	aie_bytes_free(&bytes);
	return 0;
}

static bool recognise_cdo(const uint8_t *data, size_t size)
{
	return size >= AIE_CDO_HEADER_BYTES && !memcmp(data + 4, "CDO", 4);
}

int aie_image_walk(const void *data, size_t size, void (*one)(void *user, const struct aie_operation *operation),
                   void *user, struct aie_error *error)
{
	const struct walk walk = { one, user };
	struct aie_cdo cdo;

	if (aie_xclbin_recognise(data, size))
		return walk_xclbin(&walk, data, size, error);
	if (aie_pdi_recognise(data, size))
		return walk_pdi(&walk, data, size, error);
	if (!recognise_cdo(data, size))
		return walk_txn(&walk, data, size, error);
	if (aie_cdo_open(&cdo, data, size, 0, error))
		return -1;
	walk_cdo(&walk, &cdo);
	aie_cdo_close(&cdo);
	return 0;
}

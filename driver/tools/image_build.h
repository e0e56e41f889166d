/* Between the two halves of aie-image build: the description's settings and result, and its statements. */
#ifndef AIE_DRIVER_TOOLS_IMAGE_BUILD_H
#define AIE_DRIVER_TOOLS_IMAGE_BUILD_H

#include "driver/image/cdo.h"
#include "driver/image/txn.h"

enum build_kind {
	BUILD_NONE,
	BUILD_CDO,
	BUILD_PDI,
	BUILD_XCLBIN,
	BUILD_FULL_ELF,
	BUILD_TXN,
	BUILD_TXN_1_0,
	BUILD_TXN_TEXT,
	BUILD_ELF,
};
/* As descriptions and dump --script call it; NULL for BUILD_NONE. */
const char *build_kind_name(enum build_kind kind);

enum { BUILD_MAX_PARTS = 64, BUILD_MAX_KERNELS = 64 };

/* A finished CDO or PDI, or a finished stream. */
struct build_part {
	bool stream;
	char name[64]; /* of an instance */
	struct aie_bytes bytes;
};

struct build_kernel {
	char name[64], instance[64];
	uint32_t id, pdi;
	unsigned buffers;
};

struct build {
	enum build_kind kind;
	const char *directory;
	unsigned columns, generation;
	uint64_t time_stamp;
	struct build_kernel kernel[BUILD_MAX_KERNELS];
	unsigned kernels;
	struct build_part part[BUILD_MAX_PARTS]; /* the last one is being collected when `open` */
	unsigned parts;
	bool open;
	struct aie_cdo_builder cdo; /* of the open part, when it is no stream */
	struct aie_txn_builder txn; /* when it is */
	char **word;                /* of the present line */
	unsigned words, word_room;
	struct aie_error *error;
};

/* Set the error (AIE_ERROR_INPUT) and return -1, which the macro shows to static checks. */
int build_bad(struct build *build, const char *format, ...) __attribute__((format(printf, 2, 3)));
#define build_bad(...) aie_error_failed(build_bad(__VA_ARGS__))
/* Word `at` of the line as a number. */
int build_number(struct build *build, unsigned at, uint64_t limit, uint64_t *number);
int build_word(struct build *build, unsigned at, uint32_t *number);
int build_at_most(struct build *build, unsigned words);

/* Run the line's statement on the open part: 1 done, 0 it is none of these, -1 failure. */
int build_statement(struct build *build);

#endif

/* A capture: one run's raw trace buffer together with everything that is needed to read it later, on another machine,
 * and to say what it was taken from.  docs/capture-format.md describes the same for other readers.
 *
 * Version 1, or 2 with a record; all numbers little endian:
 *
 *   byte  0  "AIETRACE"
 *         8  u32 version
 *        12  u32 size of the header text in bytes, H
 *        16  u64 size of the raw trace in bytes, R, a multiple of 4
 *        24  u32 CRC-32 (polynomial 0xEDB88320) of the header text
 *        28  u32 CRC-32 of the raw trace
 *        32  header text: one JSON object, padded with blanks so that 32 + H is a multiple of 8
 *    32 + H  raw trace: the words as the shim DMA wrote them
 *   version 2, at the next multiple of 8: the record, entries of 24 bytes as struct aie_profile_record has them
 *
 * The header has the members of a trace configuration (config.h) and
 *   "title"     what was run, one line
 *   "device"    {"name", "simulated", "columns", "rows"}
 *   "images"    [{"name", "bytes", "sha256"}]: the files that configured the array, trace set-up included
 *   "commands"  [{"submitted_ns", "completed_ns", "cycles"}]: host time, from an arbitrary zero; array cycles, 0 = not
 *               known
 *   "notes"     [text]: anything else
 *   "record"    version 2: {"entries", "complete", "crc32"}
 *
 * A reader refuses members that it does not know: the meaning of a capture must not depend on the reader's age.
 *
 * Header and sizes must be right; a raw part that is too short or whose check sum differs can be read, and says so.
 */
#ifndef AIE_TRACES_CAPTURE_H
#define AIE_TRACES_CAPTURE_H

#include "driver/profile.h"
#include "traces/config.h"
#include "traces/sha256.h"

enum { AIE_CAPTURE_VERSION = 1, AIE_CAPTURE_RECORD_VERSION = 2, AIE_CAPTURE_MAX_IMAGES = 8, AIE_CAPTURE_MAX_NOTES = 8 };

struct aie_trace_image {
	char name[32]; /* "xclbin", "instructions" */
	uint64_t bytes;
	char sha256[AIE_SHA256_TEXT];
};

struct aie_trace_command {
	uint64_t submitted_ns, completed_ns;
	uint64_t cycles; /* 0 = not known */
};

struct aie_trace_capture {
	struct aie_trace_config config;
	char title[200];
	char device[64];
	bool simulated;
	unsigned columns, rows;
	unsigned image_count, note_count;
	struct aie_trace_image image[AIE_CAPTURE_MAX_IMAGES];
	char note[AIE_CAPTURE_MAX_NOTES][160];
	size_t command_count;
	struct aie_trace_command *command; /* owned */
	const uint32_t *words;             /* raw trace; not owned unless it came from aie_capture_read_raw() */
	size_t word_count;
	uint32_t *own_words;
	/* Everything that the model's units did, in place of or beside a raw trace; not owned. */
	const struct aie_profile_record *record;
	size_t record_count;
	bool record_complete; /* none was lost for lack of memory */
	/* What reading found wrong with the raw part. */
	uint64_t missing_bytes;
	bool check_failed;
};

bool aie_capture_recognise(const void *data, size_t size);
/* `data` must be aligned to 8 bytes and outlive the capture.  AIE_ERROR_INPUT with the byte or line. */
int aie_capture_read(struct aie_trace_capture *capture, const void *data, size_t size, struct aie_error *error);
/* A raw buffer without header: binary words, or one word of 1 to 8 hexadecimal digits a line (or blank).  Leaves the
 * configuration empty.  Same rules for `data`. */
int aie_capture_read_raw(struct aie_trace_capture *capture, const void *data, size_t size, struct aie_error *error);
void aie_capture_close(struct aie_trace_capture *capture);

/* Fill in name, size and hash of one more image. */
int aie_capture_add_image(struct aie_trace_capture *capture, const char *name, const void *data, size_t size,
                          struct aie_error *error);
int aie_capture_add_command(struct aie_trace_capture *capture, const struct aie_trace_command *command,
                            struct aie_error *error);
/* The whole file in fresh memory: free() it. */
int aie_capture_write(const struct aie_trace_capture *capture, void **data, size_t *size, struct aie_error *error);

#endif

/* DMA channels of all tile kinds: task queue, descriptors, locks, and the movement of words.
 *
 * A channel runs its tasks in order.  A task starts at a descriptor and follows the chain; each descriptor is loaded,
 * its lock acquired, its words moved, its lock released (AM020 order).  Where tiles differ is only how words move: tile
 * memory by bank accesses of 32 bytes (one every four beats), system memory by bursts (sim/tile/shim_dma.c).
 *
 * Modes of a channel, set in its Ctrl register:
 * - Enable_Out_of_Order (S2MM): each packet's header names the descriptor that takes it; the header is taken off and
 *   Next_BD is not followed.  A packet whose TLAST does not come with the descriptor's last word is refused: what the
 *   engine does then is not established.
 * - FoT_Mode 1 and 3 (S2MM): a descriptor ends at TLAST; words beyond its length are an error that hangs the channel.
 *   Mode 3 keeps the word counts, dma_count_fifo of them, until they are read; a channel whose counts are not read
 *   stands.  Mode 2 sends the counts in a form that is not public and is refused.
 * - (De)compression, when the channel and the descriptor have it on.  Buffer_Length counts words in memory; anything
 *   but whole units of 32 bytes is refused, as are padding, out-of-order and finish on TLAST together with it.
 * - Pause_Stream and Pause_Mem (shim) stop one side of the channel until they are cleared.
 *
 * A channel moves when aie_dma_step() is called for a cycle and says when it wants to be called again; in between it
 * costs nothing.  Words are handed over in groups with the time at which each beat is on the wire, so results do not
 * depend on how often a channel is called.
 */
#ifndef AIE_SIM_TILE_DMA_H
#define AIE_SIM_TILE_DMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "isa/error.h"
#include "sim/array/array.h"
#include "sim/array/stream.h"
#include "sim/tile/compress.h"
#include "sim/tile/descriptor.h"

struct aie_array;
struct aie_tile;

enum { AIE_DMA_QUEUE_MAX = 8, AIE_BURST_MAX_BYTES = 512, AIE_DMA_COUNTS_MAX = 64 };

struct aie_task {
	uint8_t start;
	uint16_t repeats; /* executions still to come */
	bool token;
};

enum aie_dma_state {
	AIE_DMA_IDLE,
	AIE_DMA_HEADER, /* out-of-order: waits for the next packet */
	AIE_DMA_LOAD,   /* the next descriptor is to be loaded at `resume` */
	AIE_DMA_ACQUIRE,
	AIE_DMA_RUN,
	AIE_DMA_DRAIN, /* MM2S: last word on its way out; shim S2MM: writes not yet answered */
	AIE_DMA_RELEASE,
	AIE_DMA_COUNT, /* FoT mode 3: no room for the word count */
	AIE_DMA_ERROR, /* hangs until reset */
};

/* Of aie_dma_channel.watch, beside the places in the event unit's list: sim/array/record.h is told. */
enum { AIE_DMA_WATCH_RECORD = 0x10 };

enum aie_dma_block { AIE_BLOCK_NONE, AIE_BLOCK_LOCK, AIE_BLOCK_STREAM, AIE_BLOCK_MEMORY };

/* A burst between a shim channel and system memory. */
struct aie_burst {
	uint64_t address; /* system byte address less the aperture */
	uint64_t ready;   /* read: data at the shim's port; write: answered */
	uint64_t data;    /* read: first beat in the channel */
	uint32_t words;
	uint32_t done; /* words streamed */
	uint8_t byte[AIE_BURST_MAX_BYTES];
};

struct aie_dma_channel {
	struct aie_tile *tile;
	uint16_t unit; /* number in the schedule */
	uint8_t index;
	bool mm2s;

	enum aie_dma_state state;
	uint64_t resume; /* the state goes on at this cycle at the earliest */
	struct aie_task queue[AIE_DMA_QUEUE_MAX];
	unsigned queued;
	uint32_t dropped;      /* tasks that found the queue full, since Task_Queue_Overflow was cleared */
	uint8_t dropped_start; /* descriptor of the last of them */
	struct aie_task task;
	uint32_t control; /* Ctrl register */
	uint32_t errors;  /* sticky error bits of the status register, in its positions */
	uint32_t pad_value;
	uint8_t descriptor_id;
	struct aie_descriptor descriptor;
	uint64_t loads; /* descriptors so far, of all runs */
	struct aie_walk walk;

	struct aie_route route; /* MM2S */
	struct aie_sink sink;   /* S2MM */
	uint64_t next_beat;     /* MM2S: when the next beat may leave; S2MM: when the next group is due at full rate */
	uint32_t carry;         /* MM2S: low word of a beat that is not complete */
	bool has_carry;
	bool header_due; /* MM2S: the packet header of the present descriptor has not left */

	bool watch_tlast;   /* S2MM: the present descriptor minds TLAST */
	bool complete;      /* shim S2MM: it has got its last word */
	bool compress;      /* it is compressed (MM2S) or expanded (S2MM) */
	uint8_t unit_count; /* words of `word` gathered (MM2S), or taken out (S2MM, AIE_COMPRESS_WORDS: all) */
	uint32_t written;   /* S2MM: words taken for the present descriptor */
	uint32_t word[AIE_COMPRESS_WORDS];
	uint32_t count[AIE_DMA_COUNTS_MAX]; /* FoT mode 3: FIFO of count words */
	unsigned count_first, counts;

	/* shim: bursts as a ring; read bursts are granted the port in order */
	struct aie_burst *burst;
	uint32_t burst_limit, burst_first, burst_count, burst_granted;
	uint32_t buffered; /* MM2S: bytes asked for and not yet streamed */
	bool filling;      /* S2MM: the newest burst of the ring is being filled */
	uint64_t issue;    /* MM2S: when the next command may leave */
	uint64_t answered; /* S2MM: when all writes so far are answered */

	enum aie_dma_block block;
	uint64_t since;           /* the block counts from here */
	uint64_t block_from;      /* it began here */
	uint8_t watch;            /* whose events: bits by place in the event unit's list */
	bool wait_recorded;       /* the present block is in the record */
	uint64_t recorded_active; /* counters.active at the last entry in the record */
	struct aie_channel_counters counters;
};

/* The channel's part of one cycle; returns the cycle of the next call, AIE_NEVER when somebody else will wake it. */
uint64_t aie_dma_step(struct aie_array *array, struct aie_dma_channel *channel, uint64_t now);
/* Push a task: a start queue register write. */
int aie_dma_push(struct aie_array *array, struct aie_dma_channel *channel, uint32_t value, struct aie_error *error);
int aie_dma_control(struct aie_array *array, struct aie_dma_channel *channel, uint32_t value, struct aie_error *error);
uint32_t aie_dma_status(const struct aie_dma_channel *channel);
void aie_dma_clear_status(struct aie_dma_channel *channel, uint32_t ones);
/* Read FoT_Count_FIFO_Pop: the oldest count, 0 when there is none. */
uint32_t aie_dma_pop_count(struct aie_array *array, struct aie_dma_channel *channel);
/* Words that an S2MM has written of its present descriptor. */
uint32_t aie_dma_write_count(const struct aie_dma_channel *channel);
/* Idle, queue and errors empty.  Counters stay. */
void aie_dma_reset(struct aie_array *array, struct aie_dma_channel *channel);
/* Count the present wait up to `now`. */
void aie_dma_settle(struct aie_dma_channel *channel, uint64_t now);

/* Used by the movers. */
void aie_dma_blocked(struct aie_dma_channel *channel, enum aie_dma_block block, uint64_t since);
void aie_dma_unblocked(struct aie_dma_channel *channel, uint64_t now);
/* Send words as beats, from `now` or when the port is free; flushes a half beat at the end of the descriptor. */
void aie_dma_send(struct aie_array *array, struct aie_dma_channel *channel, const uint32_t *words, uint32_t count,
                  uint64_t now, bool end);
/* Words that the S2MM may take of `words`, and whether TLAST is the last of them; minds TLAST only when the descriptor
 * does.  After taking: aie_dma_taken() says whether the descriptor is full (false also when the channel has stopped).
 */
uint32_t aie_dma_allowed(const struct aie_dma_channel *channel, uint32_t words, bool *last);
/* The words to sleep for when `words` have not come. */
uint32_t aie_dma_wanted(const struct aie_dma_channel *channel, uint32_t words);
bool aie_dma_taken(struct aie_array *array, struct aie_dma_channel *channel, uint32_t words, bool last);
bool aie_dma_paused_stream(const struct aie_dma_channel *channel);
bool aie_dma_paused_memory(const struct aie_dma_channel *channel);
/* Stop the array with a fault of this channel. */
void aie_dma_fault(struct aie_array *array, struct aie_dma_channel *channel, enum aie_error_category category,
                   const char *format, ...) __attribute__((format(printf, 4, 5)));
/* "shim (0,0) DMA MM2S 1 BD 3" */
const char *aie_dma_name(const struct aie_dma_channel *channel, char *text, size_t size);

uint64_t aie_shim_mm2s_run(struct aie_array *array, struct aie_dma_channel *channel, uint64_t now);
uint64_t aie_shim_s2mm_run(struct aie_array *array, struct aie_dma_channel *channel, uint64_t now);

#endif

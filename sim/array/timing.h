/* Every time and size of the array model and its controller that is a number: one table, with unit and origin of each
 * value.
 *
 * Times are in array clock cycles unless the name says otherwise.  Values can be overridden by name, so that a design
 * space can be swept: "shim_read_outstanding=8,ddr_bytes_per_cycle=48".
 */
#ifndef AIE_SIM_ARRAY_TIMING_H
#define AIE_SIM_ARRAY_TIMING_H

#include <stddef.h>
#include <stdint.h>

#include "isa/error.h"

/* X(name, default, minimum, maximum, unit, origin, reason) */
#define AIE_ARRAY_TIMING_LIST(X)                                                                                       \
	X(clock_mhz, 1800, 1, 100000, "MHz", DOCUMENTED, "array clock of the highest level of the npu4 driver table")  \
	X(dma_start_cycles, 4, 0, 10000, "cycles", ASSUMED, "task leaves the queue to first descriptor loaded")        \
	X(dma_bd_switch_cycles, 1, 1, 1000, "cycles", MEASURED, "bubble between chained descriptors, Phoenix")         \
	X(dma_mm2s_latency, 3, 0, 1000, "cycles", MEASURED, "lock held to first beat is 2-4 cycles, Phoenix")          \
	X(dma_s2mm_latency, 2, 0, 1000, "cycles", ASSUMED, "stream port to memory; mirrors the MM2S side")             \
	X(memtile_mm2s_latency, 18, 0, 1000, "cycles", MEASURED,                                                       \
	  "first beat 19 cycles after the lock release in the tile, Phoenix")                                          \
	X(dma_ingress_beats, 16, 16, 256, "beats", MEASURED, "an S2MM waiting for its lock takes 15-16, Phoenix")      \
	X(dma_egress_beats, 12, 4, 256, "beats", MEASURED, "48 words in flight ahead of an MM2S port, Phoenix")        \
	X(dma_urgent_beats, 1, 0, 256, "beats", MEASURED,                                                              \
	  "margin below which a DMA is no longer put behind the core; Phoenix: core wins 98 %, DMA keeps its rate")    \
	X(stream_slave_latency, 2, 1, 100, "cycles", DOCUMENTED, "AM020/AM027 switch slave port")                      \
	X(stream_external_master_latency, 2, 1, 100, "cycles", DOCUMENTED, "AM020/AM027 master port to another tile")  \
	X(stream_local_master_latency, 1, 1, 100, "cycles", DOCUMENTED, "AM020/AM027 master port inside the tile")     \
	X(stream_slave_beats, 4, 1, 256, "beats", DOCUMENTED, "AM020/AM027 storage of a slave port")                   \
	X(stream_external_master_beats, 4, 1, 256, "beats", DOCUMENTED, "AM020/AM027")                                 \
	X(stream_local_master_beats, 2, 1, 256, "beats", DOCUMENTED, "AM020/AM027")                                    \
	X(stream_fifo_latency, 1, 1, 100, "cycles", ASSUMED, "cut-through of the switch FIFO; not published")          \
	X(stream_fifo_beats, 16, 1, 1024, "beats", DOCUMENTED, "AM020/AM027 FIFO0 of a switch")                        \
	X(stream_arbiter_cycles, 1, 0, 100, "cycles", ASSUMED,                                                         \
	  "packet mode: decision of an arbiter; AM020/AM027 leave it out of the switch latency")                       \
	X(stream_packet_beats, 16, 1, 256, "beats", ASSUMED,                                                           \
	  "queue in front of each master of a packet to several; another model lets the same patterns pass with it")   \
	X(dma_count_fifo, 16, 1, 64, "counts", ASSUMED,                                                                \
	  "word counts of FoT mode 3 that a channel keeps; depth not published, that of tokens is above 8")            \
	X(broadcast_own_cycles, 1, 1, 1000, "cycles", ASSUMED,                                                         \
	  "event to its broadcast event in the same module: one register; not published")                              \
	X(broadcast_hop_cycles, 2, 1, 1000, "cycles", ASSUMED,                                                         \
	  "module to module: timers of one column reset by a broadcast are 2 apart on Phoenix; no AIE2P value")        \
	X(cascade_latency, 1, 1, 100, "cycles", ASSUMED, "one register between neighbours; not published")             \
	X(cascade_end_words, 2, 1, 64, "words", DOCUMENTED, "AM020/AM027: two-deep FIFO at each end of a cascade")     \
	X(token_latency, 8100, 0, 100000, "cycles", FITTED,                                                            \
	  "4.5 us from the channel until the controller acts: one small transfer takes 63-69 us, a no-op 59, Halo")    \
	X(shim_read_outstanding, 8, 1, 64, "bursts", FITTED, "read bursts in flight of one MM2S channel")              \
	X(shim_read_buffer_bytes, 2048, 512, 32768, "bytes", FITTED, "what they may bring together: 4 of 512 bytes")   \
	X(shim_write_outstanding, 8, 1, 64, "bursts", FITTED, "write bursts in flight of one S2MM channel")            \
	X(shim_issue_cycles, 2, 1, 1000, "cycles", ASSUMED, "between two read commands of a channel")                  \
	X(shim_port_bytes, 16, 4, 1024, "bytes/cycle", DOCUMENTED, "AM020: 128-bit AXI manager per shim tile")         \
	X(shim_read_gap_cycles, 3, 0, 1000, "cycles", FITTED, "port turns from one read burst to the next")            \
	X(shim_write_gap_cycles, 0, 0, 1000, "cycles", FITTED, "port turns from one write burst to the next")          \
	X(noc_request_cycles, 63, 1, 100000, "cycles", FITTED, "command from the shim to the memory controller")       \
	X(noc_return_cycles, 63, 1, 100000, "cycles", FITTED, "read data back to the shim, or write response")         \
	X(noc_spread_cycles, 80, 1, 100000, "cycles", FITTED,                                                          \
	  "reads take 0..n-1 cycles longer, by a fixed hash: stands for bank and page state of the memory")            \
	X(ddr_bytes_per_cycle, 32, 1, 4096, "bytes/cycle", FITTED, "shared port of all shims: 57.6 GB/s at 1.8 GHz")   \
	X(ddr_read_overhead_64ths, 22, 0, 6400, "cycles/64", FITTED, "per read burst; published burst-length table")   \
	X(ddr_write_overhead_64ths, 32, 0, 6400, "cycles/64", FITTED, "per write burst; published burst-length table") \
	X(ddr_read_interval_64ths, 171, 1, 64000, "cycles/64", FITTED,                                                 \
	  "least time between read bursts (64-byte rows)")                                                             \
	X(ddr_write_interval_64ths, 288, 1, 64000, "cycles/64", FITTED,                                                \
	  "least time between write bursts (64- and 128-byte rows)")                                                   \
	X(ddr_slow_one_in, 8, 2, 1000, "bursts", FITTED,                                                               \
	  "one burst in so many is slow (page miss, refresh), by a hash")                                              \
	X(ddr_slow_percent, 420, 100, 100000, "%", FITTED,                                                             \
	  "its time, in % of the mean; the others are faster, so that the mean stays: published loss at four columns") \
	X(ddr_turn_64ths, 0, 0, 64000, "cycles/64", FITTED,                                                            \
	  "between a read and a write; published mixed traffic of 57 GB/s leaves no room for more")                    \
	/* sim/array/jitter.h */                                                                                       \
	X(jitter, 0, 0, UINT32_MAX, "seed", ASSUMED, "0: times are what the table says; else they are disturbed")      \
	X(jitter_dma_cycles, 200, 0, 1000000, "cycles", ASSUMED,                                                       \
	  "most that a descriptor is late: some times the measured variation of chained tasks, Phoenix")               \
	X(jitter_ddr_cycles, 400, 0, 1000000, "cycles", ASSUMED,                                                       \
	  "most that a burst is late: MM2S times from memory vary by 6-25 % of about 1700 cycles, Phoenix")            \
	/* the NPU's controller (sim/firmware) */                                                                      \
	X(firmware_host_ns, 38000, 0, 1000000000, "ns", FITTED,                                                        \
	  "driver, mailbox, interrupt of a command that is not queued: single no-op 59 us, queued 20-25, Strix Halo")  \
	X(firmware_command_ns, 21000, 0, 1000000000, "ns", MEASURED,                                                   \
	  "controller's work for any command: queued or chained no-ops take 20-25 us each, Strix Halo")                \
	X(firmware_stream_ps_per_byte, 3000, 0, 1000000000, "ps/byte", MEASURED,                                       \
	  "reading and carrying out an operation of a transaction stream, by its size: 3-4 ns a byte, Strix Halo; "    \
	  "24 bytes of a register write make 72 ns, 48 of a descriptor 144, the mean of 33 the 112 cycles of Phoenix") \
	X(firmware_ahead_ns, 8000, 0, 1000000000, "ns", FITTED,                                                        \
	  "share of that work done for a queued command while the one before waits for tokens: queued GEMV runs take " \
	  "20 us beside the array's work, descriptors and eight tokens included; queued no-ops, which hide nothing, "  \
	  "20-25")                                                                                                     \
	X(firmware_token_ns, 520, 0, 1000000000, "ns", MEASURED,                                                       \
	  "taking a task completion token: gap of 520 cycles at about 1 GHz between pipelined tasks, Phoenix")         \
	X(firmware_poll_ns, 1000, 1, 1000000000, "ns", ASSUMED,                                                        \
	  "between two looks at a polled register; not published")                                                     \
	X(firmware_pdi_load_ns, 45000, 0, 1000000000, "ns", FITTED,                                                    \
	  "loading a configuration image: 88 us for 2.4 KB, 600-650 for 30 KB, 1010 for 57 KB, Strix")                 \
	X(firmware_pdi_ps_per_byte, 17000, 0, 1000000000, "ps/byte", FITTED, "the same three figures")                 \
	X(firmware_context_switch_ns, 100000, 0, 1000000000, "ns", ASSUMED,                                            \
	  "beside the image: small designs alternate two contexts at 220 us a command more, Strix Halo")               \
	X(firmware_watchdog_us, 20000, 1, 4000000, "us", ASSUMED,                                                      \
	  "simulated time without a byte to or from memory, a token or a register that is waited for; the driver "     \
	  "takes 2 s")

enum aie_timing_origin { AIE_TIMING_DOCUMENTED, AIE_TIMING_MEASURED, AIE_TIMING_FITTED, AIE_TIMING_ASSUMED };

struct aie_array_timing {
#define AIE_TIMING_MEMBER(name, ...) uint32_t name;
	AIE_ARRAY_TIMING_LIST(AIE_TIMING_MEMBER)
#undef AIE_TIMING_MEMBER
};

struct aie_timing_row {
	const char *name;
	uint32_t value, minimum, maximum; /* value: the default */
	const char *unit;
	enum aie_timing_origin origin; /* documented; measured on a part; fitted to published measurements; assumed */
	const char *reason;
	size_t offset; /* in struct aie_array_timing */
};

unsigned aie_array_timing_count(void);
const struct aie_timing_row *aie_array_timing_row(unsigned number);
const char *aie_timing_origin_name(enum aie_timing_origin origin);

void aie_array_timing_default(struct aie_array_timing *timing);
/* "name=value,name=value"; empty items and those of sim/array/options.h are ignored.  AIE_ERROR_INPUT names the item.
 */
int aie_array_timing_override(struct aie_array_timing *timing, const char *text, struct aie_error *error);

#endif

/* What public sources leave open and this model decides: one named constant per decision, with its reason.
 *
 * Everything that is not decided here is either established (the evidence stands with the code) or refused by name.
 */
#ifndef AIE_SIM_CORE_CHOICES_H
#define AIE_SIM_CORE_CHOICES_H

/* ---- core engine ------------------------------------------------------------------------------------------------ */

/* Two results in flight to one register: each lands at its own cycle, so a late result of an older instruction
 * overwrites an early one of a younger (a plain exposed pipeline; compiled code avoids the case).  Landing in the same
 * cycle, the younger instruction wins; inside a bundle, the one that stands later in the order of aie_bundle.insn. */
enum { AIE_CHOICE_YOUNGER_WINS_SAME_CYCLE = 1 };

/* Cycles that a lock instruction costs beyond its issue cycle when nothing contends (measured on Phoenix, acquire and
 * release alike; assumed equal on Strix).  Accounted as lock stall. */
enum { AIE_CHOICE_LOCK_EXTRA_CYCLES = 1 };

/* Stage at which a release reaches the lock, counted like an itinerary's memory cycle: that of plain stores, later when
 * an older store of the same core has not written yet (a release becomes visible after all older stores are in memory).
 */
enum { AIE_CHOICE_RELEASE_CYCLE = 5 };

/* Conditional lock instructions act when r26 is not zero (assumed from the name; no source states the sense). */
enum { AIE_CHOICE_LOCK_CONDITION_NONZERO = 1 };

/* Memory accesses of one cycle: loads are presented before stores, so that a load does not see a store of the same
 * cycle (the strict rule of registers, applied to memory; no source states it). */
enum { AIE_CHOICE_LOADS_BEFORE_STORES = 1 };

/* A scalar or vector access that is not aligned to its size stops the program.  Hardware drops the low address bits of
 * vector loads (published device result); for stores and scalars no source exists, and no compiled program does it. */
enum { AIE_CHOICE_MISALIGNED_FAULTS = 1 };

/* Upper half of a w register after a 128-bit load: zero, as for a move from a q register. */
enum { AIE_CHOICE_LOAD_128_UPPER = 0 };

/* A lookup takes the 32-byte lines that it needs one after the other where they collide (no source gives its time). */
enum { AIE_CHOICE_LOOKUP_LINE = 32 };

/* Every control transfer owns its five delay slots, taken or not; a second one inside them is undefined. */
enum { AIE_CHOICE_TRANSFER_IN_DELAY_SLOT_FAULTS = 1 };

/* lc = 0 when the bundle at le issues: no jump back and lc stays 0 (no source; compiled loops run at least once). */
enum { AIE_CHOICE_LOOP_COUNT_ZERO_FALLS_THROUGH = 1 };

/* Rules of zero-overhead loops that compilers keep (seven bundles between the set-up and the end, a last bundle of 16
 * bytes on a 16-byte boundary) and of branch targets (16-byte lines) are not enforced: what hardware does otherwise is
 * not established, and the one public report of a failing loop did not find its cause. */
enum { AIE_CHOICE_ALIGNMENT_RULES_ENFORCED = 0 };

/* mov from a 20-bit register: the upper 12 bits read as zero (addresses are unsigned). This falls out of storage. */
enum { AIE_CHOICE_POINTER_READS_ZERO_EXTENDED = 1 };

/* The cycle counter counts every cycle since reset, stalls included (the tile timer ticks once a clock). */
enum { AIE_CHOICE_CNTR_COUNTS_STALLS = 1 };

/* Cascade read with crSCDEn = 0, and the quarters that a quarter read does not fill: zero.  r31 selects the quarter
 * modulo 4 and the ++ form adds 1 without wrapping. Unused in compiled code. */
enum { AIE_CHOICE_CASCADE_FILL = 0, AIE_CHOICE_CASCADE_QUARTERS = 4 };

/* srSS0 as code reads it: bit 0 = tlast of the word, bit 1 = a word was read (compiler headers; the memory-mapped
 * status register orders them otherwise).  mov.nb without a word leaves its destination unchanged. */
enum { AIE_CHOICE_SS0_TLAST = 1, AIE_CHOICE_SS0_SUCCESS = 2 };

/* Headers that a core sends (mov.ph, mov.cph): the documented layouts, with the tile's own column and row and odd
 * parity put in by the core, as DMA channels and trace units do for theirs; the field of the word count takes the
 * operand as it stands (two bits, 0..3 for 1..4 words).  No source says so of the core's instructions.  Stream ids have
 * five bits; a larger one is refused. */
enum { AIE_CHOICE_HEADER_COMPLETED_BY_CORE = 1, AIE_CHOICE_HEADER_ID_LIMIT = 32 };

/* ---- scalar unit ------------------------------------------------------------------------------------------------ */

/* Carry of sub and sbc: 1 = no borrow; of jnzd: that of s0 - 1; of abs: s0 < 0 (sibling's emulator; compiled code uses
 * none of them). */
enum { AIE_CHOICE_CARRY_IS_NO_BORROW = 1 };

/* Shift amounts of lshl and ashl: magnitude modulo 32 (two independent models; hardware beyond 31 is undocumented). */
enum { AIE_CHOICE_SHIFT_MAGNITUDE_MASK = 31 };

/* clb counts the sign bit itself and gives 32 for 0 and -1 (compiler header and sibling's emulator; a third source
 * counts the copies only). */
enum { AIE_CHOICE_CLB_COUNTS_SIGN = 1 };

/* divs drops the bit that is shifted out of the remainder (sibling's emulator; matters for divisors above 2^31 only).
 */
enum { AIE_CHOICE_DIVS_REMAINDER_BITS = 32 };

/* flt2fx beyond the integer range saturates (as vfloor does); not-a-number is refused. */
enum { AIE_CHOICE_FLT2FX_SATURATES = 1 };

/* ---- load and store FIFOs --------------------------------------------------------------------------------------- */

/* The bytes that wait in a FIFO stand at rising offsets from byte 0 of lf0, lf1 or sf, oldest first.  How hardware
 * places them is unknown, so a program that moves FIFO registers by hand sees this order. */
enum { AIE_CHOICE_FIFO_OLDEST_AT_BYTE_0 = 1 };

/* ---- vector unit ------------------------------------------------------------------------------------------------ */

/* Sum and product of the float accumulator: the exact sum of all terms of a lane, rounded once to nearest even (the
 * model that agrees with published comparisons on XDNA2 devices: element-wise products, tree sums, 512-long chains of
 * block products).  The manual of a sibling describes an alignment of every term to the largest exponent with
 * individual rounding; it differs only after cancellation. */

/* A not-a-number result: positive, mantissa 1.  The sibling core delivers either this or datapath bits with bit 0 set;
 * sources advise to compare such values as a class. */
#define AIE_CHOICE_FP_NAN 0x7F800001u

/* Accumulator lanes 32..63 after an element-wise bf16 operation on 512-bit operands: as if the product were zero
 * (vmul.f: 0; vmac.f: the accumulator plus zero), because the operand bits above 512 count as zero.  No known program
 * reads them. */
enum { AIE_CHOICE_BF16_UPPER_PRODUCT = 0 };

/* vneg.f flips the sign bit of every lane, zeroes, denormals and not-a-numbers included: negation is described as a
 * sign flip. */
enum { AIE_CHOICE_FP_NEGATE_FLIPS_ALL = 1 };

/* Integer shapes that the headers name without an element order: channel and sliding windows as the library's functions
 * of that name compute them; element-wise products of 1024-bit operands add the products of their upper halves where
 * the shape has two terms per lane.  Both follow from the names and operand widths; no device comparison is known. */
enum { AIE_CHOICE_MAC_SHAPES_BY_NAME = 1 };

/* Variant number of the bfp16 4x8 * 8x16T product (the number that the sibling's headers give; the shape is named for
 * AIE2P). */
enum { AIE_CHOICE_BFP16_4X8X16_VARIANT = 6 };

/* Lane index beyond the last lane: modulo the number of lanes (headers mask indices for smaller vectors; the sibling's
 * emulator does the same). */
enum { AIE_CHOICE_LANE_INDEX_WRAPS = 1 };

/* Bits of a compare mask above the number of lanes: written as zero (device comparison for 32-bit lanes, taken for
 * all). */
enum { AIE_CHOICE_MASK_UPPER_BITS = 0 };

/* Upper half of a w register after a move from a q register: zero. */
enum { AIE_CHOICE_Q_TO_W_UPPER = 0 };

/* Exponent part of vshuffle on ex registers: the transposition rule of the mantissa part on 64-bit registers. */
enum { AIE_CHOICE_SHUFFLE_EXPONENTS_TRANSPOSE = 1 };

/* Only the low six bits of a shuffle mode are read (the modes are numbered 0..63). */
enum { AIE_CHOICE_SHUFFLE_MODE_MASK = 63 };

/* vshift amounts are taken modulo 128 bytes; above 64 zeroes move in from the top (sibling's emulator). */
enum { AIE_CHOICE_VSHIFT_MASK = 127 };

/* Shift amount of ups and srs: the six bits of the shift register, unsigned; the generic rule holds for amounts beyond
 * the lane width too. */
enum { AIE_CHOICE_SHIFT_MASK = 63 };

/* ups whose lane overflows: crSat 0 keeps the low bits, 1 and 3 clamp to the signed range of the accumulator lane
 * (crSat is among the registers that the instruction reads). The overflow flag is set in every case. */
enum { AIE_CHOICE_UPS_SATURATES = 1 };

/* Overflow flags of srs and ups: set when a lane lies outside the full range of the destination, whether crSat clamps
 * or not; the one value that only the symmetric range excludes does not count. */
enum { AIE_CHOICE_OVERFLOW_FLAG_FULL_RANGE = 1 };

/* vexp2 outside the range of the published device dump ([-40, 10]): the same formula as long as the result is a normal
 * number; below, minus infinity included, 0 (published remark on silicon: there are no denormal results). */
enum { AIE_CHOICE_EXP2_FORMULA_BEYOND_DUMP = 1 };

/* vpack with unsigned output reads its input lanes as signed, so negative lanes saturate to zero; 4-bit output puts the
 * even lane into the low half of a byte (mirror of unpack). */
enum { AIE_CHOICE_PACK_INPUT_SIGNED = 1 };

#endif

/* Write a small GGUF file for tests, from the format's public description and independently of the reader. */
#ifndef AIE_TESTS_TOOLS_GGUF_WRITE_H
#define AIE_TESTS_TOOLS_GGUF_WRITE_H

#include <stddef.h>
#include <stdint.h>

/* The tensors of the file, in this order: "output_norm.weight" F32 [7], "blk.0.ffn_down.weight" Q4_0 [K, M],
 * "x" F32 [3, 5], "blk.11.attn_q.weight" Q4_0 [K, M] with other values.  Alignment 32; name lengths are odd and even.
 */
struct gguf_file {
	uint8_t *bytes;
	size_t size;
	size_t first_q4_0, second_q4_0; /* byte positions of the two Q4_0 tensors */
};
void gguf_write(struct gguf_file *file, uint32_t k, uint32_t m);

/* Value of weight (row, column) of a Q4_0 tensor at `data`, K columns: d * (nibble - 8), d from IEEE half precision. */
double q4_0_value(const uint8_t *data, uint32_t k, uint32_t row, uint32_t column);
/* The same with the scale cut to bf16, as a host hands it to the kernel. */
double q4_0_value_bf16_scale(const uint8_t *data, uint32_t k, uint32_t row, uint32_t column);

#endif

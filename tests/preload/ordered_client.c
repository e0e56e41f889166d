/* A user of libaie that does the steps of the minimal program in their order, down to the end:
 *
 *   ordered_client NODE PREFIX OUTPUT_BYTES
 *
 * with the files of `aie-run gemv-int4 --save PREFIX`.  The test looks at the calls this makes on the device.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "driver/aie.h"

static void *read_file(const char *prefix, const char *suffix, size_t *size)
{
	struct stat status;
	char path[4096];
	FILE *file;
	void *data;

	snprintf(path, sizeof path, "%s%s", prefix, suffix);
	file = fopen(path, "rb");
	if (!file || fstat(fileno(file), &status))
		exit(2);
	*size = (size_t)status.st_size;
	data = malloc(*size);
	if (!data || fread(data, 1, *size, file) != *size)
		exit(2);
	fclose(file);
	return data;
}

static void check(int failed, const struct aie_error *error)
{
	if (!failed)
		return;
	fprintf(stderr, "ordered_client: %s\n", error->text);
	exit(3);
}

static struct aie_buffer *make(struct aie_device *device, const void *data, size_t size, enum aie_buffer_kind kind)
{
	struct aie_error error = { 0 };
	struct aie_buffer *buffer = aie_buffer_create(device, size, kind, &error);

	check(!buffer, &error);
	if (data)
		memcpy(aie_buffer_data(buffer), data, size);
	check(aie_buffer_flush(buffer, 0, size, &error), &error);
	return buffer;
}

int main(int argc, char **argv)
{
	size_t xclbin_size, insts_size, weights_size, x_size;
	void *xclbin, *insts, *weights, *x;
	struct aie_buffer *instructions, *argument[3];
	struct aie_error error = { 0 };
	struct aie_context *context;
	struct aie_command *command;
	struct aie_device *device;

	if (argc != 4)
		return 2;
	xclbin = read_file(argv[2], ".xclbin", &xclbin_size);
	insts = read_file(argv[2], ".insts.bin", &insts_size);
	weights = read_file(argv[2], ".weights.bin", &weights_size);
	x = read_file(argv[2], ".x.bin", &x_size);
	device = aie_device_open(argv[1], &error);
	check(!device, &error);
	context = aie_context_create_xclbin(device, xclbin, xclbin_size, NULL, &error);
	check(!context, &error);
	instructions = make(device, insts, insts_size, AIE_BUFFER_INSTRUCTION);
	argument[0] = make(device, weights, weights_size, AIE_BUFFER_HOST);
	argument[1] = make(device, x, x_size, AIE_BUFFER_HOST);
	argument[2] = make(device, NULL, strtoul(argv[3], NULL, 10), AIE_BUFFER_HOST);
	command = aie_command_create(context, instructions, insts_size, argument, 3, &error);
	check(!command, &error);
	check(aie_command_submit(command, &error), &error);
	check(aie_command_wait(command, -1, &error), &error);
	aie_context_destroy(context);
	aie_command_destroy(command);
	for (unsigned i = 0; i < 3; i++)
		aie_buffer_destroy(argument[i]);
	aie_buffer_destroy(instructions);
	aie_device_close(device);
	free(xclbin);
	free(insts);
	free(weights);
	free(x);
	return 0;
}

/* Accelerator nodes: finding the NPU's, and the system calls on it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "driver/client/client.h"

static const struct aie_npu_family families[] = {
	{ 0x17f0, 0x10, 16, "npu4 (Strix)", true },
	{ 0x17f0, 0x11, 16, "npu5 (Strix Halo)", true },
	{ 0x17f0, 0x20, 16, "npu6 (Krackan)", true },
	{ 0x17f0, 0x00, 16, "npu2 (Strix, pre-production)", false },
	{ 0x1502, 0x00, 6, "npu1 (Phoenix, Hawk Point)", false }, /* executes AIE2 */
};

const struct aie_npu_family *aie_npu_family_find(unsigned device, unsigned revision)
{
	for (unsigned i = 0; i < sizeof families / sizeof families[0]; i++)
		if (families[i].device == device && families[i].revision == revision)
			return &families[i];
	return NULL;
}

bool aie_npu_family_has(unsigned device)
{
	for (unsigned i = 0; i < sizeof families / sizeof families[0]; i++)
		if (families[i].device == device)
			return true;
	return false;
}

bool aie_node_read_hex(const char *directory, const char *name, unsigned *value)
{
	char path[512];
	FILE *file;
	bool good;

	snprintf(path, sizeof path, "%s/%s", directory, name);
	file = fopen(path, "re");
	good = file && fscanf(file, "%x", value) == 1;
	if (file)
		fclose(file);
	return good;
}

int aie_node_number(const char *directory)
{
	char path[512];
	struct dirent *entry;
	int number = -1;
	DIR *accel;

	snprintf(path, sizeof path, "%s/accel", directory);
	accel = opendir(path);
	while (accel && number < 0 && (entry = readdir(accel)))
		if (sscanf(entry->d_name, "accel%d", &number) != 1)
			number = -1;
	if (accel)
		closedir(accel);
	return number;
}

/* What a bound PCI device is; NULL when it has no node or is none of ours. */
static const struct aie_npu_family *examine(const char *bdf, int *number)
{
	unsigned device = 0, revision = 0;
	char directory[384];

	if (!strchr(bdf, ':'))
		return NULL;
	snprintf(directory, sizeof directory, "%s/%s", AMDXDNA_PCI_DRIVER_DIRECTORY, bdf);
	if (!aie_node_read_hex(directory, "device", &device) || !aie_node_read_hex(directory, "revision", &revision))
		return NULL;
	*number = aie_node_number(directory);
	return *number < 0 ? NULL : aie_npu_family_find(device, revision);
}

int aie_node_find(char node[AIE_DEVICE_NAME], struct aie_error *error)
{
	const struct aie_npu_family *found = NULL;
	char refused[160] = "";
	struct dirent *entry;
	int number = 0;
	DIR *drivers = opendir(AMDXDNA_PCI_DRIVER_DIRECTORY);

	if (!drivers)
		return aie_error_set(error, AIE_ERROR_DEVICE,
		                     "no NPU: the amdxdna driver is not loaded (no " AMDXDNA_PCI_DRIVER_DIRECTORY
		                     "; it needs Linux 6.14 or later)");
	while ((!found || !found->supported) && (entry = readdir(drivers))) {
		found = examine(entry->d_name, &number);
		if (found && !found->supported)
			snprintf(refused, sizeof refused, "; %.40s is %.60s, which does not execute AIE2P images",
			         entry->d_name, found->name);
	}
	closedir(drivers);
	if (!found || !found->supported)
		return aie_error_set(error, AIE_ERROR_DEVICE,
		                     "no NPU: the amdxdna driver is loaded but has no AIE2P device%s", refused);
	snprintf(node, AIE_DEVICE_NAME, "/dev/accel/accel%d", number);
	return 0;
}

static int compare_entries(const void *left, const void *right)
{
	const struct aie_device_entry *a = left, *b = right;
	size_t lengths[2] = { strlen(a->name), strlen(b->name) };

	/* accel2 before accel10 */
	return lengths[0] != lengths[1] ? (lengths[0] > lengths[1] ? 1 : -1) : strcmp(a->name, b->name);
}

size_t aie_device_enumerate(struct aie_device_entry *entries, size_t capacity)
{
	DIR *drivers = opendir(AMDXDNA_PCI_DRIVER_DIRECTORY);
	struct dirent *entry;
	size_t count = 0;

	while (drivers && (entry = readdir(drivers))) {
		int number;
		const struct aie_npu_family *found = examine(entry->d_name, &number);

		if (!found)
			continue;
		if (count < capacity) {
			entries[count] = (struct aie_device_entry){ .usable = found->supported };
			snprintf(entries[count].name, sizeof entries[count].name, "/dev/accel/accel%d", number);
			snprintf(entries[count].text, sizeof entries[count].text, "%s at %.40s", found->name,
			         entry->d_name);
		}
		count++;
	}
	if (drivers)
		closedir(drivers);
	if (count && capacity)
		qsort(entries, count < capacity ? count : capacity, sizeof *entries, compare_entries);
	if (!aie_sim_transport_open)
		return count;
	if (count < capacity)
		entries[count] = (struct aie_device_entry){
			.name = "sim",
			.text = "npu4 (Strix), simulated",
			.simulated = true,
			.usable = true,
		};
	return count + 1;
}

/* ---- system calls ----------------------------------------------------------------------------------------------- */

static int fd_of(const void *user)
{
	return *(const int *)user;
}

static int node_ioctl(void *user, unsigned long request, void *argument)
{
	return ioctl(fd_of(user), request, argument);
}

static void *node_mmap(void *user, void *address, size_t length, int protection, int flags, off_t offset)
{
	return mmap(address, length, protection, flags, fd_of(user), offset);
}

static int node_munmap(void *user, void *address, size_t length)
{
	(void)user;
	return munmap(address, length);
}

static void node_close(void *user)
{
	close(fd_of(user));
	free(user);
}

int aie_node_open(const char *node, struct aie_transport *transport, struct aie_error *error)
{
	int *fd = malloc(sizeof *fd);

	if (!fd)
		return aie_error_set(error, AIE_ERROR_MEMORY, "out of memory");
	*fd = open(node, O_RDWR | O_CLOEXEC);
	if (*fd < 0) {
		int number = errno;

		free(fd);
		return aie_client_fail(node, AIE_CALL_OPEN, number, error);
	}
	*transport = (struct aie_transport){
		.user = fd,
		.ioctl = node_ioctl,
		.mmap = node_mmap,
		.munmap = node_munmap,
		.close = node_close,
	};
	return 0;
}

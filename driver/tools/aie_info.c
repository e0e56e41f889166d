/* aie-info: which NPUs there are, real and simulated, what they say of themselves, and what this machine lacks to use a
 * real one.
 *
 * The machine is looked at through sysfs; every device is asked through the driver's interface without making buffers
 * or contexts on it.  Exit status 0 when the report was made (also when nothing was found), 2 for usage, 3 when the
 * device named by --device cannot be asked.
 */
#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "driver/client/amdxdna_uapi.h"
#include "driver/client/node.h"
#include "driver/transport.h"
#include "isa/json.h"

/* ---- what the driver needs (documented) ------------------------------------------------------ */

enum { KERNEL_MAJOR = 6, KERNEL_MINOR = 14 };

static const char *const firmware_files[] = { "npu.dev.sbin", "npu_7.sbin", "npu.sbin" };
static const char *const compressed[] = { "", ".xz", ".zst" };
static const char *const module_files[] = { "", ".xz", ".zst", ".gz" };

/* ---- what is found -------------------------------------------------------------------------- */

enum { MAX_DEVICES = 16, MAX_MISSING = 16, TEXT = 256, MAX_CONTEXTS = 1024, NODES = 64 };

struct pci_device {
	char address[32], driver[32];
	unsigned device, revision;
	const struct aie_npu_family *family; /* NULL: an AMD NPU's id of no known revision */
	int accel;                           /* number of its node, -1 when it has none */
	bool firmware;                       /* a firmware image lies where the driver looks for it */
	bool imitated;                       /* by libaietwin-drm, in this process only */
};

struct machine {
	struct utsname system;
	unsigned kernel_major, kernel_minor;
	bool kernel_good, module_loaded, module_file, hypervisor, iommu;
	rlim_t memlock;
	struct pci_device pci[MAX_DEVICES];
	unsigned pci_count;
};

struct node {
	char path[64];
	bool present, readable;
	unsigned mode;
	char group[64];
};

/* An answer that was not given is left at its zero and its name is kept. */
struct device {
	char name[80];
	struct node node; /* not for the model */
	const struct pci_device *pci;
	bool simulated, open;
	char failure[TEXT]; /* why it could not be asked */
	int status;         /* the exit status that means */
	char driver[32];
	int version_major, version_minor;
	bool has_metadata, has_clocks, has_firmware, has_contexts, has_power, has_resources;
	struct amdxdna_metadata metadata;
	struct amdxdna_clocks clocks;
	struct amdxdna_firmware_version firmware;
	struct amdxdna_power_mode power;
	struct amdxdna_resources resources;
	unsigned contexts; /* in use, as far as this user may see */
};

struct report {
	struct machine machine;
	struct device device[MAX_DEVICES];
	unsigned device_count;
	char missing[MAX_MISSING][TEXT];
	unsigned missing_count;
	bool usable; /* some real NPU can be used now */
};

static void add_missing(struct report *report, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add_missing(struct report *report, const char *format, ...)
{
	va_list arguments;

	if (report->missing_count == MAX_MISSING)
		return;
	va_start(arguments, format);
	vsnprintf(report->missing[report->missing_count++], TEXT, format, arguments);
	va_end(arguments);
}

/* ---- the machine ---------------------------------------------------------------------------- */

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static bool has_firmware(unsigned device, unsigned revision)
{
	char path[128];

	for (size_t i = 0; i < sizeof firmware_files / sizeof firmware_files[0]; i++) {
		for (size_t j = 0; j < sizeof compressed / sizeof compressed[0]; j++) {
			snprintf(path, sizeof path, "/lib/firmware/amdnpu/%04x_%02x/%s%s", device, revision,
			         firmware_files[i], compressed[j]);
			if (exists(path))
				return true;
		}
	}
	return false;
}

static void look_at_pci(struct machine *machine)
{
	static const char root[] = "/sys/bus/pci/devices";
	struct dirent *entry;
	DIR *devices = opendir(root);

	while (devices && machine->pci_count < MAX_DEVICES && (entry = readdir(devices))) {
		struct pci_device *pci = &machine->pci[machine->pci_count];
		char directory[384], link[448], target[256];
		unsigned vendor = 0;
		ssize_t length;

		if (!strchr(entry->d_name, ':'))
			continue;
		*pci = (struct pci_device){ .accel = -1 };
		snprintf(directory, sizeof directory, "%s/%s", root, entry->d_name);
		if (!aie_node_read_hex(directory, "vendor", &vendor) || vendor != AIE_NODE_VENDOR ||
		    !aie_node_read_hex(directory, "device", &pci->device) || !aie_npu_family_has(pci->device) ||
		    !aie_node_read_hex(directory, "revision", &pci->revision))
			continue;
		snprintf(pci->address, sizeof pci->address, "%.31s", entry->d_name);
		snprintf(link, sizeof link, "%s/driver", directory);
		length = readlink(link, target, sizeof target - 1);
		if (length > 0) {
			target[length] = 0;
			snprintf(pci->driver, sizeof pci->driver, "%.31s",
			         strrchr(target, '/') ? strrchr(target, '/') + 1 : target);
		}
		pci->family = aie_npu_family_find(pci->device, pci->revision);
		pci->accel = aie_node_number(directory);
		pci->firmware = has_firmware(pci->device, pci->revision);
		snprintf(link, sizeof link, "%s/aietwin", directory);
		pci->imitated = exists(link);
		machine->pci_count++;
	}
	if (devices)
		closedir(devices);
}

static bool in_virtual_machine(void)
{
#if defined(__x86_64__)
	unsigned eax, ebx, ecx, edx;
	const unsigned hypervisor_present = 1U << 31;

	return __get_cpuid(1, &eax, &ebx, &ecx, &edx) && (ecx & hypervisor_present);
#else
	return false;
#endif
}

static bool has_entries(const char *path)
{
	struct dirent *entry;
	bool found = false;
	DIR *directory = opendir(path);

	while (directory && !found && (entry = readdir(directory)))
		found = entry->d_name[0] != '.';
	if (directory)
		closedir(directory);
	return found;
}

static void look_at_machine(struct machine *machine)
{
	struct rlimit limit = { 0 };
	char path[320];

	if (uname(&machine->system))
		memset(&machine->system, 0, sizeof machine->system);
	if (sscanf(machine->system.release, "%u.%u", &machine->kernel_major, &machine->kernel_minor) != 2)
		machine->kernel_major = machine->kernel_minor = 0;
	machine->kernel_good = machine->kernel_major > KERNEL_MAJOR ||
	                       (machine->kernel_major == KERNEL_MAJOR && machine->kernel_minor >= KERNEL_MINOR);
	machine->module_loaded = exists("/sys/module/amdxdna") || exists(AMDXDNA_PCI_DRIVER_DIRECTORY);
	for (size_t i = 0; i < sizeof module_files / sizeof module_files[0] && !machine->module_file; i++) {
		snprintf(path, sizeof path, "/lib/modules/%s/kernel/drivers/accel/amdxdna/amdxdna.ko%s",
		         machine->system.release, module_files[i]);
		machine->module_file = exists(path);
	}
	machine->hypervisor = in_virtual_machine();
	machine->iommu = has_entries("/sys/class/iommu");
	getrlimit(RLIMIT_MEMLOCK, &limit);
	machine->memlock = limit.rlim_cur;
	look_at_pci(machine);
}

/* ---- devices -------------------------------------------------------------------------------- */

static bool ask(const struct aie_transport *transport, enum amdxdna_info param, void *data, uint32_t *size)
{
	struct amdxdna_get_info info = { .param = param, .buffer_size = *size, .buffer = (uintptr_t)data };

	if (transport->ioctl(transport->user, AMDXDNA_IOCTL_GET_INFO, &info))
		return false;
	*size = info.buffer_size;
	return true;
}

static void ask_all(struct device *device, const struct aie_transport *transport)
{
	struct drm_version version = { .name = device->driver, .name_len = sizeof device->driver - 1 };
	struct amdxdna_context_info *contexts;
	uint32_t size;

	if (transport->ioctl(transport->user, DRM_IOCTL_VERSION, &version)) {
		snprintf(device->failure, sizeof device->failure, "VERSION: %s (not a DRM accelerator?)",
		         strerror(errno));
		return;
	}
	device->version_major = version.version_major;
	device->version_minor = version.version_minor;
	if (strcmp(device->driver, AMDXDNA_DRIVER_NAME) != 0) {
		snprintf(device->failure, sizeof device->failure, "another driver's accelerator (%s)", device->driver);
		return;
	}
	device->open = true;
	size = sizeof device->metadata;
	device->has_metadata = ask(transport, AMDXDNA_INFO_METADATA, &device->metadata, &size);
	size = sizeof device->clocks;
	device->has_clocks = ask(transport, AMDXDNA_INFO_CLOCKS, &device->clocks, &size);
	device->clocks.mp_npu.name[sizeof device->clocks.mp_npu.name - 1] = 0;
	device->clocks.h.name[sizeof device->clocks.h.name - 1] = 0;
	size = sizeof device->firmware;
	device->has_firmware = ask(transport, AMDXDNA_INFO_FIRMWARE_VERSION, &device->firmware, &size);
	size = sizeof device->power;
	device->has_power = ask(transport, AMDXDNA_INFO_POWER_MODE, &device->power, &size);
	size = sizeof device->resources;
	device->has_resources = ask(transport, AMDXDNA_INFO_RESOURCES, &device->resources, &size);
	contexts = calloc(MAX_CONTEXTS, sizeof *contexts);
	if (!contexts)
		return;
	size = (uint32_t)(MAX_CONTEXTS * sizeof *contexts);
	device->has_contexts = ask(transport, AMDXDNA_INFO_CONTEXTS, contexts, &size);
	/* The driver returns what it left of the buffer. */
	if (device->has_contexts && size <= MAX_CONTEXTS * sizeof *contexts)
		device->contexts = (unsigned)((MAX_CONTEXTS * sizeof *contexts - size) / sizeof *contexts);
	free(contexts);
}

static void look_at_node(struct node *node)
{
	struct group *group;
	struct stat status;

	node->present = stat(node->path, &status) == 0;
	if (!node->present)
		return;
	node->mode = status.st_mode & 07777;
	node->readable = access(node->path, R_OK | W_OK) == 0;
	group = getgrgid(status.st_gid);
	if (group)
		snprintf(node->group, sizeof node->group, "%.63s", group->gr_name);
	else
		snprintf(node->group, sizeof node->group, "%u", (unsigned)status.st_gid);
}

static void ask_node(struct device *device)
{
	struct aie_transport transport;
	struct aie_error error;

	look_at_node(&device->node);
	if (aie_node_open(device->node.path, &transport, &error)) {
		const size_t length = strlen(device->node.path);
		const bool named = !strncmp(error.text, device->node.path, length) && error.text[length] == ':';

		/* The path stands before it wherever it is printed. */
		snprintf(device->failure, sizeof device->failure, "%.250s", error.text + (named ? length + 2 : 0));
		return;
	}
	ask_all(device, &transport);
	transport.close(transport.user);
}

static void ask_model(struct device *device, const char *options)
{
	struct aie_transport transport;
	struct aie_error error = { 0 };

	device->simulated = true;
	if (!aie_sim_transport_open) {
		snprintf(device->failure, sizeof device->failure, "the model is not part of this program");
		return;
	}
	if (aie_sim_transport_open(options, &transport, &error)) {
		snprintf(device->failure, sizeof device->failure, "%.250s", error.text);
		device->status = aie_error_exit_status(&error);
		return;
	}
	ask_all(device, &transport);
	transport.close(transport.user);
}

static struct device *add_device(struct report *report, const char *name)
{
	struct device *device;

	if (report->device_count == MAX_DEVICES)
		return NULL;
	device = &report->device[report->device_count++];
	memset(device, 0, sizeof *device);
	snprintf(device->name, sizeof device->name, "%.79s", name);
	device->status = 3;
	return device;
}

static void add_node(struct report *report, const char *path)
{
	struct device *device = add_device(report, path);
	int number;

	if (!device)
		return;
	snprintf(device->node.path, sizeof device->node.path, "%.63s", path);
	if (sscanf(path, "/dev/accel/accel%d", &number) == 1)
		for (unsigned i = 0; i < report->machine.pci_count; i++)
			if (report->machine.pci[i].accel == number)
				device->pci = &report->machine.pci[i];
	ask_node(device);
}

static void look_for_devices(struct report *report)
{
	struct device *model;

	for (unsigned number = 0; number < NODES; number++) {
		char path[64];

		snprintf(path, sizeof path, "/dev/accel/accel%u", number);
		if (exists(path))
			add_node(report, path);
	}
	model = add_device(report, "sim");
	if (model)
		ask_model(model, "");
}

/* ---- what is missing ------------------------------------------------------------------------ */

static void judge_pci(struct report *report, const struct pci_device *pci)
{
	const struct machine *machine = &report->machine;

	if (!pci->family) {
		add_missing(report, "%s is an AMD NPU of revision 0x%02x, which this program does not know",
		            pci->address, pci->revision);
		return;
	}
	if (!pci->family->supported) {
		add_missing(report, "%s is %s, which does not execute AIE2P images", pci->address, pci->family->name);
		return;
	}
	if (!pci->firmware)
		add_missing(report, "no firmware for %s in /lib/firmware/amdnpu/%04x_%02x (package linux-firmware)",
		            pci->address, pci->device, pci->revision);
	if (!machine->module_loaded)
		return; /* said for the machine */
	if (strcmp(pci->driver, "amdxdna") != 0)
		add_missing(report, "%s is not bound to the amdxdna driver%s%s: see the kernel's log (dmesg)",
		            pci->address, pci->driver[0] ? " but to " : "", pci->driver);
	else if (pci->accel < 0)
		add_missing(report, "%s has no node: the driver could not start it (see dmesg)", pci->address);
}

static void judge(struct report *report)
{
	const struct machine *machine = &report->machine;
	bool supported = false;

	for (unsigned i = 0; i < report->device_count; i++) {
		const struct device *device = &report->device[i];

		if (device->simulated || !device->pci)
			continue;
		if (device->pci->imitated) {
			add_missing(report,
			            "%s is imitated by libaietwin-drm: run aie-info without it to judge the machine",
			            device->node.path);
			return;
		}
		if (device->open && device->pci->family && device->pci->family->supported)
			report->usable = true;
		if (device->node.present && !device->node.readable)
			add_missing(report,
			            "no permission on %s (mode %04o, group %s): add the user to that group and log in "
			            "again",
			            device->node.path, device->node.mode, device->node.group);
		else if (!device->open)
			add_missing(report, "%.60s: %.180s", device->node.path, device->failure);
	}
	if (report->usable)
		return;
	for (unsigned i = 0; i < machine->pci_count; i++)
		supported = supported || (machine->pci[i].family && machine->pci[i].family->supported);
	if (!machine->pci_count)
		add_missing(report, "no AMD NPU on the PCI bus (1022:17f0, revision 10, 11 or 20); it may be switched "
		                    "off in the firmware "
		                    "setup (\"IPU\" or \"NPU\")");
	if (!machine->kernel_good)
		add_missing(report, "Linux %s is too old: the driver is part of %d.%d and later",
		            machine->system.release, KERNEL_MAJOR, KERNEL_MINOR);
	if (!machine->module_loaded)
		add_missing(report,
		            machine->module_file
		                    ? "the amdxdna module is installed but not loaded (modprobe amdxdna)"
		                    : "the amdxdna module is not loaded, and this kernel's modules do not include it");
	for (unsigned i = 0; i < machine->pci_count; i++)
		judge_pci(report, &machine->pci[i]);
	if (machine->hypervisor)
		add_missing(report,
		            "this is a virtual machine: the driver refuses to start the NPU under a hypervisor");
	if (supported && !machine->iommu)
		add_missing(
		        report,
		        "no IOMMU is active: the driver binds each process' address space through it (firmware setup, "
		        "kernel option iommu=)");
}

/* ---- output --------------------------------------------------------------------------------- */

static unsigned context_limit(const struct device *device)
{
	/* The model is an npu4 and keeps its limit. */
	const struct aie_npu_family *family = device->pci         ? device->pci->family
	                                      : device->simulated ? aie_npu_family_find(0x17f0, 0x10)
	                                                          : NULL;

	if (device->has_resources) /* a question of later drivers */
		return (unsigned)device->resources.tasks_max;
	return family ? family->contexts : 0;
}

static const char *power_name(unsigned mode)
{
	static const char *const names[] = { "default", "low", "medium", "high", "turbo" };

	return mode < sizeof names / sizeof names[0] ? names[mode] : "unknown";
}

static void print_device(const struct device *device)
{
	printf("\n%s%s\n", device->name, device->simulated ? " (the model, part of this program)" : "");
	if (device->pci)
		printf("  pci          %s, %04x:%04x revision %02x: %s\n", device->pci->address, AIE_NODE_VENDOR,
		       device->pci->device, device->pci->revision,
		       device->pci->family ? device->pci->family->name : "unknown NPU");
	if (device->pci && device->pci->imitated)
		printf("  imitated     by libaietwin-drm: the model, seen as a node\n");
	if (device->node.present)
		printf("  permissions  mode %04o, group %s: this user may %suse it\n", device->node.mode,
		       device->node.group, device->node.readable ? "" : "not ");
	if (!device->open) {
		printf("  unusable     %s\n", device->failure);
		return;
	}
	printf("  driver       %s %d.%d\n", device->driver, device->version_major, device->version_minor);
	if (device->has_firmware)
		printf("  firmware     %u.%u.%u.%u\n", device->firmware.major, device->firmware.minor,
		       device->firmware.patch, device->firmware.build);
	if (device->has_metadata)
		printf("  array        %u columns x %u rows (%u of cores, %u of memory tiles, %u of shims)\n",
		       device->metadata.cols, device->metadata.rows, device->metadata.core.row_count,
		       device->metadata.mem.row_count, device->metadata.shim.row_count);
	if (device->has_clocks)
		printf("  clocks       %s %u MHz, %s %u MHz\n", device->clocks.mp_npu.name, device->clocks.mp_npu.mhz,
		       device->clocks.h.name, device->clocks.h.mhz);
	if (device->has_power)
		printf("  power mode   %s\n", power_name(device->power.mode));
	if (device->has_resources)
		printf("  speed        %llu TOPS at most, %llu at the present clock\n",
		       (unsigned long long)device->resources.tops_max, (unsigned long long)device->resources.tops_now);
	if (device->has_contexts) {
		printf("  contexts     %u in use", device->contexts);
		if (context_limit(device))
			printf(" of %u", context_limit(device));
		putchar('\n');
	}
	printf("  limits       %u kernels a context, %u commands in flight, %u MiB of device heap in chunks of %u "
	       "MiB\n",
	       AMDXDNA_MAX_CUS, AMDXDNA_COMMAND_DEPTH, (unsigned)(AMDXDNA_HEAP_LIMIT >> 20),
	       (unsigned)(AMDXDNA_HEAP_CHUNK >> 20));
}

static void print_text(const struct report *report)
{
	const struct machine *machine = &report->machine;

	printf("machine\n  kernel       Linux %s%s\n", machine->system.release,
	       machine->kernel_good ? "" : " (too old)");
	printf("  module       amdxdna %s\n", machine->module_loaded ? "loaded"
	                                      : machine->module_file ? "installed, not loaded"
	                                                             : "not there");
	if (!machine->pci_count)
		printf("  pci          no NPU\n");
	for (unsigned i = 0; i < machine->pci_count; i++)
		printf("  pci          %s: %s\n", machine->pci[i].address,
		       machine->pci[i].family ? machine->pci[i].family->name : "unknown NPU");
	if (machine->memlock == RLIM_INFINITY)
		printf("  memory lock  unlimited\n");
	else
		printf("  memory lock  %llu KiB%s\n", (unsigned long long)(machine->memlock >> 10),
		       machine->memlock < AMDXDNA_HEAP_CHUNK
		               ? " (enough here, nothing is locked; programs that lock their buffers want it unlimited)"
		               : "");
	for (unsigned i = 0; i < report->device_count; i++)
		print_device(&report->device[i]);
	if (report->usable)
		printf("\na real NPU can be used\n");
	else if (report->missing_count)
		printf("\nmissing to use a real NPU on this machine:\n");
	for (unsigned i = 0; i < report->missing_count; i++)
		printf("  - %s\n", report->missing[i]);
}

static void json_device(struct aie_json *json, const struct device *device)
{
	char firmware[64];

	aie_json_begin_object(json, NULL);
	aie_json_string(json, "name", device->name);
	aie_json_bool(json, "simulated", device->simulated);
	aie_json_bool(json, "usable", device->open);
	if (!device->open)
		aie_json_string(json, "failure", device->failure);
	if (device->pci) {
		aie_json_string(json, "pci", device->pci->address);
		aie_json_u64(json, "pci_device", device->pci->device);
		aie_json_u64(json, "pci_revision", device->pci->revision);
		if (device->pci->family)
			aie_json_string(json, "family", device->pci->family->name);
		aie_json_bool(json, "imitated", device->pci->imitated);
	}
	if (device->node.present) {
		aie_json_begin_object(json, "node");
		aie_json_u64(json, "mode", device->node.mode);
		aie_json_string(json, "group", device->node.group);
		aie_json_bool(json, "permitted", device->node.readable);
		aie_json_end_object(json);
	}
	if (device->open) {
		aie_json_string(json, "driver", device->driver);
		aie_json_i64(json, "version_major", device->version_major);
		aie_json_i64(json, "version_minor", device->version_minor);
	}
	if (device->has_firmware) {
		snprintf(firmware, sizeof firmware, "%u.%u.%u.%u", device->firmware.major, device->firmware.minor,
		         device->firmware.patch, device->firmware.build);
		aie_json_string(json, "firmware", firmware);
	}
	if (device->has_metadata) {
		aie_json_u64(json, "columns", device->metadata.cols);
		aie_json_u64(json, "rows", device->metadata.rows);
		aie_json_u64(json, "core_rows", device->metadata.core.row_count);
	}
	if (device->has_clocks) {
		aie_json_u64(json, "mp_npu_mhz", device->clocks.mp_npu.mhz);
		aie_json_u64(json, "h_mhz", device->clocks.h.mhz);
	}
	if (device->has_power)
		aie_json_string(json, "power_mode", power_name(device->power.mode));
	if (device->has_resources)
		aie_json_u64(json, "tops_max", device->resources.tops_max);
	if (device->has_contexts)
		aie_json_u64(json, "contexts", device->contexts);
	if (device->open) {
		aie_json_begin_object(json, "limits");
		if (context_limit(device))
			aie_json_u64(json, "contexts", context_limit(device));
		aie_json_u64(json, "kernels_per_context", AMDXDNA_MAX_CUS);
		aie_json_u64(json, "commands_in_flight", AMDXDNA_COMMAND_DEPTH);
		aie_json_u64(json, "heap_bytes", AMDXDNA_HEAP_LIMIT);
		aie_json_end_object(json);
	}
	aie_json_end_object(json);
}

static void print_json(const struct report *report)
{
	const struct machine *machine = &report->machine;
	struct aie_json json;

	aie_json_init(&json, stdout);
	aie_json_begin_object(&json, NULL);
	aie_json_begin_object(&json, "machine");
	aie_json_string(&json, "kernel", machine->system.release);
	aie_json_bool(&json, "kernel_new_enough", machine->kernel_good);
	aie_json_bool(&json, "module_loaded", machine->module_loaded);
	aie_json_bool(&json, "module_installed", machine->module_file || machine->module_loaded);
	aie_json_bool(&json, "virtual_machine", machine->hypervisor);
	aie_json_bool(&json, "iommu", machine->iommu);
	if (machine->memlock != RLIM_INFINITY)
		aie_json_u64(&json, "locked_memory_limit", machine->memlock);
	aie_json_begin_array(&json, "pci");
	for (unsigned i = 0; i < machine->pci_count; i++)
		aie_json_string(&json, NULL, machine->pci[i].address);
	aie_json_end_array(&json);
	aie_json_end_object(&json);
	aie_json_begin_array(&json, "devices");
	for (unsigned i = 0; i < report->device_count; i++)
		json_device(&json, &report->device[i]);
	aie_json_end_array(&json);
	aie_json_bool(&json, "real_npu_usable", report->usable);
	aie_json_begin_array(&json, "missing");
	for (unsigned i = 0; i < report->missing_count; i++)
		aie_json_string(&json, NULL, report->missing[i]);
	aie_json_end_array(&json);
	aie_json_end_object(&json);
	aie_json_finish(&json);
}

static int usage(const char *text, const char *argument)
{
	fprintf(stderr, "aie-info: %s%s%s (see aie-info --help)\n", argument, *argument ? ": " : "", text);
	return 2;
}

static int help(void)
{
	fputs("usage: aie-info [--device D] [--json]\n"
	      "\n"
	      "Say which NPUs this machine has, what they are, and what is missing to use one.\n"
	      "\n"
	      "  --device D  only this: sim, sim:npu4,NAME=VALUE..., or a node such as /dev/accel/accel0, or its "
	      "number\n"
	      "  --json      one object on standard output, nothing else\n"
	      "\n"
	      "exit status: 0 report made, 2 bad usage, 3 the device of --device cannot be asked\n",
	      stdout);
	return 0;
}

int main(int argc, char **argv)
{
	static struct report report;
	const char *only = NULL;
	bool json = false;
	char path[64];

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return help();
		if (!strcmp(argv[i], "--json"))
			json = true;
		else if (strcmp(argv[i], "--device") != 0)
			return usage("unknown argument", argv[i]);
		else if (i + 1 == argc)
			return usage("a value is missing", argv[i]);
		else
			only = argv[++i];
	}
	look_at_machine(&report.machine);
	if (!only) {
		look_for_devices(&report);
	} else if (!strcmp(only, "sim") || !strncmp(only, "sim:", 4)) {
		ask_model(add_device(&report, only), only + 3);
	} else if (only[0] == '/') {
		if (strlen(only) >= sizeof report.device[0].node.path)
			return usage("too long for a node", only);
		add_node(&report, only);
	} else if (*only && strlen(only) < 5 && strspn(only, "0123456789") == strlen(only)) {
		snprintf(path, sizeof path, "/dev/accel/accel%s", only);
		add_node(&report, path);
	} else {
		return usage("expected sim, sim:OPTIONS, or the path or number of a node", only);
	}
	if (!only || !report.device[0].simulated)
		judge(&report);
	if (json)
		print_json(&report);
	else
		print_text(&report);
	if (only && !report.device[0].open) {
		fprintf(stderr, "aie-info: %s: %s\n", only, report.device[0].failure);
		return report.device[0].status;
	}
	return 0;
}

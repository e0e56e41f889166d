/* The imitated paths: built from one table, and found again by walking. */
#define _GNU_SOURCE
#include "sim/drm/preload/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "driver/client/amdxdna_uapi.h"
#include "sim/drm/preload/fds.h"
#include "sim/drm/preload/next.h"

/* How a device of each profile of the model shows itself (documented). */
static const struct identity {
	const char *profile, *device, *revision, *product;
} identities[] = {
	{ "npu4", "17F0", "10", "RyzenAI-npu4" },
};

/* %N number of the node, %B PCI address, %P its bus, %D device id, %R revision, %V product. */
#define DEVICE_DIRECTORY "/sys/devices/%P/%B"
#define ACCEL_DIRECTORY  DEVICE_DIRECTORY "/accel/accel%N"
static const struct {
	const char *path;
	enum aie_preload_kind kind;
	const char *text;
} entries[] = {
	{ "/dev/accel/accel%N", AIE_PRELOAD_DEVICE, NULL },
	{ "/sys/class/accel/accel%N", AIE_PRELOAD_LINK, "../../devices/%P/%B/accel/accel%N" },
	{ "/sys/dev/char/261:%N", AIE_PRELOAD_LINK, "../../devices/%P/%B/accel/accel%N" },
	{ "/sys/bus/pci/devices/%B", AIE_PRELOAD_LINK, "../../../devices/%P/%B" },
	{ AMDXDNA_PCI_DRIVER_DIRECTORY "/%B", AIE_PRELOAD_LINK, "../../../../devices/%P/%B" },
	{ AMDXDNA_PCI_DRIVER_DIRECTORY "/module", AIE_PRELOAD_LINK, "../../../../module/amdxdna" },
	{ "/sys/module/amdxdna/initstate", AIE_PRELOAD_FILE, "live\n" },
	{ "/sys/module/amdxdna/drivers/pci:amdxdna", AIE_PRELOAD_LINK, "../../../bus/pci/drivers/amdxdna" },
	{ DEVICE_DIRECTORY "/vendor", AIE_PRELOAD_FILE, "0x1022\n" },
	{ DEVICE_DIRECTORY "/device", AIE_PRELOAD_FILE, "0x%d\n" },
	{ DEVICE_DIRECTORY "/revision", AIE_PRELOAD_FILE, "0x%R\n" },
	/* (assumed: class "signal processing controller"; drivers do not match by it) */
	{ DEVICE_DIRECTORY "/class", AIE_PRELOAD_FILE, "0x118000\n" },
	/* (assumed: the board's, any will do) */
	{ DEVICE_DIRECTORY "/subsystem_vendor", AIE_PRELOAD_FILE, "0x1022\n" },
	{ DEVICE_DIRECTORY "/subsystem_device", AIE_PRELOAD_FILE, "0x%d\n" },
	{ DEVICE_DIRECTORY "/modalias", AIE_PRELOAD_FILE, "pci:v00001022d0000%Dsv00001022sd0000%Dbc11sc80i00\n" },
	{ DEVICE_DIRECTORY "/uevent", AIE_PRELOAD_FILE,
	  "DRIVER=amdxdna\nPCI_CLASS=118000\nPCI_ID=1022:%D\nPCI_SUBSYS_ID=1022:%D\nPCI_SLOT_NAME=%B\n"
	  "MODALIAS=pci:v00001022d0000%Dsv00001022sd0000%Dbc11sc80i00\n" },
	{ DEVICE_DIRECTORY "/vbnv", AIE_PRELOAD_FILE, "%V\n" },
	{ DEVICE_DIRECTORY "/device_type", AIE_PRELOAD_FILE, "0\n" }, /* queues are the kernel's */
	{ DEVICE_DIRECTORY "/fw_version", AIE_PRELOAD_FILE, NULL },
	/* No driver has this one: for whoever wants to know what he is looking at. */
	{ DEVICE_DIRECTORY "/aietwin", AIE_PRELOAD_FILE, "model\n" },
	{ DEVICE_DIRECTORY "/driver", AIE_PRELOAD_LINK, "../../../bus/pci/drivers/amdxdna" },
	{ DEVICE_DIRECTORY "/subsystem", AIE_PRELOAD_LINK, "../../../bus/pci" },
	{ ACCEL_DIRECTORY "/dev", AIE_PRELOAD_FILE, "261:%N\n" },
	{ ACCEL_DIRECTORY "/uevent", AIE_PRELOAD_FILE,
	  "MAJOR=261\nMINOR=%N\nDEVNAME=accel/accel%N\nDEVTYPE=accel_minor\n" },
	{ ACCEL_DIRECTORY "/device", AIE_PRELOAD_LINK, "../../../%B" },
	{ ACCEL_DIRECTORY "/subsystem", AIE_PRELOAD_LINK, "../../../../../class/accel" },
};

enum {
	MAX_NODES = 64,
	TEXT_BYTES = 4096,
	ACCEL_NODES = 64, /* numbers that clients try (documented) */
	LINK_HOPS = 40,   /* as the kernel's */
	SYSFS_FILE_BYTES = 4096,
	FIRST_INODE = 0x7fff0000,
};

static struct aie_preload_node nodes[MAX_NODES] = { { .name = "", .kind = AIE_PRELOAD_DIRECTORY } };
static unsigned node_count = 1;
static char texts[TEXT_BYTES];
static size_t text_used;
static struct stat dev_status, sys_status; /* what our nodes take over from /dev and /sys: device, times */
static unsigned accel_number;

/* ---- building ------------------------------------------------------------------------------- */

struct values {
	char number[12], address[16], bus[16], device[8];
	const struct identity *identity;
};

static const char *value_of(const struct values *values, char letter)
{
	switch (letter) {
	case 'N':
		return values->number;
	case 'B':
		return values->address;
	case 'P':
		return values->bus;
	case 'D':
		return values->identity->device;
	case 'd':
		return values->device;
	case 'R':
		return values->identity->revision;
	default:
		return values->identity->product;
	}
}

/* A copy that stays; NULL when there is no room, which only a longer table can bring about. */
static const char *keep(const char *text, size_t length)
{
	char *copy = texts + text_used;

	if (sizeof texts - text_used <= length)
		return NULL;
	memcpy(copy, text, length);
	copy[length] = 0;
	text_used += length + 1;
	return copy;
}

static const char *expand(const struct values *values, const char *form)
{
	char text[512];
	size_t used = 0;

	for (; *form; form++) {
		const char *part = form;
		size_t length = 1;

		if (*form == '%') {
			part = value_of(values, *++form);
			length = strlen(part);
		}
		if (used + length >= sizeof text)
			return NULL;
		memcpy(text + used, part, length);
		used += length;
	}
	return keep(text, used);
}

static struct aie_preload_node *add_child(struct aie_preload_node *parent, const char *name, size_t length)
{
	struct aie_preload_node *node, **link = &parent->child;

	while (*link)
		link = &(*link)->sibling;
	if (node_count == MAX_NODES)
		return NULL;
	node = &nodes[node_count];
	node->name = keep(name, length);
	if (!node->name)
		return NULL;
	node->parent = parent;
	node->kind = AIE_PRELOAD_DIRECTORY;
	node_count++;
	*link = node;
	return node;
}

static struct aie_preload_node *add_path(const char *path)
{
	struct aie_preload_node *node = nodes;

	while (node && *path) {
		size_t length = strcspn(++path, "/");
		const struct aie_preload_node *known = aie_preload_child(node, path, length);

		node = known ? &nodes[known - nodes] : add_child(node, path, length);
		path += length;
	}
	return node;
}

static bool really_exists(const char *path)
{
	return !aie_next.faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW);
}

static bool accel_free(unsigned number)
{
	char path[64];

	snprintf(path, sizeof path, "/dev/accel/accel%u", number);
	if (really_exists(path))
		return false;
	snprintf(path, sizeof path, "/sys/class/accel/accel%u", number);
	return !really_exists(path);
}

static bool choose_number(unsigned *number)
{
	const char *wish = getenv("AIETWIN_ACCEL");
	char *end;

	if (wish && *wish) {
		unsigned long value = strtoul(wish, &end, 10);

		if (*wish < '0' || *wish > '9' || *end || value >= ACCEL_NODES) {
			dprintf(STDERR_FILENO, "libaietwin-drm: AIETWIN_ACCEL=%s: expected a number below %d\n", wish,
			        ACCEL_NODES);
			return false;
		}
		*number = (unsigned)value;
		if (accel_free(*number))
			return true;
		dprintf(STDERR_FILENO, "libaietwin-drm: AIETWIN_ACCEL=%s: /dev/accel/accel%s is a real device\n", wish,
		        wish);
		return false;
	}
	for (*number = 0; *number < ACCEL_NODES; ++*number)
		if (accel_free(*number))
			return true;
	return false;
}

/* Any PCI address that no device has; the bus is one that laptops give the NPU. */
static bool choose_address(struct values *values)
{
	for (unsigned bus = 0xc5; bus <= 0xff; bus++) {
		char path[64];

		snprintf(values->address, sizeof values->address, "0000:%02x:00.1", bus);
		snprintf(values->bus, sizeof values->bus, "pci0000:%02x", bus);
		snprintf(path, sizeof path, "/sys/bus/pci/devices/%s", values->address);
		if (really_exists(path))
			continue;
		snprintf(path, sizeof path, "/sys/devices/%s", values->bus);
		if (!really_exists(path))
			return true;
	}
	return false;
}

static const struct identity *choose_identity(void)
{
	const char *wish = getenv("AIETWIN_DEVICE");
	size_t length = wish ? strcspn(wish, ",") : 0;

	for (size_t i = 0; i < sizeof identities / sizeof identities[0]; i++)
		if (wish && strlen(identities[i].profile) == length && !memcmp(identities[i].profile, wish, length))
			return &identities[i];
	return &identities[0]; /* an unknown name is refused, with a reason, when the device is opened */
}

void aie_preload_tree_build(void)
{
	struct values values;

	if (!choose_number(&accel_number) || !choose_address(&values))
		return;
	snprintf(values.number, sizeof values.number, "%u", accel_number);
	values.identity = choose_identity();
	for (size_t i = 0; i < sizeof values.device; i++) {
		char c = values.identity->device[i];

		values.device[i] = c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : c;
		if (!c)
			break;
	}
	if (aie_next.fstatat(AT_FDCWD, "/dev", &dev_status, 0))
		memset(&dev_status, 0, sizeof dev_status);
	if (aie_next.fstatat(AT_FDCWD, "/sys", &sys_status, 0))
		memset(&sys_status, 0, sizeof sys_status);
	for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
		const char *path = expand(&values, entries[i].path);
		struct aie_preload_node *node = path ? add_path(path) : NULL;

		if (!node)
			return;
		node->kind = entries[i].kind;
		node->text = entries[i].text ? expand(&values, entries[i].text) : NULL;
	}
}

unsigned aie_preload_accel_number(void)
{
	return accel_number;
}

/* ---- finding -------------------------------------------------------------------------------- */

const struct aie_preload_node *aie_preload_child(const struct aie_preload_node *node, const char *name, size_t length)
{
	const struct aie_preload_node *child = node->child;

	while (child && (strncmp(child->name, name, length) != 0 || child->name[length]))
		child = child->sibling;
	return child;
}

const char *aie_preload_node_path(const struct aie_preload_node *node, char path[PATH_MAX])
{
	char *at = path + PATH_MAX - 1;

	*at = 0;
	if (node == nodes)
		*--at = '/';
	for (; node != nodes; node = node->parent) {
		size_t length = strlen(node->name);

		at -= length;
		memcpy(at, node->name, length);
		*--at = '/';
	}
	return memmove(path, at, (size_t)(path + PATH_MAX - at));
}

int aie_preload_fd_of_path(const char *path)
{
	static const char own[] = "/proc/self/fd/", thread[] = "/proc/thread-self/fd/", link[] = "/dev/fd/";
	char numbered[40];
	unsigned long number;
	char *end;

	if (!path || (strncmp(path, "/proc/", 6) != 0 && strncmp(path, "/dev/", 5) != 0))
		return -1;
	snprintf(numbered, sizeof numbered, "/proc/%d/fd/", (int)getpid());
	if (!strncmp(path, own, sizeof own - 1))
		path += sizeof own - 1;
	else if (!strncmp(path, thread, sizeof thread - 1))
		path += sizeof thread - 1;
	else if (!strncmp(path, link, sizeof link - 1))
		path += sizeof link - 1;
	else if (!strncmp(path, numbered, strlen(numbered)))
		path += strlen(numbered);
	else
		return -1;
	if (*path < '0' || *path > '9')
		return -1;
	number = strtoul(path, &end, 10);
	return *end || number > INT_MAX ? -1 : (int)number;
}

bool aie_preload_is_empty(const char *path)
{
	return path && !*path;
}

static bool is_dots(const char *name, size_t length)
{
	return name[0] == '.' && (length == 1 || (length == 2 && name[1] == '.'));
}

/* A name that occurs in the tree: only then can a relative path be ours. */
static bool is_name(const char *path)
{
	size_t length = strcspn(path, "/");

	for (unsigned i = 1; i < node_count; i++)
		if (!strncmp(nodes[i].name, path, length) && !nodes[i].name[length])
			return true;
	return is_dots(path, length);
}

/* The usual answer for a path that is none of ours has to be quick. */
static bool is_top(const char *path)
{
	size_t length = strcspn(path, "/");

	return !length || aie_preload_child(nodes, path, length) || is_dots(path, length);
}

/* Where the walk begins, NULL when the path is none of ours.  `rest` is what to walk. */
static const struct aie_preload_node *walk_start(int directory, const char *path, char rest[PATH_MAX], bool *moved)
{
	const struct aie_preload_node *node = nodes;
	size_t used = 0, length = strlen(path);

	*moved = false;
	if (*path == '/') {
		if (!is_top(path + strspn(path, "/")))
			return NULL;
	} else if (directory == AT_FDCWD) {
		if (!is_name(path) || !getcwd(rest, PATH_MAX - 1))
			return NULL;
		used = strlen(rest);
		rest[used++] = '/';
	} else {
		node = aie_preload_fd_directory(directory);
		*moved = true;
	}
	if (!node || length >= PATH_MAX - used)
		return NULL;
	memcpy(rest + used, path, length + 1);
	return node;
}

/* Put a link's target in front of what is left to walk; both live in rest[]. */
static bool put_before(char rest[PATH_MAX], const char *left, const char *target)
{
	size_t target_length = strlen(target), left_length = strlen(left);

	if (target_length + 1 + left_length + 1 > PATH_MAX)
		return false;
	memmove(rest + target_length + 1, left, left_length + 1);
	/* NOLINTNEXTLINE(bugprone-not-null-terminated-result): goes on with what was moved */
	memcpy(rest, target, target_length);
	rest[target_length] = left_length ? '/' : 0;
	return true;
}

/* The path goes on where only the machine's own files are. */
static enum aie_preload_place leave(const struct aie_preload_node *node, const char *rest, bool moved,
                                    struct aie_preload_path *result)
{
	size_t used, length = strlen(rest);

	if (!moved)
		return AIE_PRELOAD_OTHER;
	aie_preload_node_path(node, result->real);
	used = strlen(result->real);
	if (used + 1 + length >= sizeof result->real) {
		errno = ENAMETOOLONG;
		return AIE_PRELOAD_NOWHERE;
	}
	result->real[used++] = '/';
	memcpy(result->real + used, rest, length + 1);
	result->directory = AT_FDCWD;
	result->path = result->real;
	return AIE_PRELOAD_OTHER;
}

static enum aie_preload_place nowhere(int number)
{
	errno = number;
	return AIE_PRELOAD_NOWHERE;
}

enum aie_preload_place aie_preload_resolve(int directory, const char *path, bool follow,
                                           struct aie_preload_path *result)
{
	char rest[PATH_MAX];
	const struct aie_preload_node *node;
	const char *at = rest;
	unsigned hops = 0;
	bool moved;
	int fd;

	result->directory = directory;
	result->path = path;
	result->node = NULL;
	if (!path || !*path || !aie_preload_started() || node_count == 1)
		return AIE_PRELOAD_OTHER;
	fd = follow ? aie_preload_fd_of_path(path) : -1;
	if (fd >= 0 && (result->node = aie_preload_fd_node(fd)))
		return AIE_PRELOAD_OURS;
	node = walk_start(directory, path, rest, &moved);
	if (!node)
		return AIE_PRELOAD_OTHER;
	for (;;) {
		const struct aie_preload_node *child;
		size_t length;

		at += strspn(at, "/");
		length = strcspn(at, "/");
		if (!length)
			break;
		if (node->kind != AIE_PRELOAD_DIRECTORY)
			return nowhere(ENOTDIR);
		if (length == 1 && *at == '.') {
			at++;
			continue;
		}
		if (length == 2 && at[0] == '.' && at[1] == '.') {
			at += 2;
			node = node->parent ? node->parent : node;
			continue;
		}
		child = aie_preload_child(node, at, length);
		if (!child)
			return leave(node, at, moved, result);
		at += length;
		if (child->kind == AIE_PRELOAD_LINK && (follow || *at)) {
			if (++hops > LINK_HOPS)
				return nowhere(ELOOP);
			if (!put_before(rest, at, child->text))
				return nowhere(ENAMETOOLONG);
			at = rest;
			moved = true;
			continue;
		}
		node = child;
	}
	if (at > rest && at[-1] == '/' && node->kind != AIE_PRELOAD_DIRECTORY)
		return nowhere(ENOTDIR);
	result->node = node;
	return AIE_PRELOAD_OURS;
}

/* ---- what a node is ------------------------------------------------------------------------- */

void aie_preload_node_stat(const struct aie_preload_node *node, struct stat *status)
{
	static const mode_t modes[] = {
		[AIE_PRELOAD_DIRECTORY] = S_IFDIR | 0755,
		[AIE_PRELOAD_FILE] = S_IFREG | 0444,
		[AIE_PRELOAD_LINK] = S_IFLNK | 0777,
		[AIE_PRELOAD_DEVICE] = S_IFCHR | 0666, /* everybody may use the model */
	};
	const struct aie_preload_node *top = node;

	while (top->parent && top->parent->parent)
		top = top->parent;
	*status = strcmp(top->name, "dev") == 0 ? dev_status : sys_status;
	status->st_ino = FIRST_INODE + (ino_t)(node - nodes);
	status->st_mode = modes[node->kind];
	status->st_nlink = node->kind == AIE_PRELOAD_DIRECTORY ? 2 : 1;
	status->st_uid = 0;
	status->st_gid = 0;
	status->st_rdev = node->kind == AIE_PRELOAD_DEVICE ? makedev(AIE_PRELOAD_ACCEL_MAJOR, accel_number) : 0;
	status->st_size = node->kind == AIE_PRELOAD_FILE ? SYSFS_FILE_BYTES : 0;
	status->st_blocks = 0;
}

bool aie_preload_is_complete(const struct aie_preload_node *directory)
{
	for (const struct aie_preload_node *child = directory->child; child; child = child->sibling) {
		char path[PATH_MAX];

		if (!really_exists(aie_preload_node_path(child, path)))
			return false;
	}
	return true;
}

/* The paths that appear: the node, and the sysfs entries by which programs find and identify it.
 *
 * A small tree of constant nodes laid over the real file system.  A directory of it is "overlaid": what the machine
 * really has there stays visible beside ours, and is asked first.  Files, links and the device node are ours alone; the
 * number of the node and the PCI address are chosen so that nothing real is hidden.
 */
#ifndef AIE_SIM_DRM_PRELOAD_TREE_H
#define AIE_SIM_DRM_PRELOAD_TREE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

enum aie_preload_kind { AIE_PRELOAD_DIRECTORY, AIE_PRELOAD_FILE, AIE_PRELOAD_LINK, AIE_PRELOAD_DEVICE };

struct aie_preload_node {
	const char *name;
	enum aie_preload_kind kind;
	const char *text; /* contents of a file (NULL: aie_preload_firmware_version), target of a link */
	struct aie_preload_node *parent, *child, *sibling;
};

enum { AIE_PRELOAD_ACCEL_MAJOR = 261 };

/* From the environment: AIETWIN_ACCEL (number of the node), AIETWIN_DEVICE (whose identity to show). */
void aie_preload_tree_build(void);
unsigned aie_preload_accel_number(void);

enum aie_preload_place {
	AIE_PRELOAD_OTHER,  /* not ours: go on with `directory` and `path` */
	AIE_PRELOAD_OURS,   /* `node` */
	AIE_PRELOAD_NOWHERE /* errno is set */
};

struct aie_preload_path {
	const struct aie_preload_node *node;
	/* Where a call that is not ours must go: as given, or elsewhere when one of our links led out of the tree. */
	int directory;
	const char *path;
	char real[PATH_MAX];
};

/* Where `path` leads from `directory`; `follow`: also through a link at its end. */
enum aie_preload_place aie_preload_resolve(int directory, const char *path, bool follow,
                                           struct aie_preload_path *result);
/* The descriptor number N of a path /proc/self/fd/N, /proc/PID/fd/N of this process or /dev/fd/N; -1 otherwise. */
int aie_preload_fd_of_path(const char *path);

/* "" and not NULL: the path of AT_EMPTY_PATH.  (In a wrapper itself the compiler takes NULL to be impossible.) */
bool aie_preload_is_empty(const char *path);

/* Absolute path of a node; returns `path`. */
const char *aie_preload_node_path(const struct aie_preload_node *node, char path[PATH_MAX]);
const struct aie_preload_node *aie_preload_child(const struct aie_preload_node *node, const char *name, size_t length);
/* What lstat() says of the node; directories as if nothing real were below them. */
void aie_preload_node_stat(const struct aie_preload_node *node, struct stat *status);
/* Every child of the directory really exists too: nothing to add to a listing. */
bool aie_preload_is_complete(const struct aie_preload_node *directory);

#endif

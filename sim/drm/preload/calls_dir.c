/* Wrapped calls that list directories.
 *
 * A directory to which something of ours is added is read completely when it is opened: first what is really there,
 * then our names that are not.  All other directories are the library's.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/drm/preload/fds.h"
#include "sim/drm/preload/next.h"
#include "sim/drm/preload/tree.h"
#include "sim/drm/preload/wrappers.h"

_Static_assert(sizeof(struct dirent) == sizeof(struct dirent64),
               "one structure by two names, as on every 64-bit system");

struct stream {
	struct stream *next;
	const struct aie_preload_node *node;
	int fd;
	struct dirent *entry;
	size_t count, capacity, at;
};

/* Programs hold streams as DIR *; which of them are ours is only known from this list. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct stream *streams;
static atomic_uint stream_count;

static struct stream *find_stream(DIR *directory)
{
	struct stream *stream;

	if (!atomic_load_explicit(&stream_count, memory_order_acquire))
		return NULL;
	pthread_mutex_lock(&lock);
	stream = streams;
	while (stream && (void *)stream != (void *)directory)
		stream = stream->next;
	pthread_mutex_unlock(&lock);
	return stream;
}

static bool add_entry(struct stream *stream, const char *name, ino_t inode, unsigned char type)
{
	struct dirent *entry;
	size_t length = strlen(name);

	if (stream->count == stream->capacity) {
		size_t capacity = stream->capacity ? stream->capacity * 2 : 32;
		struct dirent *grown = realloc(stream->entry, capacity * sizeof *grown);

		if (!grown)
			return false;
		stream->entry = grown;
		stream->capacity = capacity;
	}
	entry = &stream->entry[stream->count++];
	memset(entry, 0, sizeof *entry);
	entry->d_ino = inode;
	entry->d_off = (off_t)stream->count;
	entry->d_reclen = sizeof *entry;
	entry->d_type = type;
	memcpy(entry->d_name, name, length < sizeof entry->d_name ? length + 1 : 0);
	return true;
}

static bool has_entry(const struct stream *stream, const char *name)
{
	for (size_t i = 0; i < stream->count; i++)
		if (!strcmp(stream->entry[i].d_name, name))
			return true;
	return false;
}

static bool add_real(struct stream *stream)
{
	char path[PATH_MAX];
	struct dirent *entry;
	bool good = true;
	DIR *real = aie_next.opendir(aie_preload_node_path(stream->node, path));

	if (!real)
		return errno == ENOENT;
	while (good && (entry = aie_next.readdir(real)))
		good = add_entry(stream, entry->d_name, entry->d_ino, entry->d_type);
	aie_next.closedir(real);
	return good;
}

static bool fill(struct stream *stream)
{
	static const unsigned char types[] = {
		[AIE_PRELOAD_DIRECTORY] = DT_DIR,
		[AIE_PRELOAD_FILE] = DT_REG,
		[AIE_PRELOAD_LINK] = DT_LNK,
		[AIE_PRELOAD_DEVICE] = DT_CHR,
	};
	static const char *const dots[] = { ".", ".." };
	struct stat status;

	stream->count = stream->at = 0;
	if (!add_real(stream))
		return false;
	for (unsigned i = 0; i < 2; i++) {
		aie_preload_node_stat(i && stream->node->parent ? stream->node->parent : stream->node, &status);
		if (!has_entry(stream, dots[i]) && !add_entry(stream, dots[i], status.st_ino, DT_DIR))
			return false;
	}
	for (const struct aie_preload_node *child = stream->node->child; child; child = child->sibling) {
		aie_preload_node_stat(child, &status);
		if (!has_entry(stream, child->name) &&
		    !add_entry(stream, child->name, status.st_ino, types[child->kind]))
			return false;
	}
	return true;
}

static void free_stream(struct stream *stream)
{
	free(stream->entry);
	free(stream);
}

/* Takes the descriptor over when it succeeds. */
static DIR *open_stream(const struct aie_preload_node *node, int fd)
{
	struct stream *stream = calloc(1, sizeof *stream);
	int number;

	if (!stream)
		return NULL;
	stream->node = node;
	stream->fd = fd;
	if (!fill(stream)) {
		number = errno;
		free_stream(stream);
		errno = number;
		return NULL;
	}
	pthread_mutex_lock(&lock);
	stream->next = streams;
	streams = stream;
	atomic_fetch_add(&stream_count, 1);
	pthread_mutex_unlock(&lock);
	return (DIR *)stream;
}

/* ---- streams -------------------------------------------------------------------------------- */

static void *missing(void)
{
	errno = ENOSYS;
	return NULL;
}

DIR *opendir(const char *path)
{
	struct aie_preload_path place;
	int fd, number;
	DIR *result;

	switch (aie_preload_resolve(AT_FDCWD, path, true, &place)) {
	case AIE_PRELOAD_NOWHERE:
		return NULL;
	case AIE_PRELOAD_OURS:
		if (place.node->kind == AIE_PRELOAD_DIRECTORY && aie_preload_is_complete(place.node))
			break;
		fd = aie_preload_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK, 0);
		if (fd < 0)
			return NULL;
		result = open_stream(place.node, fd);
		if (!result) {
			number = errno;
			aie_preload_fd_close(fd);
			errno = number;
		}
		return result;
	default:
		break;
	}
	return aie_next.opendir ? aie_next.opendir(place.path) : missing();
}

DIR *fdopendir(int fd)
{
	const struct aie_preload_node *node = aie_preload_fd_suspected(fd) ? aie_preload_fd_directory(fd) : NULL;

	if (node && !aie_preload_is_complete(node))
		return open_stream(node, fd);
	return aie_next.fdopendir ? aie_next.fdopendir(fd) : missing();
}

struct dirent *readdir(DIR *directory)
{
	struct stream *stream = find_stream(directory);

	if (!stream)
		return aie_next.readdir(directory);
	return stream->at < stream->count ? &stream->entry[stream->at++] : NULL;
}

struct dirent64 *readdir64(DIR *directory)
{
	return (struct dirent64 *)(void *)readdir(directory);
}

static int read_into(DIR *directory, struct dirent *entry, struct dirent **result)
{
	struct stream *stream = find_stream(directory);

	if (!stream)
		return aie_next.readdir_r(directory, entry, result);
	*result = NULL;
	if (stream->at < stream->count) {
		*entry = stream->entry[stream->at++];
		*result = entry;
	}
	return 0;
}

int readdir_r(DIR *directory, struct dirent *entry, struct dirent **result)
{
	return read_into(directory, entry, result);
}

int readdir64_r(DIR *directory, struct dirent64 *entry, struct dirent64 **result)
{
	return read_into(directory, (struct dirent *)(void *)entry, (struct dirent **)(void *)result);
}

int closedir(DIR *directory)
{
	struct stream *stream = find_stream(directory);
	int fd;

	if (!stream)
		return aie_next.closedir(directory);
	fd = stream->fd;
	pthread_mutex_lock(&lock);
	for (struct stream **link = &streams; *link; link = &(*link)->next) {
		if (*link != stream)
			continue;
		*link = stream->next;
		break;
	}
	atomic_fetch_sub(&stream_count, 1);
	pthread_mutex_unlock(&lock);
	free_stream(stream);
	return aie_preload_fd_close(fd);
}

void rewinddir(DIR *directory)
{
	struct stream *stream = find_stream(directory);

	if (!stream)
		aie_next.rewinddir(directory);
	else if (!fill(stream))
		stream->count = stream->at = 0;
}

long telldir(DIR *directory)
{
	struct stream *stream = find_stream(directory);

	return stream ? (long)stream->at : aie_next.telldir(directory);
}

void seekdir(DIR *directory, long position)
{
	struct stream *stream = find_stream(directory);

	if (!stream)
		aie_next.seekdir(directory, position);
	else
		stream->at = position >= 0 && (size_t)position < stream->count ? (size_t)position : stream->count;
}

int dirfd(DIR *directory)
{
	struct stream *stream = find_stream(directory);

	return stream ? stream->fd : aie_next.dirfd(directory);
}

/* ---- whole directories ---------------------------------------------------------------------- */

typedef int compare_entries(const struct dirent **, const struct dirent **);

static void free_list(struct dirent **list, size_t count)
{
	while (count)
		free(list[--count]);
	free(list);
}

static int scan_node(const struct aie_preload_node *node, struct dirent ***result, int (*filter)(const struct dirent *),
                     compare_entries *compare)
{
	struct stream stream = { .node = node };
	struct dirent **list = NULL;
	size_t count = 0;
	bool good = fill(&stream);

	if (good) {
		list = calloc(stream.count, sizeof(struct dirent *));
		good = list != NULL;
	}
	for (size_t i = 0; good && i < stream.count; i++) {
		if (filter && !filter(&stream.entry[i]))
			continue;
		list[count] = malloc(sizeof(struct dirent));
		good = list[count] != NULL;
		if (good)
			*list[count++] = stream.entry[i];
	}
	free(stream.entry);
	if (!good) {
		int number = errno;

		free_list(list, count);
		errno = number;
		return -1;
	}
	if (compare && count)
		qsort(list, count, sizeof *list, (int (*)(const void *, const void *))(void *)compare);
	*result = list;
	return (int)count;
}

int scandirat(int directory, const char *path, struct dirent ***list, int (*filter)(const struct dirent *),
              compare_entries *compare)
{
	struct aie_preload_path place;

	switch (aie_preload_resolve(directory, path, true, &place)) {
	case AIE_PRELOAD_NOWHERE:
		return -1;
	case AIE_PRELOAD_OURS:
		if (place.node->kind == AIE_PRELOAD_DIRECTORY)
			return scan_node(place.node, list, filter, compare);
		errno = ENOTDIR;
		return -1;
	default:
		if (aie_next.scandirat)
			return aie_next.scandirat(place.directory, place.path, list, filter, compare);
		errno = ENOSYS;
		return -1;
	}
}

int scandir(const char *path, struct dirent ***list, int (*filter)(const struct dirent *), compare_entries *compare)
{
	return scandirat(AT_FDCWD, path, list, filter, compare);
}

typedef int filter_entry64(const struct dirent64 *);
typedef int compare_entries64(const struct dirent64 **, const struct dirent64 **);

int scandirat64(int directory, const char *path, struct dirent64 ***list, filter_entry64 *filter,
                compare_entries64 *compare)
{
	return scandirat(directory, path, (struct dirent ***)(void *)list,
	                 (int (*)(const struct dirent *))(void *)filter, (compare_entries *)(void *)compare);
}

int scandir64(const char *path, struct dirent64 ***list, filter_entry64 *filter, compare_entries64 *compare)
{
	return scandirat64(AT_FDCWD, path, list, filter, compare);
}

/* ---- patterns: the library's own, looking through our eyes ---------------------------------- */

static void *glob_open(const char *path)
{
	return opendir(path);
}

static struct dirent *glob_read(void *stream)
{
	return readdir(stream);
}

static void glob_close(void *stream)
{
	closedir(stream);
}

static int glob_stat(const char *path, struct stat *status)
{
	return aie_preload_statat(AT_FDCWD, path, status, 0);
}

static int glob_lstat(const char *path, struct stat *status)
{
	return aie_preload_statat(AT_FDCWD, path, status, AT_SYMLINK_NOFOLLOW);
}

int glob(const char *pattern, int flags, int (*failed)(const char *, int), glob_t *result)
{
	if (!aie_next.glob)
		return GLOB_NOMATCH;
	if (aie_preload_started() && !(flags & GLOB_ALTDIRFUNC) &&
	    (!strncmp(pattern, "/dev/", 5) || !strncmp(pattern, "/sys/", 5))) {
		result->gl_opendir = glob_open;
		result->gl_readdir = glob_read;
		result->gl_closedir = glob_close;
		result->gl_stat = glob_stat;
		result->gl_lstat = glob_lstat;
		flags |= GLOB_ALTDIRFUNC;
	}
	return aie_next.glob(pattern, flags, failed, result);
}

int glob64(const char *pattern, int flags, int (*failed)(const char *, int), glob64_t *result)
{
	return glob(pattern, flags, failed, (glob_t *)(void *)result);
}

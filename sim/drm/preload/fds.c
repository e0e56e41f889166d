/* Descriptor records and mappings. */
#define _GNU_SOURCE
#include "sim/drm/preload/fds.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "sim/drm/drm.h"
#include "sim/drm/preload/device.h"
#include "sim/drm/preload/next.h"
#include "sim/drm/preload/tree.h"

/* Two levels: descriptors up to a million, memory only where some are ours. */
enum { BLOCK_FDS = 1024, BLOCKS = 1024 };
struct block {
	struct aie_preload_open *_Atomic slot[BLOCK_FDS];
};
static struct block *_Atomic blocks[BLOCKS];

struct mapping {
	uintptr_t start, end;
	struct aie_preload_open *open;
};
static struct mapping *mappings; /* rising, never overlapping */
static size_t mapping_count, mapping_capacity;
static atomic_uintptr_t mapped_low = UINTPTR_MAX, mapped_high; /* bounds of all there ever were */

/* Guards records, counts and mappings; held for a few instructions, never across a call of the model. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_int owner; /* pid */
static struct aie_preload_open *free_records;

/* ---- fork ----------------------------------------------------------------------------------- */

static void before_fork(void)
{
	pthread_mutex_lock(&lock);
}

static void after_fork_parent(void)
{
	pthread_mutex_unlock(&lock);
}

/* The child has the descriptors and the memory, but not the model's thread nor the state of its locks: its copies of
 * the device answer ENODEV, and opening the node again gives it a model of its own. */
static void after_fork_child(void)
{
	for (unsigned i = 0; i < BLOCKS; i++) {
		struct block *block = atomic_load_explicit(&blocks[i], memory_order_relaxed);

		for (unsigned j = 0; block && j < BLOCK_FDS; j++) {
			struct aie_preload_open *open = atomic_load_explicit(&block->slot[j], memory_order_relaxed);

			if (open)
				open->file = NULL;
		}
	}
	mapping_count = 0;
	atomic_store(&owner, getpid());
	pthread_mutex_unlock(&lock);
	aie_preload_device_forked();
}

void aie_preload_fds_start(void)
{
	atomic_store(&owner, getpid());
	pthread_atfork(before_fork, after_fork_parent, after_fork_child);
}

bool aie_preload_here(void)
{
	return atomic_load_explicit(&owner, memory_order_relaxed) == getpid();
}

/* ---- records -------------------------------------------------------------------------------- */

static struct aie_preload_open *_Atomic *find_slot(int fd)
{
	struct block *block;

	if (fd < 0 || fd >= BLOCKS * BLOCK_FDS)
		return NULL;
	block = atomic_load_explicit(&blocks[fd / BLOCK_FDS], memory_order_acquire);
	return block ? &block->slot[fd % BLOCK_FDS] : NULL;
}

/* Lock held. */
static struct aie_preload_open *_Atomic *make_slot(int fd)
{
	struct block *block;

	if (fd < 0 || fd >= BLOCKS * BLOCK_FDS) {
		errno = EMFILE;
		return NULL;
	}
	if (!atomic_load_explicit(&blocks[fd / BLOCK_FDS], memory_order_relaxed)) {
		block = aie_own_mmap(NULL, sizeof *block, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (block == MAP_FAILED)
			return NULL;
		atomic_store_explicit(&blocks[fd / BLOCK_FDS], block, memory_order_release);
	}
	return find_slot(fd);
}

bool aie_preload_fd_suspected(int fd)
{
	struct aie_preload_open *_Atomic *slot = find_slot(fd);

	return slot && atomic_load_explicit(slot, memory_order_relaxed);
}

static bool is_still(const struct aie_preload_open *open, int fd)
{
	struct itimerspec timer;
	struct stat status;

	if (open->device)
		return !timerfd_gettime(fd, &timer) && timer.it_interval.tv_sec == open->cookie_s &&
		       timer.it_interval.tv_nsec == open->cookie_ns;
	return !aie_next.fstat(fd, &status) && status.st_dev == open->dev && status.st_ino == open->ino;
}

/* Records come from pages of their own, not from the program's allocator: a descriptor it forgot to close is not to
 * show up as a leak of memory, and one may be closed where allocating is not allowed. */
static struct aie_preload_open *new_open(void)
{
	enum { PAGE_RECORDS = 64 };
	struct aie_preload_open *open, *page;

	pthread_mutex_lock(&lock);
	if (!free_records) {
		page = aie_own_mmap(NULL, PAGE_RECORDS * sizeof *page, PROT_READ | PROT_WRITE,
		                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		for (unsigned i = 0; page != MAP_FAILED && i < PAGE_RECORDS; i++) {
			page[i].next_free = free_records;
			free_records = &page[i];
		}
	}
	open = free_records;
	if (open)
		free_records = open->next_free;
	pthread_mutex_unlock(&lock);
	return open;
}

/* Lock held. */
static void free_open(struct aie_preload_open *open)
{
	open->next_free = free_records;
	free_records = open;
}

static void put_mapping(struct aie_preload_open *open)
{
	pthread_mutex_lock(&lock);
	if (--open->mappings == 0 && !open->users)
		free_open(open);
	pthread_mutex_unlock(&lock);
}

void aie_preload_open_put(struct aie_preload_open *open)
{
	struct aie_drm_file *file = NULL;
	bool last;

	pthread_mutex_lock(&lock);
	last = --open->users == 0;
	if (last) {
		file = open->file;
		open->file = NULL;
		open->mappings++; /* keeps the record until the file is closed */
	}
	pthread_mutex_unlock(&lock);
	if (file)
		aie_preload_device_closed(file);
	if (last)
		put_mapping(open);
}

/* Take the record away if it is still `expected`; the caller gets its reference. */
static bool take(int fd, struct aie_preload_open *expected)
{
	struct aie_preload_open *_Atomic *slot = find_slot(fd);
	bool taken;

	pthread_mutex_lock(&lock);
	taken = atomic_load_explicit(slot, memory_order_relaxed) == expected;
	if (taken)
		atomic_store_explicit(slot, NULL, memory_order_relaxed);
	pthread_mutex_unlock(&lock);
	return taken;
}

struct aie_preload_open *aie_preload_fd_get(int fd)
{
	struct aie_preload_open *open;
	int number = errno;

	if (!aie_preload_fd_suspected(fd) || !aie_preload_here())
		return NULL;
	pthread_mutex_lock(&lock);
	open = atomic_load_explicit(find_slot(fd), memory_order_relaxed);
	if (open)
		open->users++;
	pthread_mutex_unlock(&lock);
	if (open && !is_still(open, fd)) {
		if (take(fd, open))
			aie_preload_open_put(open);
		aie_preload_open_put(open);
		open = NULL;
	}
	errno = number;
	return open;
}

/* Put a counted record into its place; what was there before has been closed without our seeing it. */
static int install(int fd, struct aie_preload_open *open)
{
	struct aie_preload_open *_Atomic *slot;
	struct aie_preload_open *before = NULL;

	pthread_mutex_lock(&lock);
	slot = make_slot(fd);
	if (slot)
		before = atomic_exchange_explicit(slot, open, memory_order_release);
	pthread_mutex_unlock(&lock);
	if (before)
		aie_preload_open_put(before);
	return slot ? 0 : -1;
}

int aie_preload_fd_create(int flags)
{
	return timerfd_create(CLOCK_MONOTONIC,
	                      (flags & O_CLOEXEC ? TFD_CLOEXEC : 0) | (flags & O_NONBLOCK ? TFD_NONBLOCK : 0));
}

static int add(int fd, const struct aie_preload_open *form)
{
	struct aie_preload_open *open = new_open();

	if (!open) {
		errno = ENOMEM;
		return -1;
	}
	*open = *form; /* counts included */
	open->users = 1;
	if (!install(fd, open))
		return 0;
	pthread_mutex_lock(&lock);
	free_open(open); /* the file stays the caller's */
	pthread_mutex_unlock(&lock);
	return -1;
}

int aie_preload_fd_add_device(int fd, const struct aie_preload_node *node, struct aie_drm_file *file, int access)
{
	enum { NEVER_S = 1 << 30, COUNTED = 1000000000 }; /* 34 years from now */
	static atomic_uint serial;
	unsigned number = atomic_fetch_add(&serial, 1) + 1;
	/* With a part that differs from process to process, for timers handed from one to another. */
	const struct itimerspec timer = {
		.it_value = { .tv_sec = NEVER_S },
		.it_interval = { .tv_sec = NEVER_S + (time_t)getpid(), .tv_nsec = (long)(number % COUNTED) },
	};
	const struct aie_preload_open form = {
		.node = node,
		.device = true,
		.file = file,
		.access = access,
		.cookie_s = timer.it_interval.tv_sec,
		.cookie_ns = timer.it_interval.tv_nsec,
	};

	if (timerfd_settime(fd, 0, &timer, NULL))
		return -1;
	return add(fd, &form);
}

int aie_preload_fd_add_node(int fd, const struct aie_preload_node *node)
{
	struct aie_preload_open form = { .node = node };
	struct stat status;

	if (aie_next.fstat(fd, &status))
		return -1;
	form.dev = status.st_dev;
	form.ino = status.st_ino;
	return add(fd, &form);
}

int aie_preload_fd_close(int fd)
{
	struct aie_preload_open *open = aie_preload_fd_get(fd);
	int result, number;
	bool taken;

	if (!open)
		return aie_next.close(fd);
	/* First the record, then the descriptor: the number may be given out again at once. */
	taken = take(fd, open);
	result = aie_next.close(fd);
	number = errno;
	if (open->device && taken)
		aie_preload_device_log_close(fd);
	if (taken)
		aie_preload_open_put(open);
	aie_preload_open_put(open);
	errno = number;
	return result;
}

int aie_preload_fd_adopt(int from, int to)
{
	struct aie_preload_open *open = to >= 0 ? aie_preload_fd_get(from) : NULL;

	if (open && install(to, open)) { /* no room for the record: then there is no duplicate either */
		aie_next.close(to);
		aie_preload_open_put(open);
		errno = EMFILE;
		return -1;
	}
	return to;
}

int aie_preload_fd_dup2(int from, int to, int flags, bool third)
{
	struct aie_preload_open *open = NULL, *before = NULL;
	int result;

	if (from != to) {
		open = aie_preload_fd_get(from);
		before = aie_preload_fd_get(to);
	}
	result = third ? aie_next.dup3(from, to, flags) : aie_next.dup2(from, to);
	if (result >= 0 && before && take(to, before))
		aie_preload_open_put(before);
	if (result >= 0 && open) {
		result = aie_preload_fd_adopt(from, to);
	}
	if (open)
		aie_preload_open_put(open);
	if (before)
		aie_preload_open_put(before);
	return result;
}

int aie_preload_fd_close_range(unsigned first, unsigned last, int flags)
{
	if (first > last || flags & (int)CLOSE_RANGE_CLOEXEC)
		return aie_next.close_range(first, last, flags);
	for (unsigned block = first / BLOCK_FDS; block < BLOCKS && block <= last / BLOCK_FDS; block++) {
		if (!atomic_load_explicit(&blocks[block], memory_order_acquire))
			continue;
		for (unsigned i = 0; i < BLOCK_FDS; i++) {
			unsigned fd = block * BLOCK_FDS + i;

			if (fd >= first && fd <= last && aie_preload_fd_suspected((int)fd))
				aie_preload_fd_close((int)fd);
		}
	}
	return aie_next.close_range(first, last, flags);
}

const struct aie_preload_node *aie_preload_fd_node(int fd)
{
	struct aie_preload_open *open = aie_preload_fd_get(fd);
	const struct aie_preload_node *node;

	if (!open)
		return NULL;
	node = open->node;
	aie_preload_open_put(open);
	return node;
}

const struct aie_preload_node *aie_preload_fd_directory(int fd)
{
	const struct aie_preload_node *node = aie_preload_fd_node(fd);

	return node && node->kind == AIE_PRELOAD_DIRECTORY ? node : NULL;
}

/* ---- mappings ------------------------------------------------------------------------------- */

/* First mapping that ends behind `address`. */
static size_t find_mapping(uintptr_t address)
{
	size_t low = 0, high = mapping_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (mappings[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Lock held, so not from the allocator: one that maps memory through our wrappers would come back here. */
static bool reserve(size_t count)
{
	size_t capacity = mapping_capacity ? mapping_capacity : 256;
	struct mapping *grown;

	while (capacity < count)
		capacity *= 2;
	if (capacity == mapping_capacity)
		return true;
	grown = aie_own_mmap(NULL, capacity * sizeof *grown, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
	                     0);
	if (grown == MAP_FAILED)
		return false;
	if (mappings) {
		memcpy(grown, mappings, mapping_count * sizeof *grown);
		aie_next.munmap(mappings, mapping_capacity * sizeof *mappings);
	}
	mappings = grown;
	mapping_capacity = capacity;
	return true;
}

static void insert(size_t at, struct mapping mapping)
{
	memmove(mappings + at + 1, mappings + at, (mapping_count - at) * sizeof *mappings);
	mappings[at] = mapping;
	mapping_count++;
}

int aie_preload_map_add(struct aie_preload_open *open, uintptr_t start, uintptr_t end)
{
	pthread_mutex_lock(&lock);
	if (!reserve(mapping_count + 1)) {
		pthread_mutex_unlock(&lock);
		return -1;
	}
	open->mappings++;
	insert(find_mapping(start), (struct mapping){ start, end, open });
	if (start < atomic_load(&mapped_low))
		atomic_store(&mapped_low, start);
	if (end > atomic_load(&mapped_high))
		atomic_store(&mapped_high, end);
	pthread_mutex_unlock(&lock);
	return 0;
}

bool aie_preload_map_touched(uintptr_t start, uintptr_t end)
{
	bool touched = false;

	if (end <= atomic_load_explicit(&mapped_low, memory_order_relaxed) ||
	    start >= atomic_load_explicit(&mapped_high, memory_order_relaxed) || !aie_preload_here())
		return false;
	pthread_mutex_lock(&lock);
	if (mapping_count) {
		size_t at = find_mapping(start);

		touched = at < mapping_count && mappings[at].start < end;
	}
	pthread_mutex_unlock(&lock);
	return touched;
}

struct piece {
	uintptr_t end;
	struct aie_preload_open *open; /* with a mapping's reference for the caller; NULL: nothing of ours */
	bool used;                     /* and a user's, because its file is still open */
};

/* Cut the first stretch of [start, end) that belongs to one open file, or to none, out of the records. */
static struct piece cut(uintptr_t start, uintptr_t end)
{
	struct piece piece = { .end = end };
	struct mapping whole;
	size_t at;

	pthread_mutex_lock(&lock);
	at = find_mapping(start);
	if (at == mapping_count || mappings[at].start > start) {
		if (at < mapping_count && mappings[at].start < end)
			piece.end = mappings[at].start; /* nothing of ours up to there */
		pthread_mutex_unlock(&lock);
		return piece;
	}
	whole = mappings[at];
	if (whole.end < end)
		piece.end = whole.end;
	piece.open = whole.open;
	piece.open->mappings++;
	piece.used = piece.open->users > 0;
	piece.open->users += piece.used;
	if (whole.start < start && piece.end < whole.end) {
		/* Out of the middle: two remain.  Without memory for its record the upper part goes unrecorded; it
		 * stays valid. */
		mappings[at].end = start;
		if (reserve(mapping_count + 1)) {
			insert(at + 1, (struct mapping){ piece.end, whole.end, whole.open });
			whole.open->mappings++;
		}
	} else if (whole.start < start) {
		mappings[at].end = start;
	} else if (piece.end < whole.end) {
		mappings[at].start = piece.end;
	} else {
		mapping_count--;
		memmove(mappings + at, mappings + at + 1, (mapping_count - at) * sizeof *mappings);
		whole.open->mappings--;
	}
	pthread_mutex_unlock(&lock);
	return piece;
}

int aie_preload_map_remove(uintptr_t start, uintptr_t end)
{
	while (start < end) {
		struct piece piece = cut(start, end);
		size_t length = piece.end - start;
		int result, number;

		if (piece.used && piece.open->file) {
			result = aie_drm_file_munmap(piece.open->file, (void *)start, length);
			number = -result;
		} else {
			result = aie_next.munmap((void *)start, length);
			number = errno;
		}
		if (piece.used)
			aie_preload_open_put(piece.open);
		if (piece.open)
			put_mapping(piece.open);
		if (result) {
			errno = number;
			return -1;
		}
		start = piece.end;
	}
	return 0;
}

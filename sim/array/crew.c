#include "sim/array/crew.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim/array/internal.h"
#include "sim/array/pace.h"

/* Handing a cycle over and hearing that it is done can take as long as so many core steps (measured on a virtual
 * machine: 0.05 to 0.45 microseconds for two cache lines that change processors, depending on where its processors are;
 * 0.11 a step): AIE_PACE_LIGHTLY gives the caller's group as many cores more than the others.
 */
enum { HANDOVER_CORES = 4 };

/* Turns of a waiting loop until the processor is offered to others, and until a worker without work goes to sleep. */
enum { YIELD_AFTER = 1000, PARK_AFTER = 20000 };

/* A group that takes longer than YIELD_AFTER turns and so many for each active core was not running (measured: a step
 * takes about two). */
enum { CORE_TURNS = 16 };

/* What one thread writes and another reads in every cycle: the caller's `go` with the cycle beside it, and each group's
 * `done` with `news` beside it, have a cache line each, and nothing else that both touch is written without need; a
 * line that moves between processors costs about as much as a core's step. */

struct wake {
	uint32_t entity;
	uint64_t cycle;
};

struct group {
	struct aie_crew *crew;
	unsigned number;
	unsigned first, end; /* columns */
	uint64_t *finished;  /* by tile number: cores that need not be called in the next cycle */
	struct wake *wake;
	size_t wakes, room;
	bool faulted, no_memory;
	const struct aie_tile *fault_tile;
	struct aie_error fault;
	_Alignas(64) atomic_ulong done; /* the last cycle's number that it has done with */
	bool news;                      /* it has something to bring together */
};

struct aie_crew {
	struct aie_array *array;
	unsigned threads, started;
	pthread_t *thread;
	struct group *group;
	uint64_t *planned; /* the active cores for which the columns are parted */
	unsigned ahead;    /* cores that the caller's group has more than the others */
	unsigned patience; /* turns after which a group is late */
	bool worthwhile;
	unsigned long turn; /* the caller's copy of `go` */
	struct aie_pace pace;

	pthread_mutex_t lock;
	pthread_cond_t work;
	bool stop;
	_Alignas(64) atomic_ulong go; /* counts cycles that are handed out */
	uint64_t now;
	_Alignas(64) atomic_uint parked;
	atomic_bool called; /* somebody who is parked has been called and has not come yet */
};

_Thread_local bool aie_crew_inside;
static _Thread_local struct group *self;

/* ---- waiting ----------------------------------------------------------------------------------------------------- */

static void relax(unsigned *turns)
{
	if (++*turns % YIELD_AFTER == 0)
		sched_yield();
#if defined(__x86_64__) || defined(__i386__)
	else
		__builtin_ia32_pause();
#endif
}

/* How many turns it took. */
static unsigned wait_for(struct group *group, unsigned long turn)
{
	unsigned turns = 0;

	while (atomic_load_explicit(&group->done, memory_order_acquire) != turn)
		relax(&turns);
	return turns;
}

/* Sleep until a cycle is handed out after `seen`, somebody calls, or the end. */
static bool park(struct aie_crew *crew, unsigned long seen)
{
	bool stop;

	pthread_mutex_lock(&crew->lock);
	atomic_fetch_add(&crew->parked, 1);
	while (atomic_load(&crew->go) == seen && !crew->stop && !atomic_load(&crew->called))
		pthread_cond_wait(&crew->work, &crew->lock);
	if (atomic_fetch_sub(&crew->parked, 1) == 1)
		atomic_store(&crew->called, false);
	stop = crew->stop;
	pthread_mutex_unlock(&crew->lock);
	return !stop;
}

/* The next cycle that is handed out after `seen`; 0: the end. */
static unsigned long wait_for_work(struct aie_crew *crew, unsigned long seen)
{
	do {
		unsigned turns = 0;

		while (turns < PARK_AFTER) {
			unsigned long turn = atomic_load_explicit(&crew->go, memory_order_acquire);

			if (turn != seen)
				return turn;
			relax(&turns);
		}
	} while (park(crew, seen));
	return 0;
}

/* ---- a group's cycle --------------------------------------------------------------------------------------------- */

void aie_crew_before(const struct aie_array *array, unsigned column)
{
	(void)array;
	if (column >= self->first)
		return;
	for (unsigned i = 0; i < self->number; i++)
		(void)wait_for(&self->crew->group[i], atomic_load_explicit(&self->crew->go, memory_order_relaxed));
}

void aie_crew_wake(struct aie_array *array, uint32_t entity, uint64_t cycle)
{
	(void)array;
	if (self->wakes == self->room) {
		size_t room = self->room ? 2 * self->room : 64;
		struct wake *grown = realloc(self->wake, room * sizeof *grown);

		if (!grown) {
			self->news = self->no_memory = true;
			return;
		}
		self->wake = grown;
		self->room = room;
	}
	self->news = true;
	self->wake[self->wakes++] = (struct wake){ entity, cycle };
}

void aie_crew_fault(const struct aie_tile *tile, const struct aie_error *error)
{
	if (self->faulted)
		return;
	self->news = self->faulted = true;
	self->fault_tile = tile;
	self->fault = *error;
}

static void run_group(struct group *group)
{
	struct aie_array *array = group->crew->array;
	const uint64_t now = group->crew->now;
	unsigned from = group->first * array->rows, end = group->end * array->rows;

	/* The cores ask for the cycle; the caller has just written it. */
	__builtin_prefetch(&array->schedule);
	for (unsigned i = from / 64; i * 64 < end; i++) {
		uint64_t bits = array->core_active[i];

		if (i == from / 64)
			bits &= ~UINT64_C(0) << from % 64;
		if (end - i * 64 < 64)
			bits &= ~(~UINT64_C(0) << (end - i * 64));
		for (; bits; bits &= bits - 1) {
			unsigned number = i * 64 + (unsigned)__builtin_ctzll(bits);
			struct aie_tile *tile = &array->tile[number];

			/* Its western neighbour looks whether it sleeps when it gives it a cascade word. */
			if (group->number && tile->column == group->first &&
			    AIE_FIELD_GET(tile->core.accumulator, AIE_CORE_ACCUMULATOR_CONTROL_INPUT))
				aie_crew_before(array, tile->column - 1U);
			if (!aie_core_side_step(array, tile, now)) {
				group->finished[i] |= UINT64_C(1) << number % 64;
				group->news = true;
			}
		}
	}
}

static void *work(void *argument)
{
	struct group *group = argument;
	unsigned long turn = 0;

	self = group;
	aie_crew_inside = true;
	while ((turn = wait_for_work(group->crew, turn)) != 0) {
		run_group(group);
		atomic_store_explicit(&group->done, turn, memory_order_release);
	}
	return NULL;
}

/* ---- the caller -------------------------------------------------------------------------------------------------- */

/* How many cores the groups up to number g have, of `total`. */
static unsigned share(const struct aie_crew *crew, unsigned g, unsigned total)
{
	return total <= crew->ahead ? total : crew->ahead + (total - crew->ahead) * (g + 1) / crew->threads;
}

/* Part the columns so that all groups take about as long. */
static void plan(struct aie_crew *crew)
{
	const struct aie_array *array = crew->array;
	unsigned total = 0, seen = 0, column = 0, busy = 0;

	for (unsigned i = 0; i < array->core_words; i++) {
		crew->planned[i] = array->core_active[i];
		total += (unsigned)__builtin_popcountll(array->core_active[i]);
	}
	for (unsigned g = 0; g < crew->threads; g++) {
		struct group *group = &crew->group[g];
		unsigned before = seen;

		group->first = column;
		while (column < array->columns && (g == crew->threads - 1 || seen < share(crew, g, total))) {
			for (unsigned row = 0; row < array->rows; row++) {
				unsigned number = column * array->rows + row;

				seen += (unsigned)(array->core_active[number / 64] >> number % 64 & 1);
			}
			column++;
		}
		group->end = column;
		busy += seen > before;
	}
	crew->worthwhile = busy > 1;
	crew->patience = YIELD_AFTER + CORE_TURNS * total;
}

/* What the groups collected takes effect in their order. */
static void bring_together(struct aie_crew *crew)
{
	struct aie_array *array = crew->array;

	for (unsigned g = 0; g < crew->threads; g++) {
		struct group *group = &crew->group[g];

		if (!group->news)
			continue;
		group->news = false;
		for (size_t i = 0; i < group->wakes; i++)
			aie_array_wake(array, group->wake[i].entity, group->wake[i].cycle);
		group->wakes = 0;
		for (unsigned i = 0; i < array->core_words; i++) {
			array->core_active[i] &= ~group->finished[i];
			group->finished[i] = 0;
		}
		if (group->no_memory && !group->faulted) {
			group->faulted = true;
			group->fault_tile = &array->tile[0];
			aie_error_set(&group->fault, AIE_ERROR_MEMORY, "no memory to wake what waits");
		}
		if (group->faulted)
			aie_array_set_fault(array, group->fault_tile, &group->fault);
		group->faulted = group->no_memory = false;
	}
}

static void call(struct aie_crew *crew)
{
	if (atomic_load(&crew->called))
		return;
	pthread_mutex_lock(&crew->lock);
	if (atomic_load(&crew->parked)) {
		atomic_store(&crew->called, true);
		pthread_cond_broadcast(&crew->work);
	}
	pthread_mutex_unlock(&crew->lock);
}

/* All groups step their cores; true when one had to wait long for another. */
static bool step_together(struct aie_crew *crew, uint64_t now)
{
	bool late = false;

	crew->now = now;
	aie_crew_inside = true;
	self = &crew->group[0];
	atomic_store(&crew->go, ++crew->turn);
	if (atomic_load(&crew->parked))
		call(crew);
	run_group(self);
	atomic_store_explicit(&self->done, crew->turn, memory_order_release);
	for (unsigned g = 1; g < crew->threads; g++)
		late |= wait_for(&crew->group[g], crew->turn) >= crew->patience;
	aie_crew_inside = false;
	bring_together(crew);
	self = NULL;
	return late;
}

bool aie_crew_run_cores(struct aie_array *array, uint64_t now)
{
	struct aie_crew *crew = array->crew;
	enum aie_pace_step step;
	unsigned ahead;
	bool ready;

	if (array->events.active || array->bus_users || array->recorder)
		return false;
	if (memcmp(crew->planned, array->core_active, array->core_words * sizeof *crew->planned) != 0)
		plan(crew);
	if (!crew->worthwhile)
		return false;
	if (array->options.always_together) {
		step_together(crew, now);
		return true;
	}
	ready = atomic_load_explicit(&crew->parked, memory_order_relaxed) == 0;
	step = aie_pace_next(&crew->pace, now, ready);
	if (step == AIE_PACE_CALL)
		call(crew);
	if (step == AIE_PACE_CALL || step == AIE_PACE_ALONE)
		return false;
	ahead = step == AIE_PACE_LIGHTLY ? HANDOVER_CORES : 0;
	if (ahead != crew->ahead) {
		crew->ahead = ahead;
		plan(crew);
	}
	if (step_together(crew, now))
		aie_pace_late(&crew->pace);
	return true;
}

uint64_t aie_crew_cycles(const struct aie_array *array)
{
	return array->crew ? array->crew->turn : 0;
}

static uint64_t host_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

/* ---- making ------------------------------------------------------------------------------------------------------ */

int aie_crew_init(struct aie_array *array, struct aie_error *error)
{
	unsigned threads = array->options.threads;
	struct aie_crew *crew;

	if (threads > array->columns)
		threads = array->columns;
	if (threads < 2 || array->options.check)
		return 0;
	crew = array->crew = aligned_alloc(_Alignof(struct aie_crew), sizeof *crew);
	if (!crew)
		goto no_memory;
	memset(crew, 0, sizeof *crew);
	pthread_mutex_init(&crew->lock, NULL);
	pthread_cond_init(&crew->work, NULL);
	crew->array = array;
	crew->thread = calloc(threads, sizeof *crew->thread);
	crew->group = aligned_alloc(_Alignof(struct group), threads * sizeof *crew->group);
	crew->planned = calloc(array->core_words, sizeof *crew->planned);
	if (!crew->thread || !crew->group || !crew->planned)
		goto no_memory;
	memset(crew->group, 0, threads * sizeof *crew->group);
	crew->threads = threads;
	aie_pace_init(&crew->pace, host_clock);
	for (unsigned g = 0; g < threads; g++) {
		crew->group[g].crew = crew;
		crew->group[g].number = g;
		crew->group[g].finished = calloc(array->core_words, sizeof *crew->group[g].finished);
		if (!crew->group[g].finished)
			goto no_memory;
	}
	for (unsigned g = 1; g < threads; g++) {
		int status = pthread_create(&crew->thread[g], NULL, work, &crew->group[g]);

		if (status)
			return aie_error_set_errno(error, AIE_ERROR_DEVICE, status, "no thread for the array's cores");
		crew->started = g;
	}
	return 0;
no_memory:
	return aie_error_set(error, AIE_ERROR_MEMORY, "no memory for the array's threads");
}

void aie_crew_free(struct aie_array *array)
{
	struct aie_crew *crew = array->crew;

	if (!crew)
		return;
	pthread_mutex_lock(&crew->lock);
	crew->stop = true;
	pthread_cond_broadcast(&crew->work);
	pthread_mutex_unlock(&crew->lock);
	for (unsigned g = 1; g <= crew->started; g++)
		pthread_join(crew->thread[g], NULL);
	for (unsigned g = 0; g < crew->threads; g++) {
		free(crew->group[g].finished);
		free(crew->group[g].wake);
	}
	pthread_cond_destroy(&crew->work);
	pthread_mutex_destroy(&crew->lock);
	free(crew->thread);
	free(crew->group);
	free(crew->planned);
	free(crew);
}

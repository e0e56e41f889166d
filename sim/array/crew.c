#include "sim/array/crew.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "sim/array/internal.h"

/* Fewer active cores than this are stepped by one thread: handing over a cycle costs about as much as a core's step. */
enum { MIN_CORES = 4 };

/* Turns of a waiting loop until the processor is offered to others, and until a worker without work goes to sleep. */
enum { YIELD_AFTER = 1000, PARK_AFTER = 20000 };

/* A host that has no processor free for the others makes every cycle wait for its scheduler, for milliseconds: when
 * more than SAMPLE_LATE of SAMPLE_CYCLES did, the caller goes on alone for REST_CYCLES, and twice as long each time
 * that the next cycles are no better. */
enum { SAMPLE_CYCLES = 256, SAMPLE_LATE = 4, REST_CYCLES = 4000, REST_MOST = 1 << 24 };

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
};

struct aie_crew {
	struct aie_array *array;
	unsigned threads, started;
	pthread_t *thread;
	struct group *group;
	uint64_t *planned; /* the active cores for which the columns are parted */
	bool worthwhile;
	uint64_t now;
	unsigned long turn; /* the caller's copy of `go` */
	unsigned sampled, late, rest, next_rest;

	pthread_mutex_t lock;
	pthread_cond_t work;
	bool stop;
	_Alignas(64) atomic_ulong go; /* counts cycles that are handed out */
	atomic_uint parked;
};

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

/* True when it took long. */
static bool wait_for(struct group *group, unsigned long turn)
{
	unsigned turns = 0;

	while (atomic_load_explicit(&group->done, memory_order_acquire) != turn)
		relax(&turns);
	return turns >= YIELD_AFTER;
}

/* The next cycle that is handed out after `seen`; 0: the end. */
static unsigned long wait_for_work(struct aie_crew *crew, unsigned long seen)
{
	unsigned long turn;
	unsigned turns = 0;
	bool stop;

	while ((turn = atomic_load_explicit(&crew->go, memory_order_acquire)) == seen && turns < PARK_AFTER)
		relax(&turns);
	if (turn != seen)
		return turn;
	pthread_mutex_lock(&crew->lock);
	atomic_fetch_add(&crew->parked, 1);
	while ((turn = atomic_load(&crew->go)) == seen && !crew->stop)
		pthread_cond_wait(&crew->work, &crew->lock);
	atomic_fetch_sub(&crew->parked, 1);
	stop = crew->stop;
	pthread_mutex_unlock(&crew->lock);
	return stop ? 0 : turn;
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
			self->no_memory = true;
			return;
		}
		self->wake = grown;
		self->room = room;
	}
	self->wake[self->wakes++] = (struct wake){ entity, cycle };
}

void aie_crew_fault(const struct aie_tile *tile, const struct aie_error *error)
{
	if (self->faulted)
		return;
	self->faulted = true;
	self->fault_tile = tile;
	self->fault = *error;
}

static void run_group(struct group *group)
{
	struct aie_array *array = group->crew->array;
	unsigned from = group->first * array->rows, end = group->end * array->rows;

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
			if (!aie_core_side_step(array, tile, group->crew->now))
				group->finished[i] |= UINT64_C(1) << number % 64;
		}
	}
}

static void *work(void *argument)
{
	struct group *group = argument;
	unsigned long turn = 0;

	self = group;
	while ((turn = wait_for_work(group->crew, turn)) != 0) {
		run_group(group);
		atomic_store_explicit(&group->done, turn, memory_order_release);
	}
	return NULL;
}

/* ---- the caller -------------------------------------------------------------------------------------------------- */

/* Part the columns so that each group has about as many active cores. */
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
		while (column < array->columns && (g == crew->threads - 1 || seen < total * (g + 1) / crew->threads)) {
			for (unsigned row = 0; row < array->rows; row++) {
				unsigned number = column * array->rows + row;

				seen += (unsigned)(array->core_active[number / 64] >> number % 64 & 1);
			}
			column++;
		}
		group->end = column;
		busy += seen > before;
	}
	crew->worthwhile = total >= MIN_CORES && busy > 1;
}

/* What the groups collected takes effect in their order. */
static void bring_together(struct aie_crew *crew)
{
	struct aie_array *array = crew->array;

	for (unsigned g = 0; g < crew->threads; g++) {
		struct group *group = &crew->group[g];

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

bool aie_crew_run_cores(struct aie_array *array, uint64_t now)
{
	struct aie_crew *crew = array->crew;
	bool late = false;

	if (array->events.active || array->bus_users || array->recorder)
		return false;
	if (memcmp(crew->planned, array->core_active, array->core_words * sizeof *crew->planned) != 0)
		plan(crew);
	if (!crew->worthwhile || (crew->rest && crew->rest--))
		return false;
	crew->now = now;
	array->crew_running = true;
	self = &crew->group[0];
	atomic_store(&crew->go, ++crew->turn);
	if (atomic_load(&crew->parked)) {
		pthread_mutex_lock(&crew->lock);
		pthread_cond_broadcast(&crew->work);
		pthread_mutex_unlock(&crew->lock);
	}
	run_group(self);
	atomic_store_explicit(&self->done, crew->turn, memory_order_release);
	for (unsigned g = 1; g < crew->threads; g++)
		late |= wait_for(&crew->group[g], crew->turn);
	crew->late += late;
	crew->sampled++;
	if (crew->late > SAMPLE_LATE) {
		crew->rest = crew->next_rest;
		if (crew->next_rest < REST_MOST)
			crew->next_rest *= 2;
		crew->sampled = crew->late = 0;
	} else if (crew->sampled == SAMPLE_CYCLES) {
		crew->next_rest = REST_CYCLES;
		crew->sampled = crew->late = 0;
	}
	array->crew_running = false;
	bring_together(crew);
	self = NULL;
	return true;
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
	crew->next_rest = REST_CYCLES;
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

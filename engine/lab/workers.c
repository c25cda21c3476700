/* Worker threads: run one function on many items, each item on exactly one
 * thread. The caller works too. Which thread takes which item never matters to
 * the result. */
#include "engine/lab/lab_priv.h"

#include <pthread.h>

#define MAX_WORKERS 256u

struct workers {
	unsigned count; /* threads beside the caller */
	pthread_t thread[MAX_WORKERS];
	pthread_mutex_t lock;
	pthread_cond_t start, done;
	uint64_t round; /* changes with each call */
	bool quit;
	unsigned busy; /* threads still in this round */
	void (*fn)(void *item);
	void **items;
	unsigned total;
	unsigned next; /* atomic */
};

static void take_items(struct workers *w)
{
	unsigned n;

	while ((n = __atomic_fetch_add(&w->next, 1, __ATOMIC_RELAXED)) < w->total)
		w->fn(w->items[n]);
}

static void *worker(void *opaque)
{
	struct workers *w = opaque;
	uint64_t seen = 0;

	pthread_mutex_lock(&w->lock);
	for (;;) {
		while (w->round == seen && !w->quit)
			pthread_cond_wait(&w->start, &w->lock);
		if (w->quit)
			break;
		seen = w->round;
		pthread_mutex_unlock(&w->lock);
		take_items(w);
		pthread_mutex_lock(&w->lock);
		if (--w->busy == 0)
			pthread_cond_signal(&w->done);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

struct workers *workers_new(unsigned count)
{
	struct workers *w = g_new0(struct workers, 1);

	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->start, NULL);
	pthread_cond_init(&w->done, NULL);
	count = count > MAX_WORKERS ? MAX_WORKERS : count;
	for (unsigned n = 1; n < count; n++)
		if (!pthread_create(&w->thread[w->count], NULL, worker, w))
			w->count++;
	return w;
}

void workers_free(struct workers *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->quit = true;
	pthread_cond_broadcast(&w->start);
	pthread_mutex_unlock(&w->lock);
	for (unsigned n = 0; n < w->count; n++)
		pthread_join(w->thread[n], NULL);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->start);
	pthread_cond_destroy(&w->done);
	g_free(w);
}

void workers_run(struct workers *w, void (*fn)(void *item), void **items, unsigned count)
{
	/* Waking a thread costs more than a short window: few items run inline. */
	if (count < 2 || !w->count) {
		for (unsigned n = 0; n < count; n++)
			fn(items[n]);
		return;
	}
	pthread_mutex_lock(&w->lock);
	w->fn = fn;
	w->items = items;
	w->total = count;
	__atomic_store_n(&w->next, 0, __ATOMIC_RELAXED);
	w->busy = w->count;
	w->round++;
	pthread_cond_broadcast(&w->start);
	pthread_mutex_unlock(&w->lock);
	take_items(w);
	pthread_mutex_lock(&w->lock);
	while (w->busy)
		pthread_cond_wait(&w->done, &w->lock);
	pthread_mutex_unlock(&w->lock);
}

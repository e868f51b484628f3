#include "broker/server/closing.h"

#include <pthread.h>
#include <stdatomic.h>

#include "broker/server/broker.h"
#include "broker/server/producers.h"

enum { THREADS_MIN = 8, THREADS_MAX = 64 }; /* they wait, for the most part */

struct closing {
    struct partition **open;
    unsigned open_n;
    atomic_uint next;
    atomic_bool unclean;
};

static void close_one(struct closing *c, struct partition *p)
{
    bool clean = !producers_save(p);

    clean &= !log_dir_close_partition(p->dir, p->log, true);
    p->log = NULL;
    p->leads = false;
    if (!clean)
        atomic_store(&c->unclean, true);
}

static void *close_some(void *arg)
{
    struct closing *c = arg;
    unsigned i;

    while ((i = atomic_fetch_add(&c->next, 1)) < c->open_n)
        close_one(c, c->open[i]);
    return NULL;
}

static void collect(struct broker *b, struct closing *c)
{
    struct replicas_walk at = { 0 };
    struct partition *p;
    unsigned room = 0;

    while ((p = replicas_next(&b->replicas, &at))) {
        if (!p->log)
            continue;
        if (c->open_n == room) {
            room = room ? 2 * room : 64;
            c->open = mem_resize_array(c->open, room, sizeof(*c->open));
        }
        c->open[c->open_n++] = p;
    }
}

bool closing_run(struct broker *b)
{
    int64_t wanted = config_int(b->config, "num.recovery.threads.per.data.dir") * b->dirs_n;
    pthread_t threads[THREADS_MAX];
    struct closing c = { 0 };
    unsigned n = 0;

    collect(b, &c);
    wanted = wanted < THREADS_MIN ? THREADS_MIN : wanted < THREADS_MAX ? wanted : THREADS_MAX;
    while (n + 1 < wanted && n + 1 < c.open_n && !pthread_create(&threads[n], NULL, close_some, &c))
        n++;
    close_some(&c);
    while (n)
        pthread_join(threads[--n], NULL);
    mem_free(c.open);
    return !atomic_load(&c.unclean);
}

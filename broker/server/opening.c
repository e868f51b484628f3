#include "broker/server/opening.h"

#include <pthread.h>
#include <stdatomic.h>

#include "broker/server/broker.h"
#include "common/log.h"

enum { THREADS_MAX = 64 };

/* Copied: the image goes on changing. */
struct opening_topic {
    char *name;
    struct uuid id;
    struct log_config config;
};

struct opening_item {
    uint32_t topic;
    int32_t partition;
};

struct opening {
    struct broker *b;
    void (*done)(struct broker *b);
    struct loop_task ended;
    struct opening_topic *topics;
    struct opening_item *items;
    uint32_t topics_n, items_n, topics_room, items_room;
    pthread_t threads[THREADS_MAX];
    unsigned threads_n;
    atomic_uint next, running;
    atomic_bool stop;
};

/* Whatever is wrong with it is met again, and told, by who takes it. */
static void open_one(struct opening *o, const struct opening_item *item)
{
    const struct opening_topic *t = &o->topics[item->topic];
    err_t e = ERR_NOT_FOUND;

    for (unsigned i = 0; i < o->b->dirs_n && e == ERR_NOT_FOUND; i++)
        e = log_dir_open_ahead(o->b->dirs[i].dir, str_of(t->name), item->partition, &t->id, &t->config);
}

static void *open_some(void *arg)
{
    struct opening *o = arg;
    unsigned i;

    while (!atomic_load(&o->stop) && (i = atomic_fetch_add(&o->next, 1)) < o->items_n)
        open_one(o, &o->items[i]);
    if (atomic_fetch_sub(&o->running, 1) == 1)
        loop_post(o->b->loop, &o->ended);
    return NULL;
}

static void join(struct opening *o)
{
    for (unsigned i = 0; i < o->threads_n; i++)
        pthread_join(o->threads[i], NULL);
    o->threads_n = 0;
}

static void ended(struct loop_task *t)
{
    struct opening *o = container_of(t, struct opening, ended);

    join(o);
    if (!atomic_load(&o->stop))
        o->done(o->b);
}

/* --- what is to be opened --- */

static void *one_more(void *array, uint32_t n, uint32_t *room, size_t bytes)
{
    if (n < *room)
        return array;
    *room = *room ? 2 * *room : 64;
    return mem_resize_array(array, *room, bytes);
}

static void add_item(struct opening *o, int32_t partition)
{
    o->items = one_more(o->items, o->items_n, &o->items_room, sizeof(*o->items));
    o->items[o->items_n++] = (struct opening_item){ o->topics_n - 1, partition };
}

static void add_topic(struct opening *o, const struct topic_state *t)
{
    o->topics = one_more(o->topics, o->topics_n, &o->topics_room, sizeof(*o->topics));
    o->topics[o->topics_n++] = (struct opening_topic){
        .name = mem_strdup(t->name), .id = t->id, .config = broker_topic_config(o->b, str_of(t->name)),
    };
}

static bool is_here(const struct broker *b, const struct partition_state *s)
{
    for (int32_t i = 0; i < s->replicas_n; i++)
        if (s->replicas[i] == b->config->node_id)
            return true;
    return false;
}

static void add_replicas(struct opening *o, const struct topic_state *t)
{
    bool known = false;

    for (int32_t i = 0; i < t->partitions_n; i++) {
        if (!is_here(o->b, &t->partitions[i]))
            continue;
        if (!known)
            add_topic(o, t);
        known = true;
        add_item(o, i);
    }
}

static unsigned threads_wanted(const struct opening *o)
{
    int64_t n = config_int(o->b->config, "num.recovery.threads.per.data.dir") * o->b->dirs_n;

    n = n < THREADS_MAX ? n : THREADS_MAX;
    return n < o->items_n ? (unsigned)n : o->items_n;
}

struct opening *opening_new(struct broker *b, void (*done)(struct broker *b))
{
    struct opening *o = mem_new(struct opening);
    const struct topic_state *t;
    unsigned wanted;

    o->b = b;
    o->done = done;
    o->ended.run = ended;
    for (size_t at = 0; (t = image_topic_next(b->image, &at));)
        add_replicas(o, t);
    wanted = threads_wanted(o);
    atomic_store(&o->running, 1);
    while (o->threads_n < wanted) {
        atomic_fetch_add(&o->running, 1);
        if (pthread_create(&o->threads[o->threads_n], NULL, open_some, o)) {
            log_event(LOG_WARN, "recovery_thread_missing", "threads=%u wanted=%u", o->threads_n, wanted);
            atomic_fetch_sub(&o->running, 1);
            break;
        }
        o->threads_n++;
    }
    if (atomic_fetch_sub(&o->running, 1) == 1) /* no thread, or all are through already */
        loop_post(b->loop, &o->ended);
    return o;
}

struct opening *opening_free(struct opening *o)
{
    if (!o)
        return NULL;
    atomic_store(&o->stop, true);
    join(o);
    for (uint32_t i = 0; i < o->topics_n; i++)
        mem_free(o->topics[i].name);
    mem_free(o->topics);
    mem_free(o->items);
    mem_free(o);
    return NULL;
}

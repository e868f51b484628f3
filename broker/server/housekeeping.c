#include "broker/server/housekeeping.h"

#include <pthread.h>

#include "broker/server/broker.h"
#include "broker/server/directories.h"
#include "broker/server/topic_config.h"
#include "common/clock.h"
#include "common/log.h"

enum {
    SPACE_LOOK_MS = 1000,
    SPACE_LOOK_BYTES = 4 * 1024 * 1024, /* well below the floor that is kept free */
};

struct housekeeping {
    struct broker *b;
    struct loop_timer checkpoint, space, retention, expiry;
    int64_t space_looked_ms;
    size_t appended; /* since the last look */
    bool refusing, unopened;
    pthread_t thread;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t wanted;
    bool want_checkpoint, want_sweep, want_stop;
};

/* Tried again every few seconds: a full disk is told of when it fills and when it has room again. */
static void note_checkpoint(struct broker_dir *d, err_t e)
{
    if (e == d->refused)
        return;
    d->refused = e;
    log_event(e ? LOG_ERROR : LOG_INFO, e ? "checkpoint_failed" : "checkpoint_written_again",
              "dir=%s error=%s", log_dir_path(d->dir), err_name(e));
}

static void checkpoint_all(struct broker *b)
{
    for (unsigned i = 0; i < b->dirs_n; i++) {
        err_t e;

        if (__atomic_load_n(&b->dirs[i].offline, __ATOMIC_RELAXED))
            continue;
        e = log_dir_checkpoint(b->dirs[i].dir);
        note_checkpoint(&b->dirs[i], e);
        if (e == ERR_IO)
            __atomic_store_n(&b->dirs[i].suspect, true, __ATOMIC_RELAXED);
    }
}

static void sweep_all(struct broker *b)
{
    for (unsigned i = 0; i < b->dirs_n; i++)
        while (log_dir_sweep(b->dirs[i].dir, clock_wall_ms()))
            ;
}

static void *background(void *arg)
{
    struct housekeeping *h = arg;
    bool checkpoint, sweep, stop = false;

    while (!stop) {
        pthread_mutex_lock(&h->lock);
        while (!h->want_checkpoint && !h->want_sweep && !h->want_stop)
            pthread_cond_wait(&h->wanted, &h->lock);
        checkpoint = h->want_checkpoint;
        sweep = h->want_sweep;
        stop = h->want_stop;
        h->want_checkpoint = h->want_sweep = false;
        pthread_mutex_unlock(&h->lock);
        if (checkpoint)
            checkpoint_all(h->b);
        if (sweep)
            sweep_all(h->b);
    }
    return NULL;
}

static void want(struct housekeeping *h, bool *flag)
{
    pthread_mutex_lock(&h->lock);
    *flag = true;
    pthread_cond_signal(&h->wanted);
    pthread_mutex_unlock(&h->lock);
}

void house_checkpoint(struct housekeeping *h)
{
    want(h, &h->want_checkpoint);
}

void house_sweep(struct housekeeping *h)
{
    want(h, &h->want_sweep);
}

/* What the background thread found is looked at with the next checkpoint. */
static void checkpoint_due(struct loop_timer *t)
{
    struct housekeeping *h = container_of(t, struct housekeeping, checkpoint);

    directories_check(h->b);
    house_checkpoint(h);
}

static void look_at_space(struct housekeeping *h)
{
    bool refusing = false;
    int64_t room, total;

    h->space_looked_ms = loop_now_ms(h->b->loop);
    h->appended = 0;
    for (unsigned i = 0; i < h->b->dirs_n; i++) {
        (void)log_dir_space_check(h->b->dirs[i].dir, &room, &total);
        refusing |= log_dir_no_space(h->b->dirs[i].dir);
    }
    if (refusing != h->refusing)
        log_event(refusing ? LOG_WARN : LOG_INFO, refusing ? "produce_refused" : "produce_resumed",
                  "reason=\"free space of the volume\"");
    h->refusing = refusing;
    if (refusing)
        loop_timer_in(h->b->loop, &h->space, SPACE_LOOK_MS);
}

static void space_due(struct loop_timer *t)
{
    struct housekeeping *h = container_of(t, struct housekeeping, space);
    bool unopened = h->unopened;

    look_at_space(h);
    if (!unopened)
        return;
    h->unopened = false;
    broker_open_again(h->b);
}

void house_appended(struct housekeeping *h, size_t n)
{
    if (!h->checkpoint.slot)
        loop_timer_in(h->b->loop, &h->checkpoint,
                      config_int(h->b->config, "replica.high.watermark.checkpoint.interval.ms"));
    h->appended += n;
    if (h->appended >= SPACE_LOOK_BYTES ||
        loop_now_ms(h->b->loop) - h->space_looked_ms >= SPACE_LOOK_MS)
        look_at_space(h);
}

void house_refused(struct housekeeping *h, err_t e)
{
    if (e == ERR_NO_SPACE && !h->space.slot)
        look_at_space(h);
    if (e == ERR_NO_SPACE && !h->space.slot)
        loop_timer_in(h->b->loop, &h->space, SPACE_LOOK_MS);
}

void house_unopened(struct housekeeping *h)
{
    h->unopened = true;
    if (!h->space.slot)
        loop_timer_in(h->b->loop, &h->space, SPACE_LOOK_MS);
}

/* Retention and roll by time. */
static void retention_due(struct loop_timer *t)
{
    struct housekeeping *h = container_of(t, struct housekeeping, retention);
    int64_t now = clock_wall_ms();
    struct replicas_walk at = { 0 };
    struct partition *p;

    while ((p = replicas_next(&h->b->replicas, &at))) {
        int64_t freed = 0, start;
        err_t e;

        if (!p->log)
            continue;
        start = log_start_offset(p->log);
        e = log_retain(p->log, now, partition_high_watermark(p), &freed);
        if (e)
            log_event(LOG_ERROR, "retention_failed", "log=%s error=%s", log_path(p->log), err_name(e));
        directories_suspect(h->b, p, e);
        if (log_start_offset(p->log) != start)
            partition_touched(p);
    }
    house_checkpoint(h);
    house_sweep(h);
    loop_timer_in(h->b->loop, t, config_int(h->b->config, "log.retention.check.interval.ms"));
}

static void expiry_due(struct loop_timer *t)
{
    struct housekeeping *h = container_of(t, struct housekeeping, expiry);
    struct config_levels l = config_levels(h->b->config, h->b->image);
    int64_t now = clock_wall_ms(), age = broker_config_int(&l, "producer.id.expiration.ms");
    struct replicas_walk at = { 0 };
    struct partition *p;

    while ((p = replicas_next(&h->b->replicas, &at)))
        producer_state_expire(&p->producers, now, age);
    loop_timer_in(h->b->loop, t, config_int(h->b->config, "producer.id.expiration.check.interval.ms"));
}

struct housekeeping *house_new(struct broker *b)
{
    struct housekeeping *h = mem_new(struct housekeeping);

    h->b = b;
    h->checkpoint.fire = checkpoint_due;
    h->space.fire = space_due;
    h->retention.fire = retention_due;
    h->expiry.fire = expiry_due;
    pthread_mutex_init(&h->lock, NULL);
    pthread_cond_init(&h->wanted, NULL);
    if (pthread_create(&h->thread, NULL, background, h)) {
        mem_free(h);
        return NULL;
    }
    loop_timer_in(b->loop, &h->retention, config_int(b->config, "log.initial.task.delay.ms"));
    loop_timer_in(b->loop, &h->expiry, config_int(b->config, "producer.id.expiration.check.interval.ms"));
    return h;
}

struct housekeeping *house_free(struct housekeeping *h)
{
    if (!h)
        return NULL;
    loop_timer_clear(h->b->loop, &h->checkpoint);
    loop_timer_clear(h->b->loop, &h->space);
    loop_timer_clear(h->b->loop, &h->retention);
    loop_timer_clear(h->b->loop, &h->expiry);
    want(h, &h->want_stop);
    pthread_join(h->thread, NULL);
    pthread_cond_destroy(&h->wanted);
    pthread_mutex_destroy(&h->lock);
    mem_free(h);
    return NULL;
}

#include "broker/server/cleaning.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "broker/log/checkpoint.h"
#include "broker/log/clean.h"
#include "broker/replica/producer_state.h"
#include "broker/server/broker.h"
#include "broker/server/directories.h"
#include "broker/server/housekeeping.h"
#include "broker/server/producers.h"
#include "broker/server/topic_config.h"
#include "common/clock.h"
#include "common/log.h"

enum { FIRST_LOOK_MS = 2000, PACE_SLICE_MS = 50 };

/* Of one partition's log; kept by its name over topics' lives in memory, and on disk. */
struct kept {
    const struct log_dir *dir;
    char *topic;
    int32_t index;
    int64_t first_dirty;
    uint64_t keys;    /* of the last cleaning; 0 unknown */
    bool damaged;
};

struct cleaning {
    struct broker *b;
    struct map kept;           /* "topic-partition" */
    struct loop_timer look;
    struct loop_task ended;    /* posted by the thread */
    struct partition *p;       /* that is being cleaned; NULL: none, or its log is closed */
    struct kept *subject;
    struct clean *running;     /* the thread's job, until its end was heard of */
    bool busy, stop;           /* stop: atomic, log_clean_run looks at it */
    int64_t begun_ms;
    double bytes_per_second;   /* of the job under way */
    double debt_ms;            /* the thread's: how long it has yet to sleep */
    pthread_t thread;
    pthread_mutex_t lock;      /* guards what follows */
    pthread_cond_t wanted;
    struct clean *job;
    err_t answer;
    const struct log_dir *write_dir; /* whose checkpoint is to be written, with */
    struct buf text;
    bool quit;
};

/* --- the thread --- */

/* What was read and written is paid for with sleep, in slices that a stop ends. */
static void pace(void *ctx, size_t bytes)
{
    struct cleaning *c = ctx;
    struct timespec slice = { .tv_nsec = PACE_SLICE_MS * 1000000 };

    if (c->bytes_per_second <= 0)
        return;
    c->debt_ms += (double)bytes * 1000 / c->bytes_per_second;
    while (c->debt_ms >= PACE_SLICE_MS && !__atomic_load_n(&c->stop, __ATOMIC_RELAXED)) {
        (void)nanosleep(&slice, NULL);
        c->debt_ms -= PACE_SLICE_MS;
    }
}

static void write_checkpoint(const struct log_dir *d, const struct buf *text)
{
    OWNED_MEM char *path = mem_printf("%s/%s", log_dir_path(d), CHECKPOINT_CLEANER);
    err_t e = fs_replace(fs_posix(), path, buf_slice(text), 0644);

    if (e)
        log_event(LOG_ERROR, "checkpoint_failed", "path=%s error=%s", path, err_name(e));
}

static void do_one(struct cleaning *c, struct clean *job, const struct log_dir *d,
                   const struct buf *text)
{
    err_t e = job ? log_clean_run(job) : ERR_OK;

    if (d)
        write_checkpoint(d, text);
    pthread_mutex_lock(&c->lock);
    c->answer = e;
    c->job = NULL;
    c->write_dir = NULL;
    pthread_mutex_unlock(&c->lock);
    loop_post(c->b->loop, &c->ended);
}

static void *clean_all(void *arg)
{
    struct cleaning *c = arg;

    for (;;) {
        struct clean *job;
        const struct log_dir *d;

        pthread_mutex_lock(&c->lock);
        while (!c->job && !c->write_dir && !c->quit)
            pthread_cond_wait(&c->wanted, &c->lock);
        job = c->job;
        d = c->write_dir;
        pthread_mutex_unlock(&c->lock);
        if (!job && !d)
            return NULL;
        do_one(c, job, d, &c->text);
    }
}

static void hand_over(struct cleaning *c, struct clean *job, const struct log_dir *d)
{
    c->busy = true;
    c->running = job;
    pthread_mutex_lock(&c->lock);
    c->job = job;
    c->write_dir = d;
    pthread_cond_signal(&c->wanted);
    pthread_mutex_unlock(&c->lock);
}

/* --- what is kept --- */

static char *name_of(const char *topic, int32_t index)
{
    return mem_printf("%s-%d", topic, index);
}

static struct kept *kept_of(struct cleaning *c, const struct partition *p)
{
    OWNED_MEM char *name = name_of(p->topic->name, p->index);
    struct kept *k = map_get(&c->kept, name, strlen(name));

    if (!k) {
        k = mem_new(struct kept);
        *k = (struct kept){ .topic = mem_strdup(p->topic->name),
                            .index = p->index,
                            .first_dirty = -1 };
        (void)map_set(&c->kept, name, strlen(name), k);
    }
    k->dir = p->dir;
    return k;
}

static void kept_free(struct kept *k)
{
    mem_free(k->topic);
    mem_free(k);
}

struct loading {
    struct cleaning *c;
    const struct log_dir *dir;
};

static void take_line(void *arg, struct str topic, int32_t index, int64_t offset)
{
    struct loading *l = arg;
    struct kept *k = mem_new(struct kept);
    OWNED_MEM char *name = NULL;

    *k = (struct kept){ .dir = l->dir, .topic = mem_strndup(topic.p, topic.n), .index = index,
                        .first_dirty = offset };
    name = name_of(k->topic, index);
    k = map_set(&l->c->kept, name, strlen(name), k);
    if (k)
        kept_free(k);
}

/* Without it, or with one that does not parse, all is cleaned anew. */
static void load_checkpoint(struct cleaning *c, const struct log_dir *d)
{
    OWNED_MEM char *path = mem_printf("%s/%s", log_dir_path(d), CHECKPOINT_CLEANER);
    struct loading l = { c, d };
    struct why reason = { "" };
    OWNED_BUF text = { 0 };
    err_t e = fs_read_all(fs_posix(), path, CHECKPOINT_BYTES_MAX, &text);

    if (!e)
        e = offset_checkpoint_parse(str_make((const char *)text.p, text.n), take_line, &l, &reason);
    if (e && e != ERR_NOT_FOUND)
        log_event(LOG_WARN, "checkpoint_ignored", "path=%s reason=\"%s\"", path,
                  reason.text[0] ? reason.text : err_text(e));
}

static void save_checkpoint(struct cleaning *c, const struct log_dir *d)
{
    OWNED_BUF lines = { 0 };
    struct slice key;
    int64_t n = 0;
    void *value;

    for (size_t at = 0; map_next(&c->kept, &at, &key, &value);) {
        const struct kept *k = value;

        if (k->dir != d || k->first_dirty < 0)
            continue;
        offset_checkpoint_put(&lines, str_of(k->topic), k->index, k->first_dirty);
        n++;
    }
    buf_clear(&c->text);
    checkpoint_head(&c->text, n);
    buf_put(&c->text, lines.p, lines.n);
    hand_over(c, NULL, d);
}

/* --- which log --- */

struct candidate {
    struct partition *p;
    struct kept *kept;
    struct clean_state state;
    double ratio;
};

static bool look_at(struct cleaning *c, struct partition *p, int64_t now_ms, struct candidate *ret)
{
    int64_t stable;

    *ret = (struct candidate){ .p = p, .kept = kept_of(c, p) };
    if (ret->kept->damaged || producers_last_stable(p, &stable))
        return false;
    ret->state = log_clean_state(p->log, ret->kept->first_dirty, stable, now_ms);
    if (ret->kept->first_dirty >= 0)
        ret->kept->first_dirty = ret->state.first_dirty;
    if (!log_clean_due(p->log, &ret->state))
        return false;
    ret->ratio = (double)ret->state.dirty_bytes /
                 (double)(ret->state.clean_bytes + ret->state.dirty_bytes);
    return true;
}

static bool dirtiest(struct cleaning *c, struct candidate *ret)
{
    int64_t now_ms = clock_wall_ms();
    struct replicas_walk at = { 0 };
    struct candidate one;
    struct partition *p;
    bool any = false;

    while ((p = replicas_next(&c->b->replicas, &at))) {
        if (!p->log || p->move || !p->topic->config.compact || log_broken(p->log) ||
            !look_at(c, p, now_ms, &one) || (any && one.ratio <= ret->ratio))
            continue;
        *ret = one;
        any = true;
    }
    return any;
}

/* Producers whose last batch must stay. */
static struct clean_producer *living(const struct partition *p, size_t *ret_n)
{
    struct clean_producer *all = mem_zero((producer_state_n(&p->producers) + 1) * sizeof(*all));
    struct producer_view v;

    *ret_n = 0;
    for (size_t at = 0; producer_state_next(&p->producers, &at, &v);)
        all[(*ret_n)++] = (struct clean_producer){ v.id, v.last_offset, v.epoch };
    return all;
}

static double io_limit(const struct config_levels *l)
{
    const char *text = broker_config_value(l, "log.cleaner.io.max.bytes.per.second");
    double v = text ? strtod(text, NULL) : 0;

    return v < 1e15 ? v : 0; /* Kafka's default is no limit at all */
}

static bool begin(struct cleaning *c)
{
    struct config_levels l = config_levels(c->b->config, c->b->image);
    OWNED_MEM struct clean_producer *producers = NULL;
    struct clean_options o = {
        .now_ms = clock_wall_ms(), .pace = pace, .ctx = c, .stop = &c->stop
    };
    struct candidate best;
    struct clean *job;

    if (!dirtiest(c, &best))
        return false;
    o.producers = producers = living(best.p, &o.producers_n);
    o.keys_hint = best.kept->keys;
    o.map_bytes_max = (uint64_t)broker_config_int(&l, "log.cleaner.dedupe.buffer.size");
    c->bytes_per_second = io_limit(&l);
    c->debt_ms = 0;
    if (log_clean_begin(best.p->log, &best.state, &o, &job))
        return false;
    c->p = best.p;
    c->subject = best.kept;
    c->begun_ms = loop_now_ms(c->b->loop);
    __atomic_store_n(&c->stop, false, __ATOMIC_RELAXED);
    hand_over(c, job, NULL);
    return true;
}

static void look(struct loop_timer *t)
{
    struct cleaning *c = container_of(t, struct cleaning, look);
    struct config_levels l = config_levels(c->b->config, c->b->image);

    if (!c->busy && !begin(c))
        loop_timer_in(c->b->loop, t, broker_config_int(&l, "log.cleaner.backoff.ms"));
}

/* --- what came of it --- */

static void tell(const struct cleaning *c, err_t e, const struct clean_result *r)
{
    if (e)
        log_event(e == ERR_CORRUPT || e == ERR_IO ? LOG_ERROR : LOG_INFO, "log_not_cleaned",
                  "log=%s error=%s", c->p ? log_path(c->p->log) : "", err_name(e));
    else
        log_event(LOG_INFO, "log_cleaned",
                  "log=%s up_to=%lld keys=%llu read=%lld written=%lld freed=%lld ms=%lld",
                  log_path(c->p->log), (long long)r->first_dirty, (unsigned long long)r->keys,
                  (long long)r->read_bytes, (long long)r->written_bytes, (long long)r->freed_bytes,
                  (long long)(loop_now_ms(c->b->loop) - c->begun_ms));
}

static void take_result(struct cleaning *c, struct clean *job, err_t run)
{
    struct clean_result r;
    struct partition *p = c->p;
    err_t e = log_clean_end(p ? p->log : NULL, job, run, &r);

    tell(c, e, &r);
    if (!e) {
        c->subject->first_dirty = r.first_dirty;
        c->subject->keys = r.keys;
        house_sweep(c->b->house);
    }
    if (p && e == ERR_CORRUPT)
        c->subject->damaged = true;
    if (p && e == ERR_IO)
        directories_suspect(c->b, p, e);
    c->p = NULL;
    c->subject = NULL;
    if (!e)
        save_checkpoint(c, p->dir);
}

static void ended(struct loop_task *t)
{
    struct cleaning *c = container_of(t, struct cleaning, ended);
    struct clean *job = c->running;

    c->busy = false;
    c->running = NULL;
    if (job)
        take_result(c, job, c->answer);
    if (!c->busy)
        loop_timer_in(c->b->loop, &c->look, 0);
}

void cleaning_forget(struct broker *b, struct partition *p, bool deleted)
{
    struct cleaning *c = b->cleaning;
    OWNED_MEM char *name = NULL;
    struct kept *k;

    if (!c)
        return;
    if (c->p == p) {
        c->p = NULL;
        __atomic_store_n(&c->stop, true, __ATOMIC_RELAXED);
    }
    name = name_of(p->topic->name, p->index);
    k = deleted ? map_get(&c->kept, name, strlen(name)) : NULL;
    if (k)
        *k = (struct kept){ .topic = k->topic, .index = k->index, .first_dirty = -1 };
}

void cleaning_truncated(struct broker *b, struct partition *p, int64_t end)
{
    OWNED_MEM char *name = name_of(p->topic->name, p->index);
    struct kept *k = b->cleaning ? map_get(&b->cleaning->kept, name, strlen(name)) : NULL;

    if (k && k->first_dirty > end)
        k->first_dirty = end;
}

/* --- begin and end --- */

struct cleaning *cleaning_new(struct broker *b)
{
    struct cleaning *c = mem_new(struct cleaning);

    c->b = b;
    c->look.fire = look;
    c->ended.run = ended;
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->wanted, NULL);
    for (unsigned i = 0; i < b->dirs_n; i++)
        load_checkpoint(c, b->dirs[i].dir);
    if (pthread_create(&c->thread, NULL, clean_all, c)) {
        mem_free(c);
        return NULL;
    }
    if (config_bool(b->config, "log.cleaner.enable"))
        loop_timer_in(b->loop, &c->look, FIRST_LOOK_MS);
    return c;
}

struct cleaning *cleaning_free(struct cleaning *c)
{
    struct clean_result r;
    struct slice key;
    void *value;

    if (!c)
        return NULL;
    __atomic_store_n(&c->stop, true, __ATOMIC_RELAXED);
    pthread_mutex_lock(&c->lock);
    c->quit = true;
    pthread_cond_signal(&c->wanted);
    pthread_mutex_unlock(&c->lock);
    pthread_join(c->thread, NULL);
    if (c->running)
        (void)log_clean_end(NULL, c->running, ERR_CLOSED, &r);
    loop_timer_clear(c->b->loop, &c->look);
    loop_undefer(c->b->loop, &c->ended);
    for (size_t at = 0; map_next(&c->kept, &at, &key, &value);)
        kept_free(value);
    map_done(&c->kept);
    buf_done(&c->text);
    pthread_cond_destroy(&c->wanted);
    pthread_mutex_destroy(&c->lock);
    mem_free(c);
    return NULL;
}

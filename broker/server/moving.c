#include "broker/server/moving_internal.h"

#include "broker/log/flusher.h"
#include "broker/server/cleaning.h"
#include "broker/server/directories.h"
#include "broker/server/housekeeping.h"
#include "broker/server/producers.h"
#include "broker/server/topic_config.h"
#include "common/log.h"

#define WINDOW "alter.log.dirs.replication.quota.window"

enum {
    PIECE_BYTES = 1024 * 1024, /* at least one batch */
    RETRY_MS = 1000,
    TRIES_MAX = 3,      /* to settle on the thread: then the reactor waits for the device */
    FINISH_PIECES = 32, /* of the reactor at most: much may have come while it was settled */
    WISHES_MAX = 10000,
};

static struct broker_dir *dir_of(struct broker *b, const struct log_dir *d)
{
    for (unsigned i = 0; i < b->dirs_n; i++)
        if (b->dirs[i].dir == d)
            return &b->dirs[i];
    return NULL;
}

/* --- a move ends --- */

static void move_free(struct move *m)
{
    loop_timer_clear(m->all->b->loop, &m->timer);
    list_remove(&m->node);
    log_span_done(&m->job.span);
    producer_state_done(&m->copy.producers);
    mem_free(m->topic);
    mem_free(m);
}

static void remove_copy(struct move *m)
{
    struct log_dir *d = m->to->dir;
    err_t e = ERR_OK;

    if (m->copy.log)
        e = log_dir_delete_partition(d, m->copy.log);
    else if (log_dir_has(d, str_of(m->topic), m->index, true))
        e = log_dir_set_aside(d, str_of(m->topic), m->index, false);
    if (e)
        log_event(LOG_WARN, "future_replica_not_removed", "topic=%s partition=%d dir=%s error=%s",
                  m->topic, m->index, log_dir_path(d), err_name(e));
    house_sweep(m->all->b->house);
}

static void end(struct move *m)
{
    if (!m->keep)
        remove_copy(m);
    else if (m->copy.log)
        (void)log_dir_close_partition(m->to->dir, m->copy.log, false);
    move_free(m);
}

/* At once, or when the thread has let go. */
static void give_up(struct move *m, bool keep)
{
    if (m->p)
        m->p->move = NULL;
    m->p = NULL;
    m->keep = keep;
    if (!m->busy)
        end(m);
}

static void fail(struct move *m, err_t e)
{
    log_event(LOG_ERROR, "replica_not_moved", "topic=%s partition=%d to=%s error=%s reason=\"%s\"",
              m->topic, m->index, log_dir_path(m->to->dir), err_name(e), m->job.why.text);
    give_up(m, false);
}

/* --- the replica changes its directory --- */

/* Producers that the copy knows are those that the log still has; the replica may know more. */
static void hand_over_producers(struct partition *p, struct move *m)
{
    if (p->producers_ready || !m->copy.producers_ready)
        return;
    producer_state_move(&p->producers, &m->copy.producers);
    p->producers_ready = true;
}

static void tell_controller(struct broker *b, struct partition *p)
{
    const struct topic_state *t = image_topic_by_id(b->image, &p->topic->id);
    const struct partition_state *s =
        t && p->index < t->partitions_n ? &t->partitions[p->index] : NULL;

    for (int32_t i = 0; s && i < s->replicas_n; i++)
        if (s->replicas[i] == b->config->node_id)
            directories_note(b, p, s, i);
}

static void adopt(struct move *m)
{
    struct broker *b = m->all->b;
    struct partition *p = m->p;
    struct broker_dir *from = dir_of(b, p->dir);
    struct log *old = p->log;
    err_t e;

    hand_over_producers(p, m);
    p->log = m->copy.log;
    p->dir = m->to->dir;
    m->copy.log = NULL;
    log_set_owner(p->log, p);
    log_reconfigure(p->log, &p->topic->config);
    log_set_flusher(p->log, p->topic->durable ? b->committer : b->flusher);
    m->to->replicas++;
    from->replicas -= from->replicas > 0;
    e = log_dir_delete_partition(from->dir, old);
    if (e)
        log_event(LOG_ERROR, "replica_not_removed", "topic=%s partition=%d dir=%s error=%s",
                  m->topic, m->index, log_dir_path(from->dir), err_name(e));
    log_event(LOG_INFO, "replica_moved", "topic=%s partition=%d from=%s to=%s end=%lld", m->topic,
              m->index, log_dir_path(from->dir), log_dir_path(p->dir),
              (long long)log_end_offset(p->log));
}

/* Both hold the same. From here to `adopt` nothing is appended, so a crash in between leaves the
 * replica twice, alike. */
static void change(struct move *m)
{
    struct broker *b = m->all->b;
    struct partition *p = m->p;
    err_t e;

    cleaning_forget(b, p, false);
    log_set_flusher(p->log, NULL); /* waits for the flush under way, which is the old directory's */
    log_set_high_watermark(m->copy.log, log_high_watermark(p->log));
    e = log_raise_start(m->copy.log, log_start_offset(p->log));
    if (!e && log_recovery_point(m->copy.log) < log_recovery_point(p->log))
        e = log_sync(m->copy.log);
    if (!e && p->leads)
        e = log_assign_epoch(m->copy.log, p->leader_epoch);
    if (!e)
        e = log_dir_promote_future(m->to->dir, m->copy.log);
    if (e) {
        log_set_flusher(p->log, p->topic->durable ? b->committer : b->flusher);
        directories_dir_suspect(b, m->to->dir, e);
        fail(m, e);
        return;
    }
    adopt(m);
    tell_controller(b, p);
    house_checkpoint(b->house);
    give_up(m, true);
}

/* --- what is copied next --- */

/* What lies at the end of the copy; an empty span when nothing is missing. */
static err_t read_next(struct move *m, size_t bytes)
{
    struct log *l = m->p->log;
    int64_t at = log_end_offset(m->copy.log), start = log_start_offset(l);

    if (m->cut < at)
        at = m->cut;
    m->job = (struct move_job){ .cut = m->cut,
                                .start = start,
                                .log_start = start,
                                .settle_from = INT64_MAX,
                                .high_watermark = log_high_watermark(l) };
    m->cut = INT64_MAX;
    return log_read(l, at < start ? start : at, bytes, log_end_offset(l), true, &m->job.span);
}

static void hand_over(struct move *m)
{
    struct moving *all = m->all;

    m->busy = true;
    pthread_mutex_lock(&all->lock);
    list_push(&all->queue, &m->queued);
    pthread_cond_signal(&all->wanted);
    pthread_mutex_unlock(&all->lock);
}

/* What the file of the replica answers is the replica's to suffer from. */
static void source_failed(struct move *m, err_t e)
{
    struct broker *b = m->all->b;
    struct partition *p = m->p;
    int64_t at = m->open ? log_end_offset(m->copy.log) : log_start_offset(p->log);

    fail(m, e);
    (void)directories_read_error(b, p, at, e);
}

static int64_t rate(const struct broker *b)
{
    struct config_levels l = config_levels(b->config, b->image);

    return broker_config_int(&l, "replica.alter.log.dirs.io.max.bytes.per.second");
}

static bool wait_for_rate(struct move *m)
{
    struct moving *all = m->all;
    int64_t now_ms = loop_now_ms(all->b->loop), ms;

    all->throttle.bytes_per_s = rate(all->b);
    ms = throttle_wait_ms(&all->throttle, now_ms);
    if (ms)
        loop_timer_in(all->b->loop, &m->timer, ms);
    return ms;
}

static size_t piece(const struct moving *all)
{
    int64_t step = throttle_step_bytes(&all->throttle);

    return step < PIECE_BYTES ? (size_t)step : PIECE_BYTES;
}

static void go_on(struct move *m)
{
    err_t e;

    if (m->busy || wait_for_rate(m))
        return;
    if (!m->open) {
        m->job = (struct move_job){ .cut = INT64_MAX, .settle_from = INT64_MAX };
        hand_over(m);
        return;
    }
    e = read_next(m, piece(m->all));
    if (e) {
        source_failed(m, e);
        return;
    }
    throttle_record(&m->all->throttle, (int64_t)m->job.span.n, loop_now_ms(m->all->b->loop));
    m->job.settle_from = log_end_offset(m->p->log);
    hand_over(m);
}

static void time_to_go_on(struct loop_timer *t)
{
    go_on(container_of(t, struct move, timer));
}

/* --- what came of it --- */

static void try_again(struct move *m)
{
    if (m->job.error == ERR_NO_SPACE && !m->told)
        log_event(LOG_WARN, "move_waits_for_space", "topic=%s partition=%d dir=%s", m->topic,
                  m->index, log_dir_path(m->to->dir));
    m->told = true;
    if (m->job.cut < m->cut)
        m->cut = m->job.cut;
    loop_timer_in(m->all->b->loop, &m->timer, RETRY_MS);
}

static void failed(struct move *m)
{
    err_t e = m->job.error;

    if (e == ERR_NO_SPACE || e == ERR_BUSY) {
        try_again(m);
    } else if (m->job.source || e == ERR_CORRUPT) {
        source_failed(m, e);
    } else {
        directories_dir_suspect(m->all->b, m->to->dir, e);
        fail(m, e);
    }
}

static bool caught_up(const struct move *m)
{
    return m->cut == INT64_MAX && log_end_offset(m->copy.log) == log_end_offset(m->p->log);
}

/* On the reactor, where nothing is appended meanwhile; false when it failed. */
static bool copy_rest(struct move *m)
{
    for (int i = 0; i < FINISH_PIECES && !caught_up(m); i++) {
        err_t e = read_next(m, PIECE_BYTES);

        if (e) {
            source_failed(m, e);
            return false;
        }
        move_work(m);
        log_span_done(&m->job.span);
        if (m->job.error) {
            failed(m);
            return false;
        }
    }
    return true;
}

/* Little is left, and all that came before is as good as the replica's. */
static void finish(struct move *m)
{
    bool behind = log_recovery_point(m->copy.log) < log_recovery_point(m->p->log);

    if (behind && m->tries++ < TRIES_MAX)
        go_on(m);
    else if (!copy_rest(m))
        return;
    else if (caught_up(m))
        change(m);
    else
        go_on(m);
}

static void came_back(struct loop_task *t)
{
    struct move *m = container_of(t, struct move, back);
    bool valid = log_span_valid(&m->job.span), settled = m->job.settled && !m->job.error;

    m->busy = false;
    log_span_done(&m->job.span);
    m->open = m->copy.log != NULL;
    if (!m->p) {
        end(m);
    } else if (m->job.error && (valid || !m->open)) {
        failed(m);
    } else {
        m->told = false;
        if (settled)
            finish(m);
        else
            go_on(m);
    }
}

/* --- a move begins --- */

static bool start_thread(struct moving *all)
{
    if (!all->running)
        all->running = !pthread_create(&all->thread, NULL, moving_thread, all);
    if (!all->running)
        log_event(LOG_ERROR, "moving_thread_missing", "next=\"no replica can be moved\"");
    return all->running;
}

/* The thread opens the future replica, a little later: whoever asks may be listing the directory.
 */
static struct move *begin(struct moving *all, struct partition *p, struct broker_dir *to)
{
    struct move *m = mem_new(struct move);

    *m = (struct move){ .all = all,
                        .p = p,
                        .to = to,
                        .topic = mem_strdup(p->topic->name),
                        .index = p->index,
                        .id = p->topic->id,
                        .config = p->topic->config,
                        .cut = INT64_MAX,
                        .copy = { .index = p->index },
                        .job = { .span = { .fd = -1 } },
                        .timer = { .fire = time_to_go_on },
                        .back = { .run = came_back } };
    list_init(&m->queued);
    list_push(&all->moves, &m->node);
    p->move = m;
    cleaning_forget(all->b, p, false);
    log_event(LOG_INFO, "replica_moves", "topic=%s partition=%d from=%s to=%s", m->topic, m->index,
              log_dir_path(p->dir), log_dir_path(to->dir));
    loop_timer_in(all->b->loop, &m->timer, 0);
    return m;
}

static struct broker_dir *dir_at(struct broker *b, struct str path)
{
    for (unsigned i = 0; i < b->dirs_n; i++)
        if (str_is(path, log_dir_path(b->dirs[i].dir)))
            return &b->dirs[i];
    return NULL;
}

static void wish(struct moving *all, struct str topic, int32_t index, struct broker_dir *to)
{
    OWNED_MEM char *name = mem_printf("%.*s-%d", STR_ARG(topic), index);

    if (all->wishes.n < WISHES_MAX || map_get(&all->wishes, name, strlen(name)))
        (void)map_set(&all->wishes, name, strlen(name), to);
    else
        log_event(LOG_WARN, "directory_not_kept_in_mind", "partition=%s dir=%s most=%d", name,
                  log_dir_path(to->dir), WISHES_MAX);
}

static bool any_offline(const struct broker *b)
{
    for (unsigned i = 0; i < b->dirs_n; i++)
        if (b->dirs[i].offline)
            return true;
    return false;
}

static bool placed_here(const struct broker *b, struct str topic, int32_t index)
{
    const struct topic_state *t = image_topic(b->image, topic);
    const struct partition_state *s =
        t && index >= 0 && index < t->partitions_n ? &t->partitions[index] : NULL;

    for (int32_t i = 0; s && i < s->replicas_n; i++)
        if (s->replicas[i] == b->config->node_id)
            return true;
    return false;
}

/* No replica here: it may come. */
static int16_t ask_of_absent(struct broker *b, struct str topic, int32_t index,
                             struct broker_dir *to)
{
    const struct topic_state *t = image_topic(b->image, topic);

    if (placed_here(b, topic, index))
        return KF_ERR_KAFKA_STORAGE_ERROR;
    if (index >= 0 && !topic_name_fault(topic))
        wish(b->moving, topic, index, to);
    return t && index >= 0 && index < t->partitions_n ? KF_ERR_REPLICA_NOT_AVAILABLE
                                                      : KF_ERR_UNKNOWN_TOPIC_OR_PARTITION;
}

int16_t moving_ask(struct broker *b, struct str path, struct str topic, int32_t index)
{
    struct partition *p = topic_partition(replicas_topic(&b->replicas, topic), index);
    struct broker_dir *to = dir_at(b, path);

    if (!log_dir_future_name_fits(topic, index))
        return KF_ERR_INVALID_TOPIC_EXCEPTION;
    if (!to)
        return KF_ERR_LOG_DIR_NOT_FOUND;
    if (to->offline)
        return KF_ERR_KAFKA_STORAGE_ERROR;
    if (to->cordoned)
        return KF_ERR_INVALID_REPLICA_ASSIGNMENT;
    if (!p || !p->log)
        return ask_of_absent(b, topic, index, to);
    if (p->move && p->move->to != to)
        give_up(p->move, false);
    if (p->move || p->dir == to->dir)
        return KF_ERR_NONE;
    if (any_offline(b))
        return KF_ERR_KAFKA_STORAGE_ERROR;
    if (!start_thread(b->moving))
        return KF_ERR_UNKNOWN_SERVER_ERROR;
    (void)begin(b->moving, p, to);
    return KF_ERR_NONE;
}

struct broker_dir *moving_wish(struct broker *b, const struct partition *p)
{
    OWNED_MEM char *name = NULL;

    if (!b->moving || !b->moving->wishes.n)
        return NULL;
    name = mem_printf("%s-%d", p->topic->name, p->index);
    return map_remove(&b->moving->wishes, name, strlen(name));
}

void moving_opened(struct broker *b, struct partition *p)
{
    struct str topic = str_of(p->topic->name);

    for (unsigned i = 0; b->moving && b->dirs_n > 1 && i < b->dirs_n; i++) {
        struct broker_dir *d = &b->dirs[i];

        if (d->offline || d->dir == p->dir || !log_dir_has(d->dir, topic, p->index, true))
            continue;
        if (!p->move && start_thread(b->moving))
            begin(b->moving, p, d)->found = true;
        else if (p->move)
            (void)log_dir_set_aside(d->dir, topic, p->index, false);
    }
}

/* --- what happens to its replica meanwhile --- */

void moving_truncated(struct partition *p, int64_t end)
{
    if (p->move && end < p->move->cut)
        p->move->cut = end;
}

void moving_forget(struct partition *p, bool deleted)
{
    if (p->move)
        give_up(p->move, !deleted);
}

void moving_dir_failed(struct broker *b, const struct broker_dir *d)
{
    if (!b->moving)
        return;
    list_each (node, &b->moving->moves) {
        struct move *m = list_item(node, struct move, node);

        if (m->to == d && m->p)
            give_up(m, true);
    }
}

bool moving_view(const struct partition *p, const struct broker_dir *d, int64_t *ret_bytes,
                 int64_t *ret_lag)
{
    const struct move *m = p->move;

    if (!m || m->to != d)
        return false;
    *ret_bytes = m->open ? log_size_bytes(m->copy.log) : 0;
    *ret_lag =
        log_end_offset(p->log) - (m->open ? log_end_offset(m->copy.log) : log_start_offset(p->log));
    return true;
}

/* --- begin and end --- */

struct moving *moving_new(struct broker *b)
{
    struct moving *all = mem_new(struct moving);

    all->b = b;
    list_init(&all->moves);
    list_init(&all->queue);
    pthread_mutex_init(&all->lock, NULL);
    pthread_cond_init(&all->wanted, NULL);
    throttle_init(&all->throttle,
                  (unsigned)config_int(b->config, "alter.log.dirs.replication.quota.window.num"),
                  config_int(b->config, "alter.log.dirs.replication.quota.window.size.seconds") *
                      1000,
                  loop_now_ms(b->loop));
    return all;
}

static void stop_thread(struct moving *all)
{
    pthread_mutex_lock(&all->lock);
    all->quit = true;
    pthread_cond_signal(&all->wanted);
    pthread_mutex_unlock(&all->lock);
    if (all->running)
        pthread_join(all->thread, NULL);
}

static bool close_clean(struct move *m)
{
    bool clean = true;

    if (m->p)
        m->p->move = NULL;
    if (!m->p && !m->keep) {
        remove_copy(m);
    } else if (m->copy.log) {
        clean = !producers_save(&m->copy);
        clean &= !log_dir_close_partition(m->to->dir, m->copy.log, true);
    }
    move_free(m);
    return clean;
}

struct moving *moving_free(struct moving *all, bool *clean)
{
    if (!all)
        return NULL;
    stop_thread(all);
    list_each (node, &all->moves)
        *clean &= close_clean(list_item(node, struct move, node));
    map_done(&all->wishes);
    pthread_cond_destroy(&all->wanted);
    pthread_mutex_destroy(&all->lock);
    mem_free(all);
    return NULL;
}

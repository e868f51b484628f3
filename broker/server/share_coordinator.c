#include "broker/server/share_coordinator.h"

#include "broker/server/broker.h"
#include "broker/server/coordinator_record.h"
#include "broker/server/housekeeping.h"
#include "broker/server/internal_topics.h"
#include "broker/server/log_loader.h"
#include "common/clock.h"
#include "common/invariant.h"
#include "common/log.h"

enum {
    SNAPSHOTS_MAX = 200,       /* of cold keys, one round */
    COLD_RECORDS = 1000,       /* a key that holds back so many records is snapshot */
    GONE_AFTER_MS = 10 * 60000, /* the image may not know a new topic yet */
};

struct share_shard {
    struct share_coordinator *x;
    struct partition *p;
    struct share_states *core;
    bool active;
    struct log_load load;
    struct buf batch;
};

struct share_coordinator {
    struct broker *b;
    struct share_shard **shards; /* by partition; NULL: not led here */
    int32_t shards_n;
    struct log_loader loader;
    struct list waiting; /* share_ask.by_time: for the high watermark */
    struct loop_timer timeout, prune;
    int64_t write_ms_max, prune_ms;
    int32_t updates_max;
};

static bool is_state_topic(const struct partition *p)
{
    return strcmp(p->topic->name, SHARE_STATE_TOPIC) == 0;
}

static struct share_shard *shard_at(const struct share_coordinator *x, int32_t index)
{
    return x && index >= 0 && index < x->shards_n ? x->shards[index] : NULL;
}

bool shares_enabled(const struct broker *b)
{
    return image_feature(b->image, "share.version") >= 1;
}

struct str share_key_text(const struct share_key *k, struct arena *a)
{
    struct uuid_text topic = uuid_print(&k->topic);

    return str_of(arena_printf(a, "%.*s:%s:%d", STR_ARG(k->group), topic.text, k->partition));
}

/* ---- writing ---- */

static struct slice value_of(const struct share_decision *d)
{
    return slice_make(d->value.n ? d->value.p : NULL, d->value.n);
}

/* Appends what the decision writes and applies it. */
static int16_t write_decided(struct share_shard *sh, struct share_decision *d)
{
    struct append_result at = coordinator_append(sh->x->b, sh->p, &sh->batch, buf_slice(&d->key),
                                                 value_of(d), clock_wall_ms());
    err_t e;

    if (at.error) {
        log_event(LOG_WARN, "share_record_refused", "partition=%d error=%s", sh->p->index,
                  kf_error_name(at.error));
        return coordinator_error(at.error);
    }
    e = share_states_apply(sh->core, buf_slice(&d->key), value_of(d), at.last_offset);
    INVARIANT(!e); /* ours */
    d->required = at.last_offset + 1;
    return KF_ERR_NONE;
}

/* ---- the log's front ---- */

static bool is_gone(const struct share_shard *sh, const struct share_key *key,
                    const struct share_kept *k, int64_t now_ms)
{
    return !image_topic_by_id(sh->x->b->image, &key->topic) &&
           k->written_ms <= now_ms - GONE_AFTER_MS;
}

/* The walk's keys, found first: a deletion changes what is walked. */
static void drop_gone(struct share_shard *sh)
{
    int64_t now_ms = clock_wall_ms();
    OWNED_ARENA a = { 0 };
    OWNED_BUF gone = { 0 };
    struct share_key key;
    const struct share_kept *k;

    for (size_t at = 0; (k = share_states_next(sh->core, &at, &key));)
        if (is_gone(sh, &key, k, now_ms)) {
            key.group = arena_str(&a, key.group);
            buf_put(&gone, &key, sizeof(key));
        }
    for (size_t at = 0; at < gone.n; at += sizeof(key)) {
        OWNED_SHARE_DECISION d = { 0 };

        memcpy(&key, gone.p + at, sizeof(key));
        d = share_states_decide_delete(sh->core, &key);
        (void)write_decided(sh, &d); /* what was refused is found again the next time */
    }
}

static bool is_cold(const struct share_shard *sh, const struct share_kept *k)
{
    return k->snapshot_offset < log_end_offset(sh->p->log) - COLD_RECORDS;
}

static void snapshot_cold(struct share_shard *sh)
{
    OWNED_ARENA a = { 0 };
    struct share_key keys[SNAPSHOTS_MAX], key;
    const struct share_kept *k;
    int n = 0;

    for (size_t at = 0; n < SNAPSHOTS_MAX && (k = share_states_next(sh->core, &at, &key));)
        if (is_cold(sh, k)) {
            keys[n] = key;
            keys[n++].group = arena_str(&a, key.group);
        }
    for (int i = 0; i < n; i++) {
        OWNED_SHARE_DECISION d =
            share_states_decide_snapshot(sh->core, &keys[i], clock_wall_ms());

        if (write_decided(sh, &d))
            return;
    }
}

static void cut_front(struct share_shard *sh)
{
    int64_t needed = share_states_needed(sh->core), committed = partition_high_watermark(sh->p);

    if (needed > committed)
        needed = committed;
    if (needed <= log_start_offset(sh->p->log) || log_raise_start(sh->p->log, needed))
        return;
    log_event(LOG_DEBUG, "share_state_pruned", "partition=%d start=%lld", sh->p->index,
              (long long)needed);
    partition_touched(sh->p);
    house_checkpoint(sh->x->b->house);
}

static void prune_all(struct loop_timer *t)
{
    struct share_coordinator *x = container_of(t, struct share_coordinator, prune);

    for (int32_t i = 0; i < x->shards_n; i++) {
        struct share_shard *sh = x->shards[i];

        if (!sh || !sh->active || partition_error(x->b, sh->p))
            continue;
        drop_gone(sh);
        cut_front(sh);
        snapshot_cold(sh);
    }
    loop_timer_in(x->b->loop, t, x->prune_ms);
}

/* ---- partitions ---- */

static void room_for_shard(struct share_coordinator *x, int32_t index)
{
    if (index < x->shards_n)
        return;
    x->shards = mem_resize_array(x->shards, (size_t)index + 1, sizeof(struct share_shard *));
    while (x->shards_n <= index)
        x->shards[x->shards_n++] = NULL;
}

static void load_record(struct log_load *load, const struct kf_record *r)
{
    struct share_shard *sh = container_of(load, struct share_shard, load);
    err_t e = r->key.p ? share_states_apply(sh->core, r->key, r->value, r->offset) : ERR_CORRUPT;

    if (e)
        log_event(e == ERR_CORRUPT ? LOG_ERROR : LOG_WARN, "share_record_skipped",
                  "partition=%d offset=%lld error=%s", sh->p->index, (long long)r->offset,
                  err_name(e));
}

static void load_ended(struct log_load *load, err_t e)
{
    struct share_shard *sh = container_of(load, struct share_shard, load);

    if (e) {
        log_event(LOG_ERROR, "share_state_not_loaded", "partition=%d offset=%lld error=%s",
                  sh->p->index, (long long)load->at, err_name(e));
        return;
    }
    if (load->records_n)
        log_event(LOG_INFO, "share_state_loaded", "partition=%d records=%lld keys=%zu ms=%lld",
                  sh->p->index, (long long)load->records_n, sh->core->keys.n,
                  (long long)(clock_mono_ms() - load->begun_ms));
    sh->active = true;
}

void share_coordinator_lead(struct broker *b, struct partition *p)
{
    struct share_coordinator *x = b->share_coordinator;
    struct share_shard *sh;

    if (!is_state_topic(p) || shard_at(x, p->index))
        return;
    sh = mem_new(struct share_shard);
    sh->x = x;
    sh->p = p;
    sh->core = share_states_new(x->updates_max);
    sh->load.record = load_record;
    sh->load.ended = load_ended;
    room_for_shard(x, p->index);
    x->shards[p->index] = sh;
    if (!x->prune.slot)
        loop_timer_in(b->loop, &x->prune, x->prune_ms);
    log_loader_begin(&x->loader, &sh->load, &p->log);
}

/* Who waits for the high watermark has been told already (append_waits_fail). */
void share_coordinator_stop(struct broker *b, struct partition *p)
{
    struct share_shard *sh = is_state_topic(p) ? shard_at(b->share_coordinator, p->index) : NULL;

    if (!sh)
        return;
    b->share_coordinator->shards[p->index] = NULL;
    log_loader_stop(&sh->load);
    share_states_free(sh->core);
    buf_done(&sh->batch);
    mem_free(sh);
}

/* ---- asking ---- */

static void finish(struct share_ask *a, int16_t error)
{
    append_wait_cancel(&a->wait);
    list_remove(&a->by_time);
    if (error) {
        a->error = error;
        a->message = NULL;
    }
    a->done(a);
}

static void replicated(struct append_wait *w, int16_t error)
{
    struct share_ask *a = container_of(w, struct share_ask, wait);

    /* That the in-sync set has shrunk since does not undo what all of it has. */
    finish(a, error && error != KF_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND ? KF_ERR_NOT_COORDINATOR
                                                                        : KF_ERR_NONE);
}

static void timed_out(struct loop_timer *t)
{
    struct share_coordinator *x = container_of(t, struct share_coordinator, timeout);

    while (!list_empty(&x->waiting)) {
        struct share_ask *a = list_item(x->waiting.next, struct share_ask, by_time);

        if (a->deadline_ms > loop_now_ms(x->b->loop)) {
            loop_timer_set(x->b->loop, t, a->deadline_ms);
            return;
        }
        finish(a, KF_ERR_COORDINATOR_NOT_AVAILABLE);
    }
}

/* All wait equally long, so the list is in order of their ends. */
static void deliver(struct share_shard *sh, struct share_ask *a, int64_t required)
{
    struct share_coordinator *x = sh->x;

    if (required < 0 || !append_wait_begin(sh->p, &a->wait, required, replicated)) {
        finish(a, KF_ERR_NONE);
        return;
    }
    a->deadline_ms = loop_now_ms(x->b->loop) + x->write_ms_max;
    list_push(&x->waiting, &a->by_time);
    if (!x->timeout.slot)
        loop_timer_set(x->b->loop, &x->timeout, a->deadline_ms);
}

static struct share_decision decide(const struct share_states *s, const struct share_ask *a)
{
    switch (a->kind) {
    case SHARE_ASK_INITIALIZE:
        return share_states_decide_initialize(s, &a->key, a->write.state_epoch, a->write.start,
                                              clock_wall_ms());
    case SHARE_ASK_READ:
        return share_states_decide_read(s, &a->key, a->write.leader_epoch);
    case SHARE_ASK_WRITE:
        return share_states_decide_write(s, &a->key, &a->write, clock_wall_ms());
    case SHARE_ASK_DELETE:
        return share_states_decide_delete(s, &a->key);
    case SHARE_ASK_SUMMARY:
        return share_states_decide_summary(s, &a->key);
    }
    return (struct share_decision){ .error = KF_ERR_UNKNOWN_SERVER_ERROR };
}

static void answer(struct share_shard *sh, struct share_ask *a)
{
    OWNED_SHARE_DECISION d = decide(sh->core, a);

    a->error = d.error;
    a->message = d.message;
    a->state_epoch = d.state_epoch;
    a->leader_epoch = d.leader_epoch;
    a->start = d.start;
    a->complete_n = d.complete_n;
    if (d.batches && a->kind == SHARE_ASK_READ)
        share_batches_copy(&a->batches, d.batches);
    if (d.write)
        a->error = write_decided(sh, &d);
    deliver(sh, a, a->error ? -1 : d.required);
}

static int16_t refusal(const struct broker *b, const struct share_ask *a, struct share_shard **ret)
{
    const struct topic_state *t = image_topic(b->image, str_of(SHARE_STATE_TOPIC));
    const struct topic_state *about = image_topic_by_id(b->image, &a->key.topic);
    bool looks = a->kind != SHARE_ASK_DELETE && a->kind != SHARE_ASK_SUMMARY;
    OWNED_ARENA arena = { 0 };

    *ret = NULL;
    if (!shares_enabled(b))
        return KF_ERR_UNSUPPORTED_VERSION;
    if (t)
        *ret = shard_at(b->share_coordinator,
                        coordinator_partition(share_key_text(&a->key, &arena), t->partitions_n));
    if (!*ret || partition_error(b, (*ret)->p))
        return KF_ERR_NOT_COORDINATOR;
    if (!(*ret)->active)
        return KF_ERR_COORDINATOR_LOAD_IN_PROGRESS;
    return looks && (!about || a->key.partition >= about->partitions_n)
               ? KF_ERR_UNKNOWN_TOPIC_OR_PARTITION : KF_ERR_NONE;
}

void share_coordinator_ask(struct broker *b, struct share_ask *a)
{
    struct share_shard *sh;
    int16_t error = refusal(b, a, &sh);

    a->x = b->share_coordinator;
    list_init(&a->wait.by_partition);
    list_init(&a->by_time);
    if (error)
        finish(a, error);
    else
        answer(sh, a);
}

void share_coordinator_cancel(struct share_ask *a)
{
    if (!a->x)
        return;
    append_wait_cancel(&a->wait);
    list_remove(&a->by_time);
}

/* ---- the coordinator ---- */

struct share_coordinator *share_coordinator_new(struct broker *b)
{
    struct share_coordinator *x = mem_new(struct share_coordinator);
    const struct config *c = b->config;

    x->b = b;
    x->write_ms_max = config_int(c, "share.coordinator.write.timeout.ms");
    x->prune_ms = config_int(c, "share.coordinator.state.topic.prune.interval.ms");
    x->updates_max =
        (int32_t)config_int(c, "share.coordinator.snapshot.update.records.per.snapshot");
    x->timeout.fire = timed_out;
    x->prune.fire = prune_all;
    list_init(&x->waiting);
    log_loader_init(&x->loader, b->loop);
    return x;
}

struct share_coordinator *share_coordinator_free(struct share_coordinator *x)
{
    if (!x)
        return NULL;
    for (int32_t i = 0; i < x->shards_n; i++)
        INVARIANT(!x->shards[i]);
    INVARIANT(list_empty(&x->waiting));
    log_loader_done(&x->loader);
    loop_timer_clear(x->b->loop, &x->timeout);
    loop_timer_clear(x->b->loop, &x->prune);
    mem_free(x->shards);
    mem_free(x);
    return NULL;
}

#include "broker/server/groups.h"

#include "api/kafka/batch.h"
#include "broker/group/assignor.h"
#include "broker/replica/txn_marker.h"
#include "broker/server/broker_life.h"
#include "broker/server/groups_internal.h"
#include "broker/server/internal_topics.h"
#include "broker/server/share_jobs.h"
#include "common/clock.h"
#include "common/invariant.h"
#include "common/log.h"

enum { TIMERS_PER_TURN = 64, DOUBT_MS = 30000 };

/* Tells the core when an assignment is in the log for good. */
struct commit_note {
    struct append_wait wait;
    struct list node;
    struct group_shard *shard;
    struct str group; /* behind the struct */
    int32_t generation;
    bool due;
};

static void run(struct group_shard *sh, const struct group_event *ev);

static bool is_groups_topic(const struct partition *p)
{
    return strcmp(p->topic->name, GROUPS_TOPIC) == 0;
}

/* ---- answers ---- */

static void finish(struct group_ask *a)
{
    append_wait_cancel(&a->wait);
    list_remove(&a->by_time);
    a->done(a);
}

static void replicated(struct append_wait *w, int16_t error)
{
    struct group_ask *a = container_of(w, struct group_ask, wait);

    /* That the in-sync set has shrunk since does not undo what all of it has. */
    if (error && error != KF_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND)
        group_call_error(&a->call, KF_ERR_NOT_COORDINATOR);
    finish(a);
}

static void timed_out(struct loop_timer *t)
{
    struct coordinator *g = container_of(t, struct coordinator, timeout);

    while (!list_empty(&g->waiting)) {
        struct group_ask *a = list_item(g->waiting.next, struct group_ask, by_time);

        if (a->deadline_ms > loop_now_ms(g->b->loop)) {
            loop_timer_set(g->b->loop, t, a->deadline_ms);
            return;
        }
        group_call_error(&a->call, KF_ERR_COORDINATOR_NOT_AVAILABLE);
        finish(a);
    }
}

/* All wait equally long, so the list is in order of their ends. */
static void wait_for_replicas(struct group_shard *sh, struct group_ask *a)
{
    struct coordinator *g = sh->g;

    a->deadline_ms = loop_now_ms(g->b->loop) + g->commit_ms_max;
    list_push(&g->waiting, &a->by_time);
    if (!g->timeout.slot)
        loop_timer_set(g->b->loop, &g->timeout, a->deadline_ms);
}

static void deliver(struct group_shard *sh, struct group_ask *a)
{
    if (!a->call.failed && a->call.required >= 0 &&
        append_wait_begin(sh->p, &a->wait, a->call.required, replicated))
        wait_for_replicas(sh, a);
    else
        finish(a);
}

/* An answer may bring the next request of its connection, but never in the same stack. */
static void deliver_all(struct group_shard *sh, struct list *answered)
{
    while (!list_empty(answered)) {
        struct group_call *call = list_item(answered->next, struct group_call, node);

        list_remove(&call->node);
        deliver(sh, container_of(call, struct group_ask, call));
    }
}

/* ---- notes ---- */

static void note_free(struct commit_note *n)
{
    append_wait_cancel(&n->wait);
    list_remove(&n->node);
    mem_free(n);
}

/* Called from within a follower's fetch or an append, which the core must not see: later. */
static void note_due(struct append_wait *w, int16_t error)
{
    struct commit_note *n = container_of(w, struct commit_note, wait);

    if (error && error != KF_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND) {
        note_free(n); /* not the leader any more */
        return;
    }
    n->due = true;
    loop_defer(n->shard->g->b->loop, &n->shard->tell);
}

static void tell_core(struct loop_task *t)
{
    struct group_shard *sh = container_of(t, struct group_shard, tell);

    list_each (node, &sh->notes) {
        struct commit_note *n = list_item(node, struct commit_note, node);
        struct group_event ev = { .kind = GROUP_COMMITTED,
                                  .group_id = n->group,
                                  .generation = n->generation };

        if (!n->due)
            continue;
        run(sh, &ev);
        note_free(n);
    }
}

static void note_begin(struct group_shard *sh, const struct group_out *out, int64_t end)
{
    struct commit_note *n = mem_zero(sizeof(*n) + out->note_group.n + 1);

    memcpy(n + 1, out->note_group.p, out->note_group.n);
    n->group = str_make((const char *)(n + 1), out->note_group.n);
    n->generation = out->note_generation;
    n->shard = sh;
    list_push(&sh->notes, &n->node);
    if (!append_wait_begin(sh->p, &n->wait, end, note_due))
        note_due(&n->wait, KF_ERR_NONE);
}

/* ---- steps ---- */

static void put_batch(struct group_shard *sh, const struct group_out *out, int64_t wall_ms)
{
    int flags = out->producer_id >= 0 ? KF_ATTR_TRANSACTIONAL : 0;
    struct kf_batch_builder builder;

    buf_clear(&sh->batch);
    kf_batch_begin(&builder, &sh->batch, 0, sh->p->leader_epoch, (int16_t)(sh->g->codec | flags));
    for (int i = 0; i < out->records_n; i++)
        kf_batch_put(&builder, wall_ms, out->records[i].key, out->records[i].value, NULL, 0);
    if (out->producer_id >= 0)
        kf_batch_producer(&builder, out->producer_id, out->producer_epoch, -1);
    INVARIANT(kf_batch_end(&builder) == ERR_OK);
}

static struct append_result append(struct group_shard *sh, const struct group_out *out,
                                   int64_t wall_ms)
{
    int16_t error = partition_error(sh->g->b, sh->p);
    struct head head;

    if (error)
        return (struct append_result){ .error = error };
    put_batch(sh, out, wall_ms);
    INVARIANT(head_parse(sh->batch.p, &head));
    return append_with_ticket(sh->g->b, sh->p, sh->batch.p, sh->batch.n, &head, true, wall_ms, out->ticket);
}

static void write_records(struct group_shard *sh, const struct group_context *c,
                          struct group_out *out)
{
    struct append_result at = append(sh, out, c->wall_ms);

    if (at.error) {
        log_event(LOG_WARN, "group_records_refused", "partition=%d records=%d error=%s",
                  sh->p->index, out->records_n, kf_error_name(at.error));
        groups_refused(sh->core, c, out, at.error);
        return;
    }
    groups_appended(sh->core, c, out, at.last_offset + 1);
    if (out->note)
        note_begin(sh, out, at.last_offset + 1);
}

/* Only who joins may need an id; the system's random numbers cost a call. */
static bool may_need_id(const struct group_event *ev)
{
    return ev->kind == GROUP_CALL &&
           (ev->call->api == GROUP_JOIN || ev->call->api == GROUP_CONSUMER_HEARTBEAT);
}

static struct group_context context(const struct group_shard *sh, bool id)
{
    struct group_context c = { .now_ms = loop_now_ms(sh->g->b->loop),
                               .wall_ms = clock_wall_ms(),
                               .image = sh->g->b->image };

    if (id)
        c.fresh = uuid_random();
    return c;
}

static void arm(struct group_shard *sh)
{
    int64_t next = groups_next_timer(sh->core);

    if (next == INT64_MAX)
        loop_timer_clear(sh->g->b->loop, &sh->timer);
    else if (!sh->timer.slot || sh->timer.at_ms != next)
        loop_timer_set(sh->g->b->loop, &sh->timer, next);
}

/* Moves the answers out before they are given: an answer may lead back here. */
static void list_take(struct list *from, struct list *to)
{
    list_init(to);
    while (!list_empty(from)) {
        struct list *node = from->next;

        list_remove(node);
        list_push(to, node);
    }
}

static void run(struct group_shard *sh, const struct group_event *ev)
{
    struct group_context c = context(sh, may_need_id(ev));
    OWNED_ARENA arena = { 0 };
    struct group_out out;
    struct list answered;

    group_out_init(&out, &arena);
    groups_step(sh->core, &c, ev, &out);
    if (out.records_n)
        write_records(sh, &c, &out);
    if (out.share_parts_n)
        share_jobs_initialize(sh->g->b, &out);
    list_take(&out.answered, &answered);
    arm(sh);
    if (out.again)
        run(sh, &(struct group_event){ .kind = GROUP_CALL, .call = out.again });
    deliver_all(sh, &answered);
}

static void timer_due(struct loop_timer *t)
{
    struct group_shard *sh = container_of(t, struct group_shard, timer);
    struct group_event ev = { .kind = GROUP_TIMER };

    for (int i = 0;
         i < TIMERS_PER_TURN && groups_next_timer(sh->core) <= loop_now_ms(sh->g->b->loop); i++)
        run(sh, &ev);
}

/* ---- shards ---- */

static void shard_loaded(struct group_shard *sh)
{
    struct group_context c = context(sh, false);
    OWNED_ARENA arena = { 0 };
    struct group_out out;

    group_out_init(&out, &arena);
    groups_loaded(sh->core, &c, &out);
    sh->active = true;
    INVARIANT(!out.records_n && list_empty(&out.answered));
    arm(sh);
}

static void load_record(struct log_load *load, const struct kf_record *r)
{
    struct group_shard *sh = container_of(load, struct group_shard, load);
    struct group_record record = { r->key, r->value };
    err_t e = ERR_CORRUPT;

    if (r->key.p && (load->batch->attributes & KF_ATTR_TRANSACTIONAL))
        e = groups_load_txn(sh->core, &record, load->batch->producer_id, r->offset + 1);
    else if (r->key.p)
        e = groups_load(sh->core, &record, r->offset + 1);
    if (e == ERR_CORRUPT)
        log_event(LOG_ERROR, "group_record_skipped", "partition=%d offset=%lld error=%s",
                  sh->p->index, (long long)r->offset, err_name(e));
}

static void load_marker(struct log_load *load)
{
    struct group_shard *sh = container_of(load, struct group_shard, load);
    struct producer_marker m;

    if (txn_marker_parse(load->batch->bytes, &m))
        groups_marked(sh->core, m.producer_id, m.commit, load->batch->last_offset + 1);
}

static void load_ended(struct log_load *load, err_t e)
{
    struct group_shard *sh = container_of(load, struct group_shard, load);

    if (e) {
        log_event(LOG_ERROR, "groups_not_loaded", "partition=%d offset=%lld error=%s", sh->p->index,
                  (long long)load->at, err_name(e));
        return;
    }
    if (load->records_n)
        log_event(LOG_INFO, "groups_loaded", "partition=%d records=%lld groups=%zu ms=%lld",
                  sh->p->index, (long long)load->records_n, groups_n(sh->core),
                  (long long)(clock_mono_ms() - load->begun_ms));
    shard_loaded(sh);
}

static struct group_shard *shard_of(const struct coordinator *g, int32_t index)
{
    return g && index >= 0 && index < g->shards_n ? g->shards[index] : NULL;
}

static void room_for_shard(struct coordinator *g, int32_t index)
{
    if (index < g->shards_n)
        return;
    g->shards = mem_resize_array(g->shards, (size_t)index + 1, sizeof(struct group_shard *));
    while (g->shards_n <= index)
        g->shards[g->shards_n++] = NULL;
}

void groups_lead(struct broker *b, struct partition *p)
{
    struct coordinator *g = b->coordinator;
    struct group_shard *sh;

    if (!is_groups_topic(p) || shard_of(g, p->index))
        return;
    sh = mem_new(struct group_shard);
    sh->g = g;
    sh->p = p;
    sh->core = groups_new(&g->config);
    sh->timer.fire = timer_due;
    sh->tell.run = tell_core;
    sh->load.record = load_record;
    sh->load.control = load_marker;
    sh->load.ended = load_ended;
    list_init(&sh->notes);
    room_for_shard(g, p->index);
    g->shards[p->index] = sh;
    log_loader_begin(&g->loader, &sh->load, &p->log);
}

/* Who waits for the high watermark has been told already (append_waits_fail). */
void groups_stop(struct broker *b, struct partition *p)
{
    struct group_shard *sh = is_groups_topic(p) ? shard_of(b->coordinator, p->index) : NULL;
    struct group_out out;
    struct list answered;

    if (!sh)
        return;
    b->coordinator->shards[p->index] = NULL;
    log_loader_stop(&sh->load);
    loop_timer_clear(b->loop, &sh->timer);
    loop_undefer(b->loop, &sh->tell);
    list_each (node, &sh->notes)
        note_free(list_item(node, struct commit_note, node));
    group_out_init(&out, NULL);
    groups_abandon(sh->core, &out, KF_ERR_NOT_COORDINATOR);
    list_take(&out.answered, &answered);
    deliver_all(sh, &answered);
    groups_free(sh->core);
    buf_done(&sh->batch);
    mem_free(sh);
}

/* ---- the coordinator ---- */

/* "org.apache.kafka.coordinator.group.assignor.UniformAssignor" is uniform; a class that is not
 * Kafka's own cannot be run here. */
static const struct assignor *assignor_of(struct str item)
{
    static const struct {
        const char *class_name, *name;
    } known[] = {
        { "org.apache.kafka.coordinator.group.assignor.UniformAssignor", "uniform" },
        { "org.apache.kafka.coordinator.group.assignor.RangeAssignor", "range" },
    };

    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (str_is(item, known[i].class_name))
            return assignor_find(str_of(known[i].name));
    return assignor_find(item);
}

static void read_assignors(const struct config *c, struct group_config *ret)
{
    const char *at = config_text(c, "group.consumer.assignors");
    struct str item;

    while (at && config_next_item(&at, &item) && ret->assignors_n < ARRAY_LEN(ret->assignors)) {
        const struct assignor *a = assignor_of(item);

        if (a)
            ret->assignors[ret->assignors_n++] = a;
        else
            log_event(LOG_WARN, "assignor_unknown", "name=%.*s", STR_ARG(item));
    }
    if (!ret->assignors_n)
        ret->assignors[ret->assignors_n++] = &assignors[0];
}

static bool names_protocol(const struct config *c, const char *protocol)
{
    const char *at = config_text(c, "group.coordinator.rebalance.protocols");
    struct str item;

    while (at && config_next_item(&at, &item))
        if (str_is(item, protocol))
            return true;
    return false;
}

static bool policy_is(const struct config *c, const char *a, const char *b)
{
    const char *policy = config_text(c, "group.consumer.migration.policy");

    return policy && (!strcasecmp(policy, a) || !strcasecmp(policy, b));
}

/* As Kafka does with an interval out of its bounds. */
static int32_t between(int64_t ms, int32_t low, int32_t high)
{
    return ms < low ? low : ms > high ? high : (int32_t)ms;
}

static void read_consumer_config(const struct config *c, struct group_config *ret)
{
    ret->consumer_enabled = names_protocol(c, "consumer");
    ret->consumer_session_ms = (int32_t)config_int(c, "group.consumer.session.timeout.ms");
    ret->consumer_session_ms_min = (int32_t)config_int(c, "group.consumer.min.session.timeout.ms");
    ret->consumer_session_ms_max = (int32_t)config_int(c, "group.consumer.max.session.timeout.ms");
    ret->consumer_heartbeat_ms = (int32_t)config_int(c, "group.consumer.heartbeat.interval.ms");
    ret->consumer_heartbeat_ms_min =
        (int32_t)config_int(c, "group.consumer.min.heartbeat.interval.ms");
    ret->consumer_heartbeat_ms_max =
        (int32_t)config_int(c, "group.consumer.max.heartbeat.interval.ms");
    ret->consumer_size_max = (int32_t)config_int(c, "group.consumer.max.size");
    ret->consumer_assignment_ms_min =
        (int32_t)config_int(c, "group.consumer.min.assignment.interval.ms");
    ret->consumer_assignment_ms_max =
        (int32_t)config_int(c, "group.consumer.max.assignment.interval.ms");
    ret->consumer_assignment_ms =
        between(config_int(c, "group.consumer.assignment.interval.ms"),
                ret->consumer_assignment_ms_min, ret->consumer_assignment_ms_max);
    ret->regex_refresh_ms = config_int(c, "group.consumer.regex.refresh.interval.ms");
    ret->upgrade = policy_is(c, "upgrade", "bidirectional");
    ret->downgrade = policy_is(c, "downgrade", "bidirectional");
    ret->hurry = true;
    read_assignors(c, ret);
}

static struct group_config read_config(const struct config *c)
{
    struct group_config ret = {
        .session_ms_min = (int32_t)config_int(c, "group.min.session.timeout.ms"),
        .session_ms_max = (int32_t)config_int(c, "group.max.session.timeout.ms"),
        .initial_rebalance_delay_ms = (int32_t)config_int(c, "group.initial.rebalance.delay.ms"),
        .size_max = (int32_t)config_int(c, "group.max.size"),
        .metadata_bytes_max = (int32_t)config_int(c, "offset.metadata.max.bytes"),
        .retention_ms = config_int(c, "offsets.retention.minutes") * 60000,
        .retention_check_ms = config_int(c, "offsets.retention.check.interval.ms"),
    };

    read_consumer_config(c, &ret);
    return ret;
}

static void read_share_config(const struct config *c, struct group_config *ret)
{
    ret->share_session_ms = (int32_t)config_int(c, "group.share.session.timeout.ms");
    ret->share_session_ms_min = (int32_t)config_int(c, "group.share.min.session.timeout.ms");
    ret->share_session_ms_max = (int32_t)config_int(c, "group.share.max.session.timeout.ms");
    ret->share_heartbeat_ms = (int32_t)config_int(c, "group.share.heartbeat.interval.ms");
    ret->share_heartbeat_ms_min = (int32_t)config_int(c, "group.share.min.heartbeat.interval.ms");
    ret->share_heartbeat_ms_max = (int32_t)config_int(c, "group.share.max.heartbeat.interval.ms");
    ret->share_assignment_ms_min =
        (int32_t)config_int(c, "group.share.min.assignment.interval.ms");
    ret->share_assignment_ms_max =
        (int32_t)config_int(c, "group.share.max.assignment.interval.ms");
    ret->share_assignment_ms = between(config_int(c, "group.share.assignment.interval.ms"),
                                       ret->share_assignment_ms_min, ret->share_assignment_ms_max);
    ret->share_size_max = (int32_t)config_int(c, "group.share.max.size");
    ret->share_retry_ms = (int32_t)config_int(c, "group.share.initialize.retry.interval.ms");
}

struct coordinator *coordinator_new(struct broker *b)
{
    struct coordinator *g = mem_new(struct coordinator);

    g->b = b;
    g->config = read_config(b->config);
    read_share_config(b->config, &g->config);
    list_init(&g->share_jobs);
    g->codec = (int16_t)config_int(b->config, "offsets.topic.compression.codec");
    if (g->codec < 0 || g->codec > KF_ATTR_CODEC)
        g->codec = 0;
    g->commit_ms_max = config_int(b->config, "offsets.commit.timeout.ms");
    g->timeout.fire = timed_out;
    log_loader_init(&g->loader, b->loop);
    list_init(&g->waiting);
    return g;
}

struct coordinator *coordinator_free(struct coordinator *g)
{
    if (!g)
        return NULL;
    for (int32_t i = 0; i < g->shards_n; i++)
        INVARIANT(!g->shards[i]);
    share_jobs_cancel_all(&g->share_jobs);
    INVARIANT(list_empty(&g->waiting));
    log_loader_done(&g->loader);
    loop_timer_clear(g->b->loop, &g->timeout);
    mem_free(g->shards);
    mem_free(g);
    return NULL;
}

/* ---- asking ---- */

bool groups_consumer_enabled(const struct broker *b)
{
    return b->coordinator->config.consumer_enabled && image_feature(b->image, "group.version") >= 1;
}

static int16_t shard_error(const struct broker *b, const struct group_shard *sh)
{
    if (!sh || partition_error(b, sh->p))
        return KF_ERR_NOT_COORDINATOR;
    return sh->active ? KF_ERR_NONE : KF_ERR_COORDINATOR_LOAD_IN_PROGRESS;
}

/* Others may coordinate, and have taken commits of which this one has not heard (0013): a member is told that
 * offsets may still change, and asks again, and when that lasts to look for another coordinator. */
static int16_t doubt(const struct broker *b, struct group_call *call)
{
    if (call->api != GROUP_OFFSET_FETCH || life_in_session(b))
        return KF_ERR_NONE;
    call->doubtful = call->stable && life_was_in_session(b, DOUBT_MS);
    return call->doubtful ? KF_ERR_NONE : KF_ERR_NOT_COORDINATOR;
}

static bool api_enabled(const struct broker *b, const struct group_call *call)
{
    switch ((int)call->api) {
    case GROUP_CONSUMER_HEARTBEAT:
    case GROUP_CONSUMER_DESCRIBE:
        return groups_consumer_enabled(b);
    case GROUP_SHARE_HEARTBEAT:
    case GROUP_SHARE_DESCRIBE:
    case GROUP_SHARE_OFFSETS:
    case GROUP_SHARE_ALTER:
        return shares_enabled(b);
    case GROUP_SHARE_FORGET: /* also a part of DeleteGroups */
        return shares_enabled(b) || !call->request;
    default:
        return true;
    }
}

static struct group_shard *shard_of_group(const struct broker *b, struct str id)
{
    const struct topic_state *t = image_topic(b->image, str_of(GROUPS_TOPIC));

    return t ? shard_of(b->coordinator, coordinator_partition(id, t->partitions_n)) : NULL;
}

void groups_tell(struct broker *b, struct str group_id, const struct group_event *ev)
{
    struct group_shard *sh = shard_of_group(b, group_id);

    if (!shard_error(b, sh))
        run(sh, ev);
}

void groups_ask(struct broker *b, struct group_ask *a)
{
    struct group_shard *sh = shard_of_group(b, a->call.group_id);
    int16_t error = a->refused                   ? a->refused
                    : !api_enabled(b, &a->call) ? KF_ERR_UNSUPPORTED_VERSION
                                                : shard_error(b, sh);

    if (!error)
        error = doubt(b, &a->call);
    a->coordinator = b->coordinator;
    list_init(&a->wait.by_partition);
    list_init(&a->by_time);
    list_init(&a->call.node);
    if (error) {
        group_call_error(&a->call, error);
        a->done(a);
        return;
    }
    run(sh, &(struct group_event){ .kind = GROUP_CALL, .call = &a->call });
}

/* The image's topic has changed: groups that read it are told, wherever they live here. */
void groups_topic_changed(struct broker *b, struct str topic)
{
    struct coordinator *g = b->coordinator;
    bool gone = !image_topic(b->image, topic);

    for (int32_t i = 0; g && i < g->shards_n; i++) /* tests have a broker without one */
        if (g->shards[i] && g->shards[i]->active &&
            (gone ? groups_n(g->shards[i]->core) : groups_read_topic(g->shards[i]->core, topic)))
            run(g->shards[i], &(struct group_event){ .kind = GROUP_TOPIC, .group_id = topic });
}

/* While the shard loads it comes to the marker by itself. */
void groups_marker_appended(struct broker *b, const struct partition *p, const struct producer_marker *m)
{
    struct group_shard *sh = is_groups_topic(p) ? shard_of(b->coordinator, p->index) : NULL;

    if (sh && sh->active)
        groups_marked(sh->core, m->producer_id, m->commit, m->offset + 1);
}

void groups_ask_cancel(struct group_ask *a)
{
    groups_forget(&a->call);
    list_remove(&a->call.node);
    append_wait_cancel(&a->wait);
    list_remove(&a->by_time);
}

bool groups_any_loading(const struct broker *b)
{
    const struct coordinator *g = b->coordinator;

    for (int32_t i = 0; i < g->shards_n; i++)
        if (g->shards[i] && !g->shards[i]->active)
            return true;
    return false;
}

bool groups_next(struct broker *b, struct groups_walk *at, struct group_listing *ret)
{
    const struct coordinator *g = b->coordinator;

    for (; at->shard < g->shards_n; at->shard++, at->group = 0)
        if (g->shards[at->shard] && g->shards[at->shard]->active &&
            groups_list(g->shards[at->shard]->core, &at->group, ret))
            return true;
    return false;
}

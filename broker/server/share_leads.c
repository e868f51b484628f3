#include "broker/server/share_leads.h"

#include "broker/group/group_property.h"
#include "broker/replica/leader.h"
#include "broker/server/broker.h"
#include "common/clock.h"
#include "common/invariant.h"
#include "common/log.h"

enum { RETRY_MS = 1000 };

/* ---- properties ---- */

static int32_t of_broker(const struct broker *b, const char *key)
{
    return (int32_t)config_int(b->config, key);
}

static int32_t property(const struct broker *b, struct str group, const char *key,
                        const char *broker_key, const char *low_key, const char *high_key)
{
    return group_property(b->image, group, key, of_broker(b, broker_key), of_broker(b, low_key),
                          of_broker(b, high_key));
}

struct share_limits share_lead_limits(const struct broker *b, struct str group)
{
    return (struct share_limits){
        .lock_ms = property(b, group, "share.record.lock.duration.ms",
                            "group.share.record.lock.duration.ms",
                            "group.share.min.record.lock.duration.ms",
                            "group.share.max.record.lock.duration.ms"),
        .locks_max = property(b, group, "share.partition.max.record.locks",
                              "group.share.partition.max.record.locks",
                              "group.share.min.partition.max.record.locks",
                              "group.share.max.partition.max.record.locks"),
        .count_max = property(b, group, "share.delivery.count.limit",
                              "group.share.delivery.count.limit",
                              "group.share.min.delivery.count.limit",
                              "group.share.max.delivery.count.limit"),
    };
}

bool share_reads_committed(const struct broker *b, struct str group)
{
    const char *text = group_property_text(b->image, group, "share.isolation.level");

    return text && strcasecmp(text, "read_committed") == 0;
}

bool share_renews(const struct broker *b, struct str group)
{
    const char *text = group_property_text(b->image, group, "share.renew.acknowledge.enable");

    return !text || strcasecmp(text, "false");
}

/* Days, hours, minutes and seconds of an ISO 8601 duration, as the controller has let it in. */
static int64_t duration_ms(const char *text)
{
    int64_t ms = 0, n = 0;
    bool time = false;

    for (; *text; text++) {
        int64_t unit = *text == 'D' ? 86400000 : *text == 'H' ? 3600000
                       : *text == 'M' && time ? 60000 : *text == 'S' ? 1000 : 0;

        if (*text >= '0' && *text <= '9' && n < INT32_MAX)
            n = 10 * n + (*text - '0');
        time |= *text == 'T';
        if (!unit && *text != '.')
            continue;
        ms += n * (unit ? unit : 1000); /* parts of a second are left out */
        n = 0;
        if (*text == '.')
            break;
    }
    return ms;
}

/* share.auto.offset.reset of a group that has no offset here yet. */
static err_t first_offset(const struct share_lead *l, int64_t *ret)
{
    const char *text =
        group_property_text(l->b->image, l->group, "share.auto.offset.reset");
    static const char by[] = "by_duration:";
    int64_t timestamp;
    int32_t epoch;
    err_t e = ERR_OK;

    *ret = partition_high_watermark(l->p);
    if (text && strcasecmp(text, "earliest") == 0)
        *ret = log_start_offset(l->p->log);
    if (!text || strncasecmp(text, by, sizeof(by) - 1))
        return ERR_OK;
    timestamp = clock_wall_ms() - duration_ms(text + sizeof(by) - 1);
    e = log_offset_for_time(l->p->log, timestamp, ret, &timestamp, &epoch);
    if (*ret < 0 || *ret > partition_high_watermark(l->p))
        *ret = partition_high_watermark(l->p);
    return e;
}

/* What a share coordinator answers, as fetches and acknowledgements are told. */
static int16_t told(int16_t error)
{
    switch (error) {
    case KF_ERR_NONE:
    case KF_ERR_GROUP_ID_NOT_FOUND:
    case KF_ERR_UNKNOWN_TOPIC_OR_PARTITION:
        return error;
    case KF_ERR_NOT_COORDINATOR:
    case KF_ERR_COORDINATOR_NOT_AVAILABLE:
    case KF_ERR_COORDINATOR_LOAD_IN_PROGRESS:
        return KF_ERR_COORDINATOR_NOT_AVAILABLE;
    case KF_ERR_FENCED_LEADER_EPOCH:
    case KF_ERR_FENCED_STATE_EPOCH:
        return KF_ERR_NOT_LEADER_OR_FOLLOWER;
    default:
        return KF_ERR_UNKNOWN_SERVER_ERROR;
    }
}

/* ---- who waits ---- */

static void touch(struct share_lead *l)
{
    list_each (node, &l->subscribers) {
        struct share_watch *w = list_item(node, struct share_watch, node);

        w->touched(w);
    }
}

/* Called from within an append or a follower's fetch: who is woken looks at the end of the turn. */
static void exposed(struct partition *p)
{
    list_each (node, &p->shares)
        touch(list_item(node, struct share_lead, node));
}

static void answer_waits(struct share_lead *l, uint64_t until, int16_t error)
{
    while (!list_empty(&l->waits)) {
        struct share_wait *w = list_item(l->waits.next, struct share_wait, node);

        if (w->write > until)
            return;
        list_remove(&w->node);
        w->done(w, error);
    }
}

void share_wait_begin(struct share_lead *l, struct share_wait *w, uint64_t number)
{
    w->write = number;
    list_push(&l->waits, &w->node);
}

void share_wait_end(struct share_wait *w)
{
    list_remove(&w->node);
}

/* ---- life ---- */

static void lead_end(struct share_lead *l, int16_t error)
{
    struct loop *loop = l->b->loop;

    list_remove(&l->node);
    share_persist_cancel(&l->persist);
    loop_timer_clear(loop, &l->locks);
    loop_timer_clear(loop, &l->retry);
    loop_undefer(loop, &l->work);
    while (!list_empty(&l->subscribers)) {
        struct share_watch *w = list_item(l->subscribers.next, struct share_watch, node);

        list_remove(&w->node);
        w->lead = NULL;
        w->error = error;
        w->touched(w);
    }
    answer_waits(l, UINT64_MAX, error ? error : KF_ERR_NOT_LEADER_OR_FOLLOWER);
    share_batches_done(&l->outgoing);
    share_batches_done(&l->persist.ask.batches);
    share_partition_free(l->core);
    mem_free((void *)(uintptr_t)l->group.p);
    mem_free(l);
}

static void log_lost(const struct share_lead *l, const char *what, int16_t error)
{
    log_event(LOG_WARN, what, "group=\"%.*s\" topic=%s partition=%d error=%s", STR_ARG(l->group),
              l->p->topic->name, l->p->index, kf_error_name(error));
}

static void loaded(struct share_persist *s)
{
    struct share_lead *l = s->ctx;
    const struct share_ask *a = &s->ask;
    int64_t start = a->start, begin = log_start_offset(l->p->log);

    l->asking = false;
    if (a->error) {
        log_lost(l, "share_state_not_read", a->error);
        lead_end(l, told(a->error));
        return;
    }
    if (start < 0 && first_offset(l, &start)) {
        lead_end(l, KF_ERR_KAFKA_STORAGE_ERROR);
        return;
    }
    l->core = share_partition_new();
    share_partition_load(l->core, start, a->state_epoch, a->batches.v, a->batches.n);
    /* Where a group begins is remembered, however long its first record takes to come. */
    l->core->start_unsaved = a->start < 0;
    if (start < begin)
        share_partition_log_begins(l->core, begin);
    share_batches_clear(&l->persist.ask.batches);
    touch(l);
    share_lead_changed(l);
}

static void load(struct share_lead *l)
{
    l->persist.ask.kind = SHARE_ASK_READ;
    l->persist.ask.key = (struct share_key){ l->group, l->p->topic->id, l->p->index };
    l->persist.ask.write = (struct share_write){ .state_epoch = -1,
                                                 .leader_epoch = l->p->leader_epoch,
                                                 .start = -1,
                                                 .complete_n = -1 };
    l->persist.done = loaded;
    l->persist.ctx = l;
    l->asking = true;
    share_persist_begin(l->b, &l->persist);
}

/* ---- writes ---- */

static bool is_lost(int16_t error)
{
    return error == KF_ERR_FENCED_LEADER_EPOCH || error == KF_ERR_FENCED_STATE_EPOCH ||
           error == KF_ERR_INVALID_REQUEST || error == KF_ERR_UNKNOWN_TOPIC_OR_PARTITION ||
           error == KF_ERR_GROUP_ID_NOT_FOUND;
}

static void written(struct share_persist *s)
{
    struct share_lead *l = s->ctx;
    int16_t error = s->ask.error;

    l->asking = false;
    share_batches_done(&l->outgoing);
    if (error)
        log_lost(l, "share_state_not_written", error);
    if (is_lost(error)) {
        lead_end(l, told(error));
        return;
    }
    share_partition_write_done(l->core, !error);
    answer_waits(l, l->core->written, told(error));
    if (error)
        loop_timer_in(l->b->loop, &l->retry, RETRY_MS);
    touch(l);
    share_lead_changed(l);
}

static void write_begin(struct share_lead *l)
{
    struct share_outgoing out = share_partition_write_begin(l->core);

    l->outgoing = out.batches;
    l->persist.ask.kind = SHARE_ASK_WRITE;
    l->persist.ask.write = (struct share_write){ .state_epoch = l->core->state_epoch,
                                                 .leader_epoch = l->p->leader_epoch,
                                                 .start = out.start,
                                                 .complete_n = out.complete_n,
                                                 .batches = l->outgoing.v,
                                                 .batches_n = l->outgoing.n };
    l->persist.done = written;
    l->asking = true;
    share_persist_begin(l->b, &l->persist);
}

static bool is_idle(const struct share_lead *l)
{
    return list_empty(&l->subscribers) && list_empty(&l->waits) &&
           (!l->core || list_empty(&l->core->locks));
}

static void work(struct loop_task *t)
{
    struct share_lead *l = container_of(t, struct share_lead, work);
    bool pausing = l->retry.slot != 0;

    if (l->core && !l->asking && share_partition_write_due(l->core, pausing))
        write_begin(l);
    else if (is_idle(l) && !l->asking && !(l->core && share_partition_write_due(l->core, false)))
        lead_end(l, KF_ERR_NONE);
}

static void locks_over(struct loop_timer *t)
{
    struct share_lead *l = container_of(t, struct share_lead, locks);
    struct share_limits limits = share_lead_limits(l->b, l->group);

    if (share_partition_expire(l->core, &limits, loop_now_ms(l->b->loop)))
        touch(l);
    share_lead_changed(l);
}

static void retry_due(struct loop_timer *t)
{
    share_lead_changed(container_of(t, struct share_lead, retry));
}

void share_lead_changed(struct share_lead *l)
{
    int64_t next = l->core ? share_partition_next_lock(l->core) : INT64_MAX;

    if (next == INT64_MAX)
        loop_timer_clear(l->b->loop, &l->locks);
    else if (!l->locks.slot || l->locks.at_ms != next)
        loop_timer_set(l->b->loop, &l->locks, next);
    loop_defer(l->b->loop, &l->work);
}

/* ---- watching ---- */

struct share_lead *share_lead_find(const struct partition *p, struct str group)
{
    list_each (node, &p->shares)
        if (str_eq(list_item(node, struct share_lead, node)->group, group))
            return list_item(node, struct share_lead, node);
    return NULL;
}

static struct share_lead *lead_new(struct broker *b, struct partition *p, struct str group)
{
    struct share_lead *l = mem_new(struct share_lead);

    l->b = b;
    l->p = p;
    l->group = str_make(mem_strndup(group.p, group.n), group.n);
    l->locks.fire = locks_over;
    l->retry.fire = retry_due;
    l->work.run = work;
    list_init(&l->subscribers);
    list_init(&l->waits);
    list_push(&p->shares, &l->node);
    p->exposed = exposed;
    load(l);
    return l;
}

void share_watch_begin(struct broker *b, struct partition *p, struct str group,
                       struct share_watch *w)
{
    struct share_lead *l = share_lead_find(p, group);

    INVARIANT(p->leads && !w->lead);
    if (!l)
        l = lead_new(b, p, group);
    w->lead = l;
    w->error = KF_ERR_NONE;
    list_push(&l->subscribers, &w->node);
}

void share_watch_end(struct share_watch *w)
{
    list_remove(&w->node);
    if (w->lead)
        share_lead_changed(w->lead);
    w->lead = NULL;
}

void share_leads_stop(struct partition *p, int16_t error)
{
    while (!list_empty(&p->shares))
        lead_end(list_item(p->shares.next, struct share_lead, node), error);
}

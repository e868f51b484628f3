#include "broker/server/fetcher_internal.h"

#include "broker/log/head.h"
#include "broker/server/directories.h"
#include "broker/server/housekeeping.h"
#include "broker/server/moving.h"
#include "broker/server/producers.h"
#include "broker/server/throttling.h"
#include "common/clock.h"
#include "common/log.h"

typedef struct kf_fetch_response_partition_data partition_in;

/* Batches of an epoch that this replica has not heard of yet are not taken: the leader that
 * wrote them may not be the one it follows (KAFKA-18723). */
static size_t known_part(const struct partition *p, struct slice records)
{
    struct head h;
    size_t at = 0;

    while (records.n - at >= HEAD_BYTES && head_parse(records.p + at, &h)) {
        if (h.epoch > p->leader_epoch)
            return at;
        if (h.size > (int64_t)(records.n - at))
            break;
        at += (size_t)h.size;
    }
    return records.n;
}

/* After DeleteRecords the leader's log begins inside a batch, and so did what an empty replica
 * asked for: its log begins with that batch then. */
static err_t append_whole(struct partition *p, struct slice records)
{
    struct follower_log l = partition_log(p);
    err_t e = log_append_as_is(p->log, records.p, records.n);
    struct head h;

    if (e != ERR_OUT_OF_RANGE || records.n < HEAD_BYTES || !head_parse(records.p, &h) ||
        !follower_begins_inside(&l, h.base, h.last))
        return e;
    e = log_restart_at(p->log, h.base);
    moving_truncated(p, h.base);
    return e ? e : log_append_as_is(p->log, records.p, records.n);
}

static err_t append(struct broker *b, struct partition *p, struct slice records)
{
    int64_t now_ms = clock_wall_ms();
    err_t e;

    records.n = known_part(p, records);
    if (!records.n)
        return ERR_OK;
    e = append_whole(p, records);
    if (e) {
        house_refused(b->house, e);
        directories_suspect(b, p, e);
        return e;
    }
    producers_followed(p, records.p, records.n);
    b->traffic.count[TRAFFIC_REPLICATION_IN] += records.n;
    house_appended(b->house, records.n);
    return log_flush_due(p->log, now_ms) ? log_sync(p->log) : ERR_OK;
}

static void raise(struct broker *b, struct partition *p, const partition_in *in)
{
    struct follower_log l = partition_log(p);
    int64_t high_watermark = follower_high_watermark(&l, in->high_watermark), start;

    if (high_watermark > l.high_watermark) {
        log_set_high_watermark(p->log, high_watermark);
        partition_exposed(p);
        l.high_watermark = high_watermark;
        house_appended(b->house, 0);
    }
    start = follower_start(&l, in->log_start_offset);
    if (start > l.start && !log_raise_start(p->log, start))
        partition_touched(p);
}

/* The log takes records (`e` is OK), or it does not. */
static void note_refused(struct fetcher_partition *f, err_t e)
{
    const struct partition *p = f->partition;

    if (e == f->refused)
        return;
    f->refused = e;
    log_event(e ? LOG_ERROR : LOG_INFO, e ? "records_not_replicated" : "records_replicated_again",
              "topic=%s partition=%d offset=%lld error=%s", p->topic->name, p->index,
              (long long)log_end_offset(p->log), err_name(e));
}

/* Records, or the high watermark and the log start alone. Named in the next request when the
 * leader is to hear of it: a new end, a new start. */
static void take(struct fetcher_partition *f, const partition_in *in)
{
    struct broker *b = f->peer->all->b;
    struct partition *p = f->partition;
    int64_t end = log_end_offset(p->log), start = log_start_offset(p->log);
    err_t e = in->records.n ? append(b, p, in->records) : ERR_OK;
    int64_t rest_ms;

    if (in->records.n)
        note_refused(f, e);
    if (e) {
        partition_carry_out(f, follower_not_appended(e));
        return;
    }
    f->pause_ms = 0;
    raise(b, p, in);
    rest_ms = throttling_received(b, p, (int64_t)in->records.n, log_end_offset(p->log) < in->high_watermark);
    if (rest_ms)
        partition_rest(f, rest_ms);
    else if (log_end_offset(p->log) != end || log_start_offset(p->log) != start)
        partition_fetch(f);
}

static void take_partition(struct fetcher_partition *f, const partition_in *in)
{
    struct follower_log l = partition_log(f->partition);
    struct follower_answer a = { .error = in->error_code, .diverging_epoch = in->diverging_epoch.epoch,
                                 .diverging_end = in->diverging_epoch.end_offset,
                                 .leader_start = in->log_start_offset };
    struct follower_step s;

    if (a.diverging_epoch >= 0)
        log_end_offset_for_epoch(f->partition->log, a.diverging_epoch, &a.local_epoch, &a.local_end);
    s = follower_answer(&l, &a);
    if (s.act == FOLLOWER_TAKE) {
        take(f, in);
        return;
    }
    log_event(LOG_INFO, "fetch_refused", "topic=%s partition=%d leader=%d error=%s diverging=%d",
              f->partition->topic->name, f->partition->index, f->peer->broker_id,
              kf_error_name(in->error_code), a.diverging_epoch);
    partition_carry_out(f, s);
}

/* An answer to what was asked before the replica's offset or role changed is no answer. */
static struct fetcher_partition *asked(struct fetcher_peer *p, const struct topic *t, int32_t index)
{
    struct partition *q = topic_partition(t, index);
    struct fetcher_partition *f = q ? q->fetched : NULL;

    /* A later request, not answered yet, names it anew: this answer may be to what it had before. */
    if (!f || f->peer != p || f->state != FETCHER_ACTIVE || !f->in_session || f->told_by > p->answered)
        return NULL;
    return f->told_epoch == q->leader_epoch && f->told_offset == log_end_offset(q->log) ? f : NULL;
}

static void take_all(struct fetcher_peer *p, const struct kf_fetch_response *m)
{
    for (int32_t i = 0; i < m->responses_n; i++) {
        const struct topic *t = replicas_topic_by_id(&p->all->b->replicas, &m->responses[i].topic_id);

        for (int32_t k = 0; k < m->responses[i].partitions_n; k++) {
            const partition_in *in = &m->responses[i].partitions[k];
            struct fetcher_partition *f = asked(p, t, in->partition_index);

            if (f)
                take_partition(f, in);
        }
    }
}

/* The leader makes a session or none; without one every request is a full one. */
static void take_session(struct fetcher_peer *p, int32_t id)
{
    if (p->session_id == id && id)
        return;
    if (!id) {
        peer_restart_session(p);
        return;
    }
    p->session_id = id;
    p->session_epoch = 1;
}

void peer_answered(void *ctx, err_t e, const void *msg, int16_t version)
{
    const struct kf_fetch_response *m = msg;
    struct fetcher_peer *p = ctx;

    (void)version;
    if (e)
        return; /* the channel goes down, which is where it is dealt with */
    p->open--;
    if (m->error_code) {
        log_event(LOG_INFO, "fetch_session_lost", "broker=%d error=%s", p->broker_id,
                  kf_error_name(m->error_code));
        peer_restart_session(p);
    } else {
        p->pause_ms = 0;
        take_all(p, m);
        take_session(p, m->session_id);
    }
    p->answered++;
    peer_wake(p);
}

#include "broker/server/leading.h"

#include <stdio.h>

#include "api/kafka/msg/alter_partition.h"
#include "broker/server/append.h"
#include "broker/server/broker.h"
#include "broker/server/controller_link.h"
#include "broker/server/deletion.h"
#include "broker/server/groups.h"
#include "broker/server/housekeeping.h"
#include "broker/server/share_coordinator.h"
#include "broker/server/share_leads.h"
#include "broker/server/txn_coordinator.h"
#include "common/invariant.h"
#include "common/log.h"

enum {
    RETRY_MS = 50,
    CALL_MS_MAX = 30000,
    PARTITIONS_MAX = 2000, /* of one request; the rest goes with the next */
    EPOCHS_SINCE = 3,
};

struct leading {
    struct broker *b;
    int64_t lag_ms_max;
    struct list unsettled; /* partition.unsettled */
    struct loop_timer tick;
    struct list unsent;    /* partition.altering: proposals for the next request */
    struct list sent;      /* those of the request under way */
    struct loop_task send;
    struct loop_timer retry;
    struct link_request *call;
    struct arena arena;    /* of the request under way */
};

static struct leader_context context(const struct leading *g)
{
    return (struct leader_context){ .now_ms = loop_now_ms(g->b->loop), .lag_ms_max = g->lag_ms_max,
                                    .image = g->b->image };
}

/* Watched while something may come of it; whoever is settled leaves with the next tick. */
static void watch(struct leading *g, struct partition *p)
{
    if (list_empty(&p->unsettled) && !leader_settled(p->leader))
        list_push(&g->unsettled, &p->unsettled);
    if (!list_empty(&g->unsettled) && !g->tick.slot)
        loop_timer_in(g->b->loop, &g->tick, g->lag_ms_max / 2);
}

static void propose(struct leading *g, struct partition *p)
{
    if (list_empty(&p->altering))
        list_push(&g->unsent, &p->altering);
    if (!g->call && !g->retry.slot)
        loop_defer(g->b->loop, &g->send);
}

static void carry_out(struct leading *g, struct partition *p, unsigned effects)
{
    if (effects & LEADER_HIGH_WATERMARK) {
        log_set_high_watermark(p->log, p->leader->high_watermark);
        partition_exposed(p);
        append_waits_release(p);
        house_appended(g->b->house, 0); /* a checkpoint is due, also without appends */
    }
    if (effects & LEADER_PROPOSE)
        propose(g, p);
    watch(g, p);
}

static void look_at_all(struct leading *g)
{
    struct leader_context c = context(g);

    list_each(node, &g->unsettled) {
        struct partition *p = list_item(node, struct partition, unsettled);

        if (leader_settled(p->leader))
            list_remove(&p->unsettled);
        else
            carry_out(g, p, leader_tick(p->leader, &c));
    }
}

static void tick(struct loop_timer *t)
{
    struct leading *g = container_of(t, struct leading, tick);

    look_at_all(g);
    if (!list_empty(&g->unsettled) && !g->tick.slot)
        loop_timer_in(g->b->loop, &g->tick, g->lag_ms_max / 2);
}

/* Version 2 compares no epochs; which one it will be is known once the controller is. */
static bool with_epochs(const struct leading *g)
{
    int16_t min = 0, max = EPOCHS_SINCE;

    return !link_version_range(g->b->link, KF_API_ALTER_PARTITION, &min, &max) ||
           max >= EPOCHS_SINCE;
}

static void put_isr(struct leading *g, const struct leader_proposal *n, bool epochs,
                    struct kf_alter_partition_request_partition_data *ret)
{
    if (epochs) {
        ret->new_isr_with_epochs_n = n->isr_n;
        ret->new_isr_with_epochs = arena_array(&g->arena, (size_t)n->isr_n,
                                               sizeof(*ret->new_isr_with_epochs));
    } else {
        ret->new_isr_n = n->isr_n;
        ret->new_isr = arena_array(&g->arena, (size_t)n->isr_n, sizeof(*ret->new_isr));
    }
    for (int32_t i = 0; i < n->isr_n; i++) {
        if (epochs) {
            ret->new_isr_with_epochs[i].broker_id = n->isr[i].id;
            ret->new_isr_with_epochs[i].broker_epoch = n->isr[i].epoch;
        } else {
            ret->new_isr[i] = n->isr[i].id;
        }
    }
}

/* One entry per partition, neighbours of one topic together. */
static bool put_proposal(struct leading *g, struct partition *p, bool epochs,
                         struct kf_alter_partition_request *q)
{
    struct kf_alter_partition_request_topic_data *t =
        q->topics_n ? &q->topics[q->topics_n - 1] : NULL;
    struct kf_alter_partition_request_partition_data *out;
    struct leader_proposal n;

    if (!leader_propose(p->leader, g->b->life.epoch, &n))
        return false;
    if (!t || !uuid_eq(&t->topic_id, &p->topic->id)) {
        t = &q->topics[q->topics_n++];
        t->topic_id = p->topic->id;
        t->partitions =
            arena_array(&g->arena, (size_t)p->topic->partitions_n, sizeof(*t->partitions));
    }
    out = &t->partitions[t->partitions_n++];
    out->partition_index = p->index;
    out->leader_epoch = n.leader_epoch;
    out->partition_epoch = n.partition_epoch;
    out->leader_recovery_state = n.recovery;
    put_isr(g, &n, epochs, out);
    return true;
}

/* Those whose proposal is still wanted go over to `sent`. */
static struct kf_alter_partition_request *request_of_all(struct leading *g)
{
    struct kf_alter_partition_request *q = MESSAGE_NEW(&g->arena, kf_alter_partition_request);
    bool epochs = with_epochs(g);
    int n = 0;

    q->broker_id = g->b->config->node_id;
    q->broker_epoch = g->b->life.epoch;
    q->topics = arena_array(&g->arena, PARTITIONS_MAX, sizeof(*q->topics));
    list_each(node, &g->unsent) {
        struct partition *p = list_item(node, struct partition, altering);

        if (n == PARTITIONS_MAX)
            break;
        list_remove(&p->altering);
        if (!put_proposal(g, p, epochs, q))
            continue;
        list_push(&g->sent, &p->altering);
        n++;
    }
    return q;
}

static bool elsewhere(const void *answer)
{
    const struct kf_alter_partition_response *m = answer;

    return m->error_code == KF_ERR_NOT_CONTROLLER;
}

static void log_isr(const struct partition *p)
{
    char text[128] = "";
    size_t at = 0;

    for (int32_t i = 0; i < p->leader->replicas_n && at + 16 < sizeof(text); i++)
        if (p->leader->replicas[i].committed)
            at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%d", at ? "," : "",
                                   p->leader->replicas[i].id);
    log_event(LOG_INFO, "isr_is", "topic=%s partition=%d isr=%s epoch=%d", p->topic->name, p->index,
              text, p->leader->partition_epoch);
}

/* The committed in-sync set had `before` members. */
static void note_isr(struct leading *g, const struct partition *p, int32_t before)
{
    uint64_t *count = g->b->traffic.count;

    count[TRAFFIC_ISR_SHRINKS] += p->leader->committed_n < before;
    count[TRAFFIC_ISR_EXPANDS] += p->leader->committed_n > before;
    log_isr(p);
}

/* Whoever must ask again waits for the pause; a refused one is looked at after its own. */
static void take_answer(struct leading *g, struct partition *p, struct leader_answer *a)
{
    struct leader_context c = context(g);
    int32_t before = p->leader->committed_n;
    unsigned effects;

    list_remove(&p->altering);
    a->asked_epoch = p->leader->leader_epoch;
    effects = leader_altered(p->leader, a, &c);
    if (a->failed || a->error) {
        log_event(LOG_INFO, "isr_not_altered", "topic=%s partition=%d error=%s", p->topic->name,
                  p->index, a->failed ? "request" : kf_error_name(a->error));
        if ((effects & LEADER_PROPOSE) && !g->retry.slot)
            loop_timer_in(g->b->loop, &g->retry, RETRY_MS);
        else if (!(effects & LEADER_PROPOSE))
            loop_timer_in(g->b->loop, &g->tick, LEADER_REFUSED_PAUSE_MS);
    } else if (effects & LEADER_ISR) {
        note_isr(g, p, before);
    }
    carry_out(g, p, effects);
}

/* Not when it leads no more, or when the image has ended what was asked: the proposal that
 * may have been made since is still to be sent. */
static bool is_asked(const struct partition *p)
{
    return p->leader && !list_empty(&p->altering) && !p->leader->unsent;
}

static void take_answers(struct leading *g, const struct kf_alter_partition_response *m)
{
    for (int32_t i = 0; i < m->topics_n; i++) {
        const struct topic *t = replicas_topic_by_id(&g->b->replicas, &m->topics[i].topic_id);

        for (int32_t k = 0; k < m->topics[i].partitions_n; k++) {
            const struct kf_alter_partition_response_partition_data *in =
                &m->topics[i].partitions[k];
            struct partition *p = topic_partition(t, in->partition_index);
            struct leader_answer a = {
                .error = in->error_code, .leader_epoch = in->leader_epoch,
                .partition_epoch = in->partition_epoch, .recovery = in->leader_recovery_state,
                .isr = in->isr, .isr_n = in->isr_n,
            };

            if (p && is_asked(p))
                take_answer(g, p, &a);
        }
    }
}

static void send_now(struct leading *g);

static void altered(void *ctx, err_t e, const void *answer)
{
    const struct kf_alter_partition_response *m = answer;
    struct leading *g = ctx;

    g->call = NULL;
    if (e || m->error_code)
        log_event(LOG_WARN, "isr_request_failed", "node=%d error=%s", g->b->config->node_id,
                  e ? err_name(e) : kf_error_name(m->error_code));
    else
        take_answers(g, m);
    list_each(node, &g->sent) /* no word about these */
        take_answer(g, list_item(node, struct partition, altering),
                    &(struct leader_answer){ .failed = true });
    arena_clear(&g->arena);
    if (!list_empty(&g->unsent) && !g->retry.slot)
        loop_defer(g->b->loop, &g->send);
}

static void send_now(struct leading *g)
{
    struct kf_alter_partition_request *q;

    if (g->call || list_empty(&g->unsent))
        return;
    q = request_of_all(g);
    if (list_empty(&g->sent)) {
        arena_clear(&g->arena);
        return;
    }
    g->call = link_send(g->b->link, &(struct link_call){
        .api_key = KF_API_ALTER_PARTITION, .message = q, .timeout_ms = CALL_MS_MAX,
        .elsewhere = elsewhere, .done = altered, .ctx = g,
    });
}

static void send_at_end_of_turn(struct loop_task *t)
{
    send_now(container_of(t, struct leading, send));
}

static void retry_due(struct loop_timer *t)
{
    send_now(container_of(t, struct leading, retry));
}

struct leading *leading_new(struct broker *b)
{
    struct leading *g = mem_new(struct leading);

    g->b = b;
    g->lag_ms_max = config_int(b->config, "replica.lag.time.max.ms");
    g->tick.fire = tick;
    g->retry.fire = retry_due;
    g->send.run = send_at_end_of_turn;
    list_init(&g->unsettled);
    list_init(&g->unsent);
    list_init(&g->sent);
    return g;
}

struct leading *leading_free(struct leading *g)
{
    if (!g)
        return NULL;
    INVARIANT(list_empty(&g->unsettled) && list_empty(&g->unsent) && list_empty(&g->sent));
    if (g->call)
        link_cancel(g->b->link, g->call);
    loop_timer_clear(g->b->loop, &g->tick);
    loop_timer_clear(g->b->loop, &g->retry);
    loop_undefer(g->b->loop, &g->send);
    arena_done(&g->arena);
    mem_free(g);
    return NULL;
}

/* How far this broker's own log counts for the high watermark. */
static int64_t own_end(const struct partition *p)
{
    return p->topic->durable ? log_recovery_point(p->log) : log_end_offset(p->log);
}

static void begin(struct leading *g, struct partition *p, const struct partition_state *s)
{
    struct leader_context c = context(g);
    unsigned effects;

    if (!p->leader)
        p->leader = leader_new(g->b->config->node_id);
    p->leader->min_isr = p->topic->min_isr;
    list_remove(&p->altering);
    effects = leader_begin(p->leader, s, log_end_offset(p->log), own_end(p),
                           log_high_watermark(p->log), &c);
    carry_out(g, p, effects);
}

void leading_role(struct broker *b, struct partition *p, const struct partition_state *s)
{
    struct leader_context c = context(b->leading);
    int32_t epoch = p->leader ? p->leader->partition_epoch : -1;
    int32_t before = p->leader ? p->leader->committed_n : 0;

    if (!p->leader || p->leader->leader_epoch < s->leader_epoch) {
        begin(b->leading, p, s);
        return;
    }
    if (p->leader->leader_epoch > s->leader_epoch)
        return;
    carry_out(b->leading, p, leader_image(p->leader, s, &c));
    if (p->leader->partition_epoch != epoch) {
        list_remove(&p->altering);
        if (p->leader->unsent)
            propose(b->leading, p);
        note_isr(b->leading, p, before);
    }
}

void leading_stop(struct broker *b, struct partition *p, int16_t error)
{
    list_remove(&p->altering);
    list_remove(&p->unsettled);
    p->leader = leader_free(p->leader);
    append_waits_fail(p, error);
    deletions_fail(p, error);
    groups_stop(b, p);
    transactions_stop(b, p);
    share_coordinator_stop(b, p);
    share_leads_stop(p, error);
}

void leading_grew(struct broker *b, struct partition *p)
{
    struct leader_context c = context(b->leading);

    p->leader->min_isr = p->topic->min_isr;
    partition_grew(p);
    carry_out(b->leading, p, leader_moved(p->leader, log_end_offset(p->log), own_end(p), &c));
}

void leading_flushed(struct broker *b, struct partition *p)
{
    struct leader_context c = context(b->leading);

    carry_out(b->leading, p, leader_moved(p->leader, log_end_offset(p->log), own_end(p), &c));
}

bool leading_fetched(struct broker *b, struct partition *p, const struct leader_fetch *f)
{
    struct leader_context c = context(b->leading);
    unsigned effects;

    if (!leader_fetched(p->leader, f, &c, &effects))
        return false;
    carry_out(b->leading, p, effects);
    deletions_release(b, p);
    return true;
}

void leading_brokers_changed(struct broker *b)
{
    look_at_all(b->leading);
}

/* TxnOffsetCommit: offsets of a group as part of a transaction. Before the first of them is written
 * the transaction's coordinator is asked, as before a produced batch. */
#include "api/kafka/msg/txn_offset_commit.h"

#include "broker/server/group_ask.h"
#include "broker/server/handlers.h"
#include "broker/server/internal_topics.h"
#include "broker/server/producers.h"
#include "broker/server/txn_verify.h"
#include "common/clock.h"

enum {
    ABORTABLE_SINCE = 4, /* TRANSACTION_ABORTABLE by its name */
    ADDS_SINCE = 5,      /* transactions of version 2: the coordinator adds the partition */
    ASK_MAX = 5,
};

typedef struct kf_txn_offset_commit_request commit_in;

/* One request; in its arena. */
struct txn_commit {
    struct broker *b;
    struct request *r;
    commit_in *q;
    int32_t index;           /* the group's partition */
    uint64_t ticket;
    int asked;
    struct txn_topic topic;
    struct txn_verify verify;
    struct group_asks *all;
};

static struct partition *groups_partition(const struct txn_commit *c)
{
    return topic_partition(replicas_topic(&c->b->replicas, str_of(GROUPS_TOPIC)), c->index);
}

static void reply(struct group_asks *all)
{
    request_reply(all->r, &kf_txn_offset_commit_response_schema, all->asks[0].call.response);
}

static void begin(struct txn_commit *c)
{
    c->all = group_asks_new(c->b, c->r, GROUP_TXN_OFFSET_COMMIT, 1);
    c->all->asks[0].call.group_id = c->q->group_id;
    c->all->asks[0].call.request = c->q;
    c->all->asks[0].call.ticket = c->ticket;
    c->all->done = reply;
}

static void commit(struct txn_commit *c)
{
    begin(c);
    group_asks_begin(c->all);
}

static void refuse(struct txn_commit *c, int16_t error)
{
    begin(c);
    group_call_error(&c->all->asks[0].call, error);
    reply(c->all);
}

/* What may pass is told as COORDINATOR_LOAD_IN_PROGRESS, on which every client tries again and none
 * looks for another coordinator. */
static int16_t told_error(const struct txn_commit *c, int16_t error)
{
    if (error == KF_ERR_NOT_ENOUGH_REPLICAS)
        return KF_ERR_COORDINATOR_LOAD_IN_PROGRESS;
    return error == KF_ERR_TRANSACTION_ABORTABLE && c->r->api_version < ABORTABLE_SINCE
               ? KF_ERR_INVALID_TXN_STATE : error;
}

static void verify_or_commit(struct txn_commit *c);

static void asked(struct txn_verify *v)
{
    struct txn_commit *c = container_of(v, struct txn_commit, verify);
    const struct partition *p = groups_partition(c);
    int16_t error = v->errors[0][0];

    c->r->parked = NULL;
    c->r->cancelled = NULL;
    if (error)
        refuse(c, told_error(c, error));
    else if (p && !producer_ticket_valid(&p->producers, c->q->producer_id, c->ticket) && ++c->asked < ASK_MAX)
        verify_or_commit(c); /* a marker has come in between */
    else
        commit(c);
}

static void asking_gone(struct request *r)
{
    struct txn_commit *c = r->parked;

    txn_verify_cancel(&c->verify);
}

static void ask_coordinator(struct txn_commit *c)
{
    c->topic = (struct txn_topic){ str_of(GROUPS_TOPIC), &c->index, 1 };
    c->verify = (struct txn_verify){
        .what = { .id = c->q->transactional_id, .producer_id = c->q->producer_id,
                  .epoch = c->q->producer_epoch, .topics = &c->topic, .topics_n = 1 },
        .add = c->r->api_version >= ADDS_SINCE, .arena = c->r->arena, .done = asked,
    };
    c->r->parked = c;
    c->r->cancelled = asking_gone;
    txn_verify_begin(c->b, &c->verify);
}

/* Who is no leader says so by itself. */
static void verify_or_commit(struct txn_commit *c)
{
    bool adds = c->r->api_version >= ADDS_SINCE;
    struct producer_batch batch = { .producer_id = c->q->producer_id, .epoch = c->q->producer_epoch,
                                    .first_sequence = -1, .last_sequence = -1, .transactional = true };
    struct partition *p = groups_partition(c);

    if (!p || partition_error(c->b, p) || producers_ready(p) || (!c->b->verifies_txns && !adds) ||
        !producer_needs_ticket(&p->producers, &batch)) {
        commit(c);
        return;
    }
    c->ticket = producer_verify(&p->producers, &batch, adds, clock_wall_ms());
    ask_coordinator(c);
}

void api_txn_offset_commit(struct broker *b, struct request *r)
{
    const struct topic_state *t = image_topic(b->image, str_of(GROUPS_TOPIC));
    struct txn_commit *c = arena_new(r->arena, struct txn_commit);

    c->b = b;
    c->r = r;
    c->q = REQUEST_DECODE(r, kf_txn_offset_commit_request);
    if (!c->q)
        return;
    c->index = t ? coordinator_partition(c->q->group_id, t->partitions_n) : -1;
    if (!c->q->group_id.n)
        refuse(c, KF_ERR_INVALID_GROUP_ID);
    else if (c->q->producer_id < 0)
        refuse(c, KF_ERR_INVALID_PRODUCER_ID_MAPPING);
    else
        verify_or_commit(c);
}

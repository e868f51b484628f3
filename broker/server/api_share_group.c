/* Requests about share groups to their coordinator. What changes or reads the state of share
 * partitions goes through the core twice: it says which (call.parts), share coordinators are asked,
 * and it is told what came of it. */
#include "api/kafka/msg/alter_share_group_offsets.h"
#include "api/kafka/msg/delete_share_group_offsets.h"
#include "api/kafka/msg/describe_share_group_offsets.h"
#include "api/kafka/msg/share_group_describe.h"
#include "api/kafka/msg/share_group_heartbeat.h"

#include "broker/server/group_ask.h"
#include "broker/server/groups_internal.h"
#include "broker/server/handlers.h"
#include "broker/server/share_jobs.h"

typedef struct kf_share_group_describe_response_described_group described;
typedef struct kf_describe_share_group_offsets_response_describe_share_group_offsets_response_group
    offsets_out;
typedef struct kf_describe_share_group_offsets_response_describe_share_group_offsets_response_partition
    offset_out;
typedef struct kf_alter_share_group_offsets_response_alter_share_group_offsets_response_partition
    altered_out;
typedef struct kf_delete_share_group_offsets_response_delete_share_group_offsets_response_topic
    forgotten_out;

void api_share_group_heartbeat(struct broker *b, struct request *r)
{
    struct kf_share_group_heartbeat_request *q = REQUEST_DECODE(r, kf_share_group_heartbeat_request);

    if (q)
        group_ask_simple(b, r, GROUP_SHARE_HEARTBEAT, q->group_id, q,
                         &kf_share_group_heartbeat_response_schema);
}

static void reply_described(struct group_asks *all)
{
    struct kf_share_group_describe_response *m =
        MESSAGE_NEW(all->r->arena, kf_share_group_describe_response);

    m->groups_n = all->n;
    m->groups = arena_array(all->r->arena, (size_t)all->n, sizeof(*m->groups));
    for (int32_t i = 0; i < all->n; i++)
        m->groups[i] = *(const described *)all->asks[i].call.response;
    request_reply(all->r, &kf_share_group_describe_response_schema, m);
}

void api_share_group_describe(struct broker *b, struct request *r)
{
    struct kf_share_group_describe_request *q = REQUEST_DECODE(r, kf_share_group_describe_request);
    struct group_asks *all;

    if (!q)
        return;
    all = group_asks_new(b, r, GROUP_SHARE_DESCRIBE, q->group_ids_n);
    all->done = reply_described;
    for (int32_t i = 0; i < all->n; i++) {
        all->asks[i].call.group_id = q->group_ids[i];
        all->asks[i].call.operations = q->include_authorized_operations;
    }
    group_asks_begin(all);
}

/* ---- requests that go on at share coordinators ---- */

/* One request, in its arena, after the core has answered: a job for each of its groups. */
struct pursuit {
    struct group_asks *all;
    struct share_job **jobs; /* by ask; NULL: ended, or none */
    int32_t open;
    /* An ended job's answers into the response. */
    void (*take)(struct share_job *j, struct group_call *call);
    void (*reply)(struct group_asks *all);
};

static void pursuit_cancelled(struct request *r)
{
    struct pursuit *p = r->parked;

    for (int32_t i = 0; i < p->all->n; i++)
        if (p->jobs[i])
            share_job_cancel(p->jobs[i]);
}

static void job_done(struct share_job *j)
{
    struct pursuit *p = j->ctx;
    int32_t i = 0;

    while (p->jobs[i] != j)
        i++;
    p->jobs[i] = NULL;
    p->take(j, &p->all->asks[i].call);
    if (--p->open == 0)
        p->reply(p->all);
}

static void pursue(struct group_asks *all, enum share_question kind,
                   void (*take)(struct share_job *j, struct group_call *call),
                   void (*reply)(struct group_asks *all))
{
    struct pursuit *p = arena_new(all->r->arena, struct pursuit);

    p->all = all;
    p->jobs = arena_array(all->r->arena, (size_t)all->n, sizeof(struct share_job *));
    p->take = take;
    p->reply = reply;
    all->r->parked = p;
    all->r->cancelled = pursuit_cancelled;
    for (int32_t i = 0; i < all->n; i++) {
        struct group_call *call = &all->asks[i].call;

        if (!call->parts_n)
            continue;
        p->jobs[i] = share_job_begin(all->b, kind, call->group_id, call->state_epoch, call->parts,
                                     call->parts_n, job_done, p);
        p->open++;
    }
    if (!p->open)
        reply(all);
}

/* ---- DescribeShareGroupOffsets ---- */

static void take_summaries(struct share_job *j, struct group_call *call)
{
    (void)call;
    for (int32_t i = 0; i < j->n; i++) {
        const struct share_job_part *p = &j->v[i];
        const struct share_ask *a = &p->persist.ask;
        offset_out *out = p->part.out;
        int64_t lag = p->end - a->start - a->complete_n;

        out->error_code = a->error;
        if (a->error)
            continue;
        out->start_offset = a->start;
        out->leader_epoch = a->leader_epoch;
        if (a->start >= 0 && a->complete_n >= 0 && p->end >= 0)
            out->lag = lag > 0 ? lag : 0;
    }
}

static void reply_offsets(struct group_asks *all)
{
    struct kf_describe_share_group_offsets_response *m =
        MESSAGE_NEW(all->r->arena, kf_describe_share_group_offsets_response);

    m->groups_n = all->n;
    m->groups = arena_array(all->r->arena, (size_t)all->n, sizeof(*m->groups));
    for (int32_t i = 0; i < all->n; i++)
        m->groups[i] = *(const offsets_out *)all->asks[i].call.response;
    request_reply(all->r, &kf_describe_share_group_offsets_response_schema, m);
}

static void read_offsets(struct group_asks *all)
{
    pursue(all, SHARE_ASK_SUMMARY, take_summaries, reply_offsets);
}

void api_describe_share_group_offsets(struct broker *b, struct request *r)
{
    struct kf_describe_share_group_offsets_request *q =
        REQUEST_DECODE(r, kf_describe_share_group_offsets_request);
    struct group_asks *all;

    if (!q)
        return;
    all = group_asks_new(b, r, GROUP_SHARE_OFFSETS, q->groups_n);
    all->done = read_offsets;
    for (int32_t i = 0; i < all->n; i++) {
        all->asks[i].call.group_id = q->groups[i].group_id;
        all->asks[i].call.request = &q->groups[i];
    }
    group_asks_begin(all);
}

/* ---- AlterShareGroupOffsets ---- */

static void tell(struct share_job *j, bool initialized)
{
    OWNED_ARENA a = { 0 };
    struct group_share_part *done = arena_array(&a, (size_t)j->n, sizeof(*done));
    struct group_event ev = { .kind = initialized ? GROUP_SHARE_INITIALIZED : GROUP_SHARE_DELETED,
                              .group_id = j->group,
                              .parts = done };

    for (int32_t i = 0; i < j->n; i++)
        if (!j->v[i].persist.ask.error)
            done[ev.parts_n++] = j->v[i].part;
    groups_tell(j->b, j->group, &ev);
}

static void take_altered(struct share_job *j, struct group_call *call)
{
    (void)call;
    for (int32_t i = 0; i < j->n; i++)
        ((altered_out *)j->v[i].part.out)->error_code = j->v[i].persist.ask.error;
    tell(j, true);
}

static void reply_altered(struct group_asks *all)
{
    request_reply(all->r, &kf_alter_share_group_offsets_response_schema,
                  all->asks[0].call.response);
}

static void alter(struct group_asks *all)
{
    pursue(all, SHARE_ASK_INITIALIZE, take_altered, reply_altered);
}

void api_alter_share_group_offsets(struct broker *b, struct request *r)
{
    struct kf_alter_share_group_offsets_request *q =
        REQUEST_DECODE(r, kf_alter_share_group_offsets_request);
    struct group_asks *all;

    if (!q)
        return;
    all = group_asks_new(b, r, GROUP_SHARE_ALTER, 1);
    all->done = alter;
    all->asks[0].call.group_id = q->group_id;
    all->asks[0].call.request = q;
    group_asks_begin(all);
}

/* ---- DeleteShareGroupOffsets ---- */

/* Per topic, or, when the whole group is to go, of all. */
static void take_forgotten(struct share_job *j, struct group_call *call)
{
    struct kf_delete_share_group_offsets_response *m = call->response;

    for (int32_t i = 0; i < j->n; i++) {
        int16_t error = j->v[i].persist.ask.error;

        if (error && j->v[i].part.out)
            ((forgotten_out *)j->v[i].part.out)->error_code = error;
        else if (error)
            m->error_code = error;
    }
    tell(j, false);
}

static void reply_forgotten(struct group_asks *all)
{
    request_reply(all->r, &kf_delete_share_group_offsets_response_schema,
                  all->asks[0].call.response);
}

static void forget(struct group_asks *all)
{
    pursue(all, SHARE_ASK_DELETE, take_forgotten, reply_forgotten);
}

void api_delete_share_group_offsets(struct broker *b, struct request *r)
{
    struct kf_delete_share_group_offsets_request *q =
        REQUEST_DECODE(r, kf_delete_share_group_offsets_request);
    struct group_asks *all;

    if (!q)
        return;
    all = group_asks_new(b, r, GROUP_SHARE_FORGET, 1);
    all->done = forget;
    all->asks[0].call.group_id = q->group_id;
    all->asks[0].call.request = q;
    group_asks_begin(all);
}

/* ---- DeleteGroups ---- */

struct forgetting {
    void (*then)(struct broker *b, struct request *r, const int16_t *errors, void *ctx);
    void *ctx;
};

static void forgotten(struct group_asks *all)
{
    int16_t *errors = arena_array(all->r->arena, (size_t)all->n, sizeof(*errors));
    struct forgetting *f = all->ctx;

    for (int32_t i = 0; i < all->n; i++)
        errors[i] = ((const struct kf_delete_share_group_offsets_response *)
                         all->asks[i].call.response)->error_code;
    f->then(all->b, all->r, errors, f->ctx);
}

static void forget_groups(struct group_asks *all)
{
    pursue(all, SHARE_ASK_DELETE, take_forgotten, forgotten);
}

void share_forget_groups(struct broker *b, struct request *r, const struct str *ids, int32_t n,
                         void (*then)(struct broker *b, struct request *r, const int16_t *errors,
                                      void *ctx),
                         void *ctx)
{
    struct group_asks *all = group_asks_new(b, r, GROUP_SHARE_FORGET, n);
    struct forgetting *f = arena_new(r->arena, struct forgetting);

    *f = (struct forgetting){ then, ctx };
    all->done = forget_groups;
    all->ctx = f;
    for (int32_t i = 0; i < n; i++)
        all->asks[i].call.group_id = ids[i];
    group_asks_begin(all);
}

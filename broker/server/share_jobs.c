#include "broker/server/share_jobs.h"

#include "api/kafka/msg/list_offsets.h"
#include "broker/server/broker.h"
#include "broker/server/groups_internal.h"
#include "broker/server/txn_internal.h"
#include "common/log.h"

enum { ENDS_MS_MAX = 5000, LATEST = -1, CONSUMER = -1 };

static void job_free(struct share_job *j)
{
    list_remove(&j->node);
    for (int32_t i = 0; i < j->n; i++) {
        share_persist_cancel(&j->v[i].persist);
        share_batches_done(&j->v[i].persist.ask.batches);
        txn_peers_cancel(&j->v[i].end_call);
        arena_done(&j->v[i].arena);
    }
    mem_free((void *)(uintptr_t)j->group.p);
    mem_free(j->v);
    mem_free(j);
}

void share_job_cancel(struct share_job *j)
{
    job_free(j);
}

void share_jobs_cancel_all(struct list *jobs)
{
    while (!list_empty(jobs))
        job_free(list_item(jobs->next, struct share_job, node));
}

static void part_done(struct share_job_part *p)
{
    struct share_job *j = p->job;

    if (--j->open)
        return;
    j->done(j);
    job_free(j);
}

/* ---- where logs end ---- */

static void told_end(struct txn_peer_call *c, err_t e, const void *answer)
{
    struct share_job_part *p = container_of(c, struct share_job_part, end_call);
    const struct kf_list_offsets_response *m = answer;

    if (!e && m->topics_n == 1 && m->topics[0].partitions_n == 1 &&
        !m->topics[0].partitions[0].error_code)
        p->end = m->topics[0].partitions[0].offset;
    part_done(p);
}

static const void *end_request(struct share_job_part *p, const char *topic)
{
    struct kf_list_offsets_request *q = MESSAGE_NEW(&p->arena, kf_list_offsets_request);

    q->replica_id = CONSUMER;
    q->topics_n = 1;
    q->topics = MESSAGE_NEW(&p->arena, kf_list_offsets_request_list_offsets_topic);
    q->topics[0].name = str_of(topic);
    q->topics[0].partitions_n = 1;
    q->topics[0].partitions = MESSAGE_NEW(&p->arena, kf_list_offsets_request_list_offsets_partition);
    q->topics[0].partitions[0].partition_index = p->part.partition;
    q->topics[0].partitions[0].timestamp = LATEST;
    return q;
}

/* False: it is known already, or cannot be. */
static bool ask_end(struct share_job_part *p)
{
    struct broker *b = p->job->b;
    const struct topic_state *t = image_topic_by_id(b->image, &p->part.topic);
    const struct partition *here =
        topic_partition(replicas_topic_by_id(&b->replicas, &p->part.topic), p->part.partition);
    int32_t leader = t && p->part.partition < t->partitions_n
                         ? t->partitions[p->part.partition].leader : -1;

    if (here && !partition_error(b, here))
        p->end = partition_high_watermark(here);
    if (p->end >= 0 || leader < 0 || leader == b->config->node_id)
        return false;
    p->end_call = (struct txn_peer_call){
        .api_key = KF_API_LIST_OFFSETS,
        .message = end_request(p, arena_text(&p->arena, str_of(t->name))),
        .timeout_ms = ENDS_MS_MAX,
        .done = told_end,
    };
    list_init(&p->end_call.node);
    txn_peers_send(b->transactions->peers, leader, &p->end_call);
    return true;
}

static void persisted(struct share_persist *s)
{
    struct share_job_part *p = container_of(s, struct share_job_part, persist);

    if (p->job->ends && !s->ask.error && ask_end(p))
        return;
    if (s->ask.message) /* borrowed for now alone */
        s->ask.message = arena_text(&p->arena, str_of(s->ask.message));
    part_done(p);
}

struct share_job *share_job_begin(struct broker *b, enum share_question kind, struct str group,
                                  int32_t state_epoch, const struct group_share_part *parts,
                                  int32_t n, void (*done)(struct share_job *j), void *ctx)
{
    struct share_job *j = mem_new(struct share_job);

    j->b = b;
    j->kind = kind;
    j->group = str_make(mem_strndup(group.p, group.n), group.n);
    j->done = done;
    j->ctx = ctx;
    j->n = j->open = n;
    j->v = mem_zero((size_t)n * sizeof(*j->v));
    j->ends = kind == SHARE_ASK_SUMMARY;
    list_push(&b->coordinator->share_jobs, &j->node);
    for (int32_t i = 0; i < n; i++) {
        struct share_job_part *p = &j->v[i];

        p->job = j;
        p->part = parts[i];
        p->end = -1;
        p->persist.ask.kind = kind;
        p->persist.ask.key = (struct share_key){ j->group, parts[i].topic, parts[i].partition };
        p->persist.ask.write = (struct share_write){ .state_epoch = state_epoch,
                                                     .leader_epoch = -1,
                                                     .start = parts[i].start,
                                                     .complete_n = -1 };
        p->persist.done = persisted;
        share_persist_begin(b, &p->persist);
    }
    return j;
}

/* ---- what a heartbeat began ---- */

static void initialized(struct share_job *j)
{
    OWNED_ARENA a = { 0 };
    struct group_share_part *done = arena_array(&a, (size_t)j->n, sizeof(*done));
    struct group_event ev = { .kind = GROUP_SHARE_INITIALIZED, .group_id = j->group, .parts = done };

    for (int32_t i = 0; i < j->n; i++)
        if (!j->v[i].persist.ask.error)
            done[ev.parts_n++] = j->v[i].part;
        else
            log_event(LOG_WARN, "share_state_not_initialized",
                      "group=\"%.*s\" topic=%s partition=%d error=%s", STR_ARG(j->group),
                      uuid_print(&j->v[i].part.topic).text, j->v[i].part.partition,
                      kf_error_name(j->v[i].persist.ask.error));
    groups_tell(j->b, j->group, &ev);
}

void share_jobs_initialize(struct broker *b, const struct group_out *out)
{
    (void)share_job_begin(b, SHARE_ASK_INITIALIZE, out->share_group, out->share_epoch,
                          out->share_parts, out->share_parts_n, initialized, NULL);
}

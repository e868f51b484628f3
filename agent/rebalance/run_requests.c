#include <stdio.h>

#include "agent/rebalance/run_internal.h"
#include "api/kafka/errors.h"
#include "api/kafka/msg/alter_partition_reassignments.h"
#include "api/kafka/msg/elect_leaders.h"
#include "common/mem.h"

enum { CONTROLLER_MS = 4000 };

typedef struct kf_alter_partition_reassignments_request_reassignable_partition move;
typedef struct kf_alter_partition_reassignments_request_reassignable_topic move_topic;
typedef const struct kf_alter_partition_reassignments_response move_response;

static void put_move(struct kf_alter_partition_reassignments_request *q, struct arena *a, struct str topic,
                     int32_t partition, const int32_t *replicas, int32_t n, size_t room)
{
    move_topic *t = q->topics_n ? &q->topics[q->topics_n - 1] : NULL;

    if (!t || !str_eq(t->name, topic)) {
        t = &q->topics[q->topics_n++];
        t->name = topic;
        t->partitions = arena_array(a, room, sizeof(move));
    }
    kf_init(&kf_alter_partition_reassignments_request_reassignable_partition_schema,
            &t->partitions[t->partitions_n]);
    t->partitions[t->partitions_n].partition_index = partition;
    t->partitions[t->partitions_n].replicas = (int32_t *)(uintptr_t)replicas;
    t->partitions[t->partitions_n++].replicas_n = n;
}

/* Tells execute_refused of every partition that was refused. */
static err_t reassign(struct run *r, struct kf_alter_partition_reassignments_request *q, struct arena *a,
                      struct why *reterr)
{
    move_response *got;
    err_t e = run_call(r, -1, KF_API_ALTER_PARTITION_REASSIGNMENTS, q, a, (const void **)&got, reterr);

    if (e)
        return e;
    if (got->error_code)
        return why(reterr, ERR_INVALID, "AlterPartitionReassignments: %s: %.*s",
                   kf_error_name(got->error_code), STR_ARG(got->error_message));
    for (int32_t t = 0; t < got->responses_n; t++)
        for (int32_t p = 0; p < got->responses[t].partitions_n; p++) {
            int16_t code = got->responses[t].partitions[p].error_code;
            struct execute_target target = {
                .topic = got->responses[t].name, .partition = got->responses[t].partitions[p].partition_index,
            };
            struct str text = got->responses[t].partitions[p].error_message;

            if (code && code != KF_ERR_NO_REASSIGNMENT_IN_PROGRESS)
                execute_refused(r->x, &target,
                                arena_printf(a, "%s: %.*s", kf_error_name(code), STR_ARG(text)));
        }
    return ERR_OK;
}

static struct kf_alter_partition_reassignments_request request(struct arena *a, size_t topics)
{
    struct kf_alter_partition_reassignments_request q;

    kf_init(&kf_alter_partition_reassignments_request_schema, &q);
    q.timeout_ms = CONTROLLER_MS;
    q.topics = arena_array(a, topics + 1, sizeof(*q.topics));
    return q;
}

/* Targets of one topic need not stand together: a topic may stand in the request several times, but
 * Kafka takes the last alone. So they are put in order first. */
static void sort(struct execute_target *v, unsigned n)
{
    for (unsigned i = 1; i < n; i++) {
        struct execute_target x = v[i];
        unsigned j = i;

        while (j && str_cmp(v[j - 1].topic, x.topic) > 0) {
            v[j] = v[j - 1];
            j--;
        }
        v[j] = x;
    }
}

err_t run_submit(struct run *r, struct why *reterr)
{
    OWNED_ARENA a = { 0 };
    struct kf_alter_partition_reassignments_request q = request(&a, r->x->batch_n);

    sort(r->x->batch, r->x->batch_n);
    for (unsigned i = 0; i < r->x->batch_n; i++) {
        const struct execute_target *t = &r->x->batch[i];

        put_move(&q, &a, t->topic, t->partition, t->replicas, t->replicas_n, r->x->batch_n);
    }
    return reassign(r, &q, &a, reterr);
}

err_t run_take_back(struct run *r, struct why *reterr)
{
    OWNED_ARENA a = { 0 };
    struct kf_alter_partition_reassignments_request q = request(&a, r->survey.moving_n);

    for (unsigned i = 0; i < r->survey.partitions_n; i++) {
        const struct survey_partition *p = &r->survey.partitions[i];

        if (p->moving)
            put_move(&q, &a, p->topic, p->partition, NULL, -1, r->survey.moving_n);
    }
    return reassign(r, &q, &a, reterr);
}

err_t run_elect(struct run *r, struct why *reterr)
{
    OWNED_ARENA a = { 0 };
    struct kf_elect_leaders_request q;
    const struct kf_elect_leaders_response *got;
    err_t e;

    kf_init(&kf_elect_leaders_request_schema, &q);
    q.timeout_ms = CONTROLLER_MS;
    q.topic_partitions = arena_array(&a, r->x->batch_n + 1, sizeof(*q.topic_partitions));
    for (unsigned i = 0; i < r->x->batch_n; i++) { /* in the order of the survey: topics stand together */
        const struct execute_target *t = &r->x->batch[i];
        struct kf_elect_leaders_request_topic_partitions *to =
            q.topic_partitions_n ? &q.topic_partitions[q.topic_partitions_n - 1] : NULL;

        if (!to || !str_eq(to->topic, t->topic)) {
            to = &q.topic_partitions[q.topic_partitions_n++];
            to->topic = t->topic;
            to->partitions = arena_array(&a, r->x->batch_n, sizeof(int32_t));
        }
        to->partitions[to->partitions_n++] = t->partition;
    }
    e = run_call(r, -1, KF_API_ELECT_LEADERS, &q, &a, (const void **)&got, reterr);
    if (!e && got->error_code)
        e = why(reterr, ERR_INVALID, "ElectLeaders: %s", kf_error_name(got->error_code));
    return e; /* who was not elected is seen at the next look */
}

#include "api/kafka/msg/describe_producers.h"

#include "broker/server/broker.h"
#include "broker/server/handlers.h"
#include "broker/server/producers.h"

typedef struct kf_describe_producers_response_partition_response partition_out;
typedef struct kf_describe_producers_response_producer_state producer_out;

static void put_producer(const struct producer_view *v, producer_out *out)
{
    *out = (producer_out){
        .producer_id = v->id, .producer_epoch = v->epoch, .last_sequence = v->last_sequence,
        .last_timestamp = v->last_timestamp, .coordinator_epoch = v->coordinator_epoch,
        .current_txn_start_offset = v->txn_first_offset,
    };
}

static void describe(struct broker *b, struct request *r, struct str topic, int32_t index,
                     partition_out *out)
{
    struct partition *p = topic_partition(replicas_topic(&b->replicas, topic), index);
    struct producer_view v;

    kf_init(&kf_describe_producers_response_partition_response_schema, out);
    out->partition_index = index;
    out->error_code = topic_name_fault(topic) ? KF_ERR_INVALID_TOPIC_EXCEPTION
                      : p ? partition_error(b, p) : missing_partition_error(b, topic, NULL, index);
    if (!out->error_code && producers_ready(p))
        out->error_code = KF_ERR_KAFKA_STORAGE_ERROR;
    if (out->error_code)
        return;
    out->active_producers = arena_array(r->arena, producer_state_n(&p->producers),
                                        sizeof(*out->active_producers));
    for (size_t at = 0; producer_state_next(&p->producers, &at, &v);)
        put_producer(&v, &out->active_producers[out->active_producers_n++]);
}

void api_describe_producers(struct broker *b, struct request *r)
{
    struct kf_describe_producers_request *q = REQUEST_DECODE(r, kf_describe_producers_request);
    struct kf_describe_producers_response *m;

    if (!q)
        return;
    m = MESSAGE_NEW(r->arena, kf_describe_producers_response);
    m->topics_n = q->topics_n;
    m->topics = arena_array(r->arena, (size_t)q->topics_n, sizeof(*m->topics));
    for (int32_t i = 0; i < q->topics_n; i++) {
        int32_t n = q->topics[i].partition_indexes_n;

        m->topics[i].name = q->topics[i].name;
        m->topics[i].partitions_n = n;
        m->topics[i].partitions = arena_array(r->arena, (size_t)n, sizeof(*m->topics[i].partitions));
        for (int32_t k = 0; k < n; k++)
            describe(b, r, q->topics[i].name, q->topics[i].partition_indexes[k],
                     &m->topics[i].partitions[k]);
    }
    request_reply(r, &kf_describe_producers_response_schema, m);
}

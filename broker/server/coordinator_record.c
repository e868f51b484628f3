#include "broker/server/coordinator_record.h"

#include "api/kafka/batch.h"
#include "broker/server/broker.h"
#include "common/invariant.h"

static void put_batch(struct buf *batch, int32_t leader_epoch, struct slice key, struct slice value,
                      int64_t wall_ms)
{
    struct kf_batch_builder builder;
    err_t e;

    buf_clear(batch);
    kf_batch_begin(&builder, batch, 0, leader_epoch, 0);
    kf_batch_put(&builder, wall_ms, key, slice_make(value.n ? value.p : NULL, value.n), NULL, 0);
    e = kf_batch_end(&builder);
    INVARIANT(!e);
}

struct append_result coordinator_append(struct broker *b, struct partition *p, struct buf *batch,
                                        struct slice key, struct slice value, int64_t wall_ms)
{
    int16_t error = partition_error(b, p);
    struct head head;

    if (error)
        return (struct append_result){ .error = error };
    put_batch(batch, p->leader_epoch, key, value, wall_ms);
    INVARIANT(head_parse(batch->p, &head));
    return append_batch(b, p, batch->p, batch->n, &head, true, wall_ms);
}

int16_t coordinator_error(int16_t error)
{
    switch (error) {
    case KF_ERR_NONE:
        return KF_ERR_NONE;
    case KF_ERR_UNKNOWN_TOPIC_OR_PARTITION:
    case KF_ERR_NOT_ENOUGH_REPLICAS:
    case KF_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND:
        return KF_ERR_COORDINATOR_NOT_AVAILABLE;
    case KF_ERR_NOT_LEADER_OR_FOLLOWER:
    case KF_ERR_KAFKA_STORAGE_ERROR:
        return KF_ERR_NOT_COORDINATOR;
    default:
        return KF_ERR_UNKNOWN_SERVER_ERROR;
    }
}

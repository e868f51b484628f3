#include "broker/server/txn_marker_write.h"

#include "broker/server/broker.h"
#include "broker/server/groups.h"
#include "common/clock.h"

/* Apache's coordinators stop for good on what they do not expect. */
static int16_t told(int16_t error)
{
    switch (error) {
    case KF_ERR_NONE:
    case KF_ERR_UNKNOWN_TOPIC_OR_PARTITION:
    case KF_ERR_NOT_LEADER_OR_FOLLOWER:
    case KF_ERR_NOT_ENOUGH_REPLICAS:
    case KF_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND:
    case KF_ERR_INVALID_PRODUCER_EPOCH:
    case KF_ERR_TRANSACTION_COORDINATOR_FENCED:
        return error;
    default:
        return KF_ERR_KAFKA_STORAGE_ERROR;
    }
}

static void replicated(struct append_wait *w, int16_t error)
{
    struct txn_marker_write *mw = container_of(w, struct txn_marker_write, wait);

    mw->done(mw, told(error));
}

void txn_marker_write(struct broker *b, struct str topic, int32_t index,
                      const struct producer_marker *m, struct txn_marker_write *w)
{
    struct partition *p = topic_partition(replicas_topic(&b->replicas, topic), index);
    int16_t error = p ? partition_error(b, p) : KF_ERR_UNKNOWN_TOPIC_OR_PARTITION;
    struct producer_marker marker = *m;
    struct append_result at = { 0 };

    list_init(&w->wait.by_partition);
    if (!error) {
        at = append_marker(b, p, &marker, clock_wall_ms());
        error = at.error;
    }
    if (p && !error)
        groups_marker_appended(b, p, &marker);
    if (error || !append_wait_begin(p, &w->wait, at.last_offset + 1, replicated))
        w->done(w, told(error));
}

void txn_marker_write_cancel(struct txn_marker_write *w)
{
    append_wait_cancel(&w->wait);
}

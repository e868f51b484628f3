#include "api/kafka/msg/list_offsets.h"
#include "api/kafka/msg/offset_for_leader_epoch.h"

#include "broker/replica/leader.h"
#include "broker/server/broker.h"
#include "broker/server/broker_life.h"
#include "broker/server/directories.h"
#include "broker/server/handlers.h"
#include "broker/server/producers.h"

enum {
    LATEST = -1, EARLIEST = -2, MAX_TIMESTAMP = -3, EARLIEST_LOCAL = -4, LATEST_TIERED = -5,
    EARLIEST_PENDING_UPLOAD = -6,
    LEADER_EPOCH_SINCE = 4, MAX_TIMESTAMP_SINCE = 7, EARLIEST_LOCAL_SINCE = 8, LATEST_TIERED_SINCE = 9,
    EARLIEST_PENDING_SINCE = 11, NOT_AVAILABLE_SINCE = 5,
    CONSUMER = -1, /* the replica id of one */
    READ_COMMITTED = 1,
};

typedef struct kf_list_offsets_request_list_offsets_partition list_in;
typedef struct kf_list_offsets_response_list_offsets_partition_response list_out;

/* The partition when it is served here, else its error. */
static struct partition *find(struct broker *b, struct str topic, int32_t index, int32_t leader_epoch,
                              int16_t *ret_error)
{
    struct partition *p = topic_partition(replicas_topic(&b->replicas, topic), index);

    *ret_error = p ? partition_error(b, p) : missing_partition_error(b, topic, NULL, index);
    if (!*ret_error && leader_epoch >= 0 && leader_epoch != p->leader_epoch)
        *ret_error = leader_epoch < p->leader_epoch ? KF_ERR_FENCED_LEADER_EPOCH
                                                    : KF_ERR_UNKNOWN_LEADER_EPOCH;
    return *ret_error ? NULL : p;
}

static bool special_known(int64_t timestamp, int16_t version)
{
    switch (timestamp) {
    case MAX_TIMESTAMP:
        return version >= MAX_TIMESTAMP_SINCE;
    case EARLIEST_LOCAL:
        return version >= EARLIEST_LOCAL_SINCE;
    case LATEST_TIERED:
        return version >= LATEST_TIERED_SINCE;
    case EARLIEST_PENDING_UPLOAD:
        return version >= EARLIEST_PENDING_SINCE;
    default:
        return timestamp >= EARLIEST;
    }
}

/* Who asks. */
struct reader {
    int32_t replica; /* CONSUMER */
    bool committed;  /* READ_COMMITTED */
};

/* Consumers look below the high watermark or the last stable offset, replicas at the whole log. */
static err_t find_visible(struct partition *p, const struct reader *by, int64_t *ret)
{
    *ret = by->replica == CONSUMER ? partition_high_watermark(p) : log_end_offset(p->log);
    return by->replica == CONSUMER && by->committed ? producers_last_stable(p, ret) : ERR_OK;
}

/* A new leader's high watermark is behind until the followers have fetched: what the one before
 * has shown is not to be denied (KIP-207). */
static bool lags(const struct partition *p, const struct reader *by)
{
    return by->replica == CONSUMER && p->leader && p->leader->epoch_start > partition_high_watermark(p);
}

static err_t look_up_time(const struct partition *p, int64_t timestamp, list_out *out)
{
    return timestamp == MAX_TIMESTAMP
               ? log_max_timestamp(p->log, &out->offset, &out->timestamp, &out->leader_epoch)
               : log_offset_for_time(p->log, timestamp, &out->offset, &out->timestamp, &out->leader_epoch);
}

static int16_t look_up(struct broker *b, struct partition *p, int64_t timestamp, const struct reader *by,
                       list_out *out)
{
    int64_t visible;
    err_t e;

    e = find_visible(p, by, &visible);
    if (e)
        return directories_read_error(b, p, log_start_offset(p->log), e);
    switch (timestamp) {
    case LATEST:
        if (lags(p, by))
            return KF_ERR_OFFSET_NOT_AVAILABLE;
        out->offset = visible;
        out->leader_epoch = p->leader_epoch;
        return KF_ERR_NONE;
    case EARLIEST:
    case EARLIEST_LOCAL:
        out->offset = log_start_offset(p->log);
        out->leader_epoch = log_epoch_of(p->log, out->offset);
        return KF_ERR_NONE;
    case LATEST_TIERED:
    case EARLIEST_PENDING_UPLOAD:
        return KF_ERR_NONE; /* nothing is tiered: -1 */
    }
    e = look_up_time(p, timestamp, out);
    if (e)
        return directories_read_error(b, p, log_start_offset(p->log), e);
    if (out->offset >= visible)
        out->offset = -1;
    return out->offset < 0 && lags(p, by) ? KF_ERR_OFFSET_NOT_AVAILABLE : KF_ERR_NONE;
}

static bool repeated(const list_in *in, int32_t n, int32_t i)
{
    for (int32_t k = 0; k < n; k++)
        if (k != i && in[k].partition_index == in[i].partition_index)
            return true;
    return false;
}

static void list_partition(struct broker *b, const struct request *r, struct str topic,
                           const struct reader *by, const list_in *in, list_out *out)
{
    struct partition *p;

    out->partition_index = in->partition_index;
    p = find(b, topic, in->partition_index, in->current_leader_epoch, &out->error_code);
    if (!p)
        return;
    out->error_code = special_known(in->timestamp, r->api_version)
                          ? look_up(b, p, in->timestamp, by, out) : KF_ERR_UNSUPPORTED_VERSION;
    if (out->error_code == KF_ERR_OFFSET_NOT_AVAILABLE && r->api_version < NOT_AVAILABLE_SINCE)
        out->error_code = KF_ERR_LEADER_NOT_AVAILABLE;
    if (out->offset < 0 || out->error_code)
        out->offset = out->timestamp = -1;
    if (out->offset < 0 || r->api_version < LEADER_EPOCH_SINCE)
        out->leader_epoch = -1;
}

void api_list_offsets(struct broker *b, struct request *r)
{
    struct kf_list_offsets_request *q = REQUEST_DECODE(r, kf_list_offsets_request);
    struct kf_list_offsets_response *m;
    struct reader by;

    if (!q)
        return;
    by = (struct reader){ q->replica_id, q->isolation_level == READ_COMMITTED };
    m = MESSAGE_NEW(r->arena, kf_list_offsets_response);
    m->topics = arena_array(r->arena, (size_t)q->topics_n, sizeof(*m->topics));
    m->topics_n = q->topics_n;
    for (int32_t i = 0; i < q->topics_n; i++) {
        int32_t n = q->topics[i].partitions_n;

        m->topics[i].name = q->topics[i].name;
        m->topics[i].partitions_n = n;
        m->topics[i].partitions = arena_array(r->arena, (size_t)n, sizeof(*m->topics[i].partitions));
        for (int32_t k = 0; k < n; k++) {
            list_out *out = &m->topics[i].partitions[k];

            kf_init(&kf_list_offsets_response_list_offsets_partition_response_schema, out);
            list_partition(b, r, q->topics[i].name, &by, &q->topics[i].partitions[k], out);
            if (repeated(q->topics[i].partitions, n, k)) {
                kf_init(&kf_list_offsets_response_list_offsets_partition_response_schema, out);
                out->partition_index = q->topics[i].partitions[k].partition_index;
                out->error_code = KF_ERR_INVALID_REQUEST;
            }
        }
    }
    request_reply(r, &kf_list_offsets_response_schema, m);
}

typedef struct kf_offset_for_leader_epoch_request_offset_for_leader_partition epoch_in;
typedef struct kf_offset_for_leader_epoch_response_epoch_end_offset epoch_out;

static void end_of_epoch(struct broker *b, struct str topic, const epoch_in *in, epoch_out *out)
{
    struct partition *p;

    kf_init(&kf_offset_for_leader_epoch_response_epoch_end_offset_schema, out);
    out->partition = in->partition;
    p = find(b, topic, in->partition, in->current_leader_epoch, &out->error_code);
    if (p)
        log_end_offset_for_epoch(p->log, in->leader_epoch, &out->leader_epoch, &out->end_offset);
    /* Of an epoch that this log has not: another may lead by now, and have it (0013). */
    if (p && out->end_offset < 0 && !life_in_session(b))
        out->error_code = KF_ERR_NOT_LEADER_OR_FOLLOWER;
}

void api_offset_for_leader_epoch(struct broker *b, struct request *r)
{
    struct kf_offset_for_leader_epoch_request *q =
        REQUEST_DECODE(r, kf_offset_for_leader_epoch_request);
    struct kf_offset_for_leader_epoch_response *m;

    if (!q)
        return;
    m = MESSAGE_NEW(r->arena, kf_offset_for_leader_epoch_response);
    m->topics = arena_array(r->arena, (size_t)q->topics_n, sizeof(*m->topics));
    m->topics_n = q->topics_n;
    for (int32_t i = 0; i < q->topics_n; i++) {
        int32_t n = q->topics[i].partitions_n;

        m->topics[i].topic = q->topics[i].topic;
        m->topics[i].partitions_n = n;
        m->topics[i].partitions = arena_array(r->arena, (size_t)n, sizeof(*m->topics[i].partitions));
        for (int32_t k = 0; k < n; k++)
            end_of_epoch(b, q->topics[i].topic, &q->topics[i].partitions[k],
                         &m->topics[i].partitions[k]);
    }
    request_reply(r, &kf_offset_for_leader_epoch_response_schema, m);
}

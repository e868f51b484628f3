#include "broker/server/append.h"

#include "broker/replica/leader.h"
#include "broker/replica/txn_marker.h"
#include "broker/server/broker.h"
#include "broker/server/directories.h"
#include "broker/server/housekeeping.h"
#include "broker/server/leading.h"
#include "broker/server/producers.h"

/* After the fact the maximal in-sync set counts, as in Kafka. */
static int16_t reached_error(const struct partition *p)
{
    return p->leader->maximal_n < leader_min_isr(p->leader)
               ? KF_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND
               : KF_ERR_NONE;
}

int16_t append_all_error(const struct partition *p)
{
    return p->leader->committed_n < leader_min_isr(p->leader) ? KF_ERR_NOT_ENOUGH_REPLICAS
                                                              : KF_ERR_NONE;
}

/* Appends come in order; only a repeated batch waits for less than the last one does. */
bool append_wait_begin(struct partition *p, struct append_wait *w, int64_t required,
                       void (*done)(struct append_wait *w, int16_t error))
{
    struct list *after = p->waits.prev;

    list_init(&w->by_partition);
    if (partition_high_watermark(p) >= required)
        return false;
    w->required = required;
    w->done = done;
    while (after != &p->waits &&
           list_item(after, struct append_wait, by_partition)->required > required)
        after = after->prev;
    list_push(after->next, &w->by_partition); /* before the one behind */
    return true;
}

void append_wait_cancel(struct append_wait *w)
{
    list_remove(&w->by_partition);
}

void append_waits_release(struct partition *p)
{
    int64_t high_watermark = partition_high_watermark(p);

    while (!list_empty(&p->waits)) {
        struct append_wait *w = list_item(p->waits.next, struct append_wait, by_partition);

        if (w->required > high_watermark)
            return;
        list_remove(&w->by_partition);
        w->done(w, reached_error(p));
    }
}

void append_waits_fail(struct partition *p, int16_t error)
{
    while (!list_empty(&p->waits)) {
        struct append_wait *w = list_item(p->waits.next, struct append_wait, by_partition);

        list_remove(&w->by_partition);
        w->done(w, error);
    }
}

static struct append_result refuse(int16_t error, const char *message)
{
    return (struct append_result){ .error = error, .message = message, .base_offset = -1,
                                   .last_offset = -1, .log_append_time_ms = -1 };
}

static int16_t append_error(err_t e)
{
    switch (e) {
    case ERR_OK:
        return KF_ERR_NONE;
    case ERR_TOO_LARGE:
        return KF_ERR_MESSAGE_TOO_LARGE;
    case ERR_MALFORMED:
    case ERR_CORRUPT:
    case ERR_INVALID:
        return KF_ERR_CORRUPT_MESSAGE;
    case ERR_STALE:
    case ERR_NOT_LEADER:
        return KF_ERR_NOT_LEADER_OR_FOLLOWER;
    /* Retriable for every client: it tries on until there is room again. */
    case ERR_NO_SPACE:
    case ERR_NOMEM:
    case ERR_IO:
    case ERR_BUSY:
    case ERR_AGAIN:
    case ERR_NOT_FOUND: /* the directory */
        return KF_ERR_KAFKA_STORAGE_ERROR;
    case ERR_UNSUPPORTED:
    case ERR_EXISTS:
    case ERR_CONFLICT:
    case ERR_UNAUTHENTICATED:
    case ERR_FORBIDDEN:
    case ERR_OUT_OF_RANGE:
    case ERR_TIMEOUT:
    case ERR_UNREACHABLE:
    case ERR_CLOSED:
        return KF_ERR_UNKNOWN_SERVER_ERROR;
    }
    return KF_ERR_UNKNOWN_SERVER_ERROR;
}

/* True when the batch is to be appended; else `ret` says what became of it. */
static bool check_producer(struct broker *b, struct partition *p,
                           const struct producer_batch *batch, uint64_t ticket,
                           struct append_result *ret)
{
    struct producer_batch old;

    err_t e = producers_ready(p);

    if (e) {
        (void)directories_read_error(b, p, log_start_offset(p->log), e);
        *ret = refuse(KF_ERR_KAFKA_STORAGE_ERROR, "The partition's producers cannot be read");
        return false;
    }
    switch (producer_decide(&p->producers, batch, b->verifies_txns, ticket, &old)) {
    case PRODUCER_APPEND:
        return true;
    case PRODUCER_DUPLICATE:
        *ret = (struct append_result){
            .base_offset = old.base_offset, .last_offset = old.last_offset, .duplicate = true,
            .log_append_time_ms = p->topic->config.log_append_time ? old.timestamp : -1,
        };
        return false;
    case PRODUCER_OUT_OF_ORDER:
        *ret = refuse(KF_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "The batch's sequence does not follow");
        return false;
    case PRODUCER_OLD_EPOCH:
    case PRODUCER_OLD_COORDINATOR: /* of markers alone */
        *ret =
            refuse(KF_ERR_INVALID_PRODUCER_EPOCH, "A newer instance of the producer has written");
        return false;
    case PRODUCER_NO_TXN:
        *ret = refuse(KF_ERR_INVALID_TXN_STATE, batch->transactional
                          ? "The batch is not part of a transaction that is open here"
                          : "The producer's transaction is open, and the batch is not part of it");
        return false;
    }
    return false;
}

/* What lies in the log came there whole; now the flush that flush.messages asks for, and who waits.
 */
static bool settle(struct broker *b, struct partition *p, size_t n, int64_t now_ms,
                   struct append_result *ret)
{
    err_t e;

    house_appended(b->house, n);
    e = log_flush_due(p->log, now_ms) ? log_sync(p->log) : ERR_OK;
    leading_grew(b, p);
    if (!e)
        return true;
    house_refused(b->house, e);
    directories_suspect(b, p, e);
    *ret = refuse(KF_ERR_KAFKA_STORAGE_ERROR, "The log could not be flushed");
    return false;
}

static struct append_result not_appended(struct broker *b, struct partition *p, err_t e)
{
    house_refused(b->house, e);
    directories_suspect(b, p, e);
    return refuse(append_error(e), e == ERR_NO_SPACE ? "No space left on the volume" : err_text(e));
}

static struct append_result append(struct broker *b, struct partition *p, struct slice bytes,
                                   struct producer_batch *batch, int64_t now_ms)
{
    struct append_result ret = { 0 };
    struct log_appended at;
    err_t e = log_append_leader(p->log, (uint8_t *)(uintptr_t)bytes.p, bytes.n, p->leader_epoch,
                                now_ms, &at);

    traffic_add(&p->topic->traffic, &b->traffic, TRAFFIC_PRODUCES, 1);
    if (e) {
        traffic_add(&p->topic->traffic, &b->traffic, TRAFFIC_PRODUCES_FAILED, 1);
        return not_appended(b, p, e);
    }
    batch->base_offset = at.base_offset;
    batch->last_offset = at.last_offset;
    if (at.log_append_time_ms >= 0)
        batch->timestamp = at.log_append_time_ms;
    producers_appended(p, batch);
    traffic_add(&p->topic->traffic, &b->traffic, TRAFFIC_BYTES_IN, bytes.n);
    traffic_add(&p->topic->traffic, &b->traffic, TRAFFIC_MESSAGES_IN,
                (uint64_t)(at.last_offset - at.base_offset + 1));
    ret = (struct append_result){ .base_offset = at.base_offset, .last_offset = at.last_offset,
                                  .log_append_time_ms = at.log_append_time_ms };
    (void)settle(b, p, bytes.n, now_ms, &ret);
    return ret;
}

struct append_result append_batch(struct broker *b, struct partition *p, uint8_t *bytes, size_t n,
                                  const struct head *head, bool all, int64_t now_ms)
{
    return append_with_ticket(b, p, bytes, n, head, all, now_ms, 0);
}

struct append_result append_with_ticket(struct broker *b, struct partition *p, uint8_t *bytes,
                                        size_t n, const struct head *head, bool all, int64_t now_ms,
                                        uint64_t ticket)
{
    struct producer_batch batch = producers_batch_of(head);
    int16_t short_of = all ? append_all_error(p) : KF_ERR_NONE;
    struct append_result ret;
    err_t e;

    if (short_of)
        return refuse(short_of, "The in-sync replicas are fewer than min.insync.replicas");
    /* First: a batch behind one that a full disk refused is refused alike, not for its sequence. */
    e = log_may_append(p->log);
    if (e)
        return not_appended(b, p, e);
    if (batch.producer_id >= 0 && !check_producer(b, p, &batch, ticket, &ret))
        return ret;
    return append(b, p, slice_make(bytes, n), &batch, now_ms);
}

static int16_t marker_error(struct partition *p, const struct producer_marker *m)
{
    if (producers_ready(p))
        return KF_ERR_KAFKA_STORAGE_ERROR;
    switch (producer_marker_decide(&p->producers, m)) {
    case PRODUCER_APPEND:
    case PRODUCER_DUPLICATE:
        return append_all_error(p);
    case PRODUCER_OLD_COORDINATOR:
        return KF_ERR_TRANSACTION_COORDINATOR_FENCED;
    case PRODUCER_OLD_EPOCH:
    case PRODUCER_OUT_OF_ORDER:
    case PRODUCER_NO_TXN:
        return KF_ERR_INVALID_PRODUCER_EPOCH;
    }
    return KF_ERR_UNKNOWN_SERVER_ERROR;
}

struct append_result append_marker(struct broker *b, struct partition *p, struct producer_marker *m,
                                   int64_t now_ms)
{
    int16_t error = marker_error(p, m);
    struct append_result ret;
    struct log_appended at;
    OWNED_BUF bytes = { 0 };
    err_t e;

    if (error)
        return refuse(error, NULL);
    m->timestamp = now_ms;
    txn_marker_put(m, &bytes);
    e = log_append_leader(p->log, bytes.p, bytes.n, p->leader_epoch, now_ms, &at);
    if (e)
        return not_appended(b, p, e);
    m->offset = at.base_offset;
    producers_marked(p, m);
    ret = (struct append_result){ .base_offset = at.base_offset, .last_offset = at.last_offset,
                                  .log_append_time_ms = at.log_append_time_ms };
    (void)settle(b, p, bytes.n, now_ms, &ret);
    return ret;
}

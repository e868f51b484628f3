/* append - batches into partitions that this broker leads, and who waits for the high watermark.
 *
 * A wait ends once: with KF_ERR_NONE when the high watermark has reached its offset and the
 * in-sync set is large enough, with an error when this broker leads no more. How long to
 * wait is the waiting one's business: append_wait_cancel ends it without a call.
 *
 * Owned by the reactor. */
#ifndef KLAMM_BROKER_SERVER_APPEND_H
#define KLAMM_BROKER_SERVER_APPEND_H

#include "broker/log/log.h"
#include "broker/replica/client_batch.h"
#include "broker/replica/replicas.h"

struct broker;

struct append_wait {
    struct list by_partition; /* alone: not waiting */
    int64_t required;         /* the high watermark that is awaited */
    /* `w` is not waiting any more and may be freed. Called from within a follower's fetch or an
     * append: appends to other partitions are made later (loop_defer), not from in here. */
    void (*done)(struct append_wait *w, int16_t error);
};

/* Ends with KF_ERR_NONE at once, without a call, when the high watermark is there: false. */
bool append_wait_begin(struct partition *p, struct append_wait *w, int64_t required,
                       void (*done)(struct append_wait *w, int16_t error));
void append_wait_cancel(struct append_wait *w); /* not waiting is fine; one zeroed is not */

/* What came of an append. */
struct append_result {
    int16_t error;             /* of the Kafka protocol */
    const char *message;       /* with an error, or NULL; static */
    int64_t base_offset;       /* -1 with an error */
    int64_t last_offset;
    int64_t log_append_time_ms; /* -1 with CreateTime */
    bool duplicate;            /* it was there already, at these offsets */
};

/* One client batch `p[0..n)`, checked by client_batch_check, whose head is `head`; patched in
 * place. `all`: acks=all, refused when the in-sync set is below min.insync.replicas. The
 * producer's sequence is checked. Who fetches is woken at the end of the turn. */
struct append_result append_batch(struct broker *b, struct partition *p, uint8_t *bytes, size_t n,
                                  const struct head *head, bool all, int64_t now_ms);
/* The same for a batch that begins its transaction here, verified with the coordinator: `ticket` is
 * producer_verify's (broker/replica/producer_state.h), 0 for none. */
struct append_result append_with_ticket(struct broker *b, struct partition *p, uint8_t *bytes,
                                        size_t n, const struct head *head, bool all, int64_t now_ms,
                                        uint64_t ticket);
/* A marker that ends a transaction; fenced by epochs. Its offset and time are filled in. */
struct append_result append_marker(struct broker *b, struct partition *p, struct producer_marker *m,
                                   int64_t now_ms);
/* NOT_ENOUGH_REPLICAS when acks=all would be refused now. */
int16_t append_all_error(const struct partition *p);

/* For leading.c: the high watermark has risen; this broker leads no more. */
void append_waits_release(struct partition *p);
void append_waits_fail(struct partition *p, int16_t error);

#endif

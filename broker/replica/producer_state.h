/* producer_state - what a partition remembers of its idempotent producers.
 *
 *   producer id -> epoch, up to five newest batches {first, last sequence; base, last offset}
 *
 * Decide, then apply: producer_decide looks at a client's batch and changes nothing;
 * producer_apply is the only writer and runs alike after an append and in recovery,
 * where batches of older epochs are taken as they lie in the log.
 *
 * Snapshot file, Kafka's format:
 *   int16 version = 1, uint32 CRC-32C of what follows, int32 count, then per producer
 *   int64 id, int16 epoch, int32 last sequence, int64 last offset, int32 offset delta,
 *   int64 timestamp, int32 coordinator epoch, int64 first offset of the open transaction
 *
 * Invariants (producer_state_check):
 *   P1  the batches of a producer are of its epoch, in order of their offsets
 *   P2  at most PRODUCER_BATCHES of them */
#ifndef KLAMM_BROKER_REPLICA_PRODUCER_STATE_H
#define KLAMM_BROKER_REPLICA_PRODUCER_STATE_H

#include "common/buf.h"
#include "common/err.h"
#include "common/map.h"

enum { PRODUCER_BATCHES = 5 };

struct producer_batch {
    int64_t producer_id;
    int16_t epoch;
    int32_t first_sequence, last_sequence;
    int64_t base_offset, last_offset; /* unknown (0) in producer_decide */
    int64_t timestamp;                /* max timestamp of the batch */
};

enum producer_verdict {
    PRODUCER_APPEND,
    PRODUCER_DUPLICATE,    /* already there: answer success with the old offsets */
    PRODUCER_OUT_OF_ORDER, /* a gap, or older than what is remembered */
    PRODUCER_OLD_EPOCH,    /* a newer instance has written */
};

/* The zero struct knows nobody. */
struct producer_state {
    struct map producers;
    int64_t next_offset; /* everything below has been applied */
};

void producer_state_done(struct producer_state *s);

/* What is to be done with a client's batch (producer id >= 0). For PRODUCER_DUPLICATE
 * `ret_old` is the batch that is in the log already. */
enum producer_verdict producer_decide(const struct producer_state *s, const struct producer_batch *b,
                                      struct producer_batch *ret_old);
/* The batch is in the log at its offsets. */
void producer_apply(struct producer_state *s, const struct producer_batch *b);

/* The log is now [log_start, log_end): what lies outside is forgotten. Returns false when
 * a truncation cut into what is remembered: rebuild from a snapshot or from the log. */
bool producer_state_cut(struct producer_state *s, int64_t log_end);
/* Drops producers silent since before `now_ms - age_ms`. */
void producer_state_expire(struct producer_state *s, int64_t now_ms, int64_t age_ms);
size_t producer_state_n(const struct producer_state *s);

/* As the file above; `offset` names the file and is not in it. */
void producer_state_encode(const struct producer_state *s, struct buf *ret);
/* Replaces `s` (empty before). ERR_CORRUPT: bad version, length or checksum. */
err_t producer_state_decode(struct producer_state *s, struct slice file);

void producer_state_check(const struct producer_state *s);

#endif

/* producer_state - what a partition remembers of its idempotent and transactional producers.
 *
 *   producer id -> epoch, up to five newest batches {first, last sequence; base, last offset},
 *                  the open transaction
 *   transactions:  open ------ marker ------> ended ---- high watermark passes it ----> forgotten
 *                  `- all of these hold the last stable offset back -'
 *
 * Decide, then apply: producer_decide and producer_marker_decide look at what is to be appended
 * and change nothing; producer_apply and producer_marker_apply are the only writers and run alike
 * after an append, on followers and in recovery, where batches of older epochs are taken as they
 * lie in the log.
 *
 * Verification (KIP-890): the first batch of a transaction is appended only with the ticket that
 * was drawn before the coordinator was asked about it (producer_verify); a batch or a marker of the
 * producer that comes in between makes the ticket void.
 *
 * Invariants (producer_state_check):
 *   P1  the batches of a producer are of its epoch, in order of their offsets
 *   P2  at most PRODUCER_BATCHES of them
 *   P3  transactions stand in the order of their first offsets, the ended ones also in the order
 *       of their markers; a producer has at most one that is open */
#ifndef KLAMM_BROKER_REPLICA_PRODUCER_STATE_H
#define KLAMM_BROKER_REPLICA_PRODUCER_STATE_H

#include "common/buf.h"
#include "common/err.h"
#include "common/list.h"
#include "common/map.h"

enum { PRODUCER_BATCHES = 5, TRANSACTION_V2 = 2 };

struct producer_batch {
    int64_t producer_id;
    int16_t epoch;
    int32_t first_sequence, last_sequence; /* both -1: a coordinator's, which has none */
    int64_t base_offset, last_offset; /* unknown (0) in producer_decide */
    int64_t timestamp;                /* max timestamp of the batch */
    bool transactional;
};

/* The control record that ends a transaction. */
struct producer_marker {
    int64_t producer_id;
    int16_t epoch;
    int32_t coordinator_epoch;
    bool commit;
    int16_t version;   /* of the transaction, as WriteTxnMarkers says; only for deciding */
    int64_t offset;    /* unknown (0) in producer_marker_decide */
    int64_t timestamp;
};

enum producer_verdict {
    PRODUCER_APPEND,
    PRODUCER_DUPLICATE,    /* already there: answer success with the old offsets */
    PRODUCER_OUT_OF_ORDER, /* a gap, or older than what is remembered */
    PRODUCER_OLD_EPOCH,    /* a newer instance has written */
    PRODUCER_NO_TXN,       /* transactional without a verified transaction, or the reverse */
    PRODUCER_OLD_COORDINATOR, /* of a marker: a newer coordinator has written */
};

/* The zero struct knows nobody. */
struct producer_state {
    struct map producers;
    struct map tickets;     /* of producers whose transaction is being verified */
    uint64_t last_ticket;
    struct list txns;       /* open and ended, by first offset */
    struct list ended;      /* by marker offset */
    int64_t next_offset;    /* everything below has been applied */
};

void producer_state_done(struct producer_state *s);
/* `to` knows what `from` knew, whatever it knew before; `from` is the zero struct. */
void producer_state_move(struct producer_state *to, struct producer_state *from);

/* What is to be done with a client's batch (producer id >= 0). `ticket`: of producer_verify, 0 for
 * none. `verified` false: transactions need no ticket (transaction.partition.verification.enable).
 * For PRODUCER_DUPLICATE `ret_old` is the batch that is in the log already. */
enum producer_verdict producer_decide(const struct producer_state *s,
                                      const struct producer_batch *b, bool verified,
                                      uint64_t ticket, struct producer_batch *ret_old);
/* The batch is in the log at its offsets. */
void producer_apply(struct producer_state *s, const struct producer_batch *b);

/* Whether a transactional batch may begin only with a ticket: its transaction is not open here. */
bool producer_needs_ticket(const struct producer_state *s, const struct producer_batch *b);
/* A ticket for producer_decide; the same for all batches until one of them is appended. `bumps`:
 * the client ends every transaction with a new epoch (transaction.version 2). */
uint64_t producer_verify(struct producer_state *s, const struct producer_batch *b, bool bumps,
                         int64_t now_ms);

/* False: a batch or a marker has come in between, and the coordinator's answer may be out of date.
 */
bool producer_ticket_valid(const struct producer_state *s, int64_t id, uint64_t ticket);

enum producer_verdict producer_marker_decide(const struct producer_state *s,
                                             const struct producer_marker *m);
/* What a marker has ended. */
struct producer_txn {
    int64_t producer_id, first_offset, last_offset; /* last: of the marker */
    int64_t last_stable_offset; /* first offset of the oldest other open transaction, or behind the
                                   marker */
    bool aborted;
};
/* The marker is in the log; true when it has ended a transaction with data, `ret`. */
bool producer_marker_apply(struct producer_state *s, const struct producer_marker *m,
                           struct producer_txn *ret);

/* Where READ_COMMITTED ends: no transaction with data below is undecided under the high watermark.
 * Forgets the ended ones below it. */
int64_t producer_state_last_stable(struct producer_state *s, int64_t high_watermark);

/* The log is now [log_start, log_end): what lies outside is forgotten. Returns false when
 * a truncation cut into what is remembered: rebuild from a snapshot or from the log. */
bool producer_state_cut(struct producer_state *s, int64_t log_end);
/* Drops producers, and tickets, silent since before `now_ms - age_ms`. */
void producer_state_expire(struct producer_state *s, int64_t now_ms, int64_t age_ms);
size_t producer_state_n(const struct producer_state *s);

/* A producer as it is told (DescribeProducers, snapshots). */
struct producer_view {
    int64_t id;
    int16_t epoch;
    int32_t last_sequence;    /* -1: no data of this epoch */
    int64_t last_offset;      /* -1 then */
    int32_t offset_delta;     /* of the last batch: last - base */
    int64_t last_timestamp;
    int32_t coordinator_epoch; /* -1: no marker yet */
    int64_t txn_first_offset; /* -1: none is open */
};
/* size_t at = 0; while (producer_state_next(s, &at, &view)) ...; in no order. */
bool producer_state_next(const struct producer_state *s, size_t *at, struct producer_view *ret);
/* One out of a snapshot; false when `s` has it already. */
bool producer_state_add(struct producer_state *s, const struct producer_view *v);
/* An id's last sequence is needed to know the log's (compaction): NULL-like view is false. */
bool producer_state_find(const struct producer_state *s, int64_t id, struct producer_view *ret);

void producer_state_check(const struct producer_state *s);

#endif

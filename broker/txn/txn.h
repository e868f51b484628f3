/* txn - the coordinator of the transactional ids of one partition of __transaction_state: a pure
 * core. The shell is broker/server/txn.h.
 *
 *   log --txns_apply*--> [ txns_decide_x --> decision ] ...
 *                              record --the shell appends it--> txns_apply, txns_written
 *                              answer: when the high watermark is at txns_required
 *
 *   EMPTY --add--> ONGOING --end--> PREPARE_COMMIT --all partitions marked--> COMPLETE_COMMIT
 *     ^ init          |                                                            | add: ONGOING
 *     `---------------+--end, timeout, init--> PREPARE_ABORT --> COMPLETE_ABORT <--' init: EMPTY
 *   With transactions of version 2 an abort is also taken where nothing was added.
 *
 * Decide, then apply: a decision reads the state and changes nothing; txns_apply is the only writer
 * of what the log holds and runs alike in load and after an append. An id's records follow each
 * other in the log as they were decided, so nothing is "pending": what a decision stands on is in
 * the log, if not yet below the high watermark. What is lost with leadership is lost with the whole
 * state; no answer that depends on it has been given before.
 *
 * A transaction that is being completed (PREPARE_*) admits nothing else: TXN_COMPLETING. Kafka
 * answers CONCURRENT_TRANSACTIONS then and lets the client try again; the shell may rather wait.
 *
 * Records are those of Apache Kafka 4.3's __transaction_state, rules those of its coordinator
 * (KIP-98, 360, 890). The last epoch of a producer is not in the log: a retry of InitProducerId
 * that comes after a failover is fenced, as there.
 *
 * Invariants (txns_check):
 *   T1  an id has partitions only in ONGOING and PREPARE_*; in EMPTY it has no start
 *   T2  the applied state is a function of the log, but for the last epoch and the partitions that
 *       were marked since
 *
 * No I/O, no clock, no randomness: time and fresh producer ids come with the call. */
#ifndef KLAMM_BROKER_TXN_TXN_H
#define KLAMM_BROKER_TXN_TXN_H

#include "common/buf.h"
#include "common/err.h"
#include "common/list.h"
#include "common/map.h"

enum txn_state {
    TXN_EMPTY,
    TXN_ONGOING,
    TXN_PREPARE_COMMIT,
    TXN_PREPARE_ABORT,
    TXN_COMPLETE_COMMIT,
    TXN_COMPLETE_ABORT,
    TXN_STATES
};

enum {
    TXN_V1 = 1, TXN_V2 = 2,      /* transaction.version */
    TXN_EPOCH_LAST = INT16_MAX - 1, /* the last that a client gets: one is left for fencing */
    TXN_PARTITIONS_MAX = 100000, /* of one transaction */
};

/* What every decision may look at. */
struct txn_context {
    int64_t now_ms;             /* wall clock */
    int64_t fresh_id;           /* a producer id that nobody has; -1: say needs_id if one is wanted */
    int16_t version;            /* transaction.version of the cluster */
    int32_t timeout_ms_max;     /* transaction.max.timeout.ms */
    bool two_phase;             /* transaction.two.phase.commit.enable */
    int64_t expiration_ms;      /* transactional.id.expiration.ms */
};

struct txn_partition {
    const char *topic; /* of the state's own names: equal topics are one pointer */
    int32_t index;
};

/* One transactional id. Read by the shell, changed by this folder alone. */
struct txn {
    struct str id;
    int64_t producer_id, previous_id, next_id; /* -1: none */
    int16_t epoch, last_epoch;                 /* -1: none */
    int32_t timeout_ms;
    enum txn_state state;
    struct txn_partition *partitions;
    int32_t partitions_n, partitions_capacity;
    int64_t start_ms, update_ms;               /* start -1: none */
    int16_t client_version;                    /* transaction.version its client ended or began it with */
    int64_t required;                          /* end of its last record: what answers wait for */
    struct list ongoing;                       /* of txns->ongoing */
    void *shell;                               /* the shell's own; NULL at first */
};

struct txns {
    struct map ids;
    struct map topics;    /* names, once each */
    struct list ongoing;
};

struct txns *txns_new(void);
/* What the shell hangs on an id is let go before. NULL is fine; returns NULL. */
struct txns *txns_free(struct txns *x);

struct txn *txns_find(const struct txns *x, struct str id); /* NULL: unknown */
/* size_t at = 0; while ((t = txns_next(x, &at))) ...; no change meanwhile. */
struct txn *txns_next(const struct txns *x, size_t *at);
const char *txn_state_name(enum txn_state s); /* "Empty", "Ongoing", ... */
bool txn_completing(const struct txn *t);     /* PREPARE_* */
bool txn_has_partition(const struct txn *t, struct str topic, int32_t index);

/* What came of a request. `error` of the Kafka protocol. With `write` the record is to be appended,
 * applied (txns_apply with `last_epoch`) and the answer given afterwards, else the answer alone. */
struct txn_decision {
    int16_t error;
    bool needs_id;       /* nothing was decided: again, with a fresh producer id */
    bool completing;     /* the error is CONCURRENT_TRANSACTIONS for a transaction in PREPARE_* */
    bool write;
    struct buf key, value;
    int16_t last_epoch;
    int64_t producer_id; /* of the answer, -1 with an error */
    int16_t epoch;
};
void txn_decision_done(struct txn_decision *d);
#define OWNED_DECISION __attribute__((cleanup(txn_decision_done))) struct txn_decision

/* InitProducerId. */
struct txn_init {
    struct str id;
    int32_t timeout_ms;
    int64_t expected_id;      /* -1, with an epoch of -1: the client has none */
    int16_t expected_epoch;
    bool two_phase, keep_prepared;
};
struct txn_decision txns_decide_init(const struct txns *x, const struct txn_context *c,
                                     const struct txn_init *q);

/* AddPartitionsToTxn and AddOffsetsToTxn. */
struct txn_topic {
    struct str name;
    const int32_t *partitions;
    int32_t partitions_n;
};
struct txn_add {
    struct str id;
    int64_t producer_id;
    int16_t epoch;
    const struct txn_topic *topics;
    int32_t topics_n;
    int16_t client_version;
};
struct txn_decision txns_decide_add(const struct txns *x, const struct txn_context *c,
                                    const struct txn_add *q);
/* The error of all (KF_ERR_NONE: each partition's own, by txn_has_partition). */
int16_t txns_verify(const struct txns *x, const struct txn_add *q, bool *ret_completing);

/* EndTxn. */
struct txn_end {
    struct str id;
    int64_t producer_id;
    int16_t epoch;
    bool commit;
    int16_t client_version;
};
struct txn_decision txns_decide_end(const struct txns *x, const struct txn_context *c,
                                    const struct txn_end *q);

/* Fences the producer and aborts what it has begun: its time is over, or another instance came. */
bool txn_timed_out(const struct txn *t, int64_t now_ms);
struct txn_decision txns_decide_abort(const struct txns *x, const struct txn_context *c,
                                      const struct txn *t);
/* Of a transaction in PREPARE_*: this partition has its marker, or is gone. True when all have. */
bool txn_marked(struct txn *t, struct str topic, int32_t index);
struct txn_decision txns_decide_complete(const struct txns *x, const struct txn_context *c,
                                         const struct txn *t);
/* Not used for transactional.id.expiration.ms: a tombstone. */
bool txn_expired(const struct txn *t, const struct txn_context *c);
struct txn_decision txns_decide_forget(const struct txn *t);

/* A record of the log; value.p NULL is a tombstone. ERR_UNSUPPORTED: of an unknown kind or version,
 * skipped; ERR_CORRUPT. `last_epoch` of the decision, -1 in load. */
err_t txns_apply(struct txns *x, struct slice key, struct slice value, int16_t last_epoch);
/* The last record of `id` ends before `end`; NULL: it was a tombstone. */
void txns_written(struct txn *t, int64_t end);

void txns_check(const struct txns *x);
/* What is a function of the log, a line an id, sorted: for comparing. */
void txns_dump(const struct txns *x, struct buf *ret);

#endif

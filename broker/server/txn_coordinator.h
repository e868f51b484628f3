/* txn_coordinator - the shell of the transaction coordinator's core (broker/txn/txn.h).
 *
 *   leader of a partition of __transaction_state --load, bounded work per turn--> serves
 *   request -> txn_ask -> core -> record, acks=all -> answer at the high watermark
 *   PREPARE_* at the high watermark -> markers to the leaders of its partitions (txn_markers.h)
 *       -> all written -> COMPLETE_* -> who has waited for it is decided on
 *
 * Kafka's coordinator answers CONCURRENT_TRANSACTIONS while markers are being written, and clients
 * try again after 20 ms or more; this one lets the request wait, and says so only after
 * TXN_WAIT_MS. Not so to other leaders: the marker that they get meanwhile makes the ticket void
 * that they have drawn for the question (broker/replica/producer_state.h).
 *
 * While a partition loads its ids are told COORDINATOR_LOAD_IN_PROGRESS, where this broker does not
 * lead NOT_COORDINATOR. The state is thrown away when leadership is lost: what waits is told
 * NOT_COORDINATOR, the next coordinator resumes what was in PREPARE_*.
 *
 * Owned by the reactor. */
#ifndef KLAMM_BROKER_SERVER_TXN_COORDINATOR_H
#define KLAMM_BROKER_SERVER_TXN_COORDINATOR_H

#include "broker/server/append.h"
#include "broker/server/producer_ids.h"
#include "broker/txn/txn.h"

enum { TXN_WAIT_MS = 1000 };

struct broker;
struct transactions;
struct partition;

struct transactions *transactions_new(struct broker *b);
/* No partition leads any more. NULL is fine; returns NULL. */
struct transactions *transactions_free(struct transactions *x);

/* `p` is led by this broker; partitions of other topics are none of its business. Idempotent. */
void transactions_lead(struct broker *b, struct partition *p);
/* It is not any more. Idempotent. */
void transactions_stop(struct broker *b, struct partition *p);
/* Leaders have moved, or brokers: markers that wait for one look again. */
void transactions_metadata(struct broker *b);

/* Who is the coordinator of `id`: the node, -1 when nobody is known. */
int32_t transactions_coordinator_of(const struct broker *b, struct str id);

enum txn_question { TXN_ASK_INIT, TXN_ASK_ADD, TXN_ASK_VERIFY, TXN_ASK_END };

/* One question about one id; in the memory of its request, which outlives it. */
struct txn_ask {
    enum txn_question kind;
    union {
        struct txn_init init;
        struct txn_add add;   /* also of TXN_ASK_VERIFY */
        struct txn_end end;
    };
    bool at_once;              /* CONCURRENT_TRANSACTIONS rather than waiting for a completion */
    /* Called once, maybe from within transactions_ask. */
    void (*done)(struct txn_ask *a);
    void *ctx;                 /* of whoever asks */
    /* The answer: */
    int16_t error;
    int64_t producer_id;
    int16_t epoch;
    const struct txn *txn;     /* TXN_ASK_VERIFY without an error: borrowed for `done` */
    /* The coordinator's own: */
    struct broker *b;
    struct append_wait wait;
    struct producer_id_wait id_wait;
    int64_t fresh_id;          /* -1, or one that was drawn for it */
    struct list waiting;       /* for the end of a completion: txn_work.waiting */
    struct list by_time;
    int64_t deadline_ms;
};

/* `a` zeroed but for the question, done and ctx. */
void transactions_ask(struct broker *b, struct txn_ask *a);
/* `done` is not called any more; what was asked for stays asked. */
void transactions_ask_cancel(struct txn_ask *a);

/* Every id of every partition led here, as it is decided now. `at` starts {0}. NULL ends. */
struct transactions_walk {
    int32_t shard;
    size_t id;
};
const struct txn *transactions_next(const struct broker *b, struct transactions_walk *at);
bool transactions_any_loading(const struct broker *b);
/* KF_ERR_NONE and the state of `id` (NULL: unknown), or why it is not served here. */
int16_t transactions_find(const struct broker *b, struct str id, const struct txn **ret);

#endif

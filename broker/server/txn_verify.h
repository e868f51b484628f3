/* txn_verify - asks the coordinator whether partitions are part of a transaction that is open,
 * before the first of its batches is appended here (KIP-890).
 *
 * Older producers have added the partitions themselves, and this only looks (VerifyOnly); newer
 * ones (Produce 12, transactions of version 2) leave that to the leader, and this adds them. The
 * coordinator may be this broker or another one; one that does not know the question is taken as
 * saying yes, as Kafka's leaders do.
 *
 * Owned by the reactor. */
#ifndef KLAMM_BROKER_SERVER_TXN_VERIFY_H
#define KLAMM_BROKER_SERVER_TXN_VERIFY_H

#include "broker/server/txn_coordinator.h"
#include "broker/server/txn_peers.h"
#include "common/arena.h"
#include "common/loop.h"

struct kf_add_partitions_to_txn_request;

/* In the memory of the request, which outlives it. */
struct txn_verify {
    struct txn_add what;    /* partitions of all topics; `client_version` is this one's to set */
    bool add;               /* with version 2 */
    /* Once, on the loop, not from within txn_verify_begin. */
    void (*done)(struct txn_verify *v);
    int16_t **errors; /* the answer, by topic and partition as in `what`: already of Produce */
    struct arena *arena;    /* of `errors` and the question */
    /* Its own: */
    struct broker *b;
    struct txn_ask ask;
    struct txn_peer_call call;
    struct kf_add_partitions_to_txn_request *message;
    struct loop_task told;
    struct loop_timer again;
    int64_t deadline_ms, pause_ms;
};

void txn_verify_begin(struct broker *b, struct txn_verify *v);
/* `done` is not called any more. */
void txn_verify_cancel(struct txn_verify *v);

#endif

/* share_persister - questions to the share coordinator of a share partition, wherever it is.
 *
 * On this broker they are put to it directly, else in a request to the broker that leads the key's
 * partition of __share_group_state, which is created when it is not there. A coordinator that has
 * moved, is loading or cannot be reached is asked again after a pause, up to PERSIST_TRIES times;
 * then the question fails with COORDINATOR_NOT_AVAILABLE. A retry of a write does no harm: the
 * leader of a share partition has one under way at a time.
 *
 * Owned by the reactor. */
#ifndef KLAMM_BROKER_SERVER_SHARE_PERSISTER_H
#define KLAMM_BROKER_SERVER_SHARE_PERSISTER_H

#include "broker/server/share_coordinator.h"
#include "broker/server/txn_peers.h"
#include "common/loop.h"

enum { PERSIST_TRIES = 8, PERSIST_PAUSE_MS = 50 };

/* The asker's memory; zeroed but for ask.kind, ask.key, ask.write, done and ctx. */
struct share_persist {
    struct share_ask ask;      /* with the answer */
    /* Once, never from within share_persist_begin. */
    void (*done)(struct share_persist *p);
    void *ctx;
    /* The persister's own: */
    struct broker *b;
    struct txn_peer_call call;
    struct loop_timer again;
    struct arena arena;        /* the request under way */
    int tries;
};

void share_persist_begin(struct broker *b, struct share_persist *p);
/* `done` is not called any more. One that is not under way, or zeroed, is fine. */
void share_persist_cancel(struct share_persist *p);

#endif

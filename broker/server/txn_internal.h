/* txn_internal - for broker/server/txn_*.c alone. */
#ifndef KLAMM_BROKER_SERVER_TXN_INTERNAL_H
#define KLAMM_BROKER_SERVER_TXN_INTERNAL_H

#include "broker/server/broker.h"
#include "broker/server/log_loader.h"
#include "broker/server/txn_coordinator.h"
#include "broker/server/txn_peers.h"

struct txn_markers;

struct transactions {
    struct broker *b;
    struct txn_peers *peers;
    struct txn_markers *markers;
    struct txn_shard **shards;  /* by partition; NULL: not led here */
    int32_t shards_n;
    struct log_loader loader;
    struct list waiting;        /* txn_ask.by_time: for completions */
    struct loop_timer wait_over;
    struct loop_timer timeouts; /* transactions that take too long, */
    struct loop_timer expiry;   /* ids that nobody uses */
    int64_t timeouts_ms, expiry_ms;
    int32_t timeout_ms_max;
    int64_t expiration_ms;
    bool two_phase;
};

/* One led partition. */
struct txn_shard {
    struct transactions *x;
    struct partition *p;
    struct txns *core;
    bool active;
    struct log_load load;
    struct list works, due;     /* txn_work.node, .due */
    struct loop_task begin;     /* with the works that are due */
    struct buf batch;
};

/* A transaction that is being completed (txn->shell). */
struct txn_work {
    struct txn *t;
    struct txn_shard *sh;
    struct list node;           /* sh->works */
    struct append_wait prepared; /* PREPARE_* at the high watermark */
    struct list due;            /* sh->due: the next thing is to be done */
    bool stopped;               /* a newer coordinator has written: it is the one to go on */
    struct list markers;        /* txn_marker.of_work */
    struct list waiting;        /* txn_ask.waiting */
    struct loop_timer retry;    /* of COMPLETE_*, when it could not be written */
};

/* txn_coordinator.c */
/* The partition of `id`, or why it is not served here. */
int16_t txn_shard_of(const struct broker *b, struct str id, struct txn_shard **ret);
struct txn_context txn_context_of(const struct txn_shard *sh);
/* Appends what `d` writes and applies it. An error of the coordinator's; then nothing has changed.
 */
int16_t txn_write(struct txn_shard *sh, struct str id, const struct txn_decision *d,
                  int64_t wall_ms);

/* txn_work.c */
void txn_work_begin(struct txn_shard *sh, struct txn *t); /* it is in PREPARE_* */
void txn_work_drop(struct txn_work *w);                   /* leadership is lost */
/* All its partitions have their markers. */
void txn_work_done(struct txn_work *w);
/* A newer coordinator has written: it is the one that goes on. */
void txn_work_stop(struct txn_work *w);
void txn_works_due(struct loop_task *t);

/* txn_ask.c */
void txn_ask_again(struct txn_ask *a); /* decides anew */
void txn_asks_over(struct loop_timer *t);
void txn_ask_fail(struct txn_ask *a, int16_t error);

#endif

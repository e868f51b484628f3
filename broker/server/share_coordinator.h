/* share_coordinator - the shell of the share coordinator's core (broker/share/share_states.h).
 *
 *   leader of a partition of __share_group_state --load, bounded work per turn--> serves
 *   question -> core -> record, acks=all -> answer at the high watermark
 *
 * Who asks are leaders of share partitions (what is delivered and acknowledged) and coordinators of
 * share groups, on this broker or on others (api_share_state.c, share_persister.h).
 *
 * While a partition loads its keys are told COORDINATOR_LOAD_IN_PROGRESS, where this broker does not
 * lead NOT_COORDINATOR. The state is thrown away when leadership is lost: what waits is told
 * NOT_COORDINATOR. A write that is not replicated within share.coordinator.write.timeout.ms is
 * answered COORDINATOR_NOT_AVAILABLE; it stays written. Now and then records that nothing needs any
 * more are deleted from the log's front, keys of topics that are gone are dropped, and keys that
 * hold the front back get a fresh snapshot.
 *
 * Owned by the reactor. */
#ifndef KLAMM_BROKER_SERVER_SHARE_COORDINATOR_H
#define KLAMM_BROKER_SERVER_SHARE_COORDINATOR_H

#include "broker/server/append.h"
#include "broker/share/share_states.h"
#include "common/arena.h"

struct broker;
struct share_coordinator;
struct partition;

struct share_coordinator *share_coordinator_new(struct broker *b);
/* No partition leads any more. NULL is fine; returns NULL. */
struct share_coordinator *share_coordinator_free(struct share_coordinator *x);

/* `p` is led by this broker; partitions of other topics are none of its business. Idempotent. */
void share_coordinator_lead(struct broker *b, struct partition *p);
/* It is not any more. Idempotent. */
void share_coordinator_stop(struct broker *b, struct partition *p);

/* The feature share.version is at 1 or above. */
bool shares_enabled(const struct broker *b);
/* "group:topic id:partition": what FindCoordinator calls a share partition. */
struct str share_key_text(const struct share_key *k, struct arena *a);

enum share_question {
    SHARE_ASK_INITIALIZE,
    SHARE_ASK_READ,
    SHARE_ASK_WRITE,
    SHARE_ASK_DELETE,
    SHARE_ASK_SUMMARY,
};

/* One question about one share partition; the asker's memory. */
struct share_ask {
    enum share_question kind;
    struct share_key key;      /* borrowed until `done` */
    struct share_write write;  /* of WRITE all; of INITIALIZE state_epoch and start; of READ and
                                * SUMMARY leader_epoch; batches borrowed until `done` */
    /* Called once, maybe from within share_coordinator_ask. */
    void (*done)(struct share_ask *a);
    void *ctx;                 /* of whoever asks */
    /* The answer: */
    int16_t error;
    const char *message;       /* static, or borrowed for `done` */
    int32_t state_epoch, leader_epoch;
    int64_t start;
    int32_t complete_n;
    struct share_batches batches; /* the asker's: share_batches_done */
    /* The coordinator's own: */
    struct share_coordinator *x;
    struct append_wait wait;
    struct list by_time;
    int64_t deadline_ms;
};

/* `a` zeroed but for the question, done and ctx. */
void share_coordinator_ask(struct broker *b, struct share_ask *a);
/* `done` is not called any more; what was asked for stays asked. One zeroed is fine. */
void share_coordinator_cancel(struct share_ask *a);

#endif

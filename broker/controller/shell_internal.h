/* shell_internal - the controller's thread, for its own files. */
#ifndef KLAMM_BROKER_CONTROLLER_SHELL_INTERNAL_H
#define KLAMM_BROKER_CONTROLLER_SHELL_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "api/kafka/batch.h"
#include "broker/controller/controller_shell.h"
#include "broker/controller/core.h"
#include "broker/raft/raft.h"
#include "broker/server/listener.h"
#include "common/list.h"

enum {
    METADATA_BATCH_SPLIT =
        4 * 1024 * 1024, /* a request's records stay in one batch below the 8 MiB bound */
    METADATA_FETCH_BYTES_MAX = 8 * 1024 * 1024,
};

struct controller {
    struct controller_options o; /* strings are the copies below */
    char *cluster_id, *dir, *listener_name, *host;
    uint16_t port;
    struct loop *loop;
    pthread_t thread;
    bool running;
    _Atomic int failed; /* err_t */

    struct listener *listener;
    struct metadata_log *log;
    struct raft raft;
    struct voters voters;
    int16_t kraft_version;
    bool voters_logged; /* the set stands in the log or a snapshot beyond the 0-0 one */
    struct image *image;
    struct core core;
    struct uuid incarnation;

    /* Decided and applied in this turn, not yet appended. */
    struct records decided; /* of the call in the works */
    struct buf batch;
    struct kf_batch_builder builder;
    bool batch_open;
    int64_t next_offset;
    struct loop_task flush;
    struct list waiting; /* struct waiting, by offset */
    struct list fetches; /* struct parked, parked fetches */

    struct loop_timer idle, session, snapshot;
    int64_t bytes_since_snapshot;
};

/* A reply that must not be said before everything below `offset` is committed. */
struct waiting {
    struct list node;
    struct request *r;
    int64_t offset;
    const struct kf_schema *schema;
    void *msg;
};

/* controller_log.c */
err_t controller_load(struct controller *c, struct why *reterr);
/* Elected: LeaderChange, bootstrap records, own registration. */
err_t controller_lead(struct controller *c, struct why *reterr);
/* Applies `c->decided` and puts it into this turn's batch. */
void controller_commit(struct controller *c);
void controller_flush(struct loop_task *t);
void controller_give_up(struct controller *c, err_t e, const char *what);
void controller_run_effects(struct controller *c, const struct raft_effects *out);
void controller_timers(struct controller *c);

/* controller_requests.c */
void controller_handle(struct request *r);
void controller_answer_waiting(struct controller *c);
bool controller_serves(int16_t api_key);

/* raft_requests.c */
void raft_on_fetch(struct controller *c, struct request *r, const void *msg);
void raft_on_fetch_snapshot(struct controller *c, struct request *r, const void *msg);
void raft_on_vote(struct controller *c, struct request *r, const void *msg);
void raft_on_begin_quorum_epoch(struct controller *c, struct request *r, const void *msg);
void raft_on_end_quorum_epoch(struct controller *c, struct request *r, const void *msg);
void *raft_describe_quorum(struct controller *c, struct arena *a, const void *msg);
void raft_wake_fetches(struct controller *c);

#endif

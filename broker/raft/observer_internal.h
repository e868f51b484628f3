/* observer_internal - the observer's state, for its own files. */
#ifndef KLAMM_BROKER_RAFT_OBSERVER_INTERNAL_H
#define KLAMM_BROKER_RAFT_OBSERVER_INTERNAL_H

#include "api/kafka/channel.h"
#include "broker/raft/metadata_log.h"
#include "broker/raft/observer.h"
#include "broker/raft/voters.h"

enum {
    OBSERVER_MAX_WAIT_MS = 500,
    OBSERVER_FETCH_BYTES = 1 << 20,
    OBSERVER_BACKOFF_MIN_MS = 20,
    OBSERVER_BACKOFF_MAX_MS = 160,
    OBSERVER_SNAPSHOT_BYTES_MAX = 1 << 30,
};

struct observer {
    struct observer_options o;
    struct observer_server *servers;
    char *cluster_id;
    struct metadata_log *log; /* NULL: nothing is stored */
    struct kf_channel *channel;
    char *peer_host; /* whom the channel talks to */
    uint16_t peer_port;
    unsigned next_server;
    unsigned failures; /* since something worked */
    bool dead;
    struct loop_timer again; /* connect or fetch once more */
    int64_t backoff_ms;

    int32_t epoch, leader;
    char *leader_host; /* NULL unknown */
    uint16_t leader_port;

    int64_t high_watermark; /* -1 unknown */
    int64_t applied;        /* next offset to hand over */
    int64_t asked_ms, current_ms; /* when the last fetch was sent; observer_current_ms */
    int32_t applied_epoch;  /* of the batch before it */
    bool loaded;            /* the local snapshot has been handed over */

    /* A full disk: what is committed from here on was handed over, and is to be stored yet; -1:
     * nothing. */
    int64_t unstored;
    bool skips; /* fetches at `applied` and stores nothing, until store_again_ms */
    int64_t store_again_ms, snapshot_not_before_ms;

    struct snapshot_id fetching; /* end_offset -1: none */
    struct buf snapshot;

    struct voters voters;
    int16_t kraft_version;
    int64_t bytes_since_snapshot, last_snapshot_ms;
};

/* observer_apply.c */
void observer_fail(struct observer *o, err_t e, const char *reason);
/* Records of a valid response; then what is committed is handed over. */
void observer_store(struct observer *o, struct slice records, int64_t high_watermark);
void observer_truncate(struct observer *o, int32_t epoch, int64_t end_offset);
void observer_snapshot_done(struct observer *o);
/* Where the next fetch begins, and the epoch of what is before it. */
int64_t observer_end(const struct observer *o);
int32_t observer_last_epoch(const struct observer *o);

#endif

/* follower - what a replica makes of its leader's answers.
 *
 *   begin --> fetch at the end of the log, naming its last epoch
 *     answer --records--------> append, high watermark, log start --> fetch on
 *            --diverging------> cut the log back, fetch again (KIP-595 style, no extra request)
 *            --out of range---> ask where the leader's log ends, then begins: cut or start anew
 *            --other error----> fetch again after a pause, or not until the image changes
 *
 * Invariants:
 *   W1  a log is cut only to where it agreed with the leader's, or to the high watermark
 *       when nothing better is known; what lies below the beginning of the leader's log, which
 *       cannot vouch for it, goes with what diverges
 *   W2  its high watermark is at most its own end and at most what the leader said
 *
 * Pure functions; the shell is broker/server/fetcher.c. Rules: Apache Kafka 4.3's
 * ReplicaFetcherThread. */
#ifndef KLAMM_BROKER_REPLICA_FOLLOWER_H
#define KLAMM_BROKER_REPLICA_FOLLOWER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"

/* The replica's own log. */
struct follower_log {
    int64_t start, end, high_watermark;
    int32_t last_epoch; /* -1: none known */
};

enum follower_act {
    FOLLOWER_TAKE,         /* append the records, then follower_high_watermark, follower_start */
    FOLLOWER_FETCH,        /* at the end of the log */
    FOLLOWER_TRUNCATE,     /* to `offset`, then fetch; below the log's start: FOLLOWER_RESTART */
    FOLLOWER_RESTART,      /* an empty log that begins at `offset`, then fetch */
    FOLLOWER_ASK_LATEST,   /* ListOffsets -1, then follower_latest */
    FOLLOWER_ASK_EARLIEST, /* ListOffsets -2, then follower_earliest */
    FOLLOWER_BACK_OFF,     /* fetch again after a pause */
    FOLLOWER_GIVE_UP,      /* not until the image changes: local storage */
};

struct follower_step {
    enum follower_act act;
    int64_t offset;
};

/* A new leader, or a new epoch of the same. */
struct follower_step follower_begin(const struct follower_log *l);

/* The answer for one partition. `local_epoch`, `local_end`: of the replica's own log, what
 * endOffsetFor(diverging_epoch) says (-1, -1: undefined). */
struct follower_answer {
    int16_t error;             /* of the Kafka protocol */
    int32_t diverging_epoch;   /* -1: does not diverge */
    int64_t diverging_end;
    int32_t local_epoch;
    int64_t local_end;
    int64_t leader_start;      /* where the leader's log begins; -1 unknown */
};
struct follower_step follower_answer(const struct follower_log *l, const struct follower_answer *a);
/* The leader's end or start, after FOLLOWER_ASK_...; `error` of the partition's answer. */
struct follower_step follower_latest(const struct follower_log *l, int16_t error, int64_t offset);
struct follower_step follower_earliest(const struct follower_log *l, int16_t error, int64_t offset);
/* An append of the leader's records failed. */
struct follower_step follower_not_appended(err_t e);

/* The log is empty and begins inside the batch [first, last] that the leader sent: it is to
 * begin at `first` (the start is raised again when the batch is there). */
bool follower_begins_inside(const struct follower_log *l, int64_t first, int64_t last);

/* After an append: -1 when the leader did not say. */
int64_t follower_high_watermark(const struct follower_log *l, int64_t leader);
/* Where the log begins when the leader's begins at `leader`. */
int64_t follower_start(const struct follower_log *l, int64_t leader);

/* The next pause in a row of failures: short at first, a new leader may need a moment to hear
 * that it leads; at most `most_ms`. */
int64_t follower_pause_ms(int64_t last_ms, int64_t most_ms);

#endif

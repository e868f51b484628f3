/* metadata_log - __cluster_metadata-0 on disk: the log, its snapshots, quorum-state.
 *
 *   __cluster_metadata-0/
 *     00000000000000000000.log ...            broker/log, scanned whole on every start
 *     <end offset>-<epoch>.checkpoint         snapshots; 0-0 is the bootstrap one
 *     quorum-state                            JSON: epoch, leader, vote
 *
 * Invariants:
 *   M1  when the log does not start at 0, a snapshot ends at or above its start
 *   M2  no snapshot ends above the log's end, or is of a newer epoch than the log's last (then the
 *       log restarts there)
 *
 * Used by the controller's raft and by the observer. One thread. */
#ifndef KLAMM_BROKER_RAFT_METADATA_LOG_H
#define KLAMM_BROKER_RAFT_METADATA_LOG_H

#include "broker/log/log.h"
#include "common/buf.h"

struct snapshot_id {
    int64_t end_offset;
    int32_t epoch;
};

struct metadata_log {
    struct fs *fs;
    char *dir;
    struct log *log;
    struct snapshot_id *snapshots; /* ascending; the bootstrap one (0-0) is among them */
    unsigned snapshots_n;
};

/* `segment_bytes` 0: Kafka's default. Removes .part, .deleted and snapshots below the log's start.
 */
err_t metadata_log_open(struct fs *fs, const char *metadata_log_dir, int64_t segment_bytes,
                        struct metadata_log **ret, struct why *reterr);
/* Reads the snapshots that the next start rests on: the newest, and the bootstrap one. ERR_CORRUPT. */
err_t metadata_log_check_snapshots(const struct metadata_log *m, struct why *reterr);
/* A damaged one, closed: its directory becomes `<dir>.<hex>-stray`, whose path the caller frees, and the
 * next open makes a new one. Only for a node without a vote: a voter that forgets what it has
 * acknowledged breaks the quorum's promise. */
err_t metadata_log_set_aside(struct fs *fs, const char *metadata_log_dir, char **ret_path);
/* NULL is fine. */
struct metadata_log *metadata_log_close(struct metadata_log *m);

int64_t metadata_log_end(const struct metadata_log *m);
int64_t metadata_log_start(const struct metadata_log *m);
int32_t metadata_log_last_epoch(const struct metadata_log *m); /* 0 when nothing is there */
/* The newest and the oldest that hold records; NULL when there is none but the bootstrap one. */
const struct snapshot_id *metadata_log_latest(const struct metadata_log *m);
const struct snapshot_id *metadata_log_earliest(const struct metadata_log *m);
bool metadata_log_has(const struct metadata_log *m, const struct snapshot_id *id);
/* The caller frees. */
char *metadata_log_snapshot_path(const struct metadata_log *m, const struct snapshot_id *id);

/* Kafka's endOffsetForEpoch with the snapshot's epoch at the log's start; -1, -1 when undefined. */
void metadata_log_end_for_epoch(const struct metadata_log *m, int32_t epoch, int32_t *ret_epoch,
                                int64_t *ret_offset);

/* What a follower at (`offset`, `epoch`) needs: VALID records from there, or first a truncation
 * to `diverging`, or first a snapshot. */
enum fetch_place { FETCH_VALID, FETCH_DIVERGES, FETCH_SNAPSHOT };
enum fetch_place metadata_log_validate(const struct metadata_log *m, int64_t offset, int32_t epoch,
                                       struct snapshot_id *ret);

/* Appends whole batches from `offset` on to `ret`, at most `max_bytes` (the first batch whole). */
err_t metadata_log_read(struct metadata_log *m, int64_t offset, size_t max_bytes, struct buf *ret);

/* Whole file durable under its name, then listed. Existing: ERR_OK, nothing happens. */
err_t metadata_log_put_snapshot(struct metadata_log *m, const struct snapshot_id *id,
                                struct slice content);
/* Drops the log and restarts it at the (listed) snapshot. */
err_t metadata_log_restart(struct metadata_log *m, const struct snapshot_id *id);
/* metadata.max.retention.*: snapshots but the newest go, and the log below the oldest that stays.
 * `now_ms` is wall time, against the files' mtime. */
err_t metadata_log_retain(struct metadata_log *m, int64_t bytes_max, int64_t age_ms_max,
                          int64_t now_ms);

/* Each record of whole batches: control records have a type >= 0, data -1. Records below `from` are
 * passed over. ERR_CORRUPT, or what `each` says. */
typedef err_t (*metadata_record_fn)(void *ctx, int64_t offset, int32_t epoch, int control,
                                    struct slice value, struct why *reterr);
err_t metadata_records_each(struct slice batches, int64_t from, metadata_record_fn each, void *ctx,
                            struct why *reterr);
/* A snapshot file's records (control ones too), the file checked as a whole first. */
err_t metadata_log_snapshot_each(const struct metadata_log *m, const struct snapshot_id *id,
                                 metadata_record_fn each, void *ctx, struct why *reterr);

struct quorum_state {
    int32_t epoch, leader, voted; /* -1 none */
    struct uuid voted_directory;
};

/* ERR_NOT_FOUND when there is none yet; ERR_CORRUPT. Reads data_version 0 and 1. */
err_t quorum_state_read(const struct metadata_log *m, struct quorum_state *ret, struct why *reterr);
/* Replaced whole and durable. kraft_version picks data_version; `voters` ids for version 0. */
err_t quorum_state_write(const struct metadata_log *m, const struct quorum_state *q,
                         int16_t kraft_version, const int32_t *voters, unsigned voters_n);

#endif

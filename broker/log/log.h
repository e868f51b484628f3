/* log - one partition's log: segments, indexes, epochs, in Apache Kafka's formats.
 *
 *   directory <topic>-<partition>/
 *     [segment 0][segment 1] ... [active segment]
 *     ^log_start                          ^log_end (LEO)
 *
 * Invariants (log_check):
 *   L1  log_start <= durable_end... <= log_end; offsets only grow within a segment
 *   L2  after a failed append the log is as before it, or broken (refuses work)
 *   L3  a byte range handed out by log_read never changes while it is in use
 *
 * Owned by one thread (the reactor that leads the partition, or the controller for
 * the metadata log); nothing here locks. */
#ifndef KLAMM_BROKER_LOG_LOG_H
#define KLAMM_BROKER_LOG_LOG_H

#include "api/kafka/batch.h"
#include "common/err.h"
#include "common/fs.h"
#include "common/mem.h"
#include "common/uuid.h"

struct log;

/* Topic-level properties the log itself obeys; defaults by log_config_default(). */
struct log_config {
    int64_t segment_bytes;        /* segment.bytes */
    int64_t segment_ms;           /* segment.ms */
    int64_t segment_jitter_ms;
    int32_t index_interval_bytes; /* index.interval.bytes */
    int32_t segment_index_bytes;  /* segment.index.bytes */
    int32_t max_message_bytes;    /* max.message.bytes */
    int64_t flush_messages, flush_ms;
    int64_t retention_bytes, retention_ms;
    int64_t file_delete_delay_ms;
    bool compact, delete_;        /* cleanup.policy */
    bool log_append_time;         /* message.timestamp.type */
    int64_t timestamp_before_max_ms, timestamp_after_max_ms;
    bool preallocate;
};

struct log_config log_config_default(void);

struct log_open {
    struct fs *fs;            /* kept for the log's life */
    const char *dir;          /* the partition's directory; made when missing */
    struct log_config config;
    bool clean;               /* .kafka_cleanshutdown was there: no recovery needed */
    int64_t recovery_point;   /* from recovery-point-offset-checkpoint, 0 when absent */
    int64_t log_start;        /* from log-start-offset-checkpoint, or -1 */
    bool metadata_log;        /* scan everything on open, no partition.metadata demanded */
};

/* Opens or creates; recovers (cuts a torn tail, rebuilds indexes) as needed.
 * ERR_CORRUPT with `reterr` when a middle is damaged: never served, never cut silently. */
err_t log_new(const struct log_open *o, struct log **ret, struct why *reterr);
/* NULL is fine; trims indexes, writes the producer snapshot when `clean`. */
err_t log_close(struct log *l, bool clean);

int64_t log_start_offset(const struct log *l);
int64_t log_end_offset(const struct log *l);
int64_t log_recovery_point(const struct log *l); /* everything below is on the device */
int32_t log_last_epoch(const struct log *l);     /* -1 when empty */
int64_t log_size_bytes(const struct log *l);

/* Where an append came to lie. */
struct log_appended {
    int64_t base_offset, last_offset;
    int64_t log_append_time_ms; /* -1 with CreateTime */
};

/* Leader: one client batch `p[0..n)` (already validated by batch_check of the caller's
 * choice), patched in place: base offset, leader epoch, and for LogAppendTime the
 * timestamps and CRC; then written whole or not at all. ERR_NO_SPACE leaves all as it was. */
err_t log_append_leader(struct log *l, uint8_t *p, size_t n, int32_t leader_epoch, int64_t now_ms,
                        struct log_appended *ret);
/* Follower, and metadata: batches with their offsets, which must start at log_end or
 * beyond; checked (CRC, order). ERR_CORRUPT, ERR_OUT_OF_RANGE leave all as it was. */
err_t log_append_as_is(struct log *l, const uint8_t *p, size_t n);

/* A range of a segment file, to be sent by sendfile or read by pread. `ref` keeps the
 * file open (also past retention) until log_span_done. */
struct log_span {
    struct segment *ref;
    int fd;
    int64_t position;
    size_t n;            /* 0: nothing at or above the offset yet */
};

/* Whole batches from the one that holds `offset`, at most `max_bytes` (the first batch
 * comes whole when `at_least_one`), none that starts at or above `limit_offset`.
 * ERR_OUT_OF_RANGE outside [log_start, log_end]. */
err_t log_read(struct log *l, int64_t offset, size_t max_bytes, int64_t limit_offset, bool at_least_one,
               struct log_span *ret);
void log_span_done(struct log_span *s);

/* First offset whose timestamp is >= `timestamp` (ListOffsets); ret_offset -1 when none. */
err_t log_offset_for_time(struct log *l, int64_t timestamp, int64_t *ret_offset, int64_t *ret_timestamp,
                          int32_t *ret_epoch);
/* The record with the largest timestamp (ListOffsets -3). */
err_t log_max_timestamp(struct log *l, int64_t *ret_offset, int64_t *ret_timestamp, int32_t *ret_epoch);
/* Kafka's endOffsetForEpoch: largest epoch <= `epoch` that is known, and where it ends. */
void log_end_offset_for_epoch(const struct log *l, int32_t epoch, int32_t *ret_epoch, int64_t *ret_offset);
int32_t log_epoch_of(const struct log *l, int64_t offset); /* -1 unknown */

/* Cuts everything at and above `offset`. */
err_t log_truncate(struct log *l, int64_t offset);
/* Drops all and starts anew at `offset` (a follower behind the leader's start, a snapshot). */
err_t log_restart_at(struct log *l, int64_t offset);
/* DeleteRecords and snapshots: raises log_start, deletes whole segments below. */
err_t log_raise_start(struct log *l, int64_t offset);
/* fdatasync up to log_end; raises the recovery point. On failure the log is broken. */
err_t log_sync(struct log *l);
/* Retention and roll by time; cheap when nothing is due. Returns bytes freed. */
err_t log_retain(struct log *l, int64_t now_ms, int64_t high_watermark, int64_t *ret_freed);
void log_reconfigure(struct log *l, const struct log_config *c);
bool log_broken(const struct log *l);
void log_check(const struct log *l);

#endif

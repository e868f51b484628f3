/* log - one partition's log: segments, indexes, epochs, in Apache Kafka's formats.
 *
 *   directory <topic>-<partition>/
 *     [segment 0][segment 1] ... [active segment]
 *     ^log_start                          ^log_end (LEO)
 *
 * Invariants (log_check):
 *   L1  log_start <= high_watermark <= log_end, recovery_point <= log_end; offsets only grow
 *   L2  after a failed append the log is as before it, or broken (refuses work)
 *   L3  a byte range handed out by log_read never changes while it is in use, unless
 *       the log is truncated into it, which log_span_valid then tells
 *
 * Damage. What a crash leaves half written at the end is cut on open. A batch that
 * fails its checksum with good batches behind it, or below the recovery point, is not
 * a torn tail: open answers ERR_CORRUPT and leaves the batches as they are. After a new
 * start of the machine the recovery point alone decides: pages above it that were never
 * flushed may be missing in any order, and all from the first bad batch on is cut.
 * With `repair` all damage is cut; the checkpoint of the recovery point is lowered before.
 *
 * Owned by one thread (the reactor that leads the partition, or the controller for
 * the metadata log); nothing here locks. The offsets below marked "any thread" may
 * be read elsewhere; log_flush_run runs elsewhere. */
#ifndef KLAMM_BROKER_LOG_LOG_H
#define KLAMM_BROKER_LOG_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/fs.h"
#include "common/mem.h"
#include "common/uuid.h"

struct log;
struct log_trash; /* broker/log/trash.h: removes files later, elsewhere */

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
    double min_cleanable_dirty_ratio;
    int64_t min_compaction_lag_ms, max_compaction_lag_ms; /* INT64_MAX: no end */
    int64_t delete_retention_ms;
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
    bool rebooted;            /* the machine was started anew since the log was open (boot.h) */
    bool repair; /* cut at damage rather than refuse: another replica has what is cut */
    int64_t recovery_point;   /* from recovery-point-offset-checkpoint, 0 when absent */
    int64_t log_start;        /* from log-start-offset-checkpoint, or -1 */
    int64_t high_watermark;   /* from replication-offset-checkpoint, 0 when absent */
    bool metadata_log;        /* scan everything on open, never roll by itself in log_retain;
                               * `clean` is false then: Kafka knows no shortcut for this log */
    /* Appends answer ERR_NO_SPACE while *no_space is set; kept; NULL: never. The metadata
     * log goes on into the reserve. */
    const bool *no_space;
    struct log_trash *trash;  /* kept; NULL: retired files are removed on the spot */
    /* Called before a truncation (or repair) below the recovery point takes effect: a checkpoint
     * that promises more than the log holds would make the next start cry damage. NULL is fine. */
    err_t (*lowered)(void *arg, struct log *l, int64_t recovery_point);
    void *arg;
};

/* What opening cut off, for the shell to tell. */
struct log_recovered {
    int64_t scanned_bytes;
    int64_t cut_bytes;
    int64_t cut_offset; /* the log's end after the cut */
    int64_t trusted;    /* below, the files beside the batches are believed: after a crash the begin
                         * of the recovery point's segment, else the log's end */
};

/* Opens or creates; recovers (cuts a torn tail, rebuilds indexes) as needed.
 * ERR_CORRUPT with `reterr` when a middle is damaged: never served, never cut silently. */
err_t log_new(const struct log_open *o, struct log **ret, struct why *reterr);
/* NULL is fine; frees the log whatever it answers. `clean` makes everything durable
 * (data, indexes, producer snapshot): only after ERR_OK may the directory be called
 * clean. Spans still out stay readable. */
err_t log_close(struct log *l, bool clean);

/* Any thread. */
int64_t log_start_offset(const struct log *l);
int64_t log_end_offset(const struct log *l);
int64_t log_recovery_point(const struct log *l); /* everything below is on the device */
int64_t log_high_watermark(const struct log *l); /* as last set; [log_start, log_end] */
int64_t log_size_bytes(const struct log *l);

const struct log_recovered *log_recovered(const struct log *l);
int32_t log_last_epoch(const struct log *l);     /* -1 when no epoch is known */
int64_t log_largest_timestamp(const struct log *l); /* -1 when unknown */
const char *log_path(const struct log *l);       /* lives as long as the log, until a rename */
/* Its directory was renamed to `dir`; no flush is under way. */
void log_renamed(struct log *l, const char *dir);
const struct log_config *log_config(const struct log *l);
/* Whoever owns the log: its to set and to understand; NULL at first. */
void log_set_owner(struct log *l, void *owner);
void *log_owner(const struct log *l);
/* `rolled` hears that a new active segment begins at `base`, with all below in the log and nothing
 * above; NULL: nobody does. */
void log_set_rolled(struct log *l, void (*rolled)(struct log *l, int64_t base));

/* The replica that owns the log decides it; kept for checkpoints and retention.
 * Clamped to [log_start, log_end]. */
void log_set_high_watermark(struct log *l, int64_t offset);

/* Where an append came to lie. */
struct log_appended {
    int64_t base_offset, last_offset;
    int64_t log_append_time_ms; /* -1 with CreateTime */
};

/* One client batch of an append of several; `ret` is filled by the append. */
struct log_client_batch {
    uint8_t *p;
    size_t n;
    struct log_appended ret;
};

/* What every append answers now: ERR_IO once the log is broken, ERR_NO_SPACE while *no_space. */
err_t log_may_append(const struct log *l);

/* Leader: one client batch `p[0..n)` (already validated by batch_check of the caller's
 * choice), patched in place: base offset, leader epoch, and for LogAppendTime the
 * timestamps and CRC; then written whole or not at all. ERR_NO_SPACE leaves all as it was.
 * ERR_TOO_LARGE beyond max.message.bytes or segment.bytes, ERR_MALFORMED when `p` is not
 * exactly one batch of magic 2, ERR_STALE when leader_epoch is below the last one. */
err_t log_append_leader(struct log *l, uint8_t *p, size_t n, int32_t leader_epoch, int64_t now_ms,
                        struct log_appended *ret);
/* The same for several batches (of several requests of one turn): one write, whole or
 * not at all. At most LOG_APPEND_MAX batches. */
enum { LOG_APPEND_MAX = 256 };
err_t log_append_leader_many(struct log *l, struct log_client_batch *b, int count,
                             int32_t leader_epoch, int64_t now_ms);
/* Follower, and metadata: batches with their offsets, which must start at log_end or
 * beyond (the metadata log takes no gaps); checked (CRC, order). A partial batch at the
 * end is left out. ERR_CORRUPT, ERR_OUT_OF_RANGE leave all as it was. */
err_t log_append_as_is(struct log *l, const uint8_t *p, size_t n);

/* A range of a segment file, to be sent by sendfile or read by pread. `ref` keeps the
 * file open (also past retention and log_close) until log_span_done. */
struct log_span {
    struct segment *ref;
    int fd;
    int64_t position;
    size_t n;            /* 0: nothing at or above the offset yet; `ref` is NULL */
    uint32_t cut;        /* log_span_valid's */
};

/* Whole batches from the one that holds `offset`, at most `max_bytes` (the first batch
 * comes whole when `at_least_one`), none that starts at or above `limit_offset`.
 * ERR_OUT_OF_RANGE outside [log_start, log_end], ERR_CORRUPT where no batch is. */
err_t log_read(struct log *l, int64_t offset, size_t max_bytes, int64_t limit_offset,
               bool at_least_one, struct log_span *ret);
/* When no batch of the span has a record (what compaction leaves of a segment: a few batches without
 * any, looked at by one small read): the offset behind the last of them. Else -1, also when the file
 * cannot be read. */
int64_t log_span_hollow_end(const struct log_span *s);
/* False once a truncation reached into the file: drop the connection, not the bytes. */
bool log_span_valid(const struct log_span *s);
/* Sending it ended with an error of the file, not of the socket: log_read answers ERR_IO from now
 * on, so that who asks again hears of it. On the owner's thread. */
void log_span_failed(const struct log_span *s);
/* Any thread. Leaves an empty span. */
void log_span_done(struct log_span *s);

/* First offset whose timestamp is >= `timestamp` (ListOffsets); ret_offset -1 when none. */
err_t log_offset_for_time(struct log *l, int64_t timestamp, int64_t *ret_offset,
                          int64_t *ret_timestamp, int32_t *ret_epoch);
/* The record with the largest timestamp (ListOffsets -3). */
err_t log_max_timestamp(struct log *l, int64_t *ret_offset, int64_t *ret_timestamp,
                        int32_t *ret_epoch);
/* Kafka's endOffsetForEpoch: largest epoch <= `epoch` that is known, and where it ends. */
void log_end_offset_for_epoch(const struct log *l, int32_t epoch, int32_t *ret_epoch,
                              int64_t *ret_offset);
int32_t log_epoch_of(const struct log *l, int64_t offset); /* -1 unknown */
/* A new leader says where its epoch begins (at log_end), before it appends. */
err_t log_assign_epoch(struct log *l, int32_t epoch);

/* Cuts everything at and above `offset` (at a batch's begin; inside a batch the whole
 * batch goes). At or above log_end: only an epoch that begins at log_end goes. */
err_t log_truncate(struct log *l, int64_t offset);
/* Drops all and starts anew at `offset` (a follower behind the leader's start, a snapshot). */
err_t log_restart_at(struct log *l, int64_t offset);
/* DeleteRecords and snapshots: raises log_start (ERR_OUT_OF_RANGE above log_end), deletes
 * whole segments below. Lower than log_start: nothing happens. */
err_t log_raise_start(struct log *l, int64_t offset);
/* fdatasync up to log_end; raises the recovery point. On failure the log is broken. */
err_t log_sync(struct log *l);
/* flush.messages or flush.ms say that log_sync is due (before the append is answered). */
bool log_flush_due(const struct log *l, int64_t now_ms);

/* log_sync in three parts, so that the device is waited for on another thread:
 * begin and end on the owner's, run anywhere. Appends may go on in between; the log
 * must not be closed before end. One flush at a time: begin answers ERR_BUSY. */
struct log_flush;
err_t log_flush_begin(struct log *l, struct log_flush **ret); /* NULL when nothing is dirty */
err_t log_flush_run(struct log_flush *f);
err_t log_flush_end(struct log *l, struct log_flush *f, err_t run); /* frees `f` */

/* Retention and roll by time; cheap when nothing is due. Returns bytes freed. */
err_t log_retain(struct log *l, int64_t now_ms, int64_t high_watermark, int64_t *ret_freed);
void log_reconfigure(struct log *l, const struct log_config *c);
bool log_broken(const struct log *l);
void log_check(const struct log *l);

#endif

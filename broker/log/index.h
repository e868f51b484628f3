/* index - the offset index and the time index of one segment.
 *
 *   .index      entries of 8 bytes   relativeOffset int32, position int32
 *   .timeindex  entries of 12 bytes  timestamp int64, relativeOffset int32
 *
 * Offset entry: the last offset of a batch, and where that batch begins. Time entry:
 * the largest timestamp so far, and the last offset of the batch that holds it. Both
 * ascend strictly. Files hold entries only, nothing preallocated: a file that Apache
 * left preallocated after a crash has zeros behind them, which index_load cuts.
 *
 * The newest entries wait in `pending` and go to the files by index_flush: a crash loses
 * them, and recovery makes them again from the batches.
 *
 * Invariants (index_check):
 *   I1  offset.n >= offset.filed, time.n >= time.filed; the difference is pending
 *   I2  what is pending fits the room made for it; an index that nobody appends to has
 *       no memory but this struct */
#ifndef KLAMM_BROKER_LOG_INDEX_H
#define KLAMM_BROKER_LOG_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "common/fs.h"

enum { OFFSET_ENTRY = 8, TIME_ENTRY = 12, INDEX_PENDING = 64 };

struct index_pending;

struct index_file {
    int fd;          /* -1: closed */
    uint32_t filed;  /* entries in the file */
    uint32_t n;      /* with the pending ones */
};

struct index {
    struct fs *fs;
    const char *dir; /* of the partition; borrowed, the segment keeps it true */
    int64_t base;
    struct index_file offset, time;
    struct index_pending *pending;
    int64_t last_offset;      /* of the last offset entry; base - 1 when none */
    int64_t last_timestamp;   /* of the last time entry; -1 when none */
    int64_t last_time_offset; /* its offset; base when none */
    bool dirty;               /* the files changed since index_sync */
    bool checked;             /* every entry of the files was looked at, not the last ones alone */
    bool ragged;              /* a file holds more than the entries that index_load believed */
};

struct offset_entry {
    int64_t offset;   /* base when none was found */
    int64_t position; /* 0 then */
};

struct time_entry {
    int64_t timestamp; /* -1 when none was found */
    int64_t offset;    /* base then */
};

void index_init(struct index *x, struct fs *fs, const char *dir, int64_t base);
void index_done(struct index *x); /* closes; pending entries are dropped */
/* Counts the entries of the files and reads the last ones; a missing file is empty.
 * What does not ascend, or points beyond `log_size` or outside of [base, next), is cut in
 * memory (index_truncate makes it so on disk). `deep` looks at every entry, else at the
 * last two. */
err_t index_load(struct index *x, int64_t log_size, int64_t next, bool deep);

/* The last offset entry of an index that is not loaded, as it stands in the file; none, or not to be
 * read: base, 0. Leaves nothing open. */
struct offset_entry index_peek(const struct index *x);
bool index_full(const struct index *x, int32_t index_bytes_max);
/* Room for `entries` more of each kind, writing pending ones out when there is none: before
 * an append, so that nothing can fail after it. */
err_t index_make_room(struct index *x, uint32_t entries);
/* As Kafka: the time entry only if `max_timestamp` rose. Cannot fail after make_room. */
void index_put(struct index *x, int64_t last_offset, int64_t position, int64_t max_timestamp,
               int64_t max_timestamp_offset);
/* The time entry alone: when the segment rolls or closes. */
void index_put_time(struct index *x, int64_t max_timestamp, int64_t max_timestamp_offset);
/* Pending entries to the files (which are made when missing). */
err_t index_flush(struct index *x);
err_t index_sync(struct index *x);
/* No open file stays, and no memory when nothing is pending. */
void index_close_files(struct index *x);

/* Largest entry with offset <= `offset`; largest with position <= `position`. An index that is
 * damaged in the middle may give any entry of sane range: the reader looks at the batch. */
err_t index_find_offset(struct index *x, int64_t offset, struct offset_entry *ret);
err_t index_find_position(struct index *x, int64_t position, struct offset_entry *ret);
/* Largest entry with timestamp <= `timestamp`. */
err_t index_find_time(struct index *x, int64_t timestamp, struct time_entry *ret);
/* Drops the entries with offsets at and above `offset`, also in the files. */
err_t index_truncate(struct index *x, int64_t offset);
void index_check(const struct index *x);

#endif

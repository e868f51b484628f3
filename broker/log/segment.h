/* segment - one append-only file of record batches with its indexes.
 *
 *   <base>.log      [batch][batch]...[batch]|size      what may lie behind `size` is not ours
 *   <base>.index, <base>.timeindex (index.h)
 *
 * Invariants (segment_check):
 *   S1  base <= next; every batch in [0, size) has offsets in [base, next), ascending
 *   S2  after a failed append the file is back at `size`, or segment_append says broken
 *   S3  the file is open only while it is in use; a reference keeps the object and an
 *       opened file, also when the names are gone
 *
 * Owned by its log; only segment_ref and segment_unref are for any thread. */
#ifndef KLAMM_BROKER_LOG_SEGMENT_H
#define KLAMM_BROKER_LOG_SEGMENT_H

#include "broker/log/head.h"
#include "broker/log/index.h"
#include "broker/log/scan.h"
#include "broker/log/trash.h"

/* Writing to blocks that are there already costs a third less than asking for each page's (see
 * docs/decisions/0008). */
enum { SEGMENT_ROOM_FROM = 8 * 1024 * 1024, SEGMENT_ROOM_BYTES = 16 * 1024 * 1024 };

struct segment {
    struct fs *fs;
    const char *dir;              /* the log's path; NULL once the log let go */
    int64_t base;
    int64_t next;                 /* one past the last offset; of a sealed one the next base */
    int64_t size;
    int64_t max_timestamp;        /* -1 unknown */
    int64_t max_timestamp_offset; /* last offset of the batch that holds it */
    int64_t first_timestamp;      /* of the first batch, the roll's clock; -1 unknown */
    int64_t created_ms;
    int64_t room;                 /* blocks are there up to here, ahead of `size`; 0: none were asked for */
    struct index index;
    int fd;                       /* -1: closed */
    uint32_t refs;                /* atomic */
    uint32_t cut;                 /* truncations so far */
    uint32_t since_entry;         /* bytes since the last index entry */
    bool index_loaded;
    bool index_missing;           /* no .index lay beside it: scan it and make one */
    bool unreadable;              /* sending a span of it failed: the device does not give it back */
    bool txn_dirty;               /* .txnindex changed since it was synced */
    int64_t txn_bytes;            /* of .txnindex (aborted.h); -1: not looked for yet */
};

/* The object alone, nothing on disk is touched; one reference. `dir` is kept while the
 * log holds it. */
struct segment *segment_new(struct fs *fs, const char *dir, int64_t base, int64_t now_ms);
struct segment *segment_ref(struct segment *s);
/* NULL is fine. Always returns NULL. */
struct segment *segment_unref(struct segment *s);
/* The log lets go: its path ends, references stay readable if the file is open. */
void segment_detach(struct segment *s);

/* Makes the file, which must not be there (ERR_EXISTS), and drops stale indexes of its name. */
err_t segment_create(struct segment *s);
err_t segment_open(struct segment *s);      /* opened already: nothing happens */
void segment_close_files(struct segment *s); /* unless somebody else holds a reference */
/* Loads the indexes of a sealed segment and its largest timestamp, once. */
err_t segment_load(struct segment *s);

/* Writes `n` bytes at `size` whole or not at all; ret_broken when the cut-back failed too.
 * Bookkeeping is segment_note's, one batch at a time, before `size` moves. */
err_t segment_append(struct segment *s, const struct iovec *v, int count, bool *ret_broken);
/* Blocks for the `bytes` that come next and some behind them, when the segment has shown that it
 * grows; not behind `most`. Whether that works is of no matter. */
void segment_make_room(struct segment *s, int64_t bytes, int64_t most);
void segment_give_room_back(struct segment *s);
/* Batch `h` lies at s->size: indexes, timestamps, next and size move over it. Room in the
 * index was made before (index_make_room). */
void segment_note(struct segment *s, const struct head *h, int32_t index_interval_bytes);
/* The final time entry, indexes out to their files, blocks behind the end back. */
err_t segment_seal(struct segment *s);

/* Where the first batch with last offset >= `offset` begins, and its head. ERR_AGAIN
 * when the segment has none, ERR_CORRUPT when what lies there is no batch. */
err_t segment_find(struct segment *s, int64_t offset, int64_t *ret_position, struct head *ret_head);
/* Where the first batch with base offset >= `offset` begins; size when there is none. */
err_t segment_find_from(struct segment *s, int64_t offset, int64_t *ret_position);
/* The largest begin (or end) of a batch that is <= `position`, looked for from `from`,
 * which begins a batch. */
err_t segment_fit(struct segment *s, int64_t from, int64_t position, int64_t *ret_position);
/* Goes over the heads from the last index entry: next and timestamps as they are. */
err_t segment_rescan(struct segment *s);

/* Cuts at `position`, where a batch with base offset `offset` begins. */
err_t segment_truncate(struct segment *s, int64_t offset, int64_t position);
/* Removes the files, through the trash if there is one. The object stays. */
err_t segment_remove(struct segment *s, struct log_trash *trash, int64_t due_ms);

static inline bool segment_empty(const struct segment *s)
{
    return s->size == 0;
}
void segment_check(const struct segment *s);

#endif

/* share_partition - the records of one partition as one share group sees them, at the partition's
 * leader: a pure core. The shell is broker/server/share_fetch*.c.
 *
 *      start                                              end
 *        |[ACKED][ACQUIRED m1][AVAILABLE][ACQUIRED m2][...]|  not yet looked at ...
 *
 *   AVAILABLE --acquire: count + 1, lock--> ACQUIRED --accept--> ACKNOWLEDGED
 *       ^                                      | |------reject, gap--> ARCHIVED
 *       '---release, lock over, session over---' '-- the same, count at its limit --> ARCHIVED
 *
 * The window [start, end) is tiled by ranges (flights) of one state each. A range is split when a
 * part of it is acknowledged and joined again when neighbours have ended alike, so the work is
 * proportional to ranges that differ, not to records. Offsets that hold no record for a consumer
 * (control batches, aborted transactions, what compaction took) become ARCHIVED ranges when a read
 * shows them.
 *
 * What a member acknowledges counts when the share coordinator has it: the ranges are DIRTY, go out
 * with the next write (WRITING; one write at a time takes all that waits) and settle, or fall back
 * to ACQUIRED, when it ends. What changes by itself (locks, sessions) counts at once; it is UNSAVED
 * until a write has taken it along. Acquisitions are not written: a new leader delivers again.
 *
 * Invariants (share_partition_check):
 *   P1  the flights tile [start, end); the first is not final and settled
 *   P2  a flight has an owner while it is ACQUIRED, DIRTY or WRITING, and then one
 *   P3  on `locks`, in order of their ends: the ACQUIRED; on `dirty`, `unsaved`, `writing`: those
 *   P4  final_n counts the records of final flights, available_n the flights to be had
 *
 * No I/O, no clock, no randomness. */
#ifndef KLAMM_BROKER_SHARE_SHARE_PARTITION_H
#define KLAMM_BROKER_SHARE_SHARE_PARTITION_H

#include "broker/share/share_batches.h"
#include "common/arena.h"
#include "common/buf.h"
#include "common/list.h"

enum share_pending { SHARE_SETTLED, SHARE_UNSAVED, SHARE_DIRTY, SHARE_WRITING, SHARE_RESAVING };

struct share_flight {
    int64_t first, last;
    int8_t state;           /* a share_state; with DIRTY and WRITING what it is to become */
    int8_t pending;         /* a share_pending */
    int16_t count;
    uint64_t owner;         /* 0: none */
    int64_t lock_ms;        /* the end of the lock */
    struct list by_lock;    /* of share_partition.locks */
    struct list by_pending; /* of dirty, unsaved or writing */
};

struct share_partition {
    int64_t start, end;
    int32_t state_epoch;        /* the coordinator's, for its fences */
    struct share_flight **v;    /* by offset */
    int32_t n, capacity;
    struct list locks, dirty, unsaved, writing;
    bool write_open;            /* between write_begin and write_done */
    bool start_unsaved;         /* it moved by what no write says */
    bool doubtful;              /* a write failed: what it has done is not known */
    int64_t final_n;
    int32_t available_n;
    int64_t available_from;     /* no AVAILABLE flight begins below */
    uint64_t written;           /* the number of the last write that ended */
};

/* Of the group's and the broker's properties, as they are at the moment. */
struct share_limits {
    int32_t lock_ms;    /* share.record.lock.duration.ms */
    int32_t locks_max;  /* share.partition.max.record.locks */
    int32_t count_max;  /* share.delivery.count.limit */
};

struct share_partition *share_partition_new(void);
struct share_partition *share_partition_free(struct share_partition *p);

/* As the coordinator has kept it; start >= 0. Once, before anything else. */
void share_partition_load(struct share_partition *p, int64_t start, int32_t state_epoch,
                          const struct share_batch *batches, int32_t n);
/* The log begins at `offset` now: what lies below is given up (also while it is acquired). */
void share_partition_log_begins(struct share_partition *p, int64_t offset);

/* Where to read next; -1: the window is full and nothing in it is to be had. */
int64_t share_partition_next(const struct share_partition *p, const struct share_limits *l);

/* Whole record batches of a read that began at share_partition_next, ascending. */
struct share_chunk {
    int64_t first, last;
    bool data; /* false: nothing for consumers in it */
};
struct share_acquire {
    uint64_t owner;             /* > 0 */
    const struct share_chunk *chunks;
    int32_t chunks_n;
    int32_t records_max;        /* > 0; not exceeded in mode `strict`, else by one batch at most */
    int32_t batch_size;         /* ranges end at the first batch that has them so large; 0: never */
    bool strict;
    int64_t now_ms;
};
struct share_acquired {
    int64_t first, last;
    int16_t count;
};
/* Appends share_acquired to `ret`; how many records. */
int64_t share_partition_acquire(struct share_partition *p, const struct share_acquire *q,
                                const struct share_limits *l, struct buf *ret);

enum share_ack_type {
    SHARE_ACK_GAP, SHARE_ACK_ACCEPT, SHARE_ACK_RELEASE, SHARE_ACK_REJECT, SHARE_ACK_RENEW
};
struct share_ack {
    int64_t first, last;
    const int8_t *types; /* one for all, or one for each offset */
    int32_t types_n;
};
/* All or nothing. INVALID_REQUEST: ranges reversed, out of order, beyond the window; wrong number of
 * types, a type unknown (RENEW without `renew`); INVALID_RECORD_STATE: not acquired by `owner`.
 * Without an error *ret_write is the number of the write that will have it, 0 when none is needed. */
int16_t share_partition_ack(struct share_partition *p, uint64_t owner, const struct share_ack *acks,
                            int32_t n, bool renew, const struct share_limits *l, int64_t now_ms,
                            uint64_t *ret_write);

/* What `owner` has acquired is available again, or ARCHIVED when it was delivered often enough. */
void share_partition_release(struct share_partition *p, uint64_t owner,
                             const struct share_limits *l);
/* When the first lock ends; INT64_MAX: none. */
int64_t share_partition_next_lock(const struct share_partition *p);
/* Locks that have ended by `now_ms`. True: something has become available. */
bool share_partition_expire(struct share_partition *p, const struct share_limits *l,
                            int64_t now_ms);

/* Something is to be written, and no write is open. `urgent`: somebody waits for it. */
bool share_partition_write_due(const struct share_partition *p, bool urgent);
struct share_outgoing {
    uint64_t number;
    int64_t start;
    int32_t complete_n;
    struct share_batches batches; /* the caller's: share_batches_done */
};
struct share_outgoing share_partition_write_begin(struct share_partition *p);
/* It ended. Acknowledgements of it count, or their records are acquired as before. */
void share_partition_write_done(struct share_partition *p, bool ok);

void share_partition_check(const struct share_partition *p);
void share_partition_dump(const struct share_partition *p, struct buf *ret);

#endif

/* log_internal - struct log, shared by the files that handle one event each:
 * log.c (open, close, roll), recover.c, append.c, read.c, lookup.c, cut.c, retain.c, flush.c.
 * Nobody else includes it. */
#ifndef KLAMM_BROKER_LOG_LOG_INTERNAL_H
#define KLAMM_BROKER_LOG_LOG_INTERNAL_H

#include "broker/log/epochs.h"
#include "broker/log/flusher.h"
#include "broker/log/log.h"
#include "broker/log/segment.h"
#include "broker/log/tail.h"

/* Other threads read these offsets. */
#define PUBLISH(field, value) __atomic_store_n(&(field), (value), __ATOMIC_RELEASE)
#define OBSERVE(field) __atomic_load_n(&(field), __ATOMIC_ACQUIRE)

/* Sealed segments whose files may stay open between reads. */
enum { LOG_WARM = 4 };

struct log {
    struct fs *fs;
    char *dir;
    struct log_config config;
    const bool *no_space;
    struct log_trash *trash;
    err_t (*lowered)(void *arg, struct log *l, int64_t recovery_point);
    void *arg;

    struct segment **segments;  /* ascending; the last one is active; never empty */
    uint32_t segments_n;
    struct tail *tail;          /* newest batches of the active segment; NULL when idle */
    struct epochs epochs;
    bool epochs_wait;           /* what changed of them are entries at the log's end, which the next
                                 * opening drops anyway: the next append stores them */

    int64_t start, end, recovery_point, high_watermark, bytes; /* PUBLISH, OBSERVE */

    void *owner;
    void (*rolled)(struct log *l, int64_t base);
    struct flusher *flusher;    /* NULL: none */
    struct list flusher_node, flusher_logs;
    int64_t flushed_bytes, dirty_since_ms;
    struct log_flush *flushing;
    int64_t flushed_ms;         /* when the last flush began; 0 never */
    int64_t jitter_ms;          /* of the active segment's roll */
    struct log_recovered recovered;
    int64_t warm[LOG_WARM];     /* bases of sealed segments read last, the newest first */
    bool metadata_log;
    bool broken;
    bool names_dirty;           /* files came, went or were replaced since the last sync */
    bool dir_new;               /* the directory itself is not synced into its parent yet */
    bool used;                  /* appended to or read since the last log_retain */
};

static inline struct segment *log_active(const struct log *l)
{
    return l->segments[l->segments_n - 1];
}

/* Index of the segment that may hold `offset`: the last one with base <= offset, or 0. */
uint32_t log_floor(const struct log *l, int64_t offset);
/* `s` is read: it stays open, and the one read longest ago is closed for it. Without this a
 * consumer of a long backlog would open them all. */
void log_warm(struct log *l, const struct segment *s);
/* A new active segment at `base`; the old one is sealed. An empty active one is replaced. */
err_t log_roll(struct log *l, int64_t base, int64_t now_ms);
/* The active segment's roll is due before `more` bytes up to `last` come in. `timestamp` is
 * the largest of them or -1, `now_ms` 0 when the caller does not know it. */
bool log_roll_due(struct log *l, int64_t more, int64_t last, int64_t timestamp, int64_t now_ms);
/* The clock that segment.ms runs by: the first batch's timestamp; -1 unknown. */
int64_t log_first_timestamp(struct segment *s);
/* Appends a segment object to the array (moved). */
void log_push_segment(struct log *l, struct segment *s);
/* Removes segment `i` from disk and array. */
err_t log_drop_segment(struct log *l, uint32_t i, int64_t now_ms);
/* Writes the epochs out when they changed; the next flush makes them durable. */
err_t log_store_epochs(struct log *l);
/* Something was appended: the flusher's business now. */
void log_flusher_note(struct log *l);
/* A truncation to `end` came between a flush and its end. */
void log_flush_cut(struct log *l, int64_t end);
/* Everything the open does once the object exists: see recover.c. */
err_t log_recover(struct log *l, const struct log_open *o, struct why *reterr);
/* Producer snapshots above the log's end tell of batches that are cut; those at no segment's
 * base are left from earlier closes, and only the newest of all is of use. */
err_t log_prune_snapshots(struct log *l);
err_t log_prune_listed(struct log *l, const char *names); /* of a directory listed just now */
/* The indexes of aborted transactions to the device: for a clean close. */
err_t log_sync_aborted(struct log *l);
/* Completes or undoes what a compaction or deletion left half done; `names` lists the directory,
 * before and after. */
err_t log_tidy(struct log *l, char **names, struct why *reterr);

#endif

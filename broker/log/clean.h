/* clean - compaction of one log: of every key at least the newest record stays.
 *
 *   [clean part | dirty part, sealed, decided | what is not to be touched: active segment, open
 *    start      ^first_dirty                  ^limit      transactions, min.compaction.lag.ms]
 *
 *   owner's thread: log_clean_begin --> any thread: log_clean_run --> owner's: log_clean_end
 *
 * Run counts the keys of the dirty part when it must, maps each to its newest offset (clean_map.h),
 * then writes the segments from the log's start to the end of the map anew, several small ones as
 * one (clean_batch.h says what stays). The map is as large as it may be; what does not fit stays
 * dirty. End puts the new segments in the place of the old ones, a rename each, in Kafka's order
 * (tidy.c): a crash at any point leaves the old or the new.
 *
 * The log goes on meanwhile. What has changed under a cleaning (truncation, deletion, closing)
 * makes its result void, never wrong: old segments are told by their objects, which are held.
 *
 * Offsets never change; every segment's last batch stays, if only empty, so that its end is known;
 * so does the batch that bears a living producer's last sequence. */
#ifndef KLAMM_BROKER_LOG_CLEAN_H
#define KLAMM_BROKER_LOG_CLEAN_H

#include "broker/log/log.h"
#include "common/slice.h"

struct clean;

/* What of the log is dirty. */
struct clean_state {
    int64_t first_dirty; /* where the last cleaning ended; the log's start if that is gone */
    int64_t limit;       /* what is at or above may not be cleaned */
    int64_t clean_bytes, dirty_bytes;
    bool overdue;        /* dirty for longer than max.compaction.lag.ms */
};
/* `first_dirty` as it was kept (-1: never cleaned), `stable` the last stable offset. */
struct clean_state log_clean_state(struct log *l, int64_t first_dirty, int64_t stable,
                                   int64_t now_ms);
/* Whether it is worth it: min.cleanable.dirty.ratio, or overdue. */
bool log_clean_due(const struct log *l, const struct clean_state *s);

/* A producer whose last sequence, or epoch, only the log knows. */
struct clean_producer {
    int64_t id;
    int64_t last_offset; /* of its last batch; -1: a marker was its last */
    int16_t epoch;
};

struct clean_options {
    int64_t now_ms;
    const struct clean_producer *producers; /* borrowed for the call */
    size_t producers_n;
    uint64_t keys_hint;     /* how many there were the last time; 0 unknown */
    uint64_t map_bytes_max; /* log.cleaner.dedupe.buffer.size of one thread */
    /* Called by log_clean_run with bytes read and written; may sleep. NULL is fine. */
    void (*pace)(void *ctx, size_t bytes);
    void *ctx;
    const bool *stop;       /* atomic: give up when it is set; NULL: never */
};

/* ERR_AGAIN: nothing to clean. */
err_t log_clean_begin(struct log *l, const struct clean_state *s, const struct clean_options *o,
                      struct clean **ret);
/* ERR_CORRUPT: a batch of the log is damaged; ERR_NOT_FOUND, ERR_CLOSED: given up, the log changed
 * or `stop` was set. Whatever it answers, log_clean_end follows. */
err_t log_clean_run(struct clean *c);

struct clean_result {
    int64_t first_dirty;    /* to be kept; as before when nothing came of it */
    uint64_t keys;          /* in the map */
    uint64_t map_bytes;
    int64_t read_bytes, written_bytes, freed_bytes;
};
/* `l` NULL: the log is closed. Frees `c`. ERR_STALE: void. ERR_IO: half done, the log is broken. */
err_t log_clean_end(struct log *l, struct clean *c, err_t run, struct clean_result *ret);

#endif

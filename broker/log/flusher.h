/* flusher - brings logs to the device in the background, so that recovery after a crash
 * has little to scan.
 *
 * A log that was appended to joins the dirty list by itself once it has a flusher. Every
 * FLUSHER_TICK_MS those that have gathered FLUSHER_BYTES, or have been dirty for
 * FLUSHER_AGE_MS, are flushed on the flusher's thread, and their recovery points rise on the
 * loop's. Nothing dirty: no timer, no wake-up.
 *
 * An eager one flushes at the end of the turn in which a log was appended to, several logs at a
 * time on threads of its own; what comes meanwhile waits for the next group (group commit).
 *
 * All functions on the loop's thread. */
#ifndef KLAMM_BROKER_LOG_FLUSHER_H
#define KLAMM_BROKER_LOG_FLUSHER_H

#include "broker/log/log.h"
#include "common/loop.h"

enum { FLUSHER_TICK_MS = 500, FLUSHER_BYTES = 16 * 1024 * 1024, FLUSHER_AGE_MS = 5000,
       FLUSHER_EAGER_THREADS = 4 };

struct flusher;

/* `ended` (NULL is fine) hears of every flush on the loop's thread: with ERR_OK the recovery
 * point rose, and log_dir_checkpoint is due some time soon; otherwise the log is broken. It
 * does not close logs. ERR_BUSY when there is no thread to be had. */
err_t flusher_new(struct loop *loop, void (*ended)(void *arg, struct log *l, err_t e), void *arg,
                  struct flusher **ret);
/* The same, eager. */
err_t flusher_new_eager(struct loop *loop, void (*ended)(void *arg, struct log *l, err_t e), void *arg,
                        struct flusher **ret);
/* NULL is fine. Waits for the flush under way; its logs may live on without it. */
struct flusher *flusher_free(struct flusher *f);
DEFINE_OWNED(flusher)

/* Another FLUSHER_AGE_MS for this one. */
void flusher_set_age(struct flusher *f, int64_t age_ms);

/* After log_new; NULL takes it off again. log_close does so by itself, waiting for a flush of
 * this log that is under way. */
void log_set_flusher(struct log *l, struct flusher *f);

#endif

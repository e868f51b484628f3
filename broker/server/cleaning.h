/* cleaning - compaction (broker/log/clean.h) of the logs of this node, one at a time.
 *
 *   every log.cleaner.backoff.ms, and after a cleaning: of all compacted logs that are due the one
 *   with the largest dirty part --begin--> cleaner's thread --posted--> end --> checkpoint
 *
 * The thread alone reads, writes and syncs; the reactor looks at sizes and renames. It sleeps where
 * log.cleaner.io.max.bytes.per.second says so. Where cleanings ended is kept in each directory's
 * cleaner-offset-checkpoint. A log with a damaged batch is left alone until the next start, as
 * Kafka's cleaner does.
 *
 * Owned by the reactor. */
#ifndef KLAMM_BROKER_SERVER_CLEANING_H
#define KLAMM_BROKER_SERVER_CLEANING_H

#include <stdbool.h>
#include <stdint.h>

struct broker;
struct cleaning;
struct partition;

/* NULL: no thread can be started. */
struct cleaning *cleaning_new(struct broker *b);
/* Gives up what is under way and waits for the thread. NULL is fine; returns NULL. */
struct cleaning *cleaning_free(struct cleaning *c);

/* The log of `p` is about to be closed; `deleted`: what is kept of it goes. */
void cleaning_forget(struct broker *b, struct partition *p, bool deleted);
/* The log was cut to `end`: what is above is dirty when it comes. */
void cleaning_truncated(struct broker *b, struct partition *p, int64_t end);

#endif

/* opening - the logs that lie in the directories, opened before the broker serves.
 *
 * Recovery reads what was not flushed, so it is done by threads of its own, several logs at a time
 * (num.recovery.threads.per.data.dir), while the reactor goes on: heartbeats, metadata. What
 * the threads opened waits in its directory (log_dir_open_ahead) until the first publish takes it;
 * what failed is tried again there, and told.
 *
 * Owned by the reactor. */
#ifndef KLAMM_BROKER_SERVER_OPENING_H
#define KLAMM_BROKER_SERVER_OPENING_H

struct broker;
struct opening;

/* Opens the replicas that the image places here; `done` on the reactor, in a later turn, when all
 * are open or failed. ERR_BUSY when there is no thread to be had: nothing will come. */
struct opening *opening_new(struct broker *b, void (*done)(struct broker *b));
/* NULL is fine; returns NULL. Waits for the threads, which finish the log they are at; `done` is
 * not called after it. */
struct opening *opening_free(struct opening *o);

#endif

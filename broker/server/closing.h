/* closing - the logs that a stop closes, several at a time: each waits for the device more than once,
 * and one journal's commit serves all who wait for it.
 *
 * As many threads as opening has (num.recovery.threads.per.data.dir), and eight at least. On the reactor's
 * thread, which waits for them and takes part. A log is one thread's from beginning to end; what they
 * share has locks of its own: the directory's register and trash, references to segments. */
#ifndef KLAMM_BROKER_SERVER_CLOSING_H
#define KLAMM_BROKER_SERVER_CLOSING_H

#include <stdbool.h>

struct broker;

/* Nothing else touches the replicas any more: no role, no cleaning, no flusher (log_close would take the log
 * off its list, which is the loop's). A broken log, or one whose device fails, counts as not clean and
 * holds nobody up; replicas in an offline directory have no log. Saves the producers of every open log and
 * closes it; true when all are clean. */
bool closing_run(struct broker *b);

#endif

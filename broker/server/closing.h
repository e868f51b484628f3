/* closing - the logs that a stop closes, several at a time: each waits for the device more than once,
 * and one journal's commit serves all who wait for it.
 *
 * As many threads as opening has (num.recovery.threads.per.data.dir), and eight at least. On the reactor's
 * thread, which waits for them and takes part. */
#ifndef KLAMM_BROKER_SERVER_CLOSING_H
#define KLAMM_BROKER_SERVER_CLOSING_H

#include <stdbool.h>

struct broker;

/* Nothing else touches the replicas any more. Saves the producers of every open log and closes it;
 * true when all are clean. */
bool closing_run(struct broker *b);

#endif

/* producers - a partition's producer state and its files.
 *
 * Built when a producer with an id first writes: from the newest snapshot file that
 * parses, then from the batch headers behind it. A log that no such producer writes to
 * never pays for it. */
#ifndef KLAMM_BROKER_SERVER_PRODUCERS_H
#define KLAMM_BROKER_SERVER_PRODUCERS_H

#include "broker/replica/replicas.h"

/* ERR_IO: the log cannot be read. */
err_t producers_ready(struct partition *p);
/* `b` is in the log; keeps the state current once it is there. */
void producers_appended(struct partition *p, const struct producer_batch *b);
/* Writes <log end>.snapshot beside the segments; for a clean close. */
err_t producers_save(const struct partition *p);

#endif

/* producers - a partition's producer state and its files.
 *
 * Built when a producer with an id first writes, here or at the leader that is followed:
 * from the newest snapshot file that parses, then from the batch headers behind it. A log
 * that no such producer writes to never pays for it. */
#ifndef KLAMM_BROKER_SERVER_PRODUCERS_H
#define KLAMM_BROKER_SERVER_PRODUCERS_H

#include "broker/replica/replicas.h"

/* ERR_IO: the log cannot be read. */
err_t producers_ready(struct partition *p);
/* `b` is in the log; keeps the state current once it is there. */
void producers_appended(struct partition *p, const struct producer_batch *b);
/* A follower: the batches p[0..n) are in the log, as they came from the leader. The state of
 * a log that such producers write to stays current, so that a new leader has it at once. */
void producers_followed(struct partition *p, const uint8_t *bytes, size_t n);
/* The log was truncated or restarted: what is not in it any more is forgotten. */
void producers_truncated(struct partition *p);
/* Writes <log end>.snapshot beside the segments; for a clean close. */
err_t producers_save(const struct partition *p);

#endif

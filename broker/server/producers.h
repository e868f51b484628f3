/* producers - a partition's producer state and its files.
 *
 * Kept current with every append, here or from the leader that is followed. After a start it is
 * read when somebody asks for it: from the newest snapshot file that can be trusted, then from the
 * batch headers behind it; the indexes of aborted transactions are made good on the way. A snapshot
 * is written whenever a segment begins and on a clean close, so that no more than a segment is
 * read. */
#ifndef KLAMM_BROKER_SERVER_PRODUCERS_H
#define KLAMM_BROKER_SERVER_PRODUCERS_H

#include "broker/log/head.h"
#include "broker/replica/replicas.h"

/* p->log was opened: the state is there at once if that is cheap. Snapshots are written from now
 * on. */
void producers_opened(struct partition *p);
/* ERR_IO: the log cannot be read, ERR_CORRUPT: a batch in it is damaged. */
err_t producers_ready(struct partition *p);
/* `b` is in the log; keeps the state current once it is there. */
void producers_appended(struct partition *p, const struct producer_batch *b);
/* `m` is in the log. When it cannot be noted that its transaction was aborted, the state is read
 * anew before anybody is told otherwise. */
void producers_marked(struct partition *p, const struct producer_marker *m);
/* A follower: the batches p[0..n) are in the log, as they came from the leader. The state of
 * a log that such producers write to stays current, so that a new leader has it at once. */
void producers_followed(struct partition *p, const uint8_t *bytes, size_t n);
/* The log was truncated or restarted: what is not in it any more is forgotten. */
void producers_truncated(struct partition *p);
/* Writes <log end>.snapshot beside the segments; for a clean close. */
err_t producers_save(const struct partition *p);

/* Where READ_COMMITTED ends. ERR_IO as producers_ready. */
err_t producers_last_stable(struct partition *p, int64_t *ret);

/* The batch of `h` as the producer state takes it. */
struct producer_batch producers_batch_of(const struct head *h);

#endif

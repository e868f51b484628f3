/* aborted - which transactions of a log were aborted: the indexes of its segments as one.
 *
 *   segment 0 <- .txnindex    segment 5000 (no aborts)    segment 9000 <- .txnindex
 *
 * An entry stands in the index of the segment that holds the abort marker (txn_index.h). Who
 * decides what is aborted is the partition's producer state; after a crash the newest entries may
 * be missing, and it makes them anew as it reads the log (log_forget_aborted, log_note_aborted).
 *
 * On the log's own thread. */
#ifndef KLAMM_BROKER_LOG_ABORTED_H
#define KLAMM_BROKER_LOG_ABORTED_H

#include "broker/log/log.h"
#include "broker/log/txn_index.h"

/* The abort marker at t->last_offset lies in the log, as the last one of all. Durable with the flush
 * that takes the recovery point past its segment. */
err_t log_note_aborted(struct log *l, const struct aborted_txn *t);
/* Entries whose markers lie at `offset` or above go. */
err_t log_forget_aborted(struct log *l, int64_t offset);
/* Appends (as in the file) the entries that a reader of [offset, upper) must know. */
err_t log_aborted(struct log *l, int64_t offset, int64_t upper, struct buf *ret);
/* Whether there may be any at or above `offset`; cheap. */
bool log_has_aborted(struct log *l, int64_t offset);
/* The offset behind the batches of `s`, which log_read gave for this log and `limit`. */
int64_t log_span_upper(struct log *l, const struct log_span *s, int64_t limit);

#endif

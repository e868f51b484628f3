/* txn_markers - markers of transactions on their way to the leaders of partitions.
 *
 *   txn_markers_send -> leader known? -> here: append (txn_marker_write.h)
 *                                     -> elsewhere: queue of that broker -> WriteTxnMarkers, all
 * that wait in one request, a few requests at a time
 *                    -> topic gone: done
 *   retriable error, no leader, no connection: again after a pause, to whoever leads then
 *
 * Owned by the reactor. */
#ifndef KLAMM_BROKER_SERVER_TXN_MARKERS_H
#define KLAMM_BROKER_SERVER_TXN_MARKERS_H

struct broker;
struct transactions;
struct txn_markers;
struct txn_work;

struct txn_markers *txn_markers_new(struct transactions *x);
/* All works are dropped before. NULL is fine; returns NULL. */
struct txn_markers *txn_markers_free(struct txn_markers *m);

/* To every partition of w->t; txn_work_done follows, never from within. */
void txn_markers_send(struct txn_work *w);
/* None of its markers calls back any more. */
void txn_markers_cancel(struct txn_work *w);
/* Leaders may have moved: those that wait for one look again now. */
void txn_markers_metadata(struct txn_markers *m);

#endif

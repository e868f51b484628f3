/* clean_txn - which transactional batches compaction may drop, batch by batch in the log's order.
 *
 *   aborted (by first offset) --reached--> going on: its producer's batches are dropped
 *                                             ... until its marker: kept (and noted in the new
 * index) while a batch of it was seen in this pass others: a COMMIT marker may go once no batch of
 * its transaction was seen */
#ifndef KLAMM_BROKER_LOG_CLEAN_TXN_H
#define KLAMM_BROKER_LOG_CLEAN_TXN_H

#include "api/kafka/batch.h"
#include "broker/log/txn_index.h"
#include "common/map.h"

struct clean_txns {
    struct aborted_txn *aborted; /* by first offset */
    size_t aborted_n, reached;
    struct map going;            /* producer id -> aborted_going */
    struct map committed;        /* producer ids with a batch seen and no marker yet */
    struct buf *index;           /* where kept abort markers are noted; NULL: nowhere */
};

/* `entries` as in .txnindex files: all that touch what will be read, from `from` on. */
void clean_txns_init(struct clean_txns *t, struct slice entries, int64_t from);
void clean_txns_done(struct clean_txns *t);

/* A batch that is no control batch: true when its transaction was aborted. */
bool clean_txns_data(struct clean_txns *t, const struct kf_batch *b);
/* A control batch: true when its transaction has no batch left, so that the marker may go. */
bool clean_txns_marker(struct clean_txns *t, const struct kf_batch *b);

#endif

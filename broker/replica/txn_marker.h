/* txn_marker - the control batch that ends a transaction in a partition.
 *
 *   batch: transactional | control, producer id and epoch, base sequence -1, one record
 *   key    int16 version 0, int16 type (0 ABORT, 1 COMMIT)
 *   value  int16 version 0, int32 coordinator epoch */
#ifndef KLAMM_BROKER_REPLICA_TXN_MARKER_H
#define KLAMM_BROKER_REPLICA_TXN_MARKER_H

#include "broker/log/head.h"
#include "broker/replica/producer_state.h"

enum { TXN_MARKER_BYTES_MAX = 256 }; /* of one that is read; what is written has 78 */

/* `m->offset` is stamped by the append. */
void txn_marker_put(const struct producer_marker *m, struct buf *ret);
/* A control batch, whole: false when it is none of a transaction (or does not parse). */
bool txn_marker_parse(struct slice batch, struct producer_marker *ret);

static inline bool head_is_marker(const struct head *h)
{
    return (h->attributes & HEAD_ATTR_CONTROL) && (h->attributes & HEAD_ATTR_TRANSACTIONAL) &&
           h->producer_id >= 0 && h->size <= TXN_MARKER_BYTES_MAX;
}

#endif

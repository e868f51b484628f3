/* txn_index - the aborted transactions of one segment: <base>.txnindex.
 *
 *   offset size  field
 *        0    2  version, 0
 *        2    8  producerId
 *       10    8  firstOffset       of the transaction's records here
 *       18    8  lastOffset        of the abort marker; ascends strictly over the file
 *       26    8  lastStableOffset  when the marker was written
 *
 * An entry stands in the index of the segment that holds the marker; a segment without
 * aborts has no file. */
#ifndef KLAMM_BROKER_LOG_TXN_INDEX_H
#define KLAMM_BROKER_LOG_TXN_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/fs.h"

enum { TXN_ENTRY = 34, TXN_INDEX_BYTES_MAX = 256 * 1024 * 1024 };

struct aborted_txn {
    int64_t producer_id, first_offset, last_offset, last_stable_offset;
};

void txn_entry_put(struct buf *out, const struct aborted_txn *t);
/* The i-th of a file that was checked; false beyond the last. */
bool txn_entry_get(struct slice file, size_t i, struct aborted_txn *ret);
/* ERR_CORRUPT: size, version, an offset below `base`, or one that does not ascend. */
err_t txn_index_check(struct slice file, int64_t base, struct why *reterr);

/* Reads and checks <dir>/<base>.txnindex; a missing file is empty. */
err_t txn_index_read(struct fs *fs, const char *dir, int64_t base, struct buf *ret, struct why *reterr);
/* Adds one entry at the end, behind `size` bytes; a failure leaves the file at `size`. */
err_t txn_index_append(struct fs *fs, const char *dir, int64_t base, int64_t size,
                       const struct aborted_txn *t);
/* Drops the entries whose marker lies at `offset` or above. */
err_t txn_index_truncate(struct fs *fs, const char *dir, int64_t base, int64_t offset);

/* For a fetch of [offset, upper): appends the entries that touch it to `ret` (as in the file);
 * true when no later segment can hold more. */
bool txn_index_collect(struct slice file, int64_t offset, int64_t upper, struct buf *ret);

#endif

/* batches - record batches for tests, uncompressed, with a right checksum. */
#ifndef KLAMM_TESTS_LIB_BATCHES_H
#define KLAMM_TESTS_LIB_BATCHES_H

#include "common/buf.h"

struct test_batch {
    int64_t base;
    int32_t count;       /* records; 0 counts as 1 */
    int32_t epoch;
    int64_t timestamp;   /* of the first record, each next one a millisecond later */
    size_t value_bytes;  /* of every record */
    uint64_t seed;       /* of the values' bytes */
};

/* Appends one batch. */
void test_batch_put(struct buf *out, const struct test_batch *b);

#endif

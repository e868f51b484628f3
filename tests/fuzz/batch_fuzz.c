/* batch_fuzz - any bytes as record batches of any codec: parsed, unpacked, walked, never read beyond. */
#include <stdint.h>

#include "api/kafka/batch.h"
#include "common/invariant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { UNPACKED_MAX = 1 << 20 };

static void walk(const struct kf_batch *b)
{
    OWNED_BUF scratch = { 0 };
    struct kf_records records;
    struct kf_record r;
    int32_t n = 0;

    if (kf_records_open(b, &scratch, UNPACKED_MAX, &records))
        return;
    while (!kf_records_next(&records, &r)) {
        struct kf_record_header h;

        n++;
        while (kf_record_header_next(&r.headers, &h))
            ;
    }
    INVARIANT(n <= b->count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice left = slice_make(data, size);
    struct kf_batch b;

    while (!kf_batch_parse(left, &b)) {
        INVARIANT(b.bytes.n <= left.n);
        (void)kf_batch_crc_ok(&b);
        walk(&b);
        left = slice_make(left.p + b.bytes.n, left.n - b.bytes.n);
    }
    return 0;
}

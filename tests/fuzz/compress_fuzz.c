/* compress_fuzz - any bytes as the packed bytes of a codec: refused, or at most the limit comes out and
 * packs and unpacks to the same; and any bytes as what is to be packed. The first byte chooses the
 * codec, the second the limit. */
#include <stdint.h>

#include "api/kafka/compress.h"
#include "common/invariant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void there_and_back(enum kf_codec codec, struct slice plain)
{
    OWNED_BUF packed = { 0 }, again = { 0 };

    INVARIANT(kf_compress(codec, plain, &packed) == ERR_OK);
    INVARIANT(kf_decompress(codec, buf_slice(&packed), plain.n + 1, &again) == ERR_OK);
    INVARIANT(slice_eq(buf_slice(&again), plain));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    OWNED_BUF out = { 0 };
    struct slice body;
    enum kf_codec codec;
    size_t limit;
    err_t e;

    if (size < 2)
        return 0;
    codec = (enum kf_codec)(data[0] % KF_CODECS);
    limit = (size_t)1 << data[1] % 21;
    body = slice_make(data + 2, size - 2);
    buf_put_text(&out, "before");
    e = kf_decompress(codec, body, limit, &out);
    INVARIANT(!memcmp(out.p, "before", 6));
    if (e) {
        INVARIANT(out.n == 6 && (e == ERR_CORRUPT || e == ERR_TOO_LARGE));
    } else {
        INVARIANT(out.n - 6 <= limit);
        there_and_back(codec, slice_make(out.p + 6, out.n - 6));
    }
    there_and_back(codec, body);
    return 0;
}

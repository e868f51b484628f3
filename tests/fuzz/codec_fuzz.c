/* codec_fuzz - any bytes as any message in any version: refused, or what decodes encodes and decodes
 * again to the same bytes. The first two bytes choose the message, the third its version. */
#include <stdint.h>
#include <stdlib.h>

#include "api/kafka/every.h"
#include "api/kafka/frame.h"
#include "common/invariant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct kf_schema *pick(unsigned n)
{
    const struct kf_schema *s = NULL;
    size_t at = 0;

    for (unsigned i = 0; i <= n; i++)
        s = kf_every_next(&at);
    return s;
}

static void header(struct slice bytes)
{
    struct cursor c = cursor_over(bytes);
    const struct kf_api *api;
    struct kf_header h;

    (void)kf_header_decode(&c, &h, &api);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct kf_schema *s;
    OWNED_ARENA a = { 0 };
    OWNED_BUF first = { 0 }, second = { 0 }, text = { 0 };
    struct cursor c;
    int16_t version;
    void *msg;

    if (size < 3)
        return 0;
    header(slice_make(data, size));
    s = pick((unsigned)data[0] << 8 | data[1]);
    if (!s)
        return 0;
    version = (int16_t)(kf_schema_min(s) + data[2] % (kf_schema_max(s) - kf_schema_min(s) + 1));
    msg = arena_alloc(&a, kf_schema_size(s));
    c = cursor_over(slice_make(data + 3, size - 3));
    if (kf_decode(s, version, &c, &a, msg))
        return 0;
    kf_print(s, version, msg, &text);
    INVARIANT(kf_encode(s, version, msg, &first, NULL) == ERR_OK);
    c = cursor_over(buf_slice(&first));
    INVARIANT(kf_decode(s, version, &c, &a, msg) == ERR_OK && cursor_left(&c) == 0);
    INVARIANT(kf_encode(s, version, msg, &second, NULL) == ERR_OK);
    INVARIANT(slice_eq(buf_slice(&first), buf_slice(&second)));
    return 0;
}

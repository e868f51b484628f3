/* image_fuzz - any bytes as metadata records: applied or refused; what was applied comes out of a
 * snapshot as the same image. Input: [be16 size][record value] ... */
#include "api/kafka/codec.h"
#include "broker/metadata/image.h"
#include "broker/raft/voters.h"
#include "common/invariant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static err_t again(void *ctx, struct slice record)
{
    return image_apply(ctx, 0, record, NULL, NULL, NULL);
}

static void compare(const struct image *i)
{
    struct image *copy = image_new();

    INVARIANT(image_snapshot(i, again, copy) == ERR_OK);
    INVARIANT(image_topics_n(i) == image_topics_n(copy));
    INVARIANT(image_partitions_n(i) == image_partitions_n(copy));
    image_free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct image *i = image_new();
    struct voters voters = { 0 };
    struct cursor c = cursor_over(slice_make(data, size));
    err_t e = ERR_OK;

    (void)voters_decode(slice_make(data, size), &voters, NULL);
    voters_done(&voters);
    while (!e && cursor_left(&c) > 2) {
        size_t wanted = cursor_be16(&c), left = cursor_left(&c);
        size_t n = wanted < left ? wanted : left;

        e = image_apply(i, 0, slice_make(cursor_take(&c, n), n), NULL, NULL, NULL);
    }
    compare(i);
    image_free(i);
    return 0;
}

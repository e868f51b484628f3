/* Any bytes as each of the small files of a log directory: an error or a value, within bounds;
 * what was read and printed again reads the same. The first byte chooses the file. */

#include "broker/log/batch_file.h"
#include "broker/log/checkpoint.h"
#include "broker/log/meta.h"
#include "broker/log/names.h"
#include "common/invariant.h"
#include "common/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define must(claim)             \
    do {                        \
        bool held = (claim);    \
                                \
        INVARIANT(held);        \
    } while (0)

static void put_line(void *arg, struct str topic, int32_t partition, int64_t offset)
{
    offset_checkpoint_put(arg, topic, partition, offset);
}

static void count_line(void *arg, struct str topic, int32_t partition, int64_t offset)
{
    (void)topic, (void)partition, (void)offset;
    ++*(int64_t *)arg;
}

static void fuzz_offsets(struct str text)
{
    OWNED_BUF lines = { 0 };
    int64_t count = 0;
    struct why because;

    if (!offset_checkpoint_parse(text, count_line, &count, &because))
        must(!offset_checkpoint_parse(text, put_line, &lines, NULL));
}

static void fuzz_epochs(struct str text)
{
    struct epoch_entry *entries = NULL, *again = NULL;
    OWNED_BUF out = { 0 };
    struct why because;
    uint32_t count, count_again;

    if (epoch_checkpoint_parse(text, &entries, &count, &because))
        return;
    epoch_checkpoint_print(entries, count, &out);
    must(!epoch_checkpoint_parse(str_make((const char *)out.p, out.n), &again, &count_again, NULL));
    must(count == count_again && (!count || !memcmp(entries, again, count * sizeof(*entries))));
    mem_free(entries);
    mem_free(again);
}

static void fuzz_names(struct str text)
{
    OWNED_MEM char *name = mem_strndup(text.p, text.n);
    struct dir_name parsed;
    enum file_kind kind;
    enum file_state state;
    int64_t base;

    if (file_name_parse(name, &base, &kind, &state))
        must(base >= 0 && strlen(path_of("d", base, kind, state).text) == strlen(name) + 2);
    if (dir_name_parse(text, &parsed) && parsed.kind == DIR_PARTITION)
        must(parsed.partition >= 0 && parsed.topic.n > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct str text = str_make((const char *)data + 1, n ? n - 1 : 0);
    struct why because;
    struct uuid id;
    struct meta m;

    if (!n)
        return 0;
    switch (data[0] % 6) {
    case 0:
        fuzz_offsets(text);
        break;
    case 1:
        fuzz_epochs(text);
        break;
    case 2:
        (void)meta_parse(text, &m, &because);
        break;
    case 3:
        (void)partition_metadata_parse(text, &id, &because);
        break;
    case 4:
        fuzz_names(text);
        break;
    default:
        (void)batch_file_check(slice_make(data + 1, n - 1), &because);
    }
    return 0;
}

/* Any bytes as segments and indexes of a partition: opening answers ERR_CORRUPT and leaves
 * the batches alone, or gives a log that serves whole batches, takes new ones and opens the
 * same way again.
 *
 *   byte 0: bit 0 clean, bit 1 metadata log, bit 2 a second segment;  byte 1: recovery point
 *   then four parts, each a length (2 bytes) and its bytes: .log, .index, .timeindex, epochs;
 *   what is left is the second segment's .log at offset 8 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "broker/log/checkpoint.h"
#include "broker/log/head.h"
#include "broker/log/log.h"
#include "broker/log/names.h"
#include "common/cursor.h"
#include "common/invariant.h"
#include "tests/lib/batches.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define must(claim)             \
    do {                        \
        bool held = (claim);    \
                                \
        INVARIANT(held);        \
    } while (0)

static void put_file(const char *path, const uint8_t *p, size_t n)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    must(fd >= 0 && write(fd, p, n) == (ssize_t)n);
    close(fd);
}

static void put_part(struct cursor *c, const char *path)
{
    size_t n = cursor_be16(c);
    const uint8_t *p;

    n = n < cursor_left(c) ? n : cursor_left(c);
    p = cursor_take(c, n);
    if (p && n)
        put_file(path, p, n);
}

/* Every offset from start to end is served by a whole batch or lies in a gap. Where opening
 * trusted and did not look, a read may find the damage, and says so. */
static void read_all(struct log *l, bool trusting)
{
    int64_t offset = log_start_offset(l);

    for (int i = 0; offset < log_end_offset(l) && i < 1000; i++) {
        uint8_t p[HEAD_BYTES];
        struct log_span s;
        struct head h;

        err_t e = log_read(l, offset, 1, INT64_MAX, true, &s);

        must(!e || (trusting && e == ERR_CORRUPT));
        if (e || !s.n)
            break;
        must(pread(s.fd, p, sizeof(p), s.position) == sizeof(p));
        must(head_parse(p, &h) && h.size == (int64_t)s.n && h.last >= offset);
        offset = h.last + 1;
        log_span_done(&s);
    }
}

static void use(struct log_open *o, struct log *l)
{
    OWNED_BUF b = { 0 };
    int64_t end, offset, timestamp;
    bool trusting = o->clean || o->recovery_point;
    struct log *again = NULL;
    int32_t epoch;
    err_t e;

    log_check(l);
    read_all(l, trusting);
    (void)log_offset_for_time(l, 5, &offset, &timestamp, &epoch);
    test_batch_put(&b, &(struct test_batch){ .base = log_end_offset(l), .epoch = INT32_MAX });
    if (log_end_offset(l) < INT64_MAX - 10)
        (void)log_append_as_is(l, b.p, b.n);
    log_check(l);
    end = log_end_offset(l);
    must(!log_close(l, true));
    o->clean = !o->metadata_log;
    o->recovery_point = end;
    e = log_new(o, &again, NULL);
    must(!e || (trusting && e == ERR_CORRUPT)); /* it looks where it did not look before */
    if (e)
        return;
    must(log_end_offset(again) == end);
    log_check(again);
    must(!log_close(again, false));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static char dir[64];
    struct cursor c = cursor_over(slice_make(data, n));
    struct log_open o = { .fs = fs_posix(), .dir = dir, .config = log_config_default(), .log_start = -1 };
    struct log *l = NULL;
    struct why because;
    uint8_t flags = cursor_u8(&c);

    if (!dir[0])
        snprintf(dir, sizeof(dir), "/tmp/klamm-fuzz-log-%d", (int)getpid());
    o.metadata_log = flags & 2;
    o.clean = (flags & 1) && !o.metadata_log;
    o.recovery_point = cursor_u8(&c);
    o.config.index_interval_bytes = 100;
    must(!fs_mkdirs(fs_posix(), dir, 0755));
    put_file(path_of(dir, 0, FILE_LOG, FILE_LIVE).text, data, 0);
    put_part(&c, path_of(dir, 0, FILE_LOG, FILE_LIVE).text);
    put_part(&c, path_of(dir, 0, FILE_INDEX, FILE_LIVE).text);
    put_part(&c, path_of(dir, 0, FILE_TIMEINDEX, FILE_LIVE).text);
    put_part(&c, path_in(dir, CHECKPOINT_EPOCHS).text);
    if (flags & 4)
        put_file(path_of(dir, 8, FILE_LOG, FILE_LIVE).text, c.p, cursor_left(&c));
    if (!log_new(&o, &l, &because))
        use(&o, l);
    must(!fs_remove_tree(fs_posix(), dir));
    return 0;
}

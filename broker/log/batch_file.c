#include "broker/log/batch_file.h"

#include "broker/log/head.h"
#include "common/cursor.h"
#include "common/invariant.h"
#include "common/limits.h"
#include "common/mem.h"

#include <fcntl.h>

enum { CONTROL_SNAPSHOT_HEADER = 3, CONTROL_SNAPSHOT_FOOTER = 4 };

void batch_file_begin(struct batch_file_writer *w, struct buf *out, int32_t epoch, int64_t now_ms)
{
    *w = (struct batch_file_writer){ .out = out, .epoch = epoch, .now_ms = now_ms };
}

static void put_nullable(struct buf *b, struct slice s)
{
    buf_put_varint(b, s.p ? (int32_t)s.n : -1);
    buf_put(b, s.p, s.n);
}

/* Attributes, timestamp delta, offset delta, key, value, no headers; its length in front. */
static void put_record(struct buf *out, const struct batch_record *r, int32_t offset_delta)
{
    OWNED_BUF body = { 0 };

    buf_put_u8(&body, 0);
    buf_put_varlong(&body, 0);
    buf_put_varint(&body, offset_delta);
    put_nullable(&body, r->key);
    put_nullable(&body, r->value);
    buf_put_varint(&body, 0);
    buf_put_varint(out, (int32_t)body.n);
    buf_put(out, body.p, body.n);
}

void batch_file_put(struct batch_file_writer *w, const struct batch_record *r, int count, bool control)
{
    size_t at = w->out->n;
    uint8_t *p;

    INVARIANT(count > 0);
    buf_put_zero(w->out, HEAD_BYTES);
    for (int i = 0; i < count; i++)
        put_record(w->out, &r[i], i);
    p = w->out->p + at;
    be64_put(p, (uint64_t)w->next_offset);
    be32_put(p + 8, (uint32_t)(w->out->n - at - HEAD_OVERHEAD));
    be32_put(p + 12, (uint32_t)w->epoch);
    p[16] = 2;
    be16_put(p + 21, control ? HEAD_ATTR_CONTROL : 0);
    be32_put(p + 23, (uint32_t)count - 1);
    be64_put(p + 27, (uint64_t)w->now_ms);
    be64_put(p + 35, (uint64_t)w->now_ms);
    be64_put(p + 43, UINT64_MAX); /* no producer */
    be16_put(p + 51, UINT16_MAX);
    be32_put(p + 53, UINT32_MAX);
    be32_put(p + 57, (uint32_t)count);
    be32_put(p + 17, crc32c(0, p + HEAD_CRC_FROM, w->out->n - at - HEAD_CRC_FROM));
    w->next_offset += count;
}

/* Key of a control record: version 0, type. */
static struct slice control_key(uint8_t key[4], uint16_t type)
{
    be16_put(key, 0);
    be16_put(key + 2, type);
    return slice_make(key, 4);
}

/* SnapshotHeaderRecord and -FooterRecord are flexible messages: no tagged fields is a zero. */
void batch_file_put_header(struct batch_file_writer *w, int64_t last_contained_ms,
                           const struct batch_record *more, int more_n)
{
    struct batch_record *r = mem_zero(((size_t)more_n + 1) * sizeof(*r));
    uint8_t key[4], value[2 + 8 + 1] = { 0 };

    be64_put(value + 2, (uint64_t)last_contained_ms);
    r[0].key = control_key(key, CONTROL_SNAPSHOT_HEADER);
    r[0].value = slice_make(value, sizeof(value));
    for (int i = 0; i < more_n; i++)
        r[i + 1] = more[i];
    batch_file_put(w, r, more_n + 1, true);
    mem_free(r);
}

void batch_file_put_footer(struct batch_file_writer *w)
{
    static const uint8_t value[2 + 1];
    uint8_t key[4];
    struct batch_record r = { .key = control_key(key, CONTROL_SNAPSHOT_FOOTER),
                              .value = slice_make(value, sizeof(value)) };

    batch_file_put(w, &r, 1, true);
}

bool batch_file_next(struct slice file, size_t *at, struct slice *ret_batch)
{
    struct head h;

    if (file.n - *at < HEAD_BYTES || !head_parse(file.p + *at, &h) || h.size > (int64_t)(file.n - *at))
        return false;
    *ret_batch = slice_make(file.p + *at, (size_t)h.size);
    *at += (size_t)h.size;
    return true;
}

/* The type of the control batch's first record; -1 when it is none. */
static int control_type(struct slice batch)
{
    struct cursor c = cursor_over(batch);
    const uint8_t *key;
    int version, type;

    if (!(be16_get(batch.p + 21) & HEAD_ATTR_CONTROL))
        return -1;
    cursor_take(&c, HEAD_BYTES);
    cursor_varint(&c); /* length */
    cursor_u8(&c);
    cursor_varlong(&c);
    cursor_varint(&c);
    key = cursor_varint(&c) == 4 ? cursor_take(&c, 4) : NULL;
    if (!key)
        return -1;
    version = be16_get(key);
    type = be16_get(key + 2);
    return version == 0 ? type : -1;
}

err_t batch_file_check(struct slice file, struct why *reterr)
{
    struct slice batch = { 0 };
    int64_t next = 0;
    size_t at = 0, begin = 0;
    struct head h;

    while (batch_file_next(file, &at, &batch)) {
        bool parsed = head_parse(batch.p, &h);

        INVARIANT(parsed);
        if (!head_crc_ok(&h, batch.p))
            return why(reterr, ERR_CORRUPT, "batch at byte %zu: its checksum is wrong", begin);
        if (h.base != next)
            return why(reterr, ERR_CORRUPT, "batch at byte %zu: its offset is %lld, it must be %lld", begin,
                       (long long)h.base, (long long)next);
        if (!begin && control_type(batch) != CONTROL_SNAPSHOT_HEADER)
            return why(reterr, ERR_CORRUPT, "the first record is no snapshot header");
        next = h.last + 1;
        begin = at;
    }
    if (at != file.n)
        return why(reterr, ERR_CORRUPT, "byte %zu begins no whole batch", at);
    if (!next || control_type(batch) != CONTROL_SNAPSHOT_FOOTER)
        return why(reterr, ERR_CORRUPT, "the last batch is no snapshot footer: the file is not complete");
    return ERR_OK;
}

err_t batch_file_read(struct fs *fs, const char *path, struct buf *ret, struct why *reterr)
{
    struct why inner;
    err_t e;

    e = fs_read_all(fs, path, BATCH_FILE_BYTES_MAX, ret);
    if (e)
        return why(reterr, e, "%s: %s", path, err_text(e));
    e = batch_file_check(buf_slice(ret), &inner);
    return e ? why(reterr, e, "%.120s: %.240s", path, inner.text) : ERR_OK;
}

static err_t write_part(struct fs *fs, const char *part, struct slice content)
{
    err_t e, close_error;
    int fd = -1;

    e = fs_open(fs, part, O_WRONLY | O_CREAT | O_TRUNC, 0644, &fd);
    if (e)
        return e;
    e = fs_pwrite(fs, fd, content.p, content.n, 0);
    if (!e)
        e = fs_sync(fs, fd, false);
    close_error = fs_close(fs, fd);
    return e ? e : close_error;
}

err_t batch_file_write(struct fs *fs, const char *path, struct slice content)
{
    OWNED_MEM char *part = mem_printf("%s.part", path);
    OWNED_MEM char *dir = mem_strdup(path);
    char *slash = strrchr(dir, '/');
    err_t e;

    e = write_part(fs, part, content);
    if (!e)
        e = fs_rename(fs, part, path);
    if (e) { /* a full disk gets its room back */
        (void)fs_unlink(fs, part);
        return e;
    }
    if (slash)
        slash[slash == dir] = '\0';
    return fs_sync_dir(fs, slash ? dir : ".");
}

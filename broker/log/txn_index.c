#include "broker/log/txn_index.h"

#include <fcntl.h>

#include "broker/log/names.h"
#include "common/endian.h"

void txn_entry_put(struct buf *out, const struct aborted_txn *t)
{
    buf_put_be16(out, 0);
    buf_put_be64(out, (uint64_t)t->producer_id);
    buf_put_be64(out, (uint64_t)t->first_offset);
    buf_put_be64(out, (uint64_t)t->last_offset);
    buf_put_be64(out, (uint64_t)t->last_stable_offset);
}

bool txn_entry_get(struct slice file, size_t i, struct aborted_txn *ret)
{
    const uint8_t *p;

    if (i >= file.n / TXN_ENTRY)
        return false;
    p = file.p + i * TXN_ENTRY;
    *ret = (struct aborted_txn){ (int64_t)be64_get(p + 2), (int64_t)be64_get(p + 10),
                                 (int64_t)be64_get(p + 18), (int64_t)be64_get(p + 26) };
    return true;
}

err_t txn_index_check(struct slice file, int64_t base, struct why *reterr)
{
    struct aborted_txn t, before = { .last_offset = base - 1 };

    if (file.n % TXN_ENTRY)
        return why(reterr, ERR_CORRUPT, "%zu bytes: entries have %d each", file.n, TXN_ENTRY);
    for (size_t i = 0; txn_entry_get(file, i, &t); i++) {
        if (be16_get(file.p + i * TXN_ENTRY) != 0)
            return why(reterr, ERR_CORRUPT, "entry %zu: its version must be 0", i);
        if (t.last_offset <= before.last_offset || t.first_offset < 0 || t.first_offset > t.last_offset)
            return why(reterr, ERR_CORRUPT, "entry %zu: offsets %lld to %lld do not follow the one before",
                       i, (long long)t.first_offset, (long long)t.last_offset);
        before = t;
    }
    return ERR_OK;
}

err_t txn_index_read(struct fs *fs, const char *dir, int64_t base, struct buf *ret, struct why *reterr)
{
    struct path p = path_of(dir, base, FILE_TXNINDEX, FILE_LIVE);
    struct why inner = { "" };
    err_t e;

    e = fs_read_all(fs, p.text, TXN_INDEX_BYTES_MAX, ret);
    if (e == ERR_NOT_FOUND)
        return ERR_OK;
    if (!e)
        e = txn_index_check(buf_slice(ret), base, &inner);
    return e ? why(reterr, e, "%.120s: %.240s", p.text, inner.text[0] ? inner.text : err_text(e)) : ERR_OK;
}

err_t txn_index_append(struct fs *fs, const char *dir, int64_t base, int64_t size,
                       const struct aborted_txn *t)
{
    struct path p = path_of(dir, base, FILE_TXNINDEX, FILE_LIVE);
    OWNED_BUF entry = { 0 };
    int fd = -1;
    err_t e;

    txn_entry_put(&entry, t);
    e = fs_open(fs, p.text, O_RDWR | O_CREAT, 0644, &fd);
    if (e)
        return e;
    e = fs_pwrite(fs, fd, entry.p, entry.n, size);
    if (e) /* a torn entry would be taken for damage */
        (void)fs_truncate(fs, fd, size);
    (void)fs_close(fs, fd);
    return e;
}

err_t txn_index_truncate(struct fs *fs, const char *dir, int64_t base, int64_t offset)
{
    struct path p = path_of(dir, base, FILE_TXNINDEX, FILE_LIVE);
    OWNED_BUF file = { 0 };
    struct aborted_txn t;
    size_t keep = 0;
    int fd = -1;
    err_t e;

    if (!fs_exists(p.text))
        return ERR_OK;
    e = txn_index_read(fs, dir, base, &file, NULL);
    if (e)
        return e;
    while (txn_entry_get(buf_slice(&file), keep, &t) && t.last_offset < offset)
        keep++;
    e = fs_open(fs, p.text, O_RDWR, 0, &fd);
    if (e)
        return e;
    e = fs_truncate(fs, fd, (int64_t)keep * TXN_ENTRY);
    (void)fs_close(fs, fd);
    return e;
}

bool txn_index_collect(struct slice file, int64_t offset, int64_t upper, struct buf *ret)
{
    struct aborted_txn t;

    for (size_t i = 0; txn_entry_get(file, i, &t); i++) {
        if (t.last_offset >= offset && t.first_offset < upper)
            txn_entry_put(ret, &t);
        if (t.last_stable_offset >= upper)
            return true;
    }
    return false;
}

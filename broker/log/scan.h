/* scan - walks the batches of a file by their heads, reading through a buffer.
 *
 * The buffer is the caller's: a few KiB on the stack to find a batch, more to check
 * checksums. Nothing is allocated. */
#ifndef KLAMM_BROKER_LOG_SCAN_H
#define KLAMM_BROKER_LOG_SCAN_H

#include "broker/log/head.h"
#include "common/err.h"
#include "common/fs.h"

enum { SCAN_STACK_BYTES = 4096, SCAN_HEAP_BYTES = 64 * 1024 };

struct scan {
    struct fs *fs;
    int fd;
    int64_t pos, end;   /* of the batch scan_next shows, and of the file's batches */
    uint8_t *buf;
    size_t cap;
    int64_t buf_pos;
    size_t buf_n;
};

void scan_init(struct scan *s, struct fs *fs, int fd, int64_t pos, int64_t end, void *buf, size_t cap);
/* The head at s->pos; s->pos stays. ERR_AGAIN at the end, ERR_CORRUPT when what is
 * there is no batch or runs over the end. */
err_t scan_next(struct scan *s, struct head *ret);
/* Reads the batch at s->pos through; ERR_CORRUPT on a wrong checksum. */
err_t scan_check_crc(struct scan *s, const struct head *h);
/* Up to `n` bytes at `pos`, as much as the buffer holds of them; borrowed until the next call. */
err_t scan_bytes(struct scan *s, int64_t pos, size_t n, const uint8_t **ret, size_t *ret_n);

static inline void scan_skip(struct scan *s, const struct head *h)
{
    s->pos += h->size;
}

/* The first whole, good batch that begins in (from, end) and whose offset is at least
 * `offset`; -1 when there is none. For judging damage: reads all, slowly. */
err_t scan_find_good(struct scan *s, int64_t from, int64_t offset, int64_t *ret_pos);

#endif

/* batch_file - a file of record batches between a header and a footer control batch:
 * bootstrap.checkpoint and the snapshots <offset>-<epoch>.checkpoint of the metadata log.
 *
 *   [control: SNAPSHOT_HEADER (+ KRAFT_VERSION, KRAFT_VOTERS)]
 *   [data batches, offsets on from there]
 *   [control: SNAPSHOT_FOOTER]
 *
 * Offsets begin at 0 and have no gaps; every batch carries the snapshot's epoch (0 for
 * bootstrap). What the records mean is the raft's and the controller's business. */
#ifndef KLAMM_BROKER_LOG_BATCH_FILE_H
#define KLAMM_BROKER_LOG_BATCH_FILE_H

#include "common/buf.h"
#include "common/err.h"
#include "common/fs.h"
#include "common/slice.h"

enum { BATCH_FILE_BYTES_MAX = 1 << 30 };

/* Builds the file's bytes. begin; records of one batch at a time; end. */
struct batch_file_writer {
    struct buf *out;      /* kept until the end */
    int64_t next_offset;
    int32_t epoch;
    int64_t now_ms;       /* CreateTime of every record */
};

struct batch_record {
    struct slice key;     /* p == NULL is null */
    struct slice value;
};

void batch_file_begin(struct batch_file_writer *w, struct buf *out, int32_t epoch, int64_t now_ms);
/* One batch of `count` > 0 records; `control` marks it a control batch. */
void batch_file_put(struct batch_file_writer *w, const struct batch_record *r, int count, bool control);
/* The header with the log timestamp of the last record it contains (0 for bootstrap);
 * `more` are further control records of that first batch (KRAFT_VERSION, KRAFT_VOTERS). */
void batch_file_put_header(struct batch_file_writer *w, int64_t last_contained_ms,
                           const struct batch_record *more, int more_n);
void batch_file_put_footer(struct batch_file_writer *w);

/* Checks every CRC, that offsets run on from 0, that the first record is a
 * SNAPSHOT_HEADER and the last batch a SNAPSHOT_FOOTER. ERR_CORRUPT names the place. */
err_t batch_file_check(struct slice file, struct why *reterr);
/* Walks the batches of checked bytes: *at starts at 0; false at the end. */
bool batch_file_next(struct slice file, size_t *at, struct slice *ret_batch);

/* Reads and checks. ERR_NOT_FOUND, ERR_CORRUPT, ERR_TOO_LARGE. */
err_t batch_file_read(struct fs *fs, const char *path, struct buf *ret, struct why *reterr);
/* `path`.part, sync, rename to `path`, sync the directory. */
err_t batch_file_write(struct fs *fs, const char *path, struct slice content);

#endif

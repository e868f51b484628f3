/* clean_write - one segment that compaction makes: <base>.log.cleaned with its indexes.
 *
 * Entries are placed as appends place them (index.h). Nothing is seen of it before log_clean_end
 * renames it; a crash leaves .cleaned files, which the next start removes.
 *
 * For one thread. */
#ifndef KLAMM_BROKER_LOG_CLEAN_WRITE_H
#define KLAMM_BROKER_LOG_CLEAN_WRITE_H

#include "broker/log/head.h"
#include "common/buf.h"
#include "common/err.h"
#include "common/fs.h"

struct clean_writer {
    struct fs *fs;
    const char *dir;      /* kept */
    int64_t base;
    int fd;
    int32_t index_interval;
    int64_t written;      /* bytes in the file */
    struct buf out;       /* behind them */
    struct buf offsets, times, aborted; /* the indexes, whole */
    int64_t next;         /* one past the last offset */
    int64_t last_offset_entry, last_time_entry;
    int64_t max_timestamp, max_timestamp_offset;
    uint32_t since_entry;
};

err_t clean_writer_open(struct clean_writer *w, struct fs *fs, const char *dir, int64_t base,
                        int32_t index_interval);
/* The batches in w->out from `at` on are new; written out now and then. */
err_t clean_writer_put(struct clean_writer *w, size_t at);
/* Everything to the device, with `mtime_ms` as the time of its last change. */
err_t clean_writer_finish(struct clean_writer *w, int64_t mtime_ms);
/* Closes, and frees; `keep` false removes the files. */
void clean_writer_done(struct clean_writer *w, bool keep);

static inline int64_t clean_writer_size(const struct clean_writer *w)
{
    return w->written + (int64_t)w->out.n;
}

#endif

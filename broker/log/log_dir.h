/* log_dir - one of log.dirs: its lock, identity, checkpoints and partitions.
 *
 *   new (lock, read and drop .kafka_cleanshutdown, read checkpoints, list)
 *     -> open_partition / create ... close, delete, set_aside
 *     -> checkpoint, sweep, space_check now and then
 *     -> free(clean): checkpoints, then .kafka_cleanshutdown
 *
 * Names: <topic>-<partition>, split at the last '-'; .<32 hex>-delete, -stray, -future
 * behind them. A -future one is listed, unless the replica itself is here too: then it goes.
 * __cluster_metadata-0 is the raft's and passed over. A directory whose name does not parse
 * stops the start: it is not ours to touch.
 *
 * Threads: open_partition, close, delete and the logs themselves belong to the logs'
 * owners, who may be several; checkpoint, sweep, space_check may run on a background
 * thread. One mutex inside guards the register of open logs, held for no I/O of a log. */
#ifndef KLAMM_BROKER_LOG_LOG_DIR_H
#define KLAMM_BROKER_LOG_LOG_DIR_H

#include "broker/log/log.h"
#include "broker/log/meta.h"
#include "common/slice.h"

struct log_dir;

struct log_dir_options {
    struct fs *fs;             /* kept */
    const char *path;
    int64_t space_floor_bytes; /* below this much free space appends are refused */
    const char *limit_file;    /* how many bytes of logs it may hold, a number that may change at any time;
                                * NULL: as many as the file system */
    int64_t file_delete_delay_ms;
};

/* ERR_BUSY when another process holds .lock, ERR_INVALID for a foreign directory. */
err_t log_dir_new(const struct log_dir_options *o, struct log_dir **ret, struct why *reterr);
/* All logs are closed before. `clean`: every log_close(clean) was ERR_OK; writes the
 * checkpoints and .kafka_cleanshutdown with `broker_epoch`. Frees in any case. */
err_t log_dir_free(struct log_dir *d, bool clean, int64_t broker_epoch);

const char *log_dir_path(const struct log_dir *d);
bool log_dir_was_clean(const struct log_dir *d);
int64_t log_dir_broker_epoch(const struct log_dir *d); /* of the clean shutdown, or -1 */

/* What lay there at the start and is not opened, deleted or set aside yet. */
struct log_dir_entry {
    struct str topic;
    int32_t partition;
    struct uuid topic_id; /* zero when partition.metadata is missing or damaged */
    bool future;          /* log_dir_open_future's */
};
/* size_t at = 0; while (log_dir_entry(d, &at, &entry)) ...; in no order; names live as long
 * as the entry is neither deleted nor set aside, nothing is opened or closed meanwhile. */
bool log_dir_entry(const struct log_dir *d, size_t *at, struct log_dir_entry *ret);

/* Opens, with recovery as needed, or creates when `create` (a future one that nobody has opened goes
 * -stray for it). ERR_NOT_FOUND without it;
 * ERR_CONFLICT when the directory carries another topic id; ERR_CORRUPT as log_new. */
err_t log_dir_open_partition(struct log_dir *d, struct str topic, int32_t partition,
                             const struct uuid *topic_id, const struct log_config *config, bool create,
                             struct log **ret, struct why *reterr);
/* One that is there and damaged: what comes before the damage stays, all else is cut. Looked for
 * where opening would, and from `from` on. Only for who can have it again from elsewhere. */
err_t log_dir_repair_partition(struct log_dir *d, struct str topic, int32_t partition,
                               const struct uuid *topic_id, const struct log_config *config, int64_t from,
                               struct log **ret, struct why *reterr);
/* The same of one that is there, from any thread; it stays here until log_dir_open_partition takes it
 * (another topic id: ERR_CONFLICT then) or log_dir_close_ahead closes all that nobody took. */
err_t log_dir_open_ahead(struct log_dir *d, struct str topic, int32_t partition, const struct uuid *topic_id,
                         const struct log_config *config);
void log_dir_close_ahead(struct log_dir *d);
/* A second copy of a replica that lives in another directory, on its way here (KIP-113): named -future
 * until it takes the other's place. A directory holds a replica or its future one, and the checkpoints say
 * of either the same, so Apache Kafka reads them too. Opens the one that is there, else makes it: then the
 * checkpoints are written first, since a line of one that was here before would promise too much.
 * ERR_EXISTS when the replica itself is here, ERR_TOO_LARGE when the topic's name has no room for the
 * suffix. All else as log_dir_open_partition; log_dir_close_partition and _delete_partition serve it too. */
err_t log_dir_open_future(struct log_dir *d, struct str topic, int32_t partition, const struct uuid *topic_id,
                          const struct log_config *config, struct log **ret, struct why *reterr);
bool log_dir_future_name_fits(struct str topic, int32_t partition);
/* It is the replica's log from now on, over a power cut too. After an error the name may be either. */
err_t log_dir_promote_future(struct log_dir *d, struct log *l);
/* A replica or future one lies here, open or not. */
bool log_dir_has(struct log_dir *d, struct str topic, int32_t partition, bool future);
/* Closes; its offsets stay for the next checkpoint. */
err_t log_dir_close_partition(struct log_dir *d, struct log *l, bool clean);
/* Closes and renames to .<uuid>-delete; log_dir_sweep removes it. */
err_t log_dir_delete_partition(struct log_dir *d, struct log *l);
/* A directory that is not open and not (or no more) ours: renamed -stray or -delete. */
err_t log_dir_set_aside(struct log_dir *d, struct str topic, int32_t partition, bool stray);

/* Writes recovery-point-, replication- and log-start-offset-checkpoint. */
err_t log_dir_checkpoint(struct log_dir *d);
/* Removes what is due, a few files per call; true when more is due at once. */
bool log_dir_sweep(struct log_dir *d, int64_t now_ms);
/* What the file system has left, or what the limit leaves when that is less; sets or clears the refusal of
 * appends. A limit file that is not there or holds no number changes nothing. Cheap, call once a second
 * and after ERR_NO_SPACE. */
err_t log_dir_space_check(struct log_dir *d, int64_t *ret_free, int64_t *ret_total);
/* The same for whoever is told it as a figure: the logs are counted, however far the limit is. */
err_t log_dir_space(struct log_dir *d, int64_t *ret_free, int64_t *ret_total);
bool log_dir_no_space(const struct log_dir *d);

#endif

/* checkpoint - Kafka's small text files.
 *
 *   offset checkpoints                    leader-epoch-checkpoint      partition.metadata
 *     0                                     0                            version: 0
 *     <count>                               <count>                      topic_id: <22 chars>
 *     <topic> <partition> <offset>          <epoch> <start offset>
 *     ...                                   ...
 *
 * Readers refuse what does not parse to the letter, with a sentence: a checkpoint that
 * is believed half is worse than none. */
#ifndef KLAMM_BROKER_LOG_CHECKPOINT_H
#define KLAMM_BROKER_LOG_CHECKPOINT_H

#include "common/buf.h"
#include "common/err.h"
#include "common/fs.h"
#include "common/uuid.h"

enum { CHECKPOINT_BYTES_MAX = 64 * 1024 * 1024 };

#define CHECKPOINT_RECOVERY_POINT "recovery-point-offset-checkpoint"
#define CHECKPOINT_HIGH_WATERMARK "replication-offset-checkpoint"
#define CHECKPOINT_LOG_START "log-start-offset-checkpoint"
#define CHECKPOINT_CLEANER "cleaner-offset-checkpoint"
#define CHECKPOINT_EPOCHS "leader-epoch-checkpoint"
#define PARTITION_METADATA "partition.metadata"

typedef void (*offset_entry_fn)(void *arg, struct str topic, int32_t partition, int64_t offset);
/* ERR_CORRUPT names the line; `each` may have seen the lines before it. */
err_t offset_checkpoint_parse(struct str text, offset_entry_fn each, void *arg, struct why *reterr);
void offset_checkpoint_put(struct buf *lines, struct str topic, int32_t partition, int64_t offset);
/* The head in front of `count` lines. */
void checkpoint_head(struct buf *out, int64_t count);

struct epoch_entry {
    int32_t epoch;
    int64_t start;
};
/* New memory in *ret; entries ascend in both. */
err_t epoch_checkpoint_parse(struct str text, struct epoch_entry **ret, uint32_t *ret_n, struct why *reterr);
void epoch_checkpoint_print(const struct epoch_entry *entries, uint32_t n, struct buf *out);

err_t partition_metadata_parse(struct str text, struct uuid *ret, struct why *reterr);
void partition_metadata_print(const struct uuid *topic_id, struct buf *out);

/* `path`.tmp, rename over `path`, no sync: survives the process, not the machine. For files
 * that the next flush of their log makes durable. */
err_t checkpoint_replace_soft(struct fs *fs, const char *path, struct slice content);

#endif

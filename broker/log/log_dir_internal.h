/* log_dir_internal - struct log_dir, shared by log_dir.c (start, checkpoints, space) and
 * log_dir_parts.c (open, close, delete, set aside). Nobody else includes it. */
#ifndef KLAMM_BROKER_LOG_LOG_DIR_INTERNAL_H
#define KLAMM_BROKER_LOG_LOG_DIR_INTERNAL_H

#include <pthread.h>

#include "broker/log/log_dir.h"
#include "broker/log/trash.h"
#include "common/map.h"

/* A partition's directory; its checkpoint lines live here while its log is not open. */
struct part {
    char *key;              /* <topic>-<partition>: what `parts` knows it by */
    char *name;             /* of the directory: `key`, or a future one's */
    struct str topic;       /* into key */
    int32_t partition;
    bool future;            /* a replica of another directory on its way here */
    bool busy;              /* some thread opens, closes or removes it */
    bool clean;             /* its log was closed cleanly when it was last closed */
    bool unrecovered;       /* lay there at the start and was not opened since */
    struct uuid topic_id;
    struct log *log;        /* NULL: not open */
    bool ahead;             /* `log` waits for log_dir_open_partition */
    int64_t recovery_point, high_watermark, log_start;
};

struct log_dir {
    struct fs *fs;
    char *path;
    int lock_fd;
    bool clean;
    bool rebooted;          /* atomic; until all that lay there is recovered */
    int64_t broker_epoch;
    int64_t floor, delete_delay_ms;
    char *limit_file;       /* or NULL */
    int64_t limit, used;    /* bytes of logs, when last counted */
    unsigned looks;         /* since then */
    struct log_trash *trash;
    bool no_space;          /* atomic */
    pthread_mutex_t lock;   /* parts and what they hold */
    pthread_mutex_t writing; /* one writer of checkpoints at a time */
    struct map parts;
    int open_n;
};

/* With the lock held. NULL when there is none and `create` is false. */
struct part *log_dir_part(struct log_dir *d, struct str topic, int32_t partition, bool create);
/* The part whose log it is, registered or being opened. */
struct part *log_dir_part_of(struct log_dir *d, const struct log *l);
/* Its directory has another name now. */
void log_dir_rename_part(struct part *p, const char *name, bool future);
void log_dir_forget(struct log_dir *d, struct part *p);
/* The next opening looks at all batches from `from` on. */
err_t log_dir_distrust(struct log_dir *d, struct part *p, int64_t from);
/* The log's `lowered`: `arg` is the log_dir. */
err_t log_dir_lowered(void *arg, struct log *l, int64_t recovery_point);

#endif

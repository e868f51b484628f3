/* groups_internal - for broker/server/groups*.c alone. */
#ifndef KLAMM_BROKER_SERVER_GROUPS_INTERNAL_H
#define KLAMM_BROKER_SERVER_GROUPS_INTERNAL_H

#include "broker/server/broker.h"
#include "broker/server/groups.h"
#include "broker/server/log_loader.h"

struct coordinator {
    struct broker *b;
    struct group_config config;
    int16_t codec;               /* offsets.topic.compression.codec */
    int64_t commit_ms_max;       /* offsets.commit.timeout.ms */
    struct group_shard **shards; /* by partition; NULL: not led here */
    int32_t shards_n;
    struct log_loader loader;
    struct list waiting; /* group_ask.by_time: for the high watermark */
    struct loop_timer timeout;
    struct list share_jobs; /* share_job.node */
};

/* One led partition. */
struct group_shard {
    struct coordinator *g;
    struct partition *p;
    struct groups *core;
    bool active;
    struct log_load load;
    struct loop_timer timer; /* the core's earliest */
    struct list notes;       /* commit_note.node */
    struct loop_task tell;   /* the core of notes that are due */
    struct buf batch;
};

#endif

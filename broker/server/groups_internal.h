/* groups_internal - for broker/server/groups*.c alone. */
#ifndef KLAMM_BROKER_SERVER_GROUPS_INTERNAL_H
#define KLAMM_BROKER_SERVER_GROUPS_INTERNAL_H

#include "broker/server/broker.h"
#include "broker/server/groups.h"

struct coordinator {
    struct broker *b;
    struct group_config config;
    int16_t codec;              /* offsets.topic.compression.codec */
    int64_t commit_ms_max;      /* offsets.commit.timeout.ms */
    struct group_shard **shards; /* by partition; NULL: not led here */
    int32_t shards_n;
    struct list loading;        /* group_shard.loading */
    struct loop_timer load;
    struct list waiting;        /* group_ask.by_time: for the high watermark */
    struct loop_timer timeout;
};

/* One led partition. */
struct group_shard {
    struct coordinator *g;
    struct partition *p;
    struct groups *core;
    bool active;
    struct list loading;
    int64_t load_at;            /* the next offset to read */
    int64_t begun_ms;
    int64_t records_n;          /* loaded */
    struct loop_timer timer;    /* the core's earliest */
    struct list notes;          /* commit_note.node */
    struct loop_task tell;      /* the core of notes that are due */
    struct buf batch;
};

/* groups_load.c: reads on, at most as long as a turn may take. */
void shard_load_begin(struct group_shard *sh);
void shard_load_stop(struct group_shard *sh);
void coordinator_load(struct loop_timer *t);

/* groups.c */
void shard_loaded(struct group_shard *sh);

#endif

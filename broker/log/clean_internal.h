/* clean_internal - struct clean, shared by clean.c (owner's thread) and clean_run.c (any). */
#ifndef KLAMM_BROKER_LOG_CLEAN_INTERNAL_H
#define KLAMM_BROKER_LOG_CLEAN_INTERNAL_H

#include "broker/log/clean.h"
#include "broker/log/clean_batch.h"
#include "broker/log/log_internal.h"
#include "common/buf.h"

/* A segment to be cleaned, as it was at the begin. */
struct clean_source {
    struct segment *s;    /* a reference: who it is, never looked into by log_clean_run */
    int64_t base, next, size;
    int64_t index_bytes;  /* of its offset index, roughly */
    uint32_t cut;
};

/* Sources that became one segment. */
struct clean_group {
    uint32_t first, n;
    bool unchanged;       /* one source, every batch as it was: not written */
    int64_t size, next, max_timestamp, max_timestamp_offset;
};

struct clean {
    struct fs *fs;
    char *dir;
    struct log_config config;
    struct clean_options o;
    struct clean_producer *producers; /* by id */
    struct clean_source *sources;
    uint32_t sources_n;
    int64_t first_dirty, limit;
    struct buf aborted;               /* entries that touch what will be read */
    struct clean_seeds seeds;
    struct clean_map map;
    struct clean_group *groups;
    uint32_t groups_n;
    int64_t read_bytes, written_bytes;
};

#endif

/* offsets - what a group has committed.
 *
 *   topic name -> entries by partition
 *
 * Written by the apply of records alone. Owned by the group. */
#ifndef KLAMM_BROKER_GROUP_OFFSETS_H
#define KLAMM_BROKER_GROUP_OFFSETS_H

#include "common/map.h"
#include "common/uuid.h"

struct offset_entry {
    int32_t partition;
    int32_t leader_epoch; /* -1 unknown */
    int64_t offset;
    int64_t commit_ms;    /* wall clock */
    int64_t expire_ms;    /* -1: by the group's retention */
    int64_t at;               /* the offset behind its record in the log */
    struct uuid topic_id; /* zero: not known when it was committed */
    struct str metadata;  /* owned; p == NULL is empty */
};

struct topic_offsets {
    struct str topic;             /* owned */
    struct offset_entry *entries; /* by partition */
    int32_t n, capacity;
};

/* The zero struct is empty. */
struct offsets {
    struct map topics; /* topic_offsets by name */
    size_t n;          /* entries of all */
};

void offsets_done(struct offsets *o);
/* `e->metadata` is copied. */
void offsets_set(struct offsets *o, struct str topic, const struct offset_entry *e);
void offsets_remove(struct offsets *o, struct str topic, int32_t partition);
/* NULL when there is none. */
const struct offset_entry *offsets_get(const struct offsets *o, struct str topic,
                                       int32_t partition);
const struct topic_offsets *offsets_topic(const struct offsets *o, struct str topic);
/* In no order; `at` starts at 0, NULL ends. No change meanwhile. */
const struct topic_offsets *offsets_next(const struct offsets *o, size_t *at);

#endif

/* assignment - a set of partitions: topics by id, partitions in order, each with the epoch at
 * which it was assigned (KIP-1251; 0 unknown).
 *
 * The zero struct is empty. Sets are values: operations make new ones, which the caller owns.
 * No topic without partitions. */
#ifndef KLAMM_BROKER_GROUP_ASSIGNMENT_H
#define KLAMM_BROKER_GROUP_ASSIGNMENT_H

#include "common/arena.h"
#include "common/uuid.h"

struct assigned_topic {
    struct uuid id;
    int32_t n;
    int32_t *partitions; /* ascending; the epochs lie behind them in the same memory */
    int32_t *epochs;
};

struct assignment {
    struct assigned_topic *topics; /* ascending ids */
    int32_t n;
};

void assignment_done(struct assignment *a);
struct assignment assignment_copy(const struct assignment *a);
/* The sum of topics' partitions. */
int32_t assignment_size(const struct assignment *a);

/* Builds one: topics and partitions in any order, also repeated; a later epoch replaces. */
void assignment_add(struct assignment *a, const struct uuid *id, int32_t partition, int32_t epoch);
/* A run of partitions of a topic that is not there yet, ascending; `epochs` NULL: all zero. */
void assignment_add_topic(struct assignment *a, const struct uuid *id, const int32_t *partitions,
                          const int32_t *epochs, int32_t n);

/* Any run: in order and of a new topic at the cost of a copy. */
void assignment_put(struct assignment *a, const struct uuid *id, const int32_t *partitions,
                    const int32_t *epochs, int32_t n);

const struct assigned_topic *assignment_topic(const struct assignment *a, const struct uuid *id);
bool assignment_has(const struct assignment *a, const struct uuid *id, int32_t partition);
/* The epoch of a partition; -1 when it is not there. */
int32_t assignment_epoch(const struct assignment *a, const struct uuid *id, int32_t partition);

/* Epochs are those of `a`. */
struct assignment assignment_and(const struct assignment *a, const struct assignment *b);
struct assignment assignment_minus(const struct assignment *a, const struct assignment *b);
struct assignment assignment_or(const struct assignment *a, const struct assignment *b);
bool assignment_within(const struct assignment *a, const struct assignment *b); /* a is part of b */
bool assignment_eq(const struct assignment *a,
                   const struct assignment *b); /* epochs do not count */
bool assignment_same(const struct assignment *a, const struct assignment *b); /* epochs count */
void assignment_set_epochs(struct assignment *a, int32_t epoch);

#endif

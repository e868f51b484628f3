/* model_log - what __cluster_metadata and its snapshots are to raft: entries, epochs, what is
 * durable. Rules are those of broker/raft/metadata_log.h.
 *
 * Invariants: snapshot.end >= base.end == start; start <= synced <= end. */
#ifndef KLAMM_TESTS_SIM_MODEL_LOG_H
#define KLAMM_TESTS_SIM_MODEL_LOG_H

#include "broker/raft/metadata_log.h"

enum entry_kind { ENTRY_VALUE, ENTRY_LEADER, ENTRY_VOTERS };

struct entry {
    int32_t epoch;
    int16_t kind;
    bool more;      /* the batch goes on with the next entry */
    uint64_t value; /* ENTRY_VALUE: any; ENTRY_LEADER: who; ENTRY_VOTERS: the set (quorum.h) */
};

/* All that lies below `end`, in short. */
struct model_snapshot {
    int64_t end;
    int32_t epoch;         /* of its last entry */
    uint64_t hash;         /* of all entries */
    uint64_t voters;       /* in force at its end */
    int64_t voters_offset; /* -1: those of the bootstrap */
};

struct model_log {
    struct entry *v; /* owned; by offset. Below `start` nobody but the checks may look */
    int64_t capacity, start, end, synced;
    struct model_snapshot base;     /* at `start` */
    struct model_snapshot snapshot; /* the newest */
};

/* Empty, with the voters that the storage was formatted with. */
void model_log_init(struct model_log *l, uint64_t voters);
void model_log_done(struct model_log *l);
void model_log_copy(struct model_log *to, const struct model_log *from);

uint64_t entry_hash(uint64_t before, const struct entry *e);
void model_log_append(struct model_log *l, struct entry e);
/* The end of the last whole batch that ends at or below `end`. */
int64_t model_log_whole(const struct model_log *l, int64_t end);
/* Cut back to `end`, durable. end >= start. */
void model_log_truncate(struct model_log *l, int64_t end);
/* Empty behind `s`, durable. */
void model_log_restart(struct model_log *l, const struct model_snapshot *s);
/* Of what is below `end`; start <= end <= l->end. */
struct model_snapshot model_log_snapshot(const struct model_log *l, int64_t end);
/* The log's start rises to the newest snapshot. */
void model_log_retain(struct model_log *l);

int32_t model_log_last_epoch(const struct model_log *l);
/* The set in force at `end`, and where it was appended. */
uint64_t model_log_voters_at(const struct model_log *l, int64_t end, int64_t *ret_offset);
static inline uint64_t model_log_voters(const struct model_log *l, int64_t *ret_offset)
{
    return model_log_voters_at(l, l->end, ret_offset);
}
/* Kafka's endOffsetForEpoch, metadata_log_end_for_epoch. */
struct snapshot_id model_log_end_for_epoch(const struct model_log *l, int32_t epoch);
enum fetch_place model_log_validate(const struct model_log *l, int64_t offset, int32_t epoch,
                                    struct snapshot_id *ret);

#endif

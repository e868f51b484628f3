/* share_states - the share coordinator of one partition of __share_group_state: a pure core. It
 * keeps, for every share partition (group, topic id, partition), which records were delivered with
 * what end. The shell is broker/server/share_coordinator.h.
 *
 *   log --share_states_apply*--> [ share_states_decide_x --> decision ] ...
 *                                     record --the shell appends it--> share_states_apply
 *                                     answer: when the high watermark is at decision.required
 *
 *   records   ShareSnapshot: all of a key's state    ShareUpdate: what one write changed
 *             S(epoch 0) U U U ... U S(epoch 1) U U ...    null value: the key is gone
 *
 * Decide, then apply: a decision changes nothing; share_states_apply is the only writer and runs
 * alike in load and after an append. What lies below the latest snapshots of all keys is needed no
 * more (share_states_needed): the shell deletes it.
 *
 * Records and rules are those of Apache Kafka 4.3's share coordinator (KIP-932).
 *
 * Invariants (share_states_check):
 *   C1  a state's batches are legal (share_batches.h) and lie at or above its start
 *   C2  the applied state is a function of the log
 *
 * No I/O, no clock, no randomness: time comes with the call. */
#ifndef KLAMM_BROKER_SHARE_SHARE_STATES_H
#define KLAMM_BROKER_SHARE_SHARE_STATES_H

#include "broker/share/share_batches.h"
#include "common/buf.h"
#include "common/err.h"
#include "common/map.h"
#include "common/uuid.h"

struct share_key {
    struct str group;
    struct uuid topic;
    int32_t partition;
};

/* One share partition's. */
struct share_kept {
    int32_t snapshot_epoch, state_epoch, leader_epoch;
    int64_t start;         /* -1: not known yet, the group's reset policy decides */
    int32_t complete_n;    /* records in final states at or above start, as the writer says; -1 */
    int64_t created_ms, written_ms;
    struct share_batches batches;
    int32_t updates_n;     /* since the last snapshot */
    int64_t snapshot_offset; /* of the last snapshot's record */
    int64_t required;      /* end of its last record: what answers wait for */
};

struct share_states {
    struct map keys;
    int32_t updates_max; /* share.coordinator.snapshot.update.records.per.snapshot */
};

/* What came of a question. With `write` the record is to be appended, applied, and the answer given
 * when the high watermark is behind it; without, when it is at `required`. */
struct share_decision {
    int16_t error;       /* of the Kafka protocol */
    const char *message; /* with an error; static */
    bool write;
    struct buf key, value; /* an empty value: a tombstone */
    int64_t required;      /* -1: nothing */
    /* The answer of read and summary; `batches` is the state's own or NULL: borrowed until the next
     * apply. */
    int32_t state_epoch, leader_epoch;
    int64_t start;
    int32_t complete_n;
    const struct share_batches *batches;
};
void share_decision_done(struct share_decision *d);
#define OWNED_SHARE_DECISION \
    __attribute__((cleanup(share_decision_done))) struct share_decision

/* WriteShareGroupState for one share partition. */
struct share_write {
    int32_t state_epoch, leader_epoch; /* -1: not checked */
    int64_t start;                     /* -1: unchanged */
    int32_t complete_n;                /* -1: not said */
    const struct share_batch *batches; /* any order; later ones win */
    int32_t batches_n;
};

struct share_states *share_states_new(int32_t updates_max);
/* NULL is fine; returns NULL. */
struct share_states *share_states_free(struct share_states *s);

/* Initialise: a group begins at `start`, or with -1 where its policy says. The latter changes nothing
 * when the group has begun, the former when it has begun in this state epoch (whoever alters a group's
 * offsets makes a new one): questions that are asked again, by the next coordinator too, come late.
 * (Apache begins anew.)
 *
 * All four: INVALID_REQUEST for a zero topic id, a negative partition; for a key that was never
 * initialised but by initialise and summary; FENCED_LEADER_EPOCH, FENCED_STATE_EPOCH for older
 * epochs than known. */
struct share_decision share_states_decide_initialize(const struct share_states *s,
                                                     const struct share_key *k, int32_t state_epoch,
                                                     int64_t start, int64_t wall_ms);
struct share_decision share_states_decide_write(const struct share_states *s,
                                                const struct share_key *k,
                                                const struct share_write *w, int64_t wall_ms);
/* Records a newer leader epoch before it answers. */
struct share_decision share_states_decide_read(const struct share_states *s,
                                               const struct share_key *k, int32_t leader_epoch);
/* Of an unknown key: start -1, no error. */
struct share_decision share_states_decide_summary(const struct share_states *s,
                                                  const struct share_key *k);
struct share_decision share_states_decide_delete(const struct share_states *s,
                                                 const struct share_key *k);
/* What a key's state is, anew: so that older records are needed no more. */
struct share_decision share_states_decide_snapshot(const struct share_states *s,
                                                   const struct share_key *k, int64_t wall_ms);

/* A record of the log at `offset`; value.p NULL is a tombstone. ERR_UNSUPPORTED: of an unknown kind
 * or version, skipped; ERR_CORRUPT: it does not parse. An update of a key that is not there is
 * passed over: its snapshot was cut off, as the key is deleted further on. */
err_t share_states_apply(struct share_states *s, struct slice key, struct slice value,
                         int64_t offset);

/* Records below are needed by no key; INT64_MAX without keys. */
int64_t share_states_needed(const struct share_states *s);
/* Keys in turn, for snapshots and deletions: `at` starts at 0; no change meanwhile. */
const struct share_kept *share_states_next(const struct share_states *s, size_t *at,
                                           struct share_key *ret);
const struct share_kept *share_states_find(const struct share_states *s, const struct share_key *k);

void share_states_check(const struct share_states *s);
/* What is a function of the log, a line a key, sorted: for comparing. */
void share_states_dump(const struct share_states *s, struct buf *ret);

#endif

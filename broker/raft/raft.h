/* raft - the pure core of KRaft: who leads, in which epoch, and what is committed.
 *
 *   UNATTACHED --start, alone--> [persist epoch+1, vote] --> LEADER
 *
 * step(state, event) -> effects, in the order in which they must happen: a RAFT_PERSIST
 * stands before whatever rests on it, so nothing is said that a crash could unsay.
 *
 *   R1  the epoch never goes back; within an epoch the vote never changes
 *   R2  the high watermark never goes back and is at most what this voter has durable
 *   R3  it is unknown (-1) until a record of the leader's own epoch is committed
 *
 * This release leads a quorum of one voter; observers fetch from it. Voter positions and
 * the majority rule are those of any number of voters. */
#ifndef KLAMM_BROKER_RAFT_RAFT_H
#define KLAMM_BROKER_RAFT_RAFT_H

#include "broker/raft/metadata_log.h"

enum { RAFT_REPLICAS_MAX = 256, RAFT_EFFECTS_MAX = 4, RAFT_OBSERVER_EXPIRY_MS = 300000 };
enum raft_state { RAFT_UNATTACHED, RAFT_LEADER, RAFT_STATES };

/* A follower or observer as the leader sees it. */
struct raft_replica {
    int32_t id;
    struct uuid directory_id;
    int64_t end_offset;               /* -1 unknown */
    int64_t fetched_ms, caught_up_ms; /* wall; -1 never */
    int64_t end_at_fetch;             /* the leader's end when it last fetched */
};

struct raft {
    int32_t id;
    struct uuid directory_id;
    int32_t voters[32];
    unsigned voters_n;
    enum raft_state state;
    struct quorum_state durable; /* as last persisted */
    int64_t epoch_start, end, flushed, high_watermark;
    struct raft_replica replicas[RAFT_REPLICAS_MAX];
    unsigned replicas_n;
};

struct raft_event {
    enum { RAFT_START, RAFT_APPENDED, RAFT_FLUSHED, RAFT_FETCHED } kind;
    struct quorum_state stored; /* START: the file, epoch -1 when there was none */
    int32_t log_epoch;          /* START */
    int64_t end;                /* START, APPENDED, FLUSHED: offset behind the last record */
    int32_t replica;            /* FETCHED */
    struct uuid directory_id;   /* FETCHED */
    int64_t offset, now_ms;     /* FETCHED */
};

struct raft_effect {
    enum {
        RAFT_PERSIST,        /* `state` durable before anything that follows */
        RAFT_LEAD,           /* append the LeaderChange of `state.epoch` */
        RAFT_HIGH_WATERMARK, /* it has advanced: answer, wake */
    } kind;
    struct quorum_state state;
};

struct raft_effects {
    struct raft_effect v[RAFT_EFFECTS_MAX];
    unsigned n;
};

void raft_init(struct raft *r, int32_t id, const struct uuid *directory_id, const int32_t *voters,
               unsigned voters_n);
/* `ret` is cleared first. */
void raft_step(struct raft *r, const struct raft_event *ev, struct raft_effects *ret);
void raft_check(const struct raft *r);

/* Kafka error for a request of another node at `epoch`: voter requests (Vote, Begin, End) know no
 * epoch above mine but by adopting it; leader requests demand mine. */
int16_t raft_check_leader_request(const struct raft *r, int32_t epoch);
int16_t raft_check_voter_request(const struct raft *r, int32_t epoch);

#endif

/* raft - the pure core of KRaft (KIP-595, 853, 996): who leads, in which epoch, what is committed.
 *
 *                  +--------- rejected or timed out ---------+
 *                  v                                         |
 *   UNATTACHED --timeout--> PROSPECTIVE --majority--> CANDIDATE --majority--> LEADER
 *        |                   ^   |  (pre-vote)    (epoch + 1)                   |
 *        | leader learnt     |   v                                    resigns, loses the majority
 *        +--------------> FOLLOWER <-- leader of a newer epoch --               v
 *                                                            RESIGNED --timeout--> UNATTACHED
 *
 * step(state, event) -> effects, in the order in which they must happen: a RAFT_PERSIST stands
 * before whatever rests on it, and `reply` is said after all effects, so nothing is said that a
 * crash could unsay.
 *
 *   R1  the epoch never goes back; within an epoch neither the vote nor a known leader changes
 *   R2  the high watermark never goes back, and what is below it is durable here
 *   R3  a leader's high watermark is unknown (-1 in answers) until its own epoch is committed
 *   R4  only a voter counts; who is voter changes with RAFT_VOTER_SET alone. Only a voter stands,
 *       and one whose removal or addition may be on its way: its log may be the only one to win
 *
 * A follower that notices its leader's death (RAFT_PEER_LOST) stands at once and grants pre-votes;
 * the others' pre-votes keep a live leader in office. Nothing is allocated; time is in the event.
 */
#ifndef KLAMM_BROKER_RAFT_RAFT_H
#define KLAMM_BROKER_RAFT_RAFT_H

#include "broker/raft/metadata_log.h"
#include "broker/raft/voters.h"
#include "common/rng.h"

enum { RAFT_REPLICAS_MAX = 256, RAFT_EFFECTS_MAX = 12, RAFT_OBSERVER_EXPIRY_MS = 300000 };

enum raft_state {
    RAFT_UNATTACHED,
    RAFT_PROSPECTIVE,
    RAFT_CANDIDATE,
    RAFT_LEADER,
    RAFT_FOLLOWER,
    RAFT_RESIGNED,
    RAFT_STATES
};

/* A zero directory is unknown and fits any (kraft.version 0). */
struct raft_key {
    int32_t id;
    struct uuid directory_id;
};

/* A follower or observer as the leader sees it; anew with every epoch. */
struct raft_replica {
    struct raft_key key;
    int64_t end_offset;               /* -1 unknown */
    int64_t active_ms;                /* monotonic, of its last fetch; -1 never */
    int64_t fetched_ms, caught_up_ms; /* wall; -1 never */
    int64_t end_at_fetch;             /* the leader's end when it last fetched */
};

enum raft_vote { RAFT_VOTE_OPEN, RAFT_VOTE_GRANTED, RAFT_VOTE_REJECTED, RAFT_VOTE_LOST };

struct raft_voter {
    struct raft_key key;
    enum raft_vote vote; /* PROSPECTIVE, CANDIDATE: what it said */
    bool ended;          /* RESIGNED: has acknowledged EndQuorumEpoch */
    int64_t retry_ms;    /* when it is asked again; for a leader, when BeginQuorumEpoch is due */
};

struct raft_options {
    struct raft_key self;
    int64_t election_timeout_ms; /* controller.quorum.election.timeout.ms */
    int64_t fetch_timeout_ms;    /* controller.quorum.fetch.timeout.ms */
    int64_t backoff_ms;          /* controller.quorum.election.backoff.max.ms */
    uint64_t seed;               /* of the timeouts' jitter */
    bool leaving; /* was a voter before the newest set of the log, and is not in that */
};

struct raft {
    struct raft_options o;
    struct rng rng;
    struct raft_voter voters[VOTERS_MAX]; /* ordered as given */
    unsigned voters_n;
    int64_t voters_offset; /* where the set was appended; -1 static or long committed */
    bool volunteer; /* not in the set, but its log may be the only one that can win: stands too */
    enum raft_state state;
    struct quorum_state durable; /* epoch and vote as last persisted; the leader, once known */
    int64_t deadline_ms;         /* of the state's timer; -1 none */
    int64_t check_quorum_ms;     /* LEADER: when the majority's silence is looked at; -1 never */
    int64_t led_since_ms;
    unsigned attempts; /* elections tried since a leader was last heard */
    bool fetched;      /* FOLLOWER: from this leader, and it has not been lost since */
    bool yielded;      /* has let another stand first, once in this state */
    int64_t fetched_ms; /* when it last did */
    int64_t epoch_start, end, flushed, high_watermark;
    int64_t committed; /* as the newest leader said; the high watermark follows what is durable */
    int32_t log_epoch; /* of the last record; 0 for none */
    struct raft_replica replicas[RAFT_REPLICAS_MAX];
    unsigned replicas_n;
};

struct raft_event {
    enum raft_event_kind {
        RAFT_START,     /* stored, end, log_epoch, offset (high watermark known from a snapshot) */
        RAFT_TICK,      /* raft_deadline has come */
        RAFT_APPENDED,  /* end, log_epoch: the log has grown (leader or follower) */
        RAFT_FLUSHED,   /* end: durable up to there */
        RAFT_TRUNCATED, /* end, log_epoch: cut back, or restarted at a snapshot, and durable */
        RAFT_COMMITTED, /* offset: what the leader says is committed; snapshots too */
        RAFT_VOTER_SET, /* voters, voters_n, offset of the record; at append and at truncation */
        RAFT_FETCHED,   /* from, offset, wall_ms: a valid Fetch of this epoch; offset -1 for a
                         * FetchSnapshot, which is activity only */
        RAFT_VOTE,      /* from, epoch, last_epoch, last_offset, prevote: a request */
        RAFT_VOTED,     /* from, epoch, leader, granted, prevote: the answer to mine. epoch is the
                         * answer's */
        RAFT_BEGIN,     /* epoch, leader: a BeginQuorumEpoch request */
        RAFT_END,       /* epoch, leader, position, count: an EndQuorumEpoch request; position is
                         * mine among the preferred candidates, -1 not there */
        RAFT_ENDED,     /* from: has answered my EndQuorumEpoch */
        RAFT_ANSWERED,  /* from, epoch, leader, granted: any other answer; granted: a fetch from the
                         * leader that succeeded */
        RAFT_PEER_LOST, /* from: its connection broke or could not be made */
        RAFT_RESIGN,    /* give up leading */
    } kind;
    int64_t now_ms; /* monotonic; every event */
    struct quorum_state stored;
    int64_t end, offset, wall_ms, last_offset;
    int32_t log_epoch, last_epoch;
    struct raft_key from;
    int32_t epoch;
    int32_t leader; /* -1: none, or none whose endpoint is known */
    bool prevote, granted;
    int position, count;
    const struct raft_key *voters; /* borrowed for the call */
    unsigned voters_n;
};

struct raft_effect {
    enum raft_effect_kind {
        RAFT_PERSIST,        /* `durable` on disk before anything that follows */
        RAFT_ROLE,           /* state, epoch or leader have changed: fetch from the new leader,
                              * answer who waits for the old */
        RAFT_LEAD,           /* append the LeaderChange of the epoch; `mask` voters granted it */
        RAFT_HIGH_WATERMARK, /* it has advanced: answer, wake, apply */
        RAFT_SEND_VOTE,      /* to the voters in `mask`; pre-votes when PROSPECTIVE */
        RAFT_SEND_BEGIN,     /* to the voters in `mask` */
        RAFT_SEND_END,       /* to the voters in `mask` */
    } kind;
    uint32_t mask; /* bit n: r->voters[n] */
    /* As of this effect; r may be further on already. */
    struct quorum_state durable;
    enum raft_state state;
};

struct raft_effects {
    struct raft_effect v[RAFT_EFFECTS_MAX];
    unsigned n;
    bool granted; /* RAFT_VOTE: the answer */
};

/* `voters` may be empty or without `self`: then this is an observer. */
void raft_init(struct raft *r, const struct raft_options *o, const struct raft_key *voters,
               unsigned voters_n);
/* `ret` is cleared first. The first event is RAFT_START. */
void raft_step(struct raft *r, const struct raft_event *ev, struct raft_effects *ret);
/* When RAFT_TICK is due, monotonic; -1 never. */
int64_t raft_deadline(const struct raft *r);
/* R1-R4, as far as a state shows them. */
void raft_check(const struct raft *r);

/* What a leader may say of the high watermark: -1 while R3 holds it back. */
int64_t raft_reported_high_watermark(const struct raft *r);

bool raft_key_fits(const struct raft_key *voter, const struct raft_key *x);
bool raft_is_voter(const struct raft *r, const struct raft_key *x);
/* The other voters, the one that has most first: EndQuorumEpoch's preferred candidates. */
unsigned raft_successors(const struct raft *r, struct raft_key ret[VOTERS_MAX]);
/* Where a follower cuts its log when the leader's diverges: `local` is where its own log ends for
 * `diverging.epoch` (epoch and offset). Never below the high watermark: -1 then, a lost quorum's
 * sign, and nothing may be cut. */
int64_t raft_truncation(const struct raft *r, struct snapshot_id diverging,
                        struct snapshot_id local);

/* Kafka error for a request of another node at `epoch`: voter requests (Vote, Begin, End) know no
 * epoch above mine but by adopting it; leader requests demand mine. */
int16_t raft_check_leader_request(const struct raft *r, int32_t epoch);
int16_t raft_check_voter_request(const struct raft *r, int32_t epoch);
/* May the leader change the voters by this one now (KIP-853)? REQUEST_TIMED_OUT (while another
 * change or the epoch is not committed, or the new one is not caught up), DUPLICATE_VOTER,
 * VOTER_NOT_FOUND. `wall_ms` against the replica's last fetches. */
int16_t raft_check_add_voter(const struct raft *r, const struct raft_key *x, int64_t wall_ms);
int16_t raft_check_remove_voter(const struct raft *r, const struct raft_key *x);
/* What REQUEST_TIMED_OUT is about: no other change is under way; the new one has fetched lately, and to
 * the log's end once. */
bool raft_voters_may_change(const struct raft *r);
bool raft_is_caught_up(const struct raft *r, const struct raft_key *x, int64_t wall_ms);

#endif

/* raft_internal - the core's own files.
 *
 *   raft.c           start, what is learnt of other epochs, the log's progress, the voter set
 *   raft_election.c  standing, voting, the timers of those without a leader
 *   raft_peers.c     leading: who has what, the high watermark, the majority's pulse */
#ifndef KLAMM_BROKER_RAFT_RAFT_INTERNAL_H
#define KLAMM_BROKER_RAFT_RAFT_INTERNAL_H

#include "broker/raft/raft.h"
#include "common/invariant.h"

enum {
    RAFT_NOBODY = -1,
    RAFT_NEVER = -1,
    RAFT_RETRY_MS = 50, /* until an unreachable voter is asked again */
};

/* raft.c */
void raft_emit(const struct raft *r, struct raft_effects *out, enum raft_effect_kind kind,
               uint32_t mask);
/* The only writer of r->state; `deadline_ms` absolute or RAFT_NEVER. Tells the shell. */
void raft_move(struct raft *r, enum raft_state state, int64_t deadline_ms,
               struct raft_effects *out);
void raft_persist(struct raft *r, struct quorum_state q, struct raft_effects *out);
void raft_become_unattached(struct raft *r, int64_t now_ms, int32_t epoch,
                            struct raft_effects *out);
void raft_become_follower(struct raft *r, int64_t now_ms, int32_t epoch, int32_t leader,
                          struct raft_effects *out);
void raft_become_resigned(struct raft *r, int64_t now_ms, struct raft_effects *out);
/* A message told of `epoch` and who leads it. */
void raft_learn(struct raft *r, int64_t now_ms, int32_t epoch, int32_t leader,
                struct raft_effects *out);
bool raft_votes(const struct raft *r);  /* am I a voter */
bool raft_stands(const struct raft *r); /* may I stand */
/* The voter that `x` is; NULL for others. */
struct raft_voter *raft_voter(struct raft *r, const struct raft_key *x);
bool raft_is_self(const struct raft *r, const struct raft_voter *v);
uint32_t raft_others(const struct raft *r); /* a mask of the voters but me */
unsigned raft_majority(const struct raft *r);
int64_t raft_election_timeout(struct raft *r); /* jittered, ms */

/* raft_election.c */
void raft_stand(struct raft *r, int64_t now_ms,
                struct raft_effects *out); /* now, pre-votes first */
void raft_elect_alone(struct raft *r, int64_t now_ms, struct raft_effects *out);
void raft_step_vote(struct raft *r, const struct raft_event *ev, struct raft_effects *out);
void raft_step_voted(struct raft *r, const struct raft_event *ev, struct raft_effects *out);
void raft_step_lost(struct raft *r, const struct raft_event *ev, struct raft_effects *out);
void raft_step_election_tick(struct raft *r, int64_t now_ms, struct raft_effects *out);
void raft_give_way(struct raft *r, int64_t now_ms, struct raft_effects *out); /* stands no more */

/* raft_peers.c */
void raft_become_leader(struct raft *r, int64_t now_ms, uint32_t granted, struct raft_effects *out);
void raft_advance(struct raft *r, int64_t now_ms, struct raft_effects *out);
void raft_step_fetched(struct raft *r, const struct raft_event *ev, struct raft_effects *out);
void raft_step_leader_tick(struct raft *r, int64_t now_ms, struct raft_effects *out);
int64_t raft_leader_deadline(const struct raft *r);

#endif

/* classic - a group of the classic protocol: its members agree on an assignment that one of them
 * makes.
 *
 *            join             all joined, or time          leader's sync is in the log
 *   EMPTY ---------> PREPARING ---------------> COMPLETING ---------------------------> STABLE
 *     ^                | ^ ^                       |                                      |
 *     '--no member-----' | '--join, leave, time----'                                      |
 *                        '--------------------join, leave, time----------------------------'
 *
 * Only what GroupMetadata holds is in the log: the members and assignment of a generation that
 * became stable, or that the group is empty. All the rest is soft and lost with the coordinator;
 * members then come back with JoinGroup.
 *
 * Invariants (classic_check):
 *   C1  EMPTY has no members, COMPLETING and STABLE have some and a protocol
 *   C2  the leader is a member; supported counts each member's protocols once
 *   C3  joining_n is the number of members with `joining`, syncing_n of those that owe a SyncGroup
 *   C4  a call parked as `join` waits in PREPARING, one parked as `sync` in COMPLETING */
#ifndef KLAMM_BROKER_GROUP_CLASSIC_H
#define KLAMM_BROKER_GROUP_CLASSIC_H

#include "broker/group/timers.h"
#include "common/list.h"
#include "common/map.h"

struct group;
struct group_call;
struct group_out;
struct step;
struct kf_join_group_request;
struct kf_group_metadata_value;

enum classic_state { CLASSIC_EMPTY, CLASSIC_PREPARING, CLASSIC_COMPLETING, CLASSIC_STABLE };

struct classic_protocol {
    struct str name; /* both owned */
    struct slice metadata;
};

struct classic_protocols {
    struct classic_protocol *p;
    int32_t n;
};

struct classic_member {
    struct list node;                                   /* classic.members, in order of arrival */
    struct str id, instance_id, client_id, client_host; /* owned; instance_id.p NULL: dynamic */
    int32_t rebalance_timeout_ms, session_timeout_ms;
    struct classic_protocols protocols;
    struct slice assignment; /* owned */
    struct group_call *join, *sync;
    bool joining; /* has joined the rebalance under way, also when its peer is gone */
    bool synced;  /* has asked for the assignment, likewise */
    bool syncing; /* owes a SyncGroup since the last join */
    bool is_new;  /* its first join is not answered yet */
    struct group_timer session;
};

/* A member id that was given out with MEMBER_ID_REQUIRED. */
struct classic_pending {
    struct list node;
    struct str id;
    struct group_timer timer;
};

struct classic_count {
    struct str name; /* owned */
    int32_t n;
};

struct classic {
    enum classic_state state, previous;
    int64_t state_ms;                   /* wall clock: since when; -1 unknown */
    struct str protocol_type, protocol; /* owned; p NULL: none */
    struct classic_member *leader;
    int32_t generation;
    struct list members, pending;
    int32_t members_n, pending_n, joining_n, syncing_n;
    struct map by_id, by_instance, pending_by_id;
    struct classic_count *supported;
    int32_t supported_n;
    bool new_member_added; /* during the initial delay */
    int64_t delay_left_ms; /* of the initial delay's extension */
    bool sync_written;     /* the leader's assignment waits for the high watermark */
    struct group_timer join_timer, sync_timer;
};

struct classic *classic_new(struct group *group, int64_t wall_ms);
/* Timers are cleared before (classic_stop). NULL is fine; returns NULL. */
struct classic *classic_free(struct classic *c);
void classic_stop(struct group_timers *ts, struct classic *c);

const char *classic_state_name(enum classic_state s);
struct classic_member *classic_member(const struct classic *c, struct str id);
struct classic_member *classic_instance(const struct classic *c, struct str instance_id);
struct classic_pending *classic_pending(const struct classic *c, struct str id);

/* Members' bookkeeping: maps, counts, leader. */
struct classic_member *classic_member_add(struct group *group, struct str id,
                                          struct str instance_id);
/* Its parked calls are taken before. */
void classic_member_remove(struct group_timers *ts, struct classic *c, struct classic_member *m);
/* Takes the request's protocols; returns those before, the caller's to free or to restore. */
struct classic_protocols classic_member_protocols(struct classic *c, struct classic_member *m,
                                                  const struct kf_join_group_request *q);
void classic_member_restore(struct classic *c, struct classic_member *m,
                            struct classic_protocols *old);
void classic_protocols_free(struct classic_protocols *p);
void classic_set_joining(struct classic *c, struct classic_member *m, bool joining);
void classic_set_syncing(struct classic *c, struct classic_member *m, bool syncing);
struct classic_pending *classic_pending_add(struct group *group, struct str id);
void classic_pending_remove(struct group_timers *ts, struct classic *c, struct classic_pending *p);

void classic_move(struct classic *c, enum classic_state next, int64_t wall_ms);
/* Whether all members support one of the protocols, and the type is the group's. */
bool classic_supports(const struct classic *c, const struct kf_join_group_request *q);
/* The metadata of the group's protocol; empty when the member has none. */
struct slice classic_metadata(const struct classic *c, const struct classic_member *m);
int32_t classic_rebalance_timeout(const struct classic *c); /* the members' largest */
/* Votes of all members: the protocol that most list first among those that all support. */
struct str classic_vote(const struct classic *c);
/* KF_ERR_NONE, UNKNOWN_MEMBER_ID or FENCED_INSTANCE_ID. */
int16_t classic_validate(const struct classic *c, struct str id, struct str instance_id);

/* classic_rebalance.c */
void classic_rebalance_or_complete(struct step *s, struct group *group);
/* The member is gone, its parked calls end with `error`; what comes of it is the caller's. */
void classic_member_out(struct step *s, struct group *group, struct classic_member *m,
                        int16_t error);
void classic_prepare(struct step *s, struct group *group);
void classic_heard(struct step *s, struct classic_member *m); /* the session begins anew */
void classic_session_over(struct step *s, struct group *group, struct classic_member *m);
void classic_pending_over(struct step *s, struct group *group, struct classic_pending *p);
void classic_join_over(struct step *s, struct group *group);
void classic_sync_over(struct step *s, struct group *group);
/* The group's snapshot as a record, and that of a group which nobody has joined yet. */
void classic_write(struct step *s, struct group *group);
void classic_write_new(struct step *s, struct group *group);
void classic_answer_join(struct step *s, struct group *group, struct classic_member *m,
                         struct group_call *call);

/* classic_join.c: what a step that replaced a static member comes to. */
void classic_replaced(struct group_out *out, bool written);

/* classic_sync.c */
void classic_committed(struct step *s, struct group *group, int32_t generation);
/* Parked SyncGroups end with `error`, assignments are forgotten. */
void classic_fail_syncs(struct step *s, struct group *group, int16_t error);

/* classic_record.c */
void classic_restore(struct group *group, const struct kf_group_metadata_value *v);
void classic_loaded(struct step *s, struct group *group);

void classic_check(const struct group *group);

#endif

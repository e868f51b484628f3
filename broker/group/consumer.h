/* consumer - a group of the consumer protocol (KIP-848): the coordinator makes the assignment and
 * walks every member towards it, one heartbeat at a time.
 *
 *   subscriptions, topics --change--> group epoch
 *   group epoch > assignment epoch --assignor--> target of each member, assignment epoch
 *   heartbeat: member's assigned + owned + target --reconcile--> member epoch, state
 *
 *                  nothing to revoke             all it may have is free
 *      STABLE -------------------------> STABLE <-------------------- UNRELEASED
 *        |   to revoke: keeps its epoch          still another's ^        |
 *        '-----------> UNREVOKED --given up, or timed out: out --'<-------'
 *
 * Invariants (consumer_check):
 *   U1  a partition has at most one owner: assigned or being revoked (owners)
 *   U2  a member's epoch is at most the assignment epoch, that at most the group's
 *   U3  topics counts the described members' names, regexes their expressions
 *
 * All of it is in the log; heartbeats decide, records apply. */
#ifndef KLAMM_BROKER_GROUP_CONSUMER_H
#define KLAMM_BROKER_GROUP_CONSUMER_H

#include "broker/group/assignment.h"
#include "broker/group/budget.h"
#include "broker/group/classic.h"
#include "broker/group/group_record.h"

enum consumer_member_state { MEMBER_STABLE = 0, MEMBER_UNREVOKED = 1, MEMBER_UNRELEASED = 2 };
enum { EPOCH_JOIN = 0, EPOCH_LEAVE = -1, EPOCH_LEAVE_STATIC = -2, EPOCH_FIRST = 1 };

/* What a member says of itself: its record of type 5. */
struct consumer_info {
    struct str instance_id, rack_id, assignor; /* p NULL: none */
    struct str client_id, client_host;
    struct str regex;   /* "": none */
    struct str *topics; /* ascending, distinct */
    int32_t topics_n;
    int32_t rebalance_timeout_ms;
    bool classic; /* speaks the classic protocol */
    int32_t session_timeout_ms;
    struct classic_protocols protocols;
};

/* Where it stands: its record of type 8. */
struct consumer_progress {
    int32_t epoch, previous_epoch;
    int8_t state; /* as stored; one of a later release is kept as it is */
    struct assignment assigned, revoking;
};

struct consumer_member {
    struct str id;
    bool described; /* its record of type 5 is there: it is a member */
    struct consumer_info info;
    struct consumer_progress now;
    struct assignment target; /* record 7 */
    struct group_timer session, rebalance;
    int32_t rebalance_epoch; /* of the member when `rebalance` was armed */
    /* Of members that speak the classic protocol. */
    struct group_timer sync, join;
};

struct consumer_regex {
    struct str text;
    int32_t members_n;
    bool resolved;      /* record 16 is there */
    struct str *topics; /* ascending */
    int32_t topics_n;
    int64_t version, resolved_ms; /* of the metadata; wall clock */
};

/* A topic that members name, or that a regex found. */
struct consumer_topic {
    struct list by_topic; /* of the shard's list of groups of this topic */
    struct group *group;
    struct str name;
    int32_t names_n, regexes_n;
};

struct consumer {
    int32_t epoch, assignment_epoch;
    int64_t hash;          /* of the topics' metadata, 0 without topics */
    int64_t assignment_ms; /* wall clock */
    struct map members;    /* consumer_member by id, also not described ones */
    struct map instances;  /* described members by instance id */
    struct map topics, regexes;
    struct map owners;       /* (topic id, partition) -> its owner's member epoch */
    int32_t members_n; /* described */
    int32_t classic_n; /* of them */
    /* Soft: */
    bool refresh;                /* metadata of its topics changed */
    bool regexes_stale;          /* there are topics that the regexes have not seen */
    struct list by_regex;        /* of the shard's list of groups with regexes; alone: has none */
    int64_t regex_ms;            /* monotonic: when regexes were last resolved, INT64_MIN never */
    int64_t changed_ms;          /* monotonic: of the last change of the group epoch */
    struct budget budget;
    struct group_timer assign, resolve;
};

/* What a group that does not exist yet is like. */
extern const struct consumer consumer_none;

struct consumer *consumer_new(struct group *group);
struct consumer *consumer_free(struct group_timers *ts, struct consumer *c);

const struct consumer_member *consumer_member(const struct consumer *c,
                                              struct str id); /* described */
const struct consumer_member *consumer_instance(const struct consumer *c, struct str instance_id);
/* Described ones in turn; `at` starts at 0. */
struct consumer_member *consumer_member_next(const struct consumer *c, size_t *at);
const struct consumer_regex *consumer_regex(const struct consumer *c, struct str text);
/* The member epoch of a partition's owner, -1 when it is free. */
int32_t consumer_owner_epoch(const struct consumer *c, const struct uuid *topic, int32_t partition);
const char *consumer_state_name(const struct consumer *c);

/* consumer_info.c */
struct consumer_info consumer_info_keep(const struct consumer_info *i);
void consumer_info_drop(struct consumer_info *i);
bool consumer_info_eq(const struct consumer_info *a, const struct consumer_info *b);
bool consumer_info_same_topics(const struct consumer_info *a, const struct consumer_info *b);
/* Sorts, drops repetitions. */
int32_t strs_normalize(struct str *v, int32_t n);
bool strs_have(const struct str *v, int32_t n, struct str s);
/* Borrows the record's text; names and protocols in `a`. */
struct consumer_info consumer_info_of(const struct kf_consumer_group_member_metadata_value *v,
                                      struct arena *a);

/* consumer_put.c: the records; `group_id` is borrowed. */
void consumer_put_member(struct group_out *out, struct str group_id, struct str id,
                         const struct consumer_info *i);
void consumer_put_epoch(struct group_out *out, struct str group_id, int32_t epoch, int64_t hash);
void consumer_put_target(struct group_out *out, struct str group_id, int32_t epoch,
                         int64_t wall_ms);
void consumer_put_target_member(struct group_out *out, struct str group_id, struct str id,
                                const struct assignment *a);
void consumer_put_progress(struct group_out *out, struct str group_id, struct str id,
                           const struct consumer_progress *p);
void consumer_put_regex(struct group_out *out, struct str group_id, struct str regex,
                        const struct kf_consumer_group_regular_expression_value *v);
void consumer_put_member_gone(struct group_out *out, struct str group_id, struct str id);
void consumer_put_regex_gone(struct group_out *out, struct str group_id, struct str regex);
/* All of an empty group, or of one that becomes classic. */
void consumer_put_group_gone(struct group_out *out, const struct group *group);

/* consumer_apply.c */
struct groups;
void consumer_apply(struct groups *g, const struct group_record_view *r, int64_t end);

void consumer_check(const struct group *group);
void consumer_dump(const struct group *group, struct buf *ret);

#endif

/* share_group - a share group (KIP-932): its members get partitions that they share, at once and
 * without asking anybody to give up any.
 *
 *   subscriptions, topics, initialised partitions --change--> group epoch
 *   group epoch > assignment epoch --simple assignor--> target of each member, assignment epoch
 *   heartbeat: the member's assignment is its target
 *
 * A partition is assigned when the share coordinator knows it (broker/share/share_states.h):
 *
 *   subscribed --record 15, asked for--> initializing --answered--> initialized
 *                                             | no answer: asked again
 *   initialized, initializing --offsets or group deleted--> deleting --answered--> none
 *
 * A share group keeps the `classic` of the group that it was made from, empty and idle, so that
 * what reads groups finds one of the two kinds that it knows; share_gate keeps the other kinds'
 * requests away from it.
 *
 * Invariants (share_group_check):
 *   H1  a member's epoch is at most the assignment epoch, that at most the group's
 *   H2  initialized and initializing have no partition in common
 *
 * All of it is in the log; heartbeats decide, records apply. */
#ifndef KLAMM_BROKER_GROUP_SHARE_GROUP_H
#define KLAMM_BROKER_GROUP_SHARE_GROUP_H

#include "broker/group/assignment.h"
#include "broker/group/budget.h"
#include "broker/group/group_record.h"
#include "broker/group/timers.h"
#include "common/map.h"

/* What a member says of itself: its record of type 10. */
struct share_info {
    struct str rack_id; /* p NULL: none */
    struct str client_id, client_host;
    struct str *topics; /* ascending, distinct */
    int32_t topics_n;
};

struct share_member {
    struct str id;
    bool described; /* its record of type 10 is there: it is a member */
    struct share_info info;
    int32_t epoch, previous_epoch; /* record 14 */
    struct assignment assigned;    /* record 14 */
    struct assignment target;      /* record 13 */
    struct group_timer session;
};

struct share_group {
    int32_t epoch, assignment_epoch;
    int64_t hash;          /* of the topics' metadata, 0 without topics */
    int64_t assignment_ms; /* wall clock */
    struct map members;    /* share_member by id, also not described ones */
    int32_t members_n;     /* described */
    struct assignment initialized, initializing;
    struct map names;      /* topic id -> name (char *), of both and of `deleting` */
    struct assignment deleting; /* partition 0 of each topic */
    /* Soft: */
    bool unassigned;       /* initialised partitions may be in no target */
    int64_t seen_image;    /* image_offset when the hash was last looked at */
    struct budget budget;
    int64_t asked_ms;      /* monotonic: when `initializing` was last asked for; INT64_MIN: never */
};

struct groups;
struct group;

/* What a group that does not exist yet is like. */
extern const struct share_group share_nobody;

struct share_group *share_group_new(void);
struct share_group *share_group_free(struct group_timers *ts, struct share_group *k);
const struct share_member *share_member(const struct share_group *k, struct str id); /* described */
/* Described ones in turn; `at` starts at 0. */
struct share_member *share_member_next(const struct share_group *k, size_t *at);
const char *share_group_state_name(const struct share_group *k);
/* The name that record 15 gave; "" when none. */
struct str share_topic_name(const struct share_group *k, const struct uuid *topic);

/* The next group epoch. */
int32_t share_epoch_after(int32_t epoch);

/* share_apply.c */
void share_group_apply(struct groups *g, const struct group_record_view *r, int64_t end);
void share_group_check(const struct group *group);
void share_group_dump(const struct group *group, struct buf *ret);

/* share_put.c: the records; `group_id` is borrowed. */
void share_put_member(struct group_out *out, struct str group_id, struct str id,
                      const struct share_info *i); /* NULL: a tombstone, as below */
void share_put_epoch(struct group_out *out, struct str group_id, int32_t epoch, int64_t hash);
void share_put_target(struct group_out *out, struct str group_id, int32_t epoch, int64_t wall_ms);
void share_put_target_member(struct group_out *out, struct str group_id, struct str id,
                             const struct assignment *a);
void share_put_current(struct group_out *out, struct str group_id, struct str id, int32_t epoch,
                       int32_t previous_epoch, const struct assignment *a);
/* Names of topics are looked up in the image, else kept as they were. */
void share_put_partitions(struct group_out *out, struct str group_id, const struct share_group *k,
                          const struct image *image, const struct assignment *initializing,
                          const struct assignment *initialized, const struct assignment *deleting);
void share_put_member_gone(struct group_out *out, struct str group_id, struct str id);
void share_put_group_gone(struct group_out *out, const struct group *group);

/* share_assignor.c: gives each member of `members` its share of `partitions`, all of which it may
 * read: `members[i].current` is kept where that is fair; the sets in `ret` are the caller's. */
struct share_assignee {
    struct str id;
    const struct assignment *current;
    struct assignment *ret; /* added to */
};
void share_assign_simple(struct share_assignee *members, int32_t n,
                         const struct assignment *partitions);

#endif

/* group_internal - what the files of broker/group share. Not for others.
 *
 *   groups.c        the shard: groups by id, steps, apply, load
 *   classic*.c      the classic protocol: JoinGroup, SyncGroup, Heartbeat, LeaveGroup
 *   offset_*.c      commit, fetch, delete, expiry
 *   share_*.c       share groups: heartbeat, assignor, describe, offsets
 *   admin.c         describe, delete, list */
#ifndef KLAMM_BROKER_GROUP_GROUP_INTERNAL_H
#define KLAMM_BROKER_GROUP_GROUP_INTERNAL_H

#include "api/kafka/errors.h"
#include "broker/group/assignor.h"
#include "broker/group/classic.h"
#include "broker/group/consumer.h"
#include "broker/group/group.h"
#include "broker/group/group_record.h"
#include "broker/group/offsets.h"
#include "broker/group/share_group.h"
#include "broker/group/timers.h"
#include "broker/group/txn_offsets.h"
#include "common/mem.h"

struct group {
    struct str id;           /* owned */
    struct classic *classic; /* one of the two is NULL */
    struct consumer *consumer;
    struct share_group *share; /* it is a share group; `classic` is idle then */
    struct offsets offsets;
    struct list pending;       /* txn_offset.by_group */
    int64_t written; /* the offset behind its last record; answers wait for it */
};

struct groups {
    const struct group_config *config;
    struct map by_id;
    struct group_timers timers;
    struct map by_topic;  /* name -> list of consumer_topic.by_topic */
    struct list by_regex; /* consumer.by_regex */
    struct map producers; /* producer id -> txn_producer (txn_offsets.c) */
    struct group_timer expire, forget;
    size_t expire_at; /* in by_id */
    struct list gone_topics;
    bool loaded;
};

/* One step. */
struct step {
    struct groups *groups;
    const struct group_context *c;
    struct group_out *out;
};

/* Copies; null stays null. str_drop frees. */
struct str str_keep(struct str s);
void str_drop(struct str *s);
struct slice slice_keep(struct slice s);
void slice_drop(struct slice *s);

/* groups.c */
struct group *group_find(const struct groups *g, struct str id);
/* One that is not there yet, with nothing in the log. */
struct group *group_add(struct groups *g, struct str id);
void group_drop(struct groups *g, struct group *group);
/* No members, no offsets, no record of its own. */
bool group_has_nothing(const struct group *group);
/* Becomes an empty group of the other kind; offsets stay. Nothing is parked in it. */
void group_make_classic(struct groups *g, struct group *group);
void group_make_consumer(struct groups *g, struct group *group);
/* The call leaves with its response. What it waits for: records of this step, or those its
 * group has in the log already (`group` NULL: nothing). */
void step_answer(struct step *s, const struct group *group, struct group_call *call);
void step_error(struct step *s, const struct group *group, struct group_call *call, int16_t error);
void call_park(struct group_call *call, struct group_call **place);
/* The parked call, which is parked no more; NULL when its peer is gone. */
struct group_call *call_take(struct group_call **place);
/* READ, DELETE, DESCRIBE, DESCRIBE_CONFIGS, ALTER_CONFIGS as bits: all that there are for groups.
 */
enum { GROUP_OPERATIONS = 1 << 3 | 1 << 6 | 1 << 8 | 1 << 10 | 1 << 11 };

/* How an error of an append is told: by the coordinators' rules. */
int16_t append_error_told(int16_t error);

/* classic_join.c and so on: one function per call */
void classic_join_call(struct step *s, struct group_call *call);
void classic_sync_call(struct step *s, struct group_call *call);
void classic_heartbeat_call(struct step *s, struct group_call *call);
void classic_leave_call(struct step *s, struct group_call *call);

/* offset_*.c */
void offset_commit_call(struct step *s, struct group_call *call);
void offset_fetch_call(struct step *s, struct group_call *call);
void offset_delete_call(struct step *s, struct group_call *call);
void txn_offset_commit_call(struct step *s, struct group_call *call);
/* `producer_id` -1: of no transaction. */
void offset_apply(struct groups *g, const struct group_record_view *r, int64_t producer_id, int64_t end);
struct kf_offset_commit_request;
struct kf_offset_commit_response;
int16_t offset_commit_validate(const struct step *s, const struct group *group,
                               const struct group_call *call,
                               const struct kf_offset_commit_request *q, bool transactional);
/* Records and results of all partitions; `refused`: what the whole request is told. */
void offset_commit_topics(struct step *s, const struct group_call *call,
                          const struct kf_offset_commit_request *q, int16_t refused,
                          struct kf_offset_commit_response *r);

void offset_tombstone(struct step *s, const struct group *group, struct str topic,
                      int32_t partition);

/* classic_topics.c: whether its members are consumers; whether one subscribes to the topic. */
bool classic_is_consumer(const struct classic *c);
bool classic_subscribes(const struct classic *c, struct str topic);
bool group_subscribes(const struct group *group, struct str topic);

/* expire.c */
void expire_begin(struct step *s);
void expire_due(struct step *s);
/* The topic is not in the image: what was committed to it is deleted, slice by slice. */
void topic_gone(struct step *s, struct str name);
void topics_gone_done(struct groups *g);
void forget_due(struct step *s);

/* consumer.c: the writers, for consumer_apply.c alone. */
struct consumer_member *consumer_member_make(struct group *group, struct str id);
/* Frees it when no record of it is left. */
void consumer_member_tidy(struct groups *g, struct group *group, struct consumer_member *m);
void consumer_set_info(struct groups *g, struct group *group, struct consumer_member *m,
                       const struct consumer_info *i);
void consumer_set_regex(struct groups *g, struct group *group, struct str text,
                        const struct kf_consumer_group_regular_expression_value *v);
/* `p`'s sets are moved. */
void consumer_set_progress(struct group *group, struct consumer_member *m,
                           struct consumer_progress *p);
const struct assignor *consumer_vote(const struct groups *g, const struct consumer *c);

/* consumer_*.c */
void consumer_heartbeat_call(struct step *s, struct group_call *call);
void consumer_describe_call(struct step *s, struct group_call *call);
/* Members go: they are fenced, or the group becomes classic with them. */
void consumer_out(struct step *s, struct group *group, const struct consumer_member *const *gone,
                  int32_t n);
/* A classic group is to become a consumer group for `call`'s sake. */
enum consumer_takeover {
    TAKEOVER_REFUSED,
    TAKEOVER_NOW,   /* it is empty: its tombstone is put, go on as if there were no group */
    TAKEOVER_LATER, /* records are put; the call is decided again when they are in the log */
};
enum consumer_takeover consumer_takes_over(struct step *s, struct group *group,
                                           struct group_call *call);
void consumer_upgraded(struct groups *g, const struct group_context *c,
                       const struct group_out *out);
/* Whether the group is to be classic once `gone` are out; its records; what follows them. */
bool consumer_may_downgrade(const struct step *s, const struct consumer *c,
                            const struct consumer_member *const *gone, int32_t n);
void consumer_downgrade(struct step *s, struct group *group,
                        const struct consumer_member *const *gone, int32_t n);
void consumer_downgraded(struct groups *g, const struct group_context *c, struct group_out *out);
/* A classic member out of one of a consumer group that speaks the classic protocol. */
void classic_adopt(struct step *s, struct group *to, const struct consumer_member *m);
void consumer_session_over(struct step *s, struct group *group, struct consumer_member *m);
void consumer_revoke_over(struct step *s, struct group *group, struct consumer_member *m);
void consumer_assign_due(struct step *s, struct group *group);
void consumer_resolve_due(struct step *s, struct group *group);
void consumer_arm_resolve(struct groups *g, const struct group_context *c, struct group *group);
void consumer_loaded(struct step *s, struct group *group);

/* share_*.c */
/* True: the call is about a share group and of another kind, and was answered. */
bool share_gate(struct step *s, struct group_call *call);
void share_heartbeat_call(struct step *s, struct group_call *call);
void share_describe_call(struct step *s, struct group_call *call);
void share_offsets_call(struct step *s, struct group_call *call);
void share_alter_call(struct step *s, struct group_call *call);
void share_forget_call(struct step *s, struct group_call *call);
void share_initialized(struct step *s, const struct group_event *ev);
void share_deleted(struct step *s, const struct group_event *ev);
void share_session_over(struct step *s, struct group *group, struct share_member *m);
void share_beat_applied(struct groups *g, const struct group_context *c,
                        const struct group_out *out);
void share_loaded(struct step *s, struct group *group);
void share_committed(struct step *s, const struct group *group, int32_t epoch);

/* admin.c */
void describe_call(struct step *s, struct group_call *call);
void delete_call(struct step *s, struct group_call *call);
/* The tombstones of a group, not of its offsets. */
void group_put_gone(struct step *s, const struct group *group);
/* Members of the classic protocol in a consumer group. */
void consumer_join_call(struct step *s, struct group *group, struct group_call *call);
void consumer_sync_call(struct step *s, struct group *group, struct group_call *call);
void consumer_classic_heartbeat_call(struct step *s, struct group *group, struct group_call *call);
void consumer_classic_leave_call(struct step *s, struct group *group, struct group_call *call);

#endif

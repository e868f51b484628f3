/* group - the coordinator of the consumer groups of one partition of __consumer_offsets: a
 * pure core. The shell is broker/server/groups.h.
 *
 *   log --groups_load*--> groups_loaded --> [ event --groups_step--> out ] ...
 *                                                out: records, answers, a note
 *   out.records --the shell appends them as one batch-->
 *          groups_appended (applies them, its answers wait for the high watermark), or
 *          groups_refused  (nothing was written: nothing has changed, answers carry the error)
 *
 * Decide, then apply: what the log holds (offsets, consumer groups, members, assignments) changes
 * by groups_apply alone, which runs alike in load and after an append; a step decides on a state
 * that its own records have not touched yet, and every step's records are appended before the
 * next step. The classic protocol's rebalance (who has joined, which generation is being formed)
 * is not in the log: it is soft state that steps change at once; its record, GroupMetadata, is a
 * snapshot that load turns into a group and that says nothing new to a group that lives.
 *
 * What a failed append leaves: the records of a step are written whole or not at all, by the
 * log's own promise, and applied only afterwards, so nothing needs to be taken back. What is
 * written but never reaches the high watermark is lost together with leadership, and then the
 * whole shard is thrown away; no answer that depends on it has been given before.
 *
 * Invariants (groups_check):
 *   G1  an answer leaves only when every record its group has in the log is below the high
 *       watermark (call->required)
 *   G2  a call is parked in at most one place, and answered once
 *   G3  the applied state is a function of the log: load of the same records gives an equal one
 *
 * No I/O, no clock, no randomness: time and fresh ids are in the context. */
#ifndef KLAMM_BROKER_GROUP_GROUP_H
#define KLAMM_BROKER_GROUP_GROUP_H

#include "broker/metadata/image.h"
#include "common/arena.h"
#include "common/list.h"
#include "common/uuid.h"

struct groups;
struct group;
struct assignor;
struct group_timer;

/* Of the broker's properties; all times in ms. */
struct group_config {
    int32_t session_ms_min, session_ms_max; /* group.{min,max}.session.timeout.ms */
    int32_t initial_rebalance_delay_ms;     /* group.initial.rebalance.delay.ms */
    int32_t size_max;                       /* group.max.size */
    int32_t metadata_bytes_max;             /* offset.metadata.max.bytes */
    int64_t retention_ms;                   /* offsets.retention.minutes */
    int64_t retention_check_ms;             /* offsets.retention.check.interval.ms */
    bool consumer_enabled;                  /* group.coordinator.rebalance.protocols has consumer */
    /* group.consumer.*: session.timeout.ms, min.*, max.*; heartbeat.interval.ms, min.*, max.* */
    int32_t consumer_session_ms, consumer_session_ms_min, consumer_session_ms_max;
    int32_t consumer_heartbeat_ms, consumer_heartbeat_ms_min, consumer_heartbeat_ms_max;
    int32_t consumer_size_max;           /* group.consumer.max.size */
    /* group.consumer.assignment.interval.ms, min.*, max.* */
    int32_t consumer_assignment_ms, consumer_assignment_ms_min, consumer_assignment_ms_max;
    int64_t regex_refresh_ms;            /* group.consumer.regex.refresh.interval.ms */
    const struct assignor *assignors[4]; /* group.consumer.assignors, in that order */
    unsigned assignors_n;
    bool upgrade, downgrade; /* group.consumer.migration.policy */
    bool hurry;              /* members of a group that settles come back soon */
    /* group.share.*: session.timeout.ms, heartbeat.interval.ms, assignment.interval.ms with min.*
     * and max.*; max.size; initialize.retry.interval.ms */
    int32_t share_session_ms, share_session_ms_min, share_session_ms_max;
    int32_t share_heartbeat_ms, share_heartbeat_ms_min, share_heartbeat_ms_max;
    int32_t share_assignment_ms, share_assignment_ms_min, share_assignment_ms_max;
    int32_t share_size_max, share_retry_ms;
};

struct group_context {
    int64_t now_ms;            /* monotonic: of timers */
    int64_t wall_ms;           /* of timestamps in records */
    struct uuid fresh;         /* random: for a member id that has to be made */
    const struct image *image; /* borrowed for the call */
};

/* What a call asks: request and response structs of api/kafka/msg. */
enum group_api {
    GROUP_JOIN,               /* kf_join_group_request */
    GROUP_SYNC,               /* kf_sync_group_request */
    GROUP_HEARTBEAT,          /* kf_heartbeat_request */
    GROUP_LEAVE,              /* kf_leave_group_request */
    GROUP_OFFSET_COMMIT,      /* kf_offset_commit_request */
    GROUP_TXN_OFFSET_COMMIT, /* kf_txn_offset_commit_request */
    GROUP_OFFSET_FETCH,       /* one group of kf_offset_fetch_request, version 8 and up */
    GROUP_OFFSET_DELETE,      /* kf_offset_delete_request */
    GROUP_DESCRIBE,           /* no request: described_group of kf_describe_groups_response */
    GROUP_DELETE,             /* no request: deletable_group_result of kf_delete_groups_response */
    GROUP_CONSUMER_HEARTBEAT, /* kf_consumer_group_heartbeat_request */
    GROUP_CONSUMER_DESCRIBE,  /* no request: described_group of kf_consumer_group_describe_response
                               */
    GROUP_SHARE_HEARTBEAT,    /* kf_share_group_heartbeat_request */
    GROUP_SHARE_DESCRIBE,     /* no request: described_group of kf_share_group_describe_response */
    GROUP_SHARE_OFFSETS,      /* one group of kf_describe_share_group_offsets_request: its response,
                               * offsets to be filled in by `parts` */
    GROUP_SHARE_ALTER,        /* kf_alter_share_group_offsets_request: to be done by `parts` */
    GROUP_SHARE_FORGET,       /* kf_delete_share_group_offsets_request: to be done by `parts`;
                               * no request: of all topics */
    GROUP_APIS
};

/* One share partition whose state at the share coordinator is to be made, read or deleted. */
struct group_share_part {
    struct uuid topic;
    int32_t partition;
    int64_t start; /* to begin at; -1: by the group's reset policy */
    void *out;     /* of a call: where the response speaks of it */
};

/* One question to one group. The shell owns it, with all it points to, from groups_step until it
 * comes out in `answered` (at once or in a later step), or until groups_forget. */
struct group_call {
    enum group_api api;
    int16_t version;
    struct str group_id;
    struct str client_id, client_host;
    bool operations;           /* describe: tell what the client may do with the group */
    const void *request;
    struct arena *arena; /* of the answer */
    void *response;      /* set by the core: made by group_call_response */
    int64_t required;    /* answered: the high watermark that must be reached first; -1 none */
    bool failed;         /* the response says an error: it waits for nothing */
    struct group_share_part *parts; /* GROUP_SHARE_*: the core's, in the arena */
    int32_t parts_n, state_epoch;
    bool stable;               /* OffsetFetch: none that may still change, by a transaction */
    bool doubtful;             /* the same: by another coordinator, of which this one has not heard */
    uint64_t ticket;           /* TxnOffsetCommit: given back with the records */
    struct list node;    /* of out->answered */
    struct group_call **place; /* the core's: where it is parked, or NULL */
};

/* What a record holds: the bytes of key and value; value.p == NULL is a tombstone. */
struct group_record {
    struct slice key, value;
};

/* What becomes of a step once its records are in the log, or are not. */
enum group_then {
    GROUP_THEN_NOTHING,
    GROUP_THEN_FORGET,     /* not: the new group is none */
    GROUP_THEN_SYNCED,     /* not: the rebalance begins anew */
    GROUP_THEN_REPLACED,   /* not: the static member is the old one */
    GROUP_THEN_BEAT,       /* a consumer group's member was heard */
    GROUP_THEN_RESOLVED,   /* regexes: the next time */
    GROUP_THEN_UPGRADED,   /* the group's members begin as consumers' */
    GROUP_THEN_SHARE_BEAT, /* a share group's member was heard */
    GROUP_THEN_DOWNGRADED, /* the group's members rebalance */
};

/* What a step wants. Made empty by group_out_init; one step at a time uses it. */
struct group_out {
    struct arena *arena; /* the records' */
    struct group_record *records;
    int records_n, records_capacity;
    size_t records_bytes;
    int64_t producer_id;     /* -1; else the records are of its transaction */
    int16_t producer_epoch;
    uint64_t ticket;
    struct list answered; /* group_call.node: to be answered, or to wait for `required` */
    bool note;            /* tell GROUP_COMMITTED with the fields below once the high watermark
                           * is at the end of these records */
    struct str note_group;
    int32_t note_generation;
    /* Share partitions of `share_group` are to be initialised (the log says so below the high
     * watermark): then GROUP_SHARE_INITIALIZED. In the arena. */
    struct str share_group;
    struct group_share_part *share_parts;
    int32_t share_parts_n, share_epoch;
    /* The core's, between groups_step and groups_appended or groups_refused. */
    struct group *group;
    bool unencodable; /* a client's text fits no record: the step is refused */
    enum group_then then;
    void *subject;
    struct group_timer *timer; /* not: it fires again, soon */
    struct group_call *again; /* after groups_appended: to be asked once more, before anything else.
                               * After groups_refused NULL: it is among the answered */
};

struct group_event {
    enum {
        GROUP_CALL,      /* `call` */
        GROUP_TIMER,     /* context.now_ms has reached groups_next_timer; again until it is later */
        GROUP_COMMITTED, /* a note: `group_id`, `generation` (of a share group its epoch) */
        GROUP_SHARE_INITIALIZED, /* of `group_id`, `parts` (not those that failed) */
        GROUP_SHARE_DELETED,     /* of `group_id`, the topics of `parts`: nothing is kept of them */
        GROUP_TOPIC, /* the topic `group_id` was made, deleted or changed (again for the next) */
    } kind;
    struct group_call *call;
    struct str group_id;
    int32_t generation;
    const struct group_share_part *parts;
    int32_t parts_n;
};

/* `c` is kept for the shard's life. */
struct groups *groups_new(const struct group_config *c);
/* Parked calls are the shell's to answer before (groups_abandon). NULL is fine; returns NULL. */
struct groups *groups_free(struct groups *g);

/* Loading: the partition's records in order. `end` is the offset behind the record. A record of
 * an unknown kind or version is skipped: ERR_UNSUPPORTED; one that does not parse: ERR_CORRUPT. */
err_t groups_load(struct groups *g, const struct group_record *r, int64_t end);
/* One of a transactional batch: it counts once the transaction is committed. */
err_t groups_load_txn(struct groups *g, const struct group_record *r, int64_t producer_id, int64_t end);
/* A marker of the log, in load and later alike; `end` is the offset behind it. */
void groups_marked(struct groups *g, int64_t producer_id, bool commit, int64_t end);
/* All of the log has been loaded: timers begin, groups that cannot go on rebalance. */
void groups_loaded(struct groups *g, const struct group_context *c, struct group_out *out);

void group_out_init(struct group_out *out, struct arena *a);
void groups_step(struct groups *g, const struct group_context *c, const struct group_event *ev,
                 struct group_out *out);
/* The records of `out` are in the log, `end` is the offset behind the last. */
void groups_appended(struct groups *g, const struct group_context *c, struct group_out *out,
                     int64_t end);
/* They are not: `error` of the Kafka protocol as the append answered it. May put further
 * answers into `out`, never records. */
void groups_refused(struct groups *g, const struct group_context *c, struct group_out *out,
                    int16_t error);

/* Whether GROUP_TOPIC about this topic, which exists, would say anything new. */
bool groups_read_topic(const struct groups *g, struct str topic);

/* INT64_MAX when no timer runs. */
int64_t groups_next_timer(const struct groups *g);

/* Its peer is gone: `call` is never answered. What it asked for stays asked. */
void groups_forget(struct group_call *call);
/* All that is parked comes out in `out`, answered with `error`. */
void groups_abandon(struct groups *g, struct group_out *out, int16_t error);

/* A fresh response of the call's API with its defaults; sets call->response. */
void *group_call_response(struct group_call *call);
/* Makes call->response one that says `error`, as the API says it. */
void group_call_error(struct group_call *call, int16_t error);

/* As ListGroups says it. `at` starts at 0; false ends. */
struct group_listing {
    struct str id, protocol_type;
    const char *state, *type;
};
/* Whether `id` is a share group. */
bool groups_is_share(const struct groups *g, struct str id);
bool groups_list(const struct groups *g, size_t *at, struct group_listing *ret);

size_t groups_n(const struct groups *g);
/* Asserts the invariants; walks everything. */
void groups_check(const struct groups *g);
/* What is a function of the log, one line per object in an order of its own: for comparing. */
void groups_dump(const struct groups *g, struct buf *ret);

#endif

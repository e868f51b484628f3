/* fetcher_internal - what the fetcher's files share. */
#ifndef KLAMM_BROKER_SERVER_FETCHER_INTERNAL_H
#define KLAMM_BROKER_SERVER_FETCHER_INTERNAL_H

#include "api/kafka/channel.h"
#include "api/kafka/msg/fetch.h"
#include "broker/replica/follower.h"
#include "broker/server/broker.h"
#include "broker/server/fetcher.h"

enum fetcher_state {
    FETCHER_ACTIVE,  /* part of the session, or to be */
    FETCHER_ASLEEP,  /* until wake_ms; on peer->asleep */
    FETCHER_ASKING,  /* ListOffsets is under way */
    FETCHER_FLUSHING, /* a durable topic: until the log is flushed to its end */
    FETCHER_GAVE_UP,
};

/* partition.fetched: exists while the replica follows a leader. */
struct fetcher_partition {
    struct partition *partition;
    struct fetcher_peer *peer;
    struct list node;       /* peer->partitions */
    struct list changed;    /* peer->changed: the next request names it */
    struct list asleep;     /* peer->asleep */
    enum fetcher_state state;
    bool in_session;        /* the leader has it in the session, */
    uint64_t told_by;       /* the number of the request that named it last */
    int64_t told_offset;    /* at this offset */
    int32_t told_epoch;     /* and with this leader epoch */
    int64_t wake_ms, pause_ms;
    err_t refused;          /* by the log, the last time: it is tried again and said once */
};

struct fetcher_forgotten {
    struct uuid topic_id;
    int32_t index;
};

/* The broker that leads some of this one's replicas. */
struct fetcher_peer {
    struct fetchers *all;
    struct list node;
    int32_t broker_id;
    char *host;
    uint16_t port;
    struct kf_channel *channel; /* dialling or up, or NULL */
    int32_t session_id, session_epoch; /* of the next request; epoch 0: a full one */
    struct list partitions, changed, asleep;
    unsigned in_session_n;
    unsigned partitions_n, newcomers; /* changed ones that are not in the session */
    struct fetcher_forgotten *forgotten;
    size_t forgotten_n, forgotten_capacity;
    unsigned open; /* Fetch requests under way */
    uint64_t sent, answered; /* of all on this and earlier connections: their numbers */
    struct loop_task send;
    struct loop_timer timer; /* redial, or someone wakes */
    int64_t redial_ms, pause_ms;
};

struct fetchers {
    struct broker *b;
    struct list peers;
    struct arena arena; /* of the request that is being made */
    int32_t wait_ms, min_bytes, bytes_max, partition_bytes_max;
    int64_t pause_ms_max, call_ms_max;
};

/* fetcher.c */
void peer_wake(struct fetcher_peer *p);              /* a request at the end of the turn */
void peer_lost(struct fetcher_peer *p);              /* dial again, with a new session */
void peer_restart_session(struct fetcher_peer *p);
void partition_fetch(struct fetcher_partition *f);   /* named in the next request */
void partition_in_session(struct fetcher_partition *f, bool in);
void partition_leave(struct fetcher_partition *f);   /* out of the session */
void partition_rest(struct fetcher_partition *f, int64_t ms); /* asks for nothing for so long */
void partition_sleep(struct fetcher_partition *f);   /* tries again after its pause */
void partition_carry_out(struct fetcher_partition *f, struct follower_step s);
struct follower_log partition_log(const struct partition *p);

/* fetcher_request.c */
void peer_send(struct fetcher_peer *p);
void partition_ask(struct fetcher_partition *f, int64_t timestamp);

/* fetcher_answer.c: kf_done_fn of Fetch, ctx is the peer. */
void peer_answered(void *ctx, err_t e, const void *msg, int16_t version);

enum { FETCHER_LATEST = -1, FETCHER_EARLIEST = -2 }; /* ListOffsets timestamps */

#endif

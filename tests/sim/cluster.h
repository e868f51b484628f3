/* cluster - controllers, brokers and clients in one process: the real deciding cores in model
 * shells.
 *
 *   controllers  0, 1, 2   broker/raft + broker/controller/core.h on broker/metadata/image.h
 *   brokers      3 ..      broker/raft as observers, broker/server/lifecycle.h,
 *                          broker/replica/{leader,follower,producer_state}.h on a model log
 *   clients      behind    producers (acks=all), consumers, an admin, agents
 *
 * These numbers are node ids and ends of the network. cluster_check.c holds what clients may rely
 * on against every step. */
#ifndef KLAMM_TESTS_SIM_CLUSTER_H
#define KLAMM_TESTS_SIM_CLUSTER_H

#include "broker/controller/core.h"
#include "broker/log/epochs.h"
#include "broker/replica/follower.h"
#include "broker/replica/leader.h"
#include "broker/replica/producer_state.h"
#include "broker/server/lifecycle.h"
#include "tests/sim/quorum.h"

enum {
    CONTROLLERS = 3,
    BROKERS_MAX = 5,
    PRODUCERS = 3,
    CONSUMERS = 2,
    CLIENTS = PRODUCERS + CONSUMERS + 1, /* the admin, and the agents, are the last one */
    PARTITIONS_MAX = 2,
    REPLICAS_MAX = BROKERS_MAX,
    RECORDS_MAX = 8, /* of one fetch */
    WINDOW_MAX = 4,  /* a producer's batches under way in a partition */
};

/* One batch of one record; it takes one offset. */
struct record {
    int32_t epoch;
    int32_t producer; /* id; who is not idempotent has -1 */
    int32_t sequence;
    int32_t from;   /* the producer's number */
    int64_t number; /* of its values in the partition, from 0 */
};

enum rpc_kind {
    RPC_REGISTER,
    RPC_HEARTBEAT,
    RPC_ALTER,
    RPC_CREATE,
    RPC_MOVE,
    RPC_ELECT,
    RPC_FETCH,
    RPC_OFFSETS,
    RPC_PRODUCE,
    RPC_CONSUME,
    RPC_METADATA,
};

struct rpc_alter {
    int32_t partition, leader_epoch, partition_epoch;
    int8_t recovery;
    int isr_n;
    struct leader_member isr[REPLICAS_MAX];
    int16_t error;
};

struct rpc_fetch {
    int32_t partition;
    int64_t broker_epoch;
    int32_t leader_epoch, last_epoch;
    int64_t offset;
    int64_t own_start; /* the replica's log start */
    bool fresh;        /* names what it has; else nothing has changed since the last one */
    int64_t sent_high_watermark;
    /* the answer */
    int64_t high_watermark, log_start, log_end;
    int32_t diverging_epoch;
    int64_t diverging_end;
    int n;
    struct record v[RECORDS_MAX];
};

/* A request or its answer. */
struct rpc {
    enum rpc_kind kind;
    bool answer;
    int from, to;
    uint32_t from_life, to_life; /* clients: 0 */
    uint32_t id;
    int64_t sent_us;
    int16_t error;
    union {
        struct {
            uint64_t incarnation;
            int64_t previous_epoch, epoch;
        } registration;
        struct {
            int32_t broker;
            int64_t epoch, offset;
            bool want_fence, want_stop, fenced, may_stop;
        } beat;
        struct {
            int64_t epoch;
            int n;
            struct rpc_alter v[PARTITIONS_MAX];
        } alter;
        struct {
            int32_t partition;
            int n; /* MOVE: 0 cancels */
            int32_t replicas[REPLICAS_MAX];
        } admin;
        struct rpc_fetch fetch;
        struct {
            int32_t partition;
            struct record record;
            int64_t offset;
        } produce;
        struct {
            int32_t leader[PARTITIONS_MAX], epoch[PARTITIONS_MAX];
        } metadata;
    } u;
    struct rpc *next; /* free list */
    struct rpc *all;  /* all there are */
    int copies;
};

/* What a replica has on disk, and its memory of it. start <= high_watermark, synced <= end. */
struct part_log {
    struct record *v; /* owned; by offset. Below `start` nobody may look */
    int64_t capacity, start, end, synced;
    int64_t high_watermark, checkpoint; /* the checkpoint is on disk */
    struct epochs epochs;
};

/* An acks=all batch that waits for the high watermark. */
struct produce_wait {
    int64_t required, base;
    int client;
    uint32_t id;
    int32_t partition;
};

enum follow_state { FOLLOW_IDLE, FOLLOW_ASKED, FOLLOW_PAUSED, FOLLOW_FLUSHING };

/* A partition on a broker: what broker/replica/replicas.h's struct partition holds. */
struct replica {
    int32_t index;
    bool here;
    struct part_log log;
    /* memory from here on: gone with the process */
    int32_t leader_id, leader_epoch, partition_epoch;
    bool open, leads;
    struct leader *leader;
    bool unsent, sent; /* its proposal waits for a request, is in the one under way */
    struct producer_state producers;
    enum follow_state follow;
    uint32_t fetch_id;
    int64_t told_offset;
    int32_t told_epoch;
    bool fresh;
    int64_t told_high_watermark, pause_ms;
    bool flushing;
    uint32_t cuts;
    struct {
        bool used;
        int64_t until_us;
        struct rpc request;
    } parked[BROKERS_MAX];
    struct {
        uint32_t life, id;
    } sessions[BROKERS_MAX];    /* the newest request of each follower */
    bool touched;               /* who is parked is to be looked at again */
    struct produce_wait *waits; /* owned; by `required` */
    int waits_n, waits_capacity;
};

struct cluster;

/* A call to the active controller: asks the next one until somebody is it, or time is up. */
struct link {
    bool busy;
    uint32_t id;
    int64_t until_us;
    struct rpc request;
};
enum { LINK_LIFE, LINK_ALTER, LINKS };

struct broker_model {
    struct cluster *c;
    int id;
    struct node *n;
    struct replica replicas[PARTITIONS_MAX];
    int64_t clean_epoch; /* on disk: of the run that ended clean; -1 */
    bool unclean;        /* has died since it was last taken out of all ISRs and ELRs */
    bool tainted;        /* has lost what was not synced by that */
    /* memory */
    struct lifecycle life;
    uint64_t incarnation;
    struct image *image;
    int64_t applied;
    bool published, brokers_changed, stopping;
    int64_t life_timer_us; /* queued; -1 none */
    struct link links[LINKS];
    bool farewell; /* the life's call is in the name of the one before */
    int64_t previous_epoch;
    bool retry; /* a proposal is to be sent again after a pause */
    uint32_t ids;
};

struct controller_wait {
    int64_t offset;
    struct rpc *answer; /* owned */
};

struct controller_model {
    struct cluster *c;
    struct node *n;
    bool active;
    struct image *image;
    struct core core;
    struct arena arena;
    struct records out;
    struct controller_wait *waits; /* owned; in order */
    int waits_n, waits_capacity;
};

struct cluster_profile {
    int brokers, partitions, min_isr;
    bool durable, elr;
    bool power;   /* brokers lose power too */
    bool deletes; /* old records go, on each replica by itself */
    bool moves;   /* partitions are reassigned, preferred leaders elected */
    int64_t session_ms, heartbeat_ms, lag_ms, wait_ms, call_ms, checkpoint_ms, client_ms;
};

struct cluster_stats {
    int64_t committed, acked, duplicates, consumed, elections, isr_changes, truncations, restarts,
        kills, power_cuts, stops, moves, fenced;
};

struct owned_bytes {
    uint8_t *p;
    size_t n;
};

struct cluster {
    struct sim s;
    struct network net;
    struct quorum q;
    struct cluster_profile p;
    struct controller_model controllers[CONTROLLERS];
    struct broker_model brokers[BROKERS_MAX];
    struct clients *clients;    /* owned; cluster_client.c's own */
    struct truth *truth;        /* owned; cluster_check.c's own */
    struct owned_bytes *values; /* owned; metadata records, an entry's value is the index */
    int values_n, values_capacity;
    struct rpc *free, *all;
    bool created, calm;
    uint64_t incarnations;
};

extern struct cluster_stats cluster_stats;

static inline struct broker_model *sim_broker_of(struct cluster *c, int id)
{
    return &c->brokers[id - CONTROLLERS];
}
static inline bool is_broker(const struct cluster *c, int id)
{
    return id >= CONTROLLERS && id < CONTROLLERS + c->p.brokers;
}
static inline int client_end(const struct cluster *c, int client)
{
    return CONTROLLERS + c->p.brokers + client;
}

/* cluster_rpc.c */
struct rpc *rpc_new(struct cluster *c, enum rpc_kind kind, int from, int to);
struct rpc *rpc_answer(struct cluster *c, const struct rpc *request, int16_t error);
void rpc_free(struct cluster *c, struct rpc *m);
void rpc_send(struct cluster *c, struct rpc *m); /* moved */
/* Nothing is overtaken; once something is lost, nothing arrives any more. */
struct connection {
    int64_t last_us;
    bool broken;
};
void rpc_send_in_order(struct cluster *c, struct rpc *m, struct connection *n); /* moved */

/* cluster_controller.c */
void sim_controllers_init(struct cluster *c);
void sim_controllers_done(struct cluster *c);
void sim_controller_on_leads(struct controller_model *m);
void sim_controller_on_role(struct controller_model *m);
void sim_controller_on_committed(struct controller_model *m);
void sim_controller_on_rpc(struct controller_model *m, struct rpc *request);
/* The log up to `end` into an image. */
void cluster_replay(struct cluster *c, const struct node *n, int64_t from, int64_t end,
                    struct image *image, image_change_fn changed, void *ctx);

/* cluster_broker.c */
void sim_broker_started(struct broker_model *b);
void sim_broker_died(struct broker_model *b);
void sim_broker_on_committed(struct broker_model *b);
void sim_broker_on_rpc(struct broker_model *b, struct rpc *m);
void sim_broker_stop(struct broker_model *b); /* SIGTERM */
void sim_broker_call(struct broker_model *b, int link, const struct rpc *request);
/* Runs `fn` of this life later; dropped with the process, put off while it is stopped. */
void sim_broker_later(struct broker_model *b, int64_t us,
                      void (*fn)(void *ctx, const struct sim_event *), int64_t number);
bool sim_broker_event_is_due(struct broker_model *b, const struct sim_event *ev);
bool sim_broker_runs(const struct broker_model *b);

/* cluster_replica.c: the roles of one partition on one broker. */
void sim_replica_open(struct broker_model *b, struct replica *r);
void sim_replica_close(struct broker_model *b, struct replica *r);
void sim_replica_role(struct broker_model *b, struct replica *r, const struct partition_state *s);
void sim_replica_delete(struct broker_model *b, struct replica *r);
void sim_replica_look(struct broker_model *b); /* brokers changed, time passed: all that lead */
void sim_replica_serve(struct broker_model *b, const struct rpc *request); /* PRODUCE, METADATA */
/* False: NOT_LEADER_OR_FOLLOWER. */
bool sim_replica_fetched(struct broker_model *b, struct replica *r, const struct leader_fetch *f);
/* NULL: no answer came. */
void sim_replica_on_altered(struct broker_model *b, const struct rpc *answer);
/* Looks at who is parked where something moved, sends proposals: after every event. */
void sim_replica_settle(struct broker_model *b);
void sim_replica_truncate(struct broker_model *b, struct replica *r, int64_t to);
void sim_replica_restart(struct broker_model *b, struct replica *r, int64_t offset);
void sim_replica_flush(struct broker_model *b, struct replica *r);
void sim_replica_put(struct broker_model *b, struct replica *r, const struct record *x);
int64_t sim_replica_own_end(const struct broker_model *b, const struct replica *r);

/* cluster_fetch.c: between replicas. */
void sim_follow_start(struct broker_model *b, struct replica *r);
void sim_follow_stop(struct replica *r);
void sim_follow_again(struct broker_model *b, struct replica *r); /* all is told anew */
void sim_follow_flushed(struct broker_model *b, struct replica *r);
void sim_follow_on_fetched(struct broker_model *b, const struct rpc *answer);
void sim_serve_fetch(struct broker_model *b, const struct rpc *request);
void sim_serve_parked(struct broker_model *b, struct replica *r);
void sim_serve_consume(struct broker_model *b, const struct rpc *request);

/* part_log, in cluster_log.c */
void part_log_done(struct part_log *l);
void part_log_put(struct part_log *l, const struct record *x);
void part_log_cut(struct part_log *l, int64_t end);           /* end >= start */
void part_log_raise_start(struct part_log *l, int64_t start); /* at most to the end */
void part_log_restart(struct part_log *l, int64_t offset);    /* empty, begins at `offset` */
void part_log_open(struct part_log *l); /* after a crash: epochs and high watermark from the disk */
struct producer_batch part_log_batch(const struct part_log *l, int64_t offset);

/* cluster_client.c */
void sim_clients_init(struct cluster *c);
void sim_clients_done(struct cluster *c);
void sim_client_on_rpc(struct cluster *c, struct rpc *answer);
void sim_agent_tells_death(struct broker_model *b);
/* Every producer has had something acknowledged since, every consumer is at the end. */
bool clients_are_served(const struct cluster *c);
void clients_mark(struct cluster *c);

/* cluster_check.c: each ends the process when a rule is broken. */
void truth_init(struct cluster *c);
void truth_done(struct cluster *c);
void truth_on_metadata(struct cluster *c); /* more of the metadata is committed */
void truth_leads(struct broker_model *b, const struct replica *r);
void truth_appended(struct broker_model *b, const struct replica *r, int64_t offset);
void truth_raised(struct broker_model *b, const struct replica *r, int64_t from);
void truth_truncates(struct broker_model *b, const struct replica *r, int64_t to);
void truth_acked(struct cluster *c, int producer, int32_t partition, int64_t number,
                 int64_t offset);
void truth_read(struct broker_model *b, const struct rpc_fetch *f);
void truth_isr(struct cluster *c); /* after every event */
int64_t truth_end(const struct cluster *c, int32_t partition);
const struct image *truth_image(const struct cluster *c);
/* May the broker die without anything acknowledged being lost? */
bool truth_spares(const struct cluster *c, const struct broker_model *b);
/* At the end: what idempotent producers wrote is there once and in order. */
void truth_final(struct cluster *c);

#endif

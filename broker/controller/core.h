/* core - the metadata state machine: decide, then apply.
 *
 *   request + image --decide--> records + reply      (nothing changes)
 *   records         --image_apply--> image           (the shell, at once after the append)
 *
 * Pure: time, ids and the next offset come with the call. What a decide leaves behind
 * beside records is soft state only: who was heard of when (contacts), which every new
 * leader starts anew.
 *
 * The image holds what is appended, committed or not; a leader that loses its epoch
 * throws core and image away and builds both from the log. */
#ifndef KLAMM_BROKER_CONTROLLER_CORE_H
#define KLAMM_BROKER_CONTROLLER_CORE_H

#include "api/kafka/api_keys.h"
#include "api/kafka/errors.h"
#include "broker/metadata/image.h"
#include "broker/metadata/record.h"
#include "broker/raft/voters.h"
#include "common/arena.h"
#include "common/rng.h"

enum {
    RECORDS_PER_CALL_MAX = 10000,
    PRODUCER_ID_BLOCK = 1000,
    /* A leader that fell silent is given up after a fetch that waits 0.5 s and its time-out of 2 s. */
    FIRST_SESSION_MS_MIN = 4000,
    RESOURCE_TOPIC = 2,
    RESOURCE_BROKER = 4
};

/* Framed record values, one behind the other. */
struct records {
    struct buf bytes;
    struct buf ends; /* size_t each */
    int n;
};

void records_done(struct records *r);
void records_clear(struct records *r);
void records_put(struct records *r, enum metadata_record type, int16_t version, const void *msg);
struct slice records_at(const struct records *r, int i);
/* Back to `n` records. */
void records_cut(struct records *r, int n);

/* What the controller has heard of a broker. */
struct contact {
    int32_t id;
    int64_t epoch; /* of its registration */
    int64_t heard_ms;
    int64_t metadata_offset; /* it has applied */
    int64_t shutdown_offset; /* last record of moving its leaderships, -1 not shutting down */
};

struct refusal {
    int16_t error;
    const char *message;
};

struct call;
struct config;

/* What the core asks of the quorum that carries its log; NULL functions: not to be had. */
struct core_quorum {
    int16_t (*kraft_version)(void *ctx);
    /* kraft.version to `level`, which is above or equal to the present one. Fine: the control records
     * are on their way, none with `validate_only`. */
    struct refusal (*upgrade)(void *ctx, struct call *k, int16_t level, bool validate_only);
    void *ctx;
};

struct core {
    struct image *image;
    const char *cluster_id;
    int32_t node_id, controller_id; /* this one, the active one (-1 unknown) */
    int64_t session_timeout_ms;
    struct contact *contacts;
    int contacts_n;
    struct rng rng;
    const char *(*config)(void *ctx, const char *name);
    void *config_ctx;
    const struct config *node; /* the same properties, for what describes them; NULL in unit tests */
    const char *(*logger_level)(void); /* NULL: nobody can tell */
    const struct voters *voters;
    struct core_quorum quorum;
    int64_t balance_at_ms, unclean_at_ms; /* when elect_tick is due */
    const char *acted; /* what the last core_tick did, for the log */
    size_t placed;                        /* moves on with each placement, so leaders spread */
};

struct call {
    struct core *c;
    struct arena *a; /* of the request; the reply may live in it */
    int16_t version;
    int64_t now_ms;      /* monotonic */
    int64_t next_offset; /* of the first record that this call puts */
    struct records *out;
};

typedef void (*decide_fn)(struct call *k, const void *request, void *response);
/* The decide of an API, NULL when the controller has none. */
decide_fn core_decide(int16_t api_key);

void core_init(struct core *c, struct image *image);
/* The image stays the caller's. */
void core_done(struct core *c);
/* A new leader: every registered broker counts as heard of now, and has FIRST_SESSION_MS_MIN at least to
 * find it. */
void core_activate(struct core *c, int64_t now_ms);
/* The controller itself stood still for `ms`: what brokers said meanwhile may not have been read, and
 * counts as said that much later. */
void core_stood_still(struct core *c, int64_t ms);
/* Fences at most one broker whose session has run out; otherwise, when it is time, elects preferred
 * leaders (auto.leader.rebalance.enable, leader.imbalance.check.interval.seconds) and unclean ones
 * where the config allows it. Returns when to come again. */
int64_t core_tick(struct call *k);

/* Below: for the core's own files. */
int16_t core_level(const struct core *c); /* metadata.version */
bool core_elr(const struct core *c);
struct contact *core_contact(struct core *c, int32_t id);
struct uuid core_new_id(struct core *c);
const char *core_text(const struct call *k, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* In force on this node: its record, the cluster's, server.properties; NULL when none says anything. */
const char *core_config_text(const struct core *c, const char *name);
/* The same as a number, or `otherwise`. */
int64_t core_config_int(const struct core *c, const char *name, int64_t otherwise);
/* KF_ERR_STALE_BROKER_EPOCH unless the broker is registered with that epoch. */
int16_t core_check_epoch(const struct core *c, int32_t broker, int64_t epoch);

bool ids_has(const int32_t *ids, int32_t n, int32_t id);
/* NULL when there is none; `t` may be NULL. */
const struct partition_state *core_partition(const struct topic_state *t, int32_t id);

/* election.c */
enum election {
    ELECT_ONLINE,    /* the leader stays if it can; unclean only where the config allows it */
    ELECT_PREFERRED, /* the first replica if it can; never unclean by config */
    ELECT_UNCLEAN    /* anyone who is up rather than nobody */
};

/* Where a reassignment takes a partition: `replicas` are the wanted ones, then those in `removing`. */
struct assignment {
    const int32_t *replicas, *adding, *removing;
    int32_t replicas_n, adding_n, removing_n;
};

struct change {
    const struct topic_state *topic;
    int32_t partition;
    const int32_t *isr; /* target; NULL: as it is */
    int32_t isr_n;
    enum election election;
    int32_t leaving;                        /* a broker that does not count any more, -1 none */
    bool unclean_shutdown;                  /* ... and may have lost what it had: not in the ELR */
    const struct broker_registration *back; /* one that counts as unfenced already, or NULL */
    int8_t recovery;                        /* -1 as it is */
    const struct uuid *directories;         /* NULL: as they are; else one per replica */
    const struct assignment *to;            /* NULL: as it is */
};

/* The partition as it will be. */
struct changed {
    int32_t leader, leader_epoch, partition_epoch;
    const int32_t *isr; /* in the call's arena, or the partition's own */
    int32_t isr_n;
    int8_t recovery;
};

/* Puts the PartitionChangeRecord that brings replicas, leader, ISR and ELR in line, and ends a
 * reassignment whose new replicas are in sync; none when nothing changes (false).
 * `ret` may be NULL. */
bool change_put(struct call *k, const struct change *c, struct changed *ret);
/* unclean.leader.election.enable: the topic's, this node's, the cluster's, server.properties'. */
bool change_unclean_enabled(const struct core *c, struct str topic);

/* A replica's directory at a broker: UNASSIGNED and MIGRATING count as online; LOST never does. */
bool change_directory_online(const struct broker_registration *b, const struct uuid *d);

/* leaving.c */
/* Takes `broker` out of every ISR and leadership; after an unclean shutdown out of the ELRs too. */
void change_remove_broker(struct call *k, int32_t broker, bool unclean_shutdown);
/* One partition's ISR without `broker`; ELR and leader follow by themselves. */
void change_take_out(struct call *k, struct image_place at, int32_t broker, bool unclean_shutdown);
/* Leaderless partitions that `broker` may lead now. */
void change_broker_back(struct call *k, const struct broker_registration *b);

/* elect_leaders.c */
/* unclean.leader.election.enable turns true: for `topic`, or, "", for those that have no value of
 * their own. */
void elect_unclean_now(struct call *k, struct str topic);
/* The elections that are due; returns when the next are. */
int64_t elect_tick(struct call *k);

/* partitions.c */
/* Counts for an ISR: registered, unfenced, not in controlled shutdown. */
bool partition_replica_active(const struct call *k, int32_t broker);
/* Where a new replica goes: the broker's one directory; else the broker says later
 * (AssignReplicasToDirs); none when it is not known. */
struct uuid partition_directory(const struct call *k, int32_t broker);
/* The PartitionRecord of a new partition: its ISR are the active replicas (at least one), the first
 * of them leads. `replicas` is kept until the records are applied. */
void partition_put(struct call *k, const struct uuid *topic, int32_t partition,
                   const int32_t *replicas, int32_t replicas_n);

/* reassign.c */
/* A list of replicas given by hand: not empty, registered brokers, each once. */
struct refusal assignment_refusal(const struct call *k, int32_t partition, const int32_t *ids,
                                  int32_t n);

/* configs.c */
/* KIP-966: who was eligible under another min.insync.replicas, or before the feature was on, is so no
 * longer. `topic` "": all. */
void config_clear_elr(struct call *k, struct str topic);
int32_t config_min_isr(const struct core *c, struct str topic);

void decide_broker_registration(struct call *k, const void *request, void *response);
void decide_broker_heartbeat(struct call *k, const void *request, void *response);
void decide_unregister_broker(struct call *k, const void *request, void *response);
void decide_controller_registration(struct call *k, const void *request, void *response);
void decide_create_topics(struct call *k, const void *request, void *response);
void decide_delete_topics(struct call *k, const void *request, void *response);
void decide_create_partitions(struct call *k, const void *request, void *response);
void decide_alter_partition(struct call *k, const void *request, void *response);
void decide_elect_leaders(struct call *k, const void *request, void *response);
void decide_assign_replicas_to_dirs(struct call *k, const void *request, void *response);
void decide_incremental_alter_configs(struct call *k, const void *request, void *response);
void decide_describe_configs(struct call *k, const void *request, void *response);
void decide_alter_configs(struct call *k, const void *request, void *response);
void decide_allocate_producer_ids(struct call *k, const void *request, void *response);
void decide_update_features(struct call *k, const void *request, void *response);
void decide_describe_cluster(struct call *k, const void *request, void *response);
void decide_alter_client_quotas(struct call *k, const void *request, void *response);
void decide_alter_user_scram_credentials(struct call *k, const void *request, void *response);
void decide_create_delegation_token(struct call *k, const void *request, void *response);
void decide_renew_delegation_token(struct call *k, const void *request, void *response);
void decide_expire_delegation_token(struct call *k, const void *request, void *response);
void decide_describe_acls(struct call *k, const void *request, void *response);
void decide_create_acls(struct call *k, const void *request, void *response);
void decide_delete_acls(struct call *k, const void *request, void *response);
void decide_list_partition_reassignments(struct call *k, const void *request, void *response);
void decide_alter_partition_reassignments(struct call *k, const void *request, void *response);

#endif

/* store - what klammd knows: wanted and observed, in memory for reading, in SQLite for keeping.
 *
 *   cluster 1 -- n process (one broker or controller, placed on a node)
 *           1 -- n operation
 *   configuration 1 -- n revision
 *   node, token
 *
 * Readers look at the structs; whoever changes one, changes it between store_begin and
 * store_commit and hands it to store_put_*. When a commit fails, memory and disk disagree and
 * the store is broken: klammd must stop and read anew. SQLite in WAL mode with synchronous=FULL:
 * what is committed is there after a power cut. Whatever is put and is another than before leaves an event in
 * its cluster's history (event.h). Owned by one thread. */
#ifndef KLAMM_CONTROLPLANE_STORE_STORE_H
#define KLAMM_CONTROLPLANE_STORE_STORE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "common/list.h"
#include "common/mem.h"
#include "common/slice.h"
#include "controlplane/scaling/forecast.h"

struct store;

/* MSK's names of these are in store_cluster_state_name. */
enum cluster_state {
    CLUSTER_CREATING,
    CLUSTER_ACTIVE,
    CLUSTER_DELETING,
    CLUSTER_FAILED,
    CLUSTER_HEALING,
    CLUSTER_UPDATING,
    CLUSTER_REBOOTING,
    CLUSTER_STATES,
};
enum process_kind { PROCESS_CONTROLLER, PROCESS_BROKER };
enum process_wanted { WANTED_RUN, WANTED_GONE, WANTED_STOPPED };
enum process_seen { SEEN_NOTHING, SEEN_STARTING, SEEN_RUNNING, SEEN_STOPPED, SEEN_FAILED, SEEN_GONE };
enum operation_state { OPERATION_PENDING, OPERATION_IN_PROGRESS, OPERATION_COMPLETE, OPERATION_FAILED };

struct cluster {
    struct list node;             /* in the store, oldest first */
    char *arn, *name;
    char *uuid;                   /* the ARN's last part; names directories on nodes */
    char *kafka_id;               /* 22 characters, as Kafka's cluster.id */
    char *current_version;        /* MSK's optimistic lock */
    enum cluster_state state;
    char *state_code, *state_message; /* of FAILED, and of a wait; NULL when there is nothing to say */
    int64_t created_ms;
    int32_t brokers_n;
    json_t *spec;                 /* the provisioned part of CreateClusterV2, checked and completed */
    json_t *tags;                 /* object of strings */
    json_t *scaling;              /* of its storage, by itself: an object, what is in it fleet/grow.h says */
    char *scaling_refusal;        /* why it does not grow though it should, or NULL; not stored */
    int64_t scaling_refused_ms;   /* since when; not stored */
    char *policy, *policy_version; /* the text of its resource policy; NULL: none */
    struct list processes;        /* by kind and id */
    struct operation *newest;     /* of its operations, NULL: none; not stored */
    json_t *rebalance;            /* the newest wish (controlplane/fleet/rebalance.h), or NULL: none ever */
    struct {                      /* as its newest event has it; of event.c alone */
        bool known, rebalance_over;
        enum cluster_state state;
        char *code, *message, *policy_version, *growth;
        json_t *tags;
        int64_t rebalance;
    } told;
};

struct process {
    struct list node;             /* in the cluster */
    struct cluster *cluster;
    enum process_kind kind;
    int32_t node_id;              /* Kafka's node.id */
    char *host;                   /* name of the node that it is placed on */
    char *zone, *subnet_id, *address;
    enum process_wanted wanted;
    int64_t revision;             /* of the last change of what is wanted */
    int64_t restart;              /* of the newest restart asked for, 0: none */
    enum process_seen seen;
    char *reason;                 /* what the agent says of a failure, or NULL */
    int64_t added_ms;
    int64_t used_bytes, total_bytes; /* of its volume; total 0: not known. Not stored */
    int64_t replicas;                /* that it holds, as last told; 0: none, or not known. Not stored */
    struct forecast forecast;        /* not stored */
    struct {                         /* as above */
        bool known;
        enum process_seen seen;
        char *host;
        int64_t revision, restart;
    } told;
};

struct operation {
    struct list node;             /* newest first */
    char *arn, *cluster_arn, *type, *step, *error_code, *error_message;
    enum operation_state state;
    int64_t created_ms, ended_ms; /* ended 0: not yet */
    json_t *source, *target;      /* what of the cluster changes, as MSK's MutableClusterInfo; objects */
    json_t *plan;                 /* an object; what is in it, reconcile/plan.h says */
    struct {                      /* as above */
        bool known;
        enum operation_state state;
        char *step;
    } told;
};

struct configuration {
    struct list node;
    char *arn, *name, *description; /* description may be NULL */
    json_t *kafka_versions;         /* list of texts */
    int64_t created_ms;
    struct list revisions;          /* from 1 on, never empty once it is stored; they never change */
};

struct configuration_revision {
    struct list node;
    int32_t number;
    char *description;              /* may be NULL */
    char *properties;               /* the text of server.properties, checked */
    int64_t created_ms;
};

enum { NODE_ID_MAX = 32 };

struct node {
    struct list node;
    char *name, *zone;
    int64_t cpus, memory_bytes, disk_bytes;
    int64_t joined_ms;
    int64_t removed_ms;           /* not 0: given up for good, a tombstone that no agent comes back from */
    int64_t last_seen_ms, silent_since_ms; /* not stored */
    int64_t revision;             /* the newest of what is wanted on it */
    /* Whose word counts (reconcile/node.h): the data directory that its agent has, "": not known yet; and,
     * not stored, the run of it that has asked last, and the number of its newest report. */
    char installation[NODE_ID_MAX + 1], instance[NODE_ID_MAX + 1];
    int64_t report;
    char limits[200], volumes[200]; /* as its agent says them (api/agent/messages.h); not stored */
    void *session;                /* of fleet: not stored */
    int64_t told_removed_ms;      /* as above */
};

/* Opens or creates `path` (0600), migrates, checks, loads all. ERR_UNSUPPORTED for a schema newer than
 * this klammd, ERR_CORRUPT, ERR_BUSY, ERR_NO_SPACE, ERR_IO: `reterr` says which. */
err_t store_open(const char *path, struct store **ret, struct why *reterr);
/* NULL is fine. */
struct store *store_free(struct store *s);
DEFINE_OWNED(store)

/* A copy in memory that is never written anywhere: begin, put and commit change the copy alone. Operations
 * that are over are left out, join tokens too. What is not stored (node->session) is copied as it is. */
struct store *store_fork(struct store *s);

struct list *store_clusters(struct store *s);
struct list *store_operations(struct store *s);
struct list *store_nodes(struct store *s);
struct cluster *store_cluster(struct store *s, struct str arn);
struct cluster *store_cluster_named(struct store *s, struct str name);
struct operation *store_operation(struct store *s, struct str arn);
struct operation *store_active_operation(struct store *s, const struct cluster *c);
struct node *store_node(struct store *s, struct str name);
struct process *store_process(struct store *s, struct str id); /* "<uuid>/broker-1" */
char *store_process_id(const struct process *p);               /* the caller frees */

/* New objects in memory, on their lists; texts are copied, `spec` and `tags` are taken over. */
struct cluster *store_cluster_new(struct store *s, const char *arn, const char *name, json_t *spec,
                                  json_t *tags);
struct process *store_process_new(struct cluster *c, enum process_kind kind, int32_t node_id);
struct operation *store_operation_new(struct store *s, const char *arn, const char *cluster_arn,
                                      const char *type);
struct node *store_node_new(struct store *s, const char *name, const char *zone);

/* Configurations: model as above, functions in configuration.c. */
struct list *store_configurations(struct store *s);
unsigned store_configurations_n(struct store *s);
struct configuration *store_configuration(struct store *s, struct str arn);
struct configuration *store_configuration_named(struct store *s, const char *name);
const struct configuration_revision *store_configuration_latest(const struct configuration *k);
const struct configuration_revision *store_configuration_revision(const struct configuration *k, long number);
struct configuration *store_configuration_new(struct store *s, const char *arn, const char *name);
/* The next number; `properties` is copied. */
struct configuration_revision *store_configuration_revision_new(struct configuration *k,
                                                                const char *properties);

void store_begin(struct store *s);
void store_put_cluster(struct store *s, const struct cluster *c);
/* cluster->scaling alone. */
void store_put_scaling(struct store *s, const struct cluster *c);
void store_put_process(struct store *s, const struct process *p);
void store_put_operation(struct store *s, const struct operation *o);
void store_put_node(struct store *s, const struct node *n);
/* Once, when it is new. */
void store_put_configuration(struct store *s, const struct configuration *k);
void store_put_configuration_revision(struct store *s, const struct configuration *k,
                                      const struct configuration_revision *r);
/* Removes it with its revisions, from disk and memory. */
void store_remove_configuration(struct store *s, struct configuration *k);
/* Its `rebalance`, which is there. */
void store_put_rebalance(struct store *s, const struct cluster *c);
/* Removes it with its processes, from disk and memory; its operations stay. */
void store_remove_cluster(struct store *s, struct cluster *c);
void store_remove_process(struct store *s, struct process *p);
/* ERR_IO, ERR_NO_SPACE, ERR_BUSY, ERR_CORRUPT: the store is broken from here on. Nothing put: no write. */
err_t store_commit(struct store *s, struct why *reterr);

/* A revision larger than all before, also those that an older copy of the store knows nothing of; kept with
 * the next commit. */
int64_t store_next_revision(struct store *s);
/* The newest one as the store was opened: what was given out since is all known here. */
int64_t store_opened_revision(const struct store *s);

/* One-time join tokens; only their SHA-256 is kept. */
void store_put_token(struct store *s, const char *token_hash, int64_t expires_ms);
/* True for the first taker of a token that has not expired, and to the same taker again for
 * STORE_TOKEN_AGAIN_MS (no longer than the token lives): the answer may have been lost. */
enum { STORE_TOKEN_AGAIN_MS = 600000 };
bool store_take_token(struct store *s, const char *token_hash, const char *taker, int64_t now_ms);

/* Replaces a text member by a copy; NULL is fine. */
void store_set_text(char **member, const char *text);
/* Replaces a JSON member by `value`, which is taken over. */
void store_set_json(json_t **member, json_t *value);

const char *store_cluster_state_name(enum cluster_state s);
const char *store_operation_state_name(const struct operation *o);
const char *store_process_kind_name(enum process_kind k);
const char *store_seen_name(enum process_seen s);
bool store_seen_parse(const char *text, enum process_seen *ret);

#endif

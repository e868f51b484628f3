/* fleet - the control plane and the agents in one process: what fleet_sim.c and its parts share.
 *
 *   users --the API's own handlers--> klammd: store, reconcilers, acts --wire--> agents --> processes
 *
 * Real: controlplane/{rest,store,reconcile,placement,scaling}, fleet's acts, agent/supervise's core, the
 * messages. Models: fleet.c and lost.c (fleet_klammd.c), the agent's shells process.c and link.c
 * (fleet_agent.c), broker processes and what is on them (fleet_data.c), users (fleet_user.c).
 *
 * Everything that happens is an event of `sim`; ids and keys come from `ids`, so that a seed repeats. */
#ifndef KLAMM_TESTS_SIM_FLEET_H
#define KLAMM_TESTS_SIM_FLEET_H

#include <event2/event.h>
#include <jansson.h>

#include "agent/supervise/supervise.h"
#include "controlplane/config.h"
#include "controlplane/fleet/fleet.h"
#include "controlplane/store/store.h"
#include "tests/sim/sim.h"

enum {
    NODES = 6,         /* two in each of three zones */
    CLONE = NODES,     /* another agent with the identity of one of them */
    AGENTS = NODES + 1,
    CLUSTERS = 3,
    SLOTS = 48,        /* processes of a node */
    JOBS = 4,          /* rebalances of an agent */
    STEPS = 16,        /* of a user */
    DATA = 128,        /* brokers of a life */
    EFFECTS = 192,     /* processes of a life */
    ID_BYTES = 80,
};

/* One process on one node: on its disk, as it really is, and as its agent knows it. */
struct slot {
    char id[ID_BYTES];
    bool used, directory, formatted, gone, stopped, is_broker;
    int64_t revision, restart, volume_bytes, restarted; /* restarted: the newest that it was launched for */
    bool bad;                /* does not start with what is wanted */
    bool running, formatting, serves, caught_up, bad_running, away;
    int64_t launched;
    uint32_t life;           /* of the process */
    struct supervise core;
    bool adopted, syncs, may_stop;
    uint32_t timer, sync;    /* the newest of each counts */
    int64_t used_bytes;
    bool telling, told, told_any; /* that it is there: by the report under way, by the last that arrived */
};

/* What an agent is about for a cluster's rebalance; gone when it dies. */
struct job {
    int64_t id; /* 0: none */
    int cluster;
    int32_t drain[8];
    int drain_n;
    bool retire, unregister;
    const char *state, *reason;
};

struct agent {
    int index, node;
    bool up, off, burnt;     /* off: the machine; burnt: for good */
    bool removed;            /* klammd has told it so */
    uint32_t life;
    struct slot slots[SLOTS];
    struct job jobs[JOBS];
    uint32_t poll, report;   /* the request under way, 0: none */
    uint32_t requests;
    int64_t revision, poll_wait_ms, report_wait_ms;
    int64_t sequence;        /* of its reports */
    bool changed;
    int64_t off_since_ms;
};

struct session {
    bool parked;
    int agent;
    uint32_t life, request;
    int64_t revision;
};

struct klammd {
    bool up;
    uint32_t life;
    char *path, *backup;
    struct store *store;
    struct fleet *fleet; /* only for its wake, which nobody waits for */
    int64_t since_ms;
    struct session sessions[NODES];
    int64_t silent_since_ms[NODES];
    bool given_up[NODES];
    bool woken;
    uint32_t later;      /* the newest time to look again counts */
    int commits, crash_at;
    int changes;         /* of the database, up to the last durable step */
};

struct broker {
    int cluster;
    int32_t id;
    bool registered, cordoned;
    int holds;
};

enum step_type {
    STEP_CREATE, STEP_CONFIGURE, STEP_CONFIGURE_BADLY, STEP_REBOOT, STEP_REBOOT_ALL, STEP_GROW, STEP_OUT,
    STEP_IN, STEP_IN_BLOCKED, STEP_TYPE, STEP_TAG, STEP_POLICY, STEP_FILL, STEP_DELETE, STEP_TYPES,
};

/* Whoever owns cluster i: a list of calls, one after the other. */
struct user {
    enum step_type steps[STEPS];
    int n, at;
    int operations;      /* that were accepted */
    bool blocked;        /* its brokers cannot be drained */
    bool filled, asked_to_delete;
    char arn[200], uuid[64], name[16], kafka_id[32];
    char version[32];    /* as last seen, with the number of completed updates */
    int completed;
};

/* How often something was done to a process; for one cluster's kind and id. */
struct effect {
    int cluster;
    char id[24];
    int volumes, restarts, removals;
};

struct faults {
    bool on;
    int loss, doubled, late;              /* of a message, per mille */
    int klammd;                           /* of a durable step */
    int agents_ms, processes_ms, power_ms, lies_ms, clone_ms, impatient_ms; /* mean times, 0: never */
};

struct world {
    struct sim sim;
    struct rng ids;
    struct faults faults;
    struct config config;
    struct event_base *base;
    struct klammd klammd;
    struct agent agents[AGENTS];
    struct user users[CLUSTERS];
    int users_n;
    struct broker data[DATA];
    int data_n;
    struct effect effects[EFFECTS];
    int effects_n;
    bool loses_nodes, restored;
    char configurations[3][160];          /* ARNs: two good ones and a bad one */
    char unsettled[160];                  /* what was not as it shall be in the end, when last looked at */
};

/* What all lives did. */
struct totals {
    long events, commits, crashes, calls, refused, impatient, operations, restarts, removals, lost, restored,
        returned, reports, stale, lives;
};
extern struct totals totals;

static inline int64_t world_ms(const struct world *w)
{
    return 1000000 + sim_ms(&w->sim);
}

/* fleet_sim.c */
bool world_chance(struct world *w, int per_mille); /* only while there are faults */
int cluster_of_id(const struct world *w, const char *id, const char **ret_name); /* -1: none of the users' */
struct effect *effect_of(struct world *w, const char *id);

/* fleet_klammd.c */
void klammd_start(struct world *w);
void klammd_stop(struct world *w);
/* It dies when a durable step was made and chance wants it; true when it has. */
bool klammd_may_die(struct world *w);
void klammd_wake(struct world *w);
void klammd_backup(struct world *w);
void klammd_refuses_to_remove(struct world *w);
void klammd_restore(struct world *w);
void klammd_gone(struct world *w, const struct agent *a); /* its connection is cut */
/* One request of an agent; the answers come by agent_answered. */
void klammd_hears(struct world *w, int agent, uint32_t life, uint32_t request, bool is_report, json_t *body);

/* fleet_agent.c */
void agent_start(struct world *w, struct agent *a);
void agent_crash(struct world *w, struct agent *a);
void machine_off(struct world *w, struct agent *a);
void agent_answered(struct world *w, int agent, uint32_t life, uint32_t request, int status, json_t *body);
void agent_cut_off(struct world *w, struct agent *a); /* klammd has died */
json_t *agent_says(const struct agent *a, json_t *body); /* adds who it is */
void agent_changed(struct world *w, struct agent *a);
void process_dies(struct world *w, struct agent *a, struct slot *s);
/* fleet_lies.c: what no good agent says. */
void agent_lies(struct world *w, struct agent *a);

/* fleet_data.c */
struct broker *data_broker(struct world *w, const char *id, bool make);
void data_runs(struct world *w, const char *id);
void data_topic(struct world *w); /* somebody makes one */
void data_assigned(struct world *w); /* by hand, to whatever broker is registered */
void data_wanted(struct world *w, struct agent *a, const json_t *rebalances);
json_t *data_seen(const struct world *w, const struct agent *a);
void data_work(struct world *w, struct agent *a);
bool data_settled(const struct world *w, int cluster, int brokers);

/* fleet_user.c */
void user_plan(struct world *w, struct user *u, bool all);
void user_prepare(struct world *w); /* what all users share */
void user_acts(struct world *w, int cluster);
void user_is_impatient(struct world *w, int cluster);
bool user_is_done(const struct user *u);

/* fleet_check.c */
void check_store(struct world *w);
void check_touch(struct world *w, const struct cluster *c, const struct process *p);
void check_runs(struct world *w, const struct agent *a, const struct slot *s);
void check_stops(struct world *w, const struct agent *a, const struct slot *s);
void check_removes(struct world *w, const struct agent *a, const struct slot *s);
bool world_settled(struct world *w);
/* The end of a life in words, the same for the same: the caller frees. */
char *world_tell(struct world *w);

#endif

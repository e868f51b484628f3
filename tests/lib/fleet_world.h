/* fleet_world - what controlplane/fleet/sim_test.c simulates: klammd's store, agents with their processes,
 * and what is on the wire. */
#ifndef KLAMM_TESTS_LIB_FLEET_WORLD_H
#define KLAMM_TESTS_LIB_FLEET_WORLD_H

#include "common/rng.h"
#include "controlplane/config.h"
#include "tests/lib/asks.h"
#include "tests/lib/moves.h"

enum { AGENTS = 4, SLOTS = 16, WIRE = 8, CLUSTERS = 3, FAULTY_STEPS = 2000, CALM_STEPS = 60000 };

/* One process on one node, as the agent knows it (on its disk) and as it really is. */
struct slot {
    char id[128], address[32];
    int64_t revision;
    int64_t restart, launched; /* wanted, and what runs was launched for */
    int restarts;
    int64_t volume_bytes;
    bool used, gone, stopped, directory, running;
    bool away;                 /* for a restart, and until it has caught up */
    bool bad, failed;          /* does not start as it is wanted; has not started */
};

struct agent {
    char name[16], zone[2];
    struct slot slots[SLOTS];
    int64_t held;    /* the revision of its last wanted document; -1 after a restart */
    bool up, told;   /* told: its last state has been acknowledged */
    bool lost;       /* for good, with all that is on it */
    bool polling;
};

/* A request or an answer under way; of one connection, which a crash of either side ends. */
struct message {
    int agent;
    bool is_report; /* else: wanted, to the agent */
    json_t *body;
};

struct sim {
    char *path;
    struct rng rng;
    struct store *store;
    struct config config;
    struct agent agents[AGENTS];
    struct message wire[WIRE];
    int64_t now_ms;
    int commits, crash_at;  /* after the n-th durable step; 0: never */
    bool faulty;
    char deleted[CLUSTERS][64]; /* uuids of clusters that were asked to be deleted */
    unsigned deleted_n, created_n;
    unsigned removed_n;
    struct asks asks;
    struct moves moves;
};

#endif

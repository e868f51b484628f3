/* moves - a model of the clusters' data and of what agents do about it for klammd: brokers hold replicas
 * or do not, are registered, are cordoned; agents fill, drain, retire and unregister them, a step at a time.
 *
 * Brokers are named as processes are: "uuid-0/broker-4". A cluster's Kafka id tells its number
 * (tests/lib/asks.h). Asserted here: none is asked to be unregistered whose process may still run. */
#ifndef KLAMM_TESTS_LIB_MOVES_H
#define KLAMM_TESTS_LIB_MOVES_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum { MOVES_BROKERS = 64, MOVES_AGENTS = 8, MOVES_JOBS = 4, MOVES_DRAIN = 8 };

struct moves_broker {
    char id[128];
    bool runs, registered, holds, cordoned;
};

/* What an agent is about; all of it is lost when it dies. */
struct moves_job {
    int64_t id; /* 0: none */
    char cluster[32];
    char drain[MOVES_DRAIN][128];
    int drain_n;
    bool retire, unregister;
    const char *state, *reason;
};

struct moves {
    struct moves_broker brokers[MOVES_BROKERS];
    struct moves_job jobs[MOVES_AGENTS][MOVES_JOBS];
    bool cannot_drain; /* a drain ends as failed, by what is on the brokers */
    int drained, failed, forgotten; /* ends of jobs, in all */
};

/* A process that is no broker's changes nothing. */
void moves_runs(struct moves *m, const char *id, bool runs);
/* Its volume goes: asserts nothing, tells whether it holds nothing. */
bool moves_is_empty(const struct moves *m, const char *id);
/* Somebody makes a topic: one of the brokers that may be placed on gets a replica. */
void moves_place(struct moves *m, uint64_t random);

/* The list of a poll's answer, and of a report (a new one). */
void moves_wanted(struct moves *m, int agent, const json_t *rebalances);
json_t *moves_seen(const struct moves *m, int agent);
/* One step of one job; true when there is something new to report. */
bool moves_work(struct moves *m, int agent, uint64_t random);
void moves_agent_died(struct moves *m, int agent);

/* Of the cluster: as many are registered, and none of them is cordoned. */
bool moves_settled(const struct moves *m, const char *uuid, int brokers);

#endif

/* foresee - what a change would lead to, before it is made.
 *
 * The change is made in a fork of the store; there the reconciler itself goes on, with agents that do at once
 * what they are told. So what is foreseen is what the same code would do, and nothing leaves the fork.
 *
 * Bytes are estimates out of what the agents have told of their volumes: brokers that are added get an even
 * share of all there is, brokers that go give all they have, a broker that is placed anew copies what it had.
 * Times are those below, moves at the rate given or FORESEE_RATE for every broker that receives. */
#ifndef KLAMM_CONTROLPLANE_FLEET_FORESEE_H
#define KLAMM_CONTROLPLANE_FLEET_FORESEE_H

#include "controlplane/config.h"
#include "controlplane/store/store.h"

enum {
    FORESEE_LAUNCH_S = 5,  /* brokers that are launched together, and the plan of what moves to them */
    FORESEE_RESTART_S = 1, /* a process, until it is in sync again */
    FORESEE_APPLY_S = 1,   /* a process that is told without a restart */
    FORESEE_REMOVE_S = 5,  /* brokers that are removed together, and all looks before that */
    FORESEE_RISKS_MAX = 32,
};
#define FORESEE_RATE ((int64_t)128 << 20)

enum foresee_risk { FORESEE_NONE, FORESEE_LOW, FORESEE_MEDIUM, FORESEE_HIGH };

struct foresight {
    json_t *steps;   /* [{clusterName, action, process, id, node, zone, step}] in order */
    json_t *brokers; /* ids, each once, in the order in which they are touched */
    json_t *risks;   /* sentences */
    enum foresee_risk risk;
    int64_t bytes;   /* copied from broker to broker */
    double seconds;
    bool unknown;    /* no agent has told yet what there is: bytes and seconds are too small */
    const struct operation *operation; /* the first that the change has begun, of the fork; NULL: none */
};

/* How `fork` goes on, of which `before` is the original. `ret` is the caller's: foresight_done. */
void foresee(struct store *before, struct store *fork, const struct config *config, int64_t now_ms,
             struct foresight *ret);
void foresight_done(struct foresight *f);
const char *foresee_risk_name(enum foresee_risk r);

#endif

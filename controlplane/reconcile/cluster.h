/* cluster - the reconciler of clusters: wanted against seen gives one next action. Pure.
 *
 *   CREATING --place--> processes wanted --all running--> ACTIVE
 *       |  `-- a process failed for good, no place or not running in time --> FAILED
 *   ACTIVE --a node was removed--> HEALING: its processes placed anew --all running--> ACTIVE
 *   ACTIVE --an update was asked for--> UPDATING, REBOOTING_BROKER: its plan (plan.h) --done--> ACTIVE
 *   any --DeleteCluster--> DELETING --tombstones--> all gone --> forgotten
 *
 * Level-triggered: events only wake it, so a lost, late or doubled report changes nothing but when.
 * Nothing is destroyed but by reconcile's own tombstone of a DELETING cluster, and of a broker that holds
 * nothing and that an update removes. An agent that is away
 * is waited for, and the cluster's state says so: a creation for so long, all else for ever.
 *
 * A broker that is placed anew begins with an empty disk and catches up from its leaders. A controller
 * does so while all others of its cluster run: with one of them away as well, it could help to elect one
 * that has not seen everything. */
#ifndef KLAMM_CONTROLPLANE_RECONCILE_CLUSTER_H
#define KLAMM_CONTROLPLANE_RECONCILE_CLUSTER_H

#include "controlplane/store/store.h"

#define RECONCILE_WAITING "WaitingForAgent"

enum {
    RECONCILE_PLACE_MS_MAX = 120000,  /* from CreateCluster to a place for each process */
    RECONCILE_LAUNCH_MS_MAX = 600000, /* from there to all running */
    RECONCILE_SILENT_MS = 10000,      /* an agent that long away is worth a word */
};

enum reconcile_action {
    RECONCILE_NOTHING,
    RECONCILE_PLACE,     /* place the processes and want them running */
    RECONCILE_ACTIVATE,  /* CREATING, HEALING -> ACTIVE */
    RECONCILE_FAIL,      /* CREATING -> FAILED, because of `process` */
    RECONCILE_TOMBSTONE, /* want every process gone */
    RECONCILE_FORGET,    /* all are gone: remove the cluster */
    RECONCILE_HEAL,      /* ACTIVE -> HEALING, because the node of `process` was removed */
    RECONCILE_REPLACE,   /* place `process`, whose node was removed, on another node */
    RECONCILE_WRITE_OFF, /* `process` shall not run and its node was removed: count it as gone, or stopped */
    RECONCILE_SAY,       /* state code RECONCILE_WAITING, for the agent of `process` */
    RECONCILE_UNSAY,     /* that is over */
    RECONCILE_ADD,       /* place the brokers that the cluster shall have and has not */
    RECONCILE_TOUCH,     /* the update's next process is `process` */
    RECONCILE_TELL,      /* the cluster's state says what the agent of `process` waits for */
    RECONCILE_UNDO,      /* the update failed at `process`: put back what it has changed */
    RECONCILE_ABORT,     /* it failed there, and nothing is to be put back: -> ACTIVE */
    RECONCILE_MOVE,      /* the update needs partitions moved: ask for it */
    RECONCILE_STOP,      /* the brokers that the update removes hold nothing: want them stopped */
    RECONCILE_DEREGISTER, /* they are: the cluster shall forget them */
    RECONCILE_RETURN,    /* something is on them after all: want them to run and drained again */
    RECONCILE_REMOVE,    /* they are forgotten, and nothing can be on them: want them gone */
    RECONCILE_RAISE,     /* all run the update's version: ask for its features */
    RECONCILE_GIVE_UP,   /* brokers cannot be drained, and stay, or features not be raised: -> ACTIVE */
    RECONCILE_FINISH,    /* the update is done, or undone: -> ACTIVE */
};

/* What the reconciler sees beside the cluster. */
struct reconcile_view {
    int64_t now_ms;
    int64_t since_ms; /* klammd's start: what was not heard while it was down counts against nobody */
    /* Since when the agent of a node has not been connected; 0: it is. */
    int64_t (*silent_since_ms)(void *ctx, const char *host);
    /* True of a node that was removed: of its processes nobody will ever report. */
    bool (*removed)(void *ctx, const char *host);
    void *ctx;
    const struct operation *operation; /* the one under way of a cluster that is updated */
};

struct reconcile_next {
    enum reconcile_action action;
    const struct process *process; /* of FAIL, HEAL, REPLACE, WRITE_OFF, SAY, TOUCH, TELL, UNDO and ABORT */
    int64_t again_ms;              /* with NOTHING: look again after so long, 0 when an event will tell */
};

struct reconcile_next reconcile_cluster(const struct cluster *c, const struct reconcile_view *v);

/* Whether a report about a process may change what is stored of it: it must answer the newest
 * revision wanted, and nothing comes back from gone. */
bool reconcile_accepts(const struct process *p, int64_t revision, enum process_seen seen);

#endif

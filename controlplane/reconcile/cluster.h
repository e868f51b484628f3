/* cluster - the reconciler of clusters: wanted against seen gives one next action. Pure.
 *
 *   CREATING --place--> processes wanted --all running--> ACTIVE
 *       |  `-- a process failed for good, or no place in time --> FAILED
 *   any --DeleteCluster--> DELETING --tombstones--> all gone --> forgotten
 *
 * Level-triggered: events only wake it, so a lost, late or doubled report changes nothing but when.
 * Nothing is destroyed but by reconcile's own tombstone of a DELETING cluster. */
#ifndef KLAMM_CONTROLPLANE_RECONCILE_CLUSTER_H
#define KLAMM_CONTROLPLANE_RECONCILE_CLUSTER_H

#include "controlplane/store/store.h"

enum { RECONCILE_PLACE_MS_MAX = 120000 };

enum reconcile_action {
    RECONCILE_NOTHING,
    RECONCILE_PLACE,     /* place the processes and want them running */
    RECONCILE_ACTIVATE,  /* CREATING -> ACTIVE */
    RECONCILE_FAIL,      /* CREATING -> FAILED, because of `failed` */
    RECONCILE_TOMBSTONE, /* want every process gone */
    RECONCILE_FORGET,    /* all are gone: remove the cluster */
};

/* `ret_failed` (for FAIL): the process whose failure it is. */
enum reconcile_action reconcile_cluster(const struct cluster *c, const struct process **ret_failed);

/* Whether a report about a process may change what is stored of it: it must answer the newest
 * revision wanted, and nothing comes back from gone. */
bool reconcile_accepts(const struct process *p, int64_t revision, enum process_seen seen);

#endif

/* plan - an update of a running cluster: which of its processes it touches, and how far it is. Pure.
 *
 * What an operation still has to do is not written down: it is what the cluster's processes are not yet.
 * A process is touched by giving it a newer revision (and, when it is to be restarted, a newer restart),
 * so a klammd that dies anywhere goes on with the first process that is older than the operation.
 *
 *   R1  one process at a time: the next one only when all others are seen running
 *   R2  brokers first, by id; then controllers; but before all others the one that is away
 *   R3  seen running means caught up: an agent says so when its broker is in sync with every partition
 *       that it has a replica of, and it stops a broker only while that leaves every partition with all
 *       its other replicas in sync (agent/supervise/sync.h). So R1 waits for full ISR between any two.
 *   R4  a broker's volume goes only when nothing can be on it any more: an agent has seen that it holds
 *       nothing (rebalance DONE); then its process is stopped, else it would register again; then the
 *       cluster forgets it, after which nothing is placed on it; and an agent has looked once more since.
 *       What has come to be there in between brings it back, with its volume, and it is drained again
 *
 * operation->plan:
 *   steps       [names]  of all steps, in order; operation->step is the one under way
 *   how         "restart": by a restart; "apply": by telling the agent; absent: no process is touched
 *   since       a process whose restart (how apply: revision) is not older is touched already
 *   brokers     [ids] that are touched; absent: all
 *   controllers true: they are touched as well; [ids]: these of them
 *   count       how many brokers the cluster shall have; absent: those that it has. When one that was added
 *               does not start, all that were added are removed again
 *   fill        true: brokers that were added get their share of what there is before the end
 *   remove      [ids] of brokers that go: they are drained, then stopped, then the cluster forgets them,
 *               then their volumes go, then klammd forgets them
 *   rate        bytes a second that each broker may copy for that; absent: by headroom
 *   wish        the rebalance that was asked for to fill or drain; absent: not yet
 *   farewell    the one that makes the cluster forget the removed; absent: not yet
 *   returns     how often they came back because something was on them; `returned`: what, the last time.
 *               After PLAN_RETURNS_MAX times they stay
 *   release     of Apache Kafka: when all processes are touched, the cluster's features become its
 *   raise       the wish for that; absent: not yet
 *   undo        members of the cluster's spec as they were: put back when a process does not come up
 *   undoing     {code, message}: that has happened, and is why the operation fails in the end */
#ifndef KLAMM_CONTROLPLANE_RECONCILE_PLAN_H
#define KLAMM_CONTROLPLANE_RECONCILE_PLAN_H

#include "controlplane/store/store.h"

enum plan_action {
    PLAN_WAIT,
    PLAN_ADD,    /* brokers are missing that the cluster shall have */
    PLAN_TOUCH,  /* `process` is next */
    PLAN_FAILED, /* `process` was touched and does not come up */
    PLAN_MOVE,   /* ask for the rebalance that fills or drains */
    PLAN_STOP,   /* those of `remove` hold nothing: want them stopped */
    PLAN_FORGET, /* they are: ask for the cluster to forget them */
    PLAN_RETURN, /* something is on them after all: want them to run again, and drained again */
    PLAN_REMOVE, /* they are forgotten: want them gone */
    PLAN_RAISE,  /* ask for the features of `release` */
    PLAN_CANNOT, /* brokers cannot be drained, or features not be raised: the wish says why */
    PLAN_DONE,
};

struct plan_next {
    enum plan_action action;
    const struct process *process;
};

struct plan_next plan_next(const struct cluster *c, const struct operation *o);

/* The operation touches processes, by `how`, with revisions from `since` on. */
void plan_touch(struct operation *o, const char *how, int64_t since);
bool plan_restarts(const struct operation *o);
/* Whether the id is in a list of ids; one that is NULL has none. */
bool plan_names(const json_t *ids, int32_t node_id);
/* How a process that shall not run is seen in the end. */
enum process_seen plan_rests_as(const struct process *p);
/* Whether `p` is one of those that the operation removes. */
bool plan_removes(const struct operation *o, const struct process *p);
/* Whether the operation touches `p`, and whether it has. */
bool plan_covers(const struct operation *o, const struct process *p);
bool plan_has_touched(const struct operation *o, const struct process *p);

/* The name of the step that touches `p`; the caller frees. */
char *plan_step(const struct operation *o, const struct process *p);
/* Whether they have come back so often that they are to stay. */
enum { PLAN_RETURNS_MAX = 5 };
bool plan_gives_up(const struct operation *o);

/* Steps of brokers that come and go. */
#define PLAN_STEP_LAUNCH "LAUNCH_BROKERS"
#define PLAN_STEP_FILL "REBALANCE_PARTITIONS"
#define PLAN_STEP_DRAIN "DRAIN_BROKERS"
#define PLAN_STEP_REMOVE "REMOVE_BROKERS"
/* Steps of a newer version: all that touch processes, and the one that raises the features. */
#define PLAN_STEP_BINARIES "UPDATE_APACHE_KAFKA_BINARIES"
#define PLAN_STEP_FINALIZE "FINALIZE_UPDATE"
/* All steps of an operation on `c`, a new list: INITIALIZE_UPDATE, one a process, FINALIZE_UPDATE. */
json_t *plan_steps(const struct cluster *c, const struct operation *o);

/* The rest of the plan puts back what it has done so far, by newer revisions than `since`. `failed`: why. */
void plan_undo(const struct cluster *c, struct operation *o, int64_t since, const char *code,
               const char *message);

#endif

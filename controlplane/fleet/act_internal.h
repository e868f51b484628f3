/* act_internal - what act.c (clusters come and go), update.c (they are updated) and
 * members.c (their brokers come and go) share.
 *
 * All but act_stored, act_placement and act_list_subnets between store_begin and store_commit. */
#ifndef KLAMM_CONTROLPLANE_FLEET_ACT_INTERNAL_H
#define KLAMM_CONTROLPLANE_FLEET_ACT_INTERNAL_H

#include "controlplane/fleet/act.h"
#include "controlplane/placement/placement.h"

enum { ACT_SUBNETS_MAX = 3 };

/* A newer revision, for the process and for its node, so that the node's agent is told. */
void act_touch(struct store *s, struct process *p);
/* The cluster's state code and message; NULL: nothing to say. */
void act_set_state(struct store *s, struct cluster *c, const char *code, const char *message);
void act_set_step(struct store *s, const struct cluster *c, const char *step);
void act_end_operation(const struct act *a, const struct cluster *c, enum operation_state state,
                       const char *code, const char *message);
void act_add_process(struct store *s, struct cluster *c, const struct placed *placed, int64_t now_ms);

/* Of a const process, the one to change. */
struct process *act_stored(const struct act *a, const struct process *p);
/* Its `nodes` are the caller's to free. */
struct placement act_placement(const struct act *a, const struct cluster *c);
unsigned act_list_subnets(const struct config *config, const struct cluster *c, struct placement_subnet *ret);
/* Why a process is not running, for people; the caller frees. */
char *act_describe_failure(const struct act *a, const struct process *p);

/* The actions of an update. */
err_t act_add(const struct act *a, struct cluster *c, int64_t *ret_again_ms, struct why *reterr);
err_t act_on_process(const struct act *a, struct cluster *c, const struct process *next, struct why *reterr);
err_t act_tell(const struct act *a, struct cluster *c, const struct process *p, struct why *reterr);
err_t act_undo(const struct act *a, struct cluster *c, const struct process *failed, struct why *reterr);
err_t act_abort(const struct act *a, struct cluster *c, const struct process *failed, struct why *reterr);
err_t act_finish(const struct act *a, struct cluster *c, struct why *reterr);
/* The cluster is ACTIVE again and the operation over; closes the transaction. */
err_t act_end_update(const struct act *a, struct cluster *c, enum operation_state state, const char *code,
                     const char *message, struct why *reterr);

/* What a rebalance, or a wish like it, does for an update (members.c). */
err_t act_move(const struct act *a, struct cluster *c, struct why *reterr);
err_t act_stop(const struct act *a, struct cluster *c, struct why *reterr);
err_t act_return(const struct act *a, struct cluster *c, struct why *reterr);
err_t act_remove(const struct act *a, struct cluster *c, struct why *reterr);
err_t act_deregister(const struct act *a, struct cluster *c, struct why *reterr);
err_t act_raise(const struct act *a, struct cluster *c, struct why *reterr);
err_t act_give_up(const struct act *a, struct cluster *c, struct why *reterr);
/* What has been removed is forgotten here too; in the transaction that ends the update. */
void act_forget_removed(const struct act *a, struct cluster *c);
/* The highest id that a broker of the cluster has ever had: none is given twice. */
int32_t act_last_broker_id(const struct cluster *c);

#endif

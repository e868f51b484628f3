/* act - one function per action of the reconciler, each one transaction. */
#ifndef KLAMM_CONTROLPLANE_FLEET_ACT_H
#define KLAMM_CONTROLPLANE_FLEET_ACT_H

#include "controlplane/config.h"
#include "controlplane/store/store.h"

/* Places and wants the cluster's processes; when no place is found yet, says so in the cluster's state
 * and fails it after RECONCILE_PLACE_MS_MAX. `ret_again_ms`: look again after so long (0: no need). */
err_t act_place(struct store *s, const struct config *config, struct cluster *c, int64_t now_ms,
                int64_t *ret_again_ms, struct why *reterr);
err_t act_activate(struct store *s, struct cluster *c, int64_t now_ms, struct why *reterr);
err_t act_fail(struct store *s, struct cluster *c, const struct process *failed, int64_t now_ms,
               struct why *reterr);
err_t act_tombstone(struct store *s, struct cluster *c, struct why *reterr);
err_t act_forget(struct store *s, struct cluster *c, int64_t now_ms, struct why *reterr);

#endif

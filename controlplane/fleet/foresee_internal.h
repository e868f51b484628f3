/* foresee_internal - what foresee.c (what happens) and foresee_bytes.c (how much is copied) share. */
#ifndef KLAMM_CONTROLPLANE_FLEET_FORESEE_INTERNAL_H
#define KLAMM_CONTROLPLANE_FLEET_FORESEE_INTERNAL_H

#include "controlplane/fleet/act.h"
#include "controlplane/fleet/foresee.h"

struct foreseen {
    struct foresight *ret;
    struct store *original;
    struct act act;          /* its store is the fork */
    struct cluster *cluster; /* of the fork, and what it was (NULL: it is new) */
    struct cluster *before;
};

/* Once a sentence. */
void foresee_risk(struct foresight *f, enum foresee_risk level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The cluster's newest wish is carried out. */
void foresee_move(struct foreseen *x);
/* `p` copies all that it had. */
void foresee_copy(struct foreseen *x, const struct process *p);

#endif

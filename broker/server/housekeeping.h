/* housekeeping - what must happen now and then, and only when there is a reason.
 *
 * Checkpoints and deletion run on a background thread; retention and the space check on
 * the reactor. An idle broker arms two timers, for retention and for producers that fell silent. */
#ifndef KLAMM_BROKER_SERVER_HOUSEKEEPING_H
#define KLAMM_BROKER_SERVER_HOUSEKEEPING_H

#include <stddef.h>

#include "common/err.h"

struct broker;
struct housekeeping;

struct housekeeping *house_new(struct broker *b);
/* Waits for the background thread. Always returns NULL. */
struct housekeeping *house_free(struct housekeeping *h);

/* `n` bytes were appended: offsets want a checkpoint soon, free space a look now and then. */
void house_appended(struct housekeeping *h, size_t n);
/* An append failed: on ERR_NO_SPACE the space is watched until appends may go on. */
void house_refused(struct housekeeping *h, err_t e);
/* A replica could not be opened for want of space: tried again (broker_open_again) until none is left. */
void house_unopened(struct housekeeping *h);
/* Files wait for deletion. */
void house_sweep(struct housekeeping *h);
/* The background thread writes checkpoints now. */
void house_checkpoint(struct housekeeping *h);

#endif

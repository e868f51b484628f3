/* producer_ids - ids for producers, out of blocks that the controller gives to this broker.
 *
 * An id is given once in the life of the cluster. The next block is asked for while a tenth of this
 * one is left, so that nobody waits for it.
 *
 * Owned by the reactor. */
#ifndef KLAMM_BROKER_SERVER_PRODUCER_IDS_H
#define KLAMM_BROKER_SERVER_PRODUCER_IDS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/list.h"

struct broker;

void producer_ids_init(struct broker *b);

/* False: there is none at hand; a block is asked for. */
bool producer_ids_take(struct broker *b, int64_t *ret);

struct producer_id_wait {
    struct list node;
    /* `error` of the Kafka protocol; the id with KF_ERR_NONE. `w` is not waiting any more. */
    void (*done)(struct producer_id_wait *w, int16_t error, int64_t id);
};

/* After producer_ids_take was false; `done` is not called from within. */
void producer_ids_wait(struct broker *b, struct producer_id_wait *w);
void producer_ids_cancel(struct producer_id_wait *w); /* `done` is not called any more */

#endif

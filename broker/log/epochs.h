/* epochs - which leader epoch begins at which offset (Kafka's leader epoch cache).
 *
 *   entries  (epoch, start), both ascend strictly; the last one is open-ended
 *
 * Pure: the log loads and stores it as leader-epoch-checkpoint. */
#ifndef KLAMM_BROKER_LOG_EPOCHS_H
#define KLAMM_BROKER_LOG_EPOCHS_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/log/checkpoint.h"

struct epochs {
    struct epoch_entry *entries; /* owned */
    uint32_t n;
    bool changed; /* since it was stored; cleared by who stores it */
};

void epochs_done(struct epochs *c);
/* `epoch` begins at `start`. Nothing when it is the last one already; otherwise entries
 * that it contradicts (epoch >= or start >=) give way from the end. epoch < 0: nothing. */
void epochs_assign(struct epochs *c, int32_t epoch, int64_t start);
/* The log ends at `end` now: entries that begin there or later go. */
void epochs_truncate_end(struct epochs *c, int64_t end);
/* The log starts at `start` now: the entry that covers it begins there, those below go. */
void epochs_truncate_start(struct epochs *c, int64_t start);
void epochs_clear(struct epochs *c);

static inline int32_t epochs_last(const struct epochs *c)
{
    return c->n ? c->entries[c->n - 1].epoch : -1;
}
int32_t epochs_of(const struct epochs *c, int64_t offset); /* -1 unknown */
/* Kafka's endOffsetFor; `log_end` closes the last epoch. -1, -1 when undefined. */
void epochs_end_offset(const struct epochs *c, int32_t epoch, int64_t log_end, int32_t *ret_epoch,
                       int64_t *ret_offset);
void epochs_check(const struct epochs *c);

#endif

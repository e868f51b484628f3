/* share_partition_internal - what the files of a share partition share.
 *
 *   share_partition.c   the window: flights, locks, load, advance
 *   share_acquire.c     what a fetch gets
 *   share_ack.c         acknowledgements, releases, ends of locks
 *   share_write.c       what goes to the coordinator, and what comes of it */
#ifndef KLAMM_BROKER_SHARE_SHARE_PARTITION_INTERNAL_H
#define KLAMM_BROKER_SHARE_SHARE_PARTITION_INTERNAL_H

#include "broker/share/share_partition.h"

static inline int64_t flight_len(const struct share_flight *f)
{
    return f->last - f->first + 1;
}

/* Free to be acquired. */
static inline bool flight_is_free(const struct share_flight *f)
{
    return f->state == SHARE_AVAILABLE &&
           (f->pending == SHARE_SETTLED || f->pending == SHARE_UNSAVED ||
            f->pending == SHARE_RESAVING);
}

static inline bool flight_is_final(const struct share_flight *f)
{
    return share_state_is_final(f->state);
}

/* The first flight that ends at or above `offset`; n when none. */
int32_t flight_place(const struct share_partition *p, int64_t offset);
/* At the window's end, up to and with `last`. */
struct share_flight *flight_append(struct share_partition *p, int64_t last, int8_t state,
                                   int16_t count);
/* The flight at place `at` begins at `offset` now, its front stays before it: the new place. */
int32_t flight_split(struct share_partition *p, int32_t at, int64_t offset);
/* Its state and the counts that follow it: the only writer. */
void flight_set(struct share_partition *p, struct share_flight *f, int8_t state);
void flight_set_pending(struct share_partition *p, struct share_flight *f, int8_t pending);
/* On `locks` until `until_ms`; 0: off it. */
void flight_lock(struct share_partition *p, struct share_flight *f, int64_t until_ms);
/* Joins the final, settled flight with such neighbours. */
void flight_join(struct share_partition *p, struct share_flight *f);
/* Final flights at the front leave the window. */
void share_partition_advance(struct share_partition *p);
/* Not acquired any more: AVAILABLE, or ARCHIVED when it was delivered often enough. UNSAVED. */
void flight_give_up(struct share_partition *p, struct share_flight *f,
                    const struct share_limits *l);

#endif

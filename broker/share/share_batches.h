/* share_batches - what has become of ranges of offsets: a sorted list of ranges that do not
 * overlap, as the state of a share partition is kept and sent.
 *
 *   start                                    newer ranges win where they overlap older ones,
 *     |   [first..last state count] [..]     neighbours of equal state and count become one,
 *                                            what lies below the start goes
 *
 * Invariants (share_batches_check): first <= last; ascending; disjoint; no two that touch are equal.
 *
 * Pure; owned by whoever holds it. */
#ifndef KLAMM_BROKER_SHARE_SHARE_BATCHES_H
#define KLAMM_BROKER_SHARE_SHARE_BATCHES_H

#include <stdbool.h>
#include <stdint.h>

/* As records and requests number them (KIP-932); 3 is kept for KIP-1191. */
enum share_state {
    SHARE_AVAILABLE = 0,
    SHARE_ACQUIRED = 1,
    SHARE_ACKNOWLEDGED = 2,
    SHARE_ARCHIVED = 4,
};

struct share_batch {
    int64_t first, last; /* both inside */
    int8_t state;        /* a share_state; never ACQUIRED in what is kept */
    int16_t count;       /* deliveries */
};

struct share_batches {
    struct share_batch *v;
    int32_t n, capacity;
};

void share_batches_done(struct share_batches *b);
void share_batches_clear(struct share_batches *b);
/* first <= last. */
void share_batches_put(struct share_batches *b, const struct share_batch *x);
/* Nothing below `start` is left. */
void share_batches_cut(struct share_batches *b, int64_t start);
void share_batches_copy(struct share_batches *to, const struct share_batches *from);

/* ACKNOWLEDGED or ARCHIVED: never delivered again. */
static inline bool share_state_is_final(int8_t state)
{
    return state == SHARE_ACKNOWLEDGED || state == SHARE_ARCHIVED;
}
/* Whether a request or a record may say it. */
bool share_batch_legal(const struct share_batch *x);

void share_batches_check(const struct share_batches *b);

#endif

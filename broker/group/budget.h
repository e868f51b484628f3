/* budget - how much assigning a group may cost (group.*.assignment.interval.ms, decision 0009). Pure.
 *
 * As long as the assignments since the interval began cost less than one interval may, the next one is
 * made at once; then the group waits for the interval's end. An interval of 0 means no bound. */
#ifndef KLAMM_BROKER_GROUP_BUDGET_H
#define KLAMM_BROKER_GROUP_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

enum { BUDGET_PER_INTERVAL = 100000 }; /* members plus partitions, each time */

/* The zero struct has spent nothing. */
struct budget {
    int64_t since_ms, spent;
};

static inline bool budget_left(const struct budget *b, int64_t now_ms, int64_t interval_ms)
{
    return !interval_ms || now_ms - b->since_ms >= interval_ms || b->spent < BUDGET_PER_INTERVAL;
}

/* After an assignment that was made. */
static inline void budget_spend(struct budget *b, int64_t now_ms, int64_t interval_ms, int64_t cost)
{
    if (now_ms - b->since_ms >= interval_ms)
        *b = (struct budget){ .since_ms = now_ms };
    b->spent += cost;
}

#endif

/* coordinator_sets - partitions as bits, and what the protocols write of them. */
#ifndef KLAMM_TESTS_SIM_COORDINATOR_SETS_H
#define KLAMM_TESTS_SIM_COORDINATOR_SETS_H

#include "broker/group/assignment.h"
#include "tests/sim/coordinator.h"

static inline partitions set_of(const struct coordinators *w, const struct assignment *a)
{
    partitions ret = 0;

    for (int t = 0; t < TOPICS; t++) {
        const struct assigned_topic *at = assignment_topic(a, &w->topic_ids[t]);

        for (int32_t i = 0; at && i < at->n; i++)
            ret |= PARTITION(t, at->partitions[i]);
    }
    return ret;
}

static inline partitions set_topic(const struct coordinators *w, int topic)
{
    return (((partitions)1 << w->partitions_n[topic]) - 1) << topic * 8;
}

/* All of the topics that the member reads. */
static inline partitions set_wanted(const struct coordinators *w, const struct member *m)
{
    partitions ret = 0;

    for (int t = 0; t < TOPICS; t++)
        if (m->topics >> t & 1)
            ret |= set_topic(w, t);
    return ret;
}

static inline struct assignment set_assignment(const struct coordinators *w, partitions set)
{
    struct assignment ret = { 0 };

    for (int i = 0; i < TOPICS * 8; i++)
        if (set >> i & 1)
            assignment_add(&ret, &w->topic_ids[i / 8], i % 8, 0);
    return ret;
}

#endif

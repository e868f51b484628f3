/* assignor - which member is to have which partitions: the server-side assignors of KIP-848.
 *
 *   uniform  every member as many as any other, give or take one; members keep what they have.
 *            Members that subscribe to different topics: as even as topics allow, by moving one
 *            partition at a time from the fullest to the emptiest subscriber.
 *   range    per topic, in order of members (static ones by instance id first, then by member id):
 *            each a run of partitions, the first ones one more. Members that subscribe alike get
 *            the same partitions of topics with equally many.
 *
 * Pure: the same input gives the same answer. */
#ifndef KLAMM_BROKER_GROUP_ASSIGNOR_H
#define KLAMM_BROKER_GROUP_ASSIGNOR_H

#include "broker/group/assignment.h"

struct assignor_topic {
    struct uuid id;
    int32_t partitions_n;
};

struct assignor_member {
    struct str id, instance_id; /* instance_id.p NULL: dynamic */
    const struct uuid *topics;  /* subscribed and existing, ascending */
    int32_t topics_n;
    const struct assignment *current; /* its target so far; may name what is gone */
    struct assignment ret;            /* empty before; the caller's after */
};

/* `m` in any order; `t` are the topics that members name and no others, ascending. */
typedef void (*assignor_fn)(struct assignor_member *m, int32_t members_n,
                            const struct assignor_topic *t, int32_t topics_n);

struct assignor {
    const char *name;
    assignor_fn assign;
};

/* NULL when there is none of that name. The first is the default. */
const struct assignor *assignor_find(struct str name);
extern const struct assignor assignors[];
extern const unsigned assignors_n;

void assignor_uniform(struct assignor_member *m, int32_t members_n, const struct assignor_topic *t,
                      int32_t topics_n);
void assignor_range(struct assignor_member *m, int32_t members_n, const struct assignor_topic *t,
                    int32_t topics_n);

/* For both: the topic's place in `t`; whether the member subscribes to it. */
int32_t assignor_topic_place(const struct assignor_topic *t, int32_t topics_n,
                             const struct uuid *id);
bool assignor_subscribes(const struct assignor_member *m, const struct uuid *id);

#endif

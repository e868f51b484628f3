/* plan - which replicas of a Kafka cluster move where, and why. Pure.
 *
 * In this order; none undoes one before it:
 *   drain    a draining broker gives up every replica, or the plan says why it cannot
 *   zones    a partition has replicas in as many zones as it has replicas, while there are zones enough
 *   disk     brokers hold a like share of the bytes, in proportion to their volumes
 *   traffic  replicas trade places, size for size, until no broker takes much more of what is written
 *   leaders  brokers are first in a like number of partitions
 *   elect    a preferred leader that does not lead is elected
 *
 * Invariants (plan_test, random clusters):
 *   P1  no partition has fewer replicas than before, two on one broker, or one on a broker that drains
 *       and did not hold it
 *   P2  no partition has replicas in fewer zones than before
 *   P3  what a broker is given fits: REBALANCE_FILL_MAX of its volume at most
 *   P4  the plan of a cluster that the plan was carried out on is empty
 *   P5  the same input gives the same plan, in any order of its brokers
 *   P6  a broker is given bytes for disk only while it holds less than the one that gives
 *
 * Within REBALANCE_TOLERANCE of the mean nothing moves. Replicas without bytes count a little, so that
 * their number is spread as well. A partition's replicas on brokers that are not in the list stay. */
#ifndef KLAMM_AGENT_REBALANCE_PLAN_H
#define KLAMM_AGENT_REBALANCE_PLAN_H

#include "common/arena.h"
#include "common/err.h"

#define REBALANCE_TOLERANCE 0.05
#define REBALANCE_FILL_MAX 0.9

enum { REBALANCE_REPLICAS_MAX = 32, REBALANCE_BROKERS_MAX = 1000, REBALANCE_PARTITIONS_MAX = 1000000 };

enum rebalance_broker_state { REBALANCE_STAYS, REBALANCE_IS_NEW, REBALANCE_DRAINS };

struct rebalance_broker {
    int32_t id;
    struct str zone;        /* broker.rack; null or empty: every such broker is in one zone */
    int64_t capacity_bytes; /* of its volumes; 0: not known */
    int64_t used_bytes;     /* of them, by whatever */
    enum rebalance_broker_state state;
};

struct rebalance_partition {
    struct str topic;
    int32_t partition;
    const int32_t *replicas; /* in the preferred order */
    int32_t replicas_n;
    int32_t leader;          /* -1: none */
    int64_t bytes;           /* of one replica: what a new one copies */
    int64_t traffic;         /* bytes a second written to it */
};

struct rebalance_input {
    const struct rebalance_broker *brokers;
    unsigned brokers_n;
    const struct rebalance_partition *partitions;
    unsigned partitions_n;
};

enum rebalance_why {
    REBALANCE_NO_REASON,
    REBALANCE_DRAIN,
    REBALANCE_ZONES,
    REBALANCE_DISK,
    REBALANCE_TRAFFIC,
    REBALANCE_LEADERS,
    REBALANCE_ELECT,
};

struct rebalance_move {
    unsigned partition;          /* index into the input's partitions */
    const int32_t *replicas;     /* wanted, in the preferred order */
    int32_t replicas_n;
    int32_t added_n;             /* of them; 0: nothing is copied */
    int64_t bytes;               /* copied in all */
    enum rebalance_why why;
    const char *text;            /* the reason in words, with its numbers */
};

/* A replica that could not leave a draining broker. */
struct rebalance_stuck {
    unsigned partition;
    int32_t broker;
    const char *text;
};

struct rebalance_share {
    int32_t broker;
    int64_t bytes, traffic; /* of its replicas */
    int32_t replicas, leaders; /* leaders: partitions that it is first of */
};

struct rebalance_plan {
    struct rebalance_move *moves; /* in the order of doing */
    unsigned moves_n;
    struct rebalance_stuck *stuck;
    unsigned stuck_n;
    struct rebalance_share *before, *after; /* one a broker, by id */
    unsigned brokers_n;
    int64_t bytes;                /* copied in all */
};

const char *rebalance_why_name(enum rebalance_why w);

/* All of `ret` lives in `a`, texts of the input are borrowed. ERR_INVALID, with the rule: a broker twice,
 * more than the bounds above, a partition with a broker twice or without replicas. */
err_t rebalance_plan(const struct rebalance_input *in, struct arena *a, struct rebalance_plan *ret,
                     struct why *reterr);

#endif

/* plan_internal - the planner's board: who holds what now, while the phases move it. */
#ifndef KLAMM_AGENT_REBALANCE_PLAN_INTERNAL_H
#define KLAMM_AGENT_REBALANCE_PLAN_INTERNAL_H

#include "agent/rebalance/plan.h"

enum { BOARD_NOBODY = -1, BOARD_PASSES_MAX = 64 };

struct board_broker {
    const struct rebalance_broker *in;
    int zone;
    double weight;         /* loads are compared per weight */
    double load;           /* cost of its replicas / weight */
    int64_t bytes, other;  /* of its replicas; of its volume that is not replicas */
    int64_t traffic;
    int32_t leaders;
    int32_t *held;         /* partitions, in no order */
    int32_t held_n, held_max;
};

struct board_partition {
    int32_t *at;           /* per replica the broker's index, BOARD_NOBODY: one that is not listed */
    int32_t n;
    int zones;             /* distinct ones at the beginning: P2 */
    double cost;
    enum rebalance_why why;
    char *text;            /* of the first move */
};

struct board {
    const struct rebalance_input *in;
    struct arena *a;
    struct board_broker *brokers;   /* by id */
    unsigned brokers_n;
    struct board_partition *partitions;
    int zones_n;                    /* with brokers that do not drain */
    double mean;                    /* load of the brokers that do not drain, were it even */
    double mean_traffic;
    struct rebalance_stuck *stuck;
    unsigned stuck_n, stuck_max;
    unsigned *order;                /* partitions in the order in which they moved */
    unsigned order_n;
    unsigned moved_n;               /* counts board_move */
};

static inline bool board_drains(const struct board *b, int32_t broker)
{
    return b->brokers[broker].in->state == REBALANCE_DRAINS;
}

static inline const struct rebalance_partition *board_in(const struct board *b, unsigned p)
{
    return &b->in->partitions[p];
}

bool board_holds(const struct board_partition *p, int32_t broker);
/* Distinct zones when replica `slot` were on `broker`; slot -1: as it is. */
int board_zones(const struct board *b, const struct board_partition *p, int slot, int32_t broker);
bool board_has_room(const struct board *b, unsigned p, int32_t broker);
/* Whether replica `slot` of `p` may go to `broker`: P1, P2, P3. */
bool board_may(const struct board *b, unsigned p, int slot, int32_t broker);
/* Moves it; the reason is kept of the first move of a partition. */
void board_move(struct board *b, unsigned p, int slot, int32_t broker, enum rebalance_why why,
                const char *text);
/* Swaps the first replica with `slot`. */
void board_lead(struct board *b, unsigned p, int slot);
/* Keeps a reason, in the arena, for a partition that has none yet. */
void board_note(struct board *b, unsigned p, enum rebalance_why why, const char *text);
/* "1.5 GiB" into the arena. */
const char *board_size(struct board *b, double bytes);

/* The phases. */
void plan_drain(struct board *b);
void plan_zones(struct board *b);
void plan_disk(struct board *b);
void plan_traffic(struct board *b);
void plan_leaders(struct board *b);

#endif

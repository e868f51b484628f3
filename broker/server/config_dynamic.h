/* config_dynamic - whether a node may be given other configs while it runs (KIP-226), judged by the
 * node itself before the controller writes them down, with Apache Kafka's errors. Pure. */
#ifndef KLAMM_BROKER_SERVER_CONFIG_DYNAMIC_H
#define KLAMM_BROKER_SERVER_CONFIG_DYNAMIC_H

#include "broker/server/config_set.h"
#include "broker/server/topic_config.h"

/* One operation of IncrementalAlterConfigs. */
struct config_op {
    int8_t op; /* 0 set, 1 delete, 2 append, 3 subtract */
    struct str key, value;
};

struct config_fault {
    int16_t error;       /* 0: fine */
    const char *message; /* in the arena */
};

/* What the records of this node (`per_broker`) or of the cluster come to with `ops`; records that
 * count as absent are left out. */
struct config_fault config_dynamic_apply(const struct config_levels *l, bool per_broker,
                                         const struct config_op *ops, int32_t ops_n,
                                         struct arena *a, struct config_set *ret);
/* Whether the node could run with `after` in place of its records, or of the cluster's. */
struct config_fault config_dynamic_check(const struct config_levels *l, bool per_broker,
                                         const struct config_set *after, struct arena *a);

#endif

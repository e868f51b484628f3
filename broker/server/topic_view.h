/* topic_view - brokers and a partition's state as clients see them. */
#ifndef KLAMM_BROKER_SERVER_TOPIC_VIEW_H
#define KLAMM_BROKER_SERVER_TOPIC_VIEW_H

#include "broker/metadata/image.h"
#include "common/arena.h"

/* The brokers that clients are told of, in `a`: those that are not fenced; when all are, the one
 * that answers (`self`), if it is registered. Apache Kafka answers with an empty list then, over
 * which Java's clients ask again; librdkafka 2.16 drops every broker that it knows, its bootstrap
 * list too, and is heard of no more. */
const struct broker_registration **brokers_shown(const struct image *i, int32_t self,
                                                 struct arena *a, int32_t *ret_n);

struct partition_view {
    int16_t error;     /* LEADER_NOT_AVAILABLE, LISTENER_NOT_FOUND or 0 */
    int32_t leader_id; /* -1 with an error */
    int32_t *offline;  /* replicas that cannot be reached on the listener; in `a` */
    int32_t offline_n;
};

struct partition_view partition_view(const struct image *i, const struct partition_state *p,
                                     const char *listener, struct arena *a);

#endif

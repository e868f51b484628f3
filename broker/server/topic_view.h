/* topic_view - a partition's state as clients of one listener see it. */
#ifndef KLAMM_BROKER_SERVER_TOPIC_VIEW_H
#define KLAMM_BROKER_SERVER_TOPIC_VIEW_H

#include "broker/metadata/image.h"
#include "common/arena.h"

struct partition_view {
    int16_t error;     /* LEADER_NOT_AVAILABLE, LISTENER_NOT_FOUND or 0 */
    int32_t leader_id; /* -1 with an error */
    int32_t *offline;  /* replicas that cannot be reached on the listener; in `a` */
    int32_t offline_n;
};

struct partition_view partition_view(const struct image *i, const struct partition_state *p,
                                     const char *listener, struct arena *a);

#endif

/* client_batch - whether a producer's bytes may be appended; headers only, records never.
 *
 * The rules are Kafka's LogValidator (magic 2): exactly one batch, whole, its CRC right,
 * counts that fit, no control batch, timestamps within the topic's bounds. */
#ifndef KLAMM_BROKER_REPLICA_CLIENT_BATCH_H
#define KLAMM_BROKER_REPLICA_CLIENT_BATCH_H

#include "broker/log/head.h"
#include "broker/log/log.h"
#include "common/slice.h"

struct client_batch {
    struct head head;
    int16_t error;       /* of the Kafka protocol; 0: append it */
    const char *message; /* with an error, or NULL */
};

/* `records` is the field of the request (p NULL is null), `version` that of Produce. */
struct client_batch client_batch_check(struct slice records, int16_t version,
                                       const struct log_config *config, int64_t now_ms);

#endif

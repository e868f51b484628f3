/* traffic - what went through a topic, or through a whole broker, since the process began, and how fast.
 *
 * Counted where an append or an answer is done: one addition each, nothing per record. Rates are Kafka's
 * (Yammer's meters): exponentially weighted averages over one, five and fifteen minutes, moved by
 * traffic_tick every TRAFFIC_TICK_MS while somebody watches. Owned by the reactor; pure. */
#ifndef KLAMM_BROKER_REPLICA_TRAFFIC_H
#define KLAMM_BROKER_REPLICA_TRAFFIC_H

#include <stdbool.h>
#include <stdint.h>

enum { TRAFFIC_TICK_MS = 5000 };

enum traffic_kind {
    TRAFFIC_BYTES_IN,        /* batches that clients, and this broker itself, appended as leader */
    TRAFFIC_MESSAGES_IN,
    TRAFFIC_BYTES_OUT,       /* of records to consumers */
    TRAFFIC_PRODUCES,        /* batches that were to be appended as leader, */
    TRAFFIC_PRODUCES_FAILED, /* and those that the log did not take */
    TRAFFIC_OF_TOPIC,
    TRAFFIC_REPLICATION_IN = TRAFFIC_OF_TOPIC,
    TRAFFIC_REPLICATION_OUT,
    TRAFFIC_ISR_SHRINKS,
    TRAFFIC_ISR_EXPANDS,
    TRAFFIC_KINDS
};

enum traffic_window { TRAFFIC_ONE_MINUTE, TRAFFIC_FIVE_MINUTES, TRAFFIC_FIFTEEN_MINUTES, TRAFFIC_WINDOWS };

struct traffic_rate {
    uint64_t seen; /* the count at the last tick */
    bool begun;
    double a_second[TRAFFIC_WINDOWS];
};

struct traffic {
    uint64_t count[TRAFFIC_KINDS];
    struct traffic_rate rates[TRAFFIC_KINDS];
};

static inline void traffic_add(struct traffic *of_topic, struct traffic *of_broker, enum traffic_kind kind,
                               uint64_t n)
{
    of_topic->count[kind] += n;
    of_broker->count[kind] += n;
}

/* The rates count from here on, from none. */
void traffic_watch(struct traffic *t);
void traffic_tick(struct traffic *t);

#endif

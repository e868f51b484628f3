/* throttle - how fast replicas that are behind may be copied (KIP-73).
 *
 *   bytes --record--> [sample][sample]...[now]   `samples` of `sample_ms` each
 *   rate = bytes of all samples / time since the oldest began, at least one sample's time
 *
 * Apache Kafka's SimpleRate: what happened longer ago than all samples last is forgotten. But a rate that
 * is averaged over many seconds lets what a quiet time has saved go in one burst, which clients notice:
 * so the copy is also paced, a step at a time (`clear_ms`).
 * A pure core; time comes with each call. */
#ifndef KLAMM_BROKER_REPLICA_THROTTLE_H
#define KLAMM_BROKER_REPLICA_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/slice.h"

enum { THROTTLE_SAMPLES_MAX = 64, THROTTLE_STEP_MS = 10, THROTTLE_STEP_BYTES_MIN = 65536 };

struct throttle {
    int64_t bytes_per_s;  /* INT64_MAX: none */
    int64_t sample_ms;
    unsigned samples, at; /* `at` is the current one */
    double clear_ms;      /* when what went would have gone at the rate; at most a sample ahead */
    struct {
        int64_t begin_ms, bytes;
    } sample[THROTTLE_SAMPLES_MAX];
};

/* `samples` is cut to [1, THROTTLE_SAMPLES_MAX]. */
void throttle_init(struct throttle *t, unsigned samples, int64_t sample_ms, int64_t now_ms);
void throttle_record(struct throttle *t, int64_t bytes, int64_t now_ms);
bool throttle_exceeded(struct throttle *t, int64_t now_ms);
/* How many bytes should go at most between two looks at throttle_exceeded; INT64_MAX without a rate. */
int64_t throttle_step_bytes(const struct throttle *t);
/* About how long until it is not exceeded any more; 0: it is not. At most one sample's time. */
int64_t throttle_wait_ms(struct throttle *t, int64_t now_ms);

/* Whether `list`, the value of leader. or follower.replication.throttled.replicas (NULL is
 * empty), names partition `index` on broker `node`: "*", or "<partition>:<broker>,...". */
bool throttle_names(const char *list, int32_t index, int32_t node);

#endif

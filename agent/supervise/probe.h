/* probe - is it serving? Asked by the Kafka protocol, often, until it is.
 *
 * A controller serves when its ApiVersions tells of the cluster's features, which it knows once it has
 * caught up with the metadata log: one that listens with an empty disk is no member that others could be
 * taken away for. A broker serves when Metadata lists it, which a broker that is fenced is not. */
#ifndef KLAMM_AGENT_SUPERVISE_PROBE_H
#define KLAMM_AGENT_SUPERVISE_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/loop.h"

enum { PROBE_MS_MIN = 2, PROBE_MS_MAX = 200 };

struct kf_channel;

struct probe {
    struct loop *loop;
    const char *host; /* kept */
    uint16_t port;
    int32_t node_id;
    bool broker;
    void (*ready)(struct probe *p); /* once; the probe is at rest then */
    /* private */
    struct kf_channel *channel;
    struct loop_timer timer;
    int64_t wait_ms;
};

/* The public members are set; begins anew when it was under way. */
void probe_begin(struct probe *p);
/* At rest is fine. */
void probe_end(struct probe *p);

#endif

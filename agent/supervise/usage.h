/* usage - how full a broker is, asked of the broker itself: its volume every USAGE_EVERY_MS, how many
 * replicas it holds every USAGE_COUNTS times that, since that answer names each of them.
 *
 * DescribeLogDirs tells bytes in all and usable ones of every log directory (KIP-827): klamm-broker counts
 * its volume's limit there, and the disk where that ends first. Told of when it is another by a step that
 * anybody would act on, or another number of replicas: a report goes over the network. Owned by one loop;
 * never blocks. */
#ifndef KLAMM_AGENT_SUPERVISE_USAGE_H
#define KLAMM_AGENT_SUPERVISE_USAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "api/kafka/msg/describe_log_dirs.h"
#include "common/loop.h"

enum { USAGE_EVERY_MS = 1000, USAGE_COUNTS = 10, USAGE_STEPS = 200 /* half a percent */ };

struct kf_channel;

struct usage {
    struct loop *loop;
    const char *host; /* kept */
    uint16_t port;
    void (*changed)(struct usage *u);
    int64_t used_bytes, total_bytes; /* as last told of; total 0: not known */
    int64_t replicas;                /* the same; 0 until total is known */
    /* private */
    struct kf_channel *channel;
    struct loop_timer timer;
    unsigned until_count; /* answers until replicas are counted again */
};

/* The public members are set; begins anew when it was under way. */
void usage_begin(struct usage *u);
/* At rest is fine. What was known last stays. */
void usage_end(struct usage *u);

/* The sum over all log directories that answer; false when none does. Pure. */
bool usage_sum(const struct kf_describe_log_dirs_response *m, int64_t *ret_used, int64_t *ret_total);
/* Replicas in all log directories, without copies that are under way to another directory. Pure. */
int64_t usage_replicas(const struct kf_describe_log_dirs_response *m);
/* Whether `used` of `total` is worth telling to who knows u's. Pure. */
bool usage_differs(const struct usage *u, int64_t used, int64_t total);

#endif

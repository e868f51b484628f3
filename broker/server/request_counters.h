/* request_counters - requests by API and version, and how long they took, for who watches.
 *
 * One set for all listeners of a thread. Requests are counted always; time is taken only while `timed`, two
 * looks at the clock a request. A Fetch counts once more as a consumer's or a follower's. */
#ifndef KLAMM_BROKER_SERVER_REQUEST_COUNTERS_H
#define KLAMM_BROKER_SERVER_REQUEST_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "api/kafka/api_keys.h"

enum { REQUEST_VERSIONS_MAX = 24 }; /* newer ones count as the last */

enum request_kind {
    REQUEST_FETCH_CONSUMER = KF_API_KEYS_MAX,
    REQUEST_FETCH_FOLLOWER,
    REQUEST_KINDS
};

struct request_counter {
    uint64_t by_version[REQUEST_VERSIONS_MAX]; /* not of the kinds above KF_API_KEYS_MAX */
    uint64_t timed_n, time_ns, time_ns_max;    /* from the first byte handled to the answer made */
};

struct request_counters {
    bool timed;
    struct request_counter of[REQUEST_KINDS];
};

static inline void request_counters_add(struct request_counters *c, int16_t api_key, int16_t version)
{
    c->of[api_key].by_version[version < REQUEST_VERSIONS_MAX ? version : REQUEST_VERSIONS_MAX - 1]++;
}

static inline void request_counters_time(struct request_counters *c, int kind, uint64_t ns)
{
    struct request_counter *r = &c->of[kind];

    r->timed_n++;
    r->time_ns += ns;
    if (r->time_ns_max < ns)
        r->time_ns_max = ns;
}

#endif

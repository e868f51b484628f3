/* client_quota - how many bytes a second a client may produce and consume (KIP-13, KIP-55).
 *
 *   limits: (user, client id), each a name, the default, or not there --> bytes a second
 *   a request of (user, client id): the first limit that there is of
 *     user+client, user+default, user, default+client, default+default, default, client, default client
 *   its bytes count for whoever the limit is of: the pair, the user, or the client id
 *
 *   bytes --record--> [sample][sample]...[now]   rate = bytes of all samples / the time they stand for,
 *   which is at least all samples' but one; over the limit: wait (rate - limit) / limit of that time
 *   the whole broker's limit holds beside: all clients count for it together, and the longer wait is told
 *
 * Apache Kafka's rules: after a quiet time a client may send as much as the samples hold before it waits. A
 * pure core; time comes with each call. */
#ifndef KLAMM_BROKER_REPLICA_CLIENT_QUOTA_H
#define KLAMM_BROKER_REPLICA_CLIENT_QUOTA_H

#include <stdbool.h>
#include <stdint.h>

#include "common/map.h"

enum quota_kind { QUOTA_PRODUCE, QUOTA_FETCH, QUOTA_KINDS };
enum { CLIENT_QUOTA_SAMPLES_MAX = 64, CLIENT_QUOTA_RATES_MAX = 100000 };

struct quota_rate {
    unsigned at;
    int64_t last_ms;
    struct {
        int64_t begin_ms, bytes;
    } sample[CLIENT_QUOTA_SAMPLES_MAX];
};

struct client_quotas {
    unsigned samples;
    int64_t sample_ms;
    double whole[QUOTA_KINDS]; /* bytes a second of all clients; 0: no limit */
    struct quota_rate whole_rates[QUOTA_KINDS];
    struct map limits; /* by entity */
    struct map rates;  /* by kind and who counts as one; those that are quiet go now and then */
    int64_t swept_ms;
};

/* quota.window.num and quota.window.size.seconds. `samples` is cut to [1, CLIENT_QUOTA_SAMPLES_MAX]. */
void client_quotas_init(struct client_quotas *q, unsigned samples, int64_t sample_ms);
void client_quotas_done(struct client_quotas *q);

/* Part of an entity: `named` with its name, else the default. NULL: the entity has no such part. */
struct quota_part {
    bool named;
    struct str name;
};

/* All limits of clients go; what was counted stays. */
void client_quotas_clear(struct client_quotas *q);
void client_quotas_limit(struct client_quotas *q, const struct quota_part *user,
                         const struct quota_part *client, enum quota_kind kind, double bytes_per_s);
/* Of all clients together; 0: no limit. */
void client_quotas_whole(struct client_quotas *q, enum quota_kind kind, double bytes_per_s);
static inline bool client_quotas_any(const struct client_quotas *q)
{
    return q->limits.n > 0 || q->whole[QUOTA_PRODUCE] > 0 || q->whole[QUOTA_FETCH] > 0;
}

/* `bytes` of a request or an answer; how many milliseconds the client is to wait, 0 when none. */
int64_t client_quotas_record(struct client_quotas *q, enum quota_kind kind, struct str user,
                             struct str client, int64_t bytes, int64_t now_ms);
/* The most that one answer should hold, so that it does not cost more than a full window; INT64_MAX:
 * no limit. */
int64_t client_quotas_most(const struct client_quotas *q, enum quota_kind kind, struct str user,
                           struct str client);

#endif

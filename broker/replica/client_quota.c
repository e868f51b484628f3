#include "broker/replica/client_quota.h"

#include "common/buf.h"
#include "common/mem.h"

struct limit {
    double bytes_per_s[QUOTA_KINDS]; /* < 0: none */
};

static const int64_t SWEEP_MS = 60000;

/* --- keys --- */

/* A part that is named, the default, or not there; parts cannot run into each other. */
static void put_part(struct buf *b, const struct quota_part *p)
{
    buf_put_be32(b, p && p->named ? (uint32_t)p->name.n : p ? UINT32_MAX : UINT32_MAX - 1);
    if (p && p->named)
        buf_put(b, p->name.p, p->name.n);
}

static void entity_key(struct buf *b, const struct quota_part *user, const struct quota_part *client)
{
    put_part(b, user);
    put_part(b, client);
}

/* --- limits --- */

void client_quotas_limit(struct client_quotas *q, const struct quota_part *user,
                         const struct quota_part *client, enum quota_kind kind, double bytes_per_s)
{
    OWNED_BUF key = { 0 };
    struct limit *l;

    entity_key(&key, user, client);
    l = map_get(&q->limits, key.p, key.n);
    if (!l) {
        l = mem_new(struct limit);
        for (int k = 0; k < QUOTA_KINDS; k++)
            l->bytes_per_s[k] = -1;
        (void)map_set(&q->limits, key.p, key.n, l);
    }
    l->bytes_per_s[kind] = bytes_per_s;
}

static double limit_at(const struct client_quotas *q, enum quota_kind kind, const struct quota_part *user,
                       const struct quota_part *client)
{
    OWNED_BUF key = { 0 };
    const struct limit *l;

    entity_key(&key, user, client);
    l = map_get(&q->limits, key.p, key.n);
    return l ? l->bytes_per_s[kind] : -1;
}

/* Who counts as one for the limit that was found. */
struct found {
    double bytes_per_s; /* < 0: none */
    bool by_user, by_client;
};

static struct found find(const struct client_quotas *q, enum quota_kind kind, struct str user,
                         struct str client)
{
    const struct quota_part u = { true, user }, c = { true, client }, other = { false, { 0 } };
    const struct {
        const struct quota_part *user, *client;
    } order[] = { { &u, &c },     { &u, &other },  { &u, NULL }, { &other, &c }, { &other, &other },
                  { &other, NULL }, { NULL, &c }, { NULL, &other } };

    for (size_t i = 0; i < ARRAY_LEN(order); i++) {
        double v = limit_at(q, kind, order[i].user, order[i].client);

        if (v >= 0)
            return (struct found){ v, order[i].user, order[i].client };
    }
    return (struct found){ .bytes_per_s = -1 };
}

/* --- rates --- */

static int64_t window_ms(const struct client_quotas *q)
{
    return (int64_t)q->samples * q->sample_ms;
}

static void sweep(struct client_quotas *q, int64_t now_ms)
{
    struct map left = { 0 };
    struct slice key;
    void *value;

    if (now_ms - q->swept_ms < SWEEP_MS && q->rates.n < CLIENT_QUOTA_RATES_MAX)
        return;
    q->swept_ms = now_ms;
    for (size_t at = 0; map_next(&q->rates, &at, &key, &value);) {
        struct quota_rate *r = value;

        if (now_ms - r->last_ms <= window_ms(q) && q->rates.n < CLIENT_QUOTA_RATES_MAX)
            (void)map_set(&left, key.p, key.n, r);
        else
            mem_free(r);
    }
    map_done(&q->rates);
    q->rates = left;
}

static struct quota_rate *rate_of(struct client_quotas *q, enum quota_kind kind, const struct found *f,
                            struct str user, struct str client, int64_t now_ms)
{
    const struct quota_part u = { true, user }, c = { true, client };
    OWNED_BUF key = { 0 };
    struct quota_rate *r;

    buf_put_be32(&key, (uint32_t)kind);
    entity_key(&key, f->by_user ? &u : NULL, f->by_client ? &c : NULL);
    r = map_get(&q->rates, key.p, key.n);
    if (r)
        return r;
    sweep(q, now_ms);
    r = mem_new(struct quota_rate);
    for (unsigned i = 0; i < q->samples; i++)
        r->sample[i].begin_ms = now_ms;
    (void)map_set(&q->rates, key.p, key.n, r);
    return r;
}

static void count(const struct client_quotas *q, struct quota_rate *r, int64_t bytes, int64_t now_ms)
{
    if (now_ms - r->sample[r->at].begin_ms >= q->sample_ms) {
        r->at = (r->at + 1) % q->samples;
        r->sample[r->at].begin_ms = now_ms;
        r->sample[r->at].bytes = 0;
    }
    r->sample[r->at].bytes += bytes;
    r->last_ms = now_ms;
}

/* Bytes of the samples that are not too old, and the time that they stand for: whole samples that
 * nothing is known of yet count, so that a client may begin at more than its rate. */
static int64_t measure(const struct client_quotas *q, struct quota_rate *r, int64_t now_ms, int64_t *ret_ms)
{
    int64_t total = 0, oldest = now_ms, full, missing;

    for (unsigned i = 0; i < q->samples; i++) {
        if (now_ms - r->sample[i].begin_ms >= window_ms(q)) {
            r->sample[i].begin_ms = now_ms;
            r->sample[i].bytes = 0;
        }
        if (r->sample[i].begin_ms < oldest)
            oldest = r->sample[i].begin_ms;
        total += r->sample[i].bytes;
    }
    full = (now_ms - oldest) / q->sample_ms;
    missing = (int64_t)q->samples - 1 - full;
    *ret_ms = now_ms - oldest + (missing > 0 ? missing * q->sample_ms : 0);
    if (*ret_ms < q->sample_ms)
        *ret_ms = q->sample_ms;
    return total;
}

/* Counts `bytes` and says how long until all that counts is within the limit. */
static int64_t pay(const struct client_quotas *q, struct quota_rate *r, double bytes_per_s, int64_t bytes,
                   int64_t now_ms)
{
    int64_t ms, total;
    double wait;

    count(q, r, bytes, now_ms);
    total = measure(q, r, now_ms, &ms);
    if ((double)total * 1000 / (double)ms <= bytes_per_s)
        return 0;
    /* (rate - limit) / limit of the time: how long until the same bytes were within it */
    wait = bytes_per_s > 0 ? (double)total * 1000 / bytes_per_s - (double)ms : (double)INT32_MAX;
    return wait < 1 ? 1 : wait < (double)INT32_MAX ? (int64_t)wait : INT32_MAX;
}

int64_t client_quotas_record(struct client_quotas *q, enum quota_kind kind, struct str user,
                             struct str client, int64_t bytes, int64_t now_ms)
{
    int64_t all = q->whole[kind] > 0 ? pay(q, &q->whole_rates[kind], q->whole[kind], bytes, now_ms) : 0;
    int64_t own;
    struct found f;

    if (!q->limits.n)
        return all;
    f = find(q, kind, user, client);
    if (f.bytes_per_s < 0)
        return all;
    own = pay(q, rate_of(q, kind, &f, user, client, now_ms), f.bytes_per_s, bytes, now_ms);
    return own > all ? own : all;
}

/* What a full window holds. */
static int64_t full_window(const struct client_quotas *q, double bytes_per_s)
{
    double most = bytes_per_s * (double)((int64_t)q->samples - 1) * (double)q->sample_ms / 1000;

    return most < 1 ? 1 : most < 1e15 ? (int64_t)most : INT64_MAX;
}

int64_t client_quotas_most(const struct client_quotas *q, enum quota_kind kind, struct str user,
                           struct str client)
{
    int64_t all = q->whole[kind] > 0 ? full_window(q, q->whole[kind]) : INT64_MAX, own;
    struct found f = { .bytes_per_s = -1 };

    if (q->limits.n)
        f = find(q, kind, user, client);
    own = f.bytes_per_s < 0 ? INT64_MAX : full_window(q, f.bytes_per_s);
    return own < all ? own : all;
}

/* --- begin and end --- */

static void free_all(struct map *m)
{
    struct slice key;
    void *value;

    for (size_t at = 0; map_next(m, &at, &key, &value);)
        mem_free(value);
    map_done(m);
    *m = (struct map){ 0 };
}

void client_quotas_clear(struct client_quotas *q)
{
    free_all(&q->limits);
}

void client_quotas_whole(struct client_quotas *q, enum quota_kind kind, double bytes_per_s)
{
    q->whole[kind] = bytes_per_s;
}

void client_quotas_init(struct client_quotas *q, unsigned samples, int64_t sample_ms)
{
    *q = (struct client_quotas){ .samples = samples < 1 ? 1 : samples,
                                 .sample_ms = sample_ms < 1 ? 1 : sample_ms };
    if (q->samples > CLIENT_QUOTA_SAMPLES_MAX)
        q->samples = CLIENT_QUOTA_SAMPLES_MAX;
}

void client_quotas_done(struct client_quotas *q)
{
    free_all(&q->limits);
    free_all(&q->rates);
}

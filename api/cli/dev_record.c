#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "api/cli/dev.h"
#include "api/kafka/batch.h"
#include "api/kafka/client.h"
#include "api/kafka/msg/metadata.h"
#include "common/clock.h"

enum { CALL_MS = 10000, RECORD_MS = 60000, RETRY_MS = 10, VALUE_MAX = 256, UNPACKED_MAX = 1 << 20 };

static const char topic[] = "klamm-dev";

struct attempt {
    const char *value;
    int64_t offset;
    char first[VALUE_MAX]; /* the oldest record that could be read */
};

/* The first of the bootstrap string's addresses. */
static void first_address(const char *bootstrap, char host[64], uint16_t *port)
{
    size_t n = strcspn(bootstrap, ":");

    snprintf(host, 64, "%.*s", (int)n, bootstrap);
    *port = (uint16_t)strtol(bootstrap + n + (bootstrap[n] == ':'), NULL, 10);
}

/* The value of the record at `offset`, found in the batches of one fetch. */
static err_t value_at(struct slice batches, int64_t offset, char ret[VALUE_MAX])
{
    while (batches.n) {
        OWNED_BUF scratch = { 0 };
        struct kf_batch b;
        struct kf_records records;
        struct kf_record r;
        err_t e = kf_batch_parse(batches, &b);

        if (e)
            return e == ERR_AGAIN ? ERR_NOT_FOUND : e;
        if (!kf_batch_crc_ok(&b))
            return ERR_CORRUPT;
        e = kf_records_open(&b, &scratch, UNPACKED_MAX, &records);
        if (e)
            return e;
        while (kf_records_next(&records, &r) == ERR_OK)
            if (r.offset == offset) {
                snprintf(ret, VALUE_MAX, "%.*s",
                         (int)(r.value.n < VALUE_MAX ? r.value.n : VALUE_MAX - 1),
                         r.value.p ? (const char *)r.value.p : "");
                return ERR_OK;
            }
        batches.p += b.bytes.n;
        batches.n -= b.bytes.n;
    }
    return ERR_NOT_FOUND;
}

static err_t read_at(struct kf_client *leader, int64_t offset, char ret[VALUE_MAX],
                     struct why *reterr)
{
    OWNED_ARENA a = { 0 };
    struct slice batches;
    err_t e = kf_client_fetch(leader, topic, 0, offset, &a, &batches, reterr);

    if (e)
        return e;
    e = value_at(batches, offset, ret);
    return e ? why(reterr, e, "record %lld of %s: %s", (long long)offset, topic, err_text(e))
             : ERR_OK;
}

/* Whether the broker at `host` knows `wanted` brokers that serve. */
static err_t check_broker(const char *host, uint16_t port, unsigned wanted, struct why *reterr)
{
    OWNED_ARENA a = { 0 };
    OWNED(kf_client) c = NULL;
    struct kf_metadata_request r;
    const struct kf_metadata_response *got;
    err_t e = kf_client_new(host, port, CALL_MS, &c, reterr);

    kf_init(&kf_metadata_request_schema, &r);
    if (!e)
        e = kf_client_call(c, KF_API_METADATA, -1, &r, &a, (const void **)&got, reterr);
    if (!e && (unsigned)got->brokers_n < wanted)
        e = why(reterr, ERR_AGAIN, "broker %s:%u sees %d of %u brokers", host, port,
                (int)got->brokers_n, wanted);
    return e;
}

/* Every address of the bootstrap string serves and sees the others. */
static err_t check_brokers(const char *bootstrap, struct why *reterr)
{
    unsigned wanted = 1;
    err_t e = ERR_OK;

    for (const char *p = bootstrap; *p; p++)
        wanted += *p == ',';
    for (const char *p = bootstrap; *p && !e; p += strcspn(p, ","), p += *p == ',') {
        char host[64];
        uint16_t port;

        first_address(p, host, &port);
        e = check_broker(host, port, wanted, reterr);
    }
    return e;
}

err_t dev_dial_any(const struct dev *d, int64_t timeout_ms, struct kf_client **ret, struct why *reterr)
{
    err_t e = ERR_UNREACHABLE;

    for (const char *p = d->bootstrap; e && *p; p += strcspn(p, ","), p += *p == ',') {
        char host[64];
        uint16_t port;

        first_address(p, host, &port);
        e = kf_client_new(host, port, timeout_ms, ret, reterr);
    }
    return e;
}

static err_t dial_leader(const char *bootstrap, struct kf_client **ret, struct why *reterr)
{
    OWNED_ARENA a = { 0 };
    OWNED(kf_client) any = NULL;
    char first[64];
    const char *host;
    uint16_t port;
    err_t e;

    first_address(bootstrap, first, &port);
    e = kf_client_new(first, port, CALL_MS, &any, reterr);
    if (e)
        return e;
    e = kf_client_create_topic(any, topic, 1, -1, reterr);
    if (e && e != ERR_EXISTS)
        return e;
    e = kf_client_leader(any, topic, 0, &a, &host, &port, reterr);
    return e ? e : kf_client_new(host, port, CALL_MS, ret, reterr);
}

/* Writes the record once it has a leader to write to, and reads it back. */
static err_t attempt(struct dev *d, struct attempt *t, struct why *reterr)
{
    OWNED(kf_client) leader = NULL;
    char back[VALUE_MAX];
    err_t e = check_brokers(d->bootstrap, reterr);

    if (!e)
        e = dial_leader(d->bootstrap, &leader, reterr);
    if (!e && t->offset < 0)
        e = kf_client_produce(leader, topic, 0, slice_make(NULL, 0),
                              slice_make(t->value, strlen(t->value)), clock_wall_ms(), &t->offset,
                              reterr);
    if (!e)
        e = read_at(leader, t->offset, back, reterr);
    if (!e && strcmp(back, t->value) != 0)
        e = why(reterr, ERR_CORRUPT, "the record came back as '%s'", back);
    if (!e && t->offset > 0)
        e = read_at(leader, 0, t->first, reterr);
    return e;
}

int dev_record(struct dev *d, char **ret_report)
{
    int64_t deadline = clock_mono_ms() + RECORD_MS;
    char value[VALUE_MAX];
    struct attempt t = { .value = value, .offset = -1 };
    time_t now = time(NULL);
    struct why reason;
    err_t e;

    strftime(value, sizeof(value), "hello from klamm dev at %Y-%m-%dT%H:%M:%SZ", gmtime(&now));
    /* ACTIVE may be said before the last leader stands, and brokers restart: try for a while. */
    while ((e = attempt(d, &t, &reason)) && e != ERR_CORRUPT && !dev_stopping &&
           clock_mono_ms() < deadline)
        poll(NULL, 0, RETRY_MS);
    if (e)
        return cli_fail(CLI_REFUSED, "no record went through %s: %s", d->bootstrap, reason.text);
    *ret_report = t.offset == 0
                      ? mem_printf("'%s' written and read back (topic %s, offset 0)", value, topic)
                      : mem_printf("'%s' written and read back (topic %s, offset %lld); the oldest "
                                   "there is '%s'",
                                   value, topic, (long long)t.offset, t.first);
    return CLI_OK;
}

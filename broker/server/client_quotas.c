#include "broker/server/client_quotas.h"

#include "api/kafka/msg/client_quota_record.h"
#include "broker/metadata/record.h"
#include "broker/server/broker.h"
#include "broker/server/topic_config.h"
#include "common/log.h"

typedef struct kf_client_quota_record quota;

void broker_quotas_init(struct broker *b)
{
    client_quotas_init(&b->quotas, (unsigned)config_int(b->config, "quota.window.num"),
                       config_int(b->config, "quota.window.size.seconds") * 1000);
}

/* The part of that type; false: the entity has none. */
static bool part_of(const quota *q, const char *type, struct quota_part *ret)
{
    for (int32_t i = 0; i < q->entity_n; i++) {
        if (!str_is(q->entity[i].entity_type, type))
            continue;
        *ret = (struct quota_part){ q->entity[i].entity_name.p != NULL, q->entity[i].entity_name };
        return true;
    }
    return false;
}

static void warn_of(struct broker *b, const quota *q)
{
    if (b->warned_quotas)
        return;
    b->warned_quotas = true;
    log_event(LOG_WARN, "client_quotas_ignored",
              "key=%.*s reason=\"kept and told, but not enforced: klamm enforces producer_byte_rate and "
              "consumer_byte_rate\"",
              STR_ARG(q->key));
}

static void take(struct broker *b, const quota *q)
{
    enum quota_kind kind = str_is(q->key, "producer_byte_rate") ? QUOTA_PRODUCE : QUOTA_FETCH;
    struct quota_part user, client;
    bool of_user = part_of(q, "user", &user), of_client = part_of(q, "client-id", &client);

    if (q->remove)
        return;
    if (kind == QUOTA_FETCH && !str_is(q->key, "consumer_byte_rate"))
        warn_of(b, q);
    else if (of_user || of_client)
        client_quotas_limit(&b->quotas, of_user ? &user : NULL, of_client ? &client : NULL, kind, q->value);
}

void broker_quotas_renew(struct broker *b)
{
    struct arena a = { 0 };
    struct slice record;

    client_quotas_clear(&b->quotas);
    for (size_t at = 0; image_record_next(b->image, RECORD_CLIENT_QUOTA, &at, &record);) {
        quota q;

        record_read(record, &a, &q);
        take(b, &q);
    }
    arena_done(&a);
}

static void limit_all(struct broker *b, enum quota_kind kind, const char *name)
{
    struct config_levels l = config_levels(b->config, b->image);
    int64_t rate = broker_config_int(&l, name);
    double limit = rate == INT64_MAX ? 0 : (double)rate;

    if (limit < b->quotas.whole[kind] || limit > b->quotas.whole[kind])
        log_event(LOG_INFO, "network_limited", "property=%s value=%lld", name, (long long)rate);
    client_quotas_whole(&b->quotas, kind, limit);
}

void broker_quotas_network(struct broker *b)
{
    limit_all(b, QUOTA_PRODUCE, "klamm.network.ingress.bytes.per.second");
    limit_all(b, QUOTA_FETCH, "klamm.network.egress.bytes.per.second");
}

int32_t broker_quotas_record(struct broker *b, enum quota_kind kind, struct request *r, struct str client,
                             int64_t bytes)
{
    int64_t ms;

    if (!client_quotas_any(&b->quotas))
        return 0;
    ms = client_quotas_record(&b->quotas, kind, r->principal_name, client, bytes, loop_now_ms(b->loop));
    if (ms)
        request_mute(r, ms);
    return (int32_t)ms;
}

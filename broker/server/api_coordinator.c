#include "api/kafka/msg/find_coordinator.h"

#include "broker/server/broker.h"
#include "broker/server/handlers.h"
#include "broker/server/internal_topics.h"

enum { KEYS_SINCE = 4, KEY_GROUP = 0, KEY_TRANSACTION = 1, KEY_SHARE = 2, SHARE_SINCE = 6 };

typedef struct kf_find_coordinator_response_coordinator coordinator_out;

static const char *topic_of(int8_t key_type)
{
    return key_type == KEY_GROUP         ? GROUPS_TOPIC
           : key_type == KEY_TRANSACTION ? TRANSACTIONS_TOPIC
           : key_type == KEY_SHARE       ? SHARE_STATE_TOPIC
                                         : NULL;
}

/* "group:topic id:partition"; the group may hold colons. */
static bool is_share_key(struct str key)
{
    const char *last = key.n ? memrchr(key.p, ':', key.n) : NULL;
    const char *middle = last ? memrchr(key.p, ':', (size_t)(last - key.p)) : NULL;
    struct uuid topic;

    if (!middle || middle == key.p || last + 1 == key.p + key.n)
        return false;
    for (const char *p = last + 1; p < key.p + key.n; p++)
        if (*p < '0' || *p > '9')
            return false;
    return uuid_parse(str_make(middle + 1, (size_t)(last - middle - 1)), &topic);
}

static const struct endpoint *leader_endpoint(struct broker *b, const struct request *r,
                                              const struct partition_state *p)
{
    const struct broker_registration *reg =
        p->leader < 0 ? NULL : image_broker(b->image, p->leader);

    return broker_endpoint(reg, r->listener_name);
}

static void fail(coordinator_out *out, int16_t error, const char *message)
{
    out->node_id = -1;
    out->port = -1;
    out->host = str_make("", 0);
    out->error_code = error;
    out->error_message = str_of(message);
}

static void find(struct broker *b, const struct request *r, int8_t key_type, struct str key,
                 coordinator_out *out)
{
    const char *topic = topic_of(key_type);
    const struct topic_state *t = topic ? image_topic(b->image, str_of(topic)) : NULL;
    const struct partition_state *p;
    const struct endpoint *e;

    out->key = key;
    if (!topic || (key_type == KEY_SHARE && (r->api_version < SHARE_SINCE || !is_share_key(key)))) {
        fail(out, KF_ERR_INVALID_REQUEST, "Coordinators of this key type are not available");
        return;
    }
    if (!t) {
        internal_topic_create(b, topic);
        fail(out, KF_ERR_COORDINATOR_NOT_AVAILABLE, NULL);
        return;
    }
    p = &t->partitions[coordinator_partition(key, t->partitions_n)];
    e = leader_endpoint(b, r, p);
    if (!e) {
        fail(out, KF_ERR_COORDINATOR_NOT_AVAILABLE, NULL);
        return;
    }
    out->node_id = p->leader;
    out->host = str_of(e->host);
    out->port = e->port;
}

static void answer_one(const coordinator_out *in, struct kf_find_coordinator_response *m)
{
    m->error_code = in->error_code;
    m->error_message = in->error_message;
    m->node_id = in->node_id;
    m->host = in->host;
    m->port = in->port;
}

void api_find_coordinator(struct broker *b, struct request *r)
{
    struct kf_find_coordinator_request *q = REQUEST_DECODE(r, kf_find_coordinator_request);
    struct kf_find_coordinator_response *m;
    coordinator_out one;

    if (!q)
        return;
    m = MESSAGE_NEW(r->arena, kf_find_coordinator_response);
    if (r->api_version < KEYS_SINCE) {
        kf_init(&kf_find_coordinator_response_coordinator_schema, &one);
        find(b, r, q->key_type, q->key, &one);
        answer_one(&one, m);
        if (!m->error_code)
            m->error_message = str_of("NONE"); /* as Kafka says it in these versions */
    } else {
        m->coordinators =
            arena_array(r->arena, (size_t)q->coordinator_keys_n, sizeof(*m->coordinators));
        m->coordinators_n = q->coordinator_keys_n;
    }
    for (int32_t i = 0; i < m->coordinators_n; i++) {
        kf_init(&kf_find_coordinator_response_coordinator_schema, &m->coordinators[i]);
        find(b, r, q->key_type, q->coordinator_keys[i], &m->coordinators[i]);
    }
    request_reply(r, &kf_find_coordinator_response_schema, m);
}

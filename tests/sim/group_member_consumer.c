/* Members of the consumer protocol (KIP-848). */
#include "api/kafka/errors.h"
#include "api/kafka/msg/consumer_group_heartbeat.h"
#include "tests/sim/coordinator.h"
#include "tests/sim/coordinator_sets.h"

typedef struct kf_consumer_group_heartbeat_request request;
typedef struct kf_consumer_group_heartbeat_response response;
typedef struct kf_consumer_group_heartbeat_request_topic_partitions owned_topic;

static void put_topics(struct member *m, request *q)
{
    struct arena *a = &m->w->arena;

    q->subscribed_topic_names = arena_array(a, TOPICS, sizeof(struct str));
    q->subscribed_topic_names_n = 0;
    for (int t = 0; t < TOPICS && !m->by_regex; t++)
        if (m->topics >> t & 1)
            q->subscribed_topic_names[q->subscribed_topic_names_n++] = str_of(coordinator_topic(t));
    q->subscribed_topic_regex = str_of(!m->by_regex ? "" : m->topics == 3 ? "t[01]" : "t.*");
}

static void put_owned(struct member *m, request *q)
{
    struct arena *a = &m->w->arena;

    q->topic_partitions = arena_array(a, TOPICS, sizeof(owned_topic));
    q->topic_partitions_n = 0;
    for (int t = 0; t < TOPICS; t++) {
        owned_topic *out = &q->topic_partitions[q->topic_partitions_n];

        if (!(m->owned & set_topic(m->w, t)))
            continue;
        q->topic_partitions_n++;
        out->topic_id = m->w->topic_ids[t];
        out->partitions = arena_array(a, PARTITIONS_MAX, sizeof(int32_t));
        for (int p = 0; p < PARTITIONS_MAX; p++)
            if (m->owned & PARTITION(t, p))
                out->partitions[out->partitions_n++] = p;
    }
}

void consumer_next(struct member *m)
{
    struct arena *a = &m->w->arena;
    request *q = arena_new(a, request);

    kf_init(&kf_consumer_group_heartbeat_request_schema, q);
    q->group_id = str_of(coordinator_group(m->group));
    q->member_id = arena_str(a, str_of(m->id));
    q->member_epoch = m->leaving ? (m->is_static ? -2 : -1) : m->epoch;
    if (m->is_static)
        q->instance_id = str_of(m->instance);
    if (!m->leaving && (!m->epoch || !m->told || m->said != m->topics)) {
        m->said = m->topics;
        q->rebalance_timeout_ms = 6000;
        put_topics(m, q);
        put_owned(m, q);
    } else if (!m->leaving && sim_chance(&m->w->s, 700)) {
        put_owned(m, q);
    }
    member_ask(m, GROUP_CONSUMER_HEARTBEAT, 1, q, 0);
}

static partitions assigned(struct member *m, const response *r)
{
    partitions ret = 0;

    for (int32_t i = 0; i < r->assignment->topic_partitions_n; i++)
        for (int t = 0; t < TOPICS; t++) {
            if (!uuid_eq(&r->assignment->topic_partitions[i].topic_id, &m->w->topic_ids[t]))
                continue;
            for (int32_t k = 0; k < r->assignment->topic_partitions[i].partitions_n; k++)
                ret |= PARTITION(t, r->assignment->topic_partitions[i].partitions[k]);
        }
    return ret;
}

static void rejoin(struct member *m)
{
    member_lost(m);
    m->epoch = 0;
    m->told = false;
    m->state = MEMBER_JOINS;
}

void consumer_heard_of(struct member *m, struct ask *a)
{
    const response *r = a->call.response;

    SIM_TRACE(&m->w->s, "member %d (%s) hears %d, epoch %d", m->index, m->id, r->error_code,
              r->member_epoch);
    switch (r->error_code) {
    case KF_ERR_NONE:
        m->epoch = r->member_epoch;
        m->told = true;
        m->state = MEMBER_RUNS;
        if (r->assignment)
            member_took(m, assigned(m, r));
        else
            check_claim(m);
        return;
    case KF_ERR_UNRELEASED_INSTANCE_ID: /* until the session of the one before it ends */
        SIM_CHECK(&m->w->s, m->is_static, "UNRELEASED_INSTANCE_ID for one that has none");
        return;
    case KF_ERR_FENCED_INSTANCE_ID:
        member_dies(m);
        return;
    case KF_ERR_UNKNOWN_MEMBER_ID:
    case KF_ERR_FENCED_MEMBER_EPOCH:
    case KF_ERR_GROUP_ID_NOT_FOUND:
        rejoin(m);
        return;
    default:
        sim_fail(&m->w->s, "member %d: ConsumerGroupHeartbeat says %d", m->index, r->error_code);
    }
}

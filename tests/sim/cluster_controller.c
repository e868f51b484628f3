/* A controller: the real core decides and applies; the model shell appends, waits and answers as
 * broker/controller/shell_*.c do. */
#include "tests/sim/cluster.h"

#include <inttypes.h>

#include "api/kafka/errors.h"
#include "api/kafka/fields.h"
#include "api/kafka/msg/alter_partition.h"
#include "api/kafka/msg/alter_partition_reassignments.h"
#include "api/kafka/msg/broker_heartbeat.h"
#include "api/kafka/msg/broker_registration.h"
#include "api/kafka/msg/create_topics.h"
#include "api/kafka/msg/elect_leaders.h"
#include "api/kafka/msg/feature_level_record.h"
#include "common/invariant.h"
#include "common/mem.h"

static const char topic_name[] = "t";

void sim_controllers_init(struct cluster *c)
{
    for (int id = 0; id < CONTROLLERS; id++) {
        c->controllers[id].c = c;
        c->controllers[id].n = &c->q.nodes[id];
    }
}

static void forget_waits(struct controller_model *m)
{
    for (int k = 0; k < m->waits_n; k++)
        rpc_free(m->c, m->waits[k].answer);
    m->waits_n = 0;
}

static void close(struct controller_model *m)
{
    if (!m->active)
        return;
    m->active = false;
    core_done(&m->core);
    m->image = image_free(m->image);
    records_clear(&m->out);
}

void sim_controllers_done(struct cluster *c)
{
    for (int id = 0; id < CONTROLLERS; id++) {
        struct controller_model *m = &c->controllers[id];

        forget_waits(m);
        close(m);
        records_done(&m->out);
        arena_done(&m->arena);
        mem_free(m->waits);
    }
    for (int k = 0; k < c->values_n; k++)
        mem_free(c->values[k].p);
    mem_free(c->values);
}

static const struct entry *entry_at(const struct cluster *c, const struct node *n, int64_t offset)
{
    return offset < n->log.start ? &c->q.committed[offset].e : &n->log.v[offset];
}

/* What lies below a log's start was in a snapshot: the same records as were committed. */
void cluster_replay(struct cluster *c, const struct node *n, int64_t from, int64_t end,
                    struct image *image, image_change_fn changed, void *ctx)
{
    for (int64_t k = from; k < end; k++) {
        const struct entry *e = entry_at(c, n, k);
        const struct owned_bytes *b = &c->values[e->value];
        struct why why = { "" };

        if (e->kind == ENTRY_VALUE)
            SIM_CHECK(&c->s, !image_apply(image, k, slice_make(b->p, b->n), changed, ctx, &why),
                      "n%d: metadata fault at %" PRId64 ": %s", n->id, k, why.text);
    }
}

static uint64_t keep_value(struct cluster *c, struct slice s)
{
    struct owned_bytes b = { mem_resize(NULL, s.n + 1), s.n };

    memcpy(b.p, s.p, s.n);
    if (c->values_n == c->values_capacity) {
        c->values_capacity = 2 * c->values_n + 64;
        c->values = mem_resize_array(c->values, (size_t)c->values_capacity, sizeof(b));
    }
    c->values[c->values_n] = b;
    return (uint64_t)c->values_n++;
}

/* One batch, applied at once. */
static void commit(struct controller_model *m)
{
    uint64_t values[QUORUM_FETCH_MAX];
    int64_t offset = m->n->log.end;
    int count = m->out.n;
    struct why why = { "" };

    INVARIANT(count <= QUORUM_FETCH_MAX);
    if (!count)
        return;
    for (int k = 0; k < count; k++) {
        SIM_CHECK(&m->c->s,
                  !image_apply(m->image, offset + k, records_at(&m->out, k), NULL, NULL, &why),
                  "n%d decides what does not apply: %s", m->n->id, why.text);
        values[k] = keep_value(m->c, records_at(&m->out, k));
    }
    image_check(m->image);
    records_clear(&m->out);
    node_append_batch(m->n, values, count);
}

static struct call call_of(struct controller_model *m, int16_t version)
{
    return (struct call){ &m->core, &m->arena, version, sim_ms(&m->c->s), m->n->log.end, &m->out };
}

static void on_tick(void *ctx, const struct sim_event *ev)
{
    struct controller_model *m = ctx;
    struct call k;
    int64_t next, now = sim_ms(&m->c->s);

    if (!m->n->up || ev->incarnation != m->n->life || !m->active ||
        ev->number != m->n->r.durable.epoch)
        return;
    if (m->n->busy_until_us > m->c->s.now_us) {
        sim_at(&m->c->s, m->n->busy_until_us, *ev);
        return;
    }
    k = call_of(m, 0);
    next = core_tick(&k);
    cluster_stats.fenced += m->out.n > 0;
    commit(m);
    arena_clear(&m->arena);
    if (m->active) /* a heartbeat may have changed what is due by then */
        sim_after(&m->c->s,
                  1000 * (next - now < 20    ? 20
                          : next - now > 200 ? 200
                                             : next - now),
                  *ev);
}

static void feature(struct controller_model *m, const char *name, int16_t level)
{
    records_put(&m->out, RECORD_FEATURE_LEVEL, 0,
                &(struct kf_feature_level_record){ str_of(name), level });
}

static const char *config(void *ctx, const char *name)
{
    (void)ctx;
    return strcmp(name, "leader.imbalance.check.interval.seconds") == 0 ? "1" : NULL;
}

/* All of the log is its truth from now on, also what is not committed yet. */
void sim_controller_on_leads(struct controller_model *m)
{
    struct cluster *c = m->c;

    INVARIANT(!m->active);
    m->image = image_new();
    cluster_replay(c, m->n, 0, m->n->log.end, m->image, NULL, NULL);
    core_init(&m->core, m->image);
    m->core.cluster_id = "c";
    m->core.node_id = m->n->id;
    m->core.session_timeout_ms = c->p.session_ms;
    m->core.config = config;
    rng_seed(&m->core.rng, c->s.seed + m->n->life);
    m->active = true;
    if (!image_feature(m->image, "metadata.version")) {
        feature(m, "metadata.version", 30);
        if (c->p.elr)
            feature(m, "eligible.leader.replicas.version", 1);
        commit(m);
    }
    if (!m->active)
        return;
    core_activate(&m->core, sim_ms(&c->s));
    sim_after(&c->s, 1000,
              (struct sim_event){ .run = on_tick,
                                  .ctx = m,
                                  .node = m->n->id,
                                  .incarnation = m->n->life,
                                  .number = m->n->r.durable.epoch });
}

void sim_controller_on_role(struct controller_model *m)
{
    if (!m->active || (m->n->up && m->n->r.state == RAFT_LEADER))
        return;
    close(m);
    for (int k = 0; k < m->waits_n; k++) {
        struct rpc *a = m->waits[k].answer;

        a->error = KF_ERR_NOT_CONTROLLER;
        if (m->n->up)
            rpc_send(m->c, a);
        else
            rpc_free(m->c, a);
    }
    m->waits_n = 0;
}

void sim_controller_on_committed(struct controller_model *m)
{
    int gone = 0;

    while (gone < m->waits_n && m->waits[gone].offset <= m->n->r.high_watermark)
        rpc_send(m->c, m->waits[gone++].answer);
    m->waits_n -= gone;
    if (gone)
        memmove(m->waits, m->waits + gone, (size_t)m->waits_n * sizeof(*m->waits));
}

/* At once when nothing of what it rests on is still uncommitted. */
static void answer_when_committed(struct controller_model *m, struct rpc *answer)
{
    if (m->n->r.high_watermark >= m->n->log.end) {
        rpc_send(m->c, answer);
        return;
    }
    if (m->waits_n == m->waits_capacity) {
        m->waits_capacity = 2 * m->waits_n + 8;
        m->waits = mem_resize_array(m->waits, (size_t)m->waits_capacity, sizeof(*m->waits));
    }
    m->waits[m->waits_n++] = (struct controller_wait){ m->n->log.end, answer };
}

static void *decide(struct controller_model *m, int16_t key, const void *request)
{
    const struct kf_api *api = kf_api(key);
    struct call k = call_of(m, api->max);
    void *response = arena_alloc(&m->arena, api->response->size);

    kf_init(api->response, response);
    core_decide(key)(&k, request, response);
    return response;
}

static void register_broker(struct controller_model *m, struct rpc *a)
{
    struct kf_broker_registration_request_feature f[] = {
        { STR_LIT("metadata.version"), 7, 30 },
        { STR_LIT("eligible.leader.replicas.version"), 0, 1 },
    };
    struct uuid dir = { { (uint8_t)(a->to + 100), 1 } };
    struct kf_broker_registration_request_listener l = { STR_LIT("PLAINTEXT"), STR_LIT("h"),
                                                         (uint16_t)(9000 + a->to), 0 };
    struct kf_broker_registration_request r;
    const struct kf_broker_registration_response *res;

    kf_init(&kf_broker_registration_request_schema, &r);
    r.broker_id = a->to;
    r.cluster_id = str_of("c");
    memcpy(r.incarnation_id.b, &a->u.registration.incarnation, 8);
    r.features = f, r.features_n = 2;
    r.log_dirs = &dir, r.log_dirs_n = 1;
    r.listeners = &l, r.listeners_n = 1;
    r.previous_broker_epoch = a->u.registration.previous_epoch;
    res = decide(m, KF_API_BROKER_REGISTRATION, &r);
    a->error = res->error_code;
    a->u.registration.epoch = res->broker_epoch;
}

/* Agents send those of the dead. */
static void heartbeat(struct controller_model *m, struct rpc *a)
{
    struct kf_broker_heartbeat_request r;
    const struct kf_broker_heartbeat_response *res;

    kf_init(&kf_broker_heartbeat_request_schema, &r);
    r.broker_id = a->u.beat.broker;
    r.broker_epoch = a->u.beat.epoch;
    r.current_metadata_offset = a->u.beat.offset;
    r.want_fence = a->u.beat.want_fence;
    r.want_shut_down = a->u.beat.want_stop;
    res = decide(m, KF_API_BROKER_HEARTBEAT, &r);
    a->error = res->error_code;
    a->u.beat.fenced = res->is_fenced;
    a->u.beat.may_stop = res->should_shut_down;
}

static void alter_one(const struct rpc_alter *x,
                      struct kf_alter_partition_request_broker_state states[REPLICAS_MAX],
                      struct kf_alter_partition_request_partition_data *ret)
{
    for (int k = 0; k < x->isr_n; k++)
        states[k] =
            (struct kf_alter_partition_request_broker_state){ x->isr[k].id, x->isr[k].epoch };
    ret->partition_index = x->partition;
    ret->leader_epoch = x->leader_epoch;
    ret->partition_epoch = x->partition_epoch;
    ret->leader_recovery_state = x->recovery;
    ret->new_isr_with_epochs = states, ret->new_isr_with_epochs_n = x->isr_n;
}

static void altered(const struct kf_alter_partition_response_partition_data *in,
                    struct rpc_alter *ret)
{
    ret->error = in->error_code;
    if (in->error_code)
        return;
    ret->leader_epoch = in->leader_epoch;
    ret->partition_epoch = in->partition_epoch;
    ret->recovery = in->leader_recovery_state;
    ret->isr_n = in->isr_n;
    for (int k = 0; k < in->isr_n; k++)
        ret->isr[k].id = in->isr[k];
}

static void alter(struct controller_model *m, struct rpc *a)
{
    struct kf_alter_partition_request_broker_state states[PARTITIONS_MAX][REPLICAS_MAX];
    struct kf_alter_partition_request_partition_data p[PARTITIONS_MAX] = { 0 };
    struct kf_alter_partition_request_topic_data t = { .partitions = p };
    struct kf_alter_partition_request r = { a->to, a->u.alter.epoch, &t, 1 };
    const struct topic_state *topic = image_topic(m->image, str_of(topic_name));
    const struct kf_alter_partition_response *res;

    if (topic)
        t.topic_id = topic->id;
    for (int k = 0; k < a->u.alter.n; k++)
        alter_one(&a->u.alter.v[k], states[k], &p[k]);
    t.partitions_n = a->u.alter.n;
    res = decide(m, KF_API_ALTER_PARTITION, &r);
    a->error = res->error_code;
    cluster_stats.isr_changes += m->out.n;
    for (int k = 0; !a->error && k < a->u.alter.n; k++)
        altered(&res->topics[0].partitions[k], &a->u.alter.v[k]);
}

static void create(struct controller_model *m, struct rpc *a)
{
    char min_isr[8] = { (char)('0' + m->c->p.min_isr) };
    struct kf_create_topics_request_creatable_topic_config config_of = {
        STR_LIT("min.insync.replicas"), str_of(min_isr)
    };
    struct kf_create_topics_request_creatable_topic t = { .name = str_of(topic_name) };
    const struct kf_create_topics_response *res;
    struct kf_create_topics_request r;

    kf_init(&kf_create_topics_request_schema, &r);
    t.num_partitions = m->c->p.partitions;
    t.replication_factor = 3;
    t.configs = &config_of, t.configs_n = 1;
    r.topics = &t, r.topics_n = 1;
    res = decide(m, KF_API_CREATE_TOPICS, &r);
    a->error = res->topics[0].error_code;
}

static void move(struct controller_model *m, struct rpc *a)
{
    struct kf_alter_partition_reassignments_request_reassignable_partition p = {
        a->u.admin.partition, a->u.admin.n ? a->u.admin.replicas : NULL,
        a->u.admin.n ? a->u.admin.n : -1
    };
    struct kf_alter_partition_reassignments_request_reassignable_topic t = { str_of(topic_name), &p,
                                                                             1 };
    struct kf_alter_partition_reassignments_request r;
    const struct kf_alter_partition_reassignments_response *res;

    kf_init(&kf_alter_partition_reassignments_request_schema, &r);
    r.topics = &t, r.topics_n = 1;
    res = decide(m, KF_API_ALTER_PARTITION_REASSIGNMENTS, &r);
    a->error = res->error_code;
    cluster_stats.moves += m->out.n;
}

static void elect(struct controller_model *m, struct rpc *a)
{
    struct kf_elect_leaders_request_topic_partitions t = { str_of(topic_name),
                                                           &a->u.admin.partition, 1 };
    struct kf_elect_leaders_request r;
    const struct kf_elect_leaders_response *res;

    kf_init(&kf_elect_leaders_request_schema, &r);
    r.topic_partitions = &t, r.topic_partitions_n = 1;
    res = decide(m, KF_API_ELECT_LEADERS, &r);
    a->error = res->error_code;
}

void sim_controller_on_rpc(struct controller_model *m, struct rpc *request)
{
    struct rpc *a = rpc_answer(m->c, request, 0);

    if (!m->active) {
        a->error = KF_ERR_NOT_CONTROLLER;
        rpc_send(m->c, a);
        return;
    }
    switch (request->kind) {
    case RPC_REGISTER:
        register_broker(m, a);
        break;
    case RPC_HEARTBEAT:
        heartbeat(m, a);
        break;
    case RPC_ALTER:
        alter(m, a);
        break;
    case RPC_CREATE:
        create(m, a);
        break;
    case RPC_MOVE:
        move(m, a);
        break;
    case RPC_ELECT:
        elect(m, a);
        break;
    default:
        INVARIANT(false);
    }
    commit(m);
    arena_clear(&m->arena);
    if (m->active)
        answer_when_committed(m, a);
    else
        rpc_free(m->c, a);
}

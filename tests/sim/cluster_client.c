/* Clients: producers that ask for all acks and try again in order, consumers at any replica, an
 * admin that creates the topic and moves it about, agents that tell of deaths. */
#include "tests/sim/cluster.h"

#include <inttypes.h>

#include "api/kafka/errors.h"
#include "common/invariant.h"
#include "common/mem.h"

/* What a producer writes to one partition: numbers 0, 1, 2 ..., the first `acked` of them (and
 * those that are `done`) acknowledged, those below `sent` under way. */
struct stream {
    int64_t acked, sent, marked;
    uint32_t ids[WINDOW_MAX]; /* of number n at n % WINDOW_MAX; 0 none under way */
    bool done[WINDOW_MAX];
    int open;
    bool failed; /* nothing new before all that is under way has ended */
    int32_t leader, epoch;
    struct connection connection;
};

struct producer {
    int end, id, window;
    struct stream streams[PARTITIONS_MAX];
};

struct consumer {
    int end;
    uint32_t waits;
    int64_t position[PARTITIONS_MAX], marked[PARTITIONS_MAX];
};

struct clients {
    struct cluster *c;
    struct producer producers[PRODUCERS];
    struct consumer consumers[CONSUMERS];
    uint32_t ids;
};

static int random_broker(struct cluster *c)
{
    return CONTROLLERS + (int)sim_between(&c->s, 0, c->p.brokers - 1);
}

static int64_t patience_us(const struct cluster *c)
{
    return 2 * c->p.call_ms * 1000;
}

/* Producers. */

static void ask_for_leaders(struct cluster *c, int end)
{
    struct rpc *m = rpc_new(c, RPC_METADATA, end, random_broker(c));

    m->id = ++c->clients->ids;
    rpc_send(c, m);
}

static void take_leaders(struct producer *p, const struct rpc *m)
{
    for (int k = 0; !m->error && k < PARTITIONS_MAX; k++) {
        struct stream *s = &p->streams[k];

        if (m->u.metadata.epoch[k] < s->epoch)
            continue;
        if (s->leader != m->u.metadata.leader[k]) {
            s->failed |= s->open > 0; /* what is under way goes to the old one */
            s->connection = (struct connection){ .broken = s->open > 0 };
        }
        s->leader = m->u.metadata.leader[k];
        s->epoch = m->u.metadata.epoch[k];
    }
}

static void on_again(void *ctx, const struct sim_event *ev)
{
    struct cluster *c = ctx;
    struct stream *s =
        &c->clients->producers[ev->number / PARTITIONS_MAX].streams[ev->number % PARTITIONS_MAX];

    s->failed = false;
    s->sent = s->acked;
    s->connection = (struct connection){ 0 };
}

static int index_of(const struct cluster *c, const struct producer *p, int partition)
{
    return (int)(p - c->clients->producers) * PARTITIONS_MAX + partition;
}

/* Nothing is under way any more: after a pause all is sent again, from the first that is not
 * acknowledged. */
static void ended(struct cluster *c, struct producer *p, int partition)
{
    struct stream *s = &p->streams[partition];

    if (!s->failed || s->open)
        return;
    ask_for_leaders(c, p->end);
    sim_after(&c->s, sim_between(&c->s, 1000, 60000),
              (struct sim_event){
                  .run = on_again, .ctx = c, .node = p->end, .number = index_of(c, p, partition) });
}

static struct stream *stream_of(struct cluster *c, int end, int partition)
{
    return &c->clients->producers[end - client_end(c, 0)].streams[partition];
}

static void on_patience_over(void *ctx, const struct sim_event *ev)
{
    struct cluster *c = ctx;
    int at = (int)(ev->number % (PRODUCERS * PARTITIONS_MAX));
    uint32_t id = (uint32_t)(ev->number / (PRODUCERS * PARTITIONS_MAX));
    struct producer *p = &c->clients->producers[at / PARTITIONS_MAX];
    struct stream *s = &p->streams[at % PARTITIONS_MAX];

    for (int k = 0; k < WINDOW_MAX; k++) {
        if (s->ids[k] != id)
            continue;
        s->ids[k] = 0;
        s->open--;
        s->failed = true;
        ended(c, p, at % PARTITIONS_MAX);
    }
}

static void send_number(struct cluster *c, struct producer *p, int partition, int64_t number)
{
    struct stream *s = &p->streams[partition];
    struct rpc *m = rpc_new(c, RPC_PRODUCE, p->end, s->leader);

    m->id = ++c->clients->ids;
    m->u.produce.partition = partition;
    m->u.produce.record = (struct record){ .producer = p->id,
                                           .sequence = (int32_t)number,
                                           .from = (int32_t)(p - c->clients->producers),
                                           .number = number };
    s->ids[number % WINDOW_MAX] = m->id;
    s->open++;
    sim_after(&c->s, patience_us(c),
              (struct sim_event){ .run = on_patience_over,
                                  .ctx = c,
                                  .node = p->end,
                                  .number = (int64_t)m->id * PRODUCERS * PARTITIONS_MAX +
                                            index_of(c, p, partition) });
    rpc_send_in_order(c, m, &s->connection);
}

static void send_more(struct cluster *c, struct producer *p, int partition)
{
    struct stream *s = &p->streams[partition];

    if (s->failed)
        return;
    if (s->leader < 0) {
        ask_for_leaders(c, p->end);
        return;
    }
    /* A partition that does not know the producer takes any sequence as its first. */
    while (s->sent < s->acked + (s->acked ? p->window : 1) && !s->failed) {
        int64_t number = s->sent++;

        if (!s->done[number % WINDOW_MAX])
            send_number(c, p, partition, number);
        if (sim_chance(&c->s, 500))
            return;
    }
}

static void on_produce(void *ctx, const struct sim_event *ev)
{
    struct cluster *c = ctx;
    struct producer *p = &c->clients->producers[ev->number];

    for (int k = 0; k < c->p.partitions && c->created; k++)
        send_more(c, p, k);
    sim_after(&c->s, sim_between(&c->s, 1, 2 * c->p.client_ms * 1000), *ev);
}

static void acked(struct cluster *c, struct producer *p, int partition, int64_t number,
                  int64_t offset)
{
    struct stream *s = &p->streams[partition];

    truth_acked(c, (int)(p - c->clients->producers), partition, number, offset);
    s->done[number % WINDOW_MAX] = true;
    while (s->done[s->acked % WINDOW_MAX]) {
        s->done[s->acked % WINDOW_MAX] = false;
        s->acked++;
    }
    if (s->sent < s->acked)
        s->sent = s->acked;
}

static void on_produced(struct cluster *c, const struct rpc *m)
{
    int partition = m->u.produce.partition;
    struct producer *p = &c->clients->producers[m->to - client_end(c, 0)];
    struct stream *s = stream_of(c, m->to, partition);
    int64_t number = -1;

    for (int64_t n = s->acked; n < s->acked + WINDOW_MAX; n++) {
        if (s->ids[n % WINDOW_MAX] == m->id)
            number = n;
    }
    if (number < 0)
        return; /* its time was up */
    s->ids[number % WINDOW_MAX] = 0;
    s->open--;
    if (m->error)
        s->failed = true;
    else
        acked(c, p, partition, number, m->u.produce.offset);
    ended(c, p, partition);
}

/* Consumers. */

static void consume(struct cluster *c, struct consumer *k, int partition, int broker)
{
    struct rpc *m = rpc_new(c, RPC_CONSUME, k->end, broker);

    m->id = k->waits = ++c->clients->ids;
    m->u.fetch.partition = partition;
    m->u.fetch.offset = k->position[partition];
    rpc_send(c, m);
}

static void on_consume(void *ctx, const struct sim_event *ev)
{
    struct cluster *c = ctx;

    consume(c, &c->clients->consumers[ev->number], (int)sim_between(&c->s, 0, c->p.partitions - 1),
            random_broker(c));
    sim_after(&c->s, sim_between(&c->s, 1, 2 * c->p.client_ms * 1000), *ev);
}

/* Who gets as much as fits asks the same one on. */
static void on_consumed(struct cluster *c, const struct rpc *m)
{
    struct consumer *k = &c->clients->consumers[m->to - client_end(c, PRODUCERS)];

    if (m->id != k->waits)
        return;
    if (m->error == KF_ERR_OFFSET_OUT_OF_RANGE && m->u.fetch.offset < m->u.fetch.log_start)
        k->position[m->u.fetch.partition] = m->u.fetch.log_start;
    if (m->error)
        return;
    k->position[m->u.fetch.partition] = m->u.fetch.offset + m->u.fetch.n;
    cluster_stats.consumed += m->u.fetch.n;
    if (m->u.fetch.n == RECORDS_MAX)
        consume(c, k, m->u.fetch.partition, m->from);
}

/* The admin. */

static struct rpc *admin_call(struct cluster *c, enum rpc_kind kind)
{
    struct rpc *m =
        rpc_new(c, kind, client_end(c, CLIENTS - 1), (int)sim_between(&c->s, 0, CONTROLLERS - 1));

    m->id = ++c->clients->ids;
    m->u.admin.partition = (int32_t)sim_between(&c->s, 0, c->p.partitions - 1);
    return m;
}

static void some_replicas(struct cluster *c, struct rpc *m)
{
    int want = (int)sim_between(&c->s, 1, c->p.brokers < 4 ? c->p.brokers : 4);

    if (want < c->p.min_isr)
        want = c->p.min_isr;
    while (m->u.admin.n < want) {
        int32_t id = random_broker(c);
        bool there = false;

        for (int k = 0; k < m->u.admin.n; k++)
            there |= m->u.admin.replicas[k] == id;
        if (!there)
            m->u.admin.replicas[m->u.admin.n++] = id;
    }
}

static void on_admin(void *ctx, const struct sim_event *ev)
{
    struct cluster *c = ctx;
    struct rpc *m;

    if (!c->created) {
        rpc_send(c, admin_call(c, RPC_CREATE));
    } else if (!c->calm && c->p.moves) {
        m = admin_call(c, sim_chance(&c->s, 300) ? RPC_ELECT : RPC_MOVE);
        if (m->kind == RPC_MOVE && sim_chance(&c->s, 800))
            some_replicas(c, m);
        rpc_send(c, m);
    }
    sim_after(&c->s, (c->created ? 3 : 1) * c->p.heartbeat_ms * 1000, *ev);
}

void sim_agent_tells_death(struct broker_model *b)
{
    struct cluster *c = b->c;

    for (int id = 0; id < CONTROLLERS; id++) {
        struct rpc *m = rpc_new(c, RPC_HEARTBEAT, client_end(c, CLIENTS - 1), id);

        m->u.beat.broker = b->id;
        m->u.beat.epoch = b->life.epoch;
        m->u.beat.want_fence = m->u.beat.want_stop = true;
        rpc_send(c, m);
    }
}

void sim_client_on_rpc(struct cluster *c, struct rpc *m)
{
    if (m->kind == RPC_PRODUCE)
        on_produced(c, m);
    else if (m->kind == RPC_METADATA)
        take_leaders(&c->clients->producers[m->to - client_end(c, 0)], m);
    else if (m->kind == RPC_CONSUME)
        on_consumed(c, m);
    else if (m->kind == RPC_CREATE)
        c->created |= !m->error || m->error == KF_ERR_TOPIC_ALREADY_EXISTS;
}

void sim_clients_init(struct cluster *c)
{
    struct clients *k = mem_new(struct clients);

    c->clients = k;
    k->c = c;
    for (int n = 0; n < PRODUCERS; n++) {
        struct producer *p = &k->producers[n];
        bool idempotent = n < PRODUCERS - 1 && !c->p.deletes;

        p->end = client_end(c, n);
        p->id = idempotent ? 1000 + n : -1;
        p->window = idempotent ? (int)sim_between(&c->s, 1, WINDOW_MAX) : 1;
        for (int s = 0; s < PARTITIONS_MAX; s++)
            p->streams[s].leader = p->streams[s].epoch = -1;
        sim_after(&c->s, n,
                  (struct sim_event){ .run = on_produce, .ctx = c, .node = p->end, .number = n });
    }
    for (int n = 0; n < CONSUMERS; n++) {
        k->consumers[n].end = client_end(c, PRODUCERS + n);
        sim_after(&c->s, n,
                  (struct sim_event){
                      .run = on_consume, .ctx = c, .node = k->consumers[n].end, .number = n });
    }
    sim_after(&c->s, 0,
              (struct sim_event){ .run = on_admin, .ctx = c, .node = client_end(c, CLIENTS - 1) });
}

void sim_clients_done(struct cluster *c)
{
    mem_free(c->clients);
}

void clients_mark(struct cluster *c)
{
    for (int n = 0; n < PRODUCERS; n++) {
        for (int s = 0; s < c->p.partitions; s++)
            c->clients->producers[n].streams[s].marked = c->clients->producers[n].streams[s].acked;
    }
    for (int n = 0; n < CONSUMERS; n++) {
        for (int s = 0; s < c->p.partitions; s++)
            c->clients->consumers[n].marked[s] = truth_end(c, s);
    }
}

bool clients_are_served(const struct cluster *c)
{
    for (int n = 0; n < PRODUCERS; n++) {
        for (int s = 0; s < c->p.partitions; s++) {
            const struct stream *x = &c->clients->producers[n].streams[s];

            if (x->acked <= x->marked)
                return false;
        }
    }
    for (int n = 0; n < CONSUMERS; n++) {
        for (int s = 0; s < c->p.partitions; s++) {
            if (c->clients->consumers[n].position[s] < c->clients->consumers[n].marked[s])
                return false;
        }
    }
    return true;
}

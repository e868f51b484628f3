/* Requests and answers between all ends; lives, loss and delay as in quorum_messages.c. */
#include "tests/sim/cluster.h"

#include <inttypes.h>

#include "common/mem.h"

static const char *const names[] = { "BrokerRegistration",
                                     "BrokerHeartbeat",
                                     "AlterPartition",
                                     "CreateTopics",
                                     "AlterPartitionReassignments",
                                     "ElectLeaders",
                                     "Fetch",
                                     "ListOffsets",
                                     "Produce",
                                     "Consume",
                                     "Metadata" };

static bool is_node(const struct cluster *c, int end)
{
    return end < c->q.n;
}

static uint32_t life_of(const struct cluster *c, int end)
{
    return is_node(c, end) ? c->q.nodes[end].life : 0;
}

struct rpc *rpc_new(struct cluster *c, enum rpc_kind kind, int from, int to)
{
    struct rpc *m = c->free, *all = m ? m->all : c->all;

    if (m)
        c->free = m->next;
    else
        c->all = m = mem_new(struct rpc);
    memset(m, 0, sizeof(*m));
    m->all = all;
    m->kind = kind;
    m->from = from;
    m->to = to;
    m->from_life = life_of(c, from);
    m->to_life = life_of(c, to);
    return m;
}

struct rpc *rpc_answer(struct cluster *c, const struct rpc *request, int16_t error)
{
    struct rpc *m = rpc_new(c, request->kind, request->to, request->from);

    m->u = request->u;
    m->to_life = request->from_life;
    m->answer = true;
    m->id = request->id;
    m->error = error;
    return m;
}

void rpc_free(struct cluster *c, struct rpc *m)
{
    m->next = c->free;
    c->free = m;
}

static void dispatch(struct cluster *c, struct rpc *m)
{
    if (!is_node(c, m->to))
        sim_client_on_rpc(c, m);
    else if (is_broker(c, m->to))
        sim_broker_on_rpc(sim_broker_of(c, m->to), m);
    else
        sim_controller_on_rpc(&c->controllers[m->to], m);
}

static bool arrives(const struct cluster *c, const struct rpc *m)
{
    if (is_node(c, m->from) && m->sent_us > c->q.nodes[m->from].died_us[m->from_life])
        return false;
    return !is_node(c, m->to) || (c->q.nodes[m->to].up && c->q.nodes[m->to].life == m->to_life);
}

static void on_rpc(void *ctx, const struct sim_event *ev)
{
    struct cluster *c = ctx;
    struct rpc *m = ev->object;

    if (arrives(c, m)) {
        if (is_node(c, m->to) && c->q.nodes[m->to].busy_until_us > c->s.now_us) {
            sim_at(&c->s, c->q.nodes[m->to].busy_until_us, *ev);
            return;
        }
        SIM_TRACE(&c->s, "%d <- %d %s%s %u error %d", m->to, m->from, names[m->kind],
                  m->answer ? " answer" : "", m->id, m->error);
        sim_mix(&c->s, (uint64_t)m->kind << 40 ^ (uint64_t)m->id << 8 ^ (uint64_t)m->answer);
        dispatch(c, m);
    }
    if (--m->copies == 0)
        rpc_free(c, m);
}

/* Nobody listens: who asks learns it at once, as by a refused connection. */
static bool refused(const struct cluster *c, const struct rpc *m)
{
    return !m->answer && is_node(c, m->to) && !c->q.nodes[m->to].up && c->q.p.lost_seen;
}

static void refuse(struct cluster *c, struct rpc *m)
{
    struct rpc *answer = rpc_answer(c, m, KF_ERR_NETWORK_EXCEPTION);

    rpc_free(c, m);
    answer->copies = 1;
    sim_after(&c->s, c->net.delay_us,
              (struct sim_event){ .run = on_rpc, .ctx = c, .node = answer->to, .object = answer });
}

static void deliver(struct cluster *c, struct rpc *m, int64_t at_us)
{
    sim_at(&c->s, at_us,
           (struct sim_event){
               .run = on_rpc, .ctx = c, .node = m->to, .number = m->kind, .object = m });
}

void rpc_send(struct cluster *c, struct rpc *m)
{
    int64_t delay[NETWORK_COPIES], now = c->s.now_us;
    int64_t busy = is_node(c, m->from) ? c->q.nodes[m->from].busy_until_us : 0;

    if (refused(c, m)) {
        refuse(c, m);
        return;
    }
    m->sent_us = busy > now ? busy : now;
    m->copies = network_carry(&c->net, &c->s, m->from, m->to, delay);
    for (int k = 0; k < m->copies; k++)
        deliver(c, m, m->sent_us + delay[k]);
    if (!m->copies)
        rpc_free(c, m);
}

void rpc_send_in_order(struct cluster *c, struct rpc *m, struct connection *n)
{
    int64_t delay[NETWORK_COPIES];

    if (!n->broken && refused(c, m)) {
        n->broken = true;
        refuse(c, m);
        return;
    }
    n->broken |= !network_carry(&c->net, &c->s, m->from, m->to, delay);
    if (n->broken) {
        rpc_free(c, m);
        return;
    }
    if (n->last_us < c->s.now_us + delay[0])
        n->last_us = c->s.now_us + delay[0];
    m->sent_us = c->s.now_us;
    m->copies = 1;
    deliver(c, m, n->last_us);
}

/* A broker's process: its life (the real core), its image, its calls to the controller. */
#include "tests/sim/cluster.h"

#include <inttypes.h>

#include "api/kafka/errors.h"
#include "common/invariant.h"
#include "common/mem.h"

enum { LINK_RETRY_US = 20000, REGISTER_MS = 60000 };

static void step(struct broker_model *b, struct life_event ev);
static void publish(struct broker_model *b);

bool sim_broker_runs(const struct broker_model *b)
{
    return b->n->up && b->life.state == LIFE_RUNNING && !b->life.fenced;
}

void sim_broker_later(struct broker_model *b, int64_t us,
                      void (*fn)(void *, const struct sim_event *), int64_t number)
{
    sim_after(
        &b->c->s, us,
        (struct sim_event){
            .run = fn, .ctx = b, .node = b->id, .incarnation = b->n->life, .number = number });
}

bool sim_broker_event_is_due(struct broker_model *b, const struct sim_event *ev)
{
    if (!b->n->up || ev->incarnation != b->n->life)
        return false;
    if (b->n->busy_until_us <= b->c->s.now_us)
        return true;
    sim_at(&b->c->s, b->n->busy_until_us, *ev);
    return false;
}

/* Calls to the controller. */

static void link_done(struct broker_model *b, int link, const struct rpc *answer);

static void on_link_timer(void *ctx, const struct sim_event *ev);

static void link_try(struct broker_model *b, int link)
{
    struct link *l = &b->links[link];
    struct cluster *c = b->c;
    int leader = b->n->r.durable.leader;
    struct rpc *m;

    l->id = ++b->ids;
    if (leader < 0 || leader >= CONTROLLERS)
        leader = (int)sim_between(&c->s, 0, CONTROLLERS - 1);
    m = rpc_new(c, l->request.kind, b->id, leader);
    m->u = l->request.u;
    m->id = l->id;
    rpc_send(c, m);
    sim_broker_later(b, c->p.call_ms * 1000, on_link_timer, (int64_t)l->id * LINKS + link);
}

void sim_broker_call(struct broker_model *b, int link, const struct rpc *request)
{
    struct link *l = &b->links[link];

    INVARIANT(!l->busy);
    l->busy = true;
    l->request = *request;
    l->until_us = b->c->s.now_us + 3 * b->c->p.call_ms * 1000;
    link_try(b, link);
}

static void on_link_retry(void *ctx, const struct sim_event *ev)
{
    struct broker_model *b = ctx;
    int link = (int)(ev->number % LINKS);

    if (sim_broker_event_is_due(b, ev) && b->links[link].busy &&
        b->links[link].id == ev->number / LINKS)
        link_try(b, link);
    sim_replica_settle(b);
}

static void on_link_timer(void *ctx, const struct sim_event *ev)
{
    struct broker_model *b = ctx;
    int link = (int)(ev->number % LINKS);

    if (!sim_broker_event_is_due(b, ev) || !b->links[link].busy ||
        b->links[link].id != ev->number / LINKS)
        return;
    b->links[link].busy = false;
    link_done(b, link, NULL);
    sim_replica_settle(b);
}

static void link_answered(struct broker_model *b, const struct rpc *m)
{
    int link = m->kind == RPC_ALTER ? LINK_ALTER : LINK_LIFE;
    struct link *l = &b->links[link];
    bool elsewhere = m->error == KF_ERR_NOT_CONTROLLER || m->error == KF_ERR_NETWORK_EXCEPTION;

    if (!l->busy || l->id != m->id)
        return;
    if (elsewhere && b->c->s.now_us + LINK_RETRY_US < l->until_us) {
        l->id = ++b->ids;
        sim_broker_later(b, LINK_RETRY_US, on_link_retry, (int64_t)l->id * LINKS + link);
        return;
    }
    l->busy = false;
    link_done(b, link, elsewhere ? NULL : m);
}

/* Life. */

static const struct broker_registration *registration(const struct broker_model *b)
{
    return image_broker(b->image, b->id);
}

static bool is_registered(const struct broker_model *b)
{
    const struct broker_registration *reg = registration(b);

    return reg && memcmp(reg->incarnation.b, &b->incarnation, 8) == 0;
}

static bool someone_stops(const struct broker_model *b)
{
    const struct broker_registration *reg;

    for (size_t at = 0; (reg = image_broker_next(b->image, &at));)
        if (reg->in_controlled_shutdown && !reg->fenced && reg->id != b->id)
            return true;
    return false;
}

static void beat(struct broker_model *b, int64_t epoch, bool want_fence, bool want_stop)
{
    struct rpc r = { .kind = RPC_HEARTBEAT };

    r.u.beat.broker = b->id;
    r.u.beat.epoch = epoch;
    r.u.beat.offset = b->applied - 1;
    r.u.beat.want_fence = want_fence;
    r.u.beat.want_stop = want_stop;
    sim_broker_call(b, LINK_LIFE, &r);
}

static void send_registration(struct broker_model *b)
{
    struct rpc r = { .kind = RPC_REGISTER };

    r.u.registration.incarnation = b->incarnation;
    r.u.registration.previous_epoch = b->previous_epoch;
    sim_broker_call(b, LINK_LIFE, &r);
}

/* Whoever was here before is dead: fenced first, in its own name. */
static void register_after(struct broker_model *b)
{
    const struct broker_registration *reg = registration(b);

    b->farewell = reg && !reg->fenced && !is_registered(b);
    if (b->farewell)
        beat(b, reg->epoch, true, true);
    else
        send_registration(b);
}

static void on_life_timer(void *ctx, const struct sim_event *ev)
{
    struct broker_model *b = ctx;

    if (!sim_broker_event_is_due(b, ev) || ev->number != b->life_timer_us)
        return;
    b->life_timer_us = -1;
    step(b, (struct life_event){ .kind = LIFE_TIMER });
    sim_replica_settle(b);
}

static void arm_life(struct broker_model *b)
{
    int64_t at_us = b->life.timer_ms * 1000;

    if (b->life.timer_ms == INT64_MAX || b->life_timer_us == at_us)
        return;
    b->life_timer_us = at_us;
    sim_broker_later(b, at_us - b->c->s.now_us, on_life_timer, at_us);
}

/* The end of the process; after a controlled shutdown all is synced, and it says of which epoch. */
static void quit(struct broker_model *b)
{
    if (b->stopping) {
        for (int p = 0; p < PARTITIONS_MAX; p++)
            b->replicas[p].log.synced = b->replicas[p].log.end;
        b->clean_epoch = b->life.epoch;
        cluster_stats.stops++;
    }
    node_crash(b->n, false);
}

static void carry_out(struct broker_model *b, unsigned effects)
{
    if (effects & LIFE_SEND_REGISTRATION)
        register_after(b);
    if (effects & LIFE_SEND_HEARTBEAT)
        beat(b, b->life.epoch, lifecycle_wants_fence(&b->life), lifecycle_wants_stop(&b->life));
    if (effects & LIFE_OPEN_LOGS) {
        b->published = true;
        publish(b);
        if (b->n->up)
            step(b, (struct life_event){ .kind = LIFE_RECOVERED });
    }
    if (effects & (LIFE_QUIT | LIFE_GIVE_UP))
        quit(b);
    if (b->n->up)
        arm_life(b);
}

static void step(struct broker_model *b, struct life_event ev)
{
    ev.now_ms = sim_ms(&b->c->s);
    carry_out(b, lifecycle_step(&b->life, &ev));
}

static void life_answered(struct broker_model *b, const struct rpc *m)
{
    if (b->farewell) {
        b->farewell = false;
        send_registration(b);
    } else if (!m || m->error) {
        step(b, (struct life_event){ .kind = LIFE_FAILED,
                                     .taken = m && m->error == KF_ERR_STALE_BROKER_EPOCH &&
                                              registration(b) && !is_registered(b) });
    } else if (m->kind == RPC_REGISTER) {
        SIM_TRACE(&b->c->s, "b%d is registered with epoch %" PRId64, b->id,
                  m->u.registration.epoch);
        b->life.epoch = m->u.registration.epoch; /* what the next fetches say */
        for (int p = 0; p < PARTITIONS_MAX; p++)
            sim_follow_again(b, &b->replicas[p]);
        step(b, (struct life_event){ .kind = LIFE_REGISTERED,
                                     .epoch = m->u.registration.epoch,
                                     .registered = is_registered(b) });
    } else {
        step(b, (struct life_event){ .kind = LIFE_HEARTBEAT,
                                     .fenced = m->u.beat.fenced,
                                     .may_stop = m->u.beat.may_stop });
    }
}

static void link_done(struct broker_model *b, int link, const struct rpc *answer)
{
    if (link == LINK_ALTER)
        sim_replica_on_altered(b, answer);
    else
        life_answered(b, answer);
}

/* Metadata. */

static int place_of(const struct partition_state *s, int32_t id)
{
    for (int k = 0; k < s->replicas_n; k++)
        if (s->replicas[k] == id)
            return k;
    return -1;
}

static void publish_partition(struct broker_model *b, struct replica *r,
                              const struct partition_state *s)
{
    if (place_of(s, b->id) < 0) {
        if (r->here)
            sim_replica_delete(b, r);
        return;
    }
    if (!r->open)
        sim_replica_open(b, r);
    sim_replica_role(b, r, s);
}

static void publish(struct broker_model *b)
{
    const struct topic_state *t = image_topic(b->image, str_of("t"));

    for (int p = 0; t && p < t->partitions_n && b->n->up; p++)
        publish_partition(b, &b->replicas[p], &t->partitions[p]);
    if (!b->brokers_changed)
        return;
    b->brokers_changed = false;
    sim_replica_look(b);
}

static void note_change(void *ctx, const struct image_change *c)
{
    struct broker_model *b = ctx;

    if (c->kind == IMAGE_BROKER)
        b->brokers_changed = true;
}

void sim_broker_on_committed(struct broker_model *b)
{
    int64_t to = b->n->r.high_watermark;

    if (!b->n->up || to <= b->applied)
        return;
    cluster_replay(b->c, b->n, b->applied, to, b->image, note_change, b);
    b->applied = to;
    if (b->published)
        publish(b);
    if (b->n->up && image_feature(b->image, "metadata.version"))
        step(b, (struct life_event){ .kind = LIFE_METADATA,
                                     .registered = is_registered(b),
                                     .awaited = someone_stops(b) });
    sim_replica_settle(b);
}

static void begin(void *ctx, const struct sim_event *ev)
{
    struct broker_model *b = ctx;

    if (sim_broker_event_is_due(b, ev))
        sim_broker_on_committed(b);
}

void sim_broker_started(struct broker_model *b)
{
    struct cluster *c = b->c;

    b->incarnation = ++c->incarnations << 8 | (uint64_t)b->id;
    b->image = image_new();
    b->applied = 0;
    b->published = b->brokers_changed = b->stopping = b->farewell = b->retry = false;
    b->life_timer_us = -1;
    b->previous_epoch = b->clean_epoch;
    b->clean_epoch = -1;
    memset(b->links, 0, sizeof(b->links));
    lifecycle_init(&b->life, sim_ms(&c->s), c->p.heartbeat_ms, c->p.session_ms, REGISTER_MS, true);
    arm_life(b);
    sim_broker_later(b, 0, begin, 0);
}

void sim_broker_died(struct broker_model *b)
{
    for (int p = 0; p < PARTITIONS_MAX; p++)
        sim_replica_close(b, &b->replicas[p]);
    b->image = image_free(b->image);
    b->life.state = LIFE_STOPPED;
}

void sim_broker_stop(struct broker_model *b)
{
    if (!b->n->up || b->stopping)
        return;
    SIM_TRACE(&b->c->s, "b%d is told to stop", b->id);
    b->stopping = b->life.state == LIFE_RUNNING;
    step(b, (struct life_event){ .kind = LIFE_STOP });
    if (b->n->up)
        sim_replica_settle(b);
}

void sim_broker_on_rpc(struct broker_model *b, struct rpc *m)
{
    if (m->answer && (m->kind == RPC_FETCH || m->kind == RPC_OFFSETS))
        sim_follow_on_fetched(b, m);
    else if (m->answer)
        link_answered(b, m);
    else if (m->kind == RPC_FETCH || m->kind == RPC_OFFSETS)
        sim_serve_fetch(b, m);
    else if (m->kind == RPC_CONSUME)
        sim_serve_consume(b, m);
    else
        sim_replica_serve(b, m);
    if (b->n->up)
        sim_replica_settle(b);
}

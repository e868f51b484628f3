/* A member of the share group: it fetches, works a while, acknowledges with the next fetch, forgets some,
 * and may die. One request at a time to each leader, on a connection of its own. */
#include <stdlib.h>

#include "api/kafka/errors.h"
#include "common/mem.h"
#include "tests/sim/share_world.h"

enum { TIMEOUT_US = 3000000, IDLE_US = 200000, FORGETS = 30, STRAYS = 20 };

bool share_carry(struct share_world *w, int64_t *ret_us)
{
    struct sim *s = &w->g.s;

    *ret_us = sim_between(s, 100, 3000);
    if (w->calm)
        return true;
    if (sim_chance(s, w->loss))
        return false;
    if (sim_chance(s, w->late))
        *ret_us += sim_between(s, 0, w->late_us);
    return true;
}

static void next(void *ctx, const struct sim_event *ev);

static void later(struct share_client *m, int part, int64_t us,
                  void (*run)(void *ctx, const struct sim_event *ev), void *object)
{
    sim_after(&m->w->g.s, us,
              (struct sim_event){ .run = run, .ctx = m, .node = m->index, .incarnation = m->life,
                                  .number = part, .object = object });
}

static struct share_leader *leader(const struct share_client *m, int part)
{
    return &m->w->leaders[part][m->at[part].leader];
}

/* The leader notices the end of the connection some time. */
struct lost {
    struct share_leader *leader;
    int member;
    uint32_t conn;
};

static void noticed(void *ctx, const struct sim_event *ev)
{
    struct lost *x = ctx;

    (void)ev;
    x->leader->w->closing--;
    share_lead_lost(x->leader, x->member, x->conn);
}

static void disconnect(struct share_client *m, int part)
{
    struct share_world *w = m->w;
    struct lost *x = arena_new(&w->g.arena, struct lost);

    *x = (struct lost){ leader(m, part), m->index, m->at[part].conn };
    sim_after(&w->g.s, sim_between(&w->g.s, 0, sim_chance(&w->g.s, 700) ? 2000 : w->late_us),
              (struct sim_event){ .run = noticed, .ctx = x });
    w->closing++;
    m->at[part].conn++;
    m->at[part].session = false;
    m->at[part].open = NULL;
    m->at[part].got_n = 0;
}

static void put_ack(struct share_client *m, struct share_request *q, int64_t first, int64_t last)
{
    static const int8_t kinds[] = { SHARE_ACK_ACCEPT, SHARE_ACK_ACCEPT, SHARE_ACK_ACCEPT,
                                    SHARE_ACK_ACCEPT, SHARE_ACK_ACCEPT, SHARE_ACK_RELEASE,
                                    SHARE_ACK_REJECT, SHARE_ACK_RENEW };
    struct share_world *w = m->w;

    if (q->acks_n == SHARE_RANGES)
        return;
    q->first[q->acks_n] = first;
    q->last[q->acks_n] = last;
    q->types[q->acks_n++] =
        w->calm ? SHARE_ACK_ACCEPT : kinds[sim_between(&w->g.s, 0, (int)ARRAY_LEN(kinds) - 1)];
    if (q->types[q->acks_n - 1] == SHARE_ACK_RENEW)
        m->at[q->part].kept[m->at[q->part].kept_n++] = (struct share_acquired){ first, last, 0 };
}

/* A range as a whole, or in two; now and then not at all. */
static void put_acks(struct share_client *m, struct share_request *q, const struct share_acquired *g)
{
    struct share_world *w = m->w;
    int64_t cut = sim_between(&w->g.s, g->first, g->last);

    if (!w->calm && sim_chance(&w->g.s, FORGETS))
        return;
    if (cut == g->last || q->acks_n + 2 > SHARE_RANGES) {
        put_ack(m, q, g->first, g->last);
        return;
    }
    put_ack(m, q, g->first, cut);
    if (w->calm || !sim_chance(&w->g.s, FORGETS))
        put_ack(m, q, cut + 1, g->last);
}

/* It acknowledges what it may never have had. */
static void stray(struct share_client *m, struct share_request *q)
{
    struct share_world *w = m->w;
    int64_t at = sim_between(&w->g.s, 0, w->parts[q->part].log_end - 1);

    if (!q->acks_n)
        put_ack(m, q, at, at);
}

static int by_first(const void *a, const void *b)
{
    const struct share_acquired *x = a, *y = b;

    return (x->first > y->first) - (x->first < y->first);
}

static void arrives(void *ctx, const struct sim_event *ev)
{
    share_lead_asked(ctx, ev->object);
}

static void send(struct share_client *m, struct share_request *q)
{
    struct share_world *w = m->w;
    int64_t us;

    if (share_carry(w, &us))
        sim_after(&w->g.s, us, (struct sim_event){ .run = arrives, .ctx = q->to, .object = q });
    if (!w->calm && sim_chance(&w->g.s, w->twice)) { /* the same once more, its answer for nobody */
        struct share_request *copy = arena_new(&w->g.arena, struct share_request);

        *copy = *q;
        list_init(&copy->node);
        if (share_carry(w, &us))
            sim_after(&w->g.s, us, (struct sim_event){ .run = arrives, .ctx = q->to, .object = copy });
    }
}

static void timed_out(void *ctx, const struct sim_event *ev)
{
    struct share_client *m = ctx;
    int part = (int)ev->number;

    if (ev->incarnation != m->life || m->at[part].open != ev->object)
        return;
    disconnect(m, part);
    next(m, ev);
}

static void ask(struct share_client *m, int part)
{
    struct share_world *w = m->w;
    struct share_request *q = arena_new(&w->g.arena, struct share_request);

    *q = (struct share_request){ .from = m, .to = leader(m, part), .life = m->life,
                                 .conn = m->at[part].conn, .part = part,
                                 .opens = !m->at[part].session };
    q->boot = q->to->boot;
    list_init(&q->node);
    qsort(m->at[part].got, (size_t)m->at[part].got_n, sizeof(m->at[part].got[0]), by_first);
    m->at[part].kept_n = 0;
    for (int i = 0; i < m->at[part].got_n && m->at[part].session; i++)
        put_acks(m, q, &m->at[part].got[i]);
    if (!w->calm && sim_chance(&w->g.s, STRAYS) && w->parts[part].log_end)
        stray(m, q);
    m->at[part].got_n = 0;
    m->at[part].open = q;
    send(m, q);
    later(m, part, TIMEOUT_US, timed_out, q);
}

static void next(void *ctx, const struct sim_event *ev)
{
    struct share_client *m = ctx;
    struct share_world *w = m->w;
    int part = (int)ev->number;

    if (ev->incarnation != m->life || !m->alive || m->at[part].open)
        return;
    if (!(m->assigned & PARTITION(0, part))) {
        if (m->at[part].session)
            disconnect(m, part); /* it would end its session, with all that it has */
        later(m, part, IDLE_US, next, NULL);
        return;
    }
    if (!m->at[part].session && (w->calm || sim_chance(&w->g.s, 700)))
        m->at[part].leader = w->parts[part].leader;
    ask(m, part);
}

void share_member_answered(struct share_request *q)
{
    struct share_client *m = q->from;
    struct share_world *w = m->w;
    int part = q->part;

    if (q->life != m->life || m->at[part].open != q)
        return;
    m->at[part].open = NULL;
    m->at[part].session = true;
    m->at[part].got_n = q->got_n;
    memcpy(m->at[part].got, q->got, sizeof(q->got));
    for (int i = 0; !q->error && i < m->at[part].kept_n && m->at[part].got_n < SHARE_RANGES; i++)
        m->at[part].got[m->at[part].got_n++] = m->at[part].kept[i];
    if (q->error && q->error != KF_ERR_INVALID_RECORD_STATE)
        disconnect(m, part);
    later(m, part, sim_between(&w->g.s, 1000, !w->calm && sim_chance(&w->g.s, 50) ? 3000000 : 100000), next,
          NULL);
}

void share_member_born(struct share_client *m)
{
    m->life++;
    m->alive = true;
    share_beat_begin(m);
    for (int p = 0; p < SHARE_PARTS; p++)
        later(m, p, sim_between(&m->w->g.s, 0, 100000), next, NULL);
}

void share_member_dies(struct share_client *m)
{
    SIM_TRACE(&m->w->g.s, "member %d dies", m->index);
    share_beat_end(m);
    m->alive = false;
    m->life++;
    for (int p = 0; p < SHARE_PARTS; p++)
        disconnect(m, p);
}

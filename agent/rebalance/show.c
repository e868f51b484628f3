#include "agent/rebalance/show.h"

static json_t *text(struct str s)
{
    json_t *t = json_stringn(s.p ? s.p : "", s.n);

    return t ? t : json_string("?"); /* not UTF-8 */
}

static json_t *ids(const int32_t *v, int32_t n)
{
    json_t *all = json_array();

    for (int32_t i = 0; i < n; i++)
        json_array_append_new(all, json_integer(v[i]));
    return all;
}

static json_t *show_move(const struct execute *x, const struct rebalance_move *m)
{
    const struct rebalance_partition *p = &x->in.partitions[m->partition];

    return json_pack("{s:o, s:i, s:o, s:o, s:I, s:s, s:o}", "topic", text(p->topic), "partition",
                     p->partition, "replicas", ids(p->replicas, p->replicas_n), "wanted",
                     ids(m->replicas, m->replicas_n), "bytes", (json_int_t)m->bytes, "reason",
                     rebalance_why_name(m->why), "text", text(str_of(m->text)));
}

static json_t *show_stuck(const struct execute *x, const struct rebalance_stuck *s)
{
    const struct rebalance_partition *p = &x->in.partitions[s->partition];

    return json_pack("{s:o, s:i, s:i, s:o}", "topic", text(p->topic), "partition", p->partition, "broker",
                     s->broker, "text", text(str_of(s->text)));
}

static json_t *show_share(const struct rebalance_share *s)
{
    return json_pack("{s:I, s:I, s:i, s:i}", "bytes", (json_int_t)s->bytes, "traffic", (json_int_t)s->traffic,
                     "replicas", s->replicas, "leaders", s->leaders);
}

static const struct rebalance_broker *broker_of(const struct execute *x, int32_t id)
{
    unsigned i = 0;

    while (x->in.brokers[i].id != id)
        i++;
    return &x->in.brokers[i];
}

static json_t *show_broker(const struct execute *x, unsigned i)
{
    static const char *const states[] = { "stays", "new", "drains" };
    const struct rebalance_broker *b = broker_of(x, x->plan.before[i].broker);

    return json_pack("{s:i, s:o, s:s, s:o, s:o}", "id", b->id, "zone", text(b->zone), "state",
                     states[b->state], "before", show_share(&x->plan.before[i]), "after",
                     show_share(&x->plan.after[i]));
}

static void show_plan(const struct execute *x, json_t *o)
{
    json_t *moves = json_array(), *stuck = json_array(), *brokers = json_array();

    for (unsigned i = 0; i < x->plan.moves_n && i < SHOW_MOVES_MAX; i++)
        json_array_append_new(moves, show_move(x, &x->plan.moves[i]));
    for (unsigned i = 0; i < x->plan.stuck_n && i < SHOW_MOVES_MAX; i++)
        json_array_append_new(stuck, show_stuck(x, &x->plan.stuck[i]));
    for (unsigned i = 0; i < x->plan.brokers_n; i++)
        json_array_append_new(brokers, show_broker(x, i));
    json_object_set_new(o, "moves", moves);
    json_object_set_new(o, "stuck", stuck);
    json_object_set_new(o, "brokers", brokers);
}

json_t *rebalance_show(const struct execute *x)
{
    json_t *o = json_pack("{s:s, s:o, s:I, s:I, s:I, s:I}", "state", execute_state_name(x->state), "reason",
                          text(str_of(x->reason)), "movesTotal", (json_int_t)x->total_n, "movesDone",
                          (json_int_t)x->done_n, "bytesTotal", (json_int_t)x->bytes_total, "bytesDone",
                          (json_int_t)x->bytes_done);

    if (x->passes)
        show_plan(x, o);
    return o;
}

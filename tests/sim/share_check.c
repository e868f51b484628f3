/* What must hold of a share group (tests/sim/README.md). */
#include "broker/group/group_internal.h"
#include "tests/sim/coordinator_sets.h"
#include "tests/sim/share_world.h"

struct share_sim_totals share_sim_totals;

static const struct share_kept *kept(const struct share_world *w, int part)
{
    struct share_key key = share_part_key(w, part);

    return share_states_find(w->truth, &key);
}

static const struct share_batch *batch_of(const struct share_kept *k, int64_t offset)
{
    for (int32_t i = 0; i < k->batches.n; i++)
        if (k->batches.v[i].first <= offset && offset <= k->batches.v[i].last)
            return &k->batches.v[i];
    return NULL;
}

static bool is_final(const struct share_kept *k, int64_t offset)
{
    const struct share_batch *b = batch_of(k, offset);

    return offset < k->start || (b && share_state_is_final(b->state));
}

/* What was confirmed stays in what is committed, whatever is written after it. */
static void check_kept(struct share_world *w, int part)
{
    const struct share_kept *k = kept(w, part);
    const struct share_part *p = &w->parts[part];

    SIM_CHECK(&w->g.s, k->start >= p->start, "part %d: the start goes back from %lld to %lld", part,
              (long long)p->start, (long long)k->start);
    for (int64_t o = 0; o < SHARE_RECORDS; o++) {
        const struct share_record *r = &p->records[o];
        const struct share_batch *b = batch_of(k, o);

        SIM_CHECK(&w->g.s, !r->final_epoch || is_final(k, o),
                  "part %d: %lld was confirmed by epoch %d and is not kept", part, (long long)o,
                  r->final_epoch);
        SIM_CHECK(&w->g.s, is_final(k, o) || (b ? b->count : 0) >= r->floor,
                  "part %d: %lld was released after %d deliveries, %d are kept", part, (long long)o,
                  r->floor, b ? b->count : 0);
        SIM_CHECK(&w->g.s, !b || b->count <= w->limits.count_max, "part %d: %lld has %d deliveries",
                  part, (long long)o, b ? b->count : 0);
    }
}

/* An admin has moved the group: what was confirmed before is of no account. */
static void begin_era(struct share_world *w, int part)
{
    const struct share_kept *k = kept(w, part);
    struct share_part *p = &w->parts[part];

    SIM_CHECK(&w->g.s, k->state_epoch >= p->era, "part %d: the state epoch goes back from %d to %d",
              part, p->era, k->state_epoch);
    if (k->state_epoch == p->era)
        return;
    p->era = k->state_epoch;
    p->start = k->start;
    for (int64_t o = 0; o < SHARE_RECORDS; o++)
        p->records[o].final_epoch = p->records[o].floor_epoch = p->records[o].floor = 0;
}

void share_check_committed(struct share_world *w)
{
    share_states_check(w->truth);
    for (int part = 0; part < SHARE_PARTS; part++) {
        if (!kept(w, part))
            continue;
        begin_era(w, part);
        check_kept(w, part);
    }
}

void share_check_replays(struct share_node *n)
{
    OWNED_BUF live = { 0 };
    OWNED_BUF log = { 0 };

    share_states_check(n->core);
    share_states_dump(n->core, &live);
    share_states_dump(n->shadow, &log);
    SIM_CHECK(&n->w->g.s, slice_eq(buf_slice(&live), buf_slice(&log)), "node %d:\n%s\nits log:\n%s",
              n->id, buf_text(&live), buf_text(&log));
}

static void check_one(struct share_leader *l, int member, int64_t o, int16_t count)
{
    struct share_world *w = l->w;
    struct share_part *p = &w->parts[l->part];
    struct share_record *r = &p->records[o];
    bool old = l->core->state_epoch != p->era; /* it does not know what the admin did */

    SIM_CHECK(&w->g.s, !r->none, "part %d: %lld is no record and goes to %d", l->part, (long long)o,
              member);
    SIM_CHECK(&w->g.s,
              r->held_epoch != l->epoch || !r->holder || r->until_ms <= sim_ms(&w->g.s),
              "part %d: %lld goes to %d and is with %d", l->part, (long long)o, member,
              r->holder - 1);
    SIM_CHECK(&w->g.s, old || !r->final_epoch || r->final_epoch > l->epoch,
              "part %d: %lld, whose end epoch %d has confirmed, goes to %d in epoch %d", l->part,
              (long long)o, r->final_epoch, member, l->epoch);
    SIM_CHECK(&w->g.s, count == l->count[o] + 1 && count <= w->limits.count_max,
              "part %d: %lld is delivered for the %d. time after %d", l->part, (long long)o, count,
              l->count[o]);
    SIM_CHECK(&w->g.s, old || r->floor_epoch > l->epoch || count > r->floor,
              "part %d: %lld is delivered for the %d. time, it was released after %d", l->part,
              (long long)o, count, r->floor);
    l->count[o] = count;
    if (l->epoch < r->held_epoch)
        return; /* of a leader that does not know: no lock of today's */
    r->holder = member + 1;
    r->held_epoch = l->epoch;
    r->until_ms = sim_ms(&w->g.s) + w->limits.lock_ms;
}

void share_check_delivers(struct share_leader *l, int member, const struct share_acquired *got)
{
    struct share_part *p = &l->w->parts[l->part];

    SIM_TRACE(&l->w->g.s, "part %d: %lld-%lld go to member %d by leader %d, %d. time", l->part,
              (long long)got->first, (long long)got->last, member, l->id, got->count);
    for (int64_t o = got->first; o <= got->last; o++) {
        check_one(l, member, o, got->count);
        share_sim_totals.redelivered += p->records[o].deliveries++ > 0;
        share_sim_totals.delivered++;
    }
}

void share_check_released(struct share_leader *l, int member)
{
    for (int64_t o = 0; o < SHARE_RECORDS; o++) {
        struct share_record *r = &l->w->parts[l->part].records[o];

        if (r->held_epoch == l->epoch && r->holder == member + 1)
            r->holder = 0;
    }
}

/* Nobody ends, or keeps, what is not his any more. */
void share_check_held(struct share_leader *l, const struct share_request *q)
{
    struct share_part *p = &l->w->parts[l->part];

    for (int i = 0; i < q->acks_n; i++)
        for (int64_t o = q->first[i]; o <= q->last[i]; o++) {
            const struct share_record *r = &p->records[o];

            SIM_CHECK(&l->w->g.s,
                      r->none || o < l->core->start || r->held_epoch > l->epoch ||
                          (r->holder == q->from->index + 1 && r->until_ms > sim_ms(&l->w->g.s)),
                      "part %d: member %d acknowledges %lld, which is not with it", l->part,
                      q->from->index, (long long)o);
        }
}

void share_check_renewed(struct share_leader *l, const struct share_request *q)
{
    for (int i = 0; i < q->acks_n; i++)
        for (int64_t o = q->first[i]; q->types[i] == SHARE_ACK_RENEW && o <= q->last[i]; o++) {
            struct share_record *r = &l->w->parts[l->part].records[o];

            if (r->held_epoch == l->epoch && o >= l->core->start)
                r->until_ms = sim_ms(&l->w->g.s) + l->w->limits.lock_ms;
        }
}

static void confirm_one(struct share_leader *l, int64_t o, int8_t type)
{
    struct share_world *w = l->w;
    struct share_record *r = &w->parts[l->part].records[o];
    bool ends = type != SHARE_ACK_RELEASE || l->count[o] >= w->limits.count_max;

    if (r->held_epoch == l->epoch)
        r->holder = 0;
    if (l->core->state_epoch != w->parts[l->part].era)
        return;
    if (ends && (!r->final_epoch || r->final_epoch > l->epoch))
        r->final_epoch = l->epoch;
    if (!ends && l->count[o] > r->floor) {
        r->floor = l->count[o];
        r->floor_epoch = l->epoch;
    }
    share_sim_totals.accepted += ends;
}

void share_check_confirms(struct share_leader *l, const struct share_request *q)
{
    struct share_part *p = &l->w->parts[l->part];

    for (int i = 0; i < q->acks_n; i++) {
        SIM_TRACE(&l->w->g.s, "part %d: %lld-%lld are confirmed to member %d as %d", l->part,
                  (long long)q->first[i], (long long)q->last[i], q->from->index, q->types[i]);
        for (int64_t o = q->first[i]; o <= q->last[i]; o++)
            if (!p->records[o].none && q->types[i] != SHARE_ACK_RENEW)
                confirm_one(l, o, q->types[i]);
    }
    check_kept(l->w, l->part);
}

/* The leader hears that its write was done, or what is kept. */
void share_check_read(const struct share_leader *l, const struct share_question *q)
{
    struct share_part *p = &l->w->parts[q->part];
    int64_t start = q->kind == SHARE_READS ? q->start : q->write.start;

    if (q->write.leader_epoch != p->epoch ||
        (q->kind == SHARE_READS ? q->state_epoch : q->write.state_epoch) != p->era)
        return;
    SIM_CHECK(&l->w->g.s, start >= p->start, "part %d: epoch %d %s the start %lld after %lld", q->part,
              q->write.leader_epoch, q->kind == SHARE_READS ? "reads" : "writes", (long long)start,
              (long long)p->start);
    p->start = start;
}

static void check_part(struct share_world *w, int part)
{
    const struct share_part *p = &w->parts[part];
    const struct share_kept *k = kept(w, part);

    for (int64_t o = p->log_start; o < p->log_end; o++)
        SIM_CHECK(&w->g.s, p->records[o].none || is_final(k, o),
                  "part %d: in the end %lld is not done (start %lld)", part, (long long)o,
                  (long long)k->start);
}

/* Every member is in the group, knows what it has, and has something; every partition is somebody's. */
static void check_group(struct share_world *w)
{
    const struct group *g = group_find(w->g.truth, str_of(coordinator_group(0)));
    partitions all = 0;

    SIM_CHECK(&w->g.s, g && g->share && g->share->members_n == SHARE_MEMBERS,
              "in the end the group has %d members", g && g->share ? g->share->members_n : -1);
    for (int i = 0; i < SHARE_MEMBERS; i++) {
        const struct share_client *c = &w->members[i];
        const struct share_member *m = share_member(g->share, str_of(c->id));

        SIM_CHECK(&w->g.s, m && m->epoch == g->share->epoch && c->epoch == m->epoch,
                  "in the end member %d (%s) is at epoch %d, the group at %d", i, c->id, c->epoch,
                  g->share->epoch);
        SIM_CHECK(&w->g.s, c->assigned && c->assigned == set_of(&w->g, &m->target),
                  "in the end member %d has %x, is to have %x", i, c->assigned,
                  set_of(&w->g, &m->target));
        all |= c->assigned;
    }
    SIM_CHECK(&w->g.s, all == set_topic(&w->g, 0), "in the end nobody has %x",
              set_topic(&w->g, 0) & ~all);
    SIM_CHECK(&w->g.s, w->g.nodes[w->g.leader].core, "in the end nobody coordinates the group");
    check_replays(&w->g.nodes[w->g.leader]);
}

void share_check_end(struct share_world *w)
{
    check_group(w);
    SIM_CHECK(&w->g.s, w->nodes[w->leader].core, "in the end nobody coordinates");
    share_check_replays(&w->nodes[w->leader]);
    for (int part = 0; part < SHARE_PARTS; part++)
        check_part(w, part);
}

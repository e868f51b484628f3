/* What must hold of the groups, after every event. */
#include "api/kafka/errors.h"
#include "api/kafka/msg/consumer_group_heartbeat.h"
#include "api/kafka/msg/offset_commit.h"
#include "api/kafka/msg/offset_fetch.h"
#include "api/kafka/msg/share_group_heartbeat.h"
#include "broker/group/group_internal.h"
#include "broker/group/subscription.h"
#include "tests/sim/coordinator.h"
#include "tests/sim/coordinator_sets.h"

/* ---- the log ---- */

typedef struct kf_offset_commit_value offset_value;

static const offset_value *last_offset(const struct plog *l, int64_t end, struct slice key,
                                       struct arena *a)
{
    for (int64_t i = end - 1; i >= 0; i--) {
        struct group_record r = { l->records[i]->key, l->records[i]->value };
        struct group_record_view v;

        if (!slice_eq(r.key, key))
            continue;
        return !group_record_parse(&r, a, &v) ? v.value : NULL;
    }
    return NULL;
}

/* Only an admin client, who says so, may set an offset back. */
static void check_offset(struct coordinators *w, const struct plog_record *r,
                         const struct group_record_view *now, struct arena *a)
{
    const offset_value *v = now->value, *before;

    before = last_offset(&w->committed, w->committed.n - 1, r->key, a);
    if (!before || str_is(v->metadata, "admin"))
        return;
    SIM_CHECK(&w->s, v->offset >= before->offset,
              "the committed offset of %.*s %.*s-%d goes back from %lld to %lld",
              STR_ARG(now->offset_key->group), STR_ARG(now->offset_key->topic),
              now->offset_key->partition, (long long)before->offset, (long long)v->offset);
}

static int group_named(const struct coordinators *w, struct str id)
{
    for (int g = 0; g < w->groups_n; g++)
        if (str_is(id, coordinator_group(g)))
            return g;
    sim_fail(&w->s, "a record of group %.*s", STR_ARG(id));
}

/* A group without members that is gone begins at epoch 1 when it comes back. */
static void forget_claims(struct coordinators *w, const struct group_record_view *v)
{
    bool of_group = v->type == GROUP_RECORD_CLASSIC || v->type == GROUP_RECORD_CONSUMER;
    const struct group *g = of_group ? group_find(w->truth, v->group_key->group) : NULL;

    if (g && !v->value && !(g->consumer ? g->consumer->members_n : g->classic->members_n))
        memset(w->claims[group_named(w, g->id)], 0, sizeof(w->claims[0]));
}

void check_committed(struct coordinators *w, const struct plog_record *r)
{
    struct group_record record = { r->key, r->value };
    OWNED_ARENA a = { 0 };
    struct group_record_view v;

    SIM_CHECK(&w->s, !group_record_parse(&record, &a, &v), "a record does not parse");
    forget_claims(w, &v);
    SIM_CHECK(&w->s, !groups_load(w->truth, &record, w->committed.n), "a record does not parse");
    if (v.type == GROUP_RECORD_OFFSET && v.value)
        check_offset(w, r, &v, &a);
}

/* ---- replay ---- */

/* What a classic group that rebalances has in memory is not in its log, nor that it is empty when the
 * record that says so could not be written (as in Kafka: nobody is there who could miss it). */
static bool is_soft(const struct coordinators *w, const struct group *g)
{
    return g && !g->share && g->classic && g->classic->state != CLASSIC_STABLE &&
           (w->append_fails || g->classic->state != CLASSIC_EMPTY);
}

static bool next_line(const struct coordinators *w, const char **at, const struct groups *live,
                      struct str *ret)
{
    while (**at) {
        const char *end = strchr(*at, '\n');
        struct str line = str_make(*at, (size_t)(end - *at)); /* group gN ... */

        *at = end + 1;
        *ret = line;
        if (!is_soft(w, group_find(live, str_make(line.p + 6, 2))) ||
            strncmp(line.p + 8, " topic", 6) == 0)
            return true;
    }
    return false;
}

static void compare(struct coordinator_node *n, const struct groups *live,
                    const struct groups *replayed, const char *what)
{
    OWNED_BUF a = { 0 };
    OWNED_BUF b = { 0 };
    const char *p, *q;
    struct str x, y;

    groups_dump(live, &a);
    groups_dump(replayed, &b);
    p = buf_text(&a);
    q = buf_text(&b);
    for (;;) {
        bool more = next_line(n->w, &p, live, &x), also = next_line(n->w, &q, live, &y);

        SIM_CHECK(&n->w->s, more == also && (!more || str_eq(x, y)),
                  "node %d: what lives is not what %s: \"%.*s\" and \"%.*s\"", n->id, what,
                  more ? (int)x.n : 0, x.p, also ? (int)y.n : 0, y.p);
        if (!more)
            return;
    }
}

void check_replays(struct coordinator_node *n)
{
    compare(n, n->core, n->shadow, "its log makes");
}

void check_loads(struct coordinator_node *n)
{
    compare(n, n->core, n->shadow, "the log makes that was not compacted");
}

/* ---- answers ---- */

static bool is_committed(const struct coordinators *w, struct str group, int topic, int index,
                         int64_t offset)
{
    struct arena a = { 0 };
    bool found = false;

    for (int64_t i = w->committed.n - 1; i >= 0 && !found; i--) {
        struct group_record r = { w->committed.records[i]->key, w->committed.records[i]->value };
        struct group_record_view v;

        found = !group_record_parse(&r, &a, &v) && v.type == GROUP_RECORD_OFFSET && v.value &&
                str_eq(v.offset_key->group, group) &&
                str_is(v.offset_key->topic, coordinator_topic(topic)) &&
                v.offset_key->partition == index && ((const offset_value *)v.value)->offset == offset;
        arena_clear(&a);
    }
    arena_done(&a);
    return found;
}

static int topic_by(const struct coordinators *w, struct str name, const struct uuid *id)
{
    for (int t = 0; t < TOPICS; t++)
        if (str_is(name, coordinator_topic(t)) || uuid_eq(id, &w->topic_ids[t]))
            return t;
    sim_fail(&w->s, "an answer about a topic that nobody asked about");
}

static void check_commit(struct coordinator_node *n, const struct ask *a)
{
    const struct kf_offset_commit_response *r = a->call.response;
    const struct kf_offset_commit_request *q = a->call.request;

    for (int32_t i = 0; i < r->topics_n; i++)
        for (int32_t k = 0; k < r->topics[i].partitions_n; k++) {
            int t = topic_by(n->w, r->topics[i].name, &r->topics[i].topic_id);
            int32_t p = r->topics[i].partitions[k].partition_index;
            int64_t offset = q->topics[i].partitions[k].committed_offset;

            if (r->topics[i].partitions[k].error_code)
                continue;
            group_totals.commits++;
            SIM_CHECK(&n->w->s, is_committed(n->w, a->call.group_id, t, p, offset),
                      "node %d: offset %lld of %s-%d is acknowledged, but not in the log", n->id,
                      (long long)offset, coordinator_topic(t), p);
        }
}

static void check_fetch(struct coordinator_node *n, const struct ask *a)
{
    const struct kf_offset_fetch_response_offset_fetch_response_group *r = a->call.response;

    for (int32_t i = 0; !r->error_code && i < r->topics_n; i++)
        for (int32_t k = 0; k < r->topics[i].partitions_n; k++) {
            int t = topic_by(n->w, r->topics[i].name, &r->topics[i].topic_id);
            int32_t p = r->topics[i].partitions[k].partition_index;
            int64_t offset = r->topics[i].partitions[k].committed_offset;

            SIM_CHECK(&n->w->s,
                      offset < 0 || is_committed(n->w, a->call.group_id, t, p, offset),
                      "node %d: offset %lld of %s-%d was told, but is not in the log", n->id,
                      (long long)offset, coordinator_topic(t), p);
        }
}

static void check_heartbeat(struct coordinator_node *n, const struct ask *a)
{
    const struct kf_consumer_group_heartbeat_response *r = a->call.response;
    const struct group *g = group_find(n->w->truth, a->call.group_id);
    const struct consumer_member *m;

    if (r->error_code || r->member_epoch <= 0)
        return;
    SIM_CHECK(&n->w->s, g, "node %d: a member of a group that is not in the log", n->id);
    m = g->consumer ? consumer_member(g->consumer, r->member_id) : NULL;
    SIM_CHECK(&n->w->s, !m || m->now.epoch >= r->member_epoch,
              "node %d: %.*s is told epoch %d, the log says %d", n->id, STR_ARG(r->member_id),
              r->member_epoch, m ? m->now.epoch : -1);
}

static void check_share_heartbeat(struct coordinator_node *n, const struct ask *a)
{
    const struct kf_share_group_heartbeat_response *r = a->call.response;
    const struct group *g = group_find(n->w->truth, a->call.group_id);
    const struct share_member *m = g && g->share ? share_member(g->share, r->member_id) : NULL;

    if (r->error_code || r->member_epoch <= 0)
        return;
    SIM_CHECK(&n->w->s, g, "node %d: a member of a group that is not in the log", n->id);
    SIM_CHECK(&n->w->s, !m || m->epoch >= r->member_epoch,
              "node %d: %.*s is told epoch %d, the log says %d", n->id, STR_ARG(r->member_id),
              r->member_epoch, m ? m->epoch : -1);
}

void check_answer(struct coordinator_node *n, const struct ask *a)
{
    if (a->call.api == GROUP_OFFSET_COMMIT)
        check_commit(n, a);
    else if (a->call.api == GROUP_OFFSET_FETCH)
        check_fetch(n, a);
    else if (a->call.api == GROUP_CONSUMER_HEARTBEAT)
        check_heartbeat(n, a);
    else if (a->call.api == GROUP_SHARE_HEARTBEAT)
        check_share_heartbeat(n, a);
}

/* ---- owners ---- */

static struct claims *claims_of(struct member *m)
{
    struct claims *c = &m->w->claims[m->group][m->epoch % CLAIM_EPOCHS];

    if (c->epoch != m->epoch)
        *c = (struct claims){ .epoch = m->epoch };
    return c;
}

/* Who is the same static member in another process may have the same in the same generation. */
void check_claim(struct member *m)
{
    struct claims *c;
    struct str name = m->is_static ? str_of(m->instance) : str_of(m->id);

    if (m->epoch <= 0 || !m->owned)
        return;
    c = claims_of(m);
    name = arena_str(&m->w->arena, name);
    for (int i = 0; i < TOPICS * 8; i++) {
        if (!(m->owned >> i & 1))
            continue;
        SIM_CHECK(&m->w->s, !c->owner[i].p || str_eq(c->owner[i], name),
                  "%s-%d belongs to %.*s and to %.*s in epoch %d", coordinator_topic(i / 8), i % 8,
                  STR_ARG(c->owner[i]), STR_ARG(name), m->epoch);
        c->owner[i] = name;
        group_totals.claims++;
    }
}

/* What the log lets the member have; all where it says nothing about it. */
static partitions allowed(const struct member *m, const struct group *g)
{
    const struct consumer_member *c = g->consumer ? consumer_member(g->consumer, str_of(m->id)) : NULL;
    const struct classic_member *k = g->classic ? classic_member(g->classic, str_of(m->id)) : NULL;
    struct assignment s;
    partitions ret = ~(partitions)0;

    if (m->protocol != MEMBER_CONSUMER && m->state != MEMBER_RUNS)
        return ret; /* it does nothing with what it has until its SyncGroup */
    if (c && (c->now.epoch == m->epoch || c->now.previous_epoch == m->epoch)) {
        ret = set_of(m->w, &c->now.assigned) | set_of(m->w, &c->now.revoking);
    } else if (k && g->classic->generation == m->epoch) {
        SIM_CHECK(&m->w->s, !assignment_parse(k->assignment, m->w->image, &s), "assignment");
        ret = set_of(m->w, &s);
        assignment_done(&s);
    }
    return ret;
}

void check_views(struct coordinators *w)
{
    for (int i = 0; i < w->members_n; i++) {
        const struct member *m = &w->members[i];
        const struct group *g = group_find(w->truth, str_of(coordinator_group(m->group)));

        if (!m->alive || m->leaving || !g || !m->owned || !m->epoch)
            continue;
        SIM_CHECK(&w->s, !(m->owned & ~allowed(m, g)),
                  "member %d (%s) has %x in epoch %d, the log lets it have %x", m->index, m->id,
                  m->owned, m->epoch, allowed(m, g));
    }
}

/* ---- the end ---- */

static void check_group_converged(struct coordinators *w, int group)
{
    partitions all = 0, wanted = 0;
    int alive = 0;

    for (int i = 0; i < w->members_n; i++) {
        const struct member *m = &w->members[i];

        if (!m->alive || m->group != group)
            continue;
        alive++;
        SIM_CHECK(&w->s, m->state == MEMBER_RUNS && m->epoch > 0,
                  "in the end member %d (%s) is not at work: state %d, epoch %d", i, m->id,
                  m->state, m->epoch);
        SIM_CHECK(&w->s, !(m->owned & all), "in the end %x has two owners", m->owned & all);
        SIM_CHECK(&w->s, !(m->owned & ~set_wanted(w, m)), "in the end member %d has %x, wants %x", i,
                  m->owned, set_wanted(w, m));
        SIM_CHECK(&w->s, m->fetched == m->owned, "in the end member %d has not begun %x", i,
                  m->owned & ~m->fetched);
        all |= m->owned;
        wanted |= set_wanted(w, m);
    }
    SIM_CHECK(&w->s, all == wanted, "in the end nobody has %x of group %d (%d members)",
              wanted & ~all, group, alive);
}

void check_converged(struct coordinators *w, int64_t end)
{
    OWNED_BUF truth = { 0 };

    groups_dump(w->truth, &truth);
    SIM_TRACE(&w->s, "in the end the log says:\n%s", buf_text(&truth));
    for (int g = 0; g < w->groups_n; g++)
        check_group_converged(w, g);
    SIM_CHECK(&w->s, w->nodes[w->leader].core, "in the end nobody coordinates");
    SIM_CHECK(&w->s, w->committed.n >= end, "in the end %lld records of %lld are committed",
              (long long)w->committed.n, (long long)end);
    check_replays(&w->nodes[w->leader]);
    check_views(w);
}

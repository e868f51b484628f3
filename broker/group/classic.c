#include "broker/group/classic.h"

#include "api/kafka/msg/join_group.h"
#include "broker/group/group_internal.h"
#include "common/invariant.h"

#define BIT(s) (1u << (s))

static const struct {
    const char *name;
    unsigned next;
} states[] = {
    [CLASSIC_EMPTY] = { "Empty", BIT(CLASSIC_PREPARING) },
    [CLASSIC_PREPARING] = { "PreparingRebalance", BIT(CLASSIC_COMPLETING) | BIT(CLASSIC_EMPTY) },
    [CLASSIC_COMPLETING] = { "CompletingRebalance", BIT(CLASSIC_STABLE) | BIT(CLASSIC_PREPARING) },
    [CLASSIC_STABLE] = { "Stable", BIT(CLASSIC_PREPARING) },
};

/* The only writer of c->state, but for load. */
void classic_move(struct classic *c, enum classic_state next, int64_t wall_ms)
{
    INVARIANT(states[c->state].next & BIT(next));
    c->previous = c->state;
    c->state = next;
    c->state_ms = wall_ms;
}

const char *classic_state_name(enum classic_state s)
{
    return states[s].name;
}

struct classic *classic_new(struct group *group, int64_t wall_ms)
{
    struct classic *c = mem_new(struct classic);

    c->state_ms = wall_ms;
    list_init(&c->members);
    list_init(&c->pending);
    c->join_timer = (struct group_timer){ .kind = TIMER_JOIN, .group = group };
    c->sync_timer = (struct group_timer){ .kind = TIMER_SYNC, .group = group };
    return c;
}

void classic_protocols_free(struct classic_protocols *p)
{
    for (int32_t i = 0; i < p->n; i++) {
        str_drop(&p->p[i].name);
        slice_drop(&p->p[i].metadata);
    }
    mem_free(p->p);
    *p = (struct classic_protocols){ 0 };
}

static void member_free(struct classic_member *m)
{
    INVARIANT(!m->join && !m->sync && !m->session.slot);
    classic_protocols_free(&m->protocols);
    str_drop(&m->id);
    str_drop(&m->instance_id);
    str_drop(&m->client_id);
    str_drop(&m->client_host);
    slice_drop(&m->assignment);
    mem_free(m);
}

void classic_stop(struct group_timers *ts, struct classic *c)
{
    group_timer_clear(ts, &c->join_timer);
    group_timer_clear(ts, &c->sync_timer);
    list_each (node, &c->members)
        group_timer_clear(ts, &list_item(node, struct classic_member, node)->session);
    list_each (node, &c->pending)
        group_timer_clear(ts, &list_item(node, struct classic_pending, node)->timer);
}

static void pending_free(struct classic_pending *p)
{
    str_drop(&p->id);
    mem_free(p);
}

struct classic *classic_free(struct classic *c)
{
    if (!c)
        return NULL;
    list_each (node, &c->members)
        member_free(list_item(node, struct classic_member, node));
    list_each (node, &c->pending)
        pending_free(list_item(node, struct classic_pending, node));
    for (int32_t i = 0; i < c->supported_n; i++)
        str_drop(&c->supported[i].name);
    mem_free(c->supported);
    map_done(&c->by_id);
    map_done(&c->by_instance);
    map_done(&c->pending_by_id);
    str_drop(&c->protocol_type);
    str_drop(&c->protocol);
    mem_free(c);
    return NULL;
}

struct classic_member *classic_member(const struct classic *c, struct str id)
{
    return map_get_str(&c->by_id, id);
}

struct classic_member *classic_instance(const struct classic *c, struct str instance_id)
{
    return map_get_str(&c->by_instance, instance_id);
}

struct classic_pending *classic_pending(const struct classic *c, struct str id)
{
    return map_get_str(&c->pending_by_id, id);
}

int16_t classic_validate(const struct classic *c, struct str id, struct str instance_id)
{
    const struct classic_member *m =
        instance_id.p ? classic_instance(c, instance_id) : classic_member(c, id);

    if (!m)
        return KF_ERR_UNKNOWN_MEMBER_ID;
    return str_eq(m->id, id) ? KF_ERR_NONE : KF_ERR_FENCED_INSTANCE_ID;
}

struct classic_member *classic_member_add(struct group *group, struct str id,
                                          struct str instance_id)
{
    struct classic_member *m = mem_new(struct classic_member);
    struct classic *c = group->classic;

    m->id = str_keep(id);
    m->instance_id = str_keep(instance_id);
    m->session = (struct group_timer){ .kind = TIMER_SESSION, .group = group, .member = m };
    list_push(&c->members, &m->node);
    (void)map_set(&c->by_id, id.p, id.n, m);
    if (instance_id.p)
        (void)map_set(&c->by_instance, instance_id.p, instance_id.n, m);
    c->members_n++;
    if (!c->leader)
        c->leader = m;
    return m;
}

static void count(struct classic *c, struct str name, int32_t by)
{
    int32_t i = 0;

    while (i < c->supported_n && !str_eq(c->supported[i].name, name))
        i++;
    if (i == c->supported_n) {
        c->supported = mem_resize_array(c->supported, (size_t)i + 1, sizeof(*c->supported));
        c->supported[i] = (struct classic_count){ .name = str_keep(name) };
        c->supported_n++;
    }
    c->supported[i].n += by;
    if (c->supported[i].n)
        return;
    str_drop(&c->supported[i].name);
    c->supported[i] = c->supported[--c->supported_n];
}

/* A name that a member lists twice counts once. */
static bool is_repeated(const struct classic_member *m, int32_t i)
{
    for (int32_t k = 0; k < i; k++)
        if (str_eq(m->protocols.p[k].name, m->protocols.p[i].name))
            return true;
    return false;
}

static void count_protocols(struct classic *c, const struct classic_member *m, int32_t by)
{
    for (int32_t i = 0; i < m->protocols.n; i++)
        if (!is_repeated(m, i))
            count(c, m->protocols.p[i].name, by);
}

struct classic_protocols classic_member_protocols(struct classic *c, struct classic_member *m,
                                                  const struct kf_join_group_request *q)
{
    struct classic_protocols old = m->protocols;

    count_protocols(c, m, -1);
    m->protocols.p = mem_zero(((size_t)q->protocols_n + 1) * sizeof(*m->protocols.p));
    m->protocols.n = q->protocols_n;
    for (int32_t i = 0; i < q->protocols_n; i++) {
        m->protocols.p[i].name = str_keep(q->protocols[i].name);
        m->protocols.p[i].metadata = slice_keep(q->protocols[i].metadata);
    }
    count_protocols(c, m, 1);
    return old;
}

void classic_member_restore(struct classic *c, struct classic_member *m,
                            struct classic_protocols *old)
{
    count_protocols(c, m, -1);
    classic_protocols_free(&m->protocols);
    m->protocols = *old;
    count_protocols(c, m, 1);
}

void classic_set_joining(struct classic *c, struct classic_member *m, bool joining)
{
    c->joining_n += joining - m->joining;
    m->joining = joining;
}

void classic_set_syncing(struct classic *c, struct classic_member *m, bool syncing)
{
    c->syncing_n += syncing - m->syncing;
    m->syncing = syncing;
}

void classic_member_remove(struct group_timers *ts, struct classic *c, struct classic_member *m)
{
    classic_set_joining(c, m, false);
    classic_set_syncing(c, m, false);
    count_protocols(c, m, -1);
    group_timer_clear(ts, &m->session);
    list_remove(&m->node);
    (void)map_remove(&c->by_id, m->id.p, m->id.n);
    if (m->instance_id.p && classic_instance(c, m->instance_id) == m)
        (void)map_remove(&c->by_instance, m->instance_id.p, m->instance_id.n);
    c->members_n--;
    if (c->leader == m)
        c->leader = list_empty(&c->members)
                        ? NULL
                        : list_item(c->members.next, struct classic_member, node);
    member_free(m);
}

struct classic_pending *classic_pending_add(struct group *group, struct str id)
{
    struct classic_pending *p = mem_new(struct classic_pending);
    struct classic *c = group->classic;

    p->id = str_keep(id);
    p->timer = (struct group_timer){ .kind = TIMER_PENDING, .group = group, .member = p };
    list_push(&c->pending, &p->node);
    (void)map_set(&c->pending_by_id, id.p, id.n, p);
    c->pending_n++;
    return p;
}

void classic_pending_remove(struct group_timers *ts, struct classic *c, struct classic_pending *p)
{
    group_timer_clear(ts, &p->timer);
    list_remove(&p->node);
    (void)map_remove(&c->pending_by_id, p->id.p, p->id.n);
    c->pending_n--;
    pending_free(p);
}

static bool all_support(const struct classic *c, struct str name)
{
    for (int32_t i = 0; i < c->supported_n; i++)
        if (c->supported[i].n == c->members_n && str_eq(c->supported[i].name, name))
            return true;
    return false;
}

bool classic_supports(const struct classic *c, const struct kf_join_group_request *q)
{
    if (!q->protocol_type.n || !q->protocols_n)
        return false;
    if (c->state == CLASSIC_EMPTY || !c->members_n)
        return true;
    if (!str_eq(q->protocol_type, c->protocol_type))
        return false;
    for (int32_t i = 0; i < q->protocols_n; i++)
        if (all_support(c, q->protocols[i].name))
            return true;
    return false;
}

struct slice classic_metadata(const struct classic *c, const struct classic_member *m)
{
    for (int32_t i = 0; c->protocol.p && i < m->protocols.n; i++)
        if (str_eq(m->protocols.p[i].name, c->protocol))
            return m->protocols.p[i].metadata;
    return slice_make("", 0);
}

int32_t classic_rebalance_timeout(const struct classic *c)
{
    int32_t longest = 0;

    list_each (node, &c->members) {
        int32_t ms = list_item(node, struct classic_member, node)->rebalance_timeout_ms;

        longest = ms > longest ? ms : longest;
    }
    return longest;
}

/* The first of a member's protocols that all support, by its place in c->supported. */
static int32_t vote_of(const struct classic *c, const struct classic_member *m)
{
    for (int32_t i = 0; i < m->protocols.n; i++)
        for (int32_t k = 0; k < c->supported_n; k++)
            if (c->supported[k].n == c->members_n &&
                str_eq(c->supported[k].name, m->protocols.p[i].name))
                return k;
    return -1;
}

struct str classic_vote(const struct classic *c)
{
    int32_t *votes = mem_zero(((size_t)c->supported_n + 1) * sizeof(*votes)), best = -1;

    list_each (node, &c->members) {
        int32_t k = vote_of(c, list_item(node, struct classic_member, node));

        if (k >= 0)
            votes[k]++;
    }
    for (int32_t k = 0; k < c->supported_n; k++)
        if (votes[k] && (best < 0 || votes[k] > votes[best]))
            best = k;
    mem_free(votes);
    return best < 0 ? str_make(NULL, 0) : c->supported[best].name;
}

static void check_members(const struct classic *c)
{
    int32_t joining = 0, syncing = 0, n = 0;

    list_each (node, &c->members) {
        const struct classic_member *m = list_item(node, struct classic_member, node);

        n++;
        joining += m->joining;
        syncing += m->syncing;
        INVARIANT(!m->join || (c->state == CLASSIC_PREPARING && m->joining)); /* C4 */
        INVARIANT(!m->sync || c->state == CLASSIC_COMPLETING);
        INVARIANT(classic_member(c, m->id) == m);
    }
    INVARIANT(n == c->members_n && joining == c->joining_n && syncing == c->syncing_n); /* C3 */
}

void classic_check(const struct group *group)
{
    const struct classic *c = group->classic;

    INVARIANT(c->state != CLASSIC_EMPTY || !c->members_n); /* C1 */
    INVARIANT(c->state == CLASSIC_EMPTY || c->state == CLASSIC_PREPARING ||
              (c->members_n && c->protocol.p));
    INVARIANT((c->leader != NULL) == (c->members_n > 0)); /* C2 */
    for (int32_t i = 0; i < c->supported_n; i++)
        INVARIANT(c->supported[i].n > 0 && c->supported[i].n <= c->members_n);
    check_members(c);
}

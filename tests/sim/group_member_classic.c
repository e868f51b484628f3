/* Members of the classic protocol, eager or cooperative: one of them assigns. */
#include "api/kafka/errors.h"
#include "api/kafka/msg/heartbeat.h"
#include "api/kafka/msg/join_group.h"
#include "api/kafka/msg/leave_group.h"
#include "api/kafka/msg/sync_group.h"
#include "broker/group/subscription.h"
#include "common/invariant.h"
#include "tests/sim/coordinator.h"
#include "tests/sim/coordinator_sets.h"

#include <stdio.h>

enum { SESSION_MS = 6000, REBALANCE_MS = 5000, VERSION = 3 };

typedef const struct kf_join_group_response join_in;
typedef struct kf_sync_group_request_sync_group_request_assignment planned;

static bool is_eager(const struct member *m)
{
    return m->protocol == MEMBER_EAGER;
}

/* ---- what it says ---- */

static struct slice keep(struct arena *a, const struct buf *b)
{
    uint8_t *p = arena_alloc(a, b->n + 1);

    memcpy(p, b->p, b->n);
    return slice_make(p, b->n);
}

static struct slice subscription(struct member *m)
{
    struct arena *a = &m->w->arena;
    struct kf_consumer_protocol_subscription s;
    struct why reason = { "" };
    OWNED_BUF b = { 0 };

    kf_init(&kf_consumer_protocol_subscription_schema, &s);
    s.topics = arena_array(a, TOPICS, sizeof(*s.topics));
    s.owned_partitions = arena_array(a, TOPICS, sizeof(*s.owned_partitions));
    s.generation_id = m->owned ? m->epoch : -1;
    for (int t = 0; t < TOPICS; t++) {
        if (m->topics >> t & 1)
            s.topics[s.topics_n++] = str_of(coordinator_topic(t));
        if (!(m->owned & set_topic(m->w, t)))
            continue;
        s.owned_partitions[s.owned_partitions_n].topic = str_of(coordinator_topic(t));
        s.owned_partitions[s.owned_partitions_n].partitions =
            arena_array(a, PARTITIONS_MAX, sizeof(int32_t));
        for (int p = 0; p < PARTITIONS_MAX; p++)
            if (m->owned & PARTITION(t, p))
                s.owned_partitions[s.owned_partitions_n]
                    .partitions[s.owned_partitions[s.owned_partitions_n].partitions_n++] = p;
        s.owned_partitions_n++;
    }
    buf_put_be16(&b, VERSION);
    INVARIANT(!kf_encode(&kf_consumer_protocol_subscription_schema, VERSION, &s, &b, &reason));
    return keep(a, &b);
}

static void send_join(struct member *m)
{
    struct arena *a = &m->w->arena;
    struct kf_join_group_request *q = arena_new(a, struct kf_join_group_request);

    if (is_eager(m))
        member_lost(m);
    m->said = m->topics;
    m->state = MEMBER_JOINS;
    kf_init(&kf_join_group_request_schema, q);
    q->group_id = str_of(coordinator_group(m->group));
    q->session_timeout_ms = SESSION_MS;
    q->rebalance_timeout_ms = REBALANCE_MS;
    q->member_id = arena_str(a, str_of(m->id));
    if (m->is_static)
        q->group_instance_id = str_of(m->instance);
    q->protocol_type = str_of("consumer");
    q->protocols = arena_new(a, struct kf_join_group_request_join_group_request_protocol);
    q->protocols_n = 1;
    q->protocols->name = str_of(is_eager(m) ? "range" : "cooperative-sticky");
    q->protocols->metadata = subscription(m);
    member_ask(m, GROUP_JOIN, 9, q, REBALANCE_MS + 5000);
}

static void send_heartbeat(struct member *m)
{
    struct kf_heartbeat_request *q = arena_new(&m->w->arena, struct kf_heartbeat_request);

    kf_init(&kf_heartbeat_request_schema, q);
    q->group_id = str_of(coordinator_group(m->group));
    q->generation_id = m->epoch;
    q->member_id = arena_str(&m->w->arena, str_of(m->id));
    if (m->is_static)
        q->group_instance_id = str_of(m->instance);
    member_ask(m, GROUP_HEARTBEAT, 4, q, 0);
}

static void send_leave(struct member *m)
{
    struct kf_leave_group_request *q = arena_new(&m->w->arena, struct kf_leave_group_request);

    kf_init(&kf_leave_group_request_schema, q);
    q->group_id = str_of(coordinator_group(m->group));
    q->members = arena_new(&m->w->arena, struct kf_leave_group_request_member_identity);
    q->members_n = 1;
    kf_init(&kf_leave_group_request_member_identity_schema, q->members);
    q->members->member_id = arena_str(&m->w->arena, str_of(m->id));
    if (m->is_static)
        q->members->group_instance_id = str_of(m->instance);
    member_ask(m, GROUP_LEAVE, 5, q, 0);
}

static int32_t partitions_there(const struct member *m)
{
    int32_t ret = m->w->nudges;

    for (int t = 0; t < TOPICS; t++)
        ret += m->w->partitions_n[t];
    return ret;
}

/* It reads other topics, or leads and sees that they have grown. */
static bool has_news(const struct member *m)
{
    return m->said != m->topics || (m->leads && m->seen != partitions_there(m));
}

void classic_next(struct member *m)
{
    if (m->leaving && m->is_static) /* a static member just goes */
        member_dies(m);
    else if (m->leaving)
        send_leave(m);
    else if (m->state == MEMBER_JOINS || (m->state == MEMBER_RUNS && has_news(m)))
        send_join(m);
    else if (m->state == MEMBER_SYNCS)
        member_ask(m, GROUP_SYNC, 5, m->plan, REBALANCE_MS + 5000);
    else
        send_heartbeat(m);
}

/* ---- assigning ---- */

struct seat {
    struct str id;
    unsigned topics;
    partitions claims, gets;
    int32_t generation;
};

static unsigned topics_of(const struct kf_consumer_protocol_subscription *s)
{
    unsigned ret = 0;

    for (int32_t i = 0; i < s->topics_n; i++)
        for (int t = 0; t < TOPICS; t++)
            if (str_is(s->topics[i], coordinator_topic(t)))
                ret |= 1u << t;
    return ret;
}

static void read_seats(struct member *m, join_in *r, struct seat *seats)
{
    for (int32_t i = 0; i < r->members_n; i++) {
        struct kf_consumer_protocol_subscription s;
        struct assignment owned;
        int16_t version;

        SIM_CHECK(&m->w->s,
                  !subscription_parse(r->members[i].metadata, &m->w->arena, &version, &s),
                  "a subscription does not parse");
        owned = subscription_owned(&s, m->w->image);
        seats[i] = (struct seat){ .id = r->members[i].member_id, .topics = topics_of(&s),
                                  .claims = set_of(m->w, &owned), .generation = s.generation_id };
        assignment_done(&owned);
    }
}

/* In turn to those that read the topic. */
static int seat_for(const struct seat *seats, int32_t n, int bit, int32_t *turn)
{
    for (int32_t i = 0; i < n; i++) {
        int32_t at = (*turn + i) % n;

        if (seats[at].topics >> bit / 8 & 1) {
            *turn = at + 1;
            return at;
        }
    }
    return -1;
}

/* Another member that has it of the newest generation has to give it up first. */
static bool is_free(const struct seat *seats, int32_t n, int bit, int to)
{
    int32_t newest = -1;

    for (int32_t i = 0; i < n; i++)
        if (seats[i].claims >> bit & 1 && seats[i].generation > newest)
            newest = seats[i].generation;
    for (int32_t i = 0; i < n; i++)
        if (i != to && seats[i].claims >> bit & 1 && seats[i].generation == newest)
            return false;
    return true;
}

static void assign(struct member *m, struct seat *seats, int32_t n)
{
    int32_t turn = 0;

    for (int bit = 0; bit < TOPICS * 8; bit++) {
        int to;

        if (bit % 8 >= m->w->partitions_n[bit / 8])
            continue;
        to = seat_for(seats, n, bit, &turn);
        if (to >= 0 && (is_eager(m) || is_free(seats, n, bit, to)))
            seats[to].gets |= (partitions)1 << bit;
    }
}

static void plan(struct member *m, join_in *r)
{
    struct arena *a = &m->w->arena;
    struct seat *seats = arena_array(a, (size_t)r->members_n, sizeof(*seats));
    struct kf_sync_group_request *q = m->plan = arena_new(a, struct kf_sync_group_request);

    kf_init(&kf_sync_group_request_schema, q);
    q->group_id = str_of(coordinator_group(m->group));
    q->generation_id = m->epoch;
    q->member_id = arena_str(a, str_of(m->id));
    if (m->is_static)
        q->group_instance_id = str_of(m->instance);
    q->protocol_type = r->protocol_type;
    q->protocol_name = r->protocol_name;
    m->leads = str_eq(r->leader, r->member_id);
    if (!m->leads || r->skip_assignment)
        return;
    m->seen = partitions_there(m);
    read_seats(m, r, seats);
    assign(m, seats, r->members_n);
    q->assignments = arena_array(a, (size_t)r->members_n, sizeof(planned));
    q->assignments_n = r->members_n;
    for (int32_t i = 0; i < r->members_n; i++) {
        struct assignment set = set_assignment(m->w, seats[i].gets);

        q->assignments[i].member_id = seats[i].id;
        q->assignments[i].assignment = assignment_print(&set, m->w->image, VERSION, a);
        assignment_done(&set);
    }
}

/* ---- what it hears ---- */

static void forgotten(struct member *m, bool id_too)
{
    member_lost(m);
    m->epoch = 0;
    m->state = MEMBER_JOINS;
    if (id_too)
        m->id[0] = '\0';
}

static void joined(struct member *m, join_in *r)
{
    snprintf(m->id, sizeof(m->id), "%.*s", STR_ARG(r->member_id));
    m->epoch = r->generation_id;
    m->state = MEMBER_SYNCS;
    plan(m, r);
}

static void synced(struct member *m, const struct kf_sync_group_response *r)
{
    struct assignment a;
    partitions now;
    bool gives_up;

    SIM_CHECK(&m->w->s, !assignment_parse(r->assignment, m->w->image, &a), "an odd assignment");
    now = set_of(m->w, &a);
    assignment_done(&a);
    gives_up = !is_eager(m) && (m->owned & ~now);
    member_took(m, now);
    m->state = gives_up ? MEMBER_JOINS : MEMBER_RUNS;
}

static void accepted(struct member *m, struct ask *a)
{
    if (a->call.api == GROUP_JOIN)
        joined(m, a->call.response);
    else if (a->call.api == GROUP_SYNC)
        synced(m, a->call.response);
}

void classic_heard_of(struct member *m, struct ask *a)
{
    join_in *r = a->call.response; /* the others begin likewise */

    SIM_TRACE(&m->w->s, "member %d (%s) hears %d of api %d, generation %d", m->index, m->id,
              r->error_code, a->call.api, m->epoch);
    switch (r->error_code) {
    case KF_ERR_NONE:
        accepted(m, a);
        return;
    case KF_ERR_MEMBER_ID_REQUIRED:
        snprintf(m->id, sizeof(m->id), "%.*s", STR_ARG(r->member_id));
        return;
    case KF_ERR_REBALANCE_IN_PROGRESS:
        m->state = MEMBER_JOINS;
        return;
    case KF_ERR_UNKNOWN_MEMBER_ID:
        forgotten(m, true);
        return;
    case KF_ERR_ILLEGAL_GENERATION:
        forgotten(m, false);
        return;
    case KF_ERR_UNRELEASED_INSTANCE_ID: /* the consumer protocol's member of before is not over */
        SIM_CHECK(&m->w->s, m->is_static, "UNRELEASED_INSTANCE_ID for one that has none");
        return;
    case KF_ERR_FENCED_INSTANCE_ID:
        member_dies(m);
        return;
    default:
        sim_fail(&m->w->s, "member %d: api %d says %d", m->index, a->call.api, r->error_code);
    }
}

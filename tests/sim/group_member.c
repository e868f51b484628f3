/* What all consumers do: one request at a time, timeouts, looking for the coordinator, reading from
 * where the group has committed. */
#include "api/kafka/errors.h"
#include "api/kafka/msg/offset_commit.h"
#include "api/kafka/msg/offset_fetch.h"
#include "common/invariant.h"
#include "common/mem.h"
#include "tests/sim/coordinator.h"
#include "tests/sim/coordinator_sets.h"

#include <stdio.h>

enum { REQUEST_MS = 3000, PAUSE_US = 1000000, BACKOFF_US = 100000, COMMIT_BY_ID = 10 };

typedef struct kf_offset_commit_request_offset_commit_request_topic commit_topic;
typedef struct kf_offset_commit_request_offset_commit_request_partition commit_partition;
typedef struct kf_offset_fetch_request_offset_fetch_request_group fetch_group;

/* ---- life ---- */

static void ticks(void *ctx, const struct sim_event *ev);

void member_wake(struct member *m, int64_t delay_us)
{
    sim_after(&m->w->s, delay_us,
              (struct sim_event){ .run = ticks, .ctx = m, .node = COORDINATORS + m->index,
                                  .incarnation = m->life, .number = m->seq });
}

void member_lost(struct member *m)
{
    m->owned = m->fetched = m->dirty = 0;
}

void member_took(struct member *m, partitions now)
{
    m->fetched &= now;
    m->dirty &= now;
    m->owned = now;
    check_claim(m);
}

void member_born(struct member *m)
{
    struct coordinators *w = m->w;

    m->life++;
    m->seq++;
    m->arrived = 0;
    m->alive = true;
    m->leaving = m->told = m->doubts = false;
    m->open = NULL;
    m->epoch = 0;
    m->id[0] = '\0';
    m->state = MEMBER_JOINS;
    m->protocol = w->mixed && sim_chance(&w->s, 500) ? MEMBER_CONSUMER : w->classic;
    if (!m->is_static || !m->topics) /* Kafka does not notice when it comes back with others */
        m->topics = (unsigned)sim_between(&w->s, 1, (1 << TOPICS) - 1);
    if (m->protocol == MEMBER_CONSUMER)
        snprintf(m->id, sizeof(m->id), "m%d-%u", m->index, m->life);
    m->by_regex = m->protocol == MEMBER_CONSUMER && !m->is_static && sim_chance(&w->s, 200);
    if (m->by_regex)
        m->topics = sim_chance(&w->s, 500) ? 3 : (1 << TOPICS) - 1;
    m->term_seen = 0;
    m->node = (int)sim_between(&w->s, 0, COORDINATORS - 1);
    member_lost(m);
    SIM_TRACE(&w->s, "member %d begins as %s%s, topics %x", m->index,
              m->protocol == MEMBER_CONSUMER ? "consumer"
              : m->protocol == MEMBER_EAGER  ? "eager"
                                             : "cooperative",
              m->is_static ? ", static" : "", m->topics);
    group_totals.joins++;
    member_wake(m, sim_between(&w->s, 0, PAUSE_US));
}

static void born_again(void *ctx, const struct sim_event *ev)
{
    struct member *m = ctx;

    if (!m->alive && ev->incarnation == m->life)
        member_born(m);
}

void member_dies(struct member *m)
{
    struct sim *s = &m->w->s;

    SIM_TRACE(s, "member %d (%s) is gone", m->index, m->id);
    m->alive = false;
    m->open = NULL;
    m->seq++;
    member_lost(m);
    if (sim_chance(s, 800))
        sim_after(s, sim_between(s, 1000, sim_chance(s, 500) ? 500000 : 15000000),
                  (struct sim_event){ .run = born_again, .ctx = m, .node = m->index,
                                      .incarnation = m->life });
}

/* ---- requests ---- */

/* Never one that is older than who has served it: of that a client cannot be sure, but what it would
 * read there is of before. */
void member_finds(struct member *m)
{
    struct coordinators *w = m->w;
    int any = (int)sim_between(&w->s, 0, COORDINATORS - 1);

    m->node = w->leader;
    if (!w->calm && sim_chance(&w->s, 200) && w->nodes[any].term >= m->term_seen)
        m->node = any;
}

static void arrives(void *ctx, const struct sim_event *ev)
{
    struct ask *a = ev->object;
    struct coordinator_node *n = &a->w->nodes[ev->node];
    struct member *m = a->from;

    (void)ctx;
    if (!n->alive || a->node >= 0)
        return;
    /* Of a connection that is closed only what overtook nobody: the member has heard nothing since. */
    if (m && m->life == a->life && m->open != a && m->heard != a->heard)
        return;
    if (n->stopped_us > a->w->s.now_us) {
        sim_at(&a->w->s, n->stopped_us, *ev);
        return;
    }
    /* Commits have no order but that of their connection; a heartbeat of the epoch before that comes
     * twice gives up what the first has brought, here as in Kafka. */
    if (m && m->life == a->life &&
        ((a->call.api == GROUP_OFFSET_COMMIT && a->seq < m->arrived) ||
         (a->call.api == GROUP_CONSUMER_HEARTBEAT && a->seq <= m->arrived)))
        return;
    if (m && m->life == a->life && a->seq > m->arrived)
        m->arrived = a->seq;
    coordinator_arrives(n, a);
}

static struct ask *make(struct member *m, enum group_api api, int16_t version, const void *request)
{
    struct ask *a = arena_new(&m->w->arena, struct ask);

    a->w = m->w;
    a->from = m;
    a->life = m->life;
    a->seq = m->seq;
    a->heard = m->heard;
    a->node = -1;
    a->call = (struct group_call){ .api = api, .version = version, .request = request,
                                   .group_id = str_of(coordinator_group(m->group)),
                                   .client_id = str_of("client"),
                                   .client_host = str_of("/127.0.0.1"),
                                   .arena = &m->w->arena };
    return a;
}

struct ask *member_ask(struct member *m, enum group_api api, int16_t version, const void *request,
                       int64_t timeout_ms)
{
    struct coordinators *w = m->w;
    int64_t delays[NETWORK_COPIES];
    struct ask *a;
    int copies;

    m->seq++;
    a = m->open = make(m, api, version, request);
    m->deadline_us = w->s.now_us + (timeout_ms ? timeout_ms : REQUEST_MS) * 1000;
    copies = network_carry(&w->net, &w->s, COORDINATORS + m->index, m->node, delays);
    for (int i = 0; i < copies; i++) /* of two the first to arrive is answered */
        sim_after(&w->s, delays[i] + (i ? delays[0] : 0),
                  (struct sim_event){ .run = arrives, .node = m->node, .number = a->seq,
                                      .object = i ? make(m, api, version, request) : a });
    member_wake(m, m->deadline_us - w->s.now_us);
    return a;
}

/* ---- offsets ---- */

static struct kf_offset_commit_request *commit_request(struct member *m, partitions what,
                                                       int16_t version)
{
    struct arena *a = &m->w->arena;
    struct kf_offset_commit_request *q = arena_new(a, struct kf_offset_commit_request);

    kf_init(&kf_offset_commit_request_schema, q);
    q->group_id = str_of(coordinator_group(m->group));
    q->member_id = arena_str(a, str_of(m->id));
    q->generation_id_or_member_epoch = m->epoch;
    if (m->is_static)
        q->group_instance_id = str_of(m->instance);
    q->topics = arena_array(a, TOPICS, sizeof(commit_topic));
    for (int t = 0; t < TOPICS; t++) {
        commit_topic *out = &q->topics[q->topics_n];

        if (!(what & set_topic(m->w, t)))
            continue;
        q->topics_n++;
        if (version >= COMMIT_BY_ID)
            out->topic_id = m->w->topic_ids[t];
        else
            out->name = str_of(coordinator_topic(t));
        out->partitions = arena_array(a, PARTITIONS_MAX, sizeof(commit_partition));
        for (int p = 0; p < PARTITIONS_MAX; p++)
            if (what & PARTITION(t, p))
                out->partitions[out->partitions_n++] = (commit_partition){
                    .partition_index = p, .committed_offset = m->position[t][p],
                    .committed_leader_epoch = -1
                };
    }
    return q;
}

static void commit(struct member *m)
{
    int16_t version = sim_chance(&m->w->s, 500) ? COMMIT_BY_ID : COMMIT_BY_ID - 1;
    const void *q = commit_request(m, m->dirty, version);

    SIM_TRACE(&m->w->s, "member %d (%s) commits %x in epoch %d to node %d", m->index, m->id, m->dirty,
              m->epoch, m->node);
    member_ask(m, GROUP_OFFSET_COMMIT, version, q, 0)->what = m->dirty;
}

static void fetch(struct member *m, partitions what)
{
    struct arena *a = &m->w->arena;
    fetch_group *q = arena_new(a, fetch_group);

    kf_init(&kf_offset_fetch_request_offset_fetch_request_group_schema, q);
    q->group_id = str_of(coordinator_group(m->group));
    if (m->protocol == MEMBER_CONSUMER) {
        q->member_id = arena_str(a, str_of(m->id));
        q->member_epoch = m->epoch;
    }
    q->topics = arena_array(a, TOPICS, sizeof(*q->topics));
    q->topics_n = 0;
    for (int t = 0; t < TOPICS; t++) {
        if (!(what & set_topic(m->w, t)))
            continue;
        q->topics[q->topics_n].name = str_of(coordinator_topic(t));
        q->topics[q->topics_n].partition_indexes = arena_array(a, PARTITIONS_MAX, sizeof(int32_t));
        for (int p = 0; p < PARTITIONS_MAX; p++)
            if (what & PARTITION(t, p))
                q->topics[q->topics_n]
                    .partition_indexes[q->topics[q->topics_n].partition_indexes_n++] = p;
        q->topics_n++;
    }
    member_ask(m, GROUP_OFFSET_FETCH, 9, q, 0)->what = what;
}

static int topic_named(struct str name)
{
    for (int t = 0; t < TOPICS; t++)
        if (str_is(name, coordinator_topic(t)))
            return t;
    return -1;
}

static void fetched(struct member *m, const struct ask *a)
{
    const struct kf_offset_fetch_response_offset_fetch_response_group *r = a->call.response;

    group_totals.fetches++;
    for (int32_t i = 0; i < r->topics_n; i++)
        for (int32_t k = 0; k < r->topics[i].partitions_n; k++) {
            int t = topic_named(r->topics[i].name), p = r->topics[i].partitions[k].partition_index;
            int64_t offset = r->topics[i].partitions[k].committed_offset;

            SIM_CHECK(&m->w->s, t >= 0 && p >= 0 && p < PARTITIONS_MAX, "a strange answer");
            m->position[t][p] = offset < 0 ? 0 : offset;
        }
    m->fetched |= a->what & m->owned;
}

static int16_t commit_error(const struct ask *a)
{
    const struct kf_offset_commit_response *r = a->call.response;

    for (int32_t i = 0; i < r->topics_n; i++)
        for (int32_t k = 0; k < r->topics[i].partitions_n; k++)
            if (r->topics[i].partitions[k].error_code)
                return r->topics[i].partitions[k].error_code;
    return KF_ERR_NONE;
}

static void consume(struct member *m)
{
    for (int i = 0; i < TOPICS * 8; i++)
        if ((m->owned & m->fetched) >> i & 1 && sim_chance(&m->w->s, 400)) {
            m->position[i / 8][i % 8] += sim_between(&m->w->s, 1, 20);
            m->dirty |= (partitions)1 << i;
        }
}

/* Reads from where the group has committed, before it does anything else with it. */
static bool offsets_next(struct member *m)
{
    if (m->epoch <= 0 || !m->owned || m->doubts || sim_chance(&m->w->s, 200))
        return false;
    if (m->owned & ~m->fetched) {
        fetch(m, m->owned & ~m->fetched);
        return true;
    }
    consume(m);
    if (!m->dirty || !sim_chance(&m->w->s, 350))
        return false;
    commit(m);
    return true;
}

/* ---- ticks and answers ---- */

static void next(struct member *m)
{
    if (m->state == MEMBER_RUNS && !m->leaving && offsets_next(m))
        return;
    m->doubts = false;
    if (m->protocol == MEMBER_CONSUMER)
        consumer_next(m);
    else
        classic_next(m);
}

static void ticks(void *ctx, const struct sim_event *ev)
{
    struct member *m = ctx;

    if (!m->alive || ev->incarnation != m->life || ev->number != (int64_t)m->seq)
        return;
    if (m->open && m->deadline_us > m->w->s.now_us)
        return;
    if (m->open) {
        m->open = NULL;
        m->told = false;
        if (m->leaving) {
            member_dies(m);
            return;
        }
        member_finds(m);
    }
    next(m);
}

/* NOT_COORDINATOR and the like say nothing about the member. */
static bool of_coordinator(struct member *m, int16_t error)
{
    switch (error) {
    case KF_ERR_NOT_COORDINATOR:
    case KF_ERR_COORDINATOR_NOT_AVAILABLE:
        member_finds(m);
        return true;
    case KF_ERR_COORDINATOR_LOAD_IN_PROGRESS:
        return true;
    default:
        return false;
    }
}

static void offsets_answered(struct member *m, struct ask *a)
{
    const struct kf_offset_fetch_response_offset_fetch_response_group *r = a->call.response;
    bool fetches = a->call.api == GROUP_OFFSET_FETCH;
    int16_t error = fetches ? r->error_code : commit_error(a);

    if (of_coordinator(m, error))
        return;
    switch (error) {
    case KF_ERR_NONE:
        if (fetches)
            fetched(m, a);
        else
            m->dirty &= ~a->what;
        return;
    case KF_ERR_UNKNOWN_MEMBER_ID:
    case KF_ERR_ILLEGAL_GENERATION:
    case KF_ERR_REBALANCE_IN_PROGRESS:
    case KF_ERR_STALE_MEMBER_EPOCH:
    case KF_ERR_GROUP_ID_NOT_FOUND:
    case KF_ERR_FENCED_INSTANCE_ID:
        m->doubts = true; /* the next heartbeat says more */
        return;
    default:
        sim_fail(&m->w->s, "offsets: error %d", error);
    }
}

static int16_t error_of(const struct ask *a)
{
    const int16_t *second = (const int16_t *)((const char *)a->call.response + sizeof(int32_t));

    return *second; /* throttle_time_ms comes first in all of them, then error_code */
}

void member_answered(struct member *m, struct ask *a)
{
    struct coordinators *w = m->w;
    bool offsets = a->call.api == GROUP_OFFSET_COMMIT || a->call.api == GROUP_OFFSET_FETCH;

    if (!m->alive || a->life != m->life || m->open != a)
        return;
    m->open = NULL;
    m->seq++;
    m->heard++;
    if (m->leaving) {
        member_dies(m);
        return;
    }
    if (offsets)
        offsets_answered(m, a);
    else if (of_coordinator(m, error_of(a)))
        m->told = false;
    else if (m->protocol == MEMBER_CONSUMER)
        consumer_heard_of(m, a);
    else
        classic_heard_of(m, a);
    if (!m->alive)
        return;
    if (w->nodes[a->node].term > m->term_seen)
        m->term_seen = w->nodes[a->node].term;
    check_views(w);
    member_wake(m, sim_between(&w->s, BACKOFF_US / 10,
                               sim_chance(&w->s, 400) ? BACKOFF_US : PAUSE_US));
}

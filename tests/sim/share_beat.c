/* What a member of the share group says to the group's coordinator, and hears: ShareGroupHeartbeat. */
#include "api/kafka/errors.h"
#include "api/kafka/msg/share_group_heartbeat.h"
#include "tests/sim/coordinator_sets.h"
#include "tests/sim/share_world.h"

#include <stdio.h>

enum { TIMEOUT_US = 2000000, PAUSE_US = 1000000, SOON_US = 200000 };

typedef struct kf_share_group_heartbeat_request request;
typedef struct kf_share_group_heartbeat_response response;

static void beat(struct share_client *m);

static void due(void *ctx, const struct sim_event *ev)
{
    struct share_client *m = ctx;

    if (m->alive && ev->incarnation == m->life && ev->number == (int64_t)m->beats)
        beat(m);
}

/* Unless another heartbeat goes out before. */
static void beat_in(struct share_client *m, int64_t us)
{
    sim_after(&m->w->g.s, us,
              (struct sim_event){ .run = due, .ctx = m, .node = m->index, .incarnation = m->life,
                                  .number = (int64_t)m->beats });
}

static void rejoin(struct share_client *m)
{
    m->epoch = 0;
    m->told = false;
    m->assigned = 0;
}

static partitions assigned(const struct share_client *m, const response *r)
{
    partitions ret = 0;

    for (int32_t i = 0; i < r->assignment->topic_partitions_n; i++)
        for (int32_t k = 0; k < r->assignment->topic_partitions[i].partitions_n; k++) {
            SIM_CHECK(&m->w->g.s,
                      uuid_eq(&r->assignment->topic_partitions[i].topic_id, &m->w->g.topic_ids[0]),
                      "member %d gets a topic that it does not read", m->index);
            ret |= PARTITION(0, r->assignment->topic_partitions[i].partitions[k]);
        }
    return ret;
}

static void hears(struct share_client *m, const response *r)
{
    struct sim *s = &m->w->g.s;

    SIM_TRACE(s, "member %d hears %d, epoch %d", m->index, r->error_code, r->member_epoch);
    switch (r->error_code) {
    case KF_ERR_NONE:
        m->epoch = r->member_epoch;
        m->told = true;
        if (r->assignment)
            m->assigned = assigned(m, r);
        beat_in(m, (int64_t)r->heartbeat_interval_ms * 1000);
        return;
    case KF_ERR_UNKNOWN_MEMBER_ID:
    case KF_ERR_FENCED_MEMBER_EPOCH:
    case KF_ERR_GROUP_ID_NOT_FOUND:
        rejoin(m);
        break;
    case KF_ERR_NOT_COORDINATOR:
    case KF_ERR_COORDINATOR_NOT_AVAILABLE:
    case KF_ERR_COORDINATOR_LOAD_IN_PROGRESS:
        m->told = false;
        break;
    default:
        sim_fail(s, "member %d: ShareGroupHeartbeat says %d", m->index, r->error_code);
    }
    beat_in(m, SOON_US);
}

static void answer_arrives(void *ctx, const struct sim_event *ev)
{
    struct share_client *m = ctx;
    struct ask *a = ev->object;

    if (m->alive && a->life == m->life && a->seq == m->beats) {
        m->beats++; /* heard */
        hears(m, a->call.response);
    }
}

static void answered(struct ask *a)
{
    struct share_client *m = a->other;
    int64_t us;

    if (share_carry(m->w, &us))
        sim_after(&m->w->g.s, us,
                  (struct sim_event){ .run = answer_arrives, .ctx = m, .object = a });
}

static void arrives(void *ctx, const struct sim_event *ev)
{
    struct coordinator_node *n = ctx;

    if (!n->alive)
        return;
    if (n->stopped_us > n->w->s.now_us)
        sim_at(&n->w->s, n->stopped_us, *ev);
    else
        coordinator_arrives(n, ev->object);
}

static void timed_out(void *ctx, const struct sim_event *ev)
{
    struct share_client *m = ctx;

    if (!m->alive || ev->incarnation != m->life || ev->number != (int64_t)m->beats)
        return;
    m->told = false; /* all is said again */
    beat(m);
}

static void send(struct share_client *m, const request *q)
{
    struct share_world *w = m->w;
    struct coordinator_node *n = &w->g.nodes[m->node];
    int copies = !w->calm && sim_chance(&w->g.s, w->twice) ? 2 : 1;
    int64_t us;

    for (int i = 0; i < copies; i++) {
        struct ask *a = arena_new(&w->g.arena, struct ask);

        *a = (struct ask){ .w = &w->g, .other = m, .answered = answered, .life = m->life,
                           .seq = i ? 0 : m->beats, .node = -1 };
        a->call = (struct group_call){ .api = GROUP_SHARE_HEARTBEAT, .version = 1, .request = q,
                                       .group_id = str_of(coordinator_group(0)),
                                       .client_id = str_of("client"),
                                       .client_host = str_of("/127.0.0.1"),
                                       .arena = &w->g.arena };
        if (share_carry(w, &us))
            sim_after(&w->g.s, us, (struct sim_event){ .run = arrives, .ctx = n, .object = a });
    }
}

static request *make(struct share_client *m, int32_t epoch)
{
    struct arena *a = &m->w->g.arena;
    request *q = arena_new(a, request);

    kf_init(&kf_share_group_heartbeat_request_schema, q);
    q->group_id = str_of(coordinator_group(0));
    q->member_id = arena_str(a, str_of(m->id));
    q->member_epoch = epoch;
    if (epoch >= 0 && (!epoch || !m->told)) {
        q->subscribed_topic_names = arena_array(a, 1, sizeof(struct str));
        q->subscribed_topic_names[0] = str_of(coordinator_topic(0));
        q->subscribed_topic_names_n = 1;
    }
    return q;
}

static void beat(struct share_client *m)
{
    struct share_world *w = m->w;

    m->beats++;
    m->node = w->g.leader;
    if (!w->calm && sim_chance(&w->g.s, 200))
        m->node = (int)sim_between(&w->g.s, 0, COORDINATORS - 1);
    send(m, make(m, m->epoch));
    sim_after(&w->g.s, TIMEOUT_US,
              (struct sim_event){ .run = timed_out, .ctx = m, .incarnation = m->life,
                                  .number = (int64_t)m->beats });
}

void share_beat_begin(struct share_client *m)
{
    snprintf(m->id, sizeof(m->id), "m%d-%u", m->index, m->life);
    rejoin(m);
    m->beats++;
    beat_in(m, sim_between(&m->w->g.s, 0, PAUSE_US));
}

void share_beat_end(struct share_client *m)
{
    if (m->epoch && sim_chance(&m->w->g.s, 500)) {
        m->beats++;
        send(m, make(m, -1));
    }
    rejoin(m);
}

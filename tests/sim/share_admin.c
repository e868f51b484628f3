/* An administrator moves the group's places while nobody is in it: AlterShareGroupOffsets, until the
 * group's coordinator has taken it, or a few times in vain. Not before all connections of those who were
 * in it are known to have ended: a leader that keeps a session notices with its next write only. */
#include "api/kafka/msg/alter_share_group_offsets.h"
#include "tests/sim/share_world.h"

enum { TRIES = 15, PAUSE_US = 1000000 };

typedef struct kf_alter_share_group_offsets_request request;

static void answered(struct ask *a)
{
    struct share_world *w = a->other;
    const struct kf_alter_share_group_offsets_response *r = a->call.response;

    SIM_TRACE(&w->g.s, "the admin hears %d, state epoch %d", r->error_code, a->call.state_epoch);
    if (r->error_code || !w->altering)
        return;
    w->altering = 0;
    share_sim_totals.altered++;
    share_initialize_parts(w, &w->g.nodes[a->node], a->call.state_epoch, a->call.parts,
                           a->call.parts_n);
}

static request *make(struct share_world *w)
{
    struct arena *a = &w->g.arena;
    request *q = arena_new(a, request);
    int32_t n = w->g.partitions_n[0];

    kf_init(&kf_alter_share_group_offsets_request_schema, q);
    q->group_id = str_of(coordinator_group(0));
    q->topics_n = 1;
    q->topics = arena_array(a, 1, sizeof(*q->topics));
    q->topics[0].topic_name = str_of(coordinator_topic(0));
    q->topics[0].partitions_n = n;
    q->topics[0].partitions = arena_array(a, (size_t)n, sizeof(*q->topics[0].partitions));
    for (int32_t i = 0; i < n; i++) {
        q->topics[0].partitions[i].partition_index = i;
        q->topics[0].partitions[i].start_offset = sim_between(&w->g.s, 0, w->parts[i].log_end);
    }
    return q;
}

static void ask(void *ctx, const struct sim_event *ev)
{
    struct share_world *w = ctx;
    struct ask *a = arena_new(&w->g.arena, struct ask);
    struct coordinator_node *n = &w->g.nodes[w->g.leader];

    (void)ev;
    if (!w->altering || w->calm)
        return;
    if (--w->altering)
        sim_after(&w->g.s, PAUSE_US, (struct sim_event){ .run = ask, .ctx = w });
    if (w->closing || !n->alive || n->stopped_us > w->g.s.now_us)
        return;
    *a = (struct ask){ .w = &w->g, .other = w, .answered = answered, .node = -1 };
    a->call = (struct group_call){ .api = GROUP_SHARE_ALTER, .request = make(w),
                                   .group_id = str_of(coordinator_group(0)),
                                   .client_id = str_of("admin"),
                                   .client_host = str_of("/127.0.0.1"),
                                   .arena = &w->g.arena };
    coordinator_arrives(n, a);
}

void share_admin_alters(struct share_world *w)
{
    SIM_TRACE(&w->g.s, "all members go: an admin moves the group");
    w->altering = TRIES;
    for (int i = 0; i < SHARE_MEMBERS; i++)
        if (w->members[i].alive)
            share_member_dies(&w->members[i]);
    sim_after(&w->g.s, PAUSE_US, (struct sim_event){ .run = ask, .ctx = w });
}

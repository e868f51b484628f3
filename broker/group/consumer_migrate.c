/* Groups that change their protocol while they run (group.consumer.migration.policy).
 *
 * Up: a consumer of the new protocol comes to a classic group of consumers. First the group's
 * records become those of a consumer group whose members all speak the classic protocol; once
 * they are in the log, the heartbeat is decided again. A crash in between leaves a group that
 * works. Down: with the last member of the new protocol the group becomes classic in one step,
 * and its members are told to join. */
#include "api/kafka/msg/join_group.h"

#include "broker/group/beat.h"
#include "broker/group/group_internal.h"
#include "broker/group/subscription.h"

/* ---- up ---- */

/* The protocol of the group, or what the member prefers while there is none. */
static struct slice metadata_of(const struct classic *c, const struct classic_member *m)
{
    return c->protocol.p || !m->protocols.n ? classic_metadata(c, m) : m->protocols.p[0].metadata;
}

static err_t convert(struct step *s, const struct classic *c, const struct classic_member *m,
                     struct consumer_info *ret_info, struct assignment *ret_assigned)
{
    struct kf_consumer_protocol_subscription sub;
    int16_t version;
    err_t e = subscription_parse(metadata_of(c, m), s->out->arena, &version, &sub);

    if (e)
        return e;
    *ret_info = (struct consumer_info){
        .instance_id = m->instance_id,
        .rack_id = sub.rack_id.n ? sub.rack_id : str_make(NULL, 0),
        .client_id = m->client_id,
        .client_host = m->client_host,
        .regex = str_make("", 0),
        .topics = sub.topics,
        .topics_n = strs_normalize(sub.topics, sub.topics_n),
        .rebalance_timeout_ms = m->rebalance_timeout_ms,
        .classic = true,
        .session_timeout_ms = m->session_timeout_ms,
        .protocols = m->protocols,
    };
    return assignment_parse(m->assignment, s->c->image, ret_assigned);
}

struct converted {
    struct consumer_info *infos;
    struct assignment *assigned;
    int32_t n;
};

static err_t convert_all(struct step *s, const struct classic *c, struct converted *ret)
{
    err_t e = ERR_OK;

    ret->infos = arena_array(s->out->arena, (size_t)c->members_n, sizeof(*ret->infos));
    ret->assigned = arena_array(s->out->arena, (size_t)c->members_n, sizeof(*ret->assigned));
    for (struct list *node = c->members.next; !e && node != &c->members; node = node->next) {
        e = convert(s, c, list_item(node, struct classic_member, node), &ret->infos[ret->n],
                    &ret->assigned[ret->n]);
        ret->n++;
    }
    return e;
}

static void put_converted(struct step *s, const struct group *group, const struct converted *all)
{
    const struct classic *c = group->classic;
    int32_t i = 0;

    list_each (node, &c->members)
        consumer_put_member(s->out, group->id, list_item(node, struct classic_member, node)->id,
                            &all->infos[i++]);
    /* No hash: topics may have grown since the members agreed, so the first heartbeat assigns anew. */
    consumer_put_epoch(s->out, group->id, c->generation, 0);
    i = 0;
    list_each (node, &c->members)
        consumer_put_target_member(s->out, group->id,
                                   list_item(node, struct classic_member, node)->id,
                                   &all->assigned[i++]);
    consumer_put_target(s->out, group->id, c->generation, 0); /* nobody assigned it here */
    i = 0;
    list_each (node, &c->members) {
        struct consumer_progress p = { .epoch = c->generation,
                                       .previous_epoch = c->generation,
                                       .assigned = all->assigned[i++] };

        assignment_set_epochs(&p.assigned, c->generation);
        consumer_put_progress(s->out, group->id, list_item(node, struct classic_member, node)->id,
                              &p);
    }
}

/* Who waits in a rebalance hears of another one. */
static void release_waiting(struct step *s, struct group *group)
{
    list_each (node, &group->classic->members) {
        struct classic_member *m = list_item(node, struct classic_member, node);
        struct group_call *join = call_take(&m->join), *sync = call_take(&m->sync);

        if (join)
            step_error(s, NULL, join, KF_ERR_REBALANCE_IN_PROGRESS);
        if (sync)
            step_error(s, NULL, sync, KF_ERR_REBALANCE_IN_PROGRESS);
    }
}

static bool may_upgrade(const struct step *s, const struct classic *c)
{
    return s->groups->config->upgrade && classic_is_consumer(c) && c->members_n &&
           c->members_n <= s->groups->config->consumer_size_max;
}

static enum consumer_takeover upgrade(struct step *s, struct group *group, struct group_call *call)
{
    struct converted all = { 0 };
    bool ok = convert_all(s, group->classic, &all) == ERR_OK;

    if (ok) {
        group_put_gone(s, group);
        put_converted(s, group, &all);
        release_waiting(s, group);
        s->out->group = group;
        s->out->then = GROUP_THEN_UPGRADED;
        s->out->again = call;
    }
    for (int32_t i = 0; i < all.n; i++)
        assignment_done(&all.assigned[i]);
    return ok ? TAKEOVER_LATER : TAKEOVER_REFUSED;
}

enum consumer_takeover consumer_takes_over(struct step *s, struct group *group,
                                           struct group_call *call)
{
    const struct classic *c = group->classic;

    if (c->state == CLASSIC_EMPTY) {
        group_put_gone(s, group);
        return TAKEOVER_NOW;
    }
    return may_upgrade(s, c) ? upgrade(s, group, call) : TAKEOVER_REFUSED;
}

void consumer_upgraded(struct groups *g, const struct group_context *c, const struct group_out *out)
{
    struct group *group = group_find(g, out->again->group_id);
    struct step s = { .groups = g, .c = c };

    if (group && group->consumer)
        consumer_loaded(&s, group);
}

/* ---- down ---- */

static bool is_gone(const struct consumer_member *const *gone, int32_t n,
                    const struct consumer_member *m)
{
    for (int32_t i = 0; i < n; i++)
        if (gone[i] == m)
            return true;
    return false;
}

bool consumer_may_downgrade(const struct step *s, const struct consumer *c,
                            const struct consumer_member *const *gone, int32_t n)
{
    int32_t classic_gone = 0;

    for (int32_t i = 0; i < n; i++)
        classic_gone += gone[i]->info.classic;
    return s->groups->config->downgrade && c->members_n > n &&
           c->classic_n - classic_gone == c->members_n - n &&
           c->members_n - n <= s->groups->config->size_max;
}

/* The classic group of those that stay: generation is the group epoch, everybody has what he has.
 */
static void build(struct step *s, struct group *ret, const struct consumer *c,
                  const struct consumer_member *const *gone, int32_t n)
{
    struct classic *k = ret->classic;
    const struct consumer_member *m;

    k->protocol_type = str_keep(str_of("consumer"));
    k->generation = c->epoch;
    for (size_t at = 0; (m = consumer_member_next(c, &at));)
        if (!is_gone(gone, n, m))
            classic_adopt(s, ret, m);
    k->protocol = str_keep(classic_vote(k));
    k->state = k->previous = CLASSIC_STABLE;
}

/* The record names one protocol; what else the members offer is known here. In the arena. */
struct member_kept {
    struct str id;
    struct kf_join_group_request q;
};

struct protocols_kept {
    struct str group_id;
    struct member_kept *members;
    int32_t n;
};

static void keep_member(struct arena *a, const struct consumer_member *m, struct member_kept *ret)
{
    int32_t n = m->info.protocols.n;

    ret->id = arena_str(a, m->id);
    ret->q.protocols = arena_array(a, (size_t)n, sizeof(*ret->q.protocols));
    ret->q.protocols_n = n;
    for (int32_t i = 0; i < n; i++) {
        struct slice from = m->info.protocols.p[i].metadata;
        struct str copy = arena_str(a, str_make((const char *)from.p, from.n));

        ret->q.protocols[i].name = arena_str(a, m->info.protocols.p[i].name);
        ret->q.protocols[i].metadata = slice_make(copy.p, copy.n);
    }
}

static struct protocols_kept *keep_protocols(struct arena *a, const struct group *group,
                                             const struct consumer_member *const *gone, int32_t n)
{
    struct protocols_kept *ret = arena_new(a, struct protocols_kept);
    const struct consumer_member *m;

    ret->group_id = arena_str(a, group->id);
    ret->members = arena_array(a, (size_t)group->consumer->members_n, sizeof(*ret->members));
    for (size_t at = 0; (m = consumer_member_next(group->consumer, &at));)
        if (!is_gone(gone, n, m))
            keep_member(a, m, &ret->members[ret->n++]);
    return ret;
}

static void give_protocols(struct classic *c, const struct member_kept *kept)
{
    struct classic_member *m = classic_member(c, kept->id);
    struct classic_protocols old = { 0 };

    if (m)
        old = classic_member_protocols(c, m, &kept->q);
    classic_protocols_free(&old);
}

void consumer_downgrade(struct step *s, struct group *group,
                        const struct consumer_member *const *gone, int32_t n)
{
    struct group shape = { .id = group->id };

    shape.classic = classic_new(&shape, s->c->wall_ms);
    build(s, &shape, group->consumer, gone, n);
    consumer_put_group_gone(s->out, group);
    classic_write(s, &shape);
    classic_free(shape.classic);
    s->out->group = group;
    s->out->then = GROUP_THEN_DOWNGRADED;
    s->out->subject = keep_protocols(s->out->arena, group, gone, n);
}

void consumer_downgraded(struct groups *g, const struct group_context *c, struct group_out *out)
{
    const struct protocols_kept *kept = out->subject;
    struct group *group = group_find(g, kept->group_id);
    struct step s = { .groups = g, .c = c, .out = out };

    if (!group || !group->classic || group->classic->state != CLASSIC_STABLE)
        return;
    for (int32_t i = 0; i < kept->n; i++)
        give_protocols(group->classic, &kept->members[i]);
    classic_loaded(&s, group);
    if (group->classic->state == CLASSIC_STABLE)
        classic_prepare(&s, group);
}

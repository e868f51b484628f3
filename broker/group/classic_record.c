#include "api/kafka/msg/join_group.h"

#include "broker/group/group_internal.h"
#include "broker/group/subscription.h"

#include "common/invariant.h"

typedef struct kf_group_metadata_value_member_metadata member_record;

static void put_member(const struct classic *c, const struct classic_member *m, member_record *out)
{
    kf_init(&kf_group_metadata_value_member_metadata_schema, out);
    out->member_id = m->id;
    out->group_instance_id = m->instance_id;
    out->client_id = m->client_id;
    out->client_host = m->client_host;
    out->rebalance_timeout = m->rebalance_timeout_ms;
    out->session_timeout = m->session_timeout_ms;
    out->subscription = classic_metadata(c, m);
    out->assignment = m->assignment.p ? m->assignment : slice_make("", 0);
}

static void put(struct step *s, struct group *group, struct kf_group_metadata_value *v)
{
    struct kf_group_metadata_key key = { .group = group->id };

    group_record_put(s->out, GROUP_RECORD_CLASSIC, &key, GROUP_CLASSIC_VERSION, v);
    s->out->group = group;
}

void classic_write(struct step *s, struct group *group)
{
    const struct classic *c = group->classic;
    struct kf_group_metadata_value v;

    kf_init(&kf_group_metadata_value_schema, &v);
    v.protocol_type = c->protocol_type.p ? c->protocol_type : str_make("", 0);
    v.generation = c->generation;
    v.protocol = c->protocol;
    v.leader = c->leader ? c->leader->id : str_make(NULL, 0);
    v.current_state_timestamp = c->state_ms;
    v.members = arena_array(s->out->arena, (size_t)c->members_n, sizeof(*v.members));
    list_each (node, &c->members)
        put_member(c, list_item(node, struct classic_member, node), &v.members[v.members_n++]);
    put(s, group, &v);
}

void classic_write_new(struct step *s, struct group *group)
{
    struct kf_group_metadata_value v;

    kf_init(&kf_group_metadata_value_schema, &v);
    v.protocol_type = str_make("", 0);
    v.protocol = v.leader = str_make(NULL, 0);
    v.current_state_timestamp = group->classic->state_ms;
    put(s, group, &v);
}

static void restore_member(struct group *group, const struct kf_group_metadata_value *v,
                           const member_record *in)
{
    struct classic_member *m = classic_member_add(group, in->member_id, in->group_instance_id);
    struct kf_join_group_request_join_group_request_protocol protocol = {
        .name = v->protocol.p ? v->protocol : str_make("", 0),
        .metadata = in->subscription,
    };
    struct kf_join_group_request q = { .protocols = &protocol, .protocols_n = 1 };
    struct classic_protocols none = classic_member_protocols(group->classic, m, &q);

    INVARIANT(!none.n);
    m->client_id = str_keep(in->client_id);
    m->client_host = str_keep(in->client_host);
    m->session_timeout_ms = in->session_timeout;
    m->rebalance_timeout_ms =
        in->rebalance_timeout < 0 ? in->session_timeout : in->rebalance_timeout;
    m->assignment = slice_keep(in->assignment);
    m->synced = true;
}

/* Names may repeat in a record that no coordinator writes: the first of them counts. */
void classic_restore(struct group *group, const struct kf_group_metadata_value *v)
{
    struct classic *c;

    classic_free(group->classic);
    c = group->classic = classic_new(group, v->current_state_timestamp);
    c->generation = v->generation;
    c->protocol_type = str_keep(v->protocol_type);
    c->protocol = str_keep(v->members_n ? v->protocol : str_make(NULL, 0));
    for (int32_t i = 0; i < v->members_n; i++) {
        const member_record *in = &v->members[i];

        if (classic_member(c, in->member_id) ||
            (in->group_instance_id.p && classic_instance(c, in->group_instance_id)))
            continue;
        restore_member(group, v, in);
        if (v->leader.p && str_eq(v->leader, in->member_id))
            c->leader = classic_member(c, in->member_id);
    }
    c->state = c->previous = c->members_n ? CLASSIC_STABLE : CLASSIC_EMPTY;
    if (c->members_n && !c->protocol.p)
        c->protocol = str_keep(str_make("", 0));
}

void classic_adopt(struct step *s, struct group *to, const struct consumer_member *m)
{
    struct classic_member *k = classic_member_add(to, m->id, m->info.instance_id);
    int32_t n = m->info.protocols.n;
    struct kf_join_group_request q = { .protocols_n = n };
    int16_t version = 0;
    struct kf_consumer_protocol_subscription sub;
    struct classic_protocols none;

    q.protocols = arena_array(s->out->arena, (size_t)n, sizeof(*q.protocols));
    for (int32_t i = 0; i < n; i++) {
        q.protocols[i].name = m->info.protocols.p[i].name;
        q.protocols[i].metadata = m->info.protocols.p[i].metadata;
    }
    none = classic_member_protocols(to->classic, k, &q);
    INVARIANT(!none.n);
    k->client_id = str_keep(m->info.client_id);
    k->client_host = str_keep(m->info.client_host);
    k->session_timeout_ms = m->info.session_timeout_ms;
    k->rebalance_timeout_ms = m->info.rebalance_timeout_ms;
    if (n)
        (void)subscription_parse(q.protocols[0].metadata, s->out->arena, &version, &sub);
    k->assignment = slice_keep(assignment_print(&m->target, s->c->image, version, s->out->arena));
    k->synced = true;
}

/* Its members have a whole session to come back; more of them than may be must join anew. */
void classic_loaded(struct step *s, struct group *group)
{
    struct classic *c = group->classic;

    list_each (node, &c->members)
        classic_heard(s, list_item(node, struct classic_member, node));
    if (c->members_n > s->groups->config->size_max)
        classic_prepare(s, group);
}

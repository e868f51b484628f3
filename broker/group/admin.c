#include "api/kafka/msg/delete_groups.h"
#include "api/kafka/msg/describe_groups.h"

#include "broker/group/group_internal.h"

enum { GROUP_NOT_FOUND_SINCE = 6 };

typedef struct kf_describe_groups_response_described_group described;
typedef struct kf_describe_groups_response_described_group_member described_member;

static struct slice copy(struct arena *a, struct slice s)
{
    uint8_t *p = arena_alloc(a, s.n + 1);

    if (s.n)
        memcpy(p, s.p, s.n);
    return slice_make(p, s.n);
}

/* What members said of themselves is told of a stable group alone, what they had of any. */
static void describe_member(const struct classic *c, const struct classic_member *m,
                            struct arena *a, described_member *out)
{
    bool stable = c->state == CLASSIC_STABLE;

    out->member_id = arena_str(a, m->id);
    out->group_instance_id = arena_str(a, m->instance_id);
    out->client_id = arena_str(a, m->client_id);
    out->client_host = arena_str(a, m->client_host);
    out->member_metadata = copy(a, stable ? classic_metadata(c, m) : slice_make("", 0));
    out->member_assignment = copy(a, m->assignment);
}

static void describe_classic(const struct classic *c, const struct group_call *call, described *r)
{
    struct arena *a = call->arena;
    bool stable = c->state == CLASSIC_STABLE;

    r->group_state = str_of(classic_state_name(c->state));
    r->protocol_type = c->protocol_type.p ? arena_str(a, c->protocol_type) : str_make("", 0);
    r->protocol_data = stable && c->protocol.p ? arena_str(a, c->protocol) : str_make("", 0);
    if (call->operations)
        r->authorized_operations = GROUP_OPERATIONS;
    r->members = arena_array(a, (size_t)c->members_n, sizeof(*r->members));
    list_each (node, &c->members)
        describe_member(c, list_item(node, struct classic_member, node), a,
                        &r->members[r->members_n++]);
}

static void describe_missing(struct group_call *call, bool is_consumer, described *r)
{
    r->group_state = str_of("Dead");
    r->protocol_type = r->protocol_data = str_make("", 0);
    if (call->version < GROUP_NOT_FOUND_SINCE) {
        if (call->operations)
            r->authorized_operations = GROUP_OPERATIONS;
        return;
    }
    r->error_code = KF_ERR_GROUP_ID_NOT_FOUND;
    r->error_message = str_of(arena_printf(
        call->arena, is_consumer ? "Group %.*s is not a classic group." : "Group %.*s not found.",
        STR_ARG(call->group_id)));
}

void describe_call(struct step *s, struct group_call *call)
{
    const struct group *group = group_find(s->groups, call->group_id);
    described *r = group_call_response(call);

    r->group_id = call->group_id;
    if (group && group->classic && !group->share)
        describe_classic(group->classic, call, r);
    else
        describe_missing(call, group != NULL, r);
    step_answer(s, NULL, call);
}

static bool is_empty(const struct group *group)
{
    if (group->share)
        return !group->share->members_n;
    return group->classic ? group->classic->state == CLASSIC_EMPTY : !group->consumer->members_n;
}

void group_put_gone(struct step *s, const struct group *group)
{
    struct kf_group_metadata_key key = { .group = group->id };

    if (group->share)
        share_put_group_gone(s->out, group);
    else if (group->consumer)
        consumer_put_group_gone(s->out, group);
    else
        group_record_put(s->out, GROUP_RECORD_CLASSIC, &key, 0, NULL);
}

/* What it has committed first: a group that is gone has no offsets. */
void delete_call(struct step *s, struct group_call *call)
{
    struct group *group = group_find(s->groups, call->group_id);
    const struct topic_offsets *t;

    if (!group || !is_empty(group)) {
        step_error(s, group, call, group ? KF_ERR_NON_EMPTY_GROUP : KF_ERR_GROUP_ID_NOT_FOUND);
        return;
    }
    for (size_t at = 0; (t = offsets_next(&group->offsets, &at));)
        for (int32_t i = 0; i < t->n; i++)
            offset_tombstone(s, group, t->topic, t->entries[i].partition);
    txn_offsets_tombstones(s, group, str_make(NULL, 0));
    group_put_gone(s, group);
    s->out->group = group;
    ((struct kf_delete_groups_response_deletable_group_result *)group_call_response(call))
        ->group_id = call->group_id;
    step_answer(s, group, call);
}

static struct group_listing list_consumer(const struct group *group)
{
    return (struct group_listing){ .id = group->id,
                                   .type = "consumer",
                                   .protocol_type = str_of("consumer"),
                                   .state = consumer_state_name(group->consumer) };
}

static struct group_listing list_share(const struct group *group)
{
    return (struct group_listing){ .id = group->id,
                                   .type = "share",
                                   .protocol_type = str_of("share"),
                                   .state = share_group_state_name(group->share) };
}

bool groups_is_share(const struct groups *g, struct str id)
{
    const struct group *group = group_find(g, id);

    return group && group->share;
}

static struct group_listing list_classic(const struct group *group)
{
    const struct classic *c = group->classic;

    return (struct group_listing){ .id = group->id,
                                   .type = "classic",
                                   .protocol_type =
                                       c->protocol_type.p ? c->protocol_type : str_make("", 0),
                                   .state = classic_state_name(c->state) };
}

bool groups_list(const struct groups *g, size_t *at, struct group_listing *ret)
{
    const struct group *group;
    struct slice key;
    void *value;

    if (!map_next(&g->by_id, at, &key, &value))
        return false;
    group = value;
    *ret = group->share ? list_share(group)
           : group->consumer ? list_consumer(group) : list_classic(group);
    return true;
}

#include "broker/group/consumer.h"

#include "broker/group/group_internal.h"

typedef struct kf_consumer_group_member_metadata_value member_value;
typedef struct kf_consumer_group_member_metadata_value_classic_member_metadata classic_value;
typedef struct kf_consumer_group_current_member_assignment_value_topic_partitions current_topic;
typedef struct kf_consumer_group_target_assignment_member_value_topic_partition target_topic;

static classic_value *classic_value_of(const struct consumer_info *i, struct arena *a)
{
    classic_value *c = arena_new(a, classic_value);

    c->session_timeout_ms = i->session_timeout_ms;
    c->supported_protocols =
        arena_array(a, (size_t)i->protocols.n, sizeof(*c->supported_protocols));
    c->supported_protocols_n = i->protocols.n;
    for (int32_t k = 0; k < i->protocols.n; k++) {
        c->supported_protocols[k].name = i->protocols.p[k].name;
        c->supported_protocols[k].metadata = i->protocols.p[k].metadata;
    }
    return c;
}

void consumer_put_member(struct group_out *out, struct str group_id, struct str id,
                         const struct consumer_info *i)
{
    member_value v = {
        .instance_id = i->instance_id,
        .rack_id = i->rack_id,
        .client_id = i->client_id,
        .client_host = i->client_host,
        .subscribed_topic_names = i->topics,
        .subscribed_topic_names_n = i->topics_n,
        .subscribed_topic_regex = i->regex,
        .rebalance_timeout_ms = i->rebalance_timeout_ms,
        .server_assignor = i->assignor,
        .classic_member_metadata = i->classic ? classic_value_of(i, out->arena) : NULL,
    };

    group_record_put_member(out, GROUP_RECORD_MEMBER, group_id, id, &v);
}

void consumer_put_epoch(struct group_out *out, struct str group_id, int32_t epoch, int64_t hash)
{
    struct kf_consumer_group_metadata_value v = { .epoch = epoch, .metadata_hash = hash };

    group_record_put_group(out, GROUP_RECORD_CONSUMER, group_id, &v);
}

void consumer_put_target(struct group_out *out, struct str group_id, int32_t epoch, int64_t wall_ms)
{
    struct kf_consumer_group_target_assignment_metadata_value v = { .assignment_epoch = epoch,
                                                                    .assignment_timestamp =
                                                                        wall_ms };

    group_record_put_group(out, GROUP_RECORD_TARGET, group_id, &v);
}

void consumer_put_target_member(struct group_out *out, struct str group_id, struct str id,
                                const struct assignment *a)
{
    struct kf_consumer_group_target_assignment_member_value v = {
        .topic_partitions = arena_array(out->arena, (size_t)a->n, sizeof(target_topic)),
        .topic_partitions_n = a->n,
    };

    for (int32_t i = 0; i < a->n; i++)
        v.topic_partitions[i] = (target_topic){ .topic_id = a->topics[i].id,
                                                .partitions = a->topics[i].partitions,
                                                .partitions_n = a->topics[i].n };
    group_record_put_member(out, GROUP_RECORD_TARGET_MEMBER, group_id, id, &v);
}

static current_topic *current_topics(struct arena *a, const struct assignment *from)
{
    current_topic *ret = arena_array(a, (size_t)from->n, sizeof(*ret));

    for (int32_t i = 0; i < from->n; i++)
        ret[i] = (current_topic){
            .topic_id = from->topics[i].id,
            .partitions = from->topics[i].partitions,
            .partitions_n = from->topics[i].n,
            .assignment_epochs = from->topics[i].epochs,
            .assignment_epochs_n = from->topics[i].n,
        };
    return ret;
}

void consumer_put_progress(struct group_out *out, struct str group_id, struct str id,
                           const struct consumer_progress *p)
{
    struct kf_consumer_group_current_member_assignment_value v = {
        .member_epoch = p->epoch,
        .previous_member_epoch = p->previous_epoch,
        .state = p->state,
        .assigned_partitions = current_topics(out->arena, &p->assigned),
        .assigned_partitions_n = p->assigned.n,
        .partitions_pending_revocation = current_topics(out->arena, &p->revoking),
        .partitions_pending_revocation_n = p->revoking.n,
    };

    group_record_put_member(out, GROUP_RECORD_CURRENT_MEMBER, group_id, id, &v);
}

static void put_of_regex(struct group_out *out, struct str group_id, struct str regex,
                         const void *value)
{
    struct kf_consumer_group_regular_expression_key key = { .group_id = group_id,
                                                            .regular_expression = regex };

    group_record_put(out, GROUP_RECORD_REGEX, &key, 0, value);
}

void consumer_put_regex(struct group_out *out, struct str group_id, struct str regex,
                        const struct kf_consumer_group_regular_expression_value *v)
{
    put_of_regex(out, group_id, regex, v);
}

void consumer_put_regex_gone(struct group_out *out, struct str group_id, struct str regex)
{
    put_of_regex(out, group_id, regex, NULL);
}

void consumer_put_member_gone(struct group_out *out, struct str group_id, struct str id)
{
    group_record_put_member(out, GROUP_RECORD_CURRENT_MEMBER, group_id, id, NULL);
    group_record_put_member(out, GROUP_RECORD_TARGET_MEMBER, group_id, id, NULL);
    group_record_put_member(out, GROUP_RECORD_MEMBER, group_id, id, NULL);
}

/* Tombstones of one type for every member, in Kafka's order of types. */
static void put_members_gone(struct group_out *out, const struct group *group,
                             enum group_record_type type)
{
    const struct consumer_member *m;

    for (size_t at = 0; (m = consumer_member_next(group->consumer, &at));)
        group_record_put_member(out, type, group->id, m->id, NULL);
}

void consumer_put_group_gone(struct group_out *out, const struct group *group)
{
    struct slice key;
    void *value;

    put_members_gone(out, group, GROUP_RECORD_CURRENT_MEMBER);
    put_members_gone(out, group, GROUP_RECORD_TARGET_MEMBER);
    group_record_put_group(out, GROUP_RECORD_TARGET, group->id, NULL);
    put_members_gone(out, group, GROUP_RECORD_MEMBER);
    for (size_t at = 0; map_next(&group->consumer->regexes, &at, &key, &value);)
        if (((const struct consumer_regex *)value)->resolved)
            consumer_put_regex_gone(out, group->id, ((const struct consumer_regex *)value)->text);
    group_record_put_group(out, GROUP_RECORD_PARTITION_METADATA, group->id, NULL);
    group_record_put_group(out, GROUP_RECORD_CONSUMER, group->id, NULL);
}

#include "broker/group/consumer.h"

#include "broker/group/group_internal.h"

typedef const struct kf_consumer_group_current_member_assignment_value progress_value;
typedef const struct kf_consumer_group_current_member_assignment_value_topic_partitions
    current_topic;
typedef const struct kf_consumer_group_target_assignment_member_value target_value;

/* A partition that no topic can have is damage: the topic is left out. */
static void read_topic(struct assignment *ret, const struct uuid *id, const int32_t *partitions,
                       const int32_t *epochs, int32_t n)
{
    for (int32_t i = 0; i < n; i++)
        if (partitions[i] < 0)
            return;
    assignment_put(ret, id, partitions, epochs, n);
}

static struct assignment read_current(current_topic *t, int32_t n)
{
    struct assignment ret = { 0 };

    for (int32_t i = 0; i < n; i++)
        read_topic(&ret, &t[i].topic_id, t[i].partitions,
                   t[i].assignment_epochs_n == t[i].partitions_n ? t[i].assignment_epochs : NULL,
                   t[i].partitions_n);
    return ret;
}

static struct assignment read_target(target_value *v)
{
    struct assignment ret = { 0 };

    for (int32_t i = 0; v && i < v->topic_partitions_n; i++)
        read_topic(&ret, &v->topic_partitions[i].topic_id, v->topic_partitions[i].partitions, NULL,
                   v->topic_partitions[i].partitions_n);
    return ret;
}

static void apply_member(struct groups *g, struct group *group, const struct group_record_view *r)
{
    struct consumer_member *m = consumer_member_make(group, r->member_key->member_id);
    OWNED_ARENA a = { 0 };

    if (r->value) {
        struct consumer_info i = consumer_info_of(r->value, &a);

        consumer_set_info(g, group, m, &i);
    } else {
        consumer_set_info(g, group, m, NULL);
    }
    consumer_member_tidy(g, group, m);
}

static void apply_progress(struct groups *g, struct group *group, const struct group_record_view *r)
{
    struct consumer_member *m = consumer_member_make(group, r->member_key->member_id);
    progress_value *v = r->value;
    struct consumer_progress p = { 0 };

    if (v) {
        p.epoch = v->member_epoch;
        p.previous_epoch = v->previous_member_epoch;
        p.state = v->state;
        p.assigned = read_current(v->assigned_partitions, v->assigned_partitions_n);
        p.revoking =
            read_current(v->partitions_pending_revocation, v->partitions_pending_revocation_n);
    }
    consumer_set_progress(group, m, &p);
    consumer_member_tidy(g, group, m);
}

static void apply_target_member(struct groups *g, struct group *group,
                                const struct group_record_view *r)
{
    struct consumer_member *m = consumer_member_make(group, r->member_key->member_id);

    assignment_done(&m->target);
    m->target = read_target(r->value);
    consumer_member_tidy(g, group, m);
}

static void apply_target(struct consumer *c, const struct group_record_view *r)
{
    const struct kf_consumer_group_target_assignment_metadata_value *v = r->value;

    c->assignment_epoch = v ? v->assignment_epoch : EPOCH_FIRST;
    c->assignment_ms = v ? v->assignment_timestamp : 0;
}

static void apply_epoch(struct groups *g, struct group *group, const struct group_record_view *r)
{
    const struct kf_consumer_group_metadata_value *v = r->value;

    if (!v) {
        group_make_classic(g, group);
        if (!group->offsets.n)
            group_drop(g, group);
        return;
    }
    group->consumer->epoch = v->epoch;
    group->consumer->hash = v->metadata_hash;
}

static struct str group_id_of(const struct group_record_view *r)
{
    return r->type == GROUP_RECORD_REGEX ? r->regex_key->group_id : r->member_key->group_id;
}

/* Every key begins with the group's id. A tombstone makes no group; one that is not there, or that
 * is classic already, has nothing to lose. */
void consumer_apply(struct groups *g, const struct group_record_view *r, int64_t end)
{
    struct group *group = group_find(g, group_id_of(r));

    if (!r->value && (!group || !group->consumer))
        return;
    if (!group)
        group = group_add(g, group_id_of(r));
    group->written = end;
    if (!group->consumer)
        group_make_consumer(g, group);
    switch (r->type) {
    case GROUP_RECORD_CONSUMER:
        apply_epoch(g, group, r);
        break;
    case GROUP_RECORD_MEMBER:
        apply_member(g, group, r);
        break;
    case GROUP_RECORD_TARGET:
        apply_target(group->consumer, r);
        break;
    case GROUP_RECORD_TARGET_MEMBER:
        apply_target_member(g, group, r);
        break;
    case GROUP_RECORD_CURRENT_MEMBER:
        apply_progress(g, group, r);
        break;
    case GROUP_RECORD_REGEX:
        consumer_set_regex(g, group, r->regex_key->regular_expression, r->value);
        break;
    case GROUP_RECORD_PARTITION_METADATA: /* of Kafka 4.0; the hash took its place */
    case GROUP_RECORD_LEGACY_OFFSET:
    case GROUP_RECORD_OFFSET:
    case GROUP_RECORD_CLASSIC:
    case GROUP_RECORD_SHARE_MEMBER:
    case GROUP_RECORD_SHARE:
    case GROUP_RECORD_SHARE_TARGET:
    case GROUP_RECORD_SHARE_TARGET_MEMBER:
    case GROUP_RECORD_SHARE_CURRENT_MEMBER:
    case GROUP_RECORD_SHARE_PARTITIONS:
    case GROUP_RECORD_TYPES:
        break;
    }
}

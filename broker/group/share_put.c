#include "api/kafka/msg/share_group_current_member_assignment.h"
#include "api/kafka/msg/share_group_member_metadata.h"
#include "api/kafka/msg/share_group_metadata.h"
#include "api/kafka/msg/share_group_state_partition_metadata.h"
#include "api/kafka/msg/share_group_target_assignment_member.h"
#include "api/kafka/msg/share_group_target_assignment_metadata.h"

#include "broker/group/group_internal.h"

typedef struct kf_share_group_state_partition_metadata_value_topic_partitions_info topic_info;
typedef struct kf_share_group_current_member_assignment_value_topic_partitions current_topic;
typedef struct kf_share_group_target_assignment_member_value_topic_partition target_topic;

void share_put_member(struct group_out *out, struct str group_id, struct str id,
                      const struct share_info *i)
{
    struct kf_share_group_member_metadata_value v;

    if (!i) {
        group_record_put_member(out, GROUP_RECORD_SHARE_MEMBER, group_id, id, NULL);
        return;
    }
    v = (struct kf_share_group_member_metadata_value){ .rack_id = i->rack_id,
                                                       .client_id = i->client_id,
                                                       .client_host = i->client_host,
                                                       .subscribed_topic_names = i->topics,
                                                       .subscribed_topic_names_n = i->topics_n };
    group_record_put_member(out, GROUP_RECORD_SHARE_MEMBER, group_id, id, &v);
}

void share_put_epoch(struct group_out *out, struct str group_id, int32_t epoch, int64_t hash)
{
    struct kf_share_group_metadata_value v = { .epoch = epoch, .metadata_hash = hash };

    group_record_put_group(out, GROUP_RECORD_SHARE, group_id, &v);
}

void share_put_target(struct group_out *out, struct str group_id, int32_t epoch, int64_t wall_ms)
{
    struct kf_share_group_target_assignment_metadata_value v = { .assignment_epoch = epoch,
                                                                 .assignment_timestamp = wall_ms };

    group_record_put_group(out, GROUP_RECORD_SHARE_TARGET, group_id, &v);
}

void share_put_target_member(struct group_out *out, struct str group_id, struct str id,
                             const struct assignment *a)
{
    struct kf_share_group_target_assignment_member_value v = {
        .topic_partitions = arena_array(out->arena, (size_t)a->n, sizeof(target_topic)),
        .topic_partitions_n = a->n,
    };

    for (int32_t i = 0; i < a->n; i++)
        v.topic_partitions[i] = (target_topic){ .topic_id = a->topics[i].id,
                                                .partitions = a->topics[i].partitions,
                                                .partitions_n = a->topics[i].n };
    group_record_put_member(out, GROUP_RECORD_SHARE_TARGET_MEMBER, group_id, id, &v);
}

void share_put_current(struct group_out *out, struct str group_id, struct str id, int32_t epoch,
                       int32_t previous_epoch, const struct assignment *a)
{
    struct kf_share_group_current_member_assignment_value v = {
        .member_epoch = epoch,
        .previous_member_epoch = previous_epoch,
        .assigned_partitions = arena_array(out->arena, (size_t)a->n, sizeof(current_topic)),
        .assigned_partitions_n = a->n,
    };

    for (int32_t i = 0; i < a->n; i++)
        v.assigned_partitions[i] = (current_topic){ .topic_id = a->topics[i].id,
                                                    .partitions = a->topics[i].partitions,
                                                    .partitions_n = a->topics[i].n };
    group_record_put_member(out, GROUP_RECORD_SHARE_CURRENT_MEMBER, group_id, id, &v);
}

static struct str name_of(const struct share_group *k, const struct image *image,
                          const struct uuid *id)
{
    const struct topic_state *t = image_topic_by_id(image, id);

    return t ? str_of(t->name) : share_topic_name(k, id);
}

static topic_info *infos(struct group_out *out, const struct share_group *k,
                         const struct image *image, const struct assignment *a)
{
    topic_info *v = arena_array(out->arena, (size_t)a->n, sizeof(*v));

    for (int32_t i = 0; i < a->n; i++)
        v[i] = (topic_info){ .topic_id = a->topics[i].id,
                             .topic_name = name_of(k, image, &a->topics[i].id),
                             .partitions = a->topics[i].partitions,
                             .partitions_n = a->topics[i].n };
    return v;
}

void share_put_partitions(struct group_out *out, struct str group_id, const struct share_group *k,
                          const struct image *image, const struct assignment *initializing,
                          const struct assignment *initialized, const struct assignment *deleting)
{
    struct kf_share_group_state_partition_metadata_value v = {
        .initializing_topics = infos(out, k, image, initializing),
        .initializing_topics_n = initializing->n,
        .initialized_topics = infos(out, k, image, initialized),
        .initialized_topics_n = initialized->n,
        .deleting_topics =
            arena_array(out->arena, (size_t)deleting->n, sizeof(*v.deleting_topics)),
        .deleting_topics_n = deleting->n,
    };

    for (int32_t i = 0; i < deleting->n; i++) {
        v.deleting_topics[i].topic_id = deleting->topics[i].id;
        v.deleting_topics[i].topic_name = name_of(k, image, &deleting->topics[i].id);
    }
    group_record_put_group(out, GROUP_RECORD_SHARE_PARTITIONS, group_id, &v);
}

void share_put_member_gone(struct group_out *out, struct str group_id, struct str id)
{
    group_record_put_member(out, GROUP_RECORD_SHARE_CURRENT_MEMBER, group_id, id, NULL);
    group_record_put_member(out, GROUP_RECORD_SHARE_TARGET_MEMBER, group_id, id, NULL);
    group_record_put_member(out, GROUP_RECORD_SHARE_MEMBER, group_id, id, NULL);
}

void share_put_group_gone(struct group_out *out, const struct group *group)
{
    group_record_put_group(out, GROUP_RECORD_SHARE_TARGET, group->id, NULL);
    group_record_put_group(out, GROUP_RECORD_SHARE_PARTITIONS, group->id, NULL);
    group_record_put_group(out, GROUP_RECORD_SHARE, group->id, NULL);
}

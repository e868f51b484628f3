/* The topics that the groups read, as the metadata log says them. */
#include "api/kafka/msg/partition_record.h"
#include "api/kafka/msg/topic_record.h"
#include "broker/metadata/record.h"
#include "common/invariant.h"
#include "tests/sim/coordinator.h"

static const char *const topic_names[TOPICS] = { "t0", "t1", "t2" };
static const char *const group_names[GROUPS_MAX] = { "g0", "g1" };

const char *coordinator_topic(int index)
{
    return topic_names[index];
}

const char *coordinator_group(int index)
{
    return group_names[index];
}

static void apply(struct coordinators *w, enum metadata_record type, int16_t version,
                  const void *msg)
{
    OWNED_BUF b = { 0 };
    struct why why;

    record_put(&b, type, version, msg);
    INVARIANT(!image_apply(w->image, w->image_offset++, buf_slice(&b), NULL, NULL, &why));
}

void coordinator_add_partition(struct coordinators *w, int topic)
{
    struct uuid dir = { { 9 } };
    struct kf_partition_record r;
    int32_t one[] = { 1 };

    kf_init(&kf_partition_record_schema, &r);
    r.partition_id = w->partitions_n[topic]++;
    r.topic_id = w->topic_ids[topic];
    r.replicas = r.isr = one, r.replicas_n = r.isr_n = 1;
    r.directories = &dir, r.directories_n = 1;
    r.leader = 1;
    apply(w, RECORD_PARTITION, 2, &r);
}

void coordinator_add_topic(struct coordinators *w, int topic)
{
    w->topic_ids[topic] = (struct uuid){ { 1, (uint8_t)(topic + 1) } };
    apply(w, RECORD_TOPIC, 0,
          &(struct kf_topic_record){ str_of(topic_names[topic]), w->topic_ids[topic] });
    coordinator_add_partition(w, topic);
}

#include "tests/sim/model_image.h"

#include "api/kafka/msg/partition_record.h"
#include "api/kafka/msg/topic_record.h"
#include "broker/metadata/record.h"
#include "common/invariant.h"

static void apply(struct image *image, int64_t *offset, enum metadata_record type, int16_t version,
                  const void *msg)
{
    OWNED_BUF b = { 0 };
    struct why why;

    record_put(&b, type, version, msg);
    INVARIANT(!image_apply(image, (*offset)++, buf_slice(&b), NULL, NULL, &why));
}

void model_image_topic(struct image *image, int64_t *offset, const char *name, struct uuid id)
{
    apply(image, offset, RECORD_TOPIC, 0, &(struct kf_topic_record){ str_of(name), id });
}

void model_image_partition(struct image *image, int64_t *offset, struct uuid id, int32_t index)
{
    struct uuid dir = { { 9 } };
    struct kf_partition_record r;
    int32_t one[] = { 1 };

    kf_init(&kf_partition_record_schema, &r);
    r.partition_id = index;
    r.topic_id = id;
    r.replicas = r.isr = one, r.replicas_n = r.isr_n = 1;
    r.directories = &dir, r.directories_n = 1;
    r.leader = 1;
    apply(image, offset, RECORD_PARTITION, 2, &r);
}

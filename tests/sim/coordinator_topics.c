/* The topics that the groups read. */
#include "tests/sim/coordinator.h"
#include "tests/sim/model_image.h"

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

void coordinator_add_partition(struct coordinators *w, int topic)
{
    model_image_partition(w->image, &w->image_offset, w->topic_ids[topic], w->partitions_n[topic]++);
}

void coordinator_add_topic(struct coordinators *w, int topic)
{
    model_image_topic(w->image, &w->image_offset, topic_names[topic], w->topic_ids[topic]);
    coordinator_add_partition(w, topic);
}

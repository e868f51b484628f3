/* topics_internal - struct topic_job, shared by topics.c (its life), requests.c (its requests and answers)
 * and pages.c (what the answers are made of). Nobody else includes it. */
#ifndef KLAMM_AGENT_TOPICS_TOPICS_INTERNAL_H
#define KLAMM_AGENT_TOPICS_TOPICS_INTERNAL_H

#include "agent/topics/topics.h"
#include "api/kafka/channel.h"
#include "api/kafka/msg/metadata.h"

struct topic_job {
    struct list node;         /* topics.all */
    struct topics *topics;
    struct ask ask;
    struct kf_channel *channel;
    struct loop_timer timeout;
    json_t *answer;           /* NULL: under way */
    json_t *found;            /* what an answer will have so far */
    bool listed;
};

/* The job ends with `error` (NULL: none) and what was found. */
void topic_job_end(struct topic_job *j, const char *error, const char *message);

/* requests.c: the first request of the job on its channel, which is up. */
void topic_job_begin(struct topic_job *j);

/* Of a metadata answer, for the two lists and the description; new objects. Pure. */
json_t *topics_page(const struct kf_metadata_response *m, const struct ask *a);
json_t *topic_partitions_page(const struct kf_metadata_response *m, const struct ask *a);
json_t *topics_losses(const struct kf_metadata_response *m, int32_t broker);
json_t *topic_description(const struct kf_metadata_response *m);

#endif

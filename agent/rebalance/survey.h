/* survey - what a cluster says of itself, as the planner and the executor want it. Pure: answers in,
 * lists out.
 *
 * Partitions are in the order of topic and number, so that the same cluster gives the same plan whichever
 * broker was asked. All of a survey, answers copied as far as needed, lives in its arena. */
#ifndef KLAMM_AGENT_REBALANCE_SURVEY_H
#define KLAMM_AGENT_REBALANCE_SURVEY_H

#include "agent/rebalance/plan.h"
#include "api/kafka/msg/describe_log_dirs.h"
#include "api/kafka/msg/list_partition_reassignments.h"
#include "api/kafka/msg/metadata.h"

struct survey_broker {
    int32_t id;
    const char *host; /* NULL: drains, and is not there */
    uint16_t port;
    struct str zone;
    int64_t capacity_bytes, used_bytes;
    bool drains;
};

struct survey_partition {
    struct str topic;
    int32_t partition;
    int32_t *replicas, *isr;
    int32_t replicas_n, isr_n, leader;
    int32_t *adding; /* of a reassignment under way */
    int32_t adding_n;
    bool moving;     /* one is under way */
    int64_t bytes, traffic;
};

struct survey {
    struct arena a;
    struct survey_broker *brokers; /* by id */
    unsigned brokers_n;
    struct survey_partition *partitions;
    unsigned partitions_n, moving_n;
};

void survey_done(struct survey *s);

/* Brokers and partitions; those of `drain` are brokers even when they are away. What was there is dropped.
 * ERR_MALFORMED: the answer is of no cluster. ERR_AGAIN: a topic's metadata is not complete now. */
err_t survey_metadata(struct survey *s, const struct kf_metadata_response *m, const int32_t *drain,
                      unsigned drain_n, struct why *reterr);
/* Sizes of the replicas on `broker`. With `since_ms` > 0 it is a second look, so long after the first: what
 * was added meanwhile is the traffic. ERR_IO: the broker does not tell. */
err_t survey_log_dirs(struct survey *s, int32_t broker, const struct kf_describe_log_dirs_response *r,
                      int64_t since_ms, struct why *reterr);
/* Reassignments under way. ERR_IO: the broker does not tell. */
err_t survey_ongoing(struct survey *s, const struct kf_list_partition_reassignments_response *r,
                     struct why *reterr);

struct survey_broker *survey_find_broker(const struct survey *s, int32_t id);
struct survey_partition *survey_find(const struct survey *s, struct str topic, int32_t partition);
/* The planner's input, in `a`; its texts are the survey's. A broker without replicas is new. */
struct rebalance_input survey_input(const struct survey *s, struct arena *a);
bool survey_holds(const int32_t *nodes, int32_t n, int32_t id);

#endif

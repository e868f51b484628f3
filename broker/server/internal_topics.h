/* internal_topics - the topics that the coordinators keep their state in.
 *
 * Made when a client first asks for a coordinator, with partitions, replication factor and
 * properties of the broker's own configuration (offsets.topic.*, transaction.state.log.*,
 * share.coordinator.state.topic.*).
 * A key belongs to the leader of one partition of its topic; the count of partitions never
 * changes afterwards. */
#ifndef KLAMM_BROKER_SERVER_INTERNAL_TOPICS_H
#define KLAMM_BROKER_SERVER_INTERNAL_TOPICS_H

#include <stdint.h>

#include "common/slice.h"

struct broker;

#define GROUPS_TOPIC "__consumer_offsets"
#define TRANSACTIONS_TOPIC "__transaction_state"
#define SHARE_STATE_TOPIC "__share_group_state"

/* Asks the controller to make the topic; nobody waits for the answer, one request at a time.
 * Any other name does nothing. */
void internal_topic_create(struct broker *b, const char *topic);

/* abs(String.hashCode(key)) % partitions_n as Java computes it, over UTF-16 units; bytes that are
 * no UTF-8 count as U+FFFD. `partitions_n` > 0. */
int32_t coordinator_partition(struct str key, int32_t partitions_n);

#endif

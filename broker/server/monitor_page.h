/* monitor_page - a broker's numbers under the names of Kafka's MBeans, as the JMX exporter spells them.
 *
 * Collected when somebody asks: a walk over what is counted anyway, its length that of the answer. What klamm
 * does not measure has no line; docs/monitoring.md lists what has one. Owned by the reactor. */
#ifndef KLAMM_BROKER_SERVER_MONITOR_PAGE_H
#define KLAMM_BROKER_SERVER_MONITOR_PAGE_H

#include "broker/server/monitoring.h"

struct request_counters;

/* `broker` is a struct broker. */
void monitor_page(void *broker, enum monitoring_level level, struct metrics *m);
/* Kafka's RequestMetrics; the controller has them too. */
void monitor_requests(struct metrics *m, const struct request_counters *c);
/* Begins and ends what is measured only while somebody may ask. */
void monitor_switched(void *broker, bool on);

#endif

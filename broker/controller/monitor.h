/* monitor - a controller's numbers under the names of Kafka's MBeans (broker/server/monitoring.h).
 *
 * What is of the whole cluster every controller tells as far as it has heard; who leads says
 * ActiveControllerCount 1. The controller's thread. */
#ifndef KLAMM_BROKER_CONTROLLER_MONITOR_H
#define KLAMM_BROKER_CONTROLLER_MONITOR_H

#include "broker/server/monitoring.h"

/* `controller` is a struct controller. */
void controller_monitor_page(void *controller, enum monitoring_level level, struct metrics *m);
void controller_monitor_switched(void *controller, bool on);

#endif

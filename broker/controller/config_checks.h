/* config_checks - whether the configs that a resource would have after a change may stand together, by
 * the rules and with the errors of Apache Kafka. Pure. */
#ifndef KLAMM_BROKER_CONTROLLER_CONFIG_CHECKS_H
#define KLAMM_BROKER_CONTROLLER_CONFIG_CHECKS_H

#include "broker/controller/core.h"
#include "broker/server/config_set.h"

/* `error` 0: fine. Those of brokers are the brokers' to judge: here all fit. */
struct refusal config_set_refusal(const struct call *k, int8_t type, const struct config_set *s);

#endif

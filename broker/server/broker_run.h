/* broker_run - one node from its configuration to its end: controller, broker or both. */
#ifndef KLAMM_BROKER_SERVER_BROKER_RUN_H
#define KLAMM_BROKER_SERVER_BROKER_RUN_H

#include "broker/server/config.h"

/* Runs until SIGTERM or SIGINT (a controlled shutdown; a second signal waits for nobody)
 * or a failure. Returns the exit code; every failure is logged. */
int broker_run(const struct config *c);

#endif

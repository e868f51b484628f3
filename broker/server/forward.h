/* forward - what only the active controller decides: the client's own bytes in an
 * Envelope there, its answer back to the client. */
#ifndef KLAMM_BROKER_SERVER_FORWARD_H
#define KLAMM_BROKER_SERVER_FORWARD_H

#include "common/slice.h"

struct broker;
struct request;

/* Asks the controller to make a topic with the cluster's defaults, in the client's name;
 * nobody waits for the answer. Once per topic at a time. */
void forward_create_topic(struct broker *b, const struct request *r, struct str topic);

#endif

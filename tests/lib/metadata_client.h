/* metadata_client - talks to a controller as a broker and an admin client would: for unit tests. */
#ifndef KLAMM_TESTS_LIB_METADATA_CLIENT_H
#define KLAMM_TESTS_LIB_METADATA_CLIENT_H

#include <sys/types.h>

#include "api/kafka/client.h"
#include "broker/controller/controller_shell.h"

/* A controller in a process of its own, to be killed; its port. Cluster id "c". */
pid_t metadata_controller(const struct controller_options *o, uint16_t *ret_port);
/* An unused port of 127.0.0.1. */
uint16_t metadata_free_port(void);

/* NULL when nobody listens. */
struct kf_client *metadata_dial(uint16_t port);
/* Registers broker 5 and unfences it; the Kafka error, or -2 when the controller went away. */
int metadata_unfence(struct kf_client *c);
/* Creates topic-`n` with one replica; as above. */
int metadata_create(struct kf_client *c, int n);

#endif

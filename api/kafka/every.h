/* every - the schema of every message, for tools and tests that walk them all. */
#ifndef KLAMM_API_KAFKA_EVERY_H
#define KLAMM_API_KAFKA_EVERY_H

#include "api/kafka/codec.h"

/* `at` starts at 0; NULL ends. Requests, responses, headers and records, by name. */
const struct kf_schema *kf_every_next(size_t *at);

#endif

/* messages - Kafka messages with random content, for tests, benchmarks and interop. */
#ifndef KLAMM_TESTS_LIB_MESSAGES_H
#define KLAMM_TESTS_LIB_MESSAGES_H

#include "api/kafka/fields.h"
#include "common/rng.h"

struct message_filler {
    struct rng rng;
    struct arena *arena; /* kept: what the message points to lives there */
    int16_t version;
    unsigned elements_max; /* of every array */
    unsigned bytes_max;    /* of every text and byte string */
};

/* kf_init, then a random value, null where that is legal, in every field of the version. Two
 * fillers of the same seed make the same message. */
void message_fill(struct message_filler *f, const struct kf_schema *s, void *msg);

#endif

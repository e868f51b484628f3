/* uuid - 16 bytes; Kafka's text form is URL-safe base64 without padding, 22 chars. */
#ifndef KLAMM_COMMON_UUID_H
#define KLAMM_COMMON_UUID_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "common/slice.h"

struct uuid {
    uint8_t b[16];
};

enum { UUID_TEXT = 22 };

struct uuid_text {
    char text[UUID_TEXT + 1];
};

static inline bool uuid_eq(const struct uuid *a, const struct uuid *b)
{
    return memcmp(a->b, b->b, 16) == 0;
}

static inline bool uuid_is_zero(const struct uuid *u)
{
    static const struct uuid zero;

    return uuid_eq(u, &zero);
}

/* The topic id of __cluster_metadata: 15 zero bytes and 1. */
extern const struct uuid uuid_metadata_topic;

/* From the system's random source; never zero, never one of Kafka's reserved ids,
 * and its text does not start with '-' (as Kafka's Uuid.randomUuid promises). */
struct uuid uuid_random(void);
/* The same rules out of 16 random bytes of the caller; false: draw again. */
bool uuid_usable(const struct uuid *u);

struct uuid_text uuid_print(const struct uuid *u);
/* Exactly 22 characters of the alphabet, else false. */
bool uuid_parse(struct str text, struct uuid *ret);

#endif

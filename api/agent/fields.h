/* fields - members that the messages of this folder have in common. */
#ifndef KLAMM_API_AGENT_FIELDS_H
#define KLAMM_API_AGENT_FIELDS_H

#include <jansson.h>
#include <stdint.h>

#include "common/err.h"

/* A whole number; ERR_INVALID names the member and the bounds, and `ret` is left alone. */
err_t field_number(const json_t *o, const char *key, int64_t low, int64_t high, int64_t *ret,
                   struct why *reterr);

#endif

#include "api/agent/fields.h"

err_t field_number(const json_t *o, const char *key, int64_t low, int64_t high, int64_t *ret,
                   struct why *reterr)
{
    const json_t *v = json_object_get(o, key);

    if (!json_is_integer(v) || json_integer_value(v) < low || json_integer_value(v) > high)
        return why(reterr, ERR_INVALID, "%s: must be a number of %lld to %lld", key, (long long)low,
                   (long long)high);
    *ret = json_integer_value(v);
    return ERR_OK;
}

#include "broker/group/subscription.h"

err_t subscription_parse(struct slice bytes, struct arena *a, int16_t *ret_version,
                         struct kf_consumer_protocol_subscription *ret)
{
    const struct kf_schema *s = &kf_consumer_protocol_subscription_schema;
    struct cursor c = cursor_over(bytes);
    int16_t version = (int16_t)cursor_be16(&c);

    if (cursor_bad(&c) || version < 0)
        return ERR_MALFORMED;
    *ret_version = version;
    return kf_decode(s, version > kf_schema_max(s) ? kf_schema_max(s) : version, &c, a, ret)
               ? ERR_MALFORMED : ERR_OK;
}

#include "broker/group/group_property.h"

enum { RESOURCE_GROUP = 32 };

const char *group_property_text(const struct image *image, struct str group_id, const char *key)
{
    return image_config(image, RESOURCE_GROUP, group_id, key);
}

int32_t group_property(const struct image *image, struct str group_id, const char *key,
                       int32_t otherwise, int32_t low, int32_t high)
{
    const char *text = group_property_text(image, group_id, key);
    int64_t value = 0;

    if (!text)
        return otherwise;
    for (; *text >= '0' && *text <= '9' && value <= INT32_MAX; text++)
        value = 10 * value + (*text - '0');
    return value < low ? low : value > high ? high : (int32_t)value;
}

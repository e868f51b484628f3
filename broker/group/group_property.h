/* group_property - properties of one group, as they are set with resource type GROUP (KIP-848,
 * KIP-932), within the bounds that the broker has for them now. */
#ifndef KLAMM_BROKER_GROUP_GROUP_PROPERTY_H
#define KLAMM_BROKER_GROUP_GROUP_PROPERTY_H

#include "broker/metadata/image.h"

/* Borrowed from the image; NULL: the group has none of its own. */
const char *group_property_text(const struct image *image, struct str group_id, const char *key);
/* A number the controller has let in, brought between `low` and `high`; not set: `otherwise`, as it
 * is. */
int32_t group_property(const struct image *image, struct str group_id, const char *key,
                       int32_t otherwise, int32_t low, int32_t high);

#endif

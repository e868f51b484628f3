/* topics_hash - a number that changes when the topics of a group do: Kafka's own, so that a group
 * that moves between klamm and Apache brokers does not seem changed.
 *
 *   topic: XXH3-64 of { int8 0, int64 id (upper, lower half), string name, int32 partitions,
 *          per partition { int32 number, int32 racks, string each, in order } }
 *   group: XXH3-64 of { string name, int64 topic's hash } each, in order of names; 0: no topic
 *
 * Numbers little-endian; a string is its UTF-16 units, then int32 their number. */
#ifndef KLAMM_BROKER_GROUP_TOPICS_HASH_H
#define KLAMM_BROKER_GROUP_TOPICS_HASH_H

#include "broker/metadata/image.h"

/* `names` ascending, distinct; those that do not exist count for nothing. */
int64_t topics_hash(const struct image *image, const struct str *names, int32_t n);

#endif

/* release - Apache Kafka's releases as feature levels (KIP-584): what a release's tools finalize by default.
 * Apache Kafka 4.3: MetadataVersion, Feature. */
#ifndef KLAMM_API_KAFKA_RELEASE_H
#define KLAMM_API_KAFKA_RELEASE_H

#include <stddef.h>
#include <stdint.h>

enum {
    METADATA_VERSION_MIN = 7,     /* 3.3-IV3 */
    METADATA_VERSION_LATEST = 30, /* 4.3-IV0 */
    RELEASE_FEATURES_N = 5,       /* that release_feature_next lists */
};

/* Of "4.3-IV0", or of a release "4.3" or "4.3.1" (its latest level); 0 when it is none that 4.3 knows. */
int16_t release_metadata_version(const char *release);
/* "4.3-IV0"; NULL outside METADATA_VERSION_MIN..LATEST. */
const char *release_metadata_version_name(int16_t level);

int16_t release_feature_max(const char *feature); /* highest level known here; 0 unknown feature */
/* The level that a feature (not metadata.version, kraft.version) gets by default at a metadata version. */
int16_t release_feature_default(const char *feature, int16_t metadata_version);
/* The metadata version that a level above 0 depends on; 0 none. */
int16_t release_feature_needs(const char *feature, int16_t level);
/* The features but metadata.version and kraft.version, by name; `at` starts at 0, NULL ends. */
const char *release_feature_next(size_t *at);

#endif

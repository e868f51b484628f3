#include "api/kafka/release.h"

#include <string.h>

#include "common/mem.h"

static const char *const version_names[] = {
    [7] = "3.3-IV3",  [8] = "3.4-IV0",  [9] = "3.5-IV0",  [10] = "3.5-IV1", [11] = "3.5-IV2",
    [12] = "3.6-IV0", [13] = "3.6-IV1", [14] = "3.6-IV2", [15] = "3.7-IV0", [16] = "3.7-IV1",
    [17] = "3.7-IV2", [18] = "3.7-IV3", [19] = "3.7-IV4", [20] = "3.8-IV0", [21] = "3.9-IV0",
    [22] = "4.0-IV0", [23] = "4.0-IV1", [24] = "4.0-IV2", [25] = "4.0-IV3", [26] = "4.1-IV0",
    [27] = "4.1-IV1", [28] = "4.2-IV0", [29] = "4.2-IV1", [30] = "4.3-IV0",
};

/* In order of names, as the bootstrap file has them. `since` is the metadata version from which the
 * highest level is the default; `needs` the one that level 1 depends on. */
static const struct {
    const char *name;
    int16_t max, since, needs;
} features[RELEASE_FEATURES_N] = {
    { "eligible.leader.replicas.version", 1, 26, 23 },
    { "group.version", 1, 22, 0 },
    { "share.version", 1, 28, 0 },
    { "streams.version", 1, 29, 0 },
    { "transaction.version", 2, 24, 0 },
};

/* "4.3" of "4.3.1": releases of one line have the same levels. */
static size_t line_of(const char *release)
{
    const char *dot = strchr(release, '.'), *patch = dot ? strchr(dot + 1, '.') : NULL;

    return patch && strspn(patch + 1, "0123456789") == strlen(patch + 1) ? (size_t)(patch - release)
                                                                         : strlen(release);
}

int16_t release_metadata_version(const char *release)
{
    size_t n = line_of(release);
    int16_t found = 0;

    for (int16_t level = METADATA_VERSION_MIN; level <= METADATA_VERSION_LATEST; level++) {
        if (strncmp(version_names[level], release, n) == 0 &&
            (version_names[level][n] == '\0' || version_names[level][n] == '-'))
            found = level;
    }
    return found;
}

const char *release_metadata_version_name(int16_t level)
{
    return level >= METADATA_VERSION_MIN && level <= METADATA_VERSION_LATEST ? version_names[level]
                                                                             : NULL;
}

static int feature_index(const char *name)
{
    for (int n = 0; n < (int)ARRAY_LEN(features); n++) {
        if (strcmp(features[n].name, name) == 0)
            return n;
    }
    return -1;
}

int16_t release_feature_max(const char *feature)
{
    int n = feature_index(feature);

    if (strcmp(feature, "metadata.version") == 0)
        return METADATA_VERSION_LATEST;
    return n < 0 ? 0 : features[n].max;
}

int16_t release_feature_default(const char *feature, int16_t metadata_version)
{
    int n = feature_index(feature);

    return n >= 0 && metadata_version >= features[n].since ? features[n].max : 0;
}

int16_t release_feature_needs(const char *feature, int16_t level)
{
    int n = feature_index(feature);

    return n >= 0 && level > 0 ? features[n].needs : 0;
}

const char *release_feature_next(size_t *at)
{
    return *at < ARRAY_LEN(features) ? features[(*at)++].name : NULL;
}

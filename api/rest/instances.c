#include "api/rest/instances.h"

#include <stddef.h>
#include <string.h>

/* MSK has no t3.small with KRaft, klamm does. */
static const struct instance_type types[] = {
    { "kafka.t3.small", 2, 2, 5000, 300, 300 },
    { "kafka.m5.large", 2, 8, 10000, 1000, 1500 },
    { "kafka.m5.xlarge", 4, 16, 10000, 1000, 1500 },
    { "kafka.m5.2xlarge", 8, 32, 10000, 2000, 3000 },
    { "kafka.m5.4xlarge", 16, 64, 10000, 4000, 6000 },
    { "kafka.m5.8xlarge", 32, 128, 10000, 4000, 6000 },
    { "kafka.m5.12xlarge", 48, 192, 12000, 4000, 6000 },
    { "kafka.m5.16xlarge", 64, 256, 20000, 4000, 6000 },
    { "kafka.m5.24xlarge", 96, 384, 25000, 4000, 6000 },
    { "kafka.m7g.large", 2, 8, 12500, 1000, 1500 },
    { "kafka.m7g.xlarge", 4, 16, 15000, 1000, 1500 },
    { "kafka.m7g.2xlarge", 8, 32, 15000, 2000, 3000 },
    { "kafka.m7g.4xlarge", 16, 64, 15000, 4000, 6000 },
    { "kafka.m7g.8xlarge", 32, 128, 15000, 4000, 6000 },
    { "kafka.m7g.12xlarge", 48, 192, 22500, 4000, 6000 },
    { "kafka.m7g.16xlarge", 64, 256, 30000, 4000, 6000 },
};

const struct instance_type *instance_type_find(const char *name)
{
    for (size_t i = 0; name && i < sizeof(types) / sizeof(types[0]); i++)
        if (strcmp(types[i].name, name) == 0)
            return &types[i];
    return NULL;
}

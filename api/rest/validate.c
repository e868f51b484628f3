#include "api/rest/validate.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

const char *const validate_kafka_versions[] = { "4.3.0", NULL };

enum { TAGS_MAX = 50, TAG_KEY_MAX = 128, TAG_VALUE_MAX = 256, BROKERS_MAX = 60, VOLUME_GIB_MAX = 16384, SUBNETS_MAX = 3 };

/* vCPUs and memory are those of the EC2 type; klamm counts with them when it places. */
static const char *const instance_types[] = {
    "kafka.t3.small",     "kafka.m5.large",     "kafka.m5.xlarge",    "kafka.m5.2xlarge",  "kafka.m5.4xlarge",
    "kafka.m5.8xlarge",   "kafka.m5.12xlarge",  "kafka.m5.16xlarge",  "kafka.m5.24xlarge", "kafka.m7g.large",
    "kafka.m7g.xlarge",   "kafka.m7g.2xlarge",  "kafka.m7g.4xlarge",  "kafka.m7g.8xlarge", "kafka.m7g.12xlarge",
    "kafka.m7g.16xlarge", NULL,
};

static bool refuse(struct refusal *r, const char *parameter, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Always false, so that a rule reads: return refuse(...). */
static bool refuse(struct refusal *r, const char *parameter, const char *format, ...)
{
    va_list args;

    snprintf(r->parameter, sizeof(r->parameter), "%s", parameter);
    va_start(args, format);
    vsnprintf(r->why.text, sizeof(r->why.text), format, args);
    va_end(args);
    return false;
}

static bool one_of(const char *text, const char *const *list)
{
    while (*list && strcmp(*list, text) != 0)
        list++;
    return *list != NULL;
}

/* A member that must have the given JSON type when it is there. */
static bool member(const json_t *o, const char *key, json_type type, bool required, const json_t **ret,
                   struct refusal *r)
{
    static const char *const names[] = { [JSON_OBJECT] = "an object", [JSON_ARRAY] = "a list",
                                         [JSON_STRING] = "text",      [JSON_INTEGER] = "a whole number",
                                         [JSON_TRUE] = "true or false" };
    const json_t *v = json_object_get(o, key);

    *ret = v && !json_is_null(v) ? v : NULL;
    if (!*ret)
        return !required || refuse(r, key, "The request is missing a required parameter: %s.", key);
    if (json_typeof(v) == type || (type == JSON_TRUE && json_is_false(v)))
        return true;
    return refuse(r, key, "The parameter %s must be %s.", key, names[type]);
}

const char *validate_cluster_name(const json_t *in, struct refusal *r)
{
    const json_t *v;
    const char *name;

    if (!member(in, "clusterName", JSON_STRING, true, &v, r))
        return NULL;
    name = json_string_value(v);
    if (strlen(name) < 1 || strlen(name) > 64) {
        refuse(r, "clusterName", "clusterName: '%.80s' must have 1 to 64 characters.", name);
        return NULL;
    }
    if (name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")] || name[0] == '-') {
        refuse(r, "clusterName", "The parameter value contains one or more characters that are not valid. "
               "clusterName: '%s' must have letters, digits and hyphens alone and not begin with a hyphen.", name);
        return NULL;
    }
    return name;
}

json_t *validate_tags(const json_t *tags, struct refusal *r)
{
    const char *key;
    json_t *value;

    if (!tags || json_is_null(tags))
        return json_object();
    if (!json_is_object(tags) || json_object_size(tags) > TAGS_MAX) {
        refuse(r, "tags", "tags: must be a map of at most %d tags.", TAGS_MAX);
        return NULL;
    }
    json_object_foreach((json_t *)(uintptr_t)tags, key, value) {
        if (!*key || strlen(key) > TAG_KEY_MAX || strncmp(key, "aws:", 4) == 0 || !json_is_string(value) ||
            json_string_length(value) > TAG_VALUE_MAX) {
            refuse(r, "tags", "tags: '%.128s' must have a key of 1 to %d characters that does not begin with aws:, "
                   "and a text of at most %d characters.", key, TAG_KEY_MAX, TAG_VALUE_MAX);
            return NULL;
        }
    }
    return json_deep_copy(tags);
}

static bool check_version(const json_t *in, struct refusal *r)
{
    const json_t *v;

    if (!member(in, "kafkaVersion", JSON_STRING, true, &v, r))
        return false;
    return one_of(json_string_value(v), validate_kafka_versions) ||
           refuse(r, "kafkaVersion", "Unsupported KafkaVersion [%.64s]. Valid values: [%s]", json_string_value(v),
                  validate_kafka_versions[0]);
}

static bool check_instance_type(const json_t *group, struct refusal *r)
{
    const json_t *v;

    if (!member(group, "instanceType", JSON_STRING, true, &v, r))
        return false;
    if (strncmp(json_string_value(v), "express.", 8) == 0)
        return refuse(r, "instanceType", "instanceType: '%.40s': Express brokers are not available yet in klamm; "
                      "choose a kafka.* type.", json_string_value(v));
    return one_of(json_string_value(v), instance_types) ||
           refuse(r, "instanceType", "Unsupported InstanceType [%.40s]. Valid values: kafka.t3.small, kafka.m5.* "
                  "(large to 24xlarge) and kafka.m7g.* (large to 16xlarge).", json_string_value(v));
}

static bool check_subnets(const json_t *group, zone_of_subnet_fn zone_of, void *ctx, size_t *ret_n, struct refusal *r)
{
    const char *zones[SUBNETS_MAX];
    const json_t *v;

    if (!member(group, "clientSubnets", JSON_ARRAY, true, &v, r))
        return false;
    *ret_n = json_array_size(v);
    if (*ret_n < 2 || *ret_n > SUBNETS_MAX)
        return refuse(r, "clientSubnets", "Specify either two or three client subnets: clientSubnets has %zu.", *ret_n);
    for (size_t i = 0; i < *ret_n; i++) {
        const char *id = json_string_value(json_array_get(v, i));

        zones[i] = id ? zone_of(ctx, id) : NULL;
        if (!zones[i])
            return refuse(r, "clientSubnets", "clientSubnets: '%.64s' is no subnet of this VPC.", id ? id : "");
        for (size_t j = 0; j < i; j++)
            if (strcmp(zones[i], zones[j]) == 0)
                return refuse(r, "clientSubnets", "clientSubnets: '%.64s' lies in zone %s like another one; each "
                              "subnet must lie in a zone of its own.", id, zones[i]);
    }
    return true;
}

static bool check_brokers(const json_t *in, size_t subnets, struct refusal *r)
{
    const json_t *v;
    json_int_t n;

    if (!member(in, "numberOfBrokerNodes", JSON_INTEGER, true, &v, r))
        return false;
    n = json_integer_value(v);
    if (n < 1 || n > BROKERS_MAX)
        return refuse(r, "numberOfBrokerNodes", "numberOfBrokerNodes: %lld must be 1 to %d.", (long long)n, BROKERS_MAX);
    return n % (json_int_t)subnets == 0 ||
           refuse(r, "numberOfBrokerNodes", "The number of broker nodes must be a multiple of Availability Zones in "
                  "the ClientSubnets parameter: numberOfBrokerNodes is %lld, clientSubnets has %zu.", (long long)n,
                  subnets);
}

static bool check_storage(const json_t *group, json_int_t *ret_gib, struct refusal *r)
{
    const json_t *storage, *ebs, *size, *throughput;

    *ret_gib = 1000;
    if (!member(group, "storageInfo", JSON_OBJECT, false, &storage, r) ||
        !member(storage, "ebsStorageInfo", JSON_OBJECT, false, &ebs, r) ||
        !member(ebs, "volumeSize", JSON_INTEGER, false, &size, r) ||
        !member(ebs, "provisionedThroughput", JSON_OBJECT, false, &throughput, r))
        return false;
    if (json_is_true(json_object_get(throughput, "enabled")))
        return refuse(r, "provisionedThroughput", "provisionedThroughput: not available in klamm, volumes are as fast "
                      "as the node's disk.");
    if (size)
        *ret_gib = json_integer_value(size);
    return (*ret_gib >= 1 && *ret_gib <= VOLUME_GIB_MAX) ||
           refuse(r, "volumeSize", "volumeSize: %lld GiB must be 1 to %d.", (long long)*ret_gib, VOLUME_GIB_MAX);
}

static bool check_encryption(const json_t *in, struct refusal *r)
{
    const json_t *e, *transit, *mode, *rest;

    if (!member(in, "encryptionInfo", JSON_OBJECT, false, &e, r) ||
        !member(e, "encryptionInTransit", JSON_OBJECT, false, &transit, r) ||
        !member(e, "encryptionAtRest", JSON_OBJECT, false, &rest, r) ||
        !member(transit, "clientBroker", JSON_STRING, false, &mode, r))
        return false;
    if (mode && strcmp(json_string_value(mode), "PLAINTEXT") != 0)
        return refuse(r, "clientBroker", "clientBroker: '%.40s' is not available yet in klamm; its listeners are "
                      "PLAINTEXT on loopback addresses of this machine.", json_string_value(mode));
    if (json_is_true(json_object_get(transit, "inCluster")))
        return refuse(r, "inCluster", "inCluster: encryption between brokers is not available yet in klamm.");
    return !rest || refuse(r, "encryptionAtRest", "encryptionAtRest: keys of a KMS are not available in klamm.");
}

static bool any_enabled(const json_t *o)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)o, key, value) {
        if ((strcmp(key, "enabled") == 0 && json_is_true(value)) || (json_is_object(value) && any_enabled(value)))
            return true;
    }
    return false;
}

static bool check_authentication(const json_t *in, struct refusal *r)
{
    const json_t *auth, *sasl, *tls, *none;

    if (!member(in, "clientAuthentication", JSON_OBJECT, false, &auth, r) ||
        !member(auth, "sasl", JSON_OBJECT, false, &sasl, r) || !member(auth, "tls", JSON_OBJECT, false, &tls, r) ||
        !member(auth, "unauthenticated", JSON_OBJECT, false, &none, r))
        return false;
    if (any_enabled(sasl) || any_enabled(tls))
        return refuse(r, "clientAuthentication", "clientAuthentication: SASL and TLS are not available yet in klamm; "
                      "only unauthenticated clients on loopback are.");
    return !none || any_enabled(none) ||
           refuse(r, "clientAuthentication", "clientAuthentication: unauthenticated cannot be off as long as no other "
                  "way is available.");
}

/* Members that MSK knows and klamm does not carry out yet: refused when they ask for something. */
static bool check_absent(const json_t *in, const json_t *group, struct refusal *r)
{
    const json_t *monitoring, *mode, *connectivity;

    if (json_is_object(json_object_get(in, "configurationInfo")))
        return refuse(r, "configurationInfo", "configurationInfo: configurations are not available yet in klamm.");
    if (any_enabled(json_object_get(in, "loggingInfo")))
        return refuse(r, "loggingInfo", "loggingInfo: log delivery is not available in klamm; brokers log on their nodes.");
    if (json_is_object(json_object_get(in, "rebalancing")))
        return refuse(r, "rebalancing", "rebalancing: is for Express brokers, which are not available yet in klamm.");
    if (!member(in, "enhancedMonitoring", JSON_STRING, false, &monitoring, r) ||
        !member(in, "storageMode", JSON_STRING, false, &mode, r) ||
        !member(group, "connectivityInfo", JSON_OBJECT, false, &connectivity, r))
        return false;
    if (monitoring && strcmp(json_string_value(monitoring), "DEFAULT") != 0)
        return refuse(r, "enhancedMonitoring", "enhancedMonitoring: '%.40s' is not available yet in klamm, DEFAULT is.",
                      json_string_value(monitoring));
    if (mode && strcmp(json_string_value(mode), "LOCAL") != 0)
        return refuse(r, "storageMode", "storageMode: '%.40s' is not available in klamm, LOCAL is.",
                      json_string_value(mode));
    if (any_enabled(connectivity))
        return refuse(r, "connectivityInfo", "When creating a cluster, all vpcConnectivity auth schemes must be disabled.");
    return true;
}

static bool check_distribution(const json_t *group, struct refusal *r)
{
    const json_t *v;

    if (!member(group, "brokerAZDistribution", JSON_STRING, false, &v, r))
        return false;
    return !v || strcmp(json_string_value(v), "DEFAULT") == 0 ||
           refuse(r, "brokerAZDistribution", "brokerAZDistribution: '%.40s' must be DEFAULT.", json_string_value(v));
}

json_t *validate_provisioned(const json_t *in, zone_of_subnet_fn zone_of, void *ctx, struct refusal *r)
{
    const json_t *group;
    json_int_t gib;
    size_t subnets;

    if (!member(in, "brokerNodeGroupInfo", JSON_OBJECT, true, &group, r) || !check_version(in, r) ||
        !check_instance_type(group, r) || !check_subnets(group, zone_of, ctx, &subnets, r) ||
        !check_brokers(in, subnets, r) || !check_storage(group, &gib, r) || !check_distribution(group, r) ||
        !check_encryption(in, r) || !check_authentication(in, r) || !check_absent(in, group, r))
        return NULL;
    return json_pack("{s:s, s:O, s:s, s:{s:s, s:s, s:O, s:O?, s:{s:{s:I}}}}", "kafkaVersion",
                     json_string_value(json_object_get(in, "kafkaVersion")), "numberOfBrokerNodes",
                     json_object_get(in, "numberOfBrokerNodes"), "storageMode", "LOCAL", "brokerNodeGroupInfo",
                     "brokerAZDistribution", "DEFAULT", "instanceType",
                     json_string_value(json_object_get(group, "instanceType")), "clientSubnets",
                     json_object_get(group, "clientSubnets"), "securityGroups", json_object_get(group, "securityGroups"),
                     "storageInfo", "ebsStorageInfo", "volumeSize", gib);
}

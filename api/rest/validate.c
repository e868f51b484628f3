#include "api/rest/validate.h"

#include <stdint.h>
#include <string.h>

#include "api/rest/instances.h"
#include "common/buf.h"

const char *const validate_kafka_versions[] = { "4.0.0", "4.1.0", "4.2.0", "4.3.0", NULL };

enum {
    NAME_MAX_CHARACTERS = 64,
    TAGS_MAX = 50,
    TAG_KEY_MAX = 128,
    TAG_VALUE_MAX = 256,
    BROKERS_MAX = 60,
    VOLUME_GIB_DEFAULT = 1000,
    SUBNETS_MIN = 2,
    SUBNETS_MAX = 3,
};

static bool one_of(const char *text, const char *const *list)
{
    while (*list && strcmp(*list, text) != 0)
        list++;
    return *list != NULL;
}

/* The member at a path of names that ends in NULL; null counts as absent. members_check has seen
 * the types. */
#define AT(o, ...) at(o, (const char *const[]){ __VA_ARGS__, NULL })
static json_t *at(const json_t *o, const char *const *names)
{
    while (o && *names)
        o = json_object_get(o, *names++);
    return o && !json_is_null(o) ? (json_t *)(uintptr_t)o : NULL;
}

const char *validate_cluster_name(const json_t *in, struct refusal *r)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
    const json_t *v = AT(in, "clusterName");
    const char *name = json_string_value(v);

    if (!v)
        refuse(r, "clusterName", "The request is missing a required parameter: clusterName.");
    else if (!name)
        refuse(r, "clusterName", "The parameter clusterName must be text.");
    else if (!*name || strlen(name) > NAME_MAX_CHARACTERS)
        refuse(r, "clusterName", "clusterName: '%.80s' must have 1 to %d characters.", name,
               NAME_MAX_CHARACTERS);
    else if (name[strspn(name, letters)] || *name == '-')
        refuse(r, "clusterName",
               "The parameter value contains one or more characters that are not valid. "
               "clusterName: '%s' must have letters, digits and hyphens alone and not begin with a "
               "hyphen.",
               name);
    else
        return name;
    return NULL;
}

static bool check_tag(const char *key, const json_t *value, struct refusal *r)
{
    if (!*key || strlen(key) > TAG_KEY_MAX || strncmp(key, "aws:", 4) == 0)
        return refuse(r, "tags",
                      "tags: key '%.128s' must have 1 to %d characters and not begin with aws:.",
                      key, TAG_KEY_MAX);
    return (json_is_string(value) && json_string_length(value) <= TAG_VALUE_MAX) ||
           refuse(r, "tags", "tags: the value of '%.128s' must be text of at most %d characters.",
                  key, TAG_VALUE_MAX);
}

json_t *validate_tags(const json_t *tags, struct refusal *r)
{
    const char *key;
    json_t *value;

    if (!tags || json_is_null(tags))
        return json_object();
    if (!json_is_object(tags)) {
        refuse(r, "tags", "The parameter tags must be a map of texts.");
        return NULL;
    }
    if (json_object_size(tags) > TAGS_MAX) {
        refuse(r, "tags", "tags: %zu tags are more than the %d that a resource may have.",
               json_object_size(tags), TAGS_MAX);
        return NULL;
    }
    json_object_foreach((json_t *)(uintptr_t)tags, key, value) {
        if (!check_tag(key, value, r))
            return NULL;
    }
    return json_deep_copy(tags);
}

static bool check_version(const json_t *in, struct refusal *r)
{
    const char *version = json_string_value(AT(in, "kafkaVersion"));
    OWNED_BUF all = { 0 };

    if (one_of(version, validate_kafka_versions))
        return true;
    for (const char *const *v = validate_kafka_versions; *v; v++)
        buf_printf(&all, "%s%s", all.n ? ", " : "", *v);
    return refuse(r, "kafkaVersion", "Unsupported KafkaVersion [%.64s]. Valid values: [%s]", version,
                  buf_text(&all));
}

bool validate_version_is_newer(const char *version, const char *than)
{
    const char *const *v = validate_kafka_versions;

    while (*v && strcmp(*v, than) != 0)
        v++;
    return *v && one_of(version, v + 1);
}

static bool check_instance_type(const json_t *group, struct refusal *r)
{
    const char *type = json_string_value(AT(group, "instanceType"));

    if (strncmp(type, "express.", 8) == 0)
        return refuse(r, "instanceType",
                      "instanceType: '%s': Express brokers are not available yet in klamm; "
                      "choose a kafka.* type.",
                      type);
    if (instance_type_find(type))
        return true;
    return refuse(r, "instanceType",
                  "Unsupported InstanceType [%s]. Valid values: kafka.t3.small, kafka.m5.* (large "
                  "to 24xlarge) and kafka.m7g.* (large to 16xlarge).",
                  type);
}

static bool check_subnets(const json_t *group, const struct validate_vpc *vpc, struct refusal *r)
{
    const json_t *subnets = AT(group, "clientSubnets");
    size_t n = json_array_size(subnets);
    const char *zones[SUBNETS_MAX];

    if (n < SUBNETS_MIN || n > SUBNETS_MAX)
        return refuse(r, "clientSubnets",
                      "Specify either two or three client subnets: clientSubnets has %zu.", n);
    for (size_t i = 0; i < n; i++) {
        const char *id = json_string_value(json_array_get(subnets, i));

        zones[i] = vpc->zone_of_subnet(vpc->ctx, id);
        if (!zones[i])
            return refuse(r, "clientSubnets", "clientSubnets: '%.64s' is no subnet of this VPC.",
                          id);
        for (size_t j = 0; j < i; j++)
            if (strcmp(zones[i], zones[j]) == 0)
                return refuse(r, "clientSubnets",
                              "clientSubnets: '%.64s' lies in zone %s like another one; each "
                              "subnet must lie in a zone of its own.",
                              id, zones[i]);
    }
    return true;
}

static bool has_zone(const json_t *subnets, const struct validate_vpc *vpc, const char *zone)
{
    for (size_t i = 0; i < json_array_size(subnets); i++)
        if (strcmp(zone, vpc->zone_of_subnet(vpc->ctx,
                                             json_string_value(json_array_get(subnets, i)))) == 0)
            return true;
    return false;
}

/* zoneIds follow from the subnets: who gives them must give the same. */
static bool check_network(const json_t *group, const struct validate_vpc *vpc, struct refusal *r)
{
    const json_t *groups = AT(group, "securityGroups"), *zones = AT(group, "zoneIds");

    for (size_t i = 0; i < json_array_size(groups); i++) {
        const char *id = json_string_value(json_array_get(groups, i));

        if (!vpc->has_security_group(vpc->ctx, id))
            return refuse(r, "securityGroups",
                          "securityGroups: '%.64s' is no security group of this VPC.", id);
    }
    for (size_t i = 0; i < json_array_size(zones); i++) {
        const char *zone = json_string_value(json_array_get(zones, i));

        if (!has_zone(AT(group, "clientSubnets"), vpc, zone))
            return refuse(r, "zoneIds",
                          "zoneIds: '%.64s' is the zone of none of the clientSubnets.", zone);
    }
    return true;
}

static bool check_brokers(const json_t *in, const json_t *group, struct refusal *r)
{
    json_int_t n = json_integer_value(AT(in, "numberOfBrokerNodes"));
    size_t subnets = json_array_size(AT(group, "clientSubnets"));

    if (n > BROKERS_MAX)
        return refuse(r, "numberOfBrokerNodes", "numberOfBrokerNodes: %lld must be 1 to %d.",
                      (long long)n, BROKERS_MAX);
    if (n % (json_int_t)subnets == 0)
        return true;
    return refuse(r, "numberOfBrokerNodes",
                  "The number of broker nodes must be a multiple of Availability Zones in the "
                  "ClientSubnets parameter: numberOfBrokerNodes is %lld, clientSubnets has %zu.",
                  (long long)n, subnets);
}

static bool check_storage(const json_t *in, const json_t *group, struct refusal *r)
{
    const char *mode = json_string_value(AT(in, "storageMode"));

    if (json_is_true(
            AT(group, "storageInfo", "ebsStorageInfo", "provisionedThroughput", "enabled")))
        return refuse(r, "provisionedThroughput",
                      "provisionedThroughput: not available in klamm, volumes are as fast "
                      "as the node's disk.");
    return !mode || strcmp(mode, "LOCAL") == 0 ||
           refuse(r, "storageMode", "storageMode: '%s' is not available yet in klamm, LOCAL is.",
                  mode);
}

static bool check_encryption(const json_t *in, struct refusal *r)
{
    const json_t *transit = AT(in, "encryptionInfo", "encryptionInTransit");
    const char *mode = json_string_value(AT(transit, "clientBroker"));

    if (mode && strcmp(mode, "PLAINTEXT") != 0)
        return refuse(r, "clientBroker",
                      "clientBroker: '%s' is not available yet in klamm; its listeners are "
                      "PLAINTEXT on loopback addresses of this machine.",
                      mode);
    if (json_is_true(AT(transit, "inCluster")))
        return refuse(r, "inCluster",
                      "inCluster: encryption between brokers is not available yet in klamm.");
    if (!AT(in, "encryptionInfo", "encryptionAtRest"))
        return true;
    return refuse(r, "encryptionAtRest",
                  "encryptionAtRest: keys of a KMS are not available in klamm.");
}

/* Whether something below is switched on: "enabled" or "enabledInBroker". */
static bool any_enabled(const json_t *o)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)o, key, value) {
        if ((strncmp(key, "enabled", 7) == 0 && json_is_true(value)) ||
            (json_is_object(value) && any_enabled(value)))
            return true;
    }
    return false;
}

static bool check_authentication(const json_t *in, struct refusal *r)
{
    const json_t *auth = AT(in, "clientAuthentication"), *none = AT(auth, "unauthenticated");

    /* A list of authorities alone asks for TLS: the member `enabled` is younger than it. */
    if (any_enabled(AT(auth, "sasl")) || any_enabled(AT(auth, "tls")) ||
        json_array_size(AT(auth, "tls", "certificateAuthorityArnList")))
        return refuse(r, "clientAuthentication",
                      "clientAuthentication: SASL and TLS are not available yet in klamm; "
                      "only unauthenticated clients on loopback are.");
    if (!json_is_false(AT(none, "enabled")))
        return true;
    return refuse(r, "clientAuthentication",
                  "clientAuthentication: unauthenticated cannot be off as long as no other way is "
                  "available.");
}

static bool check_connectivity(const json_t *group, struct refusal *r)
{
    const json_t *c = AT(group, "connectivityInfo");
    const char *public = json_string_value(AT(c, "publicAccess", "type"));
    const char *network = json_string_value(AT(c, "networkType"));

    if (public && strcmp(public, "DISABLED") != 0)
        return refuse(r, "publicAccess",
                      "When creating a cluster, the only valid value for the Type parameter in "
                      "PublicAccess is DISABLED.");
    if (any_enabled(AT(c, "vpcConnectivity")))
        return refuse(r, "vpcConnectivity",
                      "When creating a cluster, all vpcConnectivity auth schemes must be "
                      "disabled ('enabled' : false). You can enable auth schemes after the cluster "
                      "is created");
    return !network || strcmp(network, "IPV4") == 0 ||
           refuse(r, "networkType", "networkType: '%s' is not available yet in klamm, IPV4 is.",
                  network);
}

static bool check_logging(const json_t *in, struct refusal *r)
{
    return !any_enabled(AT(in, "loggingInfo")) ||
           refuse(r, "loggingInfo",
                  "loggingInfo: log delivery is not available in klamm; brokers log on their "
                  "nodes.");
}

/* Members that MSK knows and klamm does not carry out yet: refused when they ask for something. */
static bool check_absent(const json_t *in, struct refusal *r)
{
    if (!AT(in, "rebalancing"))
        return check_logging(in, r);
    return refuse(r, "rebalancing",
                  "rebalancing: is for Express brokers, which are not available yet in klamm.");
}

static json_t *exporter(const json_t *in, const char *name)
{
    return json_pack("{s:b}", "enabledInBroker",
                     json_is_true(AT(in, "openMonitoring", "prometheus", name, "enabledInBroker")));
}

json_t *validate_monitoring_of(const json_t *spec)
{
    const char *level = json_string_value(AT(spec, "enhancedMonitoring"));

    return json_pack("{s:s, s:{s:{s:o, s:o}}}", "enhancedMonitoring", level ? level : "DEFAULT",
                     "openMonitoring", "prometheus", "jmxExporter", exporter(spec, "jmxExporter"),
                     "nodeExporter", exporter(spec, "nodeExporter"));
}

/* An exporter that the request does not name stays as it is. */
static json_t *monitoring_over(const json_t *now, const json_t *in)
{
    json_t *ret = validate_monitoring_of(now);

    if (AT(in, "enhancedMonitoring"))
        json_object_set(ret, "enhancedMonitoring", AT(in, "enhancedMonitoring"));
    for (int i = 0; i < 2; i++) {
        const char *name = i ? "nodeExporter" : "jmxExporter";

        if (AT(in, "openMonitoring", "prometheus", name))
            json_object_set_new(AT(ret, "openMonitoring", "prometheus"), name, exporter(in, name));
    }
    return ret;
}

json_t *validate_monitoring(const json_t *in, const json_t *now, struct refusal *r)
{
    static const char *const names[] = { "enhancedMonitoring", "openMonitoring" };
    json_t *before, *change;

    if (!members_check(members_monitoring, in, r) || !check_logging(in, r))
        return NULL;
    before = validate_monitoring_of(now);
    change = monitoring_over(now, in);
    for (int i = 0; i < 2; i++)
        if (json_equal(AT(before, names[i]), AT(change, names[i])))
            json_object_del(change, names[i]);
    json_decref(before);
    if (json_object_size(change))
        return change;
    json_decref(change);
    refuse(r, "enhancedMonitoring",
           "The request does not include any updates to the monitoring setting of the cluster. "
           "Verify the request, then try again.");
    return NULL;
}

bool validate_security(const json_t *in, struct refusal *r)
{
    if (!members_check(members_security, in, r))
        return false;
    if (AT(in, "encryptionInfo", "encryptionAtRest"))
        return refuse(r, "encryptionAtRest",
                      "Updating encryption-at-rest settings on your cluster is not currently "
                      "supported.");
    if (json_is_true(AT(in, "encryptionInfo", "encryptionInTransit", "inCluster")))
        return refuse(r, "inCluster",
                      "Updating the inter-broker encryption setting on your cluster is not "
                      "currently supported. inCluster: true, the cluster has false.");
    return check_encryption(in, r) && check_authentication(in, r);
}

json_t *validate_provisioned(const json_t *in, const struct validate_vpc *vpc, struct refusal *r)
{
    const json_t *group = AT(in, "brokerNodeGroupInfo"), *configuration = AT(in, "configurationInfo");
    json_t *spec;
    const json_t *size = AT(group, "storageInfo", "ebsStorageInfo", "volumeSize");

    if (!members_check(members_provisioned, in, r) || !check_version(in, r) ||
        !check_instance_type(group, r) || !check_subnets(group, vpc, r) ||
        !check_network(group, vpc, r) || !check_brokers(in, group, r) ||
        !check_storage(in, group, r) || !check_encryption(in, r) || !check_authentication(in, r) ||
        !check_connectivity(group, r) || !check_absent(in, r))
        return NULL;
    spec = json_pack("{s:O, s:O, s:s, s:{s:s, s:O, s:O, s:O*, s:{s:{s:I}}}}", "kafkaVersion",
                     AT(in, "kafkaVersion"), "numberOfBrokerNodes", AT(in, "numberOfBrokerNodes"),
                     "storageMode", "LOCAL", "brokerNodeGroupInfo", "brokerAZDistribution",
                     "DEFAULT", "instanceType", AT(group, "instanceType"), "clientSubnets",
                     AT(group, "clientSubnets"), "securityGroups", AT(group, "securityGroups"),
                     "storageInfo", "ebsStorageInfo", "volumeSize",
                     size ? json_integer_value(size) : (json_int_t)VOLUME_GIB_DEFAULT);
    json_object_update_new(spec, validate_monitoring_of(in));
    if (configuration)
        json_object_set_new(spec, "configurationInfo",
                            json_pack("{s:O, s:O}", "arn", AT(configuration, "arn"), "revision",
                                      AT(configuration, "revision")));
    return spec;
}

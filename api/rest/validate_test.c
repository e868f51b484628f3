#include "tests/lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/rest/validate.h"
#include "common/slice.h"

static const char *zone_of_subnet(void *ctx, const char *id)
{
    (void)ctx;
    if (strncmp(id, "subnet-", 7) != 0 || !id[7])
        return NULL;
    return id + 7;
}

static bool has_security_group(void *ctx, const char *id)
{
    (void)ctx;
    return strcmp(id, "sg-1") == 0;
}

static const struct validate_vpc vpc = { zone_of_subnet, has_security_group, NULL };

#define GROUP(more)                                                                                \
    "\"brokerNodeGroupInfo\":{\"instanceType\":\"kafka.m5.large\",\"clientSubnets\":[\"subnet-"    \
    "a\",\"subnet-b\"]" more "}"
#define BODY(group, more) "{\"kafkaVersion\":\"4.3.0\",\"numberOfBrokerNodes\":4," group more "}"

static json_t *parse(const char *text)
{
    json_t *o = json_loads(text, 0, NULL);

    assert_non_null(o);
    return o;
}

/* The member that is refused, "" when nothing is. */
static void expect(const char *text, const char *parameter, const char *words)
{
    struct refusal r = { 0 };
    json_t *in = parse(text), *out = validate_provisioned(in, &vpc, &r);

    assert_string_equal(r.parameter, parameter);
    assert_int_equal(out != NULL, !*parameter);
    if (*words && !strstr(r.why.text, words))
        fail_msg("'%s' is not in: %s", words, r.why.text);
    json_decref(out);
    json_decref(in);
}

static void what_is_kept_is_whole(void **state)
{
    static const char body[] =
        BODY(GROUP(",\"storageInfo\":{\"ebsStorageInfo\":{\"volumeSize\":7}}"), ",\"unknown\":1");
    struct refusal r = { 0 };
    json_t *in = parse(body), *out = validate_provisioned(in, &vpc, &r), *want;

    (void)state;
    want = json_pack("{s:s, s:i, s:s, s:{s:s, s:s, s:[s, s], s:{s:{s:i}}}}", "kafkaVersion", "4.3.0",
                     "numberOfBrokerNodes", 4, "storageMode", "LOCAL", "brokerNodeGroupInfo",
                     "brokerAZDistribution", "DEFAULT", "instanceType", "kafka.m5.large",
                     "clientSubnets", "subnet-a", "subnet-b", "storageInfo", "ebsStorageInfo",
                     "volumeSize", 7);
    json_object_update_new(want, validate_monitoring_of(NULL));
    assert_non_null(out);
    assert_true(json_equal(out, want));
    json_decref(want);
    json_decref(out);
    json_decref(in);
}

static void null_is_as_good_as_absent(void **state)
{
    (void)state;
    expect(BODY(GROUP(",\"storageInfo\":null"), ",\"encryptionInfo\":null"), "", "");
    expect("{\"kafkaVersion\":null,\"numberOfBrokerNodes\":2," GROUP("") "}", "kafkaVersion",
           "missing a required");
}

static void types_are_checked_at_every_depth(void **state)
{
    (void)state;
    expect("{}", "brokerNodeGroupInfo", "missing a required parameter");
    expect("{\"brokerNodeGroupInfo\":[]}", "brokerNodeGroupInfo", "must be an object");
    expect(BODY(GROUP(",\"storageInfo\":{\"ebsStorageInfo\":{\"volumeSize\":\"7\"}}"), ""),
           "volumeSize", "whole number");
    expect(BODY(GROUP(",\"securityGroups\":[1]"), ""), "securityGroups", "item 0 must be text");
    expect(BODY(GROUP(""), ",\"encryptionInfo\":{\"encryptionInTransit\":{\"inCluster\":\"no\"}}"),
           "inCluster", "true or false");
    expect(BODY(GROUP(""), ",\"configurationInfo\":{\"arn\":\"a\"}"), "revision",
           "missing a required");
}

static void ranges_and_enums_name_the_value(void **state)
{
    (void)state;
    expect(BODY(GROUP(",\"storageInfo\":{\"ebsStorageInfo\":{\"volumeSize\":0}}"), ""),
           "volumeSize", "0 must be 1 to 16384");
    expect(BODY(GROUP(",\"storageInfo\":{\"ebsStorageInfo\":{\"volumeSize\":16385}}"), ""),
           "volumeSize", "16385");
    expect(BODY(GROUP(""), ",\"storageMode\":\"REMOTE\""), "storageMode",
           "'REMOTE' must be one of: LOCAL, TIERED");
    expect(BODY(GROUP(""), ",\"enhancedMonitoring\":\"default\""), "enhancedMonitoring",
           "'default'");
}

static void brokers_spread_evenly_over_distinct_zones(void **state)
{
    (void)state;
    expect("{\"kafkaVersion\":\"4.3.0\",\"numberOfBrokerNodes\":3," GROUP("") "}",
           "numberOfBrokerNodes", "multiple");
    expect("{\"kafkaVersion\":\"4.3.0\",\"numberOfBrokerNodes\":0," GROUP("") "}",
           "numberOfBrokerNodes", "at least 1");
    expect("{\"kafkaVersion\":\"4.3.0\",\"numberOfBrokerNodes\":62," GROUP("") "}",
           "numberOfBrokerNodes", "1 to 60");
    expect(BODY("\"brokerNodeGroupInfo\":{\"instanceType\":\"kafka.m5.large\",\"clientSubnets\":["
                "\"subnet-a\","
                "\"subnet-a\"]}",
                ""),
           "clientSubnets", "zone a");
    expect(BODY("\"brokerNodeGroupInfo\":{\"instanceType\":\"kafka.m5.large\",\"clientSubnets\":["
                "\"subnet-a\"]}",
                ""),
           "clientSubnets", "two or three");
}

static void what_klamm_cannot_do_is_refused_and_never_dropped(void **state)
{
    (void)state;
    expect(BODY(GROUP(""), ",\"encryptionInfo\":{\"encryptionInTransit\":{\"clientBroker\":\"TLS\"}"
                           "}"),
           "clientBroker", "TLS");
    expect(BODY(GROUP(""), ",\"clientAuthentication\":{\"sasl\":{\"iam\":{\"enabled\":true}}}"),
           "clientAuthentication", "");
    expect(BODY(GROUP(""), ",\"clientAuthentication\":{\"unauthenticated\":{\"enabled\":false}}"),
           "clientAuthentication", "");
    expect(BODY(GROUP(""), ",\"clientAuthentication\":{\"tls\":{\"certificateAuthorityArnList\":["
                           "\"a\"]}}"),
           "clientAuthentication", "");
    expect(BODY(GROUP(""), ",\"loggingInfo\":{\"brokerLogs\":{\"s3\":{\"enabled\":true}}}"),
           "loggingInfo", "");
    expect(BODY(GROUP(""), ",\"openMonitoring\":{\"prometheus\":{\"nodeExporter\":{"
                           "\"enabledInBroker\":false}}}"),
           "", "");
    expect(BODY(GROUP(",\"connectivityInfo\":{\"publicAccess\":{\"type\":\"SERVICE_PROVIDED_EIPS\"}"
                      "}"),
                ""),
           "publicAccess", "the only valid value");
    expect(BODY(GROUP(",\"securityGroups\":[\"sg-2\"]"), ""), "securityGroups", "sg-2");
    expect(BODY(GROUP(",\"zoneIds\":[\"a\",\"c\"]"), ""), "zoneIds", "'c'");
    expect(BODY(GROUP(",\"securityGroups\":[\"sg-1\"],\"zoneIds\":[\"b\",\"a\"]"), ""), "", "");
}

static void expect_name(const char *name, bool good)
{
    json_t *in = json_pack("{s:s}", "clusterName", name);
    struct refusal r = { 0 };

    assert_int_equal(validate_cluster_name(in, &r) != NULL, good);
    assert_string_equal(r.parameter, good ? "" : "clusterName");
    json_decref(in);
}

static void names_have_letters_digits_and_hyphens(void **state)
{
    (void)state;
    expect_name("a-B-9", true);
    expect_name("0123456789012345678901234567890123456789012345678901234567890123", true);
    expect_name("01234567890123456789012345678901234567890123456789012345678901234", false);
    expect_name("", false);
    expect_name("under_score", false);
    expect_name("-a", false);
    expect_name("\u00e4", false);
}

static void expect_tags(const char *text, bool good)
{
    json_t *in = parse(text), *out;
    struct refusal r = { 0 };

    out = validate_tags(in, &r);
    assert_int_equal(out != NULL, good);
    assert_string_equal(r.parameter, good ? "" : "tags");
    json_decref(out);
    json_decref(in);
}

static void tags_are_fifty_short_texts(void **state)
{
    json_t *many = json_object();
    struct refusal r = { 0 };
    char key[16];

    (void)state;
    expect_tags("{}", true);
    expect_tags("{\"a\":\"\"}", true);
    expect_tags("{\"a\":1}", false);
    expect_tags("{\"a\":null}", false);
    expect_tags("{\"\":\"x\"}", false);
    expect_tags("{\"aws:a\":\"x\"}", false);
    expect_tags("[]", false);
    for (int i = 0; i < 51; i++) {
        snprintf(key, sizeof(key), "k%d", i);
        json_object_set_new(many, key, json_string(""));
    }
    assert_null(validate_tags(many, &r));
    json_decref(many);
}

/* The change as text, or the refused member. */
static void expect_monitoring(const char *now, const char *in, const char *want)
{
    struct refusal r = { 0 };
    json_t *spec = parse(now), *request = parse(in), *change = validate_monitoring(request, spec, &r);
    char *text = change ? json_dumps(change, JSON_COMPACT | JSON_SORT_KEYS) : strdup(r.parameter);

    assert_string_equal(text, want);
    free(text);
    json_decref(change);
    json_decref(request);
    json_decref(spec);
}

#define EXPORTERS(jmx, node)                                                                       \
    "{\"openMonitoring\":{\"prometheus\":{\"jmxExporter\":{\"enabledInBroker\":" jmx               \
    "},\"nodeExporter\":{\"enabledInBroker\":" node "}}}}"

static void monitoring_changes_what_is_named_and_nothing_else(void **state)
{
    (void)state;
    expect_monitoring("{}", "{\"enhancedMonitoring\":\"PER_BROKER\"}",
                      "{\"enhancedMonitoring\":\"PER_BROKER\"}");
    expect_monitoring("{}", EXPORTERS("true", "false"), EXPORTERS("true", "false"));
    expect_monitoring(EXPORTERS("true", "false"),
                      "{\"openMonitoring\":{\"prometheus\":{\"nodeExporter\":{\"enabledInBroker\":true}}}}",
                      EXPORTERS("true", "true"));
    expect_monitoring(EXPORTERS("true", "false"), "{\"openMonitoring\":null}", "enhancedMonitoring");
    expect_monitoring("{}", "{\"enhancedMonitoring\":\"DEFAULT\"}", "enhancedMonitoring");
    expect_monitoring("{}", "{\"enhancedMonitoring\":\"PER_DISK\"}", "enhancedMonitoring");
    expect_monitoring("{}", "{\"openMonitoring\":{}}", "prometheus");
    expect_monitoring("{}", "{\"loggingInfo\":{\"brokerLogs\":{\"s3\":{\"enabled\":true}}}}", "loggingInfo");
}

static void expect_security(const char *in, const char *parameter, const char *words)
{
    struct refusal r = { 0 };
    json_t *request = parse(in);

    assert_int_equal(validate_security(request, &r), !*parameter);
    assert_string_equal(r.parameter, parameter);
    if (!strstr(r.why.text, words))
        fail_msg("'%s' is not in: %s", words, r.why.text);
    json_decref(request);
}

#define TRANSIT(more) "{\"encryptionInfo\":{\"encryptionInTransit\":{" more "}}}"

static void security_may_stay_as_it_is_and_no_more(void **state)
{
    (void)state;
    expect_security("{}", "", "");
    expect_security(TRANSIT("\"clientBroker\":\"PLAINTEXT\",\"inCluster\":false"), "", "");
    expect_security(TRANSIT("\"clientBroker\":\"TLS\""), "clientBroker", "'TLS'");
    expect_security(TRANSIT("\"inCluster\":true"), "inCluster",
                    "Updating the inter-broker encryption setting on your cluster is not currently "
                    "supported.");
    expect_security("{\"encryptionInfo\":{\"encryptionAtRest\":{\"dataVolumeKMSKeyId\":\"k\"}}}",
                    "encryptionAtRest",
                    "Updating encryption-at-rest settings on your cluster is not currently supported.");
    expect_security("{\"clientAuthentication\":{\"sasl\":{\"scram\":{\"enabled\":true}}}}",
                    "clientAuthentication", "SASL");
    expect_security("{\"clientAuthentication\":{\"unauthenticated\":{\"enabled\":false}}}",
                    "clientAuthentication", "cannot be off");
}

TEST_MAIN(TEST(monitoring_changes_what_is_named_and_nothing_else),
          TEST(security_may_stay_as_it_is_and_no_more),
          TEST(what_is_kept_is_whole), TEST(null_is_as_good_as_absent),
          TEST(types_are_checked_at_every_depth), TEST(ranges_and_enums_name_the_value),
          TEST(brokers_spread_evenly_over_distinct_zones),
          TEST(what_klamm_cannot_do_is_refused_and_never_dropped),
          TEST(names_have_letters_digits_and_hyphens), TEST(tags_are_fifty_short_texts))

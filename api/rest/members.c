#include "api/rest/members.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "api/rest/policy.h"
#include "common/buf.h"

enum { LIST_MAX = 100, TEXT_MAX = 2048, VOLUME_GIB_MAX = 16384 };

#define TEXT(name_, required_, min_, max_) \
    { .name = name_, .kind = MEMBER_TEXT, .required = required_, .min = min_, .max = max_ }
#define ENUM(name_, values_) { .name = name_, .kind = MEMBER_TEXT, .values = values_ }
#define INTEGER(name_, required_, min_, max_) \
    { .name = name_, .kind = MEMBER_INTEGER, .required = required_, .min = min_, .max = max_ }
#define BOOLEAN(name_, required_) { .name = name_, .kind = MEMBER_BOOLEAN, .required = required_ }
#define OBJECT(name_, required_, members_) \
    { .name = name_, .kind = MEMBER_OBJECT, .required = required_, .members = members_ }
#define TEXTS(name_, required_)                                                                    \
    {                                                                                              \
        .name = name_, .kind = MEMBER_TEXT_LIST, .required = required_, .max = LIST_MAX            \
    }
#define END { .name = NULL }

static const char *const distributions[] = { "DEFAULT", NULL };
static const char *const client_brokers[] = { "TLS", "TLS_PLAINTEXT", "PLAINTEXT", NULL };
static const char *const monitorings[] = { "DEFAULT", "PER_BROKER", "PER_TOPIC_PER_BROKER",
                                           "PER_TOPIC_PER_PARTITION", NULL };
static const char *const storage_modes[] = { "LOCAL", "TIERED", NULL };
static const char *const rebalancings[] = { "PAUSED", "ACTIVE", NULL };
static const char *const network_types[] = { "IPV4", "DUAL", NULL };

static const struct member switched[] = { BOOLEAN("enabled", false), END };
static const struct member throughput[] = { BOOLEAN("enabled", false),
                                            INTEGER("volumeThroughput", false, 0, 0), END };
static const struct member ebs[] = { OBJECT("provisionedThroughput", false, throughput),
                                     INTEGER("volumeSize", false, 1, VOLUME_GIB_MAX), END };
static const struct member storage[] = { OBJECT("ebsStorageInfo", false, ebs), END };
static const struct member public_access[] = { TEXT("type", false, 0, 0), END };
static const struct member sasl[] = { OBJECT("scram", false, switched),
                                      OBJECT("iam", false, switched), END };
static const struct member vpc_authentication[] = { OBJECT("sasl", false, sasl),
                                                    OBJECT("tls", false, switched), END };
static const struct member vpc_connectivity[] = {
    OBJECT("clientAuthentication", false, vpc_authentication), END
};
static const struct member connectivity[] = { OBJECT("publicAccess", false, public_access),
                                              OBJECT("vpcConnectivity", false, vpc_connectivity),
                                              ENUM("networkType", network_types), END };
static const struct member group[] = {
    ENUM("brokerAZDistribution", distributions),
    TEXTS("clientSubnets", true),
    TEXT("instanceType", true, 5, 32),
    TEXTS("securityGroups", false),
    OBJECT("storageInfo", false, storage),
    OBJECT("connectivityInfo", false, connectivity),
    TEXTS("zoneIds", false),
    END,
};

static const struct member tls[] = { TEXTS("certificateAuthorityArnList", false),
                                     BOOLEAN("enabled", false), END };
static const struct member authentication[] = { OBJECT("sasl", false, sasl),
                                                OBJECT("tls", false, tls),
                                                OBJECT("unauthenticated", false, switched), END };
static const struct member at_rest[] = { TEXT("dataVolumeKMSKeyId", true, 0, 0), END };
static const struct member in_transit[] = { ENUM("clientBroker", client_brokers),
                                            BOOLEAN("inCluster", false), END };
static const struct member encryption[] = { OBJECT("encryptionAtRest", false, at_rest),
                                            OBJECT("encryptionInTransit", false, in_transit), END };
static const struct member configuration[] = { TEXT("arn", true, 0, 0),
                                               INTEGER("revision", true, 1, 0), END };
static const struct member exporter[] = { BOOLEAN("enabledInBroker", true), END };
static const struct member prometheus[] = { OBJECT("jmxExporter", false, exporter),
                                            OBJECT("nodeExporter", false, exporter), END };
static const struct member open_monitoring[] = { OBJECT("prometheus", true, prometheus), END };
static const struct member cloud_watch[] = { BOOLEAN("enabled", true),
                                             TEXT("logGroup", false, 0, 0), END };
static const struct member firehose[] = { TEXT("deliveryStream", false, 0, 0),
                                          BOOLEAN("enabled", true), END };
static const struct member s3[] = { TEXT("bucket", false, 0, 0), BOOLEAN("enabled", true),
                                    TEXT("prefix", false, 0, 0), END };
static const struct member logs[] = { OBJECT("cloudWatchLogs", false, cloud_watch),
                                      OBJECT("firehose", false, firehose), OBJECT("s3", false, s3),
                                      END };
static const struct member logging[] = { OBJECT("brokerLogs", true, logs),
                                         OBJECT("authorizerLogs", false, logs), END };
static const struct member rebalancing[] = { ENUM("status", rebalancings), END };

const struct member members_provisioned[] = {
    OBJECT("brokerNodeGroupInfo", true, group),
    OBJECT("rebalancing", false, rebalancing),
    OBJECT("clientAuthentication", false, authentication),
    OBJECT("configurationInfo", false, configuration),
    OBJECT("encryptionInfo", false, encryption),
    ENUM("enhancedMonitoring", monitorings),
    TEXT("kafkaVersion", true, 1, 128),
    OBJECT("loggingInfo", false, logging),
    INTEGER("numberOfBrokerNodes", true, 1, 0),
    OBJECT("openMonitoring", false, open_monitoring),
    ENUM("storageMode", storage_modes),
    END,
};

const struct member members_monitoring[] = {
    ENUM("enhancedMonitoring", monitorings),
    OBJECT("openMonitoring", false, open_monitoring),
    OBJECT("loggingInfo", false, logging),
    END,
};

const struct member members_security[] = {
    OBJECT("clientAuthentication", false, authentication),
    OBJECT("encryptionInfo", false, encryption),
    END,
};

const struct member members_rebalancing[] = { OBJECT("rebalancing", true, rebalancing), END };

const struct member members_policy[] = { TEXT("policy", true, 1, POLICY_BYTES_MAX),
                                         TEXT("currentVersion", false, 0, 0), END };

bool refuse(struct refusal *r, const char *parameter, const char *format, ...)
{
    va_list args;

    snprintf(r->parameter, sizeof(r->parameter), "%s", parameter);
    va_start(args, format);
    vsnprintf(r->why.text, sizeof(r->why.text), format, args);
    va_end(args);
    return false;
}

static bool check_enum(const struct member *m, const char *text, struct refusal *r)
{
    OWNED_BUF all = { 0 };

    for (const char *const *v = m->values; *v; v++) {
        if (strcmp(*v, text) == 0)
            return true;
        buf_printf(&all, "%s%s", all.n ? ", " : "", *v);
    }
    return refuse(r, m->name, "%s: '%.64s' must be one of: %s.", m->name, text, buf_text(&all));
}

static bool check_text(const struct member *m, const json_t *v, struct refusal *r)
{
    json_int_t n = (json_int_t)json_string_length(v), max = m->max ? m->max : TEXT_MAX;
    const char *text = json_string_value(v);

    if (m->values)
        return check_enum(m, text, r);
    return (n >= m->min && n <= max) ||
           refuse(r, m->name, "%s: '%.64s' must have %lld to %lld characters.", m->name, text,
                  (long long)m->min, (long long)max);
}

static bool check_integer(const struct member *m, const json_t *v, struct refusal *r)
{
    json_int_t n = json_integer_value(v);

    if (n >= m->min && (n <= m->max || !m->max))
        return true;
    if (!m->max)
        return refuse(r, m->name, "%s: %lld must be at least %lld.", m->name, (long long)n,
                      (long long)m->min);
    return refuse(r, m->name, "%s: %lld must be %lld to %lld.", m->name, (long long)n,
                  (long long)m->min, (long long)m->max);
}

static bool check_texts(const struct member *m, const json_t *v, struct refusal *r)
{
    if ((json_int_t)json_array_size(v) > m->max)
        return refuse(r, m->name, "%s: has %zu items, at most %lld are allowed.", m->name,
                      json_array_size(v), (long long)m->max);
    for (size_t i = 0; i < json_array_size(v); i++)
        if (!json_is_string(json_array_get(v, i)))
            return refuse(r, m->name, "%s: item %zu must be text.", m->name, i);
    return true;
}

static bool has_type(enum member_kind kind, const json_t *v)
{
    switch (kind) {
    case MEMBER_TEXT:
        return json_is_string(v);
    case MEMBER_INTEGER:
        return json_is_integer(v);
    case MEMBER_BOOLEAN:
        return json_is_boolean(v);
    case MEMBER_OBJECT:
        return json_is_object(v);
    case MEMBER_TEXT_LIST:
        return json_is_array(v);
    }
    return false;
}

static bool check_value(const struct member *m, const json_t *v, struct refusal *r)
{
    static const char *const names[] = { [MEMBER_TEXT] = "text",
                                         [MEMBER_INTEGER] = "a whole number",
                                         [MEMBER_BOOLEAN] = "true or false",
                                         [MEMBER_OBJECT] = "an object",
                                         [MEMBER_TEXT_LIST] = "a list of texts" };

    if (!has_type(m->kind, v))
        return refuse(r, m->name, "The parameter %s must be %s.", m->name, names[m->kind]);
    switch (m->kind) {
    case MEMBER_TEXT:
        return check_text(m, v, r);
    case MEMBER_INTEGER:
        return check_integer(m, v, r);
    case MEMBER_BOOLEAN:
        break;
    case MEMBER_OBJECT:
        return members_check(m->members, v, r);
    case MEMBER_TEXT_LIST:
        return check_texts(m, v, r);
    }
    return true;
}

bool members_check(const struct member *table, const json_t *in, struct refusal *r)
{
    for (const struct member *m = table; m->name; m++) {
        const json_t *v = json_object_get(in, m->name);

        if (v && !json_is_null(v)) {
            if (!check_value(m, v, r))
                return false;
        } else if (m->required) {
            return refuse(r, m->name, "The request is missing a required parameter: %s.", m->name);
        }
    }
    return true;
}

#include "api/rest/configuration.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "common/mem.h"
#include "common/properties.h"

enum { NAME_MAX_CHARACTERS = 128, DESCRIPTION_MAX = 1024 };

enum kind { BOOLEAN, NUMBER, REAL, TEXT };

struct property {
    const char *name;
    enum kind kind;
    int64_t low, high;
    const char *choices; /* of TEXT, with commas between */
};

#define RACK_AWARE "org.apache.kafka.common.replica.RackAwareReplicaSelector"
#define INT(name_, low_) { name_, NUMBER, low_, INT32_MAX, NULL }
#define LONG(name_, low_) { name_, NUMBER, low_, INT64_MAX, NULL }

static const struct property properties[] = {
    { "auto.create.topics.enable", BOOLEAN, 0, 0, NULL },
    { "compression.type", TEXT, 0, 0, "uncompressed,zstd,lz4,snappy,gzip,producer" },
    LONG("connections.max.idle.ms", INT64_MIN),
    INT("default.replication.factor", 1),
    { "delete.topic.enable", BOOLEAN, 0, 0, NULL },
    INT("group.initial.rebalance.delay.ms", 0),
    INT("group.max.session.timeout.ms", 1),
    INT("group.min.session.timeout.ms", 1),
    LONG("log.cleaner.delete.retention.ms", 0),
    { "log.cleaner.min.cleanable.ratio", REAL, 0, 1, NULL },
    { "log.cleanup.policy", TEXT, 0, 0, "delete,compact,compact;delete,delete;compact" },
    LONG("log.flush.interval.messages", 1),
    LONG("log.flush.interval.ms", 0),
    LONG("log.message.timestamp.after.max.ms", 0),
    LONG("log.message.timestamp.before.max.ms", 0),
    { "log.message.timestamp.type", TEXT, 0, 0, "CreateTime,LogAppendTime" },
    LONG("log.retention.bytes", -1),
    INT("log.retention.hours", -1),
    INT("log.retention.minutes", -1),
    LONG("log.retention.ms", -1),
    LONG("log.roll.ms", 1),
    INT("log.segment.bytes", 1048576),
    INT("max.incremental.fetch.session.cache.slots", 0),
    INT("message.max.bytes", 0),
    INT("min.insync.replicas", 1),
    INT("num.io.threads", 1),
    INT("num.network.threads", 1),
    INT("num.partitions", 1),
    INT("num.recovery.threads.per.data.dir", 1),
    INT("num.replica.fetchers", 1),
    INT("offsets.retention.minutes", 1),
    { "offsets.topic.replication.factor", NUMBER, 1, INT16_MAX, NULL },
    INT("replica.fetch.max.bytes", 0),
    INT("replica.fetch.response.max.bytes", 0),
    { "replica.lag.time.max.ms", NUMBER, 10000, 30000, NULL },
    { "replica.selector.class", TEXT, 0, 0, RACK_AWARE },
    INT("replica.socket.receive.buffer.bytes", -1),
    INT("socket.receive.buffer.bytes", -1),
    INT("socket.request.max.bytes", 1),
    INT("socket.send.buffer.bytes", -1),
    INT("transaction.max.timeout.ms", 1),
    INT("transaction.state.log.min.isr", 1),
    { "transaction.state.log.replication.factor", NUMBER, 1, INT16_MAX, NULL },
    INT("transactional.id.expiration.ms", 1),
    { "unclean.leader.election.enable", BOOLEAN, 0, 0, NULL },
};

const struct member members_configuration[] = {
    { .name = "name", .kind = MEMBER_TEXT, .required = true, .min = 1, .max = NAME_MAX_CHARACTERS },
    { .name = "description", .kind = MEMBER_TEXT, .max = DESCRIPTION_MAX },
    { .name = "kafkaVersions", .kind = MEMBER_TEXT_LIST, .max = 100 },
    { .name = "serverProperties",
      .kind = MEMBER_TEXT,
      .required = true,
      .max = 2 * CONFIGURATION_BYTES_MAX },
    { .name = NULL },
};

const struct member members_configuration_revision[] = {
    { .name = "description", .kind = MEMBER_TEXT, .max = DESCRIPTION_MAX },
    { .name = "serverProperties",
      .kind = MEMBER_TEXT,
      .required = true,
      .max = 2 * CONFIGURATION_BYTES_MAX },
    { .name = NULL },
};

const struct member members_configuration_info[] = {
    { .name = "arn", .kind = MEMBER_TEXT, .required = true, .min = 1, .max = 2048 },
    { .name = "revision", .kind = MEMBER_INTEGER, .required = true, .min = 1 },
    { .name = NULL },
};

const char *configuration_name(const json_t *in, struct refusal *r)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
    const char *name = json_string_value(json_object_get(in, "name"));

    if (!name[strspn(name, letters)] && *name != '-')
        return name;
    refuse(
        r, "name",
        "The parameter value contains one or more characters that are not valid. name: '%s' must "
        "have letters, digits and hyphens alone and not begin with a hyphen.",
        name);
    return NULL;
}

char *configuration_text(const char *base64, struct refusal *r)
{
    size_t n = strlen(base64), padding = 0;
    char *text = mem_resize_array(NULL, n + 4, 1);
    int length = n % 4 == 0
                     ? EVP_DecodeBlock((unsigned char *)text, (const unsigned char *)base64, (int)n)
                     : -1;

    while (padding < 2 && padding < n && base64[n - 1 - padding] == '=')
        padding++;
    text[length < 0 ? 0 : (size_t)length - padding] = '\0';
    if (length < 0 || strlen(text) != (size_t)length - padding)
        refuse(r, "serverProperties",
               "serverProperties: must be text in base64, without NUL characters.");
    else if (strlen(text) > CONFIGURATION_BYTES_MAX)
        refuse(r, "serverProperties", "serverProperties: %zu bytes are more than %d.", strlen(text),
               CONFIGURATION_BYTES_MAX);
    else
        return text;
    mem_free(text);
    return NULL;
}

char *configuration_base64(const char *text)
{
    size_t n = strlen(text);
    char *ret = mem_resize_array(NULL, n / 3 * 4 + 8, 1);

    (void)EVP_EncodeBlock((unsigned char *)ret, (const unsigned char *)text, (int)n);
    return ret;
}

static const struct property *find(const char *name)
{
    for (size_t i = 0; i < sizeof(properties) / sizeof(properties[0]); i++)
        if (strcmp(properties[i].name, name) == 0)
            return &properties[i];
    return NULL;
}

static bool is_choice(const char *choices, const char *value)
{
    size_t n = strlen(value);

    for (const char *c = choices; *c;) {
        size_t length = strcspn(c, ",");

        /* ';' stands for the comma inside of a choice */
        if (length == n) {
            size_t i = 0;

            while (i < n && value[i] == (c[i] == ';' ? ',' : c[i]))
                i++;
            if (i == n)
                return true;
        }
        c += length + (c[length] == ',');
    }
    return false;
}

static bool check_number(const struct property *p, const char *value, struct refusal *r)
{
    char *end;
    long long n = strtoll(value, &end, 10);

    return (*value && !*end && n >= p->low && n <= p->high) ||
           refuse(r, "serverProperties",
                  "serverProperties: %s: '%.64s' must be a whole number of %lld to %lld.", p->name,
                  value, (long long)p->low, (long long)p->high);
}

static bool check_real(const struct property *p, const char *value, struct refusal *r)
{
    char *end;
    double n = strtod(value, &end);

    return (*value && !*end && n >= (double)p->low && n <= (double)p->high) ||
           refuse(r, "serverProperties",
                  "serverProperties: %s: '%.64s' must be a number of %lld to %lld.", p->name, value,
                  (long long)p->low, (long long)p->high);
}

static bool check(const char *name, const char *value, struct refusal *r)
{
    const struct property *p = find(name);

    if (!p)
        return refuse(r, "serverProperties",
                      "serverProperties: '%.100s' is no property that a configuration may set.",
                      name);
    switch (p->kind) {
    case NUMBER:
        return check_number(p, value, r);
    case REAL:
        return check_real(p, value, r);
    case BOOLEAN:
        return strcmp(value, "true") == 0 || strcmp(value, "false") == 0 ||
               refuse(r, "serverProperties", "serverProperties: %s: '%.64s' must be true or false.",
                      name, value);
    case TEXT:
        break;
    }
    return is_choice(p->choices, value) ||
           refuse(r, "serverProperties", "serverProperties: %s: '%.64s' must be one of %s.", name,
                  value, p->choices);
}

json_t *configuration_properties(struct str text, struct refusal *r)
{
    OWNED(properties) parsed = NULL;
    json_t *ret = NULL;
    struct why reason;

    if (properties_parse(text, &parsed, &reason)) {
        refuse(r, "serverProperties", "serverProperties: %s.", reason.text);
        return NULL;
    }
    ret = json_object();
    for (size_t i = 0; i < properties_n(parsed); i++) {
        if (!check(properties_key(parsed, i), properties_value(parsed, i), r)) {
            json_decref(ret);
            return NULL;
        }
        json_object_set_new(ret, properties_key(parsed, i),
                            json_string(properties_value(parsed, i)));
    }
    return ret;
}

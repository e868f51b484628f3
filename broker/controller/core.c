#include "broker/controller/core.h"

#include <stdarg.h>
#include <stdio.h>

#include "broker/server/topic_config.h"
#include "common/invariant.h"
#include "common/mem.h"

void records_done(struct records *r)
{
    buf_done(&r->bytes);
    buf_done(&r->ends);
}

void records_clear(struct records *r)
{
    records_cut(r, 0);
}

static size_t end_of(const struct records *r, int i)
{
    size_t end;

    if (i < 0)
        return 0;
    memcpy(&end, r->ends.p + (size_t)i * sizeof(end), sizeof(end));
    return end;
}

void records_put(struct records *r, enum metadata_record type, int16_t version, const void *msg)
{
    size_t end;

    record_put(&r->bytes, type, version, msg);
    end = r->bytes.n;
    buf_put(&r->ends, &end, sizeof(end));
    r->n++;
}

struct slice records_at(const struct records *r, int i)
{
    size_t begin = end_of(r, i - 1);

    INVARIANT(i < r->n);
    return slice_make(r->bytes.p + begin, end_of(r, i) - begin);
}

void records_cut(struct records *r, int n)
{
    INVARIANT(n <= r->n);
    r->bytes.n = end_of(r, n - 1);
    r->ends.n = (size_t)n * sizeof(size_t);
    r->n = n;
}

decide_fn core_decide(int16_t api_key)
{
    switch (api_key) {
    case KF_API_BROKER_REGISTRATION: return decide_broker_registration;
    case KF_API_BROKER_HEARTBEAT: return decide_broker_heartbeat;
    case KF_API_UNREGISTER_BROKER: return decide_unregister_broker;
    case KF_API_CONTROLLER_REGISTRATION: return decide_controller_registration;
    case KF_API_CREATE_TOPICS: return decide_create_topics;
    case KF_API_DELETE_TOPICS: return decide_delete_topics;
    case KF_API_CREATE_PARTITIONS: return decide_create_partitions;
    case KF_API_ALTER_PARTITION: return decide_alter_partition;
    case KF_API_ELECT_LEADERS: return decide_elect_leaders;
    case KF_API_ASSIGN_REPLICAS_TO_DIRS: return decide_assign_replicas_to_dirs;
    case KF_API_INCREMENTAL_ALTER_CONFIGS: return decide_incremental_alter_configs;
    case KF_API_ALTER_CONFIGS: return decide_alter_configs;
    case KF_API_DESCRIBE_CONFIGS: return decide_describe_configs;
    case KF_API_ALLOCATE_PRODUCER_IDS: return decide_allocate_producer_ids;
    case KF_API_UPDATE_FEATURES: return decide_update_features;
    case KF_API_DESCRIBE_CLUSTER: return decide_describe_cluster;
    case KF_API_ALTER_CLIENT_QUOTAS: return decide_alter_client_quotas;
    case KF_API_ALTER_USER_SCRAM_CREDENTIALS: return decide_alter_user_scram_credentials;
    case KF_API_CREATE_DELEGATION_TOKEN: return decide_create_delegation_token;
    case KF_API_RENEW_DELEGATION_TOKEN: return decide_renew_delegation_token;
    case KF_API_EXPIRE_DELEGATION_TOKEN: return decide_expire_delegation_token;
    case KF_API_DESCRIBE_ACLS: return decide_describe_acls;
    case KF_API_CREATE_ACLS: return decide_create_acls;
    case KF_API_DELETE_ACLS: return decide_delete_acls;
    case KF_API_LIST_PARTITION_REASSIGNMENTS: return decide_list_partition_reassignments;
    case KF_API_ALTER_PARTITION_REASSIGNMENTS: return decide_alter_partition_reassignments;
    default: return NULL;
    }
}

void core_init(struct core *c, struct image *image)
{
    memset(c, 0, sizeof(*c));
    c->image = image;
    image_index_brokers(image);
    c->session_timeout_ms = 9000;
    rng_seed(&c->rng, 1);
}

void core_done(struct core *c)
{
    mem_free(c->contacts);
    c->contacts = NULL;
    c->contacts_n = 0;
}

struct contact *core_contact(struct core *c, int32_t id)
{
    for (int n = 0; n < c->contacts_n; n++) {
        if (c->contacts[n].id == id)
            return &c->contacts[n];
    }
    c->contacts = mem_resize_array(c->contacts, (size_t)c->contacts_n + 1, sizeof(*c->contacts));
    c->contacts[c->contacts_n] = (struct contact){ .id = id, .epoch = -1, .shutdown_offset = -1 };
    return &c->contacts[c->contacts_n++];
}

void core_activate(struct core *c, int64_t now_ms)
{
    const struct broker_registration *b;
    int64_t grace_ms = FIRST_SESSION_MS_MIN - c->session_timeout_ms;
    size_t at = 0;

    c->balance_at_ms =
        now_ms + 1000 * core_config_int(c, "leader.imbalance.check.interval.seconds", 300);
    c->unclean_at_ms = now_ms; /* the config may have changed since */
    while ((b = image_broker_next(c->image, &at))) {
        struct contact *x = core_contact(c, b->id);

        *x = (struct contact){ b->id, b->epoch, now_ms + (grace_ms > 0 ? grace_ms : 0), -1, -1 };
    }
}

void core_stood_still(struct core *c, int64_t ms)
{
    for (int n = 0; n < c->contacts_n; n++)
        c->contacts[n].heard_ms += ms;
}

int16_t core_level(const struct core *c)
{
    return image_feature(c->image, "metadata.version");
}

bool core_elr(const struct core *c)
{
    return image_feature(c->image, "eligible.leader.replicas.version") > 0;
}

struct uuid core_new_id(struct core *c)
{
    struct uuid id;

    do {
        uint64_t high = rng_next(&c->rng), low = rng_next(&c->rng);

        memcpy(id.b, &high, 8);
        memcpy(id.b + 8, &low, 8);
        id.b[6] = (uint8_t)((id.b[6] & 0x0f) | 0x40);
        id.b[8] = (uint8_t)((id.b[8] & 0x3f) | 0x80);
    } while (!uuid_usable(&id) || image_topic_by_id(c->image, &id));
    return id;
}

const char *core_text(const struct call *k, const char *format, ...)
{
    char *text = arena_alloc(k->a, 512);
    va_list args;

    va_start(args, format);
    vsnprintf(text, 512, format, args);
    va_end(args);
    return text;
}

static const char *recorded(const struct core *c, const char *node, const char *name)
{
    const char *text = image_config(c->image, RESOURCE_BROKER, str_of(node), name);

    return text && config_dynamic_valid(name, text, *node) ? text : NULL;
}

const char *core_config_text(const struct core *c, const char *name)
{
    char id[16];
    const char *text;

    snprintf(id, sizeof(id), "%d", c->node_id);
    text = recorded(c, id, name);
    if (!text)
        text = recorded(c, "", name);
    return text || !c->config ? text : c->config(c->config_ctx, name);
}

int64_t core_config_int(const struct core *c, const char *name, int64_t otherwise)
{
    const char *text = core_config_text(c, name);
    int64_t n;

    return text && config_parse_int64(text, &n) ? n : otherwise;
}

const struct partition_state *core_partition(const struct topic_state *t, int32_t id)
{
    return t && id >= 0 && id < t->partitions_n && t->partitions[id].directories
               ? &t->partitions[id]
               : NULL;
}

int16_t core_check_epoch(const struct core *c, int32_t broker, int64_t epoch)
{
    const struct broker_registration *b = image_broker(c->image, broker);

    return b && b->epoch == epoch ? KF_ERR_NONE : KF_ERR_STALE_BROKER_EPOCH;
}

#include "broker/metadata/image_internal.h"

#include "api/kafka/msg/config_record.h"
#include "api/kafka/msg/feature_level_record.h"
#include "api/kafka/msg/partition_record.h"
#include "api/kafka/msg/register_broker_record.h"
#include "api/kafka/msg/register_controller_record.h"
#include "api/kafka/msg/topic_record.h"

/* One snapshot being written. */
struct out {
    const struct image *i;
    int16_t level;
    err_t (*emit)(void *ctx, struct slice record);
    void *ctx;
    struct buf record;
    err_t e; /* sticky */
};

static void put(struct out *o, enum metadata_record type, int16_t version, const void *msg)
{
    if (o->e)
        return;
    buf_clear(&o->record);
    record_put(&o->record, type, version, msg);
    o->e = o->emit(o->ctx, buf_slice(&o->record));
}

static void put_feature(struct out *o, const char *name, int16_t level)
{
    put(o, RECORD_FEATURE_LEVEL, 0, &(struct kf_feature_level_record){ str_of(name), level });
}

static void put_features(struct out *o)
{
    if (o->level)
        put_feature(o, "metadata.version", o->level);
    for (size_t n = 0; n < o->i->features.n; n++) {
        const struct feature *f = o->i->features.p[n];

        if (strcmp(f->name, "metadata.version") != 0)
            put_feature(o, f->name, f->level);
    }
}

static void put_broker(struct out *o, const struct broker_registration *b)
{
    struct kf_register_broker_record r;
    OWNED_ARENA arena = { 0 };

    kf_init(&kf_register_broker_record_schema, &r);
    r.broker_id = b->id;
    r.incarnation_id = b->incarnation;
    r.broker_epoch = b->epoch;
    r.rack = str_of(b->rack);
    r.fenced = b->fenced;
    r.in_controlled_shutdown = b->in_controlled_shutdown;
    r.end_points_n = b->endpoints_n;
    r.end_points = arena_array(&arena, (size_t)b->endpoints_n + 1, sizeof(*r.end_points));
    for (int32_t k = 0; k < b->endpoints_n; k++)
        r.end_points[k] = (struct kf_register_broker_record_broker_endpoint){
            str_of(b->endpoints[k].name),
            str_of(b->endpoints[k].host),
            b->endpoints[k].port,
            b->endpoints[k].security_protocol,
        };
    r.features_n = b->features_n;
    r.features = arena_array(&arena, (size_t)b->features_n + 1, sizeof(*r.features));
    for (int32_t k = 0; k < b->features_n; k++)
        r.features[k] = (struct kf_register_broker_record_broker_feature){
            str_of(b->features[k].name),
            b->features[k].min,
            b->features[k].max,
        };
    r.log_dirs = b->log_dirs;
    r.log_dirs_n = o->level >= METADATA_VERSION_DIRECTORIES ? b->log_dirs_n : 0;
    r.cordoned_log_dirs = b->cordoned_log_dirs;
    r.cordoned_log_dirs_n = o->level >= 30 ? b->cordoned_log_dirs_n : -1;
    put(o, RECORD_REGISTER_BROKER, record_version_register_broker(o->level), &r);
}

static void put_controller(struct out *o, const struct controller_registration *c)
{
    struct kf_register_controller_record r;
    OWNED_ARENA arena = { 0 };

    kf_init(&kf_register_controller_record_schema, &r);
    r.controller_id = c->id;
    r.incarnation_id = c->incarnation;
    r.end_points_n = c->endpoints_n;
    r.end_points = arena_array(&arena, (size_t)c->endpoints_n + 1, sizeof(*r.end_points));
    for (int32_t k = 0; k < c->endpoints_n; k++)
        r.end_points[k] = (struct kf_register_controller_record_controller_endpoint){
            str_of(c->endpoints[k].name),
            str_of(c->endpoints[k].host),
            c->endpoints[k].port,
            c->endpoints[k].security_protocol,
        };
    r.features_n = c->features_n;
    r.features = arena_array(&arena, (size_t)c->features_n + 1, sizeof(*r.features));
    for (int32_t k = 0; k < c->features_n; k++)
        r.features[k] = (struct kf_register_controller_record_controller_feature){
            str_of(c->features[k].name),
            c->features[k].min,
            c->features[k].max,
        };
    put(o, RECORD_REGISTER_CONTROLLER, 0, &r);
}

static void put_partition(struct out *o, const struct topic_state *t, int32_t id)
{
    const struct partition_state *p = &t->partitions[id];
    struct kf_partition_record r;

    kf_init(&kf_partition_record_schema, &r);
    r.partition_id = id;
    r.topic_id = t->id;
    r.replicas = p->replicas, r.replicas_n = p->replicas_n;
    r.isr = p->isr, r.isr_n = p->isr_n;
    r.removing_replicas = p->removing, r.removing_replicas_n = p->removing_n;
    r.adding_replicas = p->adding, r.adding_replicas_n = p->adding_n;
    r.leader = p->leader;
    r.leader_recovery_state = p->leader_recovery;
    r.leader_epoch = p->leader_epoch;
    r.partition_epoch = p->partition_epoch;
    if (o->level >= METADATA_VERSION_DIRECTORIES)
        r.directories = p->directories, r.directories_n = p->replicas_n;
    if (o->level >= METADATA_VERSION_ELR && p->elr_n)
        r.eligible_leader_replicas = p->elr, r.eligible_leader_replicas_n = p->elr_n;
    if (o->level >= METADATA_VERSION_ELR && p->last_known_elr_n)
        r.last_known_elr = p->last_known_elr, r.last_known_elr_n = p->last_known_elr_n;
    put(o, RECORD_PARTITION, record_version_partition(o->level), &r);
}

static void put_topic(struct out *o, const struct topic_state *t)
{
    put(o, RECORD_TOPIC, 0, &(struct kf_topic_record){ str_of(t->name), t->id });
    for (int32_t id = 0; id < t->partitions_n; id++) {
        if (t->partitions[id].directories)
            put_partition(o, t, id);
    }
}

static void put_configs(struct out *o)
{
    for (size_t n = 0; n < o->i->configs.n; n++) {
        const struct config_resource *r = o->i->configs.p[n];

        for (size_t k = 0; k < r->pairs.n; k++) {
            const struct config_pair *pair = r->pairs.p[k];

            put(o, RECORD_CONFIG, 0,
                &(struct kf_config_record){ r->type, str_of(r->name), str_of(pair->key),
                                            str_of(pair->value) });
        }
    }
}

static void put_kept(struct out *o)
{
    static const int order[] = { RECORD_CLIENT_QUOTA, RECORD_PRODUCER_IDS,
                                 RECORD_ACCESS_CONTROL_ENTRY, RECORD_USER_SCRAM_CREDENTIAL,
                                 RECORD_DELEGATION_TOKEN };

    for (size_t n = 0; n < ARRAY_LEN(order); n++) {
        for (size_t k = 0; k < o->i->kept.n && !o->e; k++) {
            const struct kept *x = o->i->kept.p[k];

            if (x->type == order[n])
                o->e = o->emit(o->ctx, buf_slice(&x->record));
        }
    }
}

err_t image_snapshot(const struct image *i, err_t (*emit)(void *ctx, struct slice record),
                     void *ctx)
{
    struct out o = { i, image_feature(i, "metadata.version"), emit, ctx, { 0 }, ERR_OK };

    put_features(&o);
    for (size_t n = 0; n < i->brokers.n; n++)
        put_broker(&o, i->brokers.p[n]);
    for (size_t n = 0; n < i->controllers.n; n++)
        put_controller(&o, i->controllers.p[n]);
    for (size_t n = 0; n < i->topics.n && !o.e; n++)
        put_topic(&o, i->topics.p[n]);
    put_configs(&o);
    put_kept(&o);
    buf_done(&o.record);
    return o.e;
}

static void dump_ids(struct buf *b, const char *name, const int32_t *ids, int32_t n)
{
    buf_printf(b, " %s=", name);
    for (int32_t k = 0; k < n; k++)
        buf_printf(b, "%s%d", k ? "," : "", ids[k]);
}

static void dump_topic(const struct topic_state *t, struct buf *b)
{
    buf_printf(b, "topic %s id=%s\n", t->name, uuid_print(&t->id).text);
    for (int32_t id = 0; id < t->partitions_n; id++) {
        const struct partition_state *p = &t->partitions[id];

        if (!p->directories)
            continue;
        buf_printf(b, "partition %s-%d leader=%d leader_epoch=%d partition_epoch=%d", t->name, id,
                   p->leader, p->leader_epoch, p->partition_epoch);
        dump_ids(b, "replicas", p->replicas, p->replicas_n);
        dump_ids(b, "isr", p->isr, p->isr_n);
        if (p->adding_n || p->removing_n) {
            dump_ids(b, "adding", p->adding, p->adding_n);
            dump_ids(b, "removing", p->removing, p->removing_n);
        }
        if (p->elr_n || p->last_known_elr_n) {
            dump_ids(b, "elr", p->elr, p->elr_n);
            dump_ids(b, "last_known_elr", p->last_known_elr, p->last_known_elr_n);
        }
        buf_put_text(b, "\n");
    }
}

void image_dump(const struct image *i, struct buf *ret)
{
    buf_printf(ret, "image offset=%lld topics=%zu partitions=%zu\n", (long long)i->offset,
               i->topics.n, i->partitions_n);
    for (size_t n = 0; n < i->features.n; n++) {
        const struct feature *f = i->features.p[n];

        buf_printf(ret, "feature %s level=%d\n", f->name, f->level);
    }
    for (size_t n = 0; n < i->brokers.n; n++) {
        const struct broker_registration *b = i->brokers.p[n];

        buf_printf(ret, "broker %d epoch=%lld fenced=%d shutdown=%d rack=%s\n", b->id,
                   (long long)b->epoch, b->fenced, b->in_controlled_shutdown,
                   b->rack ? b->rack : "-");
    }
    for (size_t n = 0; n < i->topics.n; n++)
        dump_topic(i->topics.p[n], ret);
    for (size_t n = 0; n < i->configs.n; n++) {
        const struct config_resource *r = i->configs.p[n];

        for (size_t k = 0; k < r->pairs.n; k++) {
            const struct config_pair *pair = r->pairs.p[k];

            buf_printf(ret, "config %d/%s %s=%s\n", r->type, r->name, pair->key, pair->value);
        }
    }
}

#include "broker/metadata/image_internal.h"

#include "api/kafka/msg/broker_registration_change_record.h"
#include "api/kafka/msg/fence_broker_record.h"
#include "api/kafka/msg/register_broker_record.h"
#include "api/kafka/msg/register_controller_record.h"
#include "api/kafka/msg/unfence_broker_record.h"
#include "api/kafka/msg/unregister_broker_record.h"

static int broker_by_id(const void *item, const void *key)
{
    int32_t id = ((const struct broker_registration *)item)->id, k = *(const int32_t *)key;

    return (id > k) - (id < k);
}

static int controller_by_id(const void *item, const void *key)
{
    int32_t id = ((const struct controller_registration *)item)->id, k = *(const int32_t *)key;

    return (id > k) - (id < k);
}

const struct broker_registration *image_broker(const struct image *i, int32_t id)
{
    return vec_get(&i->brokers, broker_by_id, &id);
}

const struct broker_registration *image_broker_next(const struct image *i, size_t *at)
{
    return *at < i->brokers.n ? i->brokers.p[(*at)++] : NULL;
}

const struct controller_registration *image_controller(const struct image *i, int32_t id)
{
    return vec_get(&i->controllers, controller_by_id, &id);
}

const struct controller_registration *image_controller_next(const struct image *i, size_t *at)
{
    return *at < i->controllers.n ? i->controllers.p[(*at)++] : NULL;
}

static void endpoints_free(struct endpoint *e, int32_t n)
{
    for (int32_t k = 0; k < n; k++) {
        mem_free(e[k].name);
        mem_free(e[k].host);
    }
    mem_free(e);
}

static void features_free(struct feature_range *f, int32_t n)
{
    for (int32_t k = 0; k < n; k++)
        mem_free(f[k].name);
    mem_free(f);
}

static void broker_free(struct broker_registration *b)
{
    endpoints_free(b->endpoints, b->endpoints_n);
    features_free(b->features, b->features_n);
    mem_free(b->log_dirs);
    mem_free(b->cordoned_log_dirs);
    mem_free(b->rack);
    mem_free(b);
}

static void controller_free(struct controller_registration *c)
{
    endpoints_free(c->endpoints, c->endpoints_n);
    features_free(c->features, c->features_n);
    mem_free(c);
}

void image_free_nodes(struct image *i)
{
    for (size_t n = 0; n < i->brokers.n; n++)
        broker_free(i->brokers.p[n]);
    for (size_t n = 0; n < i->controllers.n; n++)
        controller_free(i->controllers.p[n]);
    mem_free(i->brokers.p);
    mem_free(i->controllers.p);
}

static void uuids_set(struct uuid **ret, int32_t *ret_n, const struct uuid *from, int32_t n)
{
    mem_free(*ret);
    *ret = NULL;
    *ret_n = n;
    if (n <= 0)
        return;
    *ret = mem_resize_array(NULL, (size_t)n, sizeof(**ret));
    memcpy(*ret, from, (size_t)n * sizeof(**ret));
}

/* Both registration records have endpoint and feature structs of the same shape. */
#define COPY_ENDPOINTS(to, r)                                                                  \
    do {                                                                                       \
        (to)->endpoints_n = (r)->end_points_n;                                                 \
        (to)->endpoints = mem_zero(((size_t)(r)->end_points_n + 1) * sizeof(struct endpoint)); \
        for (int32_t k = 0; k < (r)->end_points_n; k++)                                        \
            (to)->endpoints[k] = (struct endpoint){                                            \
                mem_strndup((r)->end_points[k].name.p, (r)->end_points[k].name.n),             \
                mem_strndup((r)->end_points[k].host.p, (r)->end_points[k].host.n),             \
                (r)->end_points[k].port,                                                       \
                (r)->end_points[k].security_protocol,                                          \
            };                                                                                 \
    } while (0)
#define COPY_FEATURES(to, r)                                                                     \
    do {                                                                                         \
        (to)->features_n = (r)->features_n;                                                      \
        (to)->features = mem_zero(((size_t)(r)->features_n + 1) * sizeof(struct feature_range)); \
        for (int32_t k = 0; k < (r)->features_n; k++)                                            \
            (to)->features[k] = (struct feature_range){                                          \
                mem_strndup((r)->features[k].name.p, (r)->features[k].name.n),                   \
                (r)->features[k].min_supported_version,                                          \
                (r)->features[k].max_supported_version,                                          \
            };                                                                                   \
    } while (0)

static void tell_broker(const struct applying *a, int32_t id)
{
    image_tell(a, &(struct image_change){ .kind = IMAGE_BROKER, .broker_id = id });
}

err_t apply_register_broker(const struct applying *a, const void *msg)
{
    const struct kf_register_broker_record *r = msg;
    struct broker_registration *b = mem_new(struct broker_registration);
    bool found;
    size_t at = vec_find(&a->i->brokers, broker_by_id, &r->broker_id, &found);

    b->id = r->broker_id;
    b->epoch = r->broker_epoch;
    b->register_offset = a->offset;
    b->incarnation = r->incarnation_id;
    b->rack = r->rack.p ? mem_strndup(r->rack.p, r->rack.n) : NULL;
    b->fenced = r->fenced;
    b->in_controlled_shutdown = r->in_controlled_shutdown;
    COPY_ENDPOINTS(b, r);
    COPY_FEATURES(b, r);
    uuids_set(&b->log_dirs, &b->log_dirs_n, r->log_dirs, r->log_dirs_n);
    uuids_set(&b->cordoned_log_dirs, &b->cordoned_log_dirs_n, r->cordoned_log_dirs,
              r->cordoned_log_dirs_n);
    if (found) {
        broker_free(a->i->brokers.p[at]);
        a->i->brokers.p[at] = b;
    } else {
        vec_insert(&a->i->brokers, at, b);
    }
    tell_broker(a, b->id);
    return ERR_OK;
}

/* The registration that a record speaks of; NULL with the reason when there is none. */
static struct broker_registration *named(const struct applying *a, const char *what, int32_t id,
                                         int64_t epoch)
{
    struct broker_registration *b = vec_get(&a->i->brokers, broker_by_id, &id);

    if (b && b->epoch == epoch)
        return b;
    why(a->reterr, ERR_CORRUPT, "%s at offset %lld is for broker %d epoch %lld, but %s %lld", what,
        (long long)a->offset, id, (long long)epoch,
        b ? "its epoch is" : "none is registered; found", (long long)(b ? b->epoch : -1));
    return NULL;
}

err_t apply_unregister_broker(const struct applying *a, const void *msg)
{
    const struct kf_unregister_broker_record *r = msg;
    struct broker_registration *b =
        named(a, "UnregisterBrokerRecord", r->broker_id, r->broker_epoch);
    bool found;

    if (!b)
        return ERR_CORRUPT;
    vec_remove(&a->i->brokers, vec_find(&a->i->brokers, broker_by_id, &r->broker_id, &found));
    broker_free(b);
    tell_broker(a, r->broker_id);
    return ERR_OK;
}

static err_t set_fenced(const struct applying *a, const char *what, int32_t id, int64_t epoch,
                        bool fenced)
{
    struct broker_registration *b = named(a, what, id, epoch);

    if (!b)
        return ERR_CORRUPT;
    b->fenced = fenced;
    tell_broker(a, id);
    return ERR_OK;
}

err_t apply_fence_broker(const struct applying *a, const void *msg)
{
    const struct kf_fence_broker_record *r = msg;

    return set_fenced(a, "FenceBrokerRecord", r->id, r->epoch, true);
}

err_t apply_unfence_broker(const struct applying *a, const void *msg)
{
    const struct kf_unfence_broker_record *r = msg;

    return set_fenced(a, "UnfenceBrokerRecord", r->id, r->epoch, false);
}

err_t apply_registration_change(const struct applying *a, const void *msg)
{
    const struct kf_broker_registration_change_record *r = msg;
    struct broker_registration *b =
        named(a, "BrokerRegistrationChangeRecord", r->broker_id, r->broker_epoch);

    if (!b)
        return ERR_CORRUPT;
    if (r->fenced)
        b->fenced = r->fenced > 0;
    if (r->in_controlled_shutdown)
        b->in_controlled_shutdown = r->in_controlled_shutdown > 0;
    if (r->log_dirs_n > 0)
        uuids_set(&b->log_dirs, &b->log_dirs_n, r->log_dirs, r->log_dirs_n);
    if (r->cordoned_log_dirs_n >= 0)
        uuids_set(&b->cordoned_log_dirs, &b->cordoned_log_dirs_n, r->cordoned_log_dirs,
                  r->cordoned_log_dirs_n);
    tell_broker(a, b->id);
    return ERR_OK;
}

err_t apply_register_controller(const struct applying *a, const void *msg)
{
    const struct kf_register_controller_record *r = msg;
    struct controller_registration *c = mem_new(struct controller_registration);
    bool found;
    size_t at = vec_find(&a->i->controllers, controller_by_id, &r->controller_id, &found);

    c->id = r->controller_id;
    c->incarnation = r->incarnation_id;
    COPY_ENDPOINTS(c, r);
    COPY_FEATURES(c, r);
    if (found) {
        controller_free(a->i->controllers.p[at]);
        a->i->controllers.p[at] = c;
    } else {
        vec_insert(&a->i->controllers, at, c);
    }
    image_tell(a, &(struct image_change){ .kind = IMAGE_OTHER });
    return ERR_OK;
}

/* Brokers come, beat, go: registration, heartbeats, fencing, controlled shutdown. */
#include "broker/controller/core.h"

#include "api/kafka/msg/allocate_producer_ids.h"
#include "api/kafka/msg/broker_heartbeat.h"
#include "api/kafka/msg/broker_registration.h"
#include "api/kafka/msg/broker_registration_change_record.h"
#include "api/kafka/msg/controller_registration.h"
#include "api/kafka/msg/producer_ids_record.h"
#include "api/kafka/msg/register_broker_record.h"
#include "api/kafka/msg/register_controller_record.h"
#include "api/kafka/msg/unregister_broker.h"
#include "api/kafka/msg/unregister_broker_record.h"
#include "common/invariant.h"

enum { CONTROLLER_REGISTRATION_SINCE = 15 };

static bool alive(const struct call *k, int32_t id)
{
    const struct contact *x = core_contact(k->c, id);

    return x->epoch >= 0 && k->now_ms - x->heard_ms < k->c->session_timeout_ms;
}

static bool reserved(const struct uuid *u)
{
    for (int n = 0; n < 15; n++) {
        if (u->b[n])
            return false;
    }
    return u->b[15] < 100;
}

static bool owned_by_another(const struct call *k, int32_t broker, const struct uuid *dir)
{
    const struct broker_registration *b;
    size_t at = 0;

    while ((b = image_broker_next(k->c->image, &at))) {
        for (int32_t n = 0; b->id != broker && n < b->log_dirs_n; n++) {
            if (uuid_eq(&b->log_dirs[n], dir))
                return true;
        }
    }
    return false;
}

static int16_t check_dirs(const struct call *k, const struct kf_broker_registration_request *r)
{
    if (core_level(k->c) < METADATA_VERSION_DIRECTORIES)
        return KF_ERR_NONE;
    if (r->log_dirs_n <= 0)
        return KF_ERR_INVALID_REGISTRATION;
    for (int32_t n = 0; n < r->log_dirs_n; n++) {
        if (reserved(&r->log_dirs[n]) || owned_by_another(k, r->broker_id, &r->log_dirs[n]))
            return KF_ERR_INVALID_REGISTRATION;
        for (int32_t m = 0; m < n; m++) {
            if (uuid_eq(&r->log_dirs[n], &r->log_dirs[m]))
                return KF_ERR_INVALID_REGISTRATION;
        }
    }
    return KF_ERR_NONE;
}

/* Every finalized feature is supported at its level, and metadata.version is among them. */
static int16_t check_features(const struct call *k, const struct kf_broker_registration_request *r)
{
    const char *name;
    int16_t level;
    size_t at = 0;
    bool metadata_version = false;

    for (int32_t n = 0; n < r->features_n; n++) {
        OWNED_ARENA a = { 0 };

        metadata_version |= str_is(r->features[n].name, "metadata.version");
        level = image_feature(k->c->image, arena_text(&a, r->features[n].name));
        if (!str_is(r->features[n].name, "kraft.version") &&
            (level < r->features[n].min_supported_version ||
             level > r->features[n].max_supported_version))
            return KF_ERR_UNSUPPORTED_VERSION;
    }
    if (!metadata_version)
        return KF_ERR_INVALID_REGISTRATION;
    while (image_feature_next(k->c->image, &at, &name, &level)) {
        bool known = false;

        for (int32_t n = 0; n < r->features_n; n++)
            known |= str_is(r->features[n].name, name);
        if (!known)
            return KF_ERR_UNSUPPORTED_VERSION;
    }
    return KF_ERR_NONE;
}

/* The same directories and the same addresses: their lock and their ports were free, so the
 * process that had them is dead, whatever its session says. */
static bool same_place(const struct broker_registration *b,
                       const struct kf_broker_registration_request *r)
{
    if (r->log_dirs_n <= 0 || b->log_dirs_n != r->log_dirs_n || b->endpoints_n != r->listeners_n)
        return false;
    for (int32_t n = 0; n < r->log_dirs_n; n++) {
        if (!uuid_eq(&b->log_dirs[n], &r->log_dirs[n]))
            return false;
    }
    for (int32_t n = 0; n < r->listeners_n; n++) {
        if (!str_is(r->listeners[n].host, b->endpoints[n].host) ||
            r->listeners[n].port != b->endpoints[n].port)
            return false;
    }
    return true;
}

/* Apache Kafka lets every successor of an unfenced broker wait for the end of the session. */
static bool still_lives(const struct call *k, const struct broker_registration *b,
                        const struct kf_broker_registration_request *r)
{
    return !b->fenced && !b->in_controlled_shutdown && alive(k, b->id) && !same_place(b, r);
}

static int16_t check_registration(const struct call *k,
                                  const struct kf_broker_registration_request *r)
{
    const struct broker_registration *b = image_broker(k->c->image, r->broker_id);
    int16_t error;

    if (!str_is(r->cluster_id, k->c->cluster_id))
        return KF_ERR_INCONSISTENT_CLUSTER_ID;
    if (b && !uuid_eq(&b->incarnation, &r->incarnation_id) && still_lives(k, b, r))
        return KF_ERR_DUPLICATE_BROKER_REGISTRATION;
    if (r->is_migrating_zk_broker)
        return KF_ERR_BROKER_ID_NOT_REGISTERED;
    if (r->broker_id < 0)
        return KF_ERR_INVALID_REGISTRATION;
    error = check_dirs(k, r);
    return error ? error : check_features(k, r);
}

static void put_registration(struct call *k, const struct kf_broker_registration_request *r,
                             int64_t epoch, bool fenced, bool in_controlled_shutdown)
{
    struct kf_register_broker_record b;

    kf_init(&kf_register_broker_record_schema, &b);
    b.broker_id = r->broker_id;
    b.incarnation_id = r->incarnation_id;
    b.broker_epoch = epoch;
    b.rack = r->rack;
    b.fenced = fenced;
    b.in_controlled_shutdown = in_controlled_shutdown;
    b.end_points_n = r->listeners_n;
    b.end_points = arena_array(k->a, (size_t)r->listeners_n + 1, sizeof(*b.end_points));
    for (int32_t n = 0; n < r->listeners_n; n++)
        b.end_points[n] = (struct kf_register_broker_record_broker_endpoint){
            r->listeners[n].name,
            r->listeners[n].host,
            r->listeners[n].port,
            r->listeners[n].security_protocol,
        };
    b.features = arena_array(k->a, (size_t)r->features_n + 1, sizeof(*b.features));
    for (int32_t n = 0; n < r->features_n; n++)
        b.features[b.features_n++] = (struct kf_register_broker_record_broker_feature){
            r->features[n].name,
            r->features[n].min_supported_version,
            r->features[n].max_supported_version,
        };
    if (core_level(k->c) >= METADATA_VERSION_DIRECTORIES)
        b.log_dirs = r->log_dirs, b.log_dirs_n = r->log_dirs_n;
    records_put(k->out, RECORD_REGISTER_BROKER, record_version_register_broker(core_level(k->c)),
                &b);
}

void decide_broker_registration(struct call *k, const void *request, void *response)
{
    const struct kf_broker_registration_request *r = request;
    struct kf_broker_registration_response *res = response;
    const struct broker_registration *b = image_broker(k->c->image, r->broker_id);
    bool again = b && uuid_eq(&b->incarnation, &r->incarnation_id);
    struct contact *x;

    res->error_code = check_registration(k, r);
    if (res->error_code)
        return;
    res->broker_epoch = again ? b->epoch : k->next_offset;
    /* Without the epoch of a clean shutdown it may have lost what it had (KIP-966); so has one that was
     * unregistered meanwhile. */
    if (!again)
        change_remove_broker(k, r->broker_id,
                             core_elr(k->c) && (!b || r->previous_broker_epoch != b->epoch));
    put_registration(k, r, res->broker_epoch, again ? b->fenced : true,
                     again && b->in_controlled_shutdown);
    x = core_contact(k->c, r->broker_id);
    *x = (struct contact){ r->broker_id, res->broker_epoch, k->now_ms, -1, -1 };
}

static void put_change(struct call *k, const struct broker_registration *b, int8_t fenced,
                       int8_t shutdown)
{
    struct kf_broker_registration_change_record r;

    kf_init(&kf_broker_registration_change_record_schema, &r);
    r.broker_id = b->id;
    r.broker_epoch = b->epoch;
    r.fenced = fenced;
    r.in_controlled_shutdown = shutdown;
    records_put(k->out, RECORD_BROKER_REGISTRATION_CHANGE,
                record_version_registration_change(core_level(k->c)), &r);
}

/* Out of all ISRs first, then fenced. */
static void fence(struct call *k, const struct broker_registration *b)
{
    change_remove_broker(k, b->id, false);
    put_change(k, b, 1, 0);
    core_contact(k->c, b->id)->shutdown_offset = -1;
}

/* The elections that follow count the broker as unfenced already. */
static void unfence(struct call *k, const struct broker_registration *b)
{
    put_change(k, b, -1, 0);
    change_broker_back(k, b);
}

static bool leads_something(const struct call *k, int32_t broker)
{
    return image_broker_leads(k->c->image, broker) > 0;
}

/* The lowest metadata offset among unfenced brokers that are not `but`. */
static int64_t lowest_offset(const struct call *k, int32_t but)
{
    const struct broker_registration *b;
    int64_t lowest = INT64_MAX;
    size_t at = 0;

    while ((b = image_broker_next(k->c->image, &at))) {
        int64_t offset = core_contact(k->c, b->id)->metadata_offset;

        if (b->id != but && !b->fenced && offset < lowest)
            lowest = offset;
    }
    return lowest;
}

static void shut_down_now(struct call *k, const struct broker_registration *b,
                          struct kf_broker_heartbeat_response *res)
{
    if (!b->fenced)
        fence(k, b);
    res->is_fenced = true;
    res->should_shut_down = true;
}

static void begin_shutdown(struct call *k, const struct broker_registration *b, struct contact *x)
{
    put_change(k, b, 0, 1);
    change_remove_broker(k, b->id, false);
    x->shutdown_offset = k->next_offset + k->out->n - 1;
}

static void unfenced_beat(struct call *k, const struct broker_registration *b,
                          const struct kf_broker_heartbeat_request *r,
                          struct kf_broker_heartbeat_response *res)
{
    struct contact *x = core_contact(k->c, b->id);

    res->is_fenced = false;
    if (r->want_fence && r->want_shut_down) {
        shut_down_now(k, b, res);
    } else if (r->want_fence) {
        fence(k, b);
        res->is_fenced = true;
    } else if (b->in_controlled_shutdown) {
        if (!leads_something(k, b->id) && x->shutdown_offset <= lowest_offset(k, b->id))
            shut_down_now(k, b, res);
    } else if (r->want_shut_down) {
        if (leads_something(k, b->id))
            begin_shutdown(k, b, x);
        else
            shut_down_now(k, b, res);
    }
}

static bool offline_dirs(struct call *k, const struct broker_registration *b,
                         const struct kf_broker_heartbeat_request *r);
static void cordoned_dirs(struct call *k, const struct broker_registration *b,
                          const struct kf_broker_heartbeat_request *r);

void decide_broker_heartbeat(struct call *k, const void *request, void *response)
{
    const struct kf_broker_heartbeat_request *r = request;
    struct kf_broker_heartbeat_response *res = response;
    const struct broker_registration *b = image_broker(k->c->image, r->broker_id);
    struct contact *x;

    res->error_code = core_check_epoch(k->c, r->broker_id, r->broker_epoch);
    if (res->error_code)
        return;
    x = core_contact(k->c, b->id);
    x->epoch = b->epoch;
    x->heard_ms = k->now_ms;
    x->metadata_offset = r->current_metadata_offset;
    res->is_caught_up = r->current_metadata_offset >= b->register_offset;
    res->is_fenced = b->fenced;
    if (r->offline_log_dirs_n > 0 && offline_dirs(k, b, r))
        return; /* what else it wants it says again: the elections must know what has failed */
    if (r->cordoned_log_dirs_n >= 0)
        cordoned_dirs(k, b, r);
    if (!b->fenced) {
        unfenced_beat(k, b, r, res);
        return;
    }
    res->is_fenced = true;
    if (r->want_shut_down)
        res->should_shut_down = true;
    else if (!r->want_fence && res->is_caught_up) {
        unfence(k, b);
        res->is_fenced = false;
    }
}

static bool in(const struct uuid *ids, int32_t n, const struct uuid *id)
{
    for (int32_t i = 0; i < n; i++) {
        if (uuid_eq(&ids[i], id))
            return true;
    }
    return false;
}

/* Where `broker` keeps its replica; it has one. */
static const struct uuid *directory_in(struct image_place at, int32_t broker)
{
    const struct partition_state *p = &at.topic->partitions[at.partition];
    int32_t n = 0;

    while (n < p->replicas_n && p->replicas[n] != broker)
        n++;
    INVARIANT(n < p->replicas_n);
    return &p->directories[n];
}

/* Newly offline directories leave the registration, and their replicas the ISR; false when there are
 * none. */
static bool offline_dirs(struct call *k, const struct broker_registration *b,
                         const struct kf_broker_heartbeat_request *r)
{
    struct kf_broker_registration_change_record c;
    struct uuid *left = arena_array(k->a, (size_t)b->log_dirs_n + 1, sizeof(*left));
    struct image_place place;
    int32_t n = 0;
    size_t at = 0;

    for (int32_t i = 0; i < b->log_dirs_n; i++) {
        if (!in(r->offline_log_dirs, r->offline_log_dirs_n, &b->log_dirs[i]))
            left[n++] = b->log_dirs[i];
    }
    if (n == b->log_dirs_n || n == 0 || core_level(k->c) < METADATA_VERSION_DIRECTORIES)
        return false;
    kf_init(&kf_broker_registration_change_record_schema, &c);
    c.broker_id = b->id;
    c.broker_epoch = b->epoch;
    c.log_dirs = left, c.log_dirs_n = n;
    records_put(k->out, RECORD_BROKER_REGISTRATION_CHANGE,
                record_version_registration_change(core_level(k->c)), &c);
    while (image_broker_partition_next(k->c->image, b->id, IMAGE_IN_ISR, &at, &place)) {
        if (in(r->offline_log_dirs, r->offline_log_dirs_n, directory_in(place, b->id)))
            change_take_out(k, place, b->id, false);
    }
    return true;
}

static bool same_set(const struct uuid *a, int32_t a_n, const struct uuid *b, int32_t b_n)
{
    for (int32_t n = 0; n < a_n; n++) {
        if (!in(b, b_n, &a[n]))
            return false;
    }
    return a_n == b_n;
}

/* Which directories take no new replicas (cordoned.log.dirs), told by the broker in each heartbeat. */
static void cordoned_dirs(struct call *k, const struct broker_registration *b,
                          const struct kf_broker_heartbeat_request *r)
{
    struct kf_broker_registration_change_record c;

    if (core_level(k->c) < METADATA_VERSION_CORDONED ||
        same_set(r->cordoned_log_dirs, r->cordoned_log_dirs_n, b->cordoned_log_dirs,
                 b->cordoned_log_dirs_n))
        return;
    kf_init(&kf_broker_registration_change_record_schema, &c);
    c.broker_id = b->id;
    c.broker_epoch = b->epoch;
    c.cordoned_log_dirs = r->cordoned_log_dirs, c.cordoned_log_dirs_n = r->cordoned_log_dirs_n;
    records_put(k->out, RECORD_BROKER_REGISTRATION_CHANGE,
                record_version_registration_change(core_level(k->c)), &c);
}

int64_t core_tick(struct call *k)
{
    const struct broker_registration *b, *late = NULL;
    int64_t next = k->now_ms + k->c->session_timeout_ms;
    size_t at = 0;

    while ((b = image_broker_next(k->c->image, &at))) {
        const struct contact *x = core_contact(k->c, b->id);
        int64_t due = x->heard_ms + k->c->session_timeout_ms;

        if (b->fenced)
            continue;
        if (due <= k->now_ms && !late)
            late = b;
        else if (due < next)
            next = due;
    }
    if (late) {
        k->c->acted = "broker_session_expired";
        fence(k, late);
    } else {
        int64_t due = elect_tick(k);

        next = due < next ? due : next;
    }
    return late && next < k->now_ms + 1 ? k->now_ms + 1 : next;
}

void decide_unregister_broker(struct call *k, const void *request, void *response)
{
    const struct kf_unregister_broker_request *r = request;
    struct kf_unregister_broker_response *res = response;
    const struct broker_registration *b = image_broker(k->c->image, r->broker_id);

    if (!b) {
        res->error_code = KF_ERR_BROKER_ID_NOT_REGISTERED;
        res->error_message =
            str_of(core_text(k, "Broker ID %d is not currently registered", r->broker_id));
        return;
    }
    change_remove_broker(k, b->id, false);
    records_put(k->out, RECORD_UNREGISTER_BROKER, 0,
                &(struct kf_unregister_broker_record){ b->id, b->epoch });
}

void decide_controller_registration(struct call *k, const void *request, void *response)
{
    const struct kf_controller_registration_request *r = request;
    struct kf_controller_registration_response *res = response;
    struct kf_register_controller_record c;

    if (core_level(k->c) < CONTROLLER_REGISTRATION_SINCE) {
        res->error_code = KF_ERR_UNSUPPORTED_VERSION;
        res->error_message =
            str_of("The current MetadataVersion is too old to support controller registrations.");
        return;
    }
    kf_init(&kf_register_controller_record_schema, &c);
    c.controller_id = r->controller_id;
    c.incarnation_id = r->incarnation_id;
    c.end_points = arena_array(k->a, (size_t)r->listeners_n + 1, sizeof(*c.end_points));
    for (int32_t n = 0; n < r->listeners_n; n++)
        c.end_points[c.end_points_n++] = (struct kf_register_controller_record_controller_endpoint){
            r->listeners[n].name,
            r->listeners[n].host,
            r->listeners[n].port,
            r->listeners[n].security_protocol,
        };
    c.features = arena_array(k->a, (size_t)r->features_n + 1, sizeof(*c.features));
    for (int32_t n = 0; n < r->features_n; n++)
        c.features[c.features_n++] = (struct kf_register_controller_record_controller_feature){
            r->features[n].name,
            r->features[n].min_supported_version,
            r->features[n].max_supported_version,
        };
    records_put(k->out, RECORD_REGISTER_CONTROLLER, 0, &c);
}

void decide_allocate_producer_ids(struct call *k, const void *request, void *response)
{
    const struct kf_allocate_producer_ids_request *r = request;
    struct kf_allocate_producer_ids_response *res = response;
    int64_t start = image_next_producer_id(k->c->image);

    res->error_code = core_check_epoch(k->c, r->broker_id, r->broker_epoch);
    if (res->error_code)
        return;
    if (start > INT64_MAX - PRODUCER_ID_BLOCK) {
        res->error_code = KF_ERR_UNKNOWN_SERVER_ERROR;
        return;
    }
    records_put(k->out, RECORD_PRODUCER_IDS, 0,
                &(struct kf_producer_ids_record){ r->broker_id, r->broker_epoch,
                                                  start + PRODUCER_ID_BLOCK });
    res->producer_id_start = start;
    res->producer_id_len = PRODUCER_ID_BLOCK;
}

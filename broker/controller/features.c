/* UpdateFeatures (KIP-584): all updates of a request or none.
 *
 * A level must be known to this controller, to every registered broker and to every voter, whose
 * registration must be there; metadata.version goes down only where no level in between changed the
 * metadata's records; kraft.version is the quorum's own. */
#include "broker/controller/core.h"

#include "api/kafka/msg/config_record.h"
#include "api/kafka/msg/feature_level_record.h"
#include "api/kafka/msg/no_op_record.h"
#include "api/kafka/msg/update_features.h"
#include "api/kafka/release.h"
#include "common/mem.h"

enum {
    UPGRADE = 1,
    SAFE_DOWNGRADE = 2,
    UNSAFE_DOWNGRADE = 3,
    RESULTS_UNTIL = 1,
    REGISTRATIONS_SINCE = 15,
    KRAFT_VERSION_MAX = 1
};

#define METADATA "metadata.version"
#define KRAFT "kraft.version"
#define ELR "eligible.leader.replicas.version"
#define MIN_ISR "min.insync.replicas"

typedef struct kf_update_features_request_feature_update_key update_in;

static const struct refusal fine;

/* One update, with the request that it stands in. */
struct update {
    struct call *k;
    const struct kf_update_features_request *q;
    const char *name;
    int16_t level, had;
    int8_t type;
    struct feature_range local; /* what this controller supports */
};

static struct refusal invalid(const struct update *u, const char *why)
{
    return (struct refusal){ KF_ERR_INVALID_UPDATE_VERSION,
                             core_text(u->k, "Invalid update version %d for feature %s. %s",
                                       u->level, u->name, why) };
}

static struct feature_range supported(const char *name)
{
    struct feature_range r = { .min = 0, .max = release_feature_max(name) };

    if (strcmp(name, METADATA) == 0)
        r = (struct feature_range){ .min = METADATA_VERSION_MIN, .max = METADATA_VERSION_LATEST };
    else if (strcmp(name, KRAFT) == 0)
        r.max = KRAFT_VERSION_MAX;
    return r;
}

static int16_t present(const struct core *c, const char *name)
{
    if (strcmp(name, KRAFT) == 0)
        return c->quorum.kraft_version ? c->quorum.kraft_version(c->quorum.ctx) : 0;
    return image_feature(c->image, name);
}

/* A feature's level once the request is carried out. */
static int16_t proposed(const struct update *u, const char *name)
{
    int16_t level = image_feature(u->k->c->image, name);

    for (int32_t n = 0; n < u->q->feature_updates_n; n++) {
        if (str_is(u->q->feature_updates[n].feature, name))
            level = u->q->feature_updates[n].max_version_level;
    }
    return level;
}

/* NULL when `r` holds the level. */
static const char *outside(const struct update *u, const char *what, int32_t id,
                           const struct feature_range *r)
{
    if (u->level >= r->min && u->level <= r->max)
        return NULL;
    return r->max == 0
               ? core_text(u->k, "%s %d does not support this feature.", what, id)
               : core_text(u->k, "%s %d only supports versions %d-%d", what, id, r->min, r->max);
}

static const struct feature_range *range_in(const struct feature_range *f, int32_t n,
                                            const char *name)
{
    static const struct feature_range none;

    for (int32_t i = 0; i < n; i++) {
        if (strcmp(f[i].name, name) == 0)
            return &f[i];
    }
    return &none;
}

static const char *brokers_outside(const struct update *u)
{
    const struct broker_registration *b;
    const char *why = NULL;
    size_t at = 0;

    while (!why && (b = image_broker_next(u->k->c->image, &at)))
        why = outside(u, "Broker", b->id, range_in(b->features, b->features_n, u->name));
    return why;
}

static const char *controllers_outside(const struct update *u)
{
    const struct core *c = u->k->c;
    const struct controller_registration *r;
    const char *why = NULL;
    size_t at = 0;

    while (!why && (r = image_controller_next(c->image, &at))) {
        if (r->id != c->node_id)
            why = outside(u, "Controller", r->id, range_in(r->features, r->features_n, u->name));
    }
    for (unsigned n = 0; !why && c->voters && n < c->voters->n; n++) {
        int32_t id = c->voters->v[n].id;

        if (id != c->node_id && !image_controller(c->image, id))
            why = core_text(
                u->k, "controller %d has not registered, and may not support this feature", id);
    }
    return why;
}

static const char *not_supported(const struct update *u)
{
    const char *why = outside(u, "Local controller", u->k->c->node_id, &u->local);

    if (!why)
        why = brokers_outside(u);
    if (!why && core_level(u->k->c) >= REGISTRATIONS_SINCE)
        why = controllers_outside(u);
    return why;
}

static const char *wrong_direction(const struct update *u)
{
    if (u->level < u->had && u->type == UPGRADE)
        return "Can't downgrade the version of this feature without setting the upgrade type to "
               "either "
               "safe or unsafe downgrade.";
    return u->level > u->had && u->type != UPGRADE ? "Can't downgrade to a newer version." : NULL;
}

/* Levels that brought record types or versions which older ones cannot read. */
static bool records_changed(int16_t from, int16_t to)
{
    static const int16_t changed[] = { 7, 8, 11, 13, 14, 15, 17, 23, 30 };

    for (size_t n = 0; n < ARRAY_LEN(changed); n++) {
        if (changed[n] > to && changed[n] <= from)
            return true;
    }
    return false;
}

static void put_level(const struct update *u)
{
    if (u->level == u->had)
        return;
    records_put(u->k->out, RECORD_FEATURE_LEVEL, 0,
                &(struct kf_feature_level_record){ str_of(u->name), u->level });
}

static struct refusal set_metadata_version(const struct update *u)
{
    if (u->level < u->had && records_changed(u->had, u->level))
        return (struct refusal){
            KF_ERR_INVALID_UPDATE_VERSION,
            core_text(u->k, "Unsupported metadata.version downgrade from %d to %d. %s", u->had,
                      u->level,
                      u->type == UNSAFE_DOWNGRADE
                          ? "Unsafe metadata downgrade is not supported in this version."
                          : "Refusing to perform the requested downgrade because it might delete "
                            "metadata information.")
        };
    put_level(u);
    return fine;
}

static struct refusal set_kraft_version(const struct update *u)
{
    const struct core_quorum *q = &u->k->c->quorum;
    struct kf_no_op_record r;
    struct refusal f;

    if (u->type != UPGRADE)
        return u->level == u->had ? fine
                                  : invalid(u, "Can't downgrade the version of this feature.");
    if (u->level == u->had)
        return fine;
    if (!q->upgrade)
        return invalid(
            u, "The quorum of this release cannot change it; it is chosen when the storage is "
               "formatted.");
    f = q->upgrade(q->ctx, u->k, u->level, u->q->validate_only);
    memset(&r, 0, sizeof(r));
    if (!f.error)
        records_put(u->k->out, RECORD_NO_OP, 0, &r); /* the answer waits for its commit */
    return f;
}

static struct refusal set_other(const struct update *u)
{
    int16_t needs = release_feature_needs(u->name, u->level);

    if (!release_feature_max(u->name))
        return invalid(u, core_text(u->k, "Feature %s not found.", u->name));
    if (proposed(u, METADATA) < needs)
        return invalid(u, core_text(u->k,
                                    "%s could not be set to %d because it depends on "
                                    "metadata.version level %d",
                                    u->name, u->level, needs));
    put_level(u);
    return fine;
}

static struct refusal update_one(const struct update *u)
{
    const char *why = NULL;

    if (u->type < UPGRADE || u->type > UNSAFE_DOWNGRADE)
        why = "The controller does not support the given upgrade type.";
    else if (u->level < 0)
        why = "A feature version cannot be less than 0.";
    if (!why)
        why = not_supported(u);
    if (!why)
        why = wrong_direction(u);
    if (why)
        return invalid(u, why);
    if (strcmp(u->name, METADATA) == 0)
        return set_metadata_version(u);
    return strcmp(u->name, KRAFT) == 0 ? set_kraft_version(u) : set_other(u);
}

static void put_config(struct call *k, const char *resource, struct str value)
{
    records_put(
        k->out, RECORD_CONFIG, 0,
        &(struct kf_config_record){ RESOURCE_BROKER, str_of(resource), STR_LIT(MIN_ISR), value });
}

/* KIP-966: eligibility rests on min.insync.replicas, so it must be the same for all: the cluster's
 * value is written down and those of single brokers go. */
static void put_elr_safety(struct call *k)
{
    const struct image *i = k->c->image;
    const char *name;
    size_t at = 0;

    if (!image_config(i, RESOURCE_BROKER, str_of(""), MIN_ISR))
        put_config(k, "",
                   str_of(core_text(k, "%lld", (long long)core_config_int(k->c, MIN_ISR, 1))));
    while ((name = image_config_resource_next(i, RESOURCE_BROKER, &at))) {
        if (*name && image_config(i, RESOURCE_BROKER, str_of(name), MIN_ISR))
            put_config(k, arena_text(k->a, str_of(name)), (struct str){ 0 });
    }
}

/* Who was eligible when the feature was turned off has missed what was acknowledged since. Apache
 * Kafka keeps such a list until the partition changes. */
static void forget_eligible(struct call *k)
{
    if (!image_feature(k->c->image, ELR) && core_level(k->c) >= METADATA_VERSION_ELR)
        config_clear_elr(k, str_of(""));
}

static struct update update_of(struct call *k, const struct kf_update_features_request *q,
                               int32_t n)
{
    const update_in *in = &q->feature_updates[n];
    struct update u = { .k = k, .q = q, .level = in->max_version_level };

    u.name = arena_text(k->a, in->feature);
    u.type = k->version == 0 ? (in->allow_downgrade ? SAFE_DOWNGRADE : UPGRADE) : in->upgrade_type;
    u.had = present(k->c, u.name);
    u.local = supported(u.name);
    return u;
}

/* The quorum's come last: what it has begun cannot be taken back when another update is refused. */
static struct refusal update_all(struct call *k, const struct kf_update_features_request *q,
                                 bool kraft)
{
    struct refusal f = fine;

    for (int32_t n = 0; n < q->feature_updates_n && !f.error; n++) {
        struct update u = update_of(k, q, n);

        if ((strcmp(u.name, KRAFT) == 0) == kraft)
            f = update_one(&u);
    }
    return f;
}

static void put_results(const struct call *k, const struct kf_update_features_request *q,
                        struct kf_update_features_response *res)
{
    res->results = arena_array(k->a, (size_t)q->feature_updates_n + 1, sizeof(*res->results));
    for (int32_t n = 0; n < q->feature_updates_n; n++)
        res->results[res->results_n++].feature = q->feature_updates[n].feature;
}

void decide_update_features(struct call *k, const void *request, void *response)
{
    const struct kf_update_features_request *q = request;
    struct kf_update_features_response *res = response;
    int before = k->out->n;
    struct refusal f;
    bool elr = false;

    for (int32_t n = 0; n < q->feature_updates_n; n++)
        elr |= str_is(q->feature_updates[n].feature, ELR) &&
               q->feature_updates[n].max_version_level > 0;
    if (elr)
        put_elr_safety(k);
    f = update_all(k, q, false);
    if (!f.error)
        f = update_all(k, q, true);
    if (elr)
        forget_eligible(k);
    res->error_code = f.error;
    if (f.error)
        res->error_message =
            str_of(core_text(k,
                             "The update failed for all features since the following "
                             "feature had an error: %s",
                             f.message));
    else if (k->version <= RESULTS_UNTIL)
        put_results(k, q, res);
    if (f.error || q->validate_only)
        records_cut(k->out, before);
}

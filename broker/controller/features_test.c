#include "api/kafka/msg/config_record.h"
#include "api/kafka/msg/controller_registration.h"
#include "api/kafka/msg/update_features.h"
#include "tests/lib/test.h"
#include "tests/lib/world.h"

#define METADATA "metadata.version"
#define ELR "eligible.leader.replicas.version"

enum { UPGRADE = 1, SAFE = 2, UNSAFE = 3 };

static struct str refused; /* the last refusal's */

static int16_t update_all(struct world *w, struct kf_update_features_request_feature_update_key *u,
                          int32_t n, bool validate_only)
{
    struct kf_update_features_request r = { .feature_updates = u,
                                            .feature_updates_n = n,
                                            .validate_only = validate_only };
    const struct kf_update_features_response *res = world_decide(w, KF_API_UPDATE_FEATURES, &r);

    refused = res->error_message;
    assert_true(!res->error_code || refused.n > 10);
    return res->error_code;
}

static int16_t update(struct world *w, const char *name, int16_t level, int8_t type)
{
    struct kf_update_features_request_feature_update_key u = { .feature = str_of(name),
                                                               .max_version_level = level,
                                                               .upgrade_type = type };

    return update_all(w, &u, 1, false);
}

static bool said(const char *text)
{
    return refused.n && memmem(refused.p, refused.n, text, strlen(text));
}

static void levels_go_up_and_down_where_everybody_knows_them(void **state)
{
    struct world w;

    (void)state;
    world_open(&w, false);
    assert_int_equal(update(&w, "group.version", 1, UPGRADE), 0);
    assert_int_equal(image_feature(w.image, "group.version"), 1);
    assert_int_equal(update(&w, "group.version", 1, UPGRADE), 0);
    assert_int_equal(w.applied, 0);
    assert_int_equal(update(&w, "group.version", 0, UPGRADE), KF_ERR_INVALID_UPDATE_VERSION);
    assert_int_equal(update(&w, "group.version", 0, SAFE), 0);
    assert_int_equal(image_feature(w.image, "group.version"), 0);
    assert_int_equal(update(&w, "group.version", 1, SAFE), KF_ERR_INVALID_UPDATE_VERSION);
    assert_int_equal(update(&w, "group.version", 2, UPGRADE), KF_ERR_INVALID_UPDATE_VERSION);
    assert_true(said("only supports versions 0-1"));
    assert_int_equal(update(&w, "group.version", -1, SAFE), KF_ERR_INVALID_UPDATE_VERSION);
    assert_int_equal(update(&w, "group.version", 1, 4), KF_ERR_INVALID_UPDATE_VERSION);
    assert_int_equal(update(&w, "no.version", 1, UPGRADE), KF_ERR_INVALID_UPDATE_VERSION);
    world_brokers(&w, 1); /* it knows metadata.version and ELR alone */
    assert_int_equal(update(&w, "group.version", 1, UPGRADE), KF_ERR_INVALID_UPDATE_VERSION);
    assert_true(said("Broker 1 does not support this feature"));
    world_close(&w);
}

static void metadata_goes_down_only_where_its_records_are_the_same(void **state)
{
    struct world w;

    (void)state;
    world_open(&w, false);
    assert_int_equal(update(&w, METADATA, 29, SAFE), KF_ERR_INVALID_UPDATE_VERSION);
    assert_true(said("might delete metadata information"));
    assert_int_equal(update(&w, METADATA, 29, UNSAFE), KF_ERR_INVALID_UPDATE_VERSION);
    assert_true(said("Unsafe metadata downgrade is not supported"));
    assert_int_equal(update(&w, METADATA, 31, UPGRADE), KF_ERR_INVALID_UPDATE_VERSION);
    assert_true(said("7-30"));
    assert_int_equal(update(&w, METADATA, 6, SAFE), KF_ERR_INVALID_UPDATE_VERSION);
    world_close(&w);
}

static void a_feature_waits_for_the_metadata_version_it_needs(void **state)
{
    struct kf_update_features_request_feature_update_key both[] = {
        { .feature = STR_LIT(ELR), .max_version_level = 1, .upgrade_type = UPGRADE },
        { .feature = STR_LIT(METADATA), .max_version_level = 25, .upgrade_type = UPGRADE },
    };
    struct world w;

    (void)state;
    world_open_at(&w, 20);
    assert_int_equal(update(&w, ELR, 1, UPGRADE), KF_ERR_INVALID_UPDATE_VERSION);
    assert_true(said("depends on metadata.version level 23"));
    assert_int_equal(update_all(&w, both, 2, true), 0);
    assert_int_equal(image_feature(w.image, METADATA), 20);
    assert_int_equal(update_all(&w, both, 2, false), 0);
    assert_int_equal(image_feature(w.image, METADATA), 25);
    assert_int_equal(image_feature(w.image, ELR), 1);
    assert_int_equal(update(&w, METADATA, 24, SAFE), 0);
    assert_int_equal(update(&w, METADATA, 22, SAFE), KF_ERR_INVALID_UPDATE_VERSION);
    world_close(&w);
}

static void one_refused_update_refuses_all(void **state)
{
    struct kf_update_features_request_feature_update_key two[] = {
        { .feature = STR_LIT("group.version"), .max_version_level = 1, .upgrade_type = UPGRADE },
        { .feature = STR_LIT("share.version"), .max_version_level = 9, .upgrade_type = UPGRADE },
    };
    struct world w;

    (void)state;
    world_open(&w, false);
    assert_int_equal(update_all(&w, two, 2, false), KF_ERR_INVALID_UPDATE_VERSION);
    assert_true(said("The update failed for all features"));
    assert_int_equal(image_feature(w.image, "group.version"), 0);
    world_close(&w);
}

static void elr_makes_min_isr_the_clusters_own(void **state)
{
    struct world w;

    (void)state;
    world_open(&w, false);
    world_brokers(&w, 2);
    assert_int_equal(world_configure(&w, RESOURCE_BROKER, "2", "min.insync.replicas", 0, "2"), 0);
    assert_int_equal(update(&w, ELR, 1, UPGRADE), 0);
    assert_string_equal(image_config(w.image, RESOURCE_BROKER, str_of(""), "min.insync.replicas"),
                        "1");
    assert_null(image_config(w.image, RESOURCE_BROKER, str_of("2"), "min.insync.replicas"));
    assert_int_equal(world_configure(&w, RESOURCE_BROKER, "2", "min.insync.replicas", 0, "2"),
                     KF_ERR_INVALID_CONFIG);
    world_close(&w);
}

static void voters_must_have_registered(void **state)
{
    static const struct uuid none;
    struct kf_controller_registration_request_feature f = { STR_LIT("group.version"), 0, 1 };
    struct kf_controller_registration_request r;
    struct world w;

    (void)state;
    world_open(&w, false);
    voters_add(&w.voters, w.core.node_id, &none, "C", "h", 1);
    voters_add(&w.voters, 55, &none, "C", "h", 2);
    assert_int_equal(update(&w, "group.version", 1, UPGRADE), KF_ERR_INVALID_UPDATE_VERSION);
    assert_true(said("controller 55 has not registered"));
    kf_init(&kf_controller_registration_request_schema, &r);
    r.controller_id = 55;
    r.features = &f, r.features_n = 1;
    world_decide(&w, KF_API_CONTROLLER_REGISTRATION, &r);
    assert_int_equal(update(&w, "group.version", 1, UPGRADE), 0);
    assert_int_equal(update(&w, "share.version", 1, UPGRADE), KF_ERR_INVALID_UPDATE_VERSION);
    assert_true(said("Controller 55 does not support this feature"));
    voters_done(&w.voters);
    world_close(&w);
}

static int16_t kraft_version(void *ctx)
{
    return *(int16_t *)ctx;
}

static struct refusal upgrade(void *ctx, struct call *k, int16_t level, bool validate_only)
{
    (void)k;
    if (!validate_only)
        *(int16_t *)ctx = level;
    return (struct refusal){ 0, NULL };
}

static void kraft_version_is_the_quorums(void **state)
{
    struct kf_update_features_request_feature_update_key u = { .feature = STR_LIT("kraft.version"),
                                                               .max_version_level = 1,
                                                               .upgrade_type = UPGRADE };
    struct kf_update_features_request_feature_update_key two[] = {
        u, { .feature = STR_LIT("share.version"), .max_version_level = 9, .upgrade_type = UPGRADE }
    };
    int16_t level = 0;
    struct world w;

    (void)state;
    world_open(&w, false);
    assert_int_equal(update(&w, "kraft.version", 1, UPGRADE), KF_ERR_INVALID_UPDATE_VERSION);
    w.core.quorum = (struct core_quorum){ kraft_version, upgrade, &level };
    assert_int_equal(update_all(&w, &u, 1, true), 0);
    assert_int_equal(update_all(&w, two, 2, false), KF_ERR_INVALID_UPDATE_VERSION);
    assert_int_equal(level, 0);
    assert_int_equal(update_all(&w, &u, 1, false), 0);
    assert_int_equal(level, 1);
    assert_int_equal(w.applied, 1);
    assert_int_equal(image_feature(w.image, "kraft.version"), 0);
    assert_int_equal(update(&w, "kraft.version", 0, SAFE), KF_ERR_INVALID_UPDATE_VERSION);
    assert_int_equal(update(&w, "kraft.version", 2, UPGRADE), KF_ERR_INVALID_UPDATE_VERSION);
    world_close(&w);
}

TEST_MAIN(TEST(levels_go_up_and_down_where_everybody_knows_them),
          TEST(metadata_goes_down_only_where_its_records_are_the_same),
          TEST(a_feature_waits_for_the_metadata_version_it_needs),
          TEST(one_refused_update_refuses_all), TEST(elr_makes_min_isr_the_clusters_own),
          TEST(voters_must_have_registered), TEST(kraft_version_is_the_quorums))

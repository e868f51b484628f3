/* Quotas and SCRAM credentials: AlterClientQuotas, AlterUserScramCredentials, and what is told of
 * them. */
#include "api/kafka/msg/alter_client_quotas.h"
#include "api/kafka/msg/alter_user_scram_credentials.h"
#include "api/kafka/msg/client_quota_record.h"
#include "api/kafka/msg/create_acls.h"
#include "api/kafka/msg/user_scram_credential_record.h"
#include "broker/metadata/describe.h"
#include "tests/lib/test.h"
#include "tests/lib/world.h"

typedef struct kf_alter_client_quotas_request_entity_data part;

/* One limit of an entity of one or two parts (`type2` NULL); "" is no name: the default. */
static int16_t limit(struct world *w, const char *type, const char *name, const char *type2,
                     const char *name2, const char *key, double value)
{
    part parts[] = { { str_of(type), str_of(name) }, { str_of(type2), str_of(name2) } };
    struct kf_alter_client_quotas_request_op_data op = { str_of(key), value, value == 0 };
    struct kf_alter_client_quotas_request_entry_data e = { parts, type2 ? 2 : 1, &op, 1 };
    struct kf_alter_client_quotas_request r = { &e, 1, false };
    const struct kf_alter_client_quotas_response *res =
        world_decide(w, KF_API_ALTER_CLIENT_QUOTAS, &r);

    assert_int_equal(res->entries_n, 1);
    assert_int_equal(res->entries[0].entity_n, type2 ? 2 : 1);
    return res->entries[0].error_code;
}

static struct kf_describe_client_quotas_response
described(struct world *w, const char *type, int8_t match, const char *name, bool strict)
{
    struct kf_describe_client_quotas_request_component_data c = { str_of(type), match,
                                                                  str_of(name) };
    struct kf_describe_client_quotas_request q = { &c, type ? 1 : 0, strict };
    struct kf_describe_client_quotas_response m;

    kf_init(&kf_describe_client_quotas_response_schema, &m);
    describe_client_quotas(w->image, &w->arena, &q, &m);
    return m;
}

static void limits_are_set_changed_and_taken_away(void **state)
{
    struct world w;

    (void)state;
    world_open(&w, true);
    assert_int_equal(limit(&w, "user", "alice", NULL, NULL, "producer_byte_rate", 1000), 0);
    assert_int_equal(w.applied, 1);
    assert_int_equal(limit(&w, "user", "alice", NULL, NULL, "producer_byte_rate", 1000), 0);
    assert_int_equal(w.applied, 0);
    assert_int_equal(limit(&w, "user", "alice", NULL, NULL, "request_percentage", 12.5), 0);
    assert_int_equal(limit(&w, "user", NULL, NULL, NULL, "consumer_byte_rate", 7), 0);
    assert_int_equal(limit(&w, "user", "alice", "client-id", "x", "consumer_byte_rate", 8), 0);
    assert_int_equal(described(&w, NULL, 0, NULL, false).entries_n, 3);
    assert_int_equal(described(&w, "user", 0, "alice", true).entries_n, 1);
    assert_int_equal(described(&w, "user", 0, "alice", true).entries[0].values_n, 2);
    assert_int_equal(described(&w, "user", 0, "alice", false).entries_n, 2);
    assert_int_equal(described(&w, "user", 1, NULL, true).entries_n, 1);
    assert_int_equal(described(&w, "client-id", 2, NULL, false).entries_n, 1);
    /* The parts of an entity are a set. */
    assert_int_equal(limit(&w, "client-id", "x", "user", "alice", "consumer_byte_rate", 0), 0);
    assert_int_equal(w.applied, 1);
    assert_int_equal(described(&w, "client-id", 2, NULL, false).entries_n, 0);
    assert_int_equal(limit(&w, "user", "bob", NULL, NULL, "consumer_byte_rate", 0), 0);
    assert_int_equal(w.applied, 0);
    world_close(&w);
}

static void a_limit_that_makes_no_sense_is_refused(void **state)
{
    static const struct {
        const char *type, *name, *type2, *name2, *key;
        double value;
    } bad[] = {
        { "user", "", NULL, NULL, "producer_byte_rate", 1 },
        { "user", "a", "user", "b", "producer_byte_rate", 1 },
        { "animal", "a", NULL, NULL, "producer_byte_rate", 1 },
        { "user", "a", "ip", "127.0.0.1", "producer_byte_rate", 1 },
        { "ip", "127.0.0.1", NULL, NULL, "producer_byte_rate", 1 },
        { "ip", "no.such.host.", NULL, NULL, "connection_creation_rate", 1 },
        { "user", "a", NULL, NULL, "connection_creation_rate", 1 },
        { "user", "a", NULL, NULL, "producer_byte_rate", -1 },
        { "user", "a", NULL, NULL, "producer_byte_rate", 1.5 },
        { "ip", "::1", NULL, NULL, "connection_creation_rate", 3e9 },
        { "user", "a", NULL, NULL, "nonsense", 1 },
    };
    struct world w;

    (void)state;
    world_open(&w, true);
    for (size_t n = 0; n < sizeof(bad) / sizeof(bad[0]); n++) {
        assert_int_equal(limit(&w, bad[n].type, bad[n].name, bad[n].type2, bad[n].name2, bad[n].key,
                               bad[n].value),
                         KF_ERR_INVALID_REQUEST);
        assert_int_equal(w.applied, 0);
    }
    assert_int_equal(limit(&w, "ip", "::1", NULL, NULL, "connection_creation_rate", 3), 0);
    assert_int_equal(described(&w, "user", 0, NULL, false).error_code, KF_ERR_INVALID_REQUEST);
    assert_int_equal(described(&w, "user", 2, "a", false).error_code, KF_ERR_INVALID_REQUEST);
    assert_int_equal(described(&w, "animal", 2, NULL, false).error_code,
                     KF_ERR_UNSUPPORTED_VERSION);
    world_close(&w);
}

/* RFC 7677's example: user "user", password "pencil", 4096 iterations. */
static const uint8_t salt[] = { 0x5b, 0x6d, 0x99, 0x68, 0x9d, 0x12, 0x35, 0x8e,
                                0xec, 0xa0, 0x4b, 0x14, 0x12, 0x36, 0xfa, 0x81 };
static const uint8_t salted[] = { 0xc4, 0xa4, 0x95, 0x10, 0x32, 0x3a, 0xb4, 0xf9, 0x52, 0xca, 0xc1,
                                  0xfa, 0x99, 0x44, 0x19, 0x39, 0xe7, 0x8e, 0xa7, 0x4d, 0x6b, 0xe8,
                                  0x1d, 0xdf, 0x70, 0x96, 0xe8, 0x75, 0x13, 0xdc, 0x61, 0x5d };
static const uint8_t stored_key[] = { 0x58, 0x6e, 0x5d, 0xf2, 0x83, 0xe6, 0xdc, 0xeb,
                                      0x5c, 0x3e, 0x79, 0x1d, 0x8b, 0x85, 0x28, 0xec,
                                      0x19, 0x1e, 0x66, 0x40, 0x45, 0xce, 0x97, 0x17,
                                      0x92, 0xe2, 0xe6, 0xb5, 0xbb, 0x13, 0xe2, 0xa6 };

static int16_t upsert(struct world *w, const char *name, int8_t mechanism, int32_t iterations)
{
    struct kf_alter_user_scram_credentials_request_scram_credential_upsertion u = {
        str_of(name), mechanism, iterations, slice_make(salt, sizeof(salt)),
        slice_make(salted, sizeof(salted))
    };
    struct kf_alter_user_scram_credentials_request r = { .upsertions = &u, .upsertions_n = 1 };
    const struct kf_alter_user_scram_credentials_response *res =
        world_decide(w, KF_API_ALTER_USER_SCRAM_CREDENTIALS, &r);

    assert_int_equal(res->results_n, 1);
    return res->results[0].error_code;
}

static int16_t erase(struct world *w, const char *name, int8_t mechanism, int times)
{
    struct kf_alter_user_scram_credentials_request_scram_credential_deletion d[] = {
        { str_of(name), mechanism }, { str_of(name), mechanism }
    };
    struct kf_alter_user_scram_credentials_request r = { .deletions = d, .deletions_n = times };
    const struct kf_alter_user_scram_credentials_response *res =
        world_decide(w, KF_API_ALTER_USER_SCRAM_CREDENTIALS, &r);

    assert_int_equal(res->results_n, 1);
    return res->results[0].error_code;
}

static void a_credential_is_what_rfc_7677_says(void **state)
{
    struct kf_user_scram_credential_record r = { .name = STR_LIT("user"), .mechanism = 1 };
    struct slice record;
    struct world w;

    (void)state;
    world_open(&w, true);
    assert_int_equal(upsert(&w, "user", 1, 4096), 0);
    assert_true(image_record_find(w.image, RECORD_USER_SCRAM_CREDENTIAL, &r, &record));
    record_read(record, &w.arena, &r);
    assert_int_equal(r.iterations, 4096);
    assert_memory_equal(r.stored_key.p, stored_key, sizeof(stored_key));
    assert_int_equal(r.server_key.n, 32);
    assert_memory_equal(r.salt.p, salt, sizeof(salt));
    world_close(&w);
}

static struct kf_describe_user_scram_credentials_response users(struct world *w, const char *name,
                                                                int times)
{
    struct kf_describe_user_scram_credentials_request_user_name u[] = { { str_of(name) },
                                                                        { str_of(name) } };
    struct kf_describe_user_scram_credentials_request q = { u, times };
    struct kf_describe_user_scram_credentials_response m;

    kf_init(&kf_describe_user_scram_credentials_response_schema, &m);
    describe_scram_credentials(w->image, &w->arena, &q, &m);
    return m;
}

static void users_are_told_once_and_altered_once(void **state)
{
    struct world w;

    (void)state;
    world_open(&w, true);
    assert_int_equal(upsert(&w, "", 1, 4096), KF_ERR_UNACCEPTABLE_CREDENTIAL);
    assert_int_equal(upsert(&w, "alice", 1, 4095), KF_ERR_UNACCEPTABLE_CREDENTIAL);
    assert_int_equal(upsert(&w, "alice", 1, 16385), KF_ERR_UNACCEPTABLE_CREDENTIAL);
    assert_int_equal(upsert(&w, "alice", 3, 4096), KF_ERR_UNSUPPORTED_SASL_MECHANISM);
    assert_int_equal(erase(&w, "alice", 1, 1), KF_ERR_RESOURCE_NOT_FOUND);
    assert_int_equal(users(&w, NULL, 0).results_n, 0);
    assert_int_equal(upsert(&w, "alice", 1, 4096), 0);
    assert_int_equal(upsert(&w, "alice", 2, 8192), 0);
    assert_int_equal(upsert(&w, "bob", 2, 8192), 0);
    assert_int_equal(users(&w, NULL, 0).results_n, 2);
    assert_int_equal(users(&w, "alice", 1).results[0].credential_infos_n, 2);
    assert_int_equal(users(&w, "alice", 2).results_n, 1);
    assert_int_equal(users(&w, "alice", 2).results[0].error_code, KF_ERR_DUPLICATE_RESOURCE);
    assert_int_equal(users(&w, "carol", 1).results[0].error_code, KF_ERR_RESOURCE_NOT_FOUND);
    assert_int_equal(erase(&w, "alice", 1, 2), KF_ERR_DUPLICATE_RESOURCE);
    assert_int_equal(w.applied, 0);
    assert_int_equal(erase(&w, "alice", 1, 1), 0);
    assert_int_equal(users(&w, "alice", 1).results[0].credential_infos_n, 1);
    world_close(&w);
}

static void scram_needs_its_metadata_version(void **state)
{
    struct world w;

    (void)state;
    world_open_at(&w, 10);
    assert_int_equal(upsert(&w, "alice", 1, 4096), KF_ERR_UNSUPPORTED_VERSION);
    world_close(&w);
}

static void without_an_authorizer_no_acl_is_taken(void **state)
{
    struct kf_create_acls_request_acl_creation a = { .resource_name = STR_LIT("t") };
    struct kf_create_acls_request r = { &a, 1 };
    const struct kf_create_acls_response *res;
    struct world w;

    (void)state;
    world_open(&w, true);
    res = world_decide(&w, KF_API_CREATE_ACLS, &r);
    assert_int_equal(res->results[0].error_code, KF_ERR_SECURITY_DISABLED);
    world_close(&w);
}

TEST_MAIN(TEST(limits_are_set_changed_and_taken_away), TEST(a_limit_that_makes_no_sense_is_refused),
          TEST(a_credential_is_what_rfc_7677_says), TEST(users_are_told_once_and_altered_once),
          TEST(scram_needs_its_metadata_version), TEST(without_an_authorizer_no_acl_is_taken))

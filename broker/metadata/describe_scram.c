#include "api/kafka/errors.h"
#include "api/kafka/msg/user_scram_credential_record.h"
#include "broker/metadata/describe.h"
#include "broker/metadata/record.h"
#include "common/map.h"

enum { SHA_256 = 1, SHA_512 = 2 };

typedef struct kf_describe_user_scram_credentials_response_describe_user_scram_credentials_result
    user_out;

static void put_credential(const struct image *i, struct arena *a, struct str user,
                           int8_t mechanism, user_out *out)
{
    struct kf_user_scram_credential_record r = { .name = user, .mechanism = mechanism };
    struct slice record;

    if (!image_record_find(i, RECORD_USER_SCRAM_CREDENTIAL, &r, &record))
        return;
    record_read(record, a, &r);
    out->credential_infos[out->credential_infos_n++] =
        (__typeof__(*out->credential_infos)){ mechanism, r.iterations };
}

static void put_user(const struct image *i, struct arena *a, struct str user, bool twice,
                     user_out *out)
{
    out->user = user;
    out->credential_infos = arena_array(a, 2, sizeof(*out->credential_infos));
    if (twice) {
        out->error_code = KF_ERR_DUPLICATE_RESOURCE;
        out->error_message = str_of(arena_printf(
            a,
            "Cannot describe SCRAM credentials for the same user twice in a single request: %.*s",
            STR_ARG(user)));
        return;
    }
    put_credential(i, a, user, SHA_256, out);
    put_credential(i, a, user, SHA_512, out);
    if (!out->credential_infos_n) {
        out->error_code = KF_ERR_RESOURCE_NOT_FOUND;
        out->error_message = str_of(arena_printf(
            a, "Attempt to describe a user credential that does not exist: %.*s", STR_ARG(user)));
    }
}

/* Every user once; those who are named again are refused. */
static void put_asked(const struct image *i, struct arena *a,
                      const struct kf_describe_user_scram_credentials_request *q,
                      struct kf_describe_user_scram_credentials_response *ret)
{
    struct map times = { 0 };

    ret->results = arena_array(a, (size_t)q->users_n, sizeof(*ret->results));
    for (int32_t n = 0; n < q->users_n; n++) {
        struct str name = q->users[n].name;
        user_out *out = map_get_str(&times, name);

        if (out) {
            out->error_code = KF_ERR_DUPLICATE_RESOURCE;
            continue;
        }
        out = &ret->results[ret->results_n++];
        out->user = name;
        map_set(&times, name.p ? name.p : "", name.n, out);
    }
    for (int32_t n = 0; n < ret->results_n; n++)
        put_user(i, a, ret->results[n].user, ret->results[n].error_code, &ret->results[n]);
    map_done(&times);
}

static bool has_other(const struct image *i, struct str user)
{
    struct kf_user_scram_credential_record r = { .name = user, .mechanism = SHA_256 };
    struct slice record;

    return image_record_find(i, RECORD_USER_SCRAM_CREDENTIAL, &r, &record);
}

/* Users with both mechanisms are told once, with the first. */
static void put_all(const struct image *i, struct arena *a,
                    struct kf_describe_user_scram_credentials_response *ret)
{
    struct slice record;
    size_t at = 0, n = 0;

    while (image_record_next(i, RECORD_USER_SCRAM_CREDENTIAL, &at, &record))
        n++;
    ret->results = arena_array(a, n + 1, sizeof(*ret->results));
    for (at = 0; image_record_next(i, RECORD_USER_SCRAM_CREDENTIAL, &at, &record);) {
        struct kf_user_scram_credential_record r;

        record_read(record, a, &r);
        if (r.mechanism == SHA_256 || !has_other(i, r.name))
            put_user(i, a, r.name, false, &ret->results[ret->results_n++]);
    }
}

void describe_scram_credentials(const struct image *i, struct arena *a,
                                const struct kf_describe_user_scram_credentials_request *q,
                                struct kf_describe_user_scram_credentials_response *ret)
{
    if (q->users_n > 0)
        put_asked(i, a, q, ret);
    else
        put_all(i, a, ret);
}

/* AlterUserScramCredentials (KIP-554): what a password leaves behind, as
 * UserScramCredentialRecords. The salted password itself is kept nowhere. */
#include "broker/controller/core.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "api/kafka/msg/alter_user_scram_credentials.h"
#include "api/kafka/msg/remove_user_scram_credential_record.h"
#include "api/kafka/msg/user_scram_credential_record.h"
#include "common/map.h"

enum { SCRAM_SINCE = 11, SHA_256 = 1, SHA_512 = 2, ITERATIONS_MIN = 4096, ITERATIONS_MAX = 16384 };

typedef struct kf_alter_user_scram_credentials_request_scram_credential_deletion deletion;
typedef struct kf_alter_user_scram_credentials_request_scram_credential_upsertion upsertion;

static const struct refusal fine;

static struct refusal check_user(const struct call *k, struct str user, int8_t mechanism)
{
    if (core_level(k->c) < SCRAM_SINCE)
        return (struct refusal){ KF_ERR_UNSUPPORTED_VERSION,
                                 "The current metadata.version does not support SCRAM" };
    if (!user.n)
        return (struct refusal){ KF_ERR_UNACCEPTABLE_CREDENTIAL, "Username must not be empty" };
    if (mechanism != SHA_256 && mechanism != SHA_512)
        return (struct refusal){ KF_ERR_UNSUPPORTED_SASL_MECHANISM, "Unknown SCRAM mechanism" };
    return fine;
}

static struct refusal check_deletion(const struct call *k, const deletion *d)
{
    struct refusal f = check_user(k, d->name, d->mechanism);
    struct kf_user_scram_credential_record r = { .name = d->name, .mechanism = d->mechanism };
    struct slice record;

    if (!f.error && !image_record_find(k->c->image, RECORD_USER_SCRAM_CREDENTIAL, &r, &record))
        f = (struct refusal){ KF_ERR_RESOURCE_NOT_FOUND,
                              "Attempt to delete a user credential that does not exist" };
    return f;
}

static struct refusal check_upsertion(const struct call *k, const upsertion *u)
{
    struct refusal f = check_user(k, u->name, u->mechanism);

    if (!f.error && u->iterations < ITERATIONS_MIN)
        f = (struct refusal){ KF_ERR_UNACCEPTABLE_CREDENTIAL, "Too few iterations" };
    if (!f.error && u->iterations > ITERATIONS_MAX)
        f = (struct refusal){ KF_ERR_UNACCEPTABLE_CREDENTIAL, "Too many iterations" };
    return f;
}

/* RFC 5802: StoredKey = H(HMAC(salted, "Client Key")), ServerKey = HMAC(salted, "Server Key"). */
static struct refusal put_upsertion(struct call *k, const upsertion *u)
{
    const EVP_MD *md = u->mechanism == SHA_256 ? EVP_sha256() : EVP_sha512();
    size_t n = (size_t)EVP_MD_get_size(md);
    uint8_t client[EVP_MAX_MD_SIZE], *stored = arena_alloc(k->a, n), *server = arena_alloc(k->a, n);
    struct kf_user_scram_credential_record r;
    bool ok;

    ok = u->salted_password.n <= INT32_MAX &&
         HMAC(md, u->salted_password.p, (int)u->salted_password.n, (const uint8_t *)"Client Key",
              10, client, NULL) &&
         HMAC(md, u->salted_password.p, (int)u->salted_password.n, (const uint8_t *)"Server Key",
              10, server, NULL) &&
         EVP_Digest(client, n, stored, NULL, md, NULL) == 1;
    OPENSSL_cleanse(client, sizeof(client));
    if (!ok)
        return (struct refusal){ KF_ERR_UNKNOWN_SERVER_ERROR,
                                 "The credential could not be computed" };
    kf_init(&kf_user_scram_credential_record_schema, &r);
    r.name = u->name;
    r.mechanism = u->mechanism;
    r.salt = u->salt;
    r.stored_key = slice_make(stored, n);
    r.server_key = slice_make(server, n);
    r.iterations = u->iterations;
    records_put(k->out, RECORD_USER_SCRAM_CREDENTIAL, 0, &r);
    return fine;
}

/* What a request asks of one user. */
struct user {
    struct refusal f;
    int times;
    bool told;
};

struct altering {
    struct call *k;
    struct map users; /* struct user by name */
    struct kf_alter_user_scram_credentials_response *res;
};

static void count(struct altering *x, struct str name)
{
    struct user *u = map_get_str(&x->users, name);

    if (!u) {
        u = arena_new(x->k->a, struct user);
        map_set(&x->users, name.p ? name.p : "", name.n, u);
    }
    u->times++;
}

/* Every user once, whatever is asked of him. */
static void tell(struct altering *x, struct str name, struct refusal f)
{
    struct user *u = map_get_str(&x->users, name);

    if (!u->told)
        x->res->results[x->res->results_n++] =
            (__typeof__(*x->res->results)){ name, f.error, str_of(f.message) };
    u->told = true;
}

static struct refusal check_once(const struct altering *x, struct str name)
{
    const struct user *u = map_get_str(&x->users, name);

    return u->times < 2 ? fine
                        : (struct refusal){
                              KF_ERR_DUPLICATE_RESOURCE,
                              "A user credential cannot be altered twice in the same request"
                          };
}

static void erase(struct altering *x, const deletion *d)
{
    struct refusal f = check_once(x, d->name);

    if (!f.error)
        f = check_deletion(x->k, d);
    if (!f.error)
        records_put(x->k->out, RECORD_REMOVE_USER_SCRAM_CREDENTIAL, 0,
                    &(struct kf_remove_user_scram_credential_record){ d->name, d->mechanism });
    tell(x, d->name, f);
}

static void upsert(struct altering *x, const upsertion *u)
{
    struct refusal f = check_once(x, u->name);

    if (!f.error)
        f = check_upsertion(x->k, u);
    tell(x, u->name, f.error ? f : put_upsertion(x->k, u));
}

void decide_alter_user_scram_credentials(struct call *k, const void *request, void *response)
{
    const struct kf_alter_user_scram_credentials_request *q = request;
    struct altering x = { .k = k, .res = response };

    x.res->results = arena_array(k->a, (size_t)q->deletions_n + (size_t)q->upsertions_n + 1,
                                 sizeof(*x.res->results));
    for (int32_t n = 0; n < q->deletions_n; n++)
        count(&x, q->deletions[n].name);
    for (int32_t n = 0; n < q->upsertions_n; n++)
        count(&x, q->upsertions[n].name);
    for (int32_t n = 0; n < q->deletions_n; n++)
        erase(&x, &q->deletions[n]);
    for (int32_t n = 0; n < q->upsertions_n; n++)
        upsert(&x, &q->upsertions[n]);
    map_done(&x.users);
}

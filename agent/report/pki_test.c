#include "tests/lib/test.h"

#include <string.h>
#include <time.h>

#include <openssl/pem.h>

#include "agent/report/pki.h"
#include "common/fs.h"
#include "common/mem.h"

/* A certificate of the request's key (or, `other`, of another) that lasts so long; the caller frees. */
static char *certify(const char *csr, bool other, long seconds)
{
    BIO *in = BIO_new_mem_buf(csr, -1), *out = BIO_new(BIO_s_mem());
    X509_REQ *request = PEM_read_bio_X509_REQ(in, NULL, NULL, NULL);
    EVP_PKEY *issuer = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    char *p, *text;
    long n;

    assert_non_null(request);
    X509_set_pubkey(x, other ? issuer : X509_REQ_get0_pubkey(request));
    X509_gmtime_adj(X509_getm_notBefore(x), 0);
    X509_gmtime_adj(X509_getm_notAfter(x), seconds);
    X509_sign(x, issuer, EVP_sha256());
    PEM_write_bio_X509(out, x);
    n = BIO_get_mem_data(out, &p);
    text = mem_strndup(p, (size_t)n);
    X509_free(x);
    X509_REQ_free(request);
    EVP_PKEY_free(issuer);
    BIO_free(in);
    BIO_free(out);
    return text;
}

static void the_key_stays_and_certificates_come_and_go(void **state)
{
    OWNED_MEM char *dir = test_dir();
    OWNED_MEM char *csr = NULL, *again = NULL, *first = NULL, *second = NULL;
    struct pki_validity v;
    struct why reason;

    (void)state;
    assert_int_equal(pki_validity(dir, &v, &reason), ERR_NOT_FOUND);
    assert_ok(pki_request(dir, "node-a", &csr, &reason));
    first = certify(csr, false, 100);
    assert_ok(pki_keep(dir, first, &reason));
    assert_ok(pki_validity(dir, &v, &reason));
    assert_true(llabs(v.not_before_s - (int64_t)time(NULL)) < 10);
    assert_int_equal(v.not_after_s - v.not_before_s, 100);
    assert_ok(pki_request(dir, "node-a", &again, &reason));
    second = certify(again, false, 200);
    assert_ok(pki_keep(dir, second, &reason));
    assert_ok(pki_validity(dir, &v, &reason));
    assert_int_equal(v.not_after_s - v.not_before_s, 200);
}

static void a_certificate_of_another_key_or_none_leaves_the_old_one(void **state)
{
    OWNED_MEM char *dir = test_dir();
    OWNED_MEM char *csr = NULL, *good = NULL, *foreign = NULL;
    struct pki_validity v;
    struct why reason;

    (void)state;
    assert_ok(pki_request(dir, "node-a", &csr, &reason));
    good = certify(csr, false, 100);
    foreign = certify(csr, true, 300);
    assert_ok(pki_keep(dir, good, &reason));
    assert_int_equal(pki_keep(dir, foreign, &reason), ERR_INVALID);
    assert_int_equal(pki_keep(dir, "", &reason), ERR_INVALID);
    assert_int_equal(pki_keep(dir, "-----BEGIN CERTIFICATE-----\nAAAA\n", &reason), ERR_INVALID);
    assert_ok(pki_validity(dir, &v, &reason));
    assert_int_equal(v.not_after_s - v.not_before_s, 100);
}

static void a_torn_certificate_is_told_from_a_missing_one(void **state)
{
    OWNED_MEM char *dir = test_dir();
    OWNED_MEM char *path = mem_printf("%s/agent.crt", dir);
    struct pki_validity v;
    struct why reason;

    (void)state;
    assert_ok(fs_replace(fs_posix(), path, slice_make("-----BEGIN", 10), 0600));
    assert_int_equal(pki_validity(dir, &v, &reason), ERR_CORRUPT);
    assert_ok(fs_replace(fs_posix(), path, slice_make("", 0), 0600));
    assert_int_equal(pki_validity(dir, &v, &reason), ERR_CORRUPT);
}

static void it_is_renewed_after_two_thirds_of_its_life_never_by_all_at_once(void **state)
{
    struct pki_validity year = { 1000, 1000 + 360 * 86400 }, short_one = { 0, 30 };

    (void)state;
    assert_int_equal(pki_renew_at_s(&year, 0), 1000 + 240 * 86400);
    for (uint32_t random = 0; random < 3000; random += 7) {
        int64_t at = pki_renew_at_s(&year, random);

        assert_true(at <= 1000 + 240 * 86400 && at > 1000 + 221 * 86400);
    }
    assert_int_equal(pki_retry_s(&year), 3600);
    assert_int_equal(pki_renew_at_s(&short_one, 0), 20);
    assert_int_equal(pki_retry_s(&short_one), 1);
}

TEST_MAIN(TEST(the_key_stays_and_certificates_come_and_go),
          TEST(a_certificate_of_another_key_or_none_leaves_the_old_one),
          TEST(a_torn_certificate_is_told_from_a_missing_one),
          TEST(it_is_renewed_after_two_thirds_of_its_life_never_by_all_at_once))

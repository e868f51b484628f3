#include "agent/report/pki.h"

#include <time.h>

#include <openssl/pem.h>

#include "common/fs.h"
#include "common/mem.h"

enum { PEM_BYTES_MAX = 64 * 1024, RETRY_S_MAX = 3600 };

static char *bio_text(BIO *b)
{
    char *p;
    long n = BIO_get_mem_data(b, &p);

    return mem_strndup(p, (size_t)n);
}

static err_t save(const char *dir, const char *name, const char *text, struct why *reterr)
{
    OWNED_MEM char *path = mem_printf("%s/%s", dir, name);
    err_t e = fs_replace(fs_posix(), path, slice_make(text, strlen(text)), 0600);

    return e ? why(reterr, e, "%s: %s", path, err_text(e)) : ERR_OK;
}

/* NULL: there is none. The caller frees by EVP_PKEY_free. */
static EVP_PKEY *load_key(const char *dir)
{
    OWNED_MEM char *path = mem_printf("%s/agent.key", dir);
    OWNED_BUF text = { 0 };
    EVP_PKEY *key;
    BIO *b;

    if (fs_read_all(fs_posix(), path, PEM_BYTES_MAX, &text) || !text.n)
        return NULL;
    b = BIO_new_mem_buf(text.p, (int)text.n);
    key = PEM_read_bio_PrivateKey(b, NULL, NULL, NULL);
    BIO_free(b);
    return key;
}

/* The key (0600, on disk before it is spoken of). */
static err_t need_key(const char *dir, EVP_PKEY **ret, struct why *reterr)
{
    OWNED_MEM char *text = NULL;
    BIO *b;
    err_t e;

    *ret = load_key(dir);
    if (*ret)
        return ERR_OK;
    *ret = EVP_EC_gen("P-256");
    b = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(b, *ret, NULL, NULL, 0, NULL, NULL);
    text = bio_text(b);
    BIO_free(b);
    e = save(dir, "agent.key", text, reterr);
    if (e)
        EVP_PKEY_free(*ret);
    return e;
}

err_t pki_request(const char *identity_dir, const char *name, char **ret_csr, struct why *reterr)
{
    EVP_PKEY *key;
    X509_REQ *request;
    BIO *b;
    err_t e = need_key(identity_dir, &key, reterr);

    if (e)
        return e;
    request = X509_REQ_new();
    b = BIO_new(BIO_s_mem());
    X509_REQ_set_pubkey(request, key);
    X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request), "CN", MBSTRING_ASC,
                               (const uint8_t *)name, -1, -1, 0);
    X509_REQ_sign(request, key, EVP_sha256());
    PEM_write_bio_X509_REQ(b, request);
    *ret_csr = bio_text(b);
    BIO_free(b);
    X509_REQ_free(request);
    EVP_PKEY_free(key);
    return ERR_OK;
}

static X509 *parse(const void *pem, size_t n)
{
    BIO *b = BIO_new_mem_buf(pem, (int)n);
    X509 *x = PEM_read_bio_X509(b, NULL, NULL, NULL);

    BIO_free(b);
    return x;
}

static int64_t seconds_of(const ASN1_TIME *t)
{
    struct tm tm;

    return ASN1_TIME_to_tm(t, &tm) == 1 ? (int64_t)timegm(&tm) : 0;
}

err_t pki_validity(const char *identity_dir, struct pki_validity *ret, struct why *reterr)
{
    OWNED_MEM char *path = mem_printf("%s/agent.crt", identity_dir);
    OWNED_BUF text = { 0 };
    err_t e = fs_read_all(fs_posix(), path, PEM_BYTES_MAX, &text);
    X509 *x;

    *ret = (struct pki_validity){ 0 };
    if (e)
        return why(reterr, e, "%s: %s", path, err_text(e));
    x = parse(text.n ? text.p : (const uint8_t *)"", text.n);
    if (!x)
        return why(reterr, ERR_CORRUPT, "%s: not a certificate in PEM", path);
    ret->not_before_s = seconds_of(X509_get0_notBefore(x));
    ret->not_after_s = seconds_of(X509_get0_notAfter(x));
    X509_free(x);
    return ERR_OK;
}

err_t pki_keep(const char *identity_dir, const char *certificate_pem, struct why *reterr)
{
    X509 *x = parse(certificate_pem, strlen(certificate_pem));
    EVP_PKEY *key = load_key(identity_dir);
    bool good = x && key && X509_check_private_key(x, key) == 1;

    X509_free(x);
    EVP_PKEY_free(key);
    if (!good)
        return why(reterr, ERR_INVALID, "certificate: not one in PEM of the key %s/agent.key", identity_dir);
    return save(identity_dir, "agent.crt", certificate_pem, reterr);
}

int64_t pki_renew_at_s(const struct pki_validity *v, uint32_t random)
{
    int64_t life = v->not_after_s - v->not_before_s;

    return v->not_before_s + life / 3 * 2 - life * (random % 1000) / 20000;
}

int64_t pki_retry_s(const struct pki_validity *v)
{
    int64_t s = (v->not_after_s - v->not_before_s) / 50;

    return s < 1 ? 1 : s > RETRY_S_MAX ? RETRY_S_MAX : s;
}

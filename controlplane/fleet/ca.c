#include "controlplane/fleet/ca.h"

#include <stdio.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "common/fs.h"
#include "common/rng.h"

enum { CA_DAYS = 3650, SERVER_DAYS = 825, DAY_S = 86400, PEM_BYTES_MAX = 64 * 1024 };

struct ca {
    char *dir, *pem;
    EVP_PKEY *key, *server_key;
    X509 *certificate, *server_certificate;
};

static err_t failed(const char *what, struct why *reterr)
{
    return why(reterr, ERR_INVALID, "%s: %s", what, ERR_reason_error_string(ERR_peek_last_error()));
}

static char *bio_text(BIO *b)
{
    char *p;
    long n = BIO_get_mem_data(b, &p);

    return mem_strndup(p, (size_t)n);
}

static char *certificate_pem(X509 *x)
{
    BIO *b = BIO_new(BIO_s_mem());
    char *text;

    PEM_write_bio_X509(b, x);
    text = bio_text(b);
    BIO_free(b);
    return text;
}

static err_t save(const char *path, const char *text, mode_t mode, struct why *reterr)
{
    err_t e = fs_replace(fs_posix(), path, slice_make(text, strlen(text)), mode);

    return e ? why(reterr, e, "%s: %s", path, err_text(e)) : ERR_OK;
}

static err_t save_key(const char *path, EVP_PKEY *key, struct why *reterr)
{
    BIO *b = BIO_new(BIO_s_mem());
    OWNED_MEM char *text = NULL;

    PEM_write_bio_PrivateKey(b, key, NULL, NULL, 0, NULL, NULL);
    text = bio_text(b);
    BIO_free(b);
    return save(path, text, 0600, reterr);
}

static BIO *read_file(const char *path, struct buf *text)
{
    if (fs_read_all(fs_posix(), path, PEM_BYTES_MAX, text))
        return NULL;
    return BIO_new_mem_buf(text->p, (int)text->n);
}

static EVP_PKEY *load_key(const char *path)
{
    OWNED_BUF text = { 0 };
    BIO *b = read_file(path, &text);
    EVP_PKEY *key = b ? PEM_read_bio_PrivateKey(b, NULL, NULL, NULL) : NULL;

    BIO_free(b);
    return key;
}

static X509 *load_certificate(const char *path)
{
    OWNED_BUF text = { 0 };
    BIO *b = read_file(path, &text);
    X509 *x = b ? PEM_read_bio_X509(b, NULL, NULL, NULL) : NULL;

    BIO_free(b);
    return x;
}

static void add_extension(X509 *x, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509_EXTENSION *extension;

    X509V3_set_ctx(&context, issuer, x, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    if (extension)
        X509_add_ext(x, extension, -1);
    X509_EXTENSION_free(extension);
}

/* A certificate with a random serial, valid from a while ago (clocks differ). */
static X509 *new_certificate(const char *name, EVP_PKEY *key, int64_t lifetime_s)
{
    int64_t back_s = lifetime_s < 3000 ? lifetime_s / 10 : 300;
    X509 *x = X509_new();
    uint8_t serial[16];
    BIGNUM *n;

    rng_system(serial, sizeof(serial));
    serial[0] &= 0x7f;
    n = BN_bin2bn(serial, sizeof(serial), NULL);
    BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x));
    BN_free(n);
    X509_set_version(x, 2);
    X509_gmtime_adj(X509_getm_notBefore(x), (long)-back_s);
    X509_gmtime_adj(X509_getm_notAfter(x), (long)lifetime_s);
    X509_set_pubkey(x, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC, (const uint8_t *)name,
                               -1, -1, 0);
    return x;
}

static void sign(X509 *x, X509 *issuer, EVP_PKEY *key)
{
    X509_set_issuer_name(x, X509_get_subject_name(issuer));
    X509_sign(x, key, EVP_sha256());
}

static err_t open_authority(struct ca *c, struct why *reterr)
{
    OWNED_MEM char *key_path = mem_printf("%s/ca.key", c->dir);
    OWNED_MEM char *path = mem_printf("%s/ca.crt", c->dir);
    err_t e;

    c->key = load_key(key_path);
    c->certificate = load_certificate(path);
    if (!c->key) {
        /* The key is stored first: a certificate without its key is of no use. */
        c->key = EVP_EC_gen("P-256");
        e = save_key(key_path, c->key, reterr);
        if (e)
            return e;
    }
    if (!c->certificate || X509_check_private_key(c->certificate, c->key) != 1) {
        X509_free(c->certificate);
        c->certificate = new_certificate("klamm", c->key, (int64_t)CA_DAYS * DAY_S);
        add_extension(c->certificate, c->certificate, NID_basic_constraints, "critical,CA:TRUE");
        add_extension(c->certificate, c->certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
        add_extension(c->certificate, c->certificate, NID_subject_key_identifier, "hash");
        sign(c->certificate, c->certificate, c->key);
    }
    c->pem = certificate_pem(c->certificate);
    return save(path, c->pem, 0644, reterr);
}

/* Made anew at every start: the addresses may have changed. */
static err_t make_server_certificate(struct ca *c, const char *const *hosts, struct why *reterr)
{
    OWNED_MEM char *key_path = mem_printf("%s/server.key", c->dir);
    OWNED_MEM char *path = mem_printf("%s/server.crt", c->dir);
    OWNED_MEM char *pem = NULL;
    OWNED_BUF names = { 0 };
    err_t e = ERR_OK;

    buf_put_text(&names, "DNS:localhost,IP:127.0.0.1");
    for (; *hosts; hosts++)
        buf_printf(&names, ",IP:%s", *hosts);
    c->server_key = load_key(key_path);
    if (!c->server_key) {
        c->server_key = EVP_EC_gen("P-256");
        e = save_key(key_path, c->server_key, reterr);
    }
    if (e)
        return e;
    c->server_certificate = new_certificate("klammd", c->server_key, (int64_t)SERVER_DAYS * DAY_S);
    add_extension(c->server_certificate, c->certificate, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(c->server_certificate, c->certificate, NID_ext_key_usage, "serverAuth");
    add_extension(c->server_certificate, c->certificate, NID_subject_alt_name, buf_text(&names));
    sign(c->server_certificate, c->certificate, c->key);
    pem = certificate_pem(c->server_certificate);
    return save(path, pem, 0644, reterr);
}

err_t ca_open(const char *data_dir, const char *const *hosts, struct ca **ret, struct why *reterr)
{
    OWNED(ca) c = mem_new(struct ca);
    err_t e;

    c->dir = mem_printf("%s/pki", data_dir);
    e = fs_mkdirs(fs_posix(), c->dir, 0700);
    if (e)
        return why(reterr, e, "%s: %s", c->dir, err_text(e));
    e = open_authority(c, reterr);
    if (!e)
        e = make_server_certificate(c, hosts, reterr);
    if (e)
        return e;
    *ret = c;
    c = NULL;
    return ERR_OK;
}

struct ca *ca_free(struct ca *c)
{
    if (!c)
        return NULL;
    EVP_PKEY_free(c->key);
    EVP_PKEY_free(c->server_key);
    X509_free(c->certificate);
    X509_free(c->server_certificate);
    mem_free(c->dir);
    mem_free(c->pem);
    mem_free(c);
    return NULL;
}

err_t ca_server_context(struct ca *c, bool clients, SSL_CTX **ret, struct why *reterr)
{
    SSL_CTX *s = SSL_CTX_new(TLS_server_method());

    SSL_CTX_set_min_proto_version(s, TLS1_2_VERSION);
    SSL_CTX_set_mode(s, SSL_MODE_RELEASE_BUFFERS); /* what is idle holds no buffers */
    if (SSL_CTX_use_certificate(s, c->server_certificate) != 1 ||
        SSL_CTX_use_PrivateKey(s, c->server_key) != 1) {
        SSL_CTX_free(s);
        return failed("server certificate", reterr);
    }
    if (clients) {
        X509_STORE_add_cert(SSL_CTX_get_cert_store(s), c->certificate);
        SSL_CTX_set_verify(s, SSL_VERIFY_PEER, NULL);
        SSL_CTX_set_session_id_context(s, (const uint8_t *)"klammd", 6);
        SSL_CTX_set_session_cache_mode(s, SSL_SESS_CACHE_OFF); /* agents stay connected for days */
        SSL_CTX_set_num_tickets(s, 0);
    }
    *ret = s;
    return ERR_OK;
}

/* The caller frees by X509_REQ_free. */
static err_t read_request(const char *csr_pem, X509_REQ **ret, struct why *reterr)
{
    BIO *b = BIO_new_mem_buf(csr_pem, -1);
    X509_REQ *request = PEM_read_bio_X509_REQ(b, NULL, NULL, NULL);
    EVP_PKEY *key = request ? X509_REQ_get0_pubkey(request) : NULL;

    BIO_free(b);
    if (!key || X509_REQ_verify(request, key) != 1) {
        X509_REQ_free(request);
        return why(reterr, ERR_INVALID, "csr: not a certificate request in PEM signed by its own key");
    }
    *ret = request;
    return ERR_OK;
}

err_t ca_request_key(const char *csr_pem, char ret[65], struct why *reterr)
{
    X509_REQ *request;
    uint8_t *der = NULL, digest[32];
    err_t e = read_request(csr_pem, &request, reterr);
    int n;

    if (e)
        return e;
    n = i2d_PUBKEY(X509_REQ_get0_pubkey(request), &der);
    X509_REQ_free(request);
    if (n <= 0)
        return failed("csr", reterr);
    EVP_Digest(der, (size_t)n, digest, NULL, EVP_sha256(), NULL);
    OPENSSL_free(der);
    for (int i = 0; i < 32; i++)
        snprintf(ret + 2 * i, 3, "%02x", digest[i]);
    return ERR_OK;
}

err_t ca_sign(struct ca *c, const char *csr_pem, const char *name, int64_t lifetime_s, char **ret_certificate,
              struct why *reterr)
{
    X509_REQ *request;
    EVP_PKEY *key;
    X509 *x;
    err_t e = read_request(csr_pem, &request, reterr);

    if (e)
        return e;
    key = X509_REQ_get0_pubkey(request);
    x = new_certificate(name, key, lifetime_s);
    add_extension(x, c->certificate, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(x, c->certificate, NID_ext_key_usage, "clientAuth");
    sign(x, c->certificate, c->key);
    *ret_certificate = certificate_pem(x);
    X509_free(x);
    X509_REQ_free(request);
    return ERR_OK;
}

const char *ca_certificate(const struct ca *c)
{
    return c->pem;
}

#include <stdio.h>
#include <time.h>

#include <openssl/pem.h>

#include "agent/report/http.h"
#include "agent/report/link.h"
#include "common/fs.h"
#include "common/log.h"

enum { TOKEN_BYTES_MAX = 256, PEM_BYTES_MAX = 64 * 1024, JOIN_TIMEOUT_S = 10, RETRY_MS = 200 };

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

/* Of a join that was cut: klammd takes a token again from the same key. NULL: there is none. */
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

/* The key (0600, on disk before it is spoken of) and a request signed by it. */
static err_t make_request(const char *dir, const char *name, char **ret_csr, struct why *reterr)
{
    EVP_PKEY *old = load_key(dir), *key = old ? old : EVP_EC_gen("P-256");
    X509_REQ *request = X509_REQ_new();
    BIO *key_bio = BIO_new(BIO_s_mem()), *csr_bio = BIO_new(BIO_s_mem());
    OWNED_MEM char *key_text = NULL;
    err_t e = ERR_OK;

    PEM_write_bio_PrivateKey(key_bio, key, NULL, NULL, 0, NULL, NULL);
    key_text = bio_text(key_bio);
    if (!old)
        e = save(dir, "agent.key", key_text, reterr);
    X509_REQ_set_pubkey(request, key);
    X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request), "CN", MBSTRING_ASC,
                               (const uint8_t *)name, -1, -1, 0);
    X509_REQ_sign(request, key, EVP_sha256());
    PEM_write_bio_X509_REQ(csr_bio, request);
    *ret_csr = bio_text(csr_bio);
    BIO_free(key_bio);
    BIO_free(csr_bio);
    X509_REQ_free(request);
    EVP_PKEY_free(key);
    return e;
}

static err_t read_token(const char *path, char **ret, struct why *reterr)
{
    OWNED_BUF text = { 0 };
    err_t e = path ? fs_read_all(fs_posix(), path, TOKEN_BYTES_MAX, &text) : ERR_NOT_FOUND;

    if (e)
        return why(reterr, e, "--token-file %s: %s; `klammd token create` makes one",
                   path ? path : "", err_text(e));
    while (text.n && (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == ' '))
        text.n--;
    *ret = mem_strndup((char *)text.p, text.n);
    return ERR_OK;
}

static json_t *describe(const struct join_options *o, const char *token, const char *csr)
{
    json_t *body = json_pack("{s:s, s:s, s:s, s:s}", "token", token, "csr", csr, "name", o->name, "zone",
                             o->zone);

    facts_encode(&o->facts, body);
    return body;
}

/* Until klammd answers, whatever it says. */
static err_t ask(const struct join_options *o, const json_t *body, json_t **ret, struct why *reterr)
{
    static const struct timespec pause = { 0, RETRY_MS * 1000000 };
    OWNED_MEM char *url = mem_printf("%s/agent/v1/join", o->server);
    struct http_call call = { .url = url, .ca_file = o->ca_file, .timeout_s = JOIN_TIMEOUT_S };
    struct http_client *client = http_new();
    bool told = false;
    long status;

    while (http_post(client, &call, body, &status, ret, reterr)) {
        if (!told)
            log_event(LOG_WARN, "join_waits", "reason=\"%s\"", reterr->text);
        told = true;
        nanosleep(&pause, NULL);
    }
    http_free(client);
    if (status == 200 && json_is_string(json_object_get(*ret, "certificate")) &&
        json_is_string(json_object_get(*ret, "ca")))
        return ERR_OK;
    return why(reterr, status == 401 ? ERR_UNAUTHENTICATED : ERR_INVALID, "klammd refused: %s",
               json_is_string(json_object_get(*ret, "message"))
                   ? json_string_value(json_object_get(*ret, "message"))
                   : "no reason given");
}

err_t link_join(const struct join_options *o, struct why *reterr)
{
    OWNED_MEM char *certificate = mem_printf("%s/agent.crt", o->identity_dir);
    OWNED_MEM char *token = NULL;
    OWNED_MEM char *csr = NULL;
    struct why reason = { "" };
    json_t *body, *answer = NULL;
    err_t e;

    if (fs_exists(certificate))
        return ERR_OK;
    e = fs_mkdirs(fs_posix(), o->identity_dir, 0700);
    if (e)
        return why(reterr, e, "%s: %s", o->identity_dir, err_text(e));
    e = read_token(o->token_file, &token, reterr);
    if (!e)
        e = make_request(o->identity_dir, o->name, &csr, reterr);
    if (e)
        return e;
    body = describe(o, token, csr);
    e = ask(o, body, &answer, &reason);
    json_decref(body);
    if (!e)
        e = save(o->identity_dir, "ca.crt", json_string_value(json_object_get(answer, "ca")), &reason);
    if (!e) /* the last: with it the node has joined */
        e = save(o->identity_dir, "agent.crt",
                 json_string_value(json_object_get(answer, "certificate")), &reason);
    json_decref(answer);
    return e ? why(reterr, e, "joining %s: %s", o->server, reason.text) : ERR_OK;
}

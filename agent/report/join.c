#include <stdio.h>
#include <time.h>

#include "agent/report/http.h"
#include "agent/report/link.h"
#include "agent/report/pki.h"
#include "common/fs.h"
#include "common/log.h"

enum { TOKEN_BYTES_MAX = 256, JOIN_TIMEOUT_S = 10, RETRY_MS = 200 };

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

/* ERR_OK: there is a certificate that holds; ERR_NOT_FOUND: one is needed. */
static err_t look(const struct join_options *o, struct why *reterr)
{
    struct pki_validity v;
    err_t e = pki_validity(o->identity_dir, &v, reterr);

    if (e || time(NULL) < v.not_after_s)
        return e;
    log_event(LOG_ERROR, "certificate_expired", "dir=%s since_s=%lld", o->identity_dir,
              (long long)(time(NULL) - v.not_after_s));
    return ERR_NOT_FOUND;
}

/* klammd's authority; on disk before the certificate, with which the node has joined. */
static err_t keep_authority(const char *dir, const char *pem, struct why *reterr)
{
    OWNED_MEM char *path = mem_printf("%s/ca.crt", dir);
    err_t e = fs_replace(fs_posix(), path, slice_make(pem, strlen(pem)), 0600);

    return e ? why(reterr, e, "%s: %s", path, err_text(e)) : ERR_OK;
}

err_t link_join(const struct join_options *o, struct why *reterr)
{
    OWNED_MEM char *token = NULL;
    OWNED_MEM char *csr = NULL;
    struct why reason = { "" };
    json_t *body, *answer = NULL;
    err_t e = look(o, reterr);

    if (e != ERR_NOT_FOUND)
        return e;
    e = fs_mkdirs(fs_posix(), o->identity_dir, 0700);
    if (e)
        return why(reterr, e, "%s: %s", o->identity_dir, err_text(e));
    e = read_token(o->token_file, &token, reterr);
    if (!e)
        e = pki_request(o->identity_dir, o->name, &csr, reterr);
    if (e)
        return e;
    body = describe(o, token, csr);
    e = ask(o, body, &answer, &reason);
    json_decref(body);
    if (!e)
        e = keep_authority(o->identity_dir, json_string_value(json_object_get(answer, "ca")), &reason);
    if (!e)
        e = pki_keep(o->identity_dir, json_string_value(json_object_get(answer, "certificate")), &reason);
    json_decref(answer);
    return e ? why(reterr, e, "joining %s: %s", o->server, reason.text) : ERR_OK;
}

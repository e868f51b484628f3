#include "agent/report/http.h"

#include <curl/curl.h>
#include <stdlib.h>

#include "common/buf.h"
#include "common/invariant.h"
#include "common/mem.h"

enum { POLL_MS = 1000 };

struct http_client {
    CURL *easy;
    CURLM *multi;
    bool used;         /* there may be an open connection */
    unsigned identity; /* that the open connection has shown */
};

static size_t receive(char *p, size_t size, size_t n, void *ctx)
{
    struct buf *b = ctx;

    if (b->n + size * n > HTTP_ANSWER_BYTES_MAX)
        return 0;
    buf_put(b, p, size * n);
    return size * n;
}

static void set_up(CURL *h, const struct http_call *c, const char *body, struct curl_slist *headers,
                   struct buf *answer)
{
    curl_easy_reset(h);
    curl_easy_setopt(h, CURLOPT_URL, c->url);
    curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(h, CURLOPT_TIMEOUT, c->timeout_s);
    curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT, 5L);
    curl_easy_setopt(h, CURLOPT_CAINFO, c->ca_file);
    curl_easy_setopt(h, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(h, CURLOPT_WRITEDATA, answer);
    /* A poll waits for long: a klammd that the network has swallowed is noticed by the kernel. */
    curl_easy_setopt(h, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(h, CURLOPT_TCP_KEEPIDLE, 5L);
    curl_easy_setopt(h, CURLOPT_TCP_KEEPINTVL, 2L);
    curl_easy_setopt(h, CURLOPT_PROXY, ""); /* klammd is dialled directly, whatever the environment says */
    /* A resumed session would show the certificate of its first handshake. */
    curl_easy_setopt(h, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    if (c->key_file) {
        curl_easy_setopt(h, CURLOPT_SSLKEY, c->key_file);
        curl_easy_setopt(h, CURLOPT_SSLCERT, c->certificate_file);
    }
}

/* It owns the connection. */
static void new_multi(struct http_client *c)
{
    c->multi = curl_multi_init();
    INVARIANT(c->multi);
    curl_multi_setopt(c->multi, CURLMOPT_MAXCONNECTS, 1L); /* a fresh one drops the old one */
}

struct http_client *http_new(void)
{
    struct http_client *c = mem_new(struct http_client);

    c->easy = curl_easy_init();
    INVARIANT(c->easy);
    new_multi(c);
    return c;
}

bool http_is_open(const struct http_client *c)
{
    return c->used;
}

void http_hang_up(struct http_client *c)
{
    if (!c->used)
        return;
    curl_multi_cleanup(c->multi);
    new_multi(c);
    c->used = false;
}

struct http_client *http_free(struct http_client *c)
{
    if (!c)
        return NULL;
    curl_multi_cleanup(c->multi);
    curl_easy_cleanup(c->easy);
    mem_free(c);
    return NULL;
}

void http_wake(struct http_client *c)
{
    (void)curl_multi_wakeup(c->multi);
}

static bool stopped(const struct http_call *call)
{
    return call->stop && atomic_load(call->stop);
}

/* What curl_easy_perform does, but it can be woken. */
static CURLcode perform(struct http_client *c, const struct http_call *call)
{
    CURLcode code = CURLE_ABORTED_BY_CALLBACK;
    int running = 1, left;
    CURLMsg *m;

    curl_multi_add_handle(c->multi, c->easy);
    while (running && !stopped(call) && !curl_multi_perform(c->multi, &running))
        if (running)
            (void)curl_multi_poll(c->multi, NULL, 0, POLL_MS, NULL);
    while ((m = curl_multi_info_read(c->multi, &left)))
        if (m->msg == CURLMSG_DONE)
            code = m->data.result;
    curl_multi_remove_handle(c->multi, c->easy);
    return code;
}

err_t http_post(struct http_client *c, const struct http_call *call, const json_t *body, long *ret_status,
                json_t **ret, struct why *reterr)
{
    OWNED_BUF answer = { 0 };
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    char *text = json_dumps(body, JSON_COMPACT);
    CURLcode code;

    *ret = NULL;
    *ret_status = 0;
    set_up(c->easy, call, text, headers, &answer);
    curl_easy_setopt(c->easy, CURLOPT_FRESH_CONNECT, (long)(call->identity != c->identity));
    c->identity = call->identity;
    c->used = true;
    code = perform(c, call);
    curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, ret_status);
    curl_slist_free_all(headers);
    free(text);
    if (code == CURLE_ABORTED_BY_CALLBACK)
        return why(reterr, ERR_CLOSED, "stopped");
    if (code != CURLE_OK)
        return why(reterr, code == CURLE_OPERATION_TIMEDOUT ? ERR_TIMEOUT : ERR_UNREACHABLE,
                   "%s: %s", call->url, curl_easy_strerror(code));
    *ret = json_loadb((char *)answer.p, answer.n, 0, NULL);
    return ERR_OK;
}

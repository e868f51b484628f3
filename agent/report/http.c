#include "agent/report/http.h"

#include <curl/curl.h>
#include <stdlib.h>

#include "common/buf.h"

static size_t receive(char *p, size_t size, size_t n, void *ctx)
{
    struct buf *b = ctx;

    if (b->n + size * n > HTTP_ANSWER_BYTES_MAX)
        return 0;
    buf_put(b, p, size * n);
    return size * n;
}

static int progress(void *ctx, curl_off_t dt, curl_off_t d, curl_off_t ut, curl_off_t u)
{
    const atomic_bool *stop = ctx;

    (void)dt;
    (void)d;
    (void)ut;
    (void)u;
    return atomic_load(stop);
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
    curl_easy_setopt(h, CURLOPT_PROXY, ""); /* klammd is dialled directly, whatever the environment says */
    if (c->key_file) {
        curl_easy_setopt(h, CURLOPT_SSLKEY, c->key_file);
        curl_easy_setopt(h, CURLOPT_SSLCERT, c->certificate_file);
    }
    if (c->stop) {
        curl_easy_setopt(h, CURLOPT_NOPROGRESS, 0L);
        curl_easy_setopt(h, CURLOPT_XFERINFOFUNCTION, progress);
        curl_easy_setopt(h, CURLOPT_XFERINFODATA, (void *)(uintptr_t)c->stop);
    }
}

err_t http_post(void **curl, const struct http_call *c, const json_t *body, long *ret_status, json_t **ret,
                struct why *reterr)
{
    OWNED_BUF answer = { 0 };
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    char *text = json_dumps(body, JSON_COMPACT);
    CURLcode code;

    *ret = NULL;
    *ret_status = 0;
    if (!*curl)
        *curl = curl_easy_init();
    set_up(*curl, c, text, headers, &answer);
    code = curl_easy_perform(*curl);
    curl_easy_getinfo(*curl, CURLINFO_RESPONSE_CODE, ret_status);
    curl_slist_free_all(headers);
    free(text);
    if (code == CURLE_ABORTED_BY_CALLBACK)
        return why(reterr, ERR_CLOSED, "stopped");
    if (code != CURLE_OK)
        return why(reterr, code == CURLE_OPERATION_TIMEDOUT ? ERR_TIMEOUT : ERR_UNREACHABLE, "%s: %s", c->url,
                   curl_easy_strerror(code));
    *ret = json_loadb((char *)answer.p, answer.n, 0, NULL);
    return ERR_OK;
}

void http_done(void **curl)
{
    if (*curl)
        curl_easy_cleanup(*curl);
    *curl = NULL;
}

#include "api/rest/client.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/rest/sigv4.h"
#include "common/clock.h"

struct rest_client {
    CURL *curl;
    char *endpoint, *host, *region, *ca_file;
    char *access_key, *secret, *session_token;
    int64_t timeout_ms;
    bool dry;
};

/* One call's answer; the bytes are bounded before they are kept. */
struct answer {
    struct buf body;
    char type[80];
    bool too_large;
};

static size_t take_body(char *p, size_t size, size_t n, void *user)
{
    struct answer *a = user;

    if (size * n > REST_ANSWER_BYTES_MAX - a->body.n) {
        a->too_large = true;
        return 0;
    }
    buf_put(&a->body, p, size * n);
    return size * n;
}

/* x-amzn-errortype: BadRequestException[:URL] */
static size_t take_header(char *p, size_t size, size_t n, void *user)
{
    static const char name[] = "x-amzn-errortype:";
    struct answer *a = user;
    size_t total = size * n, at = sizeof(name) - 1, used = 0;

    if (total < at || strncasecmp(p, name, at) != 0)
        return total;
    while (at < total && p[at] == ' ')
        at++;
    while (at < total && used + 1 < sizeof(a->type) && p[at] > ' ' && p[at] != ':')
        a->type[used++] = p[at++];
    a->type[used] = '\0';
    return total;
}

err_t rest_client_new(const struct rest_client_config *config, struct rest_client **ret,
                      struct why *reterr)
{
    const char *endpoint = config->endpoint, *host = strstr(endpoint, "://");
    size_t n = strlen(endpoint);
    struct rest_client *c;

    while (n && endpoint[n - 1] == '/')
        n--;
    if ((strncmp(endpoint, "http://", 7) != 0 && strncmp(endpoint, "https://", 8) != 0) ||
        n <= (size_t)(host + 3 - endpoint) ||
        strcspn(host + 3, "/?#@ ") != n - (size_t)(host + 3 - endpoint))
        return why(reterr, ERR_INVALID,
                   "endpoint: '%s' must be http://HOST:PORT or https://HOST:PORT", endpoint);
    if (curl_global_init(CURL_GLOBAL_DEFAULT))
        return why(reterr, ERR_NOMEM, "libcurl does not start");
    c = mem_new(struct rest_client);
    c->endpoint = mem_strndup(endpoint, n);
    c->host = mem_strdup(strstr(c->endpoint, "://") + 3);
    c->region = mem_strdup(config->region);
    c->ca_file = config->ca_file ? mem_strdup(config->ca_file) : NULL;
    c->access_key = mem_strdup(config->credentials->access_key);
    c->secret = mem_strdup(config->credentials->secret);
    if (config->credentials->session_token)
        c->session_token = mem_strdup(config->credentials->session_token);
    c->timeout_ms = config->timeout_ms ? config->timeout_ms : REST_TIMEOUT_MS;
    c->curl = curl_easy_init();
    *ret = c;
    return ERR_OK;
}

struct rest_client *rest_client_free(struct rest_client *c)
{
    if (!c)
        return NULL;
    curl_easy_cleanup(c->curl);
    explicit_bzero(c->secret, strlen(c->secret));
    mem_free(c->endpoint);
    mem_free(c->host);
    mem_free(c->region);
    mem_free(c->ca_file);
    mem_free(c->access_key);
    mem_free(c->secret);
    mem_free(c->session_token);
    mem_free(c);
    return NULL;
}

static void add_header(struct curl_slist **list, const char *name, struct str value)
{
    OWNED_MEM char *line = mem_printf("%s: %.*s", name, STR_ARG(value));

    *list = curl_slist_append(*list, line);
}

/* What is asked for, and of which service. */
struct question {
    const char *service, *method, *target;
    const char *operation; /* X-Amz-Target of JSON 1.1; NULL: none */
    bool dry;
};

static const char *content_type(const struct question *q)
{
    return q->operation ? "application/x-amz-json-1.1" : "application/json";
}

/* Everything that is sent is signed, then handed to curl with the signature. */
static err_t signed_headers(const struct rest_client *c, const struct question *q, struct slice body,
                            struct curl_slist **ret, struct why *reterr)
{
    const char *target = q->target;
    const char *question = strchr(target, '?');
    OWNED_BUF authorization = { 0 };
    char timestamp[17];
    struct sigv4_header headers[6] = {
        { STR_LIT("Host"), str_of(c->host) },
        { STR_LIT("X-Amz-Date"), STR_LIT("") },
        { STR_LIT("Content-Type"), str_of(content_type(q)) },
    };
    struct sigv4_request r = {
        .method = str_of(q->method),
        .path = question ? str_make(target, (size_t)(question - target)) : str_of(target),
        .query = str_of(question ? question + 1 : ""),
        .headers = headers,
        .headers_n = 3,
        .body = body,
    };
    err_t e;

    if (c->session_token)
        headers[r.headers_n++] = (struct sigv4_header){ STR_LIT("X-Amz-Security-Token"),
                                                        str_of(c->session_token) };
    if (q->operation)
        headers[r.headers_n++] = (struct sigv4_header){ STR_LIT("X-Amz-Target"), str_of(q->operation) };
    if (q->dry)
        headers[r.headers_n++] = (struct sigv4_header){ STR_LIT("X-Klamm-Dry-Run"), STR_LIT("true") };
    sigv4_timestamp(clock_wall_ms(), timestamp);
    headers[1].value = str_of(timestamp);
    e = sigv4_sign(&r, str_of(c->access_key), str_of(c->secret), str_of(c->region),
                   str_of(q->service), &authorization, reterr);
    if (e)
        return e;
    for (unsigned i = 0; i < r.headers_n; i++)
        add_header(ret, headers[i].name.p, headers[i].value);
    add_header(ret, "Authorization", str_make((char *)authorization.p, authorization.n));
    *ret = curl_slist_append(*ret, "Expect:");
    return ERR_OK;
}

static void set_request(struct rest_client *c, const char *method, const char *url,
                        struct slice body, struct curl_slist *headers, struct answer *a)
{
    CURL *h = c->curl;

    curl_easy_reset(h); /* keeps the connection */
    curl_easy_setopt(h, CURLOPT_URL, url);
    curl_easy_setopt(h, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(h, CURLOPT_PROXY, "");
    curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)c->timeout_ms);
    curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(h, CURLOPT_WRITEDATA, a);
    curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(h, CURLOPT_HEADERDATA, a);
    if (c->ca_file)
        curl_easy_setopt(h, CURLOPT_CAINFO, c->ca_file);
    if (body.n) {
        curl_easy_setopt(h, CURLOPT_POSTFIELDS, body.p);
        curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE, (long)body.n);
    }
}

/* A failure without an answer, as what to do about it. */
static err_t no_answer(const struct rest_client *c, CURLcode code, const struct answer *a,
                       struct rest_refusal *reterr)
{
    if (a->too_large)
        return why(&reterr->why, ERR_TOO_LARGE, "%s answered with more than %d bytes", c->endpoint,
                   REST_ANSWER_BYTES_MAX);
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
        return why(&reterr->why, ERR_TIMEOUT, "%s did not answer within %lld ms", c->endpoint,
                   (long long)c->timeout_ms);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
        return why(&reterr->why, ERR_UNREACHABLE,
                   "%s: its certificate is not trusted (%s); give the CA bundle by --ca-file or "
                   "AWS_CA_BUNDLE",
                   c->endpoint, curl_easy_strerror(code));
    default:
        return why(&reterr->why, ERR_UNREACHABLE,
                   "%s cannot be reached: %s; is klammd running there?", c->endpoint,
                   curl_easy_strerror(code));
    }
}

static err_t refusal_kind(long status)
{
    switch (status) {
    case 401:
        return ERR_UNAUTHENTICATED;
    case 403:
        return ERR_FORBIDDEN;
    case 404:
        return ERR_NOT_FOUND;
    case 409:
        return ERR_CONFLICT;
    case 429:
    case 503:
        return ERR_BUSY;
    default:
        return status >= 500 ? ERR_IO : ERR_INVALID;
    }
}

static err_t refused(const struct answer *a, const json_t *body, struct rest_refusal *reterr)
{
    const char *message = json_string_value(json_object_get(body, "message"));
    const char *type = json_string_value(json_object_get(body, "__type"));

    if (!message)
        message = json_string_value(json_object_get(body, "Message"));
    memcpy(reterr->type, a->type, sizeof(reterr->type));
    if (!a->type[0] && type)
        (void)snprintf(reterr->type, sizeof(reterr->type), "%s", type);
    return why(&reterr->why, refusal_kind(reterr->status), "%s",
               message ? message : "the service gave no reason");
}

static err_t read_answer(const struct rest_client *c, const struct answer *a, json_t **ret,
                         struct rest_refusal *reterr)
{
    json_t *body = a->body.n ? json_loadb((char *)a->body.p, a->body.n, 0, NULL) : json_object();
    err_t e = ERR_OK;

    if (reterr->status < 200 || reterr->status > 299)
        e = refused(a, body, reterr);
    else if (!body)
        e = why(&reterr->why, ERR_MALFORMED, "%s answered with something that is not JSON",
                c->endpoint);
    if (!e && ret) {
        *ret = body;
        return ERR_OK;
    }
    json_decref(body);
    return e;
}

static err_t call(struct rest_client *c, const struct question *q, const json_t *body, json_t **ret,
                  struct rest_refusal *reterr)
{
    OWNED_MEM char *url = mem_printf("%s%s", c->endpoint, q->target);
    char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
    struct slice sent = slice_make(text, text ? strlen(text) : 0);
    struct curl_slist *headers = NULL;
    struct answer a = { 0 };
    CURLcode code;
    err_t e;

    memset(reterr, 0, sizeof(*reterr));
    e = signed_headers(c, q, sent, &headers, &reterr->why);
    if (!e) {
        set_request(c, q->method, url, sent, headers, &a);
        code = curl_easy_perform(c->curl);
        if (code) {
            e = no_answer(c, code, &a, reterr);
        } else {
            curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &reterr->status);
            e = read_answer(c, &a, ret, reterr);
        }
    }
    curl_slist_free_all(headers);
    free(text);
    buf_done(&a.body);
    return e;
}

void rest_client_dry(struct rest_client *c, bool dry)
{
    c->dry = dry;
}

err_t rest_client_call(struct rest_client *c, const char *method, const char *target,
                       const json_t *body, json_t **ret, struct rest_refusal *reterr)
{
    return call(c, &(struct question){ "kafka", method, target, NULL, c->dry && strcmp(method, "GET") != 0 },
                body, ret, reterr);
}

err_t rest_client_scaling(struct rest_client *c, const char *operation, const json_t *body, json_t **ret,
                          struct rest_refusal *reterr)
{
    OWNED_MEM char *name = mem_printf("AnyScaleFrontendService.%s", operation);

    return call(c, &(struct question){ "application-autoscaling", "POST", "/", name, c->dry }, body, ret,
                reterr);
}

char *rest_path(const char *format, const char *segment)
{
    OWNED_BUF encoded = { 0 };

    uri_encode(str_of(segment), false, &encoded);
    return mem_printf(format, buf_text(&encoded));
}

#include "controlplane/rest/http.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/queue.h>

#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>

#include "common/limits.h"
#include "common/mem.h"
#include "common/rng.h"
#include "controlplane/rest/guard.h"

struct http_server {
    struct http_server_options o;
    struct evhttp *http;
    struct guard *guard;
};

static struct bufferevent *new_connection(struct event_base *base, void *ctx)
{
    struct http_server *s = ctx;

    (void)base;
    return guard_connection(s->guard, s->o.tls);
}

static struct bufferevent *buffer_of(struct evhttp_request *raw)
{
    return evhttp_connection_get_bufferevent(evhttp_request_get_connection(raw));
}

static const char *method_name(const struct evhttp_request *raw)
{
    switch (evhttp_request_get_command(raw)) {
    case EVHTTP_REQ_GET:
        return "GET";
    case EVHTTP_REQ_POST:
        return "POST";
    case EVHTTP_REQ_PUT:
        return "PUT";
    case EVHTTP_REQ_DELETE:
        return "DELETE";
    case EVHTTP_REQ_PATCH:
        return "PATCH";
    case EVHTTP_REQ_HEAD:
    case EVHTTP_REQ_OPTIONS:
    case EVHTTP_REQ_TRACE:
    case EVHTTP_REQ_CONNECT:
        break;
    }
    return "OTHER";
}

/* A connection may live longer than the certificate that was good when it began. */
static bool has_expired(const X509 *certificate)
{
    return X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0;
}

/* The common name of a verified client certificate, in `ret`; NULL without one. */
static const char *peer_name(struct evhttp_request *raw, char ret[HTTP_PEER_BYTES])
{
    SSL *ssl = bufferevent_openssl_get_ssl(buffer_of(raw));
    X509 *certificate = ssl ? SSL_get0_peer_certificate(ssl) : NULL;
    int n = -1;

    if (certificate && SSL_get_verify_result(ssl) == X509_V_OK && !has_expired(certificate))
        n = X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, ret,
                                      HTTP_PEER_BYTES);
    return n > 0 ? ret : NULL;
}

static void make_id(char ret[37])
{
    uint8_t b[16];

    rng_system(b, sizeof(b));
    snprintf(ret, 37, "%02x%02x%02x%02x-%02x%02x-4%x%02x-a%x%02x-%02x%02x%02x%02x%02x%02x", b[0],
             b[1], b[2], b[3], b[4], b[5], b[6] & 15, b[7], b[8] & 15, b[9], b[10], b[11], b[12],
             b[13], b[14], b[15]);
}

static void request_free(struct http_request *r)
{
    if (r->watch)
        event_free(r->watch);
    mem_free(r);
}

/* The connection is going away with a request unanswered. */
static void on_close(void *ctx)
{
    struct http_request *r = ctx;

    if (r->cancelled)
        r->cancelled(r);
    request_free(r);
}

/* Head and body leave as records of their own: the second would wait 40 ms for the other side's kernel to
 * acknowledge the first. */
static void send_at_once(struct evhttp_request *raw)
{
    static const int on = 1;

    (void)setsockopt(bufferevent_getfd(buffer_of(raw)), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static void on_request(struct evhttp_request *raw, void *ctx)
{
    struct http_server *s = ctx;
    struct http_request *r = mem_new(struct http_request);
    struct evbuffer *in = evhttp_request_get_input_buffer(raw);
    size_t n = evbuffer_get_length(in);
    struct str uri = str_of(evhttp_request_get_uri(raw));
    const char *mark;

    mark = memchr(uri.p, '?', uri.n);
    r->raw = raw;
    r->guard = s->guard;
    r->ctx = s->o.ctx;
    r->method = str_of(method_name(raw));
    r->path = mark ? str_make(uri.p, (size_t)(mark - uri.p)) : uri;
    r->query = mark ? str_make(mark + 1, uri.n - r->path.n - 1) : str_of("");
    r->body = slice_make(n ? evbuffer_pullup(in, -1) : (const uint8_t *)"", n);
    r->peer = s->o.tls ? peer_name(raw, r->peer_name) : NULL;
    make_id(r->id);
    send_at_once(raw);
    guard_serving(s->guard, evhttp_request_get_connection(raw), on_close, r);
    s->o.handle(r);
}

err_t http_server_new(const struct http_server_options *o, struct http_server **ret,
                      struct why *reterr)
{
    struct guard_limits limits = {
        .request_ms = HTTP_REQUEST_MS, .connections_max = HTTP_STRANGERS_MAX,
        .stranger_bytes_max = o->stranger_bytes_max ? o->stranger_bytes_max : HTTP_REQUEST_BYTES_MAX,
        .underway_bytes_max = HTTP_UNDERWAY_BYTES_MAX,
    };
    struct http_server *s = mem_new(struct http_server);

    s->o = *o;
    s->guard = guard_new(o->base, &limits);
    s->http = evhttp_new(o->base);
    evhttp_set_max_headers_size(s->http, HTTP_HEADER_BYTES_MAX);
    evhttp_set_max_body_size(s->http, REST_BODY_BYTES_MAX);
    evhttp_set_timeout(s->http, HTTP_TIMEOUT_S);
    evhttp_set_allowed_methods(s->http, EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_PUT |
                                            EVHTTP_REQ_DELETE | EVHTTP_REQ_PATCH);
    evhttp_set_default_content_type(s->http, NULL);
    evhttp_set_bevcb(s->http, new_connection, s);
    evhttp_set_gencb(s->http, on_request, s);
    if (!evhttp_bind_socket_with_handle(s->http, o->host, o->port)) {
        http_server_free(s);
        return why(reterr, ERR_IO, "cannot listen on %s:%u: %s", o->host, o->port, strerror(errno));
    }
    *ret = s;
    return ERR_OK;
}

struct http_server *http_server_free(struct http_server *s)
{
    if (!s)
        return NULL;
    evhttp_free(s->http);
    guard_release(s->guard);
    mem_free(s);
    return NULL;
}

const char *http_header(const struct http_request *r, const char *name)
{
    return evhttp_find_header(evhttp_request_get_input_headers(r->raw), name);
}

bool http_header_at(const struct http_request *r, unsigned i, struct str *ret_name,
                    struct str *ret_value)
{
    struct evkeyval *h = TAILQ_FIRST(evhttp_request_get_input_headers(r->raw));

    while (h && i--)
        h = TAILQ_NEXT(h, next);
    if (!h)
        return false;
    *ret_name = str_of(h->key);
    *ret_value = str_of(h->value);
    return true;
}

void http_reply(struct http_request *r, int status, const char *error_type,
                const char *content_type, struct slice body)
{
    struct evkeyvalq *headers = evhttp_request_get_output_headers(r->raw);
    struct evbuffer *out = evbuffer_new();

    guard_served(r->guard, evhttp_request_get_connection(r->raw));
    evhttp_add_header(headers, "x-amzn-RequestId", r->id);
    if (error_type)
        evhttp_add_header(headers, "x-amzn-ErrorType", error_type);
    if (body.n) {
        evhttp_add_header(headers, "Content-Type", content_type);
        evbuffer_add(out, body.p, body.n);
    }
    evhttp_send_reply(r->raw, status, status < 300 ? "OK" : "Error", out);
    evbuffer_free(out);
    request_free(r);
}

void http_reply_json(struct http_request *r, int status, const char *error_type, json_t *body)
{
    char *text = json_dumps(body, JSON_COMPACT);

    json_decref(body);
    http_reply(r, status, error_type, "application/json",
               slice_make(text, text ? strlen(text) : 0));
    mem_free(text);
}

bool http_peer_gone(const struct http_request *r)
{
    struct pollfd p = { .fd = bufferevent_getfd(buffer_of(r->raw)), .events = POLLRDHUP };

    return poll(&p, 1, 0) == 1 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR));
}

/* evhttp does not read while an answer is awaited, so the end of the connection has to be looked for. A
 * client that only speaks on too early is waited with; nobody watches it from then on. */
static void on_watch(evutil_socket_t fd, short what, void *ctx)
{
    struct http_request *r = ctx;

    (void)fd;
    (void)what;
    if (http_peer_gone(r))
        evhttp_connection_free(evhttp_request_get_connection(r->raw)); /* on_close is called */
}

/* A machine that burns down says nothing: the kernel asks it. */
static void ask_for_signs_of_life(int fd)
{
    static const int on = 1, idle_s = 5, pause_s = 2, times = 3;

    _Static_assert(5 + 2 * 3 == HTTP_ALIVE_S, "as http.h says");
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof(idle_s));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &pause_s, sizeof(pause_s));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &times, sizeof(times));
}

void http_park(struct http_request *r, void *parked, void (*cancelled)(struct http_request *r))
{
    struct bufferevent *b = buffer_of(r->raw);
    struct evbuffer *input = evhttp_request_get_input_buffer(r->raw);

    r->body = slice_make("", 0);
    (void)evbuffer_drain(input, evbuffer_get_length(input)); /* a KiB, for as long as it waits */
    r->parked = parked;
    r->cancelled = cancelled;
    ask_for_signs_of_life(bufferevent_getfd(b));
    r->watch = event_new(bufferevent_get_base(b), bufferevent_getfd(b), EV_READ, on_watch, r);
    event_add(r->watch, NULL);
}

/* fleet_load - C4: a store of many clusters, and thousands of agents that wait for klammd.
 *
 *   fleet_load store DATA_DIR NODES CLUSTERS ACCOUNT
 *       fills an empty data directory
 *   fleet_load agents DATA_DIR HOST PORT NODES SECONDS
 *       agents of all nodes: a long poll each, over TLS with the node's certificate; what is wanted runs at
 *       once. As klamm-agent does, each reports over the poll's connection between two polls, and, what has
 *       changed, once more while the next poll waits: over a second connection, closed when it is quiet
 *   fleet_load calls ENDPOINT KEY_ID SECRET REGION describe|list|update N ACCOUNT CLUSTERS
 *       N calls, one after the other; milliseconds, a line each
 *
 * One process and one loop: what an agent costs klammd is a real connection, a real handshake, real
 * messages. */
#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/http.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/agent/messages.h"
#include "common/buf.h"
#include "controlplane/fleet/ca.h"
#include "controlplane/store/store.h"
#include "tests/bench/fleet_load.h"

enum { REPORT_AFTER_MS = 5, AGAIN_MS = 500, QUIET_S = 3 };

struct agent {
    struct load *load;
    char name[16];
    SSL_CTX *tls;
    struct evhttp_connection *poll, *post; /* post: NULL while it is quiet */
    struct event *later;                   /* to report over `post`, or to close it */
    int64_t revision, reports;
    json_t *processes; /* the newest report's */
    bool changed;      /* to be reported over `post` too */
};

struct load {
    struct event_base *base;
    const char *host;
    uint16_t port;
    struct agent *agents;
    int n;
    long polls, reports, failures;
};

static void poll_again(struct agent *a);
static void report(struct agent *a, struct evhttp_connection *c,
                   void (*done)(struct evhttp_request *r, void *ctx));
static void on_reported(struct evhttp_request *r, void *ctx);

static void die(const char *what)
{
    fprintf(stderr, "fleet_load: %s\n", what);
    exit(1);
}

static SSL_CTX *context(struct ca *ca, EVP_PKEY *key, const char *name)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
    X509_REQ *request = X509_REQ_new();
    BIO *out = BIO_new(BIO_s_mem()), *in;
    char *pem, *certificate, *text;
    struct why reason;
    X509 *x;
    long n;

    X509_REQ_set_pubkey(request, key);
    X509_REQ_sign(request, key, EVP_sha256());
    PEM_write_bio_X509_REQ(out, request);
    n = BIO_get_mem_data(out, &text);
    pem = strndup(text, (size_t)n);
    if (ca_sign(ca, pem, name, 86400, &certificate, &reason))
        die(reason.text);
    in = BIO_new_mem_buf(certificate, -1);
    x = PEM_read_bio_X509(in, NULL, NULL, NULL);
    if (SSL_CTX_use_certificate(tls, x) != 1 || SSL_CTX_use_PrivateKey(tls, key) != 1)
        die("a certificate is not taken");
    SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS);
    X509_free(x);
    BIO_free(in);
    BIO_free(out);
    X509_REQ_free(request);
    free(pem);
    mem_free(certificate);
    return tls;
}

static struct evhttp_connection *connect_to(struct agent *a)
{
    struct load *l = a->load;
    struct bufferevent *b = bufferevent_openssl_socket_new(l->base, -1, SSL_new(a->tls),
                                                           BUFFEREVENT_SSL_CONNECTING,
                                                           BEV_OPT_CLOSE_ON_FREE);
    struct evhttp_connection *c = evhttp_connection_base_bufferevent_new(l->base, NULL, b, l->host, l->port);

    bufferevent_openssl_set_allow_dirty_shutdown(b, 1);
    evhttp_connection_set_timeout(c, AGENT_POLL_MS / 1000 + 15);
    return c;
}

static void send_to(struct evhttp_connection *c, const char *path, json_t *body,
                    void (*done)(struct evhttp_request *r, void *ctx), struct agent *a)
{
    struct evhttp_request *r = evhttp_request_new(done, a);
    char *text = json_dumps(body, JSON_COMPACT);

    evhttp_add_header(evhttp_request_get_output_headers(r), "Host", "klammd");
    evhttp_add_header(evhttp_request_get_output_headers(r), "Content-Type", "application/json");
    evbuffer_add(evhttp_request_get_output_buffer(r), text, strlen(text));
    mem_free(text);
    json_decref(body);
    (void)evhttp_make_request(c, r, EVHTTP_REQ_POST, path);
}

static json_t *who(const struct agent *a, json_t *body)
{
    json_object_set_new(body, "instance", json_string(a->name));
    json_object_set_new(body, "installation", json_string(a->name));
    return body;
}

/* All that is wanted is so at once. */
static void take(struct agent *a, const json_t *answer)
{
    const json_t *wanted = json_object_get(answer, "processes");
    int64_t revision = json_integer_value(json_object_get(answer, "revision"));

    a->changed = a->revision >= 0 && revision != a->revision;
    a->revision = revision;
    json_decref(a->processes);
    a->processes = json_array();
    for (size_t i = 0; i < json_array_size(wanted); i++) {
        const json_t *w = json_array_get(wanted, i);
        bool gone = json_is_true(json_object_get(w, "gone"));

        json_array_append_new(a->processes,
                              json_pack("{s:O, s:s, s:O}", "id", json_object_get(w, "id"), "state",
                                        gone ? "gone" : "running", "revision",
                                        json_object_get(w, "revision")));
    }
}

static bool is_good(struct evhttp_request *r)
{
    return r && evhttp_request_get_response_code(r) == 200;
}

static void on_later(evutil_socket_t fd, short what, void *ctx)
{
    (void)fd;
    (void)what;
    poll_again(ctx);
}

static void on_polled(struct evhttp_request *r, void *ctx)
{
    struct agent *a = ctx;
    struct evbuffer *in = r ? evhttp_request_get_input_buffer(r) : NULL;
    json_t *answer;

    if (!is_good(r)) {
        a->load->failures++;
        event_base_once(a->load->base, -1, EV_TIMEOUT, on_later, a,
                        &(struct timeval){ 0, (AGAIN_MS + rand() % AGAIN_MS) * 1000 });
        return;
    }
    a->load->polls++;
    answer = json_loadb((const char *)evbuffer_pullup(in, -1), evbuffer_get_length(in), 0, NULL);
    take(a, answer);
    json_decref(answer);
    report(a, a->poll, on_reported);
}

static void poll_again(struct agent *a)
{
    send_to(a->poll, "/agent/v1/poll", who(a, json_pack("{s:I}", "revision", (json_int_t)a->revision)),
            on_polled, a);
}

static void count_report(struct agent *a, struct evhttp_request *r)
{
    if (is_good(r))
        a->load->reports++;
    else
        a->load->failures++;
}

/* Between two polls. */
static void on_reported(struct evhttp_request *r, void *ctx)
{
    struct agent *a = ctx;

    count_report(a, r);
    poll_again(a);
    if (a->changed)
        event_add(a->later, &(struct timeval){ 0, REPORT_AFTER_MS * 1000 });
}

static void on_reported_besides(struct evhttp_request *r, void *ctx)
{
    struct agent *a = ctx;

    count_report(a, r);
    if (!a->changed)
        event_add(a->later, &(struct timeval){ QUIET_S, 0 });
}

static void on_time(evutil_socket_t fd, short what, void *ctx)
{
    struct agent *a = ctx;

    (void)fd;
    (void)what;
    if (a->changed) {
        a->changed = false;
        a->post = a->post ? a->post : connect_to(a);
        report(a, a->post, on_reported_besides);
    } else if (a->post) {
        evhttp_connection_free(a->post);
        a->post = NULL;
    }
}

static void report(struct agent *a, struct evhttp_connection *c,
                   void (*done)(struct evhttp_request *r, void *ctx))
{
    send_to(c, "/agent/v1/report",
            who(a, json_pack("{s:O, s:[], s:I}", "processes", a->processes, "rebalances", "report",
                             (json_int_t)++a->reports)), done, a);
}

static void on_second(evutil_socket_t fd, short what, void *ctx)
{
    struct load *l = ctx;

    (void)fd;
    (void)what;
    printf("polls=%ld reports=%ld failures=%ld\n", l->polls, l->reports, l->failures);
    fflush(stdout);
}

/* Not all in one instant: as machines that come up. */
static void on_start(evutil_socket_t fd, short what, void *ctx)
{
    (void)fd;
    (void)what;
    poll_again(ctx);
}

int fleet_agents(const char *data_dir, const char *host, uint16_t port, int n, int seconds)
{
    struct load l = { .base = event_base_new(), .host = host, .port = port, .n = n };
    EVP_PKEY *key = EVP_EC_gen("P-256");
    struct event *tick = event_new(l.base, -1, EV_PERSIST, on_second, &l);
    struct why reason;
    struct ca *ca;

    if (ca_open(data_dir, (const char *[]){ host, NULL }, &ca, &reason))
        die(reason.text);
    l.agents = mem_resize_array(NULL, (size_t)n, sizeof(*l.agents));
    for (int i = 0; i < n; i++) {
        struct agent *a = &l.agents[i];

        *a = (struct agent){ .load = &l, .revision = -1 };
        (void)snprintf(a->name, sizeof(a->name), "n%d", i);
        a->tls = context(ca, key, a->name);
        a->poll = connect_to(a);
        a->later = evtimer_new(l.base, on_time, a);
        event_base_once(l.base, -1, EV_TIMEOUT, on_start, a,
                        &(struct timeval){ i * 5 / 1000, i * 5 % 1000 * 1000 });
    }
    event_add(tick, &(struct timeval){ 1, 0 });
    event_base_loopexit(l.base, &(struct timeval){ seconds, 0 });
    event_base_dispatch(l.base);
    return 0;
}

static int number(const char *text)
{
    return (int)strtol(text, NULL, 10);
}

int main(int argc, char **argv)
{
    if (argc == 6 && strcmp(argv[1], "store") == 0)
        return fleet_store(argv[2], number(argv[3]), number(argv[4]), argv[5]);
    if (argc == 7 && strcmp(argv[1], "agents") == 0)
        return fleet_agents(argv[2], argv[3], (uint16_t)number(argv[4]), number(argv[5]), number(argv[6]));
    if (argc > 2 && strcmp(argv[1], "calls") == 0)
        return fleet_calls(argc - 2, argv + 2);
    die("store | agents | calls, see the top of fleet_load.c");
    return 2;
}

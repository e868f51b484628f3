/* klammd - the control plane. See docs/architecture.md.
 *
 *   klammd --config klammd.yaml                run
 *   klammd token create --config klammd.yaml   a one-time join token on standard output */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/thread.h>

#include "common/clock.h"
#include "common/fs.h"
#include "common/log.h"
#include "common/rng.h"
#include "controlplane/rest/api.h"
#include "controlplane/rest/metrics.h"

enum { TOKEN_BYTES = 24, TOKEN_MS = 3600 * 1000, JOIN_BYTES_MAX = 64 * 1024 };

struct klammd {
    struct config *config;
    struct store *store;
    struct ca *ca;
    struct event_base *base;
    struct fleet *fleet;
    struct api api;
    SSL_CTX *rest_tls, *agents_tls;
    struct http_server *rest, *rest_http, *agents;
};

static int usage(FILE *to)
{
    fputs("usage: klammd --config FILE\n"
          "       klammd token create --config FILE\n", to);
    return to == stdout ? 0 : 2;
}

static err_t open_store(struct klammd *k, struct why *reterr)
{
    OWNED_MEM char *path = mem_printf("%s/klammd.db", k->config->data_dir);
    err_t e = fs_mkdirs(fs_posix(), k->config->data_dir, 0700);

    if (e)
        return why(reterr, e, "%s: %s", k->config->data_dir, err_text(e));
    return store_open(path, &k->store, reterr);
}

static err_t listen_at(struct klammd *k, const struct address *a, SSL_CTX *tls, bool agents,
                       struct http_server **ret, struct why *reterr)
{
    struct http_server_options o = {
        .base = k->base, .host = a->host, .port = a->port, .tls = tls,
        .handle = agents ? fleet_handle : tls ? api_handle : metrics_handle,
        .ctx = agents ? (void *)k->fleet : (void *)&k->api,
        .stranger_bytes_max = agents ? JOIN_BYTES_MAX : 0,
    };

    return a->port ? http_server_new(&o, ret, reterr) : ERR_OK;
}

/* One klammd per data directory: each takes what it has in memory for the truth. */
static err_t lock(const struct klammd *k, struct why *reterr)
{
    OWNED_MEM char *path = mem_printf("%s/.lock", k->config->data_dir);
    err_t e = fs_mkdirs(fs_posix(), k->config->data_dir, 0700);
    int fd = e ? -1 : open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0)
        return why(reterr, ERR_IO, "%s: %s", path, strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB) < 0)
        return why(reterr, ERR_BUSY, "%s: another klammd runs on this data directory", path);
    return ERR_OK; /* held until the process ends */
}

static err_t start(struct klammd *k, struct why *reterr)
{
    const char *hosts[] = { k->config->rest.host, k->config->agents.host, NULL };
    err_t e = lock(k, reterr);

    if (!e)
        e = open_store(k, reterr);
    if (!e)
        e = ca_open(k->config->data_dir, hosts, &k->ca, reterr);
    if (!e)
        e = ca_server_context(k->ca, false, &k->rest_tls, reterr);
    if (!e)
        e = ca_server_context(k->ca, true, &k->agents_tls, reterr);
    if (e)
        return e;
    k->base = event_base_new();
    k->fleet = fleet_new(k->base, k->store, k->ca, k->config);
    k->api = (struct api){ k->store, k->config, k->fleet };
    e = listen_at(k, &k->config->rest, k->rest_tls, false, &k->rest, reterr);
    if (!e)
        e = listen_at(k, &k->config->rest_http, NULL, false, &k->rest_http, reterr);
    if (!e)
        e = listen_at(k, &k->config->agents, k->agents_tls, true, &k->agents, reterr);
    return e;
}

static void stop(struct klammd *k)
{
    http_server_free(k->rest);
    http_server_free(k->rest_http);
    http_server_free(k->agents);
    fleet_free(k->fleet);
    if (k->base)
        event_base_free(k->base);
    SSL_CTX_free(k->rest_tls);
    SSL_CTX_free(k->agents_tls);
    ca_free(k->ca);
    store_free(k->store);
    config_free(k->config);
}

static void on_signal(evutil_socket_t number, short what, void *ctx)
{
    (void)number;
    (void)what;
    event_base_loopbreak(ctx);
}

static void run(struct klammd *k)
{
    struct event *term = evsignal_new(k->base, SIGTERM, on_signal, k->base);
    struct event *interrupt = evsignal_new(k->base, SIGINT, on_signal, k->base);

    event_add(term, NULL);
    event_add(interrupt, NULL);
    log_event(LOG_INFO, "klammd_ready", "rest=%s:%u agents=%s:%u", k->config->rest.host, k->config->rest.port,
              k->config->agents.host, k->config->agents.port);
    event_base_dispatch(k->base);
    event_free(term);
    event_free(interrupt);
    log_event(LOG_INFO, "klammd_stopped", "clean=true");
}

static err_t create_token(struct klammd *k, struct why *reterr)
{
    uint8_t bytes[TOKEN_BYTES];
    char token[2 * TOKEN_BYTES + 1], hash[65];
    err_t e = open_store(k, reterr);

    if (e)
        return e;
    rng_system(bytes, sizeof(bytes));
    for (int i = 0; i < TOKEN_BYTES; i++)
        snprintf(token + 2 * i, 3, "%02x", bytes[i]);
    fleet_token_hash(token, hash);
    store_begin(k->store);
    store_put_token(k->store, hash, clock_wall_ms() + TOKEN_MS);
    e = store_commit(k->store, reterr);
    if (!e)
        puts(token);
    return e;
}

/* A descriptor for every agent's long poll and every caller: as many as the system lets us have. */
static void raise_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit))
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
    bool token = argc == 5 && !strcmp(argv[1], "token") && !strcmp(argv[2], "create");
    struct klammd k = { 0 };
    struct why reason;
    err_t e;

    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return usage(stdout);
    if (!(argc == 3 || token) || strcmp(argv[argc - 2], "--config") != 0)
        return usage(stderr);
    (void)log_format_from_environment();
    signal(SIGPIPE, SIG_IGN);
    umask(077);
    raise_descriptors();
    e = config_load(argv[argc - 1], &k.config, &reason);
    if (!e)
        e = token ? create_token(&k, &reason) : start(&k, &reason);
    if (e)
        fprintf(stderr, "klammd: %s\n", reason.text);
    else if (!token)
        run(&k);
    stop(&k);
    return e ? 1 : 0;
}

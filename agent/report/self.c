#include "agent/report/self.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/metrics_node.h"
#include "common/metrics_process.h"
#include "common/scrape.h"

bool self_parse(struct self *s, const char *text)
{
    const char *colon = strrchr(text, ':');
    size_t n = colon ? (size_t)(colon - text) : 0;
    char *end = NULL;
    struct in_addr in;
    long port;

    if (!n || n >= sizeof(s->host) || colon[1] < '0' || colon[1] > '9')
        return false;
    port = strtol(colon + 1, &end, 10);
    memcpy(s->host, text, n);
    s->host[n] = '\0';
    s->port = (uint16_t)port;
    return !*end && port >= 1 && port <= UINT16_MAX && inet_pton(AF_INET, s->host, &in) == 1 &&
           ntohl(in.s_addr) >> 24 == IN_LOOPBACKNET;
}

static void put_processes(const struct self *s, bool controllers, struct metrics *m)
{
    static const char *const states[] = { "starting", "running", "stopped", "failed", "gone" };

    for (size_t i = 0; i < ARRAY_LEN(states); i++) {
        struct metric_label l[] = { { "kind", str_of(controllers ? "controller" : "broker") },
                                    { "state", str_of(states[i]) } };

        metrics_sample(m, l, 2, s->count(s->ctx, controllers, states[i]));
    }
}

static void render(void *ctx, struct metrics *m)
{
    const struct self *s = ctx;

    metrics_family(m, "klamm_agent_processes", "gauge",
                   "Brokers and controllers by what is reported of them.");
    put_processes(s, false, m);
    put_processes(s, true, m);
    metrics_single(m, "klamm_agent_answered_timestamp_seconds", "gauge",
                   "When klammd last answered, which it does every 25 s; 0: not yet.",
                   (double)s->answered_ms / 1000);
    metrics_node(m, s->data_dir);
    metrics_process(m);
}

err_t self_open(struct self *s, struct loop *loop, struct why *reterr)
{
    struct scrape_options o = {
        .loop = loop, .host = s->host, .port = s->port, .render = render, .ctx = s
    };

    return *s->host ? scrape_new(&o, &s->scrape, reterr) : ERR_OK;
}

void self_close(struct self *s)
{
    s->scrape = scrape_free(s->scrape);
}

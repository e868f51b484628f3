#include "broker/server/monitoring.h"

#include "broker/server/config.h"
#include "common/fs.h"
#include "common/invariant.h"
#include "common/log.h"
#include "common/scrape.h"

struct monitoring {
    struct monitoring_options o;
    struct loop_timer look;
    struct monitoring_wish wish; /* as served; host "": nothing is */
    struct scrape *scrape;
    struct why complaint; /* the last one, said once */
};

static const char *const levels[] = {
    [MONITORING_DEFAULT] = "DEFAULT",
    [MONITORING_BROKER] = "PER_BROKER",
    [MONITORING_TOPIC] = "PER_TOPIC_PER_BROKER",
    [MONITORING_PARTITION] = "PER_TOPIC_PER_PARTITION",
};

static err_t parse_level(const char *text, enum monitoring_level *ret, struct why *reterr)
{
    for (size_t i = 0; i < ARRAY_LEN(levels); i++)
        if (strcmp(text, levels[i]) == 0) {
            *ret = (enum monitoring_level)i;
            return ERR_OK;
        }
    return why(reterr, ERR_INVALID, "level: '%.64s' is no level", text);
}

static err_t parse_address(const char *text, struct monitoring_wish *ret, struct why *reterr)
{
    OWNED_MEM char *host = NULL;

    if (!config_parse_address(str_of(text), &host, &ret->port) || !*host || !ret->port ||
        strlen(host) >= sizeof(ret->host))
        return why(reterr, ERR_INVALID, "jmx.exporter: '%.64s' must be ADDRESS:PORT", text);
    memcpy(ret->host, host, strlen(host) + 1);
    return ERR_OK;
}

err_t monitoring_parse(struct str text, struct monitoring_wish *ret, struct why *reterr)
{
    OWNED(properties) p = NULL;
    const char *address, *level;
    err_t e = properties_parse(text, &p, reterr);

    *ret = (struct monitoring_wish){ 0 };
    if (e)
        return e;
    address = properties_get(p, "jmx.exporter");
    level = properties_get(p, "level");
    if (level)
        e = parse_level(level, &ret->level, reterr);
    if (!e && address)
        e = parse_address(address, ret, reterr);
    return e;
}

static err_t read_wish(const struct monitoring *g, struct monitoring_wish *ret, struct why *reterr)
{
    OWNED_BUF text = { 0 };
    err_t e = fs_read_all(fs_posix(), g->o.file, MONITORING_BYTES_MAX, &text);

    *ret = (struct monitoring_wish){ 0 };
    if (e == ERR_NOT_FOUND)
        return ERR_OK;
    if (e)
        return why(reterr, e, "%s", err_text(e));
    return monitoring_parse(str_make((char *)text.p, text.n), ret, reterr);
}

static void render(void *ctx, struct metrics *m)
{
    struct monitoring *g = ctx;

    g->o.render(g->o.ctx, g->wish.level, m);
}

static void close_scrape(struct monitoring *g)
{
    if (!g->scrape)
        return;
    g->scrape = scrape_free(g->scrape);
    log_event(LOG_INFO, "monitoring_off", "address=%s:%u", g->wish.host, g->wish.port);
    g->o.switched(g->o.ctx, false);
}

static err_t open_scrape(struct monitoring *g, const struct monitoring_wish *w, struct why *reterr)
{
    struct scrape_options o = {
        .loop = g->o.loop, .host = w->host, .port = w->port, .render = render, .ctx = g
    };
    err_t e = scrape_new(&o, &g->scrape, reterr);

    if (e)
        return e;
    log_event(LOG_INFO, "monitoring_on", "address=%s:%u level=%s", w->host, w->port,
              levels[w->level]);
    g->o.switched(g->o.ctx, true);
    return ERR_OK;
}

static err_t obey(struct monitoring *g, const struct monitoring_wish *w, struct why *reterr)
{
    bool same = strcmp(g->wish.host, w->host) == 0 && g->wish.port == w->port;
    err_t e = ERR_OK;

    if (!same)
        close_scrape(g);
    if (*w->host && !g->scrape)
        e = open_scrape(g, w, reterr);
    g->wish = *w;
    return e;
}

static void look(struct loop_timer *t)
{
    struct monitoring *g = container_of(t, struct monitoring, look);
    struct why reason = { "" };
    struct monitoring_wish w;
    err_t e = read_wish(g, &w, &reason);

    if (!e)
        e = obey(g, &w, &reason);
    if (e && strcmp(reason.text, g->complaint.text) != 0)
        log_event(LOG_ERROR, "monitoring_refused", "file=%s reason=\"%s\"", g->o.file, reason.text);
    g->complaint = reason;
    loop_timer_in(g->o.loop, t, MONITORING_LOOK_MS);
}

struct monitoring *monitoring_new(const struct monitoring_options *o)
{
    struct monitoring *g;

    if (!o->file)
        return NULL;
    g = mem_new(struct monitoring);
    g->o = *o;
    g->look.fire = look;
    loop_timer_in(o->loop, &g->look, 0);
    return g;
}

struct monitoring *monitoring_free(struct monitoring *g)
{
    if (!g)
        return NULL;
    loop_timer_clear(g->o.loop, &g->look);
    scrape_free(g->scrape);
    mem_free(g);
    return NULL;
}

void monitoring_value(struct metrics *m, const char *name, const struct metric_label *more,
                      unsigned n, double value)
{
    struct metric_label labels[METRICS_LABELS_MAX] = { { "name", str_of(name) } };

    INVARIANT(n < METRICS_LABELS_MAX);
    for (unsigned i = 0; i < n; i++)
        labels[i + 1] = more[i];
    metrics_sample(m, labels, n + 1, value);
}

#include "agent/supervise/exporters.h"

#include <stdio.h>
#include <string.h>

#include "common/fs.h"
#include "common/log.h"
#include "common/metrics_node.h"
#include "common/scrape.h"

enum { FILE_BYTES_MAX = 4096 };

void exporters_text(const char *address, const struct wanted_monitoring *w, struct buf *ret)
{
    if (w->jmx)
        buf_printf(ret, "jmx.exporter=%s:%d\n", address, JMX_EXPORTER_PORT);
    buf_printf(ret, "level=%s\n", w->level ? w->level : "DEFAULT");
}

static err_t write_file(const struct exporters *x, const char *address,
                        const struct wanted_monitoring *w, struct why *reterr)
{
    OWNED_MEM char *path = mem_printf("%s/monitoring", x->dir);
    OWNED_BUF text = { 0 };
    OWNED_BUF old = { 0 };
    err_t e;

    exporters_text(address, w, &text);
    if (!fs_read_all(fs_posix(), path, FILE_BYTES_MAX, &old) &&
        slice_eq(buf_slice(&old), buf_slice(&text)))
        return ERR_OK;
    e = fs_replace(fs_posix(), path, buf_slice(&text), 0600);
    return e ? why(reterr, e, "%s: %s", path, err_text(e)) : ERR_OK;
}

static void render(void *ctx, struct metrics *m)
{
    const struct exporters *x = ctx;

    metrics_node(m, x->dir);
}

static void listen_again(struct loop_timer *t)
{
    struct exporters *x = container_of(t, struct exporters, again);
    struct scrape_options o = {
        .loop = x->loop, .host = x->address, .port = NODE_EXPORTER_PORT, .render = render, .ctx = x
    };
    struct why reason = { "" };

    if (!scrape_new(&o, &x->node, &reason)) {
        log_event(LOG_INFO, "node_exporter_on", "id=%s address=%s:%d", x->id, x->address,
                  NODE_EXPORTER_PORT);
    } else {
        if (strcmp(reason.text, x->complaint.text) != 0)
            log_event(LOG_ERROR, "node_exporter_refused", "id=%s reason=\"%s\"", x->id,
                      reason.text);
        loop_timer_in(x->loop, t, EXPORTERS_AGAIN_MS);
    }
    x->complaint = reason;
}

static void want_node(struct exporters *x, const char *address, bool on)
{
    if (x->want_node == on && strcmp(x->address, address) == 0)
        return;
    if (x->node)
        log_event(LOG_INFO, "node_exporter_off", "id=%s address=%s:%d", x->id, x->address,
                  NODE_EXPORTER_PORT);
    exporters_end(x);
    x->want_node = on;
    (void)snprintf(x->address, sizeof(x->address), "%s", address);
    x->again.fire = listen_again;
    if (on)
        listen_again(&x->again);
}

bool exporters_want(struct exporters *x, const char *address, const struct wanted_monitoring *w,
                    struct why *reterr)
{
    want_node(x, address, w->node);
    return write_file(x, address, w, reterr) == ERR_OK;
}

void exporters_end(struct exporters *x)
{
    loop_timer_clear(x->loop, &x->again);
    x->node = scrape_free(x->node);
    x->want_node = false;
}

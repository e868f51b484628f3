#include <stdlib.h>

#include "agent/rebalance/run_internal.h"
#include "common/mem.h"

static void add(struct run *r, int32_t id, char *host, uint16_t port)
{
    r->nodes = mem_resize_array(r->nodes, r->nodes_n + 1, sizeof(*r->nodes));
    r->nodes[r->nodes_n++] = (struct run_node){ id, host, port, NULL };
}

static err_t add_word(struct run *r, const char *word, size_t n, struct why *reterr)
{
    OWNED_MEM char *text = mem_strndup(word, n);
    char *colon = strrchr(text, ':'), *end = NULL;
    long port = colon ? strtol(colon + 1, &end, 10) : 0;

    if (!colon || colon == text || *end || port < 1 || port > UINT16_MAX)
        return why(reterr, ERR_INVALID, "bootstrap: '%s' must be HOST:PORT", text);
    add(r, -1, mem_strndup(text, (size_t)(colon - text)), (uint16_t)port);
    return ERR_OK;
}

err_t run_nodes(struct run *r, const char *bootstrap, struct why *reterr)
{
    err_t e = ERR_OK;

    for (const char *p = bootstrap; *p && !e;) {
        size_t n = strcspn(p, ",");

        e = add_word(r, p, n, reterr);
        p += n + (p[n] == ',');
    }
    if (!e && !r->nodes_n)
        e = why(reterr, ERR_INVALID, "bootstrap: must be HOST:PORT, or several with commas");
    return e;
}

void run_nodes_done(struct run *r)
{
    for (unsigned i = 0; i < r->nodes_n; i++) {
        kf_client_free(r->nodes[i].client);
        mem_free(r->nodes[i].host);
    }
    mem_free(r->nodes);
    r->nodes = NULL;
    r->nodes_n = 0;
}

static struct run_node *find(struct run *r, int32_t id)
{
    for (unsigned i = 0; i < r->nodes_n; i++)
        if (r->nodes[i].id == id)
            return &r->nodes[i];
    return NULL;
}

void run_learn(struct run *r)
{
    for (unsigned i = 0; i < r->survey.brokers_n; i++) {
        const struct survey_broker *b = &r->survey.brokers[i];
        struct run_node *n = find(r, b->id);

        if (!b->host)
            continue;
        if (!n) {
            add(r, b->id, mem_strdup(b->host), b->port);
        } else if (strcmp(n->host, b->host) != 0 || n->port != b->port) {
            n->client = kf_client_free(n->client);
            mem_free(n->host);
            n->host = mem_strdup(b->host);
            n->port = b->port;
        }
    }
}

static err_t call(struct run_node *n, int16_t api_key, const void *msg, struct arena *a, const void **ret,
                  struct why *reterr)
{
    struct why reason = { "" };
    err_t e = ERR_OK;

    if (!n->client)
        e = kf_client_new(n->host, n->port, RUN_ANSWER_MS, &n->client, &reason);
    if (e)
        return why(reterr, e, "%s", reason.text);
    e = kf_client_call(n->client, api_key, -1, msg, a, ret, &reason);
    if (!e)
        return ERR_OK;
    n->client = kf_client_free(n->client);
    return why(reterr, e, "%s:%u: %s", n->host, n->port, reason.text[0] ? reason.text : err_text(e));
}

err_t run_call(struct run *r, int32_t broker, int16_t api_key, const void *msg, struct arena *a,
               const void **ret, struct why *reterr)
{
    err_t e = why(reterr, ERR_UNREACHABLE, "broker %d is not known", broker);

    if (broker >= 0)
        return find(r, broker) ? call(find(r, broker), api_key, msg, a, ret, reterr) : e;
    for (int connected = 1; connected >= 0 && e; connected--) /* first those that are connected already */
        for (unsigned i = 0; i < r->nodes_n && e; i++)
            if ((r->nodes[i].client != NULL) == connected)
                e = call(&r->nodes[i], api_key, msg, a, ret, reterr);
    return e;
}

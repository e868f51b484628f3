#include "controlplane/fleet/rebalance.h"

#include "api/agent/rebalance.h"
#include "common/buf.h"
#include "controlplane/fleet/wanted.h"

static const char *text_of(const json_t *o, const char *key)
{
    const char *t = json_string_value(json_object_get(o, key));

    return t ? t : "";
}

static int64_t id_of(const struct cluster *c)
{
    return json_integer_value(json_object_get(c->rebalance, "id"));
}

/* The node's agent is told. */
static void touch(struct store *s, const char *host)
{
    struct node *n = store_node(s, str_of(host));

    if (!n)
        return;
    n->revision = store_next_revision(s);
    store_put_node(s, n);
}

int64_t rebalance_want(struct store *s, struct cluster *c, const struct rebalance_options *o)
{
    int64_t id = store_next_revision(s);

    if (c->rebalance)
        touch(s, text_of(c->rebalance, "host"));
    store_set_json(&c->rebalance,
                   json_pack("{s:I, s:b, s:b, s:b, s:b, s:b, s:I, s:o}", "id", (json_int_t)id, "dryRun",
                             o->dry_run, "retire", o->retire, "unregister", o->unregister, "cancel",
                             o->cancel, "over", false, "rate", (json_int_t)o->rate_bytes, "drain",
                             o->drain ? o->drain : json_array()));
    if (o->release)
        json_object_set_new(c->rebalance, "release", json_string(o->release));
    store_put_rebalance(s, c);
    return id;
}

void rebalance_cancel(struct store *s, struct cluster *c)
{
    if (!rebalance_under_way(c))
        return;
    json_object_set_new(c->rebalance, "cancel", json_true());
    touch(s, text_of(c->rebalance, "host"));
    store_put_rebalance(s, c);
}

/* Addresses of the brokers that are there. */
static void put_bootstrap(struct buf *b, struct cluster *c)
{
    list_each(at, &c->processes) {
        const struct process *p = list_item(at, struct process, node);

        if (p->kind == PROCESS_BROKER && p->wanted == WANTED_RUN && b->n < REBALANCE_TEXT_MAX - 64)
            buf_printf(b, "%s%s:%d", b->n ? "," : "", p->address, WANTED_BROKER_PORT);
    }
    buf_put_u8(b, 0);
}

static json_t *encode(struct cluster *c)
{
    static const char *const flags[] = { "dryRun", "cancel", "retire", "unregister" };
    OWNED_BUF bootstrap = { 0 };
    json_t *drain = json_object_get(c->rebalance, "drain"), *o;

    put_bootstrap(&bootstrap, c);
    o = json_pack("{s:s, s:I, s:s, s:O, s:I}", "clusterId", c->kafka_id, "id", (json_int_t)id_of(c),
                  "bootstrap", (char *)bootstrap.p, "drain", drain, "rate",
                  json_integer_value(json_object_get(c->rebalance, "rate")));
    if (json_object_get(c->rebalance, "release"))
        json_object_set(o, "release", json_object_get(c->rebalance, "release"));
    for (unsigned i = 0; i < ARRAY_LEN(flags); i++)
        json_object_set_new(o, flags[i], json_boolean(json_is_true(json_object_get(c->rebalance, flags[i]))));
    return o;
}

json_t *rebalance_of_node(struct store *s, const struct node *n)
{
    json_t *all = json_array();

    list_each(at, store_clusters(s)) {
        struct cluster *c = list_item(at, struct cluster, node);

        if (rebalance_under_way(c) && c->state != CLUSTER_DELETING &&
            strcmp(text_of(c->rebalance, "host"), n->name) == 0)
            json_array_append_new(all, encode(c));
    }
    return all;
}

/* The node of the first running broker whose agent is connected, NULL: there is none now. */
static const char *choose(struct cluster *c, const struct rebalance_view *v)
{
    list_each(at, &c->processes) {
        const struct process *p = list_item(at, struct process, node);

        if (p->kind == PROCESS_BROKER && p->seen == SEEN_RUNNING && !v->removed(v->ctx, p->host) &&
            !v->silent_since_ms(v->ctx, p->host))
            return p->host;
    }
    return NULL;
}

err_t rebalance_place(struct store *s, struct cluster *c, const struct rebalance_view *v,
                      int64_t *ret_again_ms, struct why *reterr)
{
    const char *host = text_of(c->rebalance, "host"), *to;
    int64_t since;

    *ret_again_ms = 0;
    if (!rebalance_under_way(c) || c->state == CLUSTER_DELETING)
        return ERR_OK;
    since = *host && !v->removed(v->ctx, host) ? v->silent_since_ms(v->ctx, host) : 1;
    if (!since)
        return ERR_OK;
    if (*host && since > 1 && v->now_ms - since < REBALANCE_AWAY_MS) {
        *ret_again_ms = REBALANCE_AWAY_MS - (v->now_ms - since);
        return ERR_OK;
    }
    to = choose(c, v);
    if (!to) { /* that an agent has come is no event */
        *ret_again_ms = REBALANCE_AGAIN_MS;
        return ERR_OK;
    }
    store_begin(s);
    touch(s, host);
    touch(s, to);
    json_object_set_new(c->rebalance, "host", json_string(to));
    store_put_rebalance(s, c);
    return store_commit(s, reterr);
}

static struct cluster *asked_of(struct store *s, const struct node *n, const struct rebalance_seen *seen)
{
    list_each(at, store_clusters(s)) {
        struct cluster *c = list_item(at, struct cluster, node);

        if (strcmp(c->kafka_id, seen->cluster_id) == 0)
            return rebalance_under_way(c) && id_of(c) == seen->id &&
                           strcmp(text_of(c->rebalance, "host"), n->name) == 0
                       ? c
                       : NULL;
    }
    return NULL;
}

/* What a client may see later is stored when it is another state, or the first with a plan. */
static err_t take(struct store *s, struct node *n, struct cluster *c, const json_t *o,
                  const struct rebalance_seen *seen, bool *changed, struct why *reterr)
{
    const json_t *before = json_object_get(c->rebalance, "seen");
    bool news = strcmp(text_of(before, "state"), seen->state) != 0 ||
                !json_object_get(before, "moves") != !json_object_get(o, "moves");

    if (!news) {
        json_object_set_new(c->rebalance, "seen", json_deep_copy(o));
        return ERR_OK;
    }
    *changed = true;
    store_begin(s);
    json_object_set_new(c->rebalance, "seen", json_deep_copy(o));
    json_object_set_new(c->rebalance, "over", json_boolean(seen->over));
    if (seen->over)
        touch(s, n->name);
    store_put_rebalance(s, c);
    return store_commit(s, reterr);
}

err_t rebalance_report(struct store *s, struct node *n, const json_t *rebalances, bool *ret_changed,
                       struct why *reterr)
{
    err_t e = ERR_OK;

    *ret_changed = false;
    for (size_t i = 0; i < json_array_size(rebalances) && !e; i++) {
        const json_t *o = json_array_get(rebalances, i);
        struct rebalance_seen seen;
        struct cluster *c;

        if (rebalance_seen_decode(o, &seen, NULL))
            continue;
        c = asked_of(s, n, &seen);
        if (c)
            e = take(s, n, c, o, &seen, ret_changed, reterr);
    }
    return e;
}

#include "controlplane/fleet/fleet.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>

#include "api/agent/messages.h"
#include "common/clock.h"
#include "common/log.h"
#include "controlplane/fleet/act.h"
#include "controlplane/fleet/grow.h"
#include "controlplane/fleet/lost.h"
#include "controlplane/fleet/rebalance.h"
#include "controlplane/fleet/wanted.h"
#include "controlplane/reconcile/node.h"

enum { ASK_PAUSE_MS = 3000 };

struct fleet {
    struct event_base *base;
    struct store *store;
    struct ca *ca;
    const struct config *config;
    struct event *wake, *later;
    int64_t since_ms; /* its start */
    struct asks asks;
    struct lost lost;
};

/* A node's long poll, kept as node->session. */
struct poll {
    struct fleet *fleet;
    struct node *node;
    struct http_request *request;
    struct event *timer;
    int64_t revision; /* that the agent holds */
};

void fleet_token_hash(const char *token, char ret[65])
{
    uint8_t digest[32];

    EVP_Digest(token, strlen(token), digest, NULL, EVP_sha256(), NULL);
    for (int i = 0; i < 32; i++)
        snprintf(ret + 2 * i, 3, "%02x", digest[i]);
}

static void poll_free(struct poll *p)
{
    p->node->session = NULL;
    p->node->silent_since_ms = clock_wall_ms();
    event_free(p->timer);
    mem_free(p);
}

static void refuse(struct http_request *r, int status, const char *type, const char *message)
{
    http_reply_json(r, status, type, json_pack("{s:s}", "message", message));
}

/* Its agent stops what it runs: that runs elsewhere, under the same ids. */
static void refuse_removed(struct http_request *r, const struct node *n)
{
    OWNED_MEM char *message =
        mem_printf("node %s was removed and its processes are placed on other nodes; to join again, take "
                   "another name and an empty data directory", n->name);

    refuse(r, AGENT_STATUS_REMOVED, "NodeRemoved", message);
}

static void poll_answer(struct poll *p)
{
    struct http_request *r = p->request;
    json_t *wanted;

    if (p->node->removed_ms) {
        refuse_removed(r, p->node);
    } else {
        wanted = wanted_of_node(p->fleet->store, p->node);
        json_object_set_new(wanted, "asks", asks_of_node(&p->fleet->asks, p->node));
        http_reply_json(r, 200, NULL, wanted);
    }
    poll_free(p);
}

static void on_poll_timer(evutil_socket_t fd, short what, void *ctx)
{
    (void)fd;
    (void)what;
    poll_answer(ctx);
}

static void on_poll_cancelled(struct http_request *r)
{
    struct poll *p = r->parked;
    struct fleet *f = p->fleet;

    poll_free(p);
    fleet_wake(f); /* its agent is gone perhaps: whoever waits for it begins to count */
}

/* Disk and memory disagree: stop, and read anew at the next start. */
static _Noreturn void stop_broken(const struct why *reason)
{
    log_event(LOG_ERROR, "store_broken", "reason=\"%s\"", reason->text);
    exit(1);
}

static int64_t silent_since_ms(void *ctx, const char *host)
{
    struct fleet *f = ctx;
    const struct node *n = store_node(f->store, str_of(host));

    if (!n)
        return f->since_ms;
    return n->session ? 0 : n->silent_since_ms;
}

static bool was_removed(void *ctx, const char *host)
{
    struct fleet *f = ctx;
    const struct node *n = store_node(f->store, str_of(host));

    return n && n->removed_ms;
}

static void log_action(const struct cluster *c, const struct reconcile_next *next, int64_t now_ms)
{
    switch (next->action) {
    case RECONCILE_ACTIVATE:
        log_event(LOG_INFO, "cluster_active", "name=%s ms=%lld", c->name,
                  (long long)(now_ms - c->created_ms));
        break;
    case RECONCILE_FAIL:
        log_event(LOG_WARN, "cluster_failed", "name=%s reason=\"%s\"", c->name, c->state_message);
        break;
    case RECONCILE_HEAL:
        log_event(LOG_WARN, "cluster_heals", "name=%s reason=\"%s\"", c->name, c->state_message);
        break;
    case RECONCILE_REPLACE:
        log_event(LOG_INFO, "process_replaced", "name=%s message=\"%s\"", c->name, c->state_message);
        break;
    case RECONCILE_FINISH:
    case RECONCILE_ABORT:
        log_event(LOG_INFO, "cluster_updated", "name=%s version=%s", c->name, c->current_version);
        break;
    case RECONCILE_UNDO:
        log_event(LOG_WARN, "update_undone", "name=%s reason=\"%s\"", c->name, c->state_message);
        break;
    case RECONCILE_SAY:
        log_event(LOG_WARN, "cluster_waits", "name=%s reason=\"%s\"", c->name, c->state_message);
        break;
    default:
        break;
    }
}

/* All that can be done for `c` now; returns when to look again though nothing happens, 0: need not. */
static int64_t reconcile(struct fleet *f, struct cluster *c)
{
    for (;;) {
        struct act a = { f->store, f->config, clock_wall_ms() };
        struct reconcile_view view = { a.now_ms, f->since_ms, silent_since_ms, was_removed, f,
                                       act_operation(f->store, c) };
        struct reconcile_next next = reconcile_cluster(c, &view);
        bool forget = next.action == RECONCILE_FORGET;
        struct why reason;
        int64_t again = 0;

        if (forget)
            log_event(LOG_INFO, "cluster_deleted", "name=%s", c->name);
        if (act_on(&a, c, &next, &again, &reason))
            stop_broken(&reason);
        if (!forget && !again) /* it is freed; nothing was done but waiting */
            log_action(c, &next, a.now_ms);
        if (forget || again || next.action == RECONCILE_NOTHING)
            return again;
    }
}

/* Who carries a cluster's rebalance out; returns when to look again, 0: need not. */
static int64_t place_rebalance(struct fleet *f, struct cluster *c)
{
    struct rebalance_view view = { clock_wall_ms(), silent_since_ms, was_removed, f };
    struct why reason;
    int64_t again;

    if (rebalance_place(f->store, c, &view, &again, &reason))
        stop_broken(&reason);
    return again;
}

/* Volumes that are to grow by themselves; the reconciler carries on with the operation that is begun. */
static void scale(struct fleet *f, struct cluster *c)
{
    struct act a = { f->store, f->config, clock_wall_ms() };
    struct why reason;
    bool begun;

    if (grow_by_itself(&a, c, &begun, &reason))
        stop_broken(&reason);
    if (begun)
        fleet_wake(f);
}

/* The sooner of two times to look again; 0: never. */
static int64_t sooner(int64_t a, int64_t b)
{
    return a && (!b || a < b) ? a : b;
}

static void answer_polls(struct fleet *f)
{
    list_each(node, store_nodes(f->store)) {
        struct node *n = list_item(node, struct node, node);
        struct poll *p = n->session;

        if (p && p->revision != n->revision)
            poll_answer(p);
    }
}

static void reconcile_all(evutil_socket_t fd, short what, void *ctx)
{
    struct fleet *f = ctx;
    int64_t soonest = lost_look(&f->lost, clock_wall_ms());

    (void)fd;
    (void)what;
    list_each(node, store_clusters(f->store))
        soonest = sooner(reconcile(f, list_item(node, struct cluster, node)), soonest);
    list_each(node, store_clusters(f->store))
        soonest = sooner(place_rebalance(f, list_item(node, struct cluster, node)), soonest);
    list_each(node, store_clusters(f->store))
        scale(f, list_item(node, struct cluster, node));
    if (soonest)
        event_add(f->later, &(struct timeval){ soonest / 1000, soonest % 1000 * 1000 });
    answer_polls(f);
}

void fleet_wake(struct fleet *f)
{
    event_active(f->wake, 0, 0);
}

bool fleet_node_connected(const struct node *n)
{
    const struct poll *p = n->session;

    /* Of an agent that was killed while it waited for an answer nobody has told us. */
    return p && !http_peer_gone(p->request);
}

/* Its agent waits for an answer, or (`soon`) has just had one and asks again at once. */
static bool listens(const struct node *n, bool soon)
{
    bool paused = !n->session && clock_wall_ms() - n->silent_since_ms < ASK_PAUSE_MS;

    return !n->removed_ms && (soon ? paused : fleet_node_connected(n));
}

/* A broker that serves, on such a node. */
static struct process *broker_to_ask(struct fleet *f, struct cluster *c, bool soon)
{
    list_each(node, &c->processes) {
        struct process *p = list_item(node, struct process, node);
        const struct node *n = store_node(f->store, str_of(p->host));

        if (p->kind == PROCESS_BROKER && p->wanted == WANTED_RUN && p->seen == SEEN_RUNNING && n &&
            listens(n, soon))
            return p;
    }
    return NULL;
}

struct pending *fleet_ask(struct fleet *f, struct cluster *c, struct ask *a, asks_done_fn done, void *ctx)
{
    struct process *p = broker_to_ask(f, c, false);
    struct pending *q;
    const struct node *n;

    if (!p)
        p = broker_to_ask(f, c, true);
    if (!p) {
        ask_done(a);
        return NULL;
    }
    q = asks_new(&f->asks, p, a, done, ctx);
    n = store_node(f->store, str_of(p->host));
    if (n->session)
        poll_answer(n->session);
    return q;
}

/* Since when its agent is away, 0: it is not. One that was killed is away from when that is noticed. */
static int64_t away_since_ms(struct node *n)
{
    if (fleet_node_connected(n))
        return 0;
    if (n->session)
        poll_answer(n->session);
    return n->silent_since_ms;
}

err_t fleet_remove_node(struct fleet *f, struct store *s, struct str name, bool data_is_lost,
                        struct why *reterr)
{
    struct node *n = store_node(s, name), *real = store_node(f->store, name);
    struct node_removal r = { .node = n, .clusters = store_clusters(s),
                              .now_ms = clock_wall_ms(), .data_is_lost = data_is_lost };
    struct act a = { s, f->config, r.now_ms };
    struct why reason;
    err_t e;

    if (!n)
        return why(reterr, ERR_NOT_FOUND, "no node is named '%.*s'", STR_ARG(name));
    r.silent_since_ms = away_since_ms(real);
    n->session = real->session;
    e = reconcile_may_remove(&r, reterr);
    if (e || n->removed_ms)
        return e;
    if (act_remove_node(&a, n, &reason))
        stop_broken(&reason);
    if (s != f->store)
        return ERR_OK;
    log_event(LOG_WARN, "node_removed", "name=%s", n->name);
    fleet_wake(f);
    return ERR_OK;
}

struct fleet *fleet_new(struct event_base *base, struct store *s, struct ca *ca, const struct config *config)
{
    struct fleet *f = mem_new(struct fleet);

    *f = (struct fleet){ .base = base, .store = s, .ca = ca, .config = config, .since_ms = clock_wall_ms() };
    f->asks = (struct asks){ .base = base, .last_id = f->since_ms * 1000 };
    list_init(&f->asks.all);
    f->lost = (struct lost){ .fleet = f, .store = s, .config = config };
    list_init(&f->lost.checks);
    list_each(node, store_nodes(s))
        list_item(node, struct node, node)->silent_since_ms = f->since_ms;
    f->wake = event_new(base, -1, 0, reconcile_all, f);
    f->later = evtimer_new(base, reconcile_all, f);
    fleet_wake(f);
    return f;
}

struct fleet *fleet_free(struct fleet *f)
{
    if (!f)
        return NULL;
    asks_done(&f->asks);
    lost_done(&f->lost);
    event_free(f->wake);
    event_free(f->later);
    mem_free(f);
    return NULL;
}

static json_t *body_of(struct http_request *r)
{
    return json_loadb((const char *)r->body.p, r->body.n, 0, NULL);
}

static const char *text_of(const json_t *o, const char *key)
{
    const char *t = json_string_value(json_object_get(o, key));

    return t ? t : "";
}

static bool good_name(const char *name)
{
    return *name && strlen(name) <= 64 &&
           !name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-")];
}

/* A node that joins again under its name (a reinstalled agent with a new token) keeps its processes. */
static err_t admit(struct fleet *f, const json_t *o, struct why *reterr)
{
    const char *name = text_of(o, "name"), *zone = text_of(o, "zone");
    struct node *n = store_node(f->store, str_of(name));
    char hash[65], key[65];
    OWNED_MEM char *taker = NULL;
    struct node_facts facts;
    bool known = n != NULL, taken;
    err_t e = facts_decode(o, &facts, reterr);

    if (!e)
        e = ca_request_key(text_of(o, "csr"), key, reterr);
    if (e)
        return e;
    taker = mem_printf("%s %s", name, key);
    fleet_token_hash(text_of(o, "token"), hash);
    store_begin(f->store);
    taken = store_take_token(f->store, hash, taker, clock_wall_ms());
    if (taken && !known)
        n = store_node_new(f->store, name, zone);
    if (taken) {
        store_set_text(&n->zone, zone);
        n->cpus = facts.cpus;
        n->memory_bytes = facts.memory_bytes;
        n->disk_bytes = facts.disk_bytes;
        n->joined_ms = n->silent_since_ms = clock_wall_ms();
        n->revision = store_next_revision(f->store);
        n->installation[0] = n->instance[0] = '\0'; /* whoever has a token may come with another disk */
        store_put_node(f->store, n);
    }
    e = store_commit(f->store, reterr);
    if (e)
        stop_broken(reterr);
    return taken ? ERR_OK : why(reterr, ERR_UNAUTHENTICATED, "token: not valid, used by another or expired");
}

static void on_join(struct fleet *f, struct http_request *r)
{
    json_t *o = body_of(r);
    const char *name = text_of(o, "name");
    OWNED_MEM char *certificate = NULL;
    struct why reason;
    err_t e = ERR_OK;

    if (!good_name(name) || !good_name(text_of(o, "zone")))
        e = why(&reason, ERR_INVALID, "name, zone: must be 1 to 64 letters, digits, '.' and '-'");
    if (!e && was_removed(f, name))
        e = why(&reason, ERR_CONFLICT, "name: node %s was removed, take another name and an empty data "
                "directory", name);
    if (!e)
        e = ca_sign(f->ca, text_of(o, "csr"), name, f->config->certificate_lifetime_s, &certificate,
                    &reason);
    if (!e)
        e = admit(f, o, &reason);
    if (e) {
        refuse(r, e == ERR_UNAUTHENTICATED ? 401 : 400, "JoinRefused", reason.text);
    } else {
        log_event(LOG_INFO, "node_joined", "name=%s zone=%s", name, text_of(o, "zone"));
        http_reply_json(r, 200, NULL,
                        json_pack("{s:s, s:s, s:s}", "name", name, "certificate", certificate, "ca",
                                  ca_certificate(f->ca)));
        fleet_wake(f);
    }
    json_decref(o);
}

/* The old certificate is good until it expires, so nothing is lost with an answer: the agent asks again. */
static void on_renew(struct fleet *f, const struct node *n, struct http_request *r)
{
    json_t *o = body_of(r);
    OWNED_MEM char *certificate = NULL;
    struct why reason;

    if (ca_sign(f->ca, text_of(o, "csr"), n->name, f->config->certificate_lifetime_s, &certificate,
                &reason)) {
        refuse(r, 400, "RenewRefused", reason.text);
    } else {
        log_event(LOG_INFO, "certificate_renewed", "name=%s", n->name);
        http_reply_json(r, 200, NULL, json_pack("{s:s}", "certificate", certificate));
    }
    json_decref(o);
}

/* True when a reconciler has to look; false with `reterr` filled: the report is refused. */
static bool take_report(struct fleet *f, struct node *n, const json_t *o, struct why *reterr)
{
    struct act a = { f->store, f->config, clock_wall_ms() };
    const json_t *processes = json_object_get(o, "processes"), *node = json_object_get(o, "node");
    struct node_facts facts;
    bool changed = false, grown = false, moved = false;
    struct why reason;

    reterr->text[0] = '\0';
    if (!json_is_array(processes) || json_array_size(processes) > AGENT_PROCESSES_MAX)
        (void)why(reterr, ERR_INVALID, "processes: must be a list of at most %d", AGENT_PROCESSES_MAX);
    else if (!node || !facts_decode(node, &facts, reterr)) {
        if (act_report(&a, n, processes, &changed, &reason) ||
            rebalance_report(f->store, n, json_object_get(o, "rebalances"), &moved, &reason) ||
            (node && act_facts(&a, n, &facts, &grown, &reason)))
            stop_broken(&reason);
    }
    return changed || grown || moved;
}

static void refuse_double(const struct node *n, struct http_request *r);

/* Whether what the agent says counts now; it is answered when it does not. */
static bool is_heard(struct node *n, struct http_request *r, const json_t *o)
{
    const json_t *number = json_object_get(o, "report");

    if (!reconcile_is_agent_of(n, text_of(o, "installation"))) {
        refuse_double(n, r);
        return false;
    }
    if (!number) /* of an agent that is older than this klammd */
        return true;
    if (!reconcile_is_run_of(n, text_of(o, "instance"))) {
        refuse(r, 409, "NotAsked", "this run of the agent has not asked yet what is wanted");
        return false;
    }
    if (reconcile_is_news(n, json_integer_value(number)))
        return true;
    http_reply_json(r, 200, NULL, json_object()); /* it came late: what has changed since is known here */
    return false;
}

static void on_report(struct fleet *f, struct node *n, struct http_request *r)
{
    json_t *o = body_of(r);
    struct why reason;
    bool news;

    if (!is_heard(n, r, o)) {
        json_decref(o);
        return;
    }
    news = take_report(f, n, o, &reason);
    if (!reason.text[0])
        asks_take(&f->asks, n, json_object_get(o, "answers"));
    json_decref(o);
    if (reason.text[0])
        refuse(r, 400, "BadReport", reason.text);
    else
        http_reply_json(r, 200, NULL, json_object());
    if (news)
        fleet_wake(f);
}

/* Two agents under one name would each launch what is wanted: the one that is here stays. */
static void refuse_double(const struct node *n, struct http_request *r)
{
    OWNED_MEM char *message = mem_printf("another agent is node %s; stop this one, or join it by a token of"
                                         " its own under another name", n->name);

    log_event(LOG_WARN, "agent_refused", "name=%s reason=\"%s\"", n->name, message);
    refuse(r, 409, "DoubleAgent", message);
}

static void store_node_now(struct fleet *f, const struct node *n)
{
    struct why reason;

    store_begin(f->store);
    store_put_node(f->store, n);
    if (store_commit(f->store, &reason))
        stop_broken(&reason);
}

static void on_poll(struct fleet *f, struct node *n, struct http_request *r)
{
    static const struct timeval wait = { AGENT_POLL_MS / 1000, 0 };
    json_t *o = body_of(r);
    int64_t revision = json_integer_value(json_object_get(o, "revision"));
    const char *instance = text_of(o, "instance");
    struct poll *p = n->session;

    if (p && http_peer_gone(p->request)) { /* its agent was killed; this is the next one */
        poll_answer(p);
        p = NULL;
    }
    if ((p && !reconcile_is_run_of(n, instance)) || !reconcile_is_agent_of(n, text_of(o, "installation"))) {
        refuse_double(n, r);
        json_decref(o);
        return;
    }
    if (p) /* the agent has given up its older poll: only the newest is answered late */
        poll_answer(p);
    p = mem_new(struct poll);
    *p = (struct poll){ .fleet = f, .node = n, .request = r, .revision = revision };
    p->timer = evtimer_new(f->base, on_poll_timer, p);
    if (reconcile_bind(n, text_of(o, "installation"), instance))
        store_node_now(f, n);
    json_decref(o);
    n->session = p;
    http_park(r, p, on_poll_cancelled);
    if (revision != n->revision || asks_any_untold(&f->asks, n))
        poll_answer(p);
    else
        event_add(p->timer, &wait);
}

void fleet_handle(struct http_request *r)
{
    struct fleet *f = r->ctx;
    struct node *n = r->peer ? store_node(f->store, str_of(r->peer)) : NULL;

    if (!str_is(r->method, "POST")) {
        refuse(r, 405, "NotAllowed", "the agents' endpoint takes POST alone");
    } else if (str_is(r->path, "/agent/v1/join")) {
        on_join(f, r);
    } else if (n && n->removed_ms) {
        log_event(LOG_WARN, "removed_agent_refused", "name=%s path=%.*s", n->name, STR_ARG(r->path));
        refuse_removed(r, n);
    } else if (!n) {
        refuse(r, 401, "Unauthenticated", "a certificate of a node that has joined is needed");
    } else {
        n->last_seen_ms = clock_wall_ms();
        if (str_is(r->path, "/agent/v1/report"))
            on_report(f, n, r);
        else if (str_is(r->path, "/agent/v1/poll"))
            on_poll(f, n, r);
        else if (str_is(r->path, "/agent/v1/renew"))
            on_renew(f, n, r);
        else
            refuse(r, 404, "NotFound", "no such path");
    }
}

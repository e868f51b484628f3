#include "controlplane/store/event.h"

#include <stdarg.h>
#include <stdio.h>

#include "common/clock.h"
#include "common/invariant.h"
#include "controlplane/store/store_private.h"

enum { MESSAGE_BYTES = 1023 };

/* That an agent is away is a state of the clusters that wait for it (reconcile/cluster.h). */
#define WAITING_FOR_AGENT "WaitingForAgent"

const char *store_advice(const char *error_code)
{
    static const struct {
        const char *code, *advice;
    } all[] = {
        { "InsufficientCapacity",
          "Add a node to the zone that is named, or make room on one (klamm node list), then "
          "ask again." },
        { "LaunchFailed", "See the broker's log on the node that is named, mend what it complains "
                          "of, then ask again." },
        { "LaunchTimeout",
          "See that the agent of the node that is named runs and reaches klammd, then ask again." },
        { "DrainFailed", "Give topics at most as many replicas as brokers stay, or those that stay "
                         "more room, then ask again." },
        { "FinalizeFailed", "See to what the reason names, then ask again." },
        { "Deleted", "Nothing: the cluster is gone." },
    };

    for (unsigned i = 0; error_code && i < ARRAY_LEN(all); i++)
        if (strcmp(error_code, all[i].code) == 0)
            return all[i].advice;
    return error_code ? "See the reason, mend what it names, then ask again." : NULL;
}

/* --- to and from the disk --- */

static void prune(struct store *s, const char *arn)
{
    store_run(s, "DELETE FROM event WHERE cluster_arn = ?1 AND number <="
                 " (SELECT max(number) FROM event WHERE cluster_arn = ?1) - ?2", "si", arn,
              (int64_t)EVENTS_KEPT);
}

/* Owned by the store from here on: `detail`. */
static void put(struct store *s, const char *arn, const char *type, json_t *detail, const char *message)
{
    char *text = detail ? json_dumps(detail, JSON_COMPACT) : NULL;

    INVARIANT(s->in_transaction);
    store_run(s, "INSERT INTO event SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, ?4, ?5 FROM event"
                 " WHERE cluster_arn = ?1",
              "sisss", arn, clock_wall_ms(), type, message, text ? text : "{}");
    prune(s, arn);
    mem_free(text);
    json_decref(detail);
}

/* At most MESSAGE_BYTES of `text`, and no half of a character: JSON would not have it. */
static void cut(char *text)
{
    size_t n = strnlen(text, MESSAGE_BYTES);

    while (n && (text[n] & 0xc0) == 0x80)
        n--;
    text[n] = '\0';
}

void store_put_event(struct store *s, const char *cluster_arn, const char *type, json_t *detail,
                     const char *format, ...)
{
    char message[MESSAGE_BYTES + 8];
    va_list args;

    if (!s->db) { /* a fork has no history */
        json_decref(detail);
        return;
    }
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    cut(message);
    put(s, cluster_arn, type, detail, message);
}

static void take_row(sqlite3_stmt *q, void (*take)(void *ctx, const struct event *e), void *ctx)
{
    struct event e = {
        .number = sqlite3_column_int64(q, 0),
        .at_ms = sqlite3_column_int64(q, 1),
        .type = (const char *)sqlite3_column_text(q, 2),
        .message = (const char *)sqlite3_column_text(q, 3),
        .detail = json_loads((const char *)sqlite3_column_text(q, 4), 0, NULL),
    };

    take(ctx, &e);
    json_decref(e.detail);
}

void store_events(struct store *s, const char *cluster_arn, int64_t after, int max,
                  void (*take)(void *ctx, const struct event *e), void *ctx)
{
    sqlite3_stmt *q = NULL;

    if (!s->db || sqlite3_prepare_v2(s->db, "SELECT number, at_ms, type, message, detail FROM event WHERE"
                                            " cluster_arn = ? AND number > ? ORDER BY number LIMIT ?",
                                     -1, &q, NULL))
        return;
    sqlite3_bind_text(q, 1, cluster_arn, -1, SQLITE_TRANSIENT);
    sqlite3_bind_int64(q, 2, after);
    sqlite3_bind_int(q, 3, max);
    while (sqlite3_step(q) == SQLITE_ROW)
        take_row(q, take, ctx);
    sqlite3_finalize(q);
}

/* --- clusters --- */

static bool same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static void tell_state(struct store *s, const struct cluster *c)
{
    static const char *const types[CLUSTER_STATES] = { [CLUSTER_ACTIVE] = "CLUSTER_ACTIVE",
                                                       [CLUSTER_DELETING] = "CLUSTER_DELETING",
                                                       [CLUSTER_FAILED] = "CLUSTER_FAILED",
                                                       [CLUSTER_HEALING] = "CLUSTER_HEALING" };
    const char *advice = c->state == CLUSTER_FAILED ? store_advice(c->state_code) : NULL;

    if (types[c->state]) /* an update's begin is told by its operation */
        store_put_event(s, c->arn, types[c->state],
                        json_pack("{s:s*, s:s*}", "code", c->state_code, "whatToDo", advice),
                        "The cluster is %s%s%s.", store_cluster_state_name(c->state),
                        c->state_message ? ": " : "", c->state_message ? c->state_message : "");
}

/* What the cluster waits for, or that it no longer does. */
static void tell_wait(struct store *s, const struct cluster *c)
{
    bool was_away = same(c->told.code, WAITING_FOR_AGENT), is_away = same(c->state_code, WAITING_FOR_AGENT);

    if (was_away && !is_away)
        store_put_event(s, c->arn, "NODE_BACK", NULL, "No agent of the cluster is waited for any more.");
    if (c->state_message && !same(c->told.message, c->state_message))
        store_put_event(s, c->arn, is_away ? "NODE_LOST" : "CLUSTER_WAITS",
                        json_pack("{s:s*}", "code", c->state_code), "%s", c->state_message);
}

void event_cluster(struct store *s, const struct cluster *c)
{
    if (!c->told.known)
        store_put_event(s, c->arn, "CLUSTER_CREATED", NULL,
                        "Cluster %s was created, with %d brokers.", c->name, c->brokers_n);
    else if (c->told.state != c->state)
        tell_state(s, c);
    if (c->told.known && (c->told.state == c->state || c->state != CLUSTER_FAILED))
        tell_wait(s, c);
    if (c->told.known)
        event_settings(s, c);
    event_told_cluster((struct cluster *)(uintptr_t)c);
}

void event_told_cluster(struct cluster *c)
{
    c->told.known = true;
    c->told.state = c->state;
    store_set_text(&c->told.code, c->state_code);
    store_set_text(&c->told.message, c->state_message);
    event_told_settings(c);
}

void event_cluster_gone(struct store *s, const struct cluster *c)
{
    store_put_event(s, c->arn, "CLUSTER_DELETED", NULL, "Cluster %s is gone, with all its brokers.", c->name);
    store_run(s, "DELETE FROM event WHERE cluster_arn NOT IN (SELECT arn FROM cluster) AND cluster_arn IN"
                 " (SELECT cluster_arn FROM event WHERE type = 'CLUSTER_DELETED' AND at_ms < ?)", "i",
              clock_wall_ms() - EVENT_GONE_MS);
}

static const char *text_in(const json_t *o, const char *key)
{
    const char *t = json_string_value(json_object_get(o, key));

    return t ? t : "";
}

void event_rebalance(struct store *s, const struct cluster *c)
{
    const json_t *seen = json_object_get(c->rebalance, "seen");
    int64_t id = json_integer_value(json_object_get(c->rebalance, "id"));
    bool over = json_is_true(json_object_get(c->rebalance, "over"));
    const char *state = text_in(seen, "state"), *reason = text_in(seen, "reason");

    if (id != c->told.rebalance)
        store_put_event(s, c->arn, "REBALANCE_STARTED", json_pack("{s:I}", "rebalanceId", (json_int_t)id),
                        "Rebalance %lld was asked for.", (long long)id);
    if (over && (id != c->told.rebalance || !c->told.rebalance_over))
        store_put_event(s, c->arn, "REBALANCE_ENDED",
                        json_pack("{s:I, s:s}", "rebalanceId", (json_int_t)id, "state", state),
                        "Rebalance %lld is %s: %s", (long long)id, state, reason);
    event_told_rebalance((struct cluster *)(uintptr_t)c);
}

void event_told_rebalance(struct cluster *c)
{
    c->told.rebalance = json_integer_value(json_object_get(c->rebalance, "id"));
    c->told.rebalance_over = json_is_true(json_object_get(c->rebalance, "over"));
}

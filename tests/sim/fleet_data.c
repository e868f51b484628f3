/* What lies on a cluster's brokers, and what agents do about it for klammd: fill, drain, unregister. */
#include <string.h>

#include "tests/sim/fleet.h"

enum { ASSIGNED = 100 /* of the ticks, per mille */ };

struct broker *data_broker(struct world *w, const char *id, bool make)
{
    const char *name;
    int cluster = cluster_of_id(w, id, &name), number;

    if (cluster < 0 || sscanf(name, "broker-%d", &number) != 1)
        return NULL;
    for (int i = 0; i < w->data_n; i++)
        if (w->data[i].cluster == cluster && w->data[i].id == number)
            return &w->data[i];
    if (!make)
        return NULL;
    SIM_CHECK(&w->sim, w->data_n < DATA, "more than %d brokers in a life", DATA);
    w->data[w->data_n] = (struct broker){ .cluster = cluster, .id = number };
    return &w->data[w->data_n++];
}

void data_runs(struct world *w, const char *id)
{
    struct broker *b = data_broker(w, id, true);

    if (b)
        b->registered = true;
}

/* The controller places on brokers that are registered and not cordoned. */
void data_topic(struct world *w)
{
    struct broker *b = w->data_n ? &w->data[rng_below(&w->sim.rng, (uint64_t)w->data_n)] : NULL;

    if (b && b->registered && !b->cordoned)
        b->holds++;
}

/* A cordon is no matter, and a broker may be away: it has it when it comes. */
void data_assigned(struct world *w)
{
    struct broker *b = w->data_n ? &w->data[rng_below(&w->sim.rng, (uint64_t)w->data_n)] : NULL;

    if (b && b->registered && world_chance(w, ASSIGNED))
        b->holds++;
}

static struct broker *find(struct world *w, int cluster, int32_t id)
{
    for (int i = 0; i < w->data_n; i++)
        if (w->data[i].cluster == cluster && w->data[i].id == id)
            return &w->data[i];
    return NULL;
}

static int cluster_named(const struct world *w, const char *kafka_id)
{
    for (int i = 0; i < w->users_n; i++)
        if (strcmp(w->users[i].kafka_id, kafka_id) == 0)
            return i;
    return -1;
}

static void take(const struct world *w, struct job *j, const json_t *o)
{
    const json_t *drain = json_object_get(o, "drain");

    *j = (struct job){ .id = json_integer_value(json_object_get(o, "id")), .state = "planning", .reason = "",
                       .cluster = cluster_named(w, json_string_value(json_object_get(o, "clusterId"))),
                       .retire = json_is_true(json_object_get(o, "retire")),
                       .unregister = json_is_true(json_object_get(o, "unregister")) };
    for (size_t i = 0; i < json_array_size(drain) && i < 8; i++)
        j->drain[j->drain_n++] = (int32_t)json_integer_value(json_array_get(drain, i));
}

static bool lists(const json_t *rebalances, int64_t id)
{
    for (size_t i = 0; i < json_array_size(rebalances); i++)
        if (json_integer_value(json_object_get(json_array_get(rebalances, i), "id")) == id)
            return true;
    return false;
}

static struct job *free_job(struct world *w, struct agent *a, int64_t id)
{
    struct job *found = NULL;

    for (int i = 0; i < JOBS; i++) {
        if (a->jobs[i].id == id)
            return NULL;
        if (!a->jobs[i].id && !found)
            found = &a->jobs[i];
    }
    SIM_CHECK(&w->sim, found, "agent %d has more than %d rebalances", a->index, JOBS);
    return found;
}

void data_wanted(struct world *w, struct agent *a, const json_t *rebalances)
{
    for (int i = 0; i < JOBS; i++)
        if (a->jobs[i].id && !lists(rebalances, a->jobs[i].id))
            a->jobs[i] = (struct job){ 0 };
    for (size_t k = 0; k < json_array_size(rebalances); k++) {
        const json_t *o = json_array_get(rebalances, k);
        struct job *j = free_job(w, a, json_integer_value(json_object_get(o, "id")));

        if (j)
            take(w, j, o);
    }
}

json_t *data_seen(const struct world *w, const struct agent *a)
{
    json_t *all = json_array();

    for (int i = 0; i < JOBS; i++) {
        const struct job *j = &a->jobs[i];

        if (j->id && j->cluster >= 0)
            json_array_append_new(all, json_pack("{s:s, s:I, s:s, s:s}", "clusterId",
                                                 w->users[j->cluster].kafka_id, "id", (json_int_t)j->id,
                                                 "state", j->state, "reason", j->reason));
    }
    return all;
}

static bool may_run(const struct world *w, int cluster, int32_t id)
{
    for (int i = 0; i < AGENTS * SLOTS; i++) {
        const struct slot *s = &w->agents[i / SLOTS].slots[i % SLOTS];
        const char *name;
        int number;

        if (s->running && !s->formatting && s->is_broker && cluster_of_id(w, s->id, &name) == cluster &&
            sscanf(name, "broker-%d", &number) == 1 && number == id && !w->agents[i / SLOTS].removed)
            return true;
    }
    return false;
}

/* As agent/rebalance/run_retire.c: what has come to be on one of them is looked for before and after. */
static bool holds_something(struct world *w, const struct job *j)
{
    for (int i = 0; i < j->drain_n; i++) {
        const struct broker *b = find(w, j->cluster, j->drain[i]);

        if (b && b->holds)
            return true;
    }
    return false;
}

/* It waits for those that still run, as one that is alive would register again: klammd out of a backup may
 * not know that it has let them return. */
static void unregister(struct world *w, struct job *j)
{
    for (int i = 0; i < j->drain_n; i++)
        if (may_run(w, j->cluster, j->drain[i]))
            return;
    if (holds_something(w, j)) {
        totals.returned++;
        j->state = "failed";
        return;
    }
    for (int i = 0; i < j->drain_n; i++) {
        struct broker *b = find(w, j->cluster, j->drain[i]);

        if (b)
            b->registered = b->cordoned = false;
    }
    j->state = "done";
}

static void cordon(struct world *w, const struct job *j, bool cordoned)
{
    for (int i = 0; i < j->drain_n; i++) {
        struct broker *b = find(w, j->cluster, j->drain[i]);

        if (b)
            b->cordoned = cordoned;
    }
}

/* All at once, after a while: or back to where it was. */
static void drain(struct world *w, struct job *j)
{
    if (w->users[j->cluster].blocked && j->drain_n) {
        cordon(w, j, false);
        j->reason = "broker cannot be drained";
        j->state = "failed";
        return;
    }
    for (int i = 0; i < j->drain_n; i++) {
        struct broker *b = find(w, j->cluster, j->drain[i]);

        if (b)
            b->holds = 0;
    }
    j->state = "done";
}

void data_work(struct world *w, struct agent *a)
{
    struct job *j = &a->jobs[rng_below(&w->sim.rng, JOBS)];
    bool planning = j->id && strcmp(j->state, "planning") == 0;

    if (!planning && (!j->id || strcmp(j->state, "moving") != 0))
        return;
    SIM_TRACE(&w->sim, "agent %d: rebalance %lld of cluster %d was %s", a->index, (long long)j->id,
              j->cluster, j->state);
    if (j->cluster < 0) {
        j->state = "failed";
    } else if (j->unregister) {
        unregister(w, j);
    } else if (planning) {
        j->state = "moving";
        cordon(w, j, j->retire);
    } else {
        drain(w, j);
    }
    agent_changed(w, a);
}

bool data_settled(const struct world *w, int cluster, int brokers)
{
    int n = 0;

    for (int i = 0; i < w->data_n; i++) {
        const struct broker *b = &w->data[i];

        if (b->cluster != cluster || !b->registered)
            continue;
        n++;
        if (b->cordoned)
            return false;
    }
    return n == brokers;
}

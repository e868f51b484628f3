#include "tests/lib/moves.h"

#include <stdio.h>
#include <string.h>

#include "tests/lib/test.h"

static struct moves_broker *find(struct moves *m, const char *id, bool make)
{
    for (int i = 0; i < MOVES_BROKERS; i++) {
        struct moves_broker *b = &m->brokers[i];

        if (!*b->id && make)
            (void)snprintf(b->id, sizeof(b->id), "%s", id);
        if (strcmp(b->id, id) == 0)
            return b;
        if (!*b->id)
            return NULL;
    }
    fail_msg("more than %d brokers", MOVES_BROKERS);
    return NULL;
}

void moves_runs(struct moves *m, const char *id, bool runs)
{
    struct moves_broker *b = strstr(id, "/broker-") ? find(m, id, runs) : NULL;

    if (!b)
        return;
    b->runs = runs;
    b->registered |= runs;
}

bool moves_is_empty(const struct moves *m, const char *id)
{
    const struct moves_broker *b = find((struct moves *)(uintptr_t)m, id, false);

    return !b || !b->holds;
}

/* The controller places on brokers that are there and not cordoned. */
void moves_place(struct moves *m, uint64_t random)
{
    struct moves_broker *b = &m->brokers[random % MOVES_BROKERS];

    b->holds |= b->runs && !b->cordoned;
}

static void take(struct moves_job *j, const json_t *o)
{
    const char *cluster = json_string_value(json_object_get(o, "clusterId"));
    const json_t *drain = json_object_get(o, "drain");

    *j = (struct moves_job){ .id = json_integer_value(json_object_get(o, "id")), .state = "planning",
                             .reason = "",
                             .retire = json_is_true(json_object_get(o, "retire")),
                             .unregister = json_is_true(json_object_get(o, "unregister")) };
    (void)snprintf(j->cluster, sizeof(j->cluster), "%s", cluster);
    assert_true(json_array_size(drain) <= MOVES_DRAIN);
    for (size_t i = 0; i < json_array_size(drain); i++)
        (void)snprintf(j->drain[j->drain_n++], sizeof(j->drain[0]), "uuid-%d/broker-%d", cluster[0] - 'A',
                       (int)json_integer_value(json_array_get(drain, i)));
}

static bool is_wanted(const json_t *rebalances, int64_t id)
{
    for (size_t i = 0; i < json_array_size(rebalances); i++)
        if (json_integer_value(json_object_get(json_array_get(rebalances, i), "id")) == id)
            return true;
    return false;
}

void moves_wanted(struct moves *m, int agent, const json_t *rebalances)
{
    struct moves_job *jobs = m->jobs[agent];

    for (int i = 0; i < MOVES_JOBS; i++)
        if (!is_wanted(rebalances, jobs[i].id))
            jobs[i] = (struct moves_job){ 0 };
    for (size_t k = 0; k < json_array_size(rebalances); k++) {
        const json_t *o = json_array_get(rebalances, k);
        int64_t id = json_integer_value(json_object_get(o, "id"));
        int at = -1;

        for (int i = 0; i < MOVES_JOBS; i++)
            if (jobs[i].id == id)
                at = MOVES_JOBS;
            else if (!jobs[i].id && at < 0)
                at = i;
        assert_true(at >= 0);
        if (at < MOVES_JOBS)
            take(&jobs[at], o);
    }
}

json_t *moves_seen(const struct moves *m, int agent)
{
    json_t *all = json_array();

    for (int i = 0; i < MOVES_JOBS; i++) {
        const struct moves_job *j = &m->jobs[agent][i];

        if (j->id)
            json_array_append_new(all, json_pack("{s:s, s:I, s:s, s:s}", "clusterId", j->cluster, "id",
                                                 (json_int_t)j->id, "state", j->state, "reason", j->reason));
    }
    return all;
}

static void end(struct moves_job *j, const char *state, int *count)
{
    j->state = state;
    (*count)++;
}

static void set_cordoned(struct moves *m, const struct moves_job *j, bool cordoned)
{
    for (int i = 0; i < j->drain_n; i++)
        find(m, j->drain[i], true)->cordoned = cordoned;
}

static void unregister(struct moves *m, struct moves_job *j)
{
    for (int i = 0; i < j->drain_n; i++) {
        struct moves_broker *b = find(m, j->drain[i], true);

        assert_false(b->runs);
        b->registered = b->cordoned = false;
    }
    end(j, "done", &m->forgotten);
}

/* The rest of a drain that has begun: empty, or back to where it was. */
static void drain(struct moves *m, struct moves_job *j)
{
    if (m->cannot_drain) {
        set_cordoned(m, j, false);
        j->reason = "broker cannot be drained";
        end(j, "failed", &m->failed);
        return;
    }
    for (int i = 0; i < j->drain_n; i++)
        find(m, j->drain[i], true)->holds = false;
    end(j, "done", &m->drained);
}

bool moves_work(struct moves *m, int agent, uint64_t random)
{
    struct moves_job *j = &m->jobs[agent][random % MOVES_JOBS];

    if (!j->id || (strcmp(j->state, "planning") != 0 && strcmp(j->state, "moving") != 0))
        return false;
    if (j->unregister)
        unregister(m, j);
    else if (strcmp(j->state, "moving") == 0)
        drain(m, j);
    else {
        j->state = "moving";
        set_cordoned(m, j, j->retire);
    }
    return true;
}

void moves_agent_died(struct moves *m, int agent)
{
    memset(m->jobs[agent], 0, sizeof(m->jobs[agent]));
}

bool moves_settled(const struct moves *m, const char *uuid, int brokers)
{
    int n = 0;

    for (int i = 0; i < MOVES_BROKERS; i++) {
        const struct moves_broker *b = &m->brokers[i];

        if (!b->registered || strncmp(b->id, uuid, strlen(uuid)) != 0 || b->id[strlen(uuid)] != '/')
            continue;
        n++;
        if (b->cordoned)
            return false;
    }
    return n == brokers;
}

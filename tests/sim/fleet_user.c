/* Users: calls of the API's own handlers, each asked for once, whatever becomes of the answers. */
#include <stdio.h>
#include <string.h>

#include "controlplane/rest/routes.h"
#include "controlplane/rest/scaling.h"
#include "tests/sim/fleet.h"

enum { TARGET_PERCENT = 60, FILL_PERCENT = 80 };
#define SCALING "AnyScaleFrontendService."

/* The answer is the caller's. Status 0: klammd died before it was told. */
static int ask(struct world *w, rest_fn handle, const char *target, const char *parameter, json_t *body,
               json_t **ret)
{
    OWNED_ARENA arena = { 0 };
    struct call c = { .store = w->klammd.store, .config = &w->config, .fleet = w->klammd.fleet,
                      .arena = &arena, .now_ms = world_ms(w), .status = 200, .target = target,
                      .body = body ? body : json_object(),
                      .parameters = { str_of(parameter ? parameter : "") } };

    totals.calls++;
    if (handle)
        handle(&c);
    else
        scaling_dispatch(&c);
    if (ret)
        *ret = json_incref(c.answer);
    if (call_refused(&c))
        SIM_TRACE(&w->sim, "user: %d %s: %s", c.status, c.error_type, c.why.text);
    totals.refused += call_refused(&c);
    json_decref(c.body);
    json_decref(c.answer);
    klammd_wake(w);
    return klammd_may_die(w) ? 0 : c.status;
}

static void make_configuration(struct world *w, int i, const char *name, const char *base64)
{
    json_t *answer = NULL;
    int status = ask(w, rest_create_configuration, NULL, NULL,
                     json_pack("{s:s, s:s}", "name", name, "serverProperties", base64), &answer);

    SIM_CHECK(&w->sim, status == 200, "configuration %s is refused", name);
    (void)snprintf(w->configurations[i], sizeof(w->configurations[i]), "%s",
                   json_string_value(json_object_get(answer, "arn")));
    json_decref(answer);
}

void user_prepare(struct world *w)
{
    make_configuration(w, 0, "two", "bnVtLnBhcnRpdGlvbnM9Mg==");            /* num.partitions=2 */
    make_configuration(w, 1, "three", "bnVtLnBhcnRpdGlvbnM9Mw==");
    make_configuration(w, 2, "bad", "bWVzc2FnZS5tYXguYnl0ZXM9MTAwMA=="); /* no process starts with it */
}

/* --- what a user wants --- */

static void add(struct user *u, enum step_type type)
{
    if (u->n < STEPS)
        u->steps[u->n++] = type;
}

/* Every type of operation once. */
static void plan_all(struct user *u)
{
    static const enum step_type all[] = { STEP_CREATE, STEP_REBOOT_ALL, STEP_CONFIGURE, STEP_CONFIGURE_BADLY,
        STEP_GROW, STEP_TYPE, STEP_OUT, STEP_REBOOT, STEP_IN_BLOCKED, STEP_IN, STEP_TAG, STEP_POLICY,
        STEP_FILL, STEP_DELETE };

    for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        add(u, all[i]);
}

void user_plan(struct world *w, struct user *u, bool all)
{
    static const enum step_type some[] = { STEP_CONFIGURE, STEP_CONFIGURE_BADLY, STEP_REBOOT, STEP_REBOOT_ALL,
        STEP_GROW, STEP_OUT, STEP_IN, STEP_IN_BLOCKED, STEP_TYPE, STEP_TAG };
    int more = 3 + (int)rng_below(&w->sim.rng, 6);
    bool large = false;

    if (all) {
        plan_all(u);
        return;
    }
    add(u, STEP_CREATE);
    while (more--) {
        enum step_type type = some[rng_below(&w->sim.rng, sizeof(some) / sizeof(some[0]))];

        if ((type == STEP_OUT && large) || ((type == STEP_IN || type == STEP_IN_BLOCKED) && !large))
            type = large ? STEP_IN : STEP_OUT;
        large = type == STEP_OUT || (large && type != STEP_IN);
        add(u, type);
    }
    if (rng_below(&w->sim.rng, 2)) {
        add(u, STEP_POLICY);
        add(u, STEP_FILL);
    }
    if (rng_below(&w->sim.rng, 3) == 0)
        add(u, STEP_DELETE);
}

bool user_is_done(const struct user *u)
{
    return u->at == u->n;
}

/* --- how it is asked for --- */

static json_t *group_with(const char *type, int gib)
{
    return json_pack("{s:[s,s,s], s:s, s:{s:{s:i}}}", "clientSubnets", "s-a", "s-b", "s-c", "instanceType",
                     type, "storageInfo", "ebsStorageInfo", "volumeSize", gib);
}

static void create(struct world *w, struct user *u)
{
    (void)ask(w, rest_create_cluster, NULL, NULL,
              json_pack("{s:s, s:s, s:i, s:o}", "clusterName", u->name, "kafkaVersion", "4.3.0",
                        "numberOfBrokerNodes", 3, "brokerNodeGroupInfo", group_with("kafka.m7g.large", 10)),
              NULL);
}

static int reboot(struct world *w, const struct user *u, const struct cluster *c, bool all)
{
    json_t *ids = json_array();

    list_each(at, (struct list *)(uintptr_t)&c->processes) {
        const struct process *p = list_item(at, struct process, node);

        if (p->kind == PROCESS_BROKER && (all || !json_array_size(ids)))
            json_array_append_new(ids, json_sprintf("%d", p->node_id));
    }
    return ask(w, rest_reboot_broker, NULL, u->arn, json_pack("{s:o}", "brokerIds", ids), NULL);
}

static int configure(struct world *w, const struct user *u, const struct cluster *c, const char *version,
                     bool badly)
{
    const json_t *info = json_object_get(c->spec, "configurationInfo");
    const char *now = json_string_value(json_object_get(info, "arn"));
    int to = badly ? 2 : now && strcmp(now, w->configurations[0]) == 0 ? 1 : 0;

    return ask(w, rest_update_cluster_configuration, NULL, u->arn,
               json_pack("{s:s, s:{s:s, s:i}}", "currentVersion", version, "configurationInfo", "arn",
                         w->configurations[to], "revision", 1), NULL);
}

static const json_t *group_of(const struct cluster *c)
{
    return json_object_get(c->spec, "brokerNodeGroupInfo");
}

static json_int_t gib_of(const struct cluster *c)
{
    return json_integer_value(json_object_get(json_object_get(json_object_get(group_of(c), "storageInfo"),
                                                              "ebsStorageInfo"), "volumeSize"));
}

static int grow(struct world *w, const struct user *u, const struct cluster *c, const char *version)
{
    return ask(w, rest_update_broker_storage, NULL, u->arn,
               json_pack("{s:s, s:[{s:s, s:I}]}", "currentVersion", version, "targetBrokerEBSVolumeInfo",
                         "kafkaBrokerNodeId", "All", "volumeSizeGB", gib_of(c) + 10), NULL);
}

static int count(struct world *w, const struct user *u, const char *version, int brokers)
{
    return ask(w, rest_update_broker_count, NULL, u->arn,
               json_pack("{s:s, s:i}", "currentVersion", version, "targetNumberOfBrokerNodes", brokers),
               NULL);
}

static int retype(struct world *w, const struct user *u, const struct cluster *c, const char *version)
{
    bool is_large = strcmp(json_string_value(json_object_get(group_of(c), "instanceType")),
                           "kafka.m7g.large") == 0;

    return ask(w, rest_update_broker_type, NULL, u->arn,
               json_pack("{s:s, s:s}", "currentVersion", version, "targetInstanceType",
                         is_large ? "kafka.m7g.xlarge" : "kafka.m7g.large"), NULL);
}

static json_t *scaling_body(const struct user *u)
{
    return json_pack("{s:s, s:s, s:s}", "ServiceNamespace", "kafka", "ResourceId", u->arn,
                     "ScalableDimension", SCALING_DIMENSION);
}

static bool put_policy(struct world *w, const struct user *u)
{
    json_t *body = scaling_body(u);

    json_object_set_new(body, "MinCapacity", json_integer(1));
    json_object_set_new(body, "MaxCapacity", json_integer(1000));
    if (ask(w, NULL, SCALING "RegisterScalableTarget", NULL, body, NULL) != 200)
        return false;
    body = scaling_body(u);
    json_object_set_new(body, "PolicyName", json_string("p"));
    json_object_set_new(body, "PolicyType", json_string("TargetTrackingScaling"));
    json_object_set_new(body, "TargetTrackingScalingPolicyConfiguration",
                        json_pack("{s:i, s:{s:s}}", "TargetValue", TARGET_PERCENT,
                                  "PredefinedMetricSpecification", "PredefinedMetricType", SCALING_METRIC));
    return ask(w, NULL, SCALING "PutScalingPolicy", NULL, body, NULL) == 200;
}

/* Somebody writes a lot to all brokers of the cluster. */
static void fill(struct world *w, struct user *u, int cluster, const struct cluster *c)
{
    u->filled = true;
    for (int i = 0; i < AGENTS * SLOTS; i++) {
        struct slot *s = &w->agents[i / SLOTS].slots[i % SLOTS];
        const char *name;

        if (!s->used || !s->is_broker || cluster_of_id(w, s->id, &name) != cluster)
            continue;
        s->used_bytes = gib_of(c) * FILL_PERCENT / 100 << 30;
        agent_changed(w, &w->agents[i / SLOTS]);
    }
}

static int ask_for(struct world *w, int cluster, const struct cluster *c, enum step_type type,
                   const char *version)
{
    struct user *u = &w->users[cluster];

    switch (type) {
    case STEP_CONFIGURE:
    case STEP_CONFIGURE_BADLY:
        return configure(w, u, c, version, type == STEP_CONFIGURE_BADLY);
    case STEP_REBOOT:
    case STEP_REBOOT_ALL:
        return reboot(w, u, c, type == STEP_REBOOT_ALL);
    case STEP_GROW:
        return grow(w, u, c, version);
    case STEP_OUT:
        return count(w, u, version, 6);
    case STEP_IN:
    case STEP_IN_BLOCKED:
        u->blocked = type == STEP_IN_BLOCKED;
        return count(w, u, version, 3);
    case STEP_TYPE:
        return retype(w, u, c, version);
    case STEP_FILL:
        if (!u->filled)
            fill(w, u, cluster, c);
        return 0;
    default:
        return 0;
    }
}

static int operations_of(struct world *w, const char *arn)
{
    int n = 0;

    list_each(at, store_operations(w->klammd.store))
        n += strcmp(list_item(at, struct operation, node)->cluster_arn, arn) == 0;
    return n;
}

static void next_step(struct world *w, struct user *u)
{
    u->at++;
    SIM_TRACE(&w->sim, "user %s: step %d of %d", u->name, u->at, u->n);
}

static void delete(struct world *w, struct user *u, const struct cluster *c)
{
    if (!c && u->asked_to_delete) {
        next_step(w, u);
        return;
    }
    u->asked_to_delete = true;
    (void)ask(w, rest_delete_cluster, NULL, u->arn, NULL, NULL);
}

/* Each step is asked for until it is accepted, and is over when the cluster is ACTIVE again. */
void user_acts(struct world *w, int cluster)
{
    struct user *u = &w->users[cluster];
    enum step_type type = u->at < u->n ? u->steps[u->at] : STEP_TYPES;
    struct cluster *c = w->klammd.up ? store_cluster_named(w->klammd.store, str_of(u->name)) : NULL;
    int operations = w->klammd.up ? operations_of(w, u->arn) : 0;

    if (!w->klammd.up || type == STEP_TYPES)
        return;
    if (type == STEP_DELETE) {
        delete(w, u, c);
        return;
    }
    SIM_CHECK(&w->sim, operations <= u->operations + 1, "%s: a call was carried out twice", u->name);
    if (type == STEP_CREATE && !c) {
        create(w, u);
    } else if (c && c->state == CLUSTER_ACTIVE && operations == u->operations + 1) {
        u->operations = operations;
        u->filled = false;
        totals.operations++;
        next_step(w, u);
    } else if (c && c->state == CLUSTER_ACTIVE && type == STEP_TAG) {
        json_t *body = json_pack("{s:{s:s}}", "tags", "a", "b");

        if (ask(w, rest_tag_resource, NULL, u->arn, body, NULL) / 100 == 2)
            next_step(w, u);
    } else if (c && c->state == CLUSTER_ACTIVE && type == STEP_POLICY) {
        if (put_policy(w, u))
            next_step(w, u);
    } else if (c && c->state == CLUSTER_ACTIVE && type != STEP_CREATE) {
        int status = ask_for(w, cluster, c, type, c->current_version);

        SIM_CHECK(&w->sim, !status || status == 200, "%s: step %d is refused with %d", u->name, type, status);
    }
}

/* Somebody else asks at the wrong time or with an old version: nothing may come of it. */
void user_is_impatient(struct world *w, int cluster)
{
    static const enum step_type some[] = { STEP_CONFIGURE, STEP_GROW, STEP_OUT, STEP_TYPE, STEP_REBOOT };
    enum step_type type = some[rng_below(&w->sim.rng, sizeof(some) / sizeof(some[0]))];
    const struct user *u = &w->users[cluster];
    struct cluster *c = w->klammd.up ? store_cluster_named(w->klammd.store, str_of(u->name)) : NULL;
    bool is_active = c && c->state == CLUSTER_ACTIVE;
    int before = c ? operations_of(w, u->arn) : 0, status;

    if (!c || (is_active && type == STEP_REBOOT) || list_empty(&c->processes))
        return;
    totals.impatient++;
    status = ask_for(w, cluster, c, type, is_active ? "KAAAAAAAAAAAAA" : c->current_version);
    SIM_CHECK(&w->sim, status == 400, "%s: an untimely call (%d) got %d", u->name, type, status);
    SIM_CHECK(&w->sim, operations_of(w, u->arn) == before, "%s: an untimely call made an operation", u->name);
}

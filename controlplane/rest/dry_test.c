#include "tests/lib/stores.h"

#include <stdio.h>

#include "api/rest/sigv4.h"
#include "common/fs.h"
#include "controlplane/fleet/act.h"
#include "controlplane/rest/dispatch.h"
#include "controlplane/rest/dry.h"
#include "controlplane/rest/routes.h"
#include "controlplane/rest/scaling.h"

static const int64_t gib = 1 << 30;
#define ARN_PREFIX "arn:aws:kafka:us-east-1:123456789012:"
#define CLUSTER ARN_PREFIX "cluster/one/1"
#define CONFIGURATION ARN_PREFIX "configuration/k/1"

/* A cluster of three brokers that runs, with 4 GiB on each, a second node in zone a, a configuration that
 * nobody uses, and a storage policy. */
struct world {
    struct store *store;
    struct config config;
    struct event_base *base;
    struct fleet *fleet;
    struct cluster *cluster;
    char *dir;
};

static void put_node(struct world *w, const char *name, const char *zone)
{
    struct node *n = store_node_new(w->store, name, zone);

    n->cpus = 4;
    n->memory_bytes = 64 * gib;
    n->disk_bytes = 4000 * gib;
    store_put_node(w->store, n);
}

static void put_cluster(struct world *w)
{
    json_t *spec = json_pack("{s:{s:[s,s,s], s:s, s:{s:{s:i}}}, s:s, s:i}", "brokerNodeGroupInfo",
                             "clientSubnets", "s-a", "s-b", "s-c", "instanceType", "kafka.m7g.large",
                             "storageInfo", "ebsStorageInfo", "volumeSize", 40, "kafkaVersion", "4.3.0",
                             "numberOfBrokerNodes", 3);
    struct cluster *c = store_cluster_new(w->store, CLUSTER, "one", spec, json_pack("{s:s}", "a", "b"));

    store_set_text(&c->uuid, "1");
    store_set_text(&c->kafka_id, "AAAAAAAAAAAAAAAAAAAAAA");
    store_set_text(&c->current_version, "K1");
    c->state = CLUSTER_CREATING;
    c->created_ms = 1000000;
    c->brokers_n = 3;
    store_set_json(&c->scaling,
                   json_pack("{s:{s:s, s:i, s:i}, s:{s:s, s:f}, s:{}}", "target", "arn", "t", "min", 1, "max",
                             100, "policy", "name", "p", "percent", 50.0, "tags"));
    store_put_cluster(w->store, c);
    store_put_scaling(w->store, c);
    w->cluster = c;
}

static void put_configuration(struct world *w)
{
    struct configuration *k = store_configuration_new(w->store, CONFIGURATION, "k");
    struct configuration_revision *r = store_configuration_revision_new(k, "log.retention.ms=1000");

    r->created_ms = 1;
    store_put_configuration(w->store, k);
    store_put_configuration_revision(w->store, k, r);
}

static void start_cluster(struct world *w)
{
    struct act a = { w->store, &w->config, 1000000 };
    struct why reason;
    int64_t again;

    assert_ok(act_on(&a, w->cluster, &(struct reconcile_next){ .action = RECONCILE_PLACE }, &again, &reason));
    assert_int_equal(again, 0);
    store_begin(w->store);
    list_each(node, &w->cluster->processes) {
        struct process *p = list_item(node, struct process, node);

        p->seen = SEEN_RUNNING;
        p->used_bytes = 4 * gib;
        p->total_bytes = 40 * gib;
        store_put_process(w->store, p);
    }
    w->cluster->state = CLUSTER_ACTIVE;
    store_put_cluster(w->store, w->cluster);
    stores_commit(w->store);
}

/* One a world, all in one. */
static char *new_dir(void)
{
    static char *root;
    static unsigned n;
    char *dir;

    if (!root)
        root = test_dir();
    dir = mem_printf("%s/%u", root, n++);
    assert_ok(fs_mkdirs(fs_posix(), dir, 0700));
    return dir;
}

static void init(struct world *w)
{
    static char ids[3][4] = { "s-a", "s-b", "s-c" }, zones[3][2] = { "a", "b", "c" };
    static char region[] = "us-east-1", account[] = "123456789012", group[] = "sg-1";

    *w = (struct world){ .dir = new_dir() };
    for (unsigned i = 0; i < 3; i++)
        w->config.subnets[i] = (struct subnet){ ids[i], zones[i], 0x7f100000 + (i << 8), 0xffffff00, NULL };
    w->config.subnets_n = 3;
    w->config.region = region;
    w->config.account_id = account;
    w->config.security_group = group;
    w->config.cpu_overcommit = w->config.memory_overcommit = w->config.storage_overcommit = 1;
    w->store = stores_open(w->dir);
    store_begin(w->store);
    put_node(w, "na", "a");
    put_node(w, "nb", "b");
    put_node(w, "nc", "c");
    put_cluster(w);
    put_configuration(w);
    stores_commit(w->store);
    start_cluster(w);
    store_begin(w->store);
    put_node(w, "na2", "a");
    stores_commit(w->store);
    w->base = event_base_new();
    w->fleet = fleet_new(w->base, w->store, NULL, &w->config);
    list_each(node, store_nodes(w->store))
        list_item(node, struct node, node)->silent_since_ms = 1;
}

static void done(struct world *w)
{
    fleet_free(w->fleet);
    event_base_free(w->base);
    store_free(w->store);
    mem_free(w->dir);
}

/* --- what there is, disk and memory --- */

static void put_file(struct world *w, const char *suffix, struct buf *ret)
{
    OWNED_MEM char *path = mem_printf("%s/klammd.db%s", w->dir, suffix);
    FILE *f = fopen(path, "rb");
    char bytes[4096];
    size_t n;

    while (f && (n = fread(bytes, 1, sizeof(bytes), f)))
        buf_put(ret, bytes, n);
    if (f)
        fclose(f);
}

static void put_json(struct buf *b, const json_t *o)
{
    char *text = o ? json_dumps(o, JSON_SORT_KEYS) : NULL;

    buf_printf(b, "%s|", text ? text : "-");
    mem_free(text);
}

static void put_cluster_state(struct buf *b, struct cluster *c)
{
    buf_printf(b, "%s %d %s %s %d ", c->arn, c->state, c->current_version,
               c->state_message ? c->state_message : "", c->brokers_n);
    put_json(b, c->spec);
    put_json(b, c->tags);
    put_json(b, c->scaling);
    put_json(b, c->rebalance);
    buf_printf(b, "%s %s|", c->policy ? c->policy : "-", c->policy_version ? c->policy_version : "-");
    list_each(node, &c->processes) {
        struct process *p = list_item(node, struct process, node);

        buf_printf(b, "%d %d %s %d %lld %lld %d|", p->kind, p->node_id, p->host, p->wanted,
                   (long long)p->revision, (long long)p->restart, p->seen);
    }
}

static void put_memory(struct world *w, struct buf *b)
{
    list_each(node, store_clusters(w->store))
        put_cluster_state(b, list_item(node, struct cluster, node));
    list_each(node, store_operations(w->store)) {
        const struct operation *o = list_item(node, struct operation, node);

        buf_printf(b, "%s %s %d %s|", o->arn, o->type, o->state, o->step ? o->step : "");
        put_json(b, o->plan);
    }
    list_each(node, store_nodes(w->store)) {
        const struct node *n = list_item(node, struct node, node);

        buf_printf(b, "%s %lld %lld|", n->name, (long long)n->removed_ms, (long long)n->revision);
    }
    list_each(node, store_configurations(w->store)) {
        const struct configuration *k = list_item(node, struct configuration, node);

        buf_printf(b, "%s %d|", k->arn, store_configuration_latest(k)->number);
    }
}

static struct buf all_of(struct world *w)
{
    struct buf b = { 0 };

    put_memory(w, &b);
    put_file(w, "", &b);
    put_file(w, "-wal", &b);
    return b;
}

/* --- calls --- */

struct example {
    const char *name;
    const char *first, *second; /* parameters of the path; NULL: the cluster */
    const char *query, *body;
    const char *refused;        /* a piece of what it always says; NULL: it succeeds */
};

#define VERSION "\"currentVersion\": \"K1\""

#define PROVISIONED                                                                                \
    "\"kafkaVersion\": \"4.3.0\", \"numberOfBrokerNodes\": 3, \"brokerNodeGroupInfo\":"             \
    " {\"instanceType\": \"kafka.m7g.large\", \"clientSubnets\": [\"s-a\", \"s-b\", \"s-c\"]},"    \
    " \"encryptionInfo\": {\"encryptionInTransit\": {\"clientBroker\": \"PLAINTEXT\","             \
    " \"inCluster\": false}}, \"clientAuthentication\": {\"unauthenticated\": {\"enabled\": true}}"

#define POLICY                                                                                     \
    "{\\\"Version\\\": \\\"2012-10-17\\\", \\\"Statement\\\": [{\\\"Effect\\\": \\\"Allow\\\","    \
    " \\\"Principal\\\": \\\"*\\\", \\\"Action\\\": \\\"kafka:*\\\", \\\"Resource\\\": \\\"*\\\"}]}"

/* One for every operation of MSK's API that may change something: a new one wants its own here. */
static const struct example examples[] = {
    { "CreateCluster", "", NULL, "", "{\"clusterName\": \"two\", " PROVISIONED "}", NULL },
    { "CreateClusterV2", "", NULL, "", "{\"clusterName\": \"two\", \"provisioned\": {" PROVISIONED "}}",
      NULL },
    { "CreateConfiguration", "", NULL, "", "{\"name\": \"l\", \"serverProperties\": \"\"}", NULL },
    { "UpdateConfiguration", CONFIGURATION, NULL, "", "{\"serverProperties\": \"\"}", NULL },
    { "DeleteConfiguration", CONFIGURATION, NULL, "", "", NULL },
    { "DeleteCluster", NULL, NULL, "currentVersion=K1", "", NULL },
    { "RebootBroker", NULL, NULL, "", "{\"brokerIds\": [\"2\", \"1\"]}", NULL },
    { "TagResource", NULL, NULL, "", "{\"tags\": {\"x\": \"y\"}}", NULL },
    { "UntagResource", NULL, NULL, "tagKeys=a", "", NULL },
    { "UpdateBrokerCount", NULL, NULL, "", "{" VERSION ", \"targetNumberOfBrokerNodes\": 6}", NULL },
    { "UpdateBrokerStorage", NULL, NULL, "",
      "{" VERSION ", \"targetBrokerEBSVolumeInfo\":"
      " [{\"kafkaBrokerNodeId\": \"All\", \"volumeSizeGB\": 60}]}", NULL },
    { "UpdateStorage", NULL, NULL, "", "{" VERSION ", \"volumeSizeGB\": 60}", NULL },
    { "UpdateBrokerType", NULL, NULL, "", "{" VERSION ", \"targetInstanceType\": \"kafka.m5.large\"}", NULL },
    { "UpdateClusterConfiguration", NULL, NULL, "",
      "{" VERSION ", \"configurationInfo\": {\"arn\": \"" CONFIGURATION "\", \"revision\": 1}}", NULL },
    { "UpdateClusterKafkaVersion", NULL, NULL, "", "{" VERSION ", \"targetKafkaVersion\": \"4.0.0\"}",
      "Unsupported KafkaVersion" },
    { "UpdateMonitoring", NULL, NULL, "",
      "{" VERSION ", \"openMonitoring\": {\"prometheus\": {\"jmxExporter\": {\"enabledInBroker\": true}}}}",
      NULL },
    { "UpdateSecurity", NULL, NULL, "", "{" VERSION "}", "does not include any updates to the security" },
    { "UpdateRebalancing", NULL, NULL, "", "{" VERSION ", \"rebalancing\": {\"status\": \"PAUSED\"}}",
      "Express" },
    { "PutClusterPolicy", NULL, NULL, "", "{\"policy\": \"" POLICY "\"}", NULL },
    { "DeleteClusterPolicy", NULL, NULL, "", "", NULL },
    { "CreateTopic", NULL, NULL, "",
      "{\"topicName\": \"t\", \"partitionCount\": 1, \"replicationFactor\": 3}", NULL },
    { "UpdateTopic", NULL, "t", "", "{\"partitionCount\": 2}", NULL },
    { "DeleteTopic", NULL, "t", "", "", NULL },
    { "KlammRemoveNode", "na", NULL, "dataIsLost=true", "", NULL },
    { "KlammRebalance", NULL, NULL, "", "{\"drainBrokerIds\": [2]}", NULL },
    { "KlammCancelRebalance", NULL, NULL, "", "", NULL },
};

static const struct example *example_of(const char *name)
{
    for (unsigned i = 0; i < ARRAY_LEN(examples); i++)
        if (strcmp(examples[i].name, name) == 0)
            return &examples[i];
    return NULL;
}

/* The pattern with its parameters, escaped. */
static void put_path(struct buf *b, const char *pattern, const char *first, const char *second)
{
    unsigned n = 0;

    for (; *pattern; pattern++) {
        if (strncmp(pattern, "{}", 2) != 0) {
            buf_printf(b, "%c", *pattern);
            continue;
        }
        uri_encode(str_of(n++ ? second ? second : "x" : first ? first : CLUSTER), false, b);
        pattern++;
    }
    buf_put_u8(b, 0);
}

struct called {
    struct call c;
    struct arena arena;
};

static void call(struct world *w, const struct route *r, const struct example *e, bool dry,
                 struct called *ret)
{
    OWNED_BUF path = { 0 };

    *ret = (struct called){ .c = { .store = w->store, .config = &w->config, .fleet = w->fleet, .dry = dry,
                                   .now_ms = 2000000, .query = str_of(e->query), .status = 200 } };
    ret->c.arena = &ret->arena;
    put_path(&path, r->pattern, e->first, e->second);
    dispatch(&ret->c, str_of(r->method), str_of((char *)path.p), slice_make(e->body, strlen(e->body)));
}

static void called_done(struct called *x)
{
    json_decref(x->c.answer);
    json_decref(x->c.body);
    ask_done(&x->c.ask);
    store_free(x->c.fork);
    arena_done(&x->arena);
}

/* What must be there already for the example to do something. */
static void prepare(struct world *w, const struct example *e)
{
    static const struct example rebalance = { "", NULL, NULL, "", "{}", NULL };
    struct str parameters[ROUTE_PARAMETERS_MAX];
    struct called x;
    bool known;

    if (strcmp(e->name, "DeleteClusterPolicy") == 0) {
        call(w, route_find(str_of("PUT"), str_of("/v1/clusters/x/policy"), parameters, &known),
             example_of("PutClusterPolicy"), false, &x);
        assert_false(call_refused(&x.c));
        called_done(&x);
    }
    if (strcmp(e->name, "KlammCancelRebalance") != 0)
        return;
    call(w, route_find(str_of("POST"), str_of("/klamm/v1/clusters/x/rebalance"), parameters, &known),
         &rebalance, false, &x);
    assert_false(call_refused(&x.c));
    called_done(&x);
}

/* What only a broker knows is tried there, or cannot be tried. */
static void expect_try(const struct route *r, struct called *x)
{
    json_t *answer;

    if (strcmp(r->name, "DeleteTopic") == 0) {
        assert_int_equal(x->c.status, 400);
        assert_non_null(strstr(x->c.why.text, "DeleteTopic has no dry run"));
        assert_null(x->c.finish);
        return;
    }
    assert_true(x->c.ask.action == ASK_TRY_CREATE || x->c.ask.action == ASK_TRY_UPDATE);
    answer = json_object();
    x->c.finish(&x->c, answer);
    json_decref(answer);
}

static void expect_plan(const struct example *e, struct called *x)
{
    if (e->refused) {
        assert_non_null(strstr(x->c.why.text, e->refused));
        return;
    }
    if (call_refused(&x->c) && strcmp(e->name, "DeleteTopic") != 0)
        fail_msg("%s: %s", e->name, x->c.why.text);
    if (call_refused(&x->c))
        return;
    assert_int_equal(x->c.status, 200);
    assert_true(json_is_true(json_object_get(x->c.answer, "dryRun")));
    assert_string_equal(json_string_value(json_object_get(x->c.answer, "operation")), e->name);
    assert_true(json_is_array(json_object_get(x->c.answer, "steps")));
}

static void expect_nothing_happens(const struct route *r, const struct example *e)
{
    OWNED_BUF before = { 0 };
    OWNED_BUF after = { 0 };
    struct called x;
    struct world w;

    init(&w);
    prepare(&w, e);
    before = all_of(&w);
    call(&w, r, e, true, &x);
    if (x.c.ask.topic)
        expect_try(r, &x);
    expect_plan(e, &x);
    after = all_of(&w);
    if (!slice_eq(buf_slice(&before), buf_slice(&after)))
        fail_msg("%s: a dry run has changed the store", r->name);
    called_done(&x);
    done(&w);
}

/* So the example is one that would be seen. */
static void expect_it_happens(const struct route *r, const struct example *e)
{
    OWNED_BUF before = { 0 };
    OWNED_BUF after = { 0 };
    struct called x;
    struct world w;

    init(&w);
    prepare(&w, e);
    before = all_of(&w);
    call(&w, r, e, false, &x);
    after = all_of(&w);
    if (e->refused)
        assert_non_null(strstr(x.c.why.text, e->refused));
    else if (call_refused(&x.c))
        fail_msg("%s: %s", r->name, x.c.why.text);
    else if (x.c.finish)
        assert_true(x.c.ask.action >= ASK_CREATE && x.c.ask.action <= ASK_DELETE);
    else if (slice_eq(buf_slice(&before), buf_slice(&after)))
        fail_msg("%s: the example changes nothing", r->name);
    called_done(&x);
    done(&w);
}

static void no_change_of_the_api_does_anything_when_it_is_dry(void **state)
{
    unsigned n = 0;

    (void)state;
    for (const struct route *r = route_at(0); r; r = route_at(++n)) {
        const struct example *e = example_of(r->name);

        if (strcmp(r->method, "GET") == 0 || !r->handle)
            continue;
        if (!e)
            fail_msg("%s may change something: give it an example here", r->name);
        expect_nothing_happens(r, e);
        expect_it_happens(r, e);
    }
    assert_true(n > 60);
}

/* The same refusal, to the word. */
static void expect_same_refusal(struct world *w, const struct route *r, const struct example *e)
{
    struct called real, dry;

    call(w, r, e, true, &dry);
    call(w, r, e, false, &real);
    if (call_refused(&real.c)) {
        assert_int_equal(real.c.status, dry.c.status);
        assert_string_equal(real.c.error_type, dry.c.error_type);
        assert_string_equal(real.c.why.text, dry.c.why.text);
        assert_string_equal(real.c.invalid_parameter, dry.c.invalid_parameter);
    }
    called_done(&real);
    called_done(&dry);
}

static void a_dry_run_is_refused_with_the_same_words(void **state)
{
    static const struct example bad[] = { { "", "nowhere", "t", "", "{}", NULL },
                                          { "", ARN_PREFIX "cluster/no/1", "t", "", "{}", NULL },
                                          { "", NULL, "t", "", "{}", NULL },
                                          { "", NULL, "t", "", "{\"currentVersion\": \"K0\"}", NULL },
                                          { "", NULL, "t", "", "[]", NULL } };
    unsigned n = 0;
    struct world w;

    (void)state;
    for (const struct route *r = route_at(0); r; r = route_at(++n)) {
        init(&w);
        for (unsigned i = 0; strcmp(r->method, "GET") != 0 && i < ARRAY_LEN(bad); i++)
            expect_same_refusal(&w, r, &bad[i]);
        done(&w);
    }
}

/* --- what plans say --- */

static void plan_of(struct world *w, const char *name, struct called *ret)
{
    unsigned n = 0;

    for (const struct route *r = route_at(0); r; r = route_at(++n))
        if (strcmp(r->name, name) == 0) {
            call(w, r, example_of(name), true, ret);
            if (call_refused(&ret->c))
                fail_msg("%s", ret->c.why.text);
            return;
        }
    fail_msg("no operation %s", name);
}

static void expect_plan_of(struct world *w, const char *name, const char *brokers, const char *actions,
                           int64_t bytes, const char *risk)
{
    struct called x;
    OWNED_BUF seen = { 0 };
    const json_t *steps;
    char *ids;

    plan_of(w, name, &x);
    steps = json_object_get(x.c.answer, "steps");
    for (size_t i = 0; i < json_array_size(steps); i++)
        buf_printf(&seen, "%s%s", i ? " " : "",
                   json_string_value(json_object_get(json_array_get(steps, i), "action")));
    ids = json_dumps(json_object_get(x.c.answer, "brokersTouched"), JSON_COMPACT);
    assert_string_equal(seen.n ? buf_text(&seen) : "", actions);
    assert_string_equal(ids, brokers);
    assert_int_equal(json_integer_value(json_object_get(x.c.answer, "bytesMoved")), bytes);
    assert_string_equal(json_string_value(json_object_get(x.c.answer, "risk")), risk);
    mem_free(ids);
    called_done(&x);
}

static void a_plan_says_what_the_reconciler_would_do(void **state)
{
    struct world w;

    (void)state;
    init(&w);
    /* every agent is away in this world: medium at least */
    expect_plan_of(&w, "RebootBroker", "[1,2]", "restart restart", 0, "medium");
    expect_plan_of(&w, "UpdateClusterConfiguration", "[1,2,3]",
                   "restart restart restart restart restart restart", 0, "medium");
    expect_plan_of(&w, "UpdateBrokerStorage", "[1,2,3]", "apply apply apply", 0, "medium");
    expect_plan_of(&w, "UpdateBrokerCount", "[4,5,6]", "launch launch launch move", 6 * gib, "medium");
    expect_plan_of(&w, "CreateClusterV2", "[1,2,3]", "launch launch launch launch launch launch", 0,
                   "medium");
    expect_plan_of(&w, "DeleteCluster", "[1,2,3]", "remove remove remove remove remove remove", 0,
                   "high");
    expect_plan_of(&w, "KlammRebalance", "[]", "move", 4 * gib, "low");
    expect_plan_of(&w, "TagResource", "[]", "", 0, "none");
    done(&w);
}

static void a_plan_says_where_a_lost_broker_comes_back(void **state)
{
    const json_t *steps, *step;
    struct called x;
    struct world w;

    (void)state;
    init(&w);
    plan_of(&w, "KlammRemoveNode", &x);
    steps = json_object_get(x.c.answer, "steps");
    assert_int_equal(json_array_size(steps), 2); /* its controller, its broker */
    step = json_array_get(steps, 1);
    assert_string_equal(json_string_value(json_object_get(step, "action")), "replace");
    assert_string_equal(json_string_value(json_object_get(step, "node")), "na2");
    assert_int_equal(json_integer_value(json_object_get(x.c.answer, "bytesMoved")), 4 * gib);
    assert_string_equal(json_string_value(json_object_get(x.c.answer, "risk")), "high");
    called_done(&x);
    done(&w);
}

static void a_plan_that_finds_no_place_says_so(void **state)
{
    struct called x;
    struct world w;
    const json_t *risks;

    (void)state;
    init(&w);
    store_node(w.store, str_of("nc"))->cpus = 2;
    plan_of(&w, "UpdateBrokerCount", &x);
    risks = json_object_get(x.c.answer, "risks");
    assert_string_equal(json_string_value(json_object_get(x.c.answer, "risk")), "high");
    assert_non_null(strstr(json_string_value(json_array_get(risks, 0)), "InsufficientCapacity"));
    called_done(&x);
    done(&w);
}

static void what_nobody_has_told_is_not_made_up(void **state)
{
    struct called x;
    struct world w;

    (void)state;
    init(&w);
    list_each(node, &w.cluster->processes)
        list_item(node, struct process, node)->total_bytes = 0;
    plan_of(&w, "UpdateBrokerCount", &x);
    assert_true(json_is_null(json_object_get(x.c.answer, "bytesMoved")));
    assert_true(json_is_null(json_object_get(x.c.answer, "minutes")));
    called_done(&x);
    done(&w);
}

/* --- partitions that a type may hold --- */

static const struct route *route_named(const char *name)
{
    const struct route *r;
    unsigned n = 0;

    while ((r = route_at(n++)))
        if (strcmp(r->name, name) == 0)
            return r;
    fail_msg("no operation %s", name);
    return NULL;
}

static void tell_replicas(struct world *w, int32_t broker, int64_t replicas)
{
    list_each(node, &w->cluster->processes) {
        struct process *p = list_item(node, struct process, node);

        if (p->kind == PROCESS_BROKER && p->node_id == broker)
            p->replicas = replicas;
    }
}

/* Dry and in earnest alike; `words` NULL: it is not refused. A dry call changes nothing, so it goes first. */
static void expect_partitions(struct world *w, const char *name, const char *body, const char *words)
{
    struct example e = { .name = name, .query = "", .body = body };

    for (int dry = 1; dry >= 0; dry--) {
        struct called x;

        call(w, route_named(name), &e, dry, &x);
        if (!words && call_refused(&x.c))
            fail_msg("%s: %s", name, x.c.why.text);
        if (words && (!call_refused(&x.c) || !strstr(x.c.why.text, words)))
            fail_msg("%s: '%s' was expected, not '%s'", name, words, x.c.why.text);
        called_done(&x);
    }
}

static void expect_with(int64_t replicas, const char *name, const char *body, const char *words)
{
    struct world w;

    init(&w);
    json_object_set_new(w.cluster->spec, "kafkaVersion", json_string("4.2.0"));
    tell_replicas(&w, 2, replicas);
    expect_partitions(&w, name, body, words);
    done(&w);
}

static void more_partitions_than_the_type_may_hold_refuse_what_rolls(void **state)
{
    static const char words[] = "a broker of type kafka.m7g.large may hold 1500 partitions at most, replicas"
                                " included, and broker 2 holds 1501. Remove 1 of them";
    static const char small[] = "{" VERSION ", \"targetInstanceType\": \"kafka.t3.small\"}";
    static const char newer[] = "{" VERSION ", \"targetKafkaVersion\": \"4.3.0\"}";
    const char *configure = example_of("UpdateClusterConfiguration")->body;

    (void)state;
    expect_with(1500, "UpdateClusterConfiguration", configure, NULL);
    expect_with(1501, "UpdateClusterConfiguration", configure, words);
    expect_with(1500, "UpdateClusterKafkaVersion", newer, NULL);
    expect_with(1501, "UpdateClusterKafkaVersion", newer, words);
    expect_with(300, "UpdateBrokerType", small, NULL);
    expect_with(301, "UpdateBrokerType", small, "kafka.t3.small may hold 300 partitions at most");
    expect_with(0, "UpdateBrokerType", small, NULL); /* nothing was heard of it yet */
    expect_with(1501, "RebootBroker", "{\"brokerIds\": [\"2\"]}", NULL); /* not refused by MSK */
    expect_with(1501, "UpdateStorage", "{" VERSION ", \"volumeSizeGB\": 60}", NULL);
}

static void a_larger_type_is_the_way_out(void **state)
{
    static const char large[] = "{" VERSION ", \"targetInstanceType\": \"kafka.m7g.2xlarge\"}";
    struct world w;

    (void)state;
    init(&w);
    list_each(node, store_nodes(w.store))
        list_item(node, struct node, node)->cpus = 64;
    tell_replicas(&w, 1, 3000);
    expect_partitions(&w, "UpdateBrokerType", large, NULL);
    done(&w);
}

static void brokers_that_stay_must_hold_what_all_hold(void **state)
{
    static const char in[] = "{" VERSION ", \"targetNumberOfBrokerNodes\": 3}";
    struct world w;

    (void)state;
    for (int more = 1; more >= 0; more--) {
        init(&w);
        w.cluster->brokers_n = 6;
        tell_replicas(&w, 1, 1500);
        tell_replicas(&w, 2, 1500);
        tell_replicas(&w, 3, 1500 + more);
        expect_partitions(&w, "UpdateBrokerCount", in,
                          more ? "3 brokers of type kafka.m7g.large may hold 1500 partitions each, replicas"
                                 " included, 4500 in all, and the cluster has 4501." : NULL);
        done(&w);
    }
}

/* --- the header, and the other service --- */

static void the_header_is_signed_and_true_or_false(void **state)
{
    static const struct {
        const char *value, *names;
        int status;
        bool dry;
    } cases[] = { { NULL, "host", 200, false },
                  { "true", "host;x-klamm-dry-run", 200, true },
                  { "false", "x-klamm-dry-run;host", 200, false },
                  { "true", "host;x-klamm-dry-run-not", 403, true },
                  { "yes", "host;x-klamm-dry-run", 400, false },
                  { "", "x-klamm-dry-run", 400, false } };

    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        struct call c = { .status = 200 };

        dry_read_header(&c, cases[i].value, str_of(cases[i].names));
        assert_int_equal(c.status, cases[i].status);
        if (c.status == 200)
            assert_int_equal(c.dry, cases[i].dry);
    }
}

static void scaling_that_is_dry_grows_nothing(void **state)
{
    static const char body[] =
        "{\"ServiceNamespace\": \"kafka\", \"ScalableDimension\": \"kafka:broker-storage:VolumeSize\","
        " \"ResourceId\": \"" CLUSTER "\", \"PolicyName\": \"p\","
        " \"PolicyType\": \"TargetTrackingScaling\", \"TargetTrackingScalingPolicyConfiguration\":"
        " {\"TargetValue\": 10.0, \"PredefinedMetricSpecification\":"
        " {\"PredefinedMetricType\": \"KafkaBrokerStorageUtilization\"}}}";
    OWNED_ARENA arena = { 0 };
    OWNED_BUF before = { 0 };
    OWNED_BUF after = { 0 };
    struct world w;
    struct call c;

    (void)state;
    init(&w);
    list_item(w.cluster->processes.prev, struct process, node)->used_bytes = 8 * gib; /* 20 % */
    before = all_of(&w);
    c = (struct call){ .store = w.store, .config = &w.config, .fleet = w.fleet, .arena = &arena,
                       .dry = true, .now_ms = 2000000, .status = 200,
                       .target = "AnyScaleFrontendService.PutScalingPolicy" };
    dispatch_body(&c, slice_make(body, sizeof(body) - 1));
    assert_true(scaling_changes(c.target));
    assert_false(scaling_changes("AnyScaleFrontendService.DescribeScalingPolicies"));
    dry_run(&c, scaling_operation(c.target), scaling_dispatch);
    if (call_refused(&c))
        fail_msg("%s", c.why.text);
    assert_int_equal(json_array_size(json_object_get(c.answer, "steps")), 3);
    assert_string_equal(json_string_value(json_object_get(c.answer, "operationType")),
                        "UPDATE_BROKER_STORAGE");
    after = all_of(&w);
    assert_true(slice_eq(buf_slice(&before), buf_slice(&after)));
    json_decref(c.answer);
    json_decref(c.body);
    store_free(c.fork);
    done(&w);
}

TEST_MAIN(TEST(no_change_of_the_api_does_anything_when_it_is_dry),
          TEST(a_dry_run_is_refused_with_the_same_words),
          TEST(a_plan_says_what_the_reconciler_would_do), TEST(a_plan_says_where_a_lost_broker_comes_back),
          TEST(a_plan_that_finds_no_place_says_so), TEST(what_nobody_has_told_is_not_made_up),
          TEST(more_partitions_than_the_type_may_hold_refuse_what_rolls), TEST(a_larger_type_is_the_way_out),
          TEST(brokers_that_stay_must_hold_what_all_hold),
          TEST(the_header_is_signed_and_true_or_false), TEST(scaling_that_is_dry_grows_nothing))

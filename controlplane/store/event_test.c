#include "tests/lib/stores.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/buf.h"
#include "controlplane/store/event.h"
#include "controlplane/store/store_private.h"

/* A cluster of one broker, in a transaction of its own. */
static struct process *put_cluster(struct store *s)
{
    struct cluster *c = store_cluster_new(s, "arn:one", "one", json_object(), json_object());
    struct process *p = store_process_new(c, PROCESS_BROKER, 1);

    store_set_text(&c->uuid, "u");
    store_set_text(&c->kafka_id, "k");
    store_set_text(&c->current_version, "v");
    c->brokers_n = 1;
    store_set_text(&p->host, "na");
    store_set_text(&p->zone, "a");
    store_set_text(&p->subnet_id, "s");
    store_set_text(&p->address, "127.0.0.1");
    p->revision = store_next_revision(s);
    store_begin(s);
    store_put_cluster(s, c);
    store_put_process(s, p);
    stores_commit(s);
    return p;
}

static void add_type(void *ctx, const struct event *e)
{
    buf_printf(ctx, "%s ", e->type);
}

static void expect_types(struct store *s, int64_t after, const char *types)
{
    OWNED_BUF seen = { 0 };

    store_events(s, "arn:one", after, EVENTS_KEPT, add_type, &seen);
    assert_string_equal(seen.n ? buf_text(&seen) : "", types);
}

static void put_seen(struct store *s, struct process *p, enum process_seen seen)
{
    store_begin(s);
    p->seen = seen;
    store_put_process(s, p);
    stores_commit(s);
}

static void what_a_broker_goes_through_is_told_once(void **state)
{
    OWNED_MEM char *dir = test_dir();
    struct store *s = stores_open(dir);
    struct process *p = put_cluster(s);

    (void)state;
    put_seen(s, p, SEEN_STARTING);
    put_seen(s, p, SEEN_RUNNING);
    put_seen(s, p, SEEN_RUNNING); /* nothing new */
    put_seen(s, p, SEEN_STARTING); /* the agent has found it dead */
    put_seen(s, p, SEEN_RUNNING);
    store_begin(s); /* klammd restarts it */
    p->seen = SEEN_STARTING;
    p->revision = p->restart = store_next_revision(s);
    store_put_process(s, p);
    stores_commit(s);
    put_seen(s, p, SEEN_RUNNING);
    store_begin(s);
    store_set_text(&p->host, "nb");
    p->seen = SEEN_NOTHING;
    p->revision = store_next_revision(s);
    store_put_process(s, p);
    stores_commit(s);
    put_seen(s, p, SEEN_FAILED);
    expect_types(s, 0, "CLUSTER_CREATED BROKER_LAUNCHED BROKER_RUNNING BROKER_DIED BROKER_RUNNING"
                       " BROKER_RESTARTED BROKER_RUNNING BROKER_MOVED BROKER_FAILED ");
    expect_types(s, 7, "BROKER_MOVED BROKER_FAILED ");
    store_free(s);
}

static void what_was_told_is_not_told_again_after_a_restart(void **state)
{
    OWNED_MEM char *dir = test_dir();
    struct store *s = stores_open(dir);
    struct process *p = put_cluster(s);
    struct operation *o = store_operation_new(s, "arn:op", "arn:one", "REBOOT_NODE");

    (void)state;
    put_seen(s, p, SEEN_RUNNING);
    store_begin(s);
    o->state = OPERATION_IN_PROGRESS;
    store_set_text(&o->step, "REBOOT_BROKER_1");
    store_put_operation(s, o);
    stores_commit(s);
    store_free(s);
    s = stores_open(dir);
    p = store_process(s, str_of("u/broker-1"));
    o = store_operation(s, str_of("arn:op"));
    store_begin(s);
    store_put_process(s, p);
    store_put_operation(s, o);
    store_put_cluster(s, p->cluster);
    stores_commit(s);
    store_begin(s);
    o->state = OPERATION_FAILED;
    store_set_text(&o->error_code, "LaunchFailed");
    store_put_operation(s, o);
    stores_commit(s);
    expect_types(s, 0, "CLUSTER_CREATED BROKER_LAUNCHED BROKER_RUNNING OPERATION_BEGUN OPERATION_STEP"
                       " OPERATION_FAILED ");
    store_free(s);
}

static void take_advice(void *ctx, const struct event *e)
{
    const char *advice = json_string_value(json_object_get(e->detail, "whatToDo"));

    if (strcmp(e->type, "OPERATION_FAILED") == 0 && advice)
        *(bool *)ctx = true;
}

static void every_failure_says_what_to_do(void **state)
{
    static const char *const codes[] = { "InsufficientCapacity", "LaunchFailed", "DrainFailed",
                                         "AnotherOne" };
    OWNED_MEM char *dir = test_dir();
    struct store *s = stores_open(dir);

    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(codes); i++) {
        OWNED_MEM char *arn = mem_printf("op-%u", i), *cluster = mem_printf("cluster-%u", i);
        struct operation *o = store_operation_new(s, arn, cluster, "UPDATE_BROKER_TYPE");
        bool said = false;

        store_begin(s);
        o->state = OPERATION_FAILED;
        store_set_text(&o->error_code, codes[i]);
        store_put_operation(s, o);
        stores_commit(s);
        store_events(s, cluster, 0, 10, take_advice, &said);
        assert_true(said);
    }
    assert_null(store_advice(NULL));
    store_free(s);
}

static void an_agent_that_is_away_and_back_is_told(void **state)
{
    OWNED_MEM char *dir = test_dir();
    struct store *s = stores_open(dir);
    struct cluster *c = put_cluster(s)->cluster;

    (void)state;
    store_begin(s);
    c->state = CLUSTER_ACTIVE;
    store_put_cluster(s, c);
    stores_commit(s);
    store_begin(s);
    store_set_text(&c->state_code, "WaitingForAgent");
    store_set_text(&c->state_message, "The agent of node na is not connected.");
    store_put_cluster(s, c);
    stores_commit(s);
    store_begin(s);
    store_set_text(&c->state_code, NULL);
    store_set_text(&c->state_message, NULL);
    store_put_cluster(s, c);
    stores_commit(s);
    expect_types(s, 2, "CLUSTER_ACTIVE NODE_LOST NODE_BACK ");
    store_free(s);
}

/* --- what a cluster has beside brokers --- */

static void put_tags(struct store *s, struct cluster *c, json_t *tags)
{
    store_begin(s);
    store_set_json(&c->tags, tags);
    store_put_cluster(s, c);
    stores_commit(s);
}

static void put_policy(struct store *s, struct cluster *c, const char *version)
{
    store_begin(s);
    store_set_text(&c->policy, version ? "{}" : NULL);
    store_set_text(&c->policy_version, version);
    store_put_cluster(s, c);
    stores_commit(s);
}

static void take_message(void *ctx, const struct event *e)
{
    buf_printf(ctx, "%s\n", e->message);
}

static void expect_messages(struct store *s, int64_t after, const char *messages)
{
    OWNED_BUF seen = { 0 };

    store_events(s, "arn:one", after, EVENTS_KEPT, take_message, &seen);
    assert_string_equal(seen.n ? buf_text(&seen) : "", messages);
}

static void tags_and_policies_are_told_once(void **state)
{
    OWNED_MEM char *dir = test_dir();
    struct store *s = stores_open(dir);
    struct cluster *c = put_cluster(s)->cluster;

    (void)state;
    put_tags(s, c, json_pack("{s:s, s:s}", "a", "1", "b", "2"));
    put_tags(s, c, json_pack("{s:s, s:s}", "b", "2", "a", "1"));
    put_policy(s, c, "V1");
    put_policy(s, c, "V2");
    store_free(s);
    s = stores_open(dir);
    c = store_cluster(s, str_of("arn:one"));
    put_policy(s, c, "V2");
    put_tags(s, c, json_pack("{s:s, s:s}", "b", "3", "c", "4"));
    put_tags(s, c, json_object());
    put_policy(s, c, NULL);
    expect_types(s, 2, "TAGS_SET CLUSTER_POLICY_PUT CLUSTER_POLICY_PUT TAGS_SET TAGS_REMOVED TAGS_REMOVED"
                       " CLUSTER_POLICY_DELETED ");
    expect_messages(s, 2, "Tags a, b were set.\nThe cluster has a policy, version V1.\n"
                          "The cluster has a policy, version V2; it had version V1.\nTags b, c were set.\n"
                          "Tag a was removed.\nTags b, c were removed.\n"
                          "The cluster's policy, version V2, was deleted.\n");
    store_free(s);
}

static void put_growth(struct store *s, struct cluster *c, int max, double percent, bool suspended)
{
    store_begin(s);
    store_set_json(&c->scaling, max ? json_pack("{s:{s:i, s:{s:b}}, s:{s:f}}", "target", "max", max,
                                                "suspended", "DynamicScalingOutSuspended", suspended,
                                                "policy", "percent", percent)
                                    : json_object());
    store_put_scaling(s, c);
    stores_commit(s);
}

static void how_volumes_grow_is_told_once(void **state)
{
    OWNED_MEM char *dir = test_dir();
    struct store *s = stores_open(dir);
    struct cluster *c = put_cluster(s)->cluster;

    (void)state;
    put_growth(s, c, 0, 0, false);
    put_growth(s, c, 100, 60, true);
    put_growth(s, c, 100, 60, false);
    put_growth(s, c, 100, 60, false);
    store_free(s);
    s = stores_open(dir);
    c = store_cluster(s, str_of("arn:one"));
    put_growth(s, c, 100, 60, false);
    put_growth(s, c, 200, 60, false);
    put_growth(s, c, 0, 0, false);
    expect_messages(s, 2, "Volumes grow by themselves when one is fuller than 60 %, up to 100 GiB.\n"
                          "Volumes grow by themselves when one is fuller than 60 %, up to 200 GiB.\n"
                          "Volumes grow by hand alone.\n");
    store_free(s);
}

static void is_utf8(void *ctx, const struct event *e)
{
    json_t *text = json_string(e->message);

    assert_non_null(text);
    assert_in_range(strlen(e->message), 1020, 1023);
    json_decref(text);
    ++*(int *)ctx;
}

static void a_long_message_is_cut_between_characters(void **state)
{
    OWNED_MEM char *dir = test_dir();
    struct store *s = stores_open(dir);
    OWNED_BUF text = { 0 };
    int n = 0;

    (void)state;
    for (int i = 0; i < 1000; i++)
        buf_printf(&text, "\xe2\x82\xac");
    store_begin(s);
    for (int i = 0; i < 4; i++)
        store_put_event(s, "arn:one", "NODE_LOST", NULL, "%.*s%s", i, "aaa", buf_text(&text));
    stores_commit(s);
    store_events(s, "arn:one", 0, EVENTS_KEPT, is_utf8, &n);
    assert_int_equal(n, 4);
    store_free(s);
}

static void check_whole(void *ctx, const struct event *e)
{
    assert_non_null(strstr(e->message, " and "));
    assert_non_null(strstr(e->message, " more were set."));
    assert_int_equal(json_object_size(json_object_get(e->detail, "tags")), 50);
    *(bool *)ctx = true;
}

static void the_keys_of_many_tags_are_counted(void **state)
{
    OWNED_MEM char *dir = test_dir();
    struct store *s = stores_open(dir);
    struct cluster *c = put_cluster(s)->cluster;
    json_t *tags = json_object();
    bool seen = false;

    (void)state;
    for (int i = 0; i < 50; i++) {
        char key[128 * 2 + 3];

        for (int at = 0; at < 128; at++)
            memcpy(key + 2 * at, "\xc3\xa4", 2);
        (void)snprintf(key + 2 * 126, 4, "%02d", i);
        json_object_set_new(tags, key, json_string("v"));
    }
    put_tags(s, c, tags);
    store_events(s, "arn:one", 2, EVENTS_KEPT, check_whole, &seen);
    assert_true(seen);
    store_free(s);
}

static void put_revision(struct store *s, struct configuration *k)
{
    struct configuration_revision *r = store_configuration_revision_new(k, "a=b");

    store_begin(s);
    if (r->number == 1)
        store_put_configuration(s, k);
    store_put_configuration_revision(s, k, r);
    stores_commit(s);
}

static void a_revision_is_told_to_clusters_that_use_the_configuration(void **state)
{
    OWNED_MEM char *dir = test_dir();
    struct store *s = stores_open(dir);
    struct cluster *c = put_cluster(s)->cluster;
    struct configuration *k = store_configuration_new(s, "arn:k", "k"), *other;

    (void)state;
    put_revision(s, k);
    put_revision(s, k); /* nobody uses it */
    json_object_set_new(c->spec, "configurationInfo", json_pack("{s:s, s:i}", "arn", "arn:k", "revision", 2));
    store_begin(s);
    store_put_cluster(s, c);
    stores_commit(s);
    other = store_configuration_new(s, "arn:other", "other");
    put_revision(s, other);
    put_revision(s, k);
    expect_types(s, 2, "CONFIGURATION_UPDATED ");
    expect_messages(s, 2, "Configuration k has a revision 3 now. The cluster goes on with revision 2.\n");
    store_free(s);
}

static void count(void *ctx, const struct event *e)
{
    int64_t *last = ctx;

    assert_true(!*last || e->number == *last + 1);
    *last = e->number;
}

static void the_newest_are_kept(void **state)
{
    OWNED_MEM char *dir = test_dir();
    struct store *s = stores_open(dir);
    int64_t last = 0;

    (void)state;
    store_begin(s);
    for (int i = 0; i < EVENTS_KEPT + 50; i++)
        store_put_event(s, "arn:one", "TOPIC_CREATED", NULL, "Topic t%d was created.", i);
    store_put_event(s, "arn:two", "TOPIC_CREATED", NULL, "another cluster's");
    stores_commit(s);
    store_events(s, "arn:one", 0, 2 * EVENTS_KEPT, count, &last);
    assert_int_equal(last, EVENTS_KEPT + 50);
    last = 0;
    store_events(s, "arn:one", 0, 1, count, &last);
    assert_int_equal(last, 51);
    store_free(s);
}

static void a_cluster_that_is_gone_has_a_history_for_a_while(void **state)
{
    OWNED_MEM char *dir = test_dir();
    struct store *s = stores_open(dir);
    struct cluster *c = put_cluster(s)->cluster;

    (void)state;
    store_begin(s);
    store_remove_cluster(s, c);
    stores_commit(s);
    expect_types(s, 2, "CLUSTER_DELETED ");
    store_begin(s);
    store_run(s, "UPDATE event SET at_ms = at_ms - ?", "i", EVENT_GONE_MS + 1000);
    stores_commit(s);
    c = store_cluster_new(s, "arn:two", "two", json_object(), json_object());
    store_set_text(&c->uuid, "u");
    store_set_text(&c->kafka_id, "k");
    store_set_text(&c->current_version, "v");
    store_begin(s);
    store_put_cluster(s, c);
    store_remove_cluster(s, c);
    stores_commit(s);
    expect_types(s, 0, "");
    store_free(s);
}

/* --- killed --- */

/* A broker that dies and comes back, until this process is killed. */
static void die_and_live(const char *dir, int ready)
{
    struct store *s = stores_open(dir);
    struct process *p = store_process(s, str_of("u/broker-1"));

    for (;;) {
        put_seen(s, p, p->seen == SEEN_RUNNING ? SEEN_STOPPED : SEEN_RUNNING);
        if (write(ready, "x", 1) != 1)
            _exit(1);
    }
}

static void kill_one(const char *dir, unsigned after)
{
    int pipes[2], status;
    char byte;
    pid_t child;

    assert_int_equal(pipe(pipes), 0);
    child = fork();
    assert_true(child >= 0);
    if (!child)
        die_and_live(dir, pipes[1]);
    close(pipes[1]);
    while (after--)
        assert_int_equal(read(pipes[0], &byte, 1), 1);
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    close(pipes[0]);
}

struct alternation {
    int64_t number;
    bool running;
};

/* Died and running by turns: none is missing, none is there twice. */
static void alternates(void *ctx, const struct event *e)
{
    struct alternation *a = ctx;
    bool running = strcmp(e->type, "BROKER_RUNNING") == 0;

    assert_int_equal(e->number, a->number + 1);
    assert_true(running || strcmp(e->type, "BROKER_DIED") == 0);
    assert_true(running != a->running);
    *a = (struct alternation){ e->number, running };
}

static void each_event_is_there_once_whenever_klammd_is_killed(void **state)
{
    OWNED_MEM char *dir = test_dir();
    struct store *s = stores_open(dir);
    struct alternation a = { .number = 2 };

    (void)state;
    (void)put_cluster(s);
    store_free(s);
    for (unsigned round = 0; round < 12; round++) {
        kill_one(dir, 4 + round);
        s = stores_open(dir);
        store_events(s, "arn:one", a.number, EVENTS_KEPT, alternates, &a);
        assert_int_equal(store_process(s, str_of("u/broker-1"))->seen == SEEN_RUNNING, a.running);
        store_free(s);
    }
    assert_true(a.number > 12 * 4);
}

TEST_MAIN(TEST(what_a_broker_goes_through_is_told_once),
          TEST(what_was_told_is_not_told_again_after_a_restart),
          TEST(every_failure_says_what_to_do), TEST(an_agent_that_is_away_and_back_is_told),
          TEST(how_volumes_grow_is_told_once), TEST(a_long_message_is_cut_between_characters),
          TEST(tags_and_policies_are_told_once), TEST(the_keys_of_many_tags_are_counted),
          TEST(a_revision_is_told_to_clusters_that_use_the_configuration), TEST(the_newest_are_kept),
          TEST(a_cluster_that_is_gone_has_a_history_for_a_while),
          TEST(each_event_is_there_once_whenever_klammd_is_killed))

#include "tests/lib/stores.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "controlplane/store/store.h"

static void put_cluster(struct store *s, int i)
{
    OWNED_MEM char *arn = mem_printf("arn:%d", i), *name = mem_printf("name-%d", i);
    OWNED_MEM char *uuid = mem_printf("uuid-%d", i), *address = mem_printf("127.0.0.%d", i);
    struct cluster *c = store_cluster_new(s, arn, name, json_object(), json_object());
    struct process *p = store_process_new(c, PROCESS_BROKER, 1);

    store_set_text(&c->uuid, uuid);
    store_set_text(&c->kafka_id, "k");
    store_set_text(&c->current_version, "v");
    store_set_text(&p->host, "h");
    store_set_text(&p->zone, "z");
    store_set_text(&p->subnet_id, "s");
    store_set_text(&p->address, address);
    p->revision = store_next_revision(s);
    store_put_cluster(s, c);
    store_put_process(s, p);
}

static void what_is_committed_is_there_after_opening_anew(void **state)
{
    OWNED_MEM char *dir = test_dir();
    struct store *s = stores_open(dir);
    struct cluster *scaled;
    struct process *p;
    struct node *removed;
    struct why reason;
    int64_t next;

    (void)state;
    store_begin(s);
    put_cluster(s, 1);
    put_cluster(s, 2);
    scaled = store_cluster(s, str_of("arn:1"));
    json_object_set_new(scaled->scaling, "policy", json_string("p"));
    store_put_scaling(s, scaled);
    store_put_operation(s, store_operation_new(s, "op", "arn:1", "CREATE_CLUSTER"));
    store_put_node(s, store_node_new(s, "n", "z"));
    removed = store_node_new(s, "lost", "z");
    removed->removed_ms = 7;
    store_put_node(s, removed);
    assert_ok(store_commit(s, &reason));
    next = store_next_revision(s);
    s = store_free(s);
    s = stores_open(dir);
    assert_int_equal(store_node(s, str_of("n"))->removed_ms, 0);
    assert_int_equal(store_node(s, str_of("lost"))->removed_ms, 7);
    scaled = store_cluster(s, str_of("arn:1"));
    assert_non_null(scaled);
    assert_string_equal(json_string_value(json_object_get(scaled->scaling, "policy")), "p");
    assert_int_equal(json_object_size(store_cluster(s, str_of("arn:2"))->scaling), 0);
    p = store_process(s, str_of("uuid-2/broker-1"));
    assert_non_null(p);
    assert_string_equal(p->address, "127.0.0.2");
    assert_true(store_next_revision(s) >= next);
    assert_true(store_opened_revision(s) > clock_wall_ms() - 60000); /* above what an older copy knows of */
    assert_non_null(store_node(s, str_of("n")));
    assert_non_null(store_active_operation(s, store_cluster(s, str_of("arn:1"))));
    store_begin(s);
    store_remove_cluster(s, store_cluster(s, str_of("arn:2")));
    assert_ok(store_commit(s, &reason));
    s = store_free(s);
    s = stores_open(dir);
    assert_null(store_cluster(s, str_of("arn:2")));
    assert_null(store_process(s, str_of("uuid-2/broker-1")));
    store_free(s);
}

static void a_token_has_one_taker_who_may_ask_again_but_not_after_its_time(void **state)
{
    OWNED_MEM char *dir = test_dir();
    struct store *s = stores_open(dir);
    struct why reason;

    (void)state;
    store_begin(s);
    store_put_token(s, "a", 100);
    store_put_token(s, "b", 100);
    store_put_token(s, "d", INT64_MAX);
    assert_true(store_take_token(s, "a", "k", 98));
    assert_true(store_take_token(s, "a", "k", 99));
    assert_false(store_take_token(s, "a", "other", 99));
    assert_false(store_take_token(s, "a", "k", 100));
    assert_false(store_take_token(s, "b", "k", 100));
    assert_false(store_take_token(s, "c", "k", 0));
    assert_true(store_take_token(s, "d", "k", 100));
    assert_true(store_take_token(s, "d", "k", 99 + STORE_TOKEN_AGAIN_MS));
    assert_false(store_take_token(s, "d", "k", 100 + STORE_TOKEN_AGAIN_MS));
    assert_ok(store_commit(s, &reason));
    store_free(s);
}

/* The child commits clusters one by one and tells each; the parent kills it and counts. */
static void nothing_told_is_lost_when_the_process_is_killed(void **state)
{
    OWNED_MEM char *dir = test_dir();
    int fds[2], told = 0;
    uint8_t byte;
    struct store *s;
    pid_t child;

    (void)state;
    assert_int_equal(pipe(fds), 0);
    child = fork();
    if (!child) {
        struct why reason;

        s = stores_open(dir);
        for (int i = 1; i < 250; i++) {
            store_begin(s);
            put_cluster(s, i);
            if (store_commit(s, &reason) || write(fds[1], "x", 1) != 1)
                _exit(1);
        }
        _exit(0);
    }
    close(fds[1]);
    while (told < 20 && read(fds[0], &byte, 1) == 1)
        told++;
    kill(child, SIGKILL);
    while (read(fds[0], &byte, 1) == 1)
        told++;
    close(fds[0]);
    waitpid(child, NULL, 0);
    s = stores_open(dir);
    for (int i = 1; i <= told; i++) {
        OWNED_MEM char *arn = mem_printf("arn:%d", i);

        assert_non_null(store_cluster(s, str_of(arn)));
    }
    store_free(s);
}

static void a_newer_schema_is_refused(void **state)
{
    OWNED_MEM char *dir = test_dir();
    OWNED_MEM char *path = mem_printf("%s/klammd.db", dir);
    struct store *s = store_free(stores_open(dir));
    struct why reason;
    sqlite3 *db;

    (void)state;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA user_version = 999", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    assert_int_equal(store_open(path, &s, &reason), ERR_UNSUPPORTED);
}

TEST_MAIN(TEST(what_is_committed_is_there_after_opening_anew),
          TEST(a_token_has_one_taker_who_may_ask_again_but_not_after_its_time),
          TEST(nothing_told_is_lost_when_the_process_is_killed), TEST(a_newer_schema_is_refused))

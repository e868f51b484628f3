/* A controller and an observer whose volumes are full, and have room again. */
#include "broker/controller/controller_shell.h"

#include "api/kafka/client.h"
#include "api/kafka/errors.h"
#include "api/kafka/msg/incremental_alter_configs.h"
#include "broker/metadata/image.h"
#include "api/kafka/release.h"
#include "broker/raft/format.h"
#include "broker/raft/observer.h"
#include "common/clock.h"
#include "tests/lib/full_fs.h"
#include "tests/lib/test.h"

#include <stdio.h>
#include <poll.h>

static const char cluster_id[] = "9gVjPrCWQ2Ow5uLUe9Qm1A";
enum { BROKER_RESOURCE = 4, PATIENCE_MS = 20000, LOOK_MS = 5 };

struct quorum {
    struct full_fs fs;
    char *dir;
    struct controller *controller;
    uint16_t port;
    int64_t snapshot_bytes;
};

static void start(struct quorum *q)
{
    struct controller_voter voter = { 1, "127.0.0.1", q->port };
    struct controller_options o = {
        .fs = &q->fs.fs, .node_id = 1, .cluster_id = cluster_id, .metadata_log_dir = q->dir,
        .directory_id = { { 7 } }, .listener_name = "CONTROLLER", .host = "127.0.0.1",
        .port = q->port, .voters = &voter, .voters_n = 1, .election_timeout_ms = 20,
        .snapshot_bytes = q->snapshot_bytes, .idle_interval_ms = -1,
    };
    struct why why = { "" };

    if (controller_start(&o, &q->controller, &why))
        fail_msg("%s", why.text);
    q->port = q->port ? q->port : controller_port(q->controller);
}

static void begin(struct quorum *q)
{
    struct format_bootstrap b;
    struct why why;

    full_fs_init(&q->fs);
    q->dir = test_dir();
    b = (struct format_bootstrap){ &q->fs.fs, q->dir, METADATA_VERSION_LATEST, NULL, 0 };
    assert_ok(format_bootstrap(&b, &why));
    start(q);
}

static void end(struct quorum *q)
{
    controller_stop(q->controller);
    mem_free(q->dir);
}

/* Sets a default of all brokers: the error, or -2 when nobody answers. */
static int set_config(struct quorum *q, const char *value)
{
    struct kf_incremental_alter_configs_request_alterable_config config = {
        STR_LIT("log.cleaner.threads"), 0, str_of(value)
    };
    struct kf_incremental_alter_configs_request_alter_configs_resource resource = {
        BROKER_RESOURCE, STR_LIT(""), &config, 1
    };
    struct kf_incremental_alter_configs_request r;
    const void *res;
    OWNED(kf_client) client = NULL;
    OWNED_ARENA a = { 0 };
    struct why why;

    kf_init(&kf_incremental_alter_configs_request_schema, &r);
    r.resources = &resource, r.resources_n = 1;
    if (kf_client_new("127.0.0.1", q->port, 500, &client, &why) ||
        kf_client_call(client, KF_API_INCREMENTAL_ALTER_CONFIGS, -1, &r, &a, &res, NULL))
        return -2;
    return ((const struct kf_incremental_alter_configs_response *)res)->responses[0].error_code;
}

static void set_config_in_time(struct quorum *q, const char *value)
{
    int64_t deadline = clock_mono_ms() + PATIENCE_MS;
    int error;

    while ((error = set_config(q, value)) && clock_mono_ms() < deadline)
        (void)poll(NULL, 0, LOOK_MS);
    assert_int_equal(error, 0);
}

struct follower {
    struct loop *loop;
    struct image *image;
    struct observer *observer;
    bool failed;
};

static void on_begin(void *ctx, int64_t end_offset, int32_t epoch)
{
    struct follower *f = ctx;

    (void)end_offset, (void)epoch;
    image_free(f->image);
    f->image = image_new();
}

static err_t on_record(void *ctx, int64_t offset, struct slice record, struct why *reterr)
{
    return image_apply(((struct follower *)ctx)->image, offset, record, NULL, NULL, reterr);
}

static void on_advanced(void *ctx, int64_t high_watermark)
{
    (void)ctx, (void)high_watermark;
}

static void on_leader(void *ctx, int32_t id, int32_t epoch, const char *host, uint16_t port)
{
    (void)ctx, (void)id, (void)epoch, (void)host, (void)port;
}

static void on_failed(void *ctx, err_t e, const char *reason)
{
    print_message("observer failed: %s: %s\n", err_name(e), reason);
    ((struct follower *)ctx)->failed = true;
}

static void follow(struct follower *f, const struct quorum *q, struct fs *fs, const char *dir)
{
    struct observer_server server = { "127.0.0.1", q->port };
    struct observer_options o = {
        .fs = fs, .metadata_log_dir = dir, .cluster_id = cluster_id, .node_id = 5,
        .directory_id = { { 8 } }, .servers = &server, .servers_n = 1,
        .callbacks = { on_begin, NULL, on_record, on_advanced, on_leader, NULL, on_failed },
        .ctx = f,
    };
    struct why why = { "" };

    memset(f, 0, sizeof(*f));
    f->image = image_new();
    assert_ok(loop_new(&f->loop));
    o.loop = f->loop;
    if (observer_new(&o, &f->observer, &why))
        fail_msg("%s", why.text);
}

static void unfollow(struct follower *f)
{
    observer_free(f->observer);
    loop_free(f->loop);
    image_free(f->image);
}

static bool sees(const struct follower *f, const char *value)
{
    const char *seen = image_config(f->image, BROKER_RESOURCE, str_of(""), "log.cleaner.threads");

    return seen && strcmp(seen, value) == 0;
}

static void until_config(struct follower *f, const char *value)
{
    int64_t deadline = clock_mono_ms() + PATIENCE_MS;

    while (!sees(f, value) && !f->failed && clock_mono_ms() < deadline)
        loop_turn(f->loop, 10);
    assert_false(f->failed);
    assert_true(sees(f, value));
}

static int64_t stored(const char *dir)
{
    char path[512];

    snprintf(path, sizeof(path), "%s/__cluster_metadata-0/00000000000000000000.log", dir);
    return fs_size(path);
}

static void a_controller_rests_while_its_disk_is_full_and_comes_back(void **state)
{
    struct quorum q = { 0 };

    (void)state;
    begin(&q);
    assert_int_equal(set_config(&q, "1"), 0);
    atomic_store(&q.fs.full, true);
    assert_int_not_equal(set_config(&q, "2"), 0); /* nothing can be acknowledged */
    for (int64_t until = clock_mono_ms() + 300; clock_mono_ms() < until;)
        assert_int_not_equal(set_config(&q, "2"), 0);
    assert_ok(controller_failure(q.controller));
    atomic_store(&q.fs.full, false);
    set_config_in_time(&q, "3");
    end(&q);
}

static void a_controller_starts_on_a_full_disk_and_serves_when_there_is_room(void **state)
{
    struct quorum q = { 0 };

    (void)state;
    begin(&q);
    assert_int_equal(set_config(&q, "1"), 0);
    controller_stop(q.controller);
    atomic_store(&q.fs.full, true);
    start(&q);
    assert_int_not_equal(set_config(&q, "2"), 0);
    atomic_store(&q.fs.full, false);
    set_config_in_time(&q, "3");
    end(&q);
}

static void a_controller_that_rests_can_be_stopped(void **state)
{
    struct quorum q = { 0 };

    (void)state;
    begin(&q);
    atomic_store(&q.fs.full, true);
    while (atomic_load(&q.fs.refused) < 5) /* looks for room, twice at least */
        assert_int_not_equal(set_config(&q, "1"), 0);
    end(&q);
}

static void an_observer_follows_on_a_full_disk_and_stores_what_it_missed(void **state)
{
    OWNED_MEM char *mine = test_dir();
    struct quorum q = { 0 };
    struct full_fs fs;
    struct follower f;
    int64_t before;

    (void)state;
    full_fs_init(&fs);
    begin(&q);
    set_config_in_time(&q, "1");
    follow(&f, &q, &fs.fs, mine);
    until_config(&f, "1");
    before = stored(mine);
    atomic_store(&fs.full, true);
    for (int n = 2; n < 9; n++) {
        char value[8];

        snprintf(value, sizeof(value), "%d", n);
        set_config_in_time(&q, value);
        until_config(&f, value);
    }
    assert_int_equal(stored(mine), before);
    assert_true(atomic_load(&fs.refused) > 0);
    atomic_store(&fs.full, false);
    for (int64_t until = clock_mono_ms() + PATIENCE_MS;
         stored(mine) != stored(q.dir) && clock_mono_ms() < until;)
        loop_turn(f.loop, 10);
    assert_int_equal(stored(mine), stored(q.dir));
    set_config_in_time(&q, "9");
    until_config(&f, "9");
    unfollow(&f);
    follow(&f, &q, &fs.fs, mine); /* what is on disk is whole */
    until_config(&f, "9");
    unfollow(&f);
    end(&q);
}

static void an_observer_begins_on_a_full_disk(void **state)
{
    OWNED_MEM char *mine = test_dir();
    struct quorum q = { .snapshot_bytes = 400 };
    struct full_fs fs;
    struct follower f;

    (void)state;
    full_fs_init(&fs);
    begin(&q);
    follow(&f, &q, &fs.fs, mine);
    unfollow(&f); /* its files are made */
    for (int n = 1; n < 20; n++)
        set_config_in_time(&q, n % 2 ? "7" : "8");
    atomic_store(&fs.full, true);
    follow(&f, &q, &fs.fs, mine); /* from the leader's snapshot, which it cannot store */
    until_config(&f, "7");
    set_config_in_time(&q, "8");
    until_config(&f, "8");
    atomic_store(&fs.full, false);
    set_config_in_time(&q, "9");
    until_config(&f, "9");
    unfollow(&f);
    end(&q);
}

TEST_MAIN(TEST(a_controller_rests_while_its_disk_is_full_and_comes_back),
          TEST(a_controller_starts_on_a_full_disk_and_serves_when_there_is_room),
          TEST(a_controller_that_rests_can_be_stopped),
          TEST(an_observer_follows_on_a_full_disk_and_stores_what_it_missed),
          TEST(an_observer_begins_on_a_full_disk))

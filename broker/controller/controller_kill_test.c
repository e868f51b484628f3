#include "broker/controller/controller_shell.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api/kafka/client.h"
#include "api/kafka/errors.h"
#include "api/kafka/msg/broker_heartbeat.h"
#include "api/kafka/msg/broker_registration.h"
#include "api/kafka/msg/create_topics.h"
#include "broker/raft/format.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/rng.h"
#include "tests/lib/test.h"

enum { ROUNDS = 12, CREATES_MAX = 400 };

/* A controller in a process of its own, which is killed at any moment. */
static pid_t start(const char *dir, uint16_t *ret_port)
{
    int pipes[2];
    pid_t pid;

    assert_int_equal(pipe(pipes), 0);
    pid = fork();
    if (pid == 0) {
        struct controller_voter voter = { 1, "127.0.0.1", 9093 };
        struct controller_options o = {
            .fs = fs_posix(), .node_id = 1, .cluster_id = "c", .metadata_log_dir = dir,
            .directory_id = { { 7 } }, .listener_name = "CONTROLLER", .host = "127.0.0.1",
            .voters = &voter, .voters_n = 1, .snapshot_bytes = 4000,
        };
        struct controller *c;
        struct why why = { "" };
        uint16_t port;

        log_level_set(LOG_ERROR);
        if (controller_start(&o, &c, &why)) {
            fprintf(stderr, "%s\n", why.text);
            _exit(1);
        }
        port = controller_port(c);
        if (write(pipes[1], &port, sizeof(port)) != (ssize_t)sizeof(port))
            _exit(1);
        for (;;)
            pause();
    }
    close(pipes[1]);
    assert_int_equal(read(pipes[0], ret_port, sizeof(*ret_port)), sizeof(*ret_port));
    close(pipes[0]);
    return pid;
}

static struct kf_client *dial(uint16_t port)
{
    struct kf_client *c = NULL;
    struct why why = { "" };

    if (kf_client_new("127.0.0.1", port, 5000, &c, &why))
        fail_msg("%s", why.text);
    return c;
}

static void unfence(struct kf_client *c)
{
    static const char *const names[] = { "metadata.version", "group.version", "transaction.version",
                                         "share.version", "streams.version",
                                         "eligible.leader.replicas.version" };
    struct kf_broker_registration_request_feature f[ARRAY_LEN(names)];
    struct uuid dir = { { 9, [15] = 200 } };
    struct kf_broker_registration_request r;
    struct kf_broker_heartbeat_request b;
    const void *res;
    OWNED_ARENA a = { 0 };

    kf_init(&kf_broker_registration_request_schema, &r);
    kf_init(&kf_broker_heartbeat_request_schema, &b);
    for (size_t n = 0; n < ARRAY_LEN(names); n++)
        f[n] = (__typeof__(f[0])){ str_of(names[n]), n ? 0 : 7, n ? 2 : 30 };
    r.broker_id = b.broker_id = 5;
    r.cluster_id = str_of("c");
    r.incarnation_id.b[0] = 1;
    r.features = f, r.features_n = ARRAY_LEN(names);
    r.log_dirs = &dir, r.log_dirs_n = 1;
    assert_ok(kf_client_call(c, KF_API_BROKER_REGISTRATION, -1, &r, &a, &res, NULL));
    assert_int_equal(((const struct kf_broker_registration_response *)res)->error_code, 0);
    b.broker_epoch = ((const struct kf_broker_registration_response *)res)->broker_epoch;
    b.current_metadata_offset = INT64_MAX;
    assert_ok(kf_client_call(c, KF_API_BROKER_HEARTBEAT, -1, &b, &a, &res, NULL));
    assert_false(((const struct kf_broker_heartbeat_response *)res)->is_fenced);
}

/* The error code, or -2 when the controller went away. */
static int create(struct kf_client *c, int n)
{
    char name[32];
    struct kf_create_topics_request_creatable_topic t = { .num_partitions = 1, .replication_factor = 1 };
    struct kf_create_topics_request r;
    const void *res;
    OWNED_ARENA a = { 0 };

    kf_init(&kf_create_topics_request_schema, &r);
    snprintf(name, sizeof(name), "topic-%d", n);
    t.name = str_of(name);
    r.topics = &t, r.topics_n = 1;
    if (kf_client_call(c, KF_API_CREATE_TOPICS, -1, &r, &a, &res, NULL))
        return -2;
    return ((const struct kf_create_topics_response *)res)->topics[0].error_code;
}

static void kill_in(pid_t pid, int64_t us)
{
    pid_t killer = fork();

    if (killer == 0) {
        int64_t until = clock_mono_ns() + us * 1000;

        while (clock_mono_ns() < until)
            ;
        kill(pid, SIGKILL);
        _exit(0);
    }
    assert_true(killer > 0);
}

/* Creates until the process dies; returns how many were acknowledged. */
static int create_until_death(pid_t pid, uint16_t port, int from, struct rng *rng)
{
    OWNED(kf_client) c = dial(port);
    int n = from;

    unfence(c);
    kill_in(pid, (int64_t)rng_below(rng, 30000));
    while (n < from + CREATES_MAX) {
        int error = create(c, n);

        if (error != 0 && error != KF_ERR_TOPIC_ALREADY_EXISTS)
            break;
        n++;
    }
    kill(pid, SIGKILL);
    return n;
}

static void what_was_acknowledged_survives_a_kill_at_any_moment(void **state)
{
    OWNED_MEM char *dir = test_dir();
    struct format_bootstrap b = { fs_posix(), dir, METADATA_VERSION_LATEST, NULL, 0 };
    struct rng rng;
    struct why why;
    int acknowledged = 0;

    (void)state;
    rng_seed(&rng, 7);
    assert_ok(format_bootstrap(&b, &why));
    for (int round = 0; round < ROUNDS; round++) {
        uint16_t port;
        pid_t pid = start(dir, &port);

        acknowledged = create_until_death(pid, port, acknowledged, &rng);
        while (wait(NULL) > 0)
            ;
    }
    assert_true(acknowledged > ROUNDS);
    {
        uint16_t port;
        pid_t pid = start(dir, &port);
        OWNED(kf_client) c = dial(port);

        unfence(c);
        for (int n = 0; n < acknowledged; n++)
            assert_int_equal(create(c, n), KF_ERR_TOPIC_ALREADY_EXISTS);
        kill(pid, SIGKILL);
        while (wait(NULL) > 0)
            ;
    }
    print_message("%d creates acknowledged over %d kills, all there\n", acknowledged, ROUNDS);
}

TEST_MAIN(TEST(what_was_acknowledged_survives_a_kill_at_any_moment))

#include "broker/controller/controller_shell.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api/kafka/errors.h"
#include "api/kafka/release.h"
#include "broker/raft/format.h"
#include "common/clock.h"
#include "common/rng.h"
#include "tests/lib/metadata_client.h"
#include "tests/lib/test.h"

enum { ROUNDS = 12, CREATES_MAX = 400 };

static pid_t start(const char *dir, uint16_t *ret_port)
{
    struct controller_voter voter = { 1, "127.0.0.1", 9093 };
    struct controller_options o = {
        .fs = fs_posix(), .node_id = 1, .cluster_id = "c", .metadata_log_dir = dir,
        .directory_id = { { 7 } }, .listener_name = "CONTROLLER", .host = "127.0.0.1",
        .voters = &voter, .voters_n = 1, .snapshot_bytes = 4000,
    };

    return metadata_controller(&o, ret_port);
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
    OWNED(kf_client) c = metadata_dial(port);
    int n = from;

    assert_int_equal(metadata_unfence(c), 0);
    kill_in(pid, (int64_t)rng_below(rng, 30000));
    while (n < from + CREATES_MAX) {
        int error = metadata_create(c, n);

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
        OWNED(kf_client) c = metadata_dial(port);

        assert_int_equal(metadata_unfence(c), 0);
        for (int n = 0; n < acknowledged; n++)
            assert_int_equal(metadata_create(c, n), KF_ERR_TOPIC_ALREADY_EXISTS);
        kill(pid, SIGKILL);
        while (wait(NULL) > 0)
            ;
    }
    print_message("%d creates acknowledged over %d kills, all there\n", acknowledged, ROUNDS);
}

TEST_MAIN(TEST(what_was_acknowledged_survives_a_kill_at_any_moment))

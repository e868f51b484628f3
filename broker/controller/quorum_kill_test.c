#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api/kafka/errors.h"
#include "api/kafka/release.h"
#include "broker/raft/format.h"
#include "common/clock.h"
#include "common/rng.h"
#include "tests/lib/metadata_client.h"
#include "tests/lib/test.h"

enum { NODES = 3, ROUNDS = 20, PATIENCE_MS = 20000 };

/* Three controllers in processes of their own; their ports are known to each other before they
 * start. */
struct quorum {
    char *dir[NODES];
    struct controller_voter voters[NODES];
    pid_t pid[NODES];
    int leads; /* who answered last as the active one, -1 unknown */
    struct kf_client *client;
};

static void start(struct quorum *q, int n)
{
    struct controller_options o = {
        .fs = fs_posix(),
        .node_id = n + 1,
        .cluster_id = "c",
        .metadata_log_dir = q->dir[n],
        .directory_id = { { 7, (uint8_t)n } },
        .listener_name = "CONTROLLER",
        .host = "127.0.0.1",
        .port = q->voters[n].port,
        .voters = q->voters,
        .voters_n = NODES,
        .snapshot_bytes = 4000,
        .retention_bytes = 6000,
    };
    uint16_t port;

    q->pid[n] = metadata_controller(&o, &port);
}

static void stop(struct quorum *q, int n)
{
    kill(q->pid[n], SIGKILL);
    assert_int_equal(waitpid(q->pid[n], NULL, 0), q->pid[n]);
    q->pid[n] = 0;
    if (q->leads == n) {
        q->client = kf_client_free(q->client);
        q->leads = -1;
    }
}

static void open_quorum(struct quorum *q)
{
    struct why why = { "" };

    *q = (struct quorum){ .leads = -1 };
    for (int n = 0; n < NODES; n++) {
        struct format_bootstrap b = { fs_posix(), NULL, METADATA_VERSION_LATEST, NULL, 0 };

        b.log_dir = q->dir[n] = test_dir();
        assert_ok(format_bootstrap(&b, &why));
        q->voters[n] = (struct controller_voter){ n + 1, "127.0.0.1", metadata_free_port() };
    }
    for (int n = 0; n < NODES; n++)
        start(q, n);
}

static void close_quorum(struct quorum *q)
{
    for (int n = 0; n < NODES; n++) {
        stop(q, n);
        mem_free(q->dir[n]);
    }
    kf_client_free(q->client);
}

/* Looks for who takes a registration; -1 while nobody does. */
static void find_leader(struct quorum *q)
{
    for (int n = 0; n < NODES && q->leads < 0; n++) {
        struct kf_client *c = q->pid[n] ? metadata_dial(q->voters[n].port) : NULL;

        if (c && metadata_unfence(c) == 0) {
            q->client = c;
            q->leads = n;
        } else {
            kf_client_free(c);
        }
    }
}

/* Tries until some controller has taken it. */
static int create(struct quorum *q, int topic)
{
    int64_t until = clock_mono_ms() + PATIENCE_MS;
    int error = -2;

    while (clock_mono_ms() < until) {
        find_leader(q);
        error = q->client ? metadata_create(q->client, topic) : -2;
        if (error == KF_ERR_NONE || error == KF_ERR_TOPIC_ALREADY_EXISTS)
            return error;
        q->client = kf_client_free(q->client);
        q->leads = -1;
        poll(NULL, 0, 1);
    }
    fail_msg("topic %d: error %d for %d ms", topic, error, PATIENCE_MS);
    return error;
}

static int by_size(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static void what_was_acknowledged_is_there_whoever_is_killed(void **state)
{
    struct quorum q;
    struct rng rng;
    int64_t gaps[ROUNDS];
    int topics = 0, elections = 0;

    (void)state;
    rng_seed(&rng, 11);
    open_quorum(&q);
    for (int round = 0; round < ROUNDS; round++) {
        int victim, creates = 1 + (int)rng_below(&rng, 30);
        int64_t began;

        for (int n = 0; n < creates; n++)
            create(&q, topics++);
        victim = rng_below(&rng, 3) ? q.leads : (int)rng_below(&rng, NODES);
        began = clock_mono_ms();
        if (victim == q.leads) {
            stop(&q, victim);
            create(&q, topics++);
            gaps[elections++] = clock_mono_ms() - began;
        } else {
            stop(&q, victim);
            create(&q, topics++);
        }
        start(&q, victim);
    }
    for (int n = 0; n < topics; n++)
        assert_int_equal(create(&q, n), KF_ERR_TOPIC_ALREADY_EXISTS);
    close_quorum(&q);
    assert_true(elections > 5);
    qsort(gaps, (size_t)elections, sizeof(gaps[0]), by_size);
    print_message("%d topics over %d kills; %d of a leader: p50 %lld ms, worst %lld ms to the next "
                  "topic\n",
                  topics, ROUNDS, elections, (long long)gaps[elections / 2],
                  (long long)gaps[elections - 1]);
}

static void all_killed_at_once_come_back(void **state)
{
    struct quorum q;
    int topics = 0;

    (void)state;
    open_quorum(&q);
    for (int round = 0; round < 5; round++) {
        for (int n = 0; n < 20; n++)
            create(&q, topics++);
        for (int n = 0; n < NODES; n++)
            stop(&q, n);
        for (int n = 0; n < NODES; n++)
            start(&q, n);
    }
    for (int n = 0; n < topics; n++)
        assert_int_equal(create(&q, n), KF_ERR_TOPIC_ALREADY_EXISTS);
    close_quorum(&q);
}

TEST_MAIN(TEST(what_was_acknowledged_is_there_whoever_is_killed),
          TEST(all_killed_at_once_come_back))

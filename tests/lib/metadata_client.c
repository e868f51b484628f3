#include "tests/lib/metadata_client.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/kafka/errors.h"
#include "api/kafka/msg/broker_heartbeat.h"
#include "api/kafka/msg/broker_registration.h"
#include "api/kafka/msg/create_topics.h"
#include "common/log.h"
#include "common/rng.h"
#include "tests/lib/test.h"

enum { BROKER = 5, GONE = -2, PATIENCE_MS = 5000 };

static void serve(const struct controller_options *o, int ready)
{
    struct controller *c;
    struct why why = { "" };
    uint16_t port;

    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nothing behind */
    log_level_set(LOG_ERROR);
    if (controller_start(o, &c, &why)) {
        fprintf(stderr, "%s\n", why.text);
        _exit(1);
    }
    port = controller_port(c);
    if (write(ready, &port, sizeof(port)) != (ssize_t)sizeof(port))
        _exit(1);
    for (;;)
        pause();
}

pid_t metadata_controller(const struct controller_options *o, uint16_t *ret_port)
{
    int pipes[2];
    pid_t pid;

    assert_int_equal(pipe(pipes), 0);
    pid = fork();
    if (pid == 0)
        serve(o, pipes[1]);
    close(pipes[1]);
    assert_int_equal(read(pipes[0], ret_port, sizeof(*ret_port)), sizeof(*ret_port));
    close(pipes[0]);
    return pid;
}

/* Below those that the kernel gives to connections: a node that is down must find its port free. */
uint16_t metadata_free_port(void)
{
    for (;;) {
        uint16_t port, bound = 0;
        struct sockaddr_in at = { .sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        rng_system(&port, sizeof(port));
        port = (uint16_t)(20000 + port % 12000);
        at.sin_port = htons(port);
        if (bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0)
            bound = port;
        close(fd);
        if (bound)
            return bound;
    }
}

struct kf_client *metadata_dial(uint16_t port)
{
    struct kf_client *c = NULL;
    struct why why = { "" };

    return kf_client_new("127.0.0.1", port, PATIENCE_MS, &c, &why) ? NULL : c;
}

static int register_broker(struct kf_client *c, int64_t *ret_epoch)
{
    static const char *const names[] = { "metadata.version", "group.version", "transaction.version",
                                         "share.version", "streams.version",
                                         "eligible.leader.replicas.version" };
    struct kf_broker_registration_request_feature f[ARRAY_LEN(names)];
    struct uuid dir = { { 9, [15] = 200 } };
    struct kf_broker_registration_request r;
    const struct kf_broker_registration_response *m;
    const void *res;
    OWNED_ARENA a = { 0 };

    kf_init(&kf_broker_registration_request_schema, &r);
    for (size_t n = 0; n < ARRAY_LEN(names); n++)
        f[n] = (__typeof__(f[0])){ str_of(names[n]), n ? 0 : 7, n ? 2 : 30 };
    r.broker_id = BROKER;
    r.cluster_id = str_of("c");
    r.incarnation_id.b[0] = 1;
    r.features = f, r.features_n = ARRAY_LEN(names);
    r.log_dirs = &dir, r.log_dirs_n = 1;
    if (kf_client_call(c, KF_API_BROKER_REGISTRATION, -1, &r, &a, &res, NULL))
        return GONE;
    m = res;
    *ret_epoch = m->broker_epoch;
    return m->error_code;
}

int metadata_unfence(struct kf_client *c)
{
    struct kf_broker_heartbeat_request b;
    const struct kf_broker_heartbeat_response *m;
    const void *res;
    OWNED_ARENA a = { 0 };
    int error;

    kf_init(&kf_broker_heartbeat_request_schema, &b);
    error = register_broker(c, &b.broker_epoch);
    if (error)
        return error;
    b.broker_id = BROKER;
    b.current_metadata_offset = INT64_MAX;
    if (kf_client_call(c, KF_API_BROKER_HEARTBEAT, -1, &b, &a, &res, NULL))
        return GONE;
    m = res;
    assert_true(m->error_code || !m->is_fenced);
    return m->error_code;
}

int metadata_create(struct kf_client *c, int n)
{
    char name[32];
    struct kf_create_topics_request_creatable_topic t = { .num_partitions = 1,
                                                          .replication_factor = 1 };
    struct kf_create_topics_request r;
    const void *res;
    OWNED_ARENA a = { 0 };

    kf_init(&kf_create_topics_request_schema, &r);
    snprintf(name, sizeof(name), "topic-%d", n);
    t.name = str_of(name);
    r.topics = &t, r.topics_n = 1;
    if (kf_client_call(c, KF_API_CREATE_TOPICS, -1, &r, &a, &res, NULL))
        return GONE;
    return ((const struct kf_create_topics_response *)res)->topics[0].error_code;
}

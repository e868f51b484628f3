/* load topics - creates topics, all by one client that is connected before the clock starts.
 *
 * A command on stdin: `PREFIX COUNT PARTITIONS REPLICAS together|single`. PREFIX0 .. are created by one
 * request or by one after the other, each tried until it is there; the answer:
 *   `created seconds=.. p50=.. p99=.. max=.. retries=..` (milliseconds of a request with its retries) */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/load.h"

enum { TOPICS_MAX = 100000, REQUEST_MS = 30000, RETRY_US = 1000 };

struct wanted {
    char prefix[64];
    int count, partitions, replicas;
};

static int64_t retries;

/* Whether a topic of the answer has to be tried again. One that exists now was made by an earlier try. */
static int is_created(rd_kafka_event_t *answer)
{
    size_t n = 0;
    const rd_kafka_topic_result_t **t;

    if (rd_kafka_event_error(answer))
        return 0;
    t = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(answer), &n);
    for (size_t i = 0; i < n; i++) {
        rd_kafka_resp_err_t e = rd_kafka_topic_result_error(t[i]);

        if (e && e != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
            return 0;
    }
    return 1;
}

static int ask(rd_kafka_t *k, rd_kafka_queue_t *q, rd_kafka_NewTopic_t **t, size_t n)
{
    rd_kafka_AdminOptions_t *o = rd_kafka_AdminOptions_new(k, RD_KAFKA_ADMIN_OP_CREATETOPICS);
    rd_kafka_event_t *answer;
    char error[256];
    int created;

    rd_kafka_AdminOptions_set_request_timeout(o, REQUEST_MS, error, sizeof(error));
    rd_kafka_AdminOptions_set_operation_timeout(o, REQUEST_MS / 2, error, sizeof(error));
    rd_kafka_CreateTopics(k, t, n, o, q);
    answer = rd_kafka_queue_poll(q, 2 * REQUEST_MS);
    created = answer && is_created(answer);
    if (!created)
        fprintf(stderr, "create: %s\n", answer ? rd_kafka_event_error_string(answer) : "no answer");
    rd_kafka_event_destroy(answer);
    rd_kafka_AdminOptions_destroy(o);
    return created;
}

/* Milliseconds until the topics `first` .. `first + n - 1` are there. */
static double create(rd_kafka_t *k, rd_kafka_queue_t *q, const struct wanted *w, int first, int n)
{
    rd_kafka_NewTopic_t **t = calloc((size_t)n, sizeof(*t));
    double from = now();

    for (int i = 0; i < n; i++) {
        char name[96], error[256];

        snprintf(name, sizeof(name), "%s%d", w->prefix, first + i);
        t[i] = rd_kafka_NewTopic_new(name, w->partitions, w->replicas, error, sizeof(error));
        if (!t[i])
            die("%s: %s", name, error);
    }
    while (!ask(k, q, t, (size_t)n)) {
        retries++;
        usleep(RETRY_US);
    }
    rd_kafka_NewTopic_destroy_array(t, (size_t)n);
    free(t);
    return (now() - from) * 1e3;
}

static void carry_out(rd_kafka_t *k, rd_kafka_queue_t *q, const struct wanted *w, int together)
{
    int n = together ? 1 : w->count;
    double *ms = calloc((size_t)n, sizeof(*ms)), from = now();

    retries = 0;
    for (int i = 0; i < n; i++)
        ms[i] = create(k, q, w, i, together ? w->count : 1);
    from = now() - from;
    qsort(ms, (size_t)n, sizeof(*ms), compare_doubles);
    printf("created seconds=%.4f p50=%.3f p99=%.3f max=%.3f retries=%lld\n", from, ms[n / 2],
           ms[n * 99 / 100], ms[n - 1], (long long)retries);
    fflush(stdout);
    free(ms);
}

/* Metadata without a controller stops an admin client until it is refreshed: not after minutes here. */
static rd_kafka_t *admin(const char *brokers)
{
    rd_kafka_conf_t *c = client_conf(brokers);

    set(c, "topic.metadata.refresh.interval.ms", "200");
    return client_new(RD_KAFKA_PRODUCER, c);
}

void topics(const char *brokers)
{
    rd_kafka_t *k = admin(brokers);
    rd_kafka_queue_t *q = rd_kafka_queue_new(k);
    const struct rd_kafka_metadata *m;
    struct wanted w;
    char how[16], line[256];

    if (rd_kafka_metadata(k, 0, NULL, &m, 30000))
        die("no metadata");
    rd_kafka_metadata_destroy(m);
    puts("ready");
    fflush(stdout);
    while (fgets(line, sizeof(line), stdin)) {
        if (sscanf(line, "%63s %d %d %d %15s", w.prefix, &w.count, &w.partitions, &w.replicas, how) != 5 ||
            w.count < 1 || w.count > TOPICS_MAX)
            die("no command: %s", line);
        carry_out(k, q, &w, !strcmp(how, "together"));
    }
    _exit(0);
}

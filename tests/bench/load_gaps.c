/* load gaps - records at an even rate, and the longest time that a partition had no acknowledgement.
 *
 * Record i goes to partition i % PARTITIONS, acks=all, and is tried for two minutes; not idempotent, since
 * librdkafka's idempotent producer (2.0) loses count when requests to a broker that stands still time out,
 * with Apache's brokers and with klamm's. Commands:
 *   mark   begin anew: `ok`
 *   seen   since the mark: `seen worst_ms=.. now_ms=.. acked=.. failed=.. p50=.. p99=.. max=..`: the
 *          longest silence of a partition, the longest that still lasts, and milliseconds to the
 *          acknowledgement
 *   end    everything is flushed, `seen` over the whole, and the end */
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/load.h"

enum { PARTITIONS_MAX = 64, TURN_US = 1000 };

struct partition {
    double last, worst; /* when it was acknowledged last; the longest silence since the mark */
};

static struct {
    pthread_mutex_t lock;
    struct partition partition[PARTITIONS_MAX];
    int partitions;
    int64_t acked, failed; /* since the mark; from the beginning */
    double *ms;
    size_t ms_n, ms_size;
    bool over;
} g = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void remember(double ms)
{
    if (g.ms_n == g.ms_size) {
        g.ms_size = g.ms_size ? 2 * g.ms_size : 1 << 16;
        g.ms = realloc(g.ms, g.ms_size * sizeof(*g.ms));
        if (!g.ms)
            die("out of memory");
    }
    g.ms[g.ms_n++] = ms;
}

static void on_delivery(rd_kafka_t *k, const rd_kafka_message_t *m, void *ctx)
{
    struct partition *p = &g.partition[m->partition % PARTITIONS_MAX];
    double at = now();

    (void)k;
    (void)ctx;
    pthread_mutex_lock(&g.lock);
    if (m->err) {
        if (!g.failed++)
            fprintf(stderr, "the first failure: %s\n", rd_kafka_err2str(m->err));
    } else {
        if (at - p->last > p->worst)
            p->worst = at - p->last;
        p->last = at;
        g.acked++;
        remember((double)rd_kafka_message_latency(m) / 1e3);
    }
    pthread_mutex_unlock(&g.lock);
}

static void mark(void)
{
    pthread_mutex_lock(&g.lock);
    for (int i = 0; i < g.partitions; i++)
        g.partition[i].worst = 0;
    g.acked = 0;
    g.ms_n = 0;
    pthread_mutex_unlock(&g.lock);
    puts("ok");
}

static void seen(void)
{
    double worst = 0, lasts = 0, at = now();

    pthread_mutex_lock(&g.lock);
    for (int i = 0; i < g.partitions; i++) {
        if (g.partition[i].worst > worst)
            worst = g.partition[i].worst;
        if (at - g.partition[i].last > lasts)
            lasts = at - g.partition[i].last;
    }
    qsort(g.ms, g.ms_n, sizeof(*g.ms), compare_doubles);
    printf("seen worst_ms=%.1f now_ms=%.1f acked=%lld failed=%lld", worst * 1e3, lasts * 1e3,
           (long long)g.acked, (long long)g.failed);
    if (g.ms_n)
        printf(" p50=%.3f p99=%.3f max=%.3f", g.ms[g.ms_n / 2], g.ms[g.ms_n * 99 / 100], g.ms[g.ms_n - 1]);
    putchar('\n');
    pthread_mutex_unlock(&g.lock);
}

static void *commands(void *arg)
{
    char line[64];

    (void)arg;
    while (fgets(line, sizeof(line), stdin) && strcmp(line, "end\n") != 0) {
        if (!strcmp(line, "mark\n"))
            mark();
        else if (!strcmp(line, "seen\n"))
            seen();
        else
            die("no command: %s", line);
        fflush(stdout);
    }
    __atomic_store_n(&g.over, true, __ATOMIC_RELEASE);
    return NULL;
}

static rd_kafka_t *producer(const char *brokers)
{
    rd_kafka_conf_t *c = client_conf(brokers);

    set(c, "acks", "all");
    set(c, "linger.ms", "0");
    set(c, "message.timeout.ms", "120000");
    /* A broker that is silent for a second is asked about elsewhere: the default waits a minute. */
    set(c, "socket.timeout.ms", "1000");
    set(c, "request.timeout.ms", "1000");
    /* The cluster's pauses are measured, not this client's: it waits for 100 ms and more by default. */
    set(c, "retry.backoff.ms", "5");
    set(c, "topic.metadata.refresh.fast.interval.ms", "5");
    set(c, "topic.metadata.refresh.interval.ms", "200");
    set(c, "reconnect.backoff.ms", "5");
    set(c, "reconnect.backoff.max.ms", "20");
    set(c, "queue.buffering.max.messages", "2000000");
    rd_kafka_conf_set_dr_msg_cb(c, on_delivery);
    return client_new(RD_KAFKA_PRODUCER, c);
}

static void begin(int partitions)
{
    double at = now();

    if (partitions < 1 || partitions > PARTITIONS_MAX)
        die("1 to %d partitions", PARTITIONS_MAX);
    g.partitions = partitions;
    for (int i = 0; i < partitions; i++)
        g.partition[i].last = at;
}

void gaps(const char *brokers, const char *topic, int partitions, int rate, size_t size)
{
    rd_kafka_t *k = producer(brokers);
    rd_kafka_topic_t *t = rd_kafka_topic_new(k, topic, NULL);
    char *payload = calloc(1, size ? size : 1);
    int64_t sent = 0;
    pthread_t thread;
    double from;

    begin(partitions);
    pthread_create(&thread, NULL, commands, NULL);
    from = now();
    while (!__atomic_load_n(&g.over, __ATOMIC_ACQUIRE)) {
        int64_t due = (int64_t)((now() - from) * rate);

        for (; sent < due; sent++)
            if (rd_kafka_produce(t, (int32_t)(sent % partitions), RD_KAFKA_MSG_F_COPY, payload, size, NULL,
                                 0, NULL))
                break;
        rd_kafka_poll(k, 0);
        usleep(TURN_US);
    }
    pthread_join(thread, NULL);
    rd_kafka_flush(k, 120000);
    seen();
    fflush(stdout);
    _exit(g.failed ? 1 : 0);
}

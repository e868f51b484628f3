/* load - a client under measurement: writes, reads, or both with timestamps, by librdkafka.
 *
 *   load produce BROKERS TOPIC COUNT SIZE [PID]     acks of $ACKS, 1 by default; large batches; to
 *                                                   partitions 0 to $SPREAD - 1 in turn
 *   load consume BROKERS TOPIC COUNT [PID]          reads COUNT records from the beginning
 *   load latency BROKERS TOPIC RATE SECONDS SIZE [PID]  end to end, one record at a time
 *   load first   BROKERS TOPIC                      one acknowledged record, as soon as may be
 *   load gaps    BROKERS TOPIC PARTITIONS RATE SIZE the longest silence of a partition: load_gaps.c
 *   load topics  BROKERS                            creates topics: load_topics.c
 *   load groups  BROKER TOPIC GROUP MEMBERS PARTITIONS   members share a topic: load_groups.c
 *   load copy    BROKERS IN OUT COPIERS RECORDS TRANSACTIONS WARM   exactly once: load_copy.c
 *   load device  DIRECTORY COUNT SIZE               append and fdatasync: what a durable write costs here
 *
 * PID is the server's: its CPU seconds over the run are printed too. */
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/load.h"

double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* User and system time of a process, all threads; 0 when it cannot be told. */
static double cpu_of(int pid)
{
    char path[64], text[1024];
    unsigned long user = 0, system = 0;
    const char *p;
    FILE *f;

    if (!pid)
        return 0;
    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    f = fopen(path, "r");
    if (!f)
        return 0;
    p = fgets(text, sizeof(text), f) ? strrchr(text, ')') : NULL;
    fclose(f);
    if (p)
        sscanf(p + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

void die(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    exit(1);
}

void set(rd_kafka_conf_t *c, const char *name, const char *value)
{
    char error[256];

    if (rd_kafka_conf_set(c, name, value, error, sizeof(error)) != RD_KAFKA_CONF_OK)
        die("%s=%s: %s", name, value, error);
}

static int64_t delivered, failed;

static void on_delivery(rd_kafka_t *k, const rd_kafka_message_t *m, void *ctx)
{
    (void)k;
    (void)ctx;
    if (m->err)
        failed++;
    else
        delivered++;
}

rd_kafka_conf_t *client_conf(const char *brokers)
{
    rd_kafka_conf_t *c = rd_kafka_conf_new();

    set(c, "bootstrap.servers", brokers);
    set(c, "log_level", "0"); /* a broker that is killed is no news here */
    set(c, "topic.metadata.refresh.fast.interval.ms", "5");
    set(c, "reconnect.backoff.ms", "5");
    set(c, "reconnect.backoff.max.ms", "20");
    set(c, "retry.backoff.ms", "5");
    return c;
}

rd_kafka_t *client_new(rd_kafka_type_t type, rd_kafka_conf_t *c)
{
    char error[256];
    rd_kafka_t *k = rd_kafka_new(type, c, error, sizeof(error));

    if (!k)
        die("%s", error);
    return k;
}

static rd_kafka_t *producer(const char *brokers, const char *linger)
{
    rd_kafka_conf_t *c = client_conf(brokers);

    set(c, "linger.ms", linger);
    set(c, "batch.size", getenv("BATCH") ? getenv("BATCH") : "262144");
    set(c, "batch.num.messages", "1000000");
    set(c, "queue.buffering.max.messages", "2000000");
    set(c, "acks", getenv("ACKS") ? getenv("ACKS") : "1");
    set(c, "topic.metadata.refresh.interval.ms", "-1");
    rd_kafka_conf_set_dr_msg_cb(c, on_delivery);
    return client_new(RD_KAFKA_PRODUCER, c);
}

static void report(const char *what, int64_t n, size_t size, double seconds, double cpu)
{
    double bytes = (double)n * (double)size;

    printf("%s n=%lld size=%zu seconds=%.3f rate=%.0f/s MB/s=%.1f", what, (long long)n, size, seconds,
           (double)n / seconds, bytes / seconds / 1e6);
    printf(" cpu_s=%.2f cpu_s_per_M=%.3f cpu_s_per_GB=%.3f failed=%lld\n", cpu, cpu / (double)n * 1e6,
           bytes > 0 ? cpu / bytes * 1e9 : 0, (long long)failed);
}

static void produce(const char *brokers, const char *topic, int64_t n, size_t size, int pid)
{
    rd_kafka_t *k = producer(brokers, "5");
    rd_kafka_topic_t *t = rd_kafka_topic_new(k, topic, NULL);
    char *payload = malloc(size ? size : 1);
    const char *spread = getenv("SPREAD");
    int partitions = spread ? (int)number(spread) : 0;
    double from, cpu = cpu_of(pid);

    for (size_t i = 0; i < size; i++)
        payload[i] = (char)('a' + (i * 7) % 26);
    from = now();
    for (int64_t i = 0; i < n; i++) {
        int32_t to = partitions ? (int32_t)(i % partitions) : RD_KAFKA_PARTITION_UA;

        while (rd_kafka_produce(t, to, RD_KAFKA_MSG_F_COPY, payload, size, NULL, 0, NULL) == -1)
            rd_kafka_poll(k, 5);
        if (!(i & 1023))
            rd_kafka_poll(k, 0);
    }
    rd_kafka_flush(k, 60000);
    report("produce", delivered, size, now() - from, cpu_of(pid) - cpu);
    rd_kafka_topic_destroy(t);
    rd_kafka_destroy(k);
    free(payload);
}

static rd_kafka_t *consumer(const char *brokers)
{
    rd_kafka_conf_t *c = rd_kafka_conf_new();

    set(c, "bootstrap.servers", brokers);
    set(c, "group.id", "bench");
    set(c, "enable.auto.commit", "false");
    set(c, "check.crcs", "false");
    set(c, "fetch.wait.max.ms", "500");
    set(c, "queued.min.messages", "1000000");
    set(c, "queued.max.messages.kbytes", "524288");
    set(c, "fetch.message.max.bytes", "4194304");
    return client_new(RD_KAFKA_CONSUMER, c);
}

/* Every partition of the topic from `offset`, on one queue. */
static rd_kafka_queue_t *start_all(rd_kafka_t *k, rd_kafka_topic_t *t, int64_t offset)
{
    rd_kafka_queue_t *q = rd_kafka_queue_new(k);
    const struct rd_kafka_metadata *m;

    if (rd_kafka_metadata(k, 0, t, &m, 10000) || m->topic_cnt != 1 || !m->topics[0].partition_cnt)
        die("no metadata");
    for (int i = 0; i < m->topics[0].partition_cnt; i++)
        rd_kafka_consume_start_queue(t, i, offset, q);
    rd_kafka_metadata_destroy(m);
    return q;
}

static void consume(const char *brokers, const char *topic, int64_t n, int pid)
{
    rd_kafka_t *k = consumer(brokers);
    rd_kafka_topic_t *t = rd_kafka_topic_new(k, topic, NULL);
    rd_kafka_queue_t *q = start_all(k, t, RD_KAFKA_OFFSET_BEGINNING);
    static rd_kafka_message_t *m[10000];
    double from = now(), cpu = cpu_of(pid);
    int64_t seen = 0, bytes = 0;

    while (seen < n) {
        ssize_t got = rd_kafka_consume_batch_queue(q, 10000, m, 10000);

        if (got <= 0)
            die("nothing more after %lld", (long long)seen);
        for (ssize_t i = 0; i < got; i++) {
            if (!m[i]->err) {
                seen++;
                bytes += (int64_t)m[i]->len;
            }
            rd_kafka_message_destroy(m[i]);
        }
    }
    report("consume", seen, (size_t)(bytes / seen), now() - from, cpu_of(pid) - cpu);
    fflush(stdout);
    _exit(0);
}

struct latency {
    rd_kafka_queue_t *q;
    int64_t n;
    double *ms;
    int64_t seen;
};

static void *receive(void *arg)
{
    struct latency *l = arg;

    while (l->seen < l->n) {
        rd_kafka_message_t *m = rd_kafka_consume_queue(l->q, 5000);
        double sent;

        if (!m)
            break;
        if (!m->err && m->len >= sizeof(sent)) {
            memcpy(&sent, m->payload, sizeof(sent));
            l->ms[l->seen++] = (now() - sent) * 1e3;
        }
        rd_kafka_message_destroy(m);
    }
    return NULL;
}

int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Asleep and not in a loop: the servers need the core. */
static void sleep_until(double at)
{
    struct timespec t = { (time_t)at, (long)((at - (double)(time_t)at) * 1e9) };

    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static void latency(const char *brokers, const char *topic, int rate, int seconds, size_t size, int pid)
{
    rd_kafka_t *p = producer(brokers, "0"), *k = consumer(brokers);
    rd_kafka_topic_t *pt = rd_kafka_topic_new(p, topic, NULL), *t = rd_kafka_topic_new(k, topic, NULL);
    struct latency l = { .q = start_all(k, t, RD_KAFKA_OFFSET_END), .n = (int64_t)rate * seconds };
    char *payload = calloc(1, size < 8 ? 8 : size);
    pthread_t thread;
    double from, cpu;

    l.ms = calloc((size_t)l.n, sizeof(double));
    prctl(PR_SET_TIMERSLACK, 1);
    pthread_create(&thread, NULL, receive, &l);
    usleep(1500000);
    cpu = cpu_of(pid);
    from = now();
    for (int64_t i = 0; i < l.n; i++) {
        double sent;

        sleep_until(from + (double)i / rate);
        sent = now();
        memcpy(payload, &sent, sizeof(sent));
        rd_kafka_produce(pt, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, payload, size < 8 ? 8 : size,
                         NULL, 0, NULL);
        rd_kafka_poll(p, 0);
    }
    pthread_join(thread, NULL);
    qsort(l.ms, (size_t)l.seen, sizeof(double), compare_doubles);
    if (!l.seen)
        die("nothing received");
    printf("latency n=%lld rate=%d ms p50=%.3f p90=%.3f p99=%.3f p99.9=%.3f max=%.3f cpu_s=%.2f\n",
           (long long)l.seen, rate, l.ms[l.seen / 2], l.ms[l.seen * 9 / 10], l.ms[l.seen * 99 / 100],
           l.ms[l.seen * 999 / 1000], l.ms[l.seen - 1], cpu_of(pid) - cpu);
    fflush(stdout);
    _exit(0);
}

static void first(const char *brokers, const char *topic)
{
    rd_kafka_t *k = producer(brokers, "0");
    rd_kafka_topic_t *t = rd_kafka_topic_new(k, topic, NULL);
    double from = now();

    while (rd_kafka_produce(t, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, (void *)(uintptr_t) "x", 1,
                            NULL, 0, NULL))
        rd_kafka_poll(k, 1);
    while (!delivered)
        rd_kafka_poll(k, 100);
    printf("first seconds=%.4f\n", now() - from);
    fflush(stdout);
    _exit(0);
}

void device(const char *directory, int count, size_t size)
{
    char path[4096], *bytes = calloc(1, size ? size : 1);
    double *ms = calloc((size_t)count + 1, sizeof(*ms));
    int fd;

    snprintf(path, sizeof(path), "%s/device", directory);
    fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_APPEND, 0600);
    for (int i = 0; i < count; i++) {
        double from = now();

        if (write(fd, bytes, size) != (ssize_t)size || fdatasync(fd))
            die("%s cannot be written", path);
        ms[i] = (now() - from) * 1e3;
    }
    unlink(path);
    qsort(ms, (size_t)count, sizeof(*ms), compare_doubles);
    printf("device n=%d size=%zu ms p50=%.3f p99=%.3f max=%.3f\n", count, size, ms[count / 2],
           ms[count * 99 / 100], ms[count - 1]);
}

long long number(const char *text)
{
    char *end;
    long long v = strtoll(text, &end, 10);

    if (*end || end == text || v < 0)
        die("a number was expected");
    return v;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";

    if (!strcmp(what, "produce") && argc >= 6)
        produce(argv[2], argv[3], number(argv[4]), (size_t)number(argv[5]),
                argc > 6 ? (int)number(argv[6]) : 0);
    else if (!strcmp(what, "consume") && argc >= 5)
        consume(argv[2], argv[3], number(argv[4]), argc > 5 ? (int)number(argv[5]) : 0);
    else if (!strcmp(what, "latency") && argc >= 7)
        latency(argv[2], argv[3], (int)number(argv[4]), (int)number(argv[5]), (size_t)number(argv[6]),
                argc > 7 ? (int)number(argv[7]) : 0);
    else if (!strcmp(what, "first") && argc >= 4)
        first(argv[2], argv[3]);
    else if (!strcmp(what, "gaps") && argc >= 7)
        gaps(argv[2], argv[3], (int)number(argv[4]), (int)number(argv[5]), (size_t)number(argv[6]));
    else if (!strcmp(what, "topics") && argc >= 3)
        topics(argv[2]);
    else if (!strcmp(what, "groups") && argc >= 7)
        groups(argv[2], argv[3], argv[4], (int)number(argv[5]), (int)number(argv[6]));
    else if (!strcmp(what, "copy") && argc >= 9)
        copies(argv[2], argv[3], argv[4], (int)number(argv[5]), (int)number(argv[6]), (int)number(argv[7]),
               (int)number(argv[8]));
    else if (!strcmp(what, "device") && argc >= 5)
        device(argv[2], (int)number(argv[3]), (size_t)number(argv[4]));
    else
        die("usage: load produce|consume|latency|first ... (see the head of load.c)");
    return failed ? 1 : 0;
}

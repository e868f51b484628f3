/* load copy - consume, transform, produce, exactly once.
 *
 * Copier i reads partition i of IN from the beginning and writes every record to partition i of OUT,
 * RECORDS of them and the offset behind them a transaction. Only after WARM transactions each the
 * clock starts.
 *
 *   copy n=.. seconds=.. txn/s=.. records/s=.. p50=.. p99=.. max=..   (milliseconds of a commit) */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/bench/load.h"

enum { WAIT_MS = 30000, READ_MS = 20000 };

struct copier {
    const char *brokers, *in, *out;
    int index, records, txns, warm;
    pthread_barrier_t *warmed;
    double *ms; /* of each commit */
    pthread_t thread;
};

static void check(rd_kafka_error_t *e, const char *what)
{
    if (e)
        die("%s: %s", what, rd_kafka_error_string(e));
}

static rd_kafka_t *reader(const struct copier *c)
{
    rd_kafka_conf_t *conf = client_conf(c->brokers);
    char group[32];

    snprintf(group, sizeof(group), "copy-%d", c->index);
    set(conf, "group.id", group);
    set(conf, "enable.auto.commit", "false");
    set(conf, "isolation.level", "read_committed");
    set(conf, "auto.offset.reset", "earliest");
    set(conf, "check.crcs", "false");
    /* With a full queue librdkafka waits a second before it fetches again, whoever serves. */
    set(conf, "queued.min.messages", "10000000");
    set(conf, "queued.max.messages.kbytes", "1000000");
    set(conf, "fetch.message.max.bytes", "1048576");
    return client_new(RD_KAFKA_CONSUMER, conf);
}

static rd_kafka_t *writer(const struct copier *c)
{
    rd_kafka_conf_t *conf = client_conf(c->brokers);
    char id[32];
    rd_kafka_t *k;

    snprintf(id, sizeof(id), "copy-%d", c->index);
    set(conf, "transactional.id", id);
    set(conf, "linger.ms", "0");
    set(conf, "batch.num.messages", "100000");
    set(conf, "queue.buffering.max.messages", "1000000");
    k = client_new(RD_KAFKA_PRODUCER, conf);
    check(rd_kafka_init_transactions(k, WAIT_MS), "init_transactions");
    return k;
}

/* One transaction; how long its commit took, in milliseconds. */
static double copy(const struct copier *c, rd_kafka_t *r, rd_kafka_queue_t *q, rd_kafka_t *w,
                   rd_kafka_topic_t *out, rd_kafka_message_t **m, rd_kafka_topic_partition_list_t *at)
{
    rd_kafka_consumer_group_metadata_t *group;
    double from;

    for (int n = 0; n < c->records;) {
        ssize_t got = rd_kafka_consume_batch_queue(q, READ_MS, m + n, (size_t)(c->records - n));

        if (got <= 0 || m[n]->err)
            die("copier %d: nothing to read", c->index);
        n += (int)got;
    }
    check(rd_kafka_begin_transaction(w), "begin");
    for (int n = 0; n < c->records; n++)
        while (rd_kafka_produce(out, c->index, RD_KAFKA_MSG_F_COPY, m[n]->payload, m[n]->len, m[n]->key,
                                m[n]->key_len, NULL) == -1)
            rd_kafka_poll(w, 1);
    at->elems[0].offset = m[c->records - 1]->offset + 1;
    for (int n = 0; n < c->records; n++)
        rd_kafka_message_destroy(m[n]);
    group = rd_kafka_consumer_group_metadata(r);
    check(rd_kafka_send_offsets_to_transaction(w, at, group, WAIT_MS), "send_offsets");
    rd_kafka_consumer_group_metadata_destroy(group);
    from = now();
    check(rd_kafka_commit_transaction(w, WAIT_MS), "commit");
    return (now() - from) * 1e3;
}

static void *run(void *arg)
{
    struct copier *c = arg;
    rd_kafka_t *r = reader(c), *w = writer(c);
    rd_kafka_topic_t *in = rd_kafka_topic_new(r, c->in, NULL), *out = rd_kafka_topic_new(w, c->out, NULL);
    rd_kafka_queue_t *q = rd_kafka_queue_new(r);
    rd_kafka_topic_partition_list_t *at = rd_kafka_topic_partition_list_new(1);
    rd_kafka_message_t **m = calloc((size_t)c->records, sizeof(rd_kafka_message_t *));

    rd_kafka_topic_partition_list_add(at, c->in, c->index);
    rd_kafka_consume_start_queue(in, c->index, RD_KAFKA_OFFSET_BEGINNING, q);
    for (int i = 0; i < c->warm; i++)
        (void)copy(c, r, q, w, out, m, at);
    pthread_barrier_wait(c->warmed); /* all begin at once */
    for (int i = 0; i < c->txns; i++)
        c->ms[i] = copy(c, r, q, w, out, m, at);
    return NULL;
}

void copies(const char *brokers, const char *in, const char *out, int copiers, int records, int txns,
            int warm)
{
    struct copier *all = calloc((size_t)copiers, sizeof(*all));
    size_t n = (size_t)copiers * (size_t)txns;
    double *ms = calloc(n + 1, sizeof(*ms)), seconds;
    pthread_barrier_t warmed;

    pthread_barrier_init(&warmed, NULL, (unsigned)copiers + 1);
    for (int i = 0; i < copiers; i++) {
        all[i] = (struct copier){ .brokers = brokers, .in = in, .out = out, .index = i, .records = records,
                                  .txns = txns, .warm = warm, .warmed = &warmed,
                                  .ms = ms + (size_t)i * (size_t)txns };
        pthread_create(&all[i].thread, NULL, run, &all[i]);
    }
    pthread_barrier_wait(&warmed);
    seconds = -now();
    for (int i = 0; i < copiers; i++)
        pthread_join(all[i].thread, NULL);
    seconds += now();
    qsort(ms, n, sizeof(*ms), compare_doubles);
    printf("copy n=%zu seconds=%.3f txn=%.1f records=%.0f p50=%.3f p99=%.3f max=%.3f\n", n, seconds,
           (double)n / seconds, (double)n * records / seconds, ms[n / 2], ms[n * 99 / 100], ms[n - 1]);
    fflush(stdout);
    _exit(0);
}

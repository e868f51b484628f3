#include "api/cli/load.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "api/kafka/batch.h"
#include "api/kafka/client.h"
#include "common/clock.h"
#include "common/rng.h"

enum {
    CALL_MS = 30000,      /* a leader may wait for a follower that is being fenced */
    DIAL_MS = 2000,
    RETRY_MS = 2,
    PACE_MS = 1,
    READ_MS = 60000,
    UNPACKED_MAX = 1 << 20,
    VALUE_MAX = 64,
};

struct writer {
    struct load *load;
    int partition;
    pthread_t thread;
    struct kf_client *leader; /* of the thread */
    int64_t first_offset;     /* of its first record; -1: none yet */
    int64_t acknowledged;     /* guarded by the load's lock, as all below */
    int64_t last_ms;          /* of the newest acknowledgement */
    int64_t gap_ms;
};

struct load {
    const char *bootstrap, *topic;
    uint32_t run; /* tells its records from those of runs before */
    atomic_bool stop;
    pthread_mutex_t lock;
    struct writer writers[LOAD_PARTITIONS];
};

static void pause_ms(int64_t ms)
{
    struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

    nanosleep(&t, NULL);
}

static int print_value(const struct writer *w, int64_t i, char ret[VALUE_MAX])
{
    return snprintf(ret, VALUE_MAX, "%08x %d %lld", w->load->run, w->partition, (long long)i);
}

/* The `nth` address of the bootstrap string, round and round. */
static void address(const char *bootstrap, unsigned nth, char host[64], uint16_t *port)
{
    const char *p = bootstrap;
    size_t n;

    for (; nth; nth--) {
        p += strcspn(p, ",");
        p = *p ? p + 1 : bootstrap;
    }
    n = strcspn(p, ":");
    (void)snprintf(host, 64, "%.*s", (int)(n < 63 ? n : 63), p);
    *port = (uint16_t)strtoul(p + n + (p[n] == ':'), NULL, 10);
}

/* Asks one broker for the leader and dials it. */
static err_t dial_leader(struct writer *w, unsigned attempt, struct why *reterr)
{
    OWNED(kf_client) any = NULL;
    OWNED_ARENA a = { 0 };
    char first[64];
    const char *host;
    uint16_t port;
    err_t e;

    address(w->load->bootstrap, attempt, first, &port);
    e = kf_client_new(first, port, DIAL_MS, &any, reterr);
    if (!e)
        e = kf_client_leader(any, w->load->topic, w->partition, &a, &host, &port, reterr);
    return e ? e : kf_client_new(host, port, CALL_MS, &w->leader, reterr);
}

static void count(struct writer *w, int64_t offset)
{
    int64_t now = clock_mono_ms();

    pthread_mutex_lock(&w->load->lock);
    if (w->first_offset < 0)
        w->first_offset = offset;
    if (w->last_ms && now - w->last_ms > w->gap_ms)
        w->gap_ms = now - w->last_ms;
    w->last_ms = now;
    w->acknowledged++;
    pthread_mutex_unlock(&w->load->lock);
}

/* Record `i`, once. */
static err_t write_once(struct writer *w, int64_t i, unsigned attempt, int64_t *ret_offset)
{
    char value[VALUE_MAX];
    int n = print_value(w, i, value);
    struct why reason;
    err_t e = w->leader ? ERR_OK : dial_leader(w, attempt, &reason);

    if (!e)
        e = kf_client_produce(w->leader, w->load->topic, w->partition, slice_make(NULL, 0),
                              slice_make(value, (size_t)n), clock_wall_ms(), ret_offset, &reason);
    if (e)
        w->leader = kf_client_free(w->leader);
    return e;
}

static void *write_for_ever(void *ctx)
{
    struct writer *w = ctx;

    for (int64_t i = 0; !atomic_load(&w->load->stop); i++) {
        unsigned attempt = (unsigned)w->partition;
        int64_t offset = -1;

        /* Never another record before this one is there: what is acknowledged stands in order. */
        while (write_once(w, i, attempt++, &offset) && !atomic_load(&w->load->stop))
            pause_ms(RETRY_MS);
        if (offset >= 0)
            count(w, offset);
        pause_ms(PACE_MS);
    }
    w->leader = kf_client_free(w->leader);
    return NULL;
}

struct load *load_start(const char *bootstrap, const char *topic)
{
    struct load *l = mem_new(struct load);

    l->bootstrap = bootstrap;
    l->topic = topic;
    rng_system(&l->run, sizeof(l->run));
    pthread_mutex_init(&l->lock, NULL);
    for (int i = 0; i < LOAD_PARTITIONS; i++) {
        struct writer *w = &l->writers[i];

        w->load = l;
        w->partition = i;
        w->first_offset = -1;
        if (pthread_create(&w->thread, NULL, write_for_ever, w))
            abort();
    }
    return l;
}

int64_t load_acknowledged(struct load *l, int64_t *ret_least)
{
    int64_t all = 0;

    pthread_mutex_lock(&l->lock);
    *ret_least = INT64_MAX;
    for (int i = 0; i < LOAD_PARTITIONS; i++) {
        all += l->writers[i].acknowledged;
        if (l->writers[i].acknowledged < *ret_least)
            *ret_least = l->writers[i].acknowledged;
    }
    pthread_mutex_unlock(&l->lock);
    return all;
}

int64_t load_gap_ms(struct load *l, int *ret_partition)
{
    int64_t worst = -1, now = clock_mono_ms();

    pthread_mutex_lock(&l->lock);
    for (int i = 0; i < LOAD_PARTITIONS; i++) {
        const struct writer *w = &l->writers[i];
        int64_t open = w->last_ms ? now - w->last_ms : 0, gap = open > w->gap_ms ? open : w->gap_ms;

        if (gap <= worst)
            continue;
        worst = gap;
        *ret_partition = i;
    }
    pthread_mutex_unlock(&l->lock);
    return worst;
}

void load_forget_gaps(struct load *l)
{
    pthread_mutex_lock(&l->lock);
    for (int i = 0; i < LOAD_PARTITIONS; i++)
        l->writers[i].gap_ms = 0;
    pthread_mutex_unlock(&l->lock);
}

/* What a reader has found of one partition. */
struct reader {
    const struct writer *w;
    int64_t offset;  /* next to read */
    int64_t next;    /* record that must come next; the one before may come once more: its answer was lost */
};

static bool is_of_run(const struct load *l, struct slice value)
{
    char run[9];

    (void)snprintf(run, sizeof(run), "%08x", l->run);
    return value.n > 8 && memcmp(value.p, run, 8) == 0;
}

static err_t check(struct reader *r, const struct kf_record *record, struct why *reterr)
{
    char wanted[VALUE_MAX], before[VALUE_MAX];
    int n = print_value(r->w, r->next, wanted), m = print_value(r->w, r->next - 1, before);

    if (!is_of_run(r->w->load, record->value))
        return ERR_OK; /* somebody else's */
    if (record->value.n == (size_t)n && memcmp(record->value.p, wanted, (size_t)n) == 0) {
        r->next++;
        return ERR_OK;
    }
    if (r->next && record->value.n == (size_t)m && memcmp(record->value.p, before, (size_t)m) == 0)
        return ERR_OK;
    return why(reterr, ERR_CORRUPT, "%s-%d offset %lld: '%.*s' stands where '%s' must be", r->w->load->topic,
               r->w->partition, (long long)record->offset, (int)(record->value.n < 64 ? record->value.n : 64),
               record->value.p ? (const char *)record->value.p : "", wanted);
}

static err_t check_batches(struct reader *r, struct slice batches, struct why *reterr)
{
    while (batches.n) {
        OWNED_BUF scratch = { 0 };
        struct kf_batch b;
        struct kf_records records;
        struct kf_record record;
        err_t e = kf_batch_parse(batches, &b);

        if (e == ERR_AGAIN)
            return ERR_OK; /* the last one of an answer may be cut */
        if (e || !kf_batch_crc_ok(&b) || kf_records_open(&b, &scratch, UNPACKED_MAX, &records))
            return why(reterr, ERR_CORRUPT, "%s-%d offset %lld: a damaged batch", r->w->load->topic,
                       r->w->partition, (long long)r->offset);
        while (!e && kf_records_next(&records, &record) == ERR_OK) {
            if (record.offset < r->offset)
                continue;
            r->offset = record.offset + 1;
            e = check(r, &record, reterr);
        }
        if (e)
            return e;
        batches.p += b.bytes.n;
        batches.n -= b.bytes.n;
    }
    return ERR_OK;
}

/* Reads what this run wrote to one partition, through whoever leads it. */
static err_t read_back(struct writer *w, struct why *reterr)
{
    struct reader r = { .w = w, .offset = w->first_offset };
    int64_t deadline = clock_mono_ms() + READ_MS;
    unsigned attempt = 0;
    err_t e = ERR_OK;

    while (r.next < w->acknowledged && clock_mono_ms() < deadline) {
        OWNED_ARENA a = { 0 };
        struct slice batches = { 0 };

        e = w->leader ? ERR_OK : dial_leader(w, attempt++, reterr);
        if (!e)
            e = kf_client_fetch(w->leader, w->load->topic, w->partition, r.offset, &a, &batches, reterr);
        if (!e)
            e = check_batches(&r, batches, reterr);
        if (e == ERR_CORRUPT)
            break;
        if (e) {
            w->leader = kf_client_free(w->leader);
            pause_ms(RETRY_MS);
        }
    }
    w->leader = kf_client_free(w->leader);
    if (!e && r.next < w->acknowledged)
        e = why(reterr, ERR_CORRUPT, "%s-%d: %lld of %lld acknowledged records are there", w->load->topic,
                w->partition, (long long)r.next, (long long)w->acknowledged);
    return e;
}

err_t load_finish(struct load *l, int64_t *ret_acknowledged, struct why *reterr)
{
    int64_t least;
    err_t e = ERR_OK;

    atomic_store(&l->stop, true);
    for (int i = 0; i < LOAD_PARTITIONS; i++)
        pthread_join(l->writers[i].thread, NULL);
    *ret_acknowledged = load_acknowledged(l, &least);
    for (int i = 0; !e && i < LOAD_PARTITIONS; i++)
        if (l->writers[i].acknowledged)
            e = read_back(&l->writers[i], reterr);
    pthread_mutex_destroy(&l->lock);
    mem_free(l);
    return e;
}

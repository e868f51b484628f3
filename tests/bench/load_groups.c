/* load groups - members of one group of the consumer protocol (KIP-848), each with a connection of
 * its own, as a Java consumer behaves: what is to be revoked is given up at once and told at once,
 * and so is what was added; otherwise it comes back after the interval that the answer named.
 *
 * All members join at once; the clock stops when every partition has an owner, all members have the
 * same epoch, and no two of them differ by more than one partition. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/load.h"

enum {
    HEARTBEAT = 68, VERSION = 1, FRAME_MAX = 64 * 1024, PARTITIONS_MAX = 8192, GIVE_UP_S = 300,
    REBALANCE_MS = 60000, LOADING = 14, NOT_AVAILABLE = 15, NOT_COORDINATOR = 16,
};

struct member {
    int fd, n;
    int32_t epoch, owned_n;
    int waiting, told;            /* for an answer; it knows what we own */
    double due;                   /* of the next heartbeat */
    uint8_t id[16], owned[PARTITIONS_MAX / 8];
    uint8_t in[FRAME_MAX];
    size_t in_n;
};

struct frame {
    uint8_t b[FRAME_MAX];
    size_t n;
};

static uint8_t topic_id[16];
static int partitions;
static const char *topic_name, *group_name;
static long requests;

/* ---- the wire ---- */

static void put(struct frame *f, uint64_t v, int bytes)
{
    while (bytes--)
        f->b[f->n++] = (uint8_t)(v >> (8 * bytes));
}

static void put_uvarint(struct frame *f, uint32_t v)
{
    for (; v >= 128; v >>= 7)
        f->b[f->n++] = (uint8_t)(v | 128);
    f->b[f->n++] = (uint8_t)v;
}

static void put_text(struct frame *f, const char *s)
{
    size_t n = strlen(s);

    put_uvarint(f, (uint32_t)n + 1);
    memcpy(f->b + f->n, s, n);
    f->n += n;
}

static void put_owned(struct frame *f, const struct member *m)
{
    put_uvarint(f, m->owned_n ? 2 : 1);
    if (!m->owned_n)
        return;
    memcpy(f->b + f->n, topic_id, 16);
    f->n += 16;
    put_uvarint(f, (uint32_t)m->owned_n + 1);
    for (int p = 0; p < partitions; p++)
        if (m->owned[p / 8] >> (p % 8) & 1)
            put(f, (uint64_t)p, 4);
    put(f, 0, 1);
}

static void heartbeat(struct member *m)
{
    struct frame f = { .n = 4 };
    char id[32];

    snprintf(id, sizeof(id), "member-%05d-of-the-load", m->n);
    put(&f, HEARTBEAT, 2);
    put(&f, VERSION, 2);
    put(&f, 7, 4);
    put(&f, 4, 2);
    memcpy(f.b + f.n, "load", 4);
    f.n += 4;
    put(&f, 0, 1);
    put_text(&f, group_name);
    put_text(&f, id);
    put(&f, (uint32_t)m->epoch, 4);
    put(&f, 0, 2); /* instance, rack */
    put(&f, (uint32_t)(m->epoch ? -1 : REBALANCE_MS), 4);
    put_uvarint(&f, m->epoch ? 0 : 2);
    if (!m->epoch)
        put_text(&f, topic_name);
    put(&f, 0, 2); /* regex, assignor */
    if (!m->epoch)
        put_uvarint(&f, 1);
    else if (!m->told)
        put_owned(&f, m);
    else
        put(&f, 0, 1);
    put(&f, 0, 1);
    f.b[0] = f.b[1] = 0;
    f.b[2] = (uint8_t)((f.n - 4) >> 8);
    f.b[3] = (uint8_t)(f.n - 4);
    if (write(m->fd, f.b, f.n) != (ssize_t)f.n)
        die("write: %s", strerror(errno));
    m->waiting = 1;
    m->told = 1;
    requests++;
}

struct reader {
    const uint8_t *p, *end;
};

static uint64_t get(struct reader *r, int bytes)
{
    uint64_t v = 0;

    if (r->end - r->p < bytes)
        die("a short answer");
    while (bytes--)
        v = v << 8 | *r->p++;
    return v;
}

static uint32_t get_uvarint(struct reader *r)
{
    uint32_t v = 0;

    for (int shift = 0;; shift += 7) {
        uint8_t b = (uint8_t)get(r, 1);

        v |= (uint32_t)(b & 127) << shift;
        if (b < 128)
            return v;
    }
}

static void skip_text(struct reader *r)
{
    uint32_t n = get_uvarint(r);

    if (n > 1)
        r->p += n - 1;
}

/* ---- a member ---- */

/* What is gone is told before what was added is taken, as a consumer's callbacks are called. */
static void take_assignment(struct member *m, struct reader *r, double t)
{
    uint8_t now_owned[PARTITIONS_MAX / 8] = { 0 };
    uint32_t topics = get_uvarint(r);
    int32_t n = 0;

    for (uint32_t i = 1; i < topics; i++) {
        memcpy(topic_id, r->p, 16);
        r->p += 16;
        for (uint32_t left = get_uvarint(r); left > 1; left--, n++) {
            uint32_t p = (uint32_t)get(r, 4);

            now_owned[p / 8] |= (uint8_t)(1 << (p % 8));
        }
        (void)get_uvarint(r);
    }
    if (n == m->owned_n && !memcmp(now_owned, m->owned, sizeof(now_owned)))
        return;
    memcpy(m->owned, now_owned, sizeof(now_owned));
    m->owned_n = n;
    m->told = 0;
    m->due = t;
}

static void take_answer(struct member *m, struct reader r, double t)
{
    int16_t error;
    int32_t interval;

    (void)get(&r, 4);
    (void)get_uvarint(&r); /* header's tags */
    (void)get(&r, 4);
    error = (int16_t)get(&r, 2);
    skip_text(&r);
    skip_text(&r);
    m->waiting = 0;
    if (error == LOADING || error == NOT_AVAILABLE || error == NOT_COORDINATOR) {
        m->due = t + 0.02;
        return;
    }
    if (error)
        die("member %d: error %d", m->n, error);
    m->epoch = (int32_t)get(&r, 4);
    interval = (int32_t)get(&r, 4);
    m->due = t + interval / 1e3;
    if ((int8_t)get(&r, 1) != -1)
        take_assignment(m, &r, t);
}

static void take_bytes(struct member *m, double t)
{
    ssize_t n = read(m->fd, m->in + m->in_n, sizeof(m->in) - m->in_n);
    size_t size;

    if (n <= 0)
        die("member %d: the connection ended", m->n);
    m->in_n += (size_t)n;
    if (m->in_n < 4)
        return;
    size = (size_t)m->in[0] << 24 | (size_t)m->in[1] << 16 | (size_t)m->in[2] << 8 | m->in[3];
    if (m->in_n < size + 4)
        return;
    m->in_n = 0;
    take_answer(m, (struct reader){ m->in + 4, m->in + 4 + size }, t);
}

static int dial(const char *broker)
{
    struct sockaddr_in a = { .sin_family = AF_INET };
    char host[64];
    const char *colon = strrchr(broker, ':');
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

    if (!colon || (size_t)(colon - broker) >= sizeof(host))
        die("HOST:PORT, not %s", broker);
    memcpy(host, broker, (size_t)(colon - broker));
    host[colon - broker] = 0;
    a.sin_port = htons((uint16_t)number(colon + 1));
    if (fd < 0 || inet_pton(AF_INET, host, &a.sin_addr) != 1 ||
        connect(fd, (struct sockaddr *)&a, sizeof(a)))
        die("%s: %s", broker, strerror(errno));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    return fd;
}

/* ---- all of them ---- */

static int is_settled(const struct member *m, int n)
{
    int32_t total = 0, least = INT32_MAX, most = 0;

    for (int i = 0; i < n; i++) {
        if (m[i].epoch != m[0].epoch || m[i].epoch <= 0)
            return 0;
        total += m[i].owned_n;
        least = m[i].owned_n < least ? m[i].owned_n : least;
        most = m[i].owned_n > most ? m[i].owned_n : most;
    }
    return total == partitions && most - least <= 1;
}

static int next_ms(const struct member *m, int n, double t)
{
    double due = t + 1;

    for (int i = 0; i < n; i++)
        if (!m[i].waiting && m[i].due < due)
            due = m[i].due;
    return due <= t ? 0 : (int)((due - t) * 1e3) + 1;
}

static void turn(struct member *m, struct pollfd *fds, int n)
{
    double t = now();

    for (int i = 0; i < n; i++)
        if (!m[i].waiting && m[i].due <= t)
            heartbeat(&m[i]);
    if (poll(fds, (nfds_t)n, next_ms(m, n, now())) < 0)
        die("poll: %s", strerror(errno));
    t = now();
    for (int i = 0; i < n; i++)
        if (fds[i].revents)
            take_bytes(&m[i], t);
}

void groups(const char *broker, const char *topic, const char *group, int members,
            int topic_partitions)
{
    struct member *m = calloc((size_t)members, sizeof(*m));
    struct pollfd *fds = calloc((size_t)members, sizeof(*fds));
    double began;

    if (!m || !fds || topic_partitions > PARTITIONS_MAX)
        die("too many members or partitions");
    topic_name = topic;
    group_name = group;
    partitions = topic_partitions;
    for (int i = 0; i < members; i++) {
        m[i].n = i;
        m[i].fd = dial(broker);
        fds[i] = (struct pollfd){ m[i].fd, POLLIN, 0 };
    }
    began = now();
    while (!is_settled(m, members)) {
        turn(m, fds, members);
        if (now() - began > GIVE_UP_S)
            die("not settled after %d s", GIVE_UP_S);
    }
    printf("settled seconds=%.3f requests=%ld epoch=%d\n", now() - began, requests, m[0].epoch);
    free(m);
    free(fds);
}

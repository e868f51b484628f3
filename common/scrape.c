#include "common/scrape.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/net.h"

enum {
    BACKLOG = 16,
    ACCEPTS_PER_TURN = 16,
    ACCEPT_AGAIN_MS = 1000,
    ANSWER_HEAD_MAX = 256,
    PORT_TEXT = 8
};

/* Shared by all who got it. */
struct page {
    unsigned users;
    struct buf text;
};

struct conn {
    struct loop_watch watch;
    struct scrape *s;
    struct list node; /* of s->conns, oldest first */
    int64_t begun_ms;
    char head[SCRAPE_HEAD_MAX];
    size_t head_n;
    char answer[ANSWER_HEAD_MAX];
    size_t answer_n, sent; /* answer_n 0: it still asks; sent: of answer and page */
    struct page *page;     /* NULL: the answer has no body beyond `answer` */
};

struct scrape {
    struct scrape_options o;
    struct loop_watch watch;
    struct loop_timer stale, late, accept_again;
    struct list conns;
    unsigned conns_n;
    struct page *fresh;
    uint16_t port;
};

static struct page *drop(struct page *p)
{
    if (p && --p->users == 0) {
        buf_done(&p->text);
        mem_free(p);
    }
    return NULL;
}

/* --- the request --- */

static bool next_word(struct str *line, struct str *ret)
{
    size_t n = 0;

    while (n < line->n && line->p[n] != ' ')
        n++;
    *ret = str_make(line->p, n);
    *line = str_make(line->p + n, line->n - n);
    if (line->n)
        *line = str_make(line->p + 1, line->n - 1);
    return n > 0;
}

static bool is_metrics(struct str target)
{
    const char *query = memchr(target.p, '?', target.n);

    return str_is(str_make(target.p, query ? (size_t)(query - target.p) : target.n), "/metrics");
}

static int parse_line(struct str line)
{
    struct str method, target, version;

    if (!line.n || line.p[line.n - 1] == ' ' || memchr(line.p, '\0', line.n) ||
        memchr(line.p, '\n', line.n) || !next_word(&line, &method) || !next_word(&line, &target) ||
        !next_word(&line, &version) || line.n || *target.p != '/' || version.n != 8 ||
        memcmp(version.p, "HTTP/", 5) != 0)
        return 400;
    if (!str_is(version, "HTTP/1.1") && !str_is(version, "HTTP/1.0"))
        return 505;
    if (!is_metrics(target))
        return 404;
    return str_is(method, "GET") ? 200 : 405;
}

int scrape_parse(struct str head)
{
    const char *line = head.n ? memmem(head.p, head.n, "\r\n", 2) : NULL;

    if (line && memmem(head.p, head.n, "\r\n\r\n", 4))
        return parse_line(str_make(head.p, (size_t)(line - head.p)));
    return head.n >= SCRAPE_HEAD_MAX ? 431 : 0;
}

/* --- the answer --- */

static void conn_free(struct conn *c)
{
    loop_unwatch(c->s->o.loop, &c->watch);
    close(c->watch.fd);
    list_remove(&c->node);
    c->s->conns_n--;
    drop(c->page);
    mem_free(c);
}

static void stale(struct loop_timer *t)
{
    struct scrape *s = container_of(t, struct scrape, stale);

    s->fresh = drop(s->fresh);
}

/* The page of this second; NULL: it would be too large. */
static struct page *take_page(struct scrape *s)
{
    struct page *p = s->fresh;
    struct metrics m = { 0 };

    if (!p) {
        p = mem_new(struct page);
        m.out = &p->text;
        p->users = 1;
        s->o.render(s->o.ctx, &m);
        if (m.full)
            return drop(p);
        s->fresh = p;
        loop_timer_in(s->o.loop, &s->stale, SCRAPE_FRESH_MS);
    }
    p->users++;
    return p;
}

static const char *reason_of(int status)
{
    switch (status) {
    case 400:
        return "Bad Request";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 431:
        return "Request Header Fields Too Large";
    case 503:
        return "Service Unavailable";
    default:
        return "HTTP Version Not Supported";
    }
}

static void put_answer(struct conn *c, int status)
{
    int n;

    if (status == 200) {
        c->page = take_page(c->s);
        status = c->page ? 200 : 503;
    }
    if (status == 200)
        n = snprintf(c->answer, sizeof(c->answer),
                     "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
                     "Content-Length: %zu\r\nConnection: close\r\n\r\n",
                     c->page->text.n);
    else
        n = snprintf(c->answer, sizeof(c->answer),
                     "HTTP/1.1 %d %s\r\n%sContent-Length: 0\r\nConnection: close\r\n\r\n", status,
                     reason_of(status), status == 405 ? "Allow: GET\r\n" : "");
    c->answer_n = (size_t)n;
}

/* What is left of head and page, as far as the socket takes it; true at the end. */
static bool send_some(struct conn *c, bool *ret_failed)
{
    size_t page_n = c->page ? c->page->text.n : 0;

    while (c->sent < c->answer_n + page_n) {
        size_t head = c->sent < c->answer_n ? c->sent : c->answer_n;
        struct iovec v[2] = { { c->answer + head, c->answer_n - head },
                              { c->page ? c->page->text.p + (c->sent - head) : NULL,
                                page_n - (c->sent - head) } };
        struct msghdr m = { .msg_iov = v, .msg_iovlen = 2 };
        ssize_t n = sendmsg(c->watch.fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n < 0) {
            *ret_failed = errno != EAGAIN && errno != EINTR;
            return false;
        }
        c->sent += (size_t)n;
    }
    return true;
}

static void go_on_sending(struct conn *c)
{
    bool failed = false;

    if (send_some(c, &failed)) {
        (void)shutdown(c->watch.fd, SHUT_WR);
        conn_free(c);
    } else if (failed) {
        conn_free(c);
    } else {
        (void)loop_rewatch(c->s->o.loop, &c->watch, EPOLLOUT);
    }
}

static void read_head(struct conn *c)
{
    ssize_t n = recv(c->watch.fd, c->head + c->head_n, sizeof(c->head) - c->head_n, MSG_DONTWAIT);
    int status;

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        conn_free(c);
        return;
    }
    c->head_n += (size_t)n;
    status = scrape_parse(str_make(c->head, c->head_n));
    if (!status)
        return;
    put_answer(c, status);
    go_on_sending(c);
}

static void on_ready(struct loop_watch *w, uint32_t events)
{
    struct conn *c = container_of(w, struct conn, watch);

    if (events & (EPOLLERR | EPOLLHUP))
        conn_free(c);
    else if (c->answer_n)
        go_on_sending(c);
    else
        read_head(c);
}

/* --- the listener --- */

static struct conn *oldest(struct scrape *s)
{
    return list_item(s->conns.next, struct conn, node);
}

static void late(struct loop_timer *t)
{
    struct scrape *s = container_of(t, struct scrape, late);
    int64_t limit = loop_now_ms(s->o.loop) - SCRAPE_MS;

    while (!list_empty(&s->conns) && oldest(s)->begun_ms <= limit)
        conn_free(oldest(s));
    if (!list_empty(&s->conns))
        loop_timer_set(s->o.loop, t, oldest(s)->begun_ms + SCRAPE_MS);
}

static void add(struct scrape *s, int fd)
{
    struct conn *c;

    if (s->conns_n == SCRAPE_CONNS_MAX)
        conn_free(oldest(s));
    c = mem_new(struct conn);
    c->s = s;
    c->begun_ms = loop_now_ms(s->o.loop);
    c->watch = (struct loop_watch){ fd, EPOLLIN, on_ready };
    list_init(&c->node);
    if (loop_watch(s->o.loop, &c->watch)) {
        close(fd);
        mem_free(c);
        return;
    }
    list_push(&s->conns, &c->node);
    s->conns_n++;
    if (!s->late.slot)
        loop_timer_set(s->o.loop, &s->late, c->begun_ms + SCRAPE_MS);
}

static void accept_again(struct loop_timer *t)
{
    struct scrape *s = container_of(t, struct scrape, accept_again);

    (void)loop_rewatch(s->o.loop, &s->watch, EPOLLIN);
}

static void on_accept(struct loop_watch *w, uint32_t events)
{
    struct scrape *s = container_of(w, struct scrape, watch);

    (void)events;
    for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
        int fd = accept4(w->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd >= 0) {
            add(s, fd);
            continue;
        }
        if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) { /* out of descriptors */
            (void)loop_rewatch(s->o.loop, &s->watch, 0);
            loop_timer_in(s->o.loop, &s->accept_again, ACCEPT_AGAIN_MS);
        }
        return;
    }
}

static err_t open_socket(const struct scrape_options *o, int *ret, struct why *reterr)
{
    struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                              .ai_socktype = SOCK_STREAM };
    struct addrinfo *found = NULL;
    char port[PORT_TEXT];
    err_t e = ERR_OK;

    *ret = -1;
    snprintf(port, sizeof(port), "%u", o->port);
    if (getaddrinfo(o->host, port, &hints, &found))
        return why(reterr, ERR_INVALID, "'%s' is no address", o->host);
    *ret = net_listen(found, BACKLOG);
    if (*ret < 0)
        e = why(reterr, errno == EADDRINUSE ? ERR_EXISTS : ERR_IO,
                "%s:%s cannot be listened at: %s", o->host, port, strerrordesc_np(errno));
    freeaddrinfo(found);
    return e;
}

err_t scrape_new(const struct scrape_options *o, struct scrape **ret, struct why *reterr)
{
    OWNED(scrape) s = mem_new(struct scrape);
    err_t e;

    s->o = *o;
    s->o.host = NULL; /* borrowed */
    list_init(&s->conns);
    s->stale.fire = stale;
    s->late.fire = late;
    s->accept_again.fire = accept_again;
    s->watch = (struct loop_watch){ -1, EPOLLIN, on_accept };
    e = open_socket(o, &s->watch.fd, reterr);
    if (e)
        return e;
    s->port = net_port(s->watch.fd);
    e = loop_watch(o->loop, &s->watch);
    if (e) {
        close(s->watch.fd);
        s->watch.fd = -1;
        return why(reterr, e, "the event loop takes no more descriptors");
    }
    *ret = s;
    s = NULL;
    return ERR_OK;
}

struct scrape *scrape_free(struct scrape *s)
{
    if (!s)
        return NULL;
    while (!list_empty(&s->conns))
        conn_free(oldest(s));
    loop_timer_clear(s->o.loop, &s->stale);
    loop_timer_clear(s->o.loop, &s->late);
    loop_timer_clear(s->o.loop, &s->accept_again);
    drop(s->fresh);
    if (s->watch.fd >= 0) {
        loop_unwatch(s->o.loop, &s->watch);
        close(s->watch.fd);
    }
    mem_free(s);
    return NULL;
}

uint16_t scrape_port(const struct scrape *s)
{
    return s->port;
}

#include <errno.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#include "api/kafka/api_keys.h"
#include "broker/server/conn.h"
#include "common/invariant.h"
#include "common/log.h"

enum { FRAME_SIZE = 4 };

size_t conn_out_left(const struct conn *c)
{
    size_t n = c->out.n - c->out_sent + c->held_n;

    for (unsigned i = c->spans_at; i < c->spans_n; i++)
        n += c->spans[i].span.n;
    return n;
}

/* Everything is sent: the memory serves the next connection. */
static void rewind_out(struct conn *c)
{
    listener_give_out(c->l, &c->out);
    c->out_sent = 0;
    c->spans_n = c->spans_at = 0;
}

void conn_out_done(struct conn *c)
{
    for (unsigned i = c->spans_at; i < c->spans_n; i++)
        log_span_done(&c->spans[i].span);
    mem_free(c->spans);
    c->spans = NULL;
    c->spans_n = c->spans_at = c->spans_capacity = 0;
    buf_done(&c->out);
}

static err_t sent(ssize_t n)
{
    if (n > 0)
        return ERR_OK;
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return ERR_AGAIN;
    return ERR_CLOSED; /* also a file that is shorter than its span says */
}

static err_t flush_bytes(struct conn *c, size_t until, bool more)
{
    ssize_t n = send(c->watch.fd, c->out.p + c->out_sent, until - c->out_sent,
                     MSG_NOSIGNAL | (more ? MSG_MORE : 0));

    if (n > 0)
        c->out_sent += (size_t)n;
    return sent(n);
}

static err_t flush_span(struct conn *c, struct log_span *s)
{
    off_t at = s->position;
    ssize_t n = sendfile(c->watch.fd, s->fd, &at, s->n);

    if (n < 0 && errno == EIO) /* sockets never say so */
        log_span_failed(s);
    if (n > 0) {
        s->position += n;
        s->n -= (size_t)n;
    }
    if (!s->n) {
        log_span_done(s);
        c->spans_at++;
    }
    return sent(n);
}

err_t conn_flush(struct conn *c)
{
    err_t e = ERR_OK;

    if (!c->out.p)
        return ERR_OK;
    while (!e) {
        bool span = c->spans_at < c->spans_n;
        size_t until = span ? c->spans[c->spans_at].at : c->out.n;

        if (c->out_sent < until) {
            e = flush_bytes(c, until, span);
        } else if (span) {
            e = flush_span(c, &c->spans[c->spans_at].span);
        } else {
            rewind_out(c);
            break;
        }
    }
    return e;
}

static struct buf *out_of(struct conn *c)
{
    if (!c->out.p)
        c->out = listener_take_out(c->l);
    return &c->out;
}

void conn_out_put(struct conn *c, const struct buf *held)
{
    buf_put(out_of(c), held->p, held->n);
}

/* Straight to the socket's buffer when it is this request's turn, else held. */
static bool is_next(const struct request *r)
{
    return &r->conn->oldest->r == r;
}

static struct buf *answer_of(struct request *r)
{
    return is_next(r) ? out_of(r->conn) : &((struct request_slot *)r)->held;
}

/* Size (patched by end_frame) and response header. ApiVersions keeps header v0 in every
 * version, so that a client which asked too much can still read the answer. */
static size_t begin_frame(struct buf *b, const struct request *r)
{
    size_t at = b->n;

    buf_put_be32(b, 0);
    buf_put_be32(b, (uint32_t)r->correlation_id);
    if (r->flexible && r->api_key != KF_API_API_VERSIONS)
        buf_put_u8(b, 0);
    return at;
}

static void end_frame(struct request *r, struct buf *b, size_t at, size_t spans_bytes)
{
    be32_put(b->p + at, (uint32_t)(b->n - at - FRAME_SIZE + spans_bytes));
    conn_request_over(r);
}

void request_reply(struct request *r, const struct kf_schema *s, const void *msg)
{
    struct conn *c = r->conn;
    struct why reason;
    struct buf *b;
    size_t at;
    err_t e;

    if (c->zombie || c->closing) {
        conn_request_over(r);
        return;
    }
    b = answer_of(r);
    at = begin_frame(b, r);
    e = kf_encode(s, r->api_version, msg, b, &reason);
    if (e) {
        log_event(LOG_ERROR, "reply_not_encoded", "api=%s version=%d reason=\"%s\"",
                  kf_schema_name(s), r->api_version, reason.text);
        b->n = at;
        conn_close(c, "reply not encoded");
        conn_request_over(r);
        return;
    }
    end_frame(r, b, at, 0);
}

static void add_span(struct conn *c, const struct log_span *s)
{
    if (c->spans_n == c->spans_capacity) {
        c->spans_capacity = c->spans_capacity ? 2 * c->spans_capacity : 8;
        c->spans = mem_resize_array(c->spans, c->spans_capacity, sizeof(*c->spans));
    }
    c->spans[c->spans_n++] = (struct out_span){ c->out.n, *s };
}

/* Small ranges are cheaper copied into the reply than sent by a call of their own; an answer
 * that is held (rare: a fetch behind a waiting produce) takes copies of all. */
static err_t put_span(struct request *r, struct buf *b, struct log_span *s, size_t *spans_bytes)
{
    err_t e = ERR_OK;

    if (!s->n) {
        log_span_done(s);
    } else if (s->n <= SPAN_COPY_MAX || !is_next(r)) {
        e = fs_pread(fs_posix(), s->fd, buf_reserve(b, s->n), s->n, s->position);
        if (!e)
            b->n += s->n;
        log_span_done(s);
    } else {
        add_span(r->conn, s);
        *spans_bytes += s->n;
    }
    return e;
}

static err_t put_body(struct request *r, struct buf *b, const struct buf *body, struct log_span *spans,
                      const size_t *at, unsigned spans_n, size_t *spans_bytes)
{
    size_t done = 0;
    err_t e = ERR_OK;

    for (unsigned i = 0; i < spans_n; i++) {
        if (e) {
            log_span_done(&spans[i]);
            continue;
        }
        INVARIANT(at[i] >= done && at[i] <= body->n);
        buf_put(b, body->p + done, at[i] - done);
        done = at[i];
        e = put_span(r, b, &spans[i], spans_bytes);
    }
    if (!e)
        buf_put(b, body->p + done, body->n - done);
    return e;
}

void request_reply_raw(struct request *r, struct buf *body, struct log_span *spans, const size_t *at,
                       unsigned spans_n)
{
    struct conn *c = r->conn;
    size_t frame, spans_bytes = 0;
    struct buf *b;
    err_t e;

    if (c->zombie || c->closing) {
        for (unsigned i = 0; i < spans_n; i++)
            log_span_done(&spans[i]);
        buf_done(body);
        conn_request_over(r);
        return;
    }
    b = answer_of(r);
    frame = begin_frame(b, r);
    e = put_body(r, b, body, spans, at, spans_n, &spans_bytes);
    buf_done(body);
    if (!e) {
        end_frame(r, b, frame, spans_bytes);
        return;
    }
    log_event(LOG_ERROR, "reply_not_read", "error=%s", err_text(e));
    conn_close(c, "storage failed under a reply");
    conn_request_over(r);
}

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
    size_t n = c->out.n - c->out_sent;

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

/* Size (patched by end_frame) and response header. ApiVersions keeps header v0 in every
 * version, so that a client which asked too much can still read the answer. */
static size_t begin_frame(struct conn *c, const struct request *r, bool flexible)
{
    size_t at;

    if (!c->out.p)
        c->out = listener_take_out(c->l);
    at = c->out.n;
    buf_put_be32(&c->out, 0);
    buf_put_be32(&c->out, (uint32_t)r->correlation_id);
    if (flexible && r->api_key != KF_API_API_VERSIONS)
        buf_put_u8(&c->out, 0);
    return at;
}

static void end_frame(struct conn *c, size_t at, size_t spans_bytes)
{
    be32_put(c->out.p + at, (uint32_t)(c->out.n - at - FRAME_SIZE + spans_bytes));
    conn_request_over(c);
}

void request_reply(struct request *r, const struct kf_schema *s, const void *msg)
{
    struct conn *c = r->conn;
    struct why reason;
    size_t at;
    err_t e;

    if (c->zombie || c->closing) {
        conn_request_over(c);
        return;
    }
    at = begin_frame(c, r, r->flexible);
    e = kf_encode(s, r->api_version, msg, &c->out, &reason);
    if (e) {
        log_event(LOG_ERROR, "reply_not_encoded", "api=%s version=%d reason=\"%s\"",
                  kf_schema_name(s), r->api_version, reason.text);
        c->out.n = at;
        conn_close(c, "reply not encoded");
        conn_request_over(c);
        return;
    }
    end_frame(c, at, 0);
}

static void add_span(struct conn *c, const struct log_span *s)
{
    if (c->spans_n == c->spans_capacity) {
        c->spans_capacity = c->spans_capacity ? 2 * c->spans_capacity : 8;
        c->spans = mem_resize_array(c->spans, c->spans_capacity, sizeof(*c->spans));
    }
    c->spans[c->spans_n++] = (struct out_span){ c->out.n, *s };
}

/* Small ranges are cheaper copied into the reply than sent by a call of their own. */
static err_t put_span(struct conn *c, struct log_span *s, size_t *spans_bytes)
{
    err_t e = ERR_OK;

    if (!s->n) {
        log_span_done(s);
    } else if (s->n <= SPAN_COPY_MAX) {
        e = fs_pread(fs_posix(), s->fd, buf_reserve(&c->out, s->n), s->n, s->position);
        if (!e)
            c->out.n += s->n;
        log_span_done(s);
    } else {
        add_span(c, s);
        *spans_bytes += s->n;
    }
    return e;
}

void request_reply_raw(struct request *r, struct buf *body, struct log_span *spans, const size_t *at,
                       unsigned spans_n)
{
    struct conn *c = r->conn;
    size_t frame, done = 0, spans_bytes = 0;
    bool gone = c->zombie || c->closing;
    err_t e = ERR_OK;

    frame = gone ? 0 : begin_frame(c, r, r->flexible);
    for (unsigned i = 0; i < spans_n; i++) {
        if (gone || e) {
            log_span_done(&spans[i]);
            continue;
        }
        INVARIANT(at[i] >= done && at[i] <= body->n);
        buf_put(&c->out, body->p + done, at[i] - done);
        done = at[i];
        e = put_span(c, &spans[i], &spans_bytes);
    }
    if (!gone && !e)
        buf_put(&c->out, body->p + done, body->n - done);
    buf_done(body);
    if (e) {
        log_event(LOG_ERROR, "reply_not_read", "error=%s", err_text(e));
        conn_close(c, "storage failed under a reply");
    }
    if (gone || e)
        conn_request_over(c);
    else
        end_frame(c, frame, spans_bytes);
}

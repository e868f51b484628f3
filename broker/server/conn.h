/* conn - one connection of a listener: bytes in, one request at a time, bytes out.
 *
 *   socket -> [in: one recycled buffer: frame | next frame | part ...]
 *                    ^taken            ^in_n
 *   open requests, oldest first: waits | answered, held | ... | in the works
 *   oldest answered -> [out: chunks of bytes and file ranges] -> socket, once a turn
 *
 * Invariants:
 *   C1  at most one request is in the works, the youngest of the open ones; while it is, no
 *       other frame is cut; the others wait for their answers and need nothing of `in`
 *   C2  a connection without bytes and without a request holds no buffer
 *   C3  memory follows the bytes that arrived, never a length that was announced
 *   C4  a connection is destroyed only in its own end-of-turn task
 *   C5  answers leave in the order of the requests: one that comes early is held
 *
 * Private to broker/server/{listener,conn,conn_out}.c. */
#ifndef KLAMM_BROKER_SERVER_CONN_H
#define KLAMM_BROKER_SERVER_CONN_H

#include "broker/log/log.h"
#include "broker/server/listener.h"
#include "common/list.h"

enum {
    IN_BYTES_MIN = 16 * 1024,      /* first buffer of a connection */
    OUT_BYTES_PAUSE = 1024 * 1024, /* unsent reply bytes that stop further requests */
    SPAN_COPY_MAX = 64 * 1024,     /* file ranges up to this are read into the reply */
    SPARE_BYTES_MAX = 4 * 1024 * 1024,  /* of spare input buffers, a listener */
    SPARE_OUT_BYTES_MAX = 1024 * 1024,  /* of one spare output buffer */
    SPARE_REQUESTS_MAX = 64,
    OPEN_REQUESTS_MAX = 64,             /* of one connection */
};

/* What goes out: bytes of `out` up to `until`, or a file range. */
struct out_span {
    size_t at;             /* position in `out` before which the range goes */
    struct log_span span;
};

struct in_buffer {
    struct in_buffer *next;
    size_t capacity;
    uint8_t bytes[];
};

/* A request with what dies with it. */
struct request_slot {
    struct request r; /* first: request_slot_of */
    struct arena arena;
    struct request_slot *next; /* spare, or the younger open one */
    bool answered;             /* `held` waits for the older ones; may be empty (acks=0) */
    struct buf held;
};

struct conn {
    struct loop_watch watch;
    struct loop_task turn; /* end of turn: flush, go on reading, or die */
    struct listener *l;    /* NULL: the listener is gone, only the request is awaited */
    struct list node;      /* of l->conns, least recently active first */
    int64_t active_ms;

    struct in_buffer *in;
    size_t in_n;           /* bytes that are there */
    size_t taken;          /* bytes before the frame that is next */
    size_t last_frame_n;   /* guess for the next read */
    struct request_slot *request; /* in the works, or NULL */
    struct request_slot *oldest, *youngest; /* open: not answered, or held */
    unsigned open_n;
    size_t held_n;         /* bytes of held answers */

    struct buf out;
    size_t out_sent;
    struct out_span *spans;
    unsigned spans_n, spans_at, spans_capacity;

    bool closing;          /* nothing more is read; destroyed at the end of the turn */
    bool blocked;          /* the peer does not read: wait for EPOLLOUT */
    bool eof;              /* the peer will send no more: flush, then close */
    bool in_handler;       /* the frame loop is on the stack */
    bool zombie;           /* socket closed, the parked request still runs */
    uint8_t peer[16], peer_n;
    struct loop_timer mute; /* while it is armed no frame is cut (request_mute) */
    struct list ends;      /* conn_end.node: who hears of its end */
};

struct listener {
    struct listener_options o;
    struct loop_watch watch;
    char *name;
    uint16_t port;
    struct list conns;
    uint32_t conns_n;
    struct loop_timer idle;
    struct loop_timer retry_accept;
    struct in_buffer *spare_in[2]; /* up to IN_BYTES_MIN, above */
    size_t spare_in_bytes;
    struct buf spare_out[4];
    unsigned spare_out_n;
    struct request_slot *spare_requests;
    unsigned spare_requests_n;
};

/* conn.c */
/* Takes over `fd`. */
void conn_new(struct listener *l, int fd, const uint8_t *peer, uint8_t peer_n);
/* Nothing more is read or answered; the end of the turn destroys it. */
void conn_close(struct conn *c, const char *reason);
/* At once; not from within its own handler. */
void conn_destroy(struct conn *c);
/* Asks for the end-of-turn task. */
void conn_wake(struct conn *c);
/* The request was answered: its memory goes back, the next frame may be cut. */
void conn_request_over(struct request *r);

/* conn_out.c */
size_t conn_out_left(const struct conn *c); /* with what is held */
/* A held answer's turn has come. */
void conn_out_put(struct conn *c, const struct buf *held);
/* Sends what the socket takes. ERR_AGAIN: it is full. */
err_t conn_flush(struct conn *c);
void conn_out_done(struct conn *c);

/* listener.c */
struct in_buffer *listener_take_in(struct listener *l, size_t n);
void listener_give_in(struct listener *l, struct in_buffer *b);
struct buf listener_take_out(struct listener *l);
void listener_give_out(struct listener *l, struct buf *b);
struct request_slot *listener_take_request(struct listener *l);
void listener_give_request(struct listener *l, struct request_slot *s);
/* The connection did something: it goes to the young end. */
void listener_touch(struct listener *l, struct conn *c);

#endif

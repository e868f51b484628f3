/* scrape - what Prometheus asks: GET /metrics by HTTP/1.1, answered on a loop, and nothing else.
 *
 *   connection -> head (at most SCRAPE_HEAD_MAX) -> one answer -> closed
 *
 * Nobody is asked who they are, so a peer costs little, whatever it does:
 *   S1  at most SCRAPE_CONNS_MAX connections, each with a head's memory and SCRAPE_MS; when all are
 * taken the oldest one makes room S2  a page is made when it is asked for, once in SCRAPE_FRESH_MS
 * however often that is; all who ask meanwhile share it, and it is gone when the last of them has
 * it
 *
 * No TLS and no keep-alive, as with the exporters that stand behind MSK's open monitoring. Owned by
 * one loop; never blocks. */
#ifndef KLAMM_COMMON_SCRAPE_H
#define KLAMM_COMMON_SCRAPE_H

#include "common/loop.h"
#include "common/metrics.h"

enum { SCRAPE_HEAD_MAX = 4096, SCRAPE_CONNS_MAX = 16, SCRAPE_MS = 20000, SCRAPE_FRESH_MS = 1000 };

struct scrape;

struct scrape_options {
    struct loop *loop;
    const char *host; /* an address, not a name: nothing is looked up */
    uint16_t port;    /* 0: the kernel picks */
    void (*render)(void *ctx, struct metrics *m);
    void *ctx;
};

/* Listens. ERR_INVALID: `host` is no address; ERR_EXISTS: the address is taken; ERR_IO. */
err_t scrape_new(const struct scrape_options *o, struct scrape **ret, struct why *reterr);
/* Closes it and its connections. NULL is fine; returns NULL. */
struct scrape *scrape_free(struct scrape *s);
DEFINE_OWNED(scrape)
uint16_t scrape_port(const struct scrape *s);

/* What a head asks for: 0 when it is not whole yet, else the status of the answer (200, 400, 404,
 * 405, 431, 505). Pure. */
int scrape_parse(struct str head);

#endif

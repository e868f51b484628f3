/* self - what an agent tells Prometheus of itself and of its node: GET /metrics at a loopback address. */
#ifndef KLAMM_AGENT_REPORT_SELF_H
#define KLAMM_AGENT_REPORT_SELF_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "common/loop.h"

struct self {
    char host[16]; /* "": nowhere */
    uint16_t port;
    const char *data_dir;  /* kept; whose file system is told */
    int64_t answered_ms;   /* klammd's last answer to a poll, by the wall; 0: none yet */
    /* How many processes of a kind are reported as `state` (api/agent/messages.h). */
    unsigned (*count)(void *ctx, bool controllers, const char *state);
    void *ctx;
    struct scrape *scrape; /* private */
};

/* "127.x.y.z:PORT"; false for anything else. */
bool self_parse(struct self *s, const char *text);
/* The other members are set. Without a host it does nothing. ERR_EXISTS, ERR_IO: `reterr` says why. */
err_t self_open(struct self *s, struct loop *loop, struct why *reterr);
void self_close(struct self *s);

#endif

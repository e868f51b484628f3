/* http - one POST of JSON with libcurl, client certificate and pinned authority. */
#ifndef KLAMM_AGENT_REPORT_HTTP_H
#define KLAMM_AGENT_REPORT_HTTP_H

#include <jansson.h>
#include <stdatomic.h>

#include "common/err.h"

enum { HTTP_ANSWER_BYTES_MAX = 8 << 20 };

struct http_call {
    const char *url;
    const char *ca_file;
    const char *key_file, *certificate_file; /* NULL: none */
    long timeout_s;
    const atomic_bool *stop; /* NULL, or: break off when it becomes true */
};

/* `*curl` is made at the first call and kept by the caller for the next (connection reuse);
 * http_done frees it. `*ret_status` is the HTTP status, `*ret` the body when it is JSON, else NULL.
 * ERR_UNREACHABLE, ERR_TIMEOUT, ERR_CLOSED (stopped): `reterr` says what libcurl said. */
err_t http_post(void **curl, const struct http_call *c, const json_t *body, long *ret_status, json_t **ret,
                struct why *reterr);
void http_done(void **curl);

#endif

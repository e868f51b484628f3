/* http - one POST of JSON with libcurl, client certificate and pinned authority. */
#ifndef KLAMM_AGENT_REPORT_HTTP_H
#define KLAMM_AGENT_REPORT_HTTP_H

#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "common/err.h"

enum { HTTP_ANSWER_BYTES_MAX = 8 << 20 };

/* One connection to one server, kept from call to call. */
struct http_client;

struct http_call {
    const char *url;
    const char *ca_file;
    const char *key_file, *certificate_file; /* NULL: none */
    long timeout_s;
    const atomic_bool *stop; /* NULL, or: break off when it becomes true (and http_wake is called) */
    unsigned identity;       /* another one than the last call's: the files have changed, connect anew */
};

struct http_client *http_new(void);
/* NULL is fine. */
struct http_client *http_free(struct http_client *c);
/* Whether it may have a connection: a call was made since http_new or http_hang_up. */
bool http_is_open(const struct http_client *c);
/* Closes the connection, the next call makes a new one. No other thread may be in http_wake. */
void http_hang_up(struct http_client *c);
/* From any thread: a call that waits looks at its `stop` at once. */
void http_wake(struct http_client *c);

/* `*ret_status` is the HTTP status, `*ret` the body when it is JSON, else NULL. ERR_UNREACHABLE,
 * ERR_TIMEOUT, ERR_CLOSED (stopped): `reterr` says what libcurl said. */
err_t http_post(struct http_client *c, const struct http_call *call, const json_t *body, long *ret_status,
                json_t **ret, struct why *reterr);

#endif

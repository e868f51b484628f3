/* client - MSK's REST API as a caller sees it: signed, over libcurl, answers as JSON.
 *
 * One call at a time, each within the client's timeout; a client keeps its connection. The
 * caller builds paths with rest_path(), so that an ARN travels as one segment. Not for a thread
 * that runs a loop. curl_global_init is the program's (rest_client_new calls it, which is fine
 * from the first thread). */
#ifndef KLAMM_API_REST_CLIENT_H
#define KLAMM_API_REST_CLIENT_H

#include <jansson.h>

#include "api/rest/credentials.h"
#include "common/buf.h"
#include "common/err.h"
#include "common/mem.h"

enum { REST_ANSWER_BYTES_MAX = 16 << 20, REST_TIMEOUT_MS = 30000 };

struct rest_client;

/* All borrowed for rest_client_new. */
struct rest_client_config {
    const char *endpoint; /* http(s)://HOST:PORT, a trailing '/' is fine */
    const char *region;
    const char *ca_file;  /* NULL: the system's CAs */
    const struct credentials *credentials;
    int64_t timeout_ms;   /* 0: REST_TIMEOUT_MS */
};

/* What a refusal carries: MSK's exception, its sentence, the status (0: no answer came). */
struct rest_refusal {
    long status;
    char type[80];
    struct why why;
};

/* ERR_INVALID when the endpoint is no http(s) URL of host and port without a path. */
err_t rest_client_new(const struct rest_client_config *config, struct rest_client **ret, struct why *reterr);
/* NULL is fine. */
struct rest_client *rest_client_free(struct rest_client *c);
DEFINE_OWNED(rest_client)

/* From here on every call that may change something asks for its plan alone: the answer is that
 * (docs/dry-run.md). */
void rest_client_dry(struct rest_client *c, bool dry);

/* `target` is path and query as on the request line; `body` may be NULL. On success `*ret` is the
 * answer, the caller's (json_decref); an empty answer is an empty object; `ret` may be NULL.
 * ERR_UNREACHABLE, ERR_TIMEOUT: no answer. ERR_MALFORMED: the answer is no JSON. A refusal by the
 * service is ERR_NOT_FOUND (404), ERR_CONFLICT (409), ERR_UNAUTHENTICATED (401), ERR_FORBIDDEN
 * (403), ERR_BUSY (429, 503), ERR_INVALID (other 4xx), ERR_IO (5xx). `reterr` is always filled
 * then. */
err_t rest_client_call(struct rest_client *c, const char *method, const char *target, const json_t *body,
                       json_t **ret, struct rest_refusal *reterr);

/* The same of Application Auto Scaling, which speaks JSON 1.1 on the same endpoint: `operation` is
 * "PutScalingPolicy" and such. */
err_t rest_client_scaling(struct rest_client *c, const char *operation, const json_t *body, json_t **ret,
                          struct rest_refusal *reterr);

/* `format` with one %s, filled with `segment` percent-encoded: rest_path("/v1/clusters/%s", arn).
 * The caller frees. */
char *rest_path(const char *format, const char *segment);

#endif

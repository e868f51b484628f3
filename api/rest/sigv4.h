/* sigv4 - AWS Signature Version 4: sign (clients) and verify (klammd). Pure.
 *
 * Rules: AWS General Reference, "Create a signed AWS API request". The path of every service but S3
 * is URI-encoded once more for the canonical request, so an ARN that travels as `arn%3Aaws...`
 * is signed as `arn%253Aaws...`. */
#ifndef KLAMM_API_REST_SIGV4_H
#define KLAMM_API_REST_SIGV4_H

#include "common/buf.h"
#include "common/err.h"

enum {
    SIGV4_SKEW_MS = 5 * 60 * 1000,
    SIGV4_HEADERS_MAX = 100,
    SIGV4_PRESIGNED_SECONDS_MAX = 604800
};

struct sigv4_header {
    struct str name; /* any case */
    struct str value;
};

struct sigv4_request {
    struct str method;
    struct str path;  /* as on the request line, without the query */
    struct str query; /* behind '?', "" when there is none */
    const struct sigv4_header *headers;
    unsigned headers_n;
    struct slice body;
};

/* What a request says of its signature; all borrowed from the request. */
struct sigv4_claim {
    struct str access_key, date, region, service; /* date: yyyymmdd */
    struct str signed_headers, signature, timestamp, session_token;
    bool presigned;
    int64_t expires_s; /* presigned only */
};

/* Why a request is turned away, as AWS's front end names it. */
enum sigv4_verdict {
    SIGV4_OK,
    SIGV4_MISSING,    /* MissingAuthenticationTokenException */
    SIGV4_INCOMPLETE, /* IncompleteSignatureException */
    SIGV4_EXPIRED,    /* InvalidSignatureException, "Signature expired: ..." */
    SIGV4_MISMATCH,   /* InvalidSignatureException */
};

/* Finds the Authorization header or the X-Amz-Signature query, and takes it apart. */
enum sigv4_verdict sigv4_parse(const struct sigv4_request *r, struct sigv4_claim *ret,
                               struct why *reterr);

/* The claim against the secret of its access key, the time, and what klammd is. The comparison
 * takes the same time wherever the signatures differ. */
enum sigv4_verdict sigv4_verify(const struct sigv4_request *r, const struct sigv4_claim *claim,
                                struct str secret, int64_t now_ms, struct why *reterr);

/* The Authorization header's value for a request whose headers hold Host and X-Amz-Date (and
 * X-Amz-Security-Token when there is one); all of `r->headers` are signed. Appended to `ret`. */
err_t sigv4_sign(const struct sigv4_request *r, struct str access_key, struct str secret,
                 struct str region, struct str service, struct buf *ret, struct why *reterr);

/* yyyymmddThhmmssZ of a wall clock. */
void sigv4_timestamp(int64_t now_ms, char ret[17]);

/* Undoes %XX (and '+' when `plus`), appended; ERR_MALFORMED for a broken escape, NUL or %00. */
err_t uri_decode(struct str s, bool plus, struct buf *ret);
/* RFC 3986 escapes all but the unreserved characters (and '/' when `keep_slash`), appended. */
void uri_encode(struct str s, bool keep_slash, struct buf *ret);

#endif

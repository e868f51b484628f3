#include "api/rest/sigv4.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "common/arena.h"

#define ALGORITHM "AWS4-HMAC-SHA256"

enum { SHA = 32, PAIRS_MAX = 200, SEGMENTS_MAX = 64 };

struct pair {
    struct str name, value; /* as they stand in the canonical request */
};

static void put_hex(struct buf *b, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buf_printf(b, "%02x", p[i]);
}

static void put_sha256(struct buf *b, struct slice s)
{
    uint8_t digest[SHA];

    EVP_Digest(s.p ? (const void *)s.p : "", s.n, digest, NULL, EVP_sha256(), NULL);
    put_hex(b, digest, SHA);
}

static void hmac(const void *key, size_t key_n, struct str s, uint8_t ret[SHA])
{
    HMAC(EVP_sha256(), key, (int)key_n, (const uint8_t *)s.p, s.n, ret, NULL);
}

void sigv4_timestamp(int64_t now_ms, char ret[17])
{
    time_t seconds = now_ms / 1000;
    struct tm tm;

    gmtime_r(&seconds, &tm);
    strftime(ret, 17, "%Y%m%dT%H%M%SZ", &tm);
}

static bool parse_timestamp(struct str s, int64_t *ret_ms)
{
    char text[17];
    struct tm tm = { 0 };
    char *end;

    if (s.n != 16)
        return false;
    memcpy(text, s.p, 16);
    text[16] = '\0';
    end = strptime(text, "%Y%m%dT%H%M%SZ", &tm);
    if (!end || *end)
        return false;
    *ret_ms = (int64_t)timegm(&tm) * 1000;
    return true;
}

static bool name_is(struct str s, const char *lower)
{
    size_t n = strlen(lower);

    if (s.n != n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (tolower((unsigned char)s.p[i]) != lower[i])
            return false;
    return true;
}

static struct str header(const struct sigv4_request *r, const char *lower)
{
    for (unsigned i = 0; i < r->headers_n; i++)
        if (name_is(r->headers[i].name, lower))
            return r->headers[i].value;
    return str_make(NULL, 0);
}

/* Cuts off what stands before `separator`; all of it when there is none. */
static struct str cut(struct str *s, char separator)
{
    const char *at = s->n ? memchr(s->p, separator, s->n) : NULL;
    struct str head = str_make(s->p, at ? (size_t)(at - s->p) : s->n);

    if (at)
        *s = str_make(at + 1, s->n - head.n - 1);
    else
        *s = str_make(s->n ? s->p + s->n : s->p, 0); /* null stays null */
    return head;
}

static struct str trim(struct str s)
{
    while (s.n && (*s.p == ' ' || *s.p == '\t'))
        s = str_make(s.p + 1, s.n - 1);
    while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
        s.n--;
    return s;
}

/* The raw value of a query parameter, or null. */
static struct str parameter(struct str query, const char *name)
{
    while (query.n) {
        struct str value = cut(&query, '&'), key = cut(&value, '=');

        if (str_is(key, name))
            return value;
    }
    return str_make(NULL, 0);
}

/* AKID/20260101/us-east-1/kafka/aws4_request, with '/' as it stands or as %2F. */
static bool parse_scope(struct str s, struct sigv4_claim *ret)
{
    struct str *const parts[] = { &ret->access_key, &ret->date, &ret->region, &ret->service };

    for (unsigned i = 0; i < 4; i++) {
        const char *escaped = s.n ? memmem(s.p, s.n, "%2F", 3) : NULL;

        if (escaped && !memchr(s.p, '/', s.n)) {
            *parts[i] = str_make(s.p, (size_t)(escaped - s.p));
            s = str_make(escaped + 3, s.n - parts[i]->n - 3);
        } else {
            *parts[i] = cut(&s, '/');
        }
        if (!parts[i]->n)
            return false;
    }
    return str_is(s, "aws4_request") && ret->date.n == 8;
}

static enum sigv4_verdict parse_header(struct str value, struct sigv4_claim *ret,
                                       struct why *reterr)
{
    struct str scope = { 0 };

    if (!str_is(cut(&value, ' '), ALGORITHM)) {
        (void)why(reterr, ERR_OK, "Authorization header requires algorithm " ALGORITHM ".");
        return SIGV4_INCOMPLETE;
    }
    while (value.n) {
        struct str part = trim(cut(&value, ',')), key = cut(&part, '=');

        if (str_is(key, "Credential"))
            scope = part;
        else if (str_is(key, "SignedHeaders"))
            ret->signed_headers = part;
        else if (str_is(key, "Signature"))
            ret->signature = part;
    }
    if (!scope.n || !ret->signed_headers.n || !ret->signature.n || !parse_scope(scope, ret)) {
        (void)why(reterr, ERR_OK,
                  "Authorization header requires 'Credential' (as key/yyyymmdd/region/"
                  "service/aws4_request), 'SignedHeaders' and 'Signature' parameters.");
        return SIGV4_INCOMPLETE;
    }
    return SIGV4_OK;
}

/* -1 for what is no number, or one beyond every limit. */
static int64_t parse_seconds(struct str s)
{
    int64_t seconds = 0;

    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9' || seconds > SIGV4_PRESIGNED_SECONDS_MAX)
            return -1;
        seconds = 10 * seconds + s.p[i] - '0';
    }
    return seconds;
}

static enum sigv4_verdict parse_query(const struct sigv4_request *r, struct sigv4_claim *ret,
                                      struct why *reterr)
{
    ret->presigned = true;
    ret->signature = parameter(r->query, "X-Amz-Signature");
    ret->signed_headers = parameter(r->query, "X-Amz-SignedHeaders");
    ret->timestamp = parameter(r->query, "X-Amz-Date");
    ret->expires_s = parse_seconds(parameter(r->query, "X-Amz-Expires"));
    if (!str_is(parameter(r->query, "X-Amz-Algorithm"), ALGORITHM) || !ret->signed_headers.n ||
        ret->expires_s < 1 || ret->expires_s > SIGV4_PRESIGNED_SECONDS_MAX ||
        !parse_scope(parameter(r->query, "X-Amz-Credential"), ret)) {
        (void)why(reterr, ERR_OK,
                  "A presigned request requires X-Amz-Algorithm=" ALGORITHM ", X-Amz-Credential, "
                  "X-Amz-Date, X-Amz-SignedHeaders and X-Amz-Expires of 1 to 604800.");
        return SIGV4_INCOMPLETE;
    }
    return SIGV4_OK;
}

enum sigv4_verdict sigv4_parse(const struct sigv4_request *r, struct sigv4_claim *ret,
                               struct why *reterr)
{
    struct str authorization = header(r, "authorization");
    enum sigv4_verdict v;

    *ret = (struct sigv4_claim){ .session_token = header(r, "x-amz-security-token") };
    if (authorization.p) {
        v = parse_header(authorization, ret, reterr);
        ret->timestamp = header(r, "x-amz-date");
    } else if (parameter(r->query, "X-Amz-Signature").p) {
        v = parse_query(r, ret, reterr);
    } else {
        (void)why(reterr, ERR_OK, "Missing Authentication Token");
        return SIGV4_MISSING;
    }
    if (v == SIGV4_OK && !ret->timestamp.n) {
        (void)why(reterr, ERR_OK, "The request requires an 'X-Amz-Date'.");
        v = SIGV4_INCOMPLETE;
    }
    return v;
}

static int by_name(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    int c = str_cmp(x->name, y->name);

    return c ? c : str_cmp(x->value, y->value);
}

/* Decoded, then encoded by the one rule, sorted; the signature itself stays out. */
static err_t put_query(struct buf *b, struct arena *a, struct str query)
{
    struct pair pairs[PAIRS_MAX];
    unsigned n = 0;

    while (query.n) {
        struct str value = cut(&query, '&'), key = cut(&value, '=');
        OWNED_BUF plain = { 0 }, coded = { 0 };
        size_t key_n;

        if (str_is(key, "X-Amz-Signature") || (!key.n && !value.n))
            continue;
        if (n == PAIRS_MAX || uri_decode(key, true, &plain))
            return ERR_MALFORMED;
        uri_encode(str_make((char *)plain.p, plain.n), false, &coded);
        key_n = coded.n;
        buf_clear(&plain);
        if (uri_decode(value, true, &plain))
            return ERR_MALFORMED;
        uri_encode(str_make((char *)plain.p, plain.n), false, &coded);
        pairs[n].name = arena_str(a, str_make((char *)coded.p, key_n));
        pairs[n].value = arena_str(a, str_make((char *)coded.p + key_n, coded.n - key_n));
        n++;
    }
    qsort(pairs, n, sizeof(pairs[0]), by_name);
    for (unsigned i = 0; i < n; i++)
        buf_printf(b, "%s%.*s=%.*s", i ? "&" : "", STR_ARG(pairs[i].name), STR_ARG(pairs[i].value));
    buf_put_u8(b, '\n');
    return ERR_OK;
}

/* Trimmed, runs of blanks folded into one. */
static void put_header_value(struct buf *b, struct str s)
{
    s = trim(s);
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != ' ' || s.p[i - 1] != ' ')
            buf_put_u8(b, (uint8_t)s.p[i]);
}

/* `signed_headers` is "host;x-amz-date", in lower case and sorted; each must be there. */
static err_t put_headers(struct buf *b, const struct sigv4_request *r, struct str signed_headers)
{
    struct str left = signed_headers;
    bool host = false;

    while (left.n) {
        struct str name = cut(&left, ';');
        bool found = false;

        buf_printf(b, "%.*s:", STR_ARG(name));
        for (unsigned i = 0; i < r->headers_n; i++) {
            char lower[128];

            if (name.n >= sizeof(lower))
                return ERR_MALFORMED;
            memcpy(lower, name.p, name.n);
            lower[name.n] = '\0';
            if (!name_is(r->headers[i].name, lower))
                continue;
            if (found)
                buf_put_u8(b, ',');
            put_header_value(b, r->headers[i].value);
            found = true;
        }
        buf_put_u8(b, '\n');
        host |= str_is(name, "host");
        if (!found)
            return ERR_MALFORMED;
    }
    return host ? ERR_OK : ERR_MALFORMED;
}

/* What X-Amz-Content-Sha256 says goes into the canonical request: the body's hash must be it. */
static err_t put_payload_hash(struct buf *b, const struct sigv4_request *r)
{
    struct str said = header(r, "x-amz-content-sha256");
    size_t at = b->n;

    if (str_is(said, "UNSIGNED-PAYLOAD")) {
        buf_put(b, said.p, said.n);
        return ERR_OK;
    }
    put_sha256(b, r->body);
    return said.p && !str_eq(said, str_make((char *)b->p + at, b->n - at)) ? ERR_INVALID : ERR_OK;
}

/* As botocore does before it signs: no empty, '.' and '..' segments, one '/' at the end stays. Then
 * every segment is escaped once more. */
static err_t put_path(struct buf *b, struct str path)
{
    struct str segments[SEGMENTS_MAX], left = path;
    bool slash = path.n > 1 && path.p[path.n - 1] == '/';
    unsigned n = 0;

    while (left.n) {
        struct str s = cut(&left, '/');

        if (str_is(s, "..")) {
            n -= n > 0;
        } else if (s.n && !str_is(s, ".")) {
            if (n == SEGMENTS_MAX)
                return ERR_MALFORMED;
            segments[n++] = s;
        }
    }
    for (unsigned i = 0; i < n; i++) {
        buf_put_u8(b, '/');
        uri_encode(segments[i], false, b);
    }
    if (!n || slash)
        buf_put_u8(b, '/');
    buf_put_u8(b, '\n');
    return ERR_OK;
}

static err_t put_canonical(struct buf *b, const struct sigv4_request *r, struct str signed_headers)
{
    OWNED_ARENA a = { 0 };
    err_t e;

    buf_printf(b, "%.*s\n", STR_ARG(r->method));
    e = put_path(b, r->path);
    if (!e)
        e = put_query(b, &a, r->query);
    if (!e)
        e = put_headers(b, r, signed_headers);
    buf_printf(b, "\n%.*s\n", STR_ARG(signed_headers));
    return e ? e : put_payload_hash(b, r);
}

/* 64 hex digits, appended. */
static err_t put_signature(struct buf *ret, const struct sigv4_request *r,
                           const struct sigv4_claim *c, struct str secret)
{
    OWNED_BUF canonical = { 0 }, to_sign = { 0 }, key_text = { 0 };
    uint8_t key[SHA], next[SHA];
    err_t e = put_canonical(&canonical, r, c->signed_headers);

    if (e)
        return e;
    buf_printf(&to_sign, ALGORITHM "\n%.*s\n%.*s/%.*s/%.*s/aws4_request\n", STR_ARG(c->timestamp),
               STR_ARG(c->date), STR_ARG(c->region), STR_ARG(c->service));
    put_sha256(&to_sign, buf_slice(&canonical));
    buf_printf(&key_text, "AWS4%.*s", STR_ARG(secret));
    hmac(key_text.p, key_text.n, c->date, key);
    hmac(key, SHA, c->region, next);
    hmac(next, SHA, c->service, key);
    hmac(key, SHA, str_of("aws4_request"), next);
    hmac(next, SHA, str_make((char *)to_sign.p, to_sign.n), key);
    put_hex(ret, key, SHA);
    OPENSSL_cleanse(key_text.p, key_text.n);
    OPENSSL_cleanse(next, sizeof(next));
    return ERR_OK;
}

static enum sigv4_verdict check_time(const struct sigv4_claim *c, int64_t now_ms,
                                     struct why *reterr)
{
    int64_t signed_ms, until;
    char now[17];

    sigv4_timestamp(now_ms, now);
    if (!parse_timestamp(c->timestamp, &signed_ms) || memcmp(c->timestamp.p, c->date.p, 8) != 0) {
        (void)why(reterr, ERR_OK,
                  "X-Amz-Date must be yyyymmddThhmmssZ and its day that of the credential scope.");
        return SIGV4_INCOMPLETE;
    }
    until = signed_ms + (c->presigned ? c->expires_s * 1000 : SIGV4_SKEW_MS);
    if (now_ms > until) {
        (void)why(reterr, ERR_OK, "Signature expired: %.*s is now earlier than %s",
                  STR_ARG(c->timestamp), now);
        return SIGV4_EXPIRED;
    }
    if (signed_ms > now_ms + SIGV4_SKEW_MS) {
        (void)why(reterr, ERR_OK, "Signature not yet current: %.*s is still later than %s",
                  STR_ARG(c->timestamp), now);
        return SIGV4_EXPIRED;
    }
    return SIGV4_OK;
}

enum sigv4_verdict sigv4_verify(const struct sigv4_request *r, const struct sigv4_claim *claim,
                                struct str secret, int64_t now_ms, struct why *reterr)
{
    enum sigv4_verdict v = check_time(claim, now_ms, reterr);
    OWNED_BUF signature = { 0 }, headers = { 0 };
    struct sigv4_claim c = *claim;

    if (v != SIGV4_OK)
        return v;
    if (claim->presigned) { /* the list of headers travels as host%3Bx-amz-... */
        if (uri_decode(claim->signed_headers, false, &headers))
            return SIGV4_INCOMPLETE;
        c.signed_headers = str_make((char *)headers.p, headers.n);
    }
    if (!put_signature(&signature, r, &c, secret) && c.signature.n == signature.n &&
        CRYPTO_memcmp(c.signature.p, signature.p, signature.n) == 0)
        return SIGV4_OK;
    (void)why(reterr, ERR_OK,
              "The request signature we calculated does not match the signature you "
              "provided. Check your AWS Secret Access Key and signing method. Consult the service "
              "documentation for details.");
    return SIGV4_MISMATCH;
}

err_t sigv4_sign(const struct sigv4_request *r, struct str access_key, struct str secret,
                 struct str region, struct str service, struct buf *ret, struct why *reterr)
{
    OWNED_BUF names = { 0 }, signature = { 0 };
    struct pair pairs[SIGV4_HEADERS_MAX];
    OWNED_ARENA a = { 0 };
    struct sigv4_claim c = { .region = region,
                             .service = service,
                             .timestamp = header(r, "x-amz-date") };
    err_t e;

    if (r->headers_n > SIGV4_HEADERS_MAX || c.timestamp.n != 16)
        return why(reterr, ERR_INVALID,
                   "a request to sign needs X-Amz-Date and at most 100 headers");
    c.date = str_make(c.timestamp.p, 8);
    for (unsigned i = 0; i < r->headers_n; i++) {
        char *lower = arena_text(&a, r->headers[i].name);

        for (char *p = lower; *p; p++)
            *p = (char)tolower((unsigned char)*p);
        pairs[i] = (struct pair){ str_of(lower), str_of("") };
    }
    qsort(pairs, r->headers_n, sizeof(pairs[0]), by_name);
    for (unsigned i = 0; i < r->headers_n; i++)
        buf_printf(&names, "%s%.*s", i ? ";" : "", STR_ARG(pairs[i].name));
    c.signed_headers = str_make((char *)names.p, names.n);
    e = put_signature(&signature, r, &c, secret);
    if (e)
        return why(reterr, e, "the request cannot be signed: no Host header, or a broken query");
    buf_printf(ret,
               ALGORITHM " Credential=%.*s/%.*s/%.*s/%.*s/aws4_request, SignedHeaders=%.*s, "
                         "Signature=%.*s",
               STR_ARG(access_key), STR_ARG(c.date), STR_ARG(region), STR_ARG(service),
               STR_ARG(c.signed_headers), (int)signature.n, (char *)signature.p);
    return ERR_OK;
}

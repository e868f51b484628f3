#include "controlplane/rest/call.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "api/rest/sigv4.h"
#include "common/log.h"

enum { PAGE_MAX = 100 };

void call_refuse(struct call *c, int status, const char *type, const char *parameter,
                 const char *format, ...)
{
    va_list args;

    if (call_refused(c))
        return; /* the first reason is the one to tell */
    c->status = status;
    c->error_type = type;
    snprintf(c->invalid_parameter, sizeof(c->invalid_parameter), "%s", parameter);
    va_start(args, format);
    vsnprintf(c->why.text, sizeof(c->why.text), format, args);
    va_end(args);
}

struct str call_query(struct call *c, const char *name, unsigned n)
{
    struct str left = c->query;

    while (left.n) {
        const char *end = memchr(left.p, '&', left.n);
        struct str pair = str_make(left.p, end ? (size_t)(end - left.p) : left.n);
        const char *equals = pair.n ? memchr(pair.p, '=', pair.n) : NULL;
        struct str key = str_make(pair.p, equals ? (size_t)(equals - pair.p) : pair.n);
        OWNED_BUF value = { 0 };

        left = end ? str_make(end + 1, left.n - pair.n - 1) : str_make(left.p, 0);
        if (!str_is(key, name) || n--)
            continue;
        if (equals && uri_decode(str_make(equals + 1, pair.n - key.n - 1), true, &value))
            call_bad(c, name, "The query parameter %s has a broken escape.", name);
        return arena_str(c->arena, str_make(value.p ? (char *)value.p : "", value.n));
    }
    return str_make(NULL, 0);
}

struct cluster *call_cluster(struct call *c)
{
    struct cluster *found = store_cluster(c->store, c->parameters[0]);

    if (found)
        return found;
    if (c->parameters[0].n < 14 || memcmp(c->parameters[0].p, "arn:aws:kafka:", 14) != 0)
        call_bad(c, "clusterArn",
                 "One or more of the parameters are not valid: clusterArn '%.*s' is not an ARN of "
                 "a cluster.",
                 STR_ARG(c->parameters[0]));
    else
        call_refuse(c, 404, "NotFoundException", "clusterArn",
                    "The ARN that you supplied doesn't identify an existing cluster: %.*s",
                    STR_ARG(c->parameters[0]));
    return NULL;
}

void call_commit(struct call *c)
{
    struct why reason;

    if (!store_commit(c->store, &reason))
        return;
    log_event(LOG_ERROR, "store_broken", "reason=\"%s\"", reason.text);
    exit(1);
}

bool page_token_parse(struct call *c, struct str token, struct str *ret_key)
{
    OWNED_BUF key = { 0 };

    for (size_t i = 0; i + 1 < token.n; i += 2) {
        unsigned byte;

        if (sscanf(token.p + i, "%2x", &byte) != 1)
            break;
        buf_put_u8(&key, (uint8_t)byte);
    }
    *ret_key = arena_str(c->arena, str_make((char *)key.p, key.n));
    return token.n && token.n == 2 * key.n;
}

json_t *page_token_print(const char *key)
{
    OWNED_BUF token = { 0 };

    for (; *key; key++)
        buf_printf(&token, "%02x", (unsigned char)*key);
    return json_stringn((char *)token.p, token.n);
}

bool call_page(struct call *c, struct page *ret)
{
    struct str max = call_query(c, "maxResults", 0), token = call_query(c, "nextToken", 0);

    *ret = (struct page){ .max = PAGE_MAX };
    if (max.p) {
        char *end;
        long n = strtol(max.p, &end, 10);

        if (!max.n || *end || n < 1 || n > PAGE_MAX)
            call_bad(c, "maxResults", "maxResults: '%.*s' must be a number of 1 to 100.",
                     STR_ARG(max));
        else
            ret->max = (int)n;
    }
    if (token.p && !page_token_parse(c, token, &ret->after))
        call_bad(c, "nextToken", "nextToken: the token is not one that this service gave.");
    ret->reached = !token.p;
    return !call_refused(c);
}

bool page_take(struct page *p, const char *key)
{
    if (!p->reached) {
        p->reached = str_is(p->after, key);
        return false;
    }
    if (p->taken == p->max) {
        p->more = true;
        return false;
    }
    p->taken++;
    p->last = key;
    return true;
}

void page_end(struct call *c, const struct page *p)
{
    if (!p->reached)
        call_bad(c, "nextToken",
                 "nextToken: the token's item is no longer there; begin anew without a token.");
    if (p->more)
        json_object_set_new(c->answer, "nextToken", page_token_print(p->last));
}

json_t *json_time(int64_t ms)
{
    time_t seconds = ms / 1000;
    char text[40];
    struct tm tm;
    size_t n;

    gmtime_r(&seconds, &tm);
    n = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(text + n, sizeof(text) - n, ".%03dZ", (int)(ms % 1000));
    return json_string(text);
}

#include "controlplane/rest/api.h"

#include "api/rest/sigv4.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "controlplane/rest/routes.h"

enum { JSON_DEPTH_FLAGS = JSON_REJECT_DUPLICATES };

static unsigned list_headers(const struct http_request *r, struct sigv4_header *ret)
{
    unsigned n = 0;

    while (n < SIGV4_HEADERS_MAX && http_header_at(r, n, &ret[n].name, &ret[n].value))
        n++;
    return n;
}

static void refuse_signature(struct call *c, enum sigv4_verdict v, const char *reason)
{
    switch (v) {
    case SIGV4_OK:
        break;
    case SIGV4_MISSING:
        call_refuse(c, 403, "MissingAuthenticationTokenException", "", "%s", reason);
        break;
    case SIGV4_INCOMPLETE:
        call_refuse(c, 403, "IncompleteSignatureException", "", "%s", reason);
        break;
    case SIGV4_EXPIRED:
    case SIGV4_MISMATCH:
        call_refuse(c, 403, "InvalidSignatureException", "", "%s", reason);
        break;
    }
}

static void authenticate(struct call *c, const struct http_request *r)
{
    struct sigv4_header headers[SIGV4_HEADERS_MAX];
    struct sigv4_request request = { r->method, r->path, r->query, headers, list_headers(r, headers), r->body };
    struct sigv4_claim claim;
    struct why reason = { "" };
    enum sigv4_verdict v = sigv4_parse(&request, &claim, &reason);
    OWNED_BUF key = { 0 };
    const char *secret;

    if (v != SIGV4_OK) {
        refuse_signature(c, v, reason.text);
        return;
    }
    secret = config_secret(c->config, claim.access_key);
    if (!secret) {
        call_refuse(c, 403, "UnrecognizedClientException", "", "The security token included in the request is invalid.");
    } else if (!str_is(claim.service, "kafka") || !str_is(claim.region, c->config->region)) {
        call_refuse(c, 403, "InvalidSignatureException", "",
                    "Credential should be scoped to service 'kafka' and region '%s', not '%.*s' and '%.*s'.",
                    c->config->region, STR_ARG(claim.service), STR_ARG(claim.region));
    } else {
        v = sigv4_verify(&request, &claim, str_of(secret), c->now_ms, &reason);
        refuse_signature(c, v, reason.text);
    }
}

static void unescape(struct call *c, struct str parameters[ROUTE_PARAMETERS_MAX])
{
    for (int i = 0; i < ROUTE_PARAMETERS_MAX && parameters[i].p; i++) {
        OWNED_BUF plain = { 0 };

        if (uri_decode(parameters[i], false, &plain))
            call_bad(c, "", "The path has a broken escape: %.*s", STR_ARG(parameters[i]));
        c->parameters[i] = arena_str(c->arena, str_make((char *)plain.p, plain.n));
    }
}

static void parse_body(struct call *c, const struct http_request *r)
{
    json_error_t error;

    if (!r->body.n) {
        c->body = json_object();
        return;
    }
    c->body = json_loadb((const char *)r->body.p, r->body.n, JSON_DEPTH_FLAGS, &error);
    if (!c->body)
        call_bad(c, "", "The body is not JSON: line %d, column %d: %s", error.line, error.column, error.text);
    else if (!json_is_object(c->body))
        call_bad(c, "", "The body must be a JSON object.");
}

static void dispatch(struct call *c, const struct http_request *r)
{
    struct str parameters[ROUTE_PARAMETERS_MAX] = { 0 };
    bool path_known;
    const struct route *route = route_find(r->method, r->path, parameters, &path_known);

    if (!route && path_known)
        call_refuse(c, 405, "MethodNotAllowedException", "", "Method %.*s is not allowed here.", STR_ARG(r->method));
    else if (!route)
        call_refuse(c, 404, "UnknownOperationException", "", "There is no operation at %.*s %.*s.", STR_ARG(r->method),
                    STR_ARG(r->path));
    else if (!route->handle)
        call_bad(c, "", "%s is not available yet in klamm.", route->name);
    if (!call_refused(c))
        unescape(c, parameters);
    if (!call_refused(c))
        parse_body(c, r);
    if (!call_refused(c))
        route->handle(c);
}

static void reply(struct http_request *r, struct call *c)
{
    json_t *body;

    if (!call_refused(c)) {
        if (c->answer)
            http_reply_json(r, c->status, NULL, json_incref(c->answer));
        else
            http_reply(r, c->status, NULL, NULL, slice_make(NULL, 0));
        return;
    }
    body = json_pack("{s:s}", "message", c->why.text);
    if (!body)
        body = json_pack("{s:s}", "message", "The request holds text that is not UTF-8.");
    if (c->invalid_parameter[0])
        json_object_set_new(body, "invalidParameter", json_string(c->invalid_parameter));
    http_reply_json(r, c->status, c->error_type, body);
}

void api_handle(struct http_request *r)
{
    struct api *api = r->ctx;
    OWNED_ARENA arena = { 0 };
    struct call c = {
        .store = api->store, .config = api->config, .fleet = api->fleet, .arena = &arena,
        .now_ms = clock_wall_ms(), .query = r->query, .status = 200,
    };

    if (str_is(r->method, "GET") && str_is(r->path, "/health")) {
        http_reply_json(r, 200, NULL, json_pack("{s:s}", "status", "ok"));
        return;
    }
    authenticate(&c, r);
    if (!call_refused(&c))
        dispatch(&c, r);
    log_event(call_refused(&c) ? LOG_WARN : LOG_DEBUG, "rest_call", "method=%.*s path=%.*s status=%d error=%s", STR_ARG(r->method),
              STR_ARG(r->path), c.status, call_refused(&c) ? c.error_type : "-");
    reply(r, &c);
    json_decref(c.answer);
    json_decref(c.body);
}

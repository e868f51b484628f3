#include "controlplane/rest/api.h"

#include "api/rest/sigv4.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "controlplane/rest/dispatch.h"
#include "controlplane/rest/dry.h"
#include "controlplane/rest/query.h"
#include "controlplane/rest/scaling.h"

static unsigned list_headers(const struct http_request *r, struct sigv4_header *ret)
{
    unsigned n = 0;

    while (n < SIGV4_HEADERS_MAX && http_header_at(r, n, &ret[n].name, &ret[n].value))
        n++;
    return n;
}

/* EC2 and STS have names of their own for what the others call InvalidSignatureException. */
static const char *name_of(enum call_service service, enum sigv4_verdict v)
{
    bool json = service == CALL_KAFKA || service == CALL_SCALING;

    switch (v) {
    case SIGV4_OK:
        break;
    case SIGV4_MISSING:
        return json ? "MissingAuthenticationTokenException" : "MissingAuthenticationToken";
    case SIGV4_INCOMPLETE:
        return json ? "IncompleteSignatureException" : "IncompleteSignature";
    case SIGV4_EXPIRED:
    case SIGV4_MISMATCH:
        return json ? "InvalidSignatureException" : "SignatureDoesNotMatch";
    }
    return "InternalServerErrorException";
}

static void refuse_signature(struct call *c, enum sigv4_verdict v, const char *reason)
{
    if (v != SIGV4_OK)
        call_refuse(c, 403, name_of(c->service, v), "", "%s", reason);
}

static void refuse_key(struct call *c)
{
    static const char *const names[] = { [CALL_KAFKA] = "UnrecognizedClientException",
                                         [CALL_EC2] = "AuthFailure",
                                         [CALL_STS] = "InvalidClientTokenId",
                                         [CALL_SCALING] = "UnrecognizedClientException" };

    call_refuse(c, c->service == CALL_EC2 ? 401 : 403, names[c->service], "",
                "The security token included in the request is invalid.");
}

static void check_scope(struct call *c, const struct sigv4_claim *claim)
{
    /* STS has a global endpoint: its region may be any. */
    bool region = c->service == CALL_STS || str_is(claim->region, c->config->region);
    bool service = c->service != CALL_KAFKA || str_is(claim->service, "kafka");

    if (!region || !service)
        call_refuse(c, 403, name_of(c->service, SIGV4_MISMATCH), "",
                    "Credential should be scoped to service 'kafka', 'application-autoscaling', "
                    "'ec2' or 'sts' and region '%s', not '%.*s' and '%.*s'.",
                    c->config->region, STR_ARG(claim->service), STR_ARG(claim->region));
}

static enum call_service service_of(struct str scope)
{
    return str_is(scope, "ec2")                       ? CALL_EC2
           : str_is(scope, "sts")                     ? CALL_STS
           : str_is(scope, "application-autoscaling") ? CALL_SCALING
                                                      : CALL_KAFKA;
}

static void authenticate(struct call *c, const struct http_request *r)
{
    struct sigv4_header headers[SIGV4_HEADERS_MAX];
    struct sigv4_request request = {
        r->method, r->path, r->query, headers, list_headers(r, headers), r->body
    };
    struct sigv4_claim claim;
    struct why reason = { "" };
    enum sigv4_verdict v = sigv4_parse(&request, &claim, &reason);
    const char *secret;

    c->service = service_of(claim.service);
    if (v != SIGV4_OK) {
        refuse_signature(c, v, reason.text);
        return;
    }
    c->access_key = claim.access_key;
    secret = config_secret(c->config, claim.access_key);
    if (!secret) {
        refuse_key(c);
        return;
    }
    check_scope(c, &claim);
    if (!call_refused(c))
        refuse_signature(c, sigv4_verify(&request, &claim, str_of(secret), c->now_ms, &reason),
                         reason.text);
    if (!call_refused(c))
        dry_read_header(c, http_header(r, DRY_HEADER), claim.signed_headers);
}

/* Application Auto Scaling: one path, the operation in a header. */
static void dispatch_scaling(struct call *c, const struct http_request *r)
{
    if (!str_is(r->path, "/") || !str_is(r->method, "POST"))
        call_refuse(c, 404, "UnknownOperationException", "", "The service is at POST / alone.");
    dispatch_body(c, r->body);
    if (call_refused(c) && c->status == 400)
        c->error_type = "SerializationException";
    c->target = http_header(r, "X-Amz-Target");
    if (!call_refused(c) && c->dry && scaling_changes(c->target))
        dry_run(c, scaling_operation(c->target), scaling_dispatch);
    else if (!call_refused(c))
        scaling_dispatch(c);
}

/* EC2 and STS: one path, the form in the body or, for GET, in the query. */
static void dispatch_query(struct call *c, const struct http_request *r)
{
    if (!str_is(r->path, "/"))
        call_refuse(c, 404, "InvalidAction", "", "There is nothing at %.*s.",
                    (int)(r->path.n < 80 ? r->path.n : 80), r->path.p);
    if (str_is(r->method, "POST"))
        c->query = str_make((const char *)r->body.p, r->body.n);
    if (!call_refused(c))
        query_dispatch(c);
}

static void reply_query(struct http_request *r, const struct call *c)
{
    OWNED_BUF text = { 0 };

    query_print(c, r->id, &text);
    http_reply(r, c->status, NULL, "text/xml;charset=UTF-8", buf_slice(&text));
}

/* JSON 1.1: the error's name stands in the body, and every refusal of a caller is a 400. */
static void reply_scaling(struct http_request *r, const struct call *c)
{
    json_t *body = call_refused(c) ? scaling_refusal(c) : json_incref(c->answer);
    char *text = json_dumps(body, JSON_COMPACT);

    http_reply(r, call_refused(c) && c->status < 500 ? 400 : c->status, NULL, "application/x-amz-json-1.1",
               slice_make(text, text ? strlen(text) : 0));
    json_decref(body);
    mem_free(text);
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

static void answer(struct http_request *r, struct call *c)
{
    log_event(call_refused(c) ? LOG_WARN : LOG_DEBUG, "rest_call",
              "method=%.*s path=%.*s status=%d error=%s", STR_ARG(r->method), STR_ARG(r->path),
              c->status, call_refused(c) ? c->error_type : "-");
    if (c->service == CALL_KAFKA)
        reply(r, c);
    else if (c->service == CALL_SCALING)
        reply_scaling(r, c);
    else
        reply_query(r, c);
}

static void done(struct call *c)
{
    buf_done(&c->xml);
    ask_done(&c->ask);
    json_decref(c->answer);
    json_decref(c->body);
    store_free(c->fork);
}

/* A call whose answer a broker has to be asked for. */
struct waiting {
    struct call call;
    struct arena arena;
    struct http_request *request;
    struct pending *pending;
};

static void waiting_free(struct waiting *w)
{
    done(&w->call);
    arena_done(&w->arena);
    mem_free(w);
}

static void on_answer(void *ctx, const json_t *told)
{
    struct waiting *w = ctx;

    w->call.finish(&w->call, told);
    answer(w->request, &w->call);
    waiting_free(w);
}

static void on_cancelled(struct http_request *r)
{
    struct waiting *w = r->parked;

    asks_cancel(w->pending);
    waiting_free(w);
}

/* Takes call and arena over; nothing of them is left with the caller. */
static void wait_for_broker(struct http_request *r, struct call *c, struct arena *arena)
{
    struct waiting *w = mem_new(struct waiting);

    *w = (struct waiting){ .call = *c, .arena = *arena, .request = r };
    *arena = (struct arena){ 0 };
    w->call.arena = &w->arena;
    w->call.ask = (struct ask){ 0 };
    w->pending = fleet_ask(c->fleet, c->asked, &c->ask, on_answer, w);
    if (w->pending) {
        http_park(r, w, on_cancelled);
        return;
    }
    call_refuse(&w->call, 503, "ServiceUnavailableException", "",
                "No broker of the cluster runs on a node whose agent is connected to klammd.");
    answer(r, &w->call);
    waiting_free(w);
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
    if (!call_refused(&c) && c.service == CALL_KAFKA)
        dispatch(&c, r->method, r->path, r->body);
    else if (!call_refused(&c) && c.service == CALL_SCALING)
        dispatch_scaling(&c, r);
    else if (!call_refused(&c))
        dispatch_query(&c, r);
    if (!call_refused(&c) && c.finish) {
        wait_for_broker(r, &c, &arena);
        return;
    }
    answer(r, &c);
    done(&c);
}

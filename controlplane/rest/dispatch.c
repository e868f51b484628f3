#include "controlplane/rest/dispatch.h"

#include "api/rest/sigv4.h"
#include "controlplane/rest/dry.h"
#include "controlplane/rest/routes.h"

static void unescape(struct call *c, struct str parameters[ROUTE_PARAMETERS_MAX])
{
    for (int i = 0; i < ROUTE_PARAMETERS_MAX && parameters[i].p; i++) {
        OWNED_BUF plain = { 0 };

        if (uri_decode(parameters[i], false, &plain))
            call_bad(c, "", "The path has a broken escape: %.*s", STR_ARG(parameters[i]));
        c->parameters[i] = arena_str(c->arena, str_make((char *)plain.p, plain.n));
    }
}

void dispatch_body(struct call *c, struct slice body)
{
    json_error_t error;

    if (!body.n) {
        c->body = json_object();
        return;
    }
    c->body = json_loadb((const char *)body.p, body.n, JSON_REJECT_DUPLICATES, &error);
    if (!c->body)
        call_bad(c, "", "The body is not JSON: line %d, column %d: %s", error.line, error.column,
                 error.text);
    else if (!json_is_object(c->body))
        call_bad(c, "", "The body must be a JSON object.");
}

void dispatch(struct call *c, struct str method, struct str path, struct slice body)
{
    struct str parameters[ROUTE_PARAMETERS_MAX] = { 0 };
    bool path_known;
    const struct route *route = route_find(method, path, parameters, &path_known);

    if (!route && path_known)
        call_refuse(c, 405, "MethodNotAllowedException", "", "Method %.*s is not allowed here.",
                    STR_ARG(method));
    else if (!route)
        call_refuse(c, 404, "UnknownOperationException", "", "There is no operation at %.*s %.*s.",
                    STR_ARG(method), STR_ARG(path));
    else if (!route->handle)
        call_bad(c, "", "%s is not available yet in klamm.", route->name);
    if (!call_refused(c))
        unescape(c, parameters);
    if (!call_refused(c))
        dispatch_body(c, body);
    if (call_refused(c))
        return;
    if (c->dry && !str_is(method, "GET"))
        dry_run(c, route->name, route->handle);
    else
        route->handle(c);
}

#include "controlplane/rest/dry.h"

#include <strings.h>

#include "common/log.h"
#include "controlplane/fleet/foresee.h"

static bool is_signed(struct str names, const char *name)
{
    while (names.n) {
        const char *end = memchr(names.p, ';', names.n);
        size_t n = end ? (size_t)(end - names.p) : names.n;

        if (n == strlen(name) && strncasecmp(names.p, name, n) == 0)
            return true;
        names = end ? str_make(end + 1, names.n - n - 1) : str_make(names.p, 0);
    }
    return false;
}

void dry_read_header(struct call *c, const char *value, struct str signed_headers)
{
    if (!value)
        return;
    if (!is_signed(signed_headers, DRY_HEADER))
        call_refuse(c, 403, c->service == CALL_EC2 || c->service == CALL_STS ? "SignatureDoesNotMatch"
                                                                            : "InvalidSignatureException",
                    "", "The header " DRY_HEADER " must be signed: SignedHeaders must name it.");
    c->dry = strcmp(value, "true") == 0;
    if (!c->dry && strcmp(value, "false") != 0)
        call_bad(c, DRY_HEADER, DRY_HEADER ": '%.32s' must be true or false.", value);
}

static json_t *minutes(const struct foresight *f)
{
    return f->unknown ? json_null() : json_real((double)(int64_t)(f->seconds / 60 * 100 + 0.5) / 100);
}

static void tell_operation(json_t *plan, const struct operation *o)
{
    json_object_set_new(plan, "operationType", json_string(o->type));
    json_object_set(plan, "source", o->source);
    json_object_set(plan, "target", o->target);
}

static json_t *shape(struct call *c, const struct foresight *f)
{
    json_t *plan = json_pack("{s:b, s:s, s:O, s:O, s:o, s:o, s:s, s:O}", "dryRun", 1, "operation",
                             c->operation, "steps", f->steps, "brokersTouched", f->brokers,
                             "bytesMoved", f->unknown ? json_null() : json_integer(f->bytes),
                             "minutes", minutes(f), "risk", foresee_risk_name(f->risk), "risks", f->risks);

    if (f->operation)
        tell_operation(plan, f->operation);
    return plan;
}

static void answer(struct call *c, struct store *before)
{
    struct foresight f;

    json_decref(c->answer);
    foresee(before, c->store, c->config, c->now_ms, &f);
    c->answer = shape(c, &f);
    c->status = 200;
    foresight_done(&f);
}

/* The broker has said that it would do it. */
static void finish_try(struct call *c, const json_t *told)
{
    c->dry_finish(c, told);
    if (!call_refused(c))
        answer(c, c->store);
}

static void ask_for_a_try(struct call *c, struct store *real)
{
    c->dry_finish = c->finish;
    c->finish = finish_try;
    c->asked = store_cluster(real, str_of(c->asked->arn));
    if (c->ask.action == ASK_CREATE) {
        c->ask.action = ASK_TRY_CREATE;
    } else if (c->ask.action == ASK_UPDATE) {
        c->ask.action = ASK_TRY_UPDATE;
    } else {
        c->finish = NULL;
        call_bad(c, DRY_HEADER, "%s has no dry run: Kafka cannot try it.", c->operation);
    }
}

void dry_run(struct call *c, const char *operation, rest_fn handle)
{
    struct store *real = c->store;
    enum log_level level = log_level_now();

    c->operation = operation;
    c->store = c->fork = store_fork(real);
    log_level_set(LOG_ERROR); /* what a handler logs has not happened */
    handle(c);
    if (!call_refused(c) && c->finish)
        ask_for_a_try(c, real);
    else if (!call_refused(c))
        answer(c, real);
    log_level_set(level);
}

#include "api/cli/follow.h"

#include <poll.h>
#include <stdio.h>

#include "api/cli/bar.h"
#include "api/cli/print.h"
#include "common/clock.h"

enum { LOOK_MS = 200, TIMEOUT_S = 3600 };

/* "[2/5] REBOOT_BROKER_1" is the step under way; the bar is as full as what is behind it. */
static void say_step(const json_t *o, struct bar *bar)
{
    const json_t *steps = json_object_get(o, "operationSteps");
    size_t n = json_array_size(steps);

    for (size_t i = 0; i < n; i++) {
        const json_t *step = json_array_get(steps, i);

        if (strcmp(cli_text(step, "stepInfo.stepStatus"), "IN_PROGRESS") != 0)
            continue;
        bar_show(bar, i + 1, n, cli_text(step, "stepName"));
        return;
    }
}

static bool ends_in(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);

    return n >= m && strcmp(text + n - m, end) == 0;
}

/* The operation, the caller's; NULL with CLI_TIMEOUT while klammd is away. */
static int look(struct cli *c, const char *target, json_t **ret)
{
    struct rest_refusal refusal;
    json_t *answer = NULL;
    err_t e = rest_client_call(c->client, "GET", target, NULL, &answer, &refusal);

    *ret = NULL;
    if (e == ERR_UNREACHABLE || e == ERR_BUSY || e == ERR_TIMEOUT || e == ERR_CLOSED)
        return CLI_TIMEOUT;
    if (e)
        return cli_fail(cli_exit_of(e), "%s", refusal.why.text);
    *ret = json_incref(json_object_get(answer, "clusterOperationInfo"));
    json_decref(answer);
    return CLI_OK;
}

static const struct table_column end_fields[] = {
    { "operation", "operationType" }, { "state", "operationState" },
    { "began", "creationTime" },      { "ended", "endTime" },
    { "error", "errorInfo.errorString" }, { "arn", "operationArn" }, { NULL, NULL },
};

static int end(struct cli *c, json_t *o)
{
    bool failed = ends_in(cli_text(o, "operationState"), "_FAILED");

    if (c->json)
        cli_print_json(o);
    else
        print_fields(end_fields, o);
    if (!failed)
        return CLI_OK;
    return cli_fail(CLI_REFUSED, "the operation has failed: %s (%s)",
                    cli_text(o, "errorInfo.errorString"), cli_text(o, "errorInfo.errorCode"));
}

int follow_describe(struct cli *c, const char *operation_arn)
{
    static const struct table_column steps[] = { { "STEP", "stepName" },
                                                 { "STATUS", "stepInfo.stepStatus" },
                                                 { NULL, NULL } };
    OWNED_MEM char *target = rest_path("/v1/operations/%s", operation_arn);
    json_t *answer = NULL, *o;
    int code = cli_call(c, "GET", target, NULL, &answer);

    if (code)
        return code;
    o = json_object_get(answer, "clusterOperationInfo");
    if (c->json) {
        cli_print_json(o);
    } else {
        print_fields(end_fields, o);
        print_table(steps, json_object_get(o, "operationSteps"));
    }
    json_decref(answer);
    return CLI_OK;
}

static int follow_until(struct cli *c, const char *operation_arn, int64_t seconds, struct bar *bar)
{
    OWNED_MEM char *target = rest_path("/v1/operations/%s", operation_arn);
    int64_t deadline = clock_mono_ms() + seconds * 1000;
    json_t *o;

    for (;; poll(NULL, 0, LOOK_MS)) {
        int code = look(c, target, &o);

        if (code && code != CLI_TIMEOUT)
            return code;
        if (o && *cli_text(o, "endTime")) {
            bar_done(bar);
            code = end(c, o);
            json_decref(o);
            return code;
        }
        if (o)
            say_step(o, bar);
        json_decref(o);
        if (clock_mono_ms() >= deadline)
            return cli_fail(
                CLI_TIMEOUT,
                "the operation goes on after %lld s; `klamm operation wait %s` follows it",
                (long long)seconds, operation_arn);
    }
}

int follow(struct cli *c, const char *operation_arn)
{
    int64_t seconds = TIMEOUT_S;
    struct why reason;
    struct bar bar;
    int code;

    if (args_number(c->args, "timeout", 0, 1000000, &seconds, &reason))
        return cli_fail(CLI_USAGE, "%s", reason.text);
    bar_init(&bar);
    code = follow_until(c, operation_arn, seconds, &bar);
    bar_done(&bar);
    return code;
}

int follow_call(struct cli *c, const char *method, const char *target, json_t *body)
{
    json_t *answer = NULL;
    int code = body ? cli_call(c, method, target, body, &answer)
                    : cli_fail(CLI_USAGE, "the command line is not UTF-8");

    json_decref(body);
    if (code)
        return code;
    if (!args_get(c->args, "no-wait"))
        code = follow(c, cli_text(answer, "clusterOperationArn"));
    else if (c->json)
        cli_print_json(answer);
    else
        printf("%s\n", cli_text(answer, "clusterOperationArn"));
    json_decref(answer);
    return code;
}

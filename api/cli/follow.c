#include "api/cli/follow.h"

#include <poll.h>
#include <stdio.h>

#include "api/cli/print.h"
#include "common/clock.h"

enum { LOOK_MS = 200, TIMEOUT_S = 3600 };

/* "[2/5] REBOOT_BROKER_1", once for every step that is reached. */
static void say_step(const json_t *o, char **said)
{
    const json_t *steps = json_object_get(o, "operationSteps");
    size_t n = json_array_size(steps);

    for (size_t i = 0; i < n; i++) {
        const json_t *step = json_array_get(steps, i);
        const char *name = cli_text(step, "stepName");

        if (strcmp(cli_text(step, "stepInfo.stepStatus"), "IN_PROGRESS") != 0)
            continue;
        if (!*said || strcmp(*said, name) != 0)
            fprintf(stderr, "[%zu/%zu] %s\n", i + 1, n, name);
        mem_free(*said);
        *said = mem_strdup(name);
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

static int end(struct cli *c, json_t *o)
{
    static const struct table_column fields[] = {
        { "operation", "operationType" }, { "state", "operationState" },
        { "began", "creationTime" },      { "ended", "endTime" },
        { "arn", "operationArn" },        { NULL, NULL },
    };
    bool failed = ends_in(cli_text(o, "operationState"), "_FAILED");

    if (c->json)
        cli_print_json(o);
    else
        print_fields(fields, o);
    if (!failed)
        return CLI_OK;
    return cli_fail(CLI_REFUSED, "the operation has failed: %s (%s)",
                    cli_text(o, "errorInfo.errorString"), cli_text(o, "errorInfo.errorCode"));
}

int follow(struct cli *c, const char *operation_arn)
{
    OWNED_MEM char *target = rest_path("/v1/operations/%s", operation_arn);
    OWNED_MEM char *said = NULL;
    int64_t seconds = TIMEOUT_S, deadline;
    struct why reason;
    json_t *o;

    if (args_number(c->args, "timeout", 0, 1000000, &seconds, &reason))
        return cli_fail(CLI_USAGE, "%s", reason.text);
    for (deadline = clock_mono_ms() + seconds * 1000;; poll(NULL, 0, LOOK_MS)) {
        int code = look(c, target, &o);

        if (code && code != CLI_TIMEOUT)
            return code;
        if (o && *cli_text(o, "endTime")) {
            code = end(c, o);
            json_decref(o);
            return code;
        }
        if (o)
            say_step(o, &said);
        json_decref(o);
        if (clock_mono_ms() >= deadline)
            return cli_fail(
                CLI_TIMEOUT,
                "the operation goes on after %lld s; `klamm operation wait %s` follows it",
                (long long)seconds, operation_arn);
    }
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

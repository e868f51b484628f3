#include "api/cli/follow.h"

#include <poll.h>
#include <stdio.h>

#include "api/cli/print.h"
#include "common/clock.h"

enum { LOOK_MS = 100, TIMEOUT_S = 3600 };

static bool ends_in(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);

    return n >= m && strcmp(text + n - m, end) == 0;
}

/* One look, `ret` the caller's. CLI_TIMEOUT: klammd is away, which is no reason to give up. A bar ends before
 * anything is said. */
static int look(struct cli *c, const char *target, struct bar *bar, json_t **ret)
{
    struct rest_refusal refusal;
    err_t e = rest_client_call(c->client, "GET", target, NULL, ret, &refusal);

    if (!e)
        return CLI_OK;
    *ret = NULL;
    if (cli_is_away(e))
        return CLI_TIMEOUT;
    bar_done(bar);
    return e == ERR_NOT_FOUND ? CLI_NOT_FOUND : cli_fail(cli_exit_of(e), "%s", refusal.why.text);
}

/* The step under way and what is behind it: "[2/5] REBOOT_BROKER_1"; NULL: none is. */
static char *step_of(const json_t *o, size_t *ret_done, size_t *ret_all)
{
    const json_t *steps = json_object_get(o, "operationSteps");
    size_t n = json_array_size(steps);

    for (size_t i = 0; i < n; i++) {
        const json_t *step = json_array_get(steps, i);

        if (strcmp(cli_text(step, "stepInfo.stepStatus"), "IN_PROGRESS") != 0)
            continue;
        *ret_done = i;
        *ret_all = n;
        return mem_printf("[%zu/%zu] %s", i + 1, n, cli_text(step, "stepName"));
    }
    return NULL;
}

/* The step, and what the cluster waits for. */
static void say(const json_t *operation, const json_t *cluster, struct bar *bar)
{
    size_t done = 0, all = 0;
    OWNED_MEM char *step = step_of(operation, &done, &all), *line = NULL;
    const char *message = cli_text(cluster, "stateInfo.message");

    line = mem_printf("%s%s%s", step ? step : "", !*message ? "" : step ? ": " : "waiting: ", message);
    if (*line)
        bar_show(bar, done, all, line);
}

/* What `member` of the answer is, the caller's; NULL: the next look tells why. */
static json_t *get(struct cli *c, const char *target, const char *member)
{
    struct rest_refusal refusal;
    json_t *answer, *ret;

    if (rest_client_call(c->client, "GET", target, NULL, &answer, &refusal))
        return NULL;
    ret = json_incref(json_object_get(answer, member));
    json_decref(answer);
    return ret;
}

static void say_operation(struct cli *c, const json_t *o, struct bar *bar)
{
    OWNED_MEM char *target = rest_path("/api/v2/clusters/%s", cli_text(o, "clusterArn"));
    json_t *cluster = get(c, target, "clusterInfo");

    say(o, cluster, bar);
    json_decref(cluster);
}

void follow_say_cluster(struct cli *c, const json_t *cluster, struct bar *bar)
{
    const char *active = cli_text(cluster, "activeOperationArn");
    OWNED_MEM char *target = rest_path("/v1/operations/%s", active);
    json_t *o = *active ? get(c, target, "clusterOperationInfo") : NULL;

    say(o, cluster, bar);
    json_decref(o);
}

static const struct table_column end_fields[] = {
    { "operation", "operationType" }, { "state", "operationState" },
    { "began", "creationTime" },      { "ended", "endTime" },
    { "error", "errorInfo.errorString" }, { "arn", "operationArn" }, { NULL, NULL },
};

static bool failed(const json_t *o)
{
    return ends_in(cli_text(o, "operationState"), "_FAILED");
}

static int end(struct cli *c, json_t *o)
{
    if (c->json)
        cli_print_json(o);
    else
        print_fields(end_fields, o);
    if (!failed(o))
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

static int seconds_of(const struct cli *c, int64_t *ret)
{
    struct why reason;

    *ret = TIMEOUT_S;
    return args_number(c->args, "timeout", 0, 1000000, ret, &reason) ? cli_fail(CLI_USAGE, "%s", reason.text)
                                                                     : CLI_OK;
}

int follow_check(const struct cli *c)
{
    int64_t seconds;

    return seconds_of(c, &seconds);
}

static int gave_up(int64_t seconds, const char *command, const char *arn)
{
    return cli_fail(CLI_TIMEOUT, "the operation goes on after %lld s; `klamm %s %s` follows it",
                    (long long)seconds, command, arn);
}

/* Until the operation has ended: `ret` is the caller's. */
static int follow_until(struct cli *c, const char *operation_arn, int64_t deadline, struct bar *bar,
                        json_t **ret)
{
    OWNED_MEM char *target = rest_path("/v1/operations/%s", operation_arn);

    for (;; poll(NULL, 0, LOOK_MS)) {
        json_t *answer = NULL, *o;
        int code = look(c, target, bar, &answer);

        if (code == CLI_NOT_FOUND)
            return cli_fail(code, "there is no operation '%s'", operation_arn);
        o = json_incref(json_object_get(answer, "clusterOperationInfo"));
        json_decref(answer);
        if (*cli_text(o, "endTime")) {
            *ret = o;
            return CLI_OK;
        }
        if (o)
            say_operation(c, o, bar);
        json_decref(o);
        if (code && code != CLI_TIMEOUT)
            return code;
        if (clock_mono_ms() >= deadline)
            return CLI_TIMEOUT;
    }
}

/* CLI_OK with the ended operation, the caller's; else it has been said why not. */
static int follow_end(struct cli *c, const char *operation_arn, json_t **ret)
{
    int64_t seconds;
    struct bar bar;
    int code = seconds_of(c, &seconds);

    if (code)
        return code;
    bar_init(&bar);
    code = follow_until(c, operation_arn, clock_mono_ms() + seconds * 1000, &bar, ret);
    bar_done(&bar);
    return code == CLI_TIMEOUT ? gave_up(seconds, "operation wait", operation_arn) : code;
}

int follow(struct cli *c, const char *operation_arn)
{
    json_t *o;
    int code = follow_end(c, operation_arn, &o);

    if (code)
        return code;
    code = end(c, o);
    json_decref(o);
    return code;
}

/* Of the cluster's newest operation, the caller's. */
static int newest(struct cli *c, const char *cluster_arn, char **ret)
{
    OWNED_MEM char *target = rest_path("/v1/clusters/%s/operations?maxResults=1", cluster_arn);
    int64_t seconds, began = clock_mono_ms();
    struct bar bar = { .terminal = false }; /* there is nothing to show yet */
    json_t *answer;
    int code = seconds_of(c, &seconds);

    if (code)
        return code;
    while ((code = look(c, target, &bar, &answer)) == CLI_TIMEOUT && clock_mono_ms() < began + seconds * 1000)
        (void)poll(NULL, 0, LOOK_MS);
    if (code)
        return code == CLI_TIMEOUT ? gave_up(seconds, "wait", cluster_arn) : code;
    *ret = mem_strdup(cli_text(json_array_get(json_object_get(answer, "clusterOperationInfoList"), 0),
                               "operationArn"));
    json_decref(answer);
    return **ret ? CLI_OK : cli_fail(CLI_REFUSED, "the answer names no operation");
}

int follow_cluster(struct cli *c, const char *cluster_arn)
{
    OWNED_MEM char *operation = NULL;
    json_t *o;
    int code = newest(c, cluster_arn, &operation);

    if (!code)
        code = follow_end(c, operation, &o);
    if (code)
        return code;
    if (failed(o))
        code = end(c, o);
    json_decref(o);
    return code;
}

int follow_call(struct cli *c, const char *method, const char *target, json_t *body)
{
    json_t *answer = NULL;
    int code = body ? follow_check(c) : cli_fail(CLI_USAGE, "the command line is not UTF-8");

    if (!code)
        code = cli_call(c, method, target, body, &answer);
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

/* klamm wait */
#include <poll.h>
#include <stdio.h>

#include "api/cli/cli.h"
#include "common/clock.h"

enum { WAIT_POLL_MS = 50 };

static const struct cli_option wait_options[] = {
    { "for", "STATE", "active (default) or deleted" },
    { "timeout", "SECONDS", "default 600" },
    { NULL, NULL, NULL },
};

/* What it waits for, once per reason. */
static void say_reason(const json_t *answer, char **said)
{
    const char *message = cli_text(answer, "clusterInfo.stateInfo.message");

    if (!*message || (*said && strcmp(*said, message) == 0))
        return;
    mem_free(*said);
    *said = mem_strdup(message);
    cli_fail(CLI_OK, "waiting: %s", message);
}

/* One look. CLI_TIMEOUT means "not yet". */
static int look(struct cli *c, const char *arn, const char *state, char **said)
{
    OWNED_MEM char *target = rest_path("/api/v2/clusters/%s", arn);
    struct rest_refusal refusal;
    json_t *answer = NULL;
    err_t e = rest_client_call(c->client, "GET", target, NULL, &answer, &refusal);
    const char *seen;
    int code = CLI_TIMEOUT;

    if (e == ERR_NOT_FOUND && strcmp(state, "DELETED") == 0)
        return CLI_OK;
    /* klammd may be starting anew: that is no reason to give up before the deadline. */
    if (e == ERR_UNREACHABLE || e == ERR_BUSY || e == ERR_TIMEOUT)
        return CLI_TIMEOUT;
    if (e)
        return cli_fail(cli_exit_of(e), "%s", refusal.why.text);
    seen = cli_text(answer, "clusterInfo.state");
    if (strcmp(seen, state) == 0)
        code = CLI_OK;
    else if (strcmp(seen, "FAILED") == 0)
        code = cli_fail(CLI_REFUSED, "the cluster has FAILED: %s (%s)",
                        cli_text(answer, "clusterInfo.stateInfo.message"),
                        cli_text(answer, "clusterInfo.stateInfo.code"));
    else if (strcmp(seen, "DELETING") == 0 && strcmp(state, "ACTIVE") == 0)
        code = cli_fail(CLI_REFUSED, "the cluster is being deleted");
    else
        say_reason(answer, said);
    json_decref(answer);
    return code;
}

int cli_wait(struct cli *c, const char *arn, const char *state, int64_t timeout_ms)
{
    int64_t deadline = clock_mono_ms() + timeout_ms;
    OWNED_MEM char *said = NULL;
    int code;

    while ((code = look(c, arn, state, &said)) == CLI_TIMEOUT) {
        if (clock_mono_ms() >= deadline)
            return cli_fail(
                CLI_TIMEOUT,
                "%s is not %s after %lld s; `klamm cluster describe` says what it waits for", arn,
                state, (long long)(timeout_ms / 1000));
        poll(NULL, 0, WAIT_POLL_MS);
        if (c->stop && *c->stop)
            return CLI_TIMEOUT;
    }
    return code;
}

static int wait_for(struct cli *c)
{
    const char *wanted = args_get(c->args, "for");
    bool deleted = wanted && strcmp(wanted, "deleted") == 0;
    OWNED_MEM char *arn = NULL;
    int64_t seconds = 600;
    struct why reason;
    int code;

    if (wanted && !deleted && strcmp(wanted, "active") != 0)
        return cli_fail(CLI_USAGE, "--for: '%s' must be active or deleted", wanted);
    if (args_number(c->args, "timeout", 0, 86400, &seconds, &reason))
        return cli_fail(CLI_USAGE, "%s", reason.text);
    code = deleted ? cli_find_cluster(c, c->args->positional[0], &arn)
                   : cli_cluster_arn(c, c->args->positional[0], &arn);
    if (code == CLI_NOT_FOUND && deleted)
        return CLI_OK;
    return code ? code : cli_wait(c, arn, deleted ? "DELETED" : "ACTIVE", seconds * 1000);
}

const struct cli_command cli_wait_commands[] = {
    { "wait", "CLUSTER", "return when a cluster is active, or deleted", NULL, 1, 1, wait_options,
      false, wait_for },
    { NULL, NULL, NULL, NULL, 0, 0, NULL, false, NULL },
};

/* klamm wait */
#include <poll.h>
#include <stdio.h>

#include "api/cli/follow.h"
#include "common/clock.h"

enum { WAIT_POLL_MS = 50 };

static const struct cli_option wait_options[] = {
    { "for", "STATE", "active (default) or deleted" },
    { "timeout", "SECONDS", "default 600" },
    { NULL, NULL, NULL },
};

static int refuse(const json_t *cluster, struct bar *bar, const char *seen)
{
    bar_done(bar);
    if (strcmp(seen, "FAILED") == 0)
        return cli_fail(CLI_REFUSED, "the cluster has FAILED: %s (%s)",
                        cli_text(cluster, "stateInfo.message"), cli_text(cluster, "stateInfo.code"));
    return cli_fail(CLI_REFUSED, "the cluster is being deleted");
}

/* One look. CLI_TIMEOUT means "not yet". */
static int look(struct cli *c, const char *arn, const char *state, struct bar *bar)
{
    OWNED_MEM char *target = rest_path("/api/v2/clusters/%s", arn);
    struct rest_refusal refusal;
    json_t *answer = NULL;
    err_t e = rest_client_call(c->client, "GET", target, NULL, &answer, &refusal);
    const json_t *cluster;
    const char *seen;
    int code = CLI_TIMEOUT;

    if (e == ERR_NOT_FOUND && strcmp(state, "DELETED") == 0)
        return CLI_OK;
    if (cli_is_away(e))
        return CLI_TIMEOUT;
    if (e) {
        bar_done(bar);
        return cli_fail(cli_exit_of(e), "%s", refusal.why.text);
    }
    cluster = json_object_get(answer, "clusterInfo");
    seen = cli_text(cluster, "state");
    if (strcmp(seen, state) == 0)
        code = CLI_OK;
    else if (strcmp(seen, "FAILED") == 0 || (strcmp(seen, "DELETING") == 0 && strcmp(state, "ACTIVE") == 0))
        code = refuse(cluster, bar, seen);
    else
        follow_say_cluster(c, cluster, bar);
    json_decref(answer);
    return code;
}

static int wait_until(struct cli *c, const char *arn, const char *state, int64_t deadline, struct bar *bar)
{
    int code;

    while ((code = look(c, arn, state, bar)) == CLI_TIMEOUT) {
        if (clock_mono_ms() >= deadline || (c->stop && *c->stop))
            return CLI_TIMEOUT;
        (void)poll(NULL, 0, WAIT_POLL_MS);
    }
    return code;
}

int cli_wait(struct cli *c, const char *arn, const char *state, int64_t timeout_ms)
{
    struct bar bar;
    int code;

    bar_init(&bar);
    code = wait_until(c, arn, state, clock_mono_ms() + timeout_ms, &bar);
    bar_done(&bar);
    if (code != CLI_TIMEOUT || (c->stop && *c->stop))
        return code;
    return cli_fail(CLI_TIMEOUT,
                    "%s is not %s after %lld s; `klamm cluster describe` says what it waits for", arn,
                    state, (long long)(timeout_ms / 1000));
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

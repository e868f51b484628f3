/* klamm rebalance */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/cli/cli.h"
#include "common/clock.h"

enum { FOLLOW_MS = 100, AWAY_MS_MAX = 60000 };

static const struct cli_option rebalance_options[] = {
    { "drain", "ID", "this broker shall hold nothing; may stand several times" },
    { "rate-mib", "N", "copy at most so many MiB a second from and to each broker (default: by headroom)" },
    { "cancel", NULL, "take back what moves now" },
    { "status", NULL, "print the newest rebalance, begin none" },
    { "no-follow", NULL, "do not wait for its end" },
    { NULL, NULL, NULL },
};

static void print_ids(const json_t *ids)
{
    const json_t *id;
    size_t i;

    json_array_foreach ((json_t *)(uintptr_t)ids, i, id)
        printf("%s%lld", i ? "," : "", (long long)json_integer_value(id));
}

static void print_plan(const json_t *o)
{
    json_t *m;
    size_t i;

    json_array_foreach (json_object_get(o, "moves"), i, m) {
        printf("%s-%s: ", cli_text(m, "topic"), cli_text(m, "partition"));
        print_ids(json_object_get(m, "replicas"));
        printf(" -> ");
        print_ids(json_object_get(m, "wanted"));
        printf("  %s (%s bytes): %s\n", cli_text(m, "reason"), cli_text(m, "bytes"), cli_text(m, "text"));
    }
    json_array_foreach (json_object_get(o, "stuck"), i, m)
        printf("%s-%s stays on broker %s: %s\n", cli_text(m, "topic"), cli_text(m, "partition"),
               cli_text(m, "broker"), cli_text(m, "text"));
    json_array_foreach (json_object_get(o, "brokers"), i, m) {
        printf("broker %s (%s, zone %s): ", cli_text(m, "id"), cli_text(m, "state"), cli_text(m, "zone"));
        printf("%s -> %s replicas, ", cli_text(m, "before.replicas"), cli_text(m, "after.replicas"));
        printf("%s -> %s leaders, ", cli_text(m, "before.leaders"), cli_text(m, "after.leaders"));
        printf("%s -> %s bytes\n", cli_text(m, "before.bytes"), cli_text(m, "after.bytes"));
    }
    printf("%s moves, %s bytes to copy\n", cli_text(o, "movesTotal"), cli_text(o, "bytesTotal"));
}

/* The plan when it comes, then each word once. */
static void say(const json_t *o, char **said, bool *planned)
{
    OWNED_MEM char *line = mem_printf("%s: %s", cli_text(o, "state"), cli_text(o, "reason"));

    if (!*planned && json_object_get(o, "moves")) {
        *planned = true;
        print_plan(o);
    }
    if (!*said || strcmp(*said, line) != 0) {
        puts(line);
        mem_free(*said);
        *said = mem_strdup(line);
    }
    fflush(stdout);
}

static int finish(struct cli *c, const json_t *o)
{
    if (c->json)
        cli_print_json(o);
    return strcmp(cli_text(o, "state"), "failed") == 0
               ? cli_fail(CLI_REFUSED, "the rebalance has failed: %s", cli_text(o, "reason"))
               : CLI_OK;
}

/* klammd may start anew meanwhile: it is waited for. */
static int follow(struct cli *c, const char *target)
{
    OWNED_MEM char *said = NULL;
    bool planned = false;
    int64_t heard_ms = clock_mono_ms();

    for (;;) {
        struct rest_refusal refusal;
        json_t *o = NULL;
        err_t e = rest_client_call(c->client, "GET", target, NULL, &o, &refusal);
        int code = CLI_TIMEOUT;

        if (!e)
            heard_ms = clock_mono_ms();
        else if ((e != ERR_UNREACHABLE && e != ERR_BUSY && e != ERR_TIMEOUT) ||
                 clock_mono_ms() - heard_ms > AWAY_MS_MAX)
            return cli_fail(cli_exit_of(e), "%s", refusal.why.text);
        if (!e && !c->json)
            say(o, &said, &planned);
        if (!e && json_is_true(json_object_get(o, "over")))
            code = finish(c, o);
        json_decref(o);
        if (code != CLI_TIMEOUT)
            return code;
        (void)poll(NULL, 0, FOLLOW_MS);
    }
}

static int body_of(struct cli *c, bool dry, json_t **ret)
{
    json_t *drain = json_array();
    int64_t rate = 0;
    struct why reason;
    const char *id;

    for (unsigned i = 0; (id = args_nth(c->args, "drain", i)); i++) {
        char *end;
        long long n = strtoll(id, &end, 10);

        if (!*id || *end || n < 0) {
            json_decref(drain);
            return cli_fail(CLI_USAGE, "--drain: '%s' must be the id of a broker", id);
        }
        json_array_append_new(drain, json_integer(n));
    }
    if (args_number(c->args, "rate-mib", 1, 1 << 20, &rate, &reason)) {
        json_decref(drain);
        return cli_fail(CLI_USAGE, "%s", reason.text);
    }
    *ret = json_pack("{s:b, s:o}", "dryRun", dry, "drainBrokerIds", drain);
    if (rate)
        json_object_set_new(*ret, "rateMiB", json_integer(rate));
    return CLI_OK;
}

static int begin(struct cli *c, const char *target, bool dry)
{
    bool status = args_get(c->args, "status") != NULL, cancel = args_get(c->args, "cancel") != NULL;
    json_t *body = NULL, *answer = NULL;
    int code = status || cancel ? CLI_OK : body_of(c, dry, &body);

    if (code)
        return code;
    code = cli_call(c, status ? "GET" : cancel ? "DELETE" : "POST", target, body, &answer);
    json_decref(body);
    if (!code && c->json && args_get(c->args, "no-follow"))
        cli_print_json(answer);
    json_decref(answer);
    return code;
}

static int rebalance(struct cli *c)
{
    OWNED_MEM char *arn = NULL, *target = NULL;
    bool planned = false;
    int code = cli_cluster_arn(c, c->args->positional[0], &arn);

    if (code)
        return code;
    target = rest_path("/klamm/v1/clusters/%s/rebalance", arn);
    if (c->dry && !args_get(c->args, "cancel") && !args_get(c->args, "status")) {
        c->dry = false; /* an agent makes the plan, move by move */
        rest_client_dry(c->client, false);
        planned = true;
    }
    code = begin(c, target, planned);
    return code || args_get(c->args, "no-follow") ? code : follow(c, target);
}

const struct cli_command cli_rebalance_commands[] = {
    { "rebalance", "CLUSTER", "spread partitions evenly over brokers, or drain brokers",
      "An agent of the cluster plans and moves: zones first, then disk, traffic and leaders, with as\n"
      "few copies as can be, under throttles. The plan is printed move by move with its reasons, then\n"
      "its progress; with --dry-run the plan alone.\n"
      "Interrupting the command ends the following, not the rebalance: --cancel does.",
      1, 1, rebalance_options, false, rebalance },
    { NULL, NULL, NULL, NULL, 0, 0, NULL, false, NULL },
};

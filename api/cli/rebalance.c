/* klamm rebalance */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/cli/cli.h"
#include "common/bar.h"
#include "common/clock.h"

enum { FOLLOW_MS = 100, AWAY_MS_MAX = 60000 };

static const struct cli_option rebalance_options[] = {
    { "drain", "ID", "this broker shall hold nothing; may stand several times" },
    { "rate-mib", "N", "copy at most so many MiB a second from and to each broker (default: by headroom)" },
    { "cancel", NULL, "take back what moves now" },
    { "status", NULL, "print the newest rebalance, begin none" },
    { "no-wait", NULL, "return at once; --status tells how it goes" },
    { "no-follow", NULL, "the same as --no-wait" },
    { "timeout", "SECONDS", "how long to follow it (default: to its end)" },
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

/* The plan when it comes, then how far it is: "[3/10] moving: ...". */
static void say(const struct cli *c, const json_t *o, struct bar *bar, bool *planned)
{
    json_int_t done = json_integer_value(json_object_get(o, "movesDone")),
               all = json_integer_value(json_object_get(o, "movesTotal"));
    OWNED_MEM char *count = all > 0 ? mem_printf("[%lld/%lld] ", (long long)done, (long long)all) : NULL;
    OWNED_MEM char *line =
        mem_printf("%s%s: %s", count ? count : "", cli_text(o, "state"), cli_text(o, "reason"));

    if (!*planned && json_object_get(o, "moves")) {
        *planned = true;
        bar_done(bar);
        if (!c->json)
            print_plan(o);
        fflush(stdout);
    }
    if (!json_is_true(json_object_get(o, "over")))
        bar_show(bar, (size_t)done, (size_t)all, line);
}

static int finish(const struct cli *c, const json_t *o)
{
    if (c->json)
        cli_print_json(o);
    else
        printf("%s: %s\n", cli_text(o, "state"), cli_text(o, "reason"));
    return strcmp(cli_text(o, "state"), "failed") == 0
               ? cli_fail(CLI_REFUSED, "the rebalance has failed: %s", cli_text(o, "reason"))
               : CLI_OK;
}

/* Until it is over, `ret` being the caller's. klammd may start anew meanwhile: it is waited for. */
static int follow_until(struct cli *c, const char *target, int64_t deadline, struct bar *bar, json_t **ret)
{
    bool planned = false;
    int64_t heard_ms = clock_mono_ms();

    for (;; (void)poll(NULL, 0, FOLLOW_MS)) {
        struct rest_refusal refusal;
        json_t *o = NULL;
        err_t e = rest_client_call(c->client, "GET", target, NULL, &o, &refusal);

        if (!e)
            heard_ms = clock_mono_ms();
        else if (!cli_is_away(e) || clock_mono_ms() - heard_ms > AWAY_MS_MAX) {
            bar_done(bar);
            return cli_fail(cli_exit_of(e), "%s", refusal.why.text);
        }
        if (!e)
            say(c, o, bar, &planned);
        if (!e && json_is_true(json_object_get(o, "over"))) {
            *ret = o;
            return CLI_OK;
        }
        if (!e)
            json_decref(o);
        if (clock_mono_ms() >= deadline)
            return CLI_TIMEOUT;
    }
}

static int follow(struct cli *c, const char *target, int64_t seconds)
{
    int64_t deadline = seconds < 0 ? INT64_MAX : clock_mono_ms() + seconds * 1000;
    struct bar bar;
    json_t *o = NULL;
    int code;

    bar_init(&bar);
    code = follow_until(c, target, deadline, &bar, &o);
    bar_done(&bar);
    if (code == CLI_TIMEOUT)
        return cli_fail(code, "the rebalance goes on after %lld s; `klamm rebalance %s --status` follows it",
                        (long long)seconds, c->args->positional[0]);
    if (code)
        return code;
    code = finish(c, o);
    json_decref(o);
    return code;
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

static bool returns_at_once(const struct cli *c)
{
    return args_get(c->args, "no-wait") || args_get(c->args, "no-follow");
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
    if (!code && c->json && returns_at_once(c))
        cli_print_json(answer);
    json_decref(answer);
    return code;
}

static int rebalance(struct cli *c)
{
    OWNED_MEM char *arn = NULL, *target = NULL;
    bool planned = false;
    int64_t seconds = -1;
    struct why reason;
    int code;

    if (args_number(c->args, "timeout", 0, 1000000, &seconds, &reason))
        return cli_fail(CLI_USAGE, "%s", reason.text);
    code = cli_cluster_arn(c, c->args->positional[0], &arn);
    if (code)
        return code;
    target = rest_path("/klamm/v1/clusters/%s/rebalance", arn);
    if (c->dry && !args_get(c->args, "cancel") && !args_get(c->args, "status")) {
        c->dry = false; /* an agent makes the plan, move by move */
        rest_client_dry(c->client, false);
        planned = true;
    }
    code = begin(c, target, planned);
    return code || returns_at_once(c) ? code : follow(c, target, seconds);
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

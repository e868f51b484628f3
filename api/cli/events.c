/* klamm events */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/cli/cli.h"
#include "common/clock.h"

enum { FOLLOW_MS = 200 };

static const struct cli_option events_options[] = {
    { "follow", NULL, "-f, go on printing what happens, until interrupted" },
    { "last", "N", "the newest N of them (default: all that are kept)" },
    { NULL, NULL, NULL },
};

static void print_event(struct cli *c, const json_t *e)
{
    const char *advice = cli_text(e, "whatToDo");

    if (c->json) {
        cli_print_line(e);
        return;
    }
    printf("%s  %-18s  %s\n", cli_text(e, "time"), cli_text(e, "type"), cli_text(e, "message"));
    if (*advice)
        printf("%*s%s\n", 46, "", advice);
}

/* The newest `most` of them. `last` is the number of the newest there is. */
static void print_events(struct cli *c, const json_t *events, int64_t most, int64_t *last)
{
    size_t n = json_array_size(events);

    for (size_t i = 0; i < n; i++) {
        const json_t *e = json_array_get(events, i);

        if ((int64_t)(n - i) <= most)
            print_event(c, e);
        *last = json_integer_value(json_object_get(e, "number"));
    }
    fflush(stdout);
}

static int print_all(struct cli *c, const char *path, int64_t most, int64_t *last)
{
    json_t *events;
    int code = cli_call_pages(c, path, "events", &events);

    if (code)
        return code;
    print_events(c, events, most, last);
    json_decref(events);
    return CLI_OK;
}

/* Page by page what is newer. klammd may start anew meanwhile: it is waited for. */
static int go_on(struct cli *c, const char *path, int64_t *last)
{
    for (;;) {
        OWNED_MEM char *target = mem_printf("%s?after=%lld", path, (long long)*last);
        struct rest_refusal refusal;
        json_t *answer = NULL;
        err_t e = rest_client_call(c->client, "GET", target, NULL, &answer, &refusal);

        if (e && !cli_is_away(e))
            return cli_fail(cli_exit_of(e), "%s", refusal.why.text);
        if (!e)
            print_events(c, json_object_get(answer, "events"), INT64_MAX, last);
        if (e || !json_object_get(answer, "nextToken"))
            (void)poll(NULL, 0, FOLLOW_MS);
        if (!e)
            json_decref(answer);
    }
}

static int events(struct cli *c)
{
    const char *name = c->args->positional[0];
    OWNED_MEM char *arn = NULL, *path = NULL;
    int64_t most = INT64_MAX, last = 0;
    struct why reason;
    int code;

    if (args_number(c->args, "last", 0, 1000000, &most, &reason))
        return cli_fail(CLI_USAGE, "%s", reason.text);
    code = strncmp(name, "arn:", 4) == 0 ? CLI_OK : cli_cluster_arn(c, name, &arn);
    if (code)
        return code;
    path = rest_path("/klamm/v1/clusters/%s/events", arn ? arn : name);
    code = print_all(c, path, most, &last);
    if (code || !args_get(c->args, "follow"))
        return code;
    return go_on(c, path, &last);
}

const struct cli_command cli_event_commands[] = {
    { "events", "CLUSTER", "show what has happened to a cluster, oldest first",
      "The newest 1,000 events are kept. An ARN also finds a cluster that was deleted in the last days.\n"
      "With -o json one object a line, with -o yaml one item a line.",
      1, 1, events_options, false, events },
    { NULL, NULL, NULL, NULL, 0, 0, NULL, false, NULL },
};

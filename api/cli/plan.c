/* What a change would do, for people. */
#include <stdio.h>

#include "api/cli/cli.h"
#include "api/cli/print.h"

/* One word for the process of a step: "broker 1". */
static void name_processes(json_t *steps)
{
    json_t *step;
    size_t i;

    json_array_foreach (steps, i, step) {
        OWNED_MEM char *name =
            mem_printf("%s %s", cli_text(step, "process"), cli_text(step, "id"));

        json_object_set_new(step, "name", json_string(json_object_get(step, "id") ? name : "-"));
        json_object_set_new(step, "number", json_integer((json_int_t)i + 1));
    }
}

static void print_steps(json_t *steps)
{
    static const struct table_column columns[] = {
        { "#", "number" }, { "ACTION", "action" }, { "PROCESS", "name" },
        { "NODE", "node" }, { "ZONE", "zone" },     { "CLUSTER", "clusterName" },
        { NULL, NULL },
    };

    if (!json_array_size(steps)) {
        printf("no process is touched\n");
        return;
    }
    name_processes(steps);
    print_table(columns, steps);
}

int cli_planned(struct cli *c, json_t *plan)
{
    static const struct table_column fields[] = {
        { "call", "operation" },     { "operation", "operationType" }, { "risk", "risk" },
        { "bytes moved", "bytesMoved" }, { "minutes", "minutes" },     { NULL, NULL },
    };
    json_t *risk;
    size_t i;

    if (c->json) {
        cli_print_json(plan);
    } else {
        print_fields(fields, plan);
        json_array_foreach (json_object_get(plan, "risks"), i, risk)
            printf("- %s\n", json_string_value(risk));
        print_steps(json_object_get(plan, "steps"));
        printf("nothing was done: this is a plan\n");
    }
    json_decref(plan);
    return CLI_PLANNED;
}

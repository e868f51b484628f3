/* klamm node list, remove */
#include <stdio.h>

#include "api/cli/cli.h"
#include "api/cli/print.h"

static const struct cli_option remove_options[] = {
    { "data-is-lost", NULL, "what lies on its disks is given up: brokers begin anew elsewhere and catch up" },
    { NULL, NULL, NULL },
};

/* "broker 1 of dev, controller 10001 of dev" in a member of its own. */
static void add_text(json_t *node)
{
    OWNED_BUF text = { 0 };
    json_t *p;
    size_t i;

    json_array_foreach (json_object_get(node, "processes"), i, p)
        buf_printf(&text, "%s%s %s of %s", i ? ", " : "", cli_text(p, "kind"), cli_text(p, "id"),
                   cli_text(p, "clusterName"));
    json_object_set_new(node, "text", json_string(buf_text(&text)));
}

/* "2 of 8" in a member of its own. */
static void add_use(json_t *node, const char *resource)
{
    OWNED_MEM char *taken = mem_printf("taken.%s", resource);
    OWNED_MEM char *has = mem_printf("capacity.%s", resource);
    const json_t *of = cli_at(node, has), *in = cli_at(node, taken);
    OWNED_MEM char *text =
        of && in ? mem_printf("%.6g of %.6g", json_number_value(in), json_number_value(of)) : mem_strdup("-");

    json_object_set_new(node, resource, json_string(text));
}

static int list(struct cli *c)
{
    static const struct table_column columns[] = {
        { "NODE", "name" },           { "ZONE", "zone" },
        { "STATE", "state" },         { "VCPUS", "vcpus" },
        { "MEMORY GIB", "memoryGiB" }, { "STORAGE GIB", "storageGiB" },
        { "PLACED ON IT", "text" },   { NULL, NULL },
    };
    json_t *nodes, *node;
    size_t i;
    int code = cli_call_pages(c, "/klamm/v1/nodes", "nodes", &nodes);

    if (code)
        return code;
    if (c->json) {
        cli_print_json(nodes);
    } else {
        json_array_foreach (nodes, i, node) {
            add_text(node);
            add_use(node, "vcpus");
            add_use(node, "memoryGiB");
            add_use(node, "storageGiB");
        }
        print_table(columns, nodes);
    }
    json_decref(nodes);
    return CLI_OK;
}

static int remove_node(struct cli *c)
{
    bool lost = args_get(c->args, "data-is-lost") != NULL;
    OWNED_MEM char *target = rest_path(lost ? "/klamm/v1/nodes/%s?dataIsLost=true" : "/klamm/v1/nodes/%s",
                                       c->args->positional[0]);
    json_t *answer = NULL;
    int code = cli_call(c, "DELETE", target, NULL, &answer);

    if (!code && c->json)
        cli_print_json(answer);
    else if (!code)
        printf("node %s is removed; what was placed on it is placed anew (`klamm cluster list`)\n",
               c->args->positional[0]);
    json_decref(answer);
    return code;
}

const struct cli_command cli_node_commands[] = {
    { "node list", "", "nodes with an agent: what they have, what is placed on them", NULL, 0, 0, NULL, false,
      list },
    { "node remove", "NODE", "give up a node that is lost for good",
      "Its brokers are placed on other nodes of their zone, with their ids and addresses, and\n"
      "catch up. Its agent is refused from then on, and stops what it runs, should it return; the\n"
      "data on its disks is left alone. Refused while the agent is connected and something is\n"
      "placed on the node, and when the node holds the only controller of a cluster.",
      1, 1, remove_options, false, remove_node },
    { NULL, NULL, NULL, NULL, 0, 0, NULL, false, NULL },
};

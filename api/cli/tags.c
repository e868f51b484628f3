/* klamm tags list, set, remove */
#include <stdio.h>

#include "api/cli/cli.h"

static int list(struct cli *c)
{
    OWNED_MEM char *arn = NULL;
    OWNED_MEM char *target = NULL;
    json_t *answer, *value;
    const char *key;
    int code = cli_cluster_arn(c, c->args->positional[0], &arn);

    if (code)
        return code;
    target = rest_path("/v1/tags/%s", arn);
    code = cli_call(c, "GET", target, NULL, &answer);
    if (code)
        return code;
    if (c->json) {
        cli_print_json(json_object_get(answer, "tags"));
    } else {
        json_object_foreach (json_object_get(answer, "tags"), key, value)
            printf("%s=%s\n", key, json_string_value(value));
    }
    json_decref(answer);
    return CLI_OK;
}

static int set(struct cli *c)
{
    OWNED_MEM char *arn = NULL;
    OWNED_MEM char *target = NULL;
    json_t *tags = json_object(), *body;
    int code = CLI_OK;

    for (unsigned i = 1; i < c->args->positional_n && !code; i++) {
        const char *tag = c->args->positional[i], *equals = strchr(tag, '=');

        if (!equals || equals == tag)
            code = cli_fail(CLI_USAGE, "'%s' must be KEY=VALUE", tag);
        else
            json_object_setn_new(tags, tag, (size_t)(equals - tag), json_string(equals + 1));
    }
    body = json_pack("{s:o}", "tags", tags);
    if (!code)
        code = cli_cluster_arn(c, c->args->positional[0], &arn);
    if (!code) {
        target = rest_path("/v1/tags/%s", arn);
        code = cli_call(c, "POST", target, body, NULL);
    }
    json_decref(body);
    return code;
}

static int delete (struct cli *c)
{
    OWNED_MEM char *arn = NULL;
    OWNED_MEM char *target = NULL;
    int code = cli_cluster_arn(c, c->args->positional[0], &arn);

    if (code)
        return code;
    target = rest_path("/v1/tags/%s", arn);
    for (unsigned i = 1; i < c->args->positional_n; i++) {
        OWNED_MEM char *key = rest_path("tagKeys=%s", c->args->positional[i]);
        char *longer = mem_printf("%s%c%s", target, i == 1 ? '?' : '&', key);

        mem_free(target);
        target = longer;
    }
    return cli_call(c, "DELETE", target, NULL, NULL);
}

const struct cli_command cli_tag_commands[] = {
    { "tags list", "CLUSTER", "show a cluster's tags", NULL, 1, 1, NULL, false, list },
    { "tags set", "CLUSTER KEY=VALUE...", "add or replace tags", NULL, 2, ARGS_MAX, NULL, false,
      set },
    { "tags remove", "CLUSTER KEY...", "remove tags", NULL, 2, ARGS_MAX, NULL, false, delete },
    { NULL, NULL, NULL, NULL, 0, 0, NULL, false, NULL },
};

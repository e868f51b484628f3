/* klamm config create, update, list, describe, revisions, delete */
#include "api/cli/configurations.h"

#include <stdio.h>

#include "api/cli/print.h"
#include "api/rest/configuration.h"
#include "common/fs.h"

static const struct cli_option create_options[] = {
    { "file", "PATH", "the text of server.properties" },
    { "description", "TEXT", "what it is for" },
    { NULL, NULL, NULL },
};

static const struct cli_option describe_options[] = {
    { "revision", "N", "default: the newest" },
    { NULL, NULL, NULL },
};

int configurations_find(struct cli *c, const char *name_or_arn, char **ret_arn,
                        int64_t *ret_revision)
{
    json_t *all, *k;
    size_t i;
    int code = cli_call_pages(c, "/v1/configurations", "configurations", &all);

    if (code)
        return code;
    *ret_arn = NULL;
    json_array_foreach(all, i, k)
    {
        if (strcmp(cli_text(k, "name"), name_or_arn) != 0 &&
            strcmp(cli_text(k, "arn"), name_or_arn) != 0)
            continue;
        *ret_arn = mem_strdup(cli_text(k, "arn"));
        if (ret_revision)
            *ret_revision = json_integer_value(cli_at(k, "latestRevision.revision"));
        break;
    }
    json_decref(all);
    return *ret_arn ? CLI_OK
                    : cli_fail(CLI_NOT_FOUND,
                               "no configuration is named '%s'; `klamm config list` shows"
                               " all",
                               name_or_arn);
}

/* The request's common part, out of --file and --description; the caller's. */
static int request(struct cli *c, json_t **ret)
{
    const char *path = args_get(c->args, "file"), *description = args_get(c->args, "description");
    OWNED_MEM char *base64 = NULL;
    OWNED_BUF text = { 0 };
    err_t e;

    if (!path)
        return cli_fail(CLI_USAGE, "--file is missing: the text of server.properties");
    e = fs_read_all(fs_posix(), path, CONFIGURATION_BYTES_MAX, &text);
    if (e)
        return cli_fail(CLI_USAGE, "--file: %s: %s", path, err_text(e));
    base64 = configuration_base64(buf_text(&text));
    *ret = json_pack("{s:s, s:s*}", "serverProperties", base64, "description", description);
    return *ret ? CLI_OK : cli_fail(CLI_USAGE, "the command line is not UTF-8");
}

static int show(struct cli *c, json_t *answer)
{
    static const struct table_column fields[] = {
        { "name", "name" },
        { "arn", "arn" },
        { "revision", "latestRevision.revision" },
        { "created", "creationTime" },
        { "description", "description" },
        { "state", "state" },
        { NULL, NULL },
    };

    if (c->json)
        cli_print_json(answer);
    else
        print_fields(fields, answer);
    json_decref(answer);
    return CLI_OK;
}

static int create(struct cli *c)
{
    json_t *body, *answer = NULL;
    int code = request(c, &body);

    if (code)
        return code;
    json_object_set_new(body, "name", json_string(c->args->positional[0]));
    code = cli_call(c, "POST", "/v1/configurations", body, &answer);
    json_decref(body);
    return code ? code : show(c, answer);
}

static int update(struct cli *c)
{
    OWNED_MEM char *arn = NULL;
    OWNED_MEM char *target = NULL;
    json_t *body = NULL, *answer = NULL;
    int code = configurations_find(c, c->args->positional[0], &arn, NULL);

    if (!code)
        code = request(c, &body);
    if (code)
        return code;
    target = rest_path("/v1/configurations/%s", arn);
    code = cli_call(c, "PUT", target, body, &answer);
    json_decref(body);
    return code ? code : show(c, answer);
}

static int list(struct cli *c)
{
    static const struct table_column columns[] = {
        { "NAME", "name" },
        { "REVISION", "latestRevision.revision" },
        { "STATE", "state" },
        { "CREATED", "creationTime" },
        { "DESCRIPTION", "description" },
        { NULL, NULL },
    };

    return cli_list(c, "/v1/configurations", "configurations", columns);
}

static int revisions(struct cli *c)
{
    static const struct table_column columns[] = {
        { "REVISION", "revision" },
        { "CREATED", "creationTime" },
        { "DESCRIPTION", "description" },
        { NULL, NULL },
    };
    OWNED_MEM char *arn = NULL;
    OWNED_MEM char *target = NULL;
    int code = configurations_find(c, c->args->positional[0], &arn, NULL);

    if (code)
        return code;
    target = rest_path("/v1/configurations/%s/revisions", arn);
    return cli_list(c, target, "revisions", columns);
}

static int describe(struct cli *c)
{
    OWNED_MEM char *arn = NULL, *text = NULL;
    OWNED_MEM char *target = NULL;
    struct refusal refusal;
    int64_t revision = 0;
    struct why reason;
    json_t *answer = NULL;
    int code;

    if (args_number(c->args, "revision", 1, 1000000, &revision, &reason))
        return cli_fail(CLI_USAGE, "%s", reason.text);
    code = configurations_find(c, c->args->positional[0], &arn, revision ? NULL : &revision);
    if (code)
        return code;
    target = rest_path("/v1/configurations/%s/revisions", arn);
    mem_free(text);
    text = mem_printf("%s/%lld", target, (long long)revision);
    code = cli_call(c, "GET", text, NULL, &answer);
    if (code)
        return code;
    mem_free(text);
    text = NULL;
    if (c->json) {
        cli_print_json(answer);
    } else {
        text = configuration_text(cli_text(answer, "serverProperties"), &refusal);
        printf("%s", text ? text : "");
    }
    json_decref(answer);
    return CLI_OK;
}

static int delete(struct cli *c)
{
    OWNED_MEM char *arn = NULL;
    OWNED_MEM char *target = NULL;
    int code = configurations_find(c, c->args->positional[0], &arn, NULL);

    if (code)
        return code;
    target = rest_path("/v1/configurations/%s", arn);
    return cli_call(c, "DELETE", target, NULL, NULL);
}

const struct cli_command cli_configuration_commands[] = {
    { "config create", "NAME", "store a server.properties as revision 1", NULL, 1, 1,
      create_options, false, create },
    { "config update", "CONFIGURATION", "add a revision",
      "Clusters stay with the revision that they have:"
      " `klamm cluster configure` applies another.",
      1, 1, create_options, false, update },
    { "config list", "", "list configurations", NULL, 0, 0, NULL, false, list },
    { "config describe", "CONFIGURATION", "print a revision's properties", NULL, 1, 1,
      describe_options, false, describe },
    { "config revisions", "CONFIGURATION", "list a configuration's revisions", NULL, 1, 1, NULL,
      false, revisions },
    { "config delete", "CONFIGURATION", "delete a configuration that no cluster uses", NULL, 1, 1,
      NULL, false, delete },
    { NULL, NULL, NULL, NULL, 0, 0, NULL, false, NULL },
};

#include "api/cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/cli/print.h"

const struct cli_option cli_common_options[] = {
    { "endpoint", "URL",
      "klammd's address (KLAMM_ENDPOINT, AWS_ENDPOINT_URL_KAFKA, AWS_ENDPOINT_URL)" },
    { "region", "NAME", "region to sign for (AWS_REGION, AWS_DEFAULT_REGION; us-east-1)" },
    { "credentials", "FILE",
      "credentials file in AWS's format (KLAMM_CREDENTIALS_FILE, then AWS's own rules)" },
    { "profile", "NAME", "section of the credentials file (AWS_PROFILE; default)" },
    { "ca-file", "FILE", "CA bundle for https (AWS_CA_BUNDLE)" },
    { "output", "FORM", "-o table, -o json or -o yaml" },
    { "dry-run", NULL, "print what a change would do, and do nothing" },
    { "help", NULL, "-h, this text" },
    { NULL, NULL, NULL },
};

int cli_fail(int code, const char *format, ...)
{
    va_list ap;

    fputs("klamm: ", stderr);
    va_start(ap, format);
    vfprintf(stderr, format, ap);
    va_end(ap);
    fputc('\n', stderr);
    return code;
}

bool cli_is_away(err_t e)
{
    return e == ERR_UNREACHABLE || e == ERR_BUSY || e == ERR_TIMEOUT;
}

int cli_exit_of(err_t e)
{
    switch (e) {
    case ERR_OK:
        return CLI_OK;
    case ERR_UNREACHABLE:
    case ERR_CLOSED:
    case ERR_TIMEOUT:
        return CLI_UNREACHABLE;
    case ERR_NOT_FOUND:
        return CLI_NOT_FOUND;
    case ERR_NOMEM:
    case ERR_IO:
    case ERR_NO_SPACE:
    case ERR_CORRUPT:
    case ERR_MALFORMED:
    case ERR_TOO_LARGE:
    case ERR_INVALID:
    case ERR_UNSUPPORTED:
    case ERR_EXISTS:
    case ERR_CONFLICT:
    case ERR_UNAUTHENTICATED:
    case ERR_FORBIDDEN:
    case ERR_OUT_OF_RANGE:
    case ERR_NOT_LEADER:
    case ERR_STALE:
    case ERR_BUSY:
    case ERR_AGAIN:
        return CLI_REFUSED;
    }
    return CLI_REFUSED;
}

/* The option, else the first of the environment's names that is set, else `otherwise`. */
static const char *setting(const struct cli *c, const char *option, const char *const *names,
                           const char *otherwise)
{
    const char *value = args_get(c->args, option);

    for (; !value && *names; names++) {
        value = getenv(*names);
        if (value && !*value)
            value = NULL;
    }
    return value ? value : otherwise;
}

int cli_connect(struct cli *c)
{
    static const char *const endpoints[] = { "KLAMM_ENDPOINT", "AWS_ENDPOINT_URL_KAFKA",
                                             "AWS_ENDPOINT_URL", NULL };
    static const char *const regions[] = { "AWS_REGION", "AWS_DEFAULT_REGION", NULL };
    static const char *const ca_files[] = { "AWS_CA_BUNDLE", NULL };
    OWNED(credentials) credentials = NULL;
    struct rest_client_config config = {
        .endpoint = setting(c, "endpoint", endpoints, NULL),
        .region = setting(c, "region", regions, "us-east-1"),
        .ca_file = setting(c, "ca-file", ca_files, NULL),
    };
    struct why reason;

    if (!config.endpoint)
        return cli_fail(CLI_USAGE, "no endpoint: give --endpoint URL or set KLAMM_ENDPOINT "
                                   "(after `make run`: . var/dev/env)");
    if (credentials_find(args_get(c->args, "credentials"), args_get(c->args, "profile"),
                         &credentials, &reason))
        return cli_fail(CLI_USAGE, "%s", reason.text);
    config.credentials = credentials;
    if (rest_client_new(&config, &c->client, &reason))
        return cli_fail(CLI_USAGE, "%s", reason.text);
    rest_client_dry(c->client, c->dry);
    return CLI_OK;
}

int cli_call(struct cli *c, const char *method, const char *target, const json_t *body,
             json_t **ret)
{
    struct rest_refusal refusal;
    bool dry = c->dry && strcmp(method, "GET") != 0;
    json_t *plan = NULL;
    err_t e = rest_client_call(c->client, method, target, body, dry ? &plan : ret, &refusal);

    if (!e && dry)
        return cli_planned(c, plan);
    if (!e)
        return CLI_OK;
    if (!refusal.status)
        return cli_fail(cli_exit_of(e), "%s", refusal.why.text);
    return cli_fail(cli_exit_of(e), "%s (%s, HTTP %ld)", refusal.why.text,
                    *refusal.type ? refusal.type : "no error type", refusal.status);
}

int cli_call_pages(struct cli *c, const char *target, const char *member, json_t **ret)
{
    json_t *all = json_array(), *page = NULL;
    OWNED_MEM char *next = mem_strdup(target);
    int code = CLI_OK;

    while (next && (code = cli_call(c, "GET", next, NULL, &page)) == CLI_OK) {
        const char *token = json_string_value(json_object_get(page, "nextToken"));
        OWNED_MEM char *query =
            mem_printf("%s%cnextToken=%%s", target, strchr(target, '?') ? '&' : '?');

        json_array_extend(all, json_object_get(page, member));
        mem_free(next);
        next = token ? rest_path(query, token) : NULL;
        json_decref(page);
    }
    if (code)
        json_decref(all);
    else
        *ret = all;
    return code;
}

int cli_list(struct cli *c, const char *target, const char *member, const struct table_column *columns)
{
    json_t *rows;
    int code = cli_call_pages(c, target, member, &rows);

    if (code)
        return code;
    if (c->json)
        cli_print_json(rows);
    else
        print_table(columns, rows);
    json_decref(rows);
    return CLI_OK;
}

int cli_find_cluster(struct cli *c, const char *name_or_arn, char **ret)
{
    OWNED_MEM char *target = rest_path("/api/v2/clusters?clusterNameFilter=%s", name_or_arn);
    json_t *list = NULL, *info;
    size_t i;
    int code;

    if (strncmp(name_or_arn, "arn:", 4) == 0) {
        *ret = mem_strdup(name_or_arn);
        return CLI_OK;
    }
    code = cli_call_pages(c, target, "clusterInfoList", &list);
    if (code)
        return code;
    *ret = NULL;
    /* The filter is a prefix. */
    json_array_foreach (list, i, info)
        if (!*ret && strcmp(cli_text(info, "clusterName"), name_or_arn) == 0)
            *ret = mem_strdup(cli_text(info, "clusterArn"));
    json_decref(list);
    return *ret ? CLI_OK : CLI_NOT_FOUND;
}

int cli_cluster_arn(struct cli *c, const char *name_or_arn, char **ret)
{
    int code = cli_find_cluster(c, name_or_arn, ret);

    if (code == CLI_NOT_FOUND)
        cli_fail(code, "no cluster is named '%s'; `klamm cluster list` shows all", name_or_arn);
    return code;
}

int cli_describe(struct cli *c, const char *arn, json_t **ret)
{
    OWNED_MEM char *target = rest_path("/api/v2/clusters/%s", arn);
    json_t *answer;
    int code = cli_call(c, "GET", target, NULL, &answer);

    if (code)
        return code;
    *ret = json_incref(json_object_get(answer, "clusterInfo"));
    json_decref(answer);
    return *ret ? CLI_OK : cli_fail(CLI_REFUSED, "the answer holds no clusterInfo");
}

int cli_cluster_version(struct cli *c, char **ret_arn, char **ret_version)
{
    json_t *info;
    int code = cli_cluster_arn(c, c->args->positional[0], ret_arn);

    if (!code)
        code = cli_describe(c, *ret_arn, &info);
    if (code)
        return code;
    *ret_version = mem_strdup(cli_text(info, "currentVersion"));
    json_decref(info);
    return CLI_OK;
}

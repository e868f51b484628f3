/* cli - what every `klamm` command shares: its line, its connection, how it ends.
 *
 * A command prints its result on standard output and one sentence per failure on standard
 * error, and returns an exit code that scripts can rely on. */
#ifndef KLAMM_API_CLI_CLI_H
#define KLAMM_API_CLI_CLI_H

#include <signal.h>

#include "api/cli/args.h"
#include "api/rest/client.h"

enum cli_exit {
    CLI_OK = 0,
    CLI_REFUSED = 1,     /* the service said no, or what was waited for has failed */
    CLI_USAGE = 2,       /* the command line is wrong, or a file or credential it needs is missing */
    CLI_UNREACHABLE = 3, /* no answer from the endpoint */
    CLI_TIMEOUT = 4,     /* waited as long as was said */
    CLI_NOT_FOUND = 5,   /* no such cluster or operation */
    CLI_PLANNED = -1,    /* never the program's: the plan was asked for and has been printed (CLI_OK) */
};

struct cli {
    const struct args *args;
    bool json; /* what the API has answered, by cli_print_json, in place of a table: -o json and -o yaml */
    bool dry; /* cli_call prints the plan of the first change, and returns CLI_PLANNED in its place */
    struct rest_client *client; /* of cli_connect */
    const volatile sig_atomic_t *stop; /* not NULL: cli_wait gives up when it is set */
};

struct cli_command {
    const char *words;     /* "cluster create"; NULL ends a table */
    const char *arguments; /* "NAME" */
    const char *summary;   /* one line */
    const char *help;      /* more, or NULL */
    unsigned least, most;  /* positional arguments */
    const struct cli_option *options; /* beside the common ones; NULL: none */
    bool local;            /* needs no endpoint and no credentials */
    int (*run)(struct cli *c);
};

extern const struct cli_command cli_cluster_commands[];
extern const struct cli_command cli_info_commands[];
extern const struct cli_command cli_wait_commands[];
extern const struct cli_command cli_tag_commands[];
extern const struct cli_command cli_node_commands[];
extern const struct cli_command cli_update_commands[];
extern const struct cli_command cli_storage_commands[];
extern const struct cli_command cli_event_commands[];
extern const struct cli_command cli_shell_commands[];
extern const struct cli_command cli_topic_commands[];
extern const struct cli_command cli_settings_commands[];
extern const struct cli_command cli_configuration_commands[];
extern const struct cli_command cli_rebalance_commands[];
extern const struct cli_command cli_dev_commands[];
extern const struct cli_command cli_failover_commands[];

/* --endpoint and kin; every command but local ones takes them. */
extern const struct cli_option cli_common_options[];

/* Fills c->client from options and environment. CLI_OK or CLI_USAGE with the sentence said. */
int cli_connect(struct cli *c);

/* One call. CLI_OK with `*ret` (may be NULL) the caller's, else the sentence has been said. */
int cli_call(struct cli *c, const char *method, const char *target, const json_t *body, json_t **ret);
/* Prints a plan, which is taken over: CLI_PLANNED. */
int cli_planned(struct cli *c, json_t *plan);
/* All pages of a list: the members of `member` in one array of the caller. */
int cli_call_pages(struct cli *c, const char *target, const char *member, json_t **ret);
struct table_column;
/* cli_call_pages, printed: a table of `columns` (print.h), or what the members are with -o json. */
int cli_list(struct cli *c, const char *target, const char *member, const struct table_column *columns);

/* The ARN of `name_or_arn`, the caller frees; CLI_NOT_FOUND has been said. */
int cli_cluster_arn(struct cli *c, const char *name_or_arn, char **ret);
/* Of the cluster that the first argument names: its ARN and its currentVersion, both the caller's. */
int cli_cluster_version(struct cli *c, char **ret_arn, char **ret_version);
/* The update of a cluster at `path` (with %s for its ARN), whose `member` is the command's second word,
 * followed to its end. Returns an exit code. */
int cli_update_text(struct cli *c, const char *path, const char *member);
/* DescribeClusterV2's clusterInfo, the caller's. */
int cli_describe(struct cli *c, const char *arn, json_t **ret);

/* Says "klamm: ..." on standard error and returns `code`. */
int cli_fail(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The exit code for a failed call. */
int cli_exit_of(err_t e);
/* Whether the call failed because klammd is not there now: it may be starting anew, so who follows something
 * asks again. */
bool cli_is_away(err_t e);

/* The text at a dotted path such as "provisioned.brokerNodeGroupInfo.instanceType", "" when there is
 * none; numbers are printed into a static ring of a few texts. */
const char *cli_text(const json_t *o, const char *path);
const json_t *cli_at(const json_t *o, const char *path);
/* As JSON, or as YAML when that was asked for. */
void cli_print_json(const json_t *o);
/* On one line, of many. */
void cli_print_line(const json_t *o);
/* The form by its name (NULL: a table); false: there is none. */
bool cli_set_output(struct cli *c, const char *form);

/* As cli_cluster_arn, but "no such cluster" is CLI_NOT_FOUND without a word. */
int cli_find_cluster(struct cli *c, const char *name_or_arn, char **ret);

/* Until `arn` is in `state` ("ACTIVE", or "DELETED": it is gone). CLI_REFUSED when it has FAILED. */
int cli_wait(struct cli *c, const char *arn, const char *state, int64_t timeout_ms);

#endif

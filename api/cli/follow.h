/* follow - an operation on a cluster, from its request to its end. */
#ifndef KLAMM_API_CLI_FOLLOW_H
#define KLAMM_API_CLI_FOLLOW_H

#include "api/cli/cli.h"
#include "common/bar.h"

/* --no-wait and --timeout: of every command that begins an operation. */
#define FOLLOW_OPTIONS                                                                  \
    { "no-wait", NULL, "return at once; `klamm operation wait` follows the operation" }, \
    { "timeout", "SECONDS", "how long to follow it (default 3600)" }

/* --wait: what happens anyway, taken from scripts that ask for it. */
#define FOLLOW_WAIT_OPTION { "wait", NULL, "what happens without --no-wait" }

/* CLI_USAGE: what --timeout says is no number, and that has been said. */
int follow_check(const struct cli *c);
/* Sends the request (`body` is taken) and follows the operation that the answer names, each step told
 * once on standard error. The end is printed; CLI_REFUSED when the operation failed, CLI_TIMEOUT when it
 * goes on. */
int follow_call(struct cli *c, const char *method, const char *target, json_t *body);
int follow(struct cli *c, const char *operation_arn);
/* The newest operation of a cluster, whose answer names none. CLI_OK: it has ended well, and nothing was
 * printed. CLI_NOT_FOUND without a word: the cluster is gone. */
int follow_cluster(struct cli *c, const char *cluster_arn);
/* The step of the operation that is under way, and what the cluster waits for: DescribeClusterV2's
 * clusterInfo. */
void follow_say_cluster(struct cli *c, const json_t *cluster, struct bar *bar);
/* Shows it as it is now. */
int follow_describe(struct cli *c, const char *operation_arn);

#endif

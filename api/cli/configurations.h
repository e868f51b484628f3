/* configurations - what other commands ask of them. */
#ifndef KLAMM_API_CLI_CONFIGURATIONS_H
#define KLAMM_API_CLI_CONFIGURATIONS_H

#include "api/cli/cli.h"

/* The ARN (the caller's) and the newest revision (NULL is fine) of `name_or_arn`; CLI_NOT_FOUND has been
 * said. */
int configurations_find(struct cli *c, const char *name_or_arn, char **ret_arn, int64_t *ret_revision);

#endif

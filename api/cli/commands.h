/* commands - every `klamm` command, in one table: help, completion and the man page are made of it. */
#ifndef KLAMM_API_CLI_COMMANDS_H
#define KLAMM_API_CLI_COMMANDS_H

#include "api/cli/cli.h"

/* In the order of the help; NULL behind the last. */
const struct cli_command *cli_command_at(unsigned i);

/* "Exit codes: ...", some lines. */
extern const char cli_exit_codes[];
/* "--name VALUE", the caller frees. */
char *cli_option_head(const struct cli_option *o);

/* The script that a shell sources, and klamm(1) in roff, appended. */
void cli_completion_bash(struct buf *ret);
void cli_completion_zsh(struct buf *ret);
void cli_man(struct buf *ret);

#endif

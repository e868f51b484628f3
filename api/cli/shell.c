/* klamm completion, klamm man */
#include <stdio.h>
#include <string.h>

#include "api/cli/commands.h"

static int print(const struct buf *b)
{
    return fwrite(b->p, 1, b->n, stdout) == b->n
               ? CLI_OK
               : cli_fail(CLI_REFUSED, "standard output is closed");
}

static int completion(struct cli *c)
{
    const char *shell = c->args->positional[0];
    OWNED_BUF text = { 0 };

    if (strcmp(shell, "bash") == 0)
        cli_completion_bash(&text);
    else if (strcmp(shell, "zsh") == 0)
        cli_completion_zsh(&text);
    else
        return cli_fail(CLI_USAGE, "'%s' must be bash or zsh", shell);
    return print(&text);
}

static int man(struct cli *c)
{
    OWNED_BUF text = { 0 };

    (void)c;
    cli_man(&text);
    return print(&text);
}

static const struct cli_option shell_options[] = {
    { "help", NULL, "-h, this text" },
    { NULL, NULL, NULL },
};

const struct cli_command cli_shell_commands[] = {
    { "completion", "SHELL", "print the completion script of bash or zsh",
      "bash: . <(klamm completion bash)\n"
      "zsh:  klamm completion zsh >\"${fpath[1]}/_klamm\"",
      1, 1, shell_options, true, completion },
    { "man", "", "print the manual page klamm(1): klamm man | man -l -", NULL, 0, 0, shell_options,
      true, man },
    { NULL, NULL, NULL, NULL, 0, 0, NULL, false, NULL },
};

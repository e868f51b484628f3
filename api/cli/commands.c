#include "api/cli/commands.h"

#include <stdio.h>

static const struct cli_command *const groups[] = {
    cli_cluster_commands, cli_update_commands,   cli_storage_commands, cli_configuration_commands,
    cli_info_commands,    cli_wait_commands,     cli_tag_commands,     cli_node_commands,
    cli_dev_commands,     cli_failover_commands, cli_rebalance_commands,
    cli_topic_commands,   cli_settings_commands, cli_event_commands,   cli_shell_commands,
};

const char cli_exit_codes[] =
    "Exit codes: 0 done; 1 refused or failed; 2 wrong command line, file or credentials missing;\n"
    "3 endpoint unreachable; 4 waited in vain; 5 no such thing.\n";

const struct cli_command *cli_command_at(unsigned i)
{
    for (unsigned g = 0; g < ARRAY_LEN(groups); g++)
        for (const struct cli_command *k = groups[g]; k->words; k++)
            if (!i--)
                return k;
    return NULL;
}

char *cli_option_head(const struct cli_option *o)
{
    return mem_printf("--%s%s%s", o->name, o->value ? " " : "", o->value ? o->value : "");
}

/* command - `klamm-agent rebalance`: a rebalance of any Kafka cluster by hand, without klammd.
 *
 *   klamm-agent rebalance --bootstrap HOST:PORT,... [--dry-run] [--cancel] [--drain ID]... [--rate-mib N]
 *                         [--json]
 *
 * Prints the plan move by move and how it ended on standard output, and on standard error by a bar how many
 * moves are done. Killed at any time, it goes on where the cluster is when it is started again.
 * Exit codes: 0 done, 1 failed, 2 wrong command line. */
#ifndef KLAMM_AGENT_REBALANCE_COMMAND_H
#define KLAMM_AGENT_REBALANCE_COMMAND_H

/* argv[0] is the word "rebalance". */
int rebalance_command(int argc, char **argv);

#endif

/* format_cmd - `klamm-broker format`: makes log directories that a node may start on.
 *
 *   format --cluster-id ID --config FILE
 *          [--standalone | --initial-controllers id@host:port:directory-id,... |
 *           --no-initial-controllers]
 *          [--release-version VERSION] [--feature NAME=LEVEL]... [--ignore-formatted]
 *
 * meta.properties is written last: a directory without it is not formatted, however
 * far an earlier attempt came. Kafka's kafka-storage.sh does the same to the same files. */
#ifndef KLAMM_BROKER_SERVER_FORMAT_CMD_H
#define KLAMM_BROKER_SERVER_FORMAT_CMD_H

/* The arguments behind "format". Returns the exit code; says on standard error why. */
int format_cmd(int argc, char **argv);

#endif

/* metrics_node - a machine's numbers under the names of Prometheus' node exporter, out of /proc.
 *
 *   cpu, boot and context switches    /proc/stat          load          /proc/loadavg
 *   memory                            /proc/meminfo       disks         /proc/diskstats, without
 * partitions file systems                      /proc/self/mounts   interfaces    /proc/net/dev
 *
 * Of file systems the one with `dir` and those on devices (/dev/...) are looked at: what stands
 * behind a network may not answer. A line that does not read as it should is left out. */
#ifndef KLAMM_COMMON_METRICS_NODE_H
#define KLAMM_COMMON_METRICS_NODE_H

#include "common/metrics.h"

void metrics_node(struct metrics *m, const char *dir);

/* The parts, each of the text of its file. Pure, but node_put_filesystems, which asks the mounted.
 */
void node_put_stat(struct metrics *m, struct str stat);
void node_put_load(struct metrics *m, struct str loadavg);
void node_put_memory(struct metrics *m, struct str meminfo);
void node_put_disks(struct metrics *m, struct str diskstats);
void node_put_network(struct metrics *m, struct str net_dev);
void node_put_filesystems(struct metrics *m, struct str mounts, const char *dir);

#endif

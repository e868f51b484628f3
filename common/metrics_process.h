/* metrics_process - what Prometheus' clients tell of their own process: CPU, memory, start. */
#ifndef KLAMM_COMMON_METRICS_PROCESS_H
#define KLAMM_COMMON_METRICS_PROCESS_H

#include "common/metrics.h"

/* process_cpu_seconds_total, process_resident_memory_bytes, process_virtual_memory_bytes,
 * process_start_time_seconds, process_max_fds. What the kernel does not tell is left out. */
void metrics_process(struct metrics *m);

#endif

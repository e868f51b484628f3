/* fleet_load - the parts of the load for C4: fleet_load.c says what they do. */
#ifndef KLAMM_TESTS_BENCH_FLEET_LOAD_H
#define KLAMM_TESTS_BENCH_FLEET_LOAD_H

#include <stdint.h>

/* Each returns main's value. */
int fleet_agents(const char *data_dir, const char *host, uint16_t port, int n, int seconds);
int fleet_store(const char *data_dir, int nodes, int clusters, const char *account);
int fleet_calls(int argc, char **argv);

#endif

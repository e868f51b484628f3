/* load - what the parts of the client under measurement share. */
#ifndef KLAMM_TESTS_BENCH_LOAD_H
#define KLAMM_TESTS_BENCH_LOAD_H

#include <stddef.h>

#include <librdkafka/rdkafka.h>

/* Seconds of the monotonic clock. */
double now(void);
/* Says why and ends with 1. */
__attribute__((noreturn, format(printf, 1, 2))) void die(const char *format, ...);
/* A number that is not negative, or the end. */
long long number(const char *text);
/* For qsort over double. */
int compare_doubles(const void *a, const void *b);

/* A producer's or admin's configuration: quick retries and reconnects, so that what is seen is the server. */
rd_kafka_conf_t *client_conf(const char *brokers);
void set(rd_kafka_conf_t *c, const char *name, const char *value);
rd_kafka_t *client_new(rd_kafka_type_t type, rd_kafka_conf_t *c); /* moves `c` */

/* Commands on stdin, an answer a line on stdout: see load_gaps.c and load_topics.c. */
void gaps(const char *brokers, const char *topic, int partitions, int rate, size_t size);
void topics(const char *brokers);

/* `members` of one group until they share the topic's partitions: load_groups.c. */
void groups(const char *broker, const char *topic, const char *group, int members, int partitions);
/* Transactions, one after the other in each of some threads: load_copy.c. */
void copies(const char *brokers, const char *in, const char *out, int copiers, int records, int txns,
            int warm);

/* How long an append of `size` bytes and its fdatasync take below `directory`. */
void device(const char *directory, int count, size_t size);

#endif

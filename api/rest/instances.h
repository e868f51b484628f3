/* instances - MSK's Standard broker types: the share of a node that each stands for, and what it may hold.
 *
 * The figures are those of MSK's table of broker sizes. Partitions count replicas: of a topic with 10
 * partitions and 3 replicas each of 3 brokers holds 10. Above `partitions_recommended` nothing is refused,
 * above `partitions_max` changes of the cluster are (controlplane/fleet/capacity.h). */
#ifndef KLAMM_API_REST_INSTANCES_H
#define KLAMM_API_REST_INSTANCES_H

struct instance_type {
    const char *name; /* "kafka.m7g.large" */
    int vcpus, memory_gib;
    int network_mbps; /* 10^6 bits a second, in and out each */
    int partitions_recommended, partitions_max; /* of one broker, replicas included */
};

/* NULL when klamm has no such type. */
const struct instance_type *instance_type_find(const char *name);

#endif

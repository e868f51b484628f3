/* instances - MSK's Standard broker types and the share of a node that each stands for. */
#ifndef KLAMM_API_REST_INSTANCES_H
#define KLAMM_API_REST_INSTANCES_H

struct instance_type {
    const char *name; /* "kafka.m7g.large" */
    int vcpus, memory_gib;
};

/* NULL when klamm has no such type. */
const struct instance_type *instance_type_find(const char *name);

#endif

/* store_private - what model.c (memory) and store.c (disk) share. */
#ifndef KLAMM_CONTROLPLANE_STORE_STORE_PRIVATE_H
#define KLAMM_CONTROLPLANE_STORE_STORE_PRIVATE_H

#include <sqlite3.h>

#include "controlplane/store/store.h"

struct store {
    sqlite3 *db; /* NULL: a fork, in memory alone */
    struct list clusters, operations, nodes, configurations;
    int64_t revision, stored_revision;
    bool in_transaction;
    err_t failed; /* the first failure since store_begin; never cleared: the store is broken */
    struct why reason;
};

/* Off their lists, and freed. */
void cluster_forget(struct cluster *c);
void process_forget(struct process *p);
void operation_forget(struct operation *o);
void node_forget(struct node *n);
void configuration_forget(struct configuration *k);

#endif

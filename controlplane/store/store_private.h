/* store_private - what model.c (memory) and store.c (disk) share. */
#ifndef KLAMM_CONTROLPLANE_STORE_STORE_PRIVATE_H
#define KLAMM_CONTROLPLANE_STORE_STORE_PRIVATE_H

#include <sqlite3.h>

#include "common/map.h"
#include "controlplane/store/store.h"

struct store {
    sqlite3 *db; /* NULL: a fork, in memory alone */
    struct list clusters, operations, nodes, configurations;
    struct map nodes_by_name; /* asked for of every process again and again */
    int64_t revision, stored_revision, opened_revision;
    bool in_transaction;
    err_t failed; /* the first failure since store_begin; never cleared: the store is broken */
    struct why reason;
};

/* Runs one statement; `types` has a letter per parameter: s text (NULL is null), i int64_t. */
void store_run(struct store *s, const char *sql, const char *types, ...);

/* Events of what has become another since it was told (event.h), and what is told from here on. */
void event_cluster(struct store *s, const struct cluster *c);
void event_rebalance(struct store *s, const struct cluster *c);
void event_process(struct store *s, const struct process *p);
void event_node(struct store *s, const struct node *n);
void event_operation(struct store *s, const struct operation *o);
void event_cluster_gone(struct store *s, const struct cluster *c);
void event_settings(struct store *s, const struct cluster *c);
void event_scaling(struct store *s, const struct cluster *c);
void event_configuration_revision(struct store *s, const struct configuration *k,
                                  const struct configuration_revision *r);
void event_told_cluster(struct cluster *c);
void event_told_settings(struct cluster *c);
void event_told_scaling(struct cluster *c);
void event_told_rebalance(struct cluster *c);
void event_told_process(struct process *p);
void event_told_operation(struct operation *o);

/* Off their lists, and freed. */
void cluster_forget(struct cluster *c);
void process_forget(struct process *p);
void operation_forget(struct operation *o);
void node_forget(struct node *n);
void configuration_forget(struct configuration *k);

#endif

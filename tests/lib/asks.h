/* asks - what users ask of clusters, straight in the store, as controlplane/rest does it.
 *
 * Cluster i has the ARN "arn:<i>", the name "c<i>", the uuid "uuid-<i>" and a Kafka id that
 * begins with the i-th letter. Each function returns false when
 * the cluster's state does not admit it; else a transaction is open that the caller commits. */
#ifndef KLAMM_TESTS_LIB_ASKS_H
#define KLAMM_TESTS_LIB_ASKS_H

#include "controlplane/store/store.h"

struct asks {
    struct store *store;
    int64_t now_ms;
    unsigned n; /* updates so far: tells their ARNs apart */
};

/* In an open transaction: configurations "a" and "b", and "x", with which no process of a model starts. */
void ask_configurations(struct store *s);

bool ask_create(struct asks *a, unsigned i, int32_t brokers);
/* `uuid` (64 bytes) is filled. */
bool ask_delete(struct asks *a, unsigned i, char *uuid);
/* RebootBroker, of every `every`-th broker. */
bool ask_reboot(struct asks *a, unsigned i, int every);
/* UpdateBrokerStorage, by 10 GiB. */
bool ask_grow(struct asks *a, unsigned i);
/* UpdateBrokerCount, from 3 to 6, new ones filled; and from 6 to 3. */
bool ask_scale(struct asks *a, unsigned i);
bool ask_shrink(struct asks *a, unsigned i);
/* UpdateClusterConfiguration. */
bool ask_configure(struct asks *a, unsigned i, const char *configuration);

#endif

/* event - what has happened to a cluster, for people who ask later (docs/operations.md).
 *
 * Events are made of what is put: store_put_* compares an object with what was put of it before and
 * writes what is another thing now, in the same transaction. So an event is there exactly when its
 * change is, once, and nobody who changes something can forget to tell. The newest EVENTS_KEPT of a
 * cluster are kept; those of a cluster that is gone for EVENT_GONE_MS more. */
#ifndef KLAMM_CONTROLPLANE_STORE_EVENT_H
#define KLAMM_CONTROLPLANE_STORE_EVENT_H

#include "controlplane/store/store.h"

enum { EVENTS_KEPT = 1000 };
#define EVENT_GONE_MS ((int64_t)7 * 24 * 3600 * 1000)

struct event {
    int64_t number;      /* of its cluster, from 1 on */
    int64_t at_ms;
    const char *type;    /* "BROKER_RUNNING" */
    const char *message; /* a sentence */
    json_t *detail;      /* an object */
};

/* What no object shows, between store_begin and store_commit. `detail` is taken over, NULL: none. */
void store_put_event(struct store *s, const char *cluster_arn, const char *type, json_t *detail,
                     const char *format, ...) __attribute__((format(printf, 5, 6)));

/* At most `max` events of the cluster with numbers above `after`, in order. The cluster may be gone. */
void store_events(struct store *s, const char *cluster_arn, int64_t after, int max,
                  void (*take)(void *ctx, const struct event *e), void *ctx);

/* What to do about a failure, a sentence; NULL: nothing is known. */
const char *store_advice(const char *error_code);

#endif

/* monitoring - a process' metrics for Prometheus, on and off while it runs: MSK's JmxExporter.
 *
 * klamm.monitoring.file names a file that is looked at every MONITORING_LOOK_MS, as the volume's
 * limit is: MSK switches open monitoring without touching a process, and so does klamm-agent. A
 * properties file:
 *
 *   jmx.exporter=127.1.1.11:11001   where GET /metrics is answered; absent, or no file: nowhere
 *   level=PER_BROKER                how much; absent: DEFAULT
 *
 * Levels are MSK's enhancedMonitoring, each with what the ones before have:
 *   DEFAULT                  the process, the broker or controller as a whole; bytes in and out by
 * topic PER_BROKER               requests by API, replication, changes of in-sync sets
 *   PER_TOPIC_PER_BROKER     everything that is counted by topic
 *   PER_TOPIC_PER_PARTITION  logs and in-sync replicas by partition
 *
 * A file that breaks a rule, or an address that cannot be listened at, is said once and tried
 * again; what is served already goes on. One loop's. */
#ifndef KLAMM_BROKER_SERVER_MONITORING_H
#define KLAMM_BROKER_SERVER_MONITORING_H

#include "common/loop.h"
#include "common/metrics.h"

enum { MONITORING_LOOK_MS = 1000, MONITORING_BYTES_MAX = 4096 };

enum monitoring_level {
    MONITORING_DEFAULT,
    MONITORING_BROKER,
    MONITORING_TOPIC,
    MONITORING_PARTITION
};

struct monitoring;

struct monitoring_options {
    struct loop *loop;
    const char *file; /* kept */
    void (*render)(void *ctx, enum monitoring_level level, struct metrics *m);
    /* Somebody may ask from now on, or nobody. */
    void (*switched)(void *ctx, bool on);
    void *ctx;
};

/* NULL without a file: there is nothing to do. Begins to look at once. */
struct monitoring *monitoring_new(const struct monitoring_options *o);
/* NULL is fine; returns NULL. */
struct monitoring *monitoring_free(struct monitoring *g);

/* What a file says. Pure. */
struct monitoring_wish {
    char host[64]; /* "": off */
    uint16_t port;
    enum monitoring_level level;
};
/* ERR_INVALID, ERR_MALFORMED name the key. */
err_t monitoring_parse(struct str text, struct monitoring_wish *ret, struct why *reterr);

/* A sample as the JMX exporter names it: the MBean's name first, then its other keys. */
void monitoring_value(struct metrics *m, const char *name, const struct metric_label *more,
                      unsigned n, double value);

#endif

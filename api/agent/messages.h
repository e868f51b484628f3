/* messages - what agents and klammd say to each other: JSON over HTTPS, always dialled by the agent.
 *
 *   POST /agent/v1/join    {token, csr, name, zone, cpus, memory_bytes, disk_bytes}
 *                          -> {name, certificate, ca}              server-side TLS, a one-time token;
 *                          the same name and key may ask again with it for a while: the answer
 *                          may have been lost
 *   POST /agent/v1/renew   {csr} -> {certificate}                  mTLS; of the same key, or of another;
 *                          the old certificate stays good until it expires
 *   POST /agent/v1/report  {processes: [seen], node: {cpus, memory_bytes, disk_bytes, limits, volumes},
 *                          rebalances, instance, installation, report} -> {}
 *                          mTLS, at once; `node` may be left out, and in it its texts; `report` numbers
 *                          the reports of a run, and an older one than has come changes nothing;
 *                          409 before the run's first poll
 *   POST /agent/v1/poll    {revision, instance, installation} -> {revision, processes: [wanted], rebalances}
 *                          mTLS, answered when what is wanted on the node has another revision than
 *                          the agent holds, or after AGENT_POLL_MS with the same; 409 while a poll of
 *                          another instance (a random text per start of an agent) is under way, and for
 *                          another installation (a random text per data directory) than the node's first
 *
 * A node that was removed for good gets AGENT_STATUS_REMOVED with {message} for whatever it says: its
 * processes are placed elsewhere, so its agent stops them, keeps their volumes and ends.
 *
 * `wanted` is everything for the node, not a change: what is missing from it and known to the agent
 * stays as it is. A volume goes by a tombstone alone: wanted "gone" with a revision that is newer than
 * the one that asked for the process; the agent answers with seen "gone" and forgets the process when
 * it is no longer in the list. A wanted process with an older revision than the agent holds does nothing.
 *
 * Wanted "stopped": it is stopped in order, keeps its volume and is not launched until a newer revision
 * wants it to run; the agent answers with seen "stopped". An agent that does not know the word goes on
 * running it, and says so.
 *
 * What was launched for an older `restart` than is wanted is stopped and launched anew: a broker only
 * while all other replicas of its partitions are in sync. Seen "running" is a broker that is itself in
 * sync, and a process that was launched for the restart wanted. */
#ifndef KLAMM_API_AGENT_MESSAGES_H
#define KLAMM_API_AGENT_MESSAGES_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"

enum {
    AGENT_POLL_MS = 25000,
    AGENT_PROCESSES_MAX = 1000,
    AGENT_INSTANCE_MAX = 32,
    AGENT_CPUS_MAX = 1000000,
    AGENT_REPLICAS_MAX = 10000000,
    AGENT_STATUS_REMOVED = 410, /* HTTP's "Gone" */
    JMX_EXPORTER_PORT = 11001,  /* as on MSK */
    NODE_EXPORTER_PORT = 11002,
};
/* Of memory and storage: what JSON readers keep exactly. */
#define AGENT_BYTES_MAX ((int64_t)1 << 53)

/* Open monitoring: metrics for Prometheus, at ports of the process' own address. */
struct wanted_monitoring {
    bool jmx, node;     /* which exporters there shall be */
    const char *level;  /* "DEFAULT", "PER_BROKER", "PER_TOPIC_PER_BROKER" or
                         * "PER_TOPIC_PER_PARTITION", not owned; NULL: the first */
};

struct wanted_process {
    char *id;           /* "<cluster uuid>/broker-1": unique, and the directory on the node */
    char *cluster_id;   /* Kafka's cluster.id */
    char *cluster_name;
    char *kind;         /* "broker" or "controller" */
    char *zone;         /* broker.rack */
    char *address;
    char *voters;       /* controller.quorum.voters */
    char *release;      /* of Apache Kafka: with its features a new cluster begins; NULL: the newest */
    int32_t node_id;
    uint16_t port;
    int64_t revision;
    int64_t restart;    /* what was launched for an older one is launched anew; 0: as it is */
    int64_t volume_bytes; /* how much its logs may take; 0: what the disk has. It never shrinks */
    int64_t cpus, memory_bytes; /* limits of the process; 0: none */
    bool gone;          /* a tombstone */
    bool stopped;       /* it shall not run now */
    struct wanted_monitoring monitoring;
    json_t *properties; /* more of server.properties, text to text; may be NULL */
};

struct seen_process {
    char *id;
    char *state;        /* "starting" "running" "stopped" "failed" "gone" */
    char *reason;       /* why it does not run, or what it waits for; NULL: nothing to say */
    int64_t revision;   /* of the wanted process that this answers */
    int64_t used_bytes, total_bytes; /* of its volume; total 0: not known */
    int64_t replicas;   /* of partitions that it holds, when total is known; 0: none, or an older agent */
};

enum { AGENT_FACT_MAX = 200 };

/* What a node has for processes: measured by its agent, or declared to it. */
struct node_facts {
    int64_t cpus, memory_bytes, disk_bytes;
    char limits[AGENT_FACT_MAX];  /* by what processes are limited, or why not; "": not said */
    char volumes[AGENT_FACT_MAX]; /* the driver of new volumes */
};

/* Its members in `o`. */
void facts_encode(const struct node_facts *f, json_t *o);
/* ERR_INVALID names the member. */
err_t facts_decode(const json_t *o, struct node_facts *ret, struct why *reterr);

/* A new JSON object of the caller. */
json_t *wanted_encode(const struct wanted_process *w);
json_t *seen_encode(const struct seen_process *s);
/* ERR_INVALID names the member; ids, kinds, addresses and states are checked, so that no path and no
 * property can be smuggled in. `ret` is owned by the caller: wanted_done, seen_done. */
err_t wanted_decode(const json_t *o, struct wanted_process *ret, struct why *reterr);
err_t seen_decode(const json_t *o, struct seen_process *ret, struct why *reterr);
void wanted_done(struct wanted_process *w);
void seen_done(struct seen_process *s);

#endif

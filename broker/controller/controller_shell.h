/* controller_shell - a KRaft controller in this process: one thread, one loop, one
 * listener, around the pure cores raft/ and controller/.
 *
 *   listener --request--> decide --records--> log (one append, one fdatasync a turn)
 *                                    |                     |
 *                                  image <--apply          +--> replies, parked fetches
 *
 * Nothing is answered before the records it rests on are committed: durable on a majority of the
 * quorum's voters. The others follow the one that leads; their images hold what is committed. */
#ifndef KLAMM_BROKER_CONTROLLER_CONTROLLER_SHELL_H
#define KLAMM_BROKER_CONTROLLER_CONTROLLER_SHELL_H

#include "common/err.h"
#include "common/fs.h"
#include "common/uuid.h"

struct controller;

struct controller_voter {
    int32_t id;
    const char *host;
    uint16_t port;
};

/* Everything is borrowed for controller_start, but `fs` and `config_ctx` are kept. A zero number
 * means Kafka's default (in brackets). */
struct controller_options {
    struct fs *fs;
    int32_t node_id;
    const char *cluster_id;
    const char *metadata_log_dir; /* formatted: holds bootstrap.checkpoint; __cluster_metadata-0 is
                                   * made below it. Locked and checked by the caller */
    struct uuid directory_id;     /* of that directory, from its meta.properties */
    const char *listener_name;    /* the first of controller.listener.names */
    const char *host;             /* to bind; "" is all addresses */
    uint16_t port;                /* 0: the kernel picks (tests) */
    const char *advertised_host;  /* NULL: `host`, or 127.0.0.1 when that is "" */
    uint16_t advertised_port;     /* 0: the bound port */
    /* controller.quorum.voters (kraft.version 0). Empty: the voters are in the log (kraft.version
     * 1, formatted with --standalone or --initial-controllers). */
    const struct controller_voter *voters;
    unsigned voters_n;
    /* controller.quorum.bootstrap.servers: asked for the leader; empty: the voters are (ids unused).
     */
    const struct controller_voter *bootstrap;
    unsigned bootstrap_n;
    bool auto_join; /* controller.quorum.auto.join.enable: becomes a voter by itself [false] */
    int64_t election_timeout_ms;  /* controller.quorum.election.timeout.ms [1000] */
    int64_t election_backoff_ms;  /* controller.quorum.election.backoff.max.ms [1000] */
    int64_t fetch_timeout_ms;     /* controller.quorum.fetch.timeout.ms [2000] */
    int64_t session_timeout_ms;   /* broker.session.timeout.ms [9000] */
    int64_t idle_interval_ms;     /* metadata.max.idle.interval.ms [500], -1 off */
    int64_t snapshot_bytes;       /* metadata.log.max.record.bytes.between.snapshots [20 MiB] */
    int64_t snapshot_interval_ms; /* metadata.log.max.snapshot.interval.ms [1 h], -1 off */
    int64_t retention_bytes;      /* metadata.max.retention.bytes [100 MiB] */
    int64_t retention_ms;         /* metadata.max.retention.ms [7 d] */
    int64_t segment_bytes;        /* metadata.log.segment.bytes [1 GiB] */
    uint32_t connections_max;     /* of the listener [2147483647] */
    size_t request_bytes_max;     /* socket.request.max.bytes [100 MiB] */
    /* The value of a property in this node's server.properties, or NULL: num.partitions,
     * default.replication.factor, min.insync.replicas, the log.* synonyms of topic configs,
     * delete.topic.enable, auto.leader.rebalance.enable, ... Called on the controller's thread;
     * must not change while it runs. NULL function: all defaults. */
    const char *(*config)(void *config_ctx, const char *name);
    void *config_ctx;
    const char *monitoring_file; /* klamm.monitoring.file; NULL: none. kept */
    const struct config *node; /* the same properties; NULL: DescribeConfigs has no answer. kept */
};

/* Opens the log, binds the listener and starts the thread; a quorum of one voter is led when this
 * returns, larger ones elect a leader when a majority is there. ERR_CORRUPT, ERR_IO, ERR_INVALID
 * (options, or the directory is not formatted), ERR_EXISTS (address in use): `reterr` says why. */
err_t controller_start(const struct controller_options *o, struct controller **ret,
                       struct why *reterr);
/* Stops the thread and closes everything; a leader of several voters hands over first, for at most
 * half a second. NULL is fine. */
void controller_stop(struct controller *c);

uint16_t controller_port(const struct controller *c);
/* ERR_OK while it serves; the reason when it has given up (a failed disk). From any thread. */
err_t controller_failure(const struct controller *c);

#endif

/* image - the cluster's metadata as the log says it: what every node applies.
 *
 * image_apply is the only writer; controller, broker and restart run it alike, so
 * it cannot fail on a log that a correct controller wrote; a record that breaks a
 * rule (unknown topic, wrong broker epoch) is ERR_CORRUPT and the node must stop
 * believing its copy ("metadata fault"). Owned by one thread. */
#ifndef KLAMM_BROKER_METADATA_IMAGE_H
#define KLAMM_BROKER_METADATA_IMAGE_H

#include "common/buf.h"
#include "common/err.h"
#include "common/map.h"
#include "common/uuid.h"

struct image;

struct endpoint {
    char *name, *host;
    uint16_t port;
    int16_t security_protocol;
};

struct feature_range {
    char *name;
    int16_t min, max;
};

struct broker_registration {
    int32_t id;
    int64_t epoch;           /* the offset of its RegisterBrokerRecord or just below */
    int64_t register_offset; /* the offset of its RegisterBrokerRecord itself */
    struct uuid incarnation;
    char *rack; /* NULL when none */
    bool fenced, in_controlled_shutdown;
    struct endpoint *endpoints;
    int32_t endpoints_n;
    struct feature_range *features;
    int32_t features_n;
    struct uuid *log_dirs;
    int32_t log_dirs_n;
    struct uuid *cordoned_log_dirs;
    int32_t cordoned_log_dirs_n; /* -1: not told */
};

struct controller_registration {
    int32_t id;
    struct uuid incarnation;
    struct endpoint *endpoints;
    int32_t endpoints_n;
    struct feature_range *features;
    int32_t features_n;
};

struct partition_state {
    int32_t *replicas, *isr, *adding, *removing, *elr, *last_known_elr;
    int32_t replicas_n, isr_n, adding_n, removing_n, elr_n, last_known_elr_n;
    struct uuid *directories; /* parallel to replicas; NULL: no such partition (a gap) */
    int32_t leader, leader_epoch, partition_epoch;
    int8_t leader_recovery; /* 0 recovered, 1 recovering */
};

struct topic_state {
    char *name;
    struct uuid id;
    struct partition_state *partitions;
    int32_t partitions_n;
};

struct image *image_new(void);
struct image *image_free(struct image *i);

/* One metadata record value (frame version, type, version, message), at `offset`.
 * `on_change` (NULL is fine) is told what changed, after the change. */
struct image_change {
    enum {
        IMAGE_BROKER,
        IMAGE_TOPIC_NEW,
        IMAGE_TOPIC_GONE,
        IMAGE_PARTITION,
        IMAGE_CONFIG,
        IMAGE_FEATURE,
        IMAGE_OTHER
    } kind;
    int32_t broker_id;
    const struct topic_state *topic; /* for IMAGE_TOPIC_GONE still whole during the call */
    int32_t partition;               /* IMAGE_PARTITION: new or changed */
    int8_t resource_type;            /* IMAGE_CONFIG */
    const char *resource_name;
};
typedef void (*image_change_fn)(void *ctx, const struct image_change *c);
err_t image_apply(struct image *i, int64_t offset, struct slice record, image_change_fn on_change,
                  void *ctx, struct why *reterr);

int64_t image_offset(const struct image *i); /* of the last applied record, -1 none */
const struct topic_state *image_topic(const struct image *i, struct str name);
const struct topic_state *image_topic_by_id(const struct image *i, const struct uuid *id);
const struct partition_state *image_partition(const struct image *i, struct str topic,
                                              int32_t partition);
const struct broker_registration *image_broker(const struct image *i, int32_t id);
/* In order of name / id; `at` starts at 0. NULL ends. */
const struct topic_state *image_topic_next(const struct image *i, size_t *at);
const struct broker_registration *image_broker_next(const struct image *i, size_t *at);
size_t image_topics_n(const struct image *i);
/* The value set for a resource, or NULL. Types: 2 topic, 4 broker ("" is the cluster default),
 * 16, 32. */
const char *image_config(const struct image *i, int8_t type, struct str name, const char *key);
/* key order; `at` starts at 0; false ends. */
bool image_config_next(const struct image *i, int8_t type, struct str name, size_t *at,
                       const char **ret_key, const char **ret_value);
/* The resources of a type that have configs, in order of name; `at` starts at 0, NULL ends. */
const char *image_config_resource_next(const struct image *i, int8_t type, size_t *at);
int16_t image_feature(const struct image *i, const char *name); /* 0 when not finalized */
bool image_feature_next(const struct image *i, size_t *at, const char **ret_name,
                        int16_t *ret_level);

const struct controller_registration *image_controller(const struct image *i, int32_t id);
const struct controller_registration *image_controller_next(const struct image *i, size_t *at);
int64_t image_next_producer_id(const struct image *i); /* 0 when none was ever given out */
/* Quotas, ACLs, SCRAM credentials and delegation tokens are kept as the records they came in (the type of
 * the one that sets: RECORD_CLIENT_QUOTA, ...), framed, in order of what they are about. `at` starts at
 * 0, false ends. record_read (record.h) reads them. */
bool image_record_next(const struct image *i, int type, size_t *at, struct slice *ret);
/* The record about the same thing as `msg`, a message of `type`; false when there is none. */
bool image_record_find(const struct image *i, int type, const void *msg, struct slice *ret);
/* A metadata transaction is open: its records wait for the end. */
bool image_in_transaction(const struct image *i);
size_t image_partitions_n(const struct image *i);

/* Which broker has which partitions: kept by apply from this call on (controllers alone pay for it),
 * so that a broker that comes or goes costs what it has. Again does nothing. */
void image_index_brokers(struct image *i);
enum image_role {
    IMAGE_IN_ISR, /* in the ISR or leading */
    IMAGE_IN_ELR,
    IMAGE_LEADERLESS,  /* a replica of a partition without leader */
    IMAGE_UNPREFERRED, /* the first replica of a partition that another leads, or nobody */
    IMAGE_ROLES
};
struct image_place {
    const struct topic_state *topic;
    int32_t partition;
};
/* `at` starts at 0, false ends; the order is that of the history. No apply meanwhile. Only with the
 * index. */
bool image_broker_partition_next(const struct image *i, int32_t broker, enum image_role role,
                                 size_t *at, struct image_place *ret);
size_t image_broker_leads(const struct image *i, int32_t broker);

/* Asserts what a correct controller never breaks: replicas are distinct and not negative; leader and
 * ISR are replicas; a leader is in its ISR; ELR and ISR are apart; what is added and removed are
 * replicas; the index says what the partitions say. Walks everything: for tests. */
void image_check(const struct image *i);

/* The records of a snapshot in Kafka's order, each as a framed record value, through `emit`. */
err_t image_snapshot(const struct image *i, err_t (*emit)(void *ctx, struct slice record),
                     void *ctx);
/* One line per object, for humans. */
void image_dump(const struct image *i, struct buf *ret);

#endif

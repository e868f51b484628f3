/* broker - the data plane of one node: one reactor that owns every partition.
 *
 *   metadata log --observer--> image --publish--> replicas (logs, roles)
 *   clients --listeners--> handlers --> replicas, image, or the controller (forward)
 *
 * Everything here runs on the reactor's thread. Beside it run the controller's thread
 * (when this node is one) and the background thread (fsync, deletion). */
#ifndef KLAMM_BROKER_SERVER_BROKER_H
#define KLAMM_BROKER_SERVER_BROKER_H

#include "broker/log/log_dir.h"
#include "broker/metadata/image.h"
#include "broker/raft/observer.h"
#include "broker/replica/fetch_session.h"
#include "broker/replica/client_quota.h"
#include "broker/replica/replicas.h"
#include "broker/replica/throttle.h"
#include "api/kafka/api_keys.h"
#include "broker/server/config.h"
#include "api/kafka/errors.h"
#include "api/kafka/msg/allocate_producer_ids.h"
#include "broker/server/lifecycle.h"
#include "broker/server/listener.h"

struct housekeeping;
struct leading;
struct directories;
struct fetchers;
struct opening;
struct controller_link;
struct coordinator;
struct transactions;
struct share_coordinator;
struct share_sessions;
struct cleaning;
struct monitoring;
struct moving;
struct request_counters;

struct broker_dir {
    struct log_dir *dir;
    struct meta meta;
    unsigned replicas; /* opened here by this process */
    err_t refused;     /* its last checkpoint was, said once; of the thread that writes them */
    bool suspect;      /* atomic: a checkpoint could not be written (directories_check) */
    bool failing;      /* a log in it is broken: offline at the end of the turn */
    bool cordoned;     /* new replicas go elsewhere while there is another (node_config.h) */
    bool offline;      /* failed: nothing is opened there (directories.h) */
};

/* Producer ids come from the controller in blocks. */
struct producer_ids {
    int64_t next, end;   /* of the block in use, */
    int64_t block_n;     /* which had so many */
    int64_t spare;       /* the next block, */
    int64_t spare_n;     /* 0: none */
    struct list waiting; /* producer_id_wait.node: for a block */
    bool asked;
    struct kf_allocate_producer_ids_request message; /* of the call under way */
};

struct broker {
    struct loop *loop;
    const struct config *config;
    const char *cluster_id;
    struct broker_dir *dirs;
    unsigned dirs_n;
    struct listener **listeners;
    const char **listener_names;
    unsigned listeners_n;
    struct image *image;
    struct observer *observer;
    struct controller_link *link;
    struct housekeeping *house;
    struct flusher *flusher;
    struct flusher *committer;  /* eager: of durable topics (klamm.durable.acks) */
    struct leading *leading;
    struct directories *directories;
    struct fetchers *fetchers;
    struct opening *opening;    /* while the logs are being opened, at the start */
    struct coordinator *coordinator; /* of groups */
    struct transactions *transactions; /* their coordinator */
    struct share_coordinator *share_coordinator; /* of share groups' state */
    struct share_sessions *share_sessions;
    struct cleaning *cleaning;
    struct moving *moving;      /* replicas between directories */
    struct replicas replicas;
    struct fetch_sessions sessions;
    struct throttle throttle_out, throttle_in; /* of replication: as leader, as follower */
    int32_t fetch_bytes_max;    /* fetch.max.bytes */
    bool rack_aware;            /* replica.selector.class: consumers are sent to their rack */
    bool verifies_txns;         /* transaction.partition.verification.enable */
    struct producer_ids producer_ids;
    struct lifecycle life;
    struct loop_timer life_timer;
    bool serve_due;             /* unfenced; the listeners wait for the record of it */
    struct arena life_arena;    /* the registration or heartbeat under way */
    struct uuid incarnation;    /* of this process */
    int64_t metadata_offset;    /* applied and published up to here */
    int16_t topic_refused;      /* the controller's last refusal of an internal topic, said once */
    struct map wished_topics;   /* made by the controller just now (forward.c) */
    struct map warned_configs;  /* properties that are set and not obeyed (node_config.c) */
    struct traffic traffic;     /* of all topics, those that are gone too */
    struct loop_timer traffic_tick; /* armed while somebody watches (monitor_page.h) */
    struct request_counters *counters;
    struct monitoring *monitoring;
    struct client_quotas quotas;
    bool warned_quotas;
    bool kept_changed;          /* quotas, credentials, ... since the last publish */
    struct map changed_topics;  /* names that the image changed since the last publish */
    bool config_changed;        /* properties of brokers since the last publish */
    bool brokers_changed;       /* the image's brokers since the last publish */
    bool published;             /* the first image: logs are open, roles are set */
    int exit_code;
};

typedef void (*api_handler)(struct broker *b, struct request *r);
/* NULL: this broker does not serve the API (and ApiVersions does not name it). */
api_handler api_handler_of(int16_t api_key);
/* The listeners' entry. */
void broker_handle(struct request *r);

/* Decodes a request's body into its arena; malformed ones close the connection: NULL. */
void *request_decode(struct request *r, const struct kf_schema *s, size_t bytes);
#define REQUEST_DECODE(r, name) \
    ((struct name *)request_decode((r), &name##_schema, sizeof(struct name)))
/* A zeroed message with the schema's defaults. */
void *message_new(struct arena *a, const struct kf_schema *s, size_t bytes);
#define MESSAGE_NEW(a, name) ((struct name *)message_new((a), &name##_schema, sizeof(struct name)))

/* The address of `broker` on the listener the request came in by; NULL when it has none. */
const struct endpoint *broker_endpoint(const struct broker_registration *reg, const char *listener);
/* Kafka's rules for topic names; NULL when legal, else a sentence. */
const char *topic_name_fault(struct str name);
bool topic_is_internal(struct str name);

/* The bound port of a listener (the kernel's choice when 0 was configured). */
uint16_t broker_port(const struct broker *b, const char *listener);

/* publish.c */
void broker_note_change(void *broker, const struct image_change *c);
/* Makes replicas and roles what the image says. */
void broker_publish(struct broker *b);
/* Tries once more to open what was left unopened for want of space. */
void broker_open_again(struct broker *b);
struct log_config broker_topic_config(const struct broker *b, struct str topic);
/* Closes every log; true when all were closed clean. */
bool broker_close_logs(struct broker *b);

/* The error of a partition that is not served here, by what the image knows. */
int16_t partition_error(const struct broker *b, const struct partition *p);
int16_t missing_partition_error(const struct broker *b, struct str topic, const struct uuid *id,
                                int32_t index);

#endif

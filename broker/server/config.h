/* config - server.properties of one node, checked as a whole.
 *
 * Every name of Apache Kafka 4.3 is accepted; one that klamm does not obey, or that
 * nobody knows, is a warning line; a value that breaks its rule, or a combination
 * that cannot start, refuses the start with a sentence.
 *
 * Immutable after config_new; readable from any thread. */
#ifndef KLAMM_BROKER_SERVER_CONFIG_H
#define KLAMM_BROKER_SERVER_CONFIG_H

#include "broker/server/config_keys.h"
#include "common/mem.h"
#include "common/properties.h"

/* Numbers of the wire (RegisterBrokerRecord). */
enum security_protocol { PROTOCOL_PLAINTEXT, PROTOCOL_SSL, PROTOCOL_SASL_PLAINTEXT, PROTOCOL_SASL_SSL };

struct config_listener {
    char *name, *host;
    uint16_t port;
    enum security_protocol protocol;
    bool controller;       /* one of controller.listener.names */
    bool bound;            /* in `listeners`; false: only advertised */
    char *advertised_host; /* NULL: not advertised */
    uint16_t advertised_port;
};

struct config_voter {
    int32_t id; /* -1 in controller.quorum.bootstrap.servers */
    char *host;
    uint16_t port;
};

struct config {
    struct properties *properties;
    bool broker, controller; /* process.roles */
    int32_t node_id;
    struct config_listener *listeners;
    unsigned listeners_n;
    char *inter_broker_listener; /* NULL without the broker role */
    char *controller_listener;   /* the first of controller.listener.names */
    struct config_voter *voters, *bootstrap;
    unsigned voters_n, bootstrap_n;
    char **log_dirs;
    unsigned log_dirs_n;
    const char *metadata_log_dir;
    const char *rack;            /* NULL when none */
};

/* A line for the log about a property that is accepted but not obeyed. */
typedef void (*config_warning_fn)(const char *text);

/* `p` is moved on success. ERR_INVALID names property, value and rule. */
err_t config_new(struct properties *p, config_warning_fn warn, struct config **ret,
                 struct why *reterr);
/* NULL is fine. Always returns NULL. */
struct config *config_free(struct config *c);
DEFINE_OWNED(config)

/* As the file says, or NULL. */
const char *config_get(const struct config *c, const char *name);
/* The file's value or the default; NULL when neither. The name is one of Kafka's. */
const char *config_text(const struct config *c, const char *name);
int64_t config_int(const struct config *c, const char *name);
bool config_bool(const struct config *c, const char *name);

/* config_listeners.c: listeners, roles and quorum out of the properties. */
err_t config_read_listeners(struct config *c, struct why *reterr);
err_t config_read_quorum(struct config *c, struct why *reterr);
err_t config_check_roles(const struct config *c, struct why *reterr);
const struct config_listener *config_listener(const struct config *c, const char *name);
/* "host:port", "[::1]:9092"; an empty host is "". False when malformed. */
bool config_parse_address(struct str text, char **ret_host, uint16_t *ret_port);
/* Items of a comma separated list, trimmed; false at the end. `*at` starts at the text. */
bool config_next_item(const char **at, struct str *ret);

#endif

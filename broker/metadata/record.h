/* record - the frame around a metadata record value.
 *
 *   uvarint frame version = 1 | uvarint record type | uvarint record version | message
 *
 * Types are Kafka's; messages are the *_record schemas of api/kafka/msg, flexible. */
#ifndef KLAMM_BROKER_METADATA_RECORD_H
#define KLAMM_BROKER_METADATA_RECORD_H

#include "api/kafka/codec.h"

enum metadata_record {
    RECORD_REGISTER_BROKER = 0,
    RECORD_UNREGISTER_BROKER = 1,
    RECORD_TOPIC = 2,
    RECORD_PARTITION = 3,
    RECORD_CONFIG = 4,
    RECORD_PARTITION_CHANGE = 5,
    RECORD_FENCE_BROKER = 7,
    RECORD_UNFENCE_BROKER = 8,
    RECORD_REMOVE_TOPIC = 9,
    RECORD_DELEGATION_TOKEN = 10,
    RECORD_USER_SCRAM_CREDENTIAL = 11,
    RECORD_FEATURE_LEVEL = 12,
    RECORD_CLIENT_QUOTA = 14,
    RECORD_PRODUCER_IDS = 15,
    RECORD_BROKER_REGISTRATION_CHANGE = 17,
    RECORD_ACCESS_CONTROL_ENTRY = 18,
    RECORD_REMOVE_ACCESS_CONTROL_ENTRY = 19,
    RECORD_NO_OP = 20,
    RECORD_ZK_MIGRATION_STATE = 21,
    RECORD_REMOVE_USER_SCRAM_CREDENTIAL = 22,
    RECORD_BEGIN_TRANSACTION = 23,
    RECORD_END_TRANSACTION = 24,
    RECORD_ABORT_TRANSACTION = 25,
    RECORD_REMOVE_DELEGATION_TOKEN = 26,
    RECORD_REGISTER_CONTROLLER = 27,
    RECORD_CLEAR_ELR = 28,
    RECORD_UNREGISTER_CONTROLLER = 29,
    RECORD_TYPES = 30,
};

enum {
    METADATA_VERSION_TRANSACTIONS = 13,
    METADATA_VERSION_DIRECTORIES = 17,
    METADATA_VERSION_ELR = 23,
    METADATA_VERSION_CORDONED = 30
};

/* Appends the frame and the message; `msg` is ours and fits `version`. */
void record_put(struct buf *b, enum metadata_record type, int16_t version, const void *msg);
/* Reads the frame, leaves `c` at the message. ERR_CORRUPT for an unknown frame version,
 * type or version: `reterr` names it. */
err_t record_open(struct cursor *c, enum metadata_record *ret_type, int16_t *ret_version,
                  struct why *reterr);
/* The message of a framed record that an image keeps, into `ret_msg` of its schema's size; strings lie in
 * the record. */
void record_read(struct slice record, struct arena *a, void *ret_msg);
/* NULL for a type that does not exist. */
const struct kf_schema *record_schema(int type);

/* The versions in which a record is written at a metadata.version. */
int16_t record_version_register_broker(int16_t level);
int16_t record_version_registration_change(int16_t level);
int16_t record_version_partition(int16_t level);

#endif

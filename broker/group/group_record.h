/* group_record - the records of __consumer_offsets, byte for byte Apache Kafka 4.3's.
 *
 *   key:    int16 type | message, never flexible
 *   value:  int16 version | message; null: a tombstone
 *
 * Types and the versions written: 0, 1 OffsetCommit (4; 1 with a retention of the request's own),
 * 2 GroupMetadata (3), 3 ConsumerGroupMetadata, 5 ConsumerGroupMemberMetadata,
 * 6 and 7 ConsumerGroupTargetAssignment{Metadata,Member}, 8 ConsumerGroupCurrentMemberAssignment,
 * 16 ConsumerGroupRegularExpression (0); 4 ConsumerGroupPartitionMetadata is of Kafka 4.0 and only
 * ever read and deleted; 10 to 15 ShareGroup{MemberMetadata,Metadata,TargetAssignmentMetadata,
 * TargetAssignmentMember,CurrentMemberAssignment,StatePartitionMetadata} (0). Others (streams
 * groups) are for later: skipped. */
#ifndef KLAMM_BROKER_GROUP_GROUP_RECORD_H
#define KLAMM_BROKER_GROUP_GROUP_RECORD_H

#include "api/kafka/msg/consumer_group_current_member_assignment.h"
#include "api/kafka/msg/consumer_group_member_metadata.h"
#include "api/kafka/msg/consumer_group_metadata.h"
#include "api/kafka/msg/consumer_group_partition_metadata.h"
#include "api/kafka/msg/consumer_group_regular_expression.h"
#include "api/kafka/msg/consumer_group_target_assignment_member.h"
#include "api/kafka/msg/consumer_group_target_assignment_metadata.h"
#include "api/kafka/msg/group_metadata.h"
#include "api/kafka/msg/offset_commit.h"
#include "broker/group/group.h"

enum group_record_type {
    GROUP_RECORD_LEGACY_OFFSET = 0,
    GROUP_RECORD_OFFSET = 1,
    GROUP_RECORD_CLASSIC = 2,
    GROUP_RECORD_CONSUMER = 3,
    GROUP_RECORD_PARTITION_METADATA = 4,
    GROUP_RECORD_MEMBER = 5,
    GROUP_RECORD_TARGET = 6,
    GROUP_RECORD_TARGET_MEMBER = 7,
    GROUP_RECORD_CURRENT_MEMBER = 8,
    GROUP_RECORD_SHARE_MEMBER = 10,
    GROUP_RECORD_SHARE = 11,
    GROUP_RECORD_SHARE_TARGET = 12,
    GROUP_RECORD_SHARE_TARGET_MEMBER = 13,
    GROUP_RECORD_SHARE_CURRENT_MEMBER = 14,
    GROUP_RECORD_SHARE_PARTITIONS = 15,
    GROUP_RECORD_REGEX = 16,
    GROUP_RECORD_TYPES = 17,
};

enum { GROUP_CLASSIC_VERSION = 3, GROUP_OFFSET_VERSION = 4, GROUP_OFFSET_RETENTION_VERSION = 1 };

/* A record taken apart; text and bytes point into it, the rest lives in the arena. */
struct group_record_view {
    enum group_record_type type;
    union {
        const void *key;
        const struct kf_offset_commit_key *offset_key;
        const struct kf_group_metadata_key *group_key;
        const struct kf_consumer_group_member_metadata_key
            *member_key; /* all {group_id, member_id} */
        const struct kf_consumer_group_regular_expression_key *regex_key;
    };
    const void *value; /* of the type's message; NULL: a tombstone */
};

/* ERR_UNSUPPORTED: a type or version that this release does not know; ERR_CORRUPT: the bytes do
 * not parse, or are left over. */
err_t group_record_parse(const struct group_record *r, struct arena *a,
                         struct group_record_view *ret);

/* Appends one to `out`; `value` NULL is a tombstone. Sets out->unencodable when a text is too long.
 */
void group_record_put(struct group_out *out, enum group_record_type type, const void *key,
                      int16_t version, const void *value);
/* The same, version 0, of types whose key is a group, or a member of one: their keys are alike. */
void group_record_put_group(struct group_out *out, enum group_record_type type, struct str group_id,
                            const void *value);
void group_record_put_member(struct group_out *out, enum group_record_type type,
                             struct str group_id, struct str member_id, const void *value);

#endif

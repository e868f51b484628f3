/* limits - the bounds that more than one module relies on, and their arithmetic. */
#ifndef KLAMM_COMMON_LIMITS_H
#define KLAMM_COMMON_LIMITS_H

enum {
    REQUEST_BYTES_MAX = 104857600,     /* socket.request.max.bytes */
    REQUEST_BYTES_UNAUTHENTICATED_MAX = 524288,
    REST_BODY_BYTES_MAX = 1048576,
    TOPIC_NAME_MAX = 249,
    BATCH_BYTES_MAX = 1048588,         /* message.max.bytes default */
    SEGMENT_BYTES_MIN = 1048576,       /* segment.bytes minimum of Kafka 4.x */
    METADATA_BATCH_BYTES_MAX = 8 * 1024 * 1024,
    HEARTBEAT_MS = 2000,               /* broker.heartbeat.interval.ms */
    SESSION_MS = 9000,                 /* broker.session.timeout.ms */
};

_Static_assert(3 * HEARTBEAT_MS <= SESSION_MS, "two lost heartbeats must not end a session");

#endif

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
    HEARTBEAT_MS = 300,                /* broker.heartbeat.interval.ms of klammd's clusters */
    SESSION_MS = 1500,                 /* broker.session.timeout.ms of them (docs/decisions/0011) */
};

_Static_assert(3 * HEARTBEAT_MS <= SESSION_MS, "two lost heartbeats must not end a session");

#endif

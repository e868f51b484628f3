/* codec - Kafka messages as field tables, and the one codec that reads them.
 *
 * A message is a list of fields in wire order with version ranges. The list makes
 * the C struct and its table (api/kafka/msg/<api>.h holds the lists of one API's
 * request and response, or of one record); kf_encode, kf_decode and kf_print work
 * from the table alone, for every version (kafka.apache.org/protocol, KIP-482).
 *
 * How a schema becomes C:
 *   message ProduceRequest         struct kf_produce_request, kf_produce_request_schema
 *   nested TopicProduceData in it  struct kf_produce_request_topic_produce_data
 *   field BaseOffset int64         int64_t base_offset
 *   string                         struct str    (p == NULL is null)
 *   bytes, records                 struct slice  (p == NULL is null)
 *   uuid, bool, float64            struct uuid, bool, double
 *   []T topics                     T *topics; int32_t topics_n   (topics_n == -1 is null)
 *   struct                         embedded; a nullable one is a pointer
 *
 * Decoded text, bytes and records point into the input: it must outlive the
 * message. Arrays and nullable structs live in the arena. Unknown tagged fields
 * are skipped. */
#ifndef KLAMM_API_KAFKA_CODEC_H
#define KLAMM_API_KAFKA_CODEC_H

#include <stddef.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/cursor.h"
#include "common/err.h"
#include "common/uuid.h"

enum { KF_MAX = INT16_MAX };

struct kf_schema;

/* Zeroes `msg` and sets every field's default. */
void kf_init(const struct kf_schema *s, void *msg);

/* Reads one message; fields absent from `version` keep their defaults. ERR_MALFORMED
 * when the bytes do not parse or a null stands where none may; ERR_UNSUPPORTED when
 * `version` is outside the schema's range. Array counts are bounded by the bytes
 * left before memory is taken. Trailing bytes are the caller's to judge. */
err_t kf_decode(const struct kf_schema *s, int16_t version, struct cursor *c, struct arena *a, void *ret);

/* Appends the message. ERR_UNSUPPORTED when a field that may not be dropped is set
 * but `version` lacks it (or the version is outside the range): `reterr` names it. */
err_t kf_encode(const struct kf_schema *s, int16_t version, const void *msg, struct buf *ret,
                struct why *reterr);

/* One JSON object, exactly as the JSON converters of Apache Kafka print it: field names
 * camelCase, bytes in base64, no tagged field that has its default; only records, which
 * those leave out, are in base64 too. */
void kf_print(const struct kf_schema *s, int16_t version, const void *msg, struct buf *ret);

const char *kf_schema_name(const struct kf_schema *s);
/* Bytes of the message's struct. */
size_t kf_schema_size(const struct kf_schema *s);
int16_t kf_schema_min(const struct kf_schema *s);
int16_t kf_schema_max(const struct kf_schema *s);
/* First flexible version; KF_MAX when none is. */
int16_t kf_schema_flexible(const struct kf_schema *s);

#endif

/* fields - the macros that make a struct and a table out of one list of fields.
 *
 * A list names its fields in wire order:
 *   #define KF_X(F, S)                                     \
 *       F(string, name, 0, 12, KF_IGNORABLE)               \
 *       S(array, partitions, x_partition, 0, KF_MAX)
 *   KF_STRUCT(x, KF_X)              in the header: struct kf_x, kf_x_schema
 *   KF_MESSAGE(x, KF_X, "X", key, min, max, flexible) in the C file: its table
 *
 * F is a field of a plain kind (with an s: an array of it), S one whose type is a
 * struct: `array` of it, `one` embedded, `maybe` a nullable pointer. Then come the
 * first and last version that has the field, and options:
 *   KF_NULL, KF_NULL_SINCE(v)       may be null (since version v)
 *   KF_TAG(t), KF_TAG_SINCE(t, v)   a tagged field (since version v)
 *   KF_DEF(n), KF_DEF_NULL          the default, when it is not zero or empty
 *   KF_IGNORABLE                    dropped without error in versions without it
 *   KF_CLASSIC                      never compact (the client id of request headers)
 * tests/interop/codec proves the lists equal to the schemas of Apache Kafka. */
#ifndef KLAMM_API_KAFKA_FIELDS_H
#define KLAMM_API_KAFKA_FIELDS_H

#include "api/kafka/codec.h"

enum kf_kind {
    KF_BOOL,
    KF_INT8,
    KF_INT16,
    KF_UINT16,
    KF_INT32,
    KF_UINT32,
    KF_INT64,
    KF_FLOAT64,
    KF_UUID,
    KF_STRING,
    KF_BYTES,
    KF_RECORDS,
    KF_ONE,   /* an embedded struct */
    KF_MAYBE, /* a nullable struct */
};

struct kf_field {
    const char *name; /* as the C member */
    enum kf_kind kind; /* of the elements, for an array */
    bool is_array, ignorable, classic, def_null;
    int16_t since, until;
    int16_t nullable; /* 0 never, else 1 + first version that may be null */
    int16_t tag;      /* 0 none, else 1 + tag */
    int16_t tagged_since;
    uint32_t offset, count_offset;
    const struct kf_schema *of; /* KF_ONE, KF_MAYBE */
    int64_t def;
};

struct kf_fields {
    const struct kf_field *v;
    unsigned n;
};

struct kf_schema {
    const char *name; /* as in Apache Kafka */
    int16_t api_key;  /* or record id; -1 when it has none, and for nested structs */
    int16_t min, max, flexible;
    uint32_t size;
    const struct kf_fields *(*fields)(void);
};

/* Bytes of one value of the field in memory: of an element, for an array. */
size_t kf_element_size(const struct kf_field *f);
/* Whether the field of `msg` has its default value; a tagged one is not written then. */
bool kf_is_default(const struct kf_field *f, const void *msg);

#define KF_NULL .nullable = 1
#define KF_NULL_SINCE(v) .nullable = 1 + (v)
#define KF_TAG(t) .tag = 1 + (t)
#define KF_TAG_SINCE(t, v) .tag = 1 + (t), .tagged_since = (v)
#define KF_DEF(n) .def = (n)
#define KF_DEF_NULL .def_null = true
#define KF_IGNORABLE .ignorable = true
#define KF_CLASSIC .classic = true

/* Members */
#define KF_M_bool(m) bool m;
#define KF_M_int8(m) int8_t m;
#define KF_M_int16(m) int16_t m;
#define KF_M_uint16(m) uint16_t m;
#define KF_M_int32(m) int32_t m;
#define KF_M_uint32(m) uint32_t m;
#define KF_M_int64(m) int64_t m;
#define KF_M_float64(m) double m;
#define KF_M_uuid(m) struct uuid m;
#define KF_M_string(m) struct str m;
#define KF_M_bytes(m) struct slice m;
#define KF_M_records(m) struct slice m;
#define KF_M_int8s(m) int8_t *m; int32_t m##_n;
#define KF_M_int16s(m) int16_t *m; int32_t m##_n;
#define KF_M_int32s(m) int32_t *m; int32_t m##_n;
#define KF_M_int64s(m) int64_t *m; int32_t m##_n;
#define KF_M_uuids(m) struct uuid *m; int32_t m##_n;
#define KF_M_strings(m) struct str *m; int32_t m##_n;
#define KF_M_bytess(m) struct slice *m; int32_t m##_n;
#define KF_M_array(m, type) struct kf_##type *m; int32_t m##_n;
#define KF_M_one(m, type) struct kf_##type m;
#define KF_M_maybe(m, type) struct kf_##type *m;

#define KF_MEMBER_F(kind, m, ...) KF_M_##kind(m)
#define KF_MEMBER_S(kind, m, type, ...) KF_M_##kind(m, type)

/* Rows */
#define KF_AT(m) .name = #m, .offset = offsetof(self, m)
#define KF_ARRAY_AT(m) KF_AT(m), .is_array = true, .count_offset = offsetof(self, m##_n)
#define KF_R_bool(m) KF_AT(m), .kind = KF_BOOL
#define KF_R_int8(m) KF_AT(m), .kind = KF_INT8
#define KF_R_int16(m) KF_AT(m), .kind = KF_INT16
#define KF_R_uint16(m) KF_AT(m), .kind = KF_UINT16
#define KF_R_int32(m) KF_AT(m), .kind = KF_INT32
#define KF_R_uint32(m) KF_AT(m), .kind = KF_UINT32
#define KF_R_int64(m) KF_AT(m), .kind = KF_INT64
#define KF_R_float64(m) KF_AT(m), .kind = KF_FLOAT64
#define KF_R_uuid(m) KF_AT(m), .kind = KF_UUID
#define KF_R_string(m) KF_AT(m), .kind = KF_STRING
#define KF_R_bytes(m) KF_AT(m), .kind = KF_BYTES
#define KF_R_records(m) KF_AT(m), .kind = KF_RECORDS
#define KF_R_int8s(m) KF_ARRAY_AT(m), .kind = KF_INT8
#define KF_R_int16s(m) KF_ARRAY_AT(m), .kind = KF_INT16
#define KF_R_int32s(m) KF_ARRAY_AT(m), .kind = KF_INT32
#define KF_R_int64s(m) KF_ARRAY_AT(m), .kind = KF_INT64
#define KF_R_uuids(m) KF_ARRAY_AT(m), .kind = KF_UUID
#define KF_R_strings(m) KF_ARRAY_AT(m), .kind = KF_STRING
#define KF_R_bytess(m) KF_ARRAY_AT(m), .kind = KF_BYTES
#define KF_R_array(m) KF_ARRAY_AT(m), .kind = KF_ONE
#define KF_R_one(m) KF_AT(m), .kind = KF_ONE
#define KF_R_maybe(m) KF_AT(m), .kind = KF_MAYBE

#define KF_ROW_F(kind, m, from, to, ...) { KF_R_##kind(m), .since = from, .until = to, __VA_ARGS__ },
#define KF_ROW_S(kind, m, type, from, to, ...) \
    { KF_R_##kind(m), .of = &kf_##type##_schema, .since = from, .until = to, __VA_ARGS__ },

#define KF_STRUCT(x, LIST)                  \
    struct kf_##x {                         \
        LIST(KF_MEMBER_F, KF_MEMBER_S)      \
    };                                      \
    extern const struct kf_schema kf_##x##_schema;

#define KF_MESSAGE(x, LIST, kafka_name, key, first, last, flexible_since)                  \
    static const struct kf_fields *x##_fields(void)                                        \
    {                                                                                      \
        typedef struct kf_##x self;                                                        \
        static const struct kf_field rows[] = { LIST(KF_ROW_F, KF_ROW_S) { .name = NULL } }; \
        static const struct kf_fields fields = { rows, sizeof(rows) / sizeof(rows[0]) - 1 }; \
        (void)sizeof(self);                                                                \
        return &fields;                                                                    \
    }                                                                                      \
    const struct kf_schema kf_##x##_schema = {                                             \
        kafka_name, key, first, last, flexible_since, sizeof(struct kf_##x), x##_fields    \
    };

/* Its versions are those of the message around it. */
#define KF_NESTED(x, LIST, kafka_name) KF_MESSAGE(x, LIST, kafka_name, -1, 0, KF_MAX, KF_MAX)

#endif

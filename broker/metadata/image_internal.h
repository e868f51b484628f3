/* image_internal - how the image is laid out; for the image's own files.
 *
 * Sorted vectors of pointers for what is walked in order (topics by name, brokers,
 * controllers, features, configs), hash maps for what is looked up by every request.
 * A partition is one allocation behind its struct (memory of 50,000 partitions).
 * ACLs, quotas, SCRAM credentials and delegation tokens are kept as the records they
 * came in, by key. */
#ifndef KLAMM_BROKER_METADATA_IMAGE_INTERNAL_H
#define KLAMM_BROKER_METADATA_IMAGE_INTERNAL_H

#include "broker/metadata/image.h"
#include "broker/metadata/record.h"
#include "common/arena.h"
#include "common/invariant.h"
#include "common/mem.h"

struct vec {
    void **p;
    size_t n, capacity;
};

typedef int (*vec_cmp)(const void *item, const void *key);
/* Where `key` is or belongs. */
size_t vec_find(const struct vec *v, vec_cmp cmp, const void *key, bool *ret_found);
void *vec_get(const struct vec *v, vec_cmp cmp, const void *key);
void vec_insert(struct vec *v, size_t at, void *item);
void vec_remove(struct vec *v, size_t at);

struct feature {
    char *name;
    int16_t level;
};

struct config_pair {
    char *key, *value;
};

struct config_resource {
    int8_t type;
    char *name;
    struct vec pairs; /* struct config_pair, by key */
};

/* A record that only the snapshot needs: `key` tells which it replaces. */
struct kept {
    int type;
    struct buf key, record;
};

struct image {
    int64_t offset;
    struct map topics_by_name, topics_by_id;
    struct vec topics, brokers, controllers, features, configs, kept;
    size_t partitions_n;
    int64_t next_producer_id;
    bool in_transaction;
    struct buf pending; /* of the open transaction: [be64 offset][be32 size][record]... */
    struct arena arena; /* of the record being applied */
    bool indexed;
    struct vec index; /* struct broker_index by id, see image_index.c */
};

/* What one record's apply gets. */
struct applying {
    struct image *i;
    int64_t offset;
    image_change_fn on_change;
    void *ctx;
    struct why *reterr;
};

/* Text is kept NUL terminated: ERR_CORRUPT when it holds one. */
err_t image_text(const struct applying *a, const char *what, struct str text);
void image_tell(const struct applying *a, const struct image_change *c);

err_t apply_topic(const struct applying *a, const void *msg);
err_t apply_partition(const struct applying *a, const void *msg);
err_t apply_partition_change(const struct applying *a, const void *msg);
err_t apply_remove_topic(const struct applying *a, const void *msg);
err_t apply_clear_elr(const struct applying *a, const void *msg);
err_t apply_register_broker(const struct applying *a, const void *msg);
err_t apply_unregister_broker(const struct applying *a, const void *msg);
err_t apply_fence_broker(const struct applying *a, const void *msg);
err_t apply_unfence_broker(const struct applying *a, const void *msg);
err_t apply_registration_change(const struct applying *a, const void *msg);
err_t apply_register_controller(const struct applying *a, const void *msg);
err_t apply_config(const struct applying *a, const void *msg);
err_t apply_feature_level(const struct applying *a, const void *msg);
err_t apply_kept(const struct applying *a, enum metadata_record type, const void *msg,
                 struct slice record);

void image_drop_configs(struct image *i, int8_t type, struct str name);
void image_free_topics(struct image *i);
void image_free_nodes(struct image *i);
void image_free_rest(struct image *i);
void image_free_kept(struct image *i);

/* image_index.c: around every change of a partition. Nothing without an index. */
void image_index_put(struct image *i, const struct topic_state *t, int32_t id);
void image_index_drop(struct image *i, const struct topic_state *t, int32_t id);
bool image_index_has(const struct image *i, int32_t broker, enum image_role role,
                     const struct topic_state *t, int32_t id);
size_t image_index_size(const struct image *i, enum image_role role);
void image_free_index(struct image *i);

#endif

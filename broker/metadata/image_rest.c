/* Configs and features. */
#include "broker/metadata/image_internal.h"

#include "api/kafka/msg/config_record.h"
#include "api/kafka/msg/feature_level_record.h"

struct resource_key {
    int8_t type;
    struct str name;
};

static int by_resource(const void *item, const void *key)
{
    const struct config_resource *r = item;
    const struct resource_key *k = key;

    return r->type != k->type ? (r->type > k->type) - (r->type < k->type)
                              : str_cmp(str_of(r->name), k->name);
}

static int by_key(const void *item, const void *key)
{
    return str_cmp(str_of(((const struct config_pair *)item)->key), *(const struct str *)key);
}

static int by_feature(const void *item, const void *key)
{
    return str_cmp(str_of(((const struct feature *)item)->name), *(const struct str *)key);
}

static const struct config_resource *resource(const struct image *i, int8_t type, struct str name)
{
    return vec_get(&i->configs, by_resource, &(struct resource_key){ type, name });
}

const char *image_config(const struct image *i, int8_t type, struct str name, const char *key)
{
    const struct config_resource *r = resource(i, type, name);
    struct str k = str_of(key);
    const struct config_pair *pair = r ? vec_get(&r->pairs, by_key, &k) : NULL;

    return pair ? pair->value : NULL;
}

bool image_config_next(const struct image *i, int8_t type, struct str name, size_t *at,
                       const char **ret_key, const char **ret_value)
{
    const struct config_resource *r = resource(i, type, name);
    const struct config_pair *pair;

    if (!r || *at >= r->pairs.n)
        return false;
    pair = r->pairs.p[(*at)++];
    *ret_key = pair->key;
    *ret_value = pair->value;
    return true;
}

const char *image_config_resource_next(const struct image *i, int8_t type, size_t *at)
{
    while (*at < i->configs.n) {
        const struct config_resource *r = i->configs.p[(*at)++];

        if (r->type == type)
            return r->name;
    }
    return NULL;
}

static void pair_free(struct config_pair *pair)
{
    mem_free(pair->key);
    mem_free(pair->value);
    mem_free(pair);
}

static void resource_free(struct config_resource *r)
{
    for (size_t n = 0; n < r->pairs.n; n++)
        pair_free(r->pairs.p[n]);
    mem_free(r->pairs.p);
    mem_free(r->name);
    mem_free(r);
}

void image_drop_configs(struct image *i, int8_t type, struct str name)
{
    bool found;
    size_t at = vec_find(&i->configs, by_resource, &(struct resource_key){ type, name }, &found);

    if (!found)
        return;
    resource_free(i->configs.p[at]);
    vec_remove(&i->configs, at);
}

static struct config_resource *resource_made(struct image *i, int8_t type, struct str name)
{
    bool found;
    size_t at = vec_find(&i->configs, by_resource, &(struct resource_key){ type, name }, &found);
    struct config_resource *r;

    if (found)
        return i->configs.p[at];
    r = mem_new(struct config_resource);
    r->type = type;
    r->name = mem_strndup(name.p, name.n);
    vec_insert(&i->configs, at, r);
    return r;
}

static void pair_set(struct config_resource *r, struct str key, struct str value)
{
    struct config_pair *pair;
    bool found;
    size_t at = vec_find(&r->pairs, by_key, &key, &found);

    if (found) {
        pair_free(r->pairs.p[at]);
        vec_remove(&r->pairs, at);
    }
    if (!value.p)
        return;
    pair = mem_new(struct config_pair);
    pair->key = mem_strndup(key.p, key.n);
    pair->value = mem_strndup(value.p, value.n);
    vec_insert(&r->pairs, at, pair);
}

err_t apply_config(const struct applying *a, const void *msg)
{
    const struct kf_config_record *r = msg;
    struct config_resource *res;
    OWNED_MEM char *name = mem_strndup(r->resource_name.p, r->resource_name.n);

    if (image_text(a, "ConfigRecord", r->resource_name) || image_text(a, "ConfigRecord", r->name) ||
        image_text(a, "ConfigRecord", r->value))
        return ERR_CORRUPT;
    res = resource_made(a->i, r->resource_type, r->resource_name);
    pair_set(res, r->name, r->value);
    if (!res->pairs.n)
        image_drop_configs(a->i, r->resource_type, r->resource_name);
    image_tell(a, &(struct image_change){ .kind = IMAGE_CONFIG,
                                          .resource_type = r->resource_type,
                                          .resource_name = name });
    return ERR_OK;
}

int16_t image_feature(const struct image *i, const char *name)
{
    struct str key = str_of(name);
    const struct feature *f = vec_get(&i->features, by_feature, &key);

    return f ? f->level : 0;
}

bool image_feature_next(const struct image *i, size_t *at, const char **ret_name,
                        int16_t *ret_level)
{
    const struct feature *f;

    if (*at >= i->features.n)
        return false;
    f = i->features.p[(*at)++];
    *ret_name = f->name;
    *ret_level = f->level;
    return true;
}

err_t apply_feature_level(const struct applying *a, const void *msg)
{
    const struct kf_feature_level_record *r = msg;
    struct vec *v = &a->i->features;
    struct feature *f;
    bool found;
    size_t at = vec_find(v, by_feature, &r->name, &found);

    if (image_text(a, "FeatureLevelRecord", r->name))
        return ERR_CORRUPT;
    if (str_is(r->name, "kraft.version"))
        return ERR_OK; /* its level is a control record's */
    if (found) {
        f = v->p[at];
        f->level = r->feature_level;
        if (!f->level) {
            vec_remove(v, at);
            mem_free(f->name);
            mem_free(f);
        }
    } else if (r->feature_level) {
        f = mem_new(struct feature);
        f->name = mem_strndup(r->name.p, r->name.n);
        f->level = r->feature_level;
        vec_insert(v, at, f);
    }
    image_tell(a, &(struct image_change){ .kind = IMAGE_FEATURE });
    return ERR_OK;
}

void image_free_rest(struct image *i)
{
    for (size_t n = 0; n < i->configs.n; n++)
        resource_free(i->configs.p[n]);
    for (size_t n = 0; n < i->features.n; n++) {
        struct feature *f = i->features.p[n];

        mem_free(f->name);
        mem_free(f);
    }
    mem_free(i->configs.p);
    mem_free(i->features.p);
}

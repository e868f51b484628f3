#include "broker/metadata/image_internal.h"

#include "api/kafka/msg/clear_elr_record.h"
#include "api/kafka/msg/partition_change_record.h"
#include "api/kafka/msg/partition_record.h"
#include "api/kafka/msg/remove_topic_record.h"
#include "api/kafka/msg/topic_record.h"

enum { PARTITION_ID_MAX = 100000, NO_LEADER_CHANGE = -2 };

static const struct uuid directory_unassigned = { { [15] = 1 } };

static int by_name(const void *item, const void *key)
{
    const struct topic_state *t = item;

    return str_cmp(str_of(t->name), *(const struct str *)key);
}

const struct topic_state *image_topic(const struct image *i, struct str name)
{
    return map_get_str(&i->topics_by_name, name);
}

const struct topic_state *image_topic_by_id(const struct image *i, const struct uuid *id)
{
    return map_get(&i->topics_by_id, id->b, sizeof(id->b));
}

const struct partition_state *image_partition(const struct image *i, struct str topic,
                                              int32_t partition)
{
    const struct topic_state *t = image_topic(i, topic);

    if (!t || partition < 0 || partition >= t->partitions_n ||
        !t->partitions[partition].directories)
        return NULL;
    return &t->partitions[partition];
}

const struct topic_state *image_topic_next(const struct image *i, size_t *at)
{
    return *at < i->topics.n ? i->topics.p[(*at)++] : NULL;
}

size_t image_topics_n(const struct image *i)
{
    return i->topics.n;
}

size_t image_partitions_n(const struct image *i)
{
    return i->partitions_n;
}

/* The arrays of a partition, gathered before they are laid down in one block. */
struct arrays {
    struct {
        const int32_t *p;
        int32_t n;
    } replicas, isr, adding, removing, elr, last_known_elr;
    const struct uuid *directories; /* replicas.n of them */
};

#define PUT(name)                                                     \
    do {                                                              \
        p->name = at;                                                 \
        p->name##_n = a->name.n > 0 ? a->name.n : 0;                  \
        if (p->name##_n)                                              \
            memcpy(at, a->name.p, (size_t)p->name##_n * sizeof(*at)); \
        at += p->name##_n;                                            \
    } while (0)
#define COUNT(name) ((size_t)(a->name.n > 0 ? a->name.n : 0))

/* One block: directories, then the id arrays. `a` may point into the old block. */
static void lay_down(struct partition_state *p, const struct arrays *a)
{
    size_t ids = COUNT(replicas) + COUNT(isr) + COUNT(adding) + COUNT(removing) + COUNT(elr) +
                 COUNT(last_known_elr);
    size_t dirs = COUNT(replicas);
    struct uuid *old = p->directories;
    struct uuid *block = mem_zero(dirs * sizeof(struct uuid) + ids * sizeof(int32_t) + 1);
    int32_t *at = (int32_t *)(void *)(block + dirs);

    if (dirs)
        memcpy(block, a->directories, dirs * sizeof(struct uuid));
    p->directories = block;
    PUT(replicas);
    PUT(isr);
    PUT(adding);
    PUT(removing);
    PUT(elr);
    PUT(last_known_elr);
    mem_free(old);
}

static struct topic_state *topic_of(const struct applying *a, const struct uuid *id,
                                    const char *what)
{
    struct topic_state *t = map_get(&a->i->topics_by_id, id->b, sizeof(id->b));

    if (!t)
        why(a->reterr, ERR_CORRUPT, "%s at offset %lld names the unknown topic id %s", what,
            (long long)a->offset, uuid_print(id).text);
    return t;
}

err_t apply_topic(const struct applying *a, const void *msg)
{
    const struct kf_topic_record *r = msg;
    struct topic_state *t;
    bool found;
    size_t at = vec_find(&a->i->topics, by_name, &r->name, &found);
    err_t e = image_text(a, "TopicRecord", r->name);

    if (e)
        return e;
    if (found)
        return why(a->reterr, ERR_CORRUPT, "TopicRecord at offset %lld creates %.*s again",
                   (long long)a->offset, STR_ARG(r->name));
    if (map_get(&a->i->topics_by_id, r->topic_id.b, sizeof(r->topic_id.b)))
        return why(a->reterr, ERR_CORRUPT, "TopicRecord at offset %lld gives %.*s an id in use: %s",
                   (long long)a->offset, STR_ARG(r->name), uuid_print(&r->topic_id).text);
    t = mem_new(struct topic_state);
    t->name = mem_strndup(r->name.p, r->name.n);
    t->id = r->topic_id;
    vec_insert(&a->i->topics, at, t);
    map_set(&a->i->topics_by_name, t->name, r->name.n, t);
    map_set(&a->i->topics_by_id, t->id.b, sizeof(t->id.b), t);
    image_tell(a, &(struct image_change){ .kind = IMAGE_TOPIC_NEW, .topic = t });
    return ERR_OK;
}

/* Room for partition `id`; sizes are powers of two so that growth by one is cheap. */
static struct partition_state *partition_slot(struct topic_state *t, int32_t id)
{
    if (id >= t->partitions_n) {
        int32_t had = t->partitions_n, capacity = had ? 1 : 0, want = 1;

        while (capacity && capacity < had)
            capacity *= 2;
        while (want < id + 1)
            want *= 2;
        if (want > capacity)
            t->partitions = mem_resize_array(t->partitions, (size_t)want, sizeof(*t->partitions));
        memset(t->partitions + had, 0, (size_t)(id + 1 - had) * sizeof(*t->partitions));
        t->partitions_n = id + 1;
    }
    return &t->partitions[id];
}

/* Directories for `n` replicas: those given, else what `old` had for the same broker, else
 * unassigned. In the arena of the record. */
static const struct uuid *directories_for(const struct applying *a, const int32_t *replicas,
                                          int32_t n, const struct uuid *given, int32_t given_n,
                                          const struct partition_state *old)
{
    struct uuid *d;

    if (given && given_n == n)
        return given;
    d = arena_array(&a->i->arena, n > 0 ? (size_t)n : 1, sizeof(*d));
    for (int32_t r = 0; r < n; r++) {
        d[r] = directory_unassigned;
        for (int32_t o = 0; old && o < old->replicas_n; o++) {
            if (old->replicas[o] == replicas[r])
                d[r] = old->directories[o];
        }
    }
    /* Before directories existed a replica had none: MIGRATING, which is zero. */
    if (!old && given_n <= 0)
        memset(d, 0, (n > 0 ? (size_t)n : 1) * sizeof(*d));
    return d;
}

static void tell_partition(const struct applying *a, const struct topic_state *t, int32_t id)
{
    image_tell(a, &(struct image_change){ .kind = IMAGE_PARTITION, .topic = t, .partition = id });
}

err_t apply_partition(const struct applying *a, const void *msg)
{
    const struct kf_partition_record *r = msg;
    struct topic_state *t = topic_of(a, &r->topic_id, "PartitionRecord");
    struct partition_state *p;
    struct arrays arrays;

    if (!t)
        return ERR_CORRUPT;
    if (r->partition_id < 0 || r->partition_id > PARTITION_ID_MAX)
        return why(a->reterr, ERR_CORRUPT, "PartitionRecord at offset %lld has partition %d",
                   (long long)a->offset, r->partition_id);
    p = partition_slot(t, r->partition_id);
    a->i->partitions_n += !p->directories;
    image_index_drop(a->i, t, r->partition_id);
    arrays = (struct arrays){
        .replicas = { r->replicas, r->replicas_n },
        .isr = { r->isr, r->isr_n },
        .adding = { r->adding_replicas, r->adding_replicas_n },
        .removing = { r->removing_replicas, r->removing_replicas_n },
        .elr = { r->eligible_leader_replicas, r->eligible_leader_replicas_n },
        .last_known_elr = { r->last_known_elr, r->last_known_elr_n },
        .directories =
            directories_for(a, r->replicas, r->replicas_n, r->directories, r->directories_n, NULL),
    };
    lay_down(p, &arrays);
    p->leader = r->leader;
    p->leader_epoch = r->leader_epoch;
    p->partition_epoch = r->partition_epoch;
    p->leader_recovery = r->leader_recovery_state;
    image_index_put(a->i, t, r->partition_id);
    tell_partition(a, t, r->partition_id);
    return ERR_OK;
}

#define MERGE(name, field)                            \
    .name = { r->field##_n >= 0 ? r->field : p->name, \
              r->field##_n >= 0 ? r->field##_n : p->name##_n }

static void merge(const struct applying *a, struct partition_state *p,
                  const struct kf_partition_change_record *r)
{
    struct arrays arrays = {
        MERGE(replicas, replicas),
        MERGE(isr, isr),
        MERGE(adding, adding_replicas),
        MERGE(removing, removing_replicas),
        MERGE(elr, eligible_leader_replicas),
        MERGE(last_known_elr, last_known_elr),
    };

    arrays.directories = directories_for(a, arrays.replicas.p, arrays.replicas.n, r->directories,
                                         r->directories_n, p);
    lay_down(p, &arrays);
    if (r->leader != NO_LEADER_CHANGE) {
        p->leader = r->leader;
        p->leader_epoch = (int32_t)((uint32_t)p->leader_epoch + 1);
    }
    if (r->leader_recovery_state >= 0)
        p->leader_recovery = r->leader_recovery_state;
    p->partition_epoch = (int32_t)((uint32_t)p->partition_epoch + 1);
}

err_t apply_partition_change(const struct applying *a, const void *msg)
{
    const struct kf_partition_change_record *r = msg;
    struct topic_state *t = topic_of(a, &r->topic_id, "PartitionChangeRecord");

    if (!t)
        return ERR_CORRUPT;
    if (r->partition_id < 0 || r->partition_id >= t->partitions_n ||
        !t->partitions[r->partition_id].directories)
        return why(a->reterr, ERR_CORRUPT,
                   "PartitionChangeRecord at offset %lld names %s-%d, which is unknown",
                   (long long)a->offset, t->name, r->partition_id);
    image_index_drop(a->i, t, r->partition_id);
    merge(a, &t->partitions[r->partition_id], r);
    image_index_put(a->i, t, r->partition_id);
    tell_partition(a, t, r->partition_id);
    return ERR_OK;
}

static void topic_free(struct topic_state *t)
{
    for (int32_t p = 0; p < t->partitions_n; p++)
        mem_free(t->partitions[p].directories);
    mem_free(t->partitions);
    mem_free(t->name);
    mem_free(t);
}

static size_t partitions_of(const struct topic_state *t)
{
    size_t n = 0;

    for (int32_t p = 0; p < t->partitions_n; p++)
        n += t->partitions[p].directories != NULL;
    return n;
}

err_t apply_remove_topic(const struct applying *a, const void *msg)
{
    const struct kf_remove_topic_record *r = msg;
    struct topic_state *t = topic_of(a, &r->topic_id, "RemoveTopicRecord");
    struct str name;
    bool found;
    size_t at;

    if (!t)
        return ERR_CORRUPT;
    name = str_of(t->name);
    at = vec_find(&a->i->topics, by_name, &name, &found);
    INVARIANT(found);
    vec_remove(&a->i->topics, at);
    map_remove(&a->i->topics_by_name, t->name, name.n);
    map_remove(&a->i->topics_by_id, t->id.b, sizeof(t->id.b));
    image_drop_configs(a->i, 2, name);
    a->i->partitions_n -= partitions_of(t);
    for (int32_t id = 0; id < t->partitions_n; id++)
        image_index_drop(a->i, t, id);
    image_tell(a, &(struct image_change){ .kind = IMAGE_TOPIC_GONE, .topic = t });
    topic_free(t);
    return ERR_OK;
}

static void clear_elr(const struct applying *a, struct topic_state *t)
{
    for (int32_t id = 0; id < t->partitions_n; id++) {
        struct partition_state *p = &t->partitions[id];

        if (!p->elr_n && !p->last_known_elr_n)
            continue;
        image_index_drop(a->i, t, id);
        p->elr_n = p->last_known_elr_n = 0;
        p->partition_epoch = (int32_t)((uint32_t)p->partition_epoch + 1); /* as every change */
        image_index_put(a->i, t, id);
        tell_partition(a, t, id);
    }
}

err_t apply_clear_elr(const struct applying *a, const void *msg)
{
    const struct kf_clear_elr_record *r = msg;
    struct topic_state *t = map_get_str(&a->i->topics_by_name, r->topic_name);

    if (r->topic_name.n && !t)
        return why(a->reterr, ERR_CORRUPT,
                   "ClearElrRecord at offset %lld names the unknown topic %.*s",
                   (long long)a->offset, STR_ARG(r->topic_name));
    if (t)
        clear_elr(a, t);
    for (size_t n = 0; !t && n < a->i->topics.n; n++)
        clear_elr(a, a->i->topics.p[n]);
    return ERR_OK;
}

void image_free_topics(struct image *i)
{
    for (size_t n = 0; n < i->topics.n; n++)
        topic_free(i->topics.p[n]);
    mem_free(i->topics.p);
    map_done(&i->topics_by_name);
    map_done(&i->topics_by_id);
}

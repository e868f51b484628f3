#include "controlplane/fleet/capacity.h"

#include "common/map.h"

static const int64_t gib = 1 << 30;

static const json_t *group_of(const struct cluster *c)
{
    return json_object_get(c->spec, "brokerNodeGroupInfo");
}

const char *capacity_instance_type(const struct cluster *c)
{
    const char *name = json_string_value(json_object_get(group_of(c), "instanceType"));

    return name ? name : "";
}

struct placement_amount capacity_of_broker(const struct cluster *c)
{
    const struct instance_type *t = instance_type_find(capacity_instance_type(c));
    const json_t *storage = json_object_get(group_of(c), "storageInfo");
    const json_t *size = json_object_get(json_object_get(storage, "ebsStorageInfo"), "volumeSize");

    return (struct placement_amount){ t ? t->vcpus : 0, t ? t->memory_gib * gib : 0,
                                      json_integer_value(size) * gib };
}

struct placement_amount capacity_of_controller(void)
{
    return (struct placement_amount){ .storage_bytes = gib };
}

struct placement_amount capacity_of_node(const struct config *config, const struct node *n)
{
    return (struct placement_amount){ n->cpus * config->cpu_overcommit,
                                      n->memory_bytes * config->memory_overcommit,
                                      n->disk_bytes * config->storage_overcommit };
}

static void take(struct placement_node *n, const struct process *p, bool own)
{
    bool controller = p->kind == PROCESS_CONTROLLER;
    struct placement_amount a = controller ? capacity_of_controller() : capacity_of_broker(p->cluster);

    n->taken.vcpus += a.vcpus;
    n->taken.memory_bytes += a.memory_bytes;
    n->taken.storage_bytes += a.storage_bytes;
    n->processes++;
    if (own)
        *(controller ? &n->controllers : &n->brokers) += 1;
}

static unsigned count(struct store *s)
{
    unsigned n = 0;

    list_each(node, store_nodes(s))
        n++;
    return n;
}

struct placement_node *capacity_nodes(struct store *s, const struct config *config, const struct cluster *c,
                                      unsigned *ret_n)
{
    struct placement_node *nodes = mem_resize_array(NULL, count(s) + 1, sizeof(*nodes));
    struct map by_name = { 0 };
    unsigned n = 0;

    list_each(node, store_nodes(s)) {
        struct node *it = list_item(node, struct node, node);

        if (it->removed_ms)
            continue;
        nodes[n] = (struct placement_node){ .name = it->name, .zone = it->zone,
                                            .has = capacity_of_node(config, it) };
        (void)map_set(&by_name, it->name, strlen(it->name), &nodes[n++]);
    }
    list_each(node, store_clusters(s)) {
        struct cluster *other = list_item(node, struct cluster, node);

        list_each(at, &other->processes) {
            struct process *p = list_item(at, struct process, node);
            struct placement_node *host = map_get_str(&by_name, str_of(p->host));

            if (host && p->seen != SEEN_GONE)
                take(host, p, other == c);
        }
    }
    map_done(&by_name);
    *ret_n = n;
    return nodes;
}

/* `more` of something for each of n brokers, where it fits no longer. */
static err_t no_room(const struct placement_node *n, const char *what, int64_t unit, int64_t has,
                     int64_t taken, int64_t more, struct why *reterr)
{
    return why(reterr, ERR_NO_SPACE,
               "node %s has %lld of %lld %s free, its %d brokers would take %lld more.", n->name,
               (long long)((has - taken) / unit), (long long)(has / unit), what, n->brokers,
               (long long)(more / unit));
}

static err_t node_has_room(const struct placement_node *n, const struct placement_amount *more,
                           struct why *reterr)
{
    const struct placement_amount *has = &n->has, *taken = &n->taken;
    int64_t storage = n->brokers * more->storage_bytes, memory = n->brokers * more->memory_bytes;
    int64_t vcpus = n->brokers * more->vcpus;

    if (storage > has->storage_bytes - taken->storage_bytes)
        return no_room(n, "GiB storage", gib, has->storage_bytes, taken->storage_bytes, storage, reterr);
    if (vcpus > has->vcpus - taken->vcpus)
        return no_room(n, "vCPUs", 1, has->vcpus, taken->vcpus, vcpus, reterr);
    if (memory > has->memory_bytes - taken->memory_bytes)
        return no_room(n, "GiB memory", gib, has->memory_bytes, taken->memory_bytes, memory, reterr);
    return ERR_OK;
}

err_t capacity_has_room(struct store *s, const struct config *config, const struct cluster *c,
                        const struct placement_amount *more, struct why *reterr)
{
    unsigned n;
    OWNED_MEM struct placement_node *nodes = capacity_nodes(s, config, c, &n);
    err_t e = ERR_OK;

    for (unsigned i = 0; i < n && !e; i++)
        e = node_has_room(&nodes[i], more, reterr);
    return e;
}

err_t capacity_partitions_fit(const struct cluster *c, const struct instance_type *t, struct why *reterr)
{
    list_each(node, &c->processes) {
        const struct process *p = list_item(node, struct process, node);

        if (p->kind == PROCESS_BROKER && p->replicas > t->partitions_max)
            return why(reterr, ERR_NO_SPACE,
                       "a broker of type %s may hold %d partitions at most, replicas included, and broker %d"
                       " holds %lld. Remove %lld of them or choose a larger type first.",
                       t->name, t->partitions_max, p->node_id, (long long)p->replicas,
                       (long long)(p->replicas - t->partitions_max));
    }
    return ERR_OK;
}

err_t capacity_partitions_fit_on(const struct cluster *c, int64_t left, struct why *reterr)
{
    const struct instance_type *t = instance_type_find(capacity_instance_type(c));
    int64_t all = 0;

    list_each(node, &c->processes)
        all += list_item(node, struct process, node)->replicas;
    if (!t || all <= left * t->partitions_max)
        return ERR_OK;
    return why(reterr, ERR_NO_SPACE,
               "%lld brokers of type %s may hold %d partitions each, replicas included, %lld in all, and the"
               " cluster has %lld.", (long long)left, t->name, t->partitions_max,
               (long long)(left * t->partitions_max), (long long)all);
}

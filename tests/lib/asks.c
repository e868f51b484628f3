#include "tests/lib/asks.h"

#include <stdio.h>

static struct cluster *find(struct asks *a, unsigned i)
{
    OWNED_MEM char *arn = mem_printf("arn:%u", i);

    return store_cluster(a->store, str_of(arn));
}

static struct cluster *find_active(struct asks *a, unsigned i)
{
    struct cluster *c = find(a, i);

    return c && c->state == CLUSTER_ACTIVE ? c : NULL;
}

void ask_configurations(struct store *s)
{
    static const char *const texts[] = { "num.partitions=2", "num.partitions=3", "message.max.bytes=1" };
    static const char *const names[] = { "a", "b", "x" };

    for (int i = 0; i < 3; i++) {
        struct configuration *k = store_configuration_new(s, names[i], names[i]);

        store_put_configuration(s, k);
        store_put_configuration_revision(s, k, store_configuration_revision_new(k, texts[i]));
    }
}

bool ask_create(struct asks *a, unsigned i, int32_t brokers)
{
    OWNED_MEM char *arn = mem_printf("arn:%u", i), *name = mem_printf("c%u", i),
                   *uuid = mem_printf("uuid-%u", i);
    OWNED_MEM char *kafka_id = mem_printf("%cAAAAAAAAAAAAAAAAAAAAA", 'A' + (int)i);
    OWNED_MEM char *operation = mem_printf("arn:%u/create", i);
    json_t *spec = json_pack("{s:{s:[s,s,s], s:s, s:{s:{s:i}}}}", "brokerNodeGroupInfo", "clientSubnets",
                             "s-a", "s-b", "s-c", "instanceType", "kafka.m7g.large", "storageInfo",
                             "ebsStorageInfo", "volumeSize", 10);
    struct cluster *c;

    store_begin(a->store);
    c = store_cluster_new(a->store, arn, name, spec, json_object());
    store_set_text(&c->uuid, uuid);
    store_set_text(&c->kafka_id, kafka_id);
    store_set_text(&c->current_version, "K1");
    c->created_ms = a->now_ms;
    c->brokers_n = brokers;
    store_put_cluster(a->store, c);
    store_put_operation(a->store, store_operation_new(a->store, operation, arn, "CREATE_CLUSTER"));
    return true;
}

bool ask_delete(struct asks *a, unsigned i, char *uuid)
{
    struct cluster *c = find(a, i);
    OWNED_MEM char *operation = mem_printf("arn:%u/delete", i);
    struct operation *o;

    if (!c || c->state == CLUSTER_DELETING)
        return false;
    (void)snprintf(uuid, 64, "%s", c->uuid);
    store_begin(a->store);
    o = store_active_operation(a->store, c);
    if (o) {
        o->state = OPERATION_FAILED;
        store_put_operation(a->store, o);
    }
    c->state = CLUSTER_DELETING;
    store_put_cluster(a->store, c);
    store_put_operation(a->store, store_operation_new(a->store, operation, c->arn, "DELETE_CLUSTER"));
    return true;
}

/* A new operation with this plan, which it takes over; the transaction is open. */
static void update(struct asks *a, struct cluster *c, enum cluster_state state, const char *type,
                   json_t *plan)
{
    OWNED_MEM char *arn = mem_printf("%s/update-%u", c->arn, a->n++);
    struct operation *o = store_operation_new(a->store, arn, c->arn, type);

    c->state = state;
    o->created_ms = a->now_ms;
    json_object_set_new(plan, "since", json_integer(store_next_revision(a->store)));
    store_set_json(&o->plan, plan);
    store_put_operation(a->store, o);
    store_put_cluster(a->store, c);
}

bool ask_reboot(struct asks *a, unsigned i, int every)
{
    struct cluster *c = find_active(a, i);
    json_t *ids;

    if (!c)
        return false;
    ids = json_array();
    for (int id = 1; id <= c->brokers_n; id += every)
        json_array_append_new(ids, json_integer(id));
    store_begin(a->store);
    update(a, c, CLUSTER_REBOOTING, "REBOOT_NODE", json_pack("{s:s, s:o}", "how", "restart", "brokers", ids));
    return true;
}

bool ask_configure(struct asks *a, unsigned i, const char *configuration)
{
    struct cluster *c = find_active(a, i);
    json_t *before = c ? json_object_get(c->spec, "configurationInfo") : NULL, *plan;

    if (!c)
        return false;
    store_begin(a->store);
    plan = json_pack("{s:s, s:b, s:{s:o}}", "how", "restart", "controllers", 1, "undo", "configurationInfo",
                     before ? json_incref(before) : json_null());
    json_object_set_new(c->spec, "configurationInfo",
                        json_pack("{s:s, s:i}", "arn", configuration, "revision", 1));
    update(a, c, CLUSTER_UPDATING, "UPDATE_CLUSTER_CONFIGURATION", plan);
    return true;
}

bool ask_grow(struct asks *a, unsigned i)
{
    struct cluster *c = find_active(a, i);
    json_t *ebs = c ? json_object_get(json_object_get(json_object_get(c->spec, "brokerNodeGroupInfo"),
                                                      "storageInfo"), "ebsStorageInfo") : NULL;

    if (!c)
        return false;
    store_begin(a->store);
    json_object_set_new(ebs, "volumeSize", json_integer(json_integer_value(json_object_get(ebs, "volumeSize"))
                                                        + 10));
    update(a, c, CLUSTER_UPDATING, "UPDATE_BROKER_STORAGE", json_pack("{s:s}", "how", "apply"));
    return true;
}

bool ask_scale(struct asks *a, unsigned i)
{
    struct cluster *c = find_active(a, i);

    if (!c || c->brokers_n != 3)
        return false;
    store_begin(a->store);
    c->brokers_n = 6;
    update(a, c, CLUSTER_UPDATING, "INCREASE_BROKER_COUNT",
           json_pack("{s:i, s:b}", "count", 6, "fill", 1));
    return true;
}

/* The last of each zone: the highest three, of a cluster whose zones take turns. */
bool ask_shrink(struct asks *a, unsigned i)
{
    struct cluster *c = find_active(a, i);
    json_t *ids;

    if (!c || c->brokers_n != 6)
        return false;
    ids = json_array();
    list_each(node, &c->processes) {
        const struct process *p = list_item(node, struct process, node);

        if (p->kind == PROCESS_BROKER)
            json_array_append_new(ids, json_integer(p->node_id));
    }
    while (json_array_size(ids) > 3)
        json_array_remove(ids, 0);
    store_begin(a->store);
    update(a, c, CLUSTER_UPDATING, "DECREASE_BROKER_COUNT", json_pack("{s:o}", "remove", ids));
    return true;
}

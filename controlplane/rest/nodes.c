/* klamm's own calls: the nodes that agents run on (docs/nodes.md). MSK's ListNodes means brokers. */
#include "controlplane/fleet/capacity.h"
#include "controlplane/rest/routes.h"

static json_t *shape_amount(const struct placement_amount *a)
{
    static const double gib = 1 << 30;

    return json_pack("{s:I, s:f, s:f}", "vcpus", (json_int_t)a->vcpus, "memoryGiB",
                     (double)a->memory_bytes / gib, "storageGiB", (double)a->storage_bytes / gib);
}

static json_t *shape_process(const struct process *p)
{
    const struct instance_type *t = instance_type_find(capacity_instance_type(p->cluster));
    json_t *o = json_pack("{s:s, s:s, s:i, s:s}", "clusterName", p->cluster->name, "kind",
                          store_process_kind_name(p->kind), "id", p->node_id, "state",
                          store_seen_name(p->seen));

    if (p->kind == PROCESS_BROKER && p->total_bytes && t) {
        json_object_set_new(o, "partitions", json_integer(p->replicas));
        json_object_set_new(o, "partitionsRecommended", json_integer(t->partitions_recommended));
        json_object_set_new(o, "partitionsMax", json_integer(t->partitions_max));
    }
    return o;
}

static json_t *shape_processes(struct store *s, const struct node *n)
{
    json_t *all = json_array();

    list_each(node, store_clusters(s)) {
        struct cluster *c = list_item(node, struct cluster, node);

        list_each(at, &c->processes) {
            struct process *p = list_item(at, struct process, node);

            if (strcmp(p->host, n->name) == 0)
                json_array_append_new(all, shape_process(p));
        }
    }
    return all;
}

/* `room` is NULL for a node that was removed. */
static json_t *shape(struct call *c, const struct node *n, const struct placement_node *room)
{
    const char *state = n->removed_ms             ? "REMOVED"
                        : fleet_node_connected(n) ? "CONNECTED"
                                                  : "AWAY";
    json_t *o = json_pack("{s:s, s:s, s:s, s:o, s:o}", "name", n->name, "zone", n->zone, "state", state,
                          "joinedTime", json_time(n->joined_ms), "processes", shape_processes(c->store, n));

    if (n->removed_ms)
        json_object_set_new(o, "removedTime", json_time(n->removed_ms));
    if (n->limits[0])
        json_object_set_new(o, "limits", json_string(n->limits));
    if (n->volumes[0])
        json_object_set_new(o, "volumes", json_string(n->volumes));
    if (room) {
        json_object_set_new(o, "capacity", shape_amount(&room->has));
        json_object_set_new(o, "taken", shape_amount(&room->taken));
    }
    return o;
}

void rest_klamm_list_nodes(struct call *c)
{
    unsigned rooms_n, at = 0;
    OWNED_MEM struct placement_node *rooms = capacity_nodes(c->store, c->config, NULL, &rooms_n);
    json_t *items = json_array();
    struct page page;

    c->answer = json_pack("{s:o}", "nodes", items);
    if (!call_page(c, &page))
        return;
    list_each(node, store_nodes(c->store)) {
        const struct node *n = list_item(node, struct node, node);
        const struct placement_node *room = NULL;

        /* Both lists are in the store's order, removed ones left out of the second. */
        if (at < rooms_n && rooms[at].name == n->name)
            room = &rooms[at++];
        if (page_take(&page, n->name))
            json_array_append_new(items, shape(c, n, room));
    }
    page_end(c, &page);
}

void rest_klamm_remove_node(struct call *c)
{
    struct str lost = call_query(c, "dataIsLost", 0);
    struct why reason;
    err_t e;

    if (lost.p && !str_is(lost, "true") && !str_is(lost, "false")) {
        call_bad(c, "dataIsLost", "dataIsLost: '%.*s' must be true or false.", STR_ARG(lost));
        return;
    }
    e = fleet_remove_node(c->fleet, c->store, c->parameters[0], str_is(lost, "true"), &reason);
    if (e == ERR_NOT_FOUND)
        call_refuse(c, 404, "NotFoundException", "nodeName", "%s", reason.text);
    else if (e == ERR_INVALID)
        call_bad(c, "dataIsLost", "%s", reason.text);
    else if (e)
        call_refuse(c, 409, "ConflictException", "nodeName", "%s", reason.text);
    else
        c->answer = json_pack("{s:s, s:s}", "name",
                              arena_text(c->arena, c->parameters[0]), "state", "REMOVED");
}

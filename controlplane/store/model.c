#include <stdio.h>
#include <stdlib.h>

#include "controlplane/store/store_private.h"

const char *store_cluster_state_name(enum cluster_state s)
{
    static const char *const names[] = { "CREATING", "ACTIVE",   "DELETING",        "FAILED",
                                         "HEALING",  "UPDATING", "REBOOTING_BROKER" };

    return names[s];
}

const char *store_operation_state_name(const struct operation *o)
{
    static const char *const updates[] = { "PENDING", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE",
                                           "UPDATE_FAILED" };
    static const char *const reboots[] = { "PENDING", "REBOOT_IN_PROGRESS", "REBOOT_COMPLETE",
                                           "REBOOT_FAILED" };

    return strcmp(o->type, "REBOOT_NODE") == 0 ? reboots[o->state] : updates[o->state];
}

const char *store_process_kind_name(enum process_kind k)
{
    return k == PROCESS_BROKER ? "broker" : "controller";
}

static const char *const seen_names[] = { "nothing", "starting", "running", "stopped", "failed", "gone" };

const char *store_seen_name(enum process_seen s)
{
    return seen_names[s];
}

bool store_seen_parse(const char *text, enum process_seen *ret)
{
    for (unsigned i = 0; text && i < ARRAY_LEN(seen_names); i++)
        if (strcmp(text, seen_names[i]) == 0) {
            *ret = (enum process_seen)i;
            return true;
        }
    return false;
}

void store_set_text(char **member, const char *text)
{
    char *copy = text ? mem_strdup(text) : NULL;

    mem_free(*member);
    *member = copy;
}

void store_set_json(json_t **member, json_t *value)
{
    json_decref(*member);
    *member = value;
}

struct list *store_clusters(struct store *s)
{
    return &s->clusters;
}

struct list *store_operations(struct store *s)
{
    return &s->operations;
}

struct list *store_nodes(struct store *s)
{
    return &s->nodes;
}

struct cluster *store_cluster(struct store *s, struct str arn)
{
    list_each(node, &s->clusters) {
        struct cluster *c = list_item(node, struct cluster, node);

        if (str_is(arn, c->arn))
            return c;
    }
    return NULL;
}

struct cluster *store_cluster_named(struct store *s, struct str name)
{
    list_each(node, &s->clusters) {
        struct cluster *c = list_item(node, struct cluster, node);

        if (str_is(name, c->name))
            return c;
    }
    return NULL;
}

struct operation *store_operation(struct store *s, struct str arn)
{
    list_each(node, &s->operations) {
        struct operation *o = list_item(node, struct operation, node);

        if (str_is(arn, o->arn))
            return o;
    }
    return NULL;
}

/* One at a time: the newest, if any. */
struct operation *store_active_operation(struct store *s, const struct cluster *c)
{
    (void)s;
    return c->newest && c->newest->state <= OPERATION_IN_PROGRESS ? c->newest : NULL;
}

struct node *store_node(struct store *s, struct str name)
{
    return map_get_str(&s->nodes_by_name, name);
}

char *store_process_id(const struct process *p)
{
    return mem_printf("%s/%s-%d", p->cluster->uuid, store_process_kind_name(p->kind), p->node_id);
}

struct process *store_process(struct store *s, struct str id)
{
    list_each(node, &s->clusters) {
        struct cluster *c = list_item(node, struct cluster, node);

        if (id.n <= strlen(c->uuid) || memcmp(id.p, c->uuid, strlen(c->uuid)) != 0)
            continue;
        list_each(at, &c->processes) {
            struct process *p = list_item(at, struct process, node);
            OWNED_MEM char *own = store_process_id(p);

            if (str_is(id, own))
                return p;
        }
    }
    return NULL;
}

struct cluster *store_cluster_new(struct store *s, const char *arn, const char *name, json_t *spec,
                                  json_t *tags)
{
    struct cluster *c = mem_new(struct cluster);

    c->arn = mem_strdup(arn);
    c->name = mem_strdup(name);
    c->spec = spec;
    c->tags = tags;
    c->scaling = json_object();
    list_init(&c->processes);
    list_push(&s->clusters, &c->node);
    return c;
}

struct process *store_process_new(struct cluster *c, enum process_kind kind, int32_t node_id)
{
    struct process *p = mem_new(struct process);

    p->cluster = c;
    p->kind = kind;
    p->node_id = node_id;
    list_push(&c->processes, &p->node);
    return p;
}

struct operation *store_operation_new(struct store *s, const char *arn, const char *cluster_arn,
                                      const char *type)
{
    struct operation *o = mem_new(struct operation);
    struct cluster *cluster = store_cluster(s, str_of(cluster_arn));

    o->arn = mem_strdup(arn);
    o->cluster_arn = mem_strdup(cluster_arn);
    o->type = mem_strdup(type);
    o->source = json_object();
    o->target = json_object();
    o->plan = json_object();
    /* first in the ring: newest first */
    list_push(s->operations.next, &o->node);
    if (cluster)
        cluster->newest = o;
    return o;
}

struct node *store_node_new(struct store *s, const char *name, const char *zone)
{
    struct node *n = mem_new(struct node);

    n->name = mem_strdup(name);
    n->zone = mem_strdup(zone);
    list_push(&s->nodes, &n->node);
    (void)map_set(&s->nodes_by_name, n->name, strlen(n->name), n);
    return n;
}

void process_forget(struct process *p)
{
    list_remove(&p->node);
    mem_free(p->host);
    mem_free(p->zone);
    mem_free(p->subnet_id);
    mem_free(p->address);
    mem_free(p->reason);
    mem_free(p->told.host);
    mem_free(p);
}

void cluster_forget(struct cluster *c)
{
    while (!list_empty(&c->processes))
        process_forget(list_item(c->processes.next, struct process, node));
    list_remove(&c->node);
    mem_free(c->arn);
    mem_free(c->name);
    mem_free(c->uuid);
    mem_free(c->kafka_id);
    mem_free(c->current_version);
    mem_free(c->state_code);
    mem_free(c->state_message);
    mem_free(c->scaling_refusal);
    mem_free(c->told.code);
    mem_free(c->told.message);
    mem_free(c->told.policy_version);
    mem_free(c->told.growth);
    json_decref(c->told.tags);
    mem_free(c->policy);
    mem_free(c->policy_version);
    json_decref(c->spec);
    json_decref(c->tags);
    json_decref(c->rebalance);
    json_decref(c->scaling);
    mem_free(c);
}

void operation_forget(struct operation *o)
{
    list_remove(&o->node);
    mem_free(o->arn);
    mem_free(o->cluster_arn);
    mem_free(o->type);
    mem_free(o->step);
    mem_free(o->error_code);
    mem_free(o->error_message);
    json_decref(o->source);
    json_decref(o->target);
    json_decref(o->plan);
    mem_free(o->told.step);
    mem_free(o);
}

void node_forget(struct node *n)
{
    list_remove(&n->node);
    mem_free(n->name);
    mem_free(n->zone);
    mem_free(n);
}

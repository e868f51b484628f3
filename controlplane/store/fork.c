/* A copy of the store in memory alone: what is done to it is done to nothing. */
#include "controlplane/store/store_private.h"

static void copy_process(struct cluster *to, const struct process *p)
{
    struct process *q = store_process_new(to, p->kind, p->node_id);
    struct list node = q->node;

    *q = *p;
    q->node = node;
    q->cluster = to;
    q->host = q->zone = q->subnet_id = q->address = q->reason = NULL;
    memset(&q->told, 0, sizeof(q->told));
    store_set_text(&q->host, p->host);
    store_set_text(&q->zone, p->zone);
    store_set_text(&q->subnet_id, p->subnet_id);
    store_set_text(&q->address, p->address);
    store_set_text(&q->reason, p->reason);
}

static void copy_texts(struct cluster *to, const struct cluster *c)
{
    store_set_text(&to->uuid, c->uuid);
    store_set_text(&to->kafka_id, c->kafka_id);
    store_set_text(&to->current_version, c->current_version);
    store_set_text(&to->state_code, c->state_code);
    store_set_text(&to->state_message, c->state_message);
    store_set_text(&to->scaling_refusal, c->scaling_refusal);
    store_set_text(&to->policy, c->policy);
    store_set_text(&to->policy_version, c->policy_version);
}

static void copy_cluster(struct store *to, struct cluster *c)
{
    struct cluster *d =
        store_cluster_new(to, c->arn, c->name, json_deep_copy(c->spec), json_deep_copy(c->tags));

    copy_texts(d, c);
    d->state = c->state;
    d->created_ms = c->created_ms;
    d->brokers_n = c->brokers_n;
    d->scaling_refused_ms = c->scaling_refused_ms;
    store_set_json(&d->scaling, json_deep_copy(c->scaling));
    store_set_json(&d->rebalance, json_deep_copy(c->rebalance));
    list_each(node, &c->processes)
        copy_process(d, list_item(node, struct process, node));
}

static void copy_operation(struct store *to, const struct operation *o)
{
    struct operation *p = store_operation_new(to, o->arn, o->cluster_arn, o->type);

    p->state = o->state;
    p->created_ms = o->created_ms;
    p->ended_ms = o->ended_ms;
    store_set_text(&p->step, o->step);
    store_set_text(&p->error_code, o->error_code);
    store_set_text(&p->error_message, o->error_message);
    store_set_json(&p->source, json_deep_copy(o->source));
    store_set_json(&p->target, json_deep_copy(o->target));
    store_set_json(&p->plan, json_deep_copy(o->plan));
}

static void copy_node(struct store *to, const struct node *n)
{
    struct node *m = store_node_new(to, n->name, n->zone), keep = *m;

    *m = *n;
    m->node = keep.node;
    m->name = keep.name;
    m->zone = keep.zone;
}

static void copy_configuration(struct store *to, struct configuration *k)
{
    struct configuration *l = store_configuration_new(to, k->arn, k->name);

    l->created_ms = k->created_ms;
    store_set_text(&l->description, k->description);
    store_set_json(&l->kafka_versions, json_deep_copy(k->kafka_versions));
    list_each(node, &k->revisions) {
        const struct configuration_revision *r = list_item(node, struct configuration_revision, node);
        struct configuration_revision *q = store_configuration_revision_new(l, r->properties);

        q->number = r->number;
        q->created_ms = r->created_ms;
        store_set_text(&q->description, r->description);
    }
}

struct store *store_fork(struct store *s)
{
    struct store *to = mem_new(struct store);

    list_init(&to->clusters);
    list_init(&to->operations);
    list_init(&to->nodes);
    list_init(&to->configurations);
    to->revision = to->stored_revision = s->revision;
    list_each(node, &s->clusters)
        copy_cluster(to, list_item(node, struct cluster, node));
    for (struct list *n = s->operations.prev; n != &s->operations; n = n->prev) {
        const struct operation *o = list_item(n, struct operation, node);

        if (o->state <= OPERATION_IN_PROGRESS)
            copy_operation(to, o);
    }
    list_each(node, &s->nodes)
        copy_node(to, list_item(node, struct node, node));
    list_each(node, &s->configurations)
        copy_configuration(to, list_item(node, struct configuration, node));
    return to;
}

/* Events of processes, nodes and operations (event.h). */
#include <stdio.h>

#include "controlplane/store/event.h"
#include "controlplane/store/store_private.h"

/* --- processes --- */

/* `what` behind the kind: "BROKER_RUNNING". `after`: of the message, "Broker 1 on node a ...". */
static void tell(struct store *s, const struct process *p, const char *what, const char *after)
{
    const char *kind = store_process_kind_name(p->kind);
    bool broker = p->kind == PROCESS_BROKER;
    OWNED_MEM char *type = mem_printf("%s_%s", broker ? "BROKER" : "CONTROLLER", what);

    store_put_event(s, p->cluster->arn, type,
                    json_pack("{s:s, s:i, s:s, s:s}", "process", kind, "id", p->node_id, "node",
                              p->host, "zone", p->zone),
                    "%s %d on node %s %s.", broker ? "Broker" : "Controller", p->node_id, p->host,
                    after);
}

static void tell_with_reason(struct store *s, const struct process *p, const char *what, const char *after)
{
    OWNED_MEM char *text =
        mem_printf("%s%s%s", after, p->reason ? ": " : "", p->reason ? p->reason : "");

    tell(s, p, what, text);
}

/* klammd itself stops nothing without a newer revision. */
static bool died(const struct process *p)
{
    return p->told.seen == SEEN_RUNNING && p->told.revision == p->revision &&
           (p->seen == SEEN_STARTING || p->seen == SEEN_STOPPED || p->seen == SEEN_NOTHING);
}

static void tell_seen(struct store *s, const struct process *p)
{
    if (died(p))
        tell_with_reason(s, p, "DIED", "runs no more");
    else if (p->seen == SEEN_RUNNING)
        tell(s, p, "RUNNING", "runs");
    else if (p->seen == SEEN_FAILED)
        tell_with_reason(s, p, "FAILED", "does not run");
    else if (p->seen == SEEN_STOPPED && p->wanted == WANTED_STOPPED)
        tell(s, p, "STOPPED", "is stopped, and keeps its volume");
    else if (p->seen == SEEN_GONE)
        tell(s, p, "REMOVED", "is gone with its volume");
}

static void tell_moved(struct store *s, const struct process *p)
{
    OWNED_MEM char *text = mem_printf("starts anew there: it was on node %s", p->told.host);

    tell(s, p, "MOVED", text);
}

void event_process(struct store *s, const struct process *p)
{
    if (!p->told.known)
        tell(s, p, "LAUNCHED", "is to be launched");
    else if (strcmp(p->told.host, p->host) != 0)
        tell_moved(s, p);
    else if (p->told.restart != p->restart)
        tell(s, p, "RESTARTED", "is restarted");
    if (p->told.known && p->told.seen != p->seen)
        tell_seen(s, p);
    event_told_process((struct process *)(uintptr_t)p);
}

void event_told_process(struct process *p)
{
    p->told.known = true;
    p->told.seen = p->seen;
    p->told.revision = p->revision;
    p->told.restart = p->restart;
    store_set_text(&p->told.host, p->host);
}

/* --- nodes --- */

static bool is_on(struct cluster *c, const struct node *n)
{
    list_each(node, &c->processes)
        if (strcmp(list_item(node, struct process, node)->host, n->name) == 0)
            return true;
    return false;
}

void event_node(struct store *s, const struct node *n)
{
    if (n->removed_ms == n->told_removed_ms)
        return;
    ((struct node *)(uintptr_t)n)->told_removed_ms = n->removed_ms;
    list_each(node, &s->clusters) {
        struct cluster *c = list_item(node, struct cluster, node);

        if (is_on(c, n))
            store_put_event(s, c->arn, "NODE_REMOVED",
                            json_pack("{s:s, s:s}", "node", n->name, "zone", n->zone),
                            "Node %s was given up: what ran there is placed on other nodes.",
                            n->name);
    }
}

/* --- operations --- */

static json_t *detail_of(const struct operation *o)
{
    return json_pack("{s:s, s:s, s:s*, s:s*}", "operationArn", o->arn, "operationType", o->type,
                     "code", o->error_code, "whatToDo",
                     o->state == OPERATION_FAILED ? store_advice(o->error_code) : NULL);
}

static void tell_end(struct store *s, const struct operation *o)
{
    json_t *detail = detail_of(o);

    json_object_set(detail, "source", o->source);
    json_object_set(detail, "target", o->target);
    if (o->state == OPERATION_FAILED)
        store_put_event(s, o->cluster_arn, "OPERATION_FAILED", detail, "%s has failed: %s", o->type,
                        o->error_message ? o->error_message : "no reason is known");
    else
        store_put_event(s, o->cluster_arn, "OPERATION_ENDED", detail, "%s is done.", o->type);
}

/* Every volume has its new size when the operation is done. */
static void tell_growth(struct store *s, const struct operation *o)
{
    const json_t *info = json_array_get(json_object_get(o->target, "brokerEBSVolumeInfo"), 0);

    if (o->state == OPERATION_COMPLETE && info)
        store_put_event(s, o->cluster_arn, "STORAGE_GROWN", detail_of(o),
                        "Every broker has a volume of %lld GiB.",
                        (long long)json_integer_value(json_object_get(info, "volumeSizeGB")));
}

static bool is_over(enum operation_state state)
{
    return state == OPERATION_COMPLETE || state == OPERATION_FAILED;
}

void event_operation(struct store *s, const struct operation *o)
{
    bool another_step = o->step && (!o->told.step || strcmp(o->step, o->told.step) != 0);

    if (!o->told.known)
        store_put_event(s, o->cluster_arn, "OPERATION_BEGUN", detail_of(o), "%s was asked for.", o->type);
    if (another_step && !is_over(o->state))
        store_put_event(s, o->cluster_arn, "OPERATION_STEP", detail_of(o), "%s is at %s.", o->type, o->step);
    if (is_over(o->state) && (!o->told.known || !is_over(o->told.state))) {
        tell_growth(s, o);
        tell_end(s, o);
    }
    event_told_operation((struct operation *)(uintptr_t)o);
}

void event_told_operation(struct operation *o)
{
    o->told.known = true;
    o->told.state = o->state;
    store_set_text(&o->told.step, o->step);
}

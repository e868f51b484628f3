#include "controlplane/fleet/wanted.h"

#include "api/agent/messages.h"
#include "common/buf.h"

/* id@host:port of the cluster's controllers. */
static void put_voters(struct buf *b, const struct cluster *c)
{
    for (struct list *n = c->processes.next; n != &c->processes; n = n->next) {
        const struct process *p = list_item(n, struct process, node);

        if (p->kind == PROCESS_CONTROLLER)
            buf_printf(b, "%s%d@%s:%d", b->n ? "," : "", p->node_id, p->address, WANTED_CONTROLLER_PORT);
    }
}

static json_t *encode(const struct process *p)
{
    OWNED_MEM char *id = store_process_id(p);
    OWNED_BUF voters = { 0 };
    struct wanted_process w = {
        .id = id,
        .cluster_id = p->cluster->kafka_id,
        .cluster_name = p->cluster->name,
        .kind = p->kind == PROCESS_BROKER ? (char[]){ "broker" } : (char[]){ "controller" },
        .zone = p->zone,
        .address = p->address,
        .node_id = p->node_id,
        .port = p->kind == PROCESS_BROKER ? WANTED_BROKER_PORT : WANTED_CONTROLLER_PORT,
        .revision = p->revision,
        .gone = p->wanted == WANTED_GONE,
    };

    put_voters(&voters, p->cluster);
    buf_put_u8(&voters, 0);
    w.voters = (char *)voters.p;
    return wanted_encode(&w);
}

json_t *wanted_of_node(struct store *s, const struct node *n)
{
    json_t *processes = json_array();

    list_each(node, store_clusters(s)) {
        struct cluster *c = list_item(node, struct cluster, node);

        list_each(at, &c->processes) {
            const struct process *p = list_item(at, struct process, node);

            if (strcmp(p->host, n->name) == 0)
                json_array_append_new(processes, encode(p));
        }
    }
    return json_pack("{s:I, s:o}", "revision", (json_int_t)n->revision, "processes", processes);
}

#include "controlplane/fleet/asks.h"

#include <string.h>

enum { WAIT_S = ASK_MS / 1000 + 2 }; /* the agent says itself that its broker does not answer */

struct pending {
    struct list node;
    struct ask ask;
    char *host;
    bool told;
    struct event *timer;
    asks_done_fn done;
    void *ctx;
};

static void pending_free(struct pending *q)
{
    list_remove(&q->node);
    event_free(q->timer);
    ask_done(&q->ask);
    mem_free(q->host);
    mem_free(q);
}

static void end(struct pending *q, const json_t *answer)
{
    asks_done_fn done = q->done;
    void *ctx = q->ctx;

    pending_free(q);
    done(ctx, answer);
}

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
    json_t *answer = json_pack("{s:s, s:s}", "error", "REQUEST_TIMED_OUT", "message",
                               "the node's agent did not answer");

    (void)fd;
    (void)what;
    end(ctx, answer);
    json_decref(answer);
}

struct pending *asks_new(struct asks *all, const struct process *p, struct ask *a,
                         asks_done_fn done, void *ctx)
{
    static const struct timeval wait = { WAIT_S, 0 };
    struct pending *q = mem_new(struct pending);

    *q = (struct pending){ .ask = *a, .host = mem_strdup(p->host), .done = done, .ctx = ctx };
    *a = (struct ask){ 0 };
    q->ask.id = ++all->last_id;
    q->ask.process = store_process_id(p);
    q->timer = evtimer_new(all->base, on_timer, q);
    event_add(q->timer, &wait);
    list_push(&all->all, &q->node);
    return q;
}

void asks_cancel(struct pending *q)
{
    pending_free(q);
}

void asks_done(struct asks *all)
{
    while (!list_empty(&all->all))
        pending_free(list_item(all->all.next, struct pending, node));
}

json_t *asks_of_node(struct asks *all, const struct node *n)
{
    json_t *items = json_array();

    list_each (node, &all->all) {
        struct pending *q = list_item(node, struct pending, node);

        if (strcmp(q->host, n->name) != 0 || json_array_size(items) == ASKS_MAX)
            continue;
        json_array_append_new(items, ask_encode(&q->ask));
        q->told = true;
    }
    return items;
}

bool asks_any_untold(const struct asks *all, const struct node *n)
{
    for (struct list *at = all->all.next; at != &all->all; at = at->next) {
        const struct pending *q = list_item(at, struct pending, node);

        if (!q->told && strcmp(q->host, n->name) == 0)
            return true;
    }
    return false;
}

static struct pending *find(struct asks *all, const struct node *n, int64_t id)
{
    list_each (node, &all->all) {
        struct pending *q = list_item(node, struct pending, node);

        if (q->ask.id == id && strcmp(q->host, n->name) == 0)
            return q;
    }
    return NULL;
}

void asks_take(struct asks *all, const struct node *n, const json_t *answers)
{
    for (size_t i = 0; i < json_array_size(answers) && i < ASKS_MAX; i++) {
        const json_t *answer = json_array_get(answers, i);
        struct pending *q = find(all, n, json_integer_value(json_object_get(answer, "id")));

        if (q)
            end(q, answer);
    }
}

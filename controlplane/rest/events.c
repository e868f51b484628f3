/* klamm's own call: what has happened to a cluster (controlplane/store/event.h). */
#include <stdlib.h>

#include "controlplane/rest/routes.h"
#include "controlplane/store/event.h"

struct listing {
    json_t *items;
    int max;
    int64_t last;
    bool more;
};

static void take(void *ctx, const struct event *e)
{
    struct listing *l = ctx;
    json_t *o;

    if ((int)json_array_size(l->items) == l->max) {
        l->more = true;
        return;
    }
    o = json_pack("{s:I, s:o, s:s, s:s}", "number", (json_int_t)e->number, "time",
                  json_time(e->at_ms), "type", e->type, "message", e->message);
    json_object_update(o, e->detail);
    json_array_append_new(l->items, o);
    l->last = e->number;
}

/* A number in a token or in `after`; refuses others. */
static int64_t number(struct call *c, const char *name, struct str text)
{
    const char *digits = arena_text(c->arena, text);
    char *end;
    long long n = strtoll(digits, &end, 10);

    if (!text.n || *end || n < 0)
        call_bad(c, name, "%s: '%.64s' must be the number of an event.", name, digits);
    return n;
}

static int64_t begin_at(struct call *c, const struct page *p)
{
    struct str after = call_query(c, "after", 0);

    if (p->after.p)
        return number(c, "nextToken", p->after);
    return after.p ? number(c, "after", after) : 0;
}

/* In the order in which they happened. A cluster that is gone has a history for a while. */
void rest_klamm_list_events(struct call *c)
{
    struct listing l = { .items = json_array() };
    struct page page;
    int64_t after;

    c->answer = json_pack("{s:o}", "events", l.items);
    if (!call_page(c, &page))
        return;
    after = begin_at(c, &page);
    l.max = page.max;
    if (!call_refused(c))
        store_events(c->store, arena_text(c->arena, c->parameters[0]), after, page.max + 1, take, &l);
    if (!call_refused(c) && !json_array_size(l.items) && !call_cluster(c))
        return;
    if (l.more)
        json_object_set_new(c->answer, "nextToken",
                            page_token_print(arena_printf(c->arena, "%lld", (long long)l.last)));
}

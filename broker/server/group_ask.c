#include "broker/server/group_ask.h"

#include <arpa/inet.h>
#include <stdio.h>

/* As Java's InetAddress.toString: a slash, IPv6 in eight groups without zeroes in front. */
static struct str client_host(const struct request *r)
{
    const uint8_t *p = r->peer_address;

    if (r->peer_address_n == 4)
        return str_of(arena_printf(r->arena, "/%u.%u.%u.%u", p[0], p[1], p[2], p[3]));
    return str_of(arena_printf(r->arena, "/%x:%x:%x:%x:%x:%x:%x:%x", p[0] << 8 | p[1],
                               p[2] << 8 | p[3], p[4] << 8 | p[5], p[6] << 8 | p[7],
                               p[8] << 8 | p[9], p[10] << 8 | p[11], p[12] << 8 | p[13],
                               p[14] << 8 | p[15]));
}

struct group_asks *group_asks_new(struct broker *b, struct request *r, enum group_api api,
                                  int32_t n)
{
    struct group_asks *all = arena_new(r->arena, struct group_asks);
    struct str host = client_host(r);

    all->b = b;
    all->r = r;
    all->n = n;
    all->asks = arena_array(r->arena, (size_t)n, sizeof(*all->asks));
    for (int32_t i = 0; i < n; i++)
        all->asks[i].call = (struct group_call){
            .api = api,
            .version = r->api_version,
            .arena = r->arena,
            .client_id = r->client_id,
            .client_host = host,
        };
    return all;
}

static void answered(struct group_ask *a)
{
    struct group_asks *all = a->ctx;

    if (--all->open == 0 && !all->asking)
        all->done(all);
}

static void cancelled(struct request *r)
{
    struct group_asks *all = r->parked;

    for (int32_t i = 0; i < all->n; i++)
        groups_ask_cancel(&all->asks[i]);
}

void group_asks_begin(struct group_asks *all)
{
    all->r->parked = all;
    all->r->cancelled = cancelled;
    all->open = all->n;
    all->asking = true;
    for (int32_t i = 0; i < all->n; i++) {
        all->asks[i].done = answered;
        all->asks[i].ctx = all;
        groups_ask(all->b, &all->asks[i]);
    }
    all->asking = false;
    if (!all->open)
        all->done(all);
}

static void reply(struct group_asks *all)
{
    request_reply(all->r, all->ctx, all->asks[0].call.response);
}

void group_ask_simple(struct broker *b, struct request *r, enum group_api api, struct str group_id,
                      const void *request, const struct kf_schema *response)
{
    struct group_asks *all = group_asks_new(b, r, api, 1);

    all->asks[0].call.group_id = group_id;
    all->asks[0].call.request = request;
    all->ctx = (void *)(uintptr_t)response;
    all->done = reply;
    group_asks_begin(all);
}

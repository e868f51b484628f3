#include "broker/group/group_internal.h"

#include "broker/group/subscription.h"

bool classic_is_consumer(const struct classic *c)
{
    return c->protocol_type.p && str_is(c->protocol_type, "consumer");
}

bool group_subscribes(const struct group *group, struct str topic)
{
    return group->consumer ? map_get_str(&group->consumer->topics, topic) != NULL
                           : classic_subscribes(group->classic, topic);
}

static bool names(const struct kf_consumer_protocol_subscription *sub, struct str topic)
{
    for (int32_t i = 0; i < sub->topics_n; i++)
        if (str_eq(sub->topics[i], topic))
            return true;
    return false;
}

/* A subscription that does not parse may be to anything. */
bool classic_subscribes(const struct classic *c, struct str topic)
{
    if (!classic_is_consumer(c) || (c->members_n && !c->protocol.p))
        return classic_is_consumer(c);
    list_each (node, &c->members) {
        OWNED_ARENA a = { 0 };
        struct kf_consumer_protocol_subscription sub;
        int16_t version;

        if (subscription_parse(classic_metadata(c, list_item(node, struct classic_member, node)),
                               &a, &version, &sub) ||
            names(&sub, topic))
            return true;
    }
    return false;
}

#include "broker/server/share_reply.h"

#include "broker/server/broker.h"

void share_reply_leader(const struct broker *b, const struct uuid *topic, int32_t index,
                        int16_t error, int32_t *ret_id, int32_t *ret_epoch)
{
    const struct topic_state *t = image_topic_by_id(b->image, topic);

    if (error != KF_ERR_NOT_LEADER_OR_FOLLOWER && error != KF_ERR_FENCED_LEADER_EPOCH)
        return;
    *ret_id = *ret_epoch = -1;
    if (!t || index < 0 || index >= t->partitions_n)
        return;
    *ret_id = t->partitions[index].leader;
    *ret_epoch = t->partitions[index].leader_epoch;
}

void share_reply_node(const struct broker *b, const struct request *r, int32_t id,
                      struct share_reply_node *nodes, int32_t *n)
{
    const struct broker_registration *reg = id < 0 ? NULL : image_broker(b->image, id);
    const struct endpoint *e = broker_endpoint(reg, r->listener_name);

    for (int32_t i = 0; i < *n; i++)
        if (nodes[i].id == id)
            return;
    if (e && *n < SHARE_REPLY_NODES_MAX)
        nodes[(*n)++] = (struct share_reply_node){ id, e, reg->rack };
}

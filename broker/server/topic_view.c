#include "broker/server/topic_view.h"

#include "broker/server/broker.h"

const struct broker_registration **brokers_shown(const struct image *i, int32_t self,
                                                 struct arena *a, int32_t *ret_n)
{
    const struct broker_registration *reg, *own = image_broker(i, self), **all;
    size_t at = 0, n = 0;

    while (image_broker_next(i, &at))
        n++;
    all = arena_array(a, n, sizeof(struct broker_registration *));
    *ret_n = 0;
    for (at = 0; (reg = image_broker_next(i, &at));)
        if (!reg->fenced)
            all[(*ret_n)++] = reg;
    if (!*ret_n && own)
        all[(*ret_n)++] = own;
    return all;
}

struct partition_view partition_view(const struct image *i, const struct partition_state *p,
                                     const char *listener, struct arena *a)
{
    const struct broker_registration *leader = p->leader < 0 ? NULL : image_broker(i, p->leader);
    struct partition_view v = { .leader_id = p->leader };

    if (!leader)
        v.error = KF_ERR_LEADER_NOT_AVAILABLE;
    else if (!broker_endpoint(leader, listener))
        v.error = KF_ERR_LISTENER_NOT_FOUND;
    if (v.error)
        v.leader_id = -1;
    v.offline = arena_array(a, (size_t)p->replicas_n, sizeof(int32_t));
    for (int32_t k = 0; k < p->replicas_n; k++) {
        const struct broker_registration *reg = image_broker(i, p->replicas[k]);

        if (!reg || reg->fenced || !broker_endpoint(reg, listener))
            v.offline[v.offline_n++] = p->replicas[k];
    }
    return v;
}

#include "broker/metadata/image_internal.h"

static bool has(const int32_t *ids, int32_t n, int32_t id)
{
    for (int32_t i = 0; i < n; i++) {
        if (ids[i] == id)
            return true;
    }
    return false;
}

static void check_replicas(const struct partition_state *p)
{
    INVARIANT(p->replicas_n > 0);
    for (int32_t n = 0; n < p->replicas_n; n++)
        INVARIANT(p->replicas[n] >= 0 && !has(p->replicas, n, p->replicas[n]));
    for (int32_t n = 0; n < p->adding_n; n++)
        INVARIANT(has(p->replicas, p->replicas_n, p->adding[n]) &&
                  !has(p->removing, p->removing_n, p->adding[n]));
    for (int32_t n = 0; n < p->removing_n; n++)
        INVARIANT(has(p->replicas, p->replicas_n, p->removing[n]));
    INVARIANT(p->removing_n < p->replicas_n);
}

static void check_isr(const struct partition_state *p)
{
    for (int32_t n = 0; n < p->isr_n; n++)
        INVARIANT(has(p->replicas, p->replicas_n, p->isr[n]) && !has(p->isr, n, p->isr[n]) &&
                  !has(p->elr, p->elr_n, p->isr[n]));
    for (int32_t n = 0; n < p->elr_n; n++)
        INVARIANT(has(p->replicas, p->replicas_n, p->elr[n]) && !has(p->elr, n, p->elr[n]));
    INVARIANT(p->leader == -1 || has(p->isr, p->isr_n, p->leader));
    INVARIANT(p->leader_epoch >= 0 && p->partition_epoch >= 0);
}

static void check_indexed(const struct image *i, const struct topic_state *t, int32_t id,
                          size_t *sizes)
{
    const struct partition_state *p = &t->partitions[id];

    for (int32_t n = 0; n < p->isr_n; n++)
        INVARIANT(image_index_has(i, p->isr[n], IMAGE_IN_ISR, t, id));
    for (int32_t n = 0; n < p->elr_n; n++)
        INVARIANT(image_index_has(i, p->elr[n], IMAGE_IN_ELR, t, id));
    for (int32_t n = 0; n < p->replicas_n && p->leader < 0; n++)
        INVARIANT(image_index_has(i, p->replicas[n], IMAGE_LEADERLESS, t, id));
    if (p->leader != p->replicas[0])
        INVARIANT(image_index_has(i, p->replicas[0], IMAGE_UNPREFERRED, t, id));
    sizes[IMAGE_UNPREFERRED] += p->leader != p->replicas[0];
    sizes[IMAGE_IN_ISR] += (size_t)p->isr_n;
    sizes[IMAGE_IN_ELR] += (size_t)p->elr_n;
    sizes[IMAGE_LEADERLESS] += p->leader < 0 ? (size_t)p->replicas_n : 0;
}

void image_check(const struct image *i)
{
    size_t sizes[IMAGE_ROLES] = { 0 };

    for (size_t n = 0; n < i->topics.n; n++) {
        const struct topic_state *t = i->topics.p[n];

        for (int32_t id = 0; id < t->partitions_n; id++) {
            if (!t->partitions[id].directories)
                continue;
            check_replicas(&t->partitions[id]);
            check_isr(&t->partitions[id]);
            if (i->indexed)
                check_indexed(i, t, id, sizes);
        }
    }
    /* Nothing more than what was looked for. */
    for (int role = 0; i->indexed && role < IMAGE_ROLES; role++)
        INVARIANT(sizes[role] == image_index_size(i, (enum image_role)role));
}

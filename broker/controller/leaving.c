/* A broker goes or comes: what that does to the partitions it has. Costs what the broker has, by
 * the image's index. */
#include "broker/controller/core.h"

void change_take_out(struct call *k, struct image_place at, int32_t broker, bool unclean_shutdown)
{
    const struct partition_state *p = &at.topic->partitions[at.partition];
    int32_t *isr = arena_array(k->a, (size_t)p->isr_n + 1, sizeof(*isr)), n = 0;

    for (int32_t i = 0; i < p->isr_n; i++) {
        if (p->isr[i] != broker)
            isr[n++] = p->isr[i];
    }
    change_put(k,
               &(struct change){ .topic = at.topic,
                                 .partition = at.partition,
                                 .isr = isr,
                                 .isr_n = n,
                                 .leaving = broker,
                                 .unclean_shutdown = unclean_shutdown,
                                 .recovery = -1 },
               NULL);
}

void change_remove_broker(struct call *k, int32_t broker, bool unclean_shutdown)
{
    struct image_place place;
    size_t at = 0;

    while (image_broker_partition_next(k->c->image, broker, IMAGE_IN_ISR, &at, &place))
        change_take_out(k, place, broker, unclean_shutdown);
    for (at = 0; unclean_shutdown &&
                 image_broker_partition_next(k->c->image, broker, IMAGE_IN_ELR, &at, &place);)
        change_take_out(k, place, broker, true); /* ISR and ELR are apart: none is taken out twice */
}

void change_broker_back(struct call *k, const struct broker_registration *b)
{
    struct image_place place;
    size_t at = 0;

    while (image_broker_partition_next(k->c->image, b->id, IMAGE_LEADERLESS, &at, &place))
        change_put(k,
                   &(struct change){ .topic = place.topic,
                                     .partition = place.partition,
                                     .leaving = -1,
                                     .back = b,
                                     .recovery = -1 },
                   NULL);
}

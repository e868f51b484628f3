#include "broker/server/share_acks.h"

#include "broker/server/broker.h"

struct partition *share_partition_of(struct broker *b, const struct uuid *topic, int32_t index,
                                     int16_t *ret_error)
{
    struct partition *p = topic_partition(replicas_topic_by_id(&b->replicas, topic), index);

    *ret_error = p ? partition_error(b, p)
                   : missing_partition_error(b, str_make(NULL, 0), topic, index);
    return *ret_error ? NULL : p;
}

static void one_done(struct share_acks *a)
{
    if (--a->open == 0 && !a->asking)
        a->done(a);
}

static void written(struct share_wait *w, int16_t error)
{
    struct share_acks_entry *e = container_of(w, struct share_acks_entry, wait);

    e->error = error;
    one_done(e->all);
}

/* What nobody has acquired since this broker leads cannot be acknowledged. */
static void begin_one(struct broker *b, struct share_acks *a, struct share_acks_entry *e)
{
    struct partition *p = share_partition_of(b, &e->topic, e->index, &e->error);
    struct share_lead *l = p ? share_lead_find(p, a->group) : NULL;
    struct share_limits limits = share_lead_limits(b, a->group);
    uint64_t number = 0;

    if (p && (!l || !l->core))
        e->error = KF_ERR_INVALID_RECORD_STATE;
    if (!e->error)
        e->error = share_partition_ack(l->core, a->owner, e->acks, e->n, a->renew, &limits,
                                       loop_now_ms(b->loop), &number);
    if (!e->error)
        share_lead_changed(l);
    if (number)
        share_wait_begin(l, &e->wait, number);
    else
        one_done(a);
}

void share_acks_begin(struct broker *b, struct share_acks *a)
{
    a->open = a->n;
    a->asking = true;
    for (int32_t i = 0; i < a->n; i++) {
        a->v[i].all = a;
        a->v[i].wait.done = written;
        list_init(&a->v[i].wait.node);
    }
    for (int32_t i = 0; i < a->n; i++)
        begin_one(b, a, &a->v[i]);
    a->asking = false;
    if (!a->open)
        a->done(a);
}

void share_acks_cancel(struct share_acks *a)
{
    for (int32_t i = 0; i < a->n; i++)
        if (a->v[i].all)
            share_wait_end(&a->v[i].wait);
}

#include "api/kafka/msg/consumer_group_heartbeat.h"

#include "broker/group/beat.h"
#include "broker/group/group_internal.h"

typedef const struct kf_consumer_group_heartbeat_request beat_in;

/* Their records are deleted, the group has a new epoch. Only classic members go several at a time,
 * and they read by name: topics that such members alone read stay in the hash until the next
 * heartbeat, which looks at it anew. */
static void fence(struct step *s, const struct group *group,
                  const struct consumer_member *const *gone, int32_t n)
{
    const struct consumer *c = group->consumer;

    for (int32_t i = 0; i < n; i++)
        consumer_put_member_gone(s->out, group->id, gone[i]->id);
    for (int32_t i = 0; i < n; i++) {
        struct str regex = gone[i]->info.regex;
        const struct consumer_regex *r = regex.n ? consumer_regex(c, regex) : NULL;

        if (r && r->resolved && r->members_n == 1)
            consumer_put_regex_gone(s->out, group->id, r->text);
    }
    consumer_put_epoch(s->out, group->id, c->epoch + 1,
                       n < c->members_n ? consumer_hash(s, c, gone[0], NULL) : 0);
}

void consumer_out(struct step *s, struct group *group, const struct consumer_member *const *gone,
                  int32_t n)
{
    s->out->group = group;
    group->consumer->refresh |= n > 1;
    if (consumer_may_downgrade(s, group->consumer, gone, n))
        consumer_downgrade(s, group, gone, n);
    else
        fence(s, group, gone, n);
}

/* It keeps its partitions until it comes back or its session ends. Kafka forgets since when. */
static void leave_for_a_while(struct step *s, const struct group *group,
                              const struct consumer_member *m)
{
    struct consumer_progress p = m->now;

    p.assigned = assignment_copy(&m->now.assigned);
    assignment_set_epochs(&p.assigned, 0);
    p.revoking = (struct assignment){ 0 };
    p.epoch = EPOCH_LEAVE_STATIC;
    consumer_put_progress(s->out, group->id, m->id, &p);
    assignment_done(&p.assigned);
}

struct refusal consumer_fenced(const struct group_call *call, struct str id, struct str instance_id,
                               const struct consumer_member *owner)
{
    return REFUSE(call, KF_ERR_FENCED_INSTANCE_ID,
                  "Static member %.*s with instance id %.*s was fenced by member %.*s.",
                  STR_ARG(id), STR_ARG(instance_id), STR_ARG(owner->id));
}

static struct refusal find(const struct group *group, const struct group_call *call, beat_in *q,
                           const struct consumer_member **ret)
{
    const struct consumer_member *m = q->instance_id.p
                                          ? consumer_instance(group->consumer, q->instance_id)
                                          : consumer_member(group->consumer, q->member_id);

    *ret = m;
    if (!m && q->instance_id.p)
        return REFUSE(call, KF_ERR_UNKNOWN_MEMBER_ID, "Instance id %.*s is unknown.",
                      STR_ARG(q->instance_id));
    if (!m)
        return REFUSE(call, KF_ERR_UNKNOWN_MEMBER_ID, "Member %.*s is not a member of group %.*s.",
                      STR_ARG(q->member_id), STR_ARG(group->id));
    return str_eq(m->id, q->member_id) ? refusal(KF_ERR_NONE, NULL)
                                       : consumer_fenced(call, q->member_id, q->instance_id, m);
}

struct refusal consumer_leave(struct step *s, struct group *group, struct group_call *call)
{
    beat_in *q = call->request;
    struct kf_consumer_group_heartbeat_response *out;
    const struct consumer_member *m;
    struct refusal r = find(group, call, q, &m);

    if (r.error)
        return r;
    if (q->member_epoch == EPOCH_LEAVE_STATIC)
        leave_for_a_while(s, group, m);
    else
        consumer_out(s, group, &m, 1);
    out = group_call_response(call);
    out->member_id = arena_str(call->arena, q->member_id);
    out->member_epoch = q->member_epoch;
    step_answer(s, group, call);
    return r;
}

#include "api/kafka/msg/join_group.h"
#include "api/kafka/msg/leave_group.h"

#include "broker/group/beat.h"
#include "broker/group/group_internal.h"

/* A group without members changes its kind: its records go, offsets stay. */
bool consumer_takes_over(struct step *s, struct group *group)
{
    if (group->classic->state != CLASSIC_EMPTY || group->classic->pending_n)
        return false;
    group_put_gone(s, group);
    return true;
}

void consumer_out(struct step *s, struct group *group, struct consumer_member *m)
{
    consumer_fence(s, group, m);
}

void consumer_join_call(struct step *s, struct group *group, struct group_call *call)
{
    if (group->consumer->members_n) {
        step_error(s, group, call, KF_ERR_INCONSISTENT_GROUP_PROTOCOL);
        return;
    }
    group_put_gone(s, group);
    group_make_classic(s->groups, group);
    group->classic->state_ms = s->c->wall_ms;
    classic_join_call(s, call);
}

void consumer_sync_call(struct step *s, struct group *group, struct group_call *call)
{
    step_error(s, group, call, KF_ERR_UNKNOWN_MEMBER_ID);
}

void consumer_classic_heartbeat_call(struct step *s, struct group *group, struct group_call *call)
{
    step_error(s, group, call, KF_ERR_UNKNOWN_MEMBER_ID);
}

void consumer_classic_leave_call(struct step *s, struct group *group, struct group_call *call)
{
    step_error(s, group, call, KF_ERR_UNKNOWN_MEMBER_ID);
}

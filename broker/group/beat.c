#include "broker/group/beat.h"

#include "broker/group/group_internal.h"

static const struct consumer_member *before(const struct beat *b)
{
    return b->m ? b->m : b->replaced;
}

void beat_open(struct beat *b)
{
    const struct consumer_member *m = before(b);

    b->epoch = b->c->epoch;
    b->assignment_epoch = b->c->assignment_epoch;
    b->hash = b->c->hash;
    if (!m) {
        b->info = (struct consumer_info){ .regex = str_make("", 0), .rebalance_timeout_ms = -1 };
        return;
    }
    b->info = m->info;
    b->target = assignment_copy(&m->target);
    b->now = m->now;
    b->now.assigned = assignment_copy(&m->now.assigned);
    b->now.revoking = assignment_copy(&m->now.revoking);
}

void beat_close(struct beat *b)
{
    assignment_done(&b->target);
    assignment_done(&b->now.assigned);
    assignment_done(&b->now.revoking);
}

/* ---- the subscription ---- */

static bool has_others(const struct beat *b, struct str regex)
{
    const struct consumer_regex *r = consumer_regex(b->c, regex);
    const struct consumer_member *m = before(b);

    return r && r->members_n > (m && str_eq(m->info.regex, regex));
}

/* A regex that nobody reads by any more is forgotten; one that is known counts at once, another
 * when it has been looked up. True: what the member reads has changed by it. */
static bool change_regex(struct beat *b, struct str old)
{
    const struct consumer_regex *r;

    if (old.n && !has_others(b, old) && consumer_regex(b->c, old)->resolved)
        consumer_put_regex_gone(b->s->out, b->group_id, old);
    r = b->info.regex.n ? consumer_regex(b->c, b->info.regex) : NULL;
    return b->info.regex.n ? r && r->resolved : true;
}

static void bump_epoch(struct beat *b)
{
    b->epoch++;
    consumer_put_epoch(b->s->out, b->group_id, b->epoch, b->hash);
}

void beat_subscribe(struct beat *b)
{
    static const struct consumer_info nothing = { .regex = { "", 0 } };
    const struct consumer_member *m = before(b);
    const struct consumer_info *old = m ? &m->info : &nothing;
    bool bump;

    if (!b->m || !consumer_info_eq(&b->info, old))
        consumer_put_member(b->s->out, b->group_id, b->member_id, &b->info);
    bump = !consumer_info_same_topics(&b->info, old);
    if (!str_eq(b->info.regex, old->regex))
        bump |= change_regex(b, old->regex);
    b->topics_changed = m && bump;
    if (!bump && !b->c->refresh)
        return;
    b->hash = consumer_hash(b->s, b->c, m, &b->info);
    if (bump || b->hash != b->c->hash)
        bump_epoch(b);
}

void beat_take_over(struct beat *b)
{
    if (!b->replaced)
        return;
    consumer_put_member_gone(b->s->out, b->group_id, b->replaced->id);
    b->now.epoch = b->now.previous_epoch = EPOCH_JOIN;
    b->now.state = MEMBER_STABLE;
}

void beat_taken_over(struct beat *b)
{
    if (!b->replaced)
        return;
    consumer_put_target_member(b->s->out, b->group_id, b->member_id, &b->target);
    consumer_put_progress(b->s->out, b->group_id, b->member_id, &b->now);
}

static void set(struct assignment *to, struct assignment from)
{
    assignment_done(to);
    *to = from;
}

/* ---- the target ---- */

void beat_assign(struct beat *b)
{
    if (b->epoch <= b->assignment_epoch || !consumer_may_assign(b->s, b->c))
        return;
    set(&b->target, consumer_assign(b->s, b->group_id, b->c, b, b->epoch));
    b->assignment_epoch = b->epoch;
}

/* ---- the member's way there (KIP-848, "Member States") ---- */

/* What it does not say, it may still have. */
static bool still_has(const struct beat *b, const struct assignment *a)
{
    struct assignment both;
    bool any;

    if (!b->owned)
        return true;
    both = assignment_and(b->owned, a);
    any = both.n != 0;
    assignment_done(&both);
    return any;
}

static void enter(struct beat *b, int8_t state, int32_t epoch)
{
    b->now.state = state;
    b->now.previous_epoch = b->now.epoch;
    b->now.epoch = epoch;
}

/* The part of `a` whose topics the member subscribes to. */
static struct assignment subscribed(const struct beat *b, const struct assignment *a)
{
    struct assignment ret = { 0 };
    int32_t n;
    const struct uuid *ids = consumer_topics(b->s, b->c, &b->info, &n);
    struct assignor_member m = { .topics = ids, .topics_n = n };

    for (int32_t i = 0; i < a->n; i++)
        if (assignor_subscribes(&m, &a->topics[i].id))
            assignment_add_topic(&ret, &a->topics[i].id, a->topics[i].partitions,
                                 a->topics[i].epochs, a->topics[i].n);
    return ret;
}

/* Splits what is to be added into what is free and what another member still has. True: some is
 * another's. Its own, which it has just given up, is free. */
static bool take_free(const struct beat *b, const struct assignment *wanted, struct assignment *ret)
{
    bool taken = false;

    for (int32_t i = 0; i < wanted->n; i++) {
        const struct assigned_topic *t = &wanted->topics[i];
        int32_t *free_ones = mem_zero(2 * (size_t)t->n * sizeof(int32_t)), n = 0;

        for (int32_t k = 0; k < t->n; k++) {
            if (consumer_owner_epoch(b->c, &t->id, t->partitions[k]) != -1 &&
                !assignment_has(&b->now.revoking, &t->id, t->partitions[k])) {
                taken = true;
                continue;
            }
            free_ones[n] = t->partitions[k];
            free_ones[t->n + n++] = b->assignment_epoch;
        }
        assignment_add_topic(ret, &t->id, free_ones, free_ones + t->n, n);
        mem_free(free_ones);
    }
    return taken;
}

static void next_step(struct beat *b)
{
    struct assignment target = subscribed(b, &b->target);
    struct assignment kept = assignment_and(&b->now.assigned, &target);
    struct assignment revoked = assignment_minus(&b->now.assigned, &kept);
    struct assignment wanted = assignment_minus(&target, &kept), added = { 0 };
    bool taken = take_free(b, &wanted, &added);

    if (revoked.n && still_has(b, &revoked)) {
        enter(b, MEMBER_UNREVOKED, b->now.epoch);
        set(&b->now.assigned, kept);
        set(&b->now.revoking, revoked);
    } else {
        enter(b, taken ? MEMBER_UNRELEASED : MEMBER_STABLE, b->assignment_epoch);
        set(&b->now.assigned, assignment_or(&kept, &added));
        set(&b->now.revoking, (struct assignment){ 0 });
        assignment_done(&kept);
        assignment_done(&revoked);
    }
    assignment_done(&target);
    assignment_done(&wanted);
    assignment_done(&added);
}

/* A member that reads less gives up at once what it reads no more. True: it has to say so first. */
static bool shed(struct beat *b)
{
    struct assignment kept = subscribed(b, &b->now.assigned);
    struct assignment lost = assignment_minus(&b->now.assigned, &kept);
    struct assignment pending = assignment_or(&b->now.revoking, &lost);
    bool wait = pending.n && still_has(b, &pending);

    set(&b->now.assigned, kept);
    if (wait) {
        enter(b, MEMBER_UNREVOKED, b->now.epoch);
        set(&b->now.revoking, pending);
    } else {
        assignment_done(&pending);
    }
    assignment_done(&lost);
    return wait;
}

void beat_reconcile(struct beat *b)
{
    switch (b->now.state) {
    case MEMBER_STABLE:
        if (b->now.epoch != b->assignment_epoch)
            next_step(b);
        else if (b->topics_changed)
            (void)shed(b);
        break;
    case MEMBER_UNREVOKED:
        if (b->topics_changed && shed(b))
            break;
        if (!still_has(b, &b->now.revoking))
            next_step(b);
        break;
    default: /* unreleased; a state of a later release begins anew */
        next_step(b);
        break;
    }
    if (beat_moved(b))
        consumer_put_progress(b->s->out, b->group_id, b->member_id, &b->now);
}

bool beat_moved(const struct beat *b)
{
    const struct consumer_progress *p;

    if (!b->m) /* also who takes over: its record so far says that it is to join */
        return true;
    p = &b->m->now;
    return p->epoch != b->now.epoch || p->previous_epoch != b->now.previous_epoch ||
           p->state != b->now.state || !assignment_same(&p->assigned, &b->now.assigned) ||
           !assignment_same(&p->revoking, &b->now.revoking);
}

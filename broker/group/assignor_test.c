#include "broker/group/assignor.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/mem.h"
#include "common/rng.h"
#include "tests/lib/test.h"

enum { MEMBERS = 8, TOPICS = 5, PARTITIONS = 9 };

struct input {
    struct assignor_topic topics[TOPICS];
    struct assignor_member members[MEMBERS];
    struct assignment current[MEMBERS];
    struct uuid subscribed[MEMBERS][TOPICS];
    char names[MEMBERS][4];
    int32_t topics_n, members_n;
};

static struct uuid id_of(int32_t n)
{
    struct uuid u = { { (uint8_t)(n + 1) } };

    return u;
}

static void add_member(struct input *in, const int32_t *topics, int32_t n)
{
    int32_t i = in->members_n++;

    snprintf(in->names[i], sizeof(in->names[i]), "m%d", i);
    for (int32_t k = 0; k < n; k++)
        in->subscribed[i][k] = id_of(topics[k]);
    in->members[i] = (struct assignor_member){ .id = str_of(in->names[i]),
                                               .topics = in->subscribed[i],
                                               .topics_n = n,
                                               .current = &in->current[i] };
}

static void add_topic(struct input *in, int32_t partitions)
{
    in->topics[in->topics_n] = (struct assignor_topic){ id_of(in->topics_n), partitions };
    in->topics_n++;
}

/* What was assigned is what the members have now. */
static void run(struct input *in, assignor_fn f)
{
    struct assignor_topic named[TOPICS];
    int32_t named_n = 0;

    for (int32_t t = 0; t < in->topics_n; t++)
        for (int32_t i = 0; i < in->members_n; i++)
            if (assignor_subscribes(&in->members[i], &in->topics[t].id)) {
                named[named_n++] = in->topics[t];
                break;
            }
    f(in->members, in->members_n, named, named_n);
    for (int32_t i = 0; i < in->members_n; i++) {
        assignment_done(&in->current[i]);
        in->current[i] = in->members[i].ret;
        in->members[i].ret = (struct assignment){ 0 };
    }
}

static void done(struct input *in)
{
    for (int32_t i = 0; i < MEMBERS; i++)
        assignment_done(&in->current[i]);
}

/* Every partition somebody subscribes to has one owner, who subscribes to it. */
static void assert_complete(const struct input *in)
{
    for (int32_t t = 0; t < in->topics_n; t++)
        for (int32_t p = 0; p < in->topics[t].partitions_n; p++) {
            int owners = 0, subscribers = 0;

            for (int32_t i = 0; i < in->members_n; i++) {
                bool has = assignment_has(&in->current[i], &in->topics[t].id, p);

                owners += has;
                subscribers += assignor_subscribes(&in->members[i], &in->topics[t].id);
                assert_true(!has || assignor_subscribes(&in->members[i], &in->topics[t].id));
            }
            assert_int_equal(owners, subscribers > 0);
        }
}

static int32_t size_of(const struct input *in, int32_t i)
{
    return assignment_size(&in->current[i]);
}

static void range_gives_runs_in_order_of_members(void **state)
{
    struct input in = { 0 };
    struct uuid t = id_of(0);

    (void)state;
    add_topic(&in, 7);
    add_topic(&in, 7);
    for (int i = 0; i < 3; i++)
        add_member(&in, (int32_t[]){ 0, 1 }, 2);
    in.members[2].instance_id = str_of("a"); /* static: comes first */
    run(&in, assignor_range);
    assert_complete(&in);
    assert_true(assignment_has(&in.current[2], &t, 0) && assignment_has(&in.current[2], &t, 2));
    assert_true(assignment_has(&in.current[0], &t, 3) && assignment_has(&in.current[0], &t, 4));
    assert_true(assignment_has(&in.current[1], &t, 5) && assignment_has(&in.current[1], &t, 6));
    t = id_of(1);
    assert_true(assignment_has(&in.current[2], &t, 2) && assignment_has(&in.current[1], &t, 6));
    done(&in);
}

static void uniform_is_even_and_moves_no_more_than_it_must(void **state)
{
    struct input in = { 0 };
    struct assignment before;

    (void)state;
    add_topic(&in, 4);
    add_topic(&in, 6);
    add_member(&in, (int32_t[]){ 0, 1 }, 2);
    run(&in, assignor_uniform);
    assert_int_equal(size_of(&in, 0), 10);
    before = assignment_copy(&in.current[0]);
    add_member(&in, (int32_t[]){ 0, 1 }, 2);
    add_member(&in, (int32_t[]){ 0, 1 }, 2);
    run(&in, assignor_uniform);
    assert_complete(&in);
    assert_int_equal(size_of(&in, 0), 4);
    assert_int_equal(size_of(&in, 1) + size_of(&in, 2), 6);
    assert_true(assignment_within(&in.current[0], &before));
    assignment_done(&before);
    before = assignment_copy(&in.current[1]);
    run(&in, assignor_uniform); /* nothing changed: nothing moves */
    assert_true(assignment_eq(&before, &in.current[1]));
    assignment_done(&before);
    done(&in);
}

static void random_subscriptions(struct rng *r, struct input *in, bool alike)
{
    int32_t all[TOPICS], n = 0;

    for (int i = 0; i < TOPICS; i++)
        add_topic(in, (int32_t)rng_below(r, PARTITIONS) + 1);
    for (int i = 0; i < MEMBERS; i++) {
        if (!i || !alike) {
            n = 0;
            for (int t = 0; t < TOPICS; t++)
                if (rng_below(r, 2))
                    all[n++] = t;
        }
        add_member(in, all, n);
    }
}

static void assert_even(const struct input *in)
{
    int32_t least = INT32_MAX, most = 0;

    for (int32_t i = 0; i < in->members_n; i++) {
        least = size_of(in, i) < least ? size_of(in, i) : least;
        most = size_of(in, i) > most ? size_of(in, i) : most;
    }
    assert_true(most - least <= 1);
}

static void whatever_comes_and_goes_all_is_assigned_evenly(void **state)
{
    struct rng r;

    (void)state;
    rng_seed(&r, 11);
    for (int round = 0; round < 400; round++) {
        struct input in = { 0 };
        bool alike = round % 2;

        random_subscriptions(&r, &in, alike);
        for (int step = 0; step < 6; step++) {
            in.members_n = (int32_t)rng_below(&r, MEMBERS) + 1;
            in.topics[rng_below(&r, TOPICS)].partitions_n = (int32_t)rng_below(&r, PARTITIONS) + 1;
            run(&in, rng_below(&r, 4) ? assignor_uniform : assignor_range);
            assert_complete(&in);
            run(&in, assignor_uniform);
            assert_complete(&in);
            if (alike)
                assert_even(&in);
        }
        done(&in);
    }
}

static void nobody_and_nothing_are_fine(void **state)
{
    struct input in = { 0 };

    (void)state;
    run(&in, assignor_uniform);
    run(&in, assignor_range);
    add_member(&in, NULL, 0);
    run(&in, assignor_uniform);
    run(&in, assignor_range);
    assert_int_equal(size_of(&in, 0), 0);
    assert_null(assignor_find(str_of("sticky")));
    assert_string_equal(assignor_find(str_of("range"))->name, "range");
}

TEST_MAIN(TEST(range_gives_runs_in_order_of_members),
          TEST(uniform_is_even_and_moves_no_more_than_it_must),
          TEST(whatever_comes_and_goes_all_is_assigned_evenly), TEST(nobody_and_nothing_are_fine))

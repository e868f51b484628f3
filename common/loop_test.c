#include "tests/lib/test.h"

#include <pthread.h>
#include <unistd.h>

#include "common/loop.h"

static struct loop *loop;
static int order[16], order_n;

static void note(int what)
{
    assert_true(order_n < (int)ARRAY_LEN(order));
    order[order_n++] = what;
}

static int setup(void **state)
{
    (void)state;
    order_n = 0;
    return loop_new(&loop) != ERR_OK;
}

static int teardown(void **state)
{
    (void)state;
    loop = loop_free(loop);
    return 0;
}

struct numbered_timer {
    struct loop_timer timer;
    int number;
};

static void fire(struct loop_timer *t)
{
    note(list_item(t, struct numbered_timer, timer)->number);
}

static void timers_fire_in_order_of_their_time_and_cleared_ones_do_not(void **state)
{
    struct numbered_timer t[5] = { 0 };
    static const int delays[] = { 4, 1, 3, 2, 0 };

    (void)state;
    for (int i = 0; i < 5; i++) {
        t[i].number = delays[i];
        t[i].timer.fire = fire;
        loop_timer_in(loop, &t[i].timer, delays[i]);
    }
    loop_timer_clear(loop, &t[2].timer);
    loop_timer_clear(loop, &t[2].timer);
    while (order_n < 4)
        assert_ok(loop_turn(loop, 100));
    assert_int_equal(order[0], 0);
    assert_int_equal(order[1], 1);
    assert_int_equal(order[2], 2);
    assert_int_equal(order[3], 4);
}

struct pipe_watch {
    struct loop_watch watch;
    struct loop_watch *other;
    int number;
};

static void read_and_drop_other(struct loop_watch *w, uint32_t events)
{
    struct pipe_watch *p = list_item(w, struct pipe_watch, watch);

    assert_true(events & EPOLLIN);
    note(p->number);
    loop_unwatch(loop, p->other);
}

static void a_watch_removed_in_the_turn_in_which_it_is_ready_is_not_called(void **state)
{
    struct pipe_watch p[2] = { 0 };
    int fds[2][2];

    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pipe(fds[i]), 0);
        assert_int_equal(write(fds[i][1], "x", 1), 1);
        p[i] = (struct pipe_watch){ { fds[i][0], EPOLLIN, read_and_drop_other }, &p[1 - i].watch, i };
        assert_ok(loop_watch(loop, &p[i].watch));
    }
    assert_ok(loop_turn(loop, 100));
    assert_int_equal(order_n, 1);
    for (int i = 0; i < 4; i++)
        close(fds[i / 2][i % 2]);
}

static struct loop_task first, second;

static void run_first(struct loop_task *t)
{
    (void)t;
    note(1);
    loop_defer(loop, &second);
    loop_defer(loop, &second);
}

static void run_second(struct loop_task *t)
{
    (void)t;
    note(2);
}

static void deferred_tasks_run_once_at_the_end_of_the_turn(void **state)
{
    (void)state;
    first = (struct loop_task){ .run = run_first };
    second = (struct loop_task){ .run = run_second };
    loop_defer(loop, &first);
    loop_defer(loop, &first);
    assert_ok(loop_turn(loop, 100));
    assert_int_equal(order_n, 2);
    assert_int_equal(order[1], 2);
}

static void stop_from_loop(struct loop_task *t)
{
    (void)t;
    loop_stop(loop);
}

static void *post_from_thread(void *p)
{
    loop_post(loop, p);
    return NULL;
}

static void a_task_posted_by_another_thread_runs_on_the_loop(void **state)
{
    struct loop_task t = { .run = stop_from_loop };
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, post_from_thread, &t), 0);
    assert_ok(loop_run(loop));
    pthread_join(thread, NULL);
}

#define LOOP_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

TEST_MAIN(LOOP_TEST(timers_fire_in_order_of_their_time_and_cleared_ones_do_not),
          LOOP_TEST(a_watch_removed_in_the_turn_in_which_it_is_ready_is_not_called),
          LOOP_TEST(deferred_tasks_run_once_at_the_end_of_the_turn),
          LOOP_TEST(a_task_posted_by_another_thread_runs_on_the_loop))

/* The shell around the core with real processes: a script stands for klamm-broker. What a test calls the
 * death of the agent is process_free, which forgets a process and leaves it running. */
#include "tests/lib/test.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent/supervise/journal.h"
#include "agent/supervise/process.h"
#include "agent/supervise/spawn.h"
#include "agent/supervise/wanted_file.h"
#include "common/fs.h"

enum { DEADLINE_S = 10 };

#define FORMAT_LINE \
    "[ \"$1\" = format ] && { echo version=1 > \"${5%/*}/data/meta.properties\"; exit; }\n"

/* Formats, and serves until SIGTERM. */
static const char good_program[] = "#!/bin/sh\n"
                                   FORMAT_LINE
                                   "echo run >> \"${1%/*}/runs\"\n"
                                   "trap 'exit 0' TERM\n"
                                   "mkfifo \"${1%/*}/pipe\" 2> /dev/null\n"
                                   "while :; do read x <> \"${1%/*}/pipe\"; done\n";
static const char crashing_program[] = "#!/bin/sh\n"
                                       FORMAT_LINE
                                       "echo run >> \"${1%/*}/runs\"\n"
                                       "echo 'the \"disk\" is on fire'\n"
                                       "exit 3\n";

static const struct cgroups no_cgroups;

struct bench {
    struct process_options o;
    struct volumes volumes;
    char *dir, *program;
    struct process *p;
    int changes;
};

static void on_changed(void *ctx)
{
    ((struct bench *)ctx)->changes++;
}

static struct wanted_process wish(int64_t revision, bool gone)
{
    return (struct wanted_process){
        .id = mem_strdup("3c4513cf-7b59-41cd-ad80-8e9781745c39-1/broker-1"),
        .revision = revision, .gone = gone,
        .cluster_id = mem_strdup("abcdefghijklmnopqrstuv"), .cluster_name = mem_strdup("orders"),
        .kind = mem_strdup("broker"), .zone = mem_strdup("a"), .address = mem_strdup("127.99.0.1"),
        .voters = mem_strdup("1001@127.99.0.1:1"), .node_id = 1, .port = 1,
    };
}

static void start(struct bench *b, const char *program)
{
    OWNED_MEM char *dir = test_dir();
    struct wanted_process w = wish(5, false);

    memset(b, 0, sizeof(*b));
    b->dir = dir;
    dir = NULL;
    b->program = mem_printf("%s/program", b->dir);
    assert_ok(fs_replace(fs_posix(), b->program, slice_make(program, strlen(program)), 0700));
    assert_int_equal(chmod(b->program, 0700), 0);
    b->volumes = (struct volumes){ .fs = fs_posix(), .host = host_linux(), .data_dir = b->dir };
    b->o = (struct process_options){ .volumes = &b->volumes,
                                     .cgroups = &no_cgroups,
                                     .broker_program = b->program,
                                     .changed = on_changed,
                                     .ctx = b };
    assert_ok(loop_new(&b->o.loop));
    assert_ok(process_new(&b->o, &w, &b->p, NULL));
}

static char *path_of(const struct bench *b, const char *name)
{
    return mem_printf("%s/processes/3c4513cf-7b59-41cd-ad80-8e9781745c39-1/broker-1/%s", b->dir, name);
}

static pid_t pid_now(const struct bench *b)
{
    OWNED_MEM char *dir = path_of(b, ".");
    int64_t launch;
    pid_t pid = 0;
    int fd;

    if (!spawn_find(dir, &pid, &fd, &launch))
        return 0;
    close(fd);
    return pid;
}

static int64_t runs(const struct bench *b)
{
    OWNED_MEM char *path = path_of(b, "runs");
    int64_t n = fs_size(path);

    return n < 0 ? 0 : n / 4;
}

/* Turns until `runs` launches were seen and, with `alive`, one of them lives. */
static void until(struct bench *b, int64_t n, bool alive)
{
    time_t deadline = time(NULL) + DEADLINE_S;

    while (runs(b) < n || (alive && !pid_now(b))) {
        assert_true(time(NULL) < deadline);
        assert_ok(loop_turn(b->o.loop, 5));
    }
}

static void until_state(struct bench *b, const char *state)
{
    time_t deadline = time(NULL) + DEADLINE_S;
    struct seen_process s;
    bool there;

    do {
        assert_true(time(NULL) < deadline);
        assert_ok(loop_turn(b->o.loop, 5));
        process_seen(b->p, &s);
        there = strcmp(s.state, state) == 0;
        seen_done(&s);
    } while (!there);
}

static void end(struct bench *b)
{
    struct wanted_process w = wish(100, true);

    process_want(b->p, &w);
    wanted_done(&w);
    until_state(b, "gone");
    assert_int_equal(pid_now(b), 0);
    b->p = process_free(b->p);
    loop_free(b->o.loop);
    mem_free(b->program);
    mem_free(b->dir);
}

static void take_up_again(void *ctx, struct wanted_process *w)
{
    struct bench *b = ctx;

    assert_null(b->p);
    assert_ok(process_new(&b->o, w, &b->p, NULL));
    wanted_done(w);
}

static void a_process_outlives_the_agent_and_is_adopted_not_launched_again(void **state)
{
    struct bench b;
    pid_t pid;

    (void)state;
    start(&b, good_program);
    until(&b, 1, true);
    pid = pid_now(&b);
    b.p = process_free(b.p);
    assert_int_equal(pid_now(&b), pid);
    assert_ok(wanted_file_load_all(b.dir, take_up_again, &b, NULL));
    for (int i = 0; i < 20; i++)
        assert_ok(loop_turn(b.o.loop, 5));
    assert_int_equal(pid_now(&b), pid);
    assert_int_equal(runs(&b), 1);
    end(&b);
}

static void a_killed_process_is_launched_again_at_once(void **state)
{
    struct bench b;
    pid_t pid;

    (void)state;
    start(&b, good_program);
    until(&b, 1, true);
    pid = pid_now(&b);
    kill(pid, SIGKILL);
    until(&b, 2, true);
    assert_int_not_equal(pid_now(&b), pid);
    end(&b);
}

static void a_process_that_crashes_over_and_over_is_reported_failed_with_its_last_line(void **state)
{
    struct seen_process s;
    struct bench b;

    (void)state;
    start(&b, crashing_program);
    until_state(&b, "failed");
    process_seen(b.p, &s);
    assert_string_equal(s.reason, "ended with code 3: the 'disk' is on fire");
    seen_done(&s);
    assert_in_range(runs(&b), 4, 7);
    end(&b);
}

static void a_shutdown_stops_it_and_keeps_everything(void **state)
{
    struct bench b;

    (void)state;
    start(&b, good_program);
    until(&b, 1, true);
    process_shutdown(b.p);
    until_state(&b, "stopped");
    assert_true(process_is_down(b.p));
    assert_int_equal(pid_now(&b), 0);
    end(&b);
}

static void a_stale_wish_and_a_stale_tombstone_do_nothing(void **state)
{
    struct wanted_process w = wish(5, true);
    struct bench b;

    (void)state;
    start(&b, good_program);
    until(&b, 1, true);
    process_want(b.p, &w);
    wanted_done(&w);
    w = wish(4, true);
    process_want(b.p, &w);
    wanted_done(&w);
    assert_ok(loop_turn(b.o.loop, 5));
    assert_true(pid_now(&b) > 0);
    end(&b);
}

static void a_directory_that_is_locked_gets_no_second_process(void **state)
{
    OWNED_MEM char *dir = test_dir();
    char program[] = "/bin/true";
    char *const argv[] = { program, NULL }, *const join[] = { NULL };
    struct why reason;
    pid_t pid;
    int fd, lock = spawn_lock(dir);

    (void)state;
    assert_true(lock >= 0);
    assert_int_equal(spawn_process(dir, argv, join, 7, &pid, &fd, &reason), ERR_BUSY);
    close(lock);
    assert_ok(spawn_process(dir, argv, join, 7, &pid, &fd, &reason));
    close(fd);
}

static void a_log_is_cut_and_the_newest_copies_are_kept(void **state)
{
    OWNED_MEM char *dir = test_dir();
    OWNED_MEM char *log = mem_printf("%s/log.txt", dir);
    OWNED_MEM char *first = mem_printf("%s/log.1.txt", dir);
    OWNED_MEM char *beyond = mem_printf("%s/log.%d.txt", dir, JOURNAL_KEPT + 1);
    char line[32];

    (void)state;
    assert_false(journal_last_line(dir, line, sizeof(line)));
    for (int i = 0; i < JOURNAL_KEPT + 2; i++) {
        assert_ok(fs_replace(fs_posix(), log, slice_make("one\ntwo\n\n", 9), 0600));
        assert_true(journal_last_line(dir, line, sizeof(line)));
        assert_string_equal(line, "two");
        assert_false(journal_rotate(dir, 9));
        assert_true(journal_rotate(dir, 8));
        assert_int_equal(fs_size(log), 0);
        assert_int_equal(fs_size(first), 9);
    }
    assert_false(fs_exists(beyond));
}

TEST_MAIN(TEST(a_process_outlives_the_agent_and_is_adopted_not_launched_again),
          TEST(a_killed_process_is_launched_again_at_once),
          TEST(a_process_that_crashes_over_and_over_is_reported_failed_with_its_last_line),
          TEST(a_shutdown_stops_it_and_keeps_everything), TEST(a_stale_wish_and_a_stale_tombstone_do_nothing),
          TEST(a_directory_that_is_locked_gets_no_second_process),
          TEST(a_log_is_cut_and_the_newest_copies_are_kept))

/* Volumes of all drivers on a machine of the test's own: every call of the machine and of the file
 * system fails once, before its effect or after it, the agent dies there, and the machine perhaps
 * restarts. */
#include "tests/lib/test.h"

#include <stdio.h>
#include <string.h>

#include "agent/volume/volume.h"
#include "common/mem.h"
#include "tests/lib/fault_fs.h"
#include "tests/lib/machine.h"

#define ID "u-1/broker-1"
static const int64_t gib = 1 << 30;
static const struct volume_owner owner = { ID, "abcdefghijklmnopqrstuv", 1, 5 };
static const struct volume_owner tombstone = { ID, "abcdefghijklmnopqrstuv", 1, 6 };

struct bench {
    struct machine m;
    struct fault_fs f;
    struct volumes v;
    char *dir, *data;
};

static void start(struct bench *b, enum volume_driver driver)
{
    static char *all;
    static int n;

    all = all ? all : test_dir();
    machine_init(&b->m);
    fault_fs_init(&b->f);
    b->f.error = ERR_IO;
    b->dir = mem_printf("%s/%d", all, ++n);
    assert_ok(fs_mkdirs(fs_posix(), b->dir, 0700));
    b->data = mem_printf("%s/processes/" ID "/data", b->dir);
    b->v = (struct volumes){
        .fs = &b->f.fs, .host = &b->m.host, .data_dir = b->dir, .driver = driver, .group = "vg0"
    };
}

static void end(struct bench *b)
{
    assert_ok(fs_remove_tree(fs_posix(), b->dir));
    fault_fs_done(&b->f);
    mem_free(b->data);
    mem_free(b->dir);
}

static bool is_there(const struct bench *b, const char *name)
{
    OWNED_MEM char *path = mem_printf("%s/%s", b->dir, name);

    return fs_exists(path);
}

/* The agent is another from here on; nothing fails any more. */
static void next_life(struct bench *b, bool restart)
{
    b->m.fail_at = b->f.fail_at = 0;
    b->f.failed = false;
    machine_agent_ends(&b->m);
    if (restart)
        machine_restarts(&b->m);
}

static int64_t size_of(struct bench *b)
{
    int64_t bytes = -1;

    (void)b->m.host.ops->xfs_bytes(&b->m.host, b->data, &bytes, NULL);
    return bytes;
}

static void check_up(struct bench *b, int64_t bytes)
{
    assert_int_equal(size_of(b), bytes);
    assert_int_equal(machine_mounts(&b->m), 1);
    assert_int_equal(machine_loops(&b->m), b->v.driver == VOLUME_LOOP);
    assert_int_equal(machine_volumes(&b->m), b->v.driver == VOLUME_LVM);
    assert_false(is_there(b, "processes/" ID "/volume.new"));
}

static void check_gone(struct bench *b)
{
    machine_agent_ends(&b->m);
    assert_int_equal(machine_mounts(&b->m), 0);
    assert_int_equal(machine_loops(&b->m), 0);
    assert_int_equal(machine_volumes(&b->m), 0);
    assert_false(is_there(b, "processes/u-1"));
}

struct sweep {
    enum volume_driver driver;
    int64_t bytes; /* of the volume before; 0: there is none */
    err_t (*act)(struct bench *b);
    void (*again)(struct bench *b); /* in the next life */
};

/* One run that fails at call `n`; false: it got through. */
static bool cut_at(const struct sweep *s, int n, bool files, bool late, bool restart)
{
    struct bench b;
    bool failed;
    err_t e;

    start(&b, s->driver);
    if (s->bytes) {
        assert_ok(volume_up(&b.v, &owner, s->bytes, NULL));
        machine_put(&b.m, b.data, 7);
        machine_agent_ends(&b.m);
    }
    b.m.calls = b.f.calls = 0;
    b.m.late = late;
    b.f.dead = true;
    *(files ? &b.f.fail_at : &b.m.fail_at) = n;
    e = s->act(&b);
    failed = b.m.failed || b.f.failed;
    assert_true(e == ERR_OK || failed);
    next_life(&b, restart);
    s->again(&b);
    assert_ok(volume_gone(&b.v, &tombstone, NULL));
    assert_ok(volume_empty_trash(fs_posix(), b.dir, NULL));
    check_gone(&b);
    end(&b);
    return failed;
}

static void sweep(const struct sweep *s)
{
    for (int mode = 0; mode < 8; mode++) {
        int n = 0;

        while (cut_at(s, n + 1, mode & 1, mode & 2, mode & 4))
            n++;
        assert_true(n >= 2 || mode & 1);
    }
}

static err_t make(struct bench *b)
{
    return volume_up(&b->v, &owner, gib, NULL);
}

static void make_again(struct bench *b)
{
    assert_ok(make(b));
    check_up(b, gib);
    assert_int_equal(machine_data(&b->m, b->data), 0);
}

static err_t grow(struct bench *b)
{
    return volume_grow(&b->v, &owner, 11 * gib, NULL);
}

static void grow_again(struct bench *b)
{
    OWNED_MEM char *path = mem_printf("%s/processes/" ID "/volume.limit", b->dir);
    OWNED_BUF limit = { 0 };

    assert_ok(grow(b));
    check_up(b, 11 * gib);
    assert_int_equal(machine_data(&b->m, b->data), 7);
    assert_int_equal(b->m.formats, 1);
    assert_ok(fs_read_all(fs_posix(), path, 64, &limit));
    assert_string_equal(buf_text(&limit), "11811160064\n");
}

static err_t remove_it(struct bench *b)
{
    return volume_gone(&b->v, &tombstone, NULL);
}

static err_t rest(struct bench *b)
{
    return volume_down(&b->v, &owner, NULL);
}

static void up_again(struct bench *b)
{
    assert_ok(rest(b));
    machine_agent_ends(&b->m);
    assert_int_equal(machine_mounts(&b->m) + machine_loops(&b->m), 0);
    assert_ok(make(b));
    check_up(b, gib);
    assert_int_equal(machine_data(&b->m, b->data), 7);
}

/* What is removed is removed, but whatever is there still belongs to it. */
static void remove_again(struct bench *b)
{
    assert_ok(remove_it(b));
}

static void every_cut_of_every_act_is_made_good_by_the_next_agent(void **state)
{
    static const struct sweep all[] = {
        { VOLUME_LOOP, 0, make, make_again },          { VOLUME_LVM, 0, make, make_again },
        { VOLUME_LOOP, gib, grow, grow_again },        { VOLUME_LVM, gib, grow, grow_again },
        { VOLUME_LOOP, gib, rest, up_again },          { VOLUME_LVM, gib, rest, up_again },
        { VOLUME_LOOP, gib, remove_it, remove_again }, { VOLUME_LVM, gib, remove_it, remove_again },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        sweep(&all[i]);
}

static void after_a_restart_of_the_machine_it_is_mounted_again_and_grown_if_it_must(void **state)
{
    (void)state;
    for (int driver = VOLUME_LOOP; driver <= VOLUME_LVM; driver++) {
        struct bench b;

        start(&b, (enum volume_driver)driver);
        assert_ok(make(&b));
        machine_put(&b.m, b.data, 7);
        next_life(&b, true);
        assert_ok(volume_up(&b.v, &owner, 3 * gib, NULL));
        check_up(&b, 3 * gib);
        assert_ok(volume_up(&b.v, &owner, gib, NULL)); /* never smaller */
        check_up(&b, 3 * gib);
        assert_int_equal(machine_data(&b.m, b.data), 7);
        end(&b);
    }
}

static void a_volume_keeps_the_driver_that_it_was_made_with(void **state)
{
    struct bench b;

    (void)state;
    start(&b, VOLUME_DIRECTORY);
    assert_ok(make(&b));
    b.v.driver = VOLUME_LOOP;
    assert_ok(make(&b));
    assert_ok(grow(&b));
    assert_int_equal(machine_mounts(&b.m), 0);
    assert_ok(volume_gone(&b.v, &tombstone, NULL));
    assert_ok(make(&b));
    b.v.driver = VOLUME_DIRECTORY;
    assert_ok(grow(&b));
    b.v.driver = VOLUME_LOOP;
    check_up(&b, 11 * gib);
    end(&b);
}

static void one_without_a_size_is_a_directory(void **state)
{
    struct bench b;

    (void)state;
    start(&b, VOLUME_LOOP);
    assert_ok(volume_up(&b.v, &owner, 0, NULL));
    assert_int_equal(machine_mounts(&b.m), 0);
    assert_ok(volume_down(&b.v, &owner, NULL));
    assert_ok(volume_gone(&b.v, &tombstone, NULL));
    assert_int_equal(volume_up(&b.v, &owner, 1 << 20, NULL), ERR_INVALID); /* too few for XFS */
    end(&b);
}

static void a_stale_tombstone_and_another_owner_leave_it_mounted(void **state)
{
    struct volume_owner other = tombstone;
    struct bench b;

    (void)state;
    other.node_id = 2;
    for (int driver = VOLUME_LOOP; driver <= VOLUME_LVM; driver++) {
        start(&b, (enum volume_driver)driver);
        assert_ok(make(&b));
        assert_int_equal(volume_gone(&b.v, &owner, NULL), ERR_INVALID);
        assert_int_equal(volume_gone(&b.v, &other, NULL), ERR_INVALID);
        assert_int_equal(volume_up(&b.v, &other, gib, NULL), ERR_INVALID);
        check_up(&b, gib);
        end(&b);
    }
}

static void a_device_that_is_lost_is_not_replaced_by_an_empty_one(void **state)
{
    OWNED_MEM char *image = NULL;
    struct why reason;
    struct bench b;

    (void)state;
    start(&b, VOLUME_LVM);
    assert_ok(make(&b));
    next_life(&b, true);
    memset(b.m.volumes, 0, sizeof(b.m.volumes));
    assert_int_equal(volume_up(&b.v, &owner, gib, &reason), ERR_INVALID);
    assert_non_null(strstr(reason.text, "not there any more"));
    end(&b);

    start(&b, VOLUME_LOOP);
    assert_ok(make(&b));
    next_life(&b, true);
    image = mem_printf("%s/processes/" ID "/volume.img", b.dir);
    assert_ok(fs_unlink(fs_posix(), image));
    assert_int_equal(volume_up(&b.v, &owner, gib, NULL), ERR_INVALID);
    assert_int_equal(b.m.formats, 1);
    end(&b);
}

static void what_is_not_this_volumes_is_left_alone(void **state)
{
    struct why reason;
    struct bench b;

    (void)state;
    for (int driver = VOLUME_LOOP; driver <= VOLUME_LVM; driver++) {
        start(&b, (enum volume_driver)driver);
        assert_ok(make(&b));
        next_life(&b, true);
        (void)snprintf(b.m.mounts[0].dir, MACHINE_TEXT, "%s", b.data);
        b.m.mounts[0].number = 9; /* somebody's file system */
        assert_int_equal(volume_up(&b.v, &owner, gib, &reason), ERR_INVALID);
        assert_non_null(strstr(reason.text, "something is mounted"));
        assert_int_equal(volume_gone(&b.v, &tombstone, NULL), ERR_INVALID);
        assert_int_equal(volume_down(&b.v, &owner, NULL), ERR_INVALID);
        assert_int_equal(machine_mounts(&b.m), 1);
        end(&b);
    }
    start(&b, VOLUME_LVM); /* a logical volume of the same name */
    assert_ok(make(&b));
    assert_ok(volume_down(&b.v, &owner, NULL));
    (void)snprintf(b.m.volumes[0].tags, MACHINE_TEXT,
                   "theirs,klamm/" ID "/abcdefghijklmnopqrstuv/10");
    assert_int_equal(volume_up(&b.v, &owner, gib, &reason), ERR_INVALID);
    assert_non_null(strstr(reason.text, "another's"));
    assert_int_equal(volume_gone(&b.v, &tombstone, NULL), ERR_INVALID);
    assert_int_equal(machine_volumes(&b.m), 1);
    (void)snprintf(b.m.volumes[0].tags, MACHINE_TEXT,
                   "theirs,klamm/" ID "/abcdefghijklmnopqrstuv/1");
    assert_ok(make(&b));
    end(&b);
}

static void a_file_system_that_does_not_grow_is_said(void **state)
{
    struct why reason;
    struct bench b;

    (void)state;
    start(&b, VOLUME_LOOP);
    assert_ok(make(&b));
    b.m.grows_not = true;
    assert_int_equal(volume_grow(&b.v, &owner, 2 * gib, &reason), ERR_IO);
    assert_non_null(strstr(reason.text, "did not grow"));
    end(&b);
}

static void a_probe_that_was_cut_anywhere_leaves_nothing_after_the_next(void **state)
{
    (void)state;
    for (int mode = 0; mode < 4; mode++) {
        bool failed = true;

        for (int n = 1; failed; n++) {
            struct bench b;

            start(&b, VOLUME_LOOP);
            b.f.dead = true;
            b.m.late = mode & 2;
            *(mode & 1 ? &b.f.fail_at : &b.m.fail_at) = n;
            (void)volume_probe(&b.v, VOLUME_LOOP, NULL);
            failed = b.m.failed || b.f.failed;
            next_life(&b, false);
            assert_ok(volume_probe(&b.v, VOLUME_LOOP, NULL));
            machine_agent_ends(&b.m);
            assert_int_equal(machine_loops(&b.m) + machine_mounts(&b.m), 0);
            assert_false(is_there(&b, "volume-probe"));
            end(&b);
        }
    }
}

TEST_MAIN(TEST(every_cut_of_every_act_is_made_good_by_the_next_agent),
          TEST(after_a_restart_of_the_machine_it_is_mounted_again_and_grown_if_it_must),
          TEST(a_volume_keeps_the_driver_that_it_was_made_with),
          TEST(one_without_a_size_is_a_directory),
          TEST(a_stale_tombstone_and_another_owner_leave_it_mounted),
          TEST(a_device_that_is_lost_is_not_replaced_by_an_empty_one),
          TEST(what_is_not_this_volumes_is_left_alone),
          TEST(a_file_system_that_does_not_grow_is_said),
          TEST(a_probe_that_was_cut_anywhere_leaves_nothing_after_the_next))

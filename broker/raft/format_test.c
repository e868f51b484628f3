#include "broker/raft/format.h"

#include "broker/raft/metadata_log.h"
#include "broker/raft/voters.h"
#include "tests/lib/test.h"

static void a_feature_beyond_its_range_is_refused_with_a_sentence(void **state)
{
    struct format_feature f = { "group.version", 2 };
    struct format_bootstrap b = { fs_posix(), "/nowhere", 30, &f, 1 };
    struct why why;

    (void)state;
    assert_int_equal(format_bootstrap(&b, &why), ERR_INVALID);
    assert_string_equal(why.text, "feature group.version level 2 is not one of 0..1");
    f = (struct format_feature){ "eligible.leader.replicas.version", 1 };
    b.metadata_version = 22;
    assert_int_equal(format_bootstrap(&b, &why), ERR_INVALID);
}

static err_t count(void *ctx, int64_t offset, int32_t epoch, int control, struct slice value,
                   struct why *reterr)
{
    struct voters *set = ctx;

    (void)offset, (void)epoch;
    return control == 6 ? voters_decode(value, set, reterr) : ERR_OK;
}

static void the_voters_are_read_back_from_the_checkpoint(void **state)
{
    OWNED_MEM char *dir = test_dir();
    struct format_voter v[] = { { 4, { { 9 } }, "CONTROLLER", "127.0.0.1", 9093 },
                                { 2, { { 8 } }, "CONTROLLER", "127.0.0.2", 9093 } };
    struct metadata_log *m;
    struct voters set = { 0 };
    struct why why;

    (void)state;
    assert_ok(format_voters(fs_posix(), dir, 1, v, 2, &why));
    assert_ok(metadata_log_open(fs_posix(), dir, 0, &m, &why));
    assert_int_equal(m->snapshots_n, 1);
    assert_null(metadata_log_latest(m));
    assert_ok(metadata_log_snapshot_each(m, &m->snapshots[0], count, &set, &why));
    assert_int_equal(set.n, 2);
    assert_int_equal(set.v[0].id, 2);
    assert_int_equal(set.v[1].port, 9093);
    voters_done(&set);
    metadata_log_close(m);
    v[1].id = 4;
    assert_int_equal(format_voters(fs_posix(), dir, 1, v, 2, &why), ERR_INVALID);
}

static void the_quorum_state_survives_in_both_versions(void **state)
{
    OWNED_MEM char *dir = test_dir();
    struct quorum_state q = { 7, 1, 1, { { 5 } } }, back;
    int32_t voters[] = { 1 };
    struct metadata_log *m;
    struct why why;

    (void)state;
    assert_ok(metadata_log_open(fs_posix(), dir, 0, &m, &why));
    assert_int_equal(quorum_state_read(m, &back, &why), ERR_NOT_FOUND);
    for (int16_t version = 0; version < 2; version++) {
        assert_ok(quorum_state_write(m, &q, version, voters, 1));
        assert_ok(quorum_state_read(m, &back, &why));
        assert_int_equal(back.epoch, 7);
        assert_int_equal(back.voted, 1);
        assert_int_equal(back.voted_directory.b[0], version ? 5 : 0);
    }
    metadata_log_close(m);
}

TEST_MAIN(TEST(a_feature_beyond_its_range_is_refused_with_a_sentence),
          TEST(the_voters_are_read_back_from_the_checkpoint),
          TEST(the_quorum_state_survives_in_both_versions))

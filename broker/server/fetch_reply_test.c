#include "broker/server/fetch_reply.h"

#include "api/kafka/msg/fetch.h"
#include "broker/log/txn_index.h"
#include "common/arena.h"
#include "tests/lib/test.h"

enum { FROM = 4, TO = 18, SPAN = 5 };

static struct fetch_result result(const char *topic, uint8_t id, int32_t index)
{
    struct fetch_result r = { .topic = str_of(topic), .index = index, .high_watermark = 9,
                              .last_stable = 8, .log_start = 2, .diverging_epoch = -1,
                              .leader_id = -1, .leader_epoch = -1, .preferred = -1 };

    r.topic_id.b[0] = id;
    return r;
}

/* Two entries of a .txnindex. */
static struct slice aborted(void)
{
    static uint8_t bytes[2 * TXN_ENTRY];
    OWNED_BUF b = { 0 };

    txn_entry_put(&b, &(struct aborted_txn){ 70, 3, 5, 6 });
    txn_entry_put(&b, &(struct aborted_txn){ 71, 4, 6, 7 });
    memcpy(bytes, b.p, sizeof(bytes));
    return slice_make(bytes, sizeof(bytes));
}

static unsigned aborted_n(const struct fetch_result *r)
{
    return (unsigned)(r->aborted.n / TXN_ENTRY);
}

/* Two topics, each kind of partition once; neighbours share their topic's entry. */
static unsigned sample(struct fetch_result *r)
{
    r[0] = result("orders", 1, 0);
    r[0].span.n = SPAN;
    r[1] = result("orders", 1, 7);
    r[1].error = 6;
    r[1].leader_id = 3;
    r[1].leader_epoch = 4;
    r[2] = result("events", 2, 1);
    r[2].diverging_epoch = 5;
    r[2].diverging_end = 77;
    r[0].aborted_list = r[2].aborted_list = true;
    r[0].aborted = aborted();
    r[2].preferred = 2;
    return 3;
}

/* The bytes of the ranges are put in, as the listener does. */
static void encode_by_hand(const struct fetch_reply *f, struct buf *ret)
{
    OWNED_BUF body = { 0 };
    size_t at[3] = { 0 };

    fetch_reply_encode(f, &body, at);
    buf_put(ret, body.p, at[0]);
    buf_put(ret, "bytes", SPAN);
    buf_put(ret, body.p + at[0], body.n - at[0]);
}

static void check_partition(int16_t version, const struct fetch_result *r,
                            const struct kf_fetch_response_partition_data *p)
{
    assert_int_equal(p->partition_index, r->index);
    assert_int_equal(p->error_code, r->error);
    assert_int_equal(p->high_watermark, 9);
    assert_int_equal(p->last_stable_offset, 8);
    assert_int_equal(p->log_start_offset, version >= 5 ? 2 : -1);
    assert_int_equal(p->records.n, r->span.n);
    assert_int_equal(p->preferred_read_replica, version >= 11 ? r->preferred : -1);
    assert_int_equal(p->aborted_transactions_n, r->aborted_list ? (int)aborted_n(r) : -1);
    for (unsigned i = 0; i < aborted_n(r); i++) {
        assert_int_equal(p->aborted_transactions[i].producer_id, 70 + i);
        assert_int_equal(p->aborted_transactions[i].first_offset, 3 + i);
    }
    assert_int_equal(p->diverging_epoch.epoch, version >= 12 ? r->diverging_epoch : -1);
    assert_int_equal(p->current_leader.leader_id, version >= 12 ? r->leader_id : -1);
}

static void check_topics(int16_t version, const struct fetch_result *r,
                         const struct kf_fetch_response *m)
{
    assert_int_equal(m->responses_n, 2);
    assert_int_equal(m->responses[0].partitions_n, 2);
    assert_int_equal(m->responses[1].partitions_n, 1);
    if (version < 13)
        assert_true(str_is(m->responses[1].topic, "events"));
    else
        assert_int_equal(m->responses[1].topic_id.b[0], 2);
    check_partition(version, &r[0], &m->responses[0].partitions[0]);
    check_partition(version, &r[1], &m->responses[0].partitions[1]);
    check_partition(version, &r[2], &m->responses[1].partitions[0]);
}

static void the_table_reads_every_version_and_writes_the_same_bytes(void **state)
{
    struct fetch_node node = { 3, "host", "rack", 9092 };
    struct fetch_result results[3];
    struct fetch_reply f = { .session_id = 11, .results = results, .nodes = &node, .nodes_n = 1 };

    (void)state;
    f.results_n = sample(results);
    for (f.version = FROM; f.version <= TO; f.version++) {
        OWNED_ARENA a = { 0 };
        OWNED_BUF bytes = { 0 }, again = { 0 };
        struct kf_fetch_response m;
        struct cursor c;
        struct why reason;

        encode_by_hand(&f, &bytes);
        c = cursor_over(buf_slice(&bytes));
        assert_ok(kf_decode(&kf_fetch_response_schema, f.version, &c, &a, &m));
        assert_int_equal(cursor_left(&c), 0);
        check_topics(f.version, results, &m);
        assert_int_equal(m.session_id, f.version >= 7 ? 11 : 0);
        assert_int_equal(m.node_endpoints_n, f.version >= 16);
        assert_ok(kf_encode(&kf_fetch_response_schema, f.version, &m, &again, &reason));
        assert_true(slice_eq(buf_slice(&bytes), buf_slice(&again)));
    }
}

TEST_MAIN(TEST(the_table_reads_every_version_and_writes_the_same_bytes))

#include "tests/lib/test.h"

#include "api/kafka/every.h"
#include "api/kafka/fields.h"
#include "api/kafka/frame.h"
#include "api/kafka/msg/create_topics.h"
#include "common/mem.h"
#include "common/rng.h"
#include "tests/lib/messages.h"

/* Fills, encodes, decodes, encodes again; both encodings and both prints are equal. */
static void round_trip(const struct kf_schema *s, int16_t version, uint64_t seed)
{
    OWNED_ARENA arena = { 0 };
    OWNED_BUF first = { 0 }, second = { 0 }, printed = { 0 }, printed_again = { 0 };
    struct message_filler f = { .arena = &arena, .version = version, .elements_max = 2, .bytes_max = 8 };
    void *msg = arena_alloc(&arena, s->size), *again = arena_alloc(&arena, s->size);
    struct cursor c;
    struct why reason;

    rng_seed(&f.rng, seed);
    message_fill(&f, s, msg);
    if (kf_encode(s, version, msg, &first, &reason))
        fail_msg("%s v%d: %s", s->name, version, reason.text);
    c = cursor_over(buf_slice(&first));
    if (kf_decode(s, version, &c, &arena, again) || cursor_left(&c))
        fail_msg("%s v%d does not decode", s->name, version);
    assert_ok(kf_encode(s, version, again, &second, NULL));
    assert_int_equal(first.n, second.n);
    if (first.n)
        assert_memory_equal(first.p, second.p, first.n);
    kf_print(s, version, msg, &printed);
    kf_print(s, version, again, &printed_again);
    assert_string_equal(buf_text(&printed), buf_text(&printed_again));
    for (size_t n = 0; n < first.n; n++) {
        c = cursor_over(slice_make(first.p, n));
        assert_int_equal(kf_decode(s, version, &c, &arena, again), ERR_MALFORMED);
    }
}

static void every_message_survives_a_round_trip_in_every_version_and_no_truncation(void **state)
{
    const struct kf_schema *s;
    size_t at = 0;

    (void)state;
    while ((s = kf_every_next(&at)))
        for (int16_t v = s->min; v <= s->max; v++)
            for (uint64_t seed = 1; seed <= 5; seed++)
                round_trip(s, v, seed);
    assert_true(at > 260);
}

static void a_version_outside_of_the_range_is_unsupported(void **state)
{
    struct kf_create_topics_request r;
    OWNED_ARENA arena = { 0 };
    OWNED_BUF out = { 0 };
    struct cursor c = { 0 };
    struct why reason;

    (void)state;
    kf_init(&kf_create_topics_request_schema, &r);
    assert_int_equal(kf_encode(&kf_create_topics_request_schema, 1, &r, &out, &reason), ERR_UNSUPPORTED);
    assert_string_equal(reason.text, "CreateTopicsRequest: version 1 is outside of 2 to 7");
    assert_int_equal(kf_decode(&kf_create_topics_request_schema, 8, &c, &arena, &r), ERR_UNSUPPORTED);
}

static void a_count_beyond_the_bytes_that_are_there_takes_no_memory(void **state)
{
    static const uint8_t huge[] = { 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0 };
    struct kf_create_topics_request r;
    OWNED_ARENA arena = { 0 };
    struct cursor c = cursor_over(slice_make(huge, sizeof(huge)));

    (void)state;
    assert_int_equal(kf_decode(&kf_create_topics_request_schema, 2, &c, &arena, &r), ERR_MALFORMED);
    assert_int_equal(arena.used, 0);
}

static void an_unknown_tag_is_skipped_and_a_repeated_one_refused(void **state)
{
    /* topics [], timeout 0, validate_only 0, tags: one unknown tag 77 of 2 bytes */
    static const uint8_t unknown[] = { 1, 0, 0, 0, 0, 0, 1, 77, 2, 9, 9 };
    static const uint8_t repeated[] = { 1, 0, 0, 0, 0, 0, 2, 77, 0, 77, 0 };
    struct kf_create_topics_request r;
    OWNED_ARENA arena = { 0 };
    struct cursor c = cursor_over(slice_make(unknown, sizeof(unknown)));

    (void)state;
    assert_ok(kf_decode(&kf_create_topics_request_schema, 7, &c, &arena, &r));
    assert_int_equal(cursor_left(&c), 0);
    c = cursor_over(slice_make(repeated, sizeof(repeated)));
    assert_int_equal(kf_decode(&kf_create_topics_request_schema, 7, &c, &arena, &r), ERR_MALFORMED);
}

static void headers_round_trip_and_api_versions_answers_with_header_0(void **state)
{
    struct kf_header h = { KF_API_API_VERSIONS, 4, 7, str_of("me") }, got;
    const struct kf_api *api;
    OWNED_BUF out = { 0 };
    struct cursor c;

    (void)state;
    kf_frame_end(&out, kf_request_begin(&h, &out));
    c = cursor_over(slice_make(out.p + 4, out.n - 4));
    assert_ok(kf_header_decode(&c, &got, &api));
    assert_int_equal(got.correlation_id, 7);
    assert_true(str_is(got.client_id, "me"));
    assert_int_equal(cursor_left(&c), 0);
    assert_int_equal(kf_request_header_version(api, 4), 2);
    assert_int_equal(kf_response_header_version(api, 4), 0);
    assert_null(kf_api(4));
    assert_null(kf_api(-1));
    assert_null(kf_api(INT16_MAX));
}

TEST_MAIN(TEST(every_message_survives_a_round_trip_in_every_version_and_no_truncation),
          TEST(a_version_outside_of_the_range_is_unsupported),
          TEST(a_count_beyond_the_bytes_that_are_there_takes_no_memory),
          TEST(an_unknown_tag_is_skipped_and_a_repeated_one_refused),
          TEST(headers_round_trip_and_api_versions_answers_with_header_0))

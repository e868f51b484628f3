#include "tests/lib/test.h"

#include "api/kafka/every.h"
#include "api/kafka/fields.h"
#include "api/kafka/frame.h"
#include "api/kafka/msg/create_topics.h"
#include "common/mem.h"
#include "common/rng.h"

/* Fills a message with what its version can carry. */
struct filler {
    struct rng rng;
    struct arena *arena;
    int16_t version;
};

static void fill_struct(struct filler *f, const struct kf_schema *s, uint8_t *msg);

static struct slice some_bytes(struct filler *f)
{
    size_t n = rng_below(&f->rng, 9);
    char *p = arena_alloc(f->arena, n + 1);

    for (size_t i = 0; i < n; i++)
        p[i] = (char)('a' + rng_below(&f->rng, 26));
    return slice_make(p, n);
}

static void fill_value(struct filler *f, const struct kf_field *field, uint8_t *at)
{
    uint64_t bits = rng_next(&f->rng);
    bool null = !field->is_array && field->nullable && f->version >= field->nullable - 1 &&
                rng_below(&f->rng, 3) == 0;
    double number = (double)(int32_t)bits;

    switch (field->kind) {
    case KF_BOOL:
        *at = bits & 1;
        break;
    case KF_FLOAT64:
        memcpy(at, &number, sizeof(number));
        break;
    case KF_INT8:
    case KF_INT16:
    case KF_UINT16:
    case KF_INT32:
    case KF_UINT32:
    case KF_INT64:
        memcpy(at, &bits, kf_element_size(field));
        break;
    case KF_UUID:
        memcpy(at, &bits, 8);
        break;
    case KF_STRING:
    case KF_BYTES:
    case KF_RECORDS:
        *(struct slice *)(void *)at = null ? slice_make(NULL, 0) : some_bytes(f);
        break;
    case KF_ONE:
        fill_struct(f, field->of, at);
        break;
    case KF_MAYBE:
        *(void **)(void *)at = null ? NULL : arena_alloc(f->arena, field->of->size);
        if (!null)
            fill_struct(f, field->of, *(void **)(void *)at);
        break;
    }
}

static void fill_array(struct filler *f, const struct kf_field *field, uint8_t *msg)
{
    int32_t n = (int32_t)rng_below(&f->rng, 3);
    size_t size = kf_element_size(field);
    uint8_t *v = arena_array(f->arena, (size_t)n, size);

    if (field->nullable && f->version >= field->nullable - 1 && rng_below(&f->rng, 4) == 0)
        n = -1;
    for (int32_t i = 0; i < n; i++)
        fill_value(f, field, v + (size_t)i * size);
    *(void **)(void *)(msg + field->offset) = n > 0 ? v : NULL;
    *(int32_t *)(void *)(msg + field->count_offset) = n;
}

static void fill_struct(struct filler *f, const struct kf_schema *s, uint8_t *msg)
{
    kf_init(s, msg);
    for (const struct kf_field *field = s->fields()->v; field->name; field++) {
        if (f->version < field->since || f->version > field->until)
            continue;
        if (field->is_array)
            fill_array(f, field, msg);
        else
            fill_value(f, field, msg + field->offset);
    }
}

/* Fills, encodes, decodes, encodes again; both encodings and both prints are equal. */
static void round_trip(const struct kf_schema *s, int16_t version, uint64_t seed)
{
    OWNED_ARENA arena = { 0 };
    OWNED_BUF first = { 0 }, second = { 0 }, printed = { 0 }, printed_again = { 0 };
    struct filler f = { .arena = &arena, .version = version };
    void *msg = arena_alloc(&arena, s->size), *again = arena_alloc(&arena, s->size);
    struct cursor c;
    struct why reason;

    rng_seed(&f.rng, seed);
    fill_struct(&f, s, msg);
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

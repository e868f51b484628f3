/* Messages made by Apache Kafka 4.3.0 (tests/interop/codec/golden.txt, a line each:
 * "name version hex- json"), every one in every version, filled
 * at random and untouched. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/lib/test.h"

#include "api/kafka/every.h"
#include "api/kafka/fields.h"

enum { MESSAGES = 1448 };

static const struct kf_schema *find(const char *name)
{
    const struct kf_schema *s;
    size_t at = 0;

    while ((s = kf_every_next(&at)))
        if (!strcmp(s->name, name))
            return s;
    fail_msg("no message %s", name);
    return NULL;
}

static void read_hex(const char *text, struct buf *ret)
{
    unsigned byte;

    for (; isxdigit((unsigned char)*text); text += 2) {
        assert_int_equal(sscanf(text, "%2x", &byte), 1);
        buf_put_u8(ret, (uint8_t)byte);
    }
}

static void judge(const struct kf_schema *s, int16_t version, struct slice bytes, const char *json)
{
    OWNED_ARENA arena = { 0 };
    OWNED_BUF again = { 0 }, text = { 0 };
    void *msg = arena_alloc(&arena, s->size);
    struct cursor c = cursor_over(bytes);

    if (kf_decode(s, version, &c, &arena, msg) || cursor_left(&c))
        fail_msg("%s v%d does not decode", s->name, version);
    assert_ok(kf_encode(s, version, msg, &again, NULL));
    if (again.n != bytes.n || (again.n && memcmp(again.p, bytes.p, again.n) != 0))
        fail_msg("%s v%d encodes to other bytes", s->name, version);
    kf_print(s, version, msg, &text);
    if (*json != '-') /* Apache Kafka's text leaves out records */
        assert_string_equal(buf_text(&text), json);
}

static void what_apache_kafka_wrote_reads_writes_and_prints_the_same(void **state)
{
    FILE *golden = fopen("tests/interop/codec/golden.txt", "r");
    size_t capacity = 0;
    char *line = NULL;
    int n = 0;

    (void)state;
    assert_non_null(golden);
    for (; getline(&line, &capacity, golden) > 0; n++) {
        char *rest = line, *name = strsep(&rest, " "), *version = strsep(&rest, " ");
        char *hex = strsep(&rest, " "), *json = strsep(&rest, "\n");
        OWNED_BUF bytes = { 0 };

        assert_non_null(json);
        read_hex(hex, &bytes);
        judge(find(name), (int16_t)strtol(version, NULL, 10), buf_slice(&bytes), json);
    }
    free(line);
    (void)fclose(golden);
    assert_int_equal(n, MESSAGES);
}

TEST_MAIN(TEST(what_apache_kafka_wrote_reads_writes_and_prints_the_same))

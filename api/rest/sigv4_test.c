#include "tests/lib/test.h"

#include "api/rest/sigv4_vectors.h"
#include "common/mem.h"

static const struct sigv4_header headers[] = {
    { STR_LIT("Host"), STR_LIT("example.amazonaws.com") },
    { STR_LIT("X-Amz-Date"), STR_LIT("20150830T123600Z") },
};

enum { WHEN = 1440938160 };

/* The published test suite's credentials and its "get-vanilla-query-order-key-case". */
static void the_published_vector_is_reproduced(void **state)
{
    struct sigv4_request r = { str_of("GET"), str_of("/"), str_of("Param2=value2&Param1=value1"),
                               headers,       2,           slice_make(NULL, 0) };
    OWNED_BUF out = { 0 };

    (void)state;
    assert_ok(sigv4_sign(&r, str_of("AKIDEXAMPLE"),
                         str_of("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), str_of("us-east-1"),
                         str_of("service"), &out, NULL));
    assert_string_equal(buf_text(&out), "AWS4-HMAC-SHA256 "
                                        "Credential=AKIDEXAMPLE/20150830/us-east-1/service/"
                                        "aws4_request, "
                                        "SignedHeaders=host;x-amz-date, "
                                        "Signature="
                                        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94c"
                                        "df2500");
}

static enum sigv4_verdict verify(struct str path, struct str authorization, const char *secret,
                                 int64_t now_s)
{
    struct sigv4_header all[] = { headers[0],
                                  headers[1],
                                  { STR_LIT("authorization"), authorization } };
    struct sigv4_request r = { str_of("GET"), path, str_of("a=b"), all, 3, slice_make(NULL, 0) };
    struct sigv4_claim claim;
    struct why reason;
    enum sigv4_verdict v = sigv4_parse(&r, &claim, &reason);

    return v ? v : sigv4_verify(&r, &claim, str_of(secret), now_s * 1000, &reason);
}

static void what_was_signed_verifies_and_any_change_does_not(void **state)
{
    struct str path = str_of("/v1/clusters/arn%3Aaws%3Akafka%2Fx");
    struct sigv4_request r = {
        str_of("GET"), path, str_of("a=b"), headers, 2, slice_make(NULL, 0)
    };
    OWNED_BUF out = { 0 };
    struct str authorization;

    (void)state;
    assert_ok(sigv4_sign(&r, str_of("AK"), str_of("secret"), str_of("eu-1"), str_of("kafka"), &out,
                         NULL));
    authorization = str_make((char *)out.p, out.n);
    assert_int_equal(verify(path, authorization, "secret", WHEN), SIGV4_OK);
    assert_int_equal(verify(path, authorization, "secret", WHEN + 299), SIGV4_OK);
    assert_int_equal(verify(path, authorization, "secret", WHEN + 301), SIGV4_EXPIRED);
    assert_int_equal(verify(path, authorization, "secret", WHEN - 301), SIGV4_EXPIRED);
    assert_int_equal(verify(path, authorization, "Secret", WHEN), SIGV4_MISMATCH);
    assert_int_equal(verify(str_of("/v1/clusters/other"), authorization, "secret", WHEN),
                     SIGV4_MISMATCH);
    for (size_t n = 0; n + 1 < out.n; n++)
        assert_int_not_equal(verify(path, str_make((char *)out.p, n), "secret", WHEN), SIGV4_OK);
}

static void a_request_without_a_signature_is_missing_its_token(void **state)
{
    struct sigv4_request r = { str_of("GET"), str_of("/"), str_of(""),
                               headers,       2,           slice_make(NULL, 0) };
    struct sigv4_claim claim;
    struct why reason;

    (void)state;
    assert_int_equal(sigv4_parse(&r, &claim, &reason), SIGV4_MISSING);
    assert_string_equal(reason.text, "Missing Authentication Token");
}

static void broken_escapes_are_malformed(void **state)
{
    static const char *const broken[] = { "%", "%4", "a%zz", "%00" };
    OWNED_BUF out = { 0 };

    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(uri_decode(str_of(broken[i]), false, &out), ERR_MALFORMED);
    buf_clear(&out);
    assert_ok(uri_decode(str_of("a%2Fb+c"), true, &out));
    assert_string_equal(buf_text(&out), "a/b c");
}

static const char example_secret[] = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

static struct sigv4_request request_of(const struct vector *v)
{
    return (struct sigv4_request){ v->method, v->path, v->query, v->headers, v->headers_n,
                                   slice_make(v->body.p, v->body.n) };
}

static enum sigv4_verdict verify_vector(const struct sigv4_request *r, int64_t now_s)
{
    struct sigv4_claim claim;
    struct why reason;
    enum sigv4_verdict v = sigv4_parse(r, &claim, &reason);

    return v ? v : sigv4_verify(r, &claim, str_of(example_secret), now_s * 1000, &reason);
}

static void what_botocore_signs_verifies(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        struct sigv4_request r = request_of(&vectors[i]);

        if (verify_vector(&r, VECTOR_TIME_S) != SIGV4_OK)
            fail_msg("%s%s", vectors[i].name, vectors[i].presigned ? ", presigned" : "");
    }
}

static void what_botocore_signs_is_signed_alike(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        struct sigv4_request r = request_of(&vectors[i]);
        struct sigv4_header kept[8];
        struct str want = { 0 };
        unsigned n = 0;
        OWNED_BUF out = { 0 };

        for (unsigned j = 0; j < r.headers_n; j++) {
            if (str_is(r.headers[j].name, "Authorization"))
                want = r.headers[j].value;
            else
                kept[n++] = r.headers[j];
        }
        if (vectors[i].presigned)
            continue;
        r.headers = kept;
        r.headers_n = n;
        assert_ok(sigv4_sign(&r, str_of("AKIDEXAMPLE"), str_of(example_secret), str_of("us-east-1"),
                             str_of(strstr(want.p, "/sts/") ? "sts" : "kafka"), &out, NULL));
        assert_string_equal(buf_text(&out), want.p);
    }
}

static void a_presigned_request_lasts_as_long_as_it_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        struct sigv4_request r = request_of(&vectors[i]);

        assert_int_equal(verify_vector(&r, VECTOR_TIME_S + 300), SIGV4_OK);
        assert_int_equal(verify_vector(&r, VECTOR_TIME_S + 301), SIGV4_EXPIRED);
        assert_int_equal(verify_vector(&r, VECTOR_TIME_S - 301), SIGV4_EXPIRED);
    }
}

static void every_changed_byte_of_path_query_and_body_is_seen(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        struct sigv4_request r = request_of(&vectors[i]);
        struct str *const texts[] = { &r.path, &r.query };

        for (size_t t = 0; t < 2; t++) {
            struct str whole = *texts[t];
            char copy[1024];

            if (str_is(whole, "/v1/./clusters//x/../y")) /* x is not signed */
                continue;
            assert_true(whole.n < sizeof(copy));
            for (size_t at = 0; at < whole.n; at++) {
                memcpy(copy, whole.p, whole.n);
                copy[at] = copy[at] == 'Q' ? 'R' : 'Q';
                *texts[t] = str_make(copy, whole.n);
                /* Dots and slashes that the canonical form leaves out are nothing that was signed.
                 */
                if (whole.p[at] != '/' && whole.p[at] != '.')
                    if (verify_vector(&r, VECTOR_TIME_S) == SIGV4_OK)
                        fail_msg("%s: %.*s", vectors[i].name, STR_ARG(*texts[t]));
            }
            *texts[t] = whole;
        }
        r.body = slice_make("{}x", 3);
        assert_int_not_equal(verify_vector(&r, VECTOR_TIME_S), SIGV4_OK);
    }
}

TEST_MAIN(TEST(what_botocore_signs_verifies), TEST(what_botocore_signs_is_signed_alike),
          TEST(a_presigned_request_lasts_as_long_as_it_says),
          TEST(every_changed_byte_of_path_query_and_body_is_seen),
          TEST(the_published_vector_is_reproduced),
          TEST(what_was_signed_verifies_and_any_change_does_not),
          TEST(a_request_without_a_signature_is_missing_its_token),
          TEST(broken_escapes_are_malformed))

/* Any bytes as what a caller of klammd can send before and after the signature is checked. The
 * first byte chooses: a signed request (method, path, query, headers and body, one a line),
 * escapes, a resource policy, or the body of CreateCluster and of updates.
 * Verdict or refusal with a sentence, within bounds; nothing
 * verifies under a secret that did not sign; what is escaped and unescaped is the same. */
#include <stdlib.h>

#include "api/rest/policy.h"
#include "api/rest/sigv4.h"
#include "api/rest/validate.h"
#include "common/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool claim)
{
    if (!claim)
        abort();
}

static struct str line(struct str *left)
{
    const char *end = left->n ? memchr(left->p, '\n', left->n) : NULL;
    struct str s = str_make(left->p, end ? (size_t)(end - left->p) : left->n);

    *left = end ? str_make(end + 1, left->n - s.n - 1) : str_make(left->p + left->n, 0);
    return s;
}

static struct str name_of(struct str *header)
{
    const char *colon = header->n ? memchr(header->p, ':', header->n) : NULL;
    struct str name = str_make(header->p, colon ? (size_t)(colon - header->p) : header->n);

    *header =
        colon ? str_make(colon + 1, header->n - name.n - 1) : str_make(header->p + header->n, 0);
    return name;
}

static void fuzz_signature(struct str text)
{
    struct sigv4_header headers[SIGV4_HEADERS_MAX];
    struct sigv4_request r = { .headers = headers };
    struct sigv4_claim claim;
    struct why reason = { "" };
    enum sigv4_verdict v;

    r.method = line(&text);
    r.path = line(&text);
    r.query = line(&text);
    while (text.n && r.headers_n < SIGV4_HEADERS_MAX) {
        struct str header = line(&text);

        if (!header.n)
            break;
        headers[r.headers_n].name = name_of(&header);
        headers[r.headers_n++].value = header;
    }
    r.body = slice_make(text.p, text.n);
    v = sigv4_parse(&r, &claim, &reason);
    must(v == SIGV4_OK || *reason.text);
    if (v == SIGV4_OK)
        must(sigv4_verify(&r, &claim, str_of("a secret that nobody has"), 1795492800000, &reason) !=
             SIGV4_OK);
}

static void fuzz_escapes(struct str text)
{
    OWNED_BUF plain = { 0 }, coded = { 0 }, again = { 0 };

    if (uri_decode(text, false, &plain))
        return;
    uri_encode(str_make((char *)plain.p, plain.n), false, &coded);
    must(!uri_decode(str_make((char *)coded.p, coded.n), false, &again));
    must(slice_eq(buf_slice(&plain), buf_slice(&again)));
}

static const char *zone_of_subnet(void *ctx, const char *id)
{
    (void)ctx;
    return strncmp(id, "subnet-", 7) == 0 ? id + 7 : NULL;
}

static bool has_security_group(void *ctx, const char *id)
{
    (void)ctx;
    return strcmp(id, "sg-1") == 0;
}

/* What a request changes, it does not change once more. */
static void fuzz_monitoring(const json_t *in)
{
    struct refusal r = { 0 };
    json_t *spec = json_object(), *change = validate_monitoring(in, spec, &r);

    must(change || *r.why.text);
    json_object_update(spec, change);
    must(!change || !validate_monitoring(in, spec, &r));
    json_decref(change);
    json_decref(spec);
}

static void fuzz_policy(const char *text)
{
    struct refusal r = { 0 };

    must(policy_check(text, &r) || (*r.parameter && *r.why.text));
}

static void fuzz_body(struct str text)
{
    static const struct validate_vpc vpc = { zone_of_subnet, has_security_group, NULL };
    json_t *in = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL), *out, *tags;
    struct refusal r = { 0 };

    if (json_is_object(in)) {
        out = validate_provisioned(in, &vpc, &r);
        must(out || (*r.parameter && *r.why.text));
        must(validate_cluster_name(in, &r) || *r.why.text);
        must(validate_security(in, &r) || *r.why.text);
        fuzz_monitoring(in);
        tags = validate_tags(json_object_get(in, "tags"), &r);
        must(tags || *r.why.text);
        json_decref(tags);
        json_decref(out);
    }
    json_decref(in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    OWNED_MEM char *copy = NULL;
    struct str text;

    if (!n)
        return 0;
    copy = mem_strndup((const char *)data + 1, n - 1);
    text = str_make(copy, n - 1);
    switch (data[0]) {
    case 's':
        fuzz_signature(text);
        break;
    case 'e':
        fuzz_escapes(text);
        break;
    case 'p':
        fuzz_policy(copy);
        break;
    default:
        fuzz_body(text);
    }
    return 0;
}

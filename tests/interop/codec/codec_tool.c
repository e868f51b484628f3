/* codec_tool - klamm's message tables and codec, for comparison with Apache Kafka's.
 *
 *   codec_tool tables          every table as JSON
 *   codec_tool make SEED       a random message of every version: "name version hex json"
 *   codec_tool check           reads such lines from stdin, made by Apache Kafka: decodes, encodes
 *                              and prints each and says where bytes or text differ
 *   codec_tool errors          "NAME code retriable" of every error code
 *   codec_tool apis            "name key forwardable", then "version:headers" of each version
 *   codec_tool batches         record batches of every codec, hex, a line each
 *   codec_tool records         reads such lines and prints the records, a line each */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/kafka/api_keys.h"
#include "api/kafka/batch.h"
#include "api/kafka/errors.h"
#include "api/kafka/every.h"
#include "common/mem.h"
#include "tests/lib/messages.h"

enum { SCRATCH_MAX = 1 << 20 };

static const char *const kinds[] = {
    [KF_BOOL] = "bool",     [KF_INT8] = "int8",       [KF_INT16] = "int16",     [KF_UINT16] = "uint16",
    [KF_INT32] = "int32",   [KF_UINT32] = "uint32",   [KF_INT64] = "int64",     [KF_FLOAT64] = "float64",
    [KF_UUID] = "uuid",     [KF_STRING] = "string",   [KF_BYTES] = "bytes",     [KF_RECORDS] = "records",
    [KF_ONE] = "struct",    [KF_MAYBE] = "struct",
};

static void print_fields(const struct kf_schema *s)
{
    const char *separator = "";

    printf("\"fields\":[");
    for (const struct kf_field *f = s->fields()->v; f->name; f++) {
        printf("%s{\"name\":\"%s\",\"kind\":\"%s\",\"array\":%d,\"since\":%d,\"until\":%d,\"nullable\":%d,"
               "\"tag\":%d,\"taggedSince\":%d,\"ignorable\":%d,\"classic\":%d,\"defNull\":%d,\"def\":%lld",
               separator, f->name, kinds[f->kind], f->is_array, f->since, f->until, f->nullable - 1,
               f->tag - 1, f->tagged_since, f->ignorable, f->classic, f->def_null,
               (long long)f->def);
        separator = ",";
        if (f->of) {
            printf(",\"struct\":\"%s\",", f->of->name);
            print_fields(f->of);
        }
        printf("}");
    }
    printf("]");
}

static int tables(void)
{
    const struct kf_schema *s;
    const struct kf_api *api;
    const char *separator = "";
    size_t at = 0;
    int key = 0;

    printf("{\"messages\":[\n");
    for (; (s = kf_every_next(&at)); separator = ",\n") {
        printf("%s{\"name\":\"%s\",\"key\":%d,\"min\":%d,\"max\":%d,\"flexible\":%d,", separator, s->name,
               s->api_key, s->min, s->max, s->flexible);
        print_fields(s);
        printf("}");
    }
    printf("],\n\"apis\":[\n");
    for (separator = ""; (api = kf_api_next(&key)); separator = ",\n")
        printf("%s{\"name\":\"%s\",\"key\":%d,\"min\":%d,\"max\":%d,\"broker\":%d,\"controller\":%d,"
               "\"forwardable\":%d}",
               separator, api->name, api->key, api->min, api->max, !!(api->listeners & KF_ON_BROKER),
               !!(api->listeners & KF_ON_CONTROLLER), api->forwardable);
    printf("]}\n");
    return 0;
}

static int errors(void)
{
#define ERROR_ROW(name, code, retriable) printf("%s %d %s\n", #name, code, #retriable);
    KF_ERRORS(ERROR_ROW)
    return 0;
}

static int apis(void)
{
    const struct kf_api *api;
    int at = 0;

    while ((api = kf_api_next(&at))) {
        printf("%s %d %s", api->name, api->key, api->forwardable ? "true" : "false");
        for (int16_t v = kf_schema_min(api->request); v <= kf_schema_max(api->request); v++)
            printf(" %d:%d%d", v, kf_request_header_version(api, v), kf_response_header_version(api, v));
        printf("\n");
    }
    return 0;
}

static void print_hex(struct slice s)
{
    for (size_t i = 0; i < s.n; i++)
        printf("%02x", s.p[i]);
}

static bool read_hex(const char *text, struct buf *ret)
{
    unsigned byte;

    buf_clear(ret);
    for (; isxdigit((unsigned char)text[0]) && isxdigit((unsigned char)text[1]); text += 2) {
        (void)sscanf(text, "%2x", &byte);
        buf_put_u8(ret, (uint8_t)byte);
    }
    return *text == 0 || isspace((unsigned char)*text);
}

static bool make_one(const struct kf_schema *s, int16_t version, uint64_t seed)
{
    OWNED_ARENA arena = { 0 };
    OWNED_BUF bytes = { 0 }, text = { 0 };
    struct message_filler f = { .arena = &arena, .version = version, .elements_max = 2, .bytes_max = 8 };
    void *msg = arena_alloc(&arena, s->size);
    struct why reason;

    rng_seed(&f.rng, seed);
    message_fill(&f, s, msg);
    if (kf_encode(s, version, msg, &bytes, &reason)) {
        fprintf(stderr, "%s v%d: %s\n", s->name, version, reason.text);
        return false;
    }
    kf_print(s, version, msg, &text);
    printf("%s %d ", s->name, version);
    print_hex(buf_slice(&bytes));
    printf("- %s\n", buf_text(&text));
    return true;
}

static int make_all(uint64_t seed)
{
    const struct kf_schema *s;
    size_t at = 0;
    bool good = true;

    while ((s = kf_every_next(&at)))
        for (int16_t v = s->min; v <= s->max; v++)
            good &= make_one(s, v, seed + at * 131 + (uint64_t)v);
    return !good;
}

static const struct kf_schema *find(const char *name)
{
    const struct kf_schema *s;
    size_t at = 0;

    while ((s = kf_every_next(&at)))
        if (!strcmp(s->name, name))
            return s;
    return NULL;
}

/* NULL when klamm agrees. */
static const char *judge(const struct kf_schema *s, int16_t version, struct slice bytes, const char *json,
                         struct buf *ret_text)
{
    OWNED_ARENA arena = { 0 };
    OWNED_BUF again = { 0 };
    void *msg = arena_alloc(&arena, s->size);
    struct cursor c = cursor_over(bytes);

    if (kf_decode(s, version, &c, &arena, msg))
        return "does not decode";
    if (cursor_left(&c))
        return "leaves bytes over";
    if (kf_encode(s, version, msg, &again, NULL))
        return "does not encode";
    if (again.n != bytes.n || (bytes.n && memcmp(again.p, bytes.p, bytes.n) != 0))
        return "encodes to other bytes";
    buf_clear(ret_text);
    kf_print(s, version, msg, ret_text);
    return strcmp(json, "-") && strcmp(json, buf_text(ret_text)) ? "prints another text" : NULL;
}

static int check(void)
{
    OWNED_BUF bytes = { 0 }, text = { 0 };
    size_t capacity = 0;
    char *line = NULL;
    long good = 0, bad = 0;

    while (getline(&line, &capacity, stdin) > 0) {
        char *rest = line, *name = strsep(&rest, " "), *version = strsep(&rest, " ");
        char *hex = strsep(&rest, " "), *json = strsep(&rest, "\n");
        const struct kf_schema *s = find(name);
        const char *fault = "is no line of this tool or no message of klamm's";

        if (s && json) {
            hex[strcspn(hex, "-")] = 0; /* ends every dump, so that an empty one is a word */
            if (read_hex(hex, &bytes))
                fault = judge(s, (int16_t)strtol(version, NULL, 10), buf_slice(&bytes), json, &text);
        }
        if (fault)
            printf("%s v%s %s\n  %s\n  %s\n", name, version, fault, json, buf_text(&text));
        fault ? bad++ : good++;
    }
    free(line);
    printf("%ld agree, %ld differ\n", good, bad);
    return bad || !good;
}

static int batches(void)
{
    static const struct kf_record_header headers[] = { { STR_LIT("h"), { (const uint8_t *)"v", 1 } },
                                                       { STR_LIT("null"), { NULL, 0 } } };

    for (int codec = 0; codec < KF_CODECS; codec++) {
        for (int count = 0; count <= 2000; count = count * 10 + 2) {
            OWNED_BUF out = { 0 };
            struct kf_batch_builder b;

            kf_batch_begin(&b, &out, 1000, 5, (int16_t)codec);
            for (int i = 0; i < count; i++) {
                OWNED_MEM char *value = mem_printf("value %d", i * 7919);

                kf_batch_put(&b, 1700000000000 + i % 7, slice_make(i % 3 ? "key" : NULL, i % 3),
                             slice_make(value, strlen(value)), headers, i % 3);
            }
            if (kf_batch_end(&b))
                return 1;
            print_hex(buf_slice(&out));
            printf("\n");
        }
    }
    return 0;
}

static void print_part(struct slice s)
{
    if (!s.p)
        printf(" null");
    else
        printf(" %.*s.", (int)s.n, (const char *)s.p);
}

static err_t print_records(struct slice bytes)
{
    OWNED_BUF scratch = { 0 };
    struct kf_record_header h;
    struct kf_records records;
    struct kf_record r;
    struct kf_batch b;
    err_t e = kf_batch_parse(bytes, &b);

    if (!e && !kf_batch_crc_ok(&b))
        e = ERR_CORRUPT;
    if (!e)
        e = kf_records_open(&b, &scratch, SCRATCH_MAX, &records);
    if (e)
        return e;
    printf("batch %s %lld %lld %d %d %lld\n", kf_codec_name(kf_batch_codec(&b)), (long long)b.base_offset,
           (long long)b.last_offset, b.leader_epoch, b.count, (long long)b.max_timestamp);
    while (!(e = kf_records_next(&records, &r))) {
        printf("%lld %lld", (long long)r.offset, (long long)r.timestamp);
        print_part(r.key);
        print_part(r.value);
        while (kf_record_header_next(&r.headers, &h)) {
            print_part(slice_make(h.key.p, h.key.n));
            print_part(h.value);
        }
        printf("\n");
    }
    return e == ERR_OUT_OF_RANGE ? ERR_OK : e;
}

static int read_batches(void)
{
    OWNED_BUF bytes = { 0 };
    size_t capacity = 0;
    char *line = NULL;
    err_t e = ERR_OK;

    while (!e && getline(&line, &capacity, stdin) > 0)
        e = read_hex(line, &bytes) ? print_records(buf_slice(&bytes)) : ERR_MALFORMED;
    free(line);
    if (e)
        fprintf(stderr, "%s\n", err_text(e));
    return e != ERR_OK;
}

int main(int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : "";

    if (!strcmp(verb, "tables"))
        return tables();
    if (!strcmp(verb, "make") && argc == 3)
        return make_all(strtoull(argv[2], NULL, 10));
    if (!strcmp(verb, "check"))
        return check();
    if (!strcmp(verb, "errors"))
        return errors();
    if (!strcmp(verb, "apis"))
        return apis();
    if (!strcmp(verb, "batches"))
        return batches();
    if (!strcmp(verb, "records"))
        return read_batches();
    fprintf(stderr, "codec_tool tables | make SEED | check | errors | apis | batches | records\n");
    return 2;
}

/* kf_tables - klamm's message tables as JSON, for compare.py; and messages re-encoded, for golden.py.
 *
 *   kf_tables tables            one JSON object a line: a message with its fields, nested
 *   kf_tables recode < LINES    each line NAME VERSION HEX: decoded, printed as JSON, encoded again */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/kafka/every.h"
#include "api/kafka/fields.h"
#include "common/mem.h"

static const char *const kinds[] = {
    [KF_BOOL] = "bool",     [KF_INT8] = "int8",     [KF_INT16] = "int16",   [KF_UINT16] = "uint16",
    [KF_INT32] = "int32",   [KF_UINT32] = "uint32", [KF_INT64] = "int64",   [KF_FLOAT64] = "float64",
    [KF_UUID] = "uuid",     [KF_STRING] = "string", [KF_BYTES] = "bytes",   [KF_RECORDS] = "records",
    [KF_ONE] = "struct",    [KF_MAYBE] = "struct",
};

static void print_fields(const struct kf_schema *s);

static void print_field(const struct kf_field *f)
{
    printf("{\"name\":\"%s\",\"type\":\"%s%s\",\"since\":%d,\"until\":%d,\"nullable\":%d,\"tag\":%d,"
           "\"taggedSince\":%d,\"default\":%" PRId64 ",\"defaultNull\":%s,\"ignorable\":%s,\"classic\":%s",
           f->name, f->is_array ? "[]" : "", kinds[f->kind], f->since, f->until, f->nullable - 1, f->tag - 1,
           f->tagged_since, f->def, f->def_null ? "true" : "false", f->ignorable ? "true" : "false",
           f->classic ? "true" : "false");
    if (f->of) {
        printf(",\"struct\":\"%s\",\"fields\":", f->of->name);
        print_fields(f->of);
    }
    printf("}");
}

static void print_fields(const struct kf_schema *s)
{
    printf("[");
    for (const struct kf_field *f = s->fields()->v; f->name; f++) {
        print_field(f);
        if (f[1].name)
            printf(",");
    }
    printf("]");
}

static void print_tables(void)
{
    const struct kf_schema *s;
    size_t at = 0;

    while ((s = kf_every_next(&at))) {
        printf("{\"name\":\"%s\",\"apiKey\":%d,\"min\":%d,\"max\":%d,\"flexible\":%d,\"fields\":", s->name, s->api_key,
               s->min, s->max, s->flexible);
        print_fields(s);
        printf("}\n");
    }
}

static const struct kf_schema *find(const char *name)
{
    const struct kf_schema *s;
    size_t at = 0;

    while ((s = kf_every_next(&at)) && strcmp(s->name, name) != 0)
        ;
    return s;
}

static void unhex(const char *hex, struct buf *ret)
{
    unsigned byte;

    for (; sscanf(hex, "%2x", &byte) == 1; hex += 2)
        buf_put_u8(ret, (uint8_t)byte);
}

static void recode(const char *name, int version, const char *hex)
{
    const struct kf_schema *s = find(name);
    OWNED_BUF in = { 0 }, out = { 0 }, text = { 0 };
    OWNED_ARENA a = { 0 };
    struct cursor c;
    void *msg;

    if (!s) {
        printf("unknown message\n");
        return;
    }
    unhex(hex, &in);
    c = cursor_over(buf_slice(&in));
    msg = arena_alloc(&a, s->size);
    if (kf_decode(s, (int16_t)version, &c, &a, msg) || cursor_left(&c) ||
        kf_encode(s, (int16_t)version, msg, &out, NULL)) {
        printf("does not decode\n");
        return;
    }
    kf_print(s, (int16_t)version, msg, &text);
    for (size_t i = 0; i < out.n; i++)
        printf("%02x", out.p[i]);
    printf(" %s\n", buf_text(&text));
}

int main(int argc, char **argv)
{
    static char line[1 << 20], name[256], hex[1 << 20];
    int version;

    if (argc == 2 && strcmp(argv[1], "tables") == 0) {
        print_tables();
        return 0;
    }
    while (fgets(line, sizeof(line), stdin)) {
        hex[0] = '\0';
        if (sscanf(line, "%255s %d %1048575s", name, &version, hex) >= 2)
            recode(name, version, hex);
    }
    return 0;
}

#include "broker/log/names.h"

#include <stdio.h>

#include "common/invariant.h"
#include "common/limits.h"
#include "common/mem.h"
#include "common/rng.h"

enum { BASE_DIGITS = 20 };

static const char *const kinds[FILE_KINDS] = { ".log", ".index", ".timeindex", ".txnindex", ".snapshot" };
static const char *const states[FILE_STATES] = { "", ".deleted", ".cleaned", ".swap" };

struct path path_of(const char *dir, int64_t base, enum file_kind kind, enum file_state state)
{
    struct path p;
    int n = snprintf(p.text, sizeof(p.text), "%s/%020lld%s%s", dir, (long long)base, kinds[kind],
                     states[state]);

    INVARIANT(n > 0 && (size_t)n < sizeof(p.text));
    return p;
}

struct path path_in(const char *dir, const char *name)
{
    struct path p;
    int n = snprintf(p.text, sizeof(p.text), "%s/%s", dir, name);

    INVARIANT(n > 0 && (size_t)n < sizeof(p.text));
    return p;
}

/* Decimal digits alone, within int64. */
static bool digits(const char *p, size_t n, int64_t *ret)
{
    int64_t v = 0;

    if (!n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (p[i] < '0' || p[i] > '9' || __builtin_mul_overflow(v, 10, &v) ||
            __builtin_add_overflow(v, p[i] - '0', &v))
            return false;
    *ret = v;
    return true;
}

bool file_name_parse(const char *name, int64_t *ret_base, enum file_kind *ret_kind,
                     enum file_state *ret_state)
{
    const char *rest;

    if (strlen(name) <= BASE_DIGITS || !digits(name, BASE_DIGITS, ret_base))
        return false;
    for (int k = 0; k < FILE_KINDS; k++) {
        if (strncmp(name + BASE_DIGITS, kinds[k], strlen(kinds[k])) != 0)
            continue;
        rest = name + BASE_DIGITS + strlen(kinds[k]);
        for (int s = 0; s < FILE_STATES; s++)
            if (!strcmp(rest, states[s])) {
                *ret_kind = (enum file_kind)k;
                *ret_state = (enum file_state)s;
                return true;
            }
    }
    return false;
}

static const struct {
    const char *text;
    enum dir_kind kind;
} suffixes[] = { { "-delete", DIR_DELETE }, { "-stray", DIR_STRAY }, { "-future", DIR_FUTURE } };

enum { UNIQUE_HEX = 32 };

/* Takes .<unique>-<kind> off the end. */
static enum dir_kind suffix_strip(struct str *name)
{
    for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
        size_t n = strlen(suffixes[i].text);
        const char *dot;

        if (name->n <= n || memcmp(name->p + name->n - n, suffixes[i].text, n) != 0)
            continue;
        dot = memrchr(name->p, '.', name->n);
        if (!dot || memchr(dot, '-', name->n - (size_t)(dot - name->p)) != name->p + name->n - n)
            continue;
        name->n = (size_t)(dot - name->p);
        return suffixes[i].kind;
    }
    return DIR_PARTITION;
}

static bool topic_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

bool dir_name_parse(struct str name, struct dir_name *ret)
{
    const char *dash;
    int64_t partition;

    if (!name.n || name.n > DIR_NAME_MAX)
        return false;
    ret->kind = suffix_strip(&name);
    dash = memrchr(name.p, '-', name.n);
    if (!dash || dash == name.p)
        return false;
    ret->topic = str_make(name.p, (size_t)(dash - name.p));
    if (ret->topic.n > TOPIC_NAME_MAX ||
        !digits(dash + 1, name.n - ret->topic.n - 1, &partition) || partition > INT32_MAX)
        return false;
    for (size_t i = 0; i < ret->topic.n; i++)
        if (!topic_byte(ret->topic.p[i]))
            return false;
    ret->partition = (int32_t)partition;
    return true;
}

struct dir_name_text dir_name_print(struct str topic, int32_t partition, enum dir_kind kind)
{
    char tail[80], unique[UNIQUE_HEX + 1] = "";
    uint8_t random[UNIQUE_HEX / 2];
    struct dir_name_text t;
    int n, room;

    n = snprintf(tail, sizeof(tail), "-%d", partition);
    if (kind != DIR_PARTITION) {
        rng_system(random, sizeof(random));
        for (size_t i = 0; i < sizeof(random); i++)
            snprintf(unique + 2 * i, 3, "%02x", random[i]);
        n = snprintf(tail, sizeof(tail), "-%d.%s%s", partition, unique, suffixes[kind - 1].text);
    }
    room = DIR_NAME_MAX - n;
    snprintf(t.text, sizeof(t.text), "%.*s%s", (int)topic.n < room ? (int)topic.n : room, topic.p, tail);
    return t;
}

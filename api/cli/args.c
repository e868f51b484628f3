#include "api/cli/args.h"

#include <stdlib.h>
#include <string.h>

static const struct cli_option *find(const struct cli_option *const *tables, const char *name,
                                     size_t n)
{
    for (; *tables; tables++)
        for (const struct cli_option *o = *tables; o->name; o++)
            if (strlen(o->name) == n && memcmp(o->name, name, n) == 0)
                return o;
    return NULL;
}

/* One --option, its value behind '=' or in the next word. */
static err_t take_option(int argc, char **argv, int *at, const struct cli_option *const *tables,
                         struct args *ret, struct why *reterr)
{
    const char *word = argv[*at], *name = word + 2, *equals = strchr(name, '=');
    size_t n = equals ? (size_t)(equals - name) : strlen(name);
    const struct cli_option *o = find(tables, name, n);
    const char *value = equals ? equals + 1 : "";

    if (!o)
        return why(reterr, ERR_INVALID, "unknown option --%.*s", (int)n, name);
    if (!o->value && equals)
        return why(reterr, ERR_INVALID, "--%s takes no value", o->name);
    if (o->value && !equals) {
        if (*at + 1 >= argc)
            return why(reterr, ERR_INVALID, "--%s needs a value: --%s %s", o->name, o->name,
                       o->value);
        value = argv[++*at];
    }
    if (ret->options_n == ARGS_MAX)
        return why(reterr, ERR_TOO_LARGE, "more than %d options", ARGS_MAX);
    ret->options[ret->options_n].name = o->name;
    ret->options[ret->options_n++].value = value;
    return ERR_OK;
}

err_t args_parse(int argc, char **argv, const struct cli_option *const *tables, struct args *ret,
                 struct why *reterr)
{
    bool plain = false;
    err_t e = ERR_OK;

    memset(ret, 0, sizeof(*ret));
    for (int i = 0; i < argc && !e; i++) {
        if (!plain && strcmp(argv[i], "--") == 0)
            plain = true;
        else if (!plain && strcmp(argv[i], "-o") == 0)
            argv[i--] = (char *)(uintptr_t) "--output";
        else if (!plain && strcmp(argv[i], "-h") == 0)
            argv[i--] = (char *)(uintptr_t) "--help";
        else if (!plain && strcmp(argv[i], "-f") == 0)
            argv[i--] = (char *)(uintptr_t) "--follow";
        else if (!plain && strncmp(argv[i], "--", 2) == 0)
            e = take_option(argc, argv, &i, tables, ret, reterr);
        else if (!plain && argv[i][0] == '-' && argv[i][1])
            e = why(reterr, ERR_INVALID, "unknown option %s", argv[i]);
        else if (ret->positional_n == ARGS_MAX)
            e = why(reterr, ERR_TOO_LARGE, "more than %d arguments", ARGS_MAX);
        else
            ret->positional[ret->positional_n++] = argv[i];
    }
    return e;
}

const char *args_get(const struct args *a, const char *name)
{
    for (unsigned i = a->options_n; i-- > 0;)
        if (strcmp(a->options[i].name, name) == 0)
            return a->options[i].value;
    return NULL;
}

const char *args_nth(const struct args *a, const char *name, unsigned nth)
{
    for (unsigned i = 0; i < a->options_n; i++)
        if (strcmp(a->options[i].name, name) == 0 && nth-- == 0)
            return a->options[i].value;
    return NULL;
}

err_t args_number(const struct args *a, const char *name, int64_t least, int64_t most, int64_t *ret,
                  struct why *reterr)
{
    const char *text = args_get(a, name);
    char *end;
    long long n;

    if (!text)
        return ERR_OK;
    n = strtoll(text, &end, 10);
    if (end == text || *end || n < least || n > most)
        return why(reterr, ERR_INVALID, "--%s: '%s' must be a whole number of %lld to %lld", name,
                   text, (long long)least, (long long)most);
    *ret = n;
    return ERR_OK;
}

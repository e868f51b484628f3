#include "broker/server/config_keys.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/mem.h"
#include "common/slice.h"

enum { CHOICES_MAX = 256 };

static int compare_name(const void *name, const void *key)
{
    return strcmp(name, ((const struct config_key *)key)->name);
}

const struct config_key *config_broker_key(const char *name)
{
    return bsearch(name, config_broker_keys, config_broker_keys_n, sizeof(struct config_key),
                   compare_name);
}

const struct config_key *config_topic_key(const char *name)
{
    return bsearch(name, config_topic_keys, config_topic_keys_n, sizeof(struct config_key),
                   compare_name);
}

const struct config_key *config_group_key(const char *name)
{
    return bsearch(name, config_group_keys, config_group_keys_n, sizeof(struct config_key), compare_name);
}

const struct config_key *config_client_metrics_key(const char *name)
{
    return bsearch(name, config_client_metrics_keys, config_client_metrics_keys_n,
                   sizeof(struct config_key), compare_name);
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);

    return n >= m && strcmp(text + n - m, end) == 0;
}

const struct config_key *config_broker_key_of(const char *name, const char **ret_base)
{
    static const char prefix[] = "listener.name.";
    static const char *const of_mechanisms[] = {
        "sasl.jaas.config", "sasl.login.callback.handler.class", "sasl.login.class",
        "sasl.server.callback.handler.class", "connections.max.reauth.ms",
    };
    const char *dot = NULL;

    if (strncmp(name, prefix, sizeof(prefix) - 1) == 0)
        dot = strchr(name + sizeof(prefix) - 1, '.');
    if (dot)
        name = dot + 1;
    for (size_t i = 0; dot && i < ARRAY_LEN(of_mechanisms); i++)
        if (ends_with(name, of_mechanisms[i]))
            name = of_mechanisms[i];
    if (ret_base)
        *ret_base = name;
    return config_broker_key(name);
}

bool config_listener_key_is_clusters(const char *base)
{
    return strcmp(base, "max.connections") == 0 || strcmp(base, "max.connection.creation.rate") == 0 ||
           strcmp(base, "num.network.threads") == 0;
}

static bool blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct str trimmed(const char *text)
{
    size_t n = strlen(text);

    while (n && blank(*text))
        text++, n--;
    while (n && blank(text[n - 1]))
        n--;
    return str_make(text, n);
}

bool config_parse_int64(const char *text, int64_t *ret)
{
    struct str s = trimmed(text);
    size_t sign = s.n && (s.p[0] == '-' || s.p[0] == '+');
    char digits[24];

    if (s.n == sign || s.n >= sizeof(digits))
        return false;
    for (size_t i = sign; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    memcpy(digits, s.p, s.n);
    digits[s.n] = '\0';
    errno = 0;
    *ret = strtoll(digits, NULL, 10);
    return !errno;
}

bool config_parse_bool(const char *text, bool *ret)
{
    struct str s = trimmed(text);

    *ret = s.n == 4 && strncasecmp(s.p, "true", 4) == 0;
    return *ret || (s.n == 5 && strncasecmp(s.p, "false", 5) == 0);
}

static bool is_choice(const struct config_key *k, struct str item)
{
    int (*same)(const char *, const char *, size_t) =
        k->flags & CONFIG_ANY_CASE ? strncasecmp : strncmp;

    for (const char *at = k->choices; at;) {
        const char *comma = strchr(at, ',');
        size_t n = comma ? (size_t)(comma - at) : strlen(at);

        if (n == item.n && same(at, item.p, n) == 0)
            return true;
        at = comma ? comma + 1 : NULL;
    }
    return false;
}

static void integer_bounds(const struct config_key *k, int64_t *low, int64_t *high)
{
    static const int64_t lowest[] = { [CONFIG_INT] = INT32_MIN, [CONFIG_SHORT] = INT16_MIN,
                                      [CONFIG_LONG] = INT64_MIN };
    static const int64_t highest[] = { [CONFIG_INT] = INT32_MAX, [CONFIG_SHORT] = INT16_MAX,
                                       [CONFIG_LONG] = INT64_MAX };

    *low = k->low > lowest[k->type] ? k->low : lowest[k->type];
    *high = k->high < highest[k->type] ? k->high : highest[k->type];
}

static err_t check_integer(const struct config_key *k, const char *text, struct why *reterr)
{
    int64_t v, low, high;

    integer_bounds(k, &low, &high);
    if (!config_parse_int64(text, &v))
        return why(reterr, ERR_INVALID, "Invalid value %s for configuration %s: Not a number of "
                   "type %s", text, k->name, k->type == CONFIG_LONG ? "LONG" :
                   k->type == CONFIG_INT ? "INT" : "SHORT");
    if (v < low)
        return why(reterr, ERR_INVALID, "Invalid value %s for configuration %s: Value must be at "
                   "least %" PRId64, text, k->name, low);
    if (v > high)
        return why(reterr, ERR_INVALID, "Invalid value %s for configuration %s: Value must be no "
                   "more than %" PRId64, text, k->name, high);
    return ERR_OK;
}

static err_t check_double(const struct config_key *k, const char *text, struct why *reterr)
{
    char *end;
    double v = strtod(text, &end);

    while (blank(*end))
        end++;
    if (end == text || *end)
        return why(reterr, ERR_INVALID, "Invalid value %s for configuration %s: Not a number of "
                   "type DOUBLE", text, k->name);
    if (k->low != INT64_MIN && v < (double)k->low)
        return why(reterr, ERR_INVALID, "Invalid value %s for configuration %s: Value must be at "
                   "least %" PRId64, text, k->name, k->low);
    if (k->high != INT64_MAX && v > (double)k->high)
        return why(reterr, ERR_INVALID, "Invalid value %s for configuration %s: Value must be no "
                   "more than %" PRId64, text, k->name, k->high);
    return ERR_OK;
}

/* "a,b" as "a, b". */
static const char *spaced(const char *choices, char *ret, size_t size)
{
    size_t n = 0;

    for (const char *p = choices; *p && n + 3 < size; p++) {
        ret[n++] = *p;
        if (*p == ',')
            ret[n++] = ' ';
    }
    ret[n] = '\0';
    return ret;
}

static err_t check_text(const struct config_key *k, const char *text, struct why *reterr)
{
    char choices[CHOICES_MAX];

    if (!k->choices || is_choice(k, trimmed(text)))
        return ERR_OK;
    return why(reterr, ERR_INVALID, "Invalid value %s for configuration %s: String must be one of: "
               "%s", text, k->name, spaced(k->choices, choices, sizeof(choices)));
}

/* The items of a list, blanks around commas dropped. */
static bool next_item(const char **at, struct str *ret)
{
    const char *comma;
    struct str s;

    if (!*at)
        return false;
    comma = strchr(*at, ',');
    s = str_make(*at, comma ? (size_t)(comma - *at) : strlen(*at));
    while (s.n && blank(*s.p))
        s.p++, s.n--;
    while (s.n && blank(s.p[s.n - 1]))
        s.n--;
    *at = comma ? comma + 1 : NULL;
    *ret = s;
    return true;
}

static bool stands_before(const char *list, struct str item)
{
    const char *at = list;
    struct str other;

    while (next_item(&at, &other) && other.p != item.p)
        if (str_eq(other, item))
            return true;
    return false;
}

static err_t check_list(const struct config_key *k, const char *text, struct why *reterr)
{
    char choices[CHOICES_MAX];
    const char *at = text;
    struct str item;

    if (!trimmed(text).n)
        return k->flags & CONFIG_NON_EMPTY
                   ? why(reterr, ERR_INVALID, "Invalid value for configuration %s: the list must "
                         "not be empty", k->name)
                   : ERR_OK;
    while (next_item(&at, &item)) {
        if (!item.n && k->flags & (CONFIG_DISTINCT | CONFIG_NON_EMPTY))
            return why(reterr, ERR_INVALID, "Invalid value %s for configuration %s: the list must "
                       "not hold an empty item", text, k->name);
        if (k->choices && !is_choice(k, item))
            return why(reterr, ERR_INVALID, "Invalid value %.*s for configuration %s: String must "
                       "be one of: %s", STR_ARG(item), k->name,
                       spaced(k->choices, choices, sizeof(choices)));
        if ((k->flags & CONFIG_DISTINCT || k->choices) && stands_before(text, item))
            return why(reterr, ERR_INVALID, "Invalid value %s for configuration %s: %.*s is given "
                       "twice", text, k->name, STR_ARG(item));
    }
    return ERR_OK;
}

err_t config_key_check(const struct config_key *k, const char *text, struct why *reterr)
{
    bool flag;

    switch (k->type) {
    case CONFIG_BOOLEAN:
        return config_parse_bool(text, &flag)
                   ? ERR_OK
                   : why(reterr, ERR_INVALID, "Invalid value %s for configuration %s: Expected "
                         "value to be either true or false", text, k->name);
    case CONFIG_INT:
    case CONFIG_SHORT:
    case CONFIG_LONG:
        return check_integer(k, text, reterr);
    case CONFIG_DOUBLE:
        return check_double(k, text, reterr);
    case CONFIG_STRING:
        return check_text(k, text, reterr);
    case CONFIG_LIST:
        return check_list(k, text, reterr);
    case CONFIG_UNKNOWN:
    case CONFIG_CLASS:
    case CONFIG_PASSWORD:
        return ERR_OK;
    }
    return ERR_OK;
}

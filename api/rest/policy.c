#include "api/rest/policy.h"

#include <stdint.h>
#include <string.h>

/* A text, or a list of texts that is not empty. */
static bool is_texts(const json_t *v)
{
    if (!json_is_array(v))
        return json_is_string(v);
    for (size_t i = 0; i < json_array_size(v); i++)
        if (!json_is_string(json_array_get(v, i)))
            return false;
    return json_array_size(v) > 0;
}

/* "*", or {"AWS": texts, "Service": texts, ...}. */
static bool is_principal(const json_t *v)
{
    const char *kind;
    json_t *who;

    if (json_is_string(v))
        return strcmp(json_string_value(v), "*") == 0;
    json_object_foreach ((json_t *)(uintptr_t)v, kind, who)
        if (!is_texts(who))
            return false;
    return json_object_size(v) > 0;
}

/* Exactly one of Action and NotAction, and so on, of the right form. */
static bool check_pair(const json_t *statement, size_t at, const char *name, const char *not_name,
                       bool (*good)(const json_t *v), struct refusal *r)
{
    const json_t *v = json_object_get(statement, name), *other = json_object_get(statement, not_name);

    if (!v == !other)
        return refuse(r, "policy", "policy: statement %zu must have one of %s and %s.", at, name,
                      not_name);
    return good(v ? v : other) ||
           refuse(r, "policy", "policy: %s of statement %zu is not of the form that IAM has.",
                  v ? name : not_name, at);
}

static bool check_statement(const json_t *s, size_t at, struct refusal *r)
{
    const char *effect = json_string_value(json_object_get(s, "Effect"));

    if (!json_is_object(s))
        return refuse(r, "policy", "policy: statement %zu must be an object.", at);
    if (!effect || (strcmp(effect, "Allow") != 0 && strcmp(effect, "Deny") != 0))
        return refuse(r, "policy", "policy: Effect '%.32s' of statement %zu must be Allow or Deny.",
                      effect ? effect : "", at);
    return check_pair(s, at, "Principal", "NotPrincipal", is_principal, r) &&
           check_pair(s, at, "Action", "NotAction", is_texts, r) &&
           check_pair(s, at, "Resource", "NotResource", is_texts, r);
}

static bool check_statements(const json_t *all, struct refusal *r)
{
    size_t n = json_array_size(all);

    if (json_is_object(all))
        return check_statement(all, 0, r);
    if (!n || n > POLICY_STATEMENTS_MAX)
        return refuse(r, "policy", "policy: Statement has %zu statements, must have 1 to %d.", n,
                      POLICY_STATEMENTS_MAX);
    for (size_t i = 0; i < n; i++)
        if (!check_statement(json_array_get(all, i), i, r))
            return false;
    return true;
}

static bool check_document(const json_t *o, struct refusal *r)
{
    const char *version = json_string_value(json_object_get(o, "Version"));

    if (!json_is_object(o))
        return refuse(r, "policy", "policy: must be a JSON object.");
    if (!version || (strcmp(version, "2012-10-17") != 0 && strcmp(version, "2008-10-17") != 0))
        return refuse(r, "policy", "policy: Version '%.32s' must be 2012-10-17 or 2008-10-17.",
                      version ? version : "");
    return check_statements(json_object_get(o, "Statement"), r);
}

bool policy_check(const char *text, struct refusal *r)
{
    size_t n = strlen(text);
    json_error_t error;
    json_t *o;
    bool good;

    if (n > POLICY_BYTES_MAX)
        return refuse(r, "policy", "policy: has %zu bytes, at most %d are allowed.", n,
                      POLICY_BYTES_MAX);
    o = json_loadb(text, n, JSON_REJECT_DUPLICATES, &error);
    if (!o)
        return refuse(r, "policy", "policy: is not JSON: line %d, column %d: %s", error.line,
                      error.column, error.text);
    good = check_document(o, r);
    json_decref(o);
    return good;
}

#include "api/rest/credentials.h"

#include <stdlib.h>

#include "common/fs.h"

static struct str trimmed(struct str s)
{
    while (s.n && (s.p[0] == ' ' || s.p[0] == '\t')) {
        s.p++;
        s.n--;
    }
    while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t' || s.p[s.n - 1] == '\r'))
        s.n--;
    return s;
}

/* Cuts the first line, without its newline, off `text`. */
static struct str next_line(struct str *text)
{
    const char *end = memchr(text->p, '\n', text->n);
    struct str line = { text->p, end ? (size_t)(end - text->p) : text->n };

    text->p += line.n + (end != NULL);
    text->n -= line.n + (end != NULL);
    return trimmed(line);
}

static void set_text(char **member, struct str value)
{
    mem_free(*member);
    *member = mem_strndup(value.p, value.n);
}

static void take_pair(struct credentials *c, struct str key, struct str value)
{
    if (str_is(key, "aws_access_key_id"))
        set_text(&c->access_key, value);
    else if (str_is(key, "aws_secret_access_key"))
        set_text(&c->secret, value);
    else if (str_is(key, "aws_session_token"))
        set_text(&c->session_token, value);
}

static err_t take_line(struct credentials *c, struct str line, const char *profile, bool *inside)
{
    const char *equals;

    if (!line.n || line.p[0] == '#' || line.p[0] == ';')
        return ERR_OK;
    if (line.p[0] == '[') {
        if (line.p[line.n - 1] != ']')
            return ERR_MALFORMED;
        *inside = str_is(trimmed(str_make(line.p + 1, line.n - 2)), profile);
        return ERR_OK;
    }
    equals = memchr(line.p, '=', line.n);
    if (!equals)
        return ERR_MALFORMED;
    if (*inside)
        take_pair(c, trimmed(str_make(line.p, (size_t)(equals - line.p))),
                  trimmed(str_make(equals + 1, (size_t)(line.p + line.n - equals - 1))));
    return ERR_OK;
}

err_t credentials_parse(struct str text, const char *profile, struct credentials **ret,
                        struct why *reterr)
{
    OWNED(credentials) c = mem_new(struct credentials);
    bool inside = false;

    for (int line = 1; text.n; line++)
        if (take_line(c, next_line(&text), profile, &inside))
            return why(reterr, ERR_MALFORMED, "line %d is neither [section] nor key = value", line);
    if (!c->access_key || !c->secret || !*c->access_key || !*c->secret)
        return why(reterr, ERR_NOT_FOUND,
                   "section [%s] does not hold both aws_access_key_id and aws_secret_access_key",
                   profile);
    *ret = c;
    c = NULL;
    return ERR_OK;
}

static err_t from_file(const char *path, const char *profile, struct credentials **ret,
                       struct why *reterr)
{
    OWNED_BUF text = { 0 };
    struct why reason;
    err_t e = fs_read_all(fs_posix(), path, CREDENTIALS_BYTES_MAX, &text);

    if (e)
        return why(reterr, e, "credentials file %s: %s", path, err_text(e));
    e = credentials_parse(str_make((const char *)text.p, text.n), profile, ret, &reason);
    if (text.n)
        explicit_bzero(text.p, text.n);
    return e ? why(reterr, e, "credentials file %s: %s", path, reason.text) : ERR_OK;
}

static const char *environment(const char *name)
{
    const char *value = getenv(name);

    return value && *value ? value : NULL;
}

static struct credentials *from_environment(void)
{
    const char *key = environment("AWS_ACCESS_KEY_ID"),
               *secret = environment("AWS_SECRET_ACCESS_KEY");
    const char *token = environment("AWS_SESSION_TOKEN");
    struct credentials *c;

    if (!key || !secret)
        return NULL;
    c = mem_new(struct credentials);
    c->access_key = mem_strdup(key);
    c->secret = mem_strdup(secret);
    c->session_token = token ? mem_strdup(token) : NULL;
    return c;
}

err_t credentials_find(const char *file, const char *profile, struct credentials **ret,
                       struct why *reterr)
{
    OWNED_MEM char *path = NULL;
    bool asked = profile != NULL;
    const char *shared = environment("AWS_SHARED_CREDENTIALS_FILE"), *home = environment("HOME");
    err_t e;

    if (!profile)
        profile = environment("AWS_PROFILE") ? environment("AWS_PROFILE") : "default";
    if (!file)
        file = environment("KLAMM_CREDENTIALS_FILE");
    if (file)
        return from_file(file, profile, ret, reterr);
    *ret = asked ? NULL : from_environment();
    if (*ret)
        return ERR_OK;
    path = shared ? mem_strdup(shared) : mem_printf("%s/.aws/credentials", home ? home : "");
    e = from_file(path, profile, ret, reterr);
    if (e == ERR_NOT_FOUND && !fs_exists(path))
        return why(reterr, e,
                   "no credentials: give --credentials FILE, or set AWS_ACCESS_KEY_ID and "
                   "AWS_SECRET_ACCESS_KEY, or write %s",
                   path);
    return e;
}

static void wipe(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    mem_free(text);
}

struct credentials *credentials_free(struct credentials *c)
{
    if (!c)
        return NULL;
    mem_free(c->access_key);
    wipe(c->secret);
    wipe(c->session_token);
    mem_free(c);
    return NULL;
}

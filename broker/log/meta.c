#include "broker/log/meta.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>

#include "common/buf.h"
#include "common/mem.h"

#define META_FILE "meta.properties"
#define CLEAN_FILE ".kafka_cleanshutdown"

enum { META_BYTES_MAX = 64 * 1024, CLEAN_BYTES_MAX = 4096 };

/* One "key=value" of a Java properties file, unescaped into caller's storage. */
struct property {
    char key[64];
    char value[256];
};

static bool line_next(struct str *text, struct str *ret)
{
    size_t n;

    if (!text->n)
        return false;
    for (n = 0; n < text->n && text->p[n] != '\n' && text->p[n] != '\r'; n++)
        continue;
    *ret = str_make(text->p, n);
    n += n < text->n;
    text->p += n;
    text->n -= n;
    return true;
}

static struct str trim_front(struct str s)
{
    while (s.n && (s.p[0] == ' ' || s.p[0] == '\t' || s.p[0] == '\f')) {
        s.p++;
        s.n--;
    }
    return s;
}

/* Up to an unescaped separator (for a key) or the end; false when it does not fit. */
static bool take_word(struct str *s, bool key, char *ret, size_t room)
{
    size_t n = 0;

    while (s->n) {
        char c = s->p[0];

        if (key && (c == '=' || c == ':' || c == ' ' || c == '\t'))
            break;
        s->p++;
        s->n--;
        if (c == '\\') {
            if (!s->n)
                return false;
            c = s->p[0];
            s->p++;
            s->n--;
            if (c == 'u')
                return false; /* no key or value of ours needs it */
        }
        if (n + 1 >= room)
            return false;
        ret[n++] = c;
    }
    ret[n] = '\0';
    return true;
}

static bool property_parse(struct str line, struct property *ret)
{
    if (!take_word(&line, true, ret->key, sizeof(ret->key)))
        return false;
    line = trim_front(line);
    if (line.n && (line.p[0] == '=' || line.p[0] == ':'))
        line = trim_front(str_make(line.p + 1, line.n - 1));
    return take_word(&line, false, ret->value, sizeof(ret->value));
}

static bool int32_parse(const char *text, int32_t *ret)
{
    int64_t v = 0;
    size_t n = strlen(text);

    if (!n || n > 10)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!isdigit((unsigned char)text[i]))
            return false;
        v = v * 10 + (text[i] - '0');
    }
    *ret = (int32_t)v;
    return v <= INT32_MAX;
}

struct seen {
    bool version, cluster_id, node_id;
};

static err_t bad(struct why *reterr, const struct property *p, const char *rule)
{
    return why(reterr, ERR_CORRUPT, META_FILE ": %s is \"%.100s\": %s", p->key, p->value, rule);
}

static err_t take_directory_id(struct meta *m, const struct property *p, struct why *reterr)
{
    if (!uuid_parse(str_of(p->value), &m->directory_id))
        return bad(reterr, p, "it must be a uuid of 22 characters");
    if (!uuid_usable(&m->directory_id))
        return bad(reterr, p, "Kafka reserves this directory id");
    return ERR_OK;
}

static err_t take_property(struct meta *m, struct seen *seen, const struct property *p, struct why *reterr)
{
    if (!strcmp(p->key, "version")) {
        seen->version = true;
        return strcmp(p->value, "1") ? bad(reterr, p, "it must be 1; 0 is older than KRaft") : ERR_OK;
    }
    if (!strcmp(p->key, "cluster.id")) {
        seen->cluster_id = true;
        if (!p->value[0] || strlen(p->value) > CLUSTER_ID_MAX)
            return bad(reterr, p, "it must have 1 to 127 characters");
        memcpy(m->cluster_id, p->value, strlen(p->value) + 1);
    }
    if (!strcmp(p->key, "node.id")) {
        seen->node_id = true;
        if (!int32_parse(p->value, &m->node_id))
            return bad(reterr, p, "it must be a whole number from 0 to 2147483647");
    }
    return strcmp(p->key, "directory.id") ? ERR_OK : take_directory_id(m, p, reterr);
}

err_t meta_parse(struct str text, struct meta *ret, struct why *reterr)
{
    struct property p;
    struct seen seen = { 0 };
    struct str line;
    err_t e = ERR_OK;

    *ret = (struct meta){ 0 };
    while (!e && line_next(&text, &line)) {
        line = trim_front(line);
        if (!line.n || line.p[0] == '#' || line.p[0] == '!')
            continue;
        if (!property_parse(line, &p))
            return why(reterr, ERR_CORRUPT, META_FILE ": the line \"%.*s\" is no property",
                       line.n < 100 ? (int)line.n : 100, line.p);
        e = take_property(ret, &seen, &p, reterr);
    }
    if (e)
        return e;
    if (!seen.version || !seen.cluster_id || !seen.node_id)
        return why(reterr, ERR_CORRUPT, META_FILE ": %s is missing",
                   !seen.version ? "version" : !seen.cluster_id ? "cluster.id" : "node.id");
    return ERR_OK;
}

err_t meta_read(struct fs *fs, const char *dir, struct meta *ret, struct why *reterr)
{
    OWNED_MEM char *path = mem_printf("%s/" META_FILE, dir);
    OWNED_BUF text = { 0 };
    struct why inner;
    err_t e;

    e = fs_read_all(fs, path, META_BYTES_MAX, &text);
    if (e == ERR_NOT_FOUND)
        return why(reterr, e, "%s: no " META_FILE " there: the directory is not formatted", dir);
    if (e)
        return why(reterr, e, "%s: %s", path, err_text(e));
    e = meta_parse(str_make((const char *)text.p, text.n), ret, &inner);
    return e ? why(reterr, e, "%.120s/%.240s", dir, inner.text) : ERR_OK;
}

err_t meta_write(struct fs *fs, const char *dir, const struct meta *m)
{
    OWNED_MEM char *path = mem_printf("%s/" META_FILE, dir);
    OWNED_BUF text = { 0 };

    buf_put_text(&text, "#\n");
    buf_printf(&text, "cluster.id=%s\n", m->cluster_id);
    if (!uuid_is_zero(&m->directory_id))
        buf_printf(&text, "directory.id=%s\n", uuid_print(&m->directory_id).text);
    buf_printf(&text, "node.id=%d\nversion=1\n", m->node_id);
    return fs_replace(fs, path, buf_slice(&text), 0644);
}

err_t meta_check(const struct meta *m, const char *dir, const char *cluster_id, int32_t node_id,
                 struct why *reterr)
{
    if (cluster_id && strcmp(m->cluster_id, cluster_id) != 0)
        return why(reterr, ERR_CONFLICT,
                   "%s/" META_FILE ": cluster.id is \"%s\", but this node belongs to cluster \"%s\"", dir,
                   m->cluster_id, cluster_id);
    if (m->node_id != node_id)
        return why(reterr, ERR_CONFLICT, "%s/" META_FILE ": node.id is %d, but node.id is configured as %d",
                   dir, m->node_id, node_id);
    return ERR_OK;
}

err_t meta_check_together(const struct meta *m, const char *const *dirs, int count, struct why *reterr)
{
    err_t e = ERR_OK;

    for (int i = 1; !e && i < count; i++) {
        if (strcmp(m[i].cluster_id, m[0].cluster_id) != 0)
            e = why(reterr, ERR_CONFLICT,
                    "log.dirs: cluster.id is \"%s\" in %s, but \"%s\" in %s: all must agree",
                    m[0].cluster_id, dirs[0], m[i].cluster_id, dirs[i]);
        else if (m[i].node_id != m[0].node_id)
            e = why(reterr, ERR_CONFLICT, "log.dirs: node.id is %d in %s, but %d in %s: all must agree",
                    m[0].node_id, dirs[0], m[i].node_id, dirs[i]);
        for (int k = 0; !e && k < i; k++)
            if (!uuid_is_zero(&m[i].directory_id) && uuid_eq(&m[i].directory_id, &m[k].directory_id))
                e = why(reterr, ERR_CONFLICT,
                        "log.dirs: %s and %s have the same directory.id %s: each needs its own", dirs[k],
                        dirs[i], uuid_print(&m[i].directory_id).text);
    }
    return e;
}

/* The number behind "key" and a colon in a flat JSON object; enough for a file that only
 * brokers write. */
static bool json_number(const char *text, const char *key, int64_t *ret)
{
    const char *p = strstr(text, key);
    bool minus;
    int64_t v = 0;

    if (!p)
        return false;
    for (p += strlen(key); *p == ' ' || *p == ':'; p++)
        continue;
    minus = *p == '-';
    p += minus;
    if (!isdigit((unsigned char)*p))
        return false;
    for (; isdigit((unsigned char)*p); p++)
        if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, *p - '0', &v))
            return false;
    *ret = minus ? -v : v;
    return true;
}

err_t clean_shutdown_read(struct fs *fs, const char *dir, int64_t *ret_broker_epoch)
{
    OWNED_MEM char *path = mem_printf("%s/" CLEAN_FILE, dir);
    OWNED_BUF text = { 0 };
    int64_t version;
    err_t e;

    *ret_broker_epoch = -1;
    e = fs_read_all(fs, path, CLEAN_BYTES_MAX, &text);
    if (e)
        return e == ERR_TOO_LARGE ? ERR_CORRUPT : e;
    if (!json_number(buf_text(&text), "\"version\"", &version) || version != 0 ||
        !json_number(buf_text(&text), "\"brokerEpoch\"", ret_broker_epoch))
        return ERR_CORRUPT;
    return ERR_OK;
}

err_t clean_shutdown_write(struct fs *fs, const char *dir, int64_t broker_epoch)
{
    OWNED_MEM char *path = mem_printf("%s/" CLEAN_FILE, dir);
    OWNED_BUF text = { 0 };

    buf_printf(&text, "{\"version\":0,\"brokerEpoch\":%lld}", (long long)broker_epoch);
    return fs_replace(fs, path, buf_slice(&text), 0644);
}

/* Gone for good before anything is written: a crash after this is an unclean start. */
err_t clean_shutdown_remove(struct fs *fs, const char *dir)
{
    OWNED_MEM char *path = mem_printf("%s/" CLEAN_FILE, dir);
    err_t e;

    e = fs_unlink(fs, path);
    if (e == ERR_NOT_FOUND)
        return ERR_OK;
    return e ? e : fs_sync_dir(fs, dir);
}

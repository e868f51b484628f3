#include "controlplane/config.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/fs.h"
#include "common/yaml.h"

enum { SECRET_BYTES_MAX = 256 };

static err_t known_keys(const json_t *o, const char *where, const char *const *keys, struct why *reterr)
{
    const char *key;
    json_t *value;

    if (o && !json_is_object(o))
        return why(reterr, ERR_INVALID, "%.*s: must be a mapping of keys to values",
                   (int)(strlen(where) ? strlen(where) - 1 : 0), where);
    json_object_foreach((json_t *)(uintptr_t)o, key, value) {
        const char *const *k = keys;

        while (*k && strcmp(*k, key) != 0)
            k++;
        if (!*k)
            return why(reterr, ERR_INVALID, "%s%s: no such key", where, key);
    }
    return ERR_OK;
}

/* A required text that is not empty, copied. */
static err_t get_text(const json_t *o, const char *where, const char *key, char **ret, struct why *reterr)
{
    const char *text = json_string_value(json_object_get(o, key));

    if (!text || !*text)
        return why(reterr, ERR_INVALID, "%s%s: missing, it must be text", where, key);
    *ret = mem_strdup(text);
    return ERR_OK;
}

/* host:port with a numeric IPv4 host; absent is fine when not `required`. */
static err_t get_address(const json_t *o, const char *where, const char *key, bool required,
                         struct address *ret, struct why *reterr)
{
    const char *text = json_string_value(json_object_get(o, key));
    const char *colon = text ? strrchr(text, ':') : NULL;
    struct in_addr a;
    char *end;
    long port;

    if (!text && !required)
        return ERR_OK;
    if (!colon || (size_t)(colon - text) >= sizeof(ret->host))
        return why(reterr, ERR_INVALID, "%s%s: '%s' must be ADDRESS:PORT", where, key, text ? text : "");
    memcpy(ret->host, text, (size_t)(colon - text));
    ret->host[colon - text] = '\0';
    port = strtol(colon + 1, &end, 10);
    if (*end || port < 1 || port > 65535 || inet_pton(AF_INET, ret->host, &a) != 1)
        return why(reterr, ERR_INVALID, "%s%s: '%s' must be an IPv4 address and a port of 1 to 65535", where,
                   key, text);
    ret->port = (uint16_t)port;
    return ERR_OK;
}

static err_t read_rest(struct config *c, const json_t *root, struct why *reterr)
{
    static const char *const keys[] = { "listen", "loopback_http", NULL };
    const json_t *o = json_object_get(root, "rest");
    err_t e = known_keys(o, "rest.", keys, reterr);

    if (!e)
        e = get_address(o, "rest.", "listen", true, &c->rest, reterr);
    if (!e)
        e = get_address(o, "rest.", "loopback_http", false, &c->rest_http, reterr);
    /* Nobody in without a key, and no key in the clear but on this machine alone. */
    if (!e && c->rest_http.port && strncmp(c->rest_http.host, "127.", 4) != 0)
        e = why(reterr, ERR_INVALID, "rest.loopback_http: '%s' must be a loopback address (127.x.y.z)",
                c->rest_http.host);
    return e;
}

/* "365d": a whole number of seconds, minutes, hours or days; absent: what `ret` holds. */
static err_t get_duration(const json_t *o, const char *where, const char *key, int64_t low_s, int64_t high_s,
                          int64_t *ret, struct why *reterr)
{
    const char *text = json_string_value(json_object_get(o, key));
    char *end = NULL;
    long long n = text ? strtoll(text, &end, 10) : 0;
    int64_t unit = 0;

    if (!json_object_get(o, key))
        return ERR_OK;
    if (text && *end && !end[1])
        unit = *end == 's' ? 1 : *end == 'm' ? 60 : *end == 'h' ? 3600 : *end == 'd' ? 86400 : 0;
    if (!unit || n < 0 || n > high_s / unit || n * unit < low_s)
        return why(reterr, ERR_INVALID, "%s%s: '%s' must be a number with s, m, h or d behind it, of %llds "
                   "to %lldd", where, key, text ? text : "", (long long)low_s, (long long)high_s / 86400);
    *ret = n * unit;
    return ERR_OK;
}

static err_t read_agents(struct config *c, const json_t *root, struct why *reterr)
{
    static const char *const keys[] = { "listen", "certificate_lifetime", "lost_after", NULL };
    const json_t *o = json_object_get(root, "agents");
    const char *lost_after = json_string_value(json_object_get(o, "lost_after"));
    bool never = lost_after && strcmp(lost_after, "never") == 0;
    err_t e = known_keys(o, "agents.", keys, reterr);

    c->certificate_lifetime_s = CONFIG_CERTIFICATE_S;
    c->lost_after_s = never ? 0 : CONFIG_LOST_S;
    if (!e && !never)
        e = get_duration(o, "agents.", "lost_after", CONFIG_LOST_S_MIN, CONFIG_LOST_S_MAX, &c->lost_after_s,
                         reterr);
    if (!e)
        e = get_duration(o, "agents.", "certificate_lifetime", CONFIG_CERTIFICATE_S_MIN,
                         CONFIG_CERTIFICATE_S_MAX, &c->certificate_lifetime_s, reterr);
    return e ? e : get_address(o, "agents.", "listen", true, &c->agents, reterr);
}

/* "10.0.0.0/16", all of it, of /8 to /28 and without bits behind its mask. */
static err_t parse_cidr(const char *key, const char *cidr, uint32_t *ret_network, uint32_t *ret_mask,
                        struct why *reterr)
{
    char host[INET_ADDRSTRLEN] = "";
    int n = -1;
    unsigned bits = 0;
    struct in_addr a;

    if (sscanf(cidr, "%15[0-9.]/%2u%n", host, &bits, &n) != 2 || cidr[n] || bits < 8 || bits > 28 ||
        inet_pton(AF_INET, host, &a) != 1)
        return why(reterr, ERR_INVALID, "%s: '%s' must be an IPv4 network of /8 to /28", key, cidr);
    *ret_mask = UINT32_MAX << (32 - bits);
    *ret_network = ntohl(a.s_addr);
    if (*ret_network & ~*ret_mask)
        return why(reterr, ERR_INVALID, "%s: '%s' has bits behind its mask", key, cidr);
    return ERR_OK;
}

/* In the VPC, and sharing no address with a subnet before it: two clusters' brokers would clash. */
static err_t check_subnet(const struct config *c, const struct subnet *s, struct why *reterr)
{
    uint32_t network, mask;
    err_t e = parse_cidr("vpc.cidr", c->vpc_cidr, &network, &mask, reterr);

    if (!e && (s->mask < mask || (s->network & mask) != network))
        return why(reterr, ERR_INVALID, "vpc.subnets.cidr: '%s' does not lie in vpc.cidr '%s'", s->cidr,
                   c->vpc_cidr);
    for (const struct subnet *o = c->subnets; !e && o != s; o++) {
        uint32_t wider = s->mask & o->mask;

        if ((s->network & wider) == (o->network & wider))
            return why(reterr, ERR_INVALID, "vpc.subnets.cidr: '%s' overlaps '%s' of subnet %s",
                       s->cidr, o->cidr, o->id);
    }
    return e;
}

static err_t read_subnet(struct config *c, const json_t *o, struct why *reterr)
{
    static const char *const keys[] = { "id", "zone", "cidr", NULL };
    struct subnet *s = &c->subnets[c->subnets_n];
    err_t e;

    if (c->subnets_n == CONFIG_SUBNETS_MAX)
        return why(reterr, ERR_TOO_LARGE, "vpc.subnets: at most %d", CONFIG_SUBNETS_MAX);
    e = known_keys(o, "vpc.subnets.", keys, reterr);
    if (!e)
        e = get_text(o, "vpc.subnets.", "id", &s->id, reterr);
    if (!e)
        e = get_text(o, "vpc.subnets.", "zone", &s->zone, reterr);
    if (!e)
        e = get_text(o, "vpc.subnets.", "cidr", &s->cidr, reterr);
    if (!e && config_subnet(c, s->id) && config_subnet(c, s->id) != s)
        e = why(reterr, ERR_INVALID, "vpc.subnets.id: '%s' stands twice", s->id);
    if (!e)
        e = parse_cidr("vpc.subnets.cidr", s->cidr, &s->network, &s->mask, reterr);
    if (!e)
        e = check_subnet(c, s, reterr);
    c->subnets_n++;
    return e;
}

static err_t read_vpc(struct config *c, const json_t *root, struct why *reterr)
{
    static const char *const keys[] = { "id", "cidr", "security_group", "subnets", NULL };
    const json_t *o = json_object_get(root, "vpc"), *subnets = json_object_get(o, "subnets");
    err_t e = known_keys(o, "vpc.", keys, reterr);

    if (!e)
        e = get_text(o, "vpc.", "id", &c->vpc_id, reterr);
    if (!e)
        e = get_text(o, "vpc.", "cidr", &c->vpc_cidr, reterr);
    if (!e)
        e = get_text(o, "vpc.", "security_group", &c->security_group, reterr);
    if (!e && !json_array_size(subnets))
        e = why(reterr, ERR_INVALID, "vpc.subnets: at least one subnet with id, zone and cidr");
    for (size_t i = 0; !e && i < json_array_size(subnets); i++)
        e = read_subnet(c, json_array_get(subnets, i), reterr);
    return e;
}

/* A whole number; absent: what `ret` holds. */
static err_t get_number(const json_t *o, const char *where, const char *key, int64_t low, int64_t high,
                        int64_t *ret, struct why *reterr)
{
    const char *text = json_string_value(json_object_get(o, key));
    char *end = NULL;
    long long n = text ? strtoll(text, &end, 10) : *ret;

    if (!json_object_get(o, key))
        return ERR_OK;
    if (!text || !*text || *end || n < low || n > high)
        return why(reterr, ERR_INVALID, "%s%s: '%s' must be a whole number of %lld to %lld", where, key,
                   text ? text : "", (long long)low, (long long)high);
    *ret = n;
    return ERR_OK;
}

static err_t read_placement(struct config *c, const json_t *root, struct why *reterr)
{
    static const char *const keys[] = { "cpu_overcommit", "memory_overcommit", "storage_overcommit", NULL };
    int64_t *const to[] = { &c->cpu_overcommit, &c->memory_overcommit, &c->storage_overcommit };
    const json_t *o = json_object_get(root, "placement");
    err_t e = known_keys(o, "placement.", keys, reterr);

    for (int i = 0; i < 3; i++) {
        *to[i] = 1;
        if (!e)
            e = get_number(o, "placement.", keys[i], 1, CONFIG_OVERCOMMIT_MAX, to[i], reterr);
    }
    return e;
}

/* A path of the file: from the file's own directory unless it is absolute. */
static char *path_from(const char *config_path, const char *path)
{
    const char *slash = strrchr(config_path, '/');

    if (*path == '/' || !slash)
        return mem_strdup(path);
    return mem_printf("%.*s/%s", (int)(slash - config_path), config_path, path);
}

static err_t read_key(struct config *c, const char *config_path, const json_t *o, struct why *reterr)
{
    static const char *const keys[] = { "access_key_id", "secret_file", NULL };
    OWNED_MEM char *file = NULL;
    OWNED_MEM char *path = NULL;
    OWNED_BUF secret = { 0 };
    struct access_key *k = &c->keys[c->keys_n];
    err_t e;

    if (c->keys_n == CONFIG_KEYS_MAX)
        return why(reterr, ERR_TOO_LARGE, "credentials: at most %d", CONFIG_KEYS_MAX);
    e = known_keys(o, "credentials.", keys, reterr);
    if (!e)
        e = get_text(o, "credentials.", "access_key_id", &k->id, reterr);
    if (!e)
        e = get_text(o, "credentials.", "secret_file", &file, reterr);
    if (!e && config_secret(c, str_of(k->id)))
        e = why(reterr, ERR_INVALID, "credentials.access_key_id: '%s' stands twice", k->id);
    c->keys_n++;
    if (e)
        return e;
    path = path_from(config_path, file);
    e = fs_read_all(fs_posix(), path, SECRET_BYTES_MAX, &secret);
    if (e)
        return why(reterr, e, "credentials.secret_file: %s: %s", path, err_text(e));
    while (secret.n && (secret.p[secret.n - 1] == '\n' || secret.p[secret.n - 1] == '\r'))
        secret.n--;
    if (secret.n < 16)
        return why(reterr, ERR_INVALID, "credentials.secret_file: %s holds fewer than 16 characters", path);
    k->secret = mem_strndup((char *)secret.p, secret.n);
    return ERR_OK;
}

static err_t read_all(struct config *c, const char *path, const json_t *root, struct why *reterr)
{
    static const char *const keys[] = { "data_dir", "region",      "account_id", "rest", "agents",
                                        "vpc",      "credentials", "placement",  NULL };
    const json_t *credentials = json_object_get(root, "credentials");
    OWNED_MEM char *data_dir = NULL;
    err_t e = known_keys(root, "", keys, reterr);

    if (!e)
        e = get_text(root, "", "data_dir", &data_dir, reterr);
    if (!e)
        c->data_dir = path_from(path, data_dir);
    if (!e)
        e = get_text(root, "", "region", &c->region, reterr);
    if (!e)
        e = get_text(root, "", "account_id", &c->account_id, reterr);
    if (!e && (strlen(c->account_id) != 12 || strspn(c->account_id, "0123456789") != 12))
        e = why(reterr, ERR_INVALID, "account_id: '%s' must have 12 digits", c->account_id);
    if (!e)
        e = read_rest(c, root, reterr);
    if (!e)
        e = read_agents(c, root, reterr);
    if (!e)
        e = read_vpc(c, root, reterr);
    if (!e)
        e = read_placement(c, root, reterr);
    if (!e && !json_array_size(credentials))
        e = why(reterr, ERR_INVALID, "credentials: at least one access_key_id with its secret_file");
    for (size_t i = 0; !e && i < json_array_size(credentials); i++)
        e = read_key(c, path, json_array_get(credentials, i), reterr);
    return e;
}

err_t config_load(const char *path, struct config **ret, struct why *reterr)
{
    OWNED(config) c = mem_new(struct config);
    struct why reason;
    json_t *root = NULL;
    err_t e = yaml_load(path, &root, reterr);

    if (e)
        return e;
    e = read_all(c, path, root, &reason);
    json_decref(root);
    if (e)
        return why(reterr, e, "%s: %s", path, reason.text);
    *ret = c;
    c = NULL;
    return ERR_OK;
}

struct config *config_free(struct config *c)
{
    if (!c)
        return NULL;
    for (unsigned i = 0; i < c->subnets_n; i++) {
        mem_free(c->subnets[i].id);
        mem_free(c->subnets[i].zone);
        mem_free(c->subnets[i].cidr);
    }
    for (unsigned i = 0; i < c->keys_n; i++) {
        mem_free(c->keys[i].id);
        mem_free(c->keys[i].secret);
    }
    mem_free(c->data_dir);
    mem_free(c->region);
    mem_free(c->account_id);
    mem_free(c->vpc_id);
    mem_free(c->vpc_cidr);
    mem_free(c->security_group);
    mem_free(c);
    return NULL;
}

const struct subnet *config_subnet(const struct config *c, const char *id)
{
    for (unsigned i = 0; i < c->subnets_n; i++)
        if (c->subnets[i].id && strcmp(c->subnets[i].id, id) == 0)
            return &c->subnets[i];
    return NULL;
}

const char *config_secret(const struct config *c, struct str access_key)
{
    for (unsigned i = 0; i < c->keys_n; i++)
        if (str_is(access_key, c->keys[i].id))
            return c->keys[i].secret;
    return NULL;
}

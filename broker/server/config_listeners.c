#include "broker/server/config.h"

#include <string.h>
#include <strings.h>

static const char *const protocol_names[] = {
    [PROTOCOL_PLAINTEXT] = "PLAINTEXT", [PROTOCOL_SSL] = "SSL",
    [PROTOCOL_SASL_PLAINTEXT] = "SASL_PLAINTEXT", [PROTOCOL_SASL_SSL] = "SASL_SSL",
};

static bool blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct str trim(struct str s)
{
    while (s.n && blank(*s.p))
        s.p++, s.n--;
    while (s.n && blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

bool config_next_item(const char **at, struct str *ret)
{
    const char *comma;

    if (!*at || !**at)
        return false;
    comma = strchr(*at, ',');
    *ret = trim(str_make(*at, comma ? (size_t)(comma - *at) : strlen(*at)));
    *at = comma ? comma + 1 : NULL;
    return true;
}

bool config_parse_address(struct str text, char **ret_host, uint16_t *ret_port)
{
    const char *colon = text.n ? memrchr(text.p, ':', text.n) : NULL;
    struct str host;
    char port[8];
    int64_t v;
    size_t n;

    if (!colon)
        return false;
    host = str_make(text.p, (size_t)(colon - text.p));
    n = text.n - host.n - 1;
    if (!n || n >= sizeof(port))
        return false;
    memcpy(port, colon + 1, n);
    port[n] = '\0';
    if (!config_parse_int64(port, &v) || v < 0 || v > UINT16_MAX)
        return false;
    if (host.n >= 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
        host = str_make(host.p + 1, host.n - 2);
    *ret_host = mem_strndup(host.p, host.n);
    *ret_port = (uint16_t)v;
    return true;
}

static struct config_listener *find(const struct config *c, struct str name)
{
    for (unsigned i = 0; i < c->listeners_n; i++)
        if (strlen(c->listeners[i].name) == name.n &&
            strncasecmp(c->listeners[i].name, name.p, name.n) == 0)
            return &c->listeners[i];
    return NULL;
}

const struct config_listener *config_listener(const struct config *c, const char *name)
{
    return find(c, str_of(name));
}

static struct config_listener *add(struct config *c, struct str name)
{
    struct config_listener *l;

    c->listeners = mem_resize_array(c->listeners, c->listeners_n + 1, sizeof(*c->listeners));
    l = &c->listeners[c->listeners_n++];
    *l = (struct config_listener){ .name = mem_strndup(name.p, name.n) };
    for (char *p = l->name; *p; p++)
        if (*p >= 'a' && *p <= 'z')
            *p -= 'a' - 'A';
    return l;
}

/* "NAME://host:port" */
static bool split_endpoint(struct str item, struct str *name, char **host, uint16_t *port)
{
    const char *mark = item.n ? memmem(item.p, item.n, "://", 3) : NULL;

    if (!mark || mark == item.p)
        return false;
    *name = str_make(item.p, (size_t)(mark - item.p));
    return config_parse_address(str_make(mark + 3, item.n - name->n - 3), host, port);
}

static err_t read_bound(struct config *c, struct why *reterr)
{
    const char *at = config_text(c, "listeners");
    struct str item, name;

    while (config_next_item(&at, &item)) {
        struct config_listener *l;
        uint16_t port;
        char *host;

        if (!split_endpoint(item, &name, &host, &port))
            return why(reterr, ERR_INVALID, "Invalid value %.*s for configuration listeners: each "
                       "item must read NAME://host:port", STR_ARG(item));
        if (find(c, name)) {
            mem_free(host);
            return why(reterr, ERR_INVALID, "Invalid value %s for configuration listeners: listener "
                       "name %.*s is given twice", config_text(c, "listeners"), STR_ARG(name));
        }
        l = add(c, name);
        l->host = host;
        l->port = port;
        l->bound = true;
    }
    return ERR_OK;
}

static err_t read_advertised(struct config *c, struct why *reterr)
{
    const char *at = config_get(c, "advertised.listeners");
    struct str item, name;

    while (config_next_item(&at, &item)) {
        struct config_listener *l;
        uint16_t port;
        char *host;

        if (!split_endpoint(item, &name, &host, &port))
            return why(reterr, ERR_INVALID, "Invalid value %.*s for configuration "
                       "advertised.listeners: each item must read NAME://host:port", STR_ARG(item));
        l = find(c, name);
        if (!l) /* a broker may advertise the controllers' listener that it does not bind */
            l = add(c, name);
        mem_free(l->advertised_host);
        l->advertised_host = host;
        l->advertised_port = port;
        if (strcmp(host, "0.0.0.0") == 0)
            return why(reterr, ERR_INVALID, "advertised.listeners cannot use the nonroutable "
                       "meta-address 0.0.0.0 (listener %s)", l->name);
    }
    return ERR_OK;
}

/* Without advertised.listeners a listener is known by the address it is bound to. */
static void advertise_bound(struct config *c)
{
    for (unsigned i = 0; i < c->listeners_n; i++) {
        struct config_listener *l = &c->listeners[i];

        if (l->advertised_host || (!l->controller && config_get(c, "advertised.listeners")))
            continue;
        l->advertised_host = mem_strdup(*l->host && strcmp(l->host, "0.0.0.0") ? l->host : "localhost");
        l->advertised_port = l->port;
    }
}

static bool in_list(const char *list, const char *name)
{
    struct str item;

    while (config_next_item(&list, &item))
        if (item.n == strlen(name) && strncasecmp(item.p, name, item.n) == 0)
            return true;
    return false;
}

static bool parse_protocol(struct str text, enum security_protocol *ret)
{
    for (unsigned i = 0; i < ARRAY_LEN(protocol_names); i++)
        if (str_is(text, protocol_names[i])) {
            *ret = (enum security_protocol)i;
            return true;
        }
    return false;
}

/* The map's entry for `name`; its default also maps controller listeners to PLAINTEXT. */
static err_t find_protocol(const struct config *c, struct config_listener *l, struct why *reterr)
{
    const char *at = config_text(c, "listener.security.protocol.map");
    struct str item;

    while (config_next_item(&at, &item)) {
        const char *colon = item.n ? memchr(item.p, ':', item.n) : NULL;
        struct str name = str_make(item.p, colon ? (size_t)(colon - item.p) : 0);

        if (!colon)
            return why(reterr, ERR_INVALID, "Invalid value %.*s for configuration "
                       "listener.security.protocol.map: each item must read NAME:PROTOCOL",
                       STR_ARG(item));
        if (name.n != strlen(l->name) || strncasecmp(name.p, l->name, name.n) != 0)
            continue;
        if (!parse_protocol(str_make(colon + 1, item.n - name.n - 1), &l->protocol))
            return why(reterr, ERR_INVALID, "Invalid value %.*s for configuration "
                       "listener.security.protocol.map: the protocol must be one of PLAINTEXT, SSL, "
                       "SASL_PLAINTEXT, SASL_SSL", STR_ARG(item));
        return ERR_OK;
    }
    if (l->controller && !config_get(c, "listener.security.protocol.map"))
        return ERR_OK;
    return why(reterr, ERR_INVALID, "listener %s has no entry in listener.security.protocol.map",
               l->name);
}

static err_t read_protocols(struct config *c, struct why *reterr)
{
    for (unsigned i = 0; i < c->listeners_n; i++) {
        struct config_listener *l = &c->listeners[i];
        err_t e;

        l->controller = in_list(config_get(c, "controller.listener.names"), l->name);
        e = find_protocol(c, l, reterr);
        if (e)
            return e;
        if (l->bound && l->protocol != PROTOCOL_PLAINTEXT)
            return why(reterr, ERR_UNSUPPORTED, "listener %s: security protocol %s is not available "
                       "yet, only PLAINTEXT is", l->name, protocol_names[l->protocol]);
    }
    return ERR_OK;
}

static err_t read_names(struct config *c, struct why *reterr)
{
    const char *at = config_get(c, "controller.listener.names");
    const char *name = config_get(c, "inter.broker.listener.name");
    struct str item;

    if (!config_next_item(&at, &item) || !item.n)
        return why(reterr, ERR_INVALID, "Missing required configuration controller.listener.names "
                   "which has no default value");
    c->controller_listener = mem_strndup(item.p, item.n);
    if (name && config_get(c, "security.inter.broker.protocol"))
        return why(reterr, ERR_INVALID, "Only one of inter.broker.listener.name and "
                   "security.inter.broker.protocol should be set");
    if (!name)
        name = config_text(c, "security.inter.broker.protocol");
    if (c->broker)
        c->inter_broker_listener = mem_strdup(name);
    return ERR_OK;
}

err_t config_read_listeners(struct config *c, struct why *reterr)
{
    err_t e = read_names(c, reterr);

    if (!e)
        e = read_bound(c, reterr);
    if (!e)
        e = read_advertised(c, reterr);
    if (!e)
        e = read_protocols(c, reterr);
    if (!e)
        advertise_bound(c);
    return e;
}

static struct config_voter *add_voter(struct config_voter **v, unsigned *n)
{
    *v = mem_resize_array(*v, *n + 1, sizeof(**v));
    (*v)[*n] = (struct config_voter){ .id = -1 };
    return &(*v)[(*n)++];
}

static err_t read_voters(struct config *c, struct why *reterr)
{
    const char *at = config_text(c, "controller.quorum.voters");
    struct str item;

    while (config_next_item(&at, &item)) {
        const char *mark = item.n ? memchr(item.p, '@', item.n) : NULL;
        struct config_voter *v = add_voter(&c->voters, &c->voters_n);
        OWNED_MEM char *id = mem_strndup(item.p, mark ? (size_t)(mark - item.p) : 0);
        int64_t n;

        if (!mark || !config_parse_int64(id, &n) || n < 0 || n > INT32_MAX ||
            !config_parse_address(str_make(mark + 1, item.n - (size_t)(mark + 1 - item.p)), &v->host,
                                  &v->port))
            return why(reterr, ERR_INVALID, "Invalid value %.*s for configuration "
                       "controller.quorum.voters: each item must read id@host:port", STR_ARG(item));
        v->id = (int32_t)n;
    }
    return ERR_OK;
}

err_t config_read_quorum(struct config *c, struct why *reterr)
{
    const char *at = config_text(c, "controller.quorum.bootstrap.servers");
    err_t e = read_voters(c, reterr);
    struct str item;

    while (!e && config_next_item(&at, &item)) {
        struct config_voter *v = add_voter(&c->bootstrap, &c->bootstrap_n);

        if (!config_parse_address(item, &v->host, &v->port))
            e = why(reterr, ERR_INVALID, "Invalid value %.*s for configuration "
                    "controller.quorum.bootstrap.servers: each item must read host:port",
                    STR_ARG(item));
    }
    if (!e && !c->voters_n && !c->bootstrap_n)
        e = why(reterr, ERR_INVALID, "controller.quorum.voters or controller.quorum.bootstrap.servers "
                "must be given");
    return e;
}

static bool is_voter(const struct config *c)
{
    for (unsigned i = 0; i < c->voters_n; i++)
        if (c->voters[i].id == c->node_id)
            return true;
    return false;
}

static err_t check_broker(const struct config *c, struct why *reterr)
{
    const struct config_listener *inter = config_listener(c, c->inter_broker_listener);

    if (!inter || !inter->bound || !inter->advertised_host || inter->controller)
        return why(reterr, ERR_INVALID, "inter.broker.listener.name %s must be among listeners and "
                   "advertised.listeners and not among controller.listener.names",
                   c->inter_broker_listener);
    for (unsigned i = 0; i < c->listeners_n; i++)
        if (!c->listeners[i].bound && !c->listeners[i].controller)
            return why(reterr, ERR_INVALID, "advertised.listeners names %s, which is not among "
                       "listeners", c->listeners[i].name);
    return ERR_OK;
}

err_t config_check_roles(const struct config *c, struct why *reterr)
{
    const struct config_listener *l = config_listener(c, c->controller_listener);

    if (c->controller && (!l || !l->bound))
        return why(reterr, ERR_INVALID, "controller.listener.names %s must be among listeners on a "
                   "node with the controller role", c->controller_listener);
    if (c->controller && c->voters_n && !is_voter(c))
        return why(reterr, ERR_INVALID, "node.id %d must be among controller.quorum.voters on a node "
                   "with the controller role", c->node_id);
    if (!c->controller && l && l->bound)
        return why(reterr, ERR_INVALID, "controller.listener.names %s must not be among listeners on "
                   "a node without the controller role", c->controller_listener);
    if (!c->controller && is_voter(c))
        return why(reterr, ERR_INVALID, "node.id %d must not be among controller.quorum.voters on a "
                   "node without the controller role", c->node_id);
    for (unsigned i = 0; !c->broker && i < c->listeners_n; i++)
        if (!c->listeners[i].controller)
            return why(reterr, ERR_INVALID, "listener %s must be among controller.listener.names on a "
                       "node that is a controller only", c->listeners[i].name);
    return c->broker ? check_broker(c, reterr) : ERR_OK;
}

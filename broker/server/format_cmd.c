#include "broker/server/format_cmd.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "broker/log/meta.h"
#include "api/kafka/release.h"
#include "broker/raft/format.h"
#include "broker/server/config.h"
#include "common/clock.h"

enum { FEATURES_MAX = 16, VOTERS_MAX = 64 };

struct format {
    const char *cluster_id, *config_path, *initial, *release;
    bool standalone, no_initial, ignore_formatted;
    struct format_feature features[FEATURES_MAX];
    unsigned features_n;
    struct config *config;
    int16_t metadata_version;
    struct uuid directory_ids[64]; /* parallel to the configuration's log_dirs */
    struct format_voter voters[VOTERS_MAX];
    unsigned voters_n;
};

static err_t add_feature(struct format *f, char *text, struct why *reterr)
{
    char *equals = strchr(text, '=');
    int64_t level;

    if (!equals || !config_parse_int64(equals + 1, &level) || level < 0 || level > INT16_MAX)
        return why(reterr, ERR_INVALID, "--feature %s: must read name=level", text);
    if (f->features_n == FEATURES_MAX)
        return why(reterr, ERR_INVALID, "--feature: at most %d may be given", FEATURES_MAX);
    *equals = '\0';
    f->features[f->features_n++] = (struct format_feature){ text, (int16_t)level };
    return ERR_OK;
}

static err_t parse_options(struct format *f, int argc, char **argv, struct why *reterr)
{
    static const struct option options[] = {
        { "cluster-id", required_argument, NULL, 't' },
        { "config", required_argument, NULL, 'c' },
        { "standalone", no_argument, NULL, 's' },
        { "initial-controllers", required_argument, NULL, 'I' },
        { "no-initial-controllers", no_argument, NULL, 'N' },
        { "release-version", required_argument, NULL, 'r' },
        { "feature", required_argument, NULL, 'f' },
        { "ignore-formatted", no_argument, NULL, 'g' },
        { NULL, 0, NULL, 0 },
    };
    err_t e = ERR_OK;
    int option;

    optind = 1;
    while (!e && (option = getopt_long(argc, argv, "t:c:sI:Nr:f:g", options, NULL)) != -1) {
        switch (option) {
        case 't': f->cluster_id = optarg; break;
        case 'c': f->config_path = optarg; break;
        case 's': f->standalone = true; break;
        case 'I': f->initial = optarg; break;
        case 'N': f->no_initial = true; break;
        case 'r': f->release = optarg; break;
        case 'f': e = add_feature(f, optarg, reterr); break;
        case 'g': f->ignore_formatted = true; break;
        default: e = why(reterr, ERR_INVALID, "format: unknown option or missing value"); break;
        }
    }
    return e;
}

static err_t check_options(struct format *f, struct why *reterr)
{
    if (!f->cluster_id || !*f->cluster_id || strlen(f->cluster_id) > CLUSTER_ID_MAX)
        return why(reterr, ERR_INVALID, "--cluster-id must be given, at most %d characters",
                   CLUSTER_ID_MAX);
    if (!f->config_path)
        return why(reterr, ERR_INVALID, "--config must name a server.properties");
    if (f->standalone + f->no_initial + (f->initial != NULL) > 1)
        return why(reterr, ERR_INVALID, "--standalone, --initial-controllers and "
                   "--no-initial-controllers exclude each other");
    f->metadata_version = f->release ? release_metadata_version(f->release) : METADATA_VERSION_LATEST;
    if (!f->metadata_version)
        return why(reterr, ERR_INVALID, "--release-version %s: not a release or metadata version that "
                   "this broker knows", f->release);
    return ERR_OK;
}

static err_t check_quorum(const struct format *f, struct why *reterr)
{
    const struct config *c = f->config;
    bool any = f->standalone || f->initial || f->no_initial;

    if (c->controller && !c->voters_n && !any)
        return why(reterr, ERR_INVALID, "Because controller.quorum.voters is not set on this controller, "
                   "you must specify one of --standalone, --initial-controllers or "
                   "--no-initial-controllers");
    if (c->voters_n && any)
        return why(reterr, ERR_INVALID, "controller.quorum.voters is set: the quorum is static, and "
                   "--standalone, --initial-controllers and --no-initial-controllers do not apply");
    if (f->standalone && !c->controller)
        return why(reterr, ERR_INVALID, "--standalone: process.roles must have the controller role");
    return ERR_OK;
}

static unsigned metadata_index(const struct config *c)
{
    for (unsigned i = 0; i < c->log_dirs_n; i++)
        if (strcmp(c->log_dirs[i], c->metadata_log_dir) == 0)
            return i;
    return 0;
}

/* "id@host:port:directory-id" */
static bool parse_voter(struct str item, struct format_voter *v)
{
    const char *at = item.n ? memchr(item.p, '@', item.n) : NULL;
    const char *colon = item.n ? memrchr(item.p, ':', item.n) : NULL;
    OWNED_MEM char *id = mem_strndup(item.p, at ? (size_t)(at - item.p) : 0);
    char *host;
    int64_t n;

    if (!at || !colon || colon < at || !config_parse_int64(id, &n) || n < 0 || n > INT32_MAX ||
        !uuid_parse(str_make(colon + 1, (size_t)(item.p + item.n - colon - 1)), &v->directory_id) ||
        !config_parse_address(str_make(at + 1, (size_t)(colon - at - 1)), &host, &v->port))
        return false;
    v->id = (int32_t)n;
    v->host = host;
    return true;
}

/* The list names this node's directory id too: the metadata directory takes it. */
static err_t read_voters(struct format *f, struct why *reterr)
{
    const char *at = f->initial;
    struct str item;

    while (config_next_item(&at, &item)) {
        struct format_voter *v = &f->voters[f->voters_n];

        if (f->voters_n == VOTERS_MAX || !parse_voter(item, v))
            return why(reterr, ERR_INVALID, "--initial-controllers %.*s: each item must read "
                       "id@host:port:directory-id", STR_ARG(item));
        v->listener = f->config->controller_listener;
        if (v->id == f->config->node_id)
            f->directory_ids[metadata_index(f->config)] = v->directory_id;
        f->voters_n++;
    }
    return ERR_OK;
}

static void stand_alone(struct format *f)
{
    const struct config_listener *l = config_listener(f->config, f->config->controller_listener);

    f->voters[f->voters_n++] = (struct format_voter){
        .id = f->config->node_id, .directory_id = f->directory_ids[metadata_index(f->config)],
        .listener = l->name, .host = mem_strdup(l->advertised_host), .port = l->advertised_port,
    };
}

static err_t read_config(struct format *f, struct why *reterr)
{
    struct properties *p = NULL;
    err_t e = properties_read(f->config_path, &p, reterr);

    if (!e)
        e = config_new(p, NULL, &f->config, reterr);
    if (e) {
        properties_free(p);
        return e;
    }
    if (f->config->log_dirs_n > ARRAY_LEN(f->directory_ids))
        return why(reterr, ERR_INVALID, "log.dirs: at most %zu directories", ARRAY_LEN(f->directory_ids));
    for (unsigned i = 0; i < f->config->log_dirs_n; i++)
        f->directory_ids[i] = uuid_random();
    return check_quorum(f, reterr);
}

/* ERR_EXISTS: formatted before, and that is to be left as it is. */
static err_t check_dir(const struct format *f, const char *dir, struct why *reterr)
{
    struct meta m;
    err_t e = meta_read(fs_posix(), dir, &m, reterr);

    if (e == ERR_NOT_FOUND)
        return ERR_OK;
    if (e)
        return e;
    if (!f->ignore_formatted)
        return why(reterr, ERR_INVALID, "Log directory %s is already formatted. Use --ignore-formatted "
                   "to ignore this directory and format the others", dir);
    e = meta_check(&m, dir, f->cluster_id, f->config->node_id, reterr);
    return e ? e : ERR_EXISTS;
}

static err_t format_dir(const struct format *f, unsigned i, struct why *reterr)
{
    struct fs *fs = fs_posix();
    const char *dir = f->config->log_dirs[i];
    struct format_bootstrap b = { .fs = fs, .log_dir = dir, .metadata_version = f->metadata_version,
                                  .features = f->features, .features_n = f->features_n };
    struct meta m = { .node_id = f->config->node_id, .directory_id = f->directory_ids[i] };
    err_t e = fs_mkdirs(fs, dir, 0755);

    if (e)
        return why(reterr, e, "log directory %s cannot be made: %s", dir, err_text(e));
    printf("Formatting %s%s with metadata.version %s.\n",
           i == metadata_index(f->config) && f->voters_n ? "dynamic metadata voter directory " : "", dir,
           release_metadata_version_name(f->metadata_version));
    e = format_bootstrap(&b, reterr);
    if (!e && i == metadata_index(f->config) && f->voters_n)
        e = format_voters(fs, dir, clock_wall_ms(), f->voters, f->voters_n, reterr);
    if (e)
        return e;
    memcpy(m.cluster_id, f->cluster_id, strlen(f->cluster_id) + 1);
    e = meta_write(fs, dir, &m);
    return e ? why(reterr, e, "%s/meta.properties cannot be written: %s", dir, err_text(e)) : ERR_OK;
}

static err_t format_all(struct format *f, struct why *reterr)
{
    bool done[ARRAY_LEN(f->directory_ids)] = { false };

    for (unsigned i = 0; i < f->config->log_dirs_n; i++) {
        err_t e = check_dir(f, f->config->log_dirs[i], reterr);

        done[i] = e == ERR_EXISTS;
        if (e && !done[i])
            return e;
    }
    for (unsigned i = 0; i < f->config->log_dirs_n; i++) {
        err_t e = done[i] ? ERR_OK : format_dir(f, i, reterr);

        if (e)
            return e;
    }
    return ERR_OK;
}

static void format_done(struct format *f)
{
    for (unsigned i = 0; i < f->voters_n; i++)
        mem_free((void *)(uintptr_t)f->voters[i].host);
    config_free(f->config);
}

int format_cmd(int argc, char **argv)
{
    struct format f = { 0 };
    struct why reason = { "" };
    err_t e = parse_options(&f, argc, argv, &reason);

    if (!e)
        e = check_options(&f, &reason);
    if (!e)
        e = read_config(&f, &reason);
    if (!e && f.initial)
        e = read_voters(&f, &reason);
    if (!e && f.standalone)
        stand_alone(&f);
    if (!e)
        e = format_all(&f, &reason);
    if (e)
        fprintf(stderr, "klamm-broker format: %s\n", reason.text);
    format_done(&f);
    return e ? 1 : 0;
}

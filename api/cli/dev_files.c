#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/cli/dev.h"
#include "common/fs.h"
#include "common/rng.h"

enum { KEY_ID_RANDOM = 16, SECRET_LENGTH = 40, SECRET_FILE_MAX = 4096, OVERCOMMIT = 100 };

static int write_file(const struct dev *d, const char *name, const struct buf *text, mode_t mode)
{
    OWNED_MEM char *path = dev_path(d, name);
    err_t e = fs_replace(fs_posix(), path, buf_slice(text), mode);

    return e ? cli_fail(CLI_USAGE, "%s: %s", path, err_text(e)) : CLI_OK;
}

static int open_dir(struct dev *d, const char *given)
{
    static const char *const below[] = { "logs", "agents" };
    err_t e = fs_mkdirs(fs_posix(), given, 0700);

    for (unsigned i = 0; i < ARRAY_LEN(below) && !e; i++) {
        OWNED_MEM char *path = mem_printf("%s/%s", given, below[i]);

        e = fs_mkdirs(fs_posix(), path, 0700);
    }
    if (e)
        return cli_fail(CLI_USAGE, "--data-dir: %s: %s", given, err_text(e));
    d->dir = realpath(given, NULL);
    return d->dir ? CLI_OK : cli_fail(CLI_USAGE, "--data-dir: %s: %s", given, strerror(errno));
}

/* A record lock, which a child on its way from fork to exec does not hold. */
static int take_lock(struct dev *d)
{
    OWNED_MEM char *path = dev_path(d, "lock");
    struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

    d->lock_fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (d->lock_fd < 0)
        return cli_fail(CLI_USAGE, "%s: %s", path, strerror(errno));
    if (fcntl(d->lock_fd, F_SETLK, &whole))
        return cli_fail(CLI_REFUSED,
                        "another `klamm dev` runs on %s: stop it, or give another --data-dir",
                        d->dir);
    return CLI_OK;
}

/* Option, else what the first run chose, else the default. Only the port may change later. */
static int choose(const struct args *args, const json_t *saved, const char *name,
                  const char *otherwise, char **ret)
{
    const char *given = args_get(args, name),
               *before = json_string_value(json_object_get(saved, name));

    if (given && before && strcmp(given, before) != 0)
        return cli_fail(
            CLI_USAGE, "--%s: the first run chose %s and it cannot change; give another --data-dir",
            name, before);
    *ret = mem_strdup(given ? given : before ? before : otherwise);
    return CLI_OK;
}

static int split_zones(struct dev *d)
{
    const char *rest = d->zones;

    for (;;) {
        size_t n = strcspn(rest, ",");

        if (n < 1 || n > 8 || strspn(rest, "abcdefghijklmnopqrstuvwxyz0123456789") < n)
            return cli_fail(CLI_USAGE,
                            "--zones: '%s' must be names of a-z and 0-9 with commas between",
                            d->zones);
        if (d->zones_n == DEV_ZONES_MAX)
            return cli_fail(CLI_USAGE, "--zones: '%s' names more than %d", d->zones, DEV_ZONES_MAX);
        d->zone[d->zones_n++] = mem_strndup(rest, n);
        if (!rest[n])
            return CLI_OK;
        rest += n + 1;
    }
}

static int check_network(const struct dev *d)
{
    OWNED_MEM char *first = mem_printf("%s.1.0", d->network);
    struct in_addr a;

    if (strncmp(d->network, "127.", 4) == 0 && inet_pton(AF_INET, first, &a) == 1)
        return CLI_OK;
    return cli_fail(CLI_USAGE, "--network: '%s' must be 127.N with N of 0 to 255", d->network);
}

static int choose_settings(struct dev *d, const struct args *args)
{
    OWNED_MEM char *path = dev_path(d, "dev.json");
    json_t *saved = json_load_file(path, 0, NULL);
    struct why reason;
    int code = choose(args, saved, "zones", "a,b,c", &d->zones);

    d->port = saved ? json_integer_value(json_object_get(saved, "port")) : 9198;
    if (!code)
        code = choose(args, saved, "network", "127.16", &d->network);
    if (!code)
        code = choose(args, saved, "cluster", "dev", &d->cluster);
    json_decref(saved);
    if (!code)
        code = split_zones(d);
    if (!code)
        code = check_network(d);
    d->brokers = d->zones_n;
    if (!code && (args_number(args, "port", 1, 65533, &d->port, &reason) ||
                  args_number(args, "brokers", 1, 60, &d->brokers, &reason)))
        code = cli_fail(CLI_USAGE, "%s", reason.text);
    d->endpoint = mem_printf("http://127.0.0.1:%d", (int)d->port);
    return code;
}

static int save_settings(const struct dev *d)
{
    json_t *o = json_pack("{s:s, s:s, s:s, s:I}", "zones", d->zones, "network", d->network,
                          "cluster", d->cluster, "port", (json_int_t)d->port);
    char *json = json_dumps(o, JSON_INDENT(2));
    OWNED_BUF text = { 0 };

    buf_printf(&text, "%s\n", json);
    free(json);
    json_decref(o);
    return write_file(d, "dev.json", &text, 0600);
}

static void random_text(const char *alphabet, size_t n, char *ret)
{
    uint8_t bytes[64];

    rng_system(bytes, n);
    for (size_t i = 0; i < n; i++)
        ret[i] = alphabet[bytes[i] & 31];
    ret[n] = '\0';
}

/* The access key: made once, kept in AWS's format for clients and bare for klammd. */
static int make_credentials(const struct dev *d, char **ret_key_id)
{
    OWNED_MEM char *path = dev_path(d, "credentials");
    OWNED(credentials) c = NULL;
    OWNED_BUF file = { 0 };
    OWNED_BUF bare = { 0 };
    char id[KEY_ID_RANDOM + 1], secret[SECRET_LENGTH + 1];
    struct why reason;

    if (!fs_exists(path)) {
        random_text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", KEY_ID_RANDOM, id);
        random_text("abcdefghijklmnopqrstuvwxyzABCDEF", SECRET_LENGTH, secret);
        buf_printf(&file, "[default]\naws_access_key_id = AKIA%s\naws_secret_access_key = %s\n", id,
                   secret);
        if (write_file(d, "credentials", &file, 0600))
            return CLI_USAGE;
    }
    if (credentials_find(path, "default", &c, &reason))
        return cli_fail(CLI_USAGE, "%s", reason.text);
    *ret_key_id = mem_strdup(c->access_key);
    buf_printf(&bare, "%s\n", c->secret);
    return write_file(d, "secret", &bare, 0600);
}

static int write_yaml(const struct dev *d, const char *key_id)
{
    OWNED_BUF y = { 0 };

    buf_printf(&y,
               "# Written by `klamm dev` on every start.\n"
               "data_dir: klammd\nregion: us-east-1\naccount_id: \"123456789012\"\n"
               "rest:\n  listen: 127.0.0.1:%d\n  loopback_http: 127.0.0.1:%d\n"
               "agents:\n  listen: 127.0.0.1:%d\n"
               "vpc:\n  id: vpc-dev\n  cidr: %s.0.0/16\n  security_group: sg-dev\n  subnets:\n",
               (int)d->port + 1, (int)d->port, (int)d->port + 2, d->network);
    for (unsigned i = 0; i < d->zones_n; i++)
        buf_printf(&y, "    - id: subnet-%s\n      zone: us-east-1%s\n      cidr: %s.%u.0/24\n",
                   d->zone[i], d->zone[i], d->network, i + 1);
    /* Every agent measures this machine as if it were its own, and all is for trying. */
    buf_printf(&y, "placement: {cpu_overcommit: %d, memory_overcommit: %d, storage_overcommit: %d}\n",
               OVERCOMMIT, OVERCOMMIT, OVERCOMMIT);
    buf_printf(&y, "credentials:\n  - access_key_id: %s\n    secret_file: secret\n", key_id);
    return write_file(d, "klammd.yaml", &y, 0600);
}

static int write_env(const struct dev *d)
{
    OWNED_BUF env = { 0 };

    buf_printf(
        &env,
        "export KLAMM_ENDPOINT=%s\nexport AWS_ENDPOINT_URL=%s\nexport AWS_REGION=us-east-1 "
        "AWS_DEFAULT_REGION=us-east-1\n"
        "export AWS_SHARED_CREDENTIALS_FILE='%s/credentials'\nunset AWS_PROFILE AWS_ACCESS_KEY_ID "
        "AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN\n",
        d->endpoint, d->endpoint, d->dir);
    return write_file(d, "env", &env, 0600);
}

int dev_files_prepare(struct dev *d, const struct args *args)
{
    const char *given = args_get(args, "data-dir");
    OWNED_MEM char *key_id = NULL;
    int code = open_dir(d, given ? given : "var/dev");

    if (!code)
        code = take_lock(d);
    if (!code)
        code = choose_settings(d, args);
    if (!code)
        code = save_settings(d);
    if (!code)
        code = make_credentials(d, &key_id);
    if (!code)
        code = write_yaml(d, key_id);
    return code ? code : write_env(d);
}

/* klamm-broker - a node of a Kafka cluster.
 *
 *   klamm-broker server.properties [--override name=value]...
 *   klamm-broker format ...              (broker/server/format_cmd.h)
 *   klamm-broker random-uuid
 *   klamm-broker --version */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "broker/server/broker_run.h"
#include "broker/server/format_cmd.h"
#include "common/log.h"
#include "common/uuid.h"

#ifndef KLAMM_VERSION
#define KLAMM_VERSION "0.1.0"
#endif

static int usage(FILE *to)
{
    fputs("usage: klamm-broker server.properties [--override name=value]...\n"
          "       klamm-broker format --cluster-id ID --config FILE [--standalone |\n"
          "                    --initial-controllers LIST | --no-initial-controllers]\n"
          "                    [--release-version VERSION] [--feature NAME=LEVEL]...\n"
          "                    [--ignore-formatted]\n"
          "       klamm-broker random-uuid\n"
          "       klamm-broker --version\n",
          to);
    return to == stdout ? 0 : 2;
}

static void warn(const char *text)
{
    log_event(LOG_WARN, "property_ignored", "%s", text);
}

static bool apply_overrides(struct properties *p, int argc, char **argv)
{
    for (int i = 0; i < argc; i += 2) {
        char *equals = i + 1 < argc ? strchr(argv[i + 1], '=') : NULL;

        if (strcmp(argv[i], "--override") || !equals)
            return false;
        *equals = '\0';
        properties_set(p, argv[i + 1], equals + 1);
    }
    return true;
}

/* Connections and segments want more descriptors than a shell gives; the hard limit is the
 * administrator's word. */
static void raise_file_limit(void)
{
    struct rlimit l;

    if (getrlimit(RLIMIT_NOFILE, &l) || l.rlim_cur >= l.rlim_max)
        return;
    l.rlim_cur = l.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &l))
        log_event(LOG_WARN, "file_limit_not_raised", "wanted=%llu", (unsigned long long)l.rlim_max);
}

static int run(int argc, char **argv)
{
    OWNED(config) c = NULL;
    struct properties *p = NULL;
    struct why reason;
    err_t e;

    (void)log_format_from_environment();
    e = properties_read(argv[0], &p, &reason);

    if (!e && !apply_overrides(p, argc - 1, argv + 1)) {
        properties_free(p);
        return usage(stderr);
    }
    if (!e)
        e = config_new(p, warn, &c, &reason);
    if (e) {
        properties_free(p);
        fprintf(stderr, "klamm-broker: %s\n", reason.text);
        return 1;
    }
    raise_file_limit();
    return broker_run(c);
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return usage(stderr);
    if (strcmp(argv[1], "--help") == 0)
        return usage(stdout);
    if (strcmp(argv[1], "--version") == 0) {
        printf("klamm-broker %s (Apache Kafka 4.3 protocol)\n", KLAMM_VERSION);
        return 0;
    }
    if (strcmp(argv[1], "random-uuid") == 0) {
        struct uuid id = uuid_random();

        printf("%s\n", uuid_print(&id).text);
        return 0;
    }
    if (strcmp(argv[1], "format") == 0)
        return format_cmd(argc - 1, argv + 1);
    return argv[1][0] == '-' ? usage(stderr) : run(argc - 1, argv + 1);
}

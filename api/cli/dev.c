#include "api/cli/dev.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/clock.h"

enum { READY_MS = 20000, ACTIVE_MS = 120000, TURN_MS = 10, WATCH_MS = 200 };

volatile sig_atomic_t dev_stopping;

static const struct cli_option dev_options[] = {
    { "data-dir", "DIR", "where everything lives (default var/dev)" },
    { "cluster", "NAME", "name of the cluster (default dev)" },
    { "zones", "LIST", "zones, one agent and one subnet each (default a,b,c)" },
    { "brokers", "N", "brokers of a new cluster (default: one per zone)" },
    { "port", "N", "http endpoint; N+1 is https, N+2 the agents' (default 9198)" },
    { "network", "127.N", "loopback network of the brokers' addresses (default 127.16)" },
    { "volume-driver", "NAME", "of the agents: directory (default), loop, lvm or auto" },
    { "once", NULL, "stop again as soon as a record went through" },
    { "help", NULL, "-h, this text" },
    { NULL, NULL, NULL },
};

char *dev_path(const struct dev *d, const char *name)
{
    return mem_printf("%s/%s", d->dir, name);
}

static void on_signal(int number)
{
    if (number != SIGCHLD)
        dev_stopping = 1;
}

void dev_catch_signals(void)
{
    struct sigaction action = { .sa_handler = on_signal };

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    sigaction(SIGCHLD, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* klamm's siblings lie beside klamm. */
static char *programs_dir(void)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
    char *slash;

    if (n <= 0)
        return mem_strdup(".");
    path[n] = '\0';
    slash = strrchr(path, '/');
    *slash = '\0';
    return mem_strdup(path);
}

int dev_connect(struct dev *d)
{
    OWNED_MEM char *file = dev_path(d, "credentials");
    OWNED(credentials) credentials = NULL;
    struct rest_client_config config = { .endpoint = d->endpoint, .region = "us-east-1" };
    struct why reason;

    if (credentials_find(file, "default", &credentials, &reason))
        return cli_fail(CLI_USAGE, "%s", reason.text);
    config.credentials = credentials;
    if (rest_client_new(&config, &d->cli->client, &reason))
        return cli_fail(CLI_USAGE, "%s", reason.text);
    return CLI_OK;
}

static int wait_for_klammd(struct dev *d)
{
    int64_t deadline = clock_mono_ms() + READY_MS;
    struct rest_refusal refusal;

    for (;;) {
        rest_client_call(d->cli->client, "GET", "/health", NULL, NULL, &refusal);
        if (refusal.status)
            return CLI_OK;
        if (dev_stopping || !dev_child_alive(d, &d->children[0]))
            return CLI_REFUSED;
        if (clock_mono_ms() > deadline)
            return cli_fail(CLI_TIMEOUT, "klammd does not answer at %s; see %s/logs/klammd.log",
                            d->endpoint, d->dir);
        poll(NULL, 0, TURN_MS);
    }
}

static struct dev_child *new_child(struct dev *d, const char *name)
{
    struct dev_child *child = &d->children[d->children_n++];

    child->name = mem_strdup(name);
    return child;
}

static int find_programs(const struct dev *d)
{
    static const char *const names[] = { "klammd", "klamm-agent", "klamm-broker" };

    for (unsigned i = 0; i < ARRAY_LEN(names); i++) {
        OWNED_MEM char *path = mem_printf("%s/%s", d->programs, names[i]);

        if (access(path, X_OK))
            return cli_fail(CLI_USAGE, "%s is missing: build it with make", path);
    }
    return CLI_OK;
}

static int start_klammd(struct dev *d)
{
    struct dev_child *child = new_child(d, "klammd");

    child->argv[0] = mem_printf("%s/klammd", d->programs);
    child->argv[1] = mem_strdup("--config");
    child->argv[2] = dev_path(d, "klammd.yaml");
    return dev_child_start(d, child);
}

static int start_agent(struct dev *d, unsigned i)
{
    OWNED_MEM char *name = mem_printf("agent-%s", d->zone[i]);
    OWNED_MEM char *data = mem_printf("%s/agents/%s", d->dir, name);
    OWNED_MEM char *token = mem_printf("%s.token", data);
    const char *driver = args_get(d->cli->args, "volume-driver");
    struct dev_child *child = new_child(d, name);
    char **argv = child->argv;

    child->token = mem_strdup(token);
    child->certificate = mem_printf("%s/identity/agent.crt", data);
    *argv++ = mem_printf("%s/klamm-agent", d->programs);
    *argv++ = mem_strdup("--data-dir");
    *argv++ = mem_strdup(data);
    *argv++ = mem_strdup("--name");
    *argv++ = mem_strdup(name);
    *argv++ = mem_strdup("--zone");
    *argv++ = mem_printf("us-east-1%s", d->zone[i]);
    *argv++ = mem_strdup("--server");
    *argv++ = mem_printf("https://127.0.0.1:%d", (int)d->port + 2);
    *argv++ = mem_strdup("--ca-file");
    *argv++ = dev_path(d, "klammd/pki/ca.crt");
    *argv++ = mem_strdup("--token-file");
    *argv++ = mem_strdup(token);
    *argv++ = mem_strdup("--broker-program");
    *argv++ = mem_printf("%s/klamm-broker", d->programs);
    *argv++ = mem_strdup("--stop-brokers-on-exit");
    /* Nobody unmounts what a killed dev leaves: device and mount stay until the next run. */
    *argv++ = mem_strdup("--volume-driver");
    *argv++ = mem_strdup(driver ? driver : "directory");
    return dev_child_start(d, child);
}

static int create_cluster(struct dev *d)
{
    json_t *subnets = json_array(), *request, *answer;
    int code;

    for (unsigned i = 0; i < d->zones_n; i++)
        json_array_append_new(subnets, json_sprintf("subnet-%s", d->zone[i]));
    request = json_pack(
        "{s:s, s:{s:s, s:I, s:{s:s, s:o, s:{s:{s:i}}}, s:{s:{s:s, s:b}}, s:{s:{s:b}}}}",
        "clusterName", d->cluster, "provisioned", "kafkaVersion", "4.3.0", "numberOfBrokerNodes",
        (json_int_t)d->brokers, "brokerNodeGroupInfo", "instanceType", "kafka.m7g.large",
        "clientSubnets", subnets, "storageInfo", "ebsStorageInfo", "volumeSize", 10,
        "encryptionInfo", "encryptionInTransit", "clientBroker", "PLAINTEXT", "inCluster", 0,
        "clientAuthentication", "unauthenticated", "enabled", 1);
    code = cli_call(d->cli, "POST", "/api/v2/clusters", request, &answer);
    json_decref(request);
    if (code)
        return code;
    d->arn = mem_strdup(cli_text(answer, "clusterArn"));
    d->created = true;
    json_decref(answer);
    return CLI_OK;
}

/* The cluster's ARN, of the one that is there or of a new one. */
static int find_or_create_cluster(struct dev *d)
{
    json_t *list, *info;
    size_t i;
    int code = cli_call_pages(d->cli, "/api/v2/clusters", "clusterInfoList", &list);

    if (code)
        return code;
    json_array_foreach (list, i, info)
        if (!d->arn && strcmp(cli_text(info, "clusterName"), d->cluster) == 0)
            d->arn = mem_strdup(cli_text(info, "clusterArn"));
    json_decref(list);
    return d->arn ? CLI_OK : create_cluster(d);
}

int dev_get_bootstrap(struct dev *d)
{
    OWNED_MEM char *target = rest_path("/v1/clusters/%s/bootstrap-brokers", d->arn);
    json_t *answer;
    int code = cli_call(d->cli, "GET", target, NULL, &answer);

    if (code)
        return code;
    d->bootstrap = mem_strdup(cli_text(answer, "bootstrapBrokerString"));
    json_decref(answer);
    return *d->bootstrap ? CLI_OK : cli_fail(CLI_REFUSED, "the cluster has no plaintext listener");
}

/* All that is shown when it comes up; CLI_OK: up, and said so. */
static int bring_up(struct dev *d)
{
    int64_t began;
    OWNED_MEM char *record = NULL;
    int code = start_klammd(d);

    if (!code)
        code = dev_connect(d);
    if (!code)
        code = wait_for_klammd(d);
    if (!code)
        printf("control plane is up at %s; starting %u agents\n", d->endpoint, d->zones_n);
    for (unsigned i = 0; i < d->zones_n && !code && !dev_stopping; i++)
        code = start_agent(d, i);
    began = clock_mono_ms();
    if (!code)
        code = find_or_create_cluster(d);
    if (!code)
        printf("cluster %s %s; waiting until it is ACTIVE\n", d->cluster,
               d->created ? "is being created" : "is there");
    if (!code)
        code = cli_wait(d->cli, d->arn, "ACTIVE", ACTIVE_MS);
    if (!code)
        code = dev_get_bootstrap(d);
    if (!code)
        code = dev_record(d, &record);
    if (!code)
        dev_print(d, record, clock_mono_ms() - began);
    return code;
}

static void watch(struct dev *d)
{
    while (!dev_stopping) {
        poll(NULL, 0, WATCH_MS);
        if (!dev_stopping)
            dev_children_watch(d);
    }
}

void dev_done(struct dev *d)
{
    for (unsigned i = 0; i < d->children_n; i++) {
        mem_free(d->children[i].name);
        mem_free(d->children[i].token);
        mem_free(d->children[i].certificate);
        for (char **a = d->children[i].argv; *a; a++)
            mem_free(*a);
    }
    for (unsigned i = 0; i < d->zones_n; i++)
        mem_free(d->zone[i]);
    mem_free(d->dir);
    mem_free(d->programs);
    mem_free(d->cluster);
    mem_free(d->network);
    mem_free(d->zones);
    mem_free(d->endpoint);
    mem_free(d->arn);
    mem_free(d->bootstrap);
    if (d->lock_fd >= 0)
        close(d->lock_fd);
}

static int dev(struct cli *c)
{
    struct dev d = { .cli = c, .lock_fd = -1 };
    int code;

    dev_catch_signals();
    setvbuf(stdout, NULL, _IOLBF, 0);
    c->stop = &dev_stopping;
    d.programs = programs_dir();
    code = find_programs(&d);
    if (!code)
        code = dev_files_prepare(&d, c->args);
    if (!code)
        code = dev_children_clear(&d);
    if (!code)
        code = bring_up(&d);
    if (!code && !args_get(c->args, "once"))
        watch(&d);
    if (d.children_n) {
        printf("%sstopping\n", dev_stopping ? "\n" : "");
        dev_children_stop(&d);
        printf("stopped; the data stays in %s\n", d.dir);
    }
    dev_done(&d);
    return dev_stopping ? CLI_OK : code;
}

const struct cli_command cli_dev_commands[] = {
    { "dev", "", "run a whole klamm on this machine: control plane, agents, a cluster",
      "Starts klammd and one agent per zone, creates the cluster when it is not there, waits until "
      "it is\n"
      "ACTIVE, sends a record through it, and prints how to reach it. Ctrl-C stops everything; the "
      "next run\n"
      "finds the cluster and its data again.",
      0, 0, dev_options, true, dev },
    { NULL, NULL, NULL, NULL, 0, 0, NULL, false, NULL },
};

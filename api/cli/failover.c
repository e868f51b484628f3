/* klamm failover - kills a process of a `klamm dev` under a producer and says how long that waited. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/cli/dev.h"
#include "api/cli/load.h"
#include "api/kafka/client.h"
#include "api/kafka/msg/metadata.h"
#include "common/clock.h"
#include "common/fs.h"

enum { CALL_MS = 5000, SYNC_MS = 60000, BACK_MS = 60000, WARM_RECORDS = 100, SETTLE_MS = 1000, TURN_MS = 20,
       TIMES_MAX = 1000 };

static const char topic[] = "klamm-failover";

static const struct cli_option failover_options[] = {
    { "data-dir", "DIR", "of the `klamm dev` that runs (default var/dev)" },
    { "times", "N", "kill it N times, one after the other (default 1)" },
    { "help", NULL, "-h, this text" },
    { NULL, NULL, NULL },
};

struct failover {
    struct dev dev; /* dir, cluster, endpoint, arn, bootstrap */
    const char *victim;
    struct load *load;
    int64_t times;
    int64_t gaps_ms[TIMES_MAX];
};

static int open_dev(struct failover *f, struct cli *c)
{
    const char *given = args_get(c->args, "data-dir");
    OWNED_MEM char *path = NULL;
    json_t *saved;

    f->dev.cli = c;
    f->dev.dir = realpath(given ? given : "var/dev", NULL);
    path = f->dev.dir ? dev_path(&f->dev, "dev.json") : NULL;
    saved = path ? json_load_file(path, 0, NULL) : NULL;
    if (!saved)
        return cli_fail(CLI_USAGE, "--data-dir: %s: no `klamm dev` has run there", given ? given : "var/dev");
    f->dev.cluster = mem_strdup(cli_text(saved, "cluster"));
    f->dev.endpoint = mem_printf("http://127.0.0.1:%s", cli_text(saved, "port"));
    json_decref(saved);
    return dev_connect(&f->dev);
}

static bool is_broker(const char *victim)
{
    return strncmp(victim, "broker-", 7) == 0 || strncmp(victim, "controller-", 11) == 0;
}

/* False when it does not run now. */
static bool find(const struct failover *f, struct dev_process *ret)
{
    const char *uuid = strrchr(f->dev.arn, '/');

    return is_broker(f->victim) ? dev_find_broker(&f->dev, uuid ? uuid + 1 : "", f->victim, ret)
                                : dev_find_child(&f->dev, f->victim, ret);
}

/* Whether every partition has a leader and all its replicas in sync. */
static err_t look(const struct failover *f, bool *ret)
{
    OWNED(kf_client) c = NULL;
    OWNED_ARENA a = { 0 };
    struct kf_metadata_request_metadata_request_topic t;
    struct kf_metadata_request r;
    const struct kf_metadata_response *got;
    const struct kf_metadata_response_metadata_response_topic *of;
    struct why reason;
    err_t e = dev_dial_any(&f->dev, CALL_MS, &c, &reason);

    kf_init(&kf_metadata_request_metadata_request_topic_schema, &t);
    kf_init(&kf_metadata_request_schema, &r);
    t.name = str_of(topic);
    r.topics = &t;
    r.topics_n = 1;
    if (!e) /* version 12 names topics */
        e = kf_client_call(c, KF_API_METADATA, 12, &r, &a, (const void **)&got, &reason);
    if (e || got->topics_n != 1)
        return e ? e : ERR_MALFORMED;
    of = &got->topics[0];
    *ret = !of->error_code && of->partitions_n == LOAD_PARTITIONS;
    for (int i = 0; *ret && i < (int)of->partitions_n; i++)
        *ret = of->partitions[i].leader_id >= 0 &&
               of->partitions[i].isr_nodes_n == of->partitions[i].replica_nodes_n;
    return ERR_OK;
}

static int wait_in_sync(const struct failover *f)
{
    int64_t deadline = clock_mono_ms() + SYNC_MS;
    bool in_sync = false;

    while ((look(f, &in_sync) || !in_sync) && !dev_stopping) {
        if (clock_mono_ms() > deadline)
            return cli_fail(CLI_TIMEOUT, "topic %s is not in sync on all replicas after %d s", topic,
                            SYNC_MS / 1000);
        poll(NULL, 0, TURN_MS);
    }
    return dev_stopping ? CLI_TIMEOUT : CLI_OK;
}

static int make_topic(const struct failover *f)
{
    OWNED(kf_client) c = NULL;
    struct why reason;
    err_t e = dev_dial_any(&f->dev, CALL_MS, &c, &reason);

    if (!e)
        e = kf_client_create_topic(c, topic, LOAD_PARTITIONS, -1, &reason);
    return !e || e == ERR_EXISTS ? CLI_OK : cli_fail(cli_exit_of(e), "%s", reason.text);
}

/* Every partition has taken so many records since now. */
static int wait_written(struct failover *f)
{
    int64_t least, begin, deadline = clock_mono_ms() + BACK_MS;

    (void)load_acknowledged(f->load, &begin);
    do {
        if (clock_mono_ms() > deadline)
            return cli_fail(CLI_TIMEOUT, "no record was acknowledged for %d s", BACK_MS / 1000);
        poll(NULL, 0, TURN_MS);
        (void)load_acknowledged(f->load, &least);
    } while (least < begin + WARM_RECORDS && !dev_stopping);
    return dev_stopping ? CLI_TIMEOUT : CLI_OK;
}

/* Until another process is in its place. */
static int wait_back(const struct failover *f, const struct dev_process *killed)
{
    int64_t deadline = clock_mono_ms() + BACK_MS;
    struct dev_process now;

    while ((!find(f, &now) || (now.pid == killed->pid && now.started == killed->started)) && !dev_stopping) {
        if (clock_mono_ms() > deadline)
            return cli_fail(CLI_TIMEOUT, "%s is not back after %d s", f->victim, BACK_MS / 1000);
        poll(NULL, 0, TURN_MS);
    }
    return dev_stopping ? CLI_TIMEOUT : CLI_OK;
}

/* All is well and records flow: the state that a kill begins from, and must end in. */
static int wait_well(struct failover *f)
{
    int code = wait_in_sync(f);

    return code ? code : wait_written(f);
}

static void settle(void)
{
    int64_t until = clock_mono_ms() + SETTLE_MS;

    while (clock_mono_ms() < until && !dev_stopping)
        poll(NULL, 0, TURN_MS);
}

static int not_there(const struct failover *f)
{
    return cli_fail(CLI_NOT_FOUND, "no %s runs below %s; there are %s", f->victim, f->dev.dir,
                    is_broker(f->victim) ? "broker-1, broker-2, ... and controller-10001, ..."
                                         : "klammd, agent-a, ...");
}

/* One kill and what came of it. */
static int kill_once(struct failover *f, int64_t *ret_gap_ms)
{
    struct dev_process victim;
    int64_t began, back;
    int partition = 0, code = wait_well(f);

    if (code)
        return code;
    if (!find(f, &victim))
        return not_there(f);
    load_forget_gaps(f->load);
    began = clock_mono_ms();
    if (kill(victim.pid, SIGKILL))
        return cli_fail(CLI_REFUSED, "%s (process %d) could not be killed", f->victim, (int)victim.pid);
    code = wait_back(f, &victim);
    back = clock_mono_ms();
    settle();
    if (!code)
        code = wait_well(f);
    *ret_gap_ms = load_gap_ms(f->load, &partition);
    if (!code)
        printf("kill -9 of %s (process %d): the longest gap between two acknowledgements was %lld ms "
               "(partition %d); it was back after %lld ms\n", f->victim, (int)victim.pid,
               (long long)*ret_gap_ms, partition, (long long)(back - began));
    return code;
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return x < y ? -1 : x > y;
}

/* The writers' end: what they have been told is there must be there. */
static int finish(struct failover *f, int code)
{
    int64_t records;
    struct why reason;
    err_t e = load_finish(f->load, &records, &reason);

    if (e)
        return cli_fail(CLI_REFUSED, "%s", reason.text);
    printf("%lld records were acknowledged (acks=all), all of them are there\n", (long long)records);
    return code;
}

static int run_kills(struct failover *f)
{
    int code = CLI_OK;
    int64_t done = 0;

    printf("a producer writes to %d partitions of %s, a record at a time, acks=all\n", LOAD_PARTITIONS,
           topic);
    f->load = load_start(f->dev.bootstrap, topic);
    while (!code && done < f->times && !dev_stopping) {
        code = kill_once(f, &f->gaps_ms[done]);
        done += !code;
    }
    code = finish(f, code);
    qsort(f->gaps_ms, (size_t)done, sizeof(f->gaps_ms[0]), by_size);
    if (!code && done > 1)
        printf("longest gaps of %lld kills: %lld ms at the median, %lld ms at most\n", (long long)done,
               (long long)f->gaps_ms[done / 2], (long long)f->gaps_ms[done - 1]);
    return code;
}

static int failover(struct cli *c)
{
    static struct failover f;
    struct dev_process victim;
    struct why reason;
    int code;

    f.victim = c->args->positional[0];
    f.times = 1;
    f.dev.lock_fd = -1;
    if (args_number(c->args, "times", 1, TIMES_MAX, &f.times, &reason))
        return cli_fail(CLI_USAGE, "%s", reason.text);
    if (strchr(f.victim, '/'))
        return cli_fail(CLI_USAGE, "VICTIM: '%s' must be broker-N, controller-N, agent-ZONE or klammd",
                        f.victim);
    dev_catch_signals();
    setvbuf(stdout, NULL, _IOLBF, 0);
    code = open_dev(&f, c);
    if (!code)
        code = cli_cluster_arn(c, f.dev.cluster, &f.dev.arn);
    if (!code)
        code = dev_get_bootstrap(&f.dev);
    if (!code && !find(&f, &victim))
        code = not_there(&f);
    if (!code)
        code = make_topic(&f);
    if (!code)
        code = run_kills(&f);
    dev_done(&f.dev);
    return code;
}

const struct cli_command cli_failover_commands[] = {
    { "failover", "VICTIM", "kill a process of `klamm dev` under a producer: how long did that wait?",
      "VICTIM is broker-N, controller-N, agent-ZONE or klammd. While a producer writes to six partitions\n"
      "with acks=all, the process is killed (kill -9); its supervisor starts it again. Prints the longest\n"
      "gap between two acknowledgements of a partition, and reads every acknowledged record back.",
      1, 1, failover_options, true, failover },
    { NULL, NULL, NULL, NULL, 0, 0, NULL, false, NULL },
};

#include "agent/supervise/pulse.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/kafka/channel.h"
#include "api/kafka/msg/api_versions.h"
#include "common/mem.h"

enum { STAT_BYTES = 1024 };

static bool read_line(const char *path, char *ret, int size)
{
    FILE *f = fopen(path, "re");
    bool ok = f && fgets(ret, size, f);

    if (f)
        fclose(f);
    return ok;
}

/* Adds what a thread has run. False: it wants a core, waits for a device, or cannot be judged. */
static bool add_thread(pid_t pid, const char *thread, uint64_t *ran_ns)
{
    OWNED_MEM char *stat = mem_printf("/proc/%d/task/%s/stat", pid, thread);
    OWNED_MEM char *sched = mem_printf("/proc/%d/task/%s/schedstat", pid, thread);
    char line[STAT_BYTES];
    const char *state;
    uint64_t ns;

    if (!read_line(sched, line, sizeof(line)) || sscanf(line, "%" SCNu64, &ns) != 1 ||
        !read_line(stat, line, sizeof(line)))
        return false;
    state = strrchr(line, ')'); /* its name may hold anything */
    if (!state || state[1] != ' ' || !strchr("STt", state[2]))
        return false;
    *ran_ns += ns;
    return true;
}

/* What all threads of a process have run together; false as above, for any of them. */
static bool is_at_rest(pid_t pid, uint64_t *ret_ran_ns)
{
    OWNED_MEM char *path = mem_printf("/proc/%d/task", pid);
    DIR *d = opendir(path);
    const struct dirent *e;
    bool rests = d != NULL;

    *ret_ran_ns = 0;
    while (rests && (e = readdir(d)))
        rests = e->d_name[0] == '.' || add_thread(pid, e->d_name, ret_ran_ns);
    if (d)
        closedir(d);
    return rests;
}

static void wake_at(struct pulse *p, int64_t due_ms)
{
    p->due_ms = due_ms;
    loop_timer_set(p->loop, &p->timer, due_ms);
}

/* A question leaves, or a connection is begun whose handshake is one. */
static void begin_to_wait(struct pulse *p)
{
    p->waits = true;
    p->looked = false;
    p->asked_ms = loop_now_ms(p->loop);
    wake_at(p, p->asked_ms + PULSE_SILENCE_MS / 2);
}

static void rest(struct pulse *p)
{
    p->waits = false;
    wake_at(p, loop_now_ms(p->loop) + PULSE_EVERY_MS);
}

static void on_answer(void *ctx, err_t e, const void *msg, int16_t version)
{
    (void)msg;
    (void)version;
    if (!e)
        rest(ctx);
}

static void ask(struct pulse *p)
{
    struct kf_api_versions_request r;
    struct kf_call call = { KF_API_API_VERSIONS, -1, &r, 0, on_answer, p };

    kf_init(&kf_api_versions_request_schema, &r);
    r.client_software_name = str_of("klamm-agent");
    r.client_software_version = str_of("1");
    if (kf_channel_call(p->channel, &call, NULL))
        rest(p);
    else
        begin_to_wait(p);
}

static void on_up(void *ctx)
{
    rest(ctx);
}

static void on_down(void *ctx, err_t e, const char *reason)
{
    struct pulse *p = ctx;

    (void)e;
    (void)reason;
    p->channel = kf_channel_free(p->channel);
    rest(p);
}

static void dial(struct pulse *p)
{
    struct kf_channel_options o = {
        .loop = p->loop, .host = p->host, .port = p->port, .client_id = "klamm-agent",
        .connect_timeout_ms = 60 * PULSE_SILENCE_MS, .up = on_up, .down = on_down, .ctx = p,
    };

    if (kf_channel_new(&o, &p->channel, NULL)) {
        p->channel = NULL;
        rest(p);
    } else {
        begin_to_wait(p);
    }
}

static void look(struct pulse *p)
{
    p->looked = true;
    if (is_at_rest(p->pid, &p->ran_ns))
        wake_at(p, p->asked_ms + PULSE_SILENCE_MS);
    else
        begin_to_wait(p);
}

static void judge(struct pulse *p)
{
    uint64_t ran_ns;

    if (!is_at_rest(p->pid, &ran_ns) || ran_ns != p->ran_ns) {
        begin_to_wait(p);
        return;
    }
    pulse_end(p);
    p->still(p);
}

static void on_timer(struct loop_timer *t)
{
    struct pulse *p = container_of(t, struct pulse, timer);

    if (p->waits && loop_now_ms(p->loop) - p->due_ms > PULSE_LATE_MS)
        begin_to_wait(p);
    else if (p->waits && !p->looked)
        look(p);
    else if (p->waits)
        judge(p);
    else if (p->channel)
        ask(p);
    else
        dial(p);
}

void pulse_begin(struct pulse *p, pid_t pid)
{
    pulse_end(p);
    p->pid = pid;
    p->timer.fire = on_timer;
    rest(p);
}

void pulse_end(struct pulse *p)
{
    p->channel = kf_channel_free(p->channel);
    loop_timer_clear(p->loop, &p->timer);
}

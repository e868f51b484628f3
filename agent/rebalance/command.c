#include "agent/rebalance/command.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/rebalance/run.h"
#include "agent/rebalance/show.h"
#include "common/bar.h"
#include "common/mem.h"

enum { DRAIN_MAX = REBALANCE_BROKERS_MAX, RATE_MIB_MAX = 1 << 20 };

struct command {
    struct run_options run;
    int32_t drain[DRAIN_MAX];
    bool json;
    unsigned shown; /* plans */
    struct bar bar;
};

static int usage(FILE *to)
{
    fputs("usage: klamm-agent rebalance --bootstrap HOST:PORT,... [--dry-run] [--cancel] [--drain ID]...\n"
          "                             [--rate-mib N] [--json]\n",
          to);
    return to == stdout ? 0 : 2;
}

static bool parse_number(const char *given, int64_t low, int64_t high, int64_t *ret)
{
    char *end;
    long long n = strtoll(given, &end, 10);

    *ret = n;
    return *given && !*end && n >= low && n <= high;
}

static bool parse_option(struct command *c, int letter)
{
    int64_t n;

    switch (letter) {
    case 'b':
        c->run.bootstrap = optarg;
        return true;
    case 'n':
        c->run.wish.dry_run = true;
        return true;
    case 'c':
        c->run.wish.cancel = true;
        return true;
    case 'd':
        if (c->run.drain_n == DRAIN_MAX || !parse_number(optarg, 0, INT32_MAX, &n))
            return false;
        c->drain[c->run.drain_n++] = (int32_t)n;
        return true;
    case 'r':
        if (!parse_number(optarg, 1, RATE_MIB_MAX, &n))
            return false;
        c->run.wish.rate_bytes = n << 20;
        return true;
    case 'j':
        c->json = true;
        return true;
    default:
        return false;
    }
}

static bool parse(int argc, char **argv, struct command *c)
{
    static const struct option options[] = {
        { "bootstrap", required_argument, NULL, 'b' }, { "dry-run", no_argument, NULL, 'n' },
        { "cancel", no_argument, NULL, 'c' },          { "drain", required_argument, NULL, 'd' },
        { "rate-mib", required_argument, NULL, 'r' },  { "json", no_argument, NULL, 'j' },
        { 0 },
    };
    int letter;

    while ((letter = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (!parse_option(c, letter))
            return false;
    return optind == argc && c->run.bootstrap;
}

static void print_ids(const int32_t *v, int32_t n)
{
    for (int32_t i = 0; i < n; i++)
        printf("%s%d", i ? "," : "", v[i]);
}

static void print_plan(const struct execute *x)
{
    for (unsigned i = 0; i < x->plan.moves_n; i++) {
        const struct rebalance_move *m = &x->plan.moves[i];
        const struct rebalance_partition *p = &x->in.partitions[m->partition];

        printf("%.*s-%d: ", STR_ARG(p->topic), p->partition);
        print_ids(p->replicas, p->replicas_n);
        printf(" -> ");
        print_ids(m->replicas, m->replicas_n);
        printf(" (%lld bytes) %s: %s\n", (long long)m->bytes, rebalance_why_name(m->why), m->text);
    }
    for (unsigned i = 0; i < x->plan.stuck_n; i++) {
        const struct rebalance_partition *p = &x->in.partitions[x->plan.stuck[i].partition];

        printf("%.*s-%d stays on broker %d: %s\n", STR_ARG(p->topic), p->partition, x->plan.stuck[i].broker,
               x->plan.stuck[i].text);
    }
    printf("%u moves, %lld bytes to copy\n", x->plan.moves_n, (long long)x->plan.bytes);
}

static void on_progress(void *ctx, const struct execute *x, const char *trouble)
{
    struct command *c = ctx;
    OWNED_MEM char *count = x->total_n ? mem_printf("[%u/%u] ", x->done_n, x->total_n) : NULL;
    OWNED_MEM char *line =
        mem_printf("%s%s: %s", count ? count : "", trouble ? "trouble" : execute_state_name(x->state),
                   trouble ? trouble : x->reason);

    if (!c->json && x->passes > c->shown) {
        c->shown = x->passes;
        bar_done(&c->bar);
        print_plan(x);
        fflush(stdout);
    }
    if (x->state <= EXECUTE_MOVING && (trouble || *x->reason))
        bar_show(&c->bar, x->done_n, x->total_n, line);
}

static void print_json(const struct execute *x)
{
    json_t *o = rebalance_show(x);

    json_dumpf(o, stdout, JSON_INDENT(2));
    printf("\n");
    json_decref(o);
}

/* How it has ended. */
static void print_end(const struct command *c, const struct execute *x)
{
    if (c->json)
        print_json(x);
    else
        printf("%s: %s\n", execute_state_name(x->state), x->reason);
}

int rebalance_command(int argc, char **argv)
{
    static struct command c;
    struct execute x;
    struct why reason;
    err_t e;
    int code;

    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return usage(stdout);
    c.run.drain = c.drain;
    c.run.progress = on_progress;
    c.run.ctx = &c;
    if (!parse(argc, argv, &c))
        return usage(stderr);
    execute_init(&x, &c.run.wish);
    bar_init(&c.bar);
    e = rebalance_run(&c.run, &x, &reason);
    bar_done(&c.bar);
    if (e)
        fprintf(stderr, "klamm-agent: rebalance: %s\n", reason.text);
    else
        print_end(&c, &x);
    code = e == ERR_INVALID ? 2 : e || x.state == EXECUTE_FAILED ? 1 : 0;
    execute_done(&x);
    return code;
}

#include "tests/sim/sim.h"

#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/mem.h"

enum { TRIM_BYTES = 1 << 28 };

void sim_init(struct sim *s, uint64_t seed, bool verbose)
{
    *s = (struct sim){ .seed = seed, .verbose = verbose, .hash = seed };
    rng_seed(&s->rng, seed);
}

void sim_done(struct sim *s)
{
    mem_free(s->heap);
}

static bool earlier(const struct sim_event *a, const struct sim_event *b)
{
    return a->at_us < b->at_us || (a->at_us == b->at_us && a->order < b->order);
}

void sim_at(struct sim *s, int64_t at_us, struct sim_event ev)
{
    int n = s->heap_n++;

    if (n == s->heap_capacity) {
        s->heap_capacity = n ? 2 * n : 256;
        s->heap = mem_resize_array(s->heap, (size_t)s->heap_capacity, sizeof(*s->heap));
    }
    ev.at_us = at_us < s->now_us ? s->now_us : at_us;
    ev.order = s->order++;
    for (; n && earlier(&ev, &s->heap[(n - 1) / 2]); n = (n - 1) / 2)
        s->heap[n] = s->heap[(n - 1) / 2];
    s->heap[n] = ev;
}

void sim_after(struct sim *s, int64_t delay_us, struct sim_event ev)
{
    sim_at(s, s->now_us + delay_us, ev);
}

static struct sim_event pop(struct sim *s)
{
    struct sim_event first = s->heap[0], last = s->heap[--s->heap_n];
    int at = 0, child;

    while ((child = 2 * at + 1) < s->heap_n) {
        if (child + 1 < s->heap_n && earlier(&s->heap[child + 1], &s->heap[child]))
            child++;
        if (!earlier(&s->heap[child], &last))
            break;
        s->heap[at] = s->heap[child];
        at = child;
    }
    s->heap[at] = last;
    return first;
}

bool sim_next(struct sim *s)
{
    struct sim_event ev;

    if (!s->heap_n)
        return false;
    ev = pop(s);
    s->now_us = ev.at_us;
    sim_mix(s, (uint64_t)ev.at_us ^ (uint64_t)ev.node << 56 ^ (uint64_t)ev.number << 40);
    ev.run(ev.ctx, &ev);
    return true;
}

void sim_run(struct sim *s, int64_t until_us)
{
    while (s->heap_n && s->heap[0].at_us <= until_us)
        sim_next(s);
    if (s->now_us < until_us)
        s->now_us = until_us;
}

int64_t sim_between(struct sim *s, int64_t low, int64_t high)
{
    return low + (int64_t)rng_below(&s->rng, (uint64_t)(high - low) + 1);
}

bool sim_chance(struct sim *s, int per_mille)
{
    return per_mille > 0 && rng_next(&s->rng) % 1000 < (uint64_t)per_mille;
}

static void say(FILE *to, const struct sim *s, const char *format, va_list args)
{
    fprintf(to, "%9" PRId64 ".%03d  ", s->now_us / 1000, (int)(s->now_us % 1000));
    vfprintf(to, format, args);
    fputc('\n', to);
}

void sim_print(const struct sim *s, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say(stdout, s, format, args);
    va_end(args);
}

_Noreturn void sim_fail(const struct sim *s, const char *format, ...)
{
    va_list args;

    fflush(stdout);
    fprintf(stderr, "seed %" PRIu64 " ms ", s->seed);
    va_start(args, format);
    say(stderr, s, format, args);
    va_end(args);
    exit(1);
}

static uint64_t running; /* the seed, for on_abort */

/* An INVARIANT of the code under test: its line is out already. */
static void on_abort(int signal_number)
{
    char text[64];
    int n = snprintf(text, sizeof(text), "seed %" PRIu64 " aborted\n", running);

    (void)signal_number;
    fflush(stdout);
    if (write(STDERR_FILENO, text, (size_t)n) != n)
        _exit(2);
    _exit(1);
}

static bool parse_seed(const char *text, uint64_t *ret)
{
    char *end;

    errno = 0;
    *ret = strtoull(text, &end, 10);
    return *text && !*end && !errno;
}

static int run_all(const char *name, sim_run_fn run, uint64_t from, uint64_t to, bool twice)
{
    time_t began = time(NULL);

    for (running = from; running < to; running++) {
        uint64_t hash = run(running, false);

        if (twice && run(running, false) != hash) {
            fprintf(stderr, "seed %" PRIu64 " ran differently the second time\n", running);
            return 1;
        }
    }
    printf("%s: seeds %" PRIu64 "-%" PRIu64 " kept every rule%s, %ld s\n", name, from, to - 1,
           twice ? ", twice the same" : "", (long)(time(NULL) - began));
    return 0;
}

int sim_main(int argc, char **argv, const char *name, sim_run_fn run, void (*totals)(void))
{
    bool twice = argc > 1 && strcmp(argv[argc - 1], "--twice") == 0;
    int numbers = argc - 1 - twice, status;
    uint64_t from, to;

    signal(SIGABRT, on_abort);
    (void)mallopt(M_TRIM_THRESHOLD, TRIM_BYTES); /* each life needs it again */
    if (numbers < 1 || numbers > 2 || !parse_seed(argv[1], &from) ||
        !parse_seed(argv[numbers], &to)) {
        fprintf(stderr, "usage: %s SEED | %s FROM TO [--twice]\n", name, name);
        return 2;
    }
    if (numbers == 1 && !twice) {
        running = from;
        printf("hash %016" PRIx64 "\n", run(from, true));
        return 0;
    }
    status = run_all(name, run, from, numbers == 1 ? from + 1 : to, twice);
    if (!status && totals)
        totals();
    return status;
}

/* sim - one seed's virtual time: a queue of events, one source of chance, a trace.
 *
 * Everything that happens is an event in the queue; nothing but the seed decides what. The trace
 * hash folds all that matters, so that two runs of a seed can be told to be the same. */
#ifndef KLAMM_TESTS_SIM_SIM_H
#define KLAMM_TESTS_SIM_SIM_H

#include <stdbool.h>
#include <stdint.h>

#include "common/rng.h"

struct sim_event {
    int64_t at_us;
    uint64_t order; /* of two at the same time the one that was put first */
    void (*run)(void *ctx, const struct sim_event *ev);
    void *ctx;
    int32_t node; /* whatever `run` makes of these */
    uint32_t incarnation;
    int64_t number;
    void *object; /* not part of the hash: addresses differ from run to run */
};

struct sim {
    uint64_t seed;
    struct rng rng;
    int64_t now_us;
    uint64_t hash, order;
    bool verbose;
    struct sim_event *heap; /* owned; the earliest first */
    int heap_n, heap_capacity;
};

void sim_init(struct sim *s, uint64_t seed, bool verbose);
void sim_done(struct sim *s);

/* `at_us` below now: at once, after what is due now already. */
void sim_at(struct sim *s, int64_t at_us, struct sim_event ev);
void sim_after(struct sim *s, int64_t delay_us, struct sim_event ev);
/* Runs what is due up to `until_us` and leaves the clock there. */
void sim_run(struct sim *s, int64_t until_us);
/* The next event; false when there is none. */
bool sim_next(struct sim *s);

static inline int64_t sim_ms(const struct sim *s)
{
    return s->now_us / 1000;
}

/* [low, high], both may come. */
int64_t sim_between(struct sim *s, int64_t low, int64_t high);
/* True `per_mille` times in a thousand. */
bool sim_chance(struct sim *s, int per_mille);

static inline void sim_mix(struct sim *s, uint64_t x)
{
    s->hash = (s->hash ^ x) * 0x9e3779b97f4a7c15u;
    s->hash ^= s->hash >> 29;
}

/* A line of the trace, only when someone reads it. */
#define SIM_TRACE(s, ...)                                                                          \
    do {                                                                                           \
        if ((s)->verbose)                                                                          \
            sim_print(s, __VA_ARGS__);                                                             \
    } while (0)
void sim_print(const struct sim *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* An invariant is broken: says which, with seed and time, and ends the process with 1. */
_Noreturn void sim_fail(const struct sim *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
#define SIM_CHECK(s, condition, ...)                                                               \
    do {                                                                                           \
        if (__builtin_expect(!(condition), 0))                                                     \
            sim_fail(s, __VA_ARGS__);                                                              \
    } while (0)

/* The command line of a simulator:
 *   NAME SEED             one seed with its trace
 *   NAME FROM TO          seeds FROM..TO-1; with --twice each twice, and the hashes compared
 * `run` runs one seed and returns its hash; `totals` (NULL: none) prints what all seeds did. An
 * abort (INVARIANT) says its seed too. Returns main's value. */
typedef uint64_t (*sim_run_fn)(uint64_t seed, bool verbose);
int sim_main(int argc, char **argv, const char *name, sim_run_fn run, void (*totals)(void));

#endif

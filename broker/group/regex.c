#include "broker/group/regex_internal.h"

#include "common/mem.h"

err_t regex_new(struct str pattern, struct regex **ret, struct why *reterr)
{
    struct regex *r = mem_new(struct regex);
    err_t e = regex_compile(r, pattern, reterr);

    if (e)
        r = regex_free(r);
    *ret = r;
    return e;
}

struct regex *regex_free(struct regex *r)
{
    if (!r)
        return NULL;
    mem_free(r->code);
    mem_free(r);
    return NULL;
}

bool regex_fault(struct str pattern, struct why *ret)
{
    struct regex *r = NULL;
    bool fault = regex_new(pattern, &r, ret) != ERR_OK;

    regex_free(r);
    return fault;
}

/* Places in the program, each once: `at[place]` says where in `list` it would be. */
struct threads {
    int32_t *list, *at;
    int32_t n;
};

struct run {
    const struct regex *r;
    struct str text;
    int32_t *stack;
};

static bool is_word(struct str s, size_t i)
{
    uint8_t c = i < s.n ? (uint8_t)s.p[i] : 0;

    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool at_word_boundary(struct str s, size_t i)
{
    return (i && is_word(s, i - 1)) != is_word(s, i);
}

static bool holds(enum regex_op op, struct str s, size_t i)
{
    switch (op) {
    case REGEX_BEGIN:
        return i == 0;
    case REGEX_END:
        return i == s.n;
    case REGEX_WORD:
        return at_word_boundary(s, i);
    case REGEX_NOT_WORD:
        return !at_word_boundary(s, i);
    case REGEX_CHAR:
    case REGEX_SPLIT:
    case REGEX_JUMP:
    case REGEX_MATCH:
        break;
    }
    return false;
}

static bool seen(const struct threads *t, int32_t place)
{
    return t->at[place] < t->n && t->list[t->at[place]] == place;
}

/* All that is reached from `place` without reading; splits go over the stack. */
static void follow(struct run *run, struct threads *t, int32_t place, size_t i)
{
    int32_t depth = 0;

    run->stack[depth++] = place;
    while (depth) {
        const struct regex_code *c;

        place = run->stack[--depth];
        if (seen(t, place))
            continue;
        t->at[place] = t->n;
        t->list[t->n++] = place;
        c = &run->r->code[place];
        if (c->op == REGEX_JUMP || c->op == REGEX_SPLIT)
            run->stack[depth++] = place + c->to;
        if (c->op == REGEX_SPLIT || holds(c->op, run->text, i))
            run->stack[depth++] = place + 1;
    }
}

static bool run_all(struct run *run, struct threads *now, struct threads *next)
{
    const struct regex *r = run->r;

    follow(run, now, 0, 0);
    for (size_t i = 0; i < run->text.n && now->n; i++) {
        struct threads *swapped = now;

        next->n = 0;
        for (int32_t k = 0; k < now->n; k++) {
            const struct regex_code *c = &r->code[now->list[k]];

            if (c->op == REGEX_CHAR && regex_set_has(&c->set, (uint8_t)run->text.p[i]))
                follow(run, next, now->list[k] + 1, i + 1);
        }
        now = next;
        next = swapped;
    }
    return seen(now, r->n - 1);
}

/* Every place is on the stack at most twice: each is expanded once and pushes two. */
bool regex_matches(const struct regex *r, struct str text)
{
    size_t n = (size_t)r->n;
    int32_t *memory = mem_zero((4 * n + 2 * n + 2) * sizeof(*memory));
    struct threads a = { memory, memory + n, 0 }, b = { memory + 2 * n, memory + 3 * n, 0 };
    struct run run = { r, text, memory + 4 * n };
    bool matches = run_all(&run, &a, &b);

    mem_free(memory);
    return matches;
}

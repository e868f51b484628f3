/* Recursive descent over the pattern that emits code as it goes. Jumps are relative and stay
 * within the code of their part, so a part is repeated by copying it. */
#include "broker/group/regex_internal.h"

#include "common/mem.h"
#include "common/utf8.h"

enum { REPEAT_MAX = 1000, NAMES_MAX = 64, NO_LIMIT = -1, NOTHING = -1 };

/* RE2/J's words. */
#define BAD_RANGE "invalid character class range"
#define BAD_ESCAPE "invalid escape sequence"
#define BAD_NAME "invalid named capture"
#define BAD_PERL "invalid or unsupported Perl syntax"
#define BAD_NESTING "invalid nested repetition operator"
#define BAD_REPEAT "invalid repeat count"
#define NO_BRACKET "missing closing ]"
#define NO_PAREN "missing closing )"
#define NO_ARGUMENT "missing argument to repetition operator"
#define TRAILING "trailing backslash at end of expression"
#define UNEXPECTED_PAREN "regexp/syntax: internal error"
#define TWICE "duplicate capture group name"
#define TOO_DEEP "expression nests too deeply"
#define TOO_LARGE "expression too large"

struct parser {
    struct regex *r;
    struct str s;
    size_t at;
    const char *fault; /* the first one */
    bool fold;         /* (?i) */
    int depth;
    struct str names[NAMES_MAX];
    int names_n;
};

static void fail(struct parser *p, const char *fault)
{
    if (!p->fault)
        p->fault = fault;
}

static bool more(const struct parser *p)
{
    return !p->fault && p->at < p->s.n;
}

static bool next_is(const struct parser *p, char c)
{
    return more(p) && p->s.p[p->at] == c;
}

static bool looks_at(const struct parser *p, const char *text)
{
    size_t n = strlen(text);

    return !p->fault && p->s.n - p->at >= n && memcmp(p->s.p + p->at, text, n) == 0;
}

static bool accept(struct parser *p, const char *text)
{
    if (!looks_at(p, text))
        return false;
    p->at += strlen(text);
    return true;
}

static uint32_t take(struct parser *p)
{
    return utf8_next(p->s, &p->at);
}

/* ---- code ---- */

static struct regex_code *emit(struct parser *p, enum regex_op op)
{
    static struct regex_code nowhere;
    struct regex *r = p->r;

    if (r->n >= REGEX_PROGRAM_MAX) {
        fail(p, TOO_LARGE);
        return &nowhere;
    }
    if (r->n == r->capacity) {
        r->capacity = r->capacity ? 2 * r->capacity : 32;
        r->code = mem_resize_array(r->code, (size_t)r->capacity, sizeof(*r->code));
    }
    r->code[r->n] = (struct regex_code){ .op = op };
    return &r->code[r->n++];
}

static void insert(struct parser *p, int32_t place, enum regex_op op, int32_t to)
{
    (void)emit(p, op);
    if (p->fault)
        return;
    memmove(&p->r->code[place + 1], &p->r->code[place],
            (size_t)(p->r->n - 1 - place) * sizeof(*p->r->code));
    p->r->code[place] = (struct regex_code){ .op = op, .to = to };
}

static void emit_set(struct parser *p, const struct regex_set *s)
{
    emit(p, REGEX_CHAR)->set = *s;
}

static void emit_char(struct parser *p, uint32_t c)
{
    struct regex_set s = { { 0 } };

    regex_set_range(&s, c, c, p->fold);
    emit_set(p, &s);
}

/* ---- repetition of the code from `from` on ---- */

static void copy(struct parser *p, int32_t from, int32_t n)
{
    for (int32_t i = 0; i < n && !p->fault; i++) {
        struct regex_code c = p->r->code[from + i];

        *emit(p, c.op) = c;
    }
}

static void star(struct parser *p, int32_t from)
{
    int32_t n = p->r->n - from;

    insert(p, from, REGEX_SPLIT, n + 2);
    emit(p, REGEX_JUMP)->to = -(n + 1);
}

static void repeat(struct parser *p, int32_t from, int32_t min, int32_t max)
{
    int32_t n = p->r->n - from, optional = max == NO_LIMIT ? 0 : max - min;

    if (!min && max == NO_LIMIT) {
        star(p, from);
        return;
    }
    if (!min) { /* the whole, or nothing of it */
        insert(p, from, REGEX_SPLIT, optional * (n + 1));
        from++;
        optional--;
    }
    for (int32_t i = 1; i < min && !p->fault; i++)
        copy(p, from, n);
    for (int32_t i = 0; i < optional && !p->fault; i++) {
        emit(p, REGEX_SPLIT)->to = (optional - i) * (n + 1);
        copy(p, from, n);
    }
    if (max == NO_LIMIT)
        emit(p, REGEX_SPLIT)->to = -n; /* x+: again the last one, or on */
}

static bool parse_number(struct parser *p, int32_t *ret)
{
    int32_t v = 0;
    size_t begin = p->at;

    while (next_is(p, '0') || (more(p) && p->s.p[p->at] >= '1' && p->s.p[p->at] <= '9')) {
        v = v > REPEAT_MAX ? v : 10 * v + (p->s.p[p->at] - '0');
        p->at++;
    }
    *ret = v;
    /* RE2 takes no number with zeroes in front. */
    return p->at > begin && (p->s.p[begin] != '0' || p->at == begin + 1);
}

/* {n} {n,} {n,m}; anything else is text. */
static bool parse_counts(struct parser *p, int32_t *min, int32_t *max)
{
    size_t begin = p->at++;
    bool ok = parse_number(p, min);

    *max = *min;
    if (ok && accept(p, ",")) {
        *max = NO_LIMIT;
        ok = next_is(p, '}') || parse_number(p, max);
    }
    if (ok && accept(p, "}"))
        return true;
    p->at = begin;
    return false;
}

static bool parse_operator(struct parser *p, int32_t *min, int32_t *max)
{
    *min = next_is(p, '+');
    *max = next_is(p, '?') ? 1 : NO_LIMIT;
    if (next_is(p, '*') || next_is(p, '+') || next_is(p, '?')) {
        p->at++;
        return true;
    }
    return next_is(p, '{') && parse_counts(p, min, max);
}

/* Operators behind the item whose code begins at `from`. They do not stack: a** is refused. */
static void parse_repeats(struct parser *p, int32_t from)
{
    int32_t min, max;

    if (!parse_operator(p, &min, &max))
        return;
    (void)accept(p, "?"); /* lazy: the same names match */
    if (min > REPEAT_MAX || max > REPEAT_MAX || (max != NO_LIMIT && max < min)) {
        fail(p, BAD_REPEAT);
        return;
    }
    if (max == 0)
        p->r->n = from;
    else
        repeat(p, from, min, max);
    if (parse_operator(p, &min, &max))
        fail(p, BAD_NESTING);
}

/* ---- escapes and classes ---- */

static bool is_octal(const struct parser *p)
{
    return more(p) && p->s.p[p->at] >= '0' && p->s.p[p->at] <= '7';
}

static int hex_digit(const struct parser *p)
{
    char c = more(p) ? p->s.p[p->at] : 0;

    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static uint32_t parse_octal(struct parser *p, uint32_t first)
{
    uint32_t v = first - '0';

    if (first != '0' && !is_octal(p))
        fail(p, BAD_ESCAPE); /* one digit is a reference to a group, which RE2 has not */
    for (int i = 1; i < 3 && is_octal(p); i++)
        v = 8 * v + (uint32_t)(p->s.p[p->at++] - '0');
    return v;
}

static uint32_t parse_hex(struct parser *p)
{
    bool braces = accept(p, "{");
    uint32_t v = 0;
    int n = 0;

    while (hex_digit(p) >= 0 && (braces ? v <= 0x10ffff : n < 2)) {
        v = 16 * v + (uint32_t)hex_digit(p);
        p->at++;
        n++;
    }
    if (braces ? !n || v > 0x10ffff || !accept(p, "}") : n != 2)
        fail(p, BAD_ESCAPE);
    return v;
}

static bool is_letter_or_digit(uint32_t c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* Behind the backslash: one character. */
static uint32_t parse_escape(struct parser *p)
{
    static const char letters[] = "aftnrv", values[] = "\a\f\t\n\r\v";
    const char *found;
    uint32_t c;

    if (!more(p)) {
        fail(p, TRAILING);
        return 0;
    }
    c = take(p);
    if (c >= '0' && c <= '7')
        return parse_octal(p, c);
    if (c == 'x')
        return parse_hex(p);
    found = c && c < 128 ? strchr(letters, (int)c) : NULL;
    if (found)
        return (uint8_t)values[found - letters];
    if (c >= 128 || is_letter_or_digit(c))
        fail(p, BAD_ESCAPE);
    return c;
}

/* \pN, \p{Name}, \PN; `p` at the letter p. */
static void parse_unicode(struct parser *p, struct regex_set *ret)
{
    bool negate = take(p) == 'P';
    struct regex_set s = { { 0 } };
    size_t begin = p->at;
    struct str name;

    if (!more(p)) {
        fail(p, BAD_RANGE);
        return;
    }
    if (accept(p, "{")) {
        const char *end = memchr(p->s.p + p->at, '}', p->s.n - p->at);

        begin = p->at;
        if (!end) {
            fail(p, BAD_RANGE);
            return;
        }
        name = str_make(p->s.p + begin, (size_t)(end - p->s.p) - begin);
        p->at = begin + name.n + 1;
    } else {
        (void)take(p);
        name = str_make(p->s.p + begin, p->at - begin);
    }
    if (!regex_unicode_class(name, &s))
        fail(p, BAD_RANGE);
    regex_set_or(ret, &s, negate);
}

/* A class behind a backslash at `p`: \d, \pL; false: it is none, nothing is taken. */
static bool parse_class_escape(struct parser *p, struct regex_set *ret)
{
    struct regex_set s = { { 0 } };

    if (!next_is(p, '\\') || p->at + 1 >= p->s.n)
        return false;
    if (looks_at(p, "\\p") || looks_at(p, "\\P")) {
        p->at++;
        parse_unicode(p, &s);
    } else if (regex_perl_class((uint8_t)p->s.p[p->at + 1], &s)) {
        p->at += 2;
    } else {
        return false;
    }
    regex_set_or(ret, &s, false);
    return true;
}

/* [:name:] within brackets. */
static bool parse_posix(struct parser *p, struct regex_set *ret)
{
    const char *from = p->s.p + p->at + 2;
    struct regex_set s = { { 0 } };
    size_t n = 0;

    if (!looks_at(p, "[:"))
        return false;
    while (from + n + 1 < p->s.p + p->s.n && !(from[n] == ':' && from[n + 1] == ']'))
        n++;
    if (from + n + 1 >= p->s.p + p->s.n)
        return false; /* no end: it is text */
    if (!regex_posix_class(str_make(from, n), &s))
        fail(p, BAD_RANGE);
    regex_set_or(ret, &s, false);
    p->at += n + 4;
    return true;
}

static uint32_t parse_class_char(struct parser *p)
{
    if (!more(p)) {
        fail(p, NO_BRACKET);
        return 0;
    }
    return accept(p, "\\") ? parse_escape(p) : take(p);
}

static void parse_range(struct parser *p, struct regex_set *ret)
{
    uint32_t low = parse_class_char(p), high = low;

    if (looks_at(p, "-") && !looks_at(p, "-]") && p->at + 1 < p->s.n) {
        p->at++;
        high = parse_class_char(p);
        if (high < low)
            fail(p, BAD_RANGE);
    }
    if (!p->fault)
        regex_set_range(ret, low, high, p->fold);
}

/* Behind the opening bracket. */
static void parse_class(struct parser *p)
{
    struct regex_set s = { { 0 } }, whole = { { 0 } };
    bool negate = accept(p, "^"), first = true; /* the first may be a ] */

    for (; first || !next_is(p, ']'); first = false) {
        if (p->fault || !more(p)) {
            fail(p, NO_BRACKET);
            return;
        }
        if (!parse_posix(p, &s) && !parse_class_escape(p, &s))
            parse_range(p, &s);
    }
    p->at++;
    regex_set_or(&whole, &s, negate);
    emit_set(p, &whole);
}

/* ---- items ---- */

static void parse_alternatives(struct parser *p);

static bool is_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_letter_or_digit((uint8_t)s.p[i]) && s.p[i] != '_')
            return false;
    return s.n != 0;
}

static void parse_name(struct parser *p)
{
    const char *end = memchr(p->s.p + p->at, '>', p->s.n - p->at);
    struct str name = str_make(p->s.p + p->at, end ? (size_t)(end - p->s.p) - p->at : 0);

    if (!is_name(name)) {
        fail(p, BAD_NAME);
        return;
    }
    for (int i = 0; i < p->names_n; i++)
        if (str_eq(p->names[i], name))
            fail(p, TWICE);
    if (p->names_n < NAMES_MAX)
        p->names[p->names_n++] = name;
    else
        fail(p, TOO_LARGE);
    p->at += name.n + 1;
}

/* (?flags) or (?flags: behind the question mark; true: a group begins. Of the flags only i says
 * something about names. */
static bool parse_flags(struct parser *p)
{
    bool negative = false, any = false;

    while (more(p)) {
        uint32_t c = take(p);

        if (c == ':' || c == ')') {
            if (negative && !any)
                fail(p, BAD_PERL);
            return c == ':';
        }
        if (c == '-' && !negative) {
            negative = true;
            any = false;
        } else if (c == 'i' || c == 'm' || c == 's' || c == 'U') {
            any = true;
            if (c == 'i')
                p->fold = !negative;
        } else {
            fail(p, BAD_PERL);
        }
    }
    fail(p, BAD_PERL); /* as RE2/J: it does not say that the bracket is missing */
    return false;
}

/* Behind the opening bracket. False: only flags, there is nothing to repeat. */
static bool parse_group(struct parser *p)
{
    bool fold = p->fold;

    if (accept(p, "?P<") || accept(p, "?<"))
        parse_name(p);
    else if (accept(p, "?") && !parse_flags(p))
        return false;
    if (++p->depth > REGEX_DEPTH_MAX)
        fail(p, TOO_DEEP);
    parse_alternatives(p);
    p->depth--;
    if (!accept(p, ")"))
        fail(p, NO_PAREN);
    p->fold = fold;
    return true;
}

static void parse_quoted(struct parser *p)
{
    while (more(p) && !accept(p, "\\E"))
        emit_char(p, take(p));
}

/* Behind a backslash that is no class. False: nothing to repeat. */
static bool parse_backslash(struct parser *p)
{
    static const struct {
        const char *text;
        enum regex_op op;
    } places[] = {
        { "A", REGEX_BEGIN }, { "z", REGEX_END }, { "b", REGEX_WORD }, { "B", REGEX_NOT_WORD }
    };

    for (size_t i = 0; i < ARRAY_LEN(places); i++)
        if (accept(p, places[i].text)) {
            (void)emit(p, places[i].op);
            return true;
        }
    emit_char(p, parse_escape(p));
    return true;
}

static void parse_any(struct parser *p)
{
    struct regex_set nothing = { { 0 } }, all = { { 0 } };

    regex_set_or(&all, &nothing, true);
    emit_set(p, &all);
}

/* One item; false: nothing that an operator could stand behind. */
static bool parse_item(struct parser *p)
{
    struct regex_set s = { { 0 } };
    int32_t min, max;

    if (parse_class_escape(p, &s))
        emit_set(p, &s);
    else if (accept(p, "("))
        return parse_group(p);
    else if (accept(p, "["))
        parse_class(p);
    else if (accept(p, "."))
        parse_any(p);
    else if (accept(p, "^"))
        (void)emit(p, REGEX_BEGIN);
    else if (accept(p, "$"))
        (void)emit(p, REGEX_END);
    else if (accept(p, "\\"))
        return parse_backslash(p);
    else if (parse_operator(p, &min, &max))
        fail(p, NO_ARGUMENT);
    else
        emit_char(p, take(p));
    return true;
}

/* What an operator that follows is about: the item before it, also when only flags stand between.
 * RE2/J takes a brace that is text for an operator: another one behind it is one too many. */
static void parse_sequence(struct parser *p)
{
    int32_t last = NOTHING, min, max;

    while (more(p) && !next_is(p, '|') && !next_is(p, ')')) {
        int32_t from = p->r->n;
        bool brace = next_is(p, '{');

        if (accept(p, "\\Q")) {
            parse_quoted(p);
            last = p->r->n > from ? p->r->n - 1 : last;
        } else if (parse_item(p)) {
            last = from;
        }
        if (last != NOTHING && !brace)
            parse_repeats(p, last);
        else if (parse_operator(p, &min, &max))
            fail(p, brace ? BAD_NESTING : NO_ARGUMENT);
    }
}

/* a|b|c: SPLIT a JUMP, SPLIT b JUMP, c; the jumps are aimed when the end is known. */
static void parse_alternatives(struct parser *p)
{
    int32_t from = p->r->n, jump = -1;

    parse_sequence(p);
    while (accept(p, "|")) {
        insert(p, from, REGEX_SPLIT, p->r->n - from + 2);
        emit(p, REGEX_JUMP)->to = jump; /* for now: the jump before this one */
        jump = p->r->n - 1;
        from = p->r->n;
        parse_sequence(p);
    }
    while (jump >= 0 && !p->fault) {
        int32_t before = p->r->code[jump].to;

        p->r->code[jump].to = p->r->n - jump;
        jump = before;
    }
}

err_t regex_compile(struct regex *r, struct str pattern, struct why *reterr)
{
    struct parser p = { .r = r, .s = pattern };

    parse_alternatives(&p);
    if (next_is(&p, ')'))
        fail(&p, UNEXPECTED_PAREN);
    (void)emit(&p, REGEX_MATCH);
    return p.fault ? why(reterr, ERR_INVALID, "%s", p.fault) : ERR_OK;
}

/* err - the one list of failures.
 *
 * Three kinds, three answers (docs/architecture.md, "errors"):
 *   a peer or user is wrong  -> err_t plus a sentence in struct why
 *   the world failed         -> err_t; the module enters a broken state if memory
 *                               and disk may now disagree
 *   we are wrong             -> INVARIANT (common/invariant.h)
 *
 * Nobody below a shell logs: the edge that answers maps err_t to its protocol in
 * a `switch` without `default`, so a new error does not compile until every
 * protocol says what it means. */
#ifndef KLAMM_COMMON_ERR_H
#define KLAMM_COMMON_ERR_H

#define ERR_LIST(X)                                                         \
    X(OK, "ok")                                                             \
    X(NOMEM, "out of memory")                                               \
    X(IO, "storage failed")                                                 \
    X(NO_SPACE, "no space left on the volume")                              \
    X(CORRUPT, "stored bytes do not match their checksum or format")        \
    X(MALFORMED, "peer sent bytes that do not parse")                       \
    X(TOO_LARGE, "larger than the limit")                                   \
    X(INVALID, "a value breaks a rule")                                     \
    X(UNSUPPORTED, "not supported here")                                    \
    X(NOT_FOUND, "no such thing")                                           \
    X(EXISTS, "already there")                                              \
    X(CONFLICT, "another change was first")                                 \
    X(UNAUTHENTICATED, "credentials missing or wrong")                      \
    X(FORBIDDEN, "not allowed")                                             \
    X(OUT_OF_RANGE, "offset outside of what is stored")                     \
    X(NOT_LEADER, "this node does not lead")                                \
    X(STALE, "an older epoch or revision than the current one")             \
    X(BUSY, "a bound is reached, try again")                                \
    X(TIMEOUT, "not done in time")                                          \
    X(UNREACHABLE, "peer cannot be reached")                                \
    X(CLOSED, "peer closed the connection")                                 \
    X(AGAIN, "not now, more input or time is needed")

#define ERR_ENUM(name, text) ERR_##name,
typedef enum err { ERR_LIST(ERR_ENUM) } err_t;
#undef ERR_ENUM

/* The sentence of the list above; never NULL. */
const char *err_text(err_t e);

/* The enumerator's name without prefix, such as "NO_SPACE"; never NULL. */
const char *err_name(err_t e);

/* The failure that an errno value stands for (ENOSPC and EDQUOT are NO_SPACE,
 * ENOENT is NOT_FOUND, EEXIST is EXISTS, ECONNREFUSED and kin are UNREACHABLE,
 * anything else IO). 0 is OK. */
err_t err_from_errno(int error);

/* One sentence for humans: which field, which value, which rule. */
struct why {
    char text[384];
};

/* Fills `reterr` (NULL is fine) by printf rules, cut at its size, and returns `e`,
 * so that a refusal is one line: `return why(reterr, ERR_INVALID, "...", ...)`. */
err_t why(struct why *reterr, err_t e, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif

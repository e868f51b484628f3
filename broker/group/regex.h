/* regex - regular expressions of RE2's syntax that match whole topic names.
 *
 * Topic names are ASCII, so sets are of ASCII characters; what an expression says about others is
 * checked and then can match nothing. Expressions are compiled to a program that is run for all
 * its threads at once, so matching takes time in proportion to the name and the program, never
 * more. What refuses an expression is told in the words of RE2/J, as Apache Kafka tells it.
 *
 *   x y   x|y   x* x+ x? x{n,m} (lazy too)   (x) (?:x) (?i:x) (?P<n>x) (?<n>x)   . [a-z] [^a-z]
 *   \d \w \s \pL \p{Greek} [[:alpha:]]   ^ $ \A \z \b \B   \Q...\E   \t \x41 \x{41} \101 */
#ifndef KLAMM_BROKER_GROUP_REGEX_H
#define KLAMM_BROKER_GROUP_REGEX_H

#include "common/err.h"
#include "common/slice.h"

struct regex;

/* ERR_INVALID with `reterr` when it is no expression, or a larger one than is allowed. */
err_t regex_new(struct str pattern, struct regex **ret, struct why *reterr);
/* NULL is fine; returns NULL. */
struct regex *regex_free(struct regex *r);
bool regex_matches(const struct regex *r, struct str text);

/* True when `pattern` is no expression; `ret` says why. */
bool regex_fault(struct str pattern, struct why *ret);

#endif

/* properties - Java's key-value files (server.properties, meta.properties).
 *
 *   line      = blank | comment | key [separator] value
 *   comment   = '#' or '!' first
 *   separator = '=' or ':' or white space, with white space around
 *   \ at the end of a line joins the next one without its leading white space;
 *   \t \n \r \f \uXXXX are what they say, any other \x is x
 *
 * A key given twice keeps its last value and its first place. Bytes above 127 are
 * kept as they are (UTF-8); \uXXXX becomes UTF-8. */
#ifndef KLAMM_COMMON_PROPERTIES_H
#define KLAMM_COMMON_PROPERTIES_H

#include "common/err.h"
#include "common/mem.h"
#include "common/slice.h"

struct properties;

/* ERR_MALFORMED for a bad \u escape or a NUL byte; `reterr` names the line. */
err_t properties_parse(struct str text, struct properties **ret, struct why *reterr);
/* Reads `path` (at most 1 MiB) and parses. */
err_t properties_read(const char *path, struct properties **ret, struct why *reterr);
/* NULL is fine. Always returns NULL. */
struct properties *properties_free(struct properties *p);
DEFINE_OWNED(properties)

/* NULL when absent; lives as long as `p` or until the key is set. */
const char *properties_get(const struct properties *p, const char *key);
void properties_set(struct properties *p, const char *key, const char *value);
size_t properties_n(const struct properties *p);
/* The i-th in the file's order, i < properties_n. */
const char *properties_key(const struct properties *p, size_t i);
const char *properties_value(const struct properties *p, size_t i);

#endif

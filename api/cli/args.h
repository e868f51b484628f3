/* args - the command line of one `klamm` command, against the table of what it takes.
 *
 *   klamm GROUP [NAME] ARGUMENT... --option value --option=value --flag
 *
 * Options may stand anywhere; `--` ends them. An unknown option is refused by name. */
#ifndef KLAMM_API_CLI_ARGS_H
#define KLAMM_API_CLI_ARGS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"

enum { ARGS_MAX = 64 };

struct cli_option {
    const char *name;  /* without the dashes; NULL ends a table */
    const char *value; /* what stands for the value in the help; NULL for a flag */
    const char *help;
};

struct args {
    const char *positional[ARGS_MAX];
    unsigned positional_n;
    struct {
        const char *name, *value;
    } options[ARGS_MAX];
    unsigned options_n;
};

/* `tables`: NULL-ended list of option tables. Texts are borrowed from argv for the life of `ret`.
 * ERR_INVALID names the word. */
err_t args_parse(int argc, char **argv, const struct cli_option *const *tables, struct args *ret,
                 struct why *reterr);

/* The last value given, or NULL; a flag's value is "". */
const char *args_get(const struct args *a, const char *name);
/* The `nth` value of an option that may stand several times, or NULL. */
const char *args_nth(const struct args *a, const char *name, unsigned nth);

/* A whole number in [least, most]; `ret` is left alone when the option is not there. */
err_t args_number(const struct args *a, const char *name, int64_t least, int64_t most, int64_t *ret,
                  struct why *reterr);

#endif

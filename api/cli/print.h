/* print - results for people: columns as wide as their widest cell. */
#ifndef KLAMM_API_CLI_PRINT_H
#define KLAMM_API_CLI_PRINT_H

#include <jansson.h>

enum { TABLE_COLUMNS_MAX = 8 };

struct table_column {
    const char *title, *path; /* path as cli_text takes it; a NULL title ends */
};

/* One line per member of `rows` under a line of titles. */
void print_table(const struct table_column *columns, const json_t *rows);
/* `title:  value` lines of one object; empty values are left out. */
void print_fields(const struct table_column *fields, const json_t *o);

#endif

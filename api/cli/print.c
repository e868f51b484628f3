#include "api/cli/print.h"

#include <stdio.h>

#include "api/cli/cli.h"

const json_t *cli_at(const json_t *o, const char *path)
{
    while (*path) {
        size_t n = strcspn(path, ".");

        o = json_object_getn(o, path, n);
        path += n + (path[n] == '.');
    }
    return o;
}

const char *cli_text(const json_t *o, const char *path)
{
    static char ring[8][32];
    static unsigned next;
    const json_t *v = cli_at(o, path);
    char *text = ring[next++ % 8];

    if (json_is_string(v))
        return json_string_value(v);
    if (json_is_integer(v))
        snprintf(text, sizeof(ring[0]), "%lld", (long long)json_integer_value(v));
    else if (json_is_real(v))
        snprintf(text, sizeof(ring[0]), "%.15g", json_real_value(v));
    else if (json_is_boolean(v))
        snprintf(text, sizeof(ring[0]), "%s", json_is_true(v) ? "true" : "false");
    else
        return "";
    return text;
}

void cli_print_json(const json_t *o)
{
    json_dumpf(o, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY);
    putchar('\n');
}

static size_t width(const struct table_column *column, const json_t *rows)
{
    size_t widest = strlen(column->title), i;
    json_t *row;

    json_array_foreach (rows, i, row) {
        size_t n = strlen(cli_text(row, column->path));

        if (n > widest)
            widest = n;
    }
    return widest;
}

/* The last column is not padded: no blanks at line ends. */
static void cell(const char *text, size_t wide, bool last)
{
    printf("%-*s%s", last ? 0 : (int)wide, text, last ? "\n" : "  ");
}

void print_table(const struct table_column *columns, const json_t *rows)
{
    size_t wide[TABLE_COLUMNS_MAX], i;
    unsigned n = 0;
    json_t *row;

    for (; columns[n].title; n++)
        wide[n] = width(&columns[n], rows);
    for (unsigned at = 0; at < n; at++)
        cell(columns[at].title, wide[at], at + 1 == n);
    json_array_foreach (rows, i, row)
        for (unsigned at = 0; at < n; at++)
            cell(cli_text(row, columns[at].path), wide[at], at + 1 == n);
}

void print_fields(const struct table_column *fields, const json_t *o)
{
    size_t wide = 0;

    for (const struct table_column *f = fields; f->title; f++)
        if (strlen(f->title) > wide)
            wide = strlen(f->title);
    for (const struct table_column *f = fields; f->title; f++)
        if (*cli_text(o, f->path))
            printf("%-*s  %s\n", (int)wide, f->title, cli_text(o, f->path));
}

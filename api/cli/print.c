#include "api/cli/print.h"

#include <stdio.h>
#include <strings.h>

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

/* --- YAML: blocks, with JSON's scalars --- */

static bool prints_yaml;

bool cli_set_output(struct cli *c, const char *form)
{
    prints_yaml = form && strcmp(form, "yaml") == 0;
    c->json = prints_yaml || (form && strcmp(form, "json") == 0);
    return !form || c->json || strcmp(form, "table") == 0;
}

static bool is_empty(const json_t *o)
{
    return !json_object_size(o) && !json_array_size(o);
}

static void yaml_value(const json_t *o, int depth, bool in_list);

static void yaml_scalar(const json_t *o)
{
    json_dumpf(o, stdout, JSON_ENCODE_ANY | JSON_COMPACT);
    putchar('\n');
}

/* Bare when no reader can take it for anything but text. */
static void yaml_key(const char *key)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    static const char *const words[] = { "true", "false", "null", "yes", "no", "on", "off", "y", "n" };
    bool bare = *key && !key[strspn(key, letters)];
    json_t *name = json_string(key);

    for (unsigned i = 0; i < ARRAY_LEN(words); i++)
        bare = bare && strcasecmp(key, words[i]) != 0;
    if (bare)
        printf("%s:", key);
    else
        json_dumpf(name, stdout, JSON_ENCODE_ANY);
    if (!bare)
        putchar(':');
    json_decref(name);
}

/* The first member of an item stands on the line of its dash. */
static void yaml_object(const json_t *o, int depth, bool in_list)
{
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)(uintptr_t)o, key, value) {
        printf("%*s", in_list ? 0 : 2 * depth, "");
        in_list = false;
        yaml_key(key);
        yaml_value(value, depth + 1, false);
    }
}

static void yaml_list(const json_t *o, int depth)
{
    const json_t *value;
    size_t i;

    json_array_foreach ((json_t *)(uintptr_t)o, i, value) {
        printf("%*s-", 2 * depth, "");
        yaml_value(value, depth + 1, true);
    }
}

/* Behind "name:" or a dash. */
static void yaml_value(const json_t *o, int depth, bool in_list)
{
    if (is_empty(o)) {
        putchar(' ');
        yaml_scalar(o);
        return;
    }
    putchar(in_list && json_is_object(o) ? ' ' : '\n');
    if (json_is_object(o))
        yaml_object(o, depth, in_list);
    else
        yaml_list(o, depth);
}

static void print_yaml(const json_t *o)
{
    if (is_empty(o))
        yaml_scalar(o);
    else if (json_is_object(o))
        yaml_object(o, 0, false);
    else
        yaml_list(o, 0);
}

void cli_print_line(const json_t *o)
{
    printf("%s", prints_yaml ? "- " : "");
    json_dumpf(o, stdout, JSON_COMPACT);
    putchar('\n');
}

void cli_print_json(const json_t *o)
{
    if (prints_yaml) {
        print_yaml(o);
        return;
    }
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

/* klamm - the command line of the MSK API, and `klamm dev`. */
#include <stdio.h>
#include <string.h>

#include "api/cli/commands.h"

static void print_options(const struct cli_option *o)
{
    for (; o && o->name; o++) {
        OWNED_MEM char *head = cli_option_head(o);

        printf("  %-26s %s\n", head, o->help);
    }
}

static int print_help(void)
{
    const struct cli_command *k;

    printf("usage: klamm COMMAND ... [--help]\n\n");
    for (unsigned i = 0; (k = cli_command_at(i)); i++)
        printf("  %-17s %-23s %s\n", k->words, k->arguments, k->summary);
    printf("  %-17s %-23s %s\n", "plan", "COMMAND ...", "the same as COMMAND ... --dry-run");
    printf("\nCLUSTER is a name or an ARN. Options of every command:\n");
    print_options(cli_common_options);
    printf("\n%s", cli_exit_codes);
    return CLI_OK;
}

static int print_command_help(const struct cli_command *k)
{
    printf("usage: klamm %s %s [OPTION...]\n\n%s\n", k->words, k->arguments, k->summary);
    if (k->help)
        printf("\n%s\n", k->help);
    printf("\nOptions:\n");
    print_options(k->options);
    print_options(k->local ? NULL : cli_common_options);
    printf("\n%s", cli_exit_codes);
    return CLI_OK;
}

/* How many of argv's words the command's own words take; 0: it is another command. */
static int words_taken(const struct cli_command *k, int argc, char **argv)
{
    const char *space = strchr(k->words, ' ');
    size_t first = space ? (size_t)(space - k->words) : strlen(k->words);

    if (argc < 1 || strlen(argv[0]) != first || memcmp(argv[0], k->words, first) != 0)
        return 0;
    if (!space)
        return 1;
    return argc > 1 && strcmp(argv[1], space + 1) == 0 ? 2 : 0;
}

/* How the program ends: a plan is a success, and to ask for one of what changes nothing is a mistake. */
static int exit_of(const struct cli *c, const struct cli_command *k, int code)
{
    if (code == CLI_PLANNED)
        return CLI_OK;
    if (code == CLI_OK && c->dry)
        return cli_fail(CLI_USAGE, "`klamm %s` changes nothing: it has no plan", k->words);
    return code;
}

static int run(const struct cli_command *k, int argc, char **argv, bool dry)
{
    const struct cli_option *tables[] = { k->local ? k->options : cli_common_options,
                                          k->local ? NULL : k->options, NULL };
    struct args args;
    struct cli c = { .args = &args };
    struct why reason;
    int code;

    if (args_parse(argc, argv, tables, &args, &reason))
        return cli_fail(CLI_USAGE, "%s; `klamm %s --help` shows the options", reason.text,
                        k->words);
    if (args_get(&args, "help"))
        return print_command_help(k);
    if (args.positional_n < k->least || args.positional_n > k->most)
        return cli_fail(CLI_USAGE, "usage: klamm %s %s; `--help` shows more", k->words,
                        k->arguments);
    if (!cli_set_output(&c, args_get(&args, "output")))
        return cli_fail(CLI_USAGE, "--output: '%s' must be table, json or yaml", args_get(&args, "output"));
    c.dry = dry || args_get(&args, "dry-run");
    if (c.dry && k->local)
        return cli_fail(CLI_USAGE, "`klamm %s` has no plan", k->words);
    code = k->local ? CLI_OK : cli_connect(&c);
    if (!code)
        code = k->run(&c);
    rest_client_free(c.client);
    return exit_of(&c, k, code);
}

int main(int argc, char **argv)
{
    bool dry = argc > 1 && strcmp(argv[1], "plan") == 0;
    const struct cli_command *k;

    argc -= dry;
    argv += dry;
    if (argc < 2)
        return cli_fail(CLI_USAGE, "no command; `klamm --help` lists them");
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0)
        return print_help();
    for (unsigned i = 0; (k = cli_command_at(i)); i++) {
        int taken = words_taken(k, argc - 1, argv + 1);

        if (taken)
            return run(k, argc - 1 - taken, argv + 1 + taken, dry);
    }
    return cli_fail(CLI_USAGE, "unknown command '%s%s%s'; `klamm --help` lists them", argv[1],
                    argc > 2 ? " " : "", argc > 2 ? argv[2] : "");
}

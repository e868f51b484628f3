#include "tests/lib/test.h"

#include <string.h>

#include "api/cli/commands.h"

static void every_command_is_there_once_and_says_what_it_is(void **state)
{
    const struct cli_command *k, *other;

    (void)state;
    for (unsigned i = 0; (k = cli_command_at(i)); i++) {
        for (unsigned n = 0; n < i && (other = cli_command_at(n)); n++)
            assert_string_not_equal(k->words, other->words);
        assert_true(strlen(k->summary) > 5);
        assert_non_null(k->run);
        assert_true(k->least <= k->most && k->most <= ARGS_MAX);
    }
}

/* A command's options do not hide those of all commands. */
static void no_option_is_there_twice(void **state)
{
    const struct cli_command *k;

    (void)state;
    for (unsigned i = 0; (k = cli_command_at(i)); i++)
        for (const struct cli_option *o = k->options; o && o->name; o++) {
            for (const struct cli_option *p = cli_common_options; !k->local && p->name; p++)
                assert_string_not_equal(o->name, p->name);
            for (const struct cli_option *p = k->options; p != o; p++)
                assert_string_not_equal(o->name, p->name);
        }
}

static void the_manual_names_every_command_and_option(void **state)
{
    const struct cli_command *k;
    OWNED_BUF text = { 0 };

    (void)state;
    cli_man(&text);
    for (unsigned i = 0; (k = cli_command_at(i)); i++) {
        OWNED_MEM char *head = mem_printf("\n.SS \"klamm %s%s%s\"\n", k->words,
                                          *k->arguments ? " " : "", k->arguments);
        const char *at = strstr(buf_text(&text), head);

        if (!at)
            fail_msg("the manual has no %s", k->words);
        for (const struct cli_option *o = k->options; o && o->name; o++)
            assert_non_null(strstr(at, "\n.TP\n.B \\-\\-"));
    }
    assert_non_null(strstr(buf_text(&text), ".SH EXIT STATUS\nExit codes: 0 done"));
}

static void expect_all(const struct buf *script, const char *before, const char *after)
{
    const struct cli_command *k;

    for (unsigned i = 0; (k = cli_command_at(i)); i++) {
        const char *space = strchr(k->words, ' ');
        OWNED_MEM char *pattern =
            mem_printf("%s%s)", space ? "        " : "    ", space ? space + 1 : k->words);
        OWNED_MEM char *word = mem_printf("%s%s%s", before, space ? space + 1 : k->words, after);

        assert_non_null(strstr((const char *)script->p, pattern));
        assert_non_null(strstr((const char *)script->p, word));
    }
}

static void both_shells_complete_every_command(void **state)
{
    OWNED_BUF bash = { 0 };
    OWNED_BUF zsh = { 0 };

    (void)state;
    cli_completion_bash(&bash);
    buf_put_u8(&bash, 0);
    cli_completion_zsh(&zsh);
    buf_put_u8(&zsh, 0);
    expect_all(&bash, " ", "");
    expect_all(&zsh, "'", ":");
}

TEST_MAIN(TEST(every_command_is_there_once_and_says_what_it_is), TEST(no_option_is_there_twice),
          TEST(the_manual_names_every_command_and_option), TEST(both_shells_complete_every_command))

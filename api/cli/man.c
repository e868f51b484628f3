/* klamm(1), made of the table of commands. */
#include <string.h>

#include "api/cli/commands.h"

/* Text as roff takes it: no line begins with a control character, backslashes and minus signs stay. */
static void put_text(struct buf *b, const char *text)
{
    bool begins = true;

    for (; *text; text++) {
        if (begins && (*text == '.' || *text == '\''))
            buf_printf(b, "\\&");
        begins = *text == '\n';
        if (*text == '\\')
            buf_printf(b, "\\e");
        else if (*text == '-')
            buf_printf(b, "\\-");
        else
            buf_printf(b, "%c", *text);
    }
}

static void put_option(struct buf *b, const struct cli_option *o)
{
    OWNED_MEM char *head = cli_option_head(o);

    buf_printf(b, ".TP\n.B ");
    put_text(b, head);
    buf_printf(b, "\n");
    put_text(b, o->help);
    buf_printf(b, "\n");
}

static void put_options(struct buf *b, const struct cli_option *o)
{
    for (; o && o->name; o++)
        put_option(b, o);
}

static void put_command(struct buf *b, const struct cli_command *k)
{
    buf_printf(b, ".SS \"klamm %s", k->words);
    if (*k->arguments)
        buf_printf(b, " %s", k->arguments);
    buf_printf(b, "\"\n");
    put_text(b, k->summary);
    buf_printf(b, ".\n");
    if (k->help) {
        buf_printf(b, ".PP\n");
        put_text(b, k->help);
        buf_printf(b, "\n");
    }
    put_options(b, k->options);
}

void cli_man(struct buf *b)
{
    const struct cli_command *k;

    buf_printf(b,
               ".\\\" made by `klamm man`\n.TH KLAMM 1 \"\" klamm \"klamm manual\"\n.SH NAME\n"
               "klamm \\- managed Kafka clusters on machines of your own, from the command "
               "line\n.SH SYNOPSIS\n"
               ".B klamm\n.I COMMAND\n[ARGUMENT...] [OPTION...]\n.br\n.B klamm plan\n.I COMMAND\n"
               "[ARGUMENT...] [OPTION...]\n.SH DESCRIPTION\n"
               "klamm calls the REST API of klammd, which is that of Amazon MSK. CLUSTER is a name "
               "or an ARN.\n"
               "Commands that begin an operation follow it to its end. klamm plan prints what a "
               "command would do,\n"
               "and does nothing.\n.SH COMMANDS\n");
    for (unsigned i = 0; (k = cli_command_at(i)); i++)
        put_command(b, k);
    buf_printf(b, ".SH OPTIONS\nOf every command but those that need no klammd:\n");
    put_options(b, cli_common_options);
    buf_printf(b, ".SH EXIT STATUS\n");
    put_text(b, cli_exit_codes);
    buf_printf(b,
               ".SH ENVIRONMENT\nKLAMM_ENDPOINT, KLAMM_CREDENTIALS_FILE, and of the AWS tools "
               "AWS_ENDPOINT_URL_KAFKA,\n"
               "AWS_ENDPOINT_URL, AWS_REGION, AWS_DEFAULT_REGION, AWS_PROFILE, AWS_ACCESS_KEY_ID,\n"
               "AWS_SECRET_ACCESS_KEY, AWS_SHARED_CREDENTIALS_FILE, AWS_CA_BUNDLE.\n");
}

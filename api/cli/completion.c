/* Completion scripts, made of the table of commands. */
#include <string.h>

#include "api/cli/commands.h"

/* --- walking the table --- */

static size_t first_word(const struct cli_command *k)
{
    return strcspn(k->words, " ");
}

static bool same_first(const struct cli_command *a, const struct cli_command *b)
{
    return first_word(a) == first_word(b) && strncmp(a->words, b->words, first_word(a)) == 0;
}

/* No command before it has its first word. */
static bool is_first(const struct cli_command *k)
{
    const struct cli_command *other;

    for (unsigned i = 0; (other = cli_command_at(i)) && other != k; i++)
        if (same_first(other, k))
            return false;
    return true;
}

static bool takes_cluster(const struct cli_command *k)
{
    return strncmp(k->arguments, "CLUSTER", 7) == 0;
}

typedef void put_option(struct buf *b, const struct cli_option *o);

static void put_options(struct buf *b, const struct cli_command *k, put_option *put)
{
    for (const struct cli_option *o = k->options; o && o->name; o++)
        put(b, o);
    for (const struct cli_option *o = k->local ? NULL : cli_common_options; o && o->name; o++)
        put(b, o);
}

/* --- bash --- */

static void put_word(struct buf *b, const struct cli_option *o)
{
    buf_printf(b, " --%s", o->name);
}

/* What stands behind an option: files, nothing that can be known, or no value at all. */
static void put_values(struct buf *b, bool files)
{
    const struct cli_command *k;
    bool any = false;

    for (unsigned i = 0; (k = cli_command_at(i)); i++)
        for (const struct cli_option *o = k->options; o && o->name; o++) {
            bool is_file = o->value && (strcmp(o->value, "FILE") == 0 || strcmp(o->value, "PATH") == 0 ||
                                        strcmp(o->value, "DIR") == 0);

            if (!o->value || is_file != files)
                continue;
            buf_printf(b, "%s--%s", any ? "|" : "", o->name);
            any = true;
        }
}

static void put_bash_values(struct buf *b)
{
    buf_printf(b, "    case $prev in\n    -o|--output) COMPREPLY=($(compgen -W 'table json yaml' "
                  "-- \"$cur\")); return;;\n"
                  "    --credentials|--ca-file|");
    put_values(b, true);
    buf_printf(b, ") COMPREPLY=($(compgen -f -- \"$cur\")); return;;\n    --endpoint|--region|--profile|");
    put_values(b, false);
    buf_printf(b, ") return;;\n    esac\n");
}

static void put_bash_options(struct buf *b, const struct cli_command *k, const char *indent,
                             const char *pattern)
{
    buf_printf(b, "%s%s) %swords='", indent, pattern, takes_cluster(k) ? "takes=CLUSTER " : "");
    put_options(b, k, put_word);
    buf_printf(b, "';;\n");
}

static void put_bash_group(struct buf *b, const struct cli_command *group)
{
    const struct cli_command *k;

    buf_printf(b, "    %.*s)\n        depth=2 words='", (int)first_word(group), group->words);
    for (unsigned i = 0; (k = cli_command_at(i)); i++)
        if (same_first(k, group))
            buf_printf(b, " %s", k->words + first_word(k) + 1);
    buf_printf(b, "'\n        [ \"$COMP_CWORD\" -gt $((at + 1)) ] && case ${COMP_WORDS[at + 1]} in\n");
    for (unsigned i = 0; (k = cli_command_at(i)); i++)
        if (same_first(k, group))
            put_bash_options(b, k, "        ", k->words + first_word(k) + 1);
    buf_printf(b, "        *) words=;;\n        esac;;\n");
}

static void put_first_words(struct buf *b)
{
    const struct cli_command *k;

    buf_printf(b, "plan help");
    for (unsigned i = 0; (k = cli_command_at(i)); i++)
        if (is_first(k))
            buf_printf(b, " %.*s", (int)first_word(k), k->words);
}

void cli_completion_bash(struct buf *b)
{
    const struct cli_command *k;

    buf_printf(b, "# bash completion for klamm, made by `klamm completion bash`\n_klamm() {\n"
                  "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} at=1 "
                  "depth=1 words= takes=\n"
                  "    COMPREPLY=()\n"
                  "    [ \"${COMP_WORDS[1]}\" = plan ] && [ \"$COMP_CWORD\" -gt 1 ] && at=2\n");
    put_bash_values(b);
    buf_printf(b, "    if [ \"$COMP_CWORD\" -eq $at ]; then\n        COMPREPLY=($(compgen -W '");
    put_first_words(b);
    buf_printf(b, "' -- \"$cur\"))\n        return\n    fi\n    case ${COMP_WORDS[at]} in\n");
    for (unsigned i = 0; (k = cli_command_at(i)); i++)
        if (is_first(k) && k->words[first_word(k)])
            put_bash_group(b, k);
        else if (is_first(k))
            put_bash_options(b, k, "    ", k->words);
    buf_printf(
        b, "    esac\n"
           "    if [ \"$takes\" ] && [ \"$COMP_CWORD\" -eq $((at + depth)) ] && [ \"${cur#-}\" = "
           "\"$cur\" ]; then\n"
           "        words=$(klamm cluster list 2>/dev/null | sed -n '2,$s/ .*//p')\n    fi\n"
           "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n}\ncomplete -F _klamm klamm\n");
}

/* --- zsh: the same with what each word is for --- */

/* Inside of '...', a ':' parts a word from its description. */
static void put_described(struct buf *b, const char *text)
{
    for (; *text; text++) {
        if (*text == '\'')
            buf_printf(b, "'\\''");
        else
            buf_printf(b, "%s%c", *text == ':' ? "\\" : "", *text);
    }
}

static void put_pair(struct buf *b, const char *word, size_t n, const char *text)
{
    buf_printf(b, " '%.*s:", (int)n, word);
    put_described(b, text);
    buf_printf(b, "'");
}

static void put_option_pair(struct buf *b, const struct cli_option *o)
{
    OWNED_MEM char *word = mem_printf("--%s", o->name);

    put_pair(b, word, strlen(word), o->help);
}

static void put_zsh_options(struct buf *b, const struct cli_command *k, const char *indent,
                            const char *pattern)
{
    buf_printf(b, "%s%s) %sfound=(", indent, pattern, takes_cluster(k) ? "takes=CLUSTER " : "");
    put_options(b, k, put_option_pair);
    buf_printf(b, ");;\n");
}

static void put_zsh_group(struct buf *b, const struct cli_command *group)
{
    const struct cli_command *k;

    buf_printf(b, "    %.*s)\n        depth=2 found=(", (int)first_word(group), group->words);
    for (unsigned i = 0; (k = cli_command_at(i)); i++)
        if (same_first(k, group))
            put_pair(b, k->words + first_word(k) + 1, strlen(k->words) - first_word(k) - 1, k->summary);
    buf_printf(b, ")\n        (( CURRENT > at + 1 )) && case ${words[at + 1]} in\n");
    for (unsigned i = 0; (k = cli_command_at(i)); i++)
        if (same_first(k, group))
            put_zsh_options(b, k, "        ", k->words + first_word(k) + 1);
    buf_printf(b, "        *) found=();;\n        esac;;\n");
}

static void put_zsh_first(struct buf *b)
{
    const struct cli_command *k;

    put_pair(b, "plan", 4, "what a command would do, and nothing more");
    put_pair(b, "help", 4, "all commands");
    for (unsigned i = 0; (k = cli_command_at(i)); i++)
        if (is_first(k))
            put_pair(b, k->words, first_word(k), k->words[first_word(k)] ? "..." : k->summary);
}

void cli_completion_zsh(struct buf *b)
{
    const struct cli_command *k;

    buf_printf(b, "#compdef klamm\n# zsh completion for klamm, made by `klamm completion zsh`\n_klamm() {\n"
                  "    local at=2 depth=1 takes=\n    local -a found clusters\n"
                  "    [[ ${words[2]} == plan ]] && (( CURRENT > 2 )) && at=3\n"
                  "    case ${words[CURRENT - 1]} in\n"
                  "    -o|--output) compadd table json yaml; return;;\n    --credentials|--ca-file|");
    put_values(b, true);
    buf_printf(b, ") _files; return;;\n    esac\n    if (( CURRENT == at )); then\n        found=(");
    put_zsh_first(b);
    buf_printf(b, ")\n        _describe command found\n        return\n    fi\n    case ${words[at]} in\n");
    for (unsigned i = 0; (k = cli_command_at(i)); i++)
        if (is_first(k) && k->words[first_word(k)])
            put_zsh_group(b, k);
        else if (is_first(k))
            put_zsh_options(b, k, "    ", k->words);
    buf_printf(b, "    esac\n    if [[ -n $takes ]] && (( CURRENT == at + depth )); then\n"
                  "        clusters=(${(f)\"$(klamm cluster list 2>/dev/null | sed -n '2,$s/ .*//p')\"})\n"
                  "        compadd -a clusters\n    fi\n    _describe word found\n}\n_klamm \"$@\"\n");
}

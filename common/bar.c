#include "common/bar.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/mem.h"

void bar_init(struct bar *b)
{
    *b = (struct bar){ .terminal = isatty(STDERR_FILENO) };
}

void bar_draw(size_t done, size_t all, char ret[BAR_WIDTH + 3])
{
    size_t full = !all ? 0 : done >= all ? BAR_WIDTH : done * BAR_WIDTH / all;

    ret[0] = '[';
    memset(ret + 1, '#', full);
    memset(ret + 1 + full, '-', BAR_WIDTH - full);
    ret[BAR_WIDTH + 1] = ']';
    ret[BAR_WIDTH + 2] = '\0';
}

/* True once a text. */
static bool is_new(struct bar *b, const char *text)
{
    bool another = !b->said || strcmp(b->said, text) != 0;

    if (another) {
        mem_free(b->said);
        b->said = mem_strdup(text);
    }
    return another;
}

void bar_show(struct bar *b, size_t done, size_t all, const char *text)
{
    char drawn[BAR_WIDTH + 3];

    if (!is_new(b, text))
        return;
    if (!b->terminal) {
        fprintf(stderr, "%s\n", text);
        return;
    }
    bar_draw(done, all, drawn);
    fprintf(stderr, "\r%s %.*s\x1b[K", drawn, 80, text); /* to the end of the line */
    fflush(stderr);
    b->drawn = true;
}

void bar_done(struct bar *b)
{
    if (b->drawn)
        fprintf(stderr, "\r\x1b[K");
    mem_free(b->said);
    *b = (struct bar){ .terminal = b->terminal };
}

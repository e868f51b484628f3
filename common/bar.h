/* bar - how far something is: one line that is drawn anew on a terminal, elsewhere each new text once.
 * On standard error, so that results stay alone on standard output. */
#ifndef KLAMM_COMMON_BAR_H
#define KLAMM_COMMON_BAR_H

#include <stdbool.h>
#include <stddef.h>

enum { BAR_WIDTH = 30 };

struct bar {
    bool terminal; /* standard error is one */
    bool drawn;
    char *said;
};

/* The zero struct with `terminal` set is fine too. */
void bar_init(struct bar *b);
/* `done` of `all` (0: not known), and the text beside it. */
void bar_show(struct bar *b, size_t done, size_t all, const char *text);
/* The line is left free for what comes. */
void bar_done(struct bar *b);

/* "[#####-----]", BAR_WIDTH wide, into `ret`. */
void bar_draw(size_t done, size_t all, char ret[BAR_WIDTH + 3]);

#endif

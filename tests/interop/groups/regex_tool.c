/* Reads an expression a line; "ok" and a bit for each name of the command line, or "bad" and why. */
#include <stdio.h>

#include "broker/group/regex.h"

enum { LINE_MAX_BYTES = 4096 };

int main(int argc, char **argv)
{
    char line[LINE_MAX_BYTES];

    while (fgets(line, sizeof(line), stdin)) {
        struct why why = { "" };
        struct regex *r = NULL;

        line[strcspn(line, "\n")] = 0;
        if (regex_new(str_of(line), &r, &why)) {
            printf("bad %s\n", why.text);
            continue;
        }
        printf("ok ");
        for (int i = 1; i < argc; i++)
            putchar(regex_matches(r, str_of(argv[i])) ? '1' : '0');
        putchar('\n');
        regex_free(r);
    }
    return 0;
}

/* replay - feeds files to a fuzz target, one after the other: what was found once is tested for ever.
 *
 *   <target> FILE|DIRECTORY...     closes with "N passed, 0 failed"; a failure aborts */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/fs.h"
#include "common/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILE_BYTES_MAX = 16 << 20 };

static int feed(const char *path)
{
    OWNED_MEM char *names = NULL;
    OWNED_BUF content = { 0 };
    int n = 0;

    if (fs_list(path, &names)) {
        if (fs_read_all(fs_posix(), path, FILE_BYTES_MAX, &content)) {
            fprintf(stderr, "replay: cannot read %s\n", path);
            exit(1);
        }
        fprintf(stderr, "%s\n", path);
        LLVMFuzzerTestOneInput(content.p ? content.p : (const uint8_t *)"", content.n);
        return 1;
    }
    for (const char *s = names; *s; s += strlen(s) + 1) {
        OWNED_MEM char *below = mem_printf("%s/%s", path, s);

        n += feed(below);
    }
    return n;
}

int main(int argc, char **argv)
{
    int n = 0;

    for (int i = 1; i < argc; i++)
        n += feed(argv[i]);
    printf("%d passed, 0 failed\n", n);
    return n == 0;
}

#include "agent/supervise/journal.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/mem.h"

enum { COPY_BYTES = 64 * 1024 };

static char *name_of(const char *dir, int age)
{
    return age ? mem_printf("%s/log.%d.txt", dir, age) : mem_printf("%s/log.txt", dir);
}

static bool write_all(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t done = write(fd, p, n);

        if (done < 0)
            return false;
        p += done;
        n -= (size_t)done;
    }
    return true;
}

static bool copy(int from, int to)
{
    char *block = mem_zero(COPY_BYTES);
    bool good = true;
    ssize_t n;

    while (good && (n = read(from, block, COPY_BYTES)) != 0)
        good = n > 0 && write_all(to, block, (size_t)n);
    mem_free(block);
    return good;
}

/* Into a name of its own first: the kept files move only for a whole copy. */
static bool copy_and_cut(const char *log, const char *tmp)
{
    int from = open(log, O_RDWR | O_CLOEXEC);
    int to = from < 0 ? -1 : open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool good = to >= 0 && copy(from, to) && ftruncate(from, 0) == 0;

    if (from >= 0)
        close(from);
    if (to >= 0)
        close(to);
    return good;
}

bool journal_rotate(const char *dir, int64_t bytes_max)
{
    OWNED_MEM char *log = name_of(dir, 0);
    OWNED_MEM char *newest = name_of(dir, 1);
    OWNED_MEM char *tmp = mem_printf("%s/log.tmp", dir);

    if (fs_size(log) <= bytes_max)
        return false;
    if (!copy_and_cut(log, tmp)) {
        (void)unlink(tmp);
        return false;
    }
    for (int age = JOURNAL_KEPT; age > 1; age--) {
        OWNED_MEM char *from = name_of(dir, age - 1);
        OWNED_MEM char *to = name_of(dir, age);

        (void)rename(from, to);
    }
    return rename(tmp, newest) == 0;
}

static size_t read_tail(const char *path, char *ret, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    off_t end = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
    off_t from = end > (off_t)size ? end - (off_t)size : 0;
    ssize_t n = fd < 0 ? 0 : pread(fd, ret, size, from);

    if (fd >= 0)
        close(fd);
    return n > 0 ? (size_t)n : 0;
}

bool journal_last_line(const char *dir, char *ret, size_t size)
{
    OWNED_MEM char *path = name_of(dir, 0);
    char tail[JOURNAL_TAIL];
    size_t end = read_tail(path, tail, sizeof(tail)), begin, n;

    while (end && (tail[end - 1] == '\n' || tail[end - 1] == ' '))
        end--;
    for (begin = end; begin && tail[begin - 1] != '\n'; begin--)
        ;
    n = end - begin < size - 1 ? end - begin : size - 1;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)tail[begin + i];

        ret[i] = (char)(c < ' ' ? ' ' : c == '"' ? '\'' : c);
    }
    ret[n] = '\0';
    return n > 0;
}

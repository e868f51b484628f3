#include "common/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static const char *const names[] = {
    [LOG_DEBUG] = "DEBUG", [LOG_INFO] = "INFO", [LOG_WARN] = "WARN", [LOG_ERROR] = "ERROR"
};
static _Atomic enum log_level least = LOG_INFO;

void log_level_set(enum log_level level)
{
    atomic_store(&least, level);
}

enum log_level log_level_now(void)
{
    return atomic_load(&least);
}

const char *log_level_name(enum log_level level)
{
    return names[level];
}

bool log_level_parse(struct str text, enum log_level *ret)
{
    static const char *const words[] = {
        [LOG_DEBUG] = "debug", [LOG_INFO] = "info", [LOG_WARN] = "warn", [LOG_ERROR] = "error"
    };

    for (int i = LOG_DEBUG; i <= LOG_ERROR; i++)
        if (str_is(text, words[i])) {
            *ret = (enum log_level)i;
            return true;
        }
    return false;
}

void log_event(enum log_level level, const char *event, const char *format, ...)
{
    char line[2048];
    struct timespec now;
    struct tm tm;
    va_list args;
    size_t n;
    int more;

    if (level < atomic_load(&least))
        return;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &tm);
    n = strftime(line, sizeof(line), "%Y-%m-%dT%H:%M:%S", &tm);
    n += (size_t)snprintf(line + n, sizeof(line) - n, ".%03ldZ %s %s ", now.tv_nsec / 1000000,
                          names[level], event);
    va_start(args, format);
    more = vsnprintf(line + n, sizeof(line) - n - 1, format, args);
    va_end(args);
    if (more > 0)
        n += (size_t)more < sizeof(line) - n - 1 ? (size_t)more : sizeof(line) - n - 2;
    line[n++] = '\n';
    /* Nothing can be done about a failing standard error. */
    if (write(STDERR_FILENO, line, n) < 0)
        return;
}

#include "common/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "common/log_json.h"

enum { LINE_BYTES = 2048, TIME_BYTES = 32 };

static const char *const names[] = {
    [LOG_DEBUG] = "DEBUG", [LOG_INFO] = "INFO", [LOG_WARN] = "WARN", [LOG_ERROR] = "ERROR"
};
static _Atomic enum log_level least = LOG_INFO;
static bool as_json; /* set before any thread */

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

bool log_format_from_environment(void)
{
    const char *wanted = getenv("KLAMM_LOG");

    as_json = wanted && strcmp(wanted, "json") == 0;
    if (!wanted || as_json || strcmp(wanted, "text") == 0)
        return true;
    log_event(LOG_WARN, "log_format_unknown", "KLAMM_LOG=%.32s reason=\"must be text or json\"", wanted);
    return false;
}

static void put_time(char ret[TIME_BYTES])
{
    struct timespec now;
    struct tm tm;
    size_t n;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &tm);
    n = strftime(ret, TIME_BYTES, "%Y-%m-%dT%H:%M:%S", &tm);
    (void)snprintf(ret + n, TIME_BYTES - n, ".%03ldZ", now.tv_nsec / 1000000);
}

static size_t put_line(char line[LINE_BYTES], const char *time, const char *severity, const char *event,
                       const char *format, va_list *args)
{
    size_t n = (size_t)snprintf(line, LINE_BYTES, "%s %s %s ", time, severity, event);
    int more = vsnprintf(line + n, LINE_BYTES - n - 1, format, *args);

    if (more > 0)
        n += (size_t)more < LINE_BYTES - n - 1 ? (size_t)more : LINE_BYTES - n - 2;
    line[n++] = '\n';
    return n;
}

void log_event(enum log_level level, const char *event, const char *format, ...)
{
    char line[LINE_BYTES], time[TIME_BYTES];
    va_list args;
    size_t n;

    if (level < atomic_load(&least))
        return;
    put_time(time);
    va_start(args, format);
    n = as_json ? log_json(line, sizeof(line), time, names[level], event, format, &args)
                : put_line(line, time, names[level], event, format, &args);
    va_end(args);
    /* Nothing can be done about a failing standard error. */
    if (write(STDERR_FILENO, line, n) < 0)
        return;
}

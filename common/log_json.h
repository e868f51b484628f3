/* log_json - an event of log.h as one line of JSON.
 *
 *   log_event(LOG_INFO, "listening", "listener=%s port=%u", ...)
 *   {"time":"2026-11-24T03:00:00.123Z","severity":"INFO","event":"listening","listener":"A","port":9092}
 *
 * The format says what the fields are, never the values: `key=` begins one, its value ends at the next
 * blank of the format, or with the quote when it begins with one. A value that is one integer conversion
 * is a number, all else is text, escaped, and U+FFFD where it is no UTF-8. Words without `=` are the
 * field "message". What does not fit is cut off so that the line is JSON all the same. Pure. */
#ifndef KLAMM_COMMON_LOG_JSON_H
#define KLAMM_COMMON_LOG_JSON_H

#include <stdarg.h>
#include <stddef.h>

/* Conversions of `format`: d i u x c s p f g with the length modifiers of C, `*` for width and precision.
 * Writes at most `size` (>= 256) bytes with the newline, without a NUL; returns how many. */
size_t log_json(char *line, size_t size, const char *time, const char *severity, const char *event,
                const char *format, va_list *args);

#endif

/* log - lines that are events with fields, written by shells only.
 *
 *   log_event(LOG_INFO, "segment_rolled", "topic=%s partition=%d base=%lld", ...)
 * prints one line on standard error:
 *   2026-11-24T03:00:00.123Z INFO segment_rolled topic=orders partition=3 base=1200
 *
 * or, when the environment says KLAMM_LOG=json, the same as a line of JSON (log_json.h).
 *
 * Secrets never go in. Each failure is logged once, by whoever decides about it. */
#ifndef KLAMM_COMMON_LOG_H
#define KLAMM_COMMON_LOG_H

#include <stdbool.h>

#include "common/slice.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* Events below `level` are dropped; the default is LOG_INFO. */
void log_level_set(enum log_level level);
enum log_level log_level_now(void);
const char *log_level_name(enum log_level level); /* as in the lines */
/* "debug", "info", "warn", "error"; false for anything else. */
bool log_level_parse(struct str text, enum log_level *ret);
/* KLAMM_LOG of the environment: "json", or "text" and absent for lines as above. False for anything else,
 * which is said in the log. For main, before any thread. */
bool log_format_from_environment(void);
/* One write(2) per line, at most 2 KiB; from any thread. */
void log_event(enum log_level level, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif

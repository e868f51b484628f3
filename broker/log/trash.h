/* trash - files and directories that are renamed out of the way already, to be removed
 * later on a background thread: unlinking a large file takes milliseconds.
 *
 * All functions from any thread. */
#ifndef KLAMM_BROKER_LOG_TRASH_H
#define KLAMM_BROKER_LOG_TRASH_H

#include <stdbool.h>
#include <stdint.h>

#include "common/fs.h"
#include "common/mem.h"

struct log_trash;

struct log_trash *log_trash_new(struct fs *fs);
/* NULL is fine; what is still in it stays on disk: the next start removes it. */
struct log_trash *log_trash_free(struct log_trash *t);
DEFINE_OWNED(log_trash)

/* `path` (copied), a file or a directory, goes at `due_ms` (wall clock). */
void log_trash_put(struct log_trash *t, const char *path, int64_t due_ms);
/* A directory that holds paths in the trash got a new name. */
void log_trash_renamed(struct log_trash *t, const char *from);
/* Removes up to `count` that are due; true when more are due. `all` disregards the dates:
 * the disk is full. Failures are dropped, the next start finds the files again. */
bool log_trash_sweep(struct log_trash *t, int64_t now_ms, int count, bool all);
int log_trash_count(struct log_trash *t);

#endif

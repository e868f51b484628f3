/* moving - replicas on their way from one log directory of this broker to another (KIP-113).
 *
 *   AlterReplicaLogDirs --> a future replica in the other directory (log_dir_open_future)
 *     --> copied a piece at a time (replica.alter.log.dirs.io.max.bytes.per.second)
 *     --> all but the end is there: synced, checkpointed
 *     --> in one turn: the end is copied, the future replica takes the name, the old directory goes,
 *         the partition goes on with its new log, the controller is told (directories_note)
 *
 * Whoever produces, fetches or waits notices nothing. The thread reads, writes and syncs; the reactor decides
 * where to read and makes the change. A move is gone when its replica is deleted or asked to go elsewhere; it
 * is taken up again after a restart, since the future replica is found where it lies (moving_opened). A crash
 * between the two renames leaves the replica twice, in the same state: directories.c keeps one.
 *
 * While a replica moves it is not compacted: the copy would not be what the cleaner's checkpoint says.
 *
 * Owned by the reactor. A broker that moves nothing has no thread for it. */
#ifndef KLAMM_BROKER_SERVER_MOVING_H
#define KLAMM_BROKER_SERVER_MOVING_H

#include "broker/replica/replicas.h"
#include "common/slice.h"

struct broker;
struct broker_dir;
struct moving;
struct move;

struct moving *moving_new(struct broker *b);
/* Waits for the piece under way and closes the future replicas; they stay for the next start. `*clean`
 * becomes false when one could not be closed clean. NULL is fine; returns NULL. */
struct moving *moving_free(struct moving *m, bool *clean);

/* One partition of AlterReplicaLogDirs; what the client hears. Where the replica is not here yet its
 * directory is kept in mind until it comes (moving_wish). Asking for where it is now ends its move. */
int16_t moving_ask(struct broker *b, struct str path, struct str topic, int32_t index);
/* Where a client wants the replica that is to be made; NULL: nobody said. The wish is forgotten. */
struct broker_dir *moving_wish(struct broker *b, const struct partition *p);

/* Its log was opened: when a future one lies in another directory, its move goes on. */
void moving_opened(struct broker *b, struct partition *p);
/* Its log was cut to `end`. */
void moving_truncated(struct partition *p, int64_t end);
/* Its log is about to be closed. `deleted`: the future replica goes too. */
void moving_forget(struct partition *p, bool deleted);
/* A directory went offline: nothing moves there any more. */
void moving_dir_failed(struct broker *b, const struct broker_dir *d);

/* What DescribeLogDirs says of the future replica of `p`, if it is in `d`. */
bool moving_view(const struct partition *p, const struct broker_dir *d, int64_t *ret_bytes,
                 int64_t *ret_lag);

#endif

/* directories - which log directory holds a replica, whether the controller knows, and what
 * happens when one fails (KIP-858, KIP-589).
 *
 *   metadata names another directory than the replica's --> AssignReplicasToDirs, one request
 *     at a time, many replicas in it --PartitionChange--> they agree
 *   a log cannot be written or read --> its directory goes offline at the end of the turn: its replicas
 *     close, the next heartbeat says so and the controller lets others lead; the last one ends the process
 *   a log is damaged --> its replica is assigned to LOST, as one in a failed directory is: the controller
 *     lets others lead; once this one is out of the in-sync set it is cut at the damage and fetched anew.
 *     The last in-sync replica stays as it is, unserved: an unclean election lets others lead all the same
 *
 * A replica that lies in two directories is one that was on its way (moving.h): one is set aside. One whose
 * directory failed before the controller knew that it had come there is assigned to LOST.
 *
 * An offline directory stays so until the process starts anew, and no replica that the metadata
 * places there is made elsewhere: the disk may come back with what it holds.
 *
 * Owned by the reactor. */
#ifndef KLAMM_BROKER_SERVER_DIRECTORIES_H
#define KLAMM_BROKER_SERVER_DIRECTORIES_H

#include "broker/metadata/image.h"
#include "broker/replica/replicas.h"
#include "common/arena.h"

struct broker;
struct directories;

struct directories *directories_new(struct broker *b);
/* NULL is fine; returns NULL. */
struct directories *directories_free(struct directories *d);

/* Opens p->log where it lies, else creates it where the controller says, else in the directory
 * with the fewest replicas. `s` is what the metadata says of it, this node its `place`-th
 * replica. On failure p->log stays NULL. For want of space, or while a copy that was given up
 * (moving.h) is in its way: p->unopened, and this is called again soon (housekeeping.h). A
 * damaged log is repaired at once when another replica leads and this one is neither in sync nor
 * eligible; else p->damaged, and this is called again with every change of `s`. */
void directories_open(struct broker *b, struct partition *p, const struct partition_state *s, int32_t place);
/* Where the metadata places `p`: tells the controller when that is wrong. */
void directories_note(struct broker *b, struct partition *p, const struct partition_state *s, int32_t place);
/* Before `p` is deleted. Idempotent. */
void directories_forget(struct partition *p);

/* Writing, flushing or cutting p->log ended with `e`: when that means that the storage failed,
 * its directory goes offline at the end of the turn. */
void directories_suspect(struct broker *b, const struct partition *p, err_t e);
/* Making a replica in `dir`, which is not its own yet, ended with `e`: the same. */
void directories_dir_suspect(struct broker *b, const struct log_dir *dir, err_t e);
/* The same of reading at `offset`; returns what the client hears. ERR_CORRUPT: a batch is damaged; when other
 * replicas are in sync this one closes at the end of the turn and is repaired from them, else
 * all that can be read is served on. ERR_OUT_OF_RANGE is the client's. */
int16_t directories_read_error(struct broker *b, struct partition *p, int64_t offset, err_t e);
/* What other threads found failing goes offline at the end of the turn. */
void directories_check(struct broker *b);
/* The ids of the offline ones, in `a`. */
struct uuid *directories_offline(const struct broker *b, struct arena *a, int32_t *ret_n);

#endif

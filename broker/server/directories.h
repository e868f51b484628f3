/* directories - which log directory holds a replica, whether the controller knows, and what
 * happens when one fails (KIP-858, KIP-589).
 *
 *   metadata names another directory than the replica's --> AssignReplicasToDirs, one request
 *     at a time, many replicas in it --PartitionChange--> they agree
 *   a log cannot be written --> its directory goes offline at the end of the turn: its replicas close,
 *     the next heartbeat says so and the controller lets others lead; the last one ends the process
 *
 * An offline directory stays so until the process starts anew, and no replica that the metadata
 * places there is made elsewhere: the disk may come back with what it holds.
 *
 * Owned by the reactor. */
#ifndef KLAMM_BROKER_SERVER_DIRECTORIES_H
#define KLAMM_BROKER_SERVER_DIRECTORIES_H

#include "broker/replica/replicas.h"
#include "common/arena.h"

struct broker;
struct directories;

struct directories *directories_new(struct broker *b);
/* NULL is fine; returns NULL. */
struct directories *directories_free(struct directories *d);

/* Opens p->log where it lies, else creates it where the controller says (`assigned`, may be
 * NULL), else in the directory with the fewest replicas. On failure p->log stays NULL. */
void directories_open(struct broker *b, struct partition *p, const struct uuid *assigned);
/* The metadata places `p` in `assigned`: tells the controller when that is wrong. */
void directories_note(struct broker *b, struct partition *p, const struct uuid *assigned);
/* Before `p` is deleted. Idempotent. */
void directories_forget(struct partition *p);

/* Writing, flushing or cutting p->log ended with `e`: when that means that the storage failed,
 * its directory goes offline at the end of the turn. */
void directories_suspect(struct broker *b, const struct partition *p, err_t e);
/* The ids of the offline ones, in `a`. */
struct uuid *directories_offline(const struct broker *b, struct arena *a, int32_t *ret_n);

#endif

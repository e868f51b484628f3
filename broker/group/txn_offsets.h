/* txn_offsets - what transactions have committed to groups and no marker has decided yet.
 *
 *   record of a transactional batch --> pending, by producer and by group
 *   COMMIT marker --> the group's offsets, unless a later record of the log has set them already
 *   ABORT marker  --> gone
 *
 * Written by the apply of records and markers alone. */
#ifndef KLAMM_BROKER_GROUP_TXN_OFFSETS_H
#define KLAMM_BROKER_GROUP_TXN_OFFSETS_H

#include "broker/group/offsets.h"
#include "common/buf.h"
#include "common/list.h"

struct group;
struct groups;

/* Copies; replaces what the same transaction has for the partition. */
void txn_offset_put(struct groups *g, struct group *group, int64_t producer_id, struct str topic,
                    const struct offset_entry *e);
/* The producer's transaction has ended; `end` is behind the marker. */
void txn_offsets_end(struct groups *g, int64_t producer_id, bool commit, int64_t end);
/* The offset was deleted: no transaction brings it back. */
void txn_offsets_forget(struct group *group, struct str topic, int32_t partition);
bool txn_offset_pending(const struct group *group, struct str topic, int32_t partition);
struct step;
/* Of what is pending (`topic` null: of any), in the transaction of nobody. */
void txn_offsets_tombstones(struct step *s, const struct group *group, struct str topic);
/* All of a group, of a shard. */
void txn_offsets_drop(struct group *group);
void txn_offsets_done(struct groups *g);
void txn_offsets_dump(const struct group *group, struct buf *ret);

#endif

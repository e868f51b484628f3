/* share_record - the records of __share_group_state, byte for byte Apache Kafka 4.3's.
 *
 *   key    int16 type (0 ShareSnapshot, 1 ShareUpdate) | group, topic id, partition; never flexible
 *   value  int16 0 | message; null: a tombstone, of snapshots alone
 *
 * A name is a key without its type: what tells share partitions apart. */
#ifndef KLAMM_BROKER_SHARE_SHARE_RECORD_H
#define KLAMM_BROKER_SHARE_SHARE_RECORD_H

#include "broker/share/share_states.h"
#include "common/arena.h"

enum share_record_type { SHARE_RECORD_SNAPSHOT = 0, SHARE_RECORD_UPDATE = 1 };

/* A record taken apart; bytes point into it, the rest lives in the arena. */
struct share_record_view {
    enum share_record_type type;
    bool deleted;
    struct slice name;
    struct share_kept kept; /* without its batches; an update says start, leader_epoch, complete_n */
    const struct share_batch *batches;
    int32_t batches_n;
};

/* ERR_UNSUPPORTED: a type or version that this release does not know; ERR_CORRUPT: the bytes do not
 * parse, are left over, or say what cannot be. */
err_t share_record_parse(struct slice key, struct slice value, struct arena *a,
                         struct share_record_view *ret);

void share_record_put_name(const struct share_key *k, struct buf *ret);
/* Of a name that is known to be one. */
void share_record_get_name(struct slice name, struct share_key *ret);

/* `kept` NULL: a tombstone. */
void share_record_put_snapshot(const struct share_key *k, const struct share_kept *kept,
                               struct buf *ret_key, struct buf *ret_value);
void share_record_put_update(const struct share_key *k, int32_t snapshot_epoch,
                             const struct share_write *w, struct buf *ret_key,
                             struct buf *ret_value);

#endif

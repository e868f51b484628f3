/* meta - who a log directory belongs to: meta.properties and .kafka_cleanshutdown.
 *
 *   meta.properties          version=1, cluster.id, node.id, directory.id (Java properties)
 *   .kafka_cleanshutdown     {"version":0,"brokerEpoch":<int64>}
 *
 * Both are replaced whole (tmp, sync, rename). */
#ifndef KLAMM_BROKER_LOG_META_H
#define KLAMM_BROKER_LOG_META_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "common/fs.h"
#include "common/uuid.h"

enum { CLUSTER_ID_MAX = 127 };

struct meta {
    char cluster_id[CLUSTER_ID_MAX + 1];
    int32_t node_id;
    struct uuid directory_id; /* zero when the file has none: draw one and write it */
};

/* ERR_NOT_FOUND: the directory is not formatted. ERR_CORRUPT: a line, a version or a
 * value is wrong; `reterr` names the file, the key, the value and the rule. */
err_t meta_read(struct fs *fs, const char *dir, struct meta *ret, struct why *reterr);
err_t meta_parse(struct str text, struct meta *ret, struct why *reterr);
err_t meta_write(struct fs *fs, const char *dir, const struct meta *m);
/* ERR_CONFLICT when the directory belongs to another cluster or node than the
 * configuration says; `cluster_id` NULL: any. */
err_t meta_check(const struct meta *m, const char *dir, const char *cluster_id, int32_t node_id,
                 struct why *reterr);
/* All of one node's directories: the same cluster and node, distinct directory ids. */
err_t meta_check_together(const struct meta *m, const char *const *dirs, int count, struct why *reterr);

/* ERR_NOT_FOUND: not a clean shutdown. ERR_CORRUPT counts as unclean too. */
err_t clean_shutdown_read(struct fs *fs, const char *dir, int64_t *ret_broker_epoch);
err_t clean_shutdown_write(struct fs *fs, const char *dir, int64_t broker_epoch);
err_t clean_shutdown_remove(struct fs *fs, const char *dir);

#endif

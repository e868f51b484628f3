/* format - the KRaft part of `klamm-broker format`: what a formatted log directory
 * holds beside meta.properties.
 *
 *   <log dir>/bootstrap.checkpoint                 every log directory
 *     control batch  SnapshotHeader
 *     data batch     FeatureLevel metadata.version, other features by name
 *     control batch  SnapshotFooter
 *   <metadata.log.dir>/__cluster_metadata-0/00000000000000000000-0000000000.checkpoint
 *     control batch  SnapshotHeader, KRaftVersion 1, Voters
 *     control batch  SnapshotFooter                (--standalone, --initial-controllers) */
#ifndef KLAMM_BROKER_RAFT_FORMAT_H
#define KLAMM_BROKER_RAFT_FORMAT_H

#include "common/err.h"
#include "common/fs.h"
#include "common/uuid.h"

struct format_feature {
    const char *name;
    int16_t level;
};

struct format_bootstrap {
    struct fs *fs;
    const char *log_dir;
    int16_t metadata_version;
    /* --feature name=level: override the defaults; level 0 leaves a feature out. */
    const struct format_feature *features;
    unsigned features_n;
};

/* Writes bootstrap.checkpoint, whole or not at all, durably. ERR_INVALID with a sentence for an
 * unknown feature, a level out of its range or one that the metadata version does not allow. */
err_t format_bootstrap(const struct format_bootstrap *f, struct why *reterr);

struct format_voter {
    int32_t id;
    struct uuid directory_id;
    const char *listener; /* first of controller.listener.names */
    const char *host;
    uint16_t port;
};

/* Writes the 0-0 checkpoint of a dynamic quorum, making __cluster_metadata-0 when missing. */
err_t format_voters(struct fs *fs, const char *metadata_log_dir, int64_t now_ms,
                    const struct format_voter *voters, unsigned voters_n, struct why *reterr);

#endif

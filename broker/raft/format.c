#include "broker/raft/format.h"

#include <stdio.h>

#include "api/kafka/batch.h"
#include "api/kafka/msg/feature_level_record.h"
#include "api/kafka/msg/k_raft_version_record.h"
#include "api/kafka/msg/voters_record.h"
#include "api/kafka/release.h"
#include "broker/log/batch_file.h"
#include "broker/metadata/record.h"
#include "broker/raft/voters.h"
#include "common/mem.h"

static err_t check(const struct format_bootstrap *f, struct why *reterr)
{
    if (!release_metadata_version_name(f->metadata_version))
        return why(reterr, ERR_INVALID, "metadata.version %d is not one of %d..%d",
                   f->metadata_version, METADATA_VERSION_MIN, METADATA_VERSION_LATEST);
    for (unsigned n = 0; n < f->features_n; n++) {
        const struct format_feature *x = &f->features[n];
        int16_t max = release_feature_max(x->name), needs = release_feature_needs(x->name, x->level);

        if (!max)
            return why(reterr, ERR_INVALID, "feature %s is not known", x->name);
        if (x->level < 0 || x->level > max)
            return why(reterr, ERR_INVALID, "feature %s level %d is not one of 0..%d", x->name, x->level,
                       max);
        if (f->metadata_version < needs)
            return why(reterr, ERR_INVALID,
                       "feature %s level %d needs metadata.version %d or above, not %d", x->name,
                       x->level, needs, f->metadata_version);
    }
    return ERR_OK;
}

static void put_feature(struct buf *b, size_t *ends, int *n, const char *name, int16_t level)
{
    record_put(b, RECORD_FEATURE_LEVEL, 0,
               &(struct kf_feature_level_record){ str_of(name), level });
    ends[(*n)++] = b->n;
}

static int16_t level_wanted(const struct format_bootstrap *f, const char *name)
{
    for (unsigned n = 0; n < f->features_n; n++) {
        if (strcmp(f->features[n].name, name) == 0)
            return f->features[n].level;
    }
    return release_feature_default(name, f->metadata_version);
}

err_t format_bootstrap(const struct format_bootstrap *f, struct why *reterr)
{
    struct batch_record records[RELEASE_FEATURES_N + 1] = { 0 };
    size_t ends[RELEASE_FEATURES_N + 1], begin = 0;
    OWNED_MEM char *path = mem_printf("%s/bootstrap.checkpoint", f->log_dir);
    OWNED_BUF values = { 0 };
    OWNED_BUF file = { 0 };
    struct batch_file_writer w;
    const char *name;
    size_t at = 0;
    int n = 0;
    err_t e = check(f, reterr);

    if (e)
        return e;
    put_feature(&values, ends, &n, "metadata.version", f->metadata_version);
    while ((name = release_feature_next(&at))) {
        int16_t level = level_wanted(f, name);

        if (level > 0)
            put_feature(&values, ends, &n, name, level);
    }
    for (int k = 0; k < n; begin = ends[k++])
        records[k].value = slice_make(values.p + begin, ends[k] - begin);
    batch_file_begin(&w, &file, 0, 0);
    batch_file_put_header(&w, 0, NULL, 0);
    batch_file_put(&w, records, n, false);
    batch_file_put_footer(&w);
    e = batch_file_write(f->fs, path, buf_slice(&file));
    return e ? why(reterr, e, "%s: %s", path, err_text(e)) : ERR_OK;
}

static err_t voters_check(const struct format_voter *voters, unsigned n, struct why *reterr)
{
    if (!n || n > VOTERS_MAX)
        return why(reterr, ERR_INVALID, "%u initial controllers; from 1 to %d can be", n,
                   VOTERS_MAX);
    for (unsigned a = 0; a < n; a++) {
        if (voters[a].id < 0 || !voters[a].port || !voters[a].host[0])
            return why(reterr, ERR_INVALID,
                       "initial controller %d@%s:%u: id, host or port is wrong", voters[a].id,
                       voters[a].host, voters[a].port);
        for (unsigned b = 0; b < a; b++) {
            if (voters[a].id == voters[b].id)
                return why(reterr, ERR_INVALID, "initial controller %d is given twice",
                           voters[a].id);
        }
    }
    return ERR_OK;
}

err_t format_voters(struct fs *fs, const char *metadata_log_dir, int64_t now_ms,
                    const struct format_voter *voters, unsigned voters_n, struct why *reterr)
{
    OWNED_MEM char *dir = mem_printf("%s/__cluster_metadata-0", metadata_log_dir);
    OWNED_MEM char *path = mem_printf("%s/%020d-%010d.checkpoint", dir, 0, 0);
    OWNED_BUF file = { 0 };
    struct voters set = { 0 };
    err_t e = voters_check(voters, voters_n, reterr);

    if (e)
        return e;
    for (unsigned n = 0; n < voters_n; n++)
        voters_add(&set, voters[n].id, &voters[n].directory_id, voters[n].listener, voters[n].host,
                   voters[n].port);
    voters_put_snapshot_header(&set, 1, now_ms, now_ms, 0, &file);
    voters_put_snapshot_footer(3, now_ms, 0, &file);
    voters_done(&set);
    e = fs_mkdirs(fs, dir, 0755);
    if (!e)
        e = batch_file_write(fs, path, buf_slice(&file));
    return e ? why(reterr, e, "%s: %s", path, err_text(e)) : ERR_OK;
}

#include "broker/raft/format.h"

#include <stdio.h>

#include "api/kafka/batch.h"
#include "api/kafka/msg/feature_level_record.h"
#include "api/kafka/msg/k_raft_version_record.h"
#include "api/kafka/msg/voters_record.h"
#include "broker/log/batch_file.h"
#include "broker/metadata/record.h"
#include "broker/raft/voters.h"
#include "common/mem.h"

static const char *const version_names[] = {
    [7] = "3.3-IV3",  [8] = "3.4-IV0",  [9] = "3.5-IV0",  [10] = "3.5-IV1", [11] = "3.5-IV2",
    [12] = "3.6-IV0", [13] = "3.6-IV1", [14] = "3.6-IV2", [15] = "3.7-IV0", [16] = "3.7-IV1",
    [17] = "3.7-IV2", [18] = "3.7-IV3", [19] = "3.7-IV4", [20] = "3.8-IV0", [21] = "3.9-IV0",
    [22] = "4.0-IV0", [23] = "4.0-IV1", [24] = "4.0-IV2", [25] = "4.0-IV3", [26] = "4.1-IV0",
    [27] = "4.1-IV1", [28] = "4.2-IV0", [29] = "4.2-IV1", [30] = "4.3-IV0",
};

/* In order of names, as the bootstrap file has them. `since` is the metadata version from which the
 * highest level is the default; `needs` the one that level 1 depends on. */
static const struct {
    const char *name;
    int16_t max, since, needs;
} features[] = {
    { "eligible.leader.replicas.version", 1, 26, 23 },
    { "group.version", 1, 22, 0 },
    { "share.version", 1, 28, 0 },
    { "streams.version", 1, 29, 0 },
    { "transaction.version", 2, 24, 0 },
};

int16_t format_metadata_version(const char *release)
{
    int16_t found = 0;
    size_t n = strlen(release);

    for (int16_t level = METADATA_VERSION_MIN; level <= METADATA_VERSION_LATEST; level++) {
        if (strncmp(version_names[level], release, n) == 0 &&
            (version_names[level][n] == '\0' || version_names[level][n] == '-'))
            found = level;
    }
    return found;
}

const char *format_metadata_version_name(int16_t level)
{
    return level >= METADATA_VERSION_MIN && level <= METADATA_VERSION_LATEST ? version_names[level]
                                                                             : NULL;
}

static int feature_index(const char *name)
{
    for (int n = 0; n < (int)ARRAY_LEN(features); n++) {
        if (strcmp(features[n].name, name) == 0)
            return n;
    }
    return -1;
}

int16_t format_feature_max(const char *feature)
{
    int n = feature_index(feature);

    if (strcmp(feature, "metadata.version") == 0)
        return METADATA_VERSION_LATEST;
    return n < 0 ? 0 : features[n].max;
}

int16_t format_feature_default(const char *feature, int16_t metadata_version)
{
    int n = feature_index(feature);

    return n >= 0 && metadata_version >= features[n].since ? features[n].max : 0;
}

int16_t format_feature_needs(const char *feature, int16_t level)
{
    int n = feature_index(feature);

    return n >= 0 && level > 0 ? features[n].needs : 0;
}

const char *format_feature_next(size_t *at)
{
    return *at < ARRAY_LEN(features) ? features[(*at)++].name : NULL;
}

static err_t check(const struct format_bootstrap *f, struct why *reterr)
{
    if (!format_metadata_version_name(f->metadata_version))
        return why(reterr, ERR_INVALID, "metadata.version %d is not one of %d..%d",
                   f->metadata_version, METADATA_VERSION_MIN, METADATA_VERSION_LATEST);
    for (unsigned n = 0; n < f->features_n; n++) {
        const struct format_feature *x = &f->features[n];
        int at = feature_index(x->name);

        if (at < 0)
            return why(reterr, ERR_INVALID, "feature %s is not known", x->name);
        if (x->level < 0 || x->level > features[at].max)
            return why(reterr, ERR_INVALID, "feature %s level %d is not one of 0..%d", x->name,
                       x->level, features[at].max);
        if (x->level > 0 && f->metadata_version < features[at].needs)
            return why(reterr, ERR_INVALID,
                       "feature %s level %d needs metadata.version %d or above, not %d", x->name,
                       x->level, features[at].needs, f->metadata_version);
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
    return format_feature_default(name, f->metadata_version);
}

err_t format_bootstrap(const struct format_bootstrap *f, struct why *reterr)
{
    struct batch_record records[ARRAY_LEN(features) + 1] = { 0 };
    size_t ends[ARRAY_LEN(features) + 1], begin = 0;
    OWNED_MEM char *path = mem_printf("%s/bootstrap.checkpoint", f->log_dir);
    OWNED_BUF values = { 0 };
    OWNED_BUF file = { 0 };
    struct batch_file_writer w;
    int n = 0;
    err_t e = check(f, reterr);

    if (e)
        return e;
    put_feature(&values, ends, &n, "metadata.version", f->metadata_version);
    for (size_t k = 0; k < ARRAY_LEN(features); k++) {
        int16_t level = level_wanted(f, features[k].name);

        if (level > 0)
            put_feature(&values, ends, &n, features[k].name, level);
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

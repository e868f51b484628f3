/* Batches into records, and the quorum-state file. */
#include <jansson.h>
#include <stdio.h>

#include "api/kafka/batch.h"
#include "broker/log/batch_file.h"
#include "broker/raft/metadata_log.h"
#include "common/limits.h"

enum { QUORUM_STATE_BYTES_MAX = 65536 };

static err_t batch_each(const struct kf_batch *batch, int64_t from, metadata_record_fn each,
                        void *ctx, struct why *reterr)
{
    OWNED_BUF scratch = { 0 };
    struct kf_records records;
    struct kf_record r;
    bool control = batch->attributes & KF_ATTR_CONTROL;
    err_t e = kf_records_open(batch, &scratch, METADATA_BATCH_BYTES_MAX * 8, &records);

    if (e)
        return why(reterr, ERR_CORRUPT, "metadata batch at offset %lld: %s",
                   (long long)batch->base_offset, err_text(e));
    while ((e = kf_records_next(&records, &r)) == ERR_OK) {
        if (r.offset < from)
            continue;
        e = each(ctx, r.offset, batch->leader_epoch, control ? kf_control_type(r.key) : -1, r.value,
                 reterr);
        if (e)
            return e;
    }
    return e == ERR_OUT_OF_RANGE
               ? ERR_OK
               : why(reterr, ERR_CORRUPT, "metadata batch at offset %lld has bad records",
                     (long long)batch->base_offset);
}

err_t metadata_records_each(struct slice batches, int64_t from, metadata_record_fn each, void *ctx,
                            struct why *reterr)
{
    while (batches.n) {
        struct kf_batch batch;
        err_t e = kf_batch_parse(batches, &batch);

        if (e == ERR_AGAIN)
            return ERR_OK;
        if (e || !kf_batch_crc_ok(&batch))
            return why(reterr, ERR_CORRUPT, "metadata batch does not match its checksum or format");
        e = batch.last_offset < from ? ERR_OK : batch_each(&batch, from, each, ctx, reterr);
        if (e)
            return e;
        batches = slice_make(batches.p + batch.bytes.n, batches.n - batch.bytes.n);
    }
    return ERR_OK;
}

err_t metadata_log_snapshot_each(const struct metadata_log *m, const struct snapshot_id *id,
                                 metadata_record_fn each, void *ctx, struct why *reterr)
{
    OWNED_MEM char *path = metadata_log_snapshot_path(m, id);
    OWNED_BUF file = { 0 };
    err_t e = batch_file_read(m->fs, path, &file, reterr);

    return e ? e : metadata_records_each(buf_slice(&file), 0, each, ctx, reterr);
}

static int32_t int_of(const json_t *j, const char *key)
{
    const json_t *v = json_object_get(j, key);

    return json_is_integer(v) ? (int32_t)json_integer_value(v) : -1;
}

err_t quorum_state_read(const struct metadata_log *m, struct quorum_state *ret, struct why *reterr)
{
    OWNED_MEM char *path = mem_printf("%s/quorum-state", m->dir);
    OWNED_BUF text = { 0 };
    const char *directory;
    json_t *j;
    err_t e = fs_read_all(m->fs, path, QUORUM_STATE_BYTES_MAX, &text);

    if (e)
        return e == ERR_NOT_FOUND ? e : why(reterr, e, "%s: %s", path, err_text(e));
    j = json_loadb((const char *)text.p, text.n, 0, NULL);
    if (!json_is_object(j) || !json_is_integer(json_object_get(j, "leaderEpoch")) ||
        int_of(j, "data_version") < 0 || int_of(j, "data_version") > 1) {
        json_decref(j);
        return why(reterr, ERR_CORRUPT, "%s is not a quorum state of version 0 or 1", path);
    }
    *ret = (struct quorum_state){
        int_of(j, "leaderEpoch"), int_of(j, "leaderId"), int_of(j, "votedId"), { { 0 } }
    };
    directory = json_string_value(json_object_get(j, "votedDirectoryId"));
    if (directory)
        uuid_parse(str_of(directory), &ret->voted_directory);
    json_decref(j);
    return ERR_OK;
}

err_t quorum_state_write(const struct metadata_log *m, const struct quorum_state *q,
                         int16_t kraft_version, const int32_t *voters, unsigned voters_n)
{
    OWNED_MEM char *path = mem_printf("%s/quorum-state", m->dir);
    OWNED_BUF text = { 0 };

    if (kraft_version >= 1) {
        buf_printf(
            &text,
            "{\"leaderId\":%d,\"leaderEpoch\":%d,\"votedId\":%d,"
            "\"votedDirectoryId\":\"%s\",\"data_version\":1}",
            q->leader, q->epoch, q->voted, uuid_print(&q->voted_directory).text);
        return fs_replace(m->fs, path, buf_slice(&text), 0644);
    }
    buf_printf(
        &text,
        "{\"clusterId\":\"\",\"leaderId\":%d,\"leaderEpoch\":%d,\"votedId\":%d,\"appliedOffset\":0,"
        "\"currentVoters\":[",
        q->leader, q->epoch, q->voted);
    for (unsigned n = 0; n < voters_n; n++)
        buf_printf(&text, "%s{\"voterId\":%d}", n ? "," : "", voters[n]);
    buf_put_text(&text, "],\"data_version\":0}");
    return fs_replace(m->fs, path, buf_slice(&text), 0644);
}

#include "broker/raft/snapshot.h"

#include "api/kafka/batch.h"

enum { DATA_BATCH_BYTES = 1 << 20 };

struct writing {
    struct buf *out;
    struct kf_batch_builder b;
    bool open;
    int64_t offset, now_ms;
    int32_t epoch;
};

static err_t close_batch(struct writing *w)
{
    if (!w->open)
        return ERR_OK;
    w->open = false;
    w->offset += w->b.count;
    return kf_batch_end(&w->b);
}

static err_t put(void *ctx, struct slice record)
{
    struct writing *w = ctx;
    err_t e = ERR_OK;

    if (w->open && w->out->n - w->b.begin + record.n > DATA_BATCH_BYTES)
        e = close_batch(w);
    if (e)
        return e;
    if (!w->open)
        kf_batch_begin(&w->b, w->out, w->offset, w->epoch, 0);
    w->open = true;
    kf_batch_put(&w->b, w->now_ms, (struct slice){ 0 }, record, NULL, 0);
    return ERR_OK;
}

err_t snapshot_build(const struct snapshot_of *s, struct buf *ret)
{
    struct writing w = { .out = ret, .now_ms = s->now_ms, .epoch = s->id.epoch };
    err_t e;

    w.offset = voters_put_snapshot_header(s->voters, s->kraft_version, s->now_ms,
                                          s->last_contained_ms, s->id.epoch, ret);
    e = s->records(s->ctx, put, &w);
    if (!e)
        e = close_batch(&w);
    if (!e)
        voters_put_snapshot_footer(w.offset, s->now_ms, s->id.epoch, ret);
    return e;
}

err_t snapshot_write(struct metadata_log *m, const struct snapshot_of *s)
{
    OWNED_BUF file = { 0 };
    err_t e = snapshot_build(s, &file);

    return e ? e : metadata_log_put_snapshot(m, &s->id, buf_slice(&file));
}

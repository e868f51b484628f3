#include "broker/server/log_loader.h"

#include "common/clock.h"
#include "common/invariant.h"

enum {
    LOAD_BYTES = 128 * 1024, /* of one read */
    LOAD_MS = 4,             /* of one turn */
    LOAD_PAUSE_MS = 1,       /* for everybody else */
    UNPACKED_BYTES_MAX = 256 * 1024 * 1024,
};

static err_t take_batch(struct log_load *load, const struct kf_batch *b)
{
    OWNED_BUF scratch = { 0 };
    struct kf_records records;
    struct kf_record r;
    err_t e;

    load->batch = b;
    if (b->attributes & KF_ATTR_CONTROL) {
        if (load->control && b->base_offset >= load->at)
            load->control(load);
        return ERR_OK;
    }
    e = kf_records_open(b, &scratch, UNPACKED_BYTES_MAX, &records);
    while (!e && !(e = kf_records_next(&records, &r))) {
        if (r.offset < load->at)
            continue;
        load->records_n++;
        load->record(load, &r);
    }
    return e == ERR_OUT_OF_RANGE ? ERR_OK : e;
}

static err_t take_bytes(struct log_load *load, struct slice bytes)
{
    struct kf_batch b;

    while (bytes.n) {
        err_t e = kf_batch_parse(bytes, &b);

        if (!e)
            e = take_batch(load, &b);
        if (e)
            return e;
        load->at = b.last_offset + 1;
        bytes = slice_make(bytes.p + b.bytes.n, bytes.n - b.bytes.n);
    }
    return ERR_OK;
}

/* ERR_AGAIN: there is more. */
static err_t load_some(struct log_load *load)
{
    struct log *l = *load->log;
    struct log_span span;
    OWNED_BUF bytes = { 0 };
    err_t e;

    if (load->at < log_start_offset(l))
        load->at = log_start_offset(l);
    e = log_read(l, load->at, LOAD_BYTES, log_end_offset(l), true, &span);
    if (e || !span.n)
        return e;
    e = fs_pread(fs_posix(), span.fd, buf_reserve(&bytes, span.n), span.n, span.position);
    if (!e)
        e = take_bytes(load, slice_make(bytes.p, span.n));
    log_span_done(&span);
    return e ? e : load->at < log_end_offset(l) ? ERR_AGAIN : ERR_OK;
}

static void go_on(struct loop_timer *t)
{
    struct log_loader *l = container_of(t, struct log_loader, timer);
    int64_t until = clock_mono_ms() + LOAD_MS;

    while (!list_empty(&l->loading) && clock_mono_ms() < until) {
        struct log_load *load = list_item(l->loading.next, struct log_load, node);
        err_t e = load_some(load);

        if (e == ERR_AGAIN)
            continue;
        list_remove(&load->node);
        load->ended(load, e);
    }
    if (!list_empty(&l->loading))
        loop_timer_in(l->loop, t, LOAD_PAUSE_MS);
}

void log_loader_init(struct log_loader *l, struct loop *loop)
{
    l->loop = loop;
    l->timer = (struct loop_timer){ .fire = go_on };
    list_init(&l->loading);
}

void log_loader_done(struct log_loader *l)
{
    INVARIANT(list_empty(&l->loading));
    loop_timer_clear(l->loop, &l->timer);
}

void log_loader_begin(struct log_loader *l, struct log_load *load, struct log *const *log)
{
    load->log = log;
    load->at = load->records_n = 0;
    load->begun_ms = clock_mono_ms();
    list_push(&l->loading, &load->node);
    if (!l->timer.slot)
        loop_timer_in(l->loop, &l->timer, 0);
}

void log_loader_stop(struct log_load *load)
{
    list_remove(&load->node);
}

bool log_loader_busy(const struct log_loader *l)
{
    return !list_empty(&l->loading);
}

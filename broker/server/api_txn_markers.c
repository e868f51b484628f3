#include "api/kafka/msg/write_txn_markers.h"

#include "broker/server/broker.h"
#include "broker/server/handlers.h"
#include "broker/server/txn_marker_write.h"

typedef struct kf_write_txn_markers_request_writable_txn_marker marker_in;
typedef struct kf_write_txn_markers_response_writable_txn_marker_result marker_out;
typedef struct kf_write_txn_markers_response_writable_txn_marker_partition_result partition_out;

/* One request; in its arena, also while it waits. */
struct marking {
    struct broker *b;
    struct request *r;
    struct kf_write_txn_markers_response *m;
    int waiting;            /* markers that are not replicated yet, and the request itself */
    struct partition_wait *waits;
};

struct partition_wait {
    struct txn_marker_write write;
    struct marking *marking;
    struct partition_wait *next;
    partition_out *out;
};

static void one_less(struct marking *k)
{
    if (--k->waiting == 0)
        request_reply(k->r, &kf_write_txn_markers_response_schema, k->m);
}

static void written(struct txn_marker_write *w, int16_t error)
{
    struct partition_wait *pw = container_of(w, struct partition_wait, write);

    pw->out->error_code = error;
    one_less(pw->marking);
}

static void peer_gone(struct request *r)
{
    struct marking *k = r->parked;

    for (struct partition_wait *w = k->waits; w; w = w->next)
        txn_marker_write_cancel(&w->write);
}

static void write_partition(struct marking *k, const marker_in *in, struct str topic, int32_t index,
                            partition_out *out)
{
    struct partition_wait *w = arena_new(k->r->arena, struct partition_wait);
    struct producer_marker m = {
        .producer_id = in->producer_id,
        .epoch = in->producer_epoch,
        .commit = in->transaction_result,
        .coordinator_epoch = in->coordinator_epoch,
        .version = in->transaction_version,
    };

    out->partition_index = index;
    w->marking = k;
    w->out = out;
    w->next = k->waits;
    k->waits = w;
    w->write.done = written;
    k->waiting++;
    txn_marker_write(k->b, topic, index, &m, &w->write);
}

static void write_marker(struct marking *k, const marker_in *in, marker_out *out)
{
    struct arena *a = k->r->arena;

    out->producer_id = in->producer_id;
    out->topics_n = in->topics_n;
    out->topics = arena_array(a, (size_t)in->topics_n, sizeof(*out->topics));
    for (int32_t i = 0; i < in->topics_n; i++) {
        int32_t n = in->topics[i].partition_indexes_n;

        out->topics[i].name =
            arena_str(a, in->topics[i].name); /* the frame serves the next request */
        out->topics[i].partitions_n = n;
        out->topics[i].partitions = arena_array(a, (size_t)n, sizeof(*out->topics[i].partitions));
        for (int32_t p = 0; p < n; p++)
            write_partition(k, in, in->topics[i].name, in->topics[i].partition_indexes[p],
                            &out->topics[i].partitions[p]);
    }
}

void api_write_txn_markers(struct broker *b, struct request *r)
{
    struct kf_write_txn_markers_request *q = REQUEST_DECODE(r, kf_write_txn_markers_request);
    struct marking *k;

    if (!q)
        return;
    k = arena_new(r->arena, struct marking);
    k->b = b;
    k->r = r;
    k->waiting = 1;
    k->m = MESSAGE_NEW(r->arena, kf_write_txn_markers_response);
    k->m->markers_n = q->markers_n;
    k->m->markers = arena_array(r->arena, (size_t)q->markers_n, sizeof(*k->m->markers));
    for (int32_t i = 0; i < q->markers_n; i++)
        write_marker(k, &q->markers[i], &k->m->markers[i]);
    if (k->waiting > 1) {
        r->parked = k;
        r->cancelled = peer_gone;
        k->waiting--;
        request_let_next(r);
    } else {
        one_less(k);
    }
}

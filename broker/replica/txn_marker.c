#include "broker/replica/txn_marker.h"

#include "api/kafka/batch.h"
#include "common/invariant.h"

enum { VALUE_VERSION = 0, VALUE_BYTES = 6 };

void txn_marker_put(const struct producer_marker *m, struct buf *ret)
{
    struct kf_control_key key = kf_control_key(m->commit ? KF_CONTROL_COMMIT : KF_CONTROL_ABORT);
    struct kf_batch_builder b;
    uint8_t value[VALUE_BYTES];
    err_t e;

    be16_put(value, VALUE_VERSION);
    be32_put(value + 2, (uint32_t)m->coordinator_epoch);
    kf_batch_begin(&b, ret, 0, 0, KF_ATTR_TRANSACTIONAL | KF_ATTR_CONTROL);
    kf_batch_producer(&b, m->producer_id, m->epoch, -1);
    kf_batch_put(&b, m->timestamp, slice_make(key.b, sizeof(key.b)), slice_make(value, sizeof(value)),
                 NULL, 0);
    e = kf_batch_end(&b);
    INVARIANT(!e); /* not compressed */
}

static bool parse_record(const struct kf_record *r, struct producer_marker *ret)
{
    int type = kf_control_type(r->key);
    struct cursor c = cursor_over(r->value);

    (void)cursor_be16(&c);
    ret->coordinator_epoch = (int32_t)cursor_be32(&c);
    ret->commit = type == KF_CONTROL_COMMIT;
    ret->offset = r->offset;
    ret->timestamp = r->timestamp;
    return !cursor_bad(&c) && (type == KF_CONTROL_COMMIT || type == KF_CONTROL_ABORT);
}

bool txn_marker_parse(struct slice batch, struct producer_marker *ret)
{
    struct kf_records records;
    struct kf_record record;
    OWNED_BUF scratch = { 0 };
    struct kf_batch b;

    if (kf_batch_parse(batch, &b) || kf_records_open(&b, &scratch, TXN_MARKER_BYTES_MAX, &records) ||
        kf_records_next(&records, &record))
        return false;
    *ret = (struct producer_marker){ .producer_id = b.producer_id, .epoch = b.producer_epoch };
    return parse_record(&record, ret);
}

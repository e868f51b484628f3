/* group_fuzz - any bytes as records of __consumer_offsets, also such as no coordinator writes: loaded
 * or skipped; then time goes on, and what the core writes is loaded too. Input: a byte 0 (a tombstone)
 * or 1, be16 size of the key, be16 of the value, key, value ... */
#include "api/kafka/errors.h"
#include "broker/group/assignor.h"
#include "broker/group/group.h"
#include "common/buf.h"
#include "common/cursor.h"

enum { STEPS = 200, DAY_MS = 86400000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct slice take(struct cursor *c, size_t wanted)
{
    size_t left = cursor_left(c), n = wanted < left ? wanted : left;

    return slice_make(cursor_take(c, n), n);
}

static void load(struct groups *g, struct cursor *c)
{
    for (int64_t end = 1; cursor_left(c) > 5; end++) {
        bool value = cursor_u8(c) & 1;
        size_t key_n = cursor_be16(c), value_n = cursor_be16(c);
        struct group_record r = { .key = take(c, key_n) };

        r.value = value ? take(c, value_n) : slice_make(NULL, 0);
        (void)groups_load(g, &r, end);
    }
}

static void step(struct groups *g, const struct group_context *c, const struct group_event *ev, int i)
{
    OWNED_ARENA a = { 0 };
    struct group_out out;

    group_out_init(&out, &a);
    groups_step(g, c, ev, &out);
    if (out.records_n && i % 3)
        groups_appended(g, c, &out, 1000000 + i);
    else if (out.records_n)
        groups_refused(g, c, &out, KF_ERR_NOT_ENOUGH_REPLICAS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct group_config config = {
        .session_ms_max = 60000, .initial_rebalance_delay_ms = 100, .size_max = 1000,
        .metadata_bytes_max = 4096, .retention_ms = DAY_MS, .retention_check_ms = DAY_MS,
        .consumer_enabled = true, .consumer_session_ms = 45000, .consumer_session_ms_max = 60000,
        .consumer_heartbeat_ms = 5000, .consumer_heartbeat_ms_max = 15000, .consumer_size_max = 1000,
        .consumer_assignment_ms = 1000, .regex_refresh_ms = 600000, .assignors = { &assignors[0] },
        .assignors_n = 1, .upgrade = true, .downgrade = true,
    };
    struct group_context c = { .now_ms = 1000, .wall_ms = 1700000000000, .image = image_new() };
    struct groups *g = groups_new(&config);
    struct cursor input = cursor_over(slice_make(data, size));
    OWNED_BUF text = { 0 };
    OWNED_ARENA a = { 0 };
    struct group_out out;

    load(g, &input);
    group_out_init(&out, &a);
    groups_loaded(g, &c, &out);
    groups_dump(g, &text);
    for (int i = 0; i < STEPS && groups_next_timer(g) < INT64_MAX; i++) {
        if (groups_next_timer(g) > c.now_ms)
            c.now_ms = groups_next_timer(g);
        c.wall_ms += 1000;
        step(g, &c, &(struct group_event){ .kind = GROUP_TIMER }, i);
    }
    step(g, &c, &(struct group_event){ .kind = GROUP_TOPIC, .group_id = str_of("t") }, 0);
    group_out_init(&out, &a);
    groups_abandon(g, &out, KF_ERR_NOT_COORDINATOR);
    groups_free(g);
    image_free((struct image *)(uintptr_t)c.image);
    return 0;
}

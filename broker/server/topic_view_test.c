#include "broker/server/topic_view.h"

#include "api/kafka/msg/broker_registration_change_record.h"
#include "api/kafka/msg/register_broker_record.h"
#include "broker/metadata/record.h"
#include "common/mem.h"
#include "tests/lib/test.h"

static void apply(struct image *i, int64_t offset, enum metadata_record type, int16_t version,
                  const void *msg)
{
    OWNED_BUF b = { 0 };
    struct why why;

    record_put(&b, type, version, msg);
    assert_ok(image_apply(i, offset, buf_slice(&b), NULL, NULL, &why));
}

static void register_broker(struct image *i, int32_t id, bool fenced)
{
    struct kf_register_broker_record r;

    kf_init(&kf_register_broker_record_schema, &r);
    r.broker_id = id;
    r.broker_epoch = 10 * id;
    r.fenced = fenced;
    apply(i, 100 + id, RECORD_REGISTER_BROKER, 3, &r);
}

static void change_broker(struct image *i, int32_t id, int8_t fenced)
{
    struct kf_broker_registration_change_record r;

    kf_init(&kf_broker_registration_change_record_schema, &r);
    r.broker_id = id;
    r.broker_epoch = 10 * id;
    r.fenced = fenced;
    apply(i, 200 + id, RECORD_BROKER_REGISTRATION_CHANGE, 1, &r);
}

static void assert_shown(const struct image *i, int32_t self, int32_t n, int32_t first)
{
    struct arena a = { 0 };
    int32_t shown;
    const struct broker_registration **all = brokers_shown(i, self, &a, &shown);

    assert_int_equal(shown, n);
    if (n)
        assert_int_equal(all[0]->id, first);
    arena_done(&a);
}

static void clients_are_told_of_the_living_and_never_of_nobody(void **state)
{
    struct image *i = image_new();

    (void)state;
    assert_shown(i, 2, 0, 0);
    for (int32_t id = 1; id <= 3; id++)
        register_broker(i, id, id == 1);
    assert_shown(i, 2, 2, 2);
    change_broker(i, 2, 1);
    assert_shown(i, 2, 1, 3);
    change_broker(i, 3, 1);
    assert_shown(i, 2, 1, 2); /* all are fenced: who answers, at least */
    assert_shown(i, 7, 0, 0);
    image_free(i);
}

TEST_MAIN(TEST(clients_are_told_of_the_living_and_never_of_nobody))

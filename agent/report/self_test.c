#include "agent/report/self.h"

#include "tests/lib/test.h"

static void loopback_addresses_alone_are_taken(void **state)
{
    static const char *const bad[] = {
        "10.0.0.1:9100", "127.0.0.1", "127.0.0.1:0",    "127.0.0.1:65536",      "127.0.0.1:9x",
        "127.0.0.1:-1",  ":9100",     "localhost:9100", "127.0.0.1000000000:1", ""
    };
    struct self s = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (self_parse(&s, bad[i]))
            fail_msg("%s", bad[i]);
    assert_true(self_parse(&s, "127.0.0.2:9100"));
    assert_string_equal(s.host, "127.0.0.2");
    assert_int_equal(s.port, 9100);
}

TEST_MAIN(TEST(loopback_addresses_alone_are_taken))

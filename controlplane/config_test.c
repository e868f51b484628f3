#include "tests/lib/test.h"

#include <string.h>

#include "common/fs.h"
#include "controlplane/config.h"

static const char good[] = "data_dir: data\n"
                           "region: us-east-1\n"
                           "account_id: \"123456789012\"\n"
                           "rest:\n"
                           "  listen: 127.0.0.1:8443\n"
                           "  loopback_http: 127.0.0.1:8080\n"
                           "agents: {listen: \"127.0.0.1:8444\"}\n"
                           "vpc:\n"
                           "  id: vpc-1\n"
                           "  cidr: 127.16.0.0/16\n"
                           "  security_group: sg-1\n"
                           "  subnets:\n"
                           "    - {id: s-a, zone: a, cidr: 127.16.1.0/24}\n"
                           "    - {id: s-b, zone: b, cidr: 127.16.2.0/24}\n"
                           "placement: {memory_overcommit: 4, storage_overcommit: 1000}\n"
                           "credentials:\n"
                           "  - {access_key_id: AKIA1, secret_file: secret}\n";

/* `good` with its first `from` replaced. */
static char *changed(const char *from, const char *to)
{
    const char *at = strstr(good, from);

    assert_non_null(at);
    return mem_printf("%.*s%s%s", (int)(at - good), good, to, at + strlen(from));
}

static err_t load(const char *text, struct config **ret, struct why *reterr)
{
    static const char secret[] = "0123456789abcdef\n";
    OWNED_MEM char *dir = test_dir();
    OWNED_MEM char *path = mem_printf("%s/klammd.yaml", dir), *secret_path = mem_printf("%s/secret", dir);

    *ret = NULL;
    assert_ok(fs_replace(fs_posix(), secret_path, slice_make(secret, strlen(secret)), 0600));
    assert_ok(fs_replace(fs_posix(), path, slice_make(text, strlen(text)), 0600));
    return config_load(path, ret, reterr);
}

static void every_key_is_read(void **state)
{
    OWNED(config) c = NULL;
    struct why reason;

    (void)state;
    if (load(good, &c, &reason))
        fail_msg("%s", reason.text);
    assert_int_equal(c->rest.port, 8443);
    assert_int_equal(c->rest_http.port, 8080);
    assert_int_equal(c->agents.port, 8444);
    assert_int_equal(c->subnets_n, 2);
    assert_string_equal(config_subnet(c, "s-b")->zone, "b");
    assert_int_equal(config_subnet(c, "s-b")->network, 0x7f100200);
    assert_string_equal(config_secret(c, str_of("AKIA1")), "0123456789abcdef");
    assert_null(config_secret(c, str_of("AKIA2")));
    assert_non_null(strstr(c->data_dir, "/data"));
    assert_int_equal(c->certificate_lifetime_s, 365 * 86400);
    assert_int_equal(c->lost_after_s, 900);
    assert_int_equal(c->cpu_overcommit, 1);
    assert_int_equal(c->memory_overcommit, 4);
    assert_int_equal(c->storage_overcommit, 1000);
}

static void a_wrong_value_is_refused_by_key_value_and_rule(void **state)
{
    static const struct {
        const char *from, *to, *says;
    } cases[] = {
        { "region:", "regoin:", "regoin: no such key" },
        { "region: us-east-1\n", "", "region: missing, it must be text" },
        { "\"123456789012\"", "12", "account_id: '12' must have 12 digits" },
        { "listen: 127.0.0.1:8443", "listen: 127.0.0.1",
          "rest.listen: '127.0.0.1' must be ADDRESS:PORT" },
        { "listen: 127.0.0.1:8443", "listen: 127.0.0.1:70000",
          "rest.listen: '127.0.0.1:70000' must be an IPv4 address and a port of 1 to 65535" },
        { "loopback_http: 127.0.0.1", "loopback_http: 10.0.0.1",
          "rest.loopback_http: '10.0.0.1' must be a loopback address (127.x.y.z)" },
        { "{listen: \"127.0.0.1:8444\"}", "here", "agents: must be a mapping of keys to values" },
        { "127.16.0.0/16", "127.16.0.0",
          "vpc.cidr: '127.16.0.0' must be an IPv4 network of /8 to /28" },
        { "127.16.2.0/24", "127.16.2.0/24x",
          "vpc.subnets.cidr: '127.16.2.0/24x' must be an IPv4 network of /8 to /28" },
        { "127.16.2.0/24", "127.16.2.1/24",
          "vpc.subnets.cidr: '127.16.2.1/24' has bits behind its mask" },
        { "127.16.2.0/24", "127.17.2.0/24",
          "vpc.subnets.cidr: '127.17.2.0/24' does not lie in vpc.cidr '127.16.0.0/16'" },
        { "127.16.2.0/24", "127.0.0.0/8",
          "vpc.subnets.cidr: '127.0.0.0/8' does not lie in vpc.cidr '127.16.0.0/16'" },
        { "127.16.2.0/24", "127.16.1.128/25",
          "vpc.subnets.cidr: '127.16.1.128/25' overlaps '127.16.1.0/24' of subnet s-a" },
        { "{listen: \"127.0.0.1:8444\"", "{lost_after: 9s, listen: \"127.0.0.1:8444\"",
          "agents.lost_after: '9s' must be a number with s, m, h or d behind it, of 10s to 30d" },
        { "{listen: \"127.0.0.1:8444\"", "{certificate_lifetime: 9s, listen: \"127.0.0.1:8444\"",
          "agents.certificate_lifetime: '9s' must be a number with s, m, h or d behind it, of 10s to 825d" },
        { "{listen: \"127.0.0.1:8444\"", "{certificate_lifetime: 365, listen: \"127.0.0.1:8444\"",
          "agents.certificate_lifetime: '365' must be" },
        { "{listen: \"127.0.0.1:8444\"", "{certificate_lifetime: 826d, listen: \"127.0.0.1:8444\"",
          "agents.certificate_lifetime: '826d' must be" },
        { "memory_overcommit: 4", "memory_overcommit: 0",
          "placement.memory_overcommit: '0' must be a whole number of 1 to 1000" },
        { "memory_overcommit: 4", "memory_overcommit: 4x",
          "placement.memory_overcommit: '4x' must be a whole number of 1 to 1000" },
        { "{memory_overcommit: 4", "{overcommit: 4", "placement.overcommit: no such key" },
        { "id: s-b", "id: s-a", "vpc.subnets.id: 's-a' stands twice" },
        { "secret_file: secret", "secret_file: nothing", "/nothing: no such thing" },
        { "credentials:\n", "credentials:\n  - {access_key_id: AKIA1, secret_file: secret}\n",
          "credentials.access_key_id: 'AKIA1' stands twice" },
    };

    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        OWNED_MEM char *text = changed(cases[i].from, cases[i].to);
        OWNED(config) c = NULL;
        struct why reason = { "" };

        if (!load(text, &c, &reason) || !strstr(reason.text, cases[i].says))
            fail_msg("wanted '%s', got '%s'", cases[i].says, reason.text);
    }
}

TEST_MAIN(TEST(every_key_is_read), TEST(a_wrong_value_is_refused_by_key_value_and_rule))

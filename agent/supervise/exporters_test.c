#include "agent/supervise/exporters.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/fs.h"
#include "tests/lib/test.h"

static const char address[] = "127.77.3.4"; /* of this test alone */

static bool answers(uint16_t port)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    bool ret;

    inet_pton(AF_INET, address, &a.sin_addr);
    ret = !connect(fd, (struct sockaddr *)&a, sizeof(a));
    close(fd);
    return ret;
}

static void holds(const char *dir, const char *want)
{
    OWNED_MEM char *path = mem_printf("%s/monitoring", dir);
    OWNED_BUF text = { 0 };

    assert_ok(fs_read_all(fs_posix(), path, 4096, &text));
    assert_string_equal(buf_text(&text), want);
}

static void a_process_is_told_by_its_file_and_the_node_answers(void **state)
{
    OWNED_MEM char *dir = test_dir();
    struct exporters x = { .id = "c/broker-1", .dir = dir };
    struct wanted_monitoring both = { true, true, "PER_BROKER" }, none = { 0 };
    struct why why = { "" };

    (void)state;
    assert_ok(loop_new(&x.loop));
    assert_true(exporters_want(&x, address, &none, &why));
    holds(dir, "level=DEFAULT\n");
    assert_false(answers(NODE_EXPORTER_PORT));
    assert_true(exporters_want(&x, address, &both, &why));
    holds(dir, "jmx.exporter=127.77.3.4:11001\nlevel=PER_BROKER\n");
    assert_true(answers(NODE_EXPORTER_PORT));
    assert_true(exporters_want(&x, address, &both, &why)); /* again: nothing happens */
    assert_true(answers(NODE_EXPORTER_PORT));
    assert_true(exporters_want(&x, address, &none, &why));
    holds(dir, "level=DEFAULT\n");
    assert_false(answers(NODE_EXPORTER_PORT));
    assert_true(exporters_want(&x, address, &both, &why));
    exporters_end(&x);
    assert_false(answers(NODE_EXPORTER_PORT));
    exporters_end(&x);
    loop_free(x.loop);
}

static void a_file_that_cannot_be_written_is_told(void **state)
{
    struct exporters x = { .id = "c/broker-1", .dir = "/no/such/directory" };
    struct wanted_monitoring none = { 0 };
    struct why why = { "" };

    (void)state;
    assert_ok(loop_new(&x.loop));
    assert_false(exporters_want(&x, address, &none, &why));
    assert_non_null(strstr(why.text, "/no/such/directory/monitoring: "));
    exporters_end(&x);
    loop_free(x.loop);
}

TEST_MAIN(TEST(a_process_is_told_by_its_file_and_the_node_answers),
          TEST(a_file_that_cannot_be_written_is_told))

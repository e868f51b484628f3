#include "common/metrics_node.h"

#include <string.h>

#include "common/mem.h"
#include "tests/lib/test.h"

static void has(struct buf *b, const char *line)
{
    OWNED_MEM char *whole = mem_printf("\n%s\n", line);

    if (!strstr(buf_text(b), whole))
        fail_msg("%s is not in:\n%s", line, buf_text(b));
}

static void has_not(struct buf *b, const char *text)
{
    if (strstr(buf_text(b), text))
        fail_msg("%s is in:\n%s", text, buf_text(b));
}

static void cpus_are_told_in_seconds(void **state)
{
    OWNED_BUF b = { 0 };
    struct metrics m = { .out = &b };

    (void)state;
    node_put_stat(
        &m, str_of("cpu  9 9 9 9 9 9 9 9 0 0\ncpu0 250 0 3 400 5 0 7 8 0 0\nintr 1 2 3\nctxt 17\n"
                   "btime 1795000000\n"));
    has(&b, "node_cpu_seconds_total{cpu=\"0\",mode=\"user\"} 2.5");
    has(&b, "node_cpu_seconds_total{cpu=\"0\",mode=\"steal\"} 0.08");
    has(&b, "node_context_switches_total 17");
    has(&b, "node_boot_time_seconds 1795000000");
    has_not(&b, "cpu=\"\"");
}

static void memory_has_the_kernels_names(void **state)
{
    OWNED_BUF b = { 0 };
    struct metrics m = { .out = &b };

    (void)state;
    node_put_memory(
        &m,
        str_of(
            "MemTotal:       16384 kB\nActive(anon):  2 kB\nHugePages_Total:   3\nOdd-one: 4 kB\n"
            "no number\n"));
    has(&b, "node_memory_MemTotal_bytes 16777216");
    has(&b, "node_memory_Active_anon_bytes 2048");
    has(&b, "node_memory_HugePages_Total 3");
    has_not(&b, "Odd");
}

static void disks_are_told_and_their_partitions_not(void **state)
{
    OWNED_BUF b = { 0 };
    struct metrics m = { .out = &b };

    (void)state;
    node_put_disks(
        &m, str_of("   8 0 sda 10 1 20 1500 30 3 40 50 6 70 80\n   8 1 sda1 1 1 1 1 1 1 1 1 1 1 1\n"
                   " 259 0 nvme0n1 5 0 0 0 0 0 0 0 0 0 0\n 259 1 nvme0n1p1 5 0 0 0 0 0 0 0 0 0 0\n"
                   "   7 0 loop0 1 1 1 1 1 1 1 1 1 1 1\nshort 1\n"));
    has(&b, "node_disk_reads_completed_total{device=\"sda\"} 10");
    has(&b, "node_disk_read_bytes_total{device=\"sda\"} 10240");
    has(&b, "node_disk_read_time_seconds_total{device=\"sda\"} 1.5");
    has(&b, "node_disk_written_bytes_total{device=\"sda\"} 20480");
    has(&b, "node_disk_io_now{device=\"sda\"} 6");
    has(&b, "node_disk_reads_completed_total{device=\"nvme0n1\"} 5");
    has_not(&b, "sda1");
    has_not(&b, "p1");
    has_not(&b, "loop");
}

static void interfaces_are_told(void **state)
{
    OWNED_BUF b = { 0 };
    struct metrics m = { .out = &b };

    (void)state;
    node_put_network(&m, str_of("Inter-|   Receive |  Transmit\n face |bytes packets\n"
                                "    lo: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"
                                "eth0:100 2 3 4 5 6 7 8 900 10 11 12 13 14 15 16\n"));
    has(&b, "node_network_receive_bytes_total{device=\"lo\"} 1");
    has(&b, "node_network_receive_bytes_total{device=\"eth0\"} 100");
    has(&b, "node_network_transmit_bytes_total{device=\"eth0\"} 900");
    has(&b, "node_network_transmit_drop_total{device=\"lo\"} 12");
    has_not(&b, "face");
}

static void the_file_system_of_the_data_is_told(void **state)
{
    OWNED_BUF b = { 0 };
    struct metrics m = { .out = &b };

    (void)state;
    node_put_filesystems(&m,
                         str_of("overlay / overlay rw 0 0\nproc /proc proc rw 0 0\n"
                                "tmpfs /tmp tmpfs rw 0 0\nserver:/x /nowhere nfs rw 0 0\n"
                                "/dev/none /no/such/point ext4 rw 0 0\n"),
                         "/tmpx/data");
    has_not(&b, "mountpoint=\"/proc");
    has_not(&b, "tmpfs");
    has_not(&b, "nfs");
    has_not(&b, "ext4");
    assert_non_null(strstr(buf_text(&b),
                           "node_filesystem_size_bytes{device=\"overlay\",fstype=\"overlay\","
                           "mountpoint=\"/\"} "));
    has_not(&b, "} 0\n# HELP node_filesystem_free");
    buf_clear(&b);
    node_put_filesystems(&m, str_of("overlay / overlay rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n"),
                         "/tmp/data");
    assert_non_null(strstr(buf_text(&b), "mountpoint=\"/tmp\"} "));
    has_not(&b, "overlay");
}

static void this_machine_has_them_all(void **state)
{
    static const char *const names[] = {
        "node_cpu_seconds_total{",      "node_load1 ",
        "node_memory_MemTotal_bytes ",  "node_network_receive_bytes_total{",
        "node_filesystem_avail_bytes{", "node_time_seconds "
    };
    OWNED_BUF b = { 0 };
    struct metrics m = { .out = &b };

    (void)state;
    metrics_node(&m, "/tmp");
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (!strstr(buf_text(&b), names[i]))
            fail_msg("%s", names[i]);
    assert_false(m.full);
}

TEST_MAIN(TEST(cpus_are_told_in_seconds), TEST(memory_has_the_kernels_names),
          TEST(disks_are_told_and_their_partitions_not), TEST(interfaces_are_told),
          TEST(the_file_system_of_the_data_is_told), TEST(this_machine_has_them_all))

/* Any bytes as each of the kernel's texts that a node's metrics are read from: within bounds, and
 * what comes out is lines of text. The first byte chooses the text. */
#include "common/invariant.h"
#include "common/metrics_node.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static void (*const parts[])(struct metrics *m, struct str text) = {
        node_put_stat, node_put_load, node_put_memory, node_put_disks, node_put_network,
    };
    OWNED_BUF out = { 0 };
    struct metrics m = { .out = &out };

    if (!n)
        return 0;
    parts[data[0] % 5](&m, str_make((const char *)data + 1, n - 1));
    INVARIANT(!out.n || out.p[out.n - 1] == '\n');
    return 0;
}

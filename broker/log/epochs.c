#include "broker/log/epochs.h"

#include "common/invariant.h"
#include "common/mem.h"

void epochs_done(struct epochs *c)
{
    mem_free(c->entries);
    *c = (struct epochs){ 0 };
}

void epochs_check(const struct epochs *c)
{
    for (uint32_t i = 1; i < c->n; i++)
        INVARIANT(c->entries[i - 1].epoch < c->entries[i].epoch &&
                  c->entries[i - 1].start < c->entries[i].start);
}

void epochs_assign(struct epochs *c, int32_t epoch, int64_t start)
{
    uint32_t n = c->n;

    if (epoch < 0 || (n && c->entries[n - 1].epoch == epoch && start >= c->entries[n - 1].start))
        return;
    while (n && (c->entries[n - 1].epoch >= epoch || c->entries[n - 1].start >= start))
        n--;
    c->entries = mem_resize_array(c->entries, n + 1, sizeof(*c->entries));
    c->entries[n] = (struct epoch_entry){ epoch, start };
    c->n = n + 1;
    c->changed = true;
}

void epochs_truncate_end(struct epochs *c, int64_t end)
{
    while (c->n && c->entries[c->n - 1].start >= end) {
        c->n--;
        c->changed = true;
    }
}

void epochs_truncate_start(struct epochs *c, int64_t start)
{
    uint32_t below = 0;

    while (below < c->n && c->entries[below].start <= start)
        below++;
    if (!below || (below == 1 && c->entries[0].start == start))
        return;
    memmove(c->entries, c->entries + below - 1, (c->n - below + 1) * sizeof(*c->entries));
    c->n -= below - 1;
    c->entries[0].start = start;
    c->changed = true;
}

void epochs_clear(struct epochs *c)
{
    c->changed |= c->n != 0;
    c->n = 0;
}

int32_t epochs_of(const struct epochs *c, int64_t offset)
{
    for (uint32_t i = c->n; i > 0; i--)
        if (c->entries[i - 1].start <= offset)
            return c->entries[i - 1].epoch;
    return -1;
}

void epochs_end_offset(const struct epochs *c, int32_t epoch, int64_t log_end, int32_t *ret_epoch,
                       int64_t *ret_offset)
{
    uint32_t above = 0;

    *ret_epoch = -1;
    *ret_offset = -1;
    if (epoch < 0 || !c->n || epoch > epochs_last(c))
        return;
    while (above < c->n && c->entries[above].epoch <= epoch)
        above++;
    *ret_epoch = above ? c->entries[above - 1].epoch : epoch;
    *ret_offset = above < c->n ? c->entries[above].start : log_end;
}

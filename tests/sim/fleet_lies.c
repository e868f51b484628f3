/* An agent that says what is not so: of other nodes' processes, of what nobody wanted, of the past. */
#include <stdio.h>
#include <string.h>

#include "tests/sim/fleet.h"

static void lie_about(json_t *to, const struct slot *s, const char *state, int64_t revision)
{
    if (s->used)
        json_array_append_new(to, json_pack("{s:s, s:s, s:I}", "id", s->id, "state", state, "revision",
                                            (json_int_t)revision));
}

void agent_lies(struct world *w, struct agent *a)
{
    const struct agent *other = &w->agents[(a->index + 1 + (int)rng_below(&w->sim.rng, NODES - 1)) % NODES];
    json_t *processes = json_array(), *body;

    for (int i = 0; i < SLOTS; i++) {
        const struct slot *mine = &a->slots[i], *theirs = &other->slots[i];

        lie_about(processes, theirs, rng_below(&w->sim.rng, 2) ? "gone" : "failed", theirs->revision);
        lie_about(processes, mine, "failed", mine->revision + (1 << 30) + (int64_t)rng_below(&w->sim.rng, 9));
        lie_about(processes, mine, "gone", mine->revision - 1);
        if (!mine->gone)
            lie_about(processes, mine, "gone", mine->revision);
        lie_about(processes, mine, "elsewhere", mine->revision);
    }
    json_array_append_new(processes, json_pack("{s:i}", "id", 5));
    json_array_append_new(processes, json_null());
    json_array_append_new(processes, json_pack("{s:s, s:s, s:I}", "id", "../../etc/broker-1", "state", "gone",
                                               "revision", (json_int_t)1));
    a->sequence++;
    body = json_pack("{s:o, s:[{s:s, s:i, s:s}, i], s:I}", "processes", processes, "rebalances", "clusterId",
                     w->users[0].kafka_id, "id", 1, "state", "done", 7, "report", (json_int_t)a->sequence);
    agent_says(a, body);
    klammd_hears(w, a->index, a->life, 0, true, body);
    json_decref(body);
    a->changed = false;
    a->report = 0; /* what is under way is older now, and does not count */
    agent_changed(w, a);
}

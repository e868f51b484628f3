/* Any JSON as a message between agent and klammd: refused, or equal after another way there. */
#include <stdlib.h>

#include "api/agent/ask.h"
#include "api/agent/messages.h"
#include "common/invariant.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    json_t *o = json_loadb((const char *)p, n, 0, NULL), *way;
    struct wanted_process w, again;
    struct seen_process s;
    struct why reason;
    struct ask a;

    if (!wanted_decode(o, &w, &reason)) {
        way = wanted_encode(&w);
        INVARIANT(way && !wanted_decode(way, &again, &reason) && again.revision == w.revision);
        wanted_done(&again);
        wanted_done(&w);
        json_decref(way);
    }
    if (!seen_decode(o, &s, &reason)) {
        way = seen_encode(&s);
        INVARIANT(way);
        json_decref(way);
        seen_done(&s);
    }
    if (!ask_decode(o, &a, &reason)) {
        way = ask_encode(&a);
        INVARIANT(way);
        json_decref(way);
        ask_done(&a);
    }
    json_decref(o);
    return 0;
}

/* codec_bench - what it costs to read and write a message from its table.
 *
 * Prints a line per message: bytes on the wire, nanoseconds to decode and to encode one. */
#include <stdio.h>
#include <stdlib.h>

#include "api/kafka/msg/fetch.h"
#include "api/kafka/msg/metadata.h"
#include "api/kafka/msg/produce.h"
#include "common/clock.h"
#include "tests/lib/messages.h"

enum { ROUNDS = 20000 };

static void must(err_t e)
{
    if (e)
        exit(1);
}

static void measure(const struct kf_schema *s, int16_t version, unsigned elements)
{
    OWNED_ARENA made = { 0 }, arena = { 0 };
    OWNED_BUF wire = { 0 }, out = { 0 };
    struct message_filler f = {
        .arena = &made, .version = version, .elements_max = elements, .bytes_max = 20
    };
    void *msg = arena_alloc(&made, kf_schema_size(s)), *got;
    int64_t began, decoded, encoded;

    rng_seed(&f.rng, 1);
    do { /* arrays of random lengths: one that is not nearly empty */
        buf_clear(&wire);
        message_fill(&f, s, msg);
        must(kf_encode(s, version, msg, &wire, NULL));
    } while (wire.n < (size_t)elements * 20);
    began = clock_mono_ns();
    for (int i = 0; i < ROUNDS; i++) {
        struct cursor c = cursor_over(buf_slice(&wire));

        arena_clear(&arena);
        got = arena_alloc(&arena, kf_schema_size(s));
        must(kf_decode(s, version, &c, &arena, got));
    }
    decoded = clock_mono_ns();
    for (int i = 0; i < ROUNDS; i++) {
        buf_clear(&out);
        must(kf_encode(s, version, msg, &out, NULL));
    }
    encoded = clock_mono_ns();
    printf("%-18s v%-3d %6zu bytes  decode %7lld ns  encode %7lld ns\n", kf_schema_name(s), version, wire.n,
           (long long)(decoded - began) / ROUNDS, (long long)(encoded - decoded) / ROUNDS);
}

int main(void)
{
    for (unsigned elements = 1; elements <= 16; elements *= 4) {
        measure(&kf_produce_request_schema, 13, elements);
        measure(&kf_produce_response_schema, 13, elements);
        measure(&kf_fetch_request_schema, 17, elements);
        measure(&kf_fetch_response_schema, 17, elements);
        measure(&kf_metadata_response_schema, 13, elements);
    }
    return 0;
}

#include "broker/group/topics_hash.h"

#include "broker/group/xxh3.h"
#include "tests/lib/test.h"

/* By hash4j, which Apache Kafka uses: bytes 7 * i + 3. */
static void xxh3_is_the_published_one(void **state)
{
    static const struct {
        size_t n;
        uint64_t hash;
    } known[] = {
        { 0, 0x2d06800538d394c2ull },    { 1, 0x13e608bc156defedull },
        { 3, 0xa9088dda485b481cull },    { 4, 0x6d9253b16c8b1ed3ull },
        { 8, 0x60539db630471163ull },    { 9, 0xfeff668361d723a8ull },
        { 16, 0xb8c859b0f030b585ull },   { 17, 0x714a04408e79b80full },
        { 32, 0x19ff4ee1d6ba1a55ull },   { 33, 0x3e44983ad21679c8ull },
        { 100, 0xb5937857f0d78c9full },  { 128, 0x67425a03650261bfull },
        { 129, 0xc664bf3311c6abc4ull },  { 200, 0x746cd0025327bf5bull },
        { 240, 0x64556dc6b462a6cfull },  { 241, 0x8beadd3a8874fe17ull },
        { 256, 0x3c38817f6d79c0daull },  { 300, 0xfd9aa0f0d62e0227ull },
        { 1024, 0x9b81661c641c72b1ull }, { 1025, 0x806c2072ed713576ull },
        { 1088, 0x2f8781e01841f0daull }, { 1089, 0x2a90437fe231e7e8ull },
        { 5000, 0x799aaddd7339581dull },
    };
    uint8_t bytes[5000];

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(7 * i + 3);
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        assert_true(xxh3_64(bytes, known[i].n) == known[i].hash);
}

TEST_MAIN(TEST(xxh3_is_the_published_one))

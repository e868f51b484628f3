/* Any bytes as the head of a scrape, as they arrive: an answer that stands does not change with
 * what comes behind it. */
#include "common/invariant.h"
#include "common/scrape.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    size_t most = n < SCRAPE_HEAD_MAX ? n : SCRAPE_HEAD_MAX;
    int answer = 0;

    for (size_t i = 0; i <= most; i++) {
        int now = scrape_parse(str_make((const char *)data, i));

        INVARIANT(now == 0 || now == 200 || now == 400 || now == 404 || now == 405 || now == 431 ||
                  now == 505);
        INVARIANT(!answer || now == answer);
        answer = now;
    }
    INVARIANT(most < SCRAPE_HEAD_MAX || answer);
    return 0;
}

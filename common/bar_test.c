#include "tests/lib/test.h"

#include <string.h>

#include "common/bar.h"

static void a_bar_is_as_full_as_it_should_be(void **state)
{
    static const struct {
        size_t done, all, full;
    } cases[] = { { 0, 5, 0 },  { 1, 5, BAR_WIDTH / 5 },   { 5, 5, BAR_WIDTH },
                  { 9, 5, BAR_WIDTH }, { 0, 0, 0 }, { 3, 0, 0 }, { 1, 1000, 0 } };
    char text[BAR_WIDTH + 3];

    (void)state;
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        bar_draw(cases[i].done, cases[i].all, text);
        assert_int_equal(strlen(text), BAR_WIDTH + 2);
        assert_int_equal(strspn(text + 1, "#"), cases[i].full);
        assert_int_equal(strspn(text + 1 + cases[i].full, "-"), BAR_WIDTH - cases[i].full);
    }
}

TEST_MAIN(TEST(a_bar_is_as_full_as_it_should_be))

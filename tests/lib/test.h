/* test - cmocka with the includes it wants.
 *
 *   static void a_claim_that_holds(void **state) { ... }
 *   TEST_MAIN(TEST(a_claim_that_holds), TEST(another))
 *
 * A test file is `x_test.c` beside `x.c` and links the libraries of its area. */
#ifndef KLAMM_TESTS_LIB_TEST_H
#define KLAMM_TESTS_LIB_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TEST(name) cmocka_unit_test(name)
#define TEST_MAIN(...)                                                 \
    int main(void)                                                     \
    {                                                                  \
        const struct CMUnitTest tests[] = { __VA_ARGS__ };             \
        return cmocka_run_group_tests(tests, NULL, NULL);              \
    }

/* A fresh directory below $TMPDIR or /tmp, removed at exit; static storage per call
 * site is not needed: the caller frees by mem_free. */
char *test_dir(void);

/* Fails with the error's name. */
#define assert_ok(expression)                                                                  \
    do {                                                                                       \
        err_t test_e = (expression);                                                           \
        if (test_e)                                                                            \
            fail_msg("%s:%d: %s: %s", __FILE__, __LINE__, #expression, err_name(test_e));      \
    } while (0)

#endif

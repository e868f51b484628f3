/* stores - klammd's store in tests: what fails says why. */
#ifndef KLAMM_TESTS_LIB_STORES_H
#define KLAMM_TESTS_LIB_STORES_H

#include "controlplane/store/store.h"
#include "tests/lib/test.h"

/* <dir>/klammd.db; store_free. */
static inline struct store *stores_open(const char *dir)
{
    OWNED_MEM char *path = mem_printf("%s/klammd.db", dir);
    struct store *s = NULL;
    struct why reason;

    if (store_open(path, &s, &reason))
        fail_msg("%s", reason.text);
    return s;
}

static inline void stores_commit(struct store *s)
{
    struct why reason;

    if (store_commit(s, &reason))
        fail_msg("%s", reason.text);
}

#endif

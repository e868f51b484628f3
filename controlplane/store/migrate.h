/* migrate - brings the database's schema up to this klammd's, one transaction a step. */
#ifndef KLAMM_CONTROLPLANE_STORE_MIGRATE_H
#define KLAMM_CONTROLPLANE_STORE_MIGRATE_H

#include <sqlite3.h>

#include "common/err.h"

/* ERR_NO_SPACE, ERR_CORRUPT, ERR_BUSY (another holds the lock) or ERR_IO: the last failure's kind. */
err_t store_error(sqlite3 *db);

/* Safe beside another process that does the same. ERR_UNSUPPORTED when the schema is newer,
 * or as store_error. */
err_t store_migrate(sqlite3 *db, struct why *reterr);

#endif

/* migrate - brings the database's schema up to this klammd's, one transaction a step. */
#ifndef KLAMM_CONTROLPLANE_STORE_MIGRATE_H
#define KLAMM_CONTROLPLANE_STORE_MIGRATE_H

#include <sqlite3.h>

#include "common/err.h"

/* ERR_UNSUPPORTED when the schema is newer, ERR_IO. */
err_t store_migrate(sqlite3 *db, struct why *reterr);

#endif

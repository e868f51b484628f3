/* dry - every call that changes something can answer with its plan instead (docs/dry-run.md).
 *
 * With the header DRY_HEADER: true the operation's own handler runs, on a fork of the store
 * (controlplane/store/store.h): it validates and refuses as ever, and what it changes is gone with the call.
 * The answer is made of what has become of the fork (controlplane/fleet/foresee.h). No handler knows of it,
 * so none can forget it. What a broker has to be asked for is asked with Kafka's validateOnly, or refused. */
#ifndef KLAMM_CONTROLPLANE_REST_DRY_H
#define KLAMM_CONTROLPLANE_REST_DRY_H

#include "controlplane/rest/call.h"

#define DRY_HEADER "x-klamm-dry-run"

/* Sets c->dry by the header's value (NULL: it is not there). Refuses other values than true and false, and a
 * header that is not signed: whoever could take it away would make the plan a deed. `signed_headers`: names
 * with semicolons between. */
void dry_read_header(struct call *c, const char *value, struct str signed_headers);

/* c->answer is the plan of what `handle` does, or it has refused. */
void dry_run(struct call *c, const char *operation, rest_fn handle);

#endif

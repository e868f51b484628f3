/* dispatch - a call whose signature is good, to its operation of MSK's API. */
#ifndef KLAMM_CONTROLPLANE_REST_DISPATCH_H
#define KLAMM_CONTROLPLANE_REST_DISPATCH_H

#include "controlplane/rest/call.h"

/* Path as on the request line. Sets c->answer or c->finish, or refuses. With c->dry an operation that may
 * change something is run by dry.h: the one place that decides it. */
void dispatch(struct call *c, struct str method, struct str path, struct slice body);
/* c->body out of the request's, or a refusal. */
void dispatch_body(struct call *c, struct slice body);

#endif

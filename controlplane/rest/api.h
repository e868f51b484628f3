/* api - the MSK REST API: who calls, what they call, what comes back.
 *
 * Order of checks as AWS's front end has it: signature, route, body, then the operation. */
#ifndef KLAMM_CONTROLPLANE_REST_API_H
#define KLAMM_CONTROLPLANE_REST_API_H

#include "controlplane/config.h"
#include "controlplane/fleet/fleet.h"
#include "controlplane/rest/http.h"
#include "controlplane/store/store.h"

struct api {
    struct store *store;
    const struct config *config;
    struct fleet *fleet;
};

/* Handler of the REST servers; its ctx is a struct api. */
void api_handle(struct http_request *r);

#endif

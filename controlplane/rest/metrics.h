/* metrics - klammd's own numbers for Prometheus: GET /metrics at the loopback listener, unsigned.
 *
 * Prometheus signs no scrape, and who is on this machine may know how many clusters are well. Everything is
 * counted when somebody asks, of what is in memory anyway. */
#ifndef KLAMM_CONTROLPLANE_REST_METRICS_H
#define KLAMM_CONTROLPLANE_REST_METRICS_H

#include "controlplane/rest/http.h"

/* The handler of the loopback listener; its ctx is the struct api. What is not /metrics is api_handle's. */
void metrics_handle(struct http_request *r);

#endif

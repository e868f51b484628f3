/* run_internal - the connections of a run, and the requests it makes. */
#ifndef KLAMM_AGENT_REBALANCE_RUN_INTERNAL_H
#define KLAMM_AGENT_REBALANCE_RUN_INTERNAL_H

#include "agent/rebalance/run.h"
#include "api/kafka/client.h"

struct run_node {
    int32_t id; /* -1: of the bootstrap list */
    char *host;
    uint16_t port;
    struct kf_client *client;
};

struct run {
    const struct run_options *o;
    struct execute *x;
    struct survey survey;
    struct run_node *nodes;
    unsigned nodes_n;
};

/* The addresses of a bootstrap list. ERR_INVALID names the word. */
err_t run_nodes(struct run *r, const char *bootstrap, struct why *reterr);
void run_nodes_done(struct run *r);
/* Brokers of the survey are nodes from now on, under their addresses of now. */
void run_learn(struct run *r);

/* One request to `broker`, or with -1 to any that answers. A connection that fails is closed. */
err_t run_call(struct run *r, int32_t broker, int16_t api_key, const void *msg, struct arena *a,
               const void **ret, struct why *reterr);

/* What `broker` knows of the cluster; -1: any. */
err_t run_metadata(struct run *r, int32_t broker, struct survey *ret, struct why *reterr);
/* Who is there and what it holds, into the survey; its brokers are nodes from then on. */
err_t run_look(struct run *r, struct why *reterr);

/* Those that go (run_retire.c); ERR_AGAIN: not so yet. Directories are cordoned, or no longer; a broker says
 * itself that it holds nothing; the cluster forgets those that are stopped; ERR_INVALID: something has
 * come to be on one of them since. */
err_t run_cordon(struct run *r, struct why *reterr);
err_t run_uncordon(struct run *r, struct why *reterr);
err_t run_confirm_empty(struct run *r, int32_t broker, struct why *reterr);
err_t run_unregister(struct run *r, struct why *reterr);

/* The level of a feature of the cluster; 0: it is off. */
err_t run_feature(struct run *r, const char *name, int16_t *ret, struct why *reterr);
/* Features of the cluster that are below those of r->o->release are raised; ERR_OK: none is. ERR_INVALID: the
 * cluster refuses. */
err_t run_release(struct run *r, struct why *reterr);

/* The requests. Errors are of the whole request; refusals of single targets go to execute_refused. */
err_t run_throttle(struct run *r, struct why *reterr);
err_t run_submit(struct run *r, struct why *reterr);
err_t run_elect(struct run *r, struct why *reterr);
err_t run_take_back(struct run *r, struct why *reterr);
err_t run_untie(struct run *r, struct why *reterr);

#endif

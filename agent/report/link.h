/* link - the agent's side of api/agent/messages.h, always dialled from here.
 *
 * Two threads that wait (libcurl blocks). One polls for what is wanted, and between two polls sends the
 * report that follows an answer: a node where nothing happens has one connection. The other reports what is
 * seen while a poll waits, over a connection that is closed when it is quiet. They meet the loop in posted
 * tasks and a mailbox that holds the newest report only: reports are whole, so an older one that was not
 * sent is not missed. Failures are tried again for ever, with back-off.
 *
 * The reporting thread also renews the agent's certificate in time (pki.h): from then on every new
 * connection shows the new one, while klammd takes the old one until it expires. */
#ifndef KLAMM_AGENT_REPORT_LINK_H
#define KLAMM_AGENT_REPORT_LINK_H

#include <jansson.h>

#include "api/agent/messages.h"
#include "common/err.h"
#include "common/loop.h"

struct link;

struct link_options {
    struct loop *loop;        /* kept */
    const char *server;       /* https://host:port, kept */
    const char *identity_dir; /* agent.key, agent.crt, ca.crt; kept */
    const char *name;         /* of the node; kept */
    const char *installation; /* identity.h; kept */
    /* {revision, processes}, borrowed; on the loop's thread. */
    void (*wanted)(void *ctx, const json_t *wanted);
    /* klammd has given this node up for good, and says so: nothing is asked or reported from here on. */
    void (*removed)(void *ctx, const char *message);
    void *ctx;
};

err_t link_start(const struct link_options *o, struct link **ret, struct why *reterr);
/* Ends the threads; a poll that waits is broken off. NULL is fine. */
struct link *link_stop(struct link *l);
/* The newest report, taken over; sent as soon as the one before is through. */
void link_report(struct link *l, json_t *report);

struct join_options {
    const char *server, *ca_file, *token_file; /* token_file: needed when there is no certificate yet */
    const char *identity_dir, *name, *zone;
    struct node_facts facts;
};
/* Makes key and certificate when they are not there yet, and a certificate anew when it has expired; waits
 * for klammd as long as it takes. ERR_UNAUTHENTICATED, ERR_INVALID: klammd said no, ERR_NOT_FOUND: no
 * token, ERR_CORRUPT: agent.crt is no certificate. */
err_t link_join(const struct join_options *o, struct why *reterr);

#endif

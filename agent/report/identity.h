/* identity - whose data directory this is, and whether its node is still one.
 *
 *   <data>/node-name   the name of the node, from the first start on: the processes below are its own
 *   <data>/installation  a random text, from the first start on: an agent with a copy of this one's
 *                        certificate, but not of this directory, is another
 *   <data>/removed     what klammd said when it gave the node up: nothing here is started again */
#ifndef KLAMM_AGENT_REPORT_IDENTITY_H
#define KLAMM_AGENT_REPORT_IDENTITY_H

#include "common/err.h"

/* The directory is the node's: from now on when it was nobody's. ERR_CONFLICT when it is another node's,
 * ERR_FORBIDDEN when the node was removed, as fs_replace: `reterr` says which and what to do. */
err_t identity_claim(const char *data_dir, const char *name, struct why *reterr);

/* `ret`, 33 bytes: the text of `installation`. As fs_replace. */
err_t identity_installation(const char *data_dir, char *ret, struct why *reterr);

/* Remembers that the node was removed. As fs_replace. */
err_t identity_removed(const char *data_dir, const char *message, struct why *reterr);

#endif

/* pki - the agent's key and certificate: <identity>/agent.key (0600), agent.crt, ca.crt.
 *
 * The key is made once, before anybody hears of it, and stays: a renewal replaces agent.crt alone, by
 * rename, so a crash at any instruction leaves a key and a certificate that belong together. */
#ifndef KLAMM_AGENT_REPORT_PKI_H
#define KLAMM_AGENT_REPORT_PKI_H

#include <stdint.h>

#include "common/err.h"

/* Unix time in seconds; all zero when there is none. */
struct pki_validity {
    int64_t not_before_s, not_after_s;
};

/* A certificate request in PEM as `name`, signed by the key, which is made when it is not there. The
 * caller frees. Errors as fs_replace. */
err_t pki_request(const char *identity_dir, const char *name, char **ret_csr, struct why *reterr);

/* Of agent.crt. ERR_NOT_FOUND: there is none yet, ERR_CORRUPT: it is not a certificate. */
err_t pki_validity(const char *identity_dir, struct pki_validity *ret, struct why *reterr);

/* Puts the PEM certificate in the place of agent.crt. ERR_INVALID when it is none, or none of the key:
 * what was there stays. */
err_t pki_keep(const char *identity_dir, const char *certificate_pem, struct why *reterr);

/* When to ask for a new certificate: after two thirds of its life, earlier by up to a twentieth by
 * `random`, so that agents that joined together do not come together. */
int64_t pki_renew_at_s(const struct pki_validity *v, uint32_t random);
/* So long after a failure it is tried again: a fiftieth of its life, a second to an hour. */
int64_t pki_retry_s(const struct pki_validity *v);

#endif

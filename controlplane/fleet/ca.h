/* ca - klammd's own certificate authority: ECDSA P-256, one for the server and the agents.
 *
 *   <data_dir>/pki/ca.key ca.crt server.key server.crt     keys are 0600
 *
 * The server's certificate names 127.0.0.1, localhost and the listen addresses. An agent's
 * certificate bears its node's name as common name and is good for client authentication alone. */
#ifndef KLAMM_CONTROLPLANE_FLEET_CA_H
#define KLAMM_CONTROLPLANE_FLEET_CA_H

#include <openssl/ssl.h>

#include "common/err.h"
#include "common/mem.h"
#include "common/slice.h"

struct ca;

/* Loads what is there, makes what is missing. `hosts` are further names of the server, up to NULL. */
err_t ca_open(const char *data_dir, const char *const *hosts, struct ca **ret, struct why *reterr);
struct ca *ca_free(struct ca *c);
DEFINE_OWNED(ca)

/* TLS 1.2 and up with the server's certificate; `clients`: a client's certificate is asked for and,
 * when given, must be of this authority. The caller frees by SSL_CTX_free. */
err_t ca_server_context(struct ca *c, bool clients, SSL_CTX **ret, struct why *reterr);
/* Signs a PEM request as `name`, whatever name it asks for, for so long from now on (and five minutes, at
 * most a tenth of it, back: clocks differ). The caller frees the PEM text. */
err_t ca_sign(struct ca *c, const char *csr_pem, const char *name, int64_t lifetime_s, char **ret_certificate,
              struct why *reterr);
/* SHA-256 of the request's public key as hex; ERR_INVALID as ca_sign. */
err_t ca_request_key(const char *csr_pem, char ret[65], struct why *reterr);
/* The authority's own certificate as PEM, borrowed. */
const char *ca_certificate(const struct ca *c);

#endif

/* credentials - which access key signs, found where AWS's own tools look.
 *
 * In this order, the first that is there wins:
 *   1. `file` (--credentials or KLAMM_CREDENTIALS_FILE), section `profile`
 *   2. AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (AWS_SESSION_TOKEN), when no profile is asked for
 *   3. AWS_SHARED_CREDENTIALS_FILE or ~/.aws/credentials, section `profile`
 * The file is AWS's: sections in brackets, `aws_access_key_id = ...`, `aws_secret_access_key`,
 * `aws_session_token`; '#' and ';' begin comment lines. */
#ifndef KLAMM_API_REST_CREDENTIALS_H
#define KLAMM_API_REST_CREDENTIALS_H

#include "common/err.h"
#include "common/mem.h"
#include "common/slice.h"

enum { CREDENTIALS_BYTES_MAX = 1 << 20 };

struct credentials {
    char *access_key, *secret, *session_token; /* the last may be NULL */
};

/* `file` and `profile` may be NULL (none; AWS_PROFILE or "default"). ERR_NOT_FOUND when there is
 * no key anywhere, ERR_MALFORMED, ERR_IO: `reterr` says where was looked. */
err_t credentials_find(const char *file, const char *profile, struct credentials **ret, struct why *reterr);

/* Section `profile` of a file's text. ERR_NOT_FOUND, ERR_MALFORMED with the line's number. */
err_t credentials_parse(struct str text, const char *profile, struct credentials **ret, struct why *reterr);

/* NULL is fine; the secret is wiped. */
struct credentials *credentials_free(struct credentials *c);
DEFINE_OWNED(credentials)

#endif

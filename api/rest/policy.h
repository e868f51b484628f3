/* policy - the text of a cluster's resource policy, as PutClusterPolicy takes it. Pure.
 *
 * IAM's grammar for resource policies (2012-10-17 and 2008-10-17): an object with Version and
 * Statement, one or a list, each with Effect, a principal, actions and resources. What the policy
 * allows is not looked at: klamm serves one account, and its listeners know no IAM. So it is kept
 * and given back, byte by byte. */
#ifndef KLAMM_API_REST_POLICY_H
#define KLAMM_API_REST_POLICY_H

#include "api/rest/members.h"

enum { POLICY_BYTES_MAX = 20480, POLICY_STATEMENTS_MAX = 100 };

/* False with the member, the value and the rule in `reterr`. */
bool policy_check(const char *text, struct refusal *reterr);

#endif

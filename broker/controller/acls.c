/* ACLs: without an authorizer there is nobody who would obey them, so none is taken, as by Apache
 * Kafka. Delegation tokens: without delegation.token.secret.key there is nothing to make them with. */
#include "broker/controller/core.h"

#include "api/kafka/msg/create_acls.h"
#include "api/kafka/msg/create_delegation_token.h"
#include "api/kafka/msg/delete_acls.h"
#include "api/kafka/msg/describe_acls.h"
#include "api/kafka/msg/expire_delegation_token.h"
#include "api/kafka/msg/renew_delegation_token.h"

#define NOBODY STR_LIT("No Authorizer is configured.")

void decide_create_acls(struct call *k, const void *request, void *response)
{
    const struct kf_create_acls_request *q = request;
    struct kf_create_acls_response *res = response;

    res->results = arena_array(k->a, (size_t)q->creations_n + 1, sizeof(*res->results));
    for (int32_t n = 0; n < q->creations_n; n++)
        res->results[res->results_n++] =
            (__typeof__(*res->results)){ KF_ERR_SECURITY_DISABLED, NOBODY };
}

void decide_delete_acls(struct call *k, const void *request, void *response)
{
    const struct kf_delete_acls_request *q = request;
    struct kf_delete_acls_response *res = response;

    res->filter_results = arena_array(k->a, (size_t)q->filters_n + 1, sizeof(*res->filter_results));
    for (int32_t n = 0; n < q->filters_n; n++)
        res->filter_results[res->filter_results_n++] =
            (__typeof__(*res->filter_results)){ .error_code = KF_ERR_SECURITY_DISABLED,
                                                .error_message = NOBODY };
}

void decide_describe_acls(struct call *k, const void *request, void *response)
{
    struct kf_describe_acls_response *res = response;

    (void)k, (void)request;
    res->error_code = KF_ERR_SECURITY_DISABLED;
    res->error_message = (struct str)STR_LIT("No Authorizer is configured on the broker");
}

void decide_create_delegation_token(struct call *k, const void *request, void *response)
{
    (void)k, (void)request;
    ((struct kf_create_delegation_token_response *)response)->error_code =
        KF_ERR_DELEGATION_TOKEN_AUTH_DISABLED;
}

void decide_renew_delegation_token(struct call *k, const void *request, void *response)
{
    (void)k, (void)request;
    ((struct kf_renew_delegation_token_response *)response)->error_code =
        KF_ERR_DELEGATION_TOKEN_AUTH_DISABLED;
}

void decide_expire_delegation_token(struct call *k, const void *request, void *response)
{
    (void)k, (void)request;
    ((struct kf_expire_delegation_token_response *)response)->error_code =
        KF_ERR_DELEGATION_TOKEN_AUTH_DISABLED;
}

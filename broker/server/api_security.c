#include "api/kafka/fields.h"
#include "api/kafka/msg/create_delegation_token.h"
#include "api/kafka/msg/describe_acls.h"
#include "api/kafka/msg/describe_delegation_token.h"
#include "api/kafka/msg/expire_delegation_token.h"
#include "api/kafka/msg/renew_delegation_token.h"
#include "broker/metadata/describe.h"
#include "broker/server/broker.h"
#include "broker/server/handlers.h"

/* Who may do what, and how much: what brokers tell of it. */

void api_describe_client_quotas(struct broker *b, struct request *r)
{
    struct kf_describe_client_quotas_request *q =
        REQUEST_DECODE(r, kf_describe_client_quotas_request);
    struct kf_describe_client_quotas_response *m;

    if (!q)
        return;
    m = MESSAGE_NEW(r->arena, kf_describe_client_quotas_response);
    describe_client_quotas(b->image, r->arena, q, m);
    request_reply(r, &kf_describe_client_quotas_response_schema, m);
}

void api_describe_user_scram_credentials(struct broker *b, struct request *r)
{
    struct kf_describe_user_scram_credentials_request *q =
        REQUEST_DECODE(r, kf_describe_user_scram_credentials_request);
    struct kf_describe_user_scram_credentials_response *m;

    if (!q)
        return;
    m = MESSAGE_NEW(r->arena, kf_describe_user_scram_credentials_response);
    describe_scram_credentials(b->image, r->arena, q, m);
    request_reply(r, &kf_describe_user_scram_credentials_response_schema, m);
}

/* There is no authorizer, so there are no ACLs; those to be made or deleted go to the controller,
 * which says the same. */
void api_describe_acls(struct broker *b, struct request *r)
{
    struct kf_describe_acls_request *q = REQUEST_DECODE(r, kf_describe_acls_request);
    struct kf_describe_acls_response *m;

    (void)b;
    if (!q)
        return;
    m = MESSAGE_NEW(r->arena, kf_describe_acls_response);
    m->error_code = KF_ERR_SECURITY_DISABLED;
    m->error_message = (struct str)STR_LIT("No Authorizer is configured on the broker");
    request_reply(r, &kf_describe_acls_response_schema, m);
}

/* Tokens are for who has proved by SASL or a certificate who he is: on a plaintext listener nobody
 * has. */
void api_delegation_token(struct broker *b, struct request *r)
{
    const struct kf_api *api = kf_api(r->api_key);
    void *q = request_decode(r, api->request, api->request->size);
    void *m;

    (void)b;
    if (!q)
        return;
    m = message_new(r->arena, api->response, api->response->size);
    switch (r->api_key) {
    case KF_API_CREATE_DELEGATION_TOKEN:
        ((struct kf_create_delegation_token_response *)m)->error_code =
            KF_ERR_DELEGATION_TOKEN_REQUEST_NOT_ALLOWED;
        break;
    case KF_API_RENEW_DELEGATION_TOKEN:
        ((struct kf_renew_delegation_token_response *)m)->error_code =
            KF_ERR_DELEGATION_TOKEN_REQUEST_NOT_ALLOWED;
        break;
    case KF_API_EXPIRE_DELEGATION_TOKEN:
        ((struct kf_expire_delegation_token_response *)m)->error_code =
            KF_ERR_DELEGATION_TOKEN_REQUEST_NOT_ALLOWED;
        break;
    default:
        ((struct kf_describe_delegation_token_response *)m)->error_code =
            KF_ERR_DELEGATION_TOKEN_REQUEST_NOT_ALLOWED;
        break;
    }
    request_reply(r, api->response, m);
}

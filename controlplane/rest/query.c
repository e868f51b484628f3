#include "controlplane/rest/query.h"

#define EC2_NAMESPACE "http://ec2.amazonaws.com/doc/2016-11-15/"
#define STS_NAMESPACE "https://sts.amazonaws.com/doc/2011-06-15/"

/* Bytes outside of ASCII become character references of their own: always well-formed, and only
 * refusals quote what a caller has sent. */
void query_put_text(struct buf *b, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = (uint8_t)s.p[i];

        if (c == '<' || c == '>' || c == '&' || c == '"' || c >= 0x7f)
            buf_printf(b, "&#%u;", c);
        else
            buf_put_u8(b, c >= ' ' ? c : '?');
    }
}

static void put_element(struct buf *b, const char *name, const char *text)
{
    buf_printf(b, "<%s>", name);
    query_put_text(b, str_of(text));
    buf_printf(b, "</%s>", name);
}

/* klamm has keys and no users: the key is the name. */
static void sts_get_caller_identity(struct call *c)
{
    char *key = arena_text(c->arena, c->access_key);

    put_element(&c->xml, "Arn",
                arena_printf(c->arena, "arn:aws:iam::%s:user/%s", c->config->account_id, key));
    put_element(&c->xml, "UserId", key);
    put_element(&c->xml, "Account", c->config->account_id);
}

static const struct action {
    enum call_service service;
    const char *name;
    rest_fn handle;
} actions[] = {
    { CALL_STS, "GetCallerIdentity", sts_get_caller_identity },
    { CALL_EC2, "DescribeSubnets", ec2_describe_subnets },
    { CALL_EC2, "DescribeVpcs", ec2_describe_vpcs },
    { CALL_EC2, "DescribeAvailabilityZones", ec2_describe_zones },
    { CALL_EC2, "DescribeSecurityGroups", ec2_describe_security_groups },
};

void query_dispatch(struct call *c)
{
    struct str action = call_query(c, "Action", 0);

    if (!action.n) {
        call_refuse(c, 400, "MissingAction", "", "The request must contain the parameter Action.");
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
        if (actions[i].service != c->service || !str_is(action, actions[i].name))
            continue;
        c->action = actions[i].name;
        actions[i].handle(c);
        return;
    }
    call_refuse(c, 400, "InvalidAction", "", "The action %.*s is not available in klamm.",
                (int)(action.n < 80 ? action.n : 80), action.p);
}

static void print_refusal(const struct call *c, const char *request_id, struct buf *ret)
{
    bool sts = c->service == CALL_STS;

    buf_put_text(ret, sts ? "<ErrorResponse xmlns=\"" STS_NAMESPACE "\"><Error><Type>Sender</Type>"
                          : "<Response><Errors><Error>");
    put_element(ret, "Code", c->error_type);
    put_element(ret, "Message", c->why.text);
    buf_put_text(ret, sts ? "</Error>" : "</Error></Errors>");
    put_element(ret, sts ? "RequestId" : "RequestID", request_id);
    buf_put_text(ret, sts ? "</ErrorResponse>" : "</Response>");
}

void query_print(const struct call *c, const char *request_id, struct buf *ret)
{
    bool sts = c->service == CALL_STS;

    buf_put_text(ret, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    if (call_refused(c)) {
        print_refusal(c, request_id, ret);
        return;
    }
    buf_printf(ret, "<%sResponse xmlns=\"%s\">", c->action, sts ? STS_NAMESPACE : EC2_NAMESPACE);
    if (sts)
        buf_printf(ret, "<%sResult>", c->action);
    else
        put_element(ret, "requestId", request_id);
    buf_put(ret, c->xml.p, c->xml.n);
    if (sts)
        buf_printf(ret, "</%sResult><ResponseMetadata><RequestId>%s</RequestId></ResponseMetadata>",
                   c->action, request_id);
    buf_printf(ret, "</%sResponse>", c->action);
}

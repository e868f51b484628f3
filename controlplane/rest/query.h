/* query - the few EC2 and STS calls that whoever calls MSK needs beside it, in AWS's query
 * protocol.
 *
 * A form `Action=DescribeSubnets&SubnetId.1=...` comes in, XML goes out. Which service is meant
 * says the signature's scope, so one endpoint serves all three. The VPC is that of klammd.yaml:
 * EC2's calls only read it. Every other action is refused with InvalidAction. */
#ifndef KLAMM_CONTROLPLANE_REST_QUERY_H
#define KLAMM_CONTROLPLANE_REST_QUERY_H

#include "controlplane/rest/call.h"

enum { QUERY_VALUES_MAX = 200, QUERY_FILTERS_MAX = 20 };

/* c->query holds the form. Fills c->xml or refuses. */
void query_dispatch(struct call *c);

/* What goes on the wire: c->xml with its envelope, or the refusal in the service's own form. */
void query_print(const struct call *c, const char *request_id, struct buf *ret);

/* XML text with its escapes, for any bytes; appended. */
void query_put_text(struct buf *b, struct str s);

/* The actions of ec2.c; each fills c->xml. */
void ec2_describe_subnets(struct call *c);
void ec2_describe_vpcs(struct call *c);
void ec2_describe_zones(struct call *c);
void ec2_describe_security_groups(struct call *c);

#endif

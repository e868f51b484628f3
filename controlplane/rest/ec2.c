#include <fnmatch.h>
#include <stdlib.h>

#include "controlplane/rest/query.h"

enum { RESERVED_ADDRESSES = 5 }; /* of every subnet, as at AWS */

/* One thing in an answer: its elements, each with the filter that looks at it (NULL: none does). */
struct attribute {
    const char *element, *filter, *value;
};

/* What a call asks for: the ids it names, and filters. */
struct question {
    const char *id_parameter;    /* "SubnetId" */
    const char *missing;         /* error code for an id that is not there */
    const char *const *filters;  /* known names */
    bool id_seen[QUERY_VALUES_MAX];
    unsigned ids, found;
};

/* Name.1, Name.2, ... */
static struct str numbered(struct call *c, const char *name, unsigned i)
{
    return call_query(c, arena_printf(c->arena, "%s.%u", name, i + 1), 0);
}

static bool known_filter(const char *const *names, const char *name)
{
    while (*names && strcmp(*names, name) != 0)
        names++;
    return *names || strncmp(name, "tag:", 4) == 0 || strcmp(name, "tag-key") == 0;
}

static struct str filter_name(struct call *c, unsigned i)
{
    return call_query(c, arena_printf(c->arena, "Filter.%u.Name", i + 1), 0);
}

static void check_filters(struct call *c, const struct question *q)
{
    struct str name;
    unsigned i = 0;

    for (; (name = filter_name(c, i)).p; i++) {
        if (i == QUERY_FILTERS_MAX)
            call_refuse(c, 400, "FilterLimitExceeded", "", "At most %d filters are allowed.",
                        QUERY_FILTERS_MAX);
        else if (!known_filter(q->filters, arena_text(c->arena, name)))
            call_refuse(c, 400, "InvalidParameterValue", "", "The filter '%.*s' is invalid",
                        (int)(name.n < 80 ? name.n : 80), name.p);
        if (call_refused(c))
            return;
    }
}

static void begin(struct call *c, struct question *q)
{
    if (str_is(call_query(c, "DryRun", 0), "true"))
        call_refuse(c, 412, "DryRunOperation", "",
                    "Request would have succeeded, but DryRun flag is set.");
    if (call_query(c, "NextToken", 0).n)
        call_refuse(c, 400, "InvalidPaginationToken", "",
                    "NextToken: klamm answers in one page and gives no tokens.");
    while (numbered(c, q->id_parameter, q->ids).p && q->ids < QUERY_VALUES_MAX)
        q->ids++;
    if (q->ids == QUERY_VALUES_MAX)
        call_refuse(c, 400, "InvalidParameterValue", "", "%s: at most %d may be named.",
                    q->id_parameter, QUERY_VALUES_MAX - 1);
    if (!call_refused(c))
        check_filters(c, q);
}

/* One of the filter's values fits; '*' and '?' are wild. No object has tags, so no tag filter fits.
 */
static bool filter_fits(struct call *c, unsigned filter, struct str name, const struct attribute *a)
{
    struct str value;

    while (a->element && (!a->filter || !str_is(name, a->filter)))
        a++;
    if (!a->element)
        return false;
    for (unsigned i = 0; i < QUERY_VALUES_MAX; i++) {
        value = call_query(c, arena_printf(c->arena, "Filter.%u.Value.%u", filter + 1, i + 1), 0);
        if (!value.p)
            return false;
        if (fnmatch(arena_text(c->arena, value), a->value, 0) == 0)
            return true;
    }
    return false;
}

static bool asked_for(struct call *c, struct question *q, const struct attribute *a)
{
    bool named = q->ids == 0;
    struct str name;

    for (unsigned i = 0; i < q->ids; i++) {
        if (!str_is(numbered(c, q->id_parameter, i), a[0].value))
            continue;
        q->id_seen[i] = true;
        named = true;
    }
    for (unsigned i = 0; named && i < QUERY_FILTERS_MAX; i++) {
        name = filter_name(c, i);
        if (!name.p)
            break;
        named = filter_fits(c, i, name, a);
    }
    return named;
}

/* `a[0]` is the id; a NULL element ends. */
static void item(struct call *c, struct question *q, const struct attribute *a)
{
    if (call_refused(c) || !asked_for(c, q, a))
        return;
    q->found++;
    buf_put_text(&c->xml, "<item>");
    for (; a->element; a++) {
        buf_printf(&c->xml, "<%s>", a->element);
        query_put_text(&c->xml, str_of(a->value));
        buf_printf(&c->xml, "</%s>", a->element);
    }
    buf_put_text(&c->xml, "</item>");
}

static void end(struct call *c, const struct question *q)
{
    struct str max = call_query(c, "MaxResults", 0);
    unsigned long n = max.n ? strtoul(max.p, NULL, 10) : q->found;

    for (unsigned i = 0; i < q->ids && !call_refused(c); i++) {
        struct str id = numbered(c, q->id_parameter, i);

        if (!q->id_seen[i])
            call_refuse(c, 400, q->missing, "", "%s: '%.*s' does not exist", q->id_parameter,
                        (int)(id.n < 80 ? id.n : 80), id.p);
    }
    if (n < q->found)
        call_refuse(c, 400, "InvalidParameterValue", "",
                    "MaxResults: '%.*s' is fewer than the %u there are; klamm "
                    "answers in one page.",
                    (int)(max.n < 20 ? max.n : 20), max.p, q->found);
}

static unsigned addresses_used(struct call *c, const struct subnet *s)
{
    unsigned n = 0;

    list_each(at, store_clusters(c->store)) {
        struct cluster *cluster = list_item(at, struct cluster, node);

        list_each(node, &cluster->processes)
            n += strcmp(list_item(node, struct process, node)->subnet_id, s->id) == 0;
    }
    return n;
}

/* A zone has one name in klamm: it is its id too. */
static void subnet_item(struct call *c, struct question *q, const struct subnet *s)
{
    unsigned taken = addresses_used(c, s) + RESERVED_ADDRESSES, all = ~s->mask + 1;
    const struct attribute a[] = {
        { "subnetId", "subnet-id", s->id },
        { "subnetArn", "subnet-arn",
          arena_printf(c->arena, "arn:aws:ec2:%s:%s:subnet/%s", c->config->region,
                       c->config->account_id, s->id) },
        { "state", "state", "available" },
        { "ownerId", "owner-id", c->config->account_id },
        { "vpcId", "vpc-id", c->config->vpc_id },
        { "cidrBlock", "cidr-block", s->cidr },
        { "availableIpAddressCount", "available-ip-address-count",
          arena_printf(c->arena, "%u", all > taken ? all - taken : 0) },
        { "availabilityZone", "availability-zone", s->zone },
        { "availabilityZoneId", "availability-zone-id", s->zone },
        { "defaultForAz", "default-for-az", "false" },
        { "mapPublicIpOnLaunch", "map-public-ip-on-launch", "false" },
        { "assignIpv6AddressOnCreation", NULL, "false" },
        { NULL, NULL, NULL },
    };

    item(c, q, a);
}

void ec2_describe_subnets(struct call *c)
{
    static const char *const filters[] = { "subnet-id",
                                           "subnet-arn",
                                           "state",
                                           "owner-id",
                                           "vpc-id",
                                           "cidr-block",
                                           "available-ip-address-count",
                                           "availability-zone",
                                           "availability-zone-id",
                                           "default-for-az",
                                           "map-public-ip-on-launch",
                                           NULL };
    struct question q = { .id_parameter = "SubnetId",
                          .missing = "InvalidSubnetID.NotFound",
                          .filters = filters };

    begin(c, &q);
    buf_put_text(&c->xml, "<subnetSet>");
    for (unsigned i = 0; i < c->config->subnets_n; i++)
        subnet_item(c, &q, &c->config->subnets[i]);
    buf_put_text(&c->xml, "</subnetSet>");
    end(c, &q);
}

void ec2_describe_vpcs(struct call *c)
{
    static const char *const filters[] = { "vpc-id", "state", "owner-id", "cidr", "is-default",
                                           "dhcp-options-id", NULL };
    struct question q = { .id_parameter = "VpcId",
                          .missing = "InvalidVpcID.NotFound",
                          .filters = filters };
    const struct attribute a[] = {
        { "vpcId", "vpc-id", c->config->vpc_id },
        { "state", "state", "available" },
        { "ownerId", "owner-id", c->config->account_id },
        { "cidrBlock", "cidr", c->config->vpc_cidr },
        { "dhcpOptionsId", "dhcp-options-id", "default" },
        { "instanceTenancy", NULL, "default" },
        { "isDefault", "is-default", "true" },
        { NULL, NULL, NULL },
    };

    begin(c, &q);
    buf_put_text(&c->xml, "<vpcSet>");
    item(c, &q, a);
    buf_put_text(&c->xml, "</vpcSet>");
    end(c, &q);
}

static bool zone_told(const struct config *config, unsigned i)
{
    for (unsigned j = 0; j < i; j++)
        if (strcmp(config->subnets[j].zone, config->subnets[i].zone) == 0)
            return true;
    return false;
}

void ec2_describe_zones(struct call *c)
{
    static const char *const filters[] = { "zone-name",     "zone-id",    "state",
                                           "region-name",   "group-name", "zone-type",
                                           "opt-in-status", NULL };
    struct question q = { .id_parameter = "ZoneName",
                          .missing = "InvalidParameterValue",
                          .filters = filters };

    begin(c, &q);
    buf_put_text(&c->xml, "<availabilityZoneInfo>");
    for (unsigned i = 0; i < c->config->subnets_n; i++) {
        const char *zone = c->config->subnets[i].zone;
        const struct attribute a[] = {
            { "zoneName", "zone-name", zone },
            { "zoneId", "zone-id", zone },
            { "zoneState", "state", "available" },
            { "regionName", "region-name", c->config->region },
            { "groupName", "group-name", c->config->region },
            { "networkBorderGroup", NULL, c->config->region },
            { "zoneType", "zone-type", "availability-zone" },
            { "optInStatus", "opt-in-status", "opt-in-not-required" },
            { NULL, NULL, NULL },
        };

        if (!zone_told(c->config, i))
            item(c, &q, a);
    }
    buf_put_text(&c->xml, "</availabilityZoneInfo>");
    end(c, &q);
}

void ec2_describe_security_groups(struct call *c)
{
    static const char *const filters[] = { "group-id", "group-name", "description",
                                           "vpc-id",   "owner-id",   NULL };
    struct question q = { .id_parameter = "GroupId",
                          .missing = "InvalidGroup.NotFound",
                          .filters = filters };
    const struct attribute a[] = {
        { "groupId", "group-id", c->config->security_group },
        { "groupName", "group-name", "default" },
        { "groupDescription", "description", "klamm filters no traffic by groups" },
        { "vpcId", "vpc-id", c->config->vpc_id },
        { "ownerId", "owner-id", c->config->account_id },
        { NULL, NULL, NULL },
    };

    begin(c, &q);
    buf_put_text(&c->xml, "<securityGroupInfo>");
    item(c, &q, a);
    buf_put_text(&c->xml, "</securityGroupInfo>");
    end(c, &q);
}

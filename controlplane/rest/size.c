/* How large a cluster is: brokers, their volumes, their type. */
#include <strings.h>

#include "controlplane/fleet/capacity.h"
#include "controlplane/fleet/grow.h"
#include "controlplane/rest/routes.h"
#include "controlplane/rest/update.h"
#include "controlplane/scaling/storage.h"
#include "controlplane/fleet/rebalance.h"

enum { BROKERS_MAX = 60 };

static json_t *group_of(const struct cluster *cluster)
{
    return json_object_get(cluster->spec, "brokerNodeGroupInfo");
}

/* Whether every node has room for what its brokers of the cluster are to take more. */
static bool has_room(struct call *c, const struct cluster *cluster, const char *parameter,
                     const struct placement_amount *more)
{
    struct why reason;

    if (capacity_has_room(c->store, c->config, cluster, more, &reason))
        call_bad(c, parameter, "%s", reason.text);
    return !call_refused(c);
}

/* MSK's rules: volumes only grow, by 10 GiB at least. klamm asks for no pause between two growths.
 */
static bool check_growth(struct call *c, const char *parameter, json_int_t now, json_int_t wanted)
{
    if (wanted == now)
        call_bad(
            c, parameter,
            "The request does not include any updates to the EBS volumes of the cluster. Verify"
            " the request, then try again.");
    else if (wanted < now + STORAGE_STEP_GIB)
        call_bad(c, parameter,
                 "To update storage, you must increase it by at least %d GiB. The volumes have %lld"
                 " GiB, %lld were asked for.",
                 STORAGE_STEP_GIB, (long long)now, (long long)wanted);
    else if (wanted > STORAGE_GIB_MAX)
        call_bad(c, parameter, "volumeSizeGB: %lld must be at most %d.", (long long)wanted,
                 STORAGE_GIB_MAX);
    return !call_refused(c);
}

static void grow(struct call *c, struct cluster *cluster, const char *parameter, json_int_t wanted)
{
    struct act a = { c->store, c->config, c->now_ms };
    json_int_t now = grow_gib(cluster);
    struct placement_amount more = { 0 };

    if (!check_growth(c, parameter, now, wanted))
        return;
    more.storage_bytes = (wanted - now) << 30;
    if (!has_room(c, cluster, parameter, &more))
        return;
    store_begin(c->store);
    update_answer(c, cluster, grow_begin(&a, cluster, wanted));
}

static bool is_provisioned(const json_t *o)
{
    return json_is_true(json_object_get(json_object_get(o, "provisionedThroughput"), "enabled"));
}

static void refuse_throughput(struct call *c)
{
    call_bad(c, "provisionedThroughput",
             "provisionedThroughput: not available in klamm, volumes are as fast as"
             " the node's disk.");
}

void rest_update_broker_storage(struct call *c)
{
    struct cluster *cluster = update_cluster(c, true);
    const json_t *infos = json_object_get(c->body, "targetBrokerEBSVolumeInfo");
    const json_t *info = json_array_get(infos, 0), *size = json_object_get(info, "volumeSizeGB");
    const char *id = json_string_value(json_object_get(info, "kafkaBrokerNodeId"));

    if (!cluster)
        return;
    if (!json_is_array(infos) || !json_array_size(infos))
        call_bad(c, "targetBrokerEBSVolumeInfo",
                 "The request is missing a required parameter: targetBrokerEBSVolumeInfo.");
    else if (json_array_size(infos) > 1 || !id || strcasecmp(id, "All") != 0)
        call_bad(c, "kafkaBrokerNodeId",
                 "kafkaBrokerNodeId: '%.32s' must be All: the volumes of all brokers grow"
                 " together.",
                 id ? id : "");
    else if (is_provisioned(info))
        refuse_throughput(c);
    else if (!json_is_integer(size))
        call_bad(c, "volumeSizeGB", "The parameter volumeSizeGB must be a whole number.");
    else
        grow(c, cluster, "volumeSizeGB", json_integer_value(size));
}

void rest_update_storage(struct call *c)
{
    struct cluster *cluster = update_cluster(c, true);
    const json_t *size = json_object_get(c->body, "volumeSizeGB");
    const json_t *mode = json_object_get(c->body, "storageMode");

    if (!cluster)
        return;
    if (is_provisioned(c->body))
        refuse_throughput(c);
    else if (mode && (!json_is_string(mode) || strcmp(json_string_value(mode), "LOCAL") != 0))
        call_bad(c, "storageMode", "storageMode: '%.32s' is not available yet in klamm, LOCAL is.",
                 json_is_string(mode) ? json_string_value(mode) : "");
    else if (size && !json_is_integer(size))
        call_bad(c, "volumeSizeGB", "The parameter volumeSizeGB must be a whole number.");
    else
        grow(c, cluster, "volumeSizeGB",
             size ? json_integer_value(size)
                  : grow_gib(cluster));
}

static bool check_count(struct call *c, const struct cluster *cluster, const json_t *wanted)
{
    const json_t *fill = json_object_get(c->body, "klammRebalance");
    const json_t *rate = json_object_get(c->body, "klammRateMiB");
    json_int_t n = json_integer_value(wanted);
    json_int_t zones =
        (json_int_t)json_array_size(json_object_get(group_of(cluster), "clientSubnets"));

    if (!wanted)
        call_bad(c, "targetNumberOfBrokerNodes",
                 "The request is missing a required parameter: targetNumberOfBrokerNodes.");
    else if (!json_is_integer(wanted) || n < 1 || n > BROKERS_MAX)
        call_bad(c, "targetNumberOfBrokerNodes",
                 "targetNumberOfBrokerNodes: must be a whole number of 1 to %d.", BROKERS_MAX);
    else if (n % zones != 0)
        call_bad(c, "targetNumberOfBrokerNodes",
                 "The number of broker nodes must be a multiple of Availability Zones in the "
                 "ClientSubnets"
                 " parameter: targetNumberOfBrokerNodes is %lld, clientSubnets has %lld.",
                 (long long)n, (long long)zones);
    else if (n == cluster->brokers_n)
        call_bad(c, "targetNumberOfBrokerNodes",
                 "targetNumberOfBrokerNodes: the cluster has %lld brokers already.", (long long)n);
    else if (cluster->brokers_n - n > zones)
        call_bad(c, "targetNumberOfBrokerNodes",
                 "targetNumberOfBrokerNodes: at most one broker per Availability Zone can be removed"
                 " at a time: from %d brokers in %lld zones %lld is the least.",
                 cluster->brokers_n, (long long)zones, (long long)(cluster->brokers_n - zones));
    else if (fill && !json_is_boolean(fill))
        call_bad(c, "klammRebalance", "klammRebalance: must be true or false.");
    else if (rate && (!json_is_integer(rate) || json_integer_value(rate) < 1 ||
                      json_integer_value(rate) > REBALANCE_RATE_MIB_MAX))
        call_bad(c, "klammRateMiB", "klammRateMiB: must be a number of 1 to %d.", REBALANCE_RATE_MIB_MAX);
    return !call_refused(c);
}

/* MSK's rule: brokers that stay must be able to hold what all of them hold. */
static bool check_rest(struct call *c, const struct cluster *cluster, json_int_t n)
{
    struct why reason;

    if (n < cluster->brokers_n && capacity_partitions_fit_on(cluster, n, &reason))
        call_bad(c, "targetNumberOfBrokerNodes", "targetNumberOfBrokerNodes: %s", reason.text);
    return !call_refused(c);
}

static void add_brokers(struct call *c, struct cluster *cluster, struct operation *o, json_int_t n)
{
    bool fill = !json_is_false(json_object_get(c->body, "klammRebalance"));

    json_object_set_new(o->plan, "count", json_integer(n));
    json_object_set_new(o->plan, "fill", json_boolean(fill));
    cluster->brokers_n = (int32_t)n;
    json_object_set_new(cluster->spec, "numberOfBrokerNodes", json_integer(n));
}

/* Of each zone the broker with the highest id. */
static json_t *highest_ids(struct cluster *cluster)
{
    json_t *ids = json_array();

    list_each(node, &cluster->processes) {
        const struct process *p = list_item(node, struct process, node);
        bool highest = p->kind == PROCESS_BROKER;

        list_each(at, &cluster->processes) {
            const struct process *q = list_item(at, struct process, node);

            highest &= q->kind != PROCESS_BROKER || strcmp(q->subnet_id, p->subnet_id) != 0 ||
                       q->node_id <= p->node_id;
        }
        if (highest)
            json_array_append_new(ids, json_integer(p->node_id));
    }
    return ids;
}

void rest_update_broker_count(struct call *c)
{
    struct cluster *cluster = update_cluster(c, true);
    const json_t *wanted = json_object_get(c->body, "targetNumberOfBrokerNodes");
    const json_t *rate = json_object_get(c->body, "klammRateMiB");
    json_int_t n = json_integer_value(wanted);
    struct operation *o;
    bool more;

    if (!cluster || !check_count(c, cluster, wanted) || !check_rest(c, cluster, n))
        return;
    more = n > cluster->brokers_n;
    o = update_begin(c, cluster, more ? "INCREASE_BROKER_COUNT" : "DECREASE_BROKER_COUNT");
    json_object_set_new(o->source, "numberOfBrokerNodes", json_integer(cluster->brokers_n));
    json_object_set_new(o->target, "numberOfBrokerNodes", json_integer(n));
    json_object_set_new(o->plan, "since", json_integer(store_next_revision(c->store)));
    if (rate)
        json_object_set_new(o->plan, "rate", json_integer(json_integer_value(rate) << 20));
    if (more)
        add_brokers(c, cluster, o, n);
    else /* MSK asks its user to empty them first; klamm empties them */
        json_object_set_new(o->plan, "remove", highest_ids(cluster));
    update_answer(c, cluster, o);
}

/* Without "kafka.", as MSK shows types in operations. */
static json_t *short_type(const char *type)
{
    return json_string(strncmp(type, "kafka.", 6) == 0 ? type + 6 : type);
}

static void set_type(struct call *c, struct cluster *cluster, const char *type)
{
    const char *before = capacity_instance_type(cluster);
    const struct instance_type *from = instance_type_find(before), *to = instance_type_find(type);
    struct placement_amount more = { to->vcpus - from->vcpus,
                                     (int64_t)(to->memory_gib - from->memory_gib) * (1 << 30), 0 };
    struct operation *o;

    if (!update_partitions_fit(c, cluster, type, "targetInstanceType") ||
        !has_room(c, cluster, "targetInstanceType", &more))
        return;
    o = update_begin(c, cluster, "UPDATE_BROKER_TYPE");
    json_object_set_new(o->source, "instanceType", short_type(before));
    json_object_set_new(o->target, "instanceType", short_type(type));
    json_object_set_new(o->plan, "undo",
                        json_pack("{s:o}", "brokerNodeGroupInfo", json_deep_copy(group_of(cluster))));
    json_object_set_new(group_of(cluster), "instanceType", json_string(type));
    update_touch(c, o, "restart", NULL, false);
    update_answer(c, cluster, o);
}

void rest_update_broker_type(struct call *c)
{
    struct cluster *cluster = update_cluster(c, true);
    const char *type = json_string_value(json_object_get(c->body, "targetInstanceType"));

    if (!cluster)
        return;
    if (!type)
        call_bad(c, "targetInstanceType",
                 "The request is missing a required parameter: targetInstanceType.");
    else if (!instance_type_find(type))
        call_bad(c, "targetInstanceType",
                 "Unsupported InstanceType [%.32s]. Valid values: kafka.t3.small,"
                 " kafka.m5.* (large to 24xlarge) and kafka.m7g.* (large to 16xlarge).",
                 type);
    else if (strcmp(type, capacity_instance_type(cluster)) == 0)
        call_bad(c, "targetInstanceType", "targetInstanceType: the brokers are %s already.", type);
    else
        set_type(c, cluster, type);
}

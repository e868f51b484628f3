#include "controlplane/rest/shape.h"

#include "api/rest/validate.h"
#include "controlplane/reconcile/plan.h"
#include "controlplane/store/event.h"

/* What is true of every cluster as long as brokers have plaintext listeners alone. */
static json_t *encryption(void)
{
    return json_pack("{s:{s:s, s:b}}", "encryptionInTransit", "clientBroker", "PLAINTEXT",
                     "inCluster", 0);
}

static json_t *authentication(void)
{
    return json_pack("{s:{s:{s:b}, s:{s:b}}, s:{s:b}, s:{s:b}}", "sasl", "scram", "enabled", 0,
                     "iam", "enabled", 0, "tls", "enabled", 0, "unauthenticated", "enabled", 1);
}

static json_t *broker_group(struct call *c, const struct cluster *cluster)
{
    json_t *group = json_deep_copy(json_object_get(cluster->spec, "brokerNodeGroupInfo"));
    json_t *subnets = json_object_get(group, "clientSubnets"), *zones = json_array();

    if (!json_array_size(json_object_get(group, "securityGroups")))
        json_object_set_new(group, "securityGroups", json_pack("[s]", c->config->security_group));
    for (size_t i = 0; i < json_array_size(subnets); i++) {
        const struct subnet *s =
            config_subnet(c->config, json_string_value(json_array_get(subnets, i)));

        if (s)
            json_array_append_new(zones, json_string(s->zone));
    }
    json_object_set_new(group, "zoneIds", zones);
    return group;
}

/* Why something failed, and what to do about it. */
static json_t *with_advice(const char *reason, const char *code, bool creation)
{
    const char *advice = store_advice(code ? code : "");
    size_t n = strlen(reason);

    return json_sprintf("%s%s%s%s", reason, n && reason[n - 1] == '.' ? " " : ". ",
                        advice,
                        creation ? " A cluster that was never active is not tried again: delete it and"
                                   " create it anew."
                                 : "");
}

static json_t *state_info(const struct cluster *cluster)
{
    const char *code = cluster->state_code;

    return json_pack("{s:s, s:o}", "code", code ? code : "", "message",
                     cluster->state == CLUSTER_FAILED ? with_advice(cluster->state_message, code, true)
                                                      : json_string(cluster->state_message));
}

static void set_common(struct call *c, const struct cluster *cluster, json_t *o)
{
    const struct operation *active = store_active_operation(c->store, cluster);

    json_object_set_new(o, "clusterArn", json_string(cluster->arn));
    json_object_set_new(o, "clusterName", json_string(cluster->name));
    json_object_set_new(o, "creationTime", json_time(cluster->created_ms));
    json_object_set_new(o, "currentVersion", json_string(cluster->current_version));
    json_object_set_new(o, "state", json_string(store_cluster_state_name(cluster->state)));
    json_object_set_new(o, "tags", json_deep_copy(cluster->tags));
    if (active)
        json_object_set_new(o, "activeOperationArn", json_string(active->arn));
    if (cluster->state_message)
        json_object_set_new(o, "stateInfo", state_info(cluster));
}

/* `configuration`: {arn, revision}, or none. */
static json_t *software(const struct cluster *cluster, const json_t *configuration)
{
    json_t *o = json_pack("{s:O}", "kafkaVersion", json_object_get(cluster->spec, "kafkaVersion"));

    if (json_is_object(configuration)) {
        json_object_set(o, "configurationArn", json_object_get(configuration, "arn"));
        json_object_set(o, "configurationRevision", json_object_get(configuration, "revision"));
    }
    return o;
}

static void set_provisioned(struct call *c, const struct cluster *cluster, json_t *o)
{
    json_object_set_new(o, "brokerNodeGroupInfo", broker_group(c, cluster));
    json_object_set_new(o, "clientAuthentication", authentication());
    json_object_set_new(o, "currentBrokerSoftwareInfo",
                        software(cluster, json_object_get(cluster->spec, "configurationInfo")));
    json_object_set_new(o, "encryptionInfo", encryption());
    json_object_update_new(o, validate_monitoring_of(cluster->spec));
    json_object_set_new(o, "numberOfBrokerNodes", json_integer(cluster->brokers_n));
    json_object_set_new(o, "storageMode", json_string("LOCAL"));
    json_object_set_new(o, "customerActionStatus", json_string("NONE"));
}

json_t *shape_cluster_v1(struct call *c, const struct cluster *cluster)
{
    json_t *o = json_object();

    set_common(c, cluster, o);
    set_provisioned(c, cluster, o);
    return o;
}

json_t *shape_cluster_v2(struct call *c, const struct cluster *cluster)
{
    json_t *o = json_object(), *provisioned = json_object();

    set_common(c, cluster, o);
    json_object_set_new(o, "clusterType", json_string("PROVISIONED"));
    set_provisioned(c, cluster, provisioned);
    json_object_set_new(o, "provisioned", provisioned);
    return o;
}

static void set_operation(const struct operation *o, json_t *ret)
{
    json_object_set_new(ret, "clusterArn", json_string(o->cluster_arn));
    json_object_set_new(ret, "operationArn", json_string(o->arn));
    json_object_set_new(ret, "operationState", json_string(store_operation_state_name(o)));
    json_object_set_new(ret, "operationType", json_string(o->type));
}

/* It ended with its cluster: there is nothing to be done. */
static bool is_deleted(const struct operation *o)
{
    return o->error_code && strcmp(o->error_code, "Deleted") == 0;
}

static json_t *error_info(const struct operation *o)
{
    bool creation = strcmp(o->type, "CREATE_CLUSTER") == 0 && !is_deleted(o);

    return json_pack("{s:s, s:o}", "errorCode", o->error_code ? o->error_code : "Failed", "errorString",
                     is_deleted(o) ? json_string(o->error_message)
                                   : with_advice(o->error_message, o->error_code, creation));
}

static json_t *step(const char *name, const char *status)
{
    return json_pack("{s:s, s:{s:s}}", "stepName", name, "stepInfo", "stepStatus", status);
}

/* What comes before the step under way is done, what comes behind it is not. */
static json_t *steps(const struct operation *o)
{
    const json_t *names = json_object_get(o->plan, "steps");
    const char *before = o->state == OPERATION_PENDING ? "PENDING" : "COMPLETED";
    const char *at = o->state == OPERATION_FAILED ? "FAILED" : "IN_PROGRESS";
    bool reached = o->state == OPERATION_PENDING || o->state == OPERATION_COMPLETE;
    json_t *ret = json_array();

    for (size_t i = 0; i < json_array_size(names); i++) {
        const char *name = json_string_value(json_array_get(names, i));
        bool here = !reached && (!o->step || strcmp(o->step, name) == 0);

        json_array_append_new(ret, step(name, here ? at : before));
        if (here)
            before = "PENDING";
        reached |= here;
    }
    if (!names && o->step)
        json_array_append_new(ret, step(o->step, at));
    return ret;
}

static void set_change(const struct operation *o, json_t *ret)
{
    json_object_set_new(ret, "operationSteps", steps(o));
    json_object_set_new(ret, "sourceClusterInfo", json_deep_copy(o->source));
    json_object_set_new(ret, "targetClusterInfo", json_deep_copy(o->target));
}

json_t *shape_operation_v1(const struct operation *o)
{
    json_t *ret = json_object();

    set_operation(o, ret);
    json_object_set_new(ret, "creationTime", json_time(o->created_ms));
    if (o->ended_ms)
        json_object_set_new(ret, "endTime", json_time(o->ended_ms));
    if (o->error_message)
        json_object_set_new(ret, "errorInfo", error_info(o));
    set_change(o, ret);
    return ret;
}

json_t *shape_operation_v2(const struct operation *o, bool full)
{
    json_t *ret = json_object(), *provisioned;

    set_operation(o, ret);
    json_object_set_new(ret, "clusterType", json_string("PROVISIONED"));
    json_object_set_new(ret, "startTime", json_time(o->created_ms));
    if (o->ended_ms)
        json_object_set_new(ret, "endTime", json_time(o->ended_ms));
    if (!full)
        return ret;
    if (o->error_message)
        json_object_set_new(ret, "errorInfo", error_info(o));
    provisioned = json_object();
    set_change(o, provisioned);
    json_object_set_new(ret, "provisioned", provisioned);
    return ret;
}

/* ListNodes says m5.large where all other answers say kafka.m5.large. */
static const char *node_type(const json_t *instance_type)
{
    const char *type = json_string_value(instance_type);

    return type && strncmp(type, "kafka.", 6) == 0 ? type + 6 : type;
}

/* A member of the cluster's spec as `p` has it: one that the update has not reached yet has what was there
 * before. */
static const json_t *spec_of(const struct operation *o, const struct process *p, const char *member)
{
    const json_t *undo = o ? json_object_get(o->plan, "undo") : NULL;
    const json_t *old = json_object_get(undo, member);
    bool before = old && !json_object_get(o->plan, "undoing") && !plan_has_touched(o, p);

    return before ? old : json_object_get(p->cluster->spec, member);
}

json_t *shape_node(const struct cluster *cluster, const struct process *p, const struct operation *active)
{
    OWNED_MEM char *arn =
        mem_printf("%s/%s-%d", cluster->arn, store_process_kind_name(p->kind), p->node_id);
    const json_t *group = spec_of(active, p, "brokerNodeGroupInfo");
    json_t *o =
        json_pack("{s:s, s:o}", "nodeARN", arn, "addedToClusterTime", json_time(p->added_ms));

    if (p->kind == PROCESS_CONTROLLER) { /* MSK's model knows no nodeType but BROKER */
        json_object_set_new(o, "controllerNodeInfo", json_pack("{s:[s]}", "endpoints", p->address));
        return o;
    }
    json_object_set_new(o, "nodeType", json_string("BROKER"));
    json_object_set_new(o, "instanceType",
                        json_string(node_type(json_object_get(group, "instanceType"))));
    json_object_set_new(o, "brokerNodeInfo",
                        json_pack("{s:i, s:s, s:s, s:[s], s:o}", "brokerId", p->node_id,
                                  "clientSubnet", p->subnet_id, "clientVpcIpAddress", p->address,
                                  "endpoints", p->address, "currentBrokerSoftwareInfo",
                                  software(cluster, spec_of(active, p, "configurationInfo"))));
    return o;
}

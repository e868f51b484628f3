/* klamm storage; klamm cluster autoscale */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/cli/cli.h"
#include "api/cli/print.h"

#define POLICY "klamm-storage"

enum { VOLUME_GIB_MAX = 16384 };

static const struct cli_option autoscale_options[] = {
    { "target", "PERCENT",
      "grow when the fullest broker uses more of its volume, 10 to 80 (default 60)" },
    { "max-gib", "N", "the size that a volume never grows above" },
    { "off", NULL, "volumes grow by hand alone from here on" },
    { NULL, NULL, NULL },
};

static int call(struct cli *c, const char *operation, json_t *body, json_t **ret)
{
    struct rest_refusal refusal;
    bool dry = c->dry && strncmp(operation, "Describe", 8) != 0;
    json_t *plan = NULL;
    err_t e = rest_client_scaling(c->client, operation, body, dry ? &plan : ret, &refusal);

    json_decref(body);
    if (!e && dry)
        return cli_planned(c, plan);
    if (!e)
        return CLI_OK;
    return cli_fail(cli_exit_of(e), "%s (%s)", refusal.why.text,
                    *refusal.type ? refusal.type : "no answer");
}

static json_t *resource(const char *arn)
{
    return json_pack("{s:s, s:s, s:s}", "ServiceNamespace", "kafka", "ResourceId", arn,
                     "ScalableDimension", "kafka:broker-storage:VolumeSize");
}

static json_t *target_of(const char *arn, int64_t max)
{
    json_t *o = resource(arn);

    json_object_set_new(o, "MinCapacity", json_integer(1));
    json_object_set_new(o, "MaxCapacity", json_integer(max));
    return o;
}

static json_t *policy_of(const char *arn, const char *name, int64_t percent)
{
    json_t *o = resource(arn);

    json_object_set_new(o, "PolicyName", json_string(name));
    json_object_set_new(o, "PolicyType", json_string("TargetTrackingScaling"));
    json_object_set_new(o, "TargetTrackingScalingPolicyConfiguration",
                        json_pack("{s:f, s:b, s:{s:s}}", "TargetValue", (double)percent,
                                  "DisableScaleIn", true, "PredefinedMetricSpecification",
                                  "PredefinedMetricType", "KafkaBrokerStorageUtilization"));
    return o;
}

/* There may be a policy of another name, made by Terraform: it is changed, there can be no second.
 */
static int policy_name(struct cli *c, const char *arn, char **ret)
{
    json_t *answer = NULL;
    int code = call(c, "DescribeScalingPolicies", resource(arn), &answer);
    const char *name =
        cli_text(json_array_get(json_object_get(answer, "ScalingPolicies"), 0), "PolicyName");

    if (!code)
        *ret = mem_strdup(*name ? name : POLICY);
    json_decref(answer);
    return code;
}

static int turn_off(struct cli *c, const char *arn)
{
    json_t *answer = NULL;
    int code = call(c, "DeregisterScalableTarget", resource(arn), &answer);

    if (!code && c->json)
        cli_print_json(answer);
    else if (!code)
        printf("the volumes of %s grow by hand alone\n", c->args->positional[0]);
    json_decref(answer);
    return code;
}

static int turn_on(struct cli *c, const char *arn, int64_t percent, int64_t max)
{
    OWNED_MEM char *name = NULL;
    json_t *answer = NULL;
    int code = policy_name(c, arn, &name);

    if (!code && c->dry)
        cli_fail(CLI_OK, "two calls are made; this is the plan of the first, which the second needs");
    if (!code)
        code = call(c, "RegisterScalableTarget", target_of(arn, max), NULL);
    if (!code)
        code = call(c, "PutScalingPolicy", policy_of(arn, name, percent), &answer);
    if (!code && c->json)
        cli_print_json(answer);
    else if (!code)
        printf("the volumes of %s grow by themselves above %lld %%, to %lld GiB at most\n",
               c->args->positional[0], (long long)percent, (long long)max);
    json_decref(answer);
    return code;
}

static int autoscale(struct cli *c)
{
    bool off = args_get(c->args, "off") != NULL;
    OWNED_MEM char *arn = NULL;
    int64_t percent = 60, max = 0;
    struct why reason;
    int code;

    if (args_number(c->args, "target", 10, 80, &percent, &reason) ||
        args_number(c->args, "max-gib", 1, VOLUME_GIB_MAX, &max, &reason))
        return cli_fail(CLI_USAGE, "%s", reason.text);
    if (!off && !max)
        return cli_fail(CLI_USAGE,
                        "--max-gib is missing: the size that a volume never grows above");
    code = cli_cluster_arn(c, c->args->positional[0], &arn);
    if (code)
        return code;
    return off ? turn_off(c, arn) : turn_on(c, arn, percent, max);
}

/* --- klamm storage --- */

/* "1.25 of 100 GiB" and such, in members of their own. */
static void add_texts(json_t *broker)
{
    const json_t *used = json_object_get(broker, "usedBytes"),
                 *total = json_object_get(broker, "totalBytes");
    const json_t *days = json_object_get(broker, "daysToFull");
    double gib = 1 << 30;
    OWNED_MEM char *text =
        total ? mem_printf("%.2f", json_number_value(used) / gib) : mem_strdup("-");
    OWNED_MEM char *of =
        total ? mem_printf("%.2f", json_number_value(total) / gib) : mem_strdup("-");
    OWNED_MEM char *percent =
        total ? mem_printf("%.1f %%", json_number_value(json_object_get(broker, "utilization")))
              : mem_strdup("-");
    OWNED_MEM char *full = days ? mem_printf("%.1f", json_number_value(days)) : mem_strdup("-");

    json_object_set_new(broker, "used", json_string(text));
    json_object_set_new(broker, "of", json_string(of));
    json_object_set_new(broker, "percent", json_string(percent));
    json_object_set_new(broker, "full", json_string(full));
}

static void print_scaling(const json_t *scaling)
{
    const char *refused = cli_text(scaling, "notGrownBecause");

    if (!scaling) {
        printf("volumes grow by hand alone (klamm cluster autoscale)\n");
        return;
    }
    printf("volumes grow by themselves above %.4g %%, to %s GiB at most (policy %s)\n",
           json_number_value(json_object_get(scaling, "targetUtilization")),
           cli_text(scaling, "maxCapacity"), cli_text(scaling, "policyName"));
    if (*refused)
        printf("they do not now: %s\n", refused);
}

static void print_storage(const json_t *answer)
{
    static const struct table_column columns[] = {
        { "BROKER", "brokerId" }, { "NODE", "node" },    { "USED GIB", "used" },
        { "OF GIB", "of" },       { "USED", "percent" }, { "DAYS TO FULL", "full" },
        { NULL, NULL },
    };
    json_t *brokers = json_object_get(answer, "brokers"), *broker;
    size_t i;

    json_array_foreach(brokers, i, broker) add_texts(broker);
    print_table(columns, brokers);
    print_scaling(json_object_get(answer, "autoScaling"));
}

static int storage(struct cli *c)
{
    OWNED_MEM char *arn = NULL;
    OWNED_MEM char *target = NULL;
    json_t *answer = NULL;
    int code = cli_cluster_arn(c, c->args->positional[0], &arn);

    if (code)
        return code;
    target = rest_path("/klamm/v1/clusters/%s/storage", arn);
    code = cli_call(c, "GET", target, NULL, &answer);
    if (!code && c->json)
        cli_print_json(answer);
    else if (!code)
        print_storage(answer);
    json_decref(answer);
    return code;
}

const struct cli_command cli_storage_commands[] = {
    { "storage", "CLUSTER", "show how full a cluster's volumes are, and when they will be", NULL, 1,
      1, NULL, false, storage },
    { "cluster autoscale", "CLUSTER", "let a cluster's volumes grow by themselves",
      "As Application Auto Scaling does for MSK, but without its pause of six hours: when the "
      "fullest broker\n"
      "uses more than --target of its volume, all volumes grow by the larger of 10 GiB and 10 %, "
      "or as far as\n"
      "it takes to be at the target again. They never shrink.",
      1, 1, autoscale_options, false, autoscale },
    { NULL, NULL, NULL, NULL, 0, 0, NULL, false, NULL },
};

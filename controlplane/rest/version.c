/* Versions of Apache Kafka: which there are, which follow on one, and a cluster's way to a newer one. */
#include "api/rest/validate.h"
#include "controlplane/reconcile/plan.h"
#include "controlplane/rest/configurations.h"
#include "controlplane/rest/routes.h"
#include "controlplane/rest/update.h"

void rest_list_kafka_versions(struct call *c)
{
    json_t *items = json_array();
    struct page page;

    c->answer = json_pack("{s:o}", "kafkaVersions", items);
    if (!call_page(c, &page))
        return;
    for (const char *const *v = validate_kafka_versions; *v; v++)
        if (page_take(&page, *v))
            json_array_append_new(items, json_pack("{s:s, s:s}", "version", *v, "status", "ACTIVE"));
    page_end(c, &page);
}

static json_t *newer_than(const char *version)
{
    json_t *ret = json_array();

    for (const char *const *v = validate_kafka_versions; *v; v++)
        if (validate_version_is_newer(*v, version))
            json_array_append_new(ret, json_string(*v));
    return ret;
}

static const char *version_of(const struct cluster *cluster)
{
    return json_string_value(json_object_get(cluster->spec, "kafkaVersion"));
}

void rest_get_compatible_kafka_versions(struct call *c)
{
    struct str arn = call_query(c, "clusterArn", 0);
    json_t *items = json_array();
    const struct cluster *cluster = NULL;

    c->answer = json_pack("{s:o}", "compatibleKafkaVersions", items);
    if (arn.p) {
        c->parameters[0] = arn;
        cluster = call_cluster(c);
        if (!cluster)
            return;
    }
    for (const char *const *v = validate_kafka_versions; *v; v++)
        if (!cluster || strcmp(*v, version_of(cluster)) == 0)
            json_array_append_new(items, json_pack("{s:s, s:o}", "sourceVersion", *v, "targetVersions",
                                                   newer_than(*v)));
}

static void refuse_target(struct call *c, const char *target, const char *now)
{
    json_t *newer = newer_than(now);
    OWNED_BUF all = { 0 };

    for (size_t i = 0; i < json_array_size(newer); i++)
        buf_printf(&all, "%s%s", i ? ", " : "", json_string_value(json_array_get(newer, i)));
    json_decref(newer);
    call_bad(c, "targetKafkaVersion",
             "Unsupported KafkaVersion [%.64s]. Valid values: [%s], for a cluster with %s: features are"
             " raised and never lowered.", target, buf_text(&all), now);
}

static void check_target(struct call *c, const char *target, const char *now)
{
    if (!target)
        call_bad(c, "targetKafkaVersion", "The request is missing a required parameter: targetKafkaVersion.");
    else if (strcmp(target, now) == 0)
        call_bad(c, "targetKafkaVersion", "targetKafkaVersion: the cluster runs %s already.", now);
    else if (!validate_version_is_newer(target, now))
        refuse_target(c, target, now);
}

/* Every process is started anew, so that it runs what its node has installed; then features are raised. */
static void upgrade(struct call *c, struct cluster *cluster, const char *target, json_t *configuration)
{
    struct operation *o = update_begin(c, cluster, "UPDATE_CLUSTER_KAFKA_VERSION");

    json_object_set_new(o->source, "kafkaVersion", json_string(version_of(cluster)));
    json_object_set_new(o->target, "kafkaVersion", json_string(target));
    json_object_set_new(o->plan, "release", json_string(target));
    if (configuration)
        configuration_set(cluster, o, configuration);
    update_touch(c, o, "restart", NULL, true);
    update_answer(c, cluster, o);
}

void rest_update_kafka_version(struct call *c)
{
    struct cluster *cluster = update_cluster(c, true);
    const char *target = json_string_value(json_object_get(c->body, "targetKafkaVersion"));
    const json_t *info = json_object_get(c->body, "configurationInfo");
    json_t *configuration = NULL;

    if (!cluster)
        return;
    check_target(c, target, version_of(cluster));
    if (!call_refused(c) && info && !json_is_null(info))
        configuration = configuration_wanted(c, info);
    if (!call_refused(c) && update_partitions_fit(c, cluster, NULL, "targetKafkaVersion"))
        upgrade(c, cluster, target, configuration);
    json_decref(configuration);
}

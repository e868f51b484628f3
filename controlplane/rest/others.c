#include "api/rest/validate.h"
#include "controlplane/rest/routes.h"
#include "controlplane/rest/shape.h"

static struct operation *find_operation(struct call *c)
{
    struct operation *o = store_operation(c->store, c->parameters[0]);

    if (!o)
        call_refuse(c, 404, "NotFoundException", "clusterOperationArn",
                    "The ARN that you supplied doesn't identify an existing cluster operation: "
                    "%.*s",
                    STR_ARG(c->parameters[0]));
    return o;
}

void rest_describe_operation(struct call *c)
{
    const struct operation *o = find_operation(c);

    if (o)
        c->answer = json_pack("{s:o}", "clusterOperationInfo", shape_operation_v1(o));
}

void rest_describe_operation_v2(struct call *c)
{
    const struct operation *o = find_operation(c);

    if (o)
        c->answer = json_pack("{s:o}", "clusterOperationInfo", shape_operation_v2(o, true));
}

static void list(struct call *c, bool v2)
{
    struct cluster *cluster = call_cluster(c);
    json_t *items = json_array();
    struct page page;

    c->answer = json_pack("{s:o}", "clusterOperationInfoList", items);
    if (!cluster || !call_page(c, &page))
        return;
    list_each(node, store_operations(c->store)) {
        const struct operation *o = list_item(node, struct operation, node);

        if (strcmp(o->cluster_arn, cluster->arn) == 0 && page_take(&page, o->arn))
            json_array_append_new(items, v2 ? shape_operation_v2(o, false) : shape_operation_v1(o));
    }
    page_end(c, &page);
}

void rest_list_operations(struct call *c)
{
    list(c, false);
}

void rest_list_operations_v2(struct call *c)
{
    list(c, true);
}

static struct cluster *tagged(struct call *c)
{
    struct cluster *cluster = store_cluster(c->store, c->parameters[0]);

    if (!cluster)
        call_refuse(c, 404, "NotFoundException", "resourceArn",
                    "The ARN that you supplied doesn't identify an existing resource: %.*s",
                    STR_ARG(c->parameters[0]));
    return cluster;
}

void rest_list_tags(struct call *c)
{
    const struct cluster *cluster = tagged(c);

    if (cluster)
        c->answer = json_pack("{s:o}", "tags", json_deep_copy(cluster->tags));
}

static void set_tags(struct call *c, struct cluster *cluster, json_t *tags)
{
    store_begin(c->store);
    json_decref(cluster->tags);
    cluster->tags = tags;
    store_put_cluster(c->store, cluster);
    call_commit(c);
    c->status = 204;
}

void rest_tag_resource(struct call *c)
{
    struct cluster *cluster = tagged(c);
    struct refusal refusal = { 0 };
    json_t *all, *checked;

    if (!cluster)
        return;
    if (!json_is_object(json_object_get(c->body, "tags"))) {
        call_bad(c, "tags", "The request is missing a required parameter: tags.");
        return;
    }
    all = json_deep_copy(cluster->tags);
    json_object_update(all, json_object_get(c->body, "tags"));
    checked = validate_tags(all, &refusal);
    json_decref(all);
    if (!checked)
        call_bad(c, refusal.parameter, "%s", refusal.why.text);
    else
        set_tags(c, cluster, checked);
}

void rest_untag_resource(struct call *c)
{
    struct cluster *cluster = tagged(c);
    json_t *left;
    struct str key;

    if (!cluster)
        return;
    if (!call_query(c, "tagKeys", 0).p) {
        call_bad(c, "tagKeys", "The request is missing a required parameter: tagKeys.");
        return;
    }
    left = json_deep_copy(cluster->tags);
    for (unsigned i = 0; (key = call_query(c, "tagKeys", i)).p; i++)
        json_object_del(left, key.p);
    set_tags(c, cluster, left);
}

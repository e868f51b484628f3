/* PutClusterPolicy and its kin: the text is kept with a version of its own, apart from the cluster's. */
#include "api/rest/policy.h"

#include "common/log.h"
#include "controlplane/fleet/act.h"
#include "controlplane/rest/routes.h"

static void keep(struct call *c, struct cluster *cluster, const char *policy, const char *version)
{
    store_begin(c->store);
    store_set_text(&cluster->policy, policy);
    store_set_text(&cluster->policy_version, version);
    store_put_cluster(c->store, cluster);
    call_commit(c);
    log_event(LOG_INFO, policy ? "policy_put" : "policy_delete", "name=%s", cluster->name);
}

/* Who names a version must name the one that is there; who names none overwrites. */
static void check_version(struct call *c, const struct cluster *cluster)
{
    const char *version = json_string_value(json_object_get(c->body, "currentVersion"));

    if (!version || (cluster->policy && strcmp(version, cluster->policy_version) == 0))
        return;
    call_bad(c, "currentVersion",
             "The version of the cluster policy isn't current. Check the current version and try "
             "again. '%.64s' was given, the cluster has %s%s.",
             version, cluster->policy ? "" : "no policy", cluster->policy ? cluster->policy_version : "");
}

void rest_put_cluster_policy(struct call *c)
{
    struct cluster *cluster = call_cluster(c);
    const char *policy = json_string_value(json_object_get(c->body, "policy"));
    struct refusal refusal = { 0 };
    char version[15];

    if (!cluster)
        return;
    if (!members_check(members_policy, c->body, &refusal) || !policy_check(policy, &refusal))
        call_bad(c, refusal.parameter, "%s", refusal.why.text);
    else
        check_version(c, cluster);
    if (call_refused(c))
        return;
    act_new_version(version);
    keep(c, cluster, policy, version);
    c->answer = json_pack("{s:s}", "currentVersion", version);
}

/* The cluster of the path if it has a policy, or a refusal. */
static struct cluster *with_policy(struct call *c)
{
    struct cluster *cluster = call_cluster(c);

    if (cluster && !cluster->policy)
        call_refuse(c, 404, "NotFoundException", "clusterArn", "The cluster %s has no policy.",
                    cluster->name);
    return call_refused(c) ? NULL : cluster;
}

void rest_get_cluster_policy(struct call *c)
{
    const struct cluster *cluster = with_policy(c);

    if (cluster)
        c->answer = json_pack("{s:s, s:s}", "currentVersion", cluster->policy_version, "policy",
                              cluster->policy);
}

void rest_delete_cluster_policy(struct call *c)
{
    struct cluster *cluster = with_policy(c);

    if (!cluster)
        return;
    keep(c, cluster, NULL, NULL);
    c->answer = json_object();
}

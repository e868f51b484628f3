#include "tests/lib/test.h"

#include "controlplane/rest/routes.h"

static const struct route *find(const char *method, const char *path, struct str *ret_first)
{
    struct str parameters[ROUTE_PARAMETERS_MAX] = { 0 };
    bool known;
    const struct route *r = route_find(str_of(method), str_of(path), parameters, &known);

    assert_true(known || !r);
    *ret_first = parameters[0];
    return r;
}

static void expect(const char *method, const char *path, const char *name, const char *parameter)
{
    struct str first;
    const struct route *r = find(method, path, &first);

    assert_non_null(r);
    assert_string_equal(r->name, name);
    assert_true(*parameter ? str_is(first, parameter) : !first.p);
}

static void a_path_is_cut_before_it_is_unescaped(void **state)
{
    (void)state;
    expect("GET", "/v1/clusters", "ListClusters", "");
    expect("POST", "/v1/clusters", "CreateCluster", "");
    expect("GET", "/v1/clusters/arn%3Aa%2Fb", "DescribeCluster", "arn%3Aa%2Fb");
    expect("DELETE", "/v1/clusters/arn%3Aa%2Fb", "DeleteCluster", "arn%3Aa%2Fb");
    expect("GET", "/v1/clusters/x/nodes", "ListNodes", "x");
    expect("GET", "/api/v2/operations/x", "DescribeClusterOperationV2", "x");
    expect("PATCH", "/v1/clusters/x/security", "UpdateSecurity", "x");
    expect("GET", "/v1/configurations/x/revisions/3", "DescribeConfigurationRevision", "x");
    expect("PUT", "/replication/v1/replicators/x/replication-info", "UpdateReplicationInfo", "x");
    expect("DELETE", "/klamm/v1/nodes/x", "KlammRemoveNode", "x");
    expect("POST", "/klamm/v1/clusters/x/rebalance", "KlammRebalance", "x");
}

static void a_slash_at_the_end_changes_nothing(void **state)
{
    (void)state;
    expect("GET", "/v1/clusters/", "ListClusters", "");
    expect("GET", "/v1/clusters/x/nodes/", "ListNodes", "x");
}

static void other_paths_are_no_operation(void **state)
{
    static const char *const paths[] = {
        "", "/", "//", "v1/clusters", "/v1", "/v1/cluster", "/v1/clusters/a/b", "/V1/clusters",
        "/v1/clusters/a/nodes/count/x", "/v1//clusters",
    };
    struct str first;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(paths); i++)
        assert_null(find("GET", paths[i], &first));
}

static void another_method_is_told_from_another_path(void **state)
{
    struct str parameters[ROUTE_PARAMETERS_MAX] = { 0 };
    bool known;

    (void)state;
    assert_null(route_find(str_of("PATCH"), str_of("/v1/clusters"), parameters, &known));
    assert_true(known);
    assert_null(route_find(str_of("GET"), str_of("/v1/nothing"), parameters, &known));
    assert_false(known);
}

TEST_MAIN(TEST(a_path_is_cut_before_it_is_unescaped), TEST(a_slash_at_the_end_changes_nothing),
          TEST(other_paths_are_no_operation), TEST(another_method_is_told_from_another_path))

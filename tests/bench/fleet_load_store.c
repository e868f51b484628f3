/* The store that C4 begins with, and the calls that it times. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/rest/client.h"
#include "common/clock.h"
#include "controlplane/store/store.h"
#include "tests/bench/fleet_load.h"

enum { OPERATIONS = 5, PROCESSES = 6 };

static void die(const char *what)
{
    fprintf(stderr, "fleet_load: %s\n", what);
    exit(1);
}

static void put_process(struct store *s, struct cluster *c, int cluster, int i, int nodes)
{
    bool broker = i >= 3;
    struct process *p = store_process_new(c, broker ? PROCESS_BROKER : PROCESS_CONTROLLER,
                                          broker ? i - 2 : 10001 + i);
    int number = cluster * PROCESSES + i, node = (number / 3 * 3 + i % 3) % nodes;
    char text[32];

    (void)snprintf(text, sizeof(text), "n%d", node);
    store_set_text(&p->host, text);
    (void)snprintf(text, sizeof(text), "us-east-1%c", 'a' + i % 3);
    store_set_text(&p->zone, text);
    (void)snprintf(text, sizeof(text), "subnet-%c", 'a' + i % 3);
    store_set_text(&p->subnet_id, text);
    (void)snprintf(text, sizeof(text), "127.%d.%d.%d", 16 + number / 40000,
                   number / 200 % 200, 1 + number % 200);
    store_set_text(&p->address, text);
    p->seen = SEEN_RUNNING;
    p->revision = store_next_revision(s);
    store_put_process(s, p);
}

static json_t *spec(void)
{
    return json_pack("{s:s, s:i, s:s, s:{s:[s,s,s], s:s, s:s, s:[s], s:{s:{s:i}}}, s:{s:{s:b}}, s:s}",
                     "kafkaVersion", "4.3.0", "numberOfBrokerNodes", 3, "enhancedMonitoring", "DEFAULT",
                     "brokerNodeGroupInfo", "clientSubnets", "subnet-a", "subnet-b", "subnet-c",
                     "brokerAZDistribution", "DEFAULT", "instanceType", "kafka.t3.small", "securityGroups",
                     "sg-1", "storageInfo", "ebsStorageInfo", "volumeSize", 10, "clientAuthentication",
                     "unauthenticated", "enabled", 1, "storageMode", "LOCAL");
}

static void put_cluster(struct store *s, int i, int nodes, const char *account)
{
    OWNED_MEM char *name = mem_printf("cluster-%d", i),
                   *uuid = mem_printf("00000000-0000-4000-a000-%012d-1", i);
    OWNED_MEM char *arn = mem_printf("arn:aws:kafka:us-east-1:%s:cluster/%s/%s", account, name, uuid);
    struct cluster *c = store_cluster_new(s, arn, name, spec(), json_pack("{s:s}", "team", "bench"));

    store_set_text(&c->uuid, uuid);
    c->kafka_id = mem_printf("%022d", i);
    store_set_text(&c->current_version, "KTVPDKIKX0DER2");
    c->state = CLUSTER_ACTIVE;
    c->created_ms = clock_wall_ms() - 1000000 + i;
    c->brokers_n = 3;
    store_put_cluster(s, c);
    for (int k = 0; k < PROCESSES; k++)
        put_process(s, c, i, k, nodes);
    for (int k = 0; k < OPERATIONS; k++) {
        OWNED_MEM char *operation = mem_printf("%s/operation-%d", arn, k);
        const char *type = k ? "UPDATE_BROKER_STORAGE" : "CREATE_CLUSTER";
        struct operation *o = store_operation_new(s, operation, arn, type);

        o->state = OPERATION_COMPLETE;
        o->created_ms = o->ended_ms = c->created_ms + k;
        store_put_operation(s, o);
    }
}

int fleet_store(const char *data_dir, int nodes, int clusters, const char *account)
{
    OWNED_MEM char *path = mem_printf("%s/klammd.db", data_dir);
    struct store *s;
    struct why reason;

    if (store_open(path, &s, &reason))
        die(reason.text);
    store_begin(s);
    for (int i = 0; i < nodes; i++) {
        OWNED_MEM char *name = mem_printf("n%d", i), *zone = mem_printf("us-east-1%c", 'a' + i % 3);
        struct node *n = store_node_new(s, name, zone);

        n->cpus = 64;
        n->memory_bytes = (int64_t)256 << 30;
        n->disk_bytes = (int64_t)1 << 44;
        store_put_node(s, n);
    }
    for (int i = 0; i < clusters; i++)
        put_cluster(s, i, nodes, account);
    if (store_commit(s, &reason))
        die(reason.text);
    store_free(s);
    return 0;
}

/* --- calls --- */

static void call(struct rest_client *c, const char *method, const char *target, json_t *body, json_t **ret)
{
    struct rest_refusal refusal;
    int64_t began = clock_mono_ns();

    if (rest_client_call(c, method, target, body, ret, &refusal))
        die(refusal.why.text);
    printf("%.3f\n", (double)(clock_mono_ns() - began) / 1e6);
    json_decref(body);
}

static json_t *growth(struct rest_client *c, const char *arn)
{
    OWNED_MEM char *target = rest_path("/v1/clusters/%s", arn);
    json_t *answer, *info, *body;
    struct rest_refusal refusal;

    if (rest_client_call(c, "GET", target, NULL, &answer, &refusal))
        die(refusal.why.text);
    info = json_object_get(answer, "clusterInfo");
    body = json_pack("{s:O, s:[{s:s, s:i}]}", "currentVersion", json_object_get(info, "currentVersion"),
                     "targetBrokerEBSVolumeInfo", "kafkaBrokerNodeId", "All", "volumeSizeGB", 20);
    json_decref(answer);
    return body;
}

/* ENDPOINT KEY_ID SECRET REGION describe|list|update N ACCOUNT CLUSTERS */
int fleet_calls(int argc, char **argv)
{
    struct credentials credentials = { .access_key = argv[1], .secret = argv[2] };
    struct rest_client_config config = { .endpoint = argv[0], .region = argv[3],
                                         .credentials = &credentials };
    int n = argc == 8 ? (int)strtol(argv[5], NULL, 10) : 0, clusters = n ? (int)strtol(argv[7], NULL, 10) : 1;
    struct rest_client *c;
    struct why reason;

    if (!n || rest_client_new(&config, &c, &reason))
        die("calls ENDPOINT KEY_ID SECRET REGION describe|list|update N ACCOUNT CLUSTERS");
    for (int i = 0; i < n; i++) {
        int at = (int)((long)i * clusters / n);
        OWNED_MEM char *arn = mem_printf("arn:aws:kafka:us-east-1:%s:cluster/cluster-%d/"
                                         "00000000-0000-4000-a000-%012d-1", argv[6], at, at);
        OWNED_MEM char *describe = rest_path("/v1/clusters/%s", arn),
                       *update = rest_path("/v1/clusters/%s/nodes/storage", arn);

        if (strcmp(argv[4], "describe") == 0)
            call(c, "GET", describe, NULL, NULL);
        else if (strcmp(argv[4], "list") == 0)
            call(c, "GET", "/v1/clusters?maxResults=100", NULL, NULL);
        else
            call(c, "PUT", update, growth(c, arn), NULL);
    }
    rest_client_free(c);
    return 0;
}

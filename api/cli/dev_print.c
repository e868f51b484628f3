#include <stdio.h>

#include "api/cli/dev.h"

static void print_aws(const struct dev *d)
{
    printf("AWS CLI and the klamm command:\n"
           "  . %s/env\n"
           "  aws kafka list-clusters-v2\n"
           "  aws kafka get-bootstrap-brokers --cluster-arn %s\n"
           "  %s/klamm cluster list\n\n",
           d->dir, d->arn, d->programs);
    printf("boto3 (after the first line above):\n"
           "  python3 -c \"import boto3; "
           "print(boto3.client('kafka').list_clusters_v2()['ClusterInfoList'])\"\n\n");
}

static void print_kafka(const struct dev *d)
{
    printf("kcat:\n"
           "  echo hello | kcat -b %s -t klamm-dev -P -p 0\n"
           "  kcat -b %s -t klamm-dev -C -p 0 -o beginning -e\n\n",
           d->bootstrap, d->bootstrap);
    printf("Apache Kafka's tools:\n"
           "  kafka-topics.sh --bootstrap-server %s --create --topic orders --partitions 6\n"
           "  kafka-console-producer.sh --bootstrap-server %s --topic orders\n"
           "  kafka-console-consumer.sh --bootstrap-server %s --topic orders --partition 0 "
           "--from-beginning\n\n",
           d->bootstrap, d->bootstrap, d->bootstrap);
}

static void print_failover(const struct dev *d)
{
    printf("Failover: kill -9 of any process under a producer, and the gap that it saw (broker-1 to %d,\n"
           "controller-10001 and on, agent-%s, klammd; --times N for more):\n"
           "  %s/klamm failover broker-1 --data-dir %s\n"
           "  %s/klamm failover controller-10001 --data-dir %s\n"
           "  %s/klamm failover agent-%s --data-dir %s\n\n",
           (int)d->brokers, d->zone[0], d->programs, d->dir, d->programs, d->dir, d->programs, d->zone[0],
           d->dir);
}

static void print_terraform(const struct dev *d)
{
    printf("Terraform (hashicorp/aws):\n"
           "  provider \"aws\" {\n"
           "    region                      = \"us-east-1\"\n"
           "    shared_credentials_files    = [\"%s/credentials\"]\n"
           "    skip_requesting_account_id  = true\n"
           "    skip_credentials_validation = true\n"
           "    skip_metadata_api_check     = true\n"
           "    endpoints { kafka = \"%s\" }\n"
           "  }\n\n",
           d->dir, d->endpoint);
}

void dev_print(const struct dev *d, const char *record, int64_t took_ms)
{
    printf("\nklamm is up\n\n");
    printf("  endpoint     %s  (also https://127.0.0.1:%d)\n", d->endpoint, (int)d->port + 1);
    printf("  credentials  %s/credentials\n", d->dir);
    printf("  CA bundle    %s/klammd/pki/ca.crt\n", d->dir);
    printf("  cluster      %s  %s\n", d->cluster, d->arn);
    printf("  bootstrap    %s\n", d->bootstrap);
    printf("  record       %s\n", record);
    printf("  time         %lld.%03lld s from %s to the record\n\n", (long long)took_ms / 1000,
           (long long)took_ms % 1000, d->created ? "CreateCluster" : "finding the cluster");
    print_aws(d);
    print_kafka(d);
    print_failover(d);
    print_terraform(d);
    printf("Ctrl-C stops everything; the data stays in %s.\n", d->dir);
}

"""boto3 and the AWS CLI against klammd: every answer is judged by the service model (model.py).

    rest_test.py KLAMMD AWS_CLI

Each function named test_* makes a claim; the last line counts them."""
import base64
import json
import os
import random
import resource
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import boto3
import botocore
import botocore.loaders
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from klammd import ACCOUNT, KEY, REGION, SUBNETS, Klammd, run_tests, wait_until
from model import Json11, Model

SERVICE = botocore.loaders.create_loader().load_service_model("application-autoscaling", "service-2")
MODEL = Model()
MODELS = {"kafka": MODEL, "application-autoscaling": Json11(SERVICE)}
K = None  # the klammd under test
AWS = None
seen_operations, violations = set(), []


def judge(response_dict, operation_model, **_):
    name, status = operation_model.name, response_dict["status_code"]
    headers = {k.lower(): v for k, v in response_dict["headers"].items()}
    body = response_dict["body"]
    if "x-amzn-requestid" not in headers:
        violations.append("%s: no x-amzn-requestid" % name)
    model = MODELS[operation_model.service_model.endpoint_prefix]
    found = (model.output_violations(name, status, body) if status < 300
             else model.error_violations(name, status, headers, body))
    violations.extend("%s: %s" % (name, v) for v in found)
    if status < 300:
        seen_operations.add((operation_model.service_model.endpoint_prefix, name))


def client(service="kafka", secret=None, key=KEY, region=REGION, **options):
    config = botocore.config.Config(retries={"total_max_attempts": 1})
    c = boto3.client(service, endpoint_url=options.pop("endpoint", K.endpoint), region_name=region, config=config,
                     aws_access_key_id=key, aws_secret_access_key=secret or K.secret, **options)
    if service in MODELS:
        c.meta.events.register("before-parse." + service, judge)
    return c


def refused(call, code, *words, **arguments):
    """The refusal's parsed answer; its code and the words of its sentence must be there."""
    try:
        call(**arguments)
    except botocore.exceptions.ClientError as e:
        error = e.response["Error"]
        assert error["Code"] == code, error
        for word in words:
            assert word in error["Message"], (word, error)
        return e.response
    raise AssertionError("not refused")


def group(**more):
    return {"instanceType": "kafka.m5.large", "clientSubnets": ["subnet-a", "subnet-b", "subnet-c"], **more}


def upper(o):
    """Names as botocore's shapes have them."""
    if isinstance(o, dict):
        return {k[0].upper() + k[1:]: upper(v) for k, v in o.items()}
    return o


def v1(name, brokers=3, **more):
    return {"ClusterName": name, "KafkaVersion": "4.3.0", "NumberOfBrokerNodes": brokers,
            "BrokerNodeGroupInfo": upper(group()), **more}


def raw(method, path, body=b"", headers=None, service="kafka", sign=True, presign=None, endpoint=None):
    """One signed request of any bytes; (status, headers, body)."""
    request = AWSRequest(method, (endpoint or K.endpoint) + path, data=body, headers=headers or {})
    credentials = Credentials(KEY, K.secret)
    if presign:
        SigV4QueryAuth(credentials, service, REGION, expires=presign).add_auth(request)
    elif sign:
        SigV4Auth(credentials, service, REGION).add_auth(request)
    prepared = request.prepare()
    plain = urllib.request.Request(prepared.url, data=body or None, headers=dict(prepared.headers), method=method)
    try:
        with urllib.request.urlopen(plain, timeout=20) as r:
            return r.status, r.headers, r.read()
    except urllib.error.HTTPError as e:
        return e.code, e.headers, e.read()


def active(arn):
    return wait_until("ACTIVE", lambda: client().describe_cluster(ClusterArn=arn)["ClusterInfo"]["State"] == "ACTIVE")


def gone(arn):
    def test():
        try:
            client().describe_cluster_v2(ClusterArn=arn)
        except client().exceptions.NotFoundException:
            return True
    return wait_until("gone", test)


# --- the life of a cluster

def test_a_cluster_lives_from_create_to_delete_with_boto3():
    c = client()
    made = c.create_cluster(**v1("life", 6, Tags={"team": "a b/ü", "env": ""}))
    arn = made["ClusterArn"]
    assert arn.startswith("arn:aws:kafka:%s:%s:cluster/life/" % (REGION, ACCOUNT)) and made["State"] == "CREATING", made
    active(arn)
    info = c.describe_cluster(ClusterArn=arn)["ClusterInfo"]
    assert info["NumberOfBrokerNodes"] == 6 and info["Tags"] == {"team": "a b/ü", "env": ""}, info
    assert info["EncryptionInfo"]["EncryptionInTransit"]["ClientBroker"] == "PLAINTEXT", info
    assert info["ClientAuthentication"]["Unauthenticated"]["Enabled"] is True, info
    v2 = c.describe_cluster_v2(ClusterArn=arn)["ClusterInfo"]
    assert v2["ClusterType"] == "PROVISIONED" and v2["Provisioned"]["NumberOfBrokerNodes"] == 6, v2
    assert len(c.get_bootstrap_brokers(ClusterArn=arn)["BootstrapBrokerString"].split(",")) >= 3
    nodes = c.list_nodes(ClusterArn=arn)["NodeInfoList"]
    brokers = [n for n in nodes if "BrokerNodeInfo" in n]
    assert len(brokers) == 6 and all(n["InstanceType"] == "m5.large" for n in brokers), nodes
    assert any("ControllerNodeInfo" in n for n in nodes), nodes
    assert c.get_compatible_kafka_versions(ClusterArn=arn)["CompatibleKafkaVersions"]
    operation = c.list_cluster_operations(ClusterArn=arn)["ClusterOperationInfoList"][0]
    assert operation["OperationType"] == "CREATE_CLUSTER", operation
    for describe in (c.describe_cluster_operation, c.describe_cluster_operation_v2):
        assert describe(ClusterOperationArn=operation["OperationArn"])["ClusterOperationInfo"]["ClusterArn"] == arn
    assert c.list_cluster_operations_v2(ClusterArn=arn)["ClusterOperationInfoList"]
    refused(c.delete_cluster, "BadRequestException", "version", ClusterArn=arn, CurrentVersion="KNOTTHIS")
    assert c.delete_cluster(ClusterArn=arn, CurrentVersion=info["CurrentVersion"])["State"] == "DELETING"
    gone(arn)
    refused(c.describe_cluster, "NotFoundException", arn, ClusterArn=arn)


def test_create_cluster_v2_makes_the_same_and_refuses_serverless():
    c = client()
    arn = c.create_cluster_v2(ClusterName="second", Provisioned={
        "KafkaVersion": "4.3.0", "NumberOfBrokerNodes": 2,
        "BrokerNodeGroupInfo": upper(group(clientSubnets=["subnet-a", "subnet-b"]))})["ClusterArn"]
    active(arn)
    refused(c.create_cluster, "ConflictException", "A resource with this name already exists.", **v1("second"))
    refused(c.create_cluster_v2, "BadRequestException", "serverless", ClusterName="s",
            Serverless={"VpcConfigs": [{"SubnetIds": ["subnet-a"]}]})
    refused(c.create_cluster_v2, "BadRequestException", "provisioned", ClusterName="neither")
    c.delete_cluster(ClusterArn=arn)
    gone(arn)


def test_lists_filter_and_page():
    c = client()
    names = ["page-%d" % i for i in range(5)]
    arns = [c.create_cluster(**v1(n))["ClusterArn"] for n in names + ["other"]]
    for operation in ("list_clusters", "list_clusters_v2"):
        pages = list(c.get_paginator(operation).paginate(ClusterNameFilter="page-",
                                                         PaginationConfig={"PageSize": 2}))
        assert [len(p["ClusterInfoList"]) for p in pages] == [2, 2, 1], pages
        assert sorted(i["ClusterName"] for p in pages for i in p["ClusterInfoList"]) == names
        assert getattr(c, operation)(ClusterNameFilter="none-such")["ClusterInfoList"] == []
        refused(getattr(c, operation), "BadRequestException", "nextToken", NextToken="zz")
        refused(getattr(c, operation), "BadRequestException", "nextToken", NextToken="00ff")
        refused(getattr(c, operation), "BadRequestException", "maxResults", MaxResults=101)
    assert c.list_clusters_v2(ClusterTypeFilter="SERVERLESS")["ClusterInfoList"] == []
    refused(c.list_clusters_v2, "BadRequestException", "clusterTypeFilter", ClusterTypeFilter="BOTH")
    active(arns[0])
    nodes = [n for p in c.get_paginator("list_nodes").paginate(ClusterArn=arns[0], PaginationConfig={"PageSize": 1})
             for n in p["NodeInfoList"]]
    assert nodes == c.list_nodes(ClusterArn=arns[0])["NodeInfoList"], nodes
    for arn in arns:
        c.delete_cluster(ClusterArn=arn)
    for arn in arns:
        gone(arn)


def test_tags_are_put_listed_and_removed():
    c = client()
    arn = c.create_cluster(**v1("tags"))["ClusterArn"]
    c.tag_resource(ResourceArn=arn, Tags={"a": "1", "b c": "2", "ü&=": "3"})
    c.untag_resource(ResourceArn=arn, TagKeys=["a", "b c"])
    assert c.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"ü&=": "3"}
    refused(c.tag_resource, "BadRequestException", "50", ResourceArn=arn, Tags={"t%d" % i: "" for i in range(50)})
    refused(c.tag_resource, "BadRequestException", "aws:", ResourceArn=arn, Tags={"aws:x": "1"})
    refused(c.tag_resource, "NotFoundException", "x/y", ResourceArn=arn.rsplit("/", 2)[0] + "/x/y", Tags={"a": "b"})
    c.delete_cluster(ClusterArn=arn)
    gone(arn)


def test_versions_are_listed():
    c = client()
    versions = c.list_kafka_versions()["KafkaVersions"]
    assert {"Version": "4.3.0", "Status": "ACTIVE"} in versions, versions
    assert [v["SourceVersion"] for v in c.get_compatible_kafka_versions()["CompatibleKafkaVersions"]] \
        == [v["Version"] for v in versions]


def test_what_was_answered_survives_a_kill():
    c = client()
    arn = c.create_cluster(**v1("kill", Tags={"k": "v"}))["ClusterArn"]
    K.kill()
    K.start()
    assert client().describe_cluster(ClusterArn=arn)["ClusterInfo"]["Tags"] == {"k": "v"}
    active(arn)
    before = client().describe_cluster(ClusterArn=arn)["ClusterInfo"]
    client().delete_cluster(ClusterArn=arn)
    K.kill()
    K.start()
    assert before["CurrentVersion"]
    gone(arn)


# --- refusals

REFUSED = [
    ("clusterName", dict(ClusterName="under_score"), "under_score"),
    ("clusterName", dict(ClusterName="x" * 65), "64"),
    ("kafkaVersion", dict(KafkaVersion="2.1.0"), 
     "Unsupported KafkaVersion [2.1.0]. Valid values: [4.0.0, 4.1.0, 4.2.0, 4.3.0]"),
    ("numberOfBrokerNodes", dict(NumberOfBrokerNodes=4), "multiple"),
    ("instanceType", dict(group=dict(instanceType="kafka.m1.tiny")), "kafka.m1.tiny"),
    ("instanceType", dict(group=dict(instanceType="express.m7g.large")), "not available yet"),
    ("clientSubnets", dict(group=dict(clientSubnets=["subnet-a"])), "two or three"),
    ("clientSubnets", dict(group=dict(clientSubnets=["subnet-a", "subnet-a2", "subnet-b"])), "us-east-1a"),
    ("clientSubnets", dict(group=dict(clientSubnets=["subnet-a", "subnet-x", "subnet-b"])), "subnet-x"),
    ("volumeSize", dict(group=dict(storageInfo={"ebsStorageInfo": {"volumeSize": 16385}})), "16384"),
    ("brokerAZDistribution", dict(group=dict(brokerAZDistribution="SPREAD")), "SPREAD"),
    ("clientBroker", dict(EncryptionInfo={"EncryptionInTransit": {"ClientBroker": "TLS"}}), "not available yet"),
    ("clientAuthentication", dict(ClientAuthentication={"Sasl": {"Scram": {"Enabled": True}}}), "not available yet"),
    ("configurationInfo", dict(ConfigurationInfo={"Arn": "a", "Revision": 1}), "Invalid Configuration ARN."),
    ("networkType", dict(group=dict(connectivityInfo={"networkType": "DUAL"})), "DUAL"),
    ("publicAccess", dict(group=dict(connectivityInfo={"publicAccess": {"type": "SERVICE_PROVIDED_EIPS"}})), "DISABLED"),
    ("vpcConnectivity", dict(group=dict(connectivityInfo={"vpcConnectivity": {"clientAuthentication": {
        "tls": {"enabled": True}}}})), "vpcConnectivity"),
    ("securityGroups", dict(group=dict(securityGroups=["sg-other"])), "sg-other"),
    ("zoneIds", dict(group=dict(zoneIds=["us-east-1d"])), "us-east-1d"),
    ("provisionedThroughput", dict(group=dict(storageInfo={"ebsStorageInfo": {"provisionedThroughput": {
        "enabled": True}}})), "not available"),
    ("clientAuthentication", dict(ClientAuthentication={"Tls": {"CertificateAuthorityArnList": ["arn:x"]}}), "TLS"),
    ("encryptionAtRest", dict(EncryptionInfo={"EncryptionAtRest": {"DataVolumeKMSKeyId": "k"}}), "KMS"),
    ("loggingInfo", dict(LoggingInfo={"BrokerLogs": {"S3": {"Enabled": True}}}), "log delivery"),
    ("rebalancing", dict(Rebalancing={"Status": "ACTIVE"}), "Express"),
    ("storageMode", dict(StorageMode="TIERED"), "TIERED"),
    ("storageMode", dict(StorageMode="REMOTE"), "REMOTE"),
    ("enhancedMonitoring", dict(EnhancedMonitoring="ALL"), "ALL"),
    ("tags", dict(Tags={"aws:x": "y"}), "aws:"),
]


def test_every_rule_of_create_names_its_parameter_and_value():
    c = client()
    for parameter, change, word in REFUSED:
        change = dict(change)
        more = change.pop("group", {})
        request = {**v1("refused"), **change, "BrokerNodeGroupInfo": upper(group(**more))}
        answer = refused(c.create_cluster, "BadRequestException", word, **request)
        assert answer.get("InvalidParameter") == parameter, (parameter, answer)
        if "ClusterName" not in change and parameter != "tags":
            provisioned = {k: v for k, v in request.items() if k != "ClusterName"}
            refused(c.create_cluster_v2, "BadRequestException", word, ClusterName="refused", Provisioned=provisioned)
    assert c.list_clusters(ClusterNameFilter="refused")["ClusterInfoList"] == []


def test_every_other_operation_says_that_it_is_not_available_yet():
    c = client()
    done = {"CreateCluster", "CreateClusterV2", "DescribeCluster", "DescribeClusterV2", "ListClusters",
            "ListClustersV2", "DeleteCluster", "GetBootstrapBrokers", "ListNodes", "DescribeClusterOperation",
            "DescribeClusterOperationV2", "ListClusterOperations", "ListClusterOperationsV2", "ListKafkaVersions",
            "GetCompatibleKafkaVersions", "TagResource", "UntagResource", "ListTagsForResource",
            "RebootBroker", "CreateConfiguration", "UpdateConfiguration", "DescribeConfiguration",
            "DescribeConfigurationRevision", "ListConfigurations", "ListConfigurationRevisions", "DeleteConfiguration",
            "UpdateClusterConfiguration", "UpdateBrokerCount", "UpdateBrokerStorage", "UpdateStorage", "UpdateBrokerType",
            "UpdateMonitoring", "UpdateSecurity", "UpdateRebalancing", "PutClusterPolicy", "GetClusterPolicy",
            "DeleteClusterPolicy", "UpdateClusterKafkaVersion", "CreateTopic", "UpdateTopic", "DeleteTopic", "DescribeTopic",
            "DescribeTopicPartitions", "ListTopics"}
    assert done <= set(MODEL.operations) and len(MODEL.operations) == 64
    for name, operation in MODEL.operations.items():
        path = operation["http"]["requestUri"]
        for part in ("clusterArn", "topicName", "revision", "arn", "channelArn", "replicatorArn",
                     "clusterOperationArn", "resourceArn", "vpcConnectionArn"):
            path = path.replace("{%s}" % part, "arn%3Aaws%3Akafka%3Ax%2Fy")
        if name in done:
            continue
        status, headers, body = raw(operation["http"]["method"], path, b"{}")
        assert status == 400 and headers["x-amzn-errortype"] == "BadRequestException", (name, status, body)
        assert json.loads(body)["message"] == "%s is not available yet in klamm." % name, body
    status, headers, _ = raw("GET", "/v1/nothing")
    assert (status, headers["x-amzn-errortype"]) == (404, "UnknownOperationException"), status
    assert raw("PATCH", "/v1/clusters", b"{}")[0] in (404, 405)


BODIES = [b"{", b"[]", b"null", b'"x"', b"1", b"\xff\xfe", b"{}", b"[" * 5000, b'{"a":' * 5000, b'{"clusterName":"a\\u0000b"}',
          b'{"clusterName":{"a":1}}', b'{"clusterName":["x"]}', b'{"clusterName":null}', b'{"clusterName":"\xed\xa0\x80"}',
          b'{"clusterName":"a","clusterName":"b"}', b"{}{}", b"\x00" * 64, b'{"tags":[]}', b"<xml/>", b" " * 100000]


def valid_body():
    return {"clusterName": "fuzz", "kafkaVersion": "4.3.0", "numberOfBrokerNodes": 3, "tags": {"a": "b"},
            "brokerNodeGroupInfo": group(storageInfo={"ebsStorageInfo": {"volumeSize": 10, "provisionedThroughput": {
                "enabled": False}}}, securityGroups=["sg-1"], connectivityInfo={"publicAccess": {"type": "DISABLED"}}),
            "encryptionInfo": {"encryptionInTransit": {"clientBroker": "PLAINTEXT", "inCluster": False}},
            "clientAuthentication": {"sasl": {"scram": {"enabled": False}}, "unauthenticated": {"enabled": True}},
            "loggingInfo": {"brokerLogs": {"s3": {"enabled": False}}}, "enhancedMonitoring": "DEFAULT",
            "openMonitoring": {"prometheus": {"jmxExporter": {"enabledInBroker": False}}}, "storageMode": "LOCAL"}


def paths_of(o, path=()):
    yield path
    items = o.items() if isinstance(o, dict) else enumerate(o) if isinstance(o, list) else ()
    for k, v in items:
        yield from paths_of(v, path + (k,))


def replaced(o, path, value):
    if not path:
        return value
    copy = dict(o) if isinstance(o, dict) else list(o)
    copy[path[0]] = replaced(copy[path[0]], path[1:], value)
    return copy


def test_bodies_of_any_shape_get_400_with_the_reason():
    bodies = list(BODIES)
    for path in paths_of(valid_body()):
        for wrong in ({}, [], "", "x" * 5000, -1, 0, 1e300, 1.5, True, False, [None], {"x": {}}, 1 << 62, None):
            bodies.append((path, wrong, json.dumps(replaced(valid_body(), path, wrong)).encode()))
    accepted = 0
    for item in bodies:
        path, wrong, body = item if isinstance(item, tuple) else ((), None, item)
        status, headers, answer = raw("POST", "/v1/clusters", body)
        if status == 200:
            # What was accepted must be as if the member had been left out, or be a fitting value.
            accepted += 1
            arn = json.loads(answer)["clusterArn"]
            info = client().describe_cluster(ClusterArn=arn)["ClusterInfo"]
            assert same_type(path, wrong), (path, wrong)
            assert info["NumberOfBrokerNodes"] % 3 == 0
            client().delete_cluster(ClusterArn=arn)
            gone(arn)
            continue
        assert status == 400, (path, wrong, status, answer)
        found = MODEL.error_violations("CreateCluster", status, {k.lower(): v for k, v in headers.items()}, answer)
        assert not found, (path, wrong, found, answer)
        assert path or json.loads(answer)["message"], answer
    assert client().list_clusters()["ClusterInfoList"] == [], "a refused body left a cluster"
    assert accepted


def same_type(path, wrong):
    """Whether the value could stand at this place: null is absent, else the type must be the model's."""
    if wrong is None or not path:
        return True
    name, at = "CreateClusterRequest", MODEL.shapes["CreateClusterRequest"]
    for step in path:
        if at["type"] == "structure":
            name = {m.get("locationName", n): m["shape"] for n, m in at["members"].items()}[step]
        else:
            name = (at.get("member") or at.get("value"))["shape"]
        at = MODEL.shapes[name]
    want = {"structure": dict, "map": dict, "list": list, "string": str, "boolean": bool}.get(at["type"], int)
    return type(wrong) is want


def test_paths_and_queries_of_any_shape_are_refused_cleanly():
    for path in ("/", "//", "/v1", "/v1/clusters/%2F", "/v1/clusters/arn", "/v1/clusters/a%00b",
                 "/v1/clusters/x?maxResults=1&maxResults=2", "/v1/clusters/%E4%BD%A0/nodes", "/v1/tags/" + "x" * 4000,
                 "/v1/clusters?maxResults=abc", "/v1/clusters?maxResults=", "/v1/clusters?maxResults=99999999999999999999",
                 "/v1/clusters?nextToken=%FF", "/v1/operations/x", "/api/v2/operations/x", "/v1/clusters?maxResults=0"):
        status, headers, body = raw("GET", path)
        assert 400 <= status < 500 and headers.get("x-amzn-errortype"), (path, status, body)
        assert json.loads(body)["message"], path


def test_a_body_that_is_too_large_is_refused():
    try:
        status = raw("POST", "/v1/clusters", b"x" * (3 << 20))[0]
    except OSError:  # closed while it was still being sent
        status = 413
    assert status in (400, 413), status
    assert client().list_kafka_versions()


# --- who may call

def test_wrong_keys_and_clocks_are_told_apart():
    refused(client(secret="x" * 40).list_clusters, "InvalidSignatureException", "does not match")
    refused(client(key="AKIDNOBODY").list_clusters, "UnrecognizedClientException", "security token")
    refused(client(region="eu-west-1").list_clusters, "InvalidSignatureException", "region")
    status, headers, body = raw("GET", "/v1/clusters", sign=False)
    assert (status, headers["x-amzn-errortype"]) == (403, "MissingAuthenticationTokenException"), (status, body)
    for value, kind in (("AWS4-HMAC-SHA256 x", "IncompleteSignatureException"), ("Basic abc", "IncompleteSignatureException")):
        status, headers, body = raw("GET", "/v1/clusters", sign=False, headers={"Authorization": value})
        assert (status, headers["x-amzn-errortype"]) == (403, kind), (status, body)


def test_presigned_requests_are_accepted_until_they_expire():
    assert raw("GET", "/v1/clusters", presign=60)[0] == 200
    assert raw("GET", "/v1/kafka-versions?maxResults=1", presign=604800)[0] == 200
    status, headers, _ = raw("GET", "/v1/clusters", presign=604801)
    assert status == 403 and headers["x-amzn-errortype"] == "IncompleteSignatureException", status


def test_https_serves_the_same_under_klammds_ca():
    c = client(endpoint=K.tls_endpoint, verify=K.path("data/pki/ca.crt"))
    assert c.list_kafka_versions() ["KafkaVersions"]
    try:
        client(endpoint=K.tls_endpoint).list_kafka_versions()
    except botocore.exceptions.SSLError:
        return
    raise AssertionError("a CA that nobody trusts was trusted")


def test_connections_are_bounded_and_the_silent_ones_harm_nobody():
    idle = [socket.create_connection((K.host, K.https)) for _ in range(300)]
    half = [socket.create_connection((K.host, K.http)) for _ in range(100)]
    for i, s in enumerate(half):
        s.sendall((b"GET /v1/clusters HTTP/1.1\r\nHost: x\r\n", b"\x16\x03\x01", b"POST / HTTP/1.1\r\nContent-Length: 99"
                   b"\r\n\r\n{", b"\x00" * 50, b"GET " + b"/" * 9000, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")[i % 6])
    for s in idle[::3] + half[::2]:
        s.close()
    assert client(endpoint=K.tls_endpoint, verify=K.path("data/pki/ca.crt")).list_kafka_versions()
    assert client().list_clusters()
    for s in idle + half:
        s.close()


def klammd_memory_mib():
    with open("/proc/%d/status" % K.process.pid) as f:
        return next(int(line.split()[1]) / 1024 for line in f if line.startswith("VmRSS"))


def is_closed(s):
    s.setblocking(False)
    try:
        return s.recv(65536) == b""
    except (BlockingIOError, ssl.SSLWantReadError):
        return False
    except OSError:
        return True


def test_strangers_are_cut_off_in_time_and_cost_little():
    """Drips on every listener, more connections than klammd takes, bodies that never end: it serves all the while."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    tls = ssl._create_unverified_context()
    before, began = klammd_memory_mib(), time.monotonic()
    drips = [socket.create_connection((K.host, K.http)), socket.create_connection((K.host, K.https)),  # no handshake
             tls.wrap_socket(socket.create_connection((K.host, K.https))),
             tls.wrap_socket(socket.create_connection((K.host, K.agents_port)))]
    left = list(drips)
    while left and time.monotonic() < began + 20:
        for s in list(left):
            try:
                s.setblocking(True)
                s.sendall(b"\x16" if s is drips[1] else b"P" if s not in drips[:1] else b"G")
            except OSError:
                pass
            if is_closed(s):
                left.remove(s)
        assert client().list_clusters()
        time.sleep(0.1)
    took = time.monotonic() - began
    assert not left and 9 < took < 15, (len(left), took)
    many = []
    for i in range(1500):
        many.append(socket.create_connection((K.host, K.http)))
        if i % 500 == 0:
            assert client().list_clusters()
    assert client().list_clusters()
    wait_until("the oldest were closed", lambda: sum(is_closed(s) for s in many[:400]) == 400)
    assert not any(is_closed(s) for s in many[-400:])
    for s in many:
        s.close()
    head = b"POST /v1/clusters HTTP/1.1\r\nHost: x\r\nContent-Length: 1048000\r\n\r\n"
    large = [socket.create_connection((K.host, K.http)) for _ in range(150)]
    for s in large:
        try:
            s.settimeout(2)
            s.sendall(head + b"x" * 1000000)
        except OSError:
            pass
    wait_until("the largest were cut off", lambda: sum(is_closed(s) for s in large) >= 60, 8)
    assert client().list_clusters()
    grown = klammd_memory_mib() - before
    # 64 MiB of unfinished requests in buffers that double as they grow; unguarded it were 150 MiB of bytes alone.
    assert grown < 135, "%d strangers' bodies of 1 MB took %.0f MiB" % (len(large), grown)
    for s in large:
        s.close()
    s = tls.wrap_socket(socket.create_connection((K.host, K.agents_port)))
    s.settimeout(5)
    try:
        s.sendall(b"POST /agent/v1/join HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n" + b"x" * 100000)
        answer = s.recv(100)
    except OSError:
        answer = b""
    assert answer == b"", answer  # a join is short
    return "drips ended after %.1f s, 150 MB of bodies took %.0f MiB" % (took, grown)


def test_headers_and_lengths_without_end_are_cut_off():
    for start, more in ((b"GET / HTTP/1.1\r\n", b"X-Pad: " + b"x" * 1000 + b"\r\n"),
                        (b"GET /", b"x" * 1000),
                        (b"POST /v1/clusters HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"1000\r\n" + b"x" * 4096 + b"\r\n")):
        s = socket.create_connection((K.host, K.http), timeout=10)
        sent, ended = 0, False
        try:
            s.sendall(start)
            while sent < 16 << 20 and not ended:
                s.sendall(more)
                sent += len(more)
                s.setblocking(False)
                try:
                    ended = s.recv(65536) is not None
                except BlockingIOError:
                    pass
                s.settimeout(10)
        except OSError:
            ended = True
        assert ended and sent < 16 << 20, (start, sent)
        s.close()
    for length in (b"-1", b"99999999999999999999", b"abc", b"2000000"):
        s = socket.create_connection((K.host, K.http), timeout=10)
        s.sendall(b"POST /v1/clusters HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + b"\r\n\r\n")
        assert b" 4" in (s.recv(100) or b" 400"), length
        s.close()


# --- EC2 and STS on the same endpoint

def test_ec2_describes_the_vpc():
    c = client("ec2")
    subnets = c.describe_subnets()["Subnets"]
    assert {s["SubnetId"]: s["AvailabilityZone"] for s in subnets} == SUBNETS, subnets
    assert all(s["AvailableIpAddressCount"] == 251 and s["VpcId"] == "vpc-1" and s["State"] == "available" for s in subnets)
    assert [s["CidrBlock"] for s in c.describe_subnets(SubnetIds=["subnet-b"])["Subnets"]] == ["127.77.2.0/24"]
    by = lambda **f: sorted(s["SubnetId"] for s in c.describe_subnets(  # noqa: E731
        Filters=[{"Name": k.replace("_", "-"), "Values": v} for k, v in f.items()])["Subnets"])
    assert by(vpc_id=["vpc-1"], availability_zone=["us-east-1a"]) == ["subnet-a", "subnet-a2"]
    assert by(subnet_id=["subnet-?"]) == ["subnet-a", "subnet-b", "subnet-c"] and by(vpc_id=["vpc-2"]) == []
    assert c.describe_subnets(Filters=[{"Name": "tag:Name", "Values": ["x"]}])["Subnets"] == []
    refused(c.describe_subnets, "InvalidSubnetID.NotFound", "subnet-<&>", SubnetIds=["subnet-a", "subnet-<&>"])
    refused(c.describe_subnets, "InvalidParameterValue", "colour", Filters=[{"Name": "colour", "Values": ["x"]}])
    assert [v["CidrBlock"] for v in c.describe_vpcs(VpcIds=["vpc-1"])["Vpcs"]] == ["127.77.0.0/16"]
    refused(c.describe_vpcs, "InvalidVpcID.NotFound", "vpc-9", VpcIds=["vpc-9"])
    zones = c.describe_availability_zones()["AvailabilityZones"]
    assert [z["ZoneName"] for z in zones] == sorted(set(SUBNETS.values())) and zones[0]["State"] == "available", zones
    groups = c.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": ["vpc-1"]}])["SecurityGroups"]
    assert [(g["GroupId"], g["GroupName"]) for g in groups] == [("sg-1", "default")], groups
    refused(c.describe_instances, "InvalidAction", "DescribeInstances")
    refused(client("ec2", secret="x" * 40).describe_vpcs, "SignatureDoesNotMatch", "does not match")
    refused(client("ec2", key="AKIDNOBODY").describe_vpcs, "AuthFailure")


def test_sts_says_who_calls():
    answer = client("sts").get_caller_identity()
    assert (answer["Account"], answer["UserId"]) == (ACCOUNT, KEY), answer
    assert answer["Arn"] == "arn:aws:iam::%s:user/%s" % (ACCOUNT, KEY), answer
    refused(client("sts", key="AKIDNOBODY").get_caller_identity, "InvalidClientTokenId")
    refused(client("sts").get_session_token, "InvalidAction", "GetSessionToken")
    status, _, body = raw("POST", "/", b"Action=%ZZ&Action", {"Content-Type": "application/x-www-form-urlencoded"}, "ec2")
    assert status == 400 and b"<Error>" in body, (status, body)


# --- topics: what brokers say, by MSK's names (on real brokers: operations_test.py)

def says(**answer):
    for agent in K.agents:
        agent.on_ask = lambda ask: answer


def test_what_brokers_say_of_topics_is_told_by_msks_names():
    c = client()
    arn = c.create_cluster(**v1("topical"))["ClusterArn"]
    new = dict(ClusterArn=arn, TopicName="t", PartitionCount=1, ReplicationFactor=1)
    refused(c.create_topic, "BadRequestException", "CREATING", **new)
    active(arn)
    for error, kind in (("TOPIC_ALREADY_EXISTS", "TopicExistsException"), ("NOT_CONTROLLER", "NotControllerException"),
                        ("REQUEST_TIMED_OUT", "KafkaTimeoutException"), ("UNREACHABLE", "ClusterConnectivityException"),
                        ("INVALID_REPLICATION_FACTOR", "KafkaRequestException")):
        says(error=error, message="so it is")
        refused(c.create_topic, kind, "so it is", **new)
    says(error="UNKNOWN_TOPIC_OR_PARTITION", message="none")
    refused(c.delete_topic, "UnknownTopicOrPartitionException", "none", ClusterArn=arn, TopicName="t")
    refused(c.describe_topic, "NotFoundException", "exist", ClusterArn=arn, TopicName="t")
    says(error="UNREACHABLE", message="gone")
    refused(c.list_topics, "InternalServerErrorException", "gone", ClusterArn=arn)
    says(topics=[], more=False)
    assert c.list_topics(ClusterArn=arn, TopicNameFilter="a/ü&")["Topics"] == []
    asked = []
    for agent in K.agents:
        agent.on_ask = lambda ask: asked.append(ask) or {}
    answer = c.create_topic(**{**new, "Configs": base64.b64encode(b" a = b=c \n\n# no\r\nd=").decode()})
    assert answer["TopicArn"] == arn.replace(":cluster/", ":topic/") + "/t" and answer["Status"] == "ACTIVE", answer
    assert asked[0]["configs"] == {"a": "b=c", "d": ""} and asked[0]["topic"] == "t", asked
    for wrong, word in (({"Configs": "*"}, "base64"), ({"Configs": base64.b64encode(b"a").decode()}, "NAME=VALUE"),
                        ({"TopicName": "t" * 250}, "249"), ({"ReplicationFactor": 40000}, "32767")):
        refused(c.create_topic, "BadRequestException", word, **{**new, **wrong})
    refused(c.update_topic, "BadRequestException", "changes nothing", ClusterArn=arn, TopicName="t")
    refused(c.list_topics, "BadRequestException", "nextToken", ClusterArn=arn, NextToken="zz")
    assert len(asked) == 1, asked
    c.delete_cluster(ClusterArn=arn)
    gone(arn)


# --- Application Auto Scaling on the same endpoint

DIMENSION = "kafka:broker-storage:VolumeSize"


def scaled(arn):
    return {"ServiceNamespace": "kafka", "ResourceId": arn, "ScalableDimension": DIMENSION}


def tracking(percent, **more):
    return {"TargetValue": percent, "PredefinedMetricSpecification": {
        "PredefinedMetricType": "KafkaBrokerStorageUtilization"}, **more}


def fill(uuid, gib):
    """Broker 1 of the cluster uses so much, and the others half of it."""
    for agent in K.agents:
        for p in agent.wanted:
            if p["id"].startswith(uuid + "/broker-"):
                agent.used[p["id"]] = int(gib * 2**30) // (1 if p["id"].endswith("-1") else 2)
        agent.report()


def volume_gib(arn):
    info = client().describe_cluster(ClusterArn=arn)["ClusterInfo"]
    return info["State"] == "ACTIVE" and info["BrokerNodeGroupInfo"]["StorageInfo"]["EbsStorageInfo"]["VolumeSize"]


def policies(arn):
    return client("application-autoscaling").describe_scaling_policies(ServiceNamespace="kafka", ResourceId=arn)[
        "ScalingPolicies"]


def activities(arn, **more):
    return client("application-autoscaling").describe_scaling_activities(ServiceNamespace="kafka", ResourceId=arn,
                                                                         **more)["ScalingActivities"]


def test_storage_grows_by_itself_to_its_target_and_no_further_than_its_maximum():
    c, a = client(), client("application-autoscaling")
    storage = {"EbsStorageInfo": {"VolumeSize": 100}}
    made = c.create_cluster(**v1("scaled", **{"BrokerNodeGroupInfo": {**upper(group()), "StorageInfo": storage}}))
    arn, uuid = made["ClusterArn"], made["ClusterArn"].split("/")[-1]
    refused(a.put_scaling_policy, "ObjectNotFoundException", "No scalable target registered", PolicyName="p",
            PolicyType="TargetTrackingScaling", TargetTrackingScalingPolicyConfiguration=tracking(60), **scaled(arn))
    target = a.register_scalable_target(MinCapacity=1, MaxCapacity=150, Tags={"a": "b"}, **scaled(arn))["ScalableTargetARN"]
    put = a.put_scaling_policy(PolicyName="p", PolicyType="TargetTrackingScaling",
                               TargetTrackingScalingPolicyConfiguration=tracking(60.0, DisableScaleIn=True),
                               **scaled(arn))
    active(arn)  # both were asked for while it was created
    fill(uuid, 60)
    time.sleep(0.3)
    assert volume_gib(arn) == 100 and not activities(arn)
    before = c.describe_cluster(ClusterArn=arn)["ClusterInfo"]["CurrentVersion"]
    fill(uuid, 61)
    wait_until("one step", lambda: volume_gib(arn) == 110)
    assert c.describe_cluster(ClusterArn=arn)["ClusterInfo"]["CurrentVersion"] != before
    done = activities(arn)
    assert len(done) == 1 and done[0]["StatusCode"] == "Successful", done
    assert done[0]["Description"] == "Setting volume size to 110." and "61.0 %" in done[0]["Cause"], done
    operation = c.list_cluster_operations(ClusterArn=arn)["ClusterOperationInfoList"][0]
    assert operation["OperationType"] == "UPDATE_BROKER_STORAGE", operation
    assert operation["TargetClusterInfo"]["BrokerEBSVolumeInfo"][0]["VolumeSizeGB"] == 110, operation
    fill(uuid, 80)
    wait_until("a step to the target", lambda: volume_gib(arn) == 134)
    fill(uuid, 100)
    wait_until("the last step", lambda: volume_gib(arn) == 150)
    K.kill()
    K.start()
    fill(uuid, 140)
    unfulfilled = wait_until("why not", lambda: [x for x in activities(arn, IncludeNotScaledActivities=True)
                                                 if x["StatusCode"] == "Unfulfilled"])
    assert unfulfilled[0]["NotScaledReasons"][0]["Code"] == "AlreadyAtMaxCapacity", unfulfilled
    assert volume_gib(arn) == 150 and len(activities(arn)) == 3 and len(activities(arn, MaxResults=2)) == 2
    pages = list(a.get_paginator("describe_scaling_activities").paginate(
        ServiceNamespace="kafka", ResourceId=arn, PaginationConfig={"PageSize": 2}))
    assert [len(p["ScalingActivities"]) for p in pages] == [2, 1], pages
    a.register_scalable_target(MaxCapacity=1000, SuspendedState={"DynamicScalingOutSuspended": True}, **scaled(arn))
    time.sleep(0.3)
    assert volume_gib(arn) == 150
    a.register_scalable_target(SuspendedState={"DynamicScalingOutSuspended": False}, **scaled(arn))
    wait_until("it goes on", lambda: volume_gib(arn) == 234)
    found = a.describe_scalable_targets(ServiceNamespace="kafka", ResourceIds=[arn])["ScalableTargets"]
    assert [(t["MinCapacity"], t["MaxCapacity"], t["ScalableTargetARN"]) for t in found] == [(1, 1000, target)], found
    assert policies(arn)[0]["PolicyARN"] == put["PolicyARN"]
    assert policies(arn)[0]["TargetTrackingScalingPolicyConfiguration"]["DisableScaleIn"] is True
    a.tag_resource(ResourceARN=target, Tags={"c": "d"})
    a.untag_resource(ResourceARN=target, TagKeys=["a"])
    assert a.list_tags_for_resource(ResourceARN=target)["Tags"] == {"c": "d"}
    a.delete_scaling_policy(PolicyName="p", **scaled(arn))
    refused(a.delete_scaling_policy, "ObjectNotFoundException", "policy name: p", PolicyName="p", **scaled(arn))
    fill(uuid, 200)
    time.sleep(0.3)
    assert volume_gib(arn) == 234 and not policies(arn)
    a.deregister_scalable_target(**scaled(arn))
    refused(a.deregister_scalable_target, "ObjectNotFoundException", **scaled(arn))
    refused(a.list_tags_for_resource, "ResourceNotFoundException", ResourceARN=target)
    c.delete_cluster(ClusterArn=arn)
    gone(arn)


def test_what_scaling_cannot_be_is_refused_by_name():
    c, a = client(), client("application-autoscaling")
    arn = c.create_cluster(**v1("unscaled"))["ClusterArn"]
    bad = lambda call, *words, **k: refused(call, "ValidationException", *words, **{**scaled(arn), **k})  # noqa: E731
    bad(a.register_scalable_target, "arn:nobody", ResourceId="arn:nobody", MinCapacity=1, MaxCapacity=2)
    bad(a.register_scalable_target, "ecs", ServiceNamespace="ecs", MinCapacity=1, MaxCapacity=2)
    bad(a.register_scalable_target, "ecs:service", ScalableDimension="ecs:service:DesiredCount", MinCapacity=1,
        MaxCapacity=2)
    bad(a.register_scalable_target, "MaxCapacity", MinCapacity=1)
    bad(a.register_scalable_target, "less than minimum", MinCapacity=100, MaxCapacity=50)
    bad(a.register_scalable_target, "16385", MinCapacity=1, MaxCapacity=16385)
    a.register_scalable_target(MinCapacity=1, MaxCapacity=2000, **scaled(arn))
    put = lambda *words, t=60, kind="TargetTrackingScaling", **k: bad(  # noqa: E731
        a.put_scaling_policy, *words, PolicyName="p", PolicyType=kind,
        TargetTrackingScalingPolicyConfiguration={**tracking(t), **k})
    put("10 to 80", t=9.9)
    put("10 to 80", t=80.5)
    put("StepScaling", kind="StepScaling")
    put("ECSServiceAverageCPU", PredefinedMetricSpecification={"PredefinedMetricType": "ECSServiceAverageCPUUtilization"})
    put("CustomizedMetricSpecification", CustomizedMetricSpecification={"MetricName": "m", "Namespace": "n"})
    a.put_scaling_policy(PolicyName="p", PolicyType="TargetTrackingScaling",
                         TargetTrackingScalingPolicyConfiguration=tracking(10), **scaled(arn))
    bad(a.put_scaling_policy, "Only one", PolicyName="q", PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration=tracking(10))
    a.put_scaling_policy(PolicyName="p", TargetTrackingScalingPolicyConfiguration=tracking(80, ScaleOutCooldown=60),
                         **scaled(arn))
    assert [p["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] for p in policies(arn)] == [80.0]
    bad(a.put_scheduled_action, "not supported", ScheduledActionName="s", Schedule="rate(1 hour)")
    refused(a.describe_scaling_policies, "InvalidNextTokenException", ServiceNamespace="kafka", NextToken="zz")
    assert not a.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    refused(client("application-autoscaling", secret="x" * 40).describe_scalable_targets, "InvalidSignatureException",
            ServiceNamespace="kafka")
    refused(client("application-autoscaling", key="AKIDNOBODY").describe_scalable_targets,
            "UnrecognizedClientException", ServiceNamespace="kafka")
    for body, words in ((b"{", b"Serialization"), (b"[]", b"Serialization"), (b"{}", b"ValidationException"),
                        (b'{"ServiceNamespace": 7}', b"Serialization")):
        status, _, text = raw("POST", "/", body, {"X-Amz-Target": "AnyScaleFrontendService.DescribeScalingPolicies"},
                              "application-autoscaling")
        assert status == 400 and words in text, (body, status, text)
    status, _, text = raw("POST", "/", b"{}", {"X-Amz-Target": "Nobody.Nothing"}, "application-autoscaling")
    assert status == 400 and b"UnknownOperationException" in text, (status, text)
    active(arn)
    c.delete_cluster(ClusterArn=arn)
    gone(arn)


# --- settings that touch no broker

def exporters(jmx, node):
    return {"Prometheus": {"JmxExporter": {"EnabledInBroker": jmx}, "NodeExporter": {"EnabledInBroker": node}}}


def version_of(arn):
    return client().describe_cluster(ClusterArn=arn)["ClusterInfo"]["CurrentVersion"]


def test_monitoring_is_kept_and_shown_and_survives_a_kill():
    c = client()
    arn = c.create_cluster(**v1("monitored", OpenMonitoring=exporters(True, False)))["ClusterArn"]
    active(arn)
    before = version_of(arn)
    nothing = "The request does not include any updates to the monitoring setting of the cluster."
    for same in ({}, {"EnhancedMonitoring": "DEFAULT"}, {"OpenMonitoring": exporters(True, False)}):
        refused(c.update_monitoring, "BadRequestException", nothing, ClusterArn=arn, CurrentVersion=before, **same)
    refused(c.update_monitoring, "BadRequestException", "isn't current", ClusterArn=arn, CurrentVersion="KNOTTHIS",
            EnhancedMonitoring="PER_BROKER")
    refused(c.update_monitoring, "BadRequestException", "log delivery", ClusterArn=arn, CurrentVersion=before,
            LoggingInfo={"BrokerLogs": {"S3": {"Enabled": True}}})
    operation = c.update_monitoring(ClusterArn=arn, CurrentVersion=before, EnhancedMonitoring="PER_TOPIC_PER_PARTITION",
                                    OpenMonitoring={"Prometheus": {"NodeExporter": {"EnabledInBroker": True}}})
    active(arn)
    done = c.describe_cluster_operation(ClusterOperationArn=operation["ClusterOperationArn"])["ClusterOperationInfo"]
    assert (done["OperationType"], done["OperationState"]) == ("UPDATE_MONITORING", "UPDATE_COMPLETE"), done
    assert done["SourceClusterInfo"] == {"EnhancedMonitoring": "DEFAULT", "OpenMonitoring": exporters(True, False)}, done
    K.kill()
    K.start()
    for info in (client().describe_cluster(ClusterArn=arn)["ClusterInfo"],
                 client().describe_cluster_v2(ClusterArn=arn)["ClusterInfo"]["Provisioned"]):
        assert info["EnhancedMonitoring"] == "PER_TOPIC_PER_PARTITION", info
        assert info["OpenMonitoring"] == exporters(True, True), info
    info = client().describe_cluster(ClusterArn=arn)["ClusterInfo"]
    assert info["CurrentVersion"] != before and "StateInfo" not in info, info
    client().delete_cluster(ClusterArn=arn)
    gone(arn)


def test_what_a_cluster_cannot_be_switched_to_is_refused_in_msks_words():
    c = client()
    arn = c.create_cluster(**v1("fixed"))["ClusterArn"]
    active(arn)
    at = {"ClusterArn": arn, "CurrentVersion": version_of(arn)}
    security = "The request does not include any updates to the security setting of the cluster."
    for words, change in (
            (security, {}),
            (security, {"EncryptionInfo": {"EncryptionInTransit": {"ClientBroker": "PLAINTEXT", "InCluster": False}}}),
            ("Updating the inter-broker encryption setting on your cluster is not currently supported.",
             {"EncryptionInfo": {"EncryptionInTransit": {"InCluster": True}}}),
            ("Updating encryption-at-rest settings on your cluster is not currently supported.",
             {"EncryptionInfo": {"EncryptionAtRest": {"DataVolumeKMSKeyId": "k"}}}),
            ("clientBroker: 'TLS'", {"EncryptionInfo": {"EncryptionInTransit": {"ClientBroker": "TLS"}}}),
            ("clientAuthentication: SASL", {"ClientAuthentication": {"Sasl": {"Iam": {"Enabled": True}}}}),
            ("cannot be off", {"ClientAuthentication": {"Unauthenticated": {"Enabled": False}}})):
        refused(c.update_security, "BadRequestException", words, **at, **change)
    refused(c.update_rebalancing, "BadRequestException", "Express", "kafka.m5.large", **at, Rebalancing={"Status": "PAUSED"})
    refused(c.update_rebalancing, "BadRequestException", "'ON'", **at, Rebalancing={"Status": "ON"})
    refused(c.update_cluster_kafka_version, "BadRequestException", "Unsupported KafkaVersion [3.9.x]. Valid values: [",
            **at, TargetKafkaVersion="3.9.x")
    assert version_of(arn) == at["CurrentVersion"]
    c.delete_cluster(ClusterArn=arn)
    gone(arn)


def test_a_cluster_policy_has_a_version_of_its_own():
    c = client()
    arn = c.create_cluster(**v1("policed"))["ClusterArn"]
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": ["210987654321"]}, "Action": "kafka:CreateVpcConnection", "Resource": arn}]})
    cluster = version_of(arn)
    for call in (c.get_cluster_policy, c.delete_cluster_policy):
        refused(call, "NotFoundException", "has no policy", ClusterArn=arn)
    refused(c.put_cluster_policy, "BadRequestException", "no policy", ClusterArn=arn, Policy=policy, CurrentVersion="K1")
    for bad, words in (("{", "not JSON"), ("{}", "Version"), (policy.replace("Allow", "May"), "'May'"),
                       (policy + " " * 20480, "20480")):
        refused(c.put_cluster_policy, "BadRequestException", words, ClusterArn=arn, Policy=bad)
    first = c.put_cluster_policy(ClusterArn=arn, Policy=policy)["CurrentVersion"]
    second = c.put_cluster_policy(ClusterArn=arn, Policy=policy + " ", CurrentVersion=first)["CurrentVersion"]
    assert first != second
    refused(c.put_cluster_policy, "BadRequestException", "isn't current", second, ClusterArn=arn, Policy=policy,
            CurrentVersion=first)
    K.kill()
    K.start()
    c = client()
    kept = c.get_cluster_policy(ClusterArn=arn)
    assert (kept["Policy"], kept["CurrentVersion"]) == (policy + " ", second), kept
    assert version_of(arn) == cluster
    c.delete_cluster_policy(ClusterArn=arn)
    refused(c.get_cluster_policy, "NotFoundException", "has no policy", ClusterArn=arn)
    c.delete_cluster(ClusterArn=arn)
    gone(arn)


# --- the AWS CLI

def aws(*words):
    # A home without a configuration: endpoint and credentials are all that is set.
    environment = {"PATH": os.environ["PATH"], "HOME": K.dir, "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": K.secret,
                   "AWS_ENDPOINT_URL": K.endpoint, "AWS_DEFAULT_REGION": REGION, "AWS_PAGER": ""}
    run = subprocess.run([AWS, *words, "--output", "json"], env=environment, capture_output=True, text=True)
    if run.returncode:
        return run.stderr
    return json.loads(run.stdout) if run.stdout.strip() else {}


def test_the_aws_cli_creates_describes_tags_and_deletes():
    made = aws("kafka", "create-cluster", "--cluster-name", "cli", "--kafka-version", "4.3.0", "--number-of-broker-nodes",
               "3", "--broker-node-group-info", json.dumps(upper(group())))
    assert isinstance(made, dict) and made["State"] == "CREATING", made
    arn = made["ClusterArn"]
    active(arn)
    assert aws("kafka", "describe-cluster", "--cluster-arn", arn)["ClusterInfo"]["ClusterName"] == "cli"
    assert aws("kafka", "list-clusters-v2")["ClusterInfoList"][0]["ClusterArn"] == arn
    assert aws("kafka", "tag-resource", "--resource-arn", arn, "--tags", "a=b,c=d") == {}
    assert aws("kafka", "untag-resource", "--resource-arn", arn, "--tag-keys", "a") == {}
    assert aws("kafka", "list-tags-for-resource", "--resource-arn", arn)["Tags"] == {"c": "d"}
    assert ":9092" in aws("kafka", "get-bootstrap-brokers", "--cluster-arn", arn)["BootstrapBrokerString"]
    assert "BadRequestException" in aws("kafka", "update-broker-count", "--cluster-arn", arn, "--current-version", "K",
                                        "--target-number-of-broker-nodes", "6")
    assert len(aws("ec2", "describe-subnets", "--filters", "Name=vpc-id,Values=vpc-1")["Subnets"]) == len(SUBNETS)
    assert aws("sts", "get-caller-identity")["Account"] == ACCOUNT
    assert aws("kafka", "delete-cluster", "--cluster-arn", arn)["State"] == "DELETING"
    gone(arn)


def store():
    """All that klammd has on disk, as SQL."""
    with sqlite3.connect("file:%s?mode=ro" % K.path("data/klammd.db"), uri=True) as db:
        return list(db.iterdump())


def dry(method, path, body=None, service="kafka", headers=None):
    status, _, answer = raw(method, path, json.dumps(body).encode() if body else b"",
                            {"x-klamm-dry-run": "true", **(headers or {})}, service)
    return status, json.loads(answer)


def test_a_dry_run_answers_with_the_plan_and_does_nothing():
    arn = client().create_cluster(**v1("dry"))["ClusterArn"]
    active(arn)
    path = "/v1/clusters/" + urllib.parse.quote(arn, safe="")
    version = client().describe_cluster(ClusterArn=arn)["ClusterInfo"]["CurrentVersion"]
    before, launched = store(), [len(a.wanted) for a in K.agents]
    for method, end, body, brokers in [
            ("PUT", "/reboot-broker", {"brokerIds": ["3", "1"]}, [1, 3]),
            ("PUT", "/nodes/count", {"currentVersion": version, "targetNumberOfBrokerNodes": 6}, [4, 5, 6]),
            ("PUT", "/nodes/type", {"currentVersion": version, "targetInstanceType": "kafka.m7g.large"}, [1, 2, 3]),
            ("PUT", "/storage", {"currentVersion": version, "volumeSizeGB": 2000}, [1, 2, 3]),
            ("DELETE", "", None, [1, 2, 3])]:
        status, plan = dry(method, path + end, body)
        assert status == 200 and plan["dryRun"] and plan["brokersTouched"] == brokers, (end, status, plan)
        assert plan["steps"] and plan["risk"] in ("none", "low", "medium", "high"), plan
    status, plan = dry("PUT", path + "/nodes/count", {"currentVersion": "K0", "targetNumberOfBrokerNodes": 6})
    assert status == 400 and "version of the cluster isn't current" in plan["message"], plan
    status, plan = dry("POST", "/", {"ServiceNamespace": "kafka", "ScalableDimension": "kafka:broker-storage:VolumeSize",
                                     "ResourceId": arn, "MinCapacity": 1, "MaxCapacity": 2000}, "application-autoscaling",
                       {"X-Amz-Target": "AnyScaleFrontendService.RegisterScalableTarget"})
    assert status == 200 and plan["operation"] == "RegisterScalableTarget", plan
    for a in K.agents:  # a broker says what it would do
        a.on_ask = lambda ask: {} if ask["action"].startswith("try-") else {"error": "TOPIC_ALREADY_EXISTS", "message": "!"}
    status, plan = dry("POST", path + "/topics", {"topicName": "t", "partitionCount": 1, "replicationFactor": 3})
    assert status == 200 and plan["dryRun"] and plan["steps"] == [], plan
    status, plan = dry("DELETE", path + "/topics/t")
    assert status == 400 and "DeleteTopic has no dry run" in plan["message"], plan
    assert store() == before and [len(a.wanted) for a in K.agents] == launched
    # boto3, as docs/dry-run.md has it
    planned = client()
    planned.meta.events.unregister("before-parse.kafka", judge)
    planned.meta.events.register("before-call.kafka",
                                 lambda params, **_: params["headers"].update({"x-klamm-dry-run": "true"}))
    planned.delete_cluster(ClusterArn=arn)
    assert store() == before
    client().delete_cluster(ClusterArn=arn)
    gone(arn)


def test_the_dry_run_header_must_be_signed():
    arn = client().create_cluster(**v1("dry-signed"))["ClusterArn"]
    active(arn)
    path = "/v1/clusters/" + urllib.parse.quote(arn, safe="")
    request = AWSRequest("DELETE", K.endpoint + path, headers={})
    SigV4Auth(Credentials(KEY, K.secret), "kafka", REGION).add_auth(request)

    def send(headers):
        try:
            with urllib.request.urlopen(urllib.request.Request(K.endpoint + path, headers=headers, method="DELETE")) as r:
                return r.status, r.read().decode()
        except urllib.error.HTTPError as e:
            return e.code, e.read().decode()

    status, text = send({**dict(request.prepare().headers), "x-klamm-dry-run": "true"})
    assert status == 403 and "must be signed" in text, text
    request = AWSRequest("DELETE", K.endpoint + path, headers={"x-klamm-dry-run": "true"})
    SigV4Auth(Credentials(KEY, K.secret), "kafka", REGION).add_auth(request)
    headers = dict(request.prepare().headers)
    status, text = send({k: v for k, v in headers.items() if k.lower() != "x-klamm-dry-run"})  # taken away on the way
    assert status == 403, text
    status, text = send(headers)
    assert status == 200 and json.loads(text)["dryRun"], text
    assert client().describe_cluster(ClusterArn=arn)["ClusterInfo"]["State"] == "ACTIVE"
    client().delete_cluster(ClusterArn=arn)
    gone(arn)


def test_every_implemented_operation_was_judged():
    assert len(seen_operations) == 34, sorted(seen_operations)


def main():
    global K, AWS
    AWS = sys.argv[2]
    print("seed 1, boto3 %s" % boto3.__version__)
    random.seed()
    K = Klammd(sys.argv[1])
    return run_tests(K, globals(), sys.argv[3:], violations)


if __name__ == "__main__":
    sys.exit(main())

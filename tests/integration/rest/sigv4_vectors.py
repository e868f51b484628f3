"""Prints api/rest/sigv4_vectors.h: requests as botocore signs them, at a fixed time. Run by hand:

    build/venv/bin/python tests/integration/rest/sigv4_vectors.py >api/rest/sigv4_vectors.h"""
import datetime
import json
import urllib.parse

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

NOW = datetime.datetime(2026, 11, 24, 4, 0, 0, tzinfo=datetime.timezone.utc)
ARN = "arn%3Aaws%3Akafka%3Aus-east-1%3A123456789012%3Acluster%2Fdemo%2F0f8fad5b-d9cb-469f-a165-70867728950e-1"
CASES = [  # name, service, method, path and query, headers, body, session token
    ("a list", "kafka", "GET", "/v1/clusters", {}, "", None),
    ("an ARN as one segment", "kafka", "GET", "/v1/clusters/" + ARN, {}, "", None),
    ("a query out of order", "kafka", "GET", "/api/v2/clusters?nextToken=a%2Fb%3D&maxResults=2&clusterNameFilter=x", {}, "", None),
    ("one key several times", "kafka", "DELETE", "/v1/tags/" + ARN + "?tagKeys=b&tagKeys=a&tagKeys=B", {}, "", None),
    ("blanks and plus signs", "kafka", "DELETE", "/v1/tags/x?tagKeys=a%20b&tagKeys=c%2Bd&tagKeys=%C3%BC", {}, "", None),
    ("a key without a value", "kafka", "GET", "/v1/clusters?maxResults&nextToken=", {}, "", None),
    ("a body", "kafka", "POST", "/v1/clusters", {"Content-Type": "application/json"}, '{"clusterName":"demo"}', None),
    ("a session token", "kafka", "PUT", "/v1/clusters/x/nodes/count", {}, "{}", "AQoDYXdzEPT//////////wEXAMPLE"),
    ("blanks in a header", "kafka", "GET", "/v1/clusters", {"X-Amz-Meta": "  a   b  c "}, "", None),
    ("an empty path", "sts", "POST", "/", {"Content-Type": "application/x-www-form-urlencoded"},
     "Action=GetCallerIdentity&Version=2011-06-15", None),
    ("dots and double slashes", "kafka", "GET", "/v1/./clusters//x/../y", {}, "", None),
    ("a slash at the end", "kafka", "GET", "/v1/clusters/", {}, "", None),
    ("unreserved and reserved characters", "kafka", "GET", "/v1/tags/-._~%21%2A%27%28%29%3B%40%26%3D%2B%24%2C", {}, "", None),
]


def literal(s):
    """STR_LIT of a text, cut so that no line is long."""
    parts = [s[i:i + 64] for i in range(0, len(s), 64)] or [""]
    return "STR_LIT(%s)" % "\n              ".join(json.dumps(part) for part in parts)


def header_rows(headers):
    rows = ",\n        ".join("{ %s, %s }" % (literal(k), literal(v)) for k, v in sorted(headers.items()))
    return "{ %s },\n      %d" % (rows, len(headers))


def vector(name, service, method, target, headers, body, token, presigned):
    request = AWSRequest(method, "https://kafka.example.com" + target, headers=dict(headers), data=body)
    credentials = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", token)
    signer = (botocore.auth.SigV4QueryAuth(credentials, service, "us-east-1", expires=300) if presigned
              else botocore.auth.SigV4Auth(credentials, service, "us-east-1"))
    signer.add_auth(request)
    url = urllib.parse.urlsplit(request.url)
    sent = {k: v.decode() if isinstance(v, bytes) else v for k, v in request.headers.items()}
    sent["Host"] = "kafka.example.com"
    print("    { %s, %s,\n      %s,\n      %s,\n      %s,\n      %s, %s },"
          % (json.dumps(name), literal(method), literal(url.path or "/"), literal(url.query), header_rows(sent),
             literal(body), "true" if presigned else "false"))


def main():
    class Clock(datetime.datetime):
        @classmethod
        def utcnow(cls):
            return NOW.replace(tzinfo=None)

        @classmethod
        def now(cls, tz=None):
            return NOW.astimezone(tz) if tz else NOW.replace(tzinfo=None)

    botocore.auth.datetime = type("module", (), {"datetime": Clock})
    botocore.auth.get_current_datetime = lambda *_, **__: NOW.replace(tzinfo=None)
    print("/* sigv4_vectors - requests as botocore %s signs them. Made by tests/integration/rest/sigv4_vectors.py. */"
          % botocore.__version__)
    print("#ifndef KLAMM_API_REST_SIGV4_VECTORS_H\n#define KLAMM_API_REST_SIGV4_VECTORS_H\n")
    print('#include "api/rest/sigv4.h"\n')
    print("enum { VECTOR_TIME_S = %d };\n" % NOW.timestamp())
    print("static const struct vector {\n    const char *name;\n    struct str method, path, query;\n"
          "    struct sigv4_header headers[8];\n    unsigned headers_n;\n    struct str body;\n    bool presigned;\n"
          "} vectors[] = {")
    for case in CASES:
        vector(*case, presigned=False)
        if not case[5]:
            vector(*case, presigned=True)
    print("};\n\n#endif")


main()

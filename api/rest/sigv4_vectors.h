/* sigv4_vectors - requests as botocore 1.44.5 signs them. Made by tests/integration/rest/sigv4_vectors.py. */
#ifndef KLAMM_API_REST_SIGV4_VECTORS_H
#define KLAMM_API_REST_SIGV4_VECTORS_H

#include "api/rest/sigv4.h"

enum { VECTOR_TIME_S = 1795492800 };

static const struct vector {
    const char *name;
    struct str method, path, query;
    struct sigv4_header headers[8];
    unsigned headers_n;
    struct str body;
    bool presigned;
} vectors[] = {
    { "a list", STR_LIT("GET"),
      STR_LIT("/v1/clusters"),
      STR_LIT(""),
      { { STR_LIT("Authorization"), STR_LIT("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261124/us-east-1/kafka"
              "/aws4_request, SignedHeaders=host;x-amz-date, Signature=0cd32c6b"
              "6c6ecedc6f63acf7968f206eed3856bbb050ee02978b5fa1b275b42f") },
        { STR_LIT("Host"), STR_LIT("kafka.example.com") },
        { STR_LIT("X-Amz-Date"), STR_LIT("20261124T040000Z") } },
      3,
      STR_LIT(""), false },
    { "a list", STR_LIT("GET"),
      STR_LIT("/v1/clusters"),
      STR_LIT("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F"
              "20261124%2Fus-east-1%2Fkafka%2Faws4_request&X-Amz-Date=20261124T"
              "040000Z&X-Amz-Expires=300&X-Amz-SignedHeaders=host&X-Amz-Signatu"
              "re=79b65b445b2832a0984235c7feef3871e9cf09f9605ca1032bb27dac03719"
              "adc"),
      { { STR_LIT("Host"), STR_LIT("kafka.example.com") } },
      1,
      STR_LIT(""), true },
    { "an ARN as one segment", STR_LIT("GET"),
      STR_LIT("/v1/clusters/arn%3Aaws%3Akafka%3Aus-east-1%3A123456789012%3Aclus"
              "ter%2Fdemo%2F0f8fad5b-d9cb-469f-a165-70867728950e-1"),
      STR_LIT(""),
      { { STR_LIT("Authorization"), STR_LIT("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261124/us-east-1/kafka"
              "/aws4_request, SignedHeaders=host;x-amz-date, Signature=e26eb9ac"
              "509ee022e2b0ac72475b4903b1ca0e36c8318da3899249b3d1f2f66b") },
        { STR_LIT("Host"), STR_LIT("kafka.example.com") },
        { STR_LIT("X-Amz-Date"), STR_LIT("20261124T040000Z") } },
      3,
      STR_LIT(""), false },
    { "an ARN as one segment", STR_LIT("GET"),
      STR_LIT("/v1/clusters/arn%3Aaws%3Akafka%3Aus-east-1%3A123456789012%3Aclus"
              "ter%2Fdemo%2F0f8fad5b-d9cb-469f-a165-70867728950e-1"),
      STR_LIT("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F"
              "20261124%2Fus-east-1%2Fkafka%2Faws4_request&X-Amz-Date=20261124T"
              "040000Z&X-Amz-Expires=300&X-Amz-SignedHeaders=host&X-Amz-Signatu"
              "re=7cd6c2a95e3b31afb3d62ffc1b88a9e6dbdb20ed981668100e9dbc13cf87f"
              "697"),
      { { STR_LIT("Host"), STR_LIT("kafka.example.com") } },
      1,
      STR_LIT(""), true },
    { "a query out of order", STR_LIT("GET"),
      STR_LIT("/api/v2/clusters"),
      STR_LIT("nextToken=a%2Fb%3D&maxResults=2&clusterNameFilter=x"),
      { { STR_LIT("Authorization"), STR_LIT("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261124/us-east-1/kafka"
              "/aws4_request, SignedHeaders=host;x-amz-date, Signature=968dab19"
              "aa3f35c527424fcb15ec9cfc84070ee4b4afaf0a59d79c1957b23cd0") },
        { STR_LIT("Host"), STR_LIT("kafka.example.com") },
        { STR_LIT("X-Amz-Date"), STR_LIT("20261124T040000Z") } },
      3,
      STR_LIT(""), false },
    { "a query out of order", STR_LIT("GET"),
      STR_LIT("/api/v2/clusters"),
      STR_LIT("nextToken=a%2Fb%3D&maxResults=2&clusterNameFilter=x&X-Amz-Algori"
              "thm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20261124%2Fu"
              "s-east-1%2Fkafka%2Faws4_request&X-Amz-Date=20261124T040000Z&X-Am"
              "z-Expires=300&X-Amz-SignedHeaders=host&X-Amz-Signature=55a667da8"
              "6afca11aebf99300806666405a1938b82f80a548fc96b587ebf3eaf"),
      { { STR_LIT("Host"), STR_LIT("kafka.example.com") } },
      1,
      STR_LIT(""), true },
    { "one key several times", STR_LIT("DELETE"),
      STR_LIT("/v1/tags/arn%3Aaws%3Akafka%3Aus-east-1%3A123456789012%3Acluster%"
              "2Fdemo%2F0f8fad5b-d9cb-469f-a165-70867728950e-1"),
      STR_LIT("tagKeys=b&tagKeys=a&tagKeys=B"),
      { { STR_LIT("Authorization"), STR_LIT("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261124/us-east-1/kafka"
              "/aws4_request, SignedHeaders=host;x-amz-date, Signature=47169bc9"
              "d49980b82b8b43676479ecb30ad15befb18201ad948d01243725e8fb") },
        { STR_LIT("Host"), STR_LIT("kafka.example.com") },
        { STR_LIT("X-Amz-Date"), STR_LIT("20261124T040000Z") } },
      3,
      STR_LIT(""), false },
    { "one key several times", STR_LIT("DELETE"),
      STR_LIT("/v1/tags/arn%3Aaws%3Akafka%3Aus-east-1%3A123456789012%3Acluster%"
              "2Fdemo%2F0f8fad5b-d9cb-469f-a165-70867728950e-1"),
      STR_LIT("tagKeys=b&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID"
              "EXAMPLE%2F20261124%2Fus-east-1%2Fkafka%2Faws4_request&X-Amz-Date"
              "=20261124T040000Z&X-Amz-Expires=300&X-Amz-SignedHeaders=host&X-A"
              "mz-Signature=177b95b97f3b991906c6a960ccf1d28b8c8ffca4a65fb15423f"
              "6c193609b9402"),
      { { STR_LIT("Host"), STR_LIT("kafka.example.com") } },
      1,
      STR_LIT(""), true },
    { "blanks and plus signs", STR_LIT("DELETE"),
      STR_LIT("/v1/tags/x"),
      STR_LIT("tagKeys=a%20b&tagKeys=c%2Bd&tagKeys=%C3%BC"),
      { { STR_LIT("Authorization"), STR_LIT("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261124/us-east-1/kafka"
              "/aws4_request, SignedHeaders=host;x-amz-date, Signature=b0b70f59"
              "0f1d929217bce85a891bc687e27f290f04a28c2ca8a8bc1cfec3d8b5") },
        { STR_LIT("Host"), STR_LIT("kafka.example.com") },
        { STR_LIT("X-Amz-Date"), STR_LIT("20261124T040000Z") } },
      3,
      STR_LIT(""), false },
    { "blanks and plus signs", STR_LIT("DELETE"),
      STR_LIT("/v1/tags/x"),
      STR_LIT("tagKeys=a%20b&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="
              "AKIDEXAMPLE%2F20261124%2Fus-east-1%2Fkafka%2Faws4_request&X-Amz-"
              "Date=20261124T040000Z&X-Amz-Expires=300&X-Amz-SignedHeaders=host"
              "&X-Amz-Signature=9e00df0adcd37a5ce6dfab1474e1e7526197b191b508301"
              "1c19e9bc132a5569d"),
      { { STR_LIT("Host"), STR_LIT("kafka.example.com") } },
      1,
      STR_LIT(""), true },
    { "a key without a value", STR_LIT("GET"),
      STR_LIT("/v1/clusters"),
      STR_LIT("maxResults&nextToken="),
      { { STR_LIT("Authorization"), STR_LIT("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261124/us-east-1/kafka"
              "/aws4_request, SignedHeaders=host;x-amz-date, Signature=4436b901"
              "7c0e07a6588e692270bb63cde6d46b7e6c5795810f8f2880a8bd327a") },
        { STR_LIT("Host"), STR_LIT("kafka.example.com") },
        { STR_LIT("X-Amz-Date"), STR_LIT("20261124T040000Z") } },
      3,
      STR_LIT(""), false },
    { "a key without a value", STR_LIT("GET"),
      STR_LIT("/v1/clusters"),
      STR_LIT("maxResults=&nextToken=&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Cr"
              "edential=AKIDEXAMPLE%2F20261124%2Fus-east-1%2Fkafka%2Faws4_reque"
              "st&X-Amz-Date=20261124T040000Z&X-Amz-Expires=300&X-Amz-SignedHea"
              "ders=host&X-Amz-Signature=1e344ea4ce17921d8d78db4f22f819e1b2b99c"
              "6be396aa32d60dfae4b28693f8"),
      { { STR_LIT("Host"), STR_LIT("kafka.example.com") } },
      1,
      STR_LIT(""), true },
    { "a body", STR_LIT("POST"),
      STR_LIT("/v1/clusters"),
      STR_LIT(""),
      { { STR_LIT("Authorization"), STR_LIT("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261124/us-east-1/kafka"
              "/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signa"
              "ture=f3b2bb6f7798e59e292127da6e4b21bc4150cc68e5322ea91c678662213"
              "ff0af") },
        { STR_LIT("Content-Type"), STR_LIT("application/json") },
        { STR_LIT("Host"), STR_LIT("kafka.example.com") },
        { STR_LIT("X-Amz-Date"), STR_LIT("20261124T040000Z") } },
      4,
      STR_LIT("{\"clusterName\":\"demo\"}"), false },
    { "a session token", STR_LIT("PUT"),
      STR_LIT("/v1/clusters/x/nodes/count"),
      STR_LIT(""),
      { { STR_LIT("Authorization"), STR_LIT("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261124/us-east-1/kafka"
              "/aws4_request, SignedHeaders=host;x-amz-date;x-amz-security-toke"
              "n, Signature=b39acee70913f1f2cd7712046d6f7e7f3199502f7681425fd83"
              "3e7eaeea27201") },
        { STR_LIT("Host"), STR_LIT("kafka.example.com") },
        { STR_LIT("X-Amz-Date"), STR_LIT("20261124T040000Z") },
        { STR_LIT("X-Amz-Security-Token"), STR_LIT("AQoDYXdzEPT//////////wEXAMPLE") } },
      4,
      STR_LIT("{}"), false },
    { "blanks in a header", STR_LIT("GET"),
      STR_LIT("/v1/clusters"),
      STR_LIT(""),
      { { STR_LIT("Authorization"), STR_LIT("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261124/us-east-1/kafka"
              "/aws4_request, SignedHeaders=host;x-amz-date;x-amz-meta, Signatu"
              "re=2313536ece51c1cdba8eac9c4290eaf71241785aa528eb0e04db704b3e30b"
              "305") },
        { STR_LIT("Host"), STR_LIT("kafka.example.com") },
        { STR_LIT("X-Amz-Date"), STR_LIT("20261124T040000Z") },
        { STR_LIT("X-Amz-Meta"), STR_LIT("  a   b  c ") } },
      4,
      STR_LIT(""), false },
    { "blanks in a header", STR_LIT("GET"),
      STR_LIT("/v1/clusters"),
      STR_LIT("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F"
              "20261124%2Fus-east-1%2Fkafka%2Faws4_request&X-Amz-Date=20261124T"
              "040000Z&X-Amz-Expires=300&X-Amz-SignedHeaders=host%3Bx-amz-meta&"
              "X-Amz-Signature=74e0582879145910c2ca8b1b7f52ed11f77be5f642865841"
              "98ea472a2abba3e9"),
      { { STR_LIT("Host"), STR_LIT("kafka.example.com") },
        { STR_LIT("X-Amz-Meta"), STR_LIT("  a   b  c ") } },
      2,
      STR_LIT(""), true },
    { "an empty path", STR_LIT("POST"),
      STR_LIT("/"),
      STR_LIT(""),
      { { STR_LIT("Authorization"), STR_LIT("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261124/us-east-1/sts/a"
              "ws4_request, SignedHeaders=content-type;host;x-amz-date, Signatu"
              "re=9bb6c2ee8cdf763fc630fe3bbafcd43c1284cd01d232558d5eccb88f5a199"
              "2d7") },
        { STR_LIT("Content-Type"), STR_LIT("application/x-www-form-urlencoded") },
        { STR_LIT("Host"), STR_LIT("kafka.example.com") },
        { STR_LIT("X-Amz-Date"), STR_LIT("20261124T040000Z") } },
      4,
      STR_LIT("Action=GetCallerIdentity&Version=2011-06-15"), false },
    { "dots and double slashes", STR_LIT("GET"),
      STR_LIT("/v1/./clusters//x/../y"),
      STR_LIT(""),
      { { STR_LIT("Authorization"), STR_LIT("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261124/us-east-1/kafka"
              "/aws4_request, SignedHeaders=host;x-amz-date, Signature=19e64468"
              "ce5e6234f8fba48512e30bdf3a3b09d527d21c8516ebfbcc2d356b01") },
        { STR_LIT("Host"), STR_LIT("kafka.example.com") },
        { STR_LIT("X-Amz-Date"), STR_LIT("20261124T040000Z") } },
      3,
      STR_LIT(""), false },
    { "dots and double slashes", STR_LIT("GET"),
      STR_LIT("/v1/./clusters//x/../y"),
      STR_LIT("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F"
              "20261124%2Fus-east-1%2Fkafka%2Faws4_request&X-Amz-Date=20261124T"
              "040000Z&X-Amz-Expires=300&X-Amz-SignedHeaders=host&X-Amz-Signatu"
              "re=60d0ad5c0aa208be6fdfeb96181e1cc48a993c8a48ce94c5f5da10c068f8d"
              "5f8"),
      { { STR_LIT("Host"), STR_LIT("kafka.example.com") } },
      1,
      STR_LIT(""), true },
    { "a slash at the end", STR_LIT("GET"),
      STR_LIT("/v1/clusters/"),
      STR_LIT(""),
      { { STR_LIT("Authorization"), STR_LIT("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261124/us-east-1/kafka"
              "/aws4_request, SignedHeaders=host;x-amz-date, Signature=dd058b77"
              "278d6311e41ee8893bfb4bfed9686334de0ba98bcea616c2ca3ef1cf") },
        { STR_LIT("Host"), STR_LIT("kafka.example.com") },
        { STR_LIT("X-Amz-Date"), STR_LIT("20261124T040000Z") } },
      3,
      STR_LIT(""), false },
    { "a slash at the end", STR_LIT("GET"),
      STR_LIT("/v1/clusters/"),
      STR_LIT("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F"
              "20261124%2Fus-east-1%2Fkafka%2Faws4_request&X-Amz-Date=20261124T"
              "040000Z&X-Amz-Expires=300&X-Amz-SignedHeaders=host&X-Amz-Signatu"
              "re=1157ff0fa4a2605ef01441cd6b1539924d67daf8e9c0c3bdf4819727e806a"
              "123"),
      { { STR_LIT("Host"), STR_LIT("kafka.example.com") } },
      1,
      STR_LIT(""), true },
    { "unreserved and reserved characters", STR_LIT("GET"),
      STR_LIT("/v1/tags/-._~%21%2A%27%28%29%3B%40%26%3D%2B%24%2C"),
      STR_LIT(""),
      { { STR_LIT("Authorization"), STR_LIT("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261124/us-east-1/kafka"
              "/aws4_request, SignedHeaders=host;x-amz-date, Signature=c00fa54a"
              "edf96d498adfb331f4c8bc0a387b79c25092c0439504d4a35d8acd97") },
        { STR_LIT("Host"), STR_LIT("kafka.example.com") },
        { STR_LIT("X-Amz-Date"), STR_LIT("20261124T040000Z") } },
      3,
      STR_LIT(""), false },
    { "unreserved and reserved characters", STR_LIT("GET"),
      STR_LIT("/v1/tags/-._~%21%2A%27%28%29%3B%40%26%3D%2B%24%2C"),
      STR_LIT("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F"
              "20261124%2Fus-east-1%2Fkafka%2Faws4_request&X-Amz-Date=20261124T"
              "040000Z&X-Amz-Expires=300&X-Amz-SignedHeaders=host&X-Amz-Signatu"
              "re=f51be2b6d7db94af11933c20acbbcb3afdb7906c5a5c933cb946b0101efb3"
              "916"),
      { { STR_LIT("Host"), STR_LIT("kafka.example.com") } },
      1,
      STR_LIT(""), true },
};

#endif

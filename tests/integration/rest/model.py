"""The MSK service model (facts of 2018-11-14, documentation left out) as a judge of answers.

Stricter than any SDK: a member that the model does not know, a type that only looks right, a value
outside of an enum or below a minimum are violations. Maxima of numbers are not checked: MSK itself
answers more than 15 brokers although the model says 15."""
import json
import os
import re

TIMESTAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
SCALARS = {
    "string": lambda v: isinstance(v, str),
    "timestamp": lambda v: isinstance(v, str) and TIMESTAMP.match(v),
    "boolean": lambda v: isinstance(v, bool),
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "long": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "double": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
    "blob": lambda v: isinstance(v, str),
}


class Model:
    scalars = SCALARS

    def __init__(self, model=None):
        if model is None:
            with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "model.json")) as f:
                model = json.load(f)
        self.operations, self.shapes = model["operations"], model["shapes"]

    def output_violations(self, operation, status, body):
        """`body` is the raw answer of a call that succeeded."""
        op = self.operations[operation]
        want = op["http"].get("responseCode", 200)
        found = [] if status == want else ["status %d, the model says %d" % (status, want)]
        if "output" not in op:
            return found + ([] if not body else ["a body although the model has no output"])
        return found + self.violations(op["output"]["shape"], json.loads(body), operation)

    def error_violations(self, operation, status, headers, body):
        kind = headers.get("x-amzn-errortype")
        if kind is None:
            return ["an error without x-amzn-errortype"]
        found = [] if headers.get("content-type") == "application/json" else ["no JSON content type"]
        value = json.loads(body)
        if not isinstance(value.get("message"), str) or not value["message"]:
            found.append("no message")
        if set(value) - {"message", "invalidParameter"}:
            found.append("members beside message and invalidParameter: %s" % sorted(value))
        shape = self.shapes.get(kind)
        if shape and shape["error"]["httpStatusCode"] != status:
            found.append("%s with status %d" % (kind, status))
        return found

    def violations(self, name, value, path):
        shape = self.shapes[name]
        kind = shape["type"]
        if kind == "structure":
            return self.structure(shape, value, path)
        if kind == "list":
            if not isinstance(value, list):
                return ["%s: no list: %r" % (path, value)]
            return [v for i, x in enumerate(value)
                    for v in self.violations(shape["member"]["shape"], x, "%s[%d]" % (path, i))]
        if kind == "map":
            if not isinstance(value, dict):
                return ["%s: no map: %r" % (path, value)]
            return [v for k, x in value.items()
                    for v in self.violations(shape["value"]["shape"], x, "%s[%s]" % (path, k))]
        return self.scalar(shape, value, path)

    def structure(self, shape, value, path):
        if not isinstance(value, dict):
            return ["%s: no structure: %r" % (path, value)]
        known = {m.get("locationName", n): (n, m["shape"]) for n, m in shape["members"].items()}
        found = ["%s: the model has no member %s" % (path, k) for k in value if k not in known]
        found += ["%s: required member %s is missing" % (path, k)
                  for k, (n, _) in known.items() if n in shape.get("required", []) and k not in value]
        for k, x in value.items():
            if k in known:
                found += self.violations(known[k][1], x, "%s.%s" % (path, k))
        return found

    def scalar(self, shape, value, path):
        if not self.scalars[shape["type"]](value):
            return ["%s: %r is no %s" % (path, value, shape["type"])]
        if "enum" in shape and value not in shape["enum"]:
            return ["%s: %r is none of %s" % (path, value, shape["enum"])]
        size = len(value) if isinstance(value, str) else value
        if "min" in shape and size < shape["min"]:
            return ["%s: %r is below %s" % (path, value, shape["min"])]
        if isinstance(value, str) and "max" in shape and size > shape["max"]:
            return ["%s: %r is longer than %s" % (path, value, shape["max"])]
        return []


class Json11(Model):
    """A service that speaks JSON 1.1: times are seconds, errors have their names in the body."""
    scalars = {**SCALARS, "timestamp": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool)}

    def error_violations(self, operation, status, headers, body):
        found = [] if headers.get("content-type") == "application/x-amz-json-1.1" else ["no JSON 1.1 content type"]
        value = json.loads(body)
        if status != 400 or set(value) != {"__type", "Message"} or not value["Message"]:
            found.append("status %d, %s" % (status, value))
        return found

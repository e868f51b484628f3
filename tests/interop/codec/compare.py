#!/usr/bin/env python3
"""Proves that klamm's message tables say what the schemas inside Apache Kafka's jars say.

    compare.py KF_TABLES JAR_DIRECTORY

Fields, order, types, versions, nullability, tags, defaults, ignorable, flexible versions: one check
a message, `N passed, N failed` at the end.
"""
import glob
import json
import re
import subprocess
import sys
import zipfile

KF_MAX = 32767


def load(text):
    text = re.sub(r"^\s*//.*$", "", text, flags=re.M)
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return json.loads(re.sub(r'(?<=[,\]\[{}"])\s*//.*$', "", text, flags=re.M))


def schemas(jar_directory):
    for jar in sorted(glob.glob(jar_directory + "/kafka*.jar")):
        with zipfile.ZipFile(jar) as z:
            for name in z.namelist():
                if name.endswith(".json") and "message" in name or name.startswith("common/metadata/"):
                    if name.endswith(".json"):
                        yield load(z.read(name).decode())


def snake(name):
    name = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    return re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name).lower()


def versions(text):
    if text in (None, "none"):
        return None
    low, dash, high = text.partition("-")
    if low.endswith("+"):
        return int(low[:-1]), KF_MAX
    return int(low), int(high) if dash else int(low)


def number(text):
    text = str(text).lower()
    return {"true": 1, "false": 0, "": 0, "null": 0}.get(text) if text in ("true", "false", "", "null") else int(text, 0)


def expect_field(field, common):
    kind = field["type"].strip()
    array = kind.startswith("[]")
    element = kind[2:] if array else kind
    struct = element[0].isupper()
    low, high = versions(field.get("versions") or field.get("taggedVersions"))
    nullable = versions(field.get("nullableVersions"))
    tagged = versions(field.get("taggedVersions")) if "tag" in field else None
    default = field.get("default")
    want = {
        "name": snake(field["name"]),
        "type": ("[]" if array else "") + ("struct" if struct else element),
        "since": low, "until": high,
        "tag": field.get("tag", -1),
        "default": number(default) if default is not None and element not in ("string", "bytes") else 0,
        "defaultNull": str(default) == "null",
        "ignorable": str(field.get("ignorable", "")).lower() == "true",
        "classic": field.get("flexibleVersions") == "none",
        # a version below the field's first means all of its versions
        "nullable": max(nullable[0], low) if nullable else -1,
        "taggedSince": max(tagged[0], low) if tagged else 0,
    }
    if struct:
        want["struct"] = element
        want["fields"] = [expect_field(f, common) for f in field.get("fields") or common[element]]
    return want


def normal(field):
    field = dict(field)
    if field["nullable"] >= 0:
        field["nullable"] = max(field["nullable"], field["since"])
    if field["tag"] >= 0:
        field["taggedSince"] = max(field["taggedSince"], field["since"])
    if "fields" in field:
        field["fields"] = [normal(f) for f in field["fields"]]
    return field


def expect(schema):
    low, high = versions(schema["validVersions"])
    flexible = versions(schema.get("flexibleVersions"))
    common = {s["name"]: s["fields"] for s in schema.get("commonStructs", [])}
    return {
        "name": schema["name"], "apiKey": schema.get("apiKey", -1), "min": low, "max": high,
        "flexible": flexible[0] if flexible else KF_MAX,
        "fields": [expect_field(f, common) for f in schema["fields"]],
    }


def difference(want, got, where):
    for key in want:
        if key == "fields":
            if [f["name"] for f in want["fields"]] != [f["name"] for f in got.get("fields", [])]:
                return f"{where}: fields or their order differ"
            for w, g in zip(want["fields"], got["fields"]):
                found = difference(w, g, f"{where}.{w['name']}")
                if found:
                    return found
        elif want[key] != got.get(key):
            return f"{where}: {key} is {got.get(key)}, Apache Kafka says {want[key]}"
    return None


def main():
    out = subprocess.run([sys.argv[1], "tables"], check=True, capture_output=True, text=True).stdout
    ours = {}
    for line in out.splitlines():
        table = json.loads(line)
        table["fields"] = [normal(f) for f in table["fields"]]
        ours[table["name"]] = table
    passed, failed, seen = 0, 0, set()
    for schema in schemas(sys.argv[2]):
        # The tiered storage's own topic is Apache's alone, and has no API.
        if schema.get("validVersions", "none") == "none" or schema["name"].startswith("Remote"):
            continue
        seen.add(schema["name"])
        got = ours.get(schema["name"])
        found = difference(expect(schema), got, schema["name"]) if got else f"{schema['name']}: missing"
        if found:
            print("FAILED", found)
            failed += 1
        else:
            passed += 1
    for name in sorted(set(ours) - seen):
        print("FAILED", name, "is not in Apache Kafka")
        failed += 1
    print(f"{passed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())

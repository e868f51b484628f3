"""Proves klamm's message tables equal to the JSON schemas in Apache Kafka's jars.

    codec_tool tables | compare_tables.py JAR_DIRECTORY

Every version of every message is compared field by field: order, type, array, nullable, tag,
default, ignorable. Prints what differs, then "N passed, N failed", a message or an API each.
"""

import glob
import json
import re
import sys
import zipfile

# Schemas that no node of a klamm cluster reads or writes: tiered storage is not offered,
# and RemoteLog* are its internal topic.
NOT_NEEDED = re.compile(r"^Remote(Log|Partition)")
NUMBERS = {"bool", "int8", "int16", "uint16", "int32", "uint32", "int64", "float64"}
KF_MAX = 32767


def uncommented(text):
    return re.sub(r"^\s*//.*$", "", text, flags=re.M)


def schemas(directory):
    """What brokers and clients say; the messages of Kafka Streams' own jars go from one application to itself."""
    for jar in sorted(glob.glob(directory + "/kafka-*.jar")):
        if "/kafka-streams" in jar:
            continue
        with zipfile.ZipFile(jar) as z:
            for name in z.namelist():
                if re.search(r"(^|/)(message|metadata)/\w+\.json$", name):
                    yield json.loads(uncommented(z.read(name).decode()))


def versions(text, last=KF_MAX):
    """A range such as "2+", "1-3", "7" or "none" as first and last; none is empty."""
    if text is None or text == "none":
        return 1, 0
    if text.endswith("+"):
        return int(text[:-1]), last
    first, _, end = text.partition("-")
    return int(first), int(end or first)


def has(pair, version):
    return pair[0] <= version <= pair[1]


def plain(name):
    """Without the word breaks, which C members and schemas set differently."""
    return name.replace("_", "").lower()


def default_of(field, kind, array):
    """(is null, number)"""
    text = field.get("default")
    if text in (None, ""):  # Apache Kafka's generator takes a bare null for "no default"
        return False, 0
    if text == "null":
        return True, 0
    if kind == "bool":
        return False, int(text in (True, "true"))
    if kind in NUMBERS and not array:
        return False, int(str(text), 0)
    return False, text


def wanted_fields(fields, structs, version):
    """What the jars say that stands in this version, in order."""
    for f in fields:
        if not has(versions(f.get("versions", f.get("taggedVersions"))), version):
            continue
        kind = f["type"]
        array = kind.startswith("[]")
        kind = kind[2:] if array else kind
        inner = f.get("fields") or structs.get(kind)
        flexible = f.get("flexibleVersions") != "none"
        null, number = default_of(f, kind, array)
        nullable = has(versions(f.get("nullableVersions")), version)
        tagged = "tag" in f and has(versions(f["taggedVersions"]), version)
        yield {
            "name": plain(f["name"]),
            "kind": "struct" if inner else kind,
            "array": array,
            "nullable": nullable,
            "tag": f["tag"] if tagged else -1,
            "classic": not flexible,
            "null by default": null,
            "default": number,
            "ignorable": bool(f.get("ignorable")),
            "fields": list(wanted_fields(inner, structs, version)) if inner else None,
        }


def seen_fields(fields, version):
    """What klamm's table says."""
    for f in fields:
        if not f["since"] <= version <= f["until"]:
            continue
        tagged = f["tag"] >= 0 and version >= f["taggedSince"]
        yield {
            "name": plain(f["name"]),
            "kind": f["kind"],
            "array": bool(f["array"]),
            "nullable": 0 <= f["nullable"] <= version,
            "tag": f["tag"] if tagged else -1,
            "classic": bool(f["classic"]),
            "null by default": bool(f["defNull"]),
            "default": f["def"],
            "ignorable": bool(f["ignorable"]),
            "fields": list(seen_fields(f["fields"], version)) if "fields" in f else None,
        }


def differences(where, wanted, seen):
    for w, s in zip(wanted, seen):
        for key, value in w.items():
            if key == "fields" and value is not None and s["fields"] is not None:
                yield from differences(f"{where}.{w['name']}", value, s["fields"])
            elif s[key] != value:
                yield f"{where}.{w['name']}: {key} is {s[key]!r}, Apache Kafka says {value!r}"
    for extra in wanted[len(seen):]:
        yield f"{where}: {extra['name']} is missing"
    for extra in seen[len(wanted):]:
        yield f"{where}: {extra['name']} is in klamm only"


def compare_message(schema, table):
    name = schema["name"]
    if table is None:
        return [f"{name}: klamm has no such table"]
    first, last = versions(schema["validVersions"])
    flexible = versions(schema["flexibleVersions"])
    flexible = flexible[0] if flexible[0] <= flexible[1] else KF_MAX
    found = []
    for what, value in (("min", first), ("max", last), ("flexible", flexible),
                        ("key", schema.get("apiKey", -1))):
        if table[what] != value:
            found.append(f"{name}: {what} is {table[what]}, Apache Kafka says {value}")
    structs = {s["name"]: s["fields"] for s in schema.get("commonStructs", [])}
    for v in range(first, last + 1):
        found += differences(f"{name} v{v}", list(wanted_fields(schema["fields"], structs, v)),
                             list(seen_fields(table["fields"], v)))
    return found


def compare_api(schema, api):
    name = schema["name"].removesuffix("Request")
    if api is None:
        return [f"{name}: klamm's list of APIs lacks it"]
    listeners = schema.get("listeners", [])
    first, last = versions(schema["validVersions"])
    # A broker of Apache Kafka serves the last version only when it is not marked unstable.
    last -= bool(schema.get("latestVersionUnstable"))
    found = []
    for what, value in (("name", name), ("broker", int("broker" in listeners)),
                        ("controller", int("controller" in listeners))):
        if api[what] != value:
            found.append(f"{name}: {what} is {api[what]}, Apache Kafka says {value}")
    if not (first <= api["min"] and api["max"] <= last):
        found.append(f"{name}: serves {api['min']}-{api['max']} of {first}-{last}")
    return found


def main():
    ours = json.load(sys.stdin)
    tables = {t["name"]: t for t in ours["messages"]}
    apis = {a["key"]: a for a in ours["apis"]}
    passed = failed = 0

    def count(found):
        nonlocal passed, failed
        for line in found:
            print(line)
        passed, failed = passed + (not found), failed + bool(found)

    known = set()
    for schema in schemas(sys.argv[1]):
        if schema["validVersions"] == "none" or NOT_NEEDED.match(schema["name"]):
            continue
        known.add(schema["name"])
        count(compare_message(schema, tables.get(schema["name"])))
        if schema["type"] == "request":
            count(compare_api(schema, apis.get(schema["apiKey"])))
    for name in tables.keys() - known:
        count([f"{name}: Apache Kafka has no such schema"])
    print(f"{passed} passed, {failed} failed")
    return failed > 0 or passed < 250


sys.exit(main())

"""Requests to a broker by Apache Kafka's own classes (GroupTool.java)."""
import json
import os
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent


class Tool:
    def __init__(self):
        jars = subprocess.run([HERE.parent / "apache.sh"], capture_output=True, text=True, check=True).stdout.strip()
        classes = os.environ.get("KLAMM_TOOL_CLASSES")
        entry = ["-cp", f"{classes}:{jars}/*", "GroupTool"] if classes else ["-cp", f"{jars}/*", str(HERE / "GroupTool.java")]
        self.java = subprocess.Popen(["java", "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", *entry],
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def line(self, text):
        self.java.stdin.write(text + "\n")
        self.java.stdin.flush()
        answer = json.loads(self.java.stdout.readline())
        if isinstance(answer, str) and answer.startswith("failed"):
            raise RuntimeError(f"{text}: {answer}")
        return answer

    def ask(self, address, api, version, connection="c", **body):
        return self.line(f"{address} {connection} {api} {version} {json.dumps(body)}")

    def send(self, address, api, version, connection="c", **body):
        return self.line(f"{address} {connection} {api} {version}! {json.dumps(body)}")

    def read(self, address, connection="c"):
        return self.line(f"{address} {connection} read")

    def close(self):
        self.java.stdin.close()
        self.java.wait(10)

#!/usr/bin/env python3
"""`retort serve` on a small trained run: what the page asks is asked by this script, over HTTP and a WebSocket. A word
and a click select, an edit is done and undone, what is downloaded equals what `field export` writes, nothing outside
the run is served, and Ctrl-C ends it cleanly.
"""
import argparse
import http.client
import json
import pathlib
import signal
import struct
import subprocess
import sys
import tempfile
import urllib.parse

from websocket_client import WebSocket

TIME_LIMIT_SECONDS = 120


class Served:
    """The program, serving; `get` and `ask` talk to it."""

    def __init__(self, program, *words):
        self.process = subprocess.Popen([program, "serve", *map(str, words), "--port", "0"], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        address = urllib.parse.urlsplit(self.process.stdout.readline().strip())
        if not address.hostname:
            raise SystemExit(f"FAILED: it did not start: {self.process.stderr.read()}")
        self.host, self.port = address.hostname, address.port
        self.next_id = 1

    def get(self, path, expect=200):
        connection = http.client.HTTPConnection(self.host, self.port, timeout=TIME_LIMIT_SECONDS)
        connection.request("GET", path)
        response = connection.getresponse()
        content = response.read()
        if response.status != expect:
            raise SystemExit(f"FAILED: {path}: status {response.status}: {content[:300]}")
        return content

    def json(self, path):
        return json.loads(self.get(path))

    def open_socket(self, path):
        self.socket = WebSocket(self.host, self.port, path)

    def ask(self, op, **fields):
        """The answer and its binaries by kind."""
        self.next_id += 1
        self.socket.send(json.dumps({"id": self.next_id, "op": op, **fields}))
        while True:
            message = self.socket.receive()
            if isinstance(message, str) and json.loads(message).get("id") == self.next_id:
                return json.loads(message)

    def binary(self, kind):
        while True:
            message = self.socket.receive()
            if isinstance(message, bytes) and struct.unpack_from("<I", message, 4)[0] == kind:
                return message[16:]

    def end(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(TIME_LIMIT_SECONDS)
        return self.process.returncode


class Checks:
    def __init__(self):
        self.failures, self.count = [], 0

    def expect(self, holds, what):
        self.count += 1
        if not holds:
            self.failures.append(what)


def check_splats(checks, content):
    magic, version, count, degree = struct.unpack_from("<4sIII", content)
    checks.expect(magic == b"RTSP" and version == 1, "the stream's header")
    at, ids = 16, set()
    higher = (degree + 1) ** 2 - 1
    while at < len(content):
        n, _ = struct.unpack_from("<II", content, at)
        ids.update(struct.unpack_from(f"<{n}I", content, at + 8))
        padded = [(size + 3) // 4 * 4 for size in (4 * n, 12 * n, 6 * n, 4 * n, 4 * n)]
        at += 8 + sum(padded) + (4 + (3 * n * higher + 3) // 4 * 4 if higher else 0)
    checks.expect(ids == set(range(count)), "every splat comes once")
    return count


def check_field(checks, served, program, run, work):
    info = served.json("/api/field/run")
    checks.expect("ball" in info["words"], f"words: {info['words']}, {info['why_no_words']}")
    count = check_splats(checks, served.get("/api/field/run/splats"))
    checks.expect(count == info["splats"], "splats as told")
    checks.expect(served.get("/api/field/run/photo/0?width=40")[:2] == b"\xff\xd8", "a photo is a JPEG")
    served.get("/api/field/run/photo/99999", expect=404)
    served.get("/api/field/other", expect=404)

    subprocess.run([program, "field", "export", str(run), str(work / "whole.ply")], check=True, capture_output=True)
    whole = (work / "whole.ply").read_bytes()
    checks.expect(served.get("/api/field/run/download?format=ply&what=all") == whole, "the download is the export")
    checks.expect(not (run / "downloads").exists(), "downloads leave nothing behind")

    served.open_socket("/ws/field/run")
    asked = served.ask("query", asked="ball", against=[], form="softmax")
    checks.expect(asked["ok"] and sum(asked["histogram"]) == count, f"query: {asked}")
    checks.expect(len(served.binary(1)) == count, "a score for each splat")
    selected = served.ask("select_query", threshold=None, combine="replace")
    checks.expect(selected["ok"] and selected["count"] == asked["nearest_wins"] > 0, f"select_query: {selected}")
    view = info["views"][0]
    camera = {key: view[key] for key in ("width", "height", "fx", "fy", "cx", "cy", "world_to_camera")}
    clicked = served.ask("click", camera=camera, positive=[[view["width"] / 2, view["height"] / 2]], negative=[],
                         similarity=0.8, combine="replace")
    checks.expect(clicked["ok"] and 0 < clicked["count"] < count, f"click: {clicked}")
    deleted = served.ask("edit", edit={"delete": {}})
    checks.expect(deleted["ok"] and deleted["alive"] == count - clicked["count"], f"delete: {deleted}")
    checks.expect(len(served.get("/api/field/run/download?format=ply")) < len(whole), "the edited field is smaller")
    undone = served.ask("undo")
    checks.expect(undone["ok"] and undone["alive"] == count, f"undo: {undone}")
    checks.expect(served.get("/api/field/run/download?format=ply") == whole, "undone is as before")
    checks.expect(served.ask("picture", camera=camera, mode="rgb")["ok"], "a picture")
    checks.expect(not served.ask("query", asked="bal", against=[])["ok"], "an unknown word")
    saved = served.ask("save", name="cut")
    checks.expect(saved["ok"] and (run / "selections/cut.safetensors").is_file(), f"save: {saved}")
    checks.expect(saved["step"] is None, "the splats are a finished field's")
    products = [product["name"] for product in served.json("/api/runs/run")["products"]]
    checks.expect("selection/cut" in products and "field" in products, f"it is a product beside the run's: {products}")
    script = served.ask("script")
    checks.expect(script["yaml"].startswith("steps:"), f"script: {script}")


def check_runs(checks, served, work):
    (work / "secret.txt").write_text("secret")
    runs = served.json("/api/runs")
    checks.expect([run["name"] for run in runs] == ["run"] and runs[0]["field"] and not runs[0]["live"], f"{runs}")
    checks.expect("recipe" in served.json("/api/runs/run"), "a run's recipe")
    curves = served.json("/api/runs/run/curves?after=0")
    checks.expect(any(point[0] == "train/loss" for point in curves["points"]), "curves")
    checks.expect(served.json(f"/api/runs/run/curves?after={curves['next']}")["points"] == [], "no more of them")
    for path in ("../../secret.txt", "%2e%2e/%2e%2e/secret.txt", "..%2f..%2fsecret.txt", "/etc/passwd", ".lock"):
        connection = http.client.HTTPConnection(served.host, served.port, timeout=TIME_LIMIT_SECONDS)
        connection.request("GET", f"/api/runs/run/file/{path}")
        response = connection.getresponse()
        checks.expect(response.status in (400, 404) and b"secret" != response.read(), f"{path} is refused")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    program = str(pathlib.Path(parser.parse_args().program).resolve())
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="retort-serve-") as place:
        work = pathlib.Path(place)
        subprocess.run([program, "field", "demo", "--output", str(work / "demo"), "train.steps=150"], check=True,
                       capture_output=True)
        run = work / "demo/run"
        served = Served(program, work / "demo")
        check_runs(checks, served, work)
        check_field(checks, served, program, run, work)
        code = served.end()
        checks.expect(code == 0, f"exit code {code} after SIGINT")
        subprocess.run([program, "field", "export", str(run), str(work / "whole.ply")], check=True, capture_output=True)
        alone = Served(program, work / "whole.ply")
        info = alone.json("/api/field/whole")
        checks.expect(info["words"] is None and info["why_no_words"], "a lone file has no words and says why")
        checks.expect(alone.json("/api/runs")[0]["name"] == "whole", "a lone file is listed")
        checks.expect(alone.end() == 0, "it ends as well")
        refused = subprocess.run([program, "serve", str(work / "nowhere")], capture_output=True, text=True)
        checks.expect(refused.returncode == 2 and "nowhere" in refused.stderr, "a wrong place is refused")
    for failure in checks.failures:
        print("FAILED  ", failure)
    print(f"{checks.count - len(checks.failures)} passed, {len(checks.failures)} failed")
    return 1 if checks.failures else 0


if __name__ == "__main__":
    sys.exit(main())

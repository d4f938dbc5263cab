#!/usr/bin/env python3
"""What a page that looks on costs a training: the synthetic scene is trained alone, then with `retort serve` beside it and
one client that takes all news and reads every new field whole, in turn, round after round, so that a busy machine is
unfair to neither. Prints the seconds of each, the processor time that the server took beside it (a figure that other work
on the machine hardly moves), and the ratio of the medians.

examples:
  bench/training_with_client.py build/release/retort
  bench/training_with_client.py build/release/retort --steps 3000 --rounds 3
"""
import argparse
import http.client
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests/e2e"))
from websocket_client import WebSocket  # noqa: E402

FIRST_FIELD_SECONDS = 600


def processor_seconds(process_id):
    """What a process has used of all processors so far (Linux)."""
    fields = pathlib.Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Client(threading.Thread):
    """Waits for the first checkpoint, opens the field and takes what comes until the server is gone."""

    def __init__(self, program, run):
        super().__init__(daemon=True)
        self.program, self.run_folder = program, run
        self.server = None
        self.server_seconds = 0.0
        self.ended = threading.Event()
        self.news = self.fields = 0

    def read_field(self, address):
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
        connection.request("GET", f"/api/field/{self.run_folder.name}/splats", headers={"Accept-Encoding": "gzip"})
        connection.getresponse().read()
        self.fields += 1

    def run(self):
        begin = time.monotonic()
        while not list((self.run_folder / "checkpoints").glob("step_*.safetensors")):
            if self.ended.wait(0.2) or time.monotonic() - begin > FIRST_FIELD_SECONDS:
                return
        self.server = subprocess.Popen([self.program, "serve", str(self.run_folder), "--port", "0"],
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        address = urllib.parse.urlsplit(self.server.stdout.readline().strip())
        try:
            socket = WebSocket(address.hostname, address.port, f"/ws/field/{self.run_folder.name}")
            self.read_field(address)
            while not self.ended.is_set():
                message = socket.receive()
                event = json.loads(message).get("event") if isinstance(message, str) else None
                self.news += event == "training"
                if event == "field":
                    self.read_field(address)
        except (OSError, ConnectionError):
            return  # the server was ended

    def end(self):
        self.ended.set()
        if self.server:
            self.server_seconds = processor_seconds(self.server.pid)
            self.server.terminate()
            self.server.wait(30)


def train(program, scene, run, steps, looked_at):
    """Seconds that the training took, and what the client heard."""
    client = Client(program, run) if looked_at else None
    if client:
        client.start()
    subprocess.run([program, "run", "field/demo", "--output", str(run), "--quiet", f"scene.path={scene}",
                    f"train.steps={steps}"], check=True, stdout=subprocess.DEVNULL)
    if client:
        client.end()
    return json.loads((run / "run.json").read_text())["seconds"], client


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    program = str(arguments.program.resolve())
    alone, looked_at = [], []
    with tempfile.TemporaryDirectory(prefix="retort-client-") as place:
        work = pathlib.Path(place)
        subprocess.run([program, "field", "demo", "--output", str(work / "demo"), "--quiet", "train.steps=1"],
                       check=True, stdout=subprocess.DEVNULL)
        for number in range(arguments.rounds):
            for with_client in (False, True):
                name = f"{number}-{'client' if with_client else 'alone'}"
                load = os.getloadavg()[0]
                seconds, client = train(program, work / "demo/scene", work / name, arguments.steps, with_client)
                (looked_at if with_client else alone).append(seconds)
                heard = (f"; {client.news} news, {client.fields} fields, server {client.server_seconds:.1f} s of processor time"
                         if client else "")
                print(f"round {number + 1}, {'with a client' if with_client else 'alone'}: {seconds:.1f} s{heard} "
                      f"(load of the machine before: {load:.1f})", flush=True)
    ratio = statistics.median(looked_at) / statistics.median(alone)
    print(f"a client makes {arguments.steps} steps take {ratio:.3f} times as long (medians of {arguments.rounds})")


if __name__ == "__main__":
    main()

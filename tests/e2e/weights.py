#!/usr/bin/env python3
"""`retort weights` against a server of this script's own on the loopback interface: whole files, broken connections,
servers without ranges or with another file, wrong content, signals, and no network at all."""
import argparse
import hashlib
import http.server
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time

TIME_LIMIT_SECONDS = 60
CONTENT = random.Random(3).randbytes(300_000)
HALF = len(CONTENT) // 2


class Handler(http.server.BaseHTTPRequestHandler):
    """A path such as /cut/x.pth names the behaviour; `requests` remembers what was asked for."""
    protocol_version = "HTTP/1.1"
    requests = []
    etag = '"one"'

    def log_message(self, *_):
        pass

    def do_GET(self):
        Handler.requests.append((self.path, self.headers["Range"], self.headers["If-Range"]))
        self.close_connection = True
        try:
            getattr(self, self.path.split("/")[1])()
        except (BrokenPipeError, ConnectionResetError):
            pass  # the client was ended

    def head(self, status, length, *headers):
        self.send_response(status)
        if length is not None:
            self.send_header("Content-Length", str(length))
        for name, value in (("ETag", self.etag), ("Connection", "close"), *headers):
            self.send_header(name, value)
        self.end_headers()

    def asked_range(self):
        """First byte that is wanted, or 0 for the whole file."""
        wanted = self.headers["Range"]
        if not wanted or self.headers["If-Range"] not in (None, self.etag):
            return 0
        return int(wanted.removeprefix("bytes=").removesuffix("-"))

    def plain(self, write=None):
        begin = self.asked_range()
        if begin:
            self.head(206, len(CONTENT) - begin, ("Content-Range", f"bytes {begin}-{len(CONTENT) - 1}/{len(CONTENT)}"))
        else:
            self.head(200, len(CONTENT))
        (write or self.wfile.write)(CONTENT[begin:])

    def cut(self):
        """Breaks off in the middle the first time."""
        first = sum(path == self.path for path, *_ in Handler.requests) == 1
        self.plain(lambda content: self.wfile.write(content[:HALF] if first else content))

    def slow(self):
        def drip(content):
            for begin in range(0, len(content), 2000):
                self.wfile.write(content[begin:begin + 2000])
                time.sleep(0.01)
        self.plain(drip)

    def norange(self):
        first = sum(path == self.path for path, *_ in Handler.requests) == 1
        self.head(200, len(CONTENT))
        self.wfile.write(CONTENT[:HALF] if first else CONTENT)

    def unsatisfiable(self):
        if self.headers["Range"]:
            self.head(416, 0, ("Content-Range", f"bytes */{HALF // 2}"))
        else:
            self.cut()

    def wrong(self):
        self.head(200, len(CONTENT))
        self.wfile.write(CONTENT[:-1] + bytes([CONTENT[-1] ^ 1]))

    def long(self):
        self.head(200, None)
        self.wfile.write(CONTENT + b"x" * 100_000)

    def loop(self):
        self.head(302, 0, ("Location", "/loop/x.pth"))

    def moved(self):
        self.head(301, 0, ("Location", "../plain/moved.pth"))

    def missing(self):
        self.head(404, 4)
        self.wfile.write(b"none")


class Checks:
    def __init__(self, program, folder, port):
        self.program, self.folder, self.store = program, folder, folder / "store"
        self.catalogue = folder / "catalogue.yaml"
        self.count, self.failures, self.what = 0, [], ""
        entries = "".join(
            f"  {name}: {{address: 'http://127.0.0.1:{port}/{name}/x.pth', bytes: {len(CONTENT)}, "
            f"sha256: {hashlib.sha256(CONTENT).hexdigest()}, licence: MIT, purpose: tests}}\n"
            for name in ("plain", "cut", "slow", "norange", "unsatisfiable", "wrong", "long", "loop", "moved", "missing",
                         "other"))
        self.catalogue.write_text("weights:\n" + entries.replace(f":{port}/other", ":9/other"))

    def words(self, *words):
        return [self.program, *map(str, words)]

    def env(self):
        return {**os.environ, "RETORT_WEIGHTS": str(self.store), "no_proxy": "127.0.0.1"}

    def run(self, *words):
        return subprocess.run(self.words(*words), capture_output=True, text=True, cwd=self.folder, env=self.env(),
                              timeout=TIME_LIMIT_SECONDS, stdin=subprocess.DEVNULL)

    def get(self, name, *more):
        return self.run("weights", "get", name, "--catalogue", self.catalogue, *more)

    def start(self, name):
        return subprocess.Popen(self.words("weights", "get", name, "--catalogue", self.catalogue), cwd=self.folder,
                                env=self.env(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def expect(self, holds, ran=None, note=""):
        self.count += 1
        if not holds:
            said = f"; exit code {ran.returncode}, it said: {ran.stderr.strip()}" if ran else ""
            self.failures.append(self.what + (f" ({note})" if note else "") + said)

    def expect_whole(self, ran, name):
        file = self.store / f"{name}.pth"
        self.expect(ran.returncode == 0 and ran.stdout == f"{file}\n" and file.read_bytes() == CONTENT, ran)
        self.expect(sorted(self.store.glob(f"{name}*")) == [file], note="nothing else is left")

    def expect_refused(self, ran, code, *parts):
        self.expect(ran.returncode == code and all(part in ran.stderr for part in parts), ran)

    def left(self, name):
        return sorted(path.name for path in self.store.glob(f"{name}.*"))

    def ranges(self, name):
        return [wanted for path, wanted, _ in Handler.requests if path.startswith(f"/{name}/")]


def check_words(checks):
    checks.what = "list needs no network"
    ran = checks.run("weights", "list")
    checks.expect(ran.returncode == 0 and "vgg16" in ran.stdout and "553.4 MB" in ran.stdout, ran)
    checks.what = "unknown names are refused before anything is fetched"
    checks.expect_refused(checks.get("plain", "plian"), 2, "plian", "did you mean 'plain'")
    checks.expect(not Handler.requests)
    checks.what = "no path of what is not here"
    checks.expect_refused(checks.run("weights", "path", "vgg16"), 2, "retort weights get vgg16")
    checks.what = "options name what is missing"
    checks.expect_refused(checks.run("teach", checks.folder, "--weights", "weights:vgg16"), 2, "retort weights get vgg16")
    checks.what = "a damaged catalogue is refused"
    (checks.folder / "bad.yaml").write_text("weights: {own: {address: 'ftp://h/x', bytes: 3, sha256: zz}}\n")
    checks.expect_refused(checks.run("weights", "list", "--catalogue", "bad.yaml"), 2, "bad.yaml:1", "sha256", "address")


def check_transfers(checks):
    checks.what = "a plain file"
    checks.expect_whole(checks.get("plain"), "plain")
    checks.expect_whole(checks.get("plain"), "plain")
    checks.expect(checks.ranges("plain") == [None], note="what is here is not fetched again")
    ran = checks.run("weights", "path", "plain", "--catalogue", checks.catalogue)
    checks.expect(ran.stdout.strip() == str(checks.store / "plain.pth"), ran)

    for name, last in (("cut", f"bytes={HALF}-"), ("norange", f"bytes={HALF}-"), ("unsatisfiable", None)):
        checks.what = f"{name}: a broken connection, then the rest"
        checks.expect_refused(checks.get(name), 1, "kept")
        checks.expect(checks.left(name) == [f"{name}.pth.partial", f"{name}.pth.partial.origin"])
        checks.expect("a part is here" in checks.run("weights", "list", "--catalogue", checks.catalogue).stdout)
        checks.expect_whole(checks.get(name), name)
        checks.expect(checks.ranges(name)[-1] == last, note=f"asked for {checks.ranges(name)}")

    checks.what = "a server whose file has changed"
    (checks.store / "cut.pth").unlink()
    Handler.requests.clear()
    checks.expect_refused(checks.get("cut"), 1, "kept")
    Handler.etag = '"two"'
    checks.expect_whole(checks.get("cut"), "cut")
    checks.expect(Handler.requests[-1][2] == '"one"', note="If-Range")

    for name, part in (("wrong", "SHA-256"), ("long", "sends more"), ("loop", "redirections"), ("missing", "404")):
        checks.what = f"{name}: nothing is left"
        checks.expect_refused(checks.get(name), 1, part)
        checks.expect(checks.left(name) == [])
    checks.what = "a redirection is followed"
    checks.expect_whole(checks.get("moved"), "moved")


def check_ends(checks):
    partial = checks.store / "slow.pth.partial"
    for number, code in ((signal.SIGKILL, -9), (signal.SIGINT, 130)):
        checks.what = f"ended by signal {number.value} while loading"
        process = checks.start("slow")
        begun = partial.stat().st_size if partial.exists() else 0
        deadline = time.monotonic() + TIME_LIMIT_SECONDS
        while not (partial.exists() and partial.stat().st_size > begun) and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(number)
        checks.expect(process.wait(TIME_LIMIT_SECONDS) == code)
        checks.expect(checks.left("slow") == [partial.name, partial.name + ".origin"])
    checks.what = "and fetched to the end afterwards"
    size = partial.stat().st_size
    checks.expect_whole(checks.get("slow"), "slow")
    checks.expect(checks.ranges("slow")[-1] == f"bytes={size}-", note=f"asked for {checks.ranges('slow')}")


def check_without_network(checks):
    checks.what = "no server: what to do"
    checks.expect_refused(checks.get("other"), 1, "--from FILE")
    checks.expect(checks.left("other") == [])
    given = checks.folder / "given.pth"
    for content, part in ((CONTENT[:-1], "bytes"), (CONTENT[::-1], "SHA-256")):
        checks.what = "a wrong file is not taken"
        given.write_bytes(content)
        checks.expect_refused(checks.get("other", "--from", given), 2, "given.pth", part)
        checks.expect(checks.left("other") == [])
    checks.what = "the right file is"
    given.write_bytes(CONTENT)
    checks.expect_whole(checks.get("other", "--from", given), "other")
    checks.what = "another file under the name is noticed"
    (checks.store / "other.pth").write_bytes(CONTENT[::-1])
    checks.expect_refused(checks.get("other"), 2, "remove it")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    program = str(pathlib.Path(parser.parse_args().program).resolve())
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as place:
        checks = Checks(program, pathlib.Path(place), server.server_port)
        for part in (check_words, check_transfers, check_ends, check_without_network):
            part(checks)
    for failure in checks.failures:
        print("FAILED  ", failure)
    print(f"{checks.count - len(checks.failures)} passed, {len(checks.failures)} failed")
    return 1 if checks.failures else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Runs the real program on cases that are data, and says what did not come out as written.

A case file is a JSON list of cases:
  name      what it shows
  args      words after `retort`; {work}, {source} and {shared} stand for folders
  before    lists of words: runs that come first, in the same {work}, and must exit with 0
  files     {path: text} written into {work} first; {"base64": ...} for bytes, {"folder": mode} for a folder,
            {"link": target} for a symbolic link
  exit      expected exit code (default 0)
  stdout, stderr          strings that must appear there
  stdout_matches          a regular expression that must match somewhere in it
  absent    paths below {work} that must not exist afterwards
  present   paths that must
  needs     "shared": skipped where RETORT_SHARED names no folder; "not_root": skipped for root; "ffmpeg": skipped
            where there is none
  stdout_to a file that takes standard output instead
  env       further environment variables
  verbs     true: instead of args, asks every verb that `retort --help` lists for its help
Each case has a fresh {work}, which is also its working directory. Prints `N passed, M failed, K skipped` last.
"""
import argparse
import base64
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

TIME_LIMIT_SECONDS = 240


def write_files(work, files):
    for name, content in files.items():
        path = work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            path.write_text(content)
        elif "base64" in content:
            path.write_bytes(base64.b64decode(content["base64"]))
        elif "link" in content:
            path.symlink_to(content["link"])
        else:
            path.mkdir(exist_ok=True)
            path.chmod(int(content["folder"], 8))


class Runner:
    def __init__(self, program, source, shared):
        self.program, self.source, self.shared = program, source, shared

    def call(self, args, work, env=None, stdout_to=None):
        stdout = open(stdout_to, "w") if stdout_to else subprocess.PIPE
        result = subprocess.run([self.program, *args], cwd=work, stdin=subprocess.DEVNULL, stdout=stdout,
                                stderr=subprocess.PIPE, text=True, errors="replace", timeout=TIME_LIMIT_SECONDS,
                                env={**os.environ, **(env or {})})
        result.stdout = result.stdout or ""
        return result

    def expand(self, text, work):
        return text.replace("{work}", str(work)).replace("{source}", self.source).replace("{shared}", self.shared or "")

    def reason_to_skip(self, case):
        needs = case.get("needs", "")
        if needs == "shared" and not self.shared:
            return "needs RETORT_SHARED"
        if needs == "not_root" and os.geteuid() == 0:
            return "root may write everywhere"
        if needs == "ffmpeg" and not shutil.which("ffmpeg"):
            return "needs ffmpeg"
        return ""

    def complaints(self, case, work):
        """What is wrong; an empty list when the case holds."""
        if case.get("verbs"):
            return self.verb_complaints(work)
        write_files(work, case.get("files", {}))
        for words in case.get("before", []):
            earlier = self.call([self.expand(word, work) for word in words], work)
            if earlier.returncode != 0:
                return [f"{' '.join(words)}: exit code {earlier.returncode}", "stderr: " + earlier.stderr[-2000:]]
        result = self.call([self.expand(word, work) for word in case["args"]], work, case.get("env"),
                           case.get("stdout_to"))
        found = []
        if result.returncode != case.get("exit", 0):
            found.append(f"exit code {result.returncode}, expected {case.get('exit', 0)}")
        for stream in ("stdout", "stderr"):
            text = getattr(result, stream)
            found += [f"{stream} lacks {self.expand(part, work)!r}" for part in case.get(stream, [])
                      if self.expand(part, work) not in text]
        pattern = case.get("stdout_matches")
        if pattern and not re.search(pattern, result.stdout, re.M):
            found.append(f"stdout does not match {pattern!r}")
        found += [f"{path} is left behind" for path in case.get("absent", []) if (work / path).exists()]
        found += [f"{path} is missing" for path in case.get("present", []) if not (work / path).exists()]
        if found:
            found += ["stdout: " + result.stdout[-2000:], "stderr: " + result.stderr[-2000:]]
        return found

    def verb_complaints(self, work):
        overview = self.call(["--help"], work).stdout
        listed = self.verbs_listed(overview)
        found = [] if len(listed) >= 8 else [f"only {len(listed)} verbs listed"]
        for verb in listed:
            result = self.call([*verb, "--help"], work)
            if result.returncode != 0:
                found.append(f"{' '.join(verb)} --help: exit code {result.returncode}")
            elif result.stdout.count("\n  retort ") < 2:
                found.append(f"{' '.join(verb)} --help: fewer than two examples")
        return found

    @staticmethod
    def verbs_listed(overview):
        """The words in the first column below the headings that hold verbs."""
        verbs, inside = [], False
        for line in overview.splitlines():
            if line.endswith(":") and not line.startswith(" "):
                inside = line not in ("Everywhere:", "Examples:")
            elif inside and line.startswith("  "):
                verbs.append(line[2:18].split())
        return verbs


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, help="the retort binary")
    parser.add_argument("--source", required=True, help="the project's folder")
    parser.add_argument("case_files", nargs="+")
    options = parser.parse_args()
    source = str(pathlib.Path(options.source).resolve())
    shared = os.environ.get("RETORT_SHARED") or str(pathlib.Path(source).parent / "shared")
    runner = Runner(str(pathlib.Path(options.program).resolve()), source, shared if os.path.isdir(shared) else None)

    passed = failed = skipped = 0
    for case_file in options.case_files:
        for case in json.loads(pathlib.Path(case_file).read_text()):
            reason = runner.reason_to_skip(case)
            if reason:
                skipped += 1
                print(f"skipped  {case['name']}: {reason}")
                continue
            with tempfile.TemporaryDirectory(prefix="retort-e2e-") as work:
                complaints = runner.complaints(case, pathlib.Path(work))
            passed, failed = passed + (not complaints), failed + bool(complaints)
            for complaint in complaints:
                print(f"FAILED   {case['name']}: {complaint}")
    if skipped:
        print(f"[  SKIPPED ] {skipped} tests.")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

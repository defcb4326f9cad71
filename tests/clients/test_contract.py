"""schemathesis holds every operation of the API definition against the running server: statuses, media types, schemas of
answers, headers, methods, and that what the definition allows is taken and what it forbids is refused.

Reads go to STADTWIN_URL, with its data. Writes go to a server of their own with a token, made by STADTWIN_BINARY on a
fresh store that goes away afterwards.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
SAMPLES = HERE.parent.parent / "sample-data"
PROGRAM = pathlib.Path(sys.executable).parent / "schemathesis"


def hold(url: str, *options: str) -> None:
    environment = {**os.environ, "STADTWIN_URL": url, "PYTHONPATH": str(HERE), "PYTHONDONTWRITEBYTECODE": "1"}
    # It remembers findings in the folder it runs in.
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(
            [PROGRAM, "--config-file", HERE / "contract.toml", "run", f"{url}/api", "--no-color", *options],
            cwd=folder, env=environment, capture_output=True, text=True, timeout=600, check=False,
        )
    if run.returncode != 0:
        # Addresses and bodies that were made up may be endless.
        told = "\n".join(line[:1_000] for line in run.stdout.splitlines())
        raise AssertionError(f"the server and its API definition differ:\n{told[-60_000:]}\n{run.stderr[-4_000:]}")
    # Nothing was tested if nothing was asked.
    asked = re.search(r"(\d+) generated", run.stdout)
    if asked is None or int(asked[1]) < 200:
        raise AssertionError(f"schemathesis asked next to nothing:\n{run.stdout[-4_000:]}")


class Reads(unittest.TestCase):
    def test_reads_keep_to_the_definition(self):
        # Stateful runs chain writes; these only read.
        hold(os.environ["STADTWIN_URL"].rstrip("/"), "--include-method", "GET", "--phases", "examples,coverage,fuzzing")


class Writes(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        # PostgreSQL's account must get in.
        os.chmod(folder.name, 0o755)
        self.data = os.path.join(folder.name, "data")
        self.stadtwin("import", str(SAMPLES / "water.gml.gz"), "--collection", "scratch", "--title", "Scratch")
        self.stadtwin("terrain", "import", str(SAMPLES / "terrain"), "--terrain", "ground", "--title", "Ground")
        self.token = re.search(r"stw_\w+", self.stadtwin("token", "create", "--name", "contract", "--scope", "write"))[0]

    def stadtwin(self, *words: str) -> str:
        run = subprocess.run(
            [os.environ["STADTWIN_BINARY"], "--data-dir", self.data, *words],
            capture_output=True, text=True, timeout=120, check=False,
        )
        self.assertEqual(run.returncode, 0, run.stderr)
        return run.stdout

    def serve(self) -> str:
        """Starts the server, without hands for the jobs that will be ordered, and says where it is."""
        log = os.path.join(os.path.dirname(self.data), "log")
        with open(log, "wb") as sink:
            server = subprocess.Popen(
                [os.environ["STADTWIN_BINARY"], "--data-dir", self.data, "serve", "--workers", "0", "--address", "127.0.0.1:0"],
                stdout=sink, stderr=sink,
            )
        self.addCleanup(server.wait, 60)
        self.addCleanup(server.terminate)
        for _ in range(150):
            told = pathlib.Path(log).read_text()
            at = re.search(r"^API +(http:\S+\d)/$", told, re.MULTILINE)
            if at:
                return at[1]
            self.assertIsNone(server.poll(), told)
            time.sleep(0.2)
        self.fail(f"the server did not come up: {told}")

    def test_writes_keep_to_the_definition(self):
        # And what is read back of them: of heights along a line the other test asks enough.
        paths = r"/(imports|uploads|modifications|jobs|elevation)"
        bounds = ["--include-path-regex", paths, "--exclude-operation-id", "getElevation", "--max-examples", "15"]
        hold(self.serve(), *bounds, "--header", f"Authorization: Bearer {self.token}")


if __name__ == "__main__":
    unittest.main()

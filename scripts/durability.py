"""Kills a large import with SIGKILL at random moments, again and again; nobody may ever see a part of it.

usage: durability.py BINARY WORK BUILDINGS TIMES
"""
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

from bench_server import serve, stop

BINARY, WORK, BUILDINGS, TIMES = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])


def start(data: str, count: int):
    command = [BINARY, "--data-dir", data, "import", f"{WORK}/city-{count}.gml", "--collection", "buildings", "--json"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def seen(url: str) -> int:
    """Features that a reader is told of."""
    with urllib.request.urlopen(url + "/collections/buildings/items?limit=1") as answer:
        return json.load(answer)["numberMatched"]


def main() -> None:
    small = BUILDINGS // 10
    data = tempfile.mkdtemp(prefix="durability-", dir=WORK)
    os.chmod(data, 0o755)
    server = serve(BINARY, data)
    first = start(data, small)
    first.communicate()
    if first.returncode:
        sys.exit("the first import failed")
    moments = random.Random(1)
    for attempt in range(TIMES):
        process = start(data, BUILDINGS)
        until = time.monotonic() + moments.uniform(0.3, 4.5)
        while time.monotonic() < until and process.poll() is None:
            if (count := seen(server.url)) != small:
                sys.exit(f"a reader saw {count} features of a running import")
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
        if (count := seen(server.url)) != small:
            sys.exit(f"after kill {attempt + 1} a reader saw {count} features")
        print(f"kill {attempt + 1}: readers see {count} features", flush=True)
    last = start(data, BUILDINGS)
    report = json.loads(last.communicate()[0])
    count = seen(server.url)
    stop(server)
    if count != BUILDINGS or report["inserted"] + report["updated"] + report["unchanged"] != BUILDINGS:
        sys.exit(f"the last import is not whole: {count} features")
    print(f"the next import completes: {count} features, {report['faces']} polygons, in {report['seconds']:.1f} s")


if __name__ == "__main__":
    main()

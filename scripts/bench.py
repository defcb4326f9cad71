"""Runs the import and the tile server as whole processes and prints medians. Called by scripts/bench."""
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

import bench_api
import bench_plans
from bench_server import serve, stop

BINARY, WORK, BUILDINGS, RUNS = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])


def run_import(data: str, count: int, checks: str = "none") -> dict:
    """One import; its report with the client's peak memory [MiB] and CPU seconds."""
    command = [BINARY, "--data-dir", data, "import", f"{WORK}/city-{count}.gml", "--collection", "buildings", "--json",
               "--checks", checks]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    text = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"import failed: {command}")
    report = json.loads(text)
    report["peak_mib"] = usage.ru_maxrss / 1024
    report["client_cpu_s"] = usage.ru_utime + usage.ru_stime
    return report


def median(values) -> float:
    return statistics.median(values)


def imports() -> str:
    """Fresh imports and re-imports of both sizes; returns a data directory with the large city."""
    kept = None
    peaks = {}
    for count in (BUILDINGS // 10, BUILDINGS):
        fresh, again = [], []
        for _ in range(RUNS):
            data = tempfile.mkdtemp(prefix="bench-", dir=WORK)
            os.chmod(data, 0o755)
            # Another command keeps the cluster running, so that its start is not measured: as on a server.
            keeper = serve(BINARY, data)
            fresh.append(run_import(data, count))
            again.append(run_import(data, count))
            stop(keeper)
            if kept:
                shutil.rmtree(kept)
            kept = data
        assert all(r["inserted"] == count for r in fresh) and all(r["unchanged"] == count for r in again)
        assert all(r["revision"] is None for r in again), "a re-import wrote rows"
        first, second = median(r["seconds"] for r in fresh), median(r["seconds"] for r in again)
        peaks[count] = median(r["peak_mib"] for r in fresh)
        print(f"import {count}: {first:.2f} s, {count / first:.0f} buildings/s, client CPU "
              f"{median(r['client_cpu_s'] for r in fresh):.2f} s, peak {peaks[count]:.0f} MiB")
        print(f"re-import {count}: {second:.2f} s, {first / second:.1f} times as fast, peak "
              f"{median(r['peak_mib'] for r in again):.0f} MiB")
    print(f"memory, {BUILDINGS} against {BUILDINGS // 10}: {peaks[BUILDINGS] / peaks[BUILDINGS // 10]:.2f}")
    return kept


def exports(data: str) -> None:
    """The whole city into files, with the cluster running."""
    keeper = serve(BINARY, data)
    for form in ("citygml-2.0", "citygml-3.0", "cityjsonseq"):
        seconds, peaks = [], []
        for _ in range(RUNS):
            out = f"{WORK}/export.out"
            started = time.perf_counter()
            process = subprocess.Popen([BINARY, "--data-dir", data, "export", "--collection", "buildings",
                                        "--format", form, "-o", out], stderr=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            seconds.append(time.perf_counter() - started)
            peaks.append(usage.ru_maxrss / 1024)
            if status:
                sys.exit(f"export as {form} failed")
            os.remove(out)
        second = median(seconds)
        print(f"export {form} {BUILDINGS}: {second:.2f} s, {BUILDINGS / second:.0f} buildings/s, "
              f"peak {median(peaks):.0f} MiB")
    stop(keeper)


def tiles(data: str) -> None:
    server = serve(BINARY, data)
    base = server.url + "/collections/buildings/3dtiles/"
    with urllib.request.urlopen(base + "tileset.json") as answer:
        root = json.load(answer)["root"]
    leaves, nodes = [], [root]
    while nodes:
        node = nodes.pop()
        nodes += node.get("children", [])
        if not node.get("children"):
            leaves.append(base + node["content"]["uri"])

    def fetch(url: str) -> float:
        started = time.perf_counter()
        with urllib.request.urlopen(url) as answer:
            answer.read()
        return (time.perf_counter() - started) * 1000

    sample = leaves[:: max(1, len(leaves) // 40)]
    cold = [fetch(url) for url in sample]
    warm = [fetch(url) for url in sample]
    print(f"tiles: {len(leaves)} leaves of {BUILDINGS / len(leaves):.0f} buildings, cold {median(cold):.1f} ms "
          f"(worst {max(cold):.1f}), warm {median(warm):.2f} ms (worst {max(warm):.2f})")
    for query in ("limit=10", "limit=1000", "bbox=11.5,48.1,11.53,48.12&limit=100"):
        times = [fetch(f"{server.url}/collections/buildings/items?{query}") for _ in range(30)]
        print(f"items {query}: {median(times):.1f} ms")
    stop(server)


if __name__ == "__main__":
    directory = imports()
    exports(directory)
    tiles(directory)
    bench_api.measure(BINARY, directory, RUNS)
    bench_plans.measure(BINARY, directory)
    shutil.rmtree(directory)

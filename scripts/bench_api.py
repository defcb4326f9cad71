"""Measures what the API promises, with all of a twin's buildings in the collection `buildings`: CPU per request of the
server and PostgreSQL together, latencies, map tiles, and the download of everything.

Usage: bench_api.py BINARY DATA_DIRECTORY RUNS
"""
import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from bench_cpu import Cpu
from bench_requests import ITEMS, Requests, fetch, next_page
from bench_server import serve, stop

# Long enough that a hundredth of a second, the unit of the counters, does not matter.
SECONDS = 5
# Sides of boxes [m] that hold a few times as many buildings as the page, as maps ask for.
PAGES = {10: (300, 0.2), 100: (500, 0.6), 1000: (1200, 5.0)}
# With these a tile has the size of those that the peers were measured with, about 50 kB.
FEW = "?properties=function,measuredHeight,roofType,storeysAboveGround"
HEAD_BYTES = 16 * 1024


def load(server, paths: list[str], connections: int = 1, seconds: int = SECONDS, once: bool = False) -> dict:
    """Asks for the paths in turn; with `once` each only once."""
    script = Path(__file__).with_name("bench_wrk.lua")
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(paths) + "\n")
        file.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{600 if once else seconds}s", "--timeout", "60s", "-s", script,
                   server.url, "--", file.name, *(["once"] if once else [])]
        text = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    figures = json.loads(next(line for line in text.splitlines() if line.startswith("{")))
    if figures["failed"]:
        sys.exit(f"{figures['failed']} requests failed, such as {paths[0]}")
    return figures


@contextlib.contextmanager
def fresh_server(binary: str, data: str):
    """One that remembers nothing; gives it with its clock."""
    server = serve(binary, data)
    try:
        yield server, Cpu(server, data)
    finally:
        stop(server)


def settle(cpu: Cpu, window_s: float = 0.5, patience_s: float = 30) -> None:
    """Waits until the server has done with what clients that have gone left behind, or what it does with rests of less than
    the window."""
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        before = sum(cpu.read())
        time.sleep(window_s)
        if sum(cpu.read()) - before < 0.06 * window_s:
            return


def with_cpu(server, cpu: Cpu, paths: list[str], **options) -> dict:
    before = cpu.read()
    figures = load(server, paths, **options)
    spent = [after - start for after, start in zip(cpu.read(), before)]
    figures["server_s"], figures["database_s"], figures["cpu_s"] = *spent, sum(spent)
    return figures


def middle(figures: list[dict]) -> dict:
    return {name: statistics.median(f[name] for f in figures) for name in figures[0]}


def row(what: str, goal: str, is_held: bool | None, measured: str) -> None:
    verdict = "" if is_held is None else "held: " if is_held else "**missed**: "
    print(f"| {what} | {goal} | {verdict}{measured} |", flush=True)


def cpu_row(what: str, goal_ms: float | None, figures: dict) -> None:
    each = lambda name: figures[name] / figures["requests"] * 1000
    spent = each("cpu_s")
    row(what, f"≤ {goal_ms:g} ms CPU" if goal_ms else "–", spent <= goal_ms if goal_ms else None,
        f"{spent:.2f} ms CPU (server {each('server_s'):.2f}, PostgreSQL {each('database_s'):.2f}); p50 {figures['p50_ms']:.1f}, "
        f"p99 {figures['p99_ms']:.1f} ms; {figures['bytes'] / figures['requests'] / 1000:.0f} kB")


def check_page(server, path: str, limit: int) -> None:
    page = json.loads(fetch(server.url + path))
    # Where too many match to be counted, there is an estimate under another name.
    matched = page.get("numberMatched", page.get("estimatedNumberMatched"))
    assert page["numberReturned"] == len(page["features"]) == min(limit, matched) > 0, path


def pages(binary: str, data: str, runs: int) -> None:
    """CPU per request with one connection: the kinds in turn, `runs` times, after each request was made once."""
    with fresh_server(binary, data) as (server, cpu):
        ask = Requests(server.url)
        kinds = [(f"items, box of {side} m, `limit={limit}`", goal, ask.boxes(side, limit), limit)
                 for limit, (side, goal) in PAGES.items()]
        kinds.append(("CQL2, two predicates, box of 500 m, `limit=100`", 1.2, ask.filters(500), 100))
        kinds.append(("CQL2, two predicates, no box, `limit=100`", None, ask.filters(None), 100))
        kinds.append(("one feature", 0.08, ask.features(), None))
        # Features are read ahead meanwhile, at no request's cost.
        settle(cpu, window_s=4, patience_s=300)
        for _, _, paths, limit in kinds:
            if limit:
                check_page(server, paths[0], limit)
            load(server, paths, once=True)
        all_figures = [[with_cpu(server, cpu, paths) for _, _, paths, _ in kinds] for _ in range(runs)]
        for (what, goal, _, _), figures in zip(kinds, zip(*all_figures)):
            cpu_row(what, goal, middle(list(figures)))


def crowds(binary: str, data: str, runs: int) -> None:
    """Latencies with many connections."""
    with fresh_server(binary, data) as (server, cpu):
        paths = Requests(server.url).boxes(500, 100)

        def crowd(connections: int, seconds: int = SECONDS) -> dict:
            figures = load(server, paths, connections=connections, seconds=seconds)
            settle(cpu)
            return figures

        # Features are read ahead in the first minutes of a server, with long rests.
        started = time.perf_counter()
        settle(cpu, window_s=4, patience_s=300)
        row("reading features ahead after a start", "–", None,
            f"{sum(cpu.read()):.1f} CPU-s within {time.perf_counter() - started:.0f} s")
        crowd(64, seconds=2)
        few, many = (middle([crowd(count) for _ in range(runs)]) for count in (8, 64))
    told = lambda f: f"p50 {f['p50_ms']:.1f}, p99 {f['p99_ms']:.1f} ms, {f['requests'] / f['seconds']:.0f} requests/s"
    row("items, box of 500 m, `limit=100`, 8 connections", "p99 ≤ 10 ms", few["p99_ms"] <= 10, told(few))
    row("the same, 64 connections", "p99 ≤ 5 × p50", many["p99_ms"] <= 5 * many["p50_ms"],
        f"{told(many)}; {many['p99_ms'] / many['p50_ms']:.1f} ×")


def packing(binary: str, data: str) -> None:
    """The first server after an import packs the map, beside requests; the others find it packed."""
    with fresh_server(binary, data) as (server, cpu):
        before, started = cpu.read(), time.perf_counter()
        # It begins within a second.
        time.sleep(2)
        settle(cpu)
        took = time.perf_counter() - started
        spent = [after - start for after, start in zip(cpu.read(), before)]
        row("packing the map after an import, beside requests", "–", None,
            f"{sum(spent):.2f} CPU-s (server {spent[0]:.2f}, PostgreSQL {spent[1]:.2f}) within {took:.0f} s; peak of the server "
            f"{cpu.peak_mib():.0f} MiB")


def map_tiles(binary: str, data: str, runs: int, what: str, query: str) -> None:
    cold, warm = [], []
    for _ in range(runs):
        with fresh_server(binary, data) as (server, cpu):
            paths = [path + query for path in Requests(server.url).tiles()]
            # The first of its connections and threads are no tile's.
            load(server, Requests(server.url).boxes(300, 10), connections=8, seconds=1)
            # It reads the map and the features into its memory when it has started.
            settle(cpu, window_s=4, patience_s=300)
            cold.append(with_cpu(server, cpu, paths, connections=8, once=True))
            # What those at the end of the list missed.
            load(server, paths, once=True)
            warm.append(with_cpu(server, cpu, paths, connections=8))
    cold, warm = middle(cold), middle(warm)
    each = lambda figures, name: figures[name] / figures["requests"] * 1000
    rate = 1000 / each(cold, "cpu_s")
    row(f"map tiles, {what}, levels 14 to 16, cold, each of {len(paths)} once", "≥ 700 per CPU-second", rate >= 700,
        f"{rate:.0f} per CPU-second ({1000 / rate:.2f} ms: server {each(cold, 'server_s'):.2f}, PostgreSQL "
        f"{each(cold, 'database_s'):.2f}); {each(cold, 'bytes') / 1e6:.0f} kB")
    rate = warm["requests"] / warm["seconds"]
    row("the same tiles, warm, 8 connections", "≥ 20,000/s", rate >= 20_000,
        f"{rate:,.0f}/s ({each(warm, 'cpu_s'):.3f} ms CPU, of it PostgreSQL {each(warm, 'database_s'):.3f}); "
        f"p99 {warm['p99_ms']:.1f} ms")


def download(binary: str, data: str) -> dict:
    """Everything as GeoJSON, page by page by the `next` links."""
    with fresh_server(binary, data) as (server, cpu):
        wanted = Requests(server.url).count
        before, started = sum(cpu.read()), time.perf_counter()
        url, size, count = f"{server.url}{ITEMS}?limit=10000", 0, 0
        while url:
            with urllib.request.urlopen(url) as answer:
                head = answer.read(HEAD_BYTES)
                url, size = next_page(head), size + len(head)
                count += int(head.partition(b'"numberReturned":')[2].partition(b",")[0])
                while block := answer.read(1 << 20):
                    size += len(block)
        seconds = time.perf_counter() - started
        assert count == wanted, f"{count} features of {wanted}"
        return {"mb": size / 1e6, "seconds": seconds, "cpu_s": sum(cpu.read()) - before, "peak_mib": cpu.peak_mib()}


def measure(binary: str, data: str, runs: int) -> None:
    print("| what | promise | measured |\n|---|---|---|")
    packing(binary, data)
    pages(binary, data, runs)
    crowds(binary, data, runs)
    map_tiles(binary, data, runs, "all attributes", "")
    map_tiles(binary, data, runs, "four attributes", FEW)
    whole = middle([download(binary, data) for _ in range(runs)])
    rate = whole["mb"] / whole["seconds"]
    row("everything as GeoJSON, by `next` links, `limit=10000`", "≥ 50 MB/s", rate >= 50,
        f"{rate:.1f} MB/s ({whole['mb']:.0f} MB in {whole['seconds']:.2f} s, {whole['cpu_s']:.2f} CPU-s); peak of the server "
        f"{whole['peak_mib']:.0f} MiB")


if __name__ == "__main__":
    measure(sys.argv[1], sys.argv[2], int(sys.argv[3]))

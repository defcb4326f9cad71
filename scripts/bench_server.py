"""A server of the benchmark's own on a free port."""
import re
import subprocess
import sys


def serve(binary: str, data: str):
    """The process; `url` is where it answers."""
    process = subprocess.Popen([binary, "--data-dir", data, "serve", "--address", "127.0.0.1:0"],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    for line in process.stdout:
        found = re.match(r"API +(http://\S+)/$", line)
        if found:
            process.url = found.group(1)
            return process
    sys.exit("the server did not start")


def stop(process) -> None:
    process.terminate()
    process.wait()

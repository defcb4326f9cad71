"""CPU time of a server and of the PostgreSQL behind it, and the server's memory."""
import os

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
# Places in /proc/PID/stat behind the name: of the parent, of user and system time, and of both of children that ended.
PARENT, OWN, ENDED = 1, slice(11, 13), slice(13, 15)


def fields(process) -> list[str]:
    """Empty for a process that is gone."""
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def ticks(stat: list[str], which: slice) -> int:
    return sum(int(number) for number in stat[which])


class Cpu:
    """Of the server `process` on the data directory `data`."""

    def __init__(self, process, data: str):
        with open(f"{data}/postgres/data/postmaster.pid") as file:
            self.postmaster = int(file.readline())
        self.process = process

    def server_s(self) -> float:
        return ticks(fields(self.process.pid), OWN) / TICKS_PER_SECOND

    def database_s(self) -> float:
        """Of all processes, those that ended too: the postmaster has waited for them and keeps their sum."""
        # Once more if one ended in between: it would be counted twice or not at all.
        for _ in range(3):
            before = ticks(fields(self.postmaster), ENDED)
            living = [stat for stat in map(fields, filter(str.isdigit, os.listdir("/proc"))) if stat]
            living = sum(ticks(stat, OWN) for stat in living if int(stat[PARENT]) == self.postmaster)
            own = fields(self.postmaster)
            if ticks(own, ENDED) == before:
                break
        return (living + ticks(own, OWN) + ticks(own, ENDED)) / TICKS_PER_SECOND

    def read(self) -> tuple[float, float]:
        """Server and database, in seconds since their start."""
        return self.server_s(), self.database_s()

    def peak_mib(self) -> float:
        with open(f"/proc/{self.process.pid}/status") as file:
            line = next(line for line in file if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024

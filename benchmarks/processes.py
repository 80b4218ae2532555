"""What processes cost: CPU seconds and memory of the server, its workers and its Postgres."""

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def stat(pid: int) -> list[str]:
    """The fields of ``/proc/<pid>/stat`` behind the command's name."""
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()


def tree(root: int) -> list[int]:
    """A process and all that descend from it."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                parents[int(name)] = int(stat(int(name))[1])
            except OSError:
                continue
    found, level = [root], [root]
    while level:
        level = [pid for pid, parent in parents.items() if parent in level]
        found += level
    return found


def cpu_seconds(*roots: int) -> float:
    """CPU time of the trees so far, that of children which have ended included."""
    ticks = 0
    for pid in {pid for root in roots for pid in tree(root)}:
        try:
            fields = stat(pid)
        except OSError:
            continue
        ticks += int(fields[11]) + int(fields[12])
        if pid in roots:
            ticks += int(fields[13]) + int(fields[14])
    return ticks / TICKS


def memory_mb(*roots: int) -> float:
    """Proportional memory of the trees: shared pages counted once."""
    total = 0
    for pid in {pid for root in roots for pid in tree(root)}:
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return total / 1024

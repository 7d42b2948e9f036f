"""nginx, as Debian has it, on the same work as bench/ringback. See bench/README.md for the protocol.

It does not end by itself: it serves until the standard input is closed. Its time is that of the worker's processor.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

PATH = os.environ["PATH"] + ":/usr/sbin"  # where Debian has it, and not every user looks
QUERIES = 2  # of the status, each over a connection of its own


def start(folder, listener):
    """nginx on a socket that listens already, as it has one from the nginx before it when it is replaced."""
    text = Path(__file__).with_name("nginx.conf").read_text(encoding="utf-8")
    port = listener.getsockname()[1]
    (folder / "nginx.conf").write_text(text.replace("PORT", str(port)), encoding="utf-8")
    command = ["setpriv", "--pdeathsig", "TERM", "nginx", "-p", folder, "-e", "errors", "-c", "nginx.conf", "-g", "daemon off;"]
    fd = listener.fileno()
    return subprocess.Popen(command, env={"PATH": PATH, "NGINX": f"{fd};"}, pass_fds=[fd])


def worker_of(master):
    while master.poll() is None:
        children = Path(f"/proc/{master.pid}/task/{master.pid}/children").read_text(encoding="utf-8").split()
        if children:
            return int(children[0])
        time.sleep(0.01)
    raise SystemExit("nginx did not start")


def connections_handled(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/status") as answer:
        return int(answer.read().split()[8])


def cpu_ns(pid):
    """The clock that pthread_getcpuclockid() would give for another process: see clock_getcpuclockid(3)."""
    return time.clock_gettime_ns(~pid << 3 | 2)


def serve(count, folder):
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as listener:
        port = listener.getsockname()[1]
        master = start(folder, listener)
    try:
        worker = worker_of(master)
        connections_handled(port)
        wall, cpu = time.monotonic_ns(), cpu_ns(worker)
        print("port", port, flush=True)
        sys.stdin.read()
        report = {"workload": "http", "operations": count, "wall_ns": time.monotonic_ns() - wall}
        report.update(cpu_ns=cpu_ns(worker) - cpu, bytes=0, checksum=connections_handled(port) - QUERIES)
    finally:
        master.terminate()
        master.wait()
    print(json.dumps(report))


def main():
    if shutil.which("nginx", path=PATH) is None:
        raise SystemExit("nginx is not installed")
    if sys.argv[1:2] == ["http"] and len(sys.argv) == 3:
        with tempfile.TemporaryDirectory() as folder:
            serve(int(sys.argv[2]), Path(folder))
        return
    raise SystemExit("usage: peer.py WORKLOAD COUNT, with WORKLOAD one of\n  http")


if __name__ == "__main__":
    main()

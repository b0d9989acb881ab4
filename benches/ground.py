"""What the measurements share: how programs are built and started, and where what was measured is written down."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def install(*tools):
    """Installs the Debian packages of these names where there are no such commands."""
    missing = [tool for tool in tools if not shutil.which(tool)]
    if missing:
        sudo = [] if os.geteuid() == 0 else ["sudo"]
        subprocess.run([*sudo, "apt-get", "update", "-qq"], check=True)
        subprocess.run([*sudo, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing], check=True)


def build():
    """Builds limpid as it is released."""
    subprocess.run(["cargo", "build", "--release", "--quiet", "--bin", "limpid"], cwd=ROOT, check=True)
    return ROOT / "target/release/limpid"


def build_with(bench):
    """The same, and a program of benches/ beside it."""
    command = ["cargo", "build", "--release", "--quiet", "--bench", bench, "--message-format=json"]
    said = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    programs = [json.loads(line).get("executable") for line in said.splitlines() if f'"name":"{bench}"' in line]
    return build(), next(program for program in programs if program)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(port):
    """Until something listens there; ten seconds at most."""
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    sys.exit(f"nothing listens at port {port}")


def get(url, headers=()):
    """The status, the headers and the body of an answer, which is read to its end."""
    request = urllib.request.Request(url, headers=dict(headers))
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.headers, answer.read()


def machine():
    """What this is measured on, and how busy it was in the last minute with other things. Where it was, times are worth
    nothing, and that is said beside them."""
    said = Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*:\s*(.+)", said)
    model = model[1] if model else os.uname().machine
    mhz = re.search(r"cpu MHz\s*:\s*([\d.]+)", said)
    pace = f" at {float(mhz[1]) / 1000:.1f} GHz" if mhz else ""
    kernel = os.uname().release.split("-")[0]
    load = os.getloadavg()[0]
    busy = ". **The machine was busy with other things: these times say little**" if load > 1 else ""
    return f"{os.cpu_count()} cores, {model}{pace}, Linux {kernel}, load average {load:.1f} before{busy}"


def write_between(name, text, page=ROOT / "docs/performance.md"):
    """Puts this between `<!-- NAME -->` and `<!-- /NAME -->` of a page."""
    before, after = f"<!-- {name} -->", f"<!-- /{name} -->"
    whole = page.read_text()
    start, end = whole.index(before) + len(before), whole.index(after)
    page.write_text(f"{whole[:start]}\n{text.strip()}\n{whole[end:]}")

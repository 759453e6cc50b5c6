"""Claim: from `python app.py` to the first HTTP 200 takes at most 1.3 times what an empty gr.Blocks app takes.

    python benchmarks/startup.py [--rounds 5]

Both are started the same way, in turn, in one run; the medians and their ratio are printed. torch, transformers and datasets must not be
among the modules that the page needed: that is a test (tests/ui/test_app.py), not a figure.
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EMPTY = """import os
import gradio as gr
with gr.Blocks() as demo:
    pass
demo.launch(server_port=int(os.environ['NER_APP_PORT']), quiet=True, ssr_mode=False)
"""


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def seconds_to_first_answer(script: Path, folder: Path) -> float:
    """Start a script, ask until it answers 200, stop it."""
    port = free_port()
    env = os.environ | {"NER_APP_PORT": str(port), "NER_APP_WORKSPACE": str(folder), "NER_APP_CORPUS": "sample", "HF_HUB_OFFLINE": "1"}
    env |= {"GRADIO_ANALYTICS_ENABLED": "False"}
    start = time.perf_counter()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, str(script)], cwd=ROOT, env=env, stdout=log, stderr=log)
    try:
        while time.perf_counter() - start < 120:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5):
                    return time.perf_counter() - start
            except OSError:
                if process.poll() is not None:
                    raise SystemExit(f"{script} ended: {(folder / 'log').read_text()[-2000:]}") from None
                time.sleep(0.02)
        raise SystemExit(f"{script} did not answer within 120 s")
    finally:
        process.terminate()
        process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        empty = folder / "empty.py"
        empty.write_text(EMPTY, encoding="utf-8")
        times: dict[str, list[float]] = {"app.py": [], "empty gr.Blocks": []}
        for n in range(rounds + 1):  # the first round warms the disk cache and does not count
            for title, script in (("empty gr.Blocks", empty), ("app.py", ROOT / "app.py")):
                seconds = seconds_to_first_answer(script, folder)
                if n:
                    times[title].append(seconds)
    medians = {title: statistics.median(values) for title, values in times.items()}
    for title, values in times.items():
        print(f"{title:16} median {medians[title]:.2f} s   all {' '.join(f'{v:.2f}' for v in values)}")
    print(f"ratio {medians['app.py'] / medians['empty gr.Blocks']:.2f} (claim: at most 1.3)")


if __name__ == "__main__":
    main()

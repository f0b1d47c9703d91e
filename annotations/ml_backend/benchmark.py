"""Tasks a second through /predict, over HTTP on loopback, and the processor time that a task takes.

The processor time is what the machine's other work leaves unchanged.

    python -m annotations.ml_backend.benchmark examples/songling-2021.txt --tasks 100 --batch 10
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import uvicorn

from annotations.ml_backend.access import Access
from annotations.ml_backend.application import create_application
from annotations.ml_backend.backend import Backend
from annotations.ml_backend.model_slot import ModelSlot, load_reader
from annotations.ml_backend.training_job import Trainer
from extraction.readers.dispatch import read_document
from models.runtime import RELEASED

_SECONDS = 600


@contextmanager
def _server(model: Path, threads: int) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as state:
        slot = ModelSlot(model, lambda folder: load_reader(folder, threads=threads))
        trainer = Trainer(None, Path(state), slot.current)
        application = create_application(Backend(slot, trainer), trainer, Access())
        server = uvicorn.Server(uvicorn.Config(application, "127.0.0.1", 0, log_config=None))
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def _seconds(client: httpx.Client, text: str, tasks: int, batch: int) -> tuple[float, float]:
    """The time that the tasks take, in requests of a batch each, and the processor's."""
    begun, begun_to_work = time.perf_counter(), time.process_time()
    for first in range(0, tasks, batch):
        request = [{"id": number, "data": {"text": text}} for number in range(first, min(first + batch, tasks))]
        answer = client.post("/predict", json={"tasks": request}).raise_for_status()
        if not all(result["result"] for result in answer.json()["results"]):
            raise SystemExit("a task without a prediction: is the file a report?")
    return time.perf_counter() - begun, time.process_time() - begun_to_work


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+", help="reports in any format that is read")
    parser.add_argument("--model", type=Path, default=RELEASED)
    parser.add_argument("--tasks", type=int, default=100)
    parser.add_argument("--batch", type=int, default=10, help="tasks in a request")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3, help="their medians are told")
    options = parser.parse_args(arguments)
    with _server(options.model, options.threads) as address, httpx.Client(base_url=address, timeout=_SECONDS) as client:
        for file in options.files:
            text = read_document(file.read_bytes(), str(file)).text
            _seconds(client, text, 1, 1)  # the model is loaded with the first request
            runs = [_seconds(client, text, options.tasks, options.batch) for _ in range(options.runs)]
            seconds, work = (statistics.median(times) / options.tasks for times in zip(*runs, strict=True))
            print(
                f"{file}: {len(text)} characters, {1 / seconds:.1f} tasks/s, {1000 * seconds:.0f} ms a task, "
                f"{1000 * work:.0f} ms of processor time"
            )


if __name__ == "__main__":
    main()

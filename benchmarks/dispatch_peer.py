"""
The peer of the dispatch benchmark: a bare threaded loop over the twilio client, without a database.

    python -m benchmarks.dispatch_peer --port 9100 --count 4000        # against a stub carrier that runs already

It may choose among 8, 16 and 32 threads in 1 and 2 processes; each thread has a client of its own with a kept
connection. Prints {"threads x processes": sends a second} as JSON.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Barrier

from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

ACCOUNT, TOKEN = "AC00000000000000000000000000000001", "exchange-demo-token"
SHAPES = tuple((threads, processes) for processes in (1, 2) for threads in (8, 16, 32))
# a failing process never reaches the gate: then all the others give up there
PATIENCE_S = 120.0
BODY = "Your appointment is tomorrow at nine. Reply STOP to opt out."


def rates(port: int, count: int) -> dict[tuple[int, int], float]:
    """Sends a second of every shape (threads, processes), measured once."""
    return {shape: measure(port, count, *shape)[0] for shape in SHAPES}


def measure(port: int, count: int, threads: int, processes: int) -> tuple[float, float]:
    """
    Sends a second with *threads* in each of *processes*, and processor seconds a send.

    The processes are started and connected before.
    """
    context = multiprocessing.get_context("spawn")
    gate, share = context.Barrier(processes + 1), count // processes
    spent = context.Value("d", 0.0)
    arguments = (port, share, threads, gate, spent)
    workers = [context.Process(target=work, args=arguments) for _ in range(processes)]
    for worker in workers:
        worker.start()
    gate.wait(PATIENCE_S)
    began = time.perf_counter()
    gate.wait(PATIENCE_S)
    took_s = time.perf_counter() - began
    for worker in workers:
        worker.join()
    if any(worker.exitcode for worker in workers):
        raise SystemExit("a peer process failed")
    return share * processes / took_s, spent.value / (share * processes)


def work(port: int, count: int, threads: int, gate: Barrier, spent: Synchronized[float]) -> None:
    """One process: warm up every thread's connection, wait for the others, then send and wait again."""
    shares = [count // threads + (place < count % threads) for place in range(threads)]
    senders = [sender(port) for _ in shares]
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda send: send(0), senders))
        gate.wait(PATIENCE_S)
        before = time.process_time()
        list(
            pool.map(
                lambda one: [one[0](number) for number in range(one[1])], zip(senders, shares, strict=True)
            )
        )
        with spent.get_lock():
            spent.value += time.process_time() - before
        gate.wait(PATIENCE_S)


def sender(port: int) -> Callable[[int], None]:
    """Sends one SMS to the stub."""
    client = Client(ACCOUNT, TOKEN, http_client=TwilioHttpClient(timeout=15))
    client.api.base_url = f"http://127.0.0.1:{port}"

    def send(number: int) -> None:
        message = client.messages.create(
            to=f"+1415555{number % 10_000:04}",
            from_="+18005550100",
            body=BODY,
            status_callback=f"http://127.0.0.1:8000/receipts/{number:022}/sms",
            validity_period=14_400,
        )
        if not message.sid:
            raise ValueError("no sid")

    return send


def main() -> None:
    parser = argparse.ArgumentParser(description="A bare threaded loop over the twilio client.")
    parser.add_argument("--port", type=int, default=9100)
    parser.add_argument("--count", type=int, default=4000)
    chosen = parser.parse_args()
    found = rates(chosen.port, chosen.count)
    print(json.dumps({f"{shape[0]}x{shape[1]}": round(rate, 1) for shape, rate in found.items()}))


if __name__ == "__main__":
    main()

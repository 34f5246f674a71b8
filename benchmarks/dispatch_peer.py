"""
The peer of the dispatch benchmark: a bare threaded loop over the twilio client, without a database.

    python -m benchmarks.dispatch_peer --port 9100 --count 4000        # against a stub carrier that runs already

It gets the best of 8, 16 and 32 threads in 1 and 2 processes; each thread has a client of its own with a kept
connection. Prints {"name", "per_s", "threads", "processes", "count", "all"} as JSON.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.synchronize import Barrier

from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

ACCOUNT, TOKEN = "AC00000000000000000000000000000001", "exchange-demo-token"
SHAPES = tuple((threads, processes) for processes in (1, 2) for threads in (8, 16, 32))
BODY = "Your appointment is tomorrow at nine. Reply STOP to opt out."


def best(port: int, count: int) -> dict[str, object]:
    """Every shape once; the fastest."""
    found = {shape: measure(port, count, *shape) for shape in SHAPES}
    threads, processes = max(found, key=lambda shape: found[shape])
    return {
        "name": "bare twilio client",
        "per_s": round(found[threads, processes], 1),
        "threads": threads,
        "processes": processes,
        "count": count,
        "all": {f"{threads}x{processes}": round(rate, 1) for (threads, processes), rate in found.items()},
    }


def measure(port: int, count: int, threads: int, processes: int) -> float:
    """Sends a second with *threads* in each of *processes*, the processes started and connected before."""
    context = multiprocessing.get_context("spawn")
    ready, share = context.Barrier(processes + 1), count // processes
    workers = [context.Process(target=work, args=(port, share, threads, ready)) for _ in range(processes)]
    for worker in workers:
        worker.start()
    ready.wait()
    began = time.perf_counter()
    for worker in workers:
        worker.join()
    took_s = time.perf_counter() - began
    if any(worker.exitcode for worker in workers):
        raise SystemExit("a peer process failed")
    return share * processes / took_s


def work(port: int, count: int, threads: int, ready: Barrier) -> None:
    """One process: warm up every thread's connection, wait for the others, then send."""
    shares = [count // threads + (place < count % threads) for place in range(threads)]
    senders = [sender(port) for _ in shares]
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda send: send(0), senders))
        ready.wait()
        list(
            pool.map(
                lambda one: [one[0](number) for number in range(one[1])], zip(senders, shares, strict=True)
            )
        )


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
    print(json.dumps(best(chosen.port, chosen.count)))


if __name__ == "__main__":
    main()

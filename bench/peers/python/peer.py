#!/usr/bin/python3
"""asyncio, with its own loop or uvloop's: peer.py asyncio|uvloop WORKLOAD COUNT. See bench/README.md."""

import asyncio
import concurrent.futures
import json
import os
import sys
import time

BATCH, QUEUE, YIELDERS = 64, 64, 4


async def give(i):
    return i


async def spawn(count):
    total = 0
    for at in range(0, count, BATCH):
        total += sum(await asyncio.gather(*(give(i) for i in range(at, at + BATCH))))
    return total


async def spawn_future(count):
    total = 0
    for i in range(count):
        total += await asyncio.create_task(give(i))
    return total


async def yields(count):
    async def one():
        for _ in range(count // YIELDERS):
            await asyncio.sleep(0)
        return count // YIELDERS

    return sum(await asyncio.gather(*(one() for _ in range(YIELDERS))))


async def ping_pong(count):
    there, back = asyncio.Queue(1), asyncio.Queue(1)

    async def pong():
        for _ in range(count // 2):
            await back.put(await there.get())

    task = asyncio.create_task(pong())
    total = 0
    for i in range(count // 2):
        await there.put(i)
        total += await back.get()
    await task
    return total


async def queue(count):
    items = asyncio.Queue(QUEUE)

    async def produce():
        for i in range(count):
            await items.put(i)

    task = asyncio.create_task(produce())
    total = 0
    for _ in range(count):
        total += await items.get()
    await task
    return total


async def sleep_all(count, length):
    async def sleeper(i):
        await asyncio.sleep(length(i))
        return i

    return sum(await asyncio.gather(*(sleeper(i) for i in range(count))))


async def sleepers(count):
    return await sleep_all(count, lambda i: 0.1)


async def sleepers_spread(count):
    return await sleep_all(count, lambda i: (50_000 + i * 7919 % 100_000) / 1e6)


async def pool_round_trip(count):
    loop = asyncio.get_running_loop()
    total = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for i in range(count):
            total += await loop.run_in_executor(pool, lambda value=i: value)
    return total


async def fail_below(depth):
    if depth == 0:
        raise ConnectionRefusedError("no one is there")
    return await fail_below(depth - 1)


async def error(count):
    caught = 0
    for _ in range(count):
        try:
            await fail_below(9)
        except ConnectionRefusedError:
            caught += 1
    return caught


async def cancel(count):
    never = asyncio.Event()
    waiters = [asyncio.create_task(never.wait()) for _ in range(count)]
    await asyncio.sleep(0)  # now all wait
    for waiter in waiters:
        waiter.cancel()
    await asyncio.wait(waiters)
    return sum(waiter.cancelled() for waiter in waiters)


async def timeout(count):
    happened = asyncio.Event()
    happened.set()
    for _ in range(count):
        async with asyncio.timeout(1):
            await happened.wait()
    return count


async def timeout_yield(count):
    for _ in range(count):
        async with asyncio.timeout(1):
            await asyncio.sleep(0)
    return count


async def echo(count):
    """Serves until `count` connections have ended."""
    ended = 0
    all_ended = asyncio.Event()

    async def serve(reader, writer):
        nonlocal ended
        while data := await reader.read(4096):
            writer.write(data)
            await writer.drain()
        writer.close()
        ended += 1
        if ended == count:
            all_ended.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=4096)
    print("port", server.sockets[0].getsockname()[1], flush=True)
    await all_ended.wait()
    return ended


async def fan_out(count):
    async def call(i):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(os.environ["BENCH_PORT"]))
        writer.write(i.to_bytes(8, "little"))
        value = int.from_bytes(await reader.readexactly(8), "little")
        writer.close()
        return value

    return sum(await asyncio.gather(*(call(i) for i in range(count))))


WORKLOADS = {
    "spawn": spawn,
    "spawn_future": spawn_future,
    "yield": yields,
    "ping_pong": ping_pong,
    "queue": queue,
    "sleepers": sleepers,
    "sleepers_spread": sleepers_spread,
    "pool_round_trip": pool_round_trip,
    "error": error,
    "cancel": cancel,
    "timeout": timeout,
    "timeout_yield": timeout_yield,
    "echo": echo,
    "fan_out": fan_out,
}


def peak_bytes():
    with open("/proc/self/status", encoding="utf-8") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))


def main(kind, name=None, count=0):
    if kind == "uvloop":
        import uvloop

        uvloop.install()
    if name not in WORKLOADS:
        print(*["usage: peer.py asyncio|uvloop WORKLOAD COUNT", *WORKLOADS], sep="\n  ", file=sys.stderr)
        return 2
    count = int(count)
    grown, wall, cpu = peak_bytes(), time.monotonic_ns(), time.process_time_ns()
    checksum = asyncio.run(WORKLOADS[name](count))
    cpu_ns, wall_ns = time.process_time_ns() - cpu, time.monotonic_ns() - wall
    report = {"workload": name, "operations": count, "checksum": checksum, "wall_ns": wall_ns, "cpu_ns": cpu_ns}
    print(json.dumps(report | {"bytes": peak_bytes() - grown}))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

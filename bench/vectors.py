"""How long the nearest of many vectors are looked for: exactly, and by a graph; prints JSON.

    deploy/extras -m bench.vectors [--passages 20000] [--dimensions 1024]

Random vectors have no neighbourhoods, which is the worst case for a graph: its recall is better on texts, its building
and its time are not.
"""

import argparse
import json
import time
from collections.abc import Callable

import numpy as np
from usearch.index import Index, MetricKind, search

WANTED = 300
TRIES = 50


def milliseconds(look: Callable[[int], object]) -> dict[str, float]:
    """Median and 95th percentile over queries."""
    look(0)
    took = []
    for number in range(TRIES):
        began = time.perf_counter()
        look(number)
        took.append(1000 * (time.perf_counter() - began))
    return {"p50_ms": round(float(np.median(took)), 2), "p95_ms": round(float(np.percentile(took, 95)), 2)}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--passages", type=int, default=20_000)
    parser.add_argument("--dimensions", type=int, default=1024)
    options = parser.parse_args()
    random = np.random.default_rng(0)
    vectors = random.normal(size=(options.passages, options.dimensions)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    queries = vectors[:TRIES] + random.normal(scale=0.02, size=(TRIES, options.dimensions)).astype(np.float32)
    half, half_queries = vectors.astype(np.float16), queries.astype(np.float16)

    def exact(number: int) -> object:
        return search(half, half_queries[number], WANTED, MetricKind.IP, exact=True, threads=1)

    began = time.perf_counter()
    graph = Index(ndim=options.dimensions, metric="ip", dtype="f16")
    graph.add(np.arange(options.passages), vectors)
    built_s = time.perf_counter() - began
    hit = [
        len(set(graph.search(q, 10).keys) & set(graph.search(q, 10, exact=True).keys)) / 10 for q in queries
    ]
    figures = {
        "passages": options.passages,
        "dimensions": options.dimensions,
        "megabytes_half": round(half.nbytes / 1e6, 1),
        "exact_half_one_thread": milliseconds(exact),
        "numpy_single": milliseconds(
            lambda number: np.argpartition(-(vectors @ queries[number]), WANTED)[:WANTED]
        ),
        "graph": milliseconds(lambda number: graph.search(queries[number], WANTED)),
        "graph_built_s": round(built_s, 1),
        "graph_recall_at_10": round(float(np.mean(hit)), 3),
    }
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()

"""Makes golden.json: the histograms of the graphs in ../shared/graphs, by networkx 3.6.1 and scipy 1.17.1, which have to agree.

    pip install networkx scipy && python3 golden.py GRAPHS > golden.json

Who pays is decided by a rule: "hundredth" is every person whose id can be divided by 100, "least" is the one with the least id.
"""
import json, os, re, sys
import networkx, numpy
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra


def edges(path):
    for line in open(path):
        if re.match(r"\d", line):
            yield tuple(map(int, re.split("[, ]", line.strip())))


def by_networkx(graph, payers):
    graph = graph.copy()
    graph.add_edges_from(("source", p) for p in payers)
    lengths = networkx.single_source_shortest_path_length(graph, "source")
    return {n: lengths[n] - 1 if n in lengths else -1 for n in graph if n != "source"}


def by_scipy(graph, payers):
    nodes = list(graph)
    place = {n: i for i, n in enumerate(nodes)}
    a, b = numpy.array([(place[a], place[b]) for a, b in graph.edges]).T
    matrix = csr_array((numpy.ones(len(a)), (a, b)), shape=(len(nodes), len(nodes)))
    far = dijkstra(matrix, directed=False, unweighted=True, indices=[place[p] for p in payers], min_only=True)
    return {n: -1 if numpy.isinf(f) else int(f) for n, f in zip(nodes, far)}


golden = {}
for name in sorted(f for f in os.listdir(sys.argv[1]) if f != "README.md"):
    graph = networkx.Graph(edges(os.path.join(sys.argv[1], name)))
    for rule, payers in {"hundredth": [n for n in graph if n % 100 == 0], "least": [min(graph)]}.items():
        degrees = by_networkx(graph, payers)
        assert degrees == by_scipy(graph, payers), (name, rule)
        found = list(degrees.values())
        histogram = {str(d): found.count(d) for d in range(max(found) + 1)} | {"unreachable": found.count(-1)}
        golden.setdefault(name, {})[rule] = {"histogram": histogram, "max": max(found)}
print(json.dumps(golden, indent=1))

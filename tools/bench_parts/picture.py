"""A workload as a picture: a bar for each program, from the fastest, with the range of its rounds."""

import math
from html import escape

from bench_parts.programs import FLOOR, OURS
from bench_parts.table import number

LEFT, WIDTH, ROW, TOP = 150, 480, 24, 46
COLOURS = {OURS: "#c0392b", FLOOR: "#7f8c8d", f"{OURS}_bare": "#7f8c8d"}
PEER = "#5b8db8"


def svg(results):
    workload = results.workload
    names = [name for name in sorted(results.values, key=results.median) if results.part(name) == 1]
    most = max(max(results.values[name]) for name in names)
    least = min(min(results.values[name]) for name in names)
    # Where the slowest would leave nothing of the fastest to be seen, each line is ten times the last.
    is_log = most > 20 * least
    start = 10 ** math.floor(math.log10(least)) / 2 if is_log else 0

    def x(value):
        share = math.log(value / start) / math.log(most / start) if is_log else value / most
        return LEFT + WIDTH * share

    height = TOP + ROW * len(names) + 14
    scale = ", each line ten times the last" if is_log else ""
    what = {"cpu": "of the processor", "wall": "by the clock"}[workload.metric]
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 90} {height}" '
        'font-family="sans-serif" font-size="13">',
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="10" y="18" font-weight="bold">{escape(workload.name)}: {escape(workload.says)}</text>',
        f'<text x="10" y="36" fill="#555">{workload.unit} {what}, median and range of '
        f"{max(map(len, results.values.values()))} rounds{scale}; less is better</text>",
    ]
    if is_log:
        for power in range(math.ceil(math.log10(start)), math.floor(math.log10(most)) + 1):
            at = x(10**power)
            lines.append(f'<path d="M{at:.1f} {TOP - 2}V{height - 10}" stroke="#ddd"/>')
    for row, name in enumerate(names):
        y, middle = TOP + ROW * row, results.median(name)
        low, high = min(results.values[name]), max(results.values[name])
        lines += [
            f'<text x="{LEFT - 8}" y="{y + 15}" text-anchor="end">{escape(name)}</text>',
            f'<rect x="{LEFT}" y="{y + 3}" width="{x(middle) - LEFT:.1f}" height="{ROW - 8}" '
            f'fill="{COLOURS.get(name, PEER)}"/>',
            f'<path d="M{x(low):.1f} {y + 11}H{x(high):.1f}" stroke="#222"/>',
            f'<text x="{x(high) + 6:.1f}" y="{y + 15}">{number(middle)}</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])

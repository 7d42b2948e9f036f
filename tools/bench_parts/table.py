"""What came out: medians, ratios, and whether the bar was met."""

import statistics

from bench_parts.programs import FLOOR, OURS, SLOW


def number(value):
    return f"{value:.1f}" if value < 100 else f"{value:,.0f}"


class Results:
    def __init__(self, workload, reports):
        self.workload = workload
        self.reports = {name: runs for name, runs in reports.items() if runs}
        self.calls, self.instructions = {}, {}  # of an operation, by program; None: cannot be counted
        self.values = {name: [workload.value(run) for run in runs] for name, runs in self.reports.items()}

    def median(self, name):
        return statistics.median(self.values[name])

    def ratio(self, name, other):
        """The median of the rounds' ratios: what is measured side by side wanders together."""
        return statistics.median(a / b for a, b in zip(self.values[name], self.values[other]))

    def part(self, name):
        """How much of the work a slow program did, where that cannot be set right by dividing."""
        return self.reports[name][0]["operations"] / self.workload.size(1) if self.workload.unit == "ms" else 1

    def bytes(self, name):
        return statistics.median(report["bytes"] / report["operations"] for report in self.reports[name])

    def each_second(self, name):
        """How many were answered: by the clock of who asks."""
        return statistics.median(report["operations"] * 1e9 / report["wall_ns"] for report in self.reports[name])

    def best_peer(self):
        """Among those that did all of the work in every round."""
        peers = [name for name in self.values if not name.startswith((OURS, FLOOR)) and name not in SLOW]
        return min(peers, key=self.median, default=None)

    def verdicts(self):
        """Which bars were met; not those for which something was not measured."""
        return [
            f"{got:.2f}{what}, at most {most}: {'met' if got <= limit else 'MISSED'}"
            for what, got, most, limit in [*self.times(), *self.counted()]
        ]

    def times(self):
        for bar in filter(None, (self.workload.bar, self.workload.other_bar)):
            yield from self.time(bar)

    def time(self, bar):
        if OURS not in self.values or (bar.peer and bar.peer not in self.values):
            return
        if not bar.peer:
            got = self.median(OURS)
        elif bar.adds:
            got = statistics.median(a - b for a, b in zip(self.values[OURS], self.values[bar.peer]))
        else:
            got = self.ratio(OURS, bar.peer)
        yield "" if bar.peer else f" {self.workload.unit}", got, bar, bar.most

    def counted(self):
        if self.workload.bytes and OURS in self.reports:
            yield " bytes each", self.bytes(OURS), self.workload.bytes, self.workload.bytes
        most, ours = self.workload.instructions, self.instructions.get(OURS)
        if most and ours is not None:
            yield " instructions", ours, most, most
        bar, ours = self.workload.calls, self.calls.get(OURS)
        if bar and ours is not None and (not bar.peer or self.calls.get(bar.peer)):
            yield " system calls", ours / (self.calls[bar.peer] if bar.peer else 1), bar, bar.most

    def text(self):
        workload = self.workload
        what = {"cpu": "of the processor", "wall": "by the clock"}[workload.metric]
        lines = ["", f"{workload.name}: {workload.says} ({workload.unit} {what})"]
        best = self.best_peer()
        for name in sorted(self.values, key=lambda each: (self.part(each) != 1, self.median(each))):
            values = self.values[name]
            spread = f"{number(min(values))}..{number(max(values))}" if len(values) > 1 else "one run"
            line = f"  {name:<18}{number(self.median(name)):>9}  {spread:<20}"
            part = self.part(name)
            if part != 1:
                line += f"{part:>8.0%} of the work"
            elif workload.floor in self.values and name != workload.floor:
                line += f"{self.ratio(name, workload.floor):>8.2f} x {workload.floor}"
            if name == OURS and best:
                line += f"{self.ratio(name, best):>8.2f} x {best}"
            if workload.is_server:
                line += f"{self.each_second(name):>10,.0f}/s"
            if workload.bytes:
                line += f"{self.bytes(name):>8,.0f} bytes each"
            if self.instructions.get(name) is not None:
                line += f"{self.instructions[name]:>9,.0f} instructions"
            if self.calls.get(name) is not None:
                line += f"{self.calls[name]:>9.3f} system calls"
            lines.append(line.rstrip())
        lines += [f"  bar: {verdict}" for verdict in self.verdicts()]
        return "\n".join(lines)

    def figures(self):
        workload = self.workload
        return {
            "name": workload.name,
            "says": workload.says,
            "unit": workload.unit,
            "metric": workload.metric,
            "best_peer": self.best_peer(),
            "bar": str(workload.bar) if workload.bar else None,
            "verdicts": self.verdicts(),
            "instructions": self.instructions,
            "system_calls": self.calls,
            "values": self.values,
            "reports": self.reports,
        }


def markdown(all_results):
    """The table of docs/internals/performance.md: ours, and ours as a part or a multiple of others'."""
    lines = [
        "| workload | Ringback | to the best peer | to Tokio | to Go | to the floor |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for results in all_results:
        if OURS not in results.values:
            continue
        workload, best = results.workload, results.best_peer()

        def to(name):
            if name not in results.values:
                return "–"
            what = " (saying hello)" if name.startswith(OURS) else ""
            return f"{results.ratio(OURS, name):.2f}{what}"

        ours = f"{number(results.median(OURS))} {workload.unit.replace('us', 'µs')}"
        beside = f"{to(best)} ({best.replace('_', ' ')})" if best else "–"
        lines.append(
            f"| {workload.name}: {workload.says} | {ours} | {beside} | {to('tokio')} | {to('go')} | {to(workload.floor)} |"
        )
    return "\n".join(lines)

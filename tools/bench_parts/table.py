"""What came out: medians, ratios, and whether the bar was met."""

import statistics

from bench_parts.programs import FLOOR, OURS, SLOW


def number(value):
    return f"{value:.1f}" if value < 100 else f"{value:,.0f}"


class Results:
    def __init__(self, workload, reports):
        self.workload = workload
        self.reports = {name: runs for name, runs in reports.items() if runs}
        self.values = {name: [workload.value(run) for run in runs] for name, runs in self.reports.items()}

    def median(self, name):
        return statistics.median(self.values[name])

    def ratio(self, name, other):
        """The median of the rounds' ratios: what is measured side by side wanders together."""
        return statistics.median(a / b for a, b in zip(self.values[name], self.values[other]))

    def part(self, name):
        """How much of the work a slow program did, where that cannot be set right by dividing."""
        return self.reports[name][0]["operations"] / self.workload.size(1) if self.workload.unit == "ms" else 1

    def best_peer(self):
        """Among those that did all of the work in every round."""
        peers = [name for name in self.values if not name.startswith((OURS, FLOOR)) and name not in SLOW]
        return min(peers, key=self.median, default=None)

    def bar(self):
        """The peer of the bar and our ratio to it, where both are there."""
        bar = self.workload.bar
        peer = self.best_peer() if bar and bar.peer == "best" else bar and bar.peer
        if not bar or peer not in self.values or OURS not in self.values:
            return None
        return peer, self.ratio(OURS, peer)

    def verdict(self):
        met = self.bar()
        if met is None:
            return ""
        peer, ratio = met
        bar = self.workload.bar
        return f"{ratio:.2f} x {peer}, at most {bar.most:g}: {'met' if ratio <= bar.most else 'MISSED'}"

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
            elif FLOOR in self.values and name != FLOOR:
                line += f"{self.ratio(name, FLOOR):>8.2f} x floor"
            if name == OURS and best:
                line += f"{self.ratio(name, best):>8.2f} x {best}"
            lines.append(line.rstrip())
        if self.verdict():
            lines.append(f"  bar: {self.verdict()}")
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
            "verdict": self.verdict(),
            "values": self.values,
            "reports": self.reports,
        }
